package valkey

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// ResumeExecution ends a wait without a signal and returns the execution's public state (spec 03b §4.2, §6.10).
func (b *Backend) ResumeExecution(ctx context.Context, execution engine.ExecutionID, trigger string, delay time.Duration,
) (engine.PublicState, error) {
	const op = "resume_execution"
	if err := checkExecutionID(op, execution); err != nil {
		return "", err
	}
	if delay < 0 {
		return "", engine.Invalid(op, "resume delay must not be negative, got: "+delay.String())
	}
	core, err := b.readCore(ctx, op, execution, "execution_id", "lane_id", "current_waitpoint_id")
	if err != nil {
		return "", err
	}
	if core.empty() {
		return "", b.noExecution(op, execution)
	}
	lane := engine.LaneID(core.required("lane_id"))
	waitpoint := id(core, "current_waitpoint_id", engine.ParseWaitpointID)
	if len(core.bad) > 0 {
		return "", corruptCore(op, execution, core.bad[0])
	}
	if waitpoint == "" {
		return "", engine.FromCode(op, string(engine.CodeExecutionNotSuspended), nil)
	}
	k, part := keysOf(execution), keysOf(execution).partition()
	r, err := b.call(ctx, op, "ff_resume_execution",
		[]string{
			k.core(),
			k.suspensionCurrent(),
			part.waitpoint(waitpoint),
			part.waitpointSignals(waitpoint),
			part.suspensionTimeout(),
			part.lane(lane, engine.IndexEligible),
			part.lane(lane, engine.IndexDelayed),
			part.lane(lane, engine.IndexSuspended),
		},
		string(execution),
		textOr(trigger, "signal"),
		millisOf(delay),
	)
	if err != nil {
		return "", missingExecution(err, execution)
	}
	state := engine.PublicState(r.field(0))
	if state == engine.StateDelayed && b.foreign(ctx) {
		b.keepResumeDelay(ctx, execution, lane)
	}
	return state, nil
}

// keepResumeDelay writes the due time of a delayed resume into delay_until, which FlowFabric's library forgets: its promotion of
// the execution would fail for ever. It changes nothing once the execution has moved on. The resume has happened whether
// this works or not, and our promoter makes up for it; so a failure is no failure of the resume.
func (b *Backend) keepResumeDelay(ctx context.Context, execution engine.ExecutionID, lane engine.LaneID) {
	k := keysOf(execution)
	due := 0.0
	_, _ = b.guarded(ctx, "keep_resume_delay",
		func(tx *redis.Tx) (bool, error) {
			fields := []string{"eligibility_state", "delay_until"}
			core := readHash(tx.HMGet(ctx, k.core(), fields...), fields)
			if core.text("eligibility_state") != string(engine.EligibleLater) || core.text("delay_until") != "" {
				return false, nil
			}
			var err error
			due, err = tx.ZScore(ctx, k.partition().lane(lane, engine.IndexDelayed), string(execution)).Result()
			return err == nil, err
		},
		func(p redis.Pipeliner) {
			p.HSet(ctx, k.core(), "delay_until", strconv.FormatInt(int64(due), 10))
		},
		k.core())
}

// ExpireSuspension applies the timeout behaviour of a suspension that is due; one that is not, or no longer, is put right in the
// index (spec 03b §4.4).
func (b *Backend) ExpireSuspension(ctx context.Context, execution engine.ExecutionID) error {
	const op = "expire_suspension"
	if err := checkExecutionID(op, execution); err != nil {
		return err
	}
	if b.foreign(ctx) {
		due, err := b.reindexSuspension(ctx, op, execution)
		if err != nil || !due {
			return err
		}
	}
	core, err := b.readCore(ctx, op, execution, append([]string{"current_waitpoint_id"}, holdingFields...)...)
	if err != nil {
		return err
	}
	where := storedHolding(execution, core)
	waitpoint := engine.WaitpointID(core.text("current_waitpoint_id"))
	k, part := keysOf(execution), keysOf(execution).partition()
	_, err = b.call(ctx, op, "ff_expire_suspension",
		[]string{
			k.core(),
			k.suspensionCurrent(),
			part.waitpoint(waitpoint),
			part.waitpointCondition(waitpoint),
			k.attempt(where.attempt),
			k.streamMeta(where.attempt),
			part.suspensionTimeout(),
			part.lane(where.lane, engine.IndexSuspended),
			part.lane(where.lane, engine.IndexTerminal),
			part.lane(where.lane, engine.IndexEligible),
			part.lane(where.lane, engine.IndexDelayed),
			k.leaseHistory(),
		},
		string(execution),
	)
	return err
}

// reindexSuspension tells whether the suspension record calls for its timeout now. If it is open and does not, the index entry gets
// the record's time or goes: FlowFabric's library leaves it, or fails on it, and it would hide due ones.
func (b *Backend) reindexSuspension(ctx context.Context, op string, execution engine.ExecutionID) (due bool, err error) {
	k := keysOf(execution)
	index := k.partition().suspensionTimeout()
	fields := []string{"suspension_id", "timeout_at", "closed_at"}
	var timeout time.Time
	_, err = b.guarded(ctx, op,
		func(tx *redis.Tx) (bool, error) {
			now, err := tx.Time(ctx).Result()
			if err != nil {
				return false, err
			}
			suspension := readHash(tx.HMGet(ctx, k.suspensionCurrent(), fields...), fields)
			timeout = suspension.time("timeout_at")
			open := suspension.text("suspension_id") != "" && suspension.text("closed_at") == ""
			due = !open || !timeout.IsZero() && !timeout.After(now) // what is not open the function cleans up
			return !due, nil
		},
		func(p redis.Pipeliner) {
			if timeout.IsZero() {
				p.ZRem(ctx, index, string(execution))
				return
			}
			p.ZAddXX(ctx, index, redis.Z{Score: float64(timeout.UnixMilli()), Member: string(execution)})
		},
		k.suspensionCurrent())
	return due, err
}

