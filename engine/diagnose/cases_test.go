package diagnose

import (
	"os"
	"regexp"
	"testing"
	"time"

	"ffboard/engine"
)

// with is a case's changes; each is a change or a list of them.
func with(changes ...any) []change {
	var all []change
	for _, c := range changes {
		switch c := c.(type) {
		case func(*engine.ExecutionFacts, *engine.Execution):
			all = append(all, c)
		case change:
			all = append(all, c)
		case []change:
			all = append(all, c...)
		}
	}
	return all
}

type (
	facts     = engine.ExecutionFacts
	execution = engine.Execution
)

func executionCases() []diagnosisCase {
	var all []diagnosisCase
	for _, some := range [][]diagnosisCase{absentCases(), endedCases(), activeCases(), suspendedCases(), queuedCases(), delayedCases(),
		dependencyCases(), admissionCases(), besideCases()} {
		all = append(all, some...)
	}
	return all
}

func absentCases() []diagnosisCase {
	return []diagnosisCase{
		{name: "purged or never created", changes: with(func(f *facts, x *execution) { f.Execution = nil }), code: CodeNoRecord, standing: Over, says: "purged"},
		{name: "an id of a partition that there is not (Q-002)", changes: with(func(f *facts, x *execution) { f.Execution, f.Outside = nil, true }),
			code: CodeOutside, standing: Stuck, says: "no partition 24"},
		{name: "a phase nobody knows", changes: with(func(f *facts, x *execution) { x.State.Phase = "paused" }), code: CodeMalformed, standing: Stuck, says: "paused"},
		{name: "a malformed field", changes: with(func(f *facts, x *execution) {
			x.Malformed = []engine.FieldError{{Field: "priority", Value: "high", Problem: "not a number"}}
		}), code: CodeMalformed, standing: Note, says: "priority not a number", evidence: "(high)"},
		{name: "parts that contradict", changes: with(func(f *facts, x *execution) { x.State.Public = engine.StateActive }),
			code: CodeContrary, standing: Note, says: "stored as active, but its parts mean waiting"},
	}
}

func endedCases() []diagnosisCase {
	return []diagnosisCase{
		{name: "completed", changes: with(over(engine.OutcomeSuccess)), code: CodeCompleted, standing: Over, says: "completed 4m ago, 2 attempts", remedy: engine.RemedyReplay},
		{name: "failed", changes: with(over(engine.OutcomeFailed), func(f *facts, x *execution) { x.FailureReason, x.RetryCount = "answered 502", 3 }),
			code: CodeFailed, standing: Over, says: "failed 4m ago: answered 502", evidence: "3/3 used up"},
		{name: "failed without a retry policy", changes: with(over(engine.OutcomeFailed), func(f *facts, x *execution) { f.Policy.MaxRetries = 0 }),
			code: CodeFailed, standing: Over, says: "failed", evidence: "its policy allows none"},
		{name: "reclaims used up (Q-020, Q-034)", changes: with(over(engine.OutcomeFailed), func(f *facts, x *execution) { x.FailureReason, x.ReclaimCount = reclaimsUsedUp, 100 }),
			code: CodeReclaimsUsedUp, standing: Over, says: "reclaims 100/100"},
		{name: "expired", changes: with(over(engine.OutcomeExpired), func(f *facts, x *execution) { x.FailureReason = "execution_deadline" }),
			code: CodeExpired, standing: Over, says: "its time ran out 4m ago: execution_deadline"},
		{name: "cancelled", changes: with(over(engine.OutcomeCancelled), func(f *facts, x *execution) {
			x.CancelledBy, x.CancellationReason = "operator", "no longer wanted"
		}), code: CodeCancelled, standing: Over, says: "cancelled 4m ago by operator: no longer wanted"},
		{name: "cancelled by nobody (Q-026)", changes: with(over(engine.OutcomeCancelled), func(f *facts, x *execution) { x.CancelledBy = string(id) }),
			code: CodeCancelled, standing: Over, says: "cancelled 4m ago"},
		{name: "skipped, with what failed above it", changes: with(over(engine.OutcomeSkipped), func(f *facts, x *execution) {
			failed := upstream(engine.StateFailed, before(5*time.Minute))
			failed.State, failed.Execution.Outcome, failed.Execution.FailureReason = engine.EdgeImpossible, engine.OutcomeFailed, "disk full"
			f.Dependencies = &engine.DependencyFacts{Upstreams: []engine.UpstreamFacts{failed}}
		}), code: CodeSkipped, standing: Over, says: "skipped 4m ago", evidence: "load 11111111 failed 5m ago: disk full"},
		{name: "a replay that FlowFabric never moves (Q-094)", changes: with(over(engine.OutcomeSkipped), func(f *facts, x *execution) {
			f.Dependencies = &engine.DependencyFacts{Group: &engine.EdgeGroup{Policy: anyOf, State: engine.GroupImpossible}}
		}), code: CodeReplayNeverMoves, standing: Note, says: "never moves"},
		{name: "without an outcome", changes: with(over(engine.OutcomeNone)), code: CodeEndedUnknown, standing: Over, says: "without an outcome"},
		{name: "replays used up (Q-020)", changes: with(over(engine.OutcomeSuccess), func(f *facts, x *execution) { x.ReplayCount = 10 }),
			code: CodeReplaysUsedUp, standing: Note, says: "replays 10/10"},
	}
}

