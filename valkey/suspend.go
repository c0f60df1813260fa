package valkey

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	leaseHistoryLimit = "1000"

	// A suspension's idempotency record outlives the wait by a minute, and never lives longer than a week (spec 03b §6.1).
	suspendDedupSlack = time.Minute
	suspendDedupMost  = 7 * 24 * time.Hour

	// A renewal may come between looking at the lease and clearing what an earlier wait left.
	leftoverAttempts = 3
)

// Suspend gives the lease up and waits for the condition, unless signals that came early satisfy it already (spec 03b §4.1, §6.1).
func (b *Backend) Suspend(ctx context.Context, h engine.Handle, args engine.SuspendArgs) (engine.SuspendOutcome, error) {
	const op = "suspend"
	if h.Kind == engine.HandleSuspended {
		return engine.SuspendOutcome{}, engine.FromCode(op, string(engine.CodeAlreadySuspended), nil)
	}
	if err := engine.ValidateSuspend(args); err != nil {
		return engine.SuspendOutcome{}, err
	}
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return engine.SuspendOutcome{}, err
	}
	return b.suspend(ctx, op, h, args)
}

// SuspendByTriple is Suspend for callers with ids instead of a handle (spec 03b §6.2). The handle that it returns has no lease TTL.
func (b *Backend) SuspendByTriple(ctx context.Context, execution engine.ExecutionID, fence engine.LeaseFence,
	args engine.SuspendArgs,
) (engine.SuspendOutcome, error) {
	const op = "suspend_by_triple"
	if err := engine.ValidateSuspend(args); err != nil {
		return engine.SuspendOutcome{}, err
	}
	if err := checkExecutionID(op, execution); err != nil {
		return engine.SuspendOutcome{}, err
	}
	core, err := b.readCore(ctx, op, execution, append([]string{"execution_id"}, holdingFields...)...)
	if err != nil {
		return engine.SuspendOutcome{}, err
	}
	if core.empty() {
		return engine.SuspendOutcome{}, b.noExecution(op, execution)
	}
	core.required("lane_id")
	core.required("current_attempt_index")
	where := storedHolding(execution, core)
	if len(core.bad) > 0 {
		return engine.SuspendOutcome{}, corruptCore(op, execution, core.bad[0])
	}
	return b.suspend(ctx, op, engine.Handle{
		ExecutionID:    execution,
		AttemptIndex:   where.attempt,
		AttemptID:      fence.AttemptID,
		LeaseID:        fence.LeaseID,
		LeaseEpoch:     fence.LeaseEpoch,
		Lane:           where.lane,
		WorkerInstance: where.instance,
	}, args)
}

// corruptCore says which field of an execution's record a call cannot do without.
func corruptCore(op string, execution engine.ExecutionID, field engine.FieldError) error {
	return engine.WithOp(op, engine.Corrupt(string(execution), field.Field, field.Problem))
}

// suspend is ff_suspend_execution. args have been validated.
func (b *Backend) suspend(ctx context.Context, op string, h engine.Handle, args engine.SuspendArgs) (engine.SuspendOutcome, error) {
	if args.Condition.Composite() && b.foreign(ctx) {
		if err := b.prepareForeignComposite(ctx, op, h, args.Condition); err != nil {
			return engine.SuspendOutcome{}, err
		}
	}
	k, part := keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
	bindings := withWaitpointIDs(args.Waitpoints)
	primary, extras := bindings[0], bindings[1:]
	usePending, primaryKey := "", primary.Key
	if primary.UsePending {
		usePending, primaryKey = "1", ""
	}
	dedup := part.noop()
	if args.IdempotencyKey != "" {
		dedup = k.suspendDedup(args.IdempotencyKey)
	}

	keys := []string{
		k.core(),
		k.attempt(h.AttemptIndex),
		k.leaseCurrent(),
		k.leaseHistory(),
		part.leaseExpiry(),
		part.workerLeases(h.WorkerInstance),
		k.suspensionCurrent(),
		part.waitpoint(primary.ID),
		part.waitpointSignals(primary.ID),
		part.suspensionTimeout(),
		part.pendingWaitpointExpiry(),
		part.lane(h.Lane, engine.IndexActive),
		part.lane(h.Lane, engine.IndexSuspended),
		k.waitpoints(),
		part.waitpointCondition(primary.ID),
		part.attemptTimeout(),
		part.hmacSecrets(),
		dedup,
	}
	behavior := textOr(args.TimeoutBehavior, engine.TimeoutFail)
	policy, err := json.Marshal(args.Policy)
	if err != nil {
		return engine.SuspendOutcome{}, engine.Invalid(op, err.Error())
	}
	argv := []any{
		string(h.ExecutionID),
		h.AttemptIndex,
		string(h.AttemptID),
		string(h.LeaseID),
		h.LeaseEpoch,
		textOr(string(args.SuspensionID), string(engine.NewSuspensionID())),
		string(primary.ID),
		primaryKey,
		args.Reason,
		textOr(args.RequestedBy, engine.RequestedByWorker),
		millis(args.TimeoutAt),
		args.Condition.EncodeWire(behavior),
		policy,
		args.ContinuationPointer,
		usePending,
		behavior,
		leaseHistoryLimit,
		args.IdempotencyKey,
		suspendDedupTTL(args),
		len(extras),
	}
	for _, extra := range extras {
		keys = append(keys, part.waitpoint(extra.ID), part.waitpointSignals(extra.ID), part.waitpointCondition(extra.ID))
		argv = append(argv, string(extra.ID), extra.Key)
	}
	r, err := b.call(ctx, op, "ff_suspend_execution", keys, argv...)
	if err != nil {
		return engine.SuspendOutcome{}, missingExecution(err, h.ExecutionID)
	}
	return decodeSuspended(op, h, r)
}