// ClaimResumedExecution consumes a grant for an interrupted attempt: same attempt, new lease (spec 03b §4.10, §6.11).
func (b *Backend) ClaimResumedExecution(ctx context.Context, req engine.ClaimResumed) (*engine.Claimed, error) {
	return b.claimResumed(ctx, "claim_resumed_execution", req)
}

// ClaimFromResumeGrant reads the attempt's index itself, and what its timeout policy allows it.
func (b *Backend) ClaimFromResumeGrant(ctx context.Context, grant engine.Grant, worker engine.WorkerID,
	instance engine.WorkerInstanceID, leaseTTL time.Duration,
) (*engine.Claimed, error) {
	const op = "claim_from_resume_grant"
	if err := checkExecutionID(op, grant.Execution); err != nil {
		return nil, err
	}
	fields := []string{"execution_id", "current_attempt_index"}
	k := keysOf(grant.Execution)
	var core *redis.SliceCmd
	var policy *redis.StringCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		core = p.HMGet(ctx, k.core(), fields...)
		policy = p.Get(ctx, k.policy())
	})
	if err != nil {
		return nil, err
	}
	record := readHash(core, fields)
	if record.empty() {
		return nil, b.noExecution(op, grant.Execution)
	}
	attempt := record.index("current_attempt_index")
	if len(record.bad) > 0 {
		return nil, corruptCore(op, grant.Execution, record.bad[0])
	}
	text, _ := policy.Bytes() // an absent or unreadable policy sets no timeout
	return b.claimResumed(ctx, op, engine.ClaimResumed{
		Execution:      grant.Execution,
		Worker:         worker,
		WorkerInstance: instance,
		Lane:           grant.Lane,
		LeaseTTL:       leaseTTL,
		AttemptIndex:   attempt,
		Remaining:      attemptTimeoutOf(text),
	})
}

// attemptTimeoutOf is the attempt timeout that a stored execution policy sets; 0 for none.
func attemptTimeoutOf(policy []byte) time.Duration {
	var stored engine.ExecutionPolicy
	if json.Unmarshal(policy, &stored) != nil || stored.Timeout == nil {
		return 0
	}
	return stored.Timeout.Attempt
}

func (b *Backend) claimResumed(ctx context.Context, op string, req engine.ClaimResumed) (*engine.Claimed, error) {
	if err := checkExecutionID(op, req.Execution); err != nil {
		return nil, err
	}
	if err := checkLeaseTTL(op, req.LeaseTTL); err != nil {
		return nil, err
	}
	if req.LeaseID == "" {
		req.LeaseID = engine.NewLeaseID()
	}
	keys, args := resumedCall(req)
	r, err := b.call(ctx, op, "ff_claim_resumed_execution", keys, args...)
	if err != nil {
		return nil, missingExecution(err, req.Execution)
	}
	return decodeResumed(op, req, r)
}

// resumedCall is KEYS and ARGV of ff_claim_resumed_execution. req holds a lease id.
func resumedCall(req engine.ClaimResumed) (keys []string, args []any) {
	remaining := ""
	if req.Remaining > 0 {
		remaining = millisOf(req.Remaining)
	}
	k, part := keysOf(req.Execution), keysOf(req.Execution).partition()
	keys = []string{
		k.core(),
		k.claimGrant(),
		part.lane(req.Lane, engine.IndexEligible),
		part.leaseExpiry(),
		part.workerLeases(req.WorkerInstance),
		k.attempt(req.AttemptIndex),
		k.leaseCurrent(),
		k.leaseHistory(),
		part.lane(req.Lane, engine.IndexActive),
		part.attemptTimeout(),
		part.executionDeadline(),
	}
	args = []any{
		string(req.Execution),
		string(req.Worker),
		string(req.WorkerInstance),
		string(req.Lane),
		"", // capability snapshot hash: ignored by the function
		string(req.LeaseID),
		millisOf(req.LeaseTTL),
		remaining,
	}
	return keys, args
}

// decodeResumed reads lease id, epoch, expiry, attempt id, attempt index, "resumed".
func decodeResumed(op string, req engine.ClaimResumed, r reply) (*engine.Claimed, error) {
	lease, err := engine.ParseLeaseID(r.field(0))
	if err != nil {
		return nil, badField(op, "lease_id", r.field(0))
	}
	epoch, err := strconv.ParseUint(r.field(1), 10, 64)
	if err != nil {
		return nil, badField(op, "lease_epoch", r.field(1))
	}
	expires, err := parseMillis(r.field(2))
	if err != nil {
		return nil, badField(op, "lease_expires_at", r.field(2))
	}
	attemptID, err := engine.ParseAttemptID(r.field(3))
	if err != nil {
		return nil, badField(op, "attempt_id", r.field(3))
	}
	attempt, err := strconv.ParseUint(r.field(4), 10, 32)
	if err != nil {
		return nil, badField(op, "attempt_index", r.field(4))
	}
	return &engine.Claimed{
		Handle: engine.Handle{
			Kind:           engine.HandleResumed,
			ExecutionID:    req.Execution,
			AttemptIndex:   uint32(attempt),
			AttemptID:      attemptID,
			LeaseID:        lease,
			LeaseEpoch:     epoch,
			LeaseTTL:       req.LeaseTTL,
			Lane:           req.Lane,
			WorkerInstance: req.WorkerInstance,
		},
		AttemptType: engine.AttemptType(r.field(5)),
		ExpiresAt:   expires,
	}, nil
}
