package scanner

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"ffboard/engine"
)

const (
	cascadesAtOnce = 64
	cascadeRestart = time.Second
)

// cascade resolves the dependants of every flow member that ends, as it ends (spec 05 §5). Completions that are missed are found by
// the dependency reconciler; when it is known that some may have been, at once.
type cascade struct {
	s      *scope
	missed func()                // completions may have been missed
	losers func(engine.IndexRef) // an edge group has fired whose losing siblings are to be cancelled
}

// run follows completions until ctx ends, whatever happens to the subscription.
func (c *cascade) run(ctx context.Context) {
	for {
		err := c.follow(ctx)
		if ctx.Err() != nil {
			return
		}
		c.s.log.Warn("completions not followed, subscribing again", "error", err)
		if !pause(ctx, cascadeRestart) {
			return
		}
	}
}

var errFeedEnded = errors.New("the subscription ended")

func (c *cascade) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	completions, err := c.s.b.SubscribeCompletions(ctx)
	if err != nil {
		return err
	}
	c.missed() // while nobody listened
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, cascadesAtOnce)
	for completion := range completions {
		if completion.Lost {
			c.missed()
			continue
		}
		if completion.Flow == "" || !c.s.shares.holds(completion.Execution.Partition()) {
			continue
		}
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			c.resolve(ctx, completion)
		})
	}
	return errFeedEnded
}

func (c *cascade) resolve(ctx context.Context, completion engine.Completion) {
	defer func() {
		if cause := recover(); cause != nil {
			c.s.log.Error("cascade panicked", "execution", completion.Execution, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
		}
	}()
	done, err := c.s.b.CascadeCompletion(ctx, completion.Execution, completion.Flow)
	if err != nil && ctx.Err() == nil {
		c.s.log.Warn("completion not cascaded, left to the dependency reconciler", "execution", completion.Execution, "error", err)
	}
	if done.Losers { // the dispatcher would find out at its next pass
		c.losers(engine.IndexRef{Partition: completion.Execution.Partition(), Name: engine.IndexPendingCancelGroups})
	}
}
