package engine

import (
	"context"
	"errors"
	"time"
)

// Mending does by hand, for one execution or group, what the scanners do by themselves (spec 05): for an operator whose deployment has
// no engine running, or one that leaves things be (spec 07).
type Mending interface {
	PromoteDelayed(ctx context.Context, lane LaneID, id ExecutionID, now time.Time) error
	UnblockExecution(ctx context.Context, lane LaneID, id ExecutionID, expected BlockingReason, now time.Time) error
	// LiftPause makes an execution eligible again that an operator's block keeps out of line.
	LiftPause(ctx context.Context, lane LaneID, id ExecutionID, now time.Time) error
	ReconcileDependencies(ctx context.Context, id ExecutionID) (resolved int, err error)
	RepairIndex(ctx context.Context, m IndexMismatch) (repaired bool, err error)
	DrainSiblingCancelGroup(ctx context.Context, g SiblingGroup) error
}

// SiblingCanceller is what CancelSiblings stands on.
type SiblingCanceller interface {
	CancelExecution(ctx context.Context, id ExecutionID, reason string, source CancelSource) (LifecyclePhase, error)
	DrainSiblingCancelGroup(ctx context.Context, g SiblingGroup) error
}

// CancelSiblings cancels all of a group's siblings, however many, then says that nothing more is owed. One that is over or gone is done
// . When one cannot be cancelled now, the group stays as it is, and that is the error.
func CancelSiblings(ctx context.Context, b SiblingCanceller, g SiblingGroup) (cancelled int, err error) {
	looked := 0
	eachMember(ctx, g.Members, func(ctx context.Context, id ExecutionID) *MemberOutcome {
		if _, err := ParseExecutionID(string(id)); err != nil {
			return &MemberOutcome{Execution: id}
		}
		_, err := b.CancelExecution(ctx, id, g.Reason, CancelByOperator)
		if errors.Is(err, ClassNotFound) || overAlready(err) {
			return &MemberOutcome{Execution: id, Already: true}
		}
		return &MemberOutcome{Execution: id, Cancelled: err == nil, Err: err}
	}, func(_ ExecutionID, o *MemberOutcome) {
		looked++
		err = errors.Join(err, o.Err)
		if o.Cancelled {
			cancelled++
		}
	})
	if err = errors.Join(err, ctx.Err()); err != nil || looked < len(g.Members) {
		return cancelled, errors.Join(errors.New("not every sibling could be cancelled"), err)
	}
	return cancelled, b.DrainSiblingCancelGroup(ctx, g)
}

// overAlready tells a cancel that came too late from one that has to be tried again.
func overAlready(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	_, _, phase, _, ok := e.NotActive()
	return ok && phase == string(PhaseTerminal)
}
