package valkey

import (
	"context"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// keysPerDelete bounds how long one command keeps the server busy.
const keysPerDelete = 500

// EndedFlows lists flows of a partition that were noted as ended before a time, earliest first.
func (b *Backend) EndedFlows(ctx context.Context, p engine.Partition, before time.Time, limit int) ([]engine.FlowID, error) {
	const op = "ended_flows"
	key := partitionKeys(p).endedFlows()
	members, err := b.rdb.ZRangeByScore(ctx, key, &redis.ZRangeBy{Min: "-inf", Max: scoreOf(before), Count: int64(limit)}).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	ids, junk := parseFlowIDs(members)
	if len(junk) > 0 {
		err = transport(op, b.rdb.ZRem(ctx, key, anySlice(junk)...).Err())
	}
	return ids, err
}

// TrimFlow deletes every key of a flow of which nothing is left. A flow that is still wanted is noted anew, so that it is
// looked at again when it may be due.
func (b *Backend) TrimFlow(ctx context.Context, p engine.Partition, flow engine.FlowID, keep time.Duration, now time.Time) (bool, error) {
	const op = "trim_flow"
	if keep <= 0 {
		return false, nil
	}
	k := flowKeys{tag: p.Tag(), id: flow}
	var doomed doomedFlow
	trimmed, err := b.guarded(ctx, op,
		func(tx *redis.Tx) (due bool, err error) {
			doomed, due, err = b.judgeFlow(ctx, tx, k, now.Add(-keep))
			return due, err
		},
		func(pipe redis.Pipeliner) { doomed.queueDeletes(ctx, pipe, k) },
		k.core(), k.members())
	if err != nil || trimmed {
		return trimmed, err
	}
	note := redis.Z{Score: float64(now.UnixMilli()), Member: string(flow)}
	return false, transport(op, b.rdb.ZAddXX(ctx, k.partition().endedFlows(), note).Err())
}

// doomedFlow is what a flow to be deleted has.
type doomedFlow struct {
	members []string
	edges   []string
}

// judgeFlow tells whether nothing of the flow is left to run or to show and nothing changed since a time. A flow without a record
// is due: what remains of it belongs to nobody.
func (b *Backend) judgeFlow(ctx context.Context, tx *redis.Tx, k flowKeys, since time.Time) (doomedFlow, bool, error) {
	names := []string{"flow_id", "public_flow_state", "last_mutation_at"}
	read := tx.HMGet(ctx, k.core(), names...)
	if err := read.Err(); err != nil {
		return doomedFlow{}, false, err
	}
	members, err := tx.SMembers(ctx, k.members()).Result()
	if err != nil {
		return doomedFlow{}, false, err
	}
	core := readHash(read, names)
	if core.time("last_mutation_at").After(since) {
		return doomedFlow{}, false, nil
	}
	cancelled := core.text("public_flow_state") == string(engine.FlowCancelled)
	if len(members) == 0 && !cancelled && !core.empty() {
		return doomedFlow{}, false, nil
	}
	doomed := doomedFlow{members: members}
	for batch := range slices.Chunk(members, membersPerPage) {
		present, edges, err := readRemains(ctx, tx, k, batch)
		if err != nil || present {
			return doomedFlow{}, false, err
		}
		doomed.edges = append(doomed.edges, edges...)
	}
	return doomed, true, nil
}

// readRemains tells whether any of the members still has a record, and lists the edges around them.
func readRemains(ctx context.Context, tx *redis.Tx, k flowKeys, members []string) (present bool, edges []string, err error) {
	cores := make([]*redis.IntCmd, len(members))
	var sets []*redis.StringSliceCmd
	_, err = tx.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, raw := range members {
			member := engine.ExecutionID(raw)
			// On the flow's own partition, whatever the member's text: one transaction stays in one slot.
			cores[i] = p.Exists(ctx, execKeys{tag: k.tag, id: member}.core())
			sets = append(sets, p.SMembers(ctx, k.in(member)), p.SMembers(ctx, k.out(member)))
		}
		return nil
	})
	if err != nil {
		return false, nil, err
	}
	for _, core := range cores {
		if core.Val() > 0 {
			return true, nil, nil
		}
	}
	for _, set := range sets {
		edges = append(edges, set.Val()...)
	}
	return false, edges, nil
}

func (d doomedFlow) queueDeletes(ctx context.Context, p redis.Pipeliner, k flowKeys) {
	keys := []string{k.core(), k.members(), k.tags(), k.summary(), k.pendingCancels()}
	for _, raw := range d.members {
		member := engine.ExecutionID(raw)
		keys = append(keys, k.in(member), k.out(member), k.edgeGroup(member))
		p.SRem(ctx, k.partition().pendingCancelGroups(), string(k.id)+"|"+raw)
	}
	for _, edge := range d.edges {
		keys = append(keys, k.edge(engine.EdgeID(edge)))
	}
	for batch := range slices.Chunk(keys, keysPerDelete) {
		p.Del(ctx, batch...)
	}
	p.SRem(ctx, k.partition().flowIndex(), string(k.id))
	p.ZRem(ctx, k.partition().cancelBacklog(), string(k.id))
	p.ZRem(ctx, k.partition().endedFlows(), string(k.id))
}
