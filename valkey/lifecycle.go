package valkey

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What the holder of a lease does with it. Every key comes from the handle; the fence proves that it is still his.

// leaseHistoryGrace is how long lease:current outlives a renewed lease (spec 04a §6.2).
const leaseHistoryGrace = 5 * time.Second

// workerSource is the source of a cancel by the lease holder. It is none of the wire's constants, so the fence counts.
const workerSource engine.CancelSource = "worker"

// Renew extends the lease by the handle's TTL (spec 03a §4.1).
func (b *Backend) Renew(ctx context.Context, h engine.Handle) (time.Time, error) {
	return b.renew(ctx, "renew", h.ExecutionID, h.AttemptIndex, h.Fence(), h.LeaseTTL, leaseHistoryGrace)
}

func (b *Backend) renew(ctx context.Context, op string, execution engine.ExecutionID, attempt uint32, fence engine.LeaseFence,
	ttl, grace time.Duration,
) (time.Time, error) {
	if err := checkExecutionID(op, execution); err != nil {
		return time.Time{}, err
	}
	if err := checkLeaseTTL(op, ttl); err != nil {
		return time.Time{}, err
	}
	k := keysOf(execution)
	r, err := b.call(ctx, op, "ff_renew_lease",
		[]string{
			k.core(),
			k.leaseCurrent(),
			k.leaseHistory(),
			k.partition().leaseExpiry(),
		},
		string(execution),
		attempt,
		string(fence.AttemptID),
		string(fence.LeaseID),
		fence.LeaseEpoch,
		millisOf(ttl),
		millisOf(grace),
	)
	if err != nil {
		return time.Time{}, missingExecution(err, execution)
	}
	expires, err := parseMillis(r.field(0))
	if err != nil {
		return time.Time{}, badField(op, "expires_at", r.field(0))
	}
	return expires, nil
}

// Progress stores a percentage (-1 leaves the stored one) and a message ("" leaves the stored one) (spec 03d §5.5).
func (b *Backend) Progress(ctx context.Context, h engine.Handle, percent int, message string) error {
	const op = "progress"
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return err
	}
	if percent < -1 || percent > 100 {
		return engine.Invalid(op, "percent must be 0 to 100, or -1 for none, got: "+strconv.Itoa(percent))
	}
	pct := "" // a number would overwrite the stored one
	if percent >= 0 {
		pct = strconv.Itoa(percent)
	}
	_, err := b.call(ctx, op, "ff_update_progress",
		[]string{keysOf(h.ExecutionID).core()},
		string(h.ExecutionID),
		string(h.LeaseID),
		h.LeaseEpoch,
		pct,
		message,
	)
	return missingExecution(err, h.ExecutionID)
}

// Complete ends the execution with a result; nil and empty results are the same. The repeat of a completion whose reply was lost is
// success (spec 03a §3.3, §5.4).
func (b *Backend) Complete(ctx context.Context, h engine.Handle, result []byte) error {
	const op = "complete"
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return err
	}
	fence := h.Fence()
	err := b.complete(ctx, op, holdingOf(h), &fence, result, "")
	if endedAs(err, engine.OutcomeSuccess, fence) {
		return nil
	}
	return err
}

// complete is ff_complete_execution. fence is nil for an operator's override.
func (b *Backend) complete(ctx context.Context, op string, h holding, fence *engine.LeaseFence, result []byte,
	source engine.CancelSource,
) error {
	k, part := h.keys(), h.keys().partition()
	leaseID, epoch, attemptID := fenceWords(fence)
	_, err := b.call(ctx, op, "ff_complete_execution",
		[]string{
			k.core(),
			k.attempt(h.attempt),
			part.leaseExpiry(),
			part.workerLeases(h.instance),
			part.lane(h.lane, engine.IndexTerminal),
			k.leaseCurrent(),
			k.leaseHistory(),
			part.lane(h.lane, engine.IndexActive),
			k.streamMeta(h.attempt),
			k.result(),
			part.attemptTimeout(),
			part.executionDeadline(),
		},
		string(h.execution),
		leaseID,
		epoch,
		attemptID,
		result,
		string(source),
	)
	return missingExecution(err, h.execution)
}

// Fail ends the attempt. The stored retry policy decides whether another follows; its categories and its jitter are looked at here,
// the library does not. The repeat of a failure whose reply was lost is success (spec 03a §3.7, §5.4).
func (b *Backend) Fail(ctx context.Context, h engine.Handle, f engine.Failure) (engine.FailResult, error) {
	const op = "fail"
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return engine.FailResult{}, err
	}
	_, before, err := b.readForFailure(ctx, op, h.ExecutionID)
	if err != nil {
		return engine.FailResult{}, err
	}
	fence := h.Fence()
	result, err := b.fail(ctx, op, holdingOf(h), &fence, f, before, "")
	return b.reconcileFailure(ctx, h.ExecutionID, fence, result, err)
}

