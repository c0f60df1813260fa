package valkey

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// StageDependencyEdge records an edge on the flow's graph; nothing waits for it until it is applied (spec 03c §3.5). A second edge
// of the same id is CodeDependencyAlreadyExists with the stored one in Error.Edge.
func (b *Backend) StageDependencyEdge(ctx context.Context, req engine.StageEdge) (uint64, error) {
	const op = "stage_dependency_edge"
	if err := b.checkEdge(op, req.Flow, req.Edge, req.Upstream, req.Downstream); err != nil {
		return 0, err
	}
	k := b.flowKeys(req.Flow)
	r, err := b.call(ctx, op, "ff_stage_dependency_edge",
		[]string{
			k.core(),
			k.members(),
			k.edge(req.Edge),
			k.out(req.Upstream),
			k.in(req.Downstream),
			k.edgeGrant(req.Edge),
		},
		string(req.Flow),
		string(req.Edge),
		string(req.Upstream),
		string(req.Downstream),
		dependencyKind(req.Kind),
		req.DataPassingRef,
		strconv.FormatUint(req.ExpectedRevision, 10),
		millis(orNow(req.Now)),
	)
	if err != nil {
		return 0, b.withStoredEdge(ctx, missing(err, map[string]string{"flow": string(req.Flow)}), req.Flow, req.Edge)
	}
	revision, err := strconv.ParseUint(r.field(1), 10, 64)
	if err != nil {
		return 0, badField(op, "graph_revision", r.field(1))
	}
	return revision, nil
}

// withStoredEdge adds to "it exists already" what exists. Failing to read it hides nothing.
func (b *Backend) withStoredEdge(ctx context.Context, err error, flow engine.FlowID, edge engine.EdgeID) error {
	var e *engine.Error
	if !errors.Is(err, engine.CodeDependencyAlreadyExists) || !errors.As(err, &e) {
		return err
	}
	if stored, readErr := b.DescribeEdge(ctx, flow, edge); readErr == nil {
		e.Edge = stored
	}
	return err
}

// ApplyDependencyToChild makes the downstream wait for the upstream (spec 03c §3.7). For an edge that was applied before, it
// returns 0 and false.
func (b *Backend) ApplyDependencyToChild(ctx context.Context, req engine.ApplyEdge) (int, bool, error) {
	const op = "apply_dependency_to_child"
	if err := b.checkEdge(op, req.Flow, req.Edge, req.Upstream, req.Downstream); err != nil {
		return 0, false, err
	}
	lane, err := b.storedLane(ctx, op, req.Downstream)
	if err != nil {
		return 0, false, err
	}
	child, flow := keysOf(req.Downstream), b.flowKeys(req.Flow)
	r, err := b.call(ctx, op, "ff_apply_dependency_to_child",
		[]string{
			child.core(),
			child.depsMeta(),
			child.depsUnresolved(),
			child.dep(req.Edge),
			child.partition().lane(lane, engine.IndexEligible),
			child.partition().lane(lane, engine.IndexBlockedDependencies),
			child.depsAllEdges(),
			flow.edgeGroup(req.Downstream),
		},
		string(req.Flow),
		string(req.Edge),
		string(req.Upstream),
		strconv.FormatUint(req.GraphRevision, 10),
		dependencyKind(req.Kind),
		req.DataPassingRef,
		millis(orNow(req.Now)),
	)
	if err != nil {
		return 0, false, missing(err, map[string]string{"execution": string(req.Downstream)})
	}
	if r.field(0) == "already_applied" {
		return 0, false, nil
	}
	unsatisfied, err := strconv.Atoi(r.field(0))
	if err != nil {
		return 0, false, badField(op, "unsatisfied_required_count", r.field(0))
	}
	return unsatisfied, true, nil
}

// SetEdgeGroupPolicy says how many of a downstream's dependencies must be met; it has to come before the first is applied
// (spec 03c §3.6). One of the same kind with other values that FlowFabric's library dropped is a conflict.
func (b *Backend) SetEdgeGroupPolicy(ctx context.Context, flow engine.FlowID, downstream engine.ExecutionID, policy engine.EdgePolicy) (bool, error) {
	const op = "set_edge_group_policy"
	if err := policy.Validate(); err != nil {
		return false, err
	}
	if err := b.checkSamePartition(op, flow, downstream); err != nil {
		return false, err
	}
	onSatisfied, needed := string(policy.OnSatisfied), "0"
	if policy.Kind == engine.PolicyAllOf {
		onSatisfied = ""
	}
	if policy.Kind == engine.PolicyQuorum {
		needed = strconv.Itoa(policy.K)
	}
	k := b.flowKeys(flow)
	r, err := b.call(ctx, op, "ff_set_edge_group_policy",
		[]string{
			k.core(),
			k.edgeGroup(downstream),
		},
		string(policy.Kind),
		onSatisfied,
		needed,
		millis(time.Now()),
	)
	if err != nil {
		return false, missing(err, map[string]string{"flow": string(flow)})
	}
	if r.field(0) == "set" {
		return true, nil
	}
	if !b.foreign(ctx) {
		return false, nil
	}
	return false, b.checkStoredPolicy(ctx, op, k.edgeGroup(downstream), string(policy.Kind), onSatisfied, needed)
}

// checkStoredPolicy tells "it was so already" from "it stays as it was".
func (b *Backend) checkStoredPolicy(ctx context.Context, op, key, kind, onSatisfied, needed string) error {
	names := []string{"policy_variant", "on_satisfied", "k"}
	read := b.rdb.HMGet(ctx, key, names...)
	if err := read.Err(); err != nil {
		return engine.Transport(op, err)
	}
	stored := readHash(read, names)
	if stored.text("policy_variant") == kind && stored.text("on_satisfied") == onSatisfied && (stored.text("k") == needed || kind != "quorum") {
		return nil
	}
	return &engine.Error{
		Class: engine.ClassConflict,
		Op:    op,
		Detail: fmt.Sprintf("the stored policy stays: %s, on_satisfied %s, k %s",
			stored.text("policy_variant"), stored.text("on_satisfied"), stored.text("k")),
	}
}

// checkEdge refuses an edge whose ids cannot be: before anything is sent.
func (b *Backend) checkEdge(op string, flow engine.FlowID, edge engine.EdgeID, upstream, downstream engine.ExecutionID) error {
	if _, err := engine.ParseEdgeID(string(edge)); err != nil {
		return engine.Invalid(op, err.Error())
	}
	return b.checkSamePartition(op, flow, upstream, downstream)
}

func dependencyKind(kind string) string {
	if kind == "" {
		return "success_only"
	}
	return kind
}

// storedLane is the lane whose indexes hold an execution; the default lane for an unknown one, as the library has it.
func (b *Backend) storedLane(ctx context.Context, op string, execution engine.ExecutionID) (engine.LaneID, error) {
	lane, err := b.rdb.HGet(ctx, keysOf(execution).core(), "lane_id").Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", engine.Transport(op, err)
	}
	return laneOr(lane), nil
}

// laneOr is the default lane for a record without one.
func laneOr(lane string) engine.LaneID {
	if lane == "" {
		return engine.DefaultLane
	}
	return engine.LaneID(lane)
}

// badField says that a reply does not hold what the function promises.
func badField(op, field, value string) error {
	return &engine.Error{Class: engine.ClassCorruption, Op: op, Field: field, Detail: value}
}
