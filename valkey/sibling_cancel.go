package valkey

import (
	"context"
	"strings"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// PendingSiblingCancels lists up to limit groups of a partition that fired and whose siblings are still owed a cancel, in no order
// (spec 03c §8.1). An entry that names no group comes with Flow "" and its text in Raw: draining it removes it.
func (b *Backend) PendingSiblingCancels(ctx context.Context, p engine.Partition, limit int) ([]engine.SiblingGroup, error) {
	const op = "pending_sibling_cancels"
	raw, err := b.rdb.SRandMemberN(ctx, partitionKeys(p).pendingCancelGroups(), int64(limit)).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	groups := make([]engine.SiblingGroup, len(raw))
	reads := make([]*redis.SliceCmd, len(raw))
	names := []string{"cancel_siblings_reason", "cancel_siblings_pending_members", "cancel_siblings_pending_flag"}
	err = b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		for i, member := range raw {
			groups[i] = parseSiblingGroup(p, member)
			if groups[i].Flow != "" {
				reads[i] = pipe.HMGet(ctx, siblingKeys(groups[i]).edgeGroup(groups[i].Downstream), names...)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range groups {
		if reads[i] == nil {
			continue
		}
		record, g := readHash(reads[i], names), &groups[i]
		g.Reason = record.text("cancel_siblings_reason")
		if g.Reason == "" {
			g.Reason = "sibling_quorum_satisfied"
		}
		for _, sibling := range strings.Split(record.text("cancel_siblings_pending_members"), "|") {
			if sibling != "" {
				g.Members = append(g.Members, engine.ExecutionID(sibling))
			}
		}
		g.Flagged = record.text("cancel_siblings_pending_flag") != "" || len(g.Members) > 0
	}
	return groups, nil
}

// parseSiblingGroup reads "<flow>|<downstream>".
func parseSiblingGroup(p engine.Partition, raw string) engine.SiblingGroup {
	g := engine.SiblingGroup{Partition: p, Raw: raw}
	flow, downstream, _ := strings.Cut(raw, "|")
	if _, err := engine.ParseFlowID(flow); err != nil {
		return g
	}
	if _, err := engine.ParseExecutionID(downstream); err != nil {
		return g
	}
	g.Flow, g.Downstream = engine.FlowID(flow), engine.ExecutionID(downstream)
	return g
}

// siblingKeys are the flow's keys as the index had them, on the partition of the index.
func siblingKeys(g engine.SiblingGroup) flowKeys { return flowKeys{tag: g.Partition.Tag(), id: g.Flow} }

// DrainSiblingCancelGroup says that all siblings of a group are disposed of (spec 03c §3.14).
func (b *Backend) DrainSiblingCancelGroup(ctx context.Context, g engine.SiblingGroup) error {
	const op = "drain_sibling_cancel_group"
	if g.Flow == "" {
		return b.dropSiblingEntry(ctx, op, g)
	}
	_, err := b.call(ctx, op, "ff_drain_sibling_cancel_group",
		[]string{
			partitionKeys(g.Partition).pendingCancelGroups(),
			siblingKeys(g).edgeGroup(g.Downstream),
		},
		string(g.Flow),
		string(g.Downstream),
	)
	return err
}

// ReconcileSiblingCancelGroup finishes an interrupted drain (spec 03c §3.15).
func (b *Backend) ReconcileSiblingCancelGroup(ctx context.Context, g engine.SiblingGroup) (string, error) {
	const op = "reconcile_sibling_cancel_group"
	if g.Flow == "" {
		return "sremmed_stale", b.dropSiblingEntry(ctx, op, g)
	}
	r, err := b.call(ctx, op, "ff_reconcile_sibling_cancel_group",
		[]string{
			partitionKeys(g.Partition).pendingCancelGroups(),
			siblingKeys(g).edgeGroup(g.Downstream),
		},
		string(g.Flow),
		string(g.Downstream),
	)
	return r.field(0), err
}

// dropSiblingEntry removes an index member that can belong to no group.
func (b *Backend) dropSiblingEntry(ctx context.Context, op string, g engine.SiblingGroup) error {
	return transport(op, b.rdb.SRem(ctx, partitionKeys(g.Partition).pendingCancelGroups(), g.Raw).Err())
}
