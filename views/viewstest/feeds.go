package viewstest

import (
	"context"

	"ffboard/engine"
)

// Feeds are the subscriptions of the fake engine: a subscriber gets what is in them and what a test sends. A nil one tells of nothing.
type Feeds struct {
	Completions chan engine.Completion
	Signals     chan engine.SignalEvent
	Leases      chan engine.LeaseChange

	open map[string]int
}

// Subscribed is how many subscriptions of a kind (completions, signals, leases) have not ended.
func (e *Engine) Subscribed(kind string) int {
	e.Lock()
	defer e.Unlock()
	return e.Feeds.open[kind]
}

func (e *Engine) SubscribeCompletions(ctx context.Context) (<-chan engine.Completion, error) {
	e.Lock()
	defer e.Unlock()
	return subscribed(ctx, e, "completions", e.Feeds.Completions), e.record("SubscribeCompletions")
}

func (e *Engine) SubscribeSignals(ctx context.Context, from []engine.FeedPlace) (<-chan engine.SignalEvent, error) {
	e.Lock()
	defer e.Unlock()
	return subscribed(ctx, e, "signals", e.Feeds.Signals), e.record("SubscribeSignals", len(from))
}

func (e *Engine) SubscribeLeases(ctx context.Context, executions []engine.ExecutionID) (<-chan engine.LeaseChange, error) {
	e.Lock()
	defer e.Unlock()
	return subscribed(ctx, e, "leases", e.Feeds.Leases), e.record("SubscribeLeases", len(executions))
}

// subscribed passes on what a test sends until ctx ends. The engine is locked.
func subscribed[T any](ctx context.Context, e *Engine, kind string, from <-chan T) <-chan T {
	if e.Feeds.open == nil {
		e.Feeds.open = map[string]int{}
	}
	e.Feeds.open[kind]++
	out := make(chan T, 64)
	go func() {
		defer func() {
			e.Lock()
			defer e.Unlock()
			e.Feeds.open[kind]--
			close(out)
		}()
		for {
			select {
			case event := <-from:
				select {
				case out <- event:
				case <-ctx.Done():
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}
