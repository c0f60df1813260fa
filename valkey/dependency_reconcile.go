package valkey

import (
	"context"
	"errors"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// BlockedByDependencies lists one page of a lane's executions that wait for dependencies, oldest first. A member that can be no
// execution id is removed: it can belong to nothing.
func (b *Backend) BlockedByDependencies(ctx context.Context, p engine.Partition, lane engine.LaneID, offset, limit int) ([]engine.ExecutionID, error) {
	const op = "blocked_by_dependencies"
	if limit <= 0 {
		return nil, nil
	}
	key := partitionKeys(p).lane(lane, engine.IndexBlockedDependencies)
	members, err := b.rdb.ZRange(ctx, key, int64(offset), int64(offset+limit-1)).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	ids := make([]engine.ExecutionID, 0, len(members))
	var junk []any
	for _, member := range members {
		id, err := engine.ParseExecutionID(member)
		if err != nil {
			junk = append(junk, member)
			continue
		}
		ids = append(ids, id)
	}
	if len(junk) > 0 {
		err = transport(op, b.rdb.ZRem(ctx, key, junk...).Err())
	}
	return ids, err
}

// ReconcileDependencies resolves those unresolved edges of an execution whose upstream is over, and cascades when that skips it
// (spec 03c §6). One that waits although it has edges and none is unresolved is made eligible, which counts as one.
func (b *Backend) ReconcileDependencies(ctx context.Context, execution engine.ExecutionID) (int, error) {
	const op = "reconcile_dependencies"
	if err := checkExecutionID(op, execution); err != nil {
		return 0, err
	}
	child, err := b.readWaiting(ctx, op, execution)
	if err != nil {
		return 0, err
	}
	if len(child.unresolved) == 0 {
		if !child.hasEdges || !child.waits {
			return 0, nil
		}
		promoted, err := b.promoteIfFree(ctx, execution)
		if promoted {
			return 1, err
		}
		return 0, err
	}
	resolved := 0
	var failures []error
	for batch := range slices.Chunk(child.unresolved, edgesPerRoundTrip) {
		n, err := b.reconcileEdges(ctx, op, child, batch)
		resolved += n
		failures = append(failures, err)
	}
	return resolved, errors.Join(failures...)
}

// waiting is an execution as the reconciler sees it.
type waiting struct {
	place      engine.ResolveEdge // what all its edges have in common
	waits      bool               // runnable and blocked by dependencies
	hasEdges   bool
	unresolved []engine.EdgeID
}

func (b *Backend) readWaiting(ctx context.Context, op string, execution engine.ExecutionID) (waiting, error) {
	k := keysOf(execution)
	names := []string{"lane_id", "current_attempt_index", "flow_id", "lifecycle_phase", "eligibility_state"}
	var core *redis.SliceCmd
	var unresolved *redis.StringSliceCmd
	var all *redis.IntCmd
	var now *redis.TimeCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		core = p.HMGet(ctx, k.core(), names...)
		unresolved = p.SMembers(ctx, k.depsUnresolved())
		all = p.SCard(ctx, k.depsAllEdges())
		now = p.Time(ctx)
	})
	if err != nil {
		return waiting{}, err
	}
	r := readHash(core, names)
	w := waiting{
		place: engine.ResolveEdge{
			Downstream:   execution,
			Flow:         id(r, "flow_id", engine.ParseFlowID),
			Lane:         laneOr(r.text("lane_id")),
			AttemptIndex: r.index("current_attempt_index"),
			Now:          now.Val(),
		},
		waits: r.text("lifecycle_phase") == string(engine.PhaseRunnable) &&
			r.text("eligibility_state") == string(engine.BlockedByDependencies),
		hasEdges: all.Val() > 0,
	}
	for _, raw := range unresolved.Val() {
		if edge, err := engine.ParseEdgeID(raw); err == nil {
			w.unresolved = append(w.unresolved, edge)
		}
	}
	return w, nil
}

// reconcileEdges resolves those of the edges whose upstream is over.
func (b *Backend) reconcileEdges(ctx context.Context, op string, child waiting, ids []engine.EdgeID) (int, error) {
	edges, err := b.readDependencies(ctx, op, child, ids)
	if err != nil {
		return 0, err
	}
	reads := make([]*redis.SliceCmd, len(edges))
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, e := range edges {
			reads[i] = p.HMGet(ctx, keysOf(e.Upstream).core(), outcomeFields...)
		}
	})
	if err != nil {
		return 0, err
	}
	var due []engine.ResolveEdge
	for i, e := range edges {
		if outcome, over := upstreamOutcome(readHash(reads[i], outcomeFields)); over {
			e.Outcome = outcome
			due = append(due, e)
		}
	}
	done, skipped, err := b.resolveAll(ctx, op, due)
	if len(skipped) == 0 {
		return done.Resolved, err
	}
	further, cascadeErr := b.CascadeCompletion(ctx, child.place.Downstream, due[0].Flow)
	return done.Resolved + further.Resolved, errors.Join(err, cascadeErr)
}

// readDependencies reads the child's side of edges; an edge without a record, or of no flow, is left out. The flow is the one that
// the edge was applied under: apply does not stamp it on an execution that has none.
func (b *Backend) readDependencies(ctx context.Context, op string, child waiting, ids []engine.EdgeID) ([]engine.ResolveEdge, error) {
	names := []string{"upstream_execution_id", "flow_id"}
	reads := make([]*redis.SliceCmd, len(ids))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, edge := range ids {
			reads[i] = p.HMGet(ctx, keysOf(child.place.Downstream).dep(edge), names...)
		}
	})
	if err != nil {
		return nil, err
	}
	var edges []engine.ResolveEdge
	for i, edge := range ids {
		r, e := readHash(reads[i], names), child.place
		e.Edge = edge
		e.Upstream = id(r, "upstream_execution_id", engine.ParseExecutionID)
		if flow := id(r, "flow_id", engine.ParseFlowID); flow != "" {
			e.Flow = flow
		}
		if e.Upstream != "" && e.Flow != "" {
			edges = append(edges, e)
		}
	}
	return edges, nil
}
