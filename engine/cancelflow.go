package engine

import (
	"context"
	"errors"
	"sync"
	"time"
)

// memberCancels is how many members of a flow are cancelled at once.
const memberCancels = 16

// memberRetries are the waits before a member's cancel is tried again after the connection failed.
var memberRetries = []time.Duration{100 * time.Millisecond, 500 * time.Millisecond}

// FlowCanceller is what CancelFlowMembers stands on.
type FlowCanceller interface {
	Flows
	Operator
	ReadExecutionState(ctx context.Context, id ExecutionID) (PublicState, error)
}

// CancelFlowMembers does what follows a flow's cancellation (spec 03c §7.3): under cancel_all it cancels each member, takes it off
// the list of those still owed a cancel, and counts one that is over or gone as done; under cancel_pending it cancels those
// in line and leaves the rest to finish; under any other policy it does nothing. progress hears of each member that was
// looked at, one call at a time. The error is ctx's, when it ended before all were.
//
// Members that wait for others go first: the end of an upstream would have them skipped before their own cancel comes.
func CancelFlowMembers(ctx context.Context, b FlowCanceller, flow CancelledFlow, progress func(MemberOutcome)) error {
	var cancel func(context.Context, ExecutionID) MemberOutcome
	switch FlowCancelPolicy(flow.Policy) {
	case CancelFlowAll:
		cancel = func(ctx context.Context, id ExecutionID) MemberOutcome { return cancelOwed(ctx, b, flow, id) }
	case CancelFlowPending:
		cancel = func(ctx context.Context, id ExecutionID) MemberOutcome { return cancelPending(ctx, b, flow, id) }
	default:
		return nil
	}

	var rest []ExecutionID
	waits := func(ctx context.Context, id ExecutionID) *MemberOutcome {
		if state, err := b.ReadExecutionState(ctx, id); err != nil || state != StateWaitingChildren {
			return nil
		}
		outcome := cancel(ctx, id)
		return &outcome
	}
	eachMember(ctx, flow.Members, waits, func(id ExecutionID, outcome *MemberOutcome) {
		if outcome == nil {
			rest = append(rest, id)
			return
		}
		progress(*outcome)
	})
	all := func(ctx context.Context, id ExecutionID) *MemberOutcome {
		outcome := cancel(ctx, id)
		return &outcome
	}
	eachMember(ctx, rest, all, func(_ ExecutionID, outcome *MemberOutcome) { progress(*outcome) })
	return ctx.Err()
}

// eachMember runs do for several members at once until ctx ends; done hears of each, one call at a time.
func eachMember(ctx context.Context, ids []ExecutionID, do func(context.Context, ExecutionID) *MemberOutcome, done func(ExecutionID, *MemberOutcome)) {
	var mu sync.Mutex
	var workers sync.WaitGroup
	members := make(chan ExecutionID)
	for range min(memberCancels, len(ids)) {
		workers.Go(func() {
			for id := range members {
				outcome := guardedMember(ctx, id, do)
				mu.Lock()
				done(id, outcome)
				mu.Unlock()
			}
		})
	}
	for _, id := range ids {
		select {
		case members <- id:
			continue
		case <-ctx.Done():
		}
		break
	}
	close(members)
	workers.Wait()
}

func guardedMember(ctx context.Context, id ExecutionID, do func(context.Context, ExecutionID) *MemberOutcome) (outcome *MemberOutcome) {
	err := Guard("cancel a member", func() error {
		outcome = do(ctx, id)
		return nil
	})
	if err != nil {
		return &MemberOutcome{Execution: id, Err: err}
	}
	return outcome
}

// cancelOwed cancels one member and acknowledges it. An id that cannot be an execution's is acknowledged: it is owed nothing.
func cancelOwed(ctx context.Context, b FlowCanceller, flow CancelledFlow, id ExecutionID) MemberOutcome {
	outcome := MemberOutcome{Execution: id}
	if _, err := ParseExecutionID(string(id)); err != nil {
		outcome.Err = errors.Join(err, b.AckCancelMember(ctx, flow.Flow, id))
		return outcome
	}
	err := retryTransport(ctx, func() (err error) {
		outcome.Before, err = b.CancelExecution(ctx, id, flow.Reason, CancelByOperator)
		return err
	})
	var reject *Error
	if errors.Is(err, CodeExecutionNotActive) || (errors.As(err, &reject) && reject.Class == ClassNotFound) {
		outcome.Before, outcome.Already, err = PhaseTerminal, true, nil
	}
	if err != nil {
		outcome.Err = err
		return outcome
	}
	outcome.Cancelled = true
	// Not acknowledged, it is tried again by the reconciler and found to be over.
	outcome.Err = retryTransport(ctx, func() error { return b.AckCancelMember(ctx, flow.Flow, id) })
	return outcome
}

// cancelPending cancels one member that is in line.
func cancelPending(ctx context.Context, b FlowCanceller, flow CancelledFlow, id ExecutionID) MemberOutcome {
	outcome := MemberOutcome{Execution: id}
	outcome.Err = retryTransport(ctx, func() (err error) {
		outcome.Cancelled, err = b.CancelPendingMember(ctx, id, flow.Reason)
		return err
	})
	if outcome.Cancelled {
		outcome.Before = PhaseRunnable
	}
	return outcome
}

// retryTransport repeats a call whose connection failed. It may have been applied: the calls that come here may be repeated.
func retryTransport(ctx context.Context, call func() error) error {
	err := call()
	for _, wait := range memberRetries {
		var e *Error
		if !errors.As(err, &e) || e.Class != ClassTransport || e.Fault == FaultRefused {
			return err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
		err = call()
	}
	return err
}
