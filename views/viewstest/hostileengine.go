package viewstest

import (
	"context"
	"sync"
	"time"

	"ffboard/engine"
	"ffboard/engine/enginetest/hostile"
)

// HostileEngine answers every read and every write with whatever a stranger may have stored, or with an error that says something hostile.
type HostileEngine struct {
	engine.Refusing
	*hostile.Filler

	// Plain is set while nothing is to fail.
	Plain bool

	mu     sync.Mutex
	tailed map[engine.StreamRef]bool
}

// NewHostile is a hostile engine. It answers by the seed and by how often it was asked.
func NewHostile(seed uint64) *HostileEngine {
	e := &HostileEngine{Filler: hostile.NewFiller(seed, Canned()), tailed: map[engine.StreamRef]bool{}}
	e.Refuse = func(op string) error {
		e.mu.Lock()
		defer e.mu.Unlock()
		return e.Error(op)
	}
	return e
}

// seldom is how rarely a read fails.
const seldom = 24

// hostileAnswer makes an answer.
func hostileAnswer[T any](e *HostileEngine) (T, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var answer T
	e.Fill(&answer)
	if !e.Plain && e.Chance(seldom) {
		return answer, e.Error("read")
	}
	return answer, nil
}

// Made is how many hostile strings were made so far.
func (e *HostileEngine) Made() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.Drawn()
}

// ServerTime and Partitions are not a stranger's.
func (e *HostileEngine) ServerTime(context.Context) (time.Time, error) { return Now, nil }
func (e *HostileEngine) Partitions() engine.PartitionConfig {
	return engine.PartitionConfig{Flow: 16, Budget: 4, Quota: 4}
}

// TailStream has frames once for each stream, and then nothing until it is not waited for any more.
func (e *HostileEngine) TailStream(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
	ref := engine.StreamRef{Execution: q.Execution, Attempt: q.AttemptIndex}
	e.mu.Lock()
	again := e.tailed[ref]
	e.tailed[ref] = true
	e.mu.Unlock()
	if again {
		<-ctx.Done()
		return engine.StreamPage{}, ctx.Err()
	}
	return hostileAnswer[engine.StreamPage](e)
}

// hostileFeed tells of a few things, and then of nothing until it ends.
func hostileFeed[T any](ctx context.Context, e *HostileEngine) (<-chan T, error) {
	news, err := hostileAnswer[[]T](e)
	if err != nil {
		return nil, err
	}
	feed := make(chan T, len(news))
	for _, n := range news {
		feed <- n
	}
	context.AfterFunc(ctx, func() { close(feed) })
	return feed, nil
}

func (e *HostileEngine) SubscribeCompletions(ctx context.Context) (<-chan engine.Completion, error) {
	return hostileFeed[engine.Completion](ctx, e)
}

func (e *HostileEngine) SubscribeSignals(ctx context.Context, _ []engine.FeedPlace) (<-chan engine.SignalEvent, error) {
	return hostileFeed[engine.SignalEvent](ctx, e)
}

func (e *HostileEngine) SubscribeLeases(ctx context.Context, _ []engine.ExecutionID) (<-chan engine.LeaseChange, error) {
	return hostileFeed[engine.LeaseChange](ctx, e)
}
