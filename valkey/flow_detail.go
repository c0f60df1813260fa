package valkey

import (
	"cmp"
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// FlowDetail reads one flow with at most maxMembers of its members, their edges and groups, in four round trips (one more for every
// 500 members and 500 edges). Members are ordered by age.
func (b *Backend) FlowDetail(ctx context.Context, flow engine.FlowID, maxMembers int) (*engine.FlowDetail, error) {
	const op = "flow_detail"
	if err := checkFlowID(op, flow); err != nil {
		return nil, err
	}
	k := b.flowKeys(flow)
	var core, tags, summary *redis.MapStringStringCmd
	var size, pending *redis.IntCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		core = p.HGetAll(ctx, k.core())
		tags = p.HGetAll(ctx, k.tags())
		summary = p.HGetAll(ctx, k.summary())
		size = p.SCard(ctx, k.members())
		pending = p.SCard(ctx, k.pendingCancels())
	})
	if err != nil {
		return nil, err
	}
	stored := readWholeHash(core)
	if stored.empty() && len(stored.bad) == 0 {
		return nil, nil
	}
	detail := &engine.FlowDetail{
		Flow:           flowOrMarked(k.core(), flow, stored, readWholeHash(tags)),
		Summary:        decodeFlowSummary(readWholeHash(summary)),
		PendingCancels: int(pending.Val()),
	}
	members, err := b.someMembers(ctx, op, k, int(size.Val()), maxMembers)
	if err != nil {
		return nil, err
	}
	detail.Truncated = max(0, int(size.Val())-len(members))
	return detail, b.addMembers(ctx, op, k, detail, members)
}

// membersAtOnce is the largest member set that is read whole.
const membersAtOnce = 10000

// someMembers lists at most limit members, the same ones each time as long as the set does not change.
func (b *Backend) someMembers(ctx context.Context, op string, k flowKeys, size, limit int) ([]engine.ExecutionID, error) {
	if limit <= 0 || size == 0 {
		return nil, nil
	}
	if size <= membersAtOnce {
		members, err := b.rdb.SMembers(ctx, k.members()).Result()
		slices.Sort(members)
		return memberIDs(members[:min(len(members), limit)]), transport(op, err)
	}
	var members []string
	for cursor := uint64(0); ; {
		page, next, err := b.rdb.SScan(ctx, k.members(), cursor, "", int64(limit)).Result()
		if err != nil {
			return nil, engine.Transport(op, err)
		}
		members = append(members, page...)
		if len(members) >= limit || next == 0 {
			slices.Sort(members)
			members = slices.Compact(members)
			return memberIDs(members[:min(len(members), limit)]), nil
		}
		cursor = next
	}
}

// memberReads are the reads of one member.
type memberReads struct {
	row   *redis.SliceCmd
	group groupReads
	in    *redis.StringSliceCmd
}

// addMembers fills in members, groups and edges.
func (b *Backend) addMembers(ctx context.Context, op string, k flowKeys, detail *engine.FlowDetail, members []engine.ExecutionID) error {
	for batch := range slices.Chunk(members, membersPerPage) {
		reads := make([]memberReads, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, member := range batch {
				reads[i] = memberReads{
					row:   p.HMGet(ctx, keysOf(member).core(), rowFields...),
					group: queueGroup(ctx, p, k, member),
					in:    p.SMembers(ctx, k.in(member)),
				}
			}
		})
		if err != nil {
			return err
		}
		var inbound []inboundEdge
		for i, member := range batch {
			detail.Members = append(detail.Members, decodeRow(member, readHash(reads[i].row, rowFields)))
			if group, found := reads[i].group.decode(member); found {
				detail.Flow.EdgeGroups = append(detail.Flow.EdgeGroups, group)
			}
			ids, junk := parseEdgeIDs(reads[i].in.Val())
			for _, edge := range ids {
				inbound = append(inbound, inboundEdge{id: edge, downstream: member})
			}
			for _, raw := range junk {
				detail.Edges = append(detail.Edges, markedEdge("", k.id, raw, "the adjacency lists what is no edge id"))
			}
		}
		edges, err := b.readInbound(ctx, op, k, inbound)
		if err != nil {
			return err
		}
		detail.Edges = append(detail.Edges, edges...)
	}
	slices.SortFunc(detail.Members, func(x, y engine.ExecutionRow) int {
		return cmp.Or(x.CreatedAt.Compare(y.CreatedAt), cmp.Compare(x.ID, y.ID))
	})
	sortEdges(detail.Edges)
	return nil
}

