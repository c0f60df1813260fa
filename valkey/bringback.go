package valkey

import (
	"context"
	"sync"
	"sync/atomic"
)

// setup is what this program serves its deployment with.
type setup struct {
	config Boot

	mu    sync.Mutex // held by the one call that brings back
	times atomic.Uint64
}

// mayBringBack tells whether a call failed because its function is gone, and this program may load it. A failover can lose the
// library, a restart everything. The function did not run, so the call may be made again.
func (b *Backend) mayBringBack(err error) bool { return b.setup != nil && functionMissing(err) }

// broughtBack counts how often bringBack has done its work. A caller takes it before a call that may find its function gone.
func (b *Backend) broughtBack() uint64 {
	if b.setup == nil {
		return 0
	}
	return b.setup.times.Load()
}

// bringBack initialises the deployment again, once for all calls that found it gone: before is broughtBack from before the call.
func (b *Backend) bringBack(ctx context.Context, op string, before uint64) error {
	s := b.setup
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times.Load() != before {
		return nil
	}
	if err := b.initialise(ctx, s.config); err != nil {
		return asEngineError(op, err)
	}
	s.times.Add(1)
	return nil
}
