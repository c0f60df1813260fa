package valkey

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// DescribeEdge reads one edge with its live state; nil when there is none (spec 03c §10.3).
func (b *Backend) DescribeEdge(ctx context.Context, flow engine.FlowID, edge engine.EdgeID) (*engine.Edge, error) {
	const op = "describe_edge"
	if err := checkFlowID(op, flow); err != nil {
		return nil, err
	}
	edges, err := b.readEdges(ctx, op, flow, []engine.EdgeID{edge})
	if err != nil || edges[0].missing {
		return nil, err
	}
	e := edges[0].Edge
	if e.ID != edge || e.Flow != flow {
		return nil, engine.WithOp(op, engine.Corrupt(b.flowKeys(flow).edge(edge), "edge_id", "the record is another edge's"))
	}
	return &e, nil
}

// ListEdges lists the edges on one side of an execution, oldest first. What the adjacency lists and nothing bears out is a marked
// edge.
func (b *Backend) ListEdges(ctx context.Context, flow engine.FlowID, node engine.ExecutionID, d engine.EdgeDirection) ([]engine.Edge, error) {
	const op = "list_edges"
	if err := checkFlowID(op, flow); err != nil {
		return nil, err
	}
	if err := checkExecutionID(op, node); err != nil {
		return nil, err
	}
	key := b.flowKeys(flow).out(node)
	if d == engine.EdgesIn {
		key = b.flowKeys(flow).in(node)
	}
	members, err := b.rdb.SMembers(ctx, key).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	return b.adjacentEdges(ctx, op, flow, node, d, members)
}

// adjacentEdges reads the edges that one adjacency set lists.
func (b *Backend) adjacentEdges(ctx context.Context, op string, flow engine.FlowID, node engine.ExecutionID, d engine.EdgeDirection, members []string) ([]engine.Edge, error) {
	ids, junk := parseEdgeIDs(members)
	stored, err := b.readEdges(ctx, op, flow, ids)
	if err != nil {
		return nil, err
	}
	var edges []engine.Edge
	for i, s := range stored {
		edges = append(edges, checkAdjacent(s, ids[i], flow, node, d))
	}
	for _, raw := range junk {
		edges = append(edges, markedEdge("", flow, raw, "the adjacency lists what is no edge id"))
	}
	sortEdges(edges)
	return edges, nil
}

func parseEdgeIDs(members []string) (ids []engine.EdgeID, junk []string) {
	for _, raw := range members {
		id, err := engine.ParseEdgeID(raw)
		if err != nil {
			junk = append(junk, raw)
			continue
		}
		ids = append(ids, id)
	}
	return ids, junk
}

// checkAdjacent marks an edge that the adjacency of a node lists wrongly.
func checkAdjacent(s storedEdge, id engine.EdgeID, flow engine.FlowID, node engine.ExecutionID, d engine.EdgeDirection) engine.Edge {
	if s.missing {
		return markedEdge(id, flow, string(id), "the adjacency lists an edge without a record")
	}
	e, end := s.Edge, s.Edge.Upstream
	if d == engine.EdgesIn {
		end = e.Downstream
	}
	if e.ID != id || e.Flow != flow {
		return markedEdge(id, flow, string(e.ID), "the record is another edge's")
	}
	if end != node {
		e.Malformed = append(e.Malformed, engine.FieldError{
			Field: "adjacency", Value: string(end), Problem: "the adjacency's node is not the stored endpoint",
		})
	}
	return e
}

func markedEdge(id engine.EdgeID, flow engine.FlowID, value, problem string) engine.Edge {
	return engine.Edge{ID: id, Flow: flow, Malformed: []engine.FieldError{{Field: "adjacency", Value: value, Problem: problem}}}
}

// sortEdges orders edges by time, then id: sets have no order.
func sortEdges(edges []engine.Edge) {
	slices.SortFunc(edges, func(a, b engine.Edge) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
}

// storedEdge is an edge as read; missing when there is no record of it.
type storedEdge struct {
	engine.Edge
	missing bool
}

// readEdges reads edges with their live state, in the order of the ids: two round trips for every 500.
func (b *Backend) readEdges(ctx context.Context, op string, flow engine.FlowID, ids []engine.EdgeID) ([]storedEdge, error) {
	k := b.flowKeys(flow)
	edges := make([]storedEdge, 0, len(ids))
	for batch := range slices.Chunk(ids, edgesPerRoundTrip) {
		reads := make([]*redis.MapStringStringCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, edge := range batch {
				reads[i] = p.HGetAll(ctx, k.edge(edge))
			}
		})
		if err != nil {
			return nil, err
		}
		read := make([]storedEdge, len(batch))
		for i := range batch {
			r := readWholeHash(reads[i])
			read[i] = storedEdge{Edge: decodeEdge(r), missing: r.empty() && len(r.bad) == 0}
		}
		if err := b.readEdgeStates(ctx, op, read); err != nil {
			return nil, err
		}
		edges = append(edges, read...)
	}
	return edges, nil
}

// dependencyFields are what a downstream knows of an edge that was applied to it.
var dependencyFields = []string{"state", "last_resolved_at"}

// readEdgeStates fills in what became of each edge: the flow's own record of it is never updated (spec 03c §2.2).
func (b *Backend) readEdgeStates(ctx context.Context, op string, edges []storedEdge) error {
	reads := make([]*redis.SliceCmd, len(edges))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, e := range edges {
			if e.Downstream != "" {
				reads[i] = p.HMGet(ctx, keysOf(e.Downstream).dep(e.ID), dependencyFields...)
			}
		}
	})
	if err != nil {
		return err
	}
	for i, read := range reads {
		if read != nil {
			addEdgeState(&edges[i].Edge, readHash(read, dependencyFields))
		}
	}
	return nil
}

func addEdgeState(e *engine.Edge, dependency *record) {
	e.State = word[engine.EdgeState](dependency, "state")
	e.ResolvedAt = dependency.time("last_resolved_at")
	e.Malformed = append(e.Malformed, dependency.bad...)
}

// edgeFields are all fields of an edge record (spec 03c §2.2).
var edgeFields = []string{
	"edge_id", "flow_id", "upstream_execution_id", "downstream_execution_id", "dependency_kind", "satisfaction_condition",
	"data_passing_ref", "edge_state", "created_at", "created_by",
}

// decodeEdge makes an edge of its record on the flow's side.
func decodeEdge(r *record) engine.Edge {
	e := engine.Edge{
		ID:             id(r, "edge_id", engine.ParseEdgeID),
		Flow:           id(r, "flow_id", engine.ParseFlowID),
		Upstream:       id(r, "upstream_execution_id", engine.ParseExecutionID),
		Downstream:     id(r, "downstream_execution_id", engine.ParseExecutionID),
		Kind:           dependencyKind(r.text("dependency_kind")),
		Condition:      r.text("satisfaction_condition"),
		DataPassingRef: r.text("data_passing_ref"),
		CreatedAt:      r.time("created_at"),
		CreatedBy:      r.text("created_by"),
	}
	for _, field := range slices.Sorted(maps.Keys(r.fields)) {
		if !slices.Contains(edgeFields, field) {
			r.malformed(field, "unknown field")
		}
	}
	e.Malformed = r.bad
	return e
}