// withWaitpointIDs gives fresh bindings without an id one.
func withWaitpointIDs(bindings []engine.WaitpointBinding) []engine.WaitpointBinding {
	out := make([]engine.WaitpointBinding, len(bindings))
	for i, binding := range bindings {
		if binding.ID == "" && !binding.UsePending {
			binding.ID = engine.NewWaitpointID()
		}
		out[i] = binding
	}
	return out
}

func textOr(text, def string) string {
	if text == "" {
		return def
	}
	return text
}

// suspendDedupTTL is how long the idempotency record lives, in ms; 0 without a key.
func suspendDedupTTL(args engine.SuspendArgs) string {
	if args.IdempotencyKey == "" {
		return "0"
	}
	if args.TimeoutAt.IsZero() {
		return millisOf(suspendDedupMost)
	}
	wait := max(args.TimeoutAt.Sub(orNow(args.Now)), 0)
	return millisOf(min(wait+suspendDedupSlack, suspendDedupMost))
}

// decodeSuspended reads suspension id, then id, key and token of the primary waitpoint, a count, and as many further triples.
func decodeSuspended(op string, h engine.Handle, r reply) (engine.SuspendOutcome, error) {
	suspension, err := engine.ParseSuspensionID(r.field(0))
	if err != nil {
		return engine.SuspendOutcome{}, badField(op, "suspension_id", r.field(0))
	}
	extras, err := strconv.Atoi(r.field(4))
	if err != nil {
		extras = 0
	}
	outcome := engine.SuspendOutcome{SuspensionID: suspension, AlreadySatisfied: r.status == "ALREADY_SATISFIED"}
	for i := 0; i <= extras && i < len(r.fields); i++ {
		at := 1
		if i > 0 {
			at = 2 + 3*i
		}
		id, err := engine.ParseWaitpointID(r.field(at))
		if err != nil {
			return engine.SuspendOutcome{}, badField(op, "waitpoint_id", r.field(at))
		}
		outcome.Waitpoints = append(outcome.Waitpoints, engine.IssuedWaitpoint{
			ID:    id,
			Key:   r.field(at + 1),
			Token: engine.WaitpointToken(r.field(at + 2)),
		})
	}
	if !outcome.AlreadySatisfied {
		outcome.Handle = h
		outcome.Handle.Kind = engine.HandleSuspended
	}
	return outcome, nil
}

// prepareForeignComposite does for FlowFabric's library what ours does by itself: it refuses a tree that could never resume
// or would open early, and clears what an earlier wait left in the satisfied set, as long as the lease is
// the caller's.
func (b *Backend) prepareForeignComposite(ctx context.Context, op string, h engine.Handle, condition engine.ResumeCondition) error {
	if condition.NestsBlindly() {
		return engine.Invalid(op, "an AllOf within an AllOf that holds more than single signals can never resume with the function library that is loaded")
	}
	if condition.SharesCounts() {
		return engine.Invalid(op, "two counts of one kind would open early with the function library that is loaded")
	}
	k := keysOf(h.ExecutionID)
	for range leftoverAttempts {
		own := false
		done, err := b.guarded(ctx, op,
			func(tx *redis.Tx) (bool, error) {
				lease, err := tx.HMGet(ctx, k.core(), "lifecycle_phase", "current_lease_id").Result()
				own = err == nil && lease[0] == string(engine.PhaseActive) && lease[1] == string(h.LeaseID)
				return own, err
			},
			func(p redis.Pipeliner) {
				p.Del(ctx, k.satisfiedSet(), k.satisfiedSignals(), k.memberMap())
			},
			k.core())
		if err != nil || done || !own {
			return err
		}
	}
	return engine.Transport(op, errors.New("the execution keeps changing"))
}
