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

func TestALeaseIsRenewedEveryThirdOfItsTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		stop := run(t, f, worker.Config{LeaseTTL: 3 * time.Second, Handlers: handlers(func(context.Context, *worker.Task) ([]byte, error) {
			time.Sleep(9500 * time.Millisecond)
			return nil, nil
		})})
		time.Sleep(10 * time.Second)
		stop()
		if n := f.count("Renew"); n != 9 {
			t.Fatalf("%d renewals in 9.5 s, want 9", n)
		}
		if state := f.record(id).state; state != engine.StateCompleted {
			t.Fatalf("state %s", state)
		}
	})
}

func TestALostLeaseEndsTheContextAndNothingIsSentAfterIt(t *testing.T) {
	for name, c := range map[string]struct {
		take func(*record)
		code engine.Code
	}{
		"revoked":   {func(r *record) { r.ownership = engine.OwnerRevoked }, engine.CodeLeaseRevoked},
		"reclaimed": {func(r *record) { r.epoch++ }, engine.CodeStaleLease},
		"cancelled": {func(r *record) { r.state = engine.StateCancelled }, engine.CodeExecutionNotActive},
		"expired":   {func(r *record) { r.expires = time.Now() }, engine.CodeLeaseExpired},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				id := f.submit("default", "greet", "")
				var cause, progress, log, suspend error
				stop := run(t, f, worker.Config{ReclaimEvery: -1, Handlers: handlers(func(ctx context.Context, task *worker.Task) ([]byte, error) {
					<-ctx.Done()
					cause = context.Cause(ctx)
					progress = task.Progress(ctx, 50, "half")
					log = task.Log(ctx, "too late")
					suspend = task.Suspend(ctx, worker.Wait{Condition: engine.OperatorOnly()})
					return []byte("too late"), nil
				})})
				synctest.Wait()
				f.change(id, c.take)
				time.Sleep(11 * time.Second)
				synctest.Wait()
				stop()
				if !errors.Is(cause, worker.ErrLeaseLost) || !errors.Is(cause, c.code) {
					t.Fatalf("cause %v", cause)
				}
				for _, err := range []error{progress, log, suspend} {
					if !errors.Is(err, worker.ErrLeaseLost) {
						t.Errorf("a call after the loss: %v", err)
					}
				}
				for _, op := range []string{"Progress", "AppendFrame", "Suspend", "Complete", "Fail"} {
					if f.count(op) > 0 {
						t.Errorf("%s was sent", op)
					}
				}
			})
		})
	}
}

func TestARejectOfAnyCallShowsTheLossAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		var took time.Duration
		stop := run(t, f, worker.Config{ReclaimEvery: -1, Handlers: handlers(func(ctx context.Context, task *worker.Task) ([]byte, error) {
			f.change(id, func(r *record) { r.ownership = engine.OwnerRevoked })
			began := time.Now()
			if err := task.Progress(ctx, 1, ""); !errors.Is(err, engine.CodeLeaseRevoked) {
				t.Errorf("progress: %v", err)
			}
			<-ctx.Done()
			took = time.Since(began)
			return nil, nil
		})})
		synctest.Wait()
		stop()
		if took != 0 || f.count("Complete") > 0 {
			t.Fatalf("the context ended after %v", took)
		}
	})
}

func TestALeaseThatCannotBeRenewedCountsAsLostBeforeItRunsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.intercept = func(op string, _ int) (bool, error) { return op != "Renew", cut(op == "Renew") }
		var ended, expires time.Time
		stop := run(t, f, worker.Config{LeaseTTL: 6 * time.Second, ReclaimEvery: -1,
			Handlers: handlers(func(ctx context.Context, _ *worker.Task) ([]byte, error) {
				expires = f.record(id).expires
				<-ctx.Done()
				ended = time.Now()
				return nil, nil
			})})
		time.Sleep(20 * time.Second)
		stop()
		if ended.IsZero() || ended.After(expires.Add(time.Second)) {
			t.Fatalf("the context ended at %v, the lease at %v", ended, expires)
		}
		if n := f.count("Renew"); n < 4 {
			t.Fatalf("only %d tries to renew", n)
		}
	})
}

func TestAFailedRenewalIsTriedAgainInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.intercept = func(op string, n int) (bool, error) { return op != "Renew" || n != 2, cut(op == "Renew" && n == 2) }
		stop := run(t, f, worker.Config{Handlers: handlers(func(ctx context.Context, _ *worker.Task) ([]byte, error) {
			time.Sleep(2 * time.Minute)
			return nil, ctx.Err()
		})})
		time.Sleep(3 * time.Minute)
		stop()
		if state := f.record(id).state; state != engine.StateCompleted {
			t.Fatalf("state %s", state)
		}
	})
}

func TestQ045AnEndWhoseAnswerWasLostIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.intercept = func(op string, n int) (bool, error) { return true, cut(op == "Complete" && n == 1) }
		stop := run(t, f, worker.Config{Handlers: handlers(succeed)})
		time.Sleep(time.Minute)
		stop()
		if r := f.record(id); r.state != engine.StateCompleted || f.count("Complete") != 2 {
			t.Fatalf("state %s after %d tries", r.state, f.count("Complete"))
		}
	})
}

func TestQ045TheLeaseIsKeptUntilTheEndIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		back := time.Now().Add(time.Minute)
		f.intercept = func(op string, _ int) (bool, error) {
			away := op == "Complete" && time.Now().Before(back)
			return !away, cut(away)
		}
		stop := run(t, f, worker.Config{LeaseTTL: 15 * time.Second, Handlers: handlers(succeed)})
		time.Sleep(2 * time.Minute)
		stop()
		if r := f.record(id); r.state != engine.StateCompleted || f.count("Renew") < 11 {
			t.Fatalf("state %s after %d renewals", r.state, f.count("Renew"))
		}
	})
}

func TestAWorkerTakesOverWhatADeadOneLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.Claim(t.Context(), engine.ClaimRequest{Lane: "default", WorkerInstance: "dead", LeaseTTL: 5 * time.Second})
		died := time.Now()
		var reclaimed bool
		var after time.Duration
		stop := run(t, f, worker.Config{Handlers: handlers(func(_ context.Context, task *worker.Task) ([]byte, error) {
			reclaimed, after = task.Reclaimed && task.Attempt == 1, time.Since(died)
			return nil, nil
		})})
		time.Sleep(10 * time.Second)
		stop()
		if !reclaimed || f.record(id).state != engine.StateCompleted {
			t.Fatalf("reclaimed %v, state %s", reclaimed, f.record(id).state)
		}
		if after > 8*time.Second {
			t.Fatalf("taken over after %v, the lease was of 5 s", after)
		}
	})
}

func TestAWorkerTakesOverOnlyWhatItsCapabilitiesCover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.change(id, func(r *record) { r.required = []string{"gpu"} })
		f.Claim(t.Context(), engine.ClaimRequest{Lane: "default", WorkerInstance: "dead", LeaseTTL: time.Second})
		stop := run(t, f, worker.Config{Handlers: handlers(succeed)})
		time.Sleep(10 * time.Second)
		stop()
		if r := f.record(id); r.state != engine.StateActive || r.granted {
			t.Fatalf("state %s, granted %v", r.state, r.granted)
		}
	})
}

func cut(yes bool) error {
	if yes {
		return dropped
	}
	return nil
}
