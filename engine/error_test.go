package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// wireCodes are the codes of spec 04b §3 and §3.1 but the one that carries an id, by class and advice. Where the spec's tables
// disagree it is what quirks decide.
var wireCodes = []struct {
	class  engine.Class
	advice engine.Advice
	codes  []string
}{
	{engine.Class("state"), engine.Advice("terminal"), []string{
		"stale_lease", "lease_expired", "lease_revoked", "target_not_signalable", "resume_condition_not_met",
		"execution_not_terminal", "max_replays_exhausted", "stream_closed", "stale_owner_cannot_append",
		"execution_not_in_flow", "flow_already_terminal", "not_runnable", "terminal", "attempt_not_started",
		"execution_not_eligible_for_attempt", "replay_not_allowed", "max_retries_exhausted", "token_expired",
		"hmac_secret_not_initialized", "invalid_secret", "invariant_violation",
	}},
	{engine.Class("contention"), engine.Advice("retryable"), []string{
		"execution_not_active", "no_active_lease", "use_claim_resumed_execution", "not_a_resumed_execution",
		"execution_not_leaseable", "lease_conflict", "invalid_claim_grant", "claim_grant_expired", "no_eligible_execution",
		"waitpoint_not_found", "waitpoint_pending_use_buffer_script", "execution_not_eligible",
		"execution_not_in_eligible_set", "execution_not_reclaimable", "stale_graph_revision", "rate_limit_exceeded",
		"concurrency_limit_exceeded",
	}},
	{engine.Class("conflict"), engine.Advice("bug"), []string{
		"active_attempt_exists",
	}},
	{engine.Class("state"), engine.Advice("cooperative"), []string{
		"budget_exceeded",
	}},
	{engine.Class("state"), engine.Advice("informational"), []string{
		"budget_soft_exceeded", "execution_not_suspended", "already_suspended", "waitpoint_closed", "duplicate_signal",
		"waitpoint_not_pending", "pending_waitpoint_expired", "waitpoint_not_open", "grant_already_exists",
		"deps_not_satisfied", "not_blocked_by_deps", "ok_already_applied", "attempt_already_terminal",
		"stream_already_closed",
	}},
	{engine.Class("validation"), engine.Advice("terminal"), []string{
		"payload_too_large", "signal_limit_exceeded", "invalid_waitpoint_key", "invalid_token", "invalid_lease_for_suspend",
		"invalid_waitpoint_for_execution", "retention_limit_exceeded", "invalid_dependency", "invalid_blocking_reason",
		"invalid_frame_type", "invalid_offset", "unauthorized", "invalid_budget_scope", "budget_override_not_allowed",
		"invalid_quota_spec", "invalid_input", "invalid_capabilities", "invalid_policy_json", "waitpoint_not_token_bound",
		"invalid_kid", "invalid_secret_hex", "invalid_grace_ms", "invalid_tag_key", "fence_required", "partial_fence_triple",
		"missing_token", "invalid_keys_missing_hmac", "use_pending_with_extras_unsupported",
		"additional_waitpoint_binding_malformed", "invalid_args",
	}},
	{engine.Class("conflict"), engine.Advice("terminal"), []string{
		"waitpoint_already_exists", "execution_already_in_flow", "cycle_detected", "dependency_already_exists",
		"self_referencing_edge", "budget_attach_conflict", "quota_attach_conflict", "rotation_conflict",
	}},
	{engine.Class("not found"), engine.Advice("terminal"), []string{
		"flow_not_found", "attempt_not_found", "execution_not_found", "stream_not_found", "budget_not_found",
		"quota_policy_not_found",
	}},
	{engine.Class("bug"), engine.Advice("bug"), []string{
		"attempt_not_in_created_state",
	}},
	{engine.Class("validation"), engine.Advice("elsewhere"), []string{
		"capability_mismatch",
	}},
	{engine.Class("corruption"), engine.Advice("terminal"), []string{
		"corruption",
	}},
}

