package worker_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

func TestASuspendedExecutionGoesOnWithItsSignals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		stop := run(t, f, worker.Config{Handlers: handlers(func(ctx context.Context, task *worker.Task) ([]byte, error) {
			if !task.Resumed {
				return nil, task.Suspend(ctx, worker.Wait{
					Condition: engine.Single("review", engine.ByName("approved")),
					Timeout:   time.Hour,
				})
			}
			signals, err := task.Signals(ctx)
			if err != nil {
				return nil, err
			}
			return signals[0].Payload, nil
		})})
		defer stop()
		synctest.Wait()
		r := f.record(id)
		if r.state != engine.StateSuspended || f.count("Complete")+f.count("Fail") > 0 {
			t.Fatalf("state %s", r.state)
		}
		if got := r.suspended; len(got.Waitpoints) != 1 || got.Waitpoints[0].Key != "review" || got.IdempotencyKey == "" ||
			got.TimeoutAt.Sub(got.Now) != time.Hour || engine.ValidateSuspend(got) != nil {
			t.Fatalf("suspended with %+v", got)
		}
		renewals := f.count("Renew")
		time.Sleep(time.Minute)
		if f.count("Renew") != renewals {
			t.Fatal("the lease of a suspended execution is renewed")
		}
		f.resume(id, engine.Delivered{Name: "approved", Payload: []byte("go")})
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if r := f.record(id); r.state != engine.StateCompleted || string(r.result) != "go" {
			t.Fatalf("state %s result %q", r.state, r.result)
		}
	})
}

func TestASuspensionWhoseAnswerWasLostIsTheSameSuspension(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.intercept = func(op string, n int) (bool, error) { return true, cut(op == "Suspend" && n == 1) }
		stop := run(t, f, worker.Config{Handlers: handlers(func(ctx context.Context, task *worker.Task) ([]byte, error) {
			return nil, task.Suspend(ctx, worker.Wait{Condition: engine.OperatorOnly()})
		})})
		time.Sleep(time.Second)
		stop()
		if r := f.record(id); r.state != engine.StateSuspended || f.count("Fail") > 0 {
			t.Fatalf("state %s", r.state)
		}
	})
}

func TestAWaitThatIsOverBeforeItBeginsRunsTheHandlerAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.change(id, func(r *record) { r.buffered = true })
		runs := 0
		stop := run(t, f, worker.Config{LeaseTTL: 3 * time.Second, Handlers: handlers(func(ctx context.Context, task *worker.Task) ([]byte, error) {
			runs++
			if !task.Resumed {
				return nil, task.Suspend(ctx, worker.Wait{Condition: engine.OperatorOnly()})
			}
			time.Sleep(time.Minute) // the lease is kept
			return []byte("went on"), nil
		})})
		time.Sleep(2 * time.Minute)
		stop()
		if r := f.record(id); runs != 2 || r.state != engine.StateCompleted || string(r.result) != "went on" {
			t.Fatalf("%d runs, state %s", runs, r.state)
		}
	})
}

func TestADelayedExecutionIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.intercept = func(op string, n int) (bool, error) { return true, cut(op == "Delay" && n == 1) }
		var after error
		stop := run(t, f, worker.Config{Handlers: handlers(func(ctx context.Context, task *worker.Task) ([]byte, error) {
			if task.Resumed {
				return []byte("later"), nil
			}
			err := task.Delay(ctx, time.Now().Add(time.Hour))
			after = task.Progress(ctx, 1, "")
			return nil, err
		})})
		defer stop()
		time.Sleep(time.Second)
		if r := f.record(id); r.state != engine.StateDelayed || f.count("Fail")+f.count("Complete") > 0 {
			t.Fatalf("state %s", r.state)
		}
		if !errors.Is(after, worker.ErrEnded) || f.count("Progress") > 0 {
			t.Fatalf("a call after the delay: %v", after)
		}
		f.resume(id)
		time.Sleep(2 * time.Second)
		if r := f.record(id); r.state != engine.StateCompleted {
			t.Fatalf("state %s", r.state)
		}
	})
}

func TestASuspensionThatIsRefusedFailsTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.intercept = func(op string, _ int) (bool, error) {
			if op == "Suspend" {
				return false, engine.Invalid("suspend", "timeout_only_without_deadline")
			}
			return true, nil
		}
		stop := run(t, f, worker.Config{Handlers: handlers(func(ctx context.Context, task *worker.Task) ([]byte, error) {
			return nil, task.Suspend(ctx, worker.Wait{Condition: engine.TimeoutOnly()})
		})})
		synctest.Wait()
		stop()
		if r := f.record(id); r.state != engine.StateFailed {
			t.Fatalf("state %s", r.state)
		}
	})
}
