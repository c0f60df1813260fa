package engine_test

import (
	"testing"

	"ffboard/engine"
)

func TestTheWiresWordsAreValidAndOthersAreNot(t *testing.T) {
	checkWords[engine.FailureClass](t, "transient", "permanent", "infra_crash", "timeout", "cancelled")
	checkWords[engine.CancelSource](t, "operator_override", "lease_holder", "flow_cascade", "system_timeout")
	checkWords[engine.FlowCancelPolicy](t, "flow_only", "cancel_all", "cancel_pending")
	checkWords[engine.FlowState](t, "open", "running", "blocked", "completed", "failed", "cancelled")
	checkWords[engine.EdgePolicyKind](t, "all_of", "any_of", "quorum")
	checkWords[engine.OnSatisfied](t, "cancel_remaining", "let_run")
	checkWords[engine.GroupState](t, "pending", "satisfied", "impossible", "cancelled")
	checkWords[engine.EdgeState](t, "unsatisfied", "satisfied", "impossible")
	checkWords[engine.DependencyOutcome](t, "satisfied", "impossible", "already_resolved", "pending", "already_fired")
	checkWords[engine.HandleKind](t, "Fresh", "Resumed", "Suspended", "Reclaimed")
	checkWords[engine.AttemptType](t, "initial", "retry", "reclaim", "replay", "fallback", "resumed")
	checkWords[engine.LifecyclePhase](t, "submitted", "runnable", "active", "suspended", "terminal")
	checkWords[engine.OwnershipState](t, "unowned", "leased", "lease_expired_reclaimable", "lease_revoked")
	checkWords[engine.EligibilityState](t, "eligible_now", "not_eligible_until_time", "blocked_by_dependencies", "blocked_by_budget",
		"blocked_by_quota", "blocked_by_route", "blocked_by_lane_state", "blocked_by_operator", "not_applicable")
	checkWords[engine.BlockingReason](t, "none", "waiting_for_worker", "waiting_for_retry_backoff", "waiting_for_resume_delay",
		"waiting_for_delay", "waiting_for_signal", "waiting_for_approval", "waiting_for_callback", "waiting_for_tool_result",
		"waiting_for_children", "waiting_for_budget", "waiting_for_quota", "waiting_for_capable_worker", "waiting_for_locality_match",
		"paused_by_operator", "paused_by_policy", "paused_by_flow_cancel")
	checkWords[engine.TerminalOutcome](t, "none", "success", "failed", "cancelled", "expired", "skipped")
	checkWords[engine.AttemptState](t, "none", "pending_first_attempt", "running_attempt", "attempt_interrupted",
		"pending_retry_attempt", "pending_replay_attempt", "attempt_terminal")
	checkWords[engine.PublicState](t, "waiting", "delayed", "rate_limited", "waiting_children", "active", "suspended", "resumable",
		"completed", "failed", "cancelled", "expired", "skipped")
}

func checkWords[T interface {
	~string
	Valid() bool
}](t *testing.T, words ...T) {
	t.Helper()
	for _, word := range words {
		if !word.Valid() {
			t.Errorf("%T %q is not valid", word, word)
		}
	}
	for _, odd := range []T{"", "odd", words[0] + " "} {
		if odd.Valid() {
			t.Errorf("%T %q is valid", odd, odd)
		}
	}
}

func TestAFlowIsOverWhenItsStateSaysSo(t *testing.T) {
	for state, want := range map[engine.FlowState]bool{"open": false, "running": false, "completed": true, "failed": true, "cancelled": true, "odd": false} {
		if state.Terminal() != want {
			t.Errorf("%s: terminal %t", state, state.Terminal())
		}
	}
}
