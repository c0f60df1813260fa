package enginetest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
	work "ffboard/engine/worker"
)

func init() {
	suites["worker"] = map[string]func(*testing.T, Subject){
		"a worker completes what is submitted":                 runSubmitted,
		"a worker that dies mid-handler loses nothing":         runCrashed,
		"a revoked lease stops its handler and is taken over":  runRevoked,
		"a cancelled execution stops its handler":              runCancelled,
		"a failure is retried after its backoff":               runRetried,
		"a permanent failure is not":                           runPermanent,
		"a suspended handler goes on with its signals":         runSuspended,
		"a signal that came first ends the wait at once":       runBuffered,
		"a delayed handler goes on when it is due":             runDelayed,
		"frames and progress arrive while the handler runs":    runFrames,
		"a stopped worker leaves the registry and no lease":    runStopped,
		"a worker takes only what its capabilities cover":      runCapable,
		"many workers run everything once":                     runMany,
		"an attempt that takes too long is ended and stopped":  runTimedOut,
		"a parent goes on when its children are done":          runParent,
		"an execution that is due later runs when it is due":   runDelayedSubmission,
		"a wait that times out does what it was told to":       runWaitTimeout,
		"a person's approval ends a wait":                      runApproved,
		"a gate wants two different people":                    runTwoPeople,
		"what ends an attempt is told once though asked twice": runEndTwice,
	}
}

// fast are intervals at which a test need not wait.
var fast = func() map[string]time.Duration {
	every := map[string]time.Duration{}
	for _, name := range []string{
		scanner.LeaseExpiry, scanner.DelayedPromoter, scanner.IndexReconciler, scanner.AttemptTimeout, scanner.SuspensionTimeout,
		scanner.PendingWaitpoints, scanner.RetentionTrimmer, scanner.BudgetReset, scanner.BudgetReconciler, scanner.Unblock,
		scanner.DependencyReconciler, scanner.QuotaReconciler, scanner.FlowProjector, scanner.CancelReconciler,
		scanner.EdgeCancelDispatcher, scanner.EdgeCancelReconciler, scanner.ExecutionDeadline,
	} {
		every[name] = 100 * time.Millisecond
	}
	return every
}()

// background runs the background engine for as long as the test does.
func background(t *testing.T, s Subject, change ...func(*scanner.Config)) {
	t.Helper()
	untilTheEnd(t, engineFor(t, s, change...))
}

