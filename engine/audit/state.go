package audit

import (
	"slices"

	"ffboard/engine"
)

// rule is what the other dimensions may be, given one (spec 01 §4.6).
type rule struct {
	ownership, eligibility, blocking, outcome, attempt []string
}

var notRunning = []string{"pending_first_attempt", "attempt_interrupted", "pending_retry_attempt", "pending_replay_attempt"}

// byPhase are the rules of the phases but runnable, which has those of its eligibility besides.
var byPhase = map[engine.LifecyclePhase]rule{
	engine.PhaseRunnable: {
		ownership: []string{"unowned"}, outcome: []string{"none"}, attempt: append([]string{"none", ""}, notRunning...),
	},
	engine.PhaseActive: {
		ownership:   []string{"leased", "lease_expired_reclaimable", "lease_revoked"},
		eligibility: []string{"not_applicable"}, outcome: []string{"none"},
	},
	engine.PhaseSuspended: {
		ownership: []string{"unowned"}, eligibility: []string{"not_applicable"}, outcome: []string{"none"},
		attempt: []string{"attempt_interrupted"},
		blocking: []string{
			"waiting_for_signal", "waiting_for_approval", "waiting_for_callback", "waiting_for_tool_result", "paused_by_operator",
			"paused_by_policy", "waiting_for_budget",
		},
	},
	engine.PhaseTerminal: {
		ownership: []string{"unowned"}, eligibility: []string{"not_applicable"}, blocking: []string{"none"},
		outcome: []string{"success", "failed", "cancelled", "expired", "skipped"},
		attempt: []string{"attempt_terminal", "none", "", "pending_first_attempt", "pending_retry_attempt", "pending_replay_attempt"},
	},
}

// byOwnership are the rules of an active execution's lease.
var byOwnership = map[engine.OwnershipState]rule{
	engine.OwnerLeased:  {blocking: []string{"none"}, attempt: []string{"running_attempt"}},
	engine.OwnerExpired: {blocking: []string{"waiting_for_worker"}, attempt: []string{"attempt_interrupted"}},
	engine.OwnerRevoked: {blocking: []string{"waiting_for_worker"}, attempt: []string{"attempt_interrupted"}},
}

// byEligibility are the rules of a runnable execution's queue.
var byEligibility = map[engine.EligibilityState]rule{
	engine.EligibleNow:           {blocking: []string{"waiting_for_worker"}},
	engine.EligibleLater:         {blocking: []string{"waiting_for_delay", "waiting_for_retry_backoff", "waiting_for_resume_delay"}},
	engine.BlockedByDependencies: {blocking: []string{"waiting_for_children"}},
	engine.BlockedByBudget:       {blocking: []string{"waiting_for_budget"}},
	engine.BlockedByQuota:        {blocking: []string{"waiting_for_quota"}},
	engine.BlockedByRoute:        {blocking: []string{"waiting_for_capable_worker"}},
	engine.BlockedByOperator:     {blocking: []string{"paused_by_operator"}},
	engine.BlockedByLaneState:    {blocking: []string{"paused_by_policy"}},
}

// stateFields are the seven dimensions by their field names.
var stateFields = []string{
	"lifecycle_phase", "ownership_state", "eligibility_state", "blocking_reason", "terminal_outcome", "attempt_state", "public_state",
}

// judgeState holds the seven stored words against each other.
func (f *findings) judgeState(core Hash) {
	v := engine.StateVector{
		Phase:       engine.LifecyclePhase(core.get("lifecycle_phase")),
		Ownership:   engine.OwnershipState(core.get("ownership_state")),
		Eligibility: engine.EligibilityState(core.get("eligibility_state")),
		Outcome:     engine.TerminalOutcome(core.get("terminal_outcome")),
		Public:      engine.PublicState(core.get("public_state")),
	}
	phase, known := byPhase[v.Phase]
	if !known {
		f.add(FieldInvalid, keys(core.Key), "lifecycle_phase is %s, which no function writes", word(string(v.Phase)))
		return
	}
	f.hold(core, phase, "lifecycle_phase")
	switch v.Phase {
	case engine.PhaseActive:
		f.hold(core, byOwnership[v.Ownership], "ownership_state")
	case engine.PhaseRunnable:
		queue, known := byEligibility[v.Eligibility]
		if !known {
			f.add(StateConflict, keys(core.Key), "lifecycle_phase is \"runnable\" and eligibility_state %s", word(string(v.Eligibility)))
		}
		f.hold(core, queue, "eligibility_state")
	}
	f.judgePublic(core, v)
}

// hold adds a finding for each dimension that a rule does not allow.
func (f *findings) hold(core Hash, r rule, because string) {
	for _, d := range []struct {
		field   string
		allowed []string
	}{
		{"ownership_state", r.ownership},
		{"eligibility_state", r.eligibility},
		{"blocking_reason", r.blocking},
		{"terminal_outcome", r.outcome},
		{"attempt_state", r.attempt},
	} {
		if d.allowed != nil && !slices.Contains(d.allowed, core.get(d.field)) {
			f.add(StateConflict, keys(core.Key), "%s is %s and %s %s", because, word(core.get(because)), d.field, word(core.get(d.field)))
		}
	}
}

// judgePublic compares the stored word with what the dimensions mean. Every admission block is stored as rate_limited.
func (f *findings) judgePublic(core Hash, v engine.StateVector) {
	want := engine.DerivePublicState(v)
	blocked := v.Phase == engine.PhaseRunnable && (v.Eligibility == engine.BlockedByRoute || v.Eligibility == engine.BlockedByOperator ||
		v.Eligibility == engine.BlockedByLaneState)
	if v.Public == want || blocked && v.Public == engine.StateRateLimited {
		return
	}
	f.add(StateConflict, keys(core.Key), "public_state is %s, the other fields mean %q", word(string(v.Public)), string(want))
}
