package valkey

import "ffboard/engine"

// situation is what an execution of a Fill is in the middle of.
type situation int

const (
	inLine situation = iota
	forLater
	betweenTries
	behindOthers
	overBudget
	overQuota
	withoutWorker
	atWork
	asleep
	wellDone
	gaveUp
	calledOff
	ranOut
	passedOver
)

// standing is the state vector of a situation and the index that it belongs into (spec 01 §4.6, §4.7).
type standing struct {
	phase       engine.LifecyclePhase
	ownership   engine.OwnershipState
	eligibility engine.EligibilityState
	blocking    engine.BlockingReason
	outcome     engine.TerminalOutcome
	attempt     string
	public      engine.PublicState
	index       engine.LaneIndex
}

var standings = [...]standing{
	inLine: {"runnable", "unowned", "eligible_now", "waiting_for_worker", "none", "pending_first_attempt", "waiting",
		engine.IndexEligible},
	forLater: {"runnable", "unowned", "not_eligible_until_time", "waiting_for_delay", "none", "pending_first_attempt", "delayed",
		engine.IndexDelayed},
	betweenTries: {"runnable", "unowned", "not_eligible_until_time", "waiting_for_retry_backoff", "none", "pending_retry_attempt",
		"delayed", engine.IndexDelayed},
	behindOthers: {"runnable", "unowned", "blocked_by_dependencies", "waiting_for_children", "none", "pending_first_attempt",
		"waiting_children", engine.IndexBlockedDependencies},
	overBudget: {"runnable", "unowned", "blocked_by_budget", "waiting_for_budget", "none", "pending_first_attempt", "rate_limited",
		engine.IndexBlockedBudget},
	overQuota: {"runnable", "unowned", "blocked_by_quota", "waiting_for_quota", "none", "pending_first_attempt", "rate_limited",
		engine.IndexBlockedQuota},
	withoutWorker: {"runnable", "unowned", "blocked_by_route", "waiting_for_capable_worker", "none", "pending_first_attempt",
		"rate_limited", engine.IndexBlockedRoute},
	atWork: {"active", "leased", "not_applicable", "none", "none", "running_attempt", "active", engine.IndexActive},
	asleep: {"suspended", "unowned", "not_applicable", "waiting_for_signal", "none", "attempt_interrupted", "suspended",
		engine.IndexSuspended},
	wellDone:   {"terminal", "unowned", "not_applicable", "none", "success", "attempt_terminal", "completed", engine.IndexTerminal},
	gaveUp:     {"terminal", "unowned", "not_applicable", "none", "failed", "attempt_terminal", "failed", engine.IndexTerminal},
	calledOff:  {"terminal", "unowned", "not_applicable", "none", "cancelled", "pending_first_attempt", "cancelled", engine.IndexTerminal},
	ranOut:     {"terminal", "unowned", "not_applicable", "none", "expired", "pending_first_attempt", "expired", engine.IndexTerminal},
	passedOver: {"terminal", "unowned", "not_applicable", "none", "skipped", "none", "skipped", engine.IndexTerminal},
}

func (s situation) over() bool { return s >= wellDone }

// tried tells whether an attempt was made. What is called off or runs out here never began.
func (s situation) tried() bool {
	return s == betweenTries || s == atWork || s == asleep || s == wellDone || s == gaveUp
}

// chances weigh situations against each other.
type chances []struct {
	of     int
	become situation
}

var (
	// unfinished is a member of a flow that is under way; what waits for others comes of the flow's edges.
	unfinished = chances{{22, inLine}, {10, forLater}, {6, betweenTries}, {2, overBudget}, {1, overQuota}, {2, withoutWorker},
		{25, atWork}, {32, asleep}}
	underway = append(chances{{90, wellDone}, {8, gaveUp}, {2, calledOff}, {1, ranOut}}, unfinished...)
	finished = chances{{930, wellDone}, {45, gaveUp}, {15, calledOff}, {10, ranOut}}
	alone    = append(chances{{1500, wellDone}, {60, gaveUp}, {20, calledOff}, {20, ranOut}}, unfinished...)
)

func (w *fillWriter) situation(among chances) situation {
	sum := 0
	for _, c := range among {
		sum += c.of
	}
	n := w.rng.IntN(sum)
	for _, c := range among {
		if n -= c.of; n < 0 {
			return c.become
		}
	}
	return wellDone
}
