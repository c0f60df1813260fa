package valkey

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// cancelGrace is how long after a flow's cancellation the reconciler leaves its members to whoever cancelled it.
const cancelGrace = 30 * time.Second

// CancelFlow marks the flow cancelled (spec 03c §3.3). On one that ended before, it answers with what is stored and with all its
// members; an id among them that does not parse is passed on as it is.
func (b *Backend) CancelFlow(ctx context.Context, req engine.CancelFlow) (engine.CancelledFlow, error) {
	const op = "cancel_flow"
	if err := checkFlowID(op, req.Flow); err != nil {
		return engine.CancelledFlow{}, err
	}
	if req.Policy == "" || req.Grace < 0 {
		return engine.CancelledFlow{}, engine.Invalid(op, "a policy is required and the grace may not be negative")
	}
	if req.Grace == 0 {
		req.Grace = cancelGrace
	}
	k := b.flowKeys(req.Flow)
	r, err := b.call(ctx, op, "ff_cancel_flow",
		[]string{
			k.core(),
			k.members(),
			k.partition().flowIndex(),
			k.pendingCancels(),
			k.partition().cancelBacklog(),
		},
		string(req.Flow),
		req.Reason,
		string(req.Policy),
		millis(orNow(req.Now)),
		millisOf(req.Grace),
	)
	if errors.Is(err, engine.CodeFlowAlreadyTerminal) {
		return b.cancelledBefore(ctx, op, req.Flow)
	}
	if err != nil {
		return engine.CancelledFlow{}, missing(err, map[string]string{"flow": string(req.Flow)})
	}
	cancelled := engine.CancelledFlow{Flow: req.Flow, Policy: r.field(0), Reason: req.Reason}
	if len(r.fields) > 1 {
		cancelled.Members = memberIDs(r.fields[1:])
	}
	return cancelled, nil
}

func (b *Backend) cancelledBefore(ctx context.Context, op string, flow engine.FlowID) (engine.CancelledFlow, error) {
	k := b.flowKeys(flow)
	names := []string{"cancellation_policy", "cancel_reason"}
	var core *redis.SliceCmd
	var members *redis.StringSliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		core = p.HMGet(ctx, k.core(), names...)
		members = p.SMembers(ctx, k.members())
	})
	if err != nil {
		return engine.CancelledFlow{}, err
	}
	stored := readHash(core, names)
	return engine.CancelledFlow{
		Flow:            flow,
		Policy:          stored.text("cancellation_policy"),
		Reason:          stored.text("cancel_reason"),
		Members:         memberIDs(members.Val()),
		AlreadyTerminal: true,
	}, nil
}

func memberIDs(raw []string) []engine.ExecutionID {
	ids := make([]engine.ExecutionID, len(raw))
	for i, member := range raw {
		ids[i] = engine.ExecutionID(member)
	}
	return ids
}

// AckCancelMember takes a member off the list of those still owed a cancel (spec 03c §3.4).
func (b *Backend) AckCancelMember(ctx context.Context, flow engine.FlowID, member engine.ExecutionID) error {
	const op = "ack_cancel_member"
	if err := checkFlowID(op, flow); err != nil {
		return err
	}
	k := b.flowKeys(flow)
	_, err := b.call(ctx, op, "ff_ack_cancel_member",
		[]string{
			k.pendingCancels(),
			k.partition().cancelBacklog(),
		},
		string(member),
		string(flow),
	)
	return err
}

// owedPerFlow bounds the members that one pass over a cancelled flow sees; the next pass sees the rest.
const owedPerFlow = 500

// DueFlowCancels lists cancelled flows whose grace is over (spec 03c §7.5). What nothing can be done for leaves the backlog here:
// entries that are no flow id, flows that owe nothing, and flows whose record is gone, which are listed once with Gone set.
func (b *Backend) DueFlowCancels(ctx context.Context, p engine.Partition, now time.Time, limit int) ([]engine.OwedCancels, error) {
	const op = "due_flow_cancels"
	part := partitionKeys(p)
	due, err := b.rdb.ZRangeByScore(ctx, part.cancelBacklog(), &redis.ZRangeBy{
		Min: "-inf", Max: strconv.FormatInt(now.UnixMilli(), 10), Count: int64(limit),
	}).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	cores := make([]*redis.SliceCmd, len(due))
	members := make([]*redis.StringSliceCmd, len(due))
	names := []string{"flow_id", "cancel_reason"}
	err = b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		for i, raw := range due {
			k := flowKeys{tag: p.Tag(), id: engine.FlowID(raw)}
			cores[i] = pipe.HMGet(ctx, k.core(), names...)
			members[i] = pipe.SRandMemberN(ctx, k.pendingCancels(), owedPerFlow)
		}
	})
	if err != nil {
		return nil, err
	}

	var owed []engine.OwedCancels
	var settled []engine.FlowID
	for i, raw := range due {
		flow := engine.FlowID(raw)
		core := readHash(cores[i], names)
		switch {
		case checkFlowID(op, flow) != nil:
			settled = append(settled, flow)
		case core.empty():
			settled = append(settled, flow)
			owed = append(owed, engine.OwedCancels{Flow: flow, Gone: true})
		case len(members[i].Val()) == 0:
			settled = append(settled, flow)
		default:
			reason, set := core.fields["cancel_reason"]
			if !set {
				reason = "flow_cancelled"
			}
			owed = append(owed, engine.OwedCancels{Flow: flow, Reason: reason, Members: memberIDs(members[i].Val())})
		}
	}
	return owed, b.settleCancels(ctx, op, p, settled)
}

// settleCancels takes flows off the backlog that owe nothing any more.
func (b *Backend) settleCancels(ctx context.Context, op string, p engine.Partition, flows []engine.FlowID) error {
	if len(flows) == 0 {
		return nil
	}
	backlog := partitionKeys(p).cancelBacklog()
	return b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		for _, flow := range flows {
			pipe.Del(ctx, flowKeys{tag: p.Tag(), id: flow}.pendingCancels())
			pipe.ZRem(ctx, backlog, string(flow))
		}
	})
}

const (
	// cancelWaiting is the source recorded for members cancelled while in line.
	cancelWaiting engine.CancelSource = "operator"
	// noLease is no lease's id: a worker that is faster than the cancel holds another and keeps the execution.
	noLease engine.LeaseID = "none"
)

// CancelPendingMember cancels an execution that is in line: not one at work, suspended or over.
func (b *Backend) CancelPendingMember(ctx context.Context, execution engine.ExecutionID, reason string) (bool, error) {
	const op = "cancel_pending_member"
	h, core, err := b.readHolding(ctx, op, execution, "lifecycle_phase")
	if err != nil || core.text("lifecycle_phase") != string(engine.PhaseRunnable) {
		return false, err
	}
	_, err = b.cancel(ctx, op, h, "", reason, cancelWaiting, &engine.LeaseFence{LeaseID: noLease})
	for _, faster := range []engine.Code{
		engine.CodeStaleLease, engine.CodeLeaseRevoked, engine.CodeExecutionNotActive, engine.CodeExecutionNotFound,
	} {
		if errors.Is(err, faster) {
			return false, nil
		}
	}
	return err == nil, err
}
