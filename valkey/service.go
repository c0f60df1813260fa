package valkey

import (
	"context"
	"time"

	"ffboard/engine"
)

// The same with explicit ids, for tooling: where the execution stands is read first (spec 04a §8). An unknown execution and one that
// is not active are told by the functions themselves.

// defaultLeaseHistoryGrace is how long lease:current outlives a lease renewed by tooling (spec 04a §8.3).
const defaultLeaseHistoryGrace = time.Minute

// CompleteExecution ends an execution with a result. A nil fence needs source operator_override.
func (b *Backend) CompleteExecution(ctx context.Context, execution engine.ExecutionID, fence *engine.LeaseFence, result []byte,
	source engine.CancelSource,
) error {
	const op = "complete_execution"
	h, _, err := b.readHolding(ctx, op, execution)
	if err != nil {
		return err
	}
	err = b.complete(ctx, op, h, fence, result, sourceOr(source))
	if fence != nil && endedAs(err, engine.OutcomeSuccess, *fence) {
		return nil
	}
	return err
}

// FailExecution ends an attempt. A nil fence needs source operator_override.
func (b *Backend) FailExecution(ctx context.Context, execution engine.ExecutionID, fence *engine.LeaseFence, f engine.Failure,
	source engine.CancelSource,
) (engine.FailResult, error) {
	const op = "fail_execution"
	if err := checkExecutionID(op, execution); err != nil {
		return engine.FailResult{}, err
	}
	h, before, err := b.readForFailure(ctx, op, execution)
	if err != nil {
		return engine.FailResult{}, err
	}
	result, err := b.fail(ctx, op, h, fence, f, before, sourceOr(source))
	if fence == nil {
		return result, err
	}
	return b.reconcileFailure(ctx, execution, *fence, result, err)
}

// RenewLease extends a lease. historyGrace 0 is one minute.
func (b *Backend) RenewLease(ctx context.Context, execution engine.ExecutionID, fence engine.LeaseFence,
	ttl, historyGrace time.Duration,
) (time.Time, error) {
	const op = "renew_lease"
	h, _, err := b.readHolding(ctx, op, execution)
	if err != nil {
		return time.Time{}, err
	}
	if historyGrace == 0 {
		historyGrace = defaultLeaseHistoryGrace
	}
	return b.renew(ctx, op, execution, h.attempt, fence, ttl, historyGrace)
}

// readHolding reads where an execution stands, and the further fields asked for.
func (b *Backend) readHolding(ctx context.Context, op string, execution engine.ExecutionID, further ...string) (holding, *record, error) {
	if err := checkExecutionID(op, execution); err != nil {
		return holding{}, nil, err
	}
	core, err := b.readCore(ctx, op, execution, append(further, holdingFields...)...)
	if err != nil {
		return holding{}, nil, err
	}
	return storedHolding(execution, core), core, nil
}

func sourceOr(source engine.CancelSource) engine.CancelSource {
	if source == "" {
		return engine.CancelByOperator
	}
	return source
}