// inboundEdge is an edge found in the adjacency of its downstream.
type inboundEdge struct {
	id         engine.EdgeID
	downstream engine.ExecutionID
}

// readInbound reads edges whose downstream is known: record and live state in one round trip for every 500.
func (b *Backend) readInbound(ctx context.Context, op string, k flowKeys, inbound []inboundEdge) ([]engine.Edge, error) {
	var edges []engine.Edge
	for batch := range slices.Chunk(inbound, edgesPerRoundTrip) {
		records := make([]*redis.MapStringStringCmd, len(batch))
		states := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, e := range batch {
				records[i] = p.HGetAll(ctx, k.edge(e.id))
				states[i] = p.HMGet(ctx, keysOf(e.downstream).dep(e.id), dependencyFields...)
			}
		})
		if err != nil {
			return nil, err
		}
		for i, e := range batch {
			r := readWholeHash(records[i])
			stored := storedEdge{Edge: decodeEdge(r), missing: r.empty() && len(r.bad) == 0}
			addEdgeState(&stored.Edge, readHash(states[i], dependencyFields))
			edges = append(edges, checkAdjacent(stored, e.id, k.id, e.downstream, engine.EdgesIn))
		}
	}
	return edges, nil
}

// ExecutionEdges reads what an execution waits for and what waits for it. A solo or unknown one has neither.
func (b *Backend) ExecutionEdges(ctx context.Context, execution engine.ExecutionID) (*engine.ExecutionEdges, error) {
	const op = "execution_edges"
	if err := checkExecutionID(op, execution); err != nil {
		return nil, err
	}
	rows, err := b.executionRows(ctx, []engine.ExecutionID{execution})
	if err != nil {
		return nil, err
	}
	around := &engine.ExecutionEdges{Execution: rows[0], Flow: rows[0].Flow, DownGroups: map[engine.ExecutionID]engine.EdgeGroup{}}
	if around.Flow == "" {
		return around, nil
	}
	k := b.flowKeys(around.Flow)
	var in, out *redis.StringSliceCmd
	var group groupReads
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		in = p.SMembers(ctx, k.in(execution))
		out = p.SMembers(ctx, k.out(execution))
		group = queueGroup(ctx, p, k, execution)
	})
	if err != nil {
		return nil, err
	}
	if own, found := group.decode(execution); found {
		around.Group = &own
	}
	inbound, err := b.adjacentEdges(ctx, op, around.Flow, execution, engine.EdgesIn, in.Val())
	if err != nil {
		return nil, err
	}
	outbound, err := b.adjacentEdges(ctx, op, around.Flow, execution, engine.EdgesOut, out.Val())
	if err != nil {
		return nil, err
	}
	return around, b.addEnds(ctx, op, around, inbound, outbound)
}

// addEnds adds edges with what is on their other ends.
func (b *Backend) addEnds(ctx context.Context, op string, around *engine.ExecutionEdges, inbound, outbound []engine.Edge) error {
	var others []engine.ExecutionID
	for _, e := range inbound {
		others = append(others, e.Upstream)
	}
	var downstreams []engine.ExecutionID
	for _, e := range outbound {
		others = append(others, e.Downstream)
		if e.Downstream != "" && !slices.Contains(downstreams, e.Downstream) {
			downstreams = append(downstreams, e.Downstream)
		}
	}
	rows, err := b.executionRows(ctx, others)
	if err != nil {
		return err
	}
	for i, e := range inbound {
		around.In = append(around.In, engine.EdgeEnd{Edge: e, Other: rows[i]})
	}
	for i, e := range outbound {
		around.Out = append(around.Out, engine.EdgeEnd{Edge: e, Other: rows[len(inbound)+i]})
	}
	groups, err := b.readEdgeGroups(ctx, op, around.Flow, downstreams)
	for _, group := range groups {
		around.DownGroups[group.Downstream] = group
	}
	return err
}
