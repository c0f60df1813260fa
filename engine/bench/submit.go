package bench

import (
	"context"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// submitClaimComplete is the plain way of an execution: it comes in, a worker takes it and completes it.
var submitClaimComplete = Scenario{
	Name:    "submit-claim-complete",
	About:   "Executions are submitted from as many connections as there are workers, then workers claim and complete them.",
	Default: Size{Executions: 10_000, Workers: 16, Payload: 4096},
	Goals:   []Goal{atMost(1.5, overFloor)},
	Floor:   true,
	run:     runSubmitClaimComplete,
}

func runSubmitClaimComplete(ctx context.Context, r *run) error {
	n := r.size.Executions
	return r.measured(ctx, n, func() error {
		began := time.Now()
		if err := r.submit(ctx, n, nil); err != nil {
			return err
		}
		submitted := time.Now()
		counted := countdown(r.b, n)
		crew := r.crew(ctx)
		defer crew.dismiss()
		err := crew.worker(counted, worker.Config{Concurrency: r.size.Workers}, func(context.Context, *worker.Task) ([]byte, error) {
			return nil, nil
		})
		if err != nil {
			return err
		}
		if err := crew.until(counted.done); err != nil {
			return err
		}
		ended := time.Now()
		r.note("executions/s", float64(n)/ended.Sub(began).Seconds())
		r.note("submitted/s", float64(n)/submitted.Sub(began).Seconds())
		r.note("worked/s", float64(n)/ended.Sub(submitted).Seconds())
		return nil
	})
}

// submit creates executions that belong to no flow. change may alter the ith before it is sent.
func (r *run) submit(ctx context.Context, n int, change func(i int, req *engine.CreateExecution)) error {
	return AtOnce(ctx, n, r.size.Workers, func(ctx context.Context, i int) error {
		req := r.execution(r.b.Partitions().NewSolo(r.lane))
		if change != nil {
			change(i, &req)
		}
		_, err := r.b.CreateExecution(ctx, req)
		return err
	})
}

func (r *run) execution(id engine.ExecutionID) engine.CreateExecution {
	return engine.CreateExecution{ID: id, Namespace: Namespace, Lane: r.lane, Kind: kind, Payload: r.payload(), CreatorIdentity: "bench"}
}
