package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
)

// background is work that outlives its request.
type background struct {
	ctx     context.Context
	abort   context.CancelFunc
	log     *slog.Logger
	running sync.WaitGroup
}

func newBackground(log *slog.Logger) *background {
	ctx, abort := context.WithCancel(context.Background())
	return &background{ctx: ctx, abort: abort, log: log}
}

func (b *background) run(work func(ctx context.Context)) {
	b.running.Go(func() {
		defer func() {
			if cause := recover(); cause != nil {
				b.log.Error("background work panicked", "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			}
		}()
		work(b.ctx)
	})
}

// drain waits for the work until ctx ends, and then breaks it off.
func (b *background) drain(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		b.running.Wait()
		close(ended)
	}()
	defer b.abort()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return errors.New("cancels of flow members were broken off; the cancel reconciler does the rest")
	}
}

// StopStreams gives out no more stream permits and lets the tails that wait answer at once (spec 06 §9). It returns when the last has,
// or with ctx's error. Call it when the server takes no more connections: the requests under way end sooner.
func (a *API) StopStreams(ctx context.Context) error { return a.streams.shut(ctx) }

// Close waits until ctx ends for the work that requests left in the background, and breaks off what is left of it. Call it when no
// more requests come.
func (a *API) Close(ctx context.Context) error { return a.background.drain(ctx) }
