package enginetest

import (
	"slices"
	"time"

	"ffboard/engine"
)

// grantClaim is ff_issue_claim_grant (spec 03d §5.1).
func (x *modelExecution) grantClaim(worker engine.WorkerID, capabilities []string) engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case !x.eligible():
		return engine.CodeExecutionNotEligible
	case x.grantee != "":
		return engine.CodeGrantAlreadyExists
	case !x.covered(capabilities):
		return engine.CodeCapabilityMismatch
	}
	x.grantee = worker
	return ""
}

func (x *modelExecution) covered(capabilities []string) bool {
	for _, needed := range x.capabilities {
		if !slices.Contains(capabilities, needed) {
			return false
		}
	}
	return true
}

// claim is ff_claim_execution with its grant (spec 03a §3.2), up to the lease itself.
func (x *modelExecution) claim(worker engine.WorkerID) engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case !x.eligible():
		return engine.CodeExecutionNotLeaseable
	case x.State.Attempt == engine.AttemptInterrupted:
		return engine.CodeUseClaimResumedExecution
	case x.grantee != worker:
		return engine.CodeInvalidClaimGrant
	}
	x.begin()
	return ""
}

// begin starts a fresh attempt (T3); took says who has it.
func (x *modelExecution) begin() {
	kind := engine.AttemptTypeInitial
	switch x.State.Attempt {
	case engine.AttemptPendingRetry:
		kind = engine.AttemptTypeRetry
	case engine.AttemptPendingReplay:
		kind = engine.AttemptTypeReplay
	}
	x.Attempts = append(x.Attempts, AttemptPicture{Type: kind, State: attemptStarted})
	x.AttemptIndex = x.TotalAttempts
	x.TotalAttempts++
	x.armed = x.attemptTimeout
}

// resume is ff_claim_resumed_execution with its grant (spec 03b §4.10), up to the lease itself.
func (x *modelExecution) resume(worker engine.WorkerID) engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case !x.runnable():
		return engine.CodeExecutionNotLeaseable
	case x.State.Attempt != engine.AttemptInterrupted:
		return engine.CodeNotAResumedExecution
	case x.grantee != worker:
		return engine.CodeInvalidClaimGrant
	}
	x.continueAttempt()
	x.armed = x.attemptTimeout
	return ""
}

// continueAttempt takes an interrupted attempt up again (T4); took says who has it. What was left of a wait is gone.
func (x *modelExecution) continueAttempt() {
	x.Attempts[x.AttemptIndex].State = attemptStarted
	x.delayUntil = time.Time{}
}

// override is ff_issue_grant_and_claim (spec 03d §5.8), up to the lease itself.
func (x *modelExecution) override() engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case !x.runnable():
		return engine.CodeExecutionNotEligible
	case x.grantee != "":
		return engine.CodeGrantAlreadyExists
	case x.State.Attempt == engine.AttemptInterrupted:
		x.continueAttempt()
		return ""
	case !x.eligible():
		return engine.CodeExecutionNotInEligibleSet
	}
	x.begin()
	x.delayUntil, x.armed = time.Time{}, false
	return ""
}

// took gives the lease to the holder of a handle.
func (x *modelExecution) took(h engine.Handle) {
	x.State = engine.StateVector{
		Phase:       engine.PhaseActive,
		Ownership:   engine.OwnerLeased,
		Eligibility: engine.EligibleNotApplicable,
		Blocking:    engine.BlockingNone,
		Outcome:     engine.OutcomeNone,
		Attempt:     engine.AttemptRunning,
		Public:      engine.StateActive,
	}
	x.Epoch++
	x.grantee, x.over = "", false
	x.LeaseExpired, x.LeaseRevoked = false, false
	x.LeaseID, x.AttemptID, x.Holder = h.LeaseID, h.AttemptID, h.WorkerInstance
	x.handles = append(x.handles, h)
}

// holds judges a fence in the order of spec 03a §2.14; a lease that is found to be over is marked so.
func (x *modelExecution) holds(f engine.LeaseFence) engine.Code {
	switch {
	case !x.active():
		return engine.CodeExecutionNotActive
	case x.State.Ownership == engine.OwnerRevoked:
		return engine.CodeLeaseRevoked
	case x.over:
		x.markExpired()
		return engine.CodeLeaseExpired
	case x.fence() != f:
		return engine.CodeStaleLease
	}
	return ""
}

