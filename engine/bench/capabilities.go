package bench

import (
	"context"
	"fmt"
	"sync"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/engine/worker"
)

// capabilities is a pool of workers of which few can do what half of the work asks for.
var capabilities = Scenario{
	Name: "capabilities",
	About: "A tenth of the executions first, which any worker can run; then all, of which every other needs something that one worker in ten has. " +
		"Nothing should wait long while a worker that can run it is idle.",
	Default: Size{Executions: 10_000, Workers: 100, Payload: 256},
	Goals:   []Goal{atLeast(3000, "anybody's: executions/s"), atMost(1000, longestIdle)},
	run:     runCapabilities,
}

const (
	scarce      = "scarce"
	scarceOf    = 10 // workers of which one can do what is scarce
	longestIdle = "longest idleness beside work ms"
)

func runCapabilities(ctx context.Context, r *run) error {
	if err := r.anybodys(ctx, max(r.size.Executions/10, 1)); err != nil {
		return err
	}
	n := r.size.Executions
	needs := &engine.ExecutionPolicy{Routing: &engine.RoutingRequirements{Capabilities: []string{scarce}}}
	err := r.submit(ctx, n, func(i int, req *engine.CreateExecution) {
		if i%2 == 1 {
			req.Policy, req.Tags = needs, map[string]string{"bench.needs": scarce}
		}
	})
	if err != nil {
		return err
	}
	counted := countdown(r.b, n)
	crew := r.crew(ctx)
	defer crew.dismiss()
	if err := crew.engine(scanner.Config{}); err != nil {
		return err
	}
	watch := newIdleness(time.Now())
	return r.measured(ctx, n, func() error {
		began := time.Now()
		if err := r.hands(crew, counted, watch); err != nil {
			return err
		}
		if err := crew.until(counted.done); err != nil {
			return err
		}
		r.note("scarce: executions/s", float64(n)/time.Since(began).Seconds())
		r.note(longestIdle, milliseconds(watch.longest()))
		return nil
	})
}

// anybodys is work that every worker can run.
func (r *run) anybodys(ctx context.Context, n int) error {
	if err := r.submit(ctx, n, nil); err != nil {
		return err
	}
	counted := countdown(r.b, n)
	crew := r.crew(ctx)
	defer crew.dismiss()
	began := time.Now()
	if err := r.hands(crew, counted, newIdleness(began)); err != nil {
		return err
	}
	if err := crew.until(counted.done); err != nil {
		return err
	}
	r.note("anybody's: executions/s", float64(n)/time.Since(began).Seconds())
	return nil
}

// hands starts the workers, one in so many with what is scarce.
func (r *run) hands(c *crew, b Backend, watch *idleness) error {
	for i := range r.size.Workers {
		cfg := worker.Config{ID: "bench", Instance: engine.WorkerInstanceID(fmt.Sprintf("bench-%d", i))}
		able := i%scarceOf == 0
		if able {
			cfg.Capabilities = []string{scarce}
		}
		err := c.worker(b, cfg, func(_ context.Context, task *worker.Task) ([]byte, error) {
			watch.took(i, able, task.Tags["bench.needs"] != "")
			defer watch.ended(i)
			return nil, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// idleness finds the longest time for which a worker did nothing although there was something for it.
type idleness struct {
	mu       sync.Mutex
	began    time.Time
	free     map[int]time.Time // since when a worker is
	spans    []idleSpan
	last     time.Time // when the last execution was taken
	lastFree time.Time // when the last was taken that any worker can run
}

type idleSpan struct {
	from, to time.Time
	able     bool
}

func newIdleness(now time.Time) *idleness { return &idleness{began: now, free: map[int]time.Time{}} }

func (w *idleness) took(worker int, able, needy bool) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	from, known := w.free[worker]
	if !known {
		from = w.began
	}
	w.spans = append(w.spans, idleSpan{from, now, able})
	w.last = now
	if !needy {
		w.lastFree = now
	}
}

func (w *idleness) ended(worker int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.free[worker] = time.Now()
}

// longest cuts each idle time where the last of what the worker could have run was taken.
func (w *idleness) longest() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	var most time.Duration
	for _, s := range w.spans {
		end := w.lastFree
		if s.able {
			end = w.last
		}
		if s.to.Before(end) {
			end = s.to
		}
		most = max(most, end.Sub(s.from))
	}
	return most
}
