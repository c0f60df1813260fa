package valkey

import (
	"context"
	"errors"

	"ffboard/engine"
)

// revokeReason is recorded for a revocation without a reason.
const revokeReason = "operator_revoke"

// CancelExecution cancels from any phase but terminal and returns the phase that the execution was in. source "" is
// operator_override, which needs no lease (spec 03a §3.4, 04a §12.1).
func (b *Backend) CancelExecution(ctx context.Context, execution engine.ExecutionID, reason string, source engine.CancelSource) (engine.LifecyclePhase, error) {
	const op = "cancel_execution"
	h, core, err := b.readHolding(ctx, op, execution, "current_waitpoint_id")
	if err != nil {
		return "", err
	}
	return b.cancel(ctx, op, h, core.text("current_waitpoint_id"), reason, sourceOr(source), nil)
}

// RevokeLease takes the lease from its holder; the execution stays active until somebody reclaims it (spec 03a §4.3). revoked is
// false when nobody held it, also when it was revoked or had expired before. An execution that has ended is CodeExecutionNotActive.
func (b *Backend) RevokeLease(ctx context.Context, execution engine.ExecutionID, expected engine.LeaseID, reason string) (bool, error) {
	const op = "revoke_lease"
	h, _, err := b.readHolding(ctx, op, execution)
	if err != nil {
		return false, err
	}
	if reason == "" {
		reason = revokeReason
	}
	k := h.keys()
	r, err := b.call(ctx, op, "ff_revoke_lease",
		[]string{
			k.core(),
			k.leaseCurrent(),
			k.leaseHistory(),
			k.partition().leaseExpiry(),
			k.partition().workerLeases(h.instance),
		},
		string(execution),
		string(expected),
		reason,
	)
	if nobodyHolds(err) {
		return false, nil
	}
	return err == nil && r.status == "OK", missingExecution(err, execution)
}

// nobodyHolds tells the rejections of a revocation that had nothing to take.
func nobodyHolds(err error) bool {
	_, _, phase, _, ok := notActive(err)
	return ok && phase != string(engine.PhaseTerminal) || errors.Is(err, engine.CodeNoActiveLease)
}

// SetExecutionTag sets one tag; a name outside the rule of spec 01 §6.4 is refused before anything is sent.
func (b *Backend) SetExecutionTag(ctx context.Context, execution engine.ExecutionID, key, value string) error {
	const op = "set_execution_tag"
	if err := checkExecutionID(op, execution); err != nil {
		return err
	}
	if err := engine.CheckTagKey(key); err != nil {
		return engine.Invalid(op, err.Error())
	}
	k := keysOf(execution)
	_, err := b.call(ctx, op, "ff_set_execution_tags", []string{k.core(), k.tags()}, key, value)
	return missingExecution(err, execution)
}
