package valkey

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// libraryRecheck bounds how long a library that somebody else loaded goes unnoticed by those who call it.
	libraryRecheck = time.Minute
	// libraryShown is the same for those who only show it. A look transfers the whole source.
	libraryShown = 10 * time.Second
)

// libraryWatch remembers whose function library the deployment holds.
type libraryWatch struct {
	dials   atomic.Int64 // connections made so far: behind a new one another server may answer
	last    atomic.Pointer[libraryLook]
	looking sync.Mutex
}

// libraryLook is what was found at some time.
type libraryLook struct {
	found foundLibrary
	at    time.Time
	dials int64
}

// foreign tells whether the loaded function library is another than ours: FlowFabric's, or one that we may not look at. Calls then
// do by themselves what our library would do within the function. Before there is an answer the careful path is right: it
// suits either library.
func (b *Backend) foreign(ctx context.Context) bool {
	look, _ := b.lookAgain(ctx, libraryRecheck)
	return look == nil || !look.found.own
}

// lookAgain gives the last look at the library, a new one where that is too old or from before a reconnect. While one caller looks
// the others go by the last; nil where there is none yet. With an error the last look is given as well.
func (b *Backend) lookAgain(ctx context.Context, oldest time.Duration) (*libraryLook, error) {
	w := &b.library
	last, dials := w.last.Load(), w.dials.Load()
	if last != nil && last.dials == dials && time.Since(last.at) < oldest || !w.looking.TryLock() {
		return last, nil
	}
	defer w.looking.Unlock()
	found, err := b.findLibrary(ctx)
	if err != nil {
		return last, err
	}
	// The look itself may have made connections; one that it made to another server is noticed with the next.
	look := &libraryLook{found: found, at: time.Now(), dials: dials}
	w.last.Store(look)
	return look, nil
}

// forget makes the next caller look.
func (w *libraryWatch) forget() { w.last.Store(nil) }

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
