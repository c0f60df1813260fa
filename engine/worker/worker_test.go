package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

func TestWhatAHandlerReturnsEndsTheAttempt(t *testing.T) {
	for name, c := range map[string]struct {
		handler worker.Handler
		state   engine.PublicState
		result  string
		failure engine.Failure
	}{
		"a result completes the execution": {
			handler: func(_ context.Context, task *worker.Task) ([]byte, error) {
				return []byte("hello " + string(task.Payload)), nil
			},
			state: engine.StateCompleted, result: "hello world",
		},
		"an error fails it as a handler error": {
			handler: func(context.Context, *worker.Task) ([]byte, error) {
				return nil, fmt.Errorf("greet: %w", errors.New("no breath"))
			},
			state:   engine.StateFailed,
			failure: engine.Failure{Message: "greet: no breath", Class: engine.FailureTransient, Category: "handler_error"},
		},
		"a permanent error says so": {
			handler: func(context.Context, *worker.Task) ([]byte, error) {
				return nil, fmt.Errorf("greet: %w", worker.Permanent(errors.New("no such person")))
			},
			state:   engine.StateFailed,
			failure: engine.Failure{Message: "greet: no such person", Class: engine.FailurePermanent},
		},
		"a category of the handler's own is kept": {
			handler: func(context.Context, *worker.Task) ([]byte, error) {
				return nil, worker.Category("rate_limit", errors.New("slow down"))
			},
			state:   engine.StateFailed,
			failure: engine.Failure{Message: "slow down", Class: engine.FailureTransient, Category: "rate_limit"},
		},
		"a panic is a failure": {
			handler: func(context.Context, *worker.Task) ([]byte, error) { panic("at the disco") },
			state:   engine.StateFailed,
			failure: engine.Failure{
				Message: "handler panicked: at the disco", Class: engine.FailureTransient, Category: "handler_panic",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				id := f.submit("default", "greet", "world")
				stop := run(t, f, worker.Config{Handlers: handlers(c.handler)})
				synctest.Wait()
				stop()
				r := f.record(id)
				if r.state != c.state || string(r.result) != c.result || r.failure != c.failure {
					t.Fatalf("state %s result %q failure %+v", r.state, r.result, r.failure)
				}
			})
		})
	}
}

func TestAnUnknownKindFailsWithASentence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "dance", "")
		stop := run(t, f, worker.Config{Handlers: handlers(nil)})
		synctest.Wait()
		stop()
		want := engine.Failure{
			Message: `runtime: no handler registered for execution_kind "dance"`, Class: engine.FailureTransient,
			Category: "runtime_no_handler",
		}
		if got := f.record(id).failure; got != want {
			t.Fatalf("failure %+v", got)
		}
	})
}

func TestNoMoreIsClaimedThanHandlersMayRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		for range 5 {
			f.submit("default", "greet", "")
		}
		goOn := make(chan struct{})
		stop := run(t, f, worker.Config{Concurrency: 2, Handlers: handlers(func(context.Context, *worker.Task) ([]byte, error) {
			<-goOn
			return nil, nil
		})})
		defer stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		if claims := f.count("Claim"); claims != 2 {
			t.Fatalf("%d claims with both permits in use, want 2", claims)
		}
		close(goOn)
		synctest.Wait()
		if done := f.count("Complete"); done != 5 {
			t.Fatalf("%d completed, want 5", done)
		}
	})
}

func TestAnIdleWorkerPollsLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		stop := run(t, f, worker.Config{Handlers: handlers(nil)})
		defer stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		if polls := f.count("Occupied"); polls < 55 || polls > 90 || f.count("Claim") > 1 {
			t.Fatalf("%d polls and %d claims in an idle minute", polls, f.count("Claim"))
		}
	})
}

func TestAnEndedHandlerWakesAnIdleWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		goOn := make(chan struct{})
		f.submit("default", "greet", "first")
		stop := run(t, f, worker.Config{Concurrency: 2, Handlers: handlers(func(_ context.Context, task *worker.Task) ([]byte, error) {
			if string(task.Payload) == "first" {
				<-goOn
				f.submit("default", "greet", "second") // as a dependant that the completion makes eligible
			}
			return nil, nil
		})})
		defer stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		close(goOn)
		synctest.Wait() // no time passes
		if done := f.count("Complete"); done != 2 {
			t.Fatalf("%d completed without a pause, want 2", done)
		}
	})
}

func TestALaneThatFailsDoesNotHideTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("good", "greet", "")
		f.intercept = func(op string, n int) (bool, error) {
			if op == "Claim" && n == 1 {
				return false, engine.Corrupt("core", "lane_id", "no name")
			}
			return true, nil
		}
		stop := run(t, f, worker.Config{Lanes: []engine.LaneID{"bad", "good"}, Handlers: handlers(succeed)})
		synctest.Wait()
		stop()
		if state := f.record(id).state; state != engine.StateCompleted {
			t.Fatalf("state %s", state)
		}
	})
}

func TestARaceThatIsLostIsNothingToWarnOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		f.intercept = func(op string, n int) (bool, error) {
			if op == "Claim" && n < 3 {
				return false, engine.FromCode("claim_execution", string(engine.CodeExecutionNotLeaseable), nil)
			}
			return true, nil
		}
		var log strings.Builder
		stop := run(t, f, worker.Config{Handlers: handlers(succeed), Logger: slog.New(slog.NewTextHandler(&log, nil))})
		synctest.Wait()
		time.Sleep(time.Second)
		stop()
		if state := f.record(id).state; state != engine.StateCompleted || strings.Contains(log.String(), "claim failed") {
			t.Fatalf("state %s\n%s", state, log.String())
		}
	})
}

func TestALaneThatIsNamedTwiceIsOneLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("b", "greet", "")
		stop := run(t, f, worker.Config{Lanes: []engine.LaneID{"a", "a", "b", "a"}, Concurrency: 3, Handlers: handlers(succeed)})
		synctest.Wait()
		stop()
		if state := f.record(id).state; state != engine.StateCompleted {
			t.Fatalf("state %s", state)
		}
	})
}

func TestLanesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		for range 2 {
			f.submit("a", "greet", "a")
			f.submit("b", "greet", "b")
		}
		order := ""
		stop := run(t, f, worker.Config{
			Lanes: []engine.LaneID{"a", "b"},
			Handlers: handlers(func(_ context.Context, task *worker.Task) ([]byte, error) {
				order += string(task.Payload)
				return nil, nil
			}),
		})
		synctest.Wait()
		stop()
		if order != "abab" {
			t.Fatalf("order %s", order)
		}
	})
}

func TestAWorkerIsOnTheRegistryWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		stop := run(t, f, worker.Config{Instance: "w-1", Handlers: handlers(nil)})
		synctest.Wait()
		if !f.workers["w-1"] {
			t.Fatal("not registered")
		}
		f.MarkWorkerDead(t.Context(), "default", "w-1", "the registration lapsed")
		time.Sleep(15 * time.Second)
		synctest.Wait()
		if !f.workers["w-1"] || f.count("HeartbeatWorker") == 0 {
			t.Fatal("a lapsed registration was not renewed")
		}
		stop()
		if f.workers["w-1"] {
			t.Fatal("a stopped worker is still registered")
		}
	})
}

func TestAStopLetsRunningHandlersFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		stop := run(t, f, worker.Config{Grace: time.Minute, Handlers: handlers(func(ctx context.Context, _ *worker.Task) ([]byte, error) {
			time.Sleep(40 * time.Second)
			return []byte("done"), ctx.Err()
		})})
		time.Sleep(10 * time.Second)
		stop()
		if r := f.record(id); r.state != engine.StateCompleted || time.Now().After(r.expires) {
			t.Fatalf("state %s", r.state)
		}
		claims := f.count("Claim")
		time.Sleep(time.Minute)
		if f.count("Claim") != claims {
			t.Fatal("a stopped worker claims")
		}
	})
}

func TestAStopThatRunsOutOfGraceLeavesTheLeaseToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := f.submit("default", "greet", "")
		stop := run(t, f, worker.Config{Grace: time.Second, Handlers: handlers(func(ctx context.Context, _ *worker.Task) ([]byte, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})})
		synctest.Wait()
		stop()
		if r := f.record(id); r.state != engine.StateActive || f.count("Fail") > 0 {
			t.Fatalf("state %s", r.state)
		}
	})
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	one := handlers(succeed)
	lanes := []engine.LaneID{"default"}
	for name, cfg := range map[string]worker.Config{
		"no lane":                 {Handlers: one},
		"no handler":              {Lanes: lanes},
		"a lane with a bad name":  {Lanes: []engine.LaneID{""}, Handlers: one},
		"a capability with blank": {Lanes: lanes, Handlers: one, Capabilities: []string{"a b"}},
		"a lease of nothing":      {Lanes: lanes, Handlers: one, LeaseTTL: time.Microsecond},
	} {
		if _, err := worker.New(newFake(), cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func succeed(context.Context, *worker.Task) ([]byte, error) { return nil, nil }