// reconcileFailure takes the rejection of a repeat for the outcome that the first call had.
func (b *Backend) reconcileFailure(ctx context.Context, execution engine.ExecutionID, fence engine.LeaseFence,
	result engine.FailResult, err error,
) (engine.FailResult, error) {
	if endedAs(err, engine.OutcomeFailed, fence) {
		return engine.FailResult{}, nil
	}
	if !requeued(err, fence) {
		return result, err
	}
	core, readErr := b.readCore(ctx, "fail", execution, "delay_until", "total_attempt_count")
	if readErr != nil {
		return engine.FailResult{}, readErr
	}
	return engine.FailResult{Retry: true, DelayUntil: core.time("delay_until"), NextAttempt: core.index("total_attempt_count")}, nil
}

// fail is ff_fail_execution. fence is nil for an operator's override.
func (b *Backend) fail(ctx context.Context, op string, h holding, fence *engine.LeaseFence, f engine.Failure, before failureFacts,
	source engine.CancelSource,
) (engine.FailResult, error) {
	k, part := h.keys(), h.keys().partition()
	leaseID, epoch, attemptID := fenceWords(fence)
	category := f.Category
	if category == "" {
		category = string(f.Class)
	}
	r, err := b.call(ctx, op, "ff_fail_execution",
		[]string{
			k.core(),
			k.attempt(h.attempt),
			part.leaseExpiry(),
			part.workerLeases(h.instance),
			part.lane(h.lane, engine.IndexTerminal),
			part.lane(h.lane, engine.IndexDelayed),
			k.leaseCurrent(),
			k.leaseHistory(),
			part.lane(h.lane, engine.IndexActive),
			k.streamMeta(h.attempt),
			part.attemptTimeout(),
			part.executionDeadline(),
		},
		string(h.execution),
		leaseID,
		epoch,
		attemptID,
		f.Message,
		category,
		retryPolicyFor(before.policy, f, before.retries),
		string(source),
	)
	if err != nil {
		return engine.FailResult{}, missingExecution(err, h.execution)
	}
	switch r.field(0) {
	case "terminal_failed":
		return engine.FailResult{}, nil
	case "retry_scheduled":
		until, err := parseMillis(r.field(1))
		if err != nil {
			return engine.FailResult{}, badField(op, "delay_until", r.field(1))
		}
		return engine.FailResult{Retry: true, DelayUntil: until, NextAttempt: before.attempts}, nil
	default:
		return engine.FailResult{}, badField(op, "outcome", r.field(0))
	}
}

// Cancel ends the execution on the holder's own wish; the fence is always sent (spec 03a §3.4, §5.4). The function compares it with
// a lease that is held only. Where none is, an execution that somebody else has had since is refused here: it is his wait that would
// be cancelled.
func (b *Backend) Cancel(ctx context.Context, h engine.Handle, reason string) error {
	const op = "cancel"
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return err
	}
	core, err := b.readCore(ctx, op, h.ExecutionID, "current_waitpoint_id", "lifecycle_phase", "current_lease_epoch")
	if err != nil {
		return err
	}
	fence := h.Fence()
	_, epoch, _ := fenceWords(&fence)
	phase := engine.LifecyclePhase(core.text("lifecycle_phase"))
	if (phase == engine.PhaseRunnable || phase == engine.PhaseSuspended) && core.text("current_lease_epoch") != epoch {
		return engine.FromCode(op, string(engine.CodeStaleLease), nil)
	}
	_, err = b.cancel(ctx, op, holdingOf(h), core.text("current_waitpoint_id"), reason, workerSource, &fence)
	if endedAs(err, engine.OutcomeCancelled, fence) {
		return nil
	}
	return err
}