// fence is the stored one, which an operator's override stands for.
func (x *modelExecution) fence() engine.LeaseFence {
	return engine.LeaseFence{LeaseID: x.LeaseID, LeaseEpoch: x.Epoch, AttemptID: x.AttemptID}
}

// markExpired is T6.
func (x *modelExecution) markExpired() {
	if x.State.Ownership != engine.OwnerLeased {
		return
	}
	x.State.Ownership = engine.OwnerExpired
	x.State.Blocking = engine.WaitingForWorker
	x.State.Attempt = engine.AttemptInterrupted
	x.LeaseExpired = true
}

// progress is ff_update_progress: the attempt id does not count, and nothing is marked (spec 03d §5.5).
func (x *modelExecution) progress(f engine.LeaseFence) engine.Code {
	switch {
	case !x.active():
		return engine.CodeExecutionNotActive
	case x.State.Ownership == engine.OwnerRevoked:
		return engine.CodeLeaseRevoked
	case x.over:
		return engine.CodeLeaseExpired
	case x.LeaseID != f.LeaseID || x.Epoch != f.LeaseEpoch:
		return engine.CodeStaleLease
	}
	return ""
}

// complete is T10; a repeat by the one who did it is no error (spec 03a §5.4).
func (x *modelExecution) complete(f engine.LeaseFence, result string) engine.Code {
	if x.endedBy(f, engine.OutcomeSuccess) {
		return ""
	}
	if code := x.holds(f); code != "" {
		return code
	}
	x.endAttempt(attemptSucceeded, "")
	x.end(engine.OutcomeSuccess)
	x.LeaseExpired, x.LeaseRevoked = false, false
	x.Result = result
	return ""
}

func (x *modelExecution) endedBy(f engine.LeaseFence, outcome engine.TerminalOutcome) bool {
	return x.terminal() && x.State.Outcome == outcome && x.Epoch == f.LeaseEpoch && x.AttemptID == f.AttemptID
}

// fail is T11 and T12; again tells whether there is another attempt.
func (x *modelExecution) fail(f engine.LeaseFence, reason string, backoff time.Duration) (again bool, code engine.Code) {
	if x.endedBy(f, engine.OutcomeFailed) {
		return false, ""
	}
	if x.runnable() && x.AttemptID == "" && x.Epoch == f.LeaseEpoch {
		return true, ""
	}
	if code := x.holds(f); code != "" {
		return false, code
	}
	x.endAttempt(attemptFailed, reason)
	x.FailureReason = reason
	if x.Retries >= x.maxRetries {
		x.end(engine.OutcomeFailed)
		return false, ""
	}
	x.Retries++
	x.release()
	x.AttemptID = ""
	x.delay(time.Now().Add(backoff), engine.WaitingForRetryBackoff, engine.AttemptPendingRetry)
	return true, ""
}

// handBack is T13.
func (x *modelExecution) handBack(f engine.LeaseFence, until time.Time) engine.Code {
	if code := x.holds(f); code != "" {
		return code
	}
	x.Attempts[x.AttemptIndex].State = attemptSuspended
	x.release()
	x.delay(until, engine.WaitingForDelay, engine.AttemptInterrupted)
	return ""
}

// waitChildren is T14.
func (x *modelExecution) waitChildren(f engine.LeaseFence) engine.Code {
	if code := x.holds(f); code != "" {
		return code
	}
	x.Attempts[x.AttemptIndex].State = attemptSuspended
	x.release()
	x.State = blockedVector(engine.BlockedByDependencies, engine.WaitingForChildren, engine.AttemptInterrupted, engine.StateWaitingChildren)
	return ""
}

// holderCancels is ff_cancel_execution by the holder of a lease. While nobody holds one, who had the last may still cancel.
func (x *modelExecution) holderCancels(f engine.LeaseFence, reason string) engine.Code {
	switch {
	case x.endedBy(f, engine.OutcomeCancelled):
		return ""
	case x.terminal():
		return engine.CodeExecutionNotActive
	case x.active() && x.State.Ownership == engine.OwnerRevoked:
		return engine.CodeLeaseRevoked
	case x.Epoch != f.LeaseEpoch, x.active() && x.LeaseID != f.LeaseID:
		return engine.CodeStaleLease
	}
	x.cancelled(reason, "worker")
	return ""
}