func TestEveryWireCodeHasOneClassAndOneAdvice(t *testing.T) {
	n := 0
	for _, group := range wireCodes {
		for _, code := range group.codes {
			n++
			err := engine.FromCode("some_operation", code, []string{"a", "b"})
			if !errors.Is(err, engine.Code(code)) || !errors.Is(err, group.class) {
				t.Errorf("%s is %s, want %s", code, err.Class, group.class)
			}
			if got := engine.Disposition(err); got != group.advice {
				t.Errorf("%s: %s, want %s", code, got, group.advice)
			}
			if engine.Retryable(err) != (group.advice == engine.AdviceRetry) {
				t.Errorf("%s: retryable %t", code, engine.Retryable(err))
			}
			if !slices.Equal(err.Details, []string{"a", "b"}) {
				t.Errorf("%s: lost details: %q", code, err.Details)
			}
			if engine.Transport("", nil).Class == err.Class {
				t.Errorf("%s: a reject looks like a lost connection", code)
			}
			sentence := engine.Explain(err)
			if !strings.HasSuffix(sentence, ".") || !strings.Contains(err.Error(), code) && group.class != engine.ClassNotFound {
				t.Errorf("%s: %q, %q", code, sentence, err)
			}
		}
	}
	if n != 101 {
		t.Errorf("%d codes", n)
	}
}

func TestExecutionNotActiveKeepsItsSlots(t *testing.T) {
	err := engine.FromCode("complete", "execution_not_active", []string{"success", "7", "terminal", "aaaa"})
	outcome, epoch, phase, attempt, ok := err.NotActive()
	if !ok || outcome != "success" || epoch != "7" || phase != "terminal" || attempt != "aaaa" {
		t.Fatalf("got %q %q %q %q %t", outcome, epoch, phase, attempt, ok)
	}
	if engine.Retryable(err) || !errors.Is(err, engine.CodeExecutionNotActive) || !errors.Is(err, engine.ClassState) {
		t.Errorf("an ended execution: %v is %s", err, engine.Disposition(err))
	}
	if want := `complete: execution_not_active: lifecycle_phase="terminal" terminal_outcome="success" lease_epoch="7" attempt_id="aaaa"`; err.Error() != want {
		t.Errorf("got %s", err)
	}
	waiting := engine.FromCode("complete", "execution_not_active", []string{"none", "7", "runnable", ""})
	if !engine.Retryable(waiting) || !errors.Is(waiting, engine.ClassContention) {
		t.Errorf("a waiting execution: %s", engine.Disposition(waiting))
	}
	if _, _, phase, _, ok := engine.FromCode("x", "execution_not_active", nil).NotActive(); !ok || phase != "" {
		t.Error("missing slots are not empty ones")
	}
	if _, _, _, _, ok := engine.NotFound("x", "execution", "").NotActive(); ok {
		t.Error("another error has the slots")
	}
}

func TestTheFlowOfAForeignMemberIsSplitOff(t *testing.T) {
	err := engine.FromCode("add_execution_to_flow", "already_member_of_different_flow:"+sampleUUID, nil)
	flow, ok := err.OtherFlow()
	if !errors.Is(err, engine.CodeExecutionAlreadyInFlow) || !errors.Is(err, engine.ClassConflict) || !ok || flow != sampleUUID {
		t.Fatalf("got %v, %q, %t", err, flow, ok)
	}
	if _, ok := engine.FromCode("x", "execution_already_in_flow", nil).OtherFlow(); ok {
		t.Error("a reject without an id names a flow")
	}
}

func TestAnUnknownCodeKeepsItsTextAndStops(t *testing.T) {
	err := engine.FromCode("claim", "brand_new\x1b[2J", []string{"why"})
	if !errors.Is(err, engine.Code("brand_new\x1b[2J")) || engine.Retryable(err) || err.Code.Known() {
		t.Fatalf("got %#v", err)
	}
	if want := `claim: unknown code "brand_new\x1b[2J": "why"`; err.Error() != want {
		t.Errorf("got %s", err)
	}
}