// cancel is ff_cancel_execution; it returns the phase that the execution was in. waitpoint is the stored one, "" when there is none.
func (b *Backend) cancel(ctx context.Context, op string, h holding, waitpoint, reason string, source engine.CancelSource,
	fence *engine.LeaseFence,
) (engine.LifecyclePhase, error) {
	k, part := h.keys(), h.keys().partition()
	leaseID, epoch, _ := fenceWords(fence)
	waitpointID := waitpointOr(waitpoint)
	r, err := b.call(ctx, op, "ff_cancel_execution",
		[]string{
			k.core(),
			k.attempt(h.attempt),
			k.streamMeta(h.attempt),
			k.leaseCurrent(),
			k.leaseHistory(),
			part.leaseExpiry(),
			part.workerLeases(h.instance),
			k.suspensionCurrent(),
			part.waitpoint(waitpointID),
			part.waitpointCondition(waitpointID),
			part.suspensionTimeout(),
			part.lane(h.lane, engine.IndexTerminal),
			part.attemptTimeout(),
			part.executionDeadline(),
			part.lane(h.lane, engine.IndexEligible),
			part.lane(h.lane, engine.IndexDelayed),
			part.lane(h.lane, engine.IndexBlockedDependencies),
			part.lane(h.lane, engine.IndexBlockedBudget),
			part.lane(h.lane, engine.IndexBlockedQuota),
			part.lane(h.lane, engine.IndexBlockedRoute),
			part.lane(h.lane, engine.IndexBlockedOperator),
		},
		string(h.execution),
		reason,
		string(source),
		leaseID,
		epoch,
	)
	return engine.LifecyclePhase(r.field(1)), missingExecution(err, h.execution)
}

// Delay hands the execution back until a later time; the attempt is paused, not ended (spec 03a §3.5).
func (b *Backend) Delay(ctx context.Context, h engine.Handle, until time.Time) error {
	const op = "delay"
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return err
	}
	if until.IsZero() {
		return engine.Invalid(op, "delay_until is not set")
	}
	return b.pause(ctx, op, "ff_delay_execution", h, engine.IndexDelayed, millis(until))
}

// WaitChildren hands the execution back until its dependencies are satisfied (spec 03a §3.6).
func (b *Backend) WaitChildren(ctx context.Context, h engine.Handle) error {
	const op = "wait_children"
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return err
	}
	return b.pause(ctx, op, "ff_move_to_waiting_children", h, engine.IndexBlockedDependencies)
}

// pause is either of the two functions that hand an execution back: they differ in the index that it goes to and in what follows the
// fence.
func (b *Backend) pause(ctx context.Context, op, function string, h engine.Handle, to engine.LaneIndex, extra ...any) error {
	k, part := keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
	args := append([]any{string(h.ExecutionID), string(h.LeaseID), h.LeaseEpoch, string(h.AttemptID)}, extra...)
	_, err := b.call(ctx, op, function,
		[]string{
			k.core(),
			k.attempt(h.AttemptIndex),
			k.leaseCurrent(),
			k.leaseHistory(),
			part.leaseExpiry(),
			part.workerLeases(h.WorkerInstance),
			part.lane(h.Lane, engine.IndexActive),
			part.lane(h.Lane, to),
			part.attemptTimeout(),
		},
		args...,
	)
	return missingExecution(err, h.ExecutionID)
}

// ReadExecutionContext is what a handler needs to begin (spec 04a §10.2).
func (b *Backend) ReadExecutionContext(ctx context.Context, execution engine.ExecutionID) (engine.ExecutionContext, error) {
	const op = "read_execution_context"
	if err := checkExecutionID(op, execution); err != nil {
		return engine.ExecutionContext{}, err
	}
	var read contextRead
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) { read = queueContext(ctx, p, execution) })
	if err != nil {
		return engine.ExecutionContext{}, err
	}
	return b.decodeContext(op, execution, read)
}

// contextRead is what a handler begins with, once its pipeline is sent.
type contextRead struct {
	payload *redis.StringCmd
	core    *redis.SliceCmd
	tags    *redis.MapStringStringCmd
}

var contextFields = []string{"execution_id", "execution_kind"}

func queueContext(ctx context.Context, p redis.Pipeliner, execution engine.ExecutionID) contextRead {
	k := keysOf(execution)
	return contextRead{p.Get(ctx, k.payload()), p.HMGet(ctx, k.core(), contextFields...), p.HGetAll(ctx, k.tags())}
}

func (b *Backend) decodeContext(op string, execution engine.ExecutionID, read contextRead) (engine.ExecutionContext, error) {
	k := keysOf(execution)
	record := readHash(read.core, contextFields)
	if record.empty() {
		return engine.ExecutionContext{}, b.noExecution(op, execution)
	}
	input, err := read.payload.Bytes()
	if err != nil && !absent(err) {
		return engine.ExecutionContext{}, engine.Corrupt(k.payload(), "", err.Error())
	}
	tagged := readWholeHash(read.tags)
	if len(tagged.bad) > 0 {
		return engine.ExecutionContext{}, engine.Corrupt(k.tags(), "", tagged.bad[0].Problem)
	}
	return engine.ExecutionContext{Payload: input, Kind: record.text("execution_kind"), Tags: tagged.fields}, nil
}
