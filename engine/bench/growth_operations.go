package bench

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ffboard/engine"
)

// growthOperation is something whose cost may grow with the deployment.
type growthOperation struct {
	name    string
	because string // why it grows whatever is done about it; "" for what should not
	// prepare readies a round for it, unmeasured; nil: nothing is needed.
	prepare func(r *round, ctx context.Context) error
	do      func(r *round, ctx context.Context, i int) error
}

// growthOperations are done in this order: a round works on what came before.
var growthOperations = []growthOperation{
	{name: "submit", do: (*round).submitOne},
	{name: "claim", prepare: (*round).roomForClaims, do: (*round).claimOne},
	{name: "complete", do: (*round).completeOne},
	{name: "resolve an edge", prepare: (*round).makeEdges, do: (*round).resolveOne},
	{name: "describe an execution", prepare: (*round).pick, do: (*round).describeOne},
	{
		name:    "list a page of a lane",
		because: "a lane lies in every partition, and each that holds some of it is asked for its first few: that grows until all hold as many",
		do:      (*round).listLane,
	},
	{
		name:    "list a page of flows",
		because: "each look reads the set of one partition's flows anew, which has no order, up to 2000 of them",
		prepare: (*round).lookAtFlows,
		do:      (*round).listFlows,
	},
	{
		name:    "list a page of ids of a partition",
		because: "the wire keeps the ids of a partition in a set, which has no order: for a page by the order of ids all of them are read",
		do:      (*round).listIDs,
	},
}

const (
	growthPage  = 50
	growthLease = 10 * time.Minute
)

// round is one run at one size, and what its operations leave to those after them.
type round struct {
	*run
	n       int
	claimed []engine.Handle
	edges   []engine.ResolveEdge
	picked  []engine.ExecutionID
}

func (g *growing) newRound(ctx context.Context) (*round, error) {
	size := Size{Executions: g.plan.Operations, Payload: 256}
	r := &run{b: g.d.Backend, meter: g.d.Meter, size: size, lane: g.plan.Lane}
	return &round{run: r, n: g.plan.Operations}, r.b.Ping(ctx)
}

// times does an operation so many times, one after the other, and tells what that cost and how long it took in the middle.
func (r *round) times(ctx context.Context, op growthOperation) (spent Usage, middle time.Duration, err error) {
	if op.prepare != nil {
		if err := op.prepare(r, ctx); err != nil {
			return Usage{}, 0, err
		}
	}
	spans := make([]time.Duration, r.n)
	spent, err = spending(ctx, r.meter, func() error {
		for i := range spans {
			began := time.Now()
			if err := op.do(r, ctx, i); err != nil {
				return err
			}
			spans[i] = time.Since(began)
		}
		return nil
	})
	slices.Sort(spans)
	return spent, quantile(spans, 0.5), err
}

// submitOne submits an execution without a flow, in any partition: those of a lane lie in one.
func (r *round) submitOne(ctx context.Context, _ int) error {
	b := r.b
	_, err := b.CreateExecution(ctx, r.execution(b.Partitions().NewFlowMember(engine.NewFlowID())))
	return err
}

func (r *round) roomForClaims(context.Context) error {
	r.claimed = make([]engine.Handle, 0, r.n)
	return nil
}

// claimOne takes whoever is next in line, as a worker does.
func (r *round) claimOne(ctx context.Context, _ int) error {
	claimed, err := r.b.Claim(ctx, engine.ClaimRequest{
		Lane: r.lane, Worker: "bench", WorkerInstance: "bench-growth", LeaseTTL: growthLease,
	})
	if err != nil {
		return err
	}
	if claimed == nil {
		return fmt.Errorf("nobody is in line on %s", r.lane)
	}
	r.claimed = append(r.claimed, claimed.Handle)
	return nil
}

func (r *round) completeOne(ctx context.Context, i int) error {
	return r.b.Complete(ctx, r.claimed[i], []byte(`{"ok":true}`))
}

// makeEdges makes flows in which one execution has ended that several others wait for.
func (r *round) makeEdges(ctx context.Context) error {
	r.edges = make([]engine.ResolveEdge, 0, r.n)
	for left := r.n; left > 0; left -= growthFan {
		if err := r.makeFan(ctx, min(left, growthFan)); err != nil {
			return err
		}
	}
	return nil
}

func (r *round) makeFan(ctx context.Context, children int) error {
	b := r.b
	f, err := r.newFlow(ctx)
	if err != nil {
		return err
	}
	upstream, err := f.member(ctx)
	if err != nil {
		return err
	}
	for range children {
		child, err := f.member(ctx)
		if err != nil {
			return err
		}
		if err := f.edge(ctx, upstream, child); err != nil {
			return err
		}
	}
	if _, err := b.IssueGrantAndClaim(ctx, upstream, r.lane, growthLease); err != nil {
		return err
	}
	if err := b.CompleteExecution(ctx, upstream, nil, nil, engine.CancelByOperator); err != nil {
		return err
	}
	edges, err := b.ListEdges(ctx, f.id, upstream, engine.EdgesOut)
	if err != nil {
		return err
	}
	now, err := b.ServerTime(ctx)
	for _, e := range edges {
		r.edges = append(r.edges, engine.ResolveEdge{
			Flow: f.id, Edge: e.ID, Upstream: upstream, Downstream: e.Downstream, Lane: r.lane, Outcome: engine.OutcomeSuccess, Now: now,
		})
	}
	return err
}

func (r *round) resolveOne(ctx context.Context, i int) error {
	_, err := r.b.ResolveDependency(ctx, r.edges[i])
	return err
}

// pick chooses executions of all partitions.
func (r *round) pick(ctx context.Context) error {
	r.picked = r.picked[:0]
	for p := range r.b.Partitions().FlowPartitions() {
		page, err := r.b.ListExecutions(ctx, p, "", r.n/int(r.b.Partitions().Flow)+1)
		if err != nil {
			return err
		}
		r.picked = append(r.picked, page.Items...)
	}
	return nil
}

func (r *round) describeOne(ctx context.Context, i int) error {
	_, err := r.b.ExecutionDetail(ctx, r.picked[i%len(r.picked)])
	return err
}

// listLane lists those that ended last on a lane, of all partitions.
func (r *round) listLane(ctx context.Context, _ int) error {
	_, err := r.b.LaneExecutions(ctx, r.lane, engine.IndexTerminal, growthPage)
	return err
}

// lookAtFlows looks as often as it takes until each partition had its turn.
func (r *round) lookAtFlows(ctx context.Context) error {
	for {
		rows, err := r.flows(ctx)
		if err != nil || rows.Whole() && rows.Unread == 0 {
			return err
		}
	}
}

// listFlows is one look of a board that shows the newest flows.
func (r *round) listFlows(ctx context.Context, _ int) error {
	_, err := r.flows(ctx)
	return err
}

func (r *round) flows(ctx context.Context) (engine.FlowRows, error) {
	return r.b.FlowRows(engine.WithTurns(ctx, &engine.Turns{}), engine.FlowQuery{Limit: growthPage})
}

func (r *round) listIDs(ctx context.Context, i int) error {
	p := engine.Partition{Family: engine.FamilyFlow, Index: uint16(i % int(r.b.Partitions().Flow))}
	_, err := r.b.ListExecutions(ctx, p, "", growthPage)
	return err
}
