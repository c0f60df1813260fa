package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"ffboard/engine"
)

// Plan says what to measure.
type Plan struct {
	Scenario Scenario
	Size     Size // what is 0 is the scenario's default
	Runs     int
	NoFloor  bool
	// Scheduled lets workers claim through a scheduler, which asks budgets and quotas first, instead of by themselves.
	Scheduled bool
	Lane      engine.LaneID
	Log       *slog.Logger
	Progress  func(what string) // told what begins
}

// Result is what came out.
type Result struct {
	Scenario string
	About    string
	Size     Size
	Runs     [][]Metric
	Metrics  []Summary
	Calls    []CommandCost // of the last run's measured part, by the server's account, dearest first
	Took     time.Duration
}

// Met tells whether all goals were reached.
func (r Result) Met() bool {
	for _, m := range r.Metrics {
		if m.Goal != nil && !m.Met {
			return false
		}
	}
	return true
}

// ErrSize refuses a size that makes no sense.
var ErrSize = errors.New("too small")

// Measure runs a scenario so many times. Its floor, where it has one, is measured after each run, so that both meet the same machine.
func Measure(ctx context.Context, open Open, p Plan) (Result, error) {
	began := time.Now()
	size := p.Scenario.Default.or(p.Size)
	result := Result{Scenario: p.Scenario.Name, About: p.Scenario.About, Size: size}
	goals := p.Scenario.Goals
	if size != p.Scenario.Default {
		goals = nil
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	if p.Progress == nil {
		p.Progress = func(string) {}
	}
	m := &measurement{open: open, plan: p, size: size}
	if p.Scenario.Floor && !p.NoFloor {
		p.Progress("listening to what is written")
		if err := m.record(ctx); err != nil {
			return result, fmt.Errorf("%s, its floor: %w", p.Scenario.Name, err)
		}
	}
	for i := range p.Runs {
		p.Progress(fmt.Sprintf("run %d of %d", i+1, p.Runs))
		metrics, spent, err := m.once(ctx)
		if err != nil {
			return result, fmt.Errorf("%s: %w", p.Scenario.Name, err)
		}
		result.Runs = append(result.Runs, metrics)
		result.Calls = costs(spent)
	}
	result.Metrics = summarise(result.Runs, goals)
	result.Took = time.Since(began)
	return result, nil
}

// measurement is a Measure under way.
type measurement struct {
	open   Open
	plan   Plan
	size   Size
	writes Writes // nil: there is no floor
}

func (m *measurement) newRun(d *Deployment) *run {
	return &run{b: d.Backend, meter: d.Meter, size: m.size, lane: m.plan.Lane, log: m.plan.Log, scheduled: m.plan.Scheduled}
}

// record runs the scenario once without measuring it.
func (m *measurement) record(ctx context.Context) (err error) {
	d, err := m.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if d.Recorder == nil {
		return nil
	}
	r := m.newRun(d)
	m.writes, err = d.Recorder.Record(ctx, func() error { return m.plan.Scenario.run(ctx, r) })
	return err
}

// once is one run and its floor.
func (m *measurement) once(ctx context.Context) ([]Metric, Usage, error) {
	r, err := m.scenario(ctx)
	if err != nil {
		return nil, Usage{}, err
	}
	r.noteCost()
	if m.writes == nil {
		return r.metrics, r.spent, nil
	}
	took, spent, err := m.floor(ctx, false)
	if err != nil {
		return nil, Usage{}, fmt.Errorf("floor: %w", err)
	}
	_, scripted, err := m.floor(ctx, true)
	if err != nil {
		return nil, Usage{}, fmt.Errorf("floor in scripts: %w", err)
	}
	r.note("floor: operations/s", float64(r.done)/took.Seconds())
	if spent.CPU > 0 && r.spent.CPU > 0 {
		r.note(floorCPUEach, microseconds(spent.CPU)/float64(r.done))
		r.note(overFloor, float64(r.spent.CPU)/float64(spent.CPU))
	}
	if scripted.CPU > 0 && r.spent.CPU > 0 {
		r.note(scriptsEach, microseconds(scripted.CPU)/float64(r.done))
		r.note(overScripts, float64(r.spent.CPU)/float64(scripted.CPU))
	}
	return r.metrics, r.spent, nil
}

func (m *measurement) scenario(ctx context.Context) (r *run, err error) {
	d, err := m.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	r = m.newRun(d)
	return r, m.plan.Scenario.run(ctx, r)
}

func (m *measurement) floor(ctx context.Context, scripted bool) (took time.Duration, spent Usage, err error) {
	d, err := m.open(ctx)
	if err != nil {
		return 0, Usage{}, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	spent, err = spending(ctx, d.Meter, func() error {
		began := time.Now()
		err := m.writes.Replay(ctx, d.Backend, m.size.Workers, scripted)
		took = time.Since(began)
		return err
	})
	return took, spent, err
}
