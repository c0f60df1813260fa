package bench

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/engine/worker"
)

// quorumCancel is a race: the first to succeed is enough, and the others should stop.
var quorumCancel = Scenario{
	Name:    "quorum-cancel",
	About:   "One of n running executions wins and the others are cancelled, timed from the winner's completion to the last cancellation; n is 10, 100 and 1000, or --nodes.",
	Default: Size{Rounds: 20, Workers: 16, Payload: 256},
	Goals:   []Goal{atMost(100, "n=100: all cancelled p99 ms")},
	run:     runQuorumCancel,
}

// races are the sizes where none was asked for, and the part of the rounds that each has: large ones take long to put together.
var races = []struct{ n, part int }{{10, 1}, {100, 1}, {1000, 10}}

func runQuorumCancel(ctx context.Context, r *run) error {
	if n := r.size.Nodes; n > 0 {
		return r.races(ctx, n, r.size.Rounds)
	}
	for _, race := range races {
		if err := r.races(ctx, race.n, max(r.size.Rounds/race.part, 1)); err != nil {
			return err
		}
	}
	return nil
}

// race is one round.
type race struct {
	running chan struct{}  // one element for each runner that has begun
	win     chan struct{}  // whoever takes its element wins
	won     chan time.Time // when the winner was completed
	over    chan struct{}  // closed when the losers may go
}

var errLost = errors.New("another one has won")

const finishLine = "bench.finish"

// races has its own workers, a handler for each runner and one for what waits behind them.
func (r *run) races(ctx context.Context, n, rounds int) error {
	crew := r.crew(ctx)
	defer crew.dismiss()
	if err := crew.engine(scanner.Config{}); err != nil {
		return err
	}
	completions, err := r.b.SubscribeCompletions(crew.ctx)
	if err != nil {
		return err
	}
	var now atomic.Pointer[race]
	b := countdown(r.b, -1)
	b.each = func(engine.ExecutionID) {
		select {
		case now.Load().won <- time.Now(): // of the winner: what waits behind it ends later
		default:
		}
	}
	cfg := worker.Config{Concurrency: n + 1, LeaseTTL: time.Minute}
	err = crew.worker(b, cfg, func(ctx context.Context, task *worker.Task) ([]byte, error) {
		if task.Tags[finishLine] != "" {
			return nil, nil
		}
		race := now.Load()
		race.running <- struct{}{}
		select {
		case <-race.win:
			return nil, nil
		case <-race.over:
			return nil, errLost
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	})
	if err != nil {
		return err
	}
	var spans []time.Duration
	for range rounds {
		current := &race{make(chan struct{}, n), make(chan struct{}, 1), make(chan time.Time, 1), make(chan struct{})}
		now.Store(current)
		span, err := r.race(crew, n, current, completions)
		close(current.over)
		if err != nil {
			return err
		}
		spans = append(spans, span)
	}
	r.noteSpans(fmt.Sprintf("n=%d: all cancelled", n), spans)
	return nil
}

// race puts one flow together, lets one member win and waits for the end of the others.
func (r *run) race(crew *crew, n int, current *race, completions <-chan engine.Completion) (time.Duration, error) {
	f, err := r.newRace(crew.ctx, n)
	if err != nil {
		return 0, err
	}
	for range n {
		if err := crew.until(current.running); err != nil {
			return 0, err
		}
	}
	current.win <- struct{}{}
	cancelled := 0
	for cancelled < n-1 {
		select {
		case c, open := <-completions:
			if !open || c.Lost {
				return 0, errors.New("completions were missed")
			}
			if c.Flow == f.id && c.Outcome == string(engine.OutcomeCancelled) {
				cancelled++
			}
		case <-crew.ctx.Done():
			return 0, context.Cause(crew.ctx)
		}
	}
	ended := time.Now()
	return ended.Sub(<-current.won), nil
}

// newRace makes a flow of n members and one that any of them lets go on, whereupon the others are cancelled. That one comes first, and
// later into line: an execution is eligible until it depends on something.
func (r *run) newRace(ctx context.Context, n int) (*flow, error) {
	f, err := r.newFlow(ctx)
	if err != nil {
		return nil, err
	}
	finish, err := f.member(ctx, func(req *engine.CreateExecution) {
		req.DelayUntil, req.Tags = time.Now().Add(time.Hour), map[string]string{finishLine: "yes"}
	})
	if err != nil {
		return nil, err
	}
	policy := engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining}
	if _, err := r.b.SetEdgeGroupPolicy(ctx, f.id, finish, policy); err != nil {
		return nil, err
	}
	for range n {
		runner, err := f.member(ctx)
		if err != nil {
			return nil, err
		}
		if err := f.edge(ctx, runner, finish); err != nil {
			return nil, err
		}
	}
	return f, nil
}
