package tui

import (
	"context"
	"sync"

	"ffboard/engine"
	"ffboard/views"
)

// overheard is the engine as the views see it. The depths that a view reads are the header's too, so that the server is asked once.
type overheard struct {
	views.Engine

	mu     sync.Mutex
	depths *engine.Depths // the last that a view has read, nil once the header has them
}

func (o *overheard) Depths(ctx context.Context) (engine.Depths, error) {
	d, err := o.Engine.Depths(ctx)
	if err == nil {
		o.mu.Lock()
		o.depths = &d
		o.mu.Unlock()
	}
	return d, err
}

// take gives what a view has read since the last time, nil when none has. Nobody may change it.
func (o *overheard) take() *engine.Depths {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := o.depths
	o.depths = nil
	return d
}