func TestErrorTexts(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, tc := range []struct {
		err    *engine.Error
		class  engine.Class
		advice engine.Advice
		want   string
	}{
		{engine.NotFound("describe_flow", "flow", "f1"), engine.ClassNotFound, engine.AdviceStop, `describe_flow: not found: flow: "f1"`},
		{engine.Invalid("suspend", "waitpoints_empty"), engine.ClassValidation, engine.AdviceStop, `suspend: invalid_input: "waitpoints_empty"`},
		{engine.Corrupt("ff:x", "priority", "got \x1b"), engine.ClassCorruption, engine.AdviceStop, `corruption: "ff:x": field "priority": "got \x1b"`},
		{engine.Transport("renew", broken), engine.ClassTransport, engine.AdviceRetry, `renew: transport: broken pipe`},
		{engine.Uncertain("create", broken), engine.ClassTransport, engine.AdviceStop, `create: transport: no answer, it may have been applied: broken pipe`},
		{engine.Refused("create", broken), engine.ClassTransport, engine.AdviceStop, `create: transport: broken pipe`},
		{engine.Unavailable("subscribe_instance_tags"), engine.ClassUnavailable, engine.AdviceStop, `subscribe_instance_tags: unavailable`},
		{engine.ReadOnly("cancel_execution"), engine.ClassReadOnly, engine.AdviceStop, `cancel_execution: read-only`},
		{engine.TimedOut("cancel_flow", 3*time.Second), engine.ClassTimeout, engine.AdviceStop, `cancel_flow: timeout after 3s`},
		{engine.Exhausted("tail_stream", "tails", 16), engine.ClassExhausted, engine.AdviceRetry, `tail_stream: exhausted: "pool=tails max=16"`},
		{engine.Disconnected("subscribe", []byte{1}, broken), engine.ClassDisconnected, engine.AdviceStop, `subscribe: stream disconnected: broken pipe`},
		{engine.FromCode("deliver", "invalid_token", nil), engine.ClassValidation, engine.AdviceStop, `deliver: invalid_token`},
	} {
		if tc.err.Error() != tc.want {
			t.Errorf("got %s, want %s", tc.err, tc.want)
		}
		if !errors.Is(tc.err, tc.class) || engine.Disposition(tc.err) != tc.advice {
			t.Errorf("%s: %s, %s", tc.err, tc.err.Class, engine.Disposition(tc.err))
		}
		if !strings.HasSuffix(engine.Explain(tc.err), ".") {
			t.Errorf("%s: no sentence: %q", tc.err, engine.Explain(tc.err))
		}
	}
	if !errors.Is(engine.Transport("renew", broken), broken) {
		t.Error("the cause is lost")
	}
	if !errors.Is(engine.NotFound("x", "execution", ""), engine.CodeExecutionNotFound) || engine.NotFound("x", "waitpoint", "").Code != "" {
		t.Error("not found has the code of its entity, if there is one")
	}
}

func TestErrorsThatAreNotTheEnginesStopTheCaller(t *testing.T) {
	if engine.Disposition(nil) != engine.AdviceIgnore || engine.Retryable(nil) {
		t.Error("no error is something to retry")
	}
	if engine.Disposition(errors.New("x")) != engine.AdviceStop {
		t.Error("a stranger's error is retried")
	}
	wrapped := fmt.Errorf("scheduler: %w", engine.FromCode("claim", "lease_conflict", nil))
	if !engine.Retryable(wrapped) || !errors.Is(wrapped, engine.CodeLeaseConflict) {
		t.Error("a wrapped error is not looked into")
	}
	if _, err := engine.ParseLaneID(""); engine.Explain(err) == engine.Explain(errors.New("x")) {
		t.Error("a refused text has no sentence")
	}
}

func TestWithOpNamesAnErrorOnce(t *testing.T) {
	corrupt := engine.Corrupt("k", "f", "d")
	named := engine.WithOp("describe", corrupt)
	if !strings.HasPrefix(named.Error(), "describe: ") || corrupt.Op != "" {
		t.Errorf("got %v; the first is %v", named, corrupt)
	}
	if again := engine.WithOp("other", named); again != named {
		t.Errorf("named twice: %v", again)
	}
	if other := errors.New("x"); engine.WithOp("describe", other) != other {
		t.Error("a stranger's error was changed")
	}
}
