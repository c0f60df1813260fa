package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"ffboard/engine"
)

// errSatisfied says that the condition held already: the execution kept its lease, so the handler is run again as if resumed.
var errSatisfied = errors.New("worker: the resume condition held already")

// Wait says what a suspension waits for.
type Wait struct {
	// Condition is what resumes the execution. Its waitpoints are made with the suspension, one for each key that it names.
	Condition engine.ResumeCondition
	// Pending is a waitpoint of CreateWaitpoint that the suspension is to use for the condition's (only) key.
	Pending engine.WaitpointID

	Reason    string        // one of the engine.Reason constants; ReasonWaitingForSignal by default
	Timeout   time.Duration // 0 waits for ever
	OnTimeout string        // one of the engine.Timeout constants; TimeoutFail by default
}

// Suspend gives the execution back until the condition holds; the attempt goes on then, with Resumed set. The handler returns the
// error:
//
//	return nil, task.Suspend(ctx, worker.Wait{Condition: engine.Single("review", engine.ByName("approved"))})
//
// When the condition holds already (signals were buffered on a pending waitpoint) the handler runs again at once.
func (t *Task) Suspend(ctx context.Context, w Wait) error {
	args := w.args(time.Now())
	satisfied := false
	err := t.giveAway(ctx, errSuspended, func(ctx context.Context) error {
		if w.Timeout > 0 && args.TimeoutAt.IsZero() {
			// Whoever ends the wait looks at the server's clock; this machine's may be wrong.
			now, err := t.b.ServerTime(ctx)
			if err != nil {
				return err
			}
			args.Now, args.TimeoutAt = now, now.Add(w.Timeout)
		}
		outcome, err := t.b.Suspend(ctx, t.lease.handle, args)
		satisfied = outcome.AlreadySatisfied
		return err
	})
	if satisfied && errors.Is(err, errSuspended) {
		return errSatisfied
	}
	return err
}

// args carries a fresh idempotency key, so that a repeat after a lost answer is the same suspension (spec 04a §7.1).
func (w Wait) args(now time.Time) engine.SuspendArgs {
	args := engine.SuspendArgs{
		SuspensionID:    engine.NewSuspensionID(),
		Waitpoints:      w.bindings(),
		Condition:       w.Condition,
		Policy:          engine.DefaultResumePolicy,
		Reason:          w.Reason,
		TimeoutBehavior: w.OnTimeout,
		IdempotencyKey:  rand.Text(),
		Now:             now,
	}
	setDefault(&args.Reason, engine.ReasonWaitingForSignal)
	return args
}

func (w Wait) bindings() []engine.WaitpointBinding {
	keys := w.Condition.WaitpointKeys()
	if w.Pending != "" {
		return []engine.WaitpointBinding{{ID: w.Pending, UsePending: true}}
	}
	if len(keys) == 0 {
		// A wait for an operator or for the time alone has a waitpoint that nobody signals.
		keys = []string{"wpk:" + rand.Text()}
	}
	bindings := make([]engine.WaitpointBinding, len(keys))
	for i, key := range keys {
		bindings[i] = engine.WaitpointBinding{ID: engine.NewWaitpointID(), Key: key}
	}
	return bindings
}

// CreateWaitpoint makes a waitpoint ahead of a suspension, so that its token can be handed out first; see Wait.Pending. A signal
// that comes before the suspension is kept for it. The token is a secret.
func (t *Task) CreateWaitpoint(ctx context.Context, key string, expiresIn time.Duration) (engine.IssuedWaitpoint, error) {
	var issued engine.IssuedWaitpoint
	err := t.fenced(func() (err error) {
		issued, err = t.b.CreateWaitpoint(ctx, t.lease.handle, key, expiresIn)
		return err
	})
	return issued, err
}
