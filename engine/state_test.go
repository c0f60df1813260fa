package engine_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"ffboard/engine"
)

func TestDerivePublicState(t *testing.T) {
	for _, tc := range []struct {
		v    engine.StateVector
		want engine.PublicState
	}{
		{engine.StateVector{Phase: "terminal", Outcome: "success"}, "completed"},
		{engine.StateVector{Phase: "terminal", Outcome: "failed"}, "failed"},
		{engine.StateVector{Phase: "terminal", Outcome: "cancelled"}, "cancelled"},
		{engine.StateVector{Phase: "terminal", Outcome: "expired"}, "expired"},
		{engine.StateVector{Phase: "terminal", Outcome: "skipped"}, "skipped"},
		{engine.StateVector{Phase: "terminal", Outcome: "none"}, "failed"},
		{engine.StateVector{Phase: "suspended", Eligibility: "eligible_now"}, "suspended"},
		{engine.StateVector{Phase: "active", Ownership: "lease_revoked"}, "active"},
		{engine.StateVector{Phase: "runnable", Eligibility: "eligible_now"}, "waiting"},
		{engine.StateVector{Phase: "runnable", Eligibility: "not_eligible_until_time"}, "delayed"},
		{engine.StateVector{Phase: "runnable", Eligibility: "blocked_by_dependencies"}, "waiting_children"},
		{engine.StateVector{Phase: "runnable", Eligibility: "blocked_by_budget"}, "rate_limited"},
		{engine.StateVector{Phase: "runnable", Eligibility: "blocked_by_quota"}, "rate_limited"},
		{engine.StateVector{Phase: "runnable", Eligibility: "blocked_by_route", Public: "rate_limited"}, "waiting"},
		{engine.StateVector{Phase: "runnable", Eligibility: "blocked_by_lane_state"}, "waiting"},
		{engine.StateVector{Phase: "runnable", Eligibility: "blocked_by_operator"}, "waiting"},
		{engine.StateVector{Phase: "runnable", Eligibility: "not_applicable"}, "waiting"},
		{engine.StateVector{Phase: "submitted"}, "waiting"},
		{engine.StateVector{Phase: "\x1b[31m"}, "waiting"},
	} {
		if got := engine.DerivePublicState(tc.v); got != tc.want {
			t.Errorf("%+v: got %s, want %s", tc.v, got, tc.want)
		}
	}
}

func TestUnknownWordsAreKeptAndMarked(t *testing.T) {
	const text = `{"lifecycle_phase":"odd","ownership_state":"leased","eligibility_state":"eligible_now","blocking_reason":"none",` +
		`"terminal_outcome":"none","attempt_state":"running_attempt","public_state":"active"}`
	var v engine.StateVector
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if v.Phase != "odd" || v.Phase.Valid() {
		t.Errorf("phase %q, valid %t", v.Phase, v.Phase.Valid())
	}
	if !v.Ownership.Valid() || !v.Eligibility.Valid() || !v.Blocking.Valid() || !v.Outcome.Valid() || !v.Attempt.Valid() || !v.Public.Valid() {
		t.Errorf("a known word is marked in %+v", v)
	}
	if again, err := json.Marshal(v); err != nil || string(again) != text {
		t.Errorf("got %s, %v", again, err)
	}
}

func TestPublicStates(t *testing.T) {
	var ended []engine.PublicState
	for _, s := range engine.PublicStates() {
		if !s.Valid() {
			t.Errorf("%s is not valid", s)
		}
		if s.Terminal() {
			ended = append(ended, s)
		}
	}
	if want := []engine.PublicState{"completed", "failed", "cancelled", "expired", "skipped"}; !slices.Equal(ended, want) {
		t.Errorf("terminal: %v", ended)
	}
	if n := len(engine.PublicStates()); n != 12 {
		t.Errorf("%d states", n)
	}
}

func TestEligibleScore(t *testing.T) {
	created := time.UnixMilli(1700000000000)
	for priority, want := range map[int]int64{0: 1700000000000, 5: -3300000000000, 10: -8300000000000, 9000: -8998300000000000} {
		if got := engine.EligibleScore(created, priority); got != want || int64(float64(got)) != got {
			t.Errorf("priority %d: got %d, want %d", priority, got, want)
		}
	}
	for in, want := range map[int]int{-1: 0, 0: 0, 42: 42, 9000: 9000, 9001: 9000} {
		if got := engine.ClampPriority(in); got != want {
			t.Errorf("%d clamps to %d", in, got)
		}
	}
}