func activeCases() []diagnosisCase {
	lease := func(change func(l *engine.LeaseSummary)) any {
		return func(f *facts, x *execution) { change(x.Lease) }
	}
	return []diagnosisCase{
		{name: "running", changes: with(running), code: CodeRunning, standing: Fine, says: "running on w1-2, lease renewed 2s ago", evidence: "w1-2, alive",
			next: "its lease runs out, unless w1-2 goes on", remedy: engine.RemedyRevoke},
		{name: "just begun", changes: with(running, lease(func(l *engine.LeaseSummary) { l.RenewedAt = l.AcquiredAt })),
			code: CodeRunning, standing: Fine, says: "running on w1-2, lease taken 1m ago"},
		{name: "with progress", changes: with(running, func(f *facts, x *execution) {
			x.ProgressPercent, x.ProgressMessage, x.ProgressUpdatedAt = 40, "embedding", before(3*time.Second)
		}), code: CodeRunning, standing: Fine, evidence: "40% embedding 3s ago"},
		{name: "a silent worker (Q-150)", changes: with(running, func(f *facts, x *execution) { f.Holder.Alive = false }), code: CodeRunning, standing: Fine, evidence: "silent"},
		{name: "an unregistered worker (Q-150)", changes: with(running, func(f *facts, x *execution) { f.Holder.Alive, f.Holder.Known = false, false }),
			code: CodeRunning, standing: Fine, evidence: "not in the registry"},
		{name: "late to renew", changes: with(running, lease(func(l *engine.LeaseSummary) { l.RenewalDeadline = before(3 * time.Second) })),
			code: CodeRenewalLate, standing: Late, says: "w1-2 should have renewed its lease 3s ago"},
		{name: "a lease that nobody has marked: scanner lag", changes: with(running, lease(func(l *engine.LeaseSummary) { l.ExpiresAt = before(40 * time.Second) })),
			code: CodeLeaseUnmarked, standing: Late, says: "ran out 40s ago and nothing has marked it", remedy: engine.RemedyStartEngine},
		{name: "a lease that has just run out", changes: with(running, lease(func(l *engine.LeaseSummary) { l.ExpiresAt = before(time.Second) })),
			code: CodeLeaseUnmarked, standing: Late, says: "just run out"},
		{name: "an expired lease (Q-032)", changes: with(running, func(f *facts, x *execution) {
			x.State.Ownership, x.LeaseExpiredAt = engine.OwnerExpired, before(5*time.Minute)
		}), code: CodeLeaseExpired, standing: Stuck, says: "the lease of w1-2 ran out 5m ago: only a reclaim, a cancel or a deadline moves it",
			evidence: "w1-2", remedy: engine.RemedyReclaim},
		{name: "at the reclaim cap (Q-020)", changes: with(running, func(f *facts, x *execution) { x.State.Ownership, x.ReclaimCount = engine.OwnerExpired, 100 }),
			code: CodeLeaseExpired, standing: Stuck, evidence: "100/100 used up: the next one fails it"},
		{name: "a reclaim that is promised", changes: with(running, func(f *facts, x *execution) {
			x.State.Ownership = engine.OwnerExpired
			f.Grant = &engine.GrantFacts{Instance: "w7", ExpiresAt: after(4 * time.Second)}
		}), code: CodeLeaseExpired, standing: Stuck, evidence: "promised to w7, in 4s it lapses"},
		{name: "a revoked lease (Q-032, Q-033)", changes: with(running, func(f *facts, x *execution) {
			x.State.Ownership, x.LeaseRevokedAt, x.LeaseRevokeReason = engine.OwnerRevoked, before(5*time.Minute), "stuck"
		}), code: CodeLeaseRevoked, standing: Stuck, says: "the lease was taken from w1-2 5m ago (stuck)", remedy: engine.RemedyCancel},
		{name: "no holder", changes: with(running, func(f *facts, x *execution) { x.Lease = nil }), code: CodeNoHolder, standing: Stuck, says: "no record says who"},
		{name: "a revocation of an earlier lease (Q-031)", changes: with(running, func(f *facts, x *execution) { x.LeaseRevokedAt = before(time.Hour) }),
			code: CodeOldRevocation, standing: Note, says: "no renewal succeeds"},
		{name: "an attempt timeout to come", changes: with(running, func(f *facts, x *execution) { f.AttemptTimeoutAt = after(time.Minute) }),
			code: CodeRunning, standing: Fine, next: "in 1m   its attempt timeout expires it"},
		{name: "an attempt timeout overdue", changes: with(running, func(f *facts, x *execution) { f.AttemptTimeoutAt = before(time.Minute) }),
			code: CodeAttemptOverdue, standing: Late, says: "attempt timeout passed 1m ago"},
		{name: "a deadline overdue", changes: with(running, func(f *facts, x *execution) { f.DeadlineAt = before(time.Hour) }),
			code: CodeDeadlineOverdue, standing: Late, says: "its deadline passed 1h ago and nothing has expired it"},
	}
}

