package httpapi

import (
	"context"
	"sync"
)

const streamPoolName = "stream_ops"

// streamPool bounds the stream reads and tails at once (spec 03e §13): a call gets its permit at once or not at all.
type streamPool struct {
	most    int
	closing context.Context // ends when the pool is closed
	close   context.CancelFunc

	mu      sync.Mutex
	running int
	closed  bool
	idle    chan struct{} // closed when the pool is closed and nothing runs
}

func newStreamPool(most int) *streamPool {
	closing, end := context.WithCancel(context.Background())
	return &streamPool{most: most, closing: closing, close: end, idle: make(chan struct{})}
}

// take gets a permit. The error is the answer when there is none.
func (p *streamPool) take() (release func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, unavailable(streamPoolName)
	}
	if p.running == p.most {
		return nil, tooMany(streamPoolName, p.most, "resource_exhausted")
	}
	p.running++
	return p.release, nil
}

func (p *streamPool) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	if p.closed && p.running == 0 {
		close(p.idle)
	}
}

// shut gives out no more permits and wakes the tails that wait. It waits until all permits are back, or ctx ends.
func (p *streamPool) shut(ctx context.Context) error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		p.close()
		if p.running == 0 {
			close(p.idle)
		}
	}
	p.mu.Unlock()
	select {
	case <-p.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
