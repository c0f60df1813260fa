package valkey

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// DescribeFlow reads one flow with its edge groups, ordered by downstream; nil when there is none (spec 03c §10.1). Two round trips,
// one more for every 500 members.
func (b *Backend) DescribeFlow(ctx context.Context, flow engine.FlowID) (*engine.Flow, error) {
	const op = "describe_flow"
	if err := checkFlowID(op, flow); err != nil {
		return nil, err
	}
	k := b.flowKeys(flow)
	var core, tags *redis.MapStringStringCmd
	var members *redis.StringSliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		core = p.HGetAll(ctx, k.core())
		tags = p.HGetAll(ctx, k.tags())
		members = p.SMembers(ctx, k.members())
	})
	if err != nil {
		return nil, err
	}
	stored := readWholeHash(core)
	if stored.empty() && len(stored.bad) == 0 {
		return nil, nil
	}
	f, err := decodeFlow(k.core(), flow, stored, readWholeHash(tags))
	if err != nil {
		return nil, engine.WithOp(op, err)
	}
	f.EdgeGroups, err = b.readEdgeGroups(ctx, op, flow, memberIDs(slices.Sorted(slices.Values(members.Val()))))
	if err != nil {
		return nil, err
	}
	return &f, nil
}

// ListFlows lists the flows of a partition that are in its index, by id (spec 03c §10.2). What cannot be read is a marked row; index
// members that are no flow id come after the last page's flows.
func (b *Backend) ListFlows(ctx context.Context, p engine.Partition, after engine.FlowID, limit int) (engine.Page[engine.Flow, engine.FlowID], error) {
	const op = "list_flows"
	var page engine.Page[engine.Flow, engine.FlowID]
	if limit <= 0 {
		return page, nil
	}
	members, err := b.rdb.SMembers(ctx, partitionKeys(p).flowIndex()).Result()
	if err != nil {
		return page, engine.Transport(op, err)
	}
	ids, junk := parseFlowIDs(members)
	slices.Sort(ids)
	start, found := slices.BinarySearch(ids, after)
	if found {
		start++
	}
	ids = ids[start:]
	if len(ids) > limit {
		ids = ids[:limit]
		page.Next = ids[limit-1]
		junk = nil
	}
	if page.Items, err = b.readFlows(ctx, op, ids); err != nil {
		return engine.Page[engine.Flow, engine.FlowID]{}, err
	}
	for _, raw := range junk {
		page.Items = append(page.Items, unreadableFlow("", "flow_index", raw, "not a flow id"))
	}
	return page, nil
}

// parseFlowIDs separates flow ids from what an index holds besides.
func parseFlowIDs(members []string) (ids []engine.FlowID, junk []string) {
	for _, raw := range members {
		id, err := engine.ParseFlowID(raw)
		if err != nil {
			junk = append(junk, raw)
			continue
		}
		ids = append(ids, id)
	}
	return ids, junk
}

// flowsPerRoundTrip bounds what one pipeline holds in memory.
const flowsPerRoundTrip = 500

// readFlows reads flow records, without edge groups, in the order of the ids.
func (b *Backend) readFlows(ctx context.Context, op string, ids []engine.FlowID) ([]engine.Flow, error) {
	flows := make([]engine.Flow, 0, len(ids))
	for batch := range slices.Chunk(ids, flowsPerRoundTrip) {
		cores := make([]*redis.MapStringStringCmd, len(batch))
		tags := make([]*redis.MapStringStringCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, flow := range batch {
				cores[i] = p.HGetAll(ctx, b.flowKeys(flow).core())
				tags[i] = p.HGetAll(ctx, b.flowKeys(flow).tags())
			}
		})
		if err != nil {
			return nil, err
		}
		for i, flow := range batch {
			flows = append(flows, flowOrMarked(b.flowKeys(flow).core(), flow, readWholeHash(cores[i]), readWholeHash(tags[i])))
		}
	}
	return flows, nil
}

func flowOrMarked(key string, flow engine.FlowID, core, tags *record) engine.Flow {
	if core.empty() && len(core.bad) == 0 {
		return unreadableFlow(flow, "core", "", "the record is missing")
	}
	f, err := decodeFlow(key, flow, core, tags)
	if err != nil {
		return unreadableFlow(flow, "flow_id", core.text("flow_id"), "the record is another flow's")
	}
	return f
}

// ResolveExecutionFlowID is the flow that an execution is a member of; "" for a solo or unknown one (spec 03c §10.6).
func (b *Backend) ResolveExecutionFlowID(ctx context.Context, execution engine.ExecutionID) (engine.FlowID, error) {
	const op = "resolve_execution_flow_id"
	if err := checkExecutionID(op, execution); err != nil {
		return "", err
	}
	key := keysOf(execution).core()
	raw, err := b.rdb.HGet(ctx, key, "flow_id").Result()
	if err := transport(op, err); err != nil || raw == "" {
		return "", err
	}
	flow, err := engine.ParseFlowID(raw)
	if err != nil {
		return "", engine.WithOp(op, engine.Corrupt(key, "flow_id", err.Error()))
	}
	return flow, nil
}

// FlowTag reads one tag, also one that an older writer put into the flow's core.
func (b *Backend) FlowTag(ctx context.Context, flow engine.FlowID, key string) (string, bool, error) {
	const op = "get_flow_tag"
	if err := checkFlowID(op, flow); err != nil {
		return "", false, err
	}
	if err := engine.CheckTagKey(key); err != nil {
		return "", false, engine.Invalid(op, err.Error())
	}
	k := b.flowKeys(flow)
	var tags, core *redis.SliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		tags = p.HMGet(ctx, k.tags(), key)
		core = p.HMGet(ctx, k.core(), key)
	})
	if err != nil {
		return "", false, err
	}
	for _, read := range []*redis.SliceCmd{tags, core} {
		if value, found := readHash(read, []string{key}).fields[key]; found {
			return value, true, nil
		}
	}
	return "", false, nil
}