func suspendedCases() []diagnosisCase {
	wait := func(change func(s *engine.Suspension)) any {
		return func(f *facts, x *execution) { change(f.Suspension) }
	}
	return []diagnosisCase{
		{name: "waits for a signal", changes: with(suspended), code: CodeWaitsSignal, standing: Waits,
			says: "waits for approved or rejected: 0 of 1 came; in 45m: fail", evidence: "wpk:a, active", next: "in 45m  its time is up: it fails", remedy: engine.RemedySignal},
		{name: "waits for ever", changes: with(suspended, wait(func(s *engine.Suspension) { s.TimeoutAt = time.Time{} })),
			code: CodeWaitsSignal, standing: Waits, says: "without a timeout", next: "nothing: it has no timeout"},
		{name: "some of it came", changes: with(suspended, wait(func(s *engine.Suspension) {
			s.Condition.Mode, s.Waitpoints[0].MatchMode, s.Waitpoints[0].Matchers[0].Satisfied = "all", "all", true
		})), code: CodeWaitsSignal, standing: Waits, says: "1 of 2 came", evidence: "approved has come"},
		{name: "all of it came", changes: with(suspended, wait(func(s *engine.Suspension) {
			s.Waitpoints[0].Matchers[0].Satisfied, s.LastSignalAt = true, before(time.Minute)
		})), code: CodeSatisfied, standing: Late, says: "yet it is suspended"},
		{name: "a composite condition", changes: with(suspended, wait(func(s *engine.Suspension) {
			s.Condition = engine.AllOf(engine.Single("wpk:a", engine.ByName("go")), engine.Count(2, engine.DistinctSources, engine.ByName("approve"), "wpk:a"))
			s.Progress = engine.Evaluate(s.Condition, []string{"leaf:members[0]", "src:user:ann"})
		})), code: CodeWaitsSignal, standing: Waits, says: "waits for go and 2 sources of approve: 1 of 2 came", evidence: "2 sources of approve: 1 of 2"},
		{name: "its timeout overdue", changes: with(suspended, wait(func(s *engine.Suspension) { s.TimeoutAt = before(time.Minute) })),
			code: CodeTimeoutOverdue, standing: Late, says: "its time was up 1m ago and nothing has acted on it"},
		{name: "its timeout in no index", changes: with(suspended, func(f *facts, x *execution) { f.TimeoutUnindexed = true }),
			code: CodeTimeoutLost, standing: Stuck, says: "will not come"},
		{name: "escalated", changes: with(suspended, func(f *facts, x *execution) {
			x.State.Blocking = engine.PausedByOperator
			f.Suspension.TimeoutAt, f.Suspension.TimeoutBehavior, f.Suspension.Reason = time.Time{}, "", "waiting_for_operator_review"
		}), code: CodeEscalated, standing: Stuck, says: "waits for an operator, for ever", remedy: engine.RemedyResume},
		{name: "for an operator only", changes: with(suspended, wait(func(s *engine.Suspension) { s.Condition, s.TimeoutAt = engine.OperatorOnly(), time.Time{} })),
			code: CodeWaitsOperator, standing: Stuck, says: "waits for an operator for 5m: no signal ends it", remedy: engine.RemedyResume},
		{name: "for an operator, with a timeout", changes: with(suspended, wait(func(s *engine.Suspension) { s.Condition = engine.OperatorOnly() })),
			code: CodeWaitsOperator, standing: Waits, says: "in 45m: fail"},
		{name: "for the timeout only", changes: with(suspended, wait(func(s *engine.Suspension) { s.Condition = engine.TimeoutOnly() })),
			code: CodeWaitsTimeout, standing: Waits, says: "its timeout alone"},
		{name: "no record of the wait", changes: with(suspended, func(f *facts, x *execution) { f.Suspension = nil }),
			code: CodeNoSuspension, standing: Stuck, says: "no record says what it waits for"},
		{name: "the wait not looked at", changes: with(suspended, func(f *facts, x *execution) { f.Suspension, f.SuspensionChecked = nil, false }),
			code: CodeWaitsSignal, standing: Waits, says: "suspended for 1m"},
		{name: "a wait that is over", changes: with(suspended, wait(func(s *engine.Suspension) { s.ClosedAt, s.CloseReason = before(time.Minute), "resumed" })),
			code: CodeWaitOver, standing: Stuck, says: "its wait is over (resumed)"},
		{name: "nesting that FlowFabric never finds satisfied (Q-054)", changes: with(suspended, wait(func(s *engine.Suspension) {
			s.Condition = engine.AllOf(engine.AllOf(engine.Count(1, engine.DistinctSignals, engine.AnySignal(), "wpk:a")))
		})), code: CodeNoSignalHelps, standing: Stuck, says: "only an operator or the timeout"},
		{name: "a condition that cannot be read (Q-057)", changes: with(suspended, wait(func(s *engine.Suspension) { s.Condition = engine.ResumeCondition{} })),
			code: CodeNoSignalHelps, standing: Waits, says: "cannot be read"},
		{name: "a gate that opens early (Q-055)", changes: with(suspended, wait(func(s *engine.Suspension) {
			s.Condition = engine.AllOf(engine.Count(1, engine.DistinctSignals, engine.ByName("a"), "wpk:a"), engine.Count(1, engine.DistinctSignals, engine.ByName("b"), "wpk:a"))
		})), code: CodeOpensEarly, standing: Note, says: "opens early"},
		{name: "an old token (Q-049)", changes: with(suspended, wait(func(s *engine.Suspension) {
			s.Waitpoints = append(s.Waitpoints, engine.Waitpoint{Key: "wpk:old", State: "closed", ConditionOpen: true})
		})), code: CodeOldToken, standing: Note, says: "waitpoint wpk:old is closed, but an old token still resumes it"},
		{name: "a closed waitpoint", changes: with(suspended, wait(func(s *engine.Suspension) {
			s.Waitpoints[0].State, s.Waitpoints[0].CloseReason, s.Waitpoints[0].ConditionOpen = "closed", "never_committed", false
		})), code: CodeWaitpointClosed, standing: Stuck, says: "its waitpoint is closed (never_committed)"},
		{name: "a token that does not verify", changes: with(suspended, func(f *facts, x *execution) { f.TokenRefusedAt = before(time.Minute) }),
			code: CodeTokenRefused, standing: Note, says: "refused 1m ago"},
		{name: "missing from the index (Q-189)", changes: with(suspended, lost), code: CodeLost, standing: Note, says: "index suspended", remedy: engine.RemedyReindex},
	}
}