// runWorker runs a worker with one handler, of kind "kind", for as long as the test does or until it is stopped.
func runWorker(t *testing.T, b work.Backend, handler work.Handler, change ...func(*work.Config)) (stop func()) {
	t.Helper()
	cfg := work.Config{
		Lanes:        []engine.LaneID{"default"},
		Handlers:     map[string]work.Handler{"kind": handler, "step": handler},
		Namespace:    "ns",
		Concurrency:  4,
		LeaseTTL:     600 * time.Millisecond,
		ReclaimEvery: 100 * time.Millisecond,
		Logger:       quietLog(),
	}
	for _, c := range change {
		c(&cfg)
	}
	w, err := work.New(b, cfg)
	noError(t, err)
	return untilTheEnd(t, w.Run)
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func untilTheEnd(t *testing.T, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// eventuallyIs waits until an execution has a state.
func eventuallyIs(t *testing.T, s Subject, id engine.ExecutionID, want engine.PublicState) {
	t.Helper()
	Eventually(t, fmt.Sprintf("%s is %s", id, want), func() bool {
		state, err := s.ReadExecutionState(Context(t), id)
		noError(t, err)
		return state == want
	})
}

func wantResult(t *testing.T, s Subject, id engine.ExecutionID, want string) {
	t.Helper()
	eventuallyIs(t, s, id, engine.StateCompleted)
	result, err := s.ExecutionResult(Context(t), id)
	noError(t, err)
	if string(result) != want {
		t.Errorf("result %q, want %q", result, want)
	}
}

func withPayload(payload string) func(*engine.CreateExecution) {
	return func(req *engine.CreateExecution) { req.Payload = []byte(payload) }
}

func runSubmitted(t *testing.T, s Subject) {
	id := submit(t, s, "default", withPayload("world"))
	runWorker(t, s, func(_ context.Context, task *work.Task) ([]byte, error) {
		return []byte("hello " + string(task.Payload)), nil
	})
	wantResult(t, s, id, "hello world")
}

func runCrashed(t *testing.T, s Subject) {
	background(t, s)
	ids := []engine.ExecutionID{submit(t, s, "default"), submit(t, s, "default"), submit(t, s, "default")}
	plug := work.NewPlug(s)
	var begun, abandoned atomic.Int32
	runWorker(t, plug, func(ctx context.Context, _ *work.Task) ([]byte, error) {
		begun.Add(1)
		<-ctx.Done()
		if errors.Is(context.Cause(ctx), work.ErrLeaseLost) {
			abandoned.Add(1)
		}
		return []byte("from beyond"), nil
	})
	Eventually(t, "all are begun", func() bool { return begun.Load() == 3 })
	plug.Pull()
	runWorker(t, s, func(_ context.Context, task *work.Task) ([]byte, error) {
		return fmt.Appendf(nil, "attempt %d, reclaimed %v", task.Attempt, task.Reclaimed), nil
	})
	for _, id := range ids {
		wantResult(t, s, id, "attempt 1, reclaimed true")
	}
	Eventually(t, "the dead worker's handlers were stopped", func() bool { return abandoned.Load() == 3 })
}

func runRevoked(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	causes := make(chan error, 1)
	runWorker(t, s, func(ctx context.Context, task *work.Task) ([]byte, error) {
		if task.Reclaimed {
			return []byte("again"), nil
		}
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return []byte("too late"), task.Log(context.Background(), "too late")
	})
	eventuallyIs(t, s, id, engine.StateActive)
	revoked, err := s.RevokeLease(Context(t), id, "", "test")
	noError(t, err)
	if !revoked {
		t.Fatal("not revoked")
	}
	if cause := <-causes; !errors.Is(cause, work.ErrLeaseLost) {
		t.Errorf("cause %v", cause)
	}
	wantResult(t, s, id, "again")
}

func runCancelled(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	causes := make(chan error, 1)
	runWorker(t, s, func(ctx context.Context, _ *work.Task) ([]byte, error) {
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return nil, ctx.Err()
	})
	eventuallyIs(t, s, id, engine.StateActive)
	_, err := s.CancelExecution(Context(t), id, "test", engine.CancelByOperator)
	noError(t, err)
	if cause := <-causes; !errors.Is(cause, engine.CodeExecutionNotActive) {
		t.Errorf("cause %v", cause)
	}
	wantState(t, s, id, engine.StateCancelled)
}

func runRetried(t *testing.T, s Subject) {
	background(t, s)
	id := submit(t, s, "default", retrying(3))
	runWorker(t, s, func(_ context.Context, task *work.Task) ([]byte, error) {
		if task.Attempt < 2 {
			return nil, errors.New("not yet")
		}
		return fmt.Appendf(nil, "attempt %d", task.Attempt), nil
	})
	wantResult(t, s, id, "attempt 2")
}

func runPermanent(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	runWorker(t, s, func(context.Context, *work.Task) ([]byte, error) {
		return nil, work.Permanent(errors.New("never"))
	})
	eventuallyIs(t, s, id, engine.StateFailed)
	if got := describe(t, s, id).FailureReason; got != "never" {
		t.Errorf("failure reason %q", got)
	}
}

func runFrames(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	goOn := make(chan struct{})
	runWorker(t, s, func(ctx context.Context, task *work.Task) ([]byte, error) {
		err := errors.Join(
			task.Log(ctx, "step %d", 1),
			task.Progress(ctx, 50, "half"),
			errorOf(task.Append(ctx, engine.Frame{Type: "delta", Payload: []byte(`{"a":1}`), Mode: engine.ModeSummary})),
			errorOf(task.Append(ctx, engine.Frame{Type: "token", Payload: []byte("x"), Mode: engine.ModeBestEffort, TTL: time.Minute})),
		)
		<-goOn
		return nil, err
	})
	Eventually(t, "progress shows", func() bool { return describe(t, s, id).ProgressPercent == 50 })
	Eventually(t, "all frames are there", func() bool {
		page, err := s.ReadStream(Context(t), id, 0, "", "", 100)
		noError(t, err)
		return len(page.Frames) == 3 && string(page.Frames[0].Payload) == "step 1" && !page.Closed()
	})
	close(goOn)
	eventuallyIs(t, s, id, engine.StateCompleted)
}

func runStopped(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	begun, release, stopped := make(chan struct{}), make(chan struct{}), make(chan struct{})
	stop := runWorker(t, s, func(context.Context, *work.Task) ([]byte, error) {
		close(begun)
		<-release
		return []byte("finished"), nil
	})
	<-begun
	if workers := listWorkers(t, s, "", 10); len(workers.Items) != 1 {
		t.Errorf("workers %+v", workers.Items)
	}
	go func() {
		stop()
		close(stopped)
	}()
	close(release)
	<-stopped
	wantResult(t, s, id, "finished")
	if workers := listWorkers(t, s, "", 10); len(workers.Items) != 0 {
		t.Errorf("workers after the stop %+v", workers.Items)
	}
}

func runCapable(t *testing.T, s Subject) {
	hard := submit(t, s, "default", requiring("gpu"))
	easy := submit(t, s, "default")
	done := func(context.Context, *work.Task) ([]byte, error) { return []byte("done"), nil }
	stop := runWorker(t, s, done)
	wantResult(t, s, easy, "done")
	stop()
	wantState(t, s, hard, engine.StateWaiting)
	runWorker(t, s, done, func(c *work.Config) { c.Capabilities = []string{"cpu", "gpu"} })
	wantResult(t, s, hard, "done")
}

func runMany(t *testing.T, s Subject) {
	const executions, workers = 60, 3
	var runs atomic.Int32
	for range workers {
		runWorker(t, s, func(context.Context, *work.Task) ([]byte, error) {
			runs.Add(1)
			return nil, nil
		}, func(c *work.Config) { c.LeaseTTL = time.Minute })
	}
	ids := make([]engine.ExecutionID, executions)
	for i := range ids {
		ids[i] = submit(t, s, "default")
	}
	for _, id := range ids {
		eventuallyIs(t, s, id, engine.StateCompleted)
	}
	if n := runs.Load(); n != executions {
		t.Errorf("%d runs of %d executions", n, executions)
	}
}

func runTimedOut(t *testing.T, s Subject) {
	background(t, s)
	id := submit(t, s, "default", func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{Timeout: &engine.TimeoutPolicy{Attempt: 300 * time.Millisecond}}
	})
	causes := make(chan error, 1)
	runWorker(t, s, func(ctx context.Context, _ *work.Task) ([]byte, error) {
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return nil, nil
	})
	eventuallyIs(t, s, id, engine.StateExpired)
	if cause := <-causes; !errors.Is(cause, engine.CodeExecutionNotActive) {
		t.Errorf("cause %v", cause)
	}
}

func runEndTwice(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	lost := &lostAnswers{Subject: s}
	runWorker(t, lost, func(context.Context, *work.Task) ([]byte, error) { return []byte("once"), nil })
	wantResult(t, s, id, "once")
	Eventually(t, "the worker asked again", func() bool { return lost.completions.Load() == 2 })
}

// lostAnswers is a backend whose first completion is applied and not answered.
type lostAnswers struct {
	Subject
	completions atomic.Int32
}

func (l *lostAnswers) Complete(ctx context.Context, h engine.Handle, result []byte) error {
	err := l.Subject.Complete(ctx, h, result)
	if l.completions.Add(1) == 1 {
		return engine.Uncertain("complete", errors.New("connection reset"))
	}
	return err
}
