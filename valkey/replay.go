package valkey

import (
	"context"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// ReplayExecution runs a finished execution again (spec 03c §3.11): eligible at once, or waiting for its dependencies when it was
// skipped and some of them are open.
func (b *Backend) ReplayExecution(ctx context.Context, execution engine.ExecutionID) (engine.PublicState, error) {
	const op = "replay_execution"
	if err := checkExecutionID(op, execution); err != nil {
		return "", err
	}
	target, err := b.readReplay(ctx, op, execution)
	if err != nil {
		return "", err
	}
	keys, args := replayCall(execution, target)
	r, err := b.call(ctx, op, "ff_replay_execution", keys, args...)
	if err != nil {
		return "", missing(err, map[string]string{"execution": string(execution)})
	}
	state := engine.StateWaiting
	if r.field(0) != "0" {
		state = engine.StateWaitingChildren
	}
	return state, b.mendReplay(ctx, op, execution, target, state)
}

// mendReplay does what FlowFabric's library leaves undone after a replay: a flow at work again goes back into the index that it left
// when its members were over, and a skipped member that waits for nothing is made eligible.
func (b *Backend) mendReplay(ctx context.Context, op string, execution engine.ExecutionID, target replay, state engine.PublicState) error {
	if !b.foreign(ctx) {
		return nil
	}
	if target.flowLive {
		if err := b.rdb.SAdd(ctx, b.flowKeys(target.flow).partition().flowIndex(), string(target.flow)).Err(); err != nil {
			return engine.Transport(op, err)
		}
	}
	if !target.skipped || state != engine.StateWaiting {
		return nil
	}
	_, err := b.promoteIfFree(ctx, execution)
	return err
}

// replay is what has to be known of an execution before it is replayed.
type replay struct {
	lane     engine.LaneID
	flow     engine.FlowID
	flowLive bool     // the flow has a record and has not ended
	skipped  bool     // a flow member that never ran: its impossible edges are opened again
	edges    []string // of a skipped one, as the set has them
}

func (b *Backend) readReplay(ctx context.Context, op string, execution engine.ExecutionID) (replay, error) {
	names := []string{"lane_id", "flow_id", "terminal_outcome"}
	read := b.rdb.HMGet(ctx, keysOf(execution).core(), names...)
	if err := read.Err(); err != nil {
		return replay{}, engine.Transport(op, err)
	}
	core := readHash(read, names)
	target := replay{lane: laneOr(core.text("lane_id"))}
	if core.text("flow_id") == "" {
		return target, nil
	}
	flow, err := engine.ParseFlowID(core.text("flow_id"))
	if err != nil {
		return replay{}, engine.Invalid(op, err.Error())
	}
	target.flow = flow
	k := b.flowKeys(flow)
	var flowCore, group *redis.SliceCmd
	var edges *redis.StringSliceCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		flowCore = p.HMGet(ctx, k.core(), "public_flow_state")
		edges = p.SMembers(ctx, k.in(execution))
		group = p.HMGet(ctx, k.edgeGroup(execution), "policy_variant")
	})
	if err != nil {
		return replay{}, err
	}
	state := engine.FlowState(readHash(flowCore, []string{"public_flow_state"}).text("public_flow_state"))
	target.flowLive = state != "" && !state.Terminal()
	if core.text("terminal_outcome") != string(engine.OutcomeSkipped) {
		return target, nil
	}
	target.skipped, target.edges = true, edges.Val()
	policy := engine.EdgePolicyKind(readHash(group, []string{"policy_variant"}).text("policy_variant"))
	return target, b.checkGroupReplay(ctx, op, policy)
}

// checkGroupReplay refuses what FlowFabric's library does wrong: its replay leaves an any_of or quorum group fired, so that the
// execution waits for ever.
func (b *Backend) checkGroupReplay(ctx context.Context, op string, policy engine.EdgePolicyKind) error {
	if (policy != engine.PolicyAnyOf && policy != engine.PolicyQuorum) || !b.foreign(ctx) {
		return nil
	}
	return &engine.Error{
		Class:  engine.ClassState,
		Code:   engine.CodeReplayNotAllowed,
		Op:     op,
		Detail: "the loaded function library does not reset the " + string(policy) + " group of a skipped execution: it would wait for ever",
	}
}

// replayCall is KEYS and ARGV of ff_replay_execution, in the long form for a skipped flow member.
func replayCall(execution engine.ExecutionID, target replay) (keys []string, args []any) {
	k := keysOf(execution)
	keys = []string{
		k.core(),
		k.partition().lane(target.lane, engine.IndexTerminal),
		k.partition().lane(target.lane, engine.IndexEligible),
		k.leaseHistory(),
	}
	args = []any{
		string(execution),
		"", // now_ms: the function takes the server's
	}
	if !target.skipped {
		return keys, args
	}
	keys = append(keys,
		k.partition().lane(target.lane, engine.IndexBlockedDependencies),
		k.depsMeta(),
		k.depsUnresolved(),
	)
	for _, edge := range target.edges {
		keys = append(keys, k.dep(engine.EdgeID(edge)))
		args = append(args, edge)
	}
	return keys, args
}