func queuedCases() []diagnosisCase {
	head := func(h engine.HeadFacts) any { return func(f *facts, x *execution) { f.Place.Head = &h } }
	return []diagnosisCase{
		{name: "in line", changes: with(), code: CodeQueued, standing: Waits, says: "in line for a worker for 1m, behind 12", evidence: "12 of 400 stand before it", remedy: engine.RemedyPriority},
		{name: "first in line", changes: with(func(f *facts, x *execution) { f.Place.Rank = 0 }), code: CodeQueued, standing: Waits, says: "first of its partition"},
		{name: "granted", changes: with(func(f *facts, x *execution) {
			f.Grant = &engine.GrantFacts{Worker: "w1", Instance: "w1-2", CreatedAt: before(time.Second), ExpiresAt: after(4 * time.Second)}
		}), code: CodeGranted, standing: Waits, says: "promised to w1-2 1s ago: it claims the execution, or the promise lapses in 4s"},
		{name: "lost from its index (Q-014, Q-189)", changes: with(lost), code: CodeLost, standing: Stuck, says: "nothing will ever find it", remedy: engine.RemedyReindex},
		{name: "no worker", changes: with(func(f *facts, x *execution) { f.Workers.List = nil }),
			code: CodeNoWorker, standing: Late, says: "no live worker is registered for lane default in namespace prod", remedy: engine.RemedyStartWorker},
		{name: "a dead worker only", changes: with(func(f *facts, x *execution) { f.Workers.List[0].Alive = false }), code: CodeNoWorker, standing: Late, says: "no live worker"},
		{name: "no worker yet", changes: with(func(f *facts, x *execution) { f.Workers.List = nil }, young), code: CodeNoWorker, standing: Note, says: "no live worker"},
		{name: "missing tokens", changes: with(requires([]string{"cuda", "gpu"}, worker("w1", here, "cuda"))),
			code: CodeMissingTokens, standing: Late, says: "no live worker has gpu", evidence: "w1 lacks gpu"},
		{name: "a worker that was refused", changes: with(func(f *facts, x *execution) { x.LastCapabilityMismatchAt = before(time.Minute) }),
			code: CodeWorkerRefused, standing: Note, says: "refused 1m ago"},
		{name: "behind a stray head (Q-125)", changes: with(head(engine.HeadFacts{ID: up, Missing: true})),
			code: CodeBehindHead, standing: Late, says: "its record is gone", evidence: "11111111"},
		{name: "behind a head that nobody can take (Q-125)", changes: with(head(engine.HeadFacts{ID: up, Requires: []string{"tpu"}})),
			code: CodeBehindHead, standing: Late, says: "no live worker has tpu"},
		{name: "behind a head that somebody takes", changes: with(head(engine.HeadFacts{ID: up})), code: CodeQueued, standing: Waits, says: "behind 12"},
		{name: "an interrupted attempt (Q-127)", changes: with(func(f *facts, x *execution) { x.State.Attempt = engine.AttemptInterrupted }),
			code: CodeQueued, standing: Waits, evidence: "direct claims skip such work"},
	}
}

