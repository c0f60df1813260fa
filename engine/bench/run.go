package bench

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"ffboard/engine"
)

// run is one run of a scenario.
type run struct {
	b       Backend
	meter   Meter
	size    Size
	lane    engine.LaneID
	log     *slog.Logger
	metrics []Metric
	spent   Usage // by the measured part
	done    int   // operations in it

	scheduled bool // workers claim through a scheduler
}

// Namespace is that of all executions and flows that are made for measuring.
const Namespace engine.Namespace = "bench"

func (r *run) note(name string, value float64) {
	r.metrics = append(r.metrics, Metric{name, value})
}

// measured is a part of a run whose cost counts: so many operations, each called one.
func (r *run) measured(ctx context.Context, operations int, do func() error) error {
	spent, err := spending(ctx, r.meter, do)
	if err != nil {
		return err
	}
	r.spent, r.done = spent, operations
	return nil
}

// spending is what something costs.
func spending(ctx context.Context, m Meter, do func() error) (Usage, error) {
	before, err := m.Read(ctx)
	if err != nil {
		return Usage{}, err
	}
	if err := do(); err != nil {
		return Usage{}, err
	}
	after, err := m.Read(ctx)
	if err != nil {
		return Usage{}, err
	}
	return after.Since(before), nil
}

// noteCost notes what the measured part cost the server, an operation.
func (r *run) noteCost() {
	if r.done == 0 {
		return
	}
	n := float64(r.done)
	r.note(commandsEach, float64(r.spent.Commands)/n)
	r.note(tripsEach, float64(r.spent.Trips)/n)
	if r.spent.CPU > 0 {
		r.note(cpuEach, microseconds(r.spent.CPU)/n)
	}
}

// noteSpans notes how long something took, by quantiles.
func (r *run) noteSpans(what string, spans []time.Duration) {
	slices.Sort(spans)
	for _, q := range []struct {
		name string
		part float64
	}{{"p50", 0.5}, {"p99", 0.99}, {"max", 1}} {
		r.note(fmt.Sprintf("%s %s ms", what, q.name), milliseconds(quantile(spans, q.part)))
	}
}

// payload is text, so that a recording of it is no longer than itself.
func (r *run) payload() []byte {
	return []byte(strings.Repeat("the quick brown fox jumps over the lazy dog. ", r.size.Payload/45+1)[:r.size.Payload])
}

// The names of what every scenario notes.
const (
	commandsEach = "commands an operation"
	tripsEach    = "round trips an operation"
	cpuEach      = "server µs an operation"
	floorCPUEach = "floor: server µs an operation"
	overFloor    = "server time against the floor"
	scriptsEach  = "floor in scripts: server µs an operation"
	overScripts  = "server time against the floor in scripts"
)
