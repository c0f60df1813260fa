package enginetest

import (
	"time"

	"ffboard/engine"
)

// replay is T28 and T29. It returns the public state.
func (x *modelExecution) replay(w *world) (engine.PublicState, engine.Code) {
	switch {
	case !x.Exists:
		return "", engine.CodeExecutionNotFound
	case !x.terminal():
		return "", engine.CodeExecutionNotTerminal
	case x.Replays >= x.maxReplays:
		return "", engine.CodeMaxReplaysExhausted
	}
	skipped := x.State.Outcome == engine.OutcomeSkipped && x.Flow != ""
	x.Replays++
	x.State = waitingVector(engine.AttemptPendingReplay)
	if skipped && w.reopenEdges(x) > 0 {
		x.State = blockedVector(engine.BlockedByDependencies, engine.WaitingForChildren, engine.AttemptPendingReplay, engine.StateWaitingChildren)
	}
	if f := w.flow(x.Flow); f != nil && f.State != engine.FlowCancelled { // it is at work again
		f.Indexed = true
	}
	return x.State.Public, ""
}

// setPriority is ff_change_priority.
func (x *modelExecution) setPriority(p int) engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case !x.eligible():
		return engine.CodeExecutionNotEligible
	}
	x.Priority = min(max(p, 0), 9000)
	return ""
}

var blockedAs = map[engine.BlockingReason]engine.EligibilityState{
	engine.WaitingForBudget:        engine.BlockedByBudget,
	engine.WaitingForQuota:         engine.BlockedByQuota,
	engine.WaitingForCapableWorker: engine.BlockedByRoute,
}

// block is T21.
func (x *modelExecution) block(why engine.BlockingReason) engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case x.terminal():
		return engine.CodeExecutionNotActive
	case !x.runnable():
		return engine.CodeExecutionNotEligible
	}
	x.State = blockedVector(blockedAs[why], why, x.State.Attempt, engine.StateRateLimited)
	return ""
}

// unblock is T22.
func (x *modelExecution) unblock(why engine.BlockingReason) engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case !x.runnable() || x.State.Eligibility != blockedAs[why]:
		return engine.CodeExecutionNotEligible
	}
	x.State = waitingVector(x.State.Attempt)
	return ""
}

// promote is T20.
func (x *modelExecution) promote(now time.Time) {
	if !x.runnable() || x.State.Eligibility != engine.EligibleLater || x.delayUntil.After(now) {
		return
	}
	x.State = waitingVector(x.State.Attempt)
	x.delayUntil = time.Time{}
}