func delayedCases() []diagnosisCase {
	return []diagnosisCase{
		{name: "delayed", changes: with(delayed(engine.WaitingForDelay, after(time.Hour))), code: CodeDelayed, standing: Waits, says: "delayed in 1h", next: "in 1h  it stands in line"},
		{name: "waits to retry", changes: with(delayed(engine.WaitingForRetryBackoff, after(time.Minute)), func(f *facts, x *execution) {
			x.RetryCount, x.BlockingDetail = 2, "retry backoff until 1 (attempt 1 failed: 502)"
		}), code: CodeRetryBackoff, standing: Waits, says: "waits to try again after a failure in 1m", evidence: "2/3"},
		{name: "a resume delay", changes: with(delayed(engine.WaitingForResumeDelay, after(time.Minute))), code: CodeResumeDelay, standing: Waits, says: "after its suspension in 1m"},
		{name: "due now", changes: with(delayed(engine.WaitingForDelay, before(time.Second))), code: CodeDelayed, standing: Waits, says: "due now"},
		{name: "overdue: no engine serves the lane (Q-188)", changes: with(delayed(engine.WaitingForDelay, before(time.Minute))),
			code: CodePromotionOverdue, standing: Late, says: "due 1m ago and nothing has promoted it", remedy: engine.RemedyPromote},
		{name: "a wedged resume (Q-048)", changes: with(delayed(engine.WaitingForResumeDelay, before(time.Minute)), func(f *facts, x *execution) { x.DelayUntil = time.Time{} }),
			code: CodeResumeWedged, standing: Stuck, says: "FlowFabric's promoter fails"},
		{name: "no time known", changes: with(delayed(engine.WaitingForDelay, time.Time{}), func(f *facts, x *execution) { f.Place = nil }), code: CodeDelayed, standing: Waits, says: "delayed"},
		{name: "lost", changes: with(delayed(engine.WaitingForDelay, after(time.Hour)), lost), code: CodeLost, standing: Stuck, says: "lost"},
		{name: "a lane that is registered nowhere (Q-188)", changes: with(delayed(engine.WaitingForDelay, after(time.Hour)), func(f *facts, x *execution) { f.LaneKnown = false }),
			code: CodeLaneUnserved, standing: Note, says: "registered nowhere"},
	}
}