// operatorCancels returns the phase that the execution was in.
func (x *modelExecution) operatorCancels(reason string) (engine.LifecyclePhase, engine.Code) {
	switch {
	case !x.Exists:
		return "", engine.CodeExecutionNotFound
	case x.terminal():
		return "", engine.CodeExecutionNotActive
	}
	before := x.State.Phase
	x.cancelled(reason, string(engine.CancelByOperator))
	return before, ""
}

// cancelled is T26.
func (x *modelExecution) cancelled(reason, by string) {
	if !x.runnable() || x.State.Attempt == engine.AttemptInterrupted { // a paused attempt ends, too
		x.endAttempt(attemptCancelled, "cancelled: "+reason)
	}
	if x.suspended() {
		x.suspension.closeAll("cancelled")
		x.Tokens = nil
	}
	x.CancellationReason, x.CancelledBy = reason, by
	x.grantee = ""
	x.end(engine.OutcomeCancelled)
}

// expired is T27; what is over already leaves the indexes of its clocks.
func (x *modelExecution) expired(reason string) {
	if !x.Exists || x.terminal() {
		x.armed, x.deadline = false, false
		return
	}
	if !x.runnable() || x.State.Attempt == engine.AttemptInterrupted {
		x.endAttempt(attemptFailed, reason)
	}
	if x.suspended() {
		x.suspension.closeAll("expired:" + reason)
		x.Tokens = nil
	}
	x.FailureReason, x.grantee = reason, ""
	x.end(engine.OutcomeExpired)
}

// revoke is T7; taken is false when there was nothing to take.
func (x *modelExecution) revoke(expected engine.LeaseID) (taken bool, code engine.Code) {
	switch {
	case !x.Exists:
		return false, engine.CodeExecutionNotFound
	case x.terminal():
		return false, engine.CodeExecutionNotActive
	case !x.active() || x.State.Ownership != engine.OwnerLeased:
		return false, ""
	case expected != "" && expected != x.LeaseID:
		return false, engine.CodeStaleLease
	}
	x.State.Ownership = engine.OwnerRevoked
	x.State.Blocking = engine.WaitingForWorker
	x.State.Attempt = engine.AttemptInterrupted
	x.LeaseRevoked = true
	return true, ""
}

// lapse marks a lease that is over, when it is.
func (x *modelExecution) lapse() {
	if x.active() && x.over {
		x.markExpired()
	}
}

// grantReclaim is ff_issue_reclaim_grant; why is the reason of an answer that is no error (spec 03d §5.7).
func (x *modelExecution) grantReclaim(worker engine.WorkerID, capabilities []string) (why string, code engine.Code) {
	switch {
	case !x.Exists:
		return "", engine.CodeExecutionNotFound
	case !x.reclaimable():
		return "execution_not_reclaimable", ""
	case x.grantee != "":
		return "", engine.CodeGrantAlreadyExists
	case !x.covered(capabilities):
		return "capability_mismatch: gpu", ""
	}
	x.grantee = worker
	return "", ""
}

// modelReclaim is what became of a wish to reclaim.
type modelReclaim int

const (
	reclaimNone modelReclaim = iota
	reclaimDone
	reclaimNotReclaimable
	reclaimCapped
	reclaimNoGrant
)

// reclaim is T8, up to the lease itself, and T9.
func (x *modelExecution) reclaim(worker engine.WorkerID) (modelReclaim, engine.Code) {
	switch {
	case !x.Exists:
		return reclaimNone, engine.CodeExecutionNotFound
	case !x.reclaimable():
		return reclaimNotReclaimable, ""
	case x.Reclaims >= x.maxReclaims:
		x.FailureReason = "max_reclaims_exceeded"
		x.endAttempt(attemptFailed, x.FailureReason)
		x.grantee = ""
		x.end(engine.OutcomeFailed)
		return reclaimCapped, ""
	case x.grantee != worker:
		return reclaimNoGrant, ""
	}
	x.endAttempt(attemptReclaimed, "lease_"+string(x.State.Ownership))
	x.Attempts = append(x.Attempts, AttemptPicture{Type: engine.AttemptTypeReclaim, State: attemptStarted})
	x.AttemptIndex = x.TotalAttempts
	x.TotalAttempts++
	x.Reclaims++
	return reclaimDone, ""
}
