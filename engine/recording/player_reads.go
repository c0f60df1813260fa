package recording

import (
	"context"
	"errors"

	"ffboard/engine"
)

func (p *Player) ExecutionRows(ctx context.Context, ids []engine.ExecutionID) ([]engine.ExecutionRow, error) {
	return findEach(ctx, p, "ExecutionRows", ids, func(id engine.ExecutionID) engine.ExecutionRow {
		return engine.ExecutionRow{ID: id, Malformed: []engine.FieldError{{Field: "record", Problem: "not recorded"}}}
	})
}

func (p *Player) ExecutionSpans(ctx context.Context, ids []engine.ExecutionID) ([]engine.ExecutionSpans, error) {
	return findEach(ctx, p, "ExecutionSpans", ids, func(id engine.ExecutionID) engine.ExecutionSpans {
		return engine.ExecutionSpans{Execution: id}
	})
}

// findEach is the answers about several things, in their order. What was recorded of some of them stands; none at all is an error.
func findEach[T any](ctx context.Context, p *Player, read string, ids []engine.ExecutionID, unknown func(engine.ExecutionID) T) ([]T, error) {
	answers := make([]T, len(ids))
	missing := 0
	for i, id := range ids {
		err := p.answer(ctx, ask(read, id), &answers[i], nil)
		if errors.Is(err, engine.ClassNotRecorded) {
			if missing++; missing == len(ids) {
				return nil, err
			}
			answers[i] = unknown(id)
			continue
		}
		if err != nil {
			return nil, err
		}
	}
	return answers, nil
}

// mostPast is how many events a subscription begins with: those that had just happened.
const mostPast = 200

func (p *Player) SubscribeCompletions(ctx context.Context) (<-chan engine.Completion, error) {
	return follow[engine.Completion](ctx, p, ask("SubscribeCompletions"), mostPast)
}

func (p *Player) SubscribeSignals(ctx context.Context, _ []engine.FeedPlace) (<-chan engine.SignalEvent, error) {
	return follow[engine.SignalEvent](ctx, p, ask("SubscribeSignals"), mostPast)
}

// SubscribeLeases tells of all that were followed when the recording was made. Who follows leases does so for a while and then anew, so
// nothing is told twice.
func (p *Player) SubscribeLeases(ctx context.Context, _ []engine.ExecutionID) (<-chan engine.LeaseChange, error) {
	return follow[engine.LeaseChange](ctx, p, ask("SubscribeLeases"), 0)
}

// follow tells of events as the player's time passes them. After a leap back it goes on from there.
func follow[T any](ctx context.Context, p *Player, q question, past int) (<-chan T, error) {
	if _, err := p.latest(ctx, subscribed(q)); err != nil {
		return nil, err
	}
	traceOf(ctx).ask(q)
	events := make(chan T)
	places := p.file.answers[q]
	next := upTo(places, p.position())
	go func() {
		defer close(events)
		tell := func(from, to int) bool {
			for _, place := range places[from:to] {
				var event T
				if p.file.read(place, &event) != nil {
					continue
				}
				select {
				case events <- event:
				case <-ctx.Done():
					return false
				}
			}
			return true
		}
		if !tell(max(next-past, 0), next) {
			return
		}
		for p.wait(ctx, tailLook) == nil {
			now := upTo(places, p.position())
			if now > next && !tell(next, now) {
				return
			}
			next = now
		}
	}()
	return events, nil
}
