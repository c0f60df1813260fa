package valkey

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// libraryRecheck bounds how long a library that somebody else loaded goes unnoticed.
const libraryRecheck = time.Minute

// libraryWatch remembers whose function library the deployment holds.
type libraryWatch struct {
	dials atomic.Int64 // connections made so far: behind a new one another server may answer

	mu      sync.Mutex
	foreign bool
	looked  time.Time // zero: never
	dialled int64     // dials when it was looked
}

// foreign tells whether the loaded function library is another than ours: FlowFabric's, or one that we may not look at. Calls then
// do by themselves what our library would do within the function.
func (b *Backend) foreign(ctx context.Context) bool {
	w := &b.library
	w.mu.Lock()
	defer w.mu.Unlock()
	dials := w.dials.Load()
	if !w.looked.IsZero() && w.dialled == dials && time.Since(w.looked) < libraryRecheck {
		return w.foreign
	}
	found, err := b.findLibrary(ctx)
	if err != nil {
		// The last answer is the best guess; before the first one, the careful path is right with either library.
		return w.foreign || w.looked.IsZero()
	}
	w.foreign, w.looked, w.dialled = !found.own, time.Now(), dials
	return w.foreign
}

// DialHook counts connections.
func (w *libraryWatch) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		w.dials.Add(1)
		return next(ctx, network, addr)
	}
}

func (w *libraryWatch) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (w *libraryWatch) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