func dependencyCases() []diagnosisCase {
	deps := func(change func(d *engine.DependencyFacts)) any {
		return func(f *facts, x *execution) { change(f.Dependencies) }
	}
	one := upstream(engine.StateActive, time.Time{})
	return []diagnosisCase{
		{name: "waits for an upstream", changes: with(waitsFor(allOf, one)), code: CodeWaitsUpstreams, standing: Waits, says: "waits for 1 upstream: 1 active",
			evidence: "load 11111111 active on w9", next: "skipped if one does not"},
		{name: "waits for more than are listed", changes: with(waitsFor(allOf, one), deps(func(d *engine.DependencyFacts) { d.Unresolved = 300 })),
			code: CodeWaitsUpstreams, standing: Waits, says: "300 upstreams: 1 active, 299 not looked at", evidence: "299 more"},
		{name: "any of", changes: with(waitsFor(anyOf, one)), code: CodeWaitsUpstreams, standing: Waits, evidence: "any one of 1 must succeed", next: "with the first that succeeds"},
		{name: "a missed completion", changes: with(waitsFor(allOf, upstream(engine.StateCompleted, before(2*time.Minute)))), code: CodeMissedCompletion, standing: Late,
			says: "load 11111111 ended 2m ago (completed), and its edge is not resolved", remedy: engine.RemedyResolve},
		{name: "an upstream that has just ended", changes: with(waitsFor(allOf, upstream(engine.StateCompleted, before(time.Second)))),
			code: CodeWaitsUpstreams, standing: Waits, says: "just ended"},
		{name: "a purged upstream (Q-101)", changes: with(waitsFor(allOf, purgedUpstream())), code: CodeUpstreamPurged, standing: Stuck,
			says: "an upstream was purged before the edge was resolved, outcome unknown: only cancelling it moves it", remedy: engine.RemedyCancel},
		{name: "a purged upstream among others of any_of", changes: with(waitsFor(anyOf, purgedUpstream(), one)), code: CodeUpstreamPurged, standing: Note, says: "purged"},
		{name: "waits for nothing (Q-096)", changes: with(waitsFor(allOf), deps(func(d *engine.DependencyFacts) { d.Group = nil })),
			code: CodeWaitsForNothing, standing: Stuck, says: "waits for nothing", remedy: engine.RemedyRelease},
		{name: "all edges resolved, yet blocked (Q-096)", changes: with(waitsFor(allOf, one), deps(func(d *engine.DependencyFacts) { d.Unresolved, d.Upstreams = 0, nil })),
			code: CodeEdgesResolved, standing: Late, says: "yet it is blocked", remedy: engine.RemedyRelease},
		{name: "all edges just resolved", changes: with(waitsFor(allOf, one), young, deps(func(d *engine.DependencyFacts) { d.Unresolved, d.Upstreams = 0, nil })),
			code: CodeEdgesResolved, standing: Waits, says: "about to be released"},
		{name: "group satisfied, yet blocked (Q-089)", changes: with(waitsFor(anyOf, one), deps(func(d *engine.DependencyFacts) { d.Group.State = engine.GroupSatisfied })),
			code: CodeGroupFired, standing: Stuck, says: "only cancelling it moves it, and that skips what follows"},
		{name: "impossible, yet not skipped", changes: with(waitsFor(allOf, one), deps(func(d *engine.DependencyFacts) { d.Group.State = engine.GroupImpossible })),
			code: CodeImpossible, standing: Late, says: "can no longer succeed"},
		{name: "a quorum beyond its edges (Q-090)", changes: with(waitsFor(engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 3}, one, upstream(engine.StateActive, time.Time{}))),
			code: CodeUnreachable, standing: Stuck, says: "needs 3 successes and has 2 edges"},
		{name: "edges not read", changes: with(waitsFor(allOf), func(f *facts, x *execution) { f.Dependencies = nil }), code: CodeWaitsUpstreams, standing: Waits, says: "waits for others"},
	}
}

