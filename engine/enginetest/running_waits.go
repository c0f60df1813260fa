package enginetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"ffboard/engine"
	work "ffboard/engine/worker"
)

// waitsForReview suspends until somebody says something on the waitpoint "review", and returns who said what.
func waitsForReview(ctx context.Context, task *work.Task) ([]byte, error) {
	if !task.Resumed {
		return nil, task.Suspend(ctx, work.Wait{
			Condition: engine.Single("review", engine.ByName("approved")),
			Reason:    engine.ReasonWaitingForApproval,
		})
	}
	return signalsOf(ctx, task)
}

func signalsOf(ctx context.Context, task *work.Task) ([]byte, error) {
	signals, err := task.Signals(ctx)
	if err != nil {
		return nil, err
	}
	var said []byte
	for _, signal := range signals {
		said = fmt.Appendf(said, "%s:%s ", signal.Name, signal.SourceIdentity)
	}
	return said, nil
}

// waitpointOf is the only waitpoint of a suspended execution, with its token.
func waitpointOf(t *testing.T, s Subject, id engine.ExecutionID) engine.IssuedWaitpoint {
	t.Helper()
	eventuallyIs(t, s, id, engine.StateSuspended)
	page, err := s.ListPendingWaitpoints(Context(t), id, "", 10)
	noError(t, err)
	if len(page.Items) != 1 {
		t.Fatalf("waitpoints %+v", page.Items)
	}
	token, err := s.ReadWaitpointToken(Context(t), id, page.Items[0].ID)
	noError(t, err)
	return engine.IssuedWaitpoint{ID: page.Items[0].ID, Key: page.Items[0].Key, Token: token}
}

func runSuspended(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	runWorker(t, s, waitsForReview)
	waitpoint := waitpointOf(t, s, id)
	deliver(t, s, signalTo(engine.Handle{ExecutionID: id}, waitpoint, "approved"), engine.EffectResumed)
	wantResult(t, s, id, "approved:ann ")
}

func runApproved(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	runWorker(t, s, waitsForReview)
	waitpoint := waitpointOf(t, s, id)
	outcome, err := s.DeliverApproval(Context(t), engine.Approval{
		Execution: id, Lane: "default", Waitpoint: waitpoint.ID, Name: "approved", IdempotencySuffix: "1",
	})
	noError(t, err)
	if !outcome.Resumed() {
		t.Fatalf("outcome %+v", outcome)
	}
	eventuallyIs(t, s, id, engine.StateCompleted)
}

func runTwoPeople(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	runWorker(t, s, func(ctx context.Context, task *work.Task) ([]byte, error) {
		if !task.Resumed {
			return nil, task.Suspend(ctx, work.Wait{
				Condition: engine.Count(2, engine.DistinctSources, engine.ByName("approve"), "gate"),
			})
		}
		return []byte("deployed"), nil
	})
	waitpoint := waitpointOf(t, s, id)
	ann := signalTo(engine.Handle{ExecutionID: id}, waitpoint, "approve")
	deliver(t, s, ann, engine.EffectAppended)
	bob := ann
	bob.SourceIdentity = "bob"
	deliver(t, s, bob, engine.EffectResumed)
	wantResult(t, s, id, "deployed")
}

func runBuffered(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	runWorker(t, s, func(ctx context.Context, task *work.Task) ([]byte, error) {
		if task.Resumed {
			return []byte("went on"), nil
		}
		waitpoint, err := task.CreateWaitpoint(ctx, "callback", time.Minute)
		if err != nil {
			return nil, err
		}
		h := engine.Handle{ExecutionID: task.Execution}
		if _, err := s.BufferSignal(ctx, signalTo(h, waitpoint, "done")); err != nil {
			return nil, err
		}
		return nil, task.Suspend(ctx, work.Wait{
			Condition: engine.Single("callback", engine.ByName("done")),
			Pending:   waitpoint.ID,
			Reason:    engine.ReasonWaitingForCallback,
		})
	})
	wantResult(t, s, id, "went on")
}

func runDelayed(t *testing.T, s Subject) {
	background(t, s)
	id := submit(t, s, "default")
	runWorker(t, s, func(ctx context.Context, task *work.Task) ([]byte, error) {
		if !task.Resumed {
			return nil, task.Delay(ctx, time.Now().Add(300*time.Millisecond))
		}
		return fmt.Appendf(nil, "attempt %d", task.Attempt), nil
	})
	wantResult(t, s, id, "attempt 0")
}

func runDelayedSubmission(t *testing.T, s Subject) {
	background(t, s)
	due := serverNow(t, s).Add(400 * time.Millisecond)
	id := submit(t, s, "default", func(req *engine.CreateExecution) { req.DelayUntil = due })
	wantState(t, s, id, engine.StateDelayed)
	runWorker(t, s, func(context.Context, *work.Task) ([]byte, error) { return []byte("done"), nil })
	wantResult(t, s, id, "done")
	if began := describe(t, s, id).StartedAt; began.Before(due.Truncate(time.Millisecond)) {
		t.Errorf("began at %v, was due at %v", began, due)
	}
}

func runWaitTimeout(t *testing.T, s Subject) {
	background(t, s)
	id := submit(t, s, "default")
	runWorker(t, s, func(ctx context.Context, task *work.Task) ([]byte, error) {
		return nil, task.Suspend(ctx, work.Wait{
			Condition: engine.Single("review", engine.ByName("approved")),
			Timeout:   200 * time.Millisecond,
			OnTimeout: engine.TimeoutExpire,
		})
	})
	eventuallyIs(t, s, id, engine.StateExpired)
}

func runParent(t *testing.T, s Subject) {
	background(t, s)
	f := newFlow(t, s)
	parent := f.member()
	runWorker(t, s, func(ctx context.Context, task *work.Task) ([]byte, error) {
		if task.Execution != parent {
			return []byte("child"), nil
		}
		if task.Resumed {
			return []byte("parent of done children"), nil
		}
		child := f.member()
		f.wire(child, parent)
		return nil, task.WaitChildren(ctx)
	})
	wantResult(t, s, parent, "parent of done children")
}
