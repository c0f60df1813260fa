package valkey

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// groupReads are the reads of one downstream's edge group, queued in a pipeline.
type groupReads struct {
	degree *redis.IntCmd
	group  *redis.MapStringStringCmd
	counts *redis.SliceCmd
}

// dependencyCounts are what stands in for a group that nobody ever made (spec 03c §10.1).
var dependencyCounts = []string{"unsatisfied_required_count", "impossible_required_count"}

func queueGroup(ctx context.Context, p redis.Pipeliner, k flowKeys, downstream engine.ExecutionID) groupReads {
	return groupReads{
		degree: p.SCard(ctx, k.in(downstream)),
		group:  p.HGetAll(ctx, k.edgeGroup(downstream)),
		counts: p.HMGet(ctx, keysOf(downstream).depsMeta(), dependencyCounts...),
	}
}

// decode makes a group of the reads; found is false for an execution without inbound edges.
func (g groupReads) decode(downstream engine.ExecutionID) (group engine.EdgeGroup, found bool) {
	record := readWholeHash(g.group)
	degree := int(g.degree.Val())
	switch {
	case !record.empty() || len(record.bad) > 0:
		return decodeEdgeGroup(downstream, record, degree), true
	case degree > 0:
		return groupOfCounts(downstream, readHash(g.counts, dependencyCounts), degree), true
	default:
		return engine.EdgeGroup{}, false
	}
}

// readEdgeGroups reads the groups of those executions that have inbound edges, in their order.
func (b *Backend) readEdgeGroups(ctx context.Context, op string, flow engine.FlowID, downstreams []engine.ExecutionID) ([]engine.EdgeGroup, error) {
	k := b.flowKeys(flow)
	var groups []engine.EdgeGroup
	for batch := range slices.Chunk(downstreams, edgesPerRoundTrip) {
		reads := make([]groupReads, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, downstream := range batch {
				reads[i] = queueGroup(ctx, p, k, downstream)
			}
		})
		if err != nil {
			return nil, err
		}
		for i, downstream := range batch {
			if group, found := reads[i].decode(downstream); found {
				groups = append(groups, group)
			}
		}
	}
	return groups, nil
}

// decodeEdgeGroup makes a group of its record. The group alone tells how an any_of or quorum stands: the child's own count is not
// lowered by every library.
func decodeEdgeGroup(downstream engine.ExecutionID, r *record, degree int) engine.EdgeGroup {
	g := engine.EdgeGroup{
		Downstream:    downstream,
		Policy:        decodeEdgePolicy(r),
		Explicit:      r.text("created_at") != "",
		Total:         r.integer("n", degree),
		Succeeded:     r.integer("succeeded", 0),
		Failed:        r.integer("failed", 0),
		Skipped:       r.integer("skipped", 0),
		State:         word[engine.GroupState](r, "group_state"),
		SatisfiedAt:   r.time("satisfied_at"),
		CancelPending: r.text("cancel_siblings_pending_flag") != "",
	}
	if g.State == "" {
		g.State = engine.GroupPending
	}
	g.Running = max(0, g.Total-g.Succeeded-g.Failed-g.Skipped)
	g.Malformed = r.bad
	return g
}

// decodeEdgePolicy keeps an unknown variant as it is, marked.
func decodeEdgePolicy(r *record) engine.EdgePolicy {
	p := engine.EdgePolicy{Kind: word[engine.EdgePolicyKind](r, "policy_variant")}
	switch p.Kind {
	case "":
		p.Kind = engine.PolicyAllOf
	case engine.PolicyAllOf:
	default:
		p.OnSatisfied = word[engine.OnSatisfied](r, "on_satisfied")
		if p.OnSatisfied == "" {
			p.OnSatisfied = engine.CancelRemaining
		}
	}
	if p.Kind == engine.PolicyQuorum {
		p.K = r.integer("k", 1)
	}
	return p
}

// groupOfCounts is the group of a downstream that has edges and no group: all_of, counted by the child itself. While none of the
// edges is applied it holds nobody back, and nothing is satisfied yet.
func groupOfCounts(downstream engine.ExecutionID, counts *record, degree int) engine.EdgeGroup {
	allOf := engine.EdgePolicy{Kind: engine.PolicyAllOf}
	if counts.empty() {
		return engine.EdgeGroup{Downstream: downstream, Policy: allOf, Total: degree, State: engine.GroupPending, Malformed: counts.bad}
	}
	unsatisfied, impossible := counts.integer("unsatisfied_required_count", 0), counts.integer("impossible_required_count", 0)
	g := engine.EdgeGroup{
		Downstream: downstream,
		Policy:     allOf,
		Total:      degree,
		Succeeded:  max(0, degree-unsatisfied-impossible),
		Failed:     impossible,
		Running:    unsatisfied,
		State:      engine.GroupPending,
		Malformed:  counts.bad,
	}
	switch {
	case impossible > 0:
		g.State = engine.GroupImpossible
	case unsatisfied == 0:
		g.State = engine.GroupSatisfied
	}
	return g
}
