package bench

import (
	"context"
	"math/rand/v2"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/engine/worker"
)

// suspendSignalResume is what a person, or a webhook, waits for.
var suspendSignalResume = Scenario{
	Name:    "suspend-signal-resume",
	About:   "Executions wait for a signal on an idle engine; each signal is timed from before it is sent until a worker has resumed the execution.",
	Default: Size{Executions: 200, Workers: 16, Payload: 256},
	Goals:   []Goal{atMost(2, signalToResumed+" p50 ms"), atMost(10, signalToResumed+" p99 ms")},
	run:     runSuspendSignalResume,
}

const (
	signalToResumed = "signal to resumed"
	// betweenSignals is the longest pause before a signal: long enough for workers that poll to have slowed down.
	betweenSignals = 100 * time.Millisecond
)

// suspensions is a backend that tells when a suspension has been accepted.
type suspensions struct {
	Backend
	accepted chan engine.ExecutionID
}

func (s *suspensions) Suspend(ctx context.Context, h engine.Handle, args engine.SuspendArgs) (engine.SuspendOutcome, error) {
	outcome, err := s.Backend.Suspend(ctx, h, args)
	if err == nil {
		s.accepted <- h.ExecutionID
	}
	return outcome, err
}

type waitingOn struct {
	execution engine.ExecutionID
	point     engine.IssuedWaitpoint
}

func runSuspendSignalResume(ctx context.Context, r *run) error {
	n := r.size.Executions
	waiting := make(chan waitingOn, n)
	resumed := make(chan time.Time, 1)
	b := &suspensions{Backend: r.b, accepted: make(chan engine.ExecutionID, n)}
	crew := r.crew(ctx)
	defer crew.dismiss()
	if err := crew.engine(scanner.Config{}); err != nil {
		return err
	}
	err := crew.worker(b, worker.Config{Concurrency: r.size.Workers}, func(ctx context.Context, task *worker.Task) ([]byte, error) {
		if task.Resumed {
			resumed <- time.Now()
			return nil, nil
		}
		point, err := task.CreateWaitpoint(ctx, "wpk:go", time.Hour)
		if err != nil {
			return nil, err
		}
		waiting <- waitingOn{task.Execution, point}
		return nil, task.Suspend(ctx, worker.Wait{Condition: engine.Single("wpk:go", engine.AnySignal()), Pending: point.ID})
	})
	if err != nil {
		return err
	}
	if err := r.submit(ctx, n, nil); err != nil {
		return err
	}
	for range n {
		select {
		case <-b.accepted:
		case <-crew.ctx.Done():
			return context.Cause(crew.ctx)
		}
	}
	var spans, accepted []time.Duration
	return r.measured(ctx, n, func() error {
		for range n {
			w := <-waiting
			if err := sleep(crew.ctx, rand.N(betweenSignals)); err != nil {
				return err
			}
			sent := time.Now()
			_, err := r.b.DeliverSignal(ctx, engine.Signal{
				Execution: w.execution, Waitpoint: w.point.ID, Token: w.point.Token, Name: "go", Category: "bench", SourceType: "bench", SourceIdentity: "bench",
				Payload: r.payload(), Encoding: "text",
			})
			if err != nil {
				return err
			}
			accepted = append(accepted, time.Since(sent))
			select {
			case at := <-resumed:
				spans = append(spans, at.Sub(sent))
			case <-crew.ctx.Done():
				return context.Cause(crew.ctx)
			}
		}
		r.noteSpans("signal accepted", accepted)
		r.noteSpans(signalToResumed, spans)
		return nil
	})
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
