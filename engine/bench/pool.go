package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/engine/scheduler"
	"ffboard/engine/worker"
)

const kind = "bench"

// crew is what works while something is measured: workers, the background engine. The first of them that fails ends the wait for all.
type crew struct {
	r       *run
	ctx     context.Context
	stop    context.CancelCauseFunc
	running sync.WaitGroup
}

func (r *run) crew(ctx context.Context) *crew {
	c := &crew{r: r}
	c.ctx, c.stop = context.WithCancelCause(ctx)
	return c
}

func (c *crew) start(what string, run func(ctx context.Context) error) {
	c.running.Go(func() {
		if err := run(c.ctx); err != nil && c.ctx.Err() == nil {
			c.stop(fmt.Errorf("%s: %w", what, err))
		}
	})
}

// engine starts the background engine that a deployment has.
func (c *crew) engine(cfg scanner.Config) error {
	cfg.Name, cfg.Logger = "bench", c.r.log
	e, err := scanner.New(c.r.b, cfg)
	if err != nil {
		return err
	}
	c.start("the background engine", e.Run)
	return nil
}

// worker starts one worker with one handler, on b.
func (c *crew) worker(b Backend, cfg worker.Config, handle worker.Handler) error {
	setDefaultLanes(&cfg.Lanes, c.r.lane)
	cfg.Handlers, cfg.Namespace, cfg.Logger = map[string]worker.Handler{kind: handle}, Namespace, c.r.log
	if c.r.scheduled {
		cfg.Scheduler = scheduler.New(b, scheduler.Config{Logger: c.r.log})
	}
	w, err := worker.New(b, cfg)
	if err != nil {
		return err
	}
	c.start("a worker", w.Run)
	return nil
}

func setDefaultLanes(lanes *[]engine.LaneID, lane engine.LaneID) {
	if len(*lanes) == 0 {
		*lanes = []engine.LaneID{lane}
	}
}

// until waits for done; an error of the crew, or the end of the context, comes before it.
func (c *crew) until(done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-c.ctx.Done():
		return context.Cause(c.ctx)
	}
}

var errOver = errors.New("it is over")

// dismiss ends the crew and waits for it.
func (c *crew) dismiss() {
	c.stop(errOver)
	c.running.Wait()
}

// completions is a backend that counts the executions that were completed on it. done closes at the last one.
type completions struct {
	Backend
	left atomic.Int64
	done chan struct{}
	each func(engine.ExecutionID) // may be nil
}

func countdown(b Backend, n int) *completions {
	c := &completions{Backend: b, done: make(chan struct{})}
	c.left.Store(int64(n))
	return c
}

// Complete counts what the engine has accepted.
func (c *completions) Complete(ctx context.Context, h engine.Handle, result []byte) error {
	err := c.Backend.Complete(ctx, h, result)
	if err != nil {
		return err
	}
	if c.each != nil {
		c.each(h.ExecutionID)
	}
	if c.left.Add(-1) == 0 {
		close(c.done)
	}
	return nil
}

// AtOnce does n things, so many at a time; the first error ends it.
func AtOnce(ctx context.Context, n, most int, do func(ctx context.Context, i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(n, max(most, 1)) {
		running.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(ctx, i); err != nil {
					stop(err)
				}
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}
