package action

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// runsAtOnce is how many targets are worked on at a time.
	runsAtOnce = 16
	// longestRun bounds the work on one target.
	longestRun = 2 * time.Minute
)

// Done is what became of one target.
type Done struct {
	State   *State
	Outcome Outcome
	Err     error
	Skipped string // why it was left out: the action made no sense for it
}

// Failed tells whether the target should be tried again.
func (d *Done) Failed() bool { return d.Err != nil || d.Outcome.Open }

// RunAll does the action to all targets that it is possible for, several at once. heard hears of each target that was begun or left
// out, one call at a time. When stop is closed nothing more is begun; the number of those not begun is returned.
func RunAll(ctx context.Context, b Backend, a *Action, targets []*State, args Args, stop <-chan struct{}, heard func(Done)) (notBegun int) {
	var mu sync.Mutex
	var workers sync.WaitGroup
	tell := func(d Done) {
		mu.Lock()
		defer mu.Unlock()
		heard(d)
	}
	todo := make(chan *State)
	for range min(runsAtOnce, len(targets)) {
		workers.Go(func() {
			for s := range todo {
				tell(runOne(ctx, b, a, s, args))
			}
		})
	}
	begun := 0
	for _, s := range targets {
		if halted(ctx, stop) {
			break
		}
		select {
		case todo <- s:
			begun++
			continue
		case <-stop:
		case <-ctx.Done():
		}
		break
	}
	close(todo)
	workers.Wait()
	return len(targets) - begun
}

// halted tells a stop that came before: a select with several ways open takes any of them.
func halted(ctx context.Context, stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return ctx.Err() != nil
	}
}

// runOne does it to one target. A panic in it is that one's failure, not the end of the program, which may serve others.
func runOne(ctx context.Context, b Backend, a *Action, s *State, args Args) (done Done) {
	defer func() {
		if p := recover(); p != nil {
			done = Done{State: s, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	if why := a.Possible(s); why != "" {
		return Done{State: s, Skipped: why}
	}
	ctx, cancel := context.WithTimeout(ctx, longestRun)
	defer cancel()
	outcome, err := a.Run(ctx, b, s, args)
	return Done{State: s, Outcome: outcome, Err: err}
}
