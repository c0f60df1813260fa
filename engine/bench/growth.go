package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ffboard/engine"
)

// GrowthPlan says how to measure what operations cost on a deployment that grows while nothing else happens on it.
type GrowthPlan struct {
	Sizes      []int // executions that the deployment holds, rising; those made by the measuring count
	Operations int   // how often each operation is done in a run
	Runs       int   // at each size
	Lane       engine.LaneID
	Progress   func(what string) // told what begins
}

// GrowthBound is the largest exponent that an operation should have where the data structure allows it.
const GrowthBound = 0.1

// What is filled in lies on so many lanes, one flow to ten executions.
const (
	growthLanes     = 4
	growthFlowsOf10 = 1
	// growthFan is how many edges lead from one execution.
	growthFan = 25
)

// Growth is what came out.
type Growth struct {
	Sizes      []int
	Operations int
	Runs       int
	Costs      []GrowingCost
	Took       time.Duration
}

// GrowingCost is one kind of cost of one operation at each size, by the median of the runs.
type GrowingCost struct {
	Operation string
	Cost      string
	At        []float64
	Exponent  float64
	Within    bool            // it is no larger than GrowthBound
	Because   string          // why the operation grows, where its data structure wants it
	Calls     [][]CommandCost `json:",omitempty"` // of the server, at each size, in the last run
}

// Check finds what is wrong with a plan before anything is written.
func (p GrowthPlan) Check() error {
	switch {
	case len(p.Sizes) < 2:
		return errors.New("two sizes at least are needed for an exponent")
	case p.Operations < 1 || p.Runs < 1:
		return errors.New("each operation is to be done once at least")
	case !slices.IsSorted(p.Sizes) || len(slices.Compact(slices.Clone(p.Sizes))) < len(p.Sizes):
		return errors.New("sizes have to rise")
	case p.Sizes[0] <= p.own():
		return fmt.Errorf("a size of %d is too small: measuring takes %d executions of its own", p.Sizes[0], p.own())
	}
	for i := 1; i < len(p.Sizes); i++ {
		if p.Sizes[i]-p.Sizes[i-1] <= p.own() {
			return fmt.Errorf("sizes %d and %d are too near: measuring takes %d executions of its own", p.Sizes[i-1], p.Sizes[i], p.own())
		}
	}
	return nil
}

// own is how many executions the measuring makes at each size. A run more than are counted warms everything up.
func (p GrowthPlan) own() int {
	fans := (p.Operations + growthFan - 1) / growthFan
	return (p.Runs + 1) * (2*p.Operations + fans)
}

// MeasureGrowth fills a deployment to one size after the other, by adding, and measures at each. The first size must be larger than
// what the deployment holds.
func MeasureGrowth(ctx context.Context, open Open, p GrowthPlan) (_ Growth, err error) {
	began := time.Now()
	growth := Growth{Sizes: p.Sizes, Operations: p.Operations, Runs: p.Runs}
	if err := p.Check(); err != nil {
		return growth, err
	}
	if p.Progress == nil {
		p.Progress = func(string) {}
	}
	d, err := open(ctx)
	if err != nil {
		return growth, err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	g := &growing{d: d, plan: p, costs: map[string]*GrowingCost{}}
	for i, size := range p.Sizes {
		if err := g.fill(ctx, size); err != nil {
			return growth, fmt.Errorf("fill to %d: %w", size, err)
		}
		p.Progress(fmt.Sprintf("measuring at %d executions", size))
		if err := g.measure(ctx, i); err != nil {
			return growth, fmt.Errorf("at %d executions: %w", size, err)
		}
	}
	growth.Costs = g.exponents()
	growth.Took = time.Since(began)
	return growth, nil
}

// growing is a MeasureGrowth under way.
type growing struct {
	d     *Deployment
	plan  GrowthPlan
	order []string // of costs
	costs map[string]*GrowingCost
}

// fill adds so many that the deployment will hold the size once it is measured.
func (g *growing) fill(ctx context.Context, size int) error {
	held, err := g.d.Filler.Held(ctx)
	if err != nil {
		return err
	}
	more := size - g.plan.own() - held
	if more < 1 {
		return fmt.Errorf("the deployment holds %d executions already, and measuring takes %d of its own", held, g.plan.own())
	}
	g.plan.Progress(fmt.Sprintf("filling up to %d executions", size))
	lanes := []engine.LaneID{g.plan.Lane}
	for i := 1; i < growthLanes; i++ {
		lanes = append(lanes, engine.LaneID(fmt.Sprintf("%s-%d", g.plan.Lane, i)))
	}
	return g.d.Filler.Fill(ctx, more, more*growthFlowsOf10/10, lanes)
}

// measure does all operations so many times at one size, run after run.
func (g *growing) measure(ctx context.Context, at int) error {
	runs := map[string][]float64{}
	for i := range g.plan.Runs + 1 {
		round, err := g.newRound(ctx)
		if err != nil {
			return err
		}
		for _, op := range growthOperations {
			spent, middle, err := round.times(ctx, op)
			if err != nil {
				return fmt.Errorf("%s: %w", op.name, err)
			}
			if i == 0 {
				continue
			}
			n := float64(g.plan.Operations)
			for _, figure := range []Metric{
				{serverEach, microseconds(spent.CPU) / n}, {sentEach, float64(spent.Commands) / n}, {middleEach, milliseconds(middle)},
			} {
				name := g.cost(op, figure.Name)
				runs[name] = append(runs[name], figure.Value)
			}
			c := g.costs[op.name+serverEach]
			c.Calls = append(c.Calls[:at], costs(spent))
		}
	}
	for name, values := range runs {
		slices.Sort(values)
		g.costs[name].At = append(g.costs[name].At, median(values))
	}
	return nil
}

// The costs of an operation.
const (
	serverEach = "server µs"
	sentEach   = "commands"
	middleEach = "p50 ms"
)

// cost makes a row for a cost when it is met first, and names it.
func (g *growing) cost(op growthOperation, cost string) (name string) {
	name = op.name + cost
	if g.costs[name] == nil {
		g.order = append(g.order, name)
		g.costs[name] = &GrowingCost{Operation: op.name, Cost: cost, Because: op.because}
	}
	return name
}

// exponents finishes the rows. A server inside of this process does not say what it spent.
func (g *growing) exponents() []GrowingCost {
	var rows []GrowingCost
	for _, name := range g.order {
		c := *g.costs[name]
		if slices.Min(c.At) <= 0 {
			continue
		}
		c.Exponent = exponent(g.plan.Sizes, c.At)
		if c.Within = c.Exponent <= GrowthBound; c.Within {
			c.Because = ""
		}
		rows = append(rows, c)
	}
	return rows
}