func admissionCases() []diagnosisCase {
	policy := func(p engine.QuotaPolicy) engine.QuotaFacts {
		return engine.QuotaFacts{Policy: &p, FreeAt: after(12 * time.Second)}
	}
	operator := blocked(engine.BlockedByOperator, engine.PausedByOperator, engine.IndexBlockedOperator)
	return []diagnosisCase{
		{name: "an exhausted budget", changes: with(withBudget(120, after(3*time.Hour))), code: CodeBudgetExhausted, standing: Waits,
			says: "budget 6ba7b810 is exhausted (tokens 120 of 100); it resets in 3h", evidence: "tokens 120 of 100", next: "in 3h  the budget is reset", remedy: engine.RemedyResetBudget},
		{name: "a budget at its limit (Q-141)", changes: with(withBudget(100, after(3*time.Hour))), code: CodeBudgetExhausted, standing: Waits, says: "100 of 100"},
		{name: "a budget that never resets", changes: with(withBudget(120, time.Time{})), code: CodeBudgetForEver, standing: Stuck, says: "never reset by itself"},
		{name: "a reset overdue", changes: with(withBudget(120, before(5*time.Minute))), code: CodeResetOverdue, standing: Late, says: "was due 5m ago"},
		{name: "a budget with room", changes: with(withBudget(1, after(3*time.Hour))), code: CodeBudgetFreed, standing: Late, says: "nothing has lifted the block", remedy: engine.RemedyUnblock},
		{name: "a budget freed just now", changes: with(withBudget(1, after(3*time.Hour)), young), code: CodeBudgetFreed, standing: Waits, says: "within seconds"},
		{name: "an unknown budget (Q-135)", changes: with(func(f *facts, x *execution) { f.Budgets = []engine.BudgetFacts{{ID: "x", Unknown: true}} }),
			code: CodeBudgetUnknown, standing: Note, says: "budget x: unknown, no limit applies"},
		{name: "a budget in the policy only (Q-122)", changes: with(func(f *facts, x *execution) { f.Policy.BudgetIDs = []string{budgetID} }),
			code: CodeBudgetPolicyOnly, standing: Note, says: "budget in policy only: not enforced by FlowFabric's scheduler"},
		{name: "a budget that could not be read", changes: with(withBudget(1, time.Time{}), func(f *facts, x *execution) {
			f.Budgets, f.Unread = nil, []engine.Unread{{What: "budget", Problem: "no permission"}}
		}), code: CodeBudgetExhausted, standing: Waits, says: "held back by a budget", evidence: "no permission"},
		{name: "flapping (Q-118)", changes: with(withBudget(120, after(time.Hour)), young), code: CodeFlapping, standing: Note, says: "flapping: blocked 1s ago although it is 10m old"},
		{name: "a rate", changes: with(withQuota(policy(engine.QuotaPolicy{MaxPerWindow: 10, InWindow: 10, Window: time.Minute}))), code: CodeQuotaRate, standing: Waits,
			says: "10 of 10 admitted in 1m; a place is free in 12s", next: "in 12s  the oldest admission"},
		{name: "two windows (Q-118)", changes: with(withQuota(engine.QuotaFacts{Admitted: 10, Policy: &engine.QuotaPolicy{MaxPerWindow: 10, InWindow: 10, Window: time.Minute}})),
			code: CodeQuotaRate, standing: Waits, evidence: "10 where the scheduler counts, 0 where FlowFabric's scanner looks"},
		{name: "concurrency (Q-119)", changes: with(withQuota(policy(engine.QuotaPolicy{MaxConcurrent: 2, Active: 2}))), code: CodeQuotaConcurrency, standing: Waits, says: "all 2 slots"},
		{name: "a quota with room", changes: with(withQuota(policy(engine.QuotaPolicy{MaxConcurrent: 2}))), code: CodeQuotaFreed, standing: Late, says: "has room"},
		{name: "an unknown quota", changes: with(withQuota(engine.QuotaFacts{Unknown: true})), code: CodeQuotaUnknown, standing: Note, says: "no limit applies"},
		{name: "no quota named", changes: with(withQuota(engine.QuotaFacts{}), func(f *facts, x *execution) { f.Quota = nil }), code: CodeQuotaFreed, standing: Late, says: "names none"},
		{name: "no capable worker", changes: with(route([]string{"gpu"}, worker("w1", here))), code: CodeMissingTokens, standing: Stuck, says: "no live worker has gpu",
			evidence: "w1 lacks gpu", remedy: engine.RemedyStartWorker},
		{name: "tokens on different workers (Q-124)", changes: with(route([]string{"a", "b"}, worker("w1", here, "a"), worker("w2", here, "b"))),
			code: CodeTokensApart, standing: Stuck, says: "no single live worker has all of a, b"},
		{name: "a capable worker on another lane", changes: with(route([]string{"gpu"}, worker("w1", here), worker("w2", []engine.LaneID{"batch"}, "gpu"))),
			code: CodeServedElsewhere, standing: Stuck, says: "w2 has, but serves batch"},
		{name: "blocked although served (Q-123)", changes: with(route([]string{"gpu"}, worker("w1", here, "gpu"))),
			code: CodeBlockedYetServed, standing: Late, says: "blocked although served: w1", remedy: engine.RemedyUnblock},
		{name: "far back where the scanner does not look (Q-190)", changes: with(withBudget(1, time.Time{}), func(f *facts, x *execution) { f.Place.Rank = 150 }),
			code: CodeBudgetFreed, standing: Late, evidence: "150 before it: FlowFabric's scanner looks at the first 100 only"},
		{name: "no namespace (Q-192)", changes: with(withBudget(1, time.Time{}), func(f *facts, x *execution) { x.Namespace = "" }), code: CodeNoNamespace, standing: Note, says: "never lifts"},
		{name: "held by an operator (Q-132)", changes: with(operator), code: CodeOperatorBlock, standing: Stuck, says: "held by an operator for 1m: nothing frees it by itself", remedy: engine.RemedyUnblock},
		{name: "held by a policy (Q-132)", changes: with(blocked(engine.BlockedByLaneState, engine.PausedByPolicy, ""), func(f *facts, x *execution) { f.Place = nil }),
			code: CodeLaneBlock, standing: Stuck, says: "no unblock can", remedy: engine.RemedyCancel},
		{name: "an unknown wait", changes: with(func(f *facts, x *execution) { x.State.Eligibility = "someday" }), code: CodeUnknownWait, standing: Stuck, says: "someday"},
	}
}

