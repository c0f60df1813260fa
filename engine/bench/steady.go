package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/engine/worker"
)

// steady is a deployment's plain day: many workers, each busy with something that takes longer than its lease.
var steady = Scenario{
	Name:    "steady",
	About:   "Workers run executions that outlast their leases several times; a renewal is late when the lease may have run out before its answer.",
	Default: Size{Workers: 100, Payload: 1024, For: 5 * time.Minute},
	Goals:   []Goal{atMost(0, "late renewals"), atMost(0, "lost leases")},
	run:     runSteady,
}

const (
	steadyLease = 3 * time.Second
	// steadyWork is how long an execution works; it ends between two renewals.
	steadyWork = 5 * steadyLease / 2
)

// renewals is a backend that times the renewals that go through it.
type renewals struct {
	Backend

	mu    sync.Mutex
	late  int
	spans []time.Duration
	until map[engine.LeaseID]time.Time // by this clock, the lease cannot have run out before
}

func (r *renewals) Renew(ctx context.Context, h engine.Handle) (time.Time, error) {
	sent := time.Now()
	expires, err := r.Backend.Renew(ctx, h)
	answered := time.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans = append(r.spans, answered.Sub(sent))
	if before, known := r.until[h.LeaseID]; err != nil || known && answered.After(before) {
		r.late++
	}
	r.until[h.LeaseID] = sent.Add(h.LeaseTTL)
	return expires, err
}

// seen are the late renewals until now and the time that each renewal took.
func (r *renewals) seen() (late int, spans []time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.late, slices.Clone(r.spans)
}

func runSteady(ctx context.Context, r *run) error {
	b := &renewals{Backend: r.b, until: map[engine.LeaseID]time.Time{}}
	var done, lost atomic.Int64
	submit := func(ctx context.Context, n int) error { return r.submit(ctx, n, nil) }
	if err := submit(ctx, 2*r.size.Workers); err != nil {
		return err
	}
	crew := r.crew(ctx)
	defer crew.dismiss()
	if err := crew.engine(scanner.Config{}); err != nil {
		return err
	}
	over := make(chan struct{})
	work := min(steadyWork, r.size.For/2)
	handle := func(ctx context.Context, _ *worker.Task) ([]byte, error) {
		select {
		case <-time.After(work):
		case <-over:
			return nil, nil
		case <-ctx.Done():
			lost.Add(1)
			return nil, ctx.Err()
		}
		done.Add(1)
		return nil, submit(ctx, 1) // there is always more
	}
	for i := range r.size.Workers {
		cfg := worker.Config{ID: "bench", Instance: engine.WorkerInstanceID(fmt.Sprintf("bench-%d", i)), LeaseTTL: steadyLease}
		if err := crew.worker(b, cfg, handle); err != nil {
			return err
		}
	}
	seconds := max(int(r.size.For/time.Second), 1)
	err := r.measured(ctx, seconds, func() error { return sleep(crew.ctx, r.size.For) })
	late, spans := b.seen() // those that handlers which are now told to end overtake are not late
	close(over)
	if err != nil {
		return err
	}
	crew.dismiss()
	r.note("executions/s", float64(done.Load())/r.size.For.Seconds())
	r.note("renewals/s", float64(len(spans))/r.size.For.Seconds())
	r.noteSpans("renewal", spans)
	r.note("late renewals", float64(late))
	r.note("lost leases", float64(lost.Load()))
	return nil
}
