package bench

import (
	"context"
	"fmt"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/engine/worker"
)

// idle is what a deployment costs on which nothing happens.
var idle = Scenario{
	Name:    "idle",
	About:   "An engine and a worker on four lanes with nothing to do.",
	Default: Size{Workers: 16, For: 15 * time.Second},
	Goals:   []Goal{atMost(100, "commands/s")},
	run:     runIdle,
}

const (
	idleLanes = 4
	// calmed is how long it takes until the first passes, which look at everything, are over and whoever polls has slowed down.
	calmed = 5 * time.Second
)

func runIdle(ctx context.Context, r *run) error {
	lanes := []engine.LaneID{r.lane}
	for i := 1; i < idleLanes; i++ {
		lanes = append(lanes, engine.LaneID(fmt.Sprintf("%s-%d", r.lane, i)))
	}
	crew := r.crew(ctx)
	defer crew.dismiss()
	if err := crew.engine(scanner.Config{Lanes: lanes}); err != nil {
		return err
	}
	nothing := func(context.Context, *worker.Task) ([]byte, error) { return nil, nil }
	if err := crew.worker(r.b, worker.Config{Lanes: lanes, Concurrency: r.size.Workers}, nothing); err != nil {
		return err
	}
	if err := sleep(crew.ctx, min(calmed, r.size.For)); err != nil {
		return err
	}
	seconds := r.size.For.Seconds()
	err := r.measured(ctx, 0, func() error { return sleep(crew.ctx, r.size.For) })
	if err != nil {
		return err
	}
	r.note("commands/s", float64(r.spent.Commands)/seconds)
	if r.spent.CPU > 0 {
		r.note("server ms a second", milliseconds(r.spent.CPU)/seconds)
	}
	return nil
}