func besideCases() []diagnosisCase {
	inFlow := func(s engine.FlowStanding) any {
		return func(f *facts, x *execution) { x.FlowID, f.Flow = flowID, &s }
	}
	cancelled := &engine.Flow{ID: flowID, State: engine.FlowCancelled, CancelledAt: before(3 * time.Minute), CancelPolicy: "cancel_all", CancelReason: "wrong input"}
	return []diagnosisCase{
		{name: "a cancelled flow (Q-116)", changes: with(running, inFlow(engine.FlowStanding{Flow: cancelled})), code: CodeFlowCancelled, standing: Note,
			says: "flow cancelled 3m ago, policy cancel_all: wrong input"},
		{name: "a cancel still owed", changes: with(running, inFlow(engine.FlowStanding{Flow: cancelled, CancelOwed: true, CancelFrom: before(2 * time.Minute)})),
			code: CodeCancelOwed, standing: Late, says: "nobody has carried it out", remedy: engine.RemedyCancel},
		{name: "a cancel to come", changes: with(func(f *facts, x *execution) { f.Place.Rank = 0 }, inFlow(engine.FlowStanding{Flow: cancelled, CancelOwed: true, CancelFrom: after(20 * time.Second)})),
			code: CodeCancelOwed, standing: Waits, says: "about to be cancelled", next: "in 20s  the engine's reconciler cancels it", also: true},
		{name: "a sibling cancel owed (Q-108)", changes: with(running, inFlow(engine.FlowStanding{Flow: &engine.Flow{ID: flowID}, Losses: []engine.LostRace{{Downstream: up, Reason: "sibling_quorum_satisfied", DecidedAt: before(time.Minute)}}})),
			code: CodeLoserOwed, standing: Late, says: "the group of 11111111 was decided without it 1m ago", remedy: engine.RemedyCancel},
		{name: "a flow that is gone", changes: with(running, inFlow(engine.FlowStanding{})), code: CodeFlowGone, standing: Note, says: "has no record"},
	}
}

// Every cause that the package names is made to happen by a case.
func TestEveryCauseHasACase(t *testing.T) {
	source, err := os.ReadFile("codes.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[Code]bool{}
	for _, c := range executionCases() {
		f := inLine()
		for _, change := range c.changes {
			change(f, f.Execution)
		}
		for _, cause := range Execution(f).Causes {
			seen[cause.Code] = true
		}
	}
	for _, c := range flowCases() {
		for _, cause := range Flow(c.facts()).Causes {
			seen[cause.Code] = true
		}
	}
	for _, m := range regexp.MustCompile(`= "(\w+)"`).FindAllSubmatch(source, -1) {
		if !seen[Code(m[1])] {
			t.Errorf("no case shows %s", m[1])
		}
	}
}
