package audit

import (
	"strings"
	"testing"
)

// vectors are the states that the functions write (spec 01 §4.6), as phase/ownership/eligibility/blocking/outcome/attempt/public.
var vectors = map[string]string{
	"T1 create":                       "runnable/unowned/eligible_now/waiting_for_worker/none/pending_first_attempt/waiting",
	"T2 create with a delay":          "runnable/unowned/not_eligible_until_time/waiting_for_delay/none/pending_first_attempt/delayed",
	"T3 claim":                        "active/leased/not_applicable/none/none/running_attempt/active",
	"T6 expiry":                       "active/lease_expired_reclaimable/not_applicable/waiting_for_worker/none/attempt_interrupted/active",
	"T7 revoke":                       "active/lease_revoked/not_applicable/waiting_for_worker/none/attempt_interrupted/active",
	"T9 reclaim cap":                  "terminal/unowned/not_applicable/none/failed/attempt_terminal/failed",
	"T10 complete":                    "terminal/unowned/not_applicable/none/success/attempt_terminal/completed",
	"T11 fail with a retry":           "runnable/unowned/not_eligible_until_time/waiting_for_retry_backoff/none/pending_retry_attempt/delayed",
	"T13 delay":                       "runnable/unowned/not_eligible_until_time/waiting_for_delay/none/attempt_interrupted/delayed",
	"T14 wait for children":           "runnable/unowned/blocked_by_dependencies/waiting_for_children/none/attempt_interrupted/waiting_children",
	"T15 suspend":                     "suspended/unowned/not_applicable/waiting_for_signal/none/attempt_interrupted/suspended",
	"T15 suspend for a budget":        "suspended/unowned/not_applicable/waiting_for_budget/none/attempt_interrupted/suspended",
	"T16 resume":                      "runnable/unowned/eligible_now/waiting_for_worker/none/attempt_interrupted/waiting",
	"T17 resume later":                "runnable/unowned/not_eligible_until_time/waiting_for_resume_delay/none/attempt_interrupted/delayed",
	"T18 suspension timeout":          "terminal/unowned/not_applicable/none/expired/attempt_terminal/expired",
	"T19 escalate":                    "suspended/unowned/not_applicable/paused_by_operator/none/attempt_interrupted/suspended",
	"T21 block for a budget":          "runnable/unowned/blocked_by_budget/waiting_for_budget/none/pending_first_attempt/rate_limited",
	"T21 block for a route":           "runnable/unowned/blocked_by_route/waiting_for_capable_worker/none/attempt_interrupted/rate_limited",
	"T21 block by an operator":        "runnable/unowned/blocked_by_operator/paused_by_operator/none/pending_replay_attempt/rate_limited",
	"T21 block for the lane":          "runnable/unowned/blocked_by_lane_state/paused_by_policy/none/pending_first_attempt/rate_limited",
	"T25 skip before the first":       "terminal/unowned/not_applicable/none/skipped/none/skipped",
	"T26 cancel before the first":     "terminal/unowned/not_applicable/none/cancelled/pending_first_attempt/cancelled",
	"T28 replay":                      "runnable/unowned/eligible_now/waiting_for_worker/none/pending_replay_attempt/waiting",
	"T29 replay of a skipped":         "runnable/unowned/blocked_by_dependencies/waiting_for_children/none/pending_replay_attempt/waiting_children",
	"a route that says what it means": "runnable/unowned/blocked_by_route/waiting_for_capable_worker/none/pending_first_attempt/waiting",
}

func core(vector string) Hash {
	h := Hash{Key: "core", Found: true, Fields: map[string]string{}}
	for i, word := range strings.Split(vector, "/") {
		h.Fields[stateFields[i]] = word
	}
	return h
}

func TestTheStatesThatFunctionsWriteAreSound(t *testing.T) {
	for name, vector := range vectors {
		var f findings
		if f.judgeState(core(vector)); len(f) > 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestAWordThatNoFunctionWritesIsFoundInEachField(t *testing.T) {
	for name, vector := range vectors {
		for i, field := range stateFields {
			words := strings.Split(vector, "/")
			words[i] = "nonsense"
			var f findings
			if f.judgeState(core(strings.Join(words, "/"))); len(f) == 0 {
				t.Errorf("%s: %s may be anything", name, field)
			}
		}
	}
}

func TestStatesThatContradictThemselvesAreFound(t *testing.T) {
	for name, vector := range map[string]string{
		"leased while it waits":       "runnable/leased/eligible_now/waiting_for_worker/none/pending_first_attempt/waiting",
		"over while it waits":         "runnable/unowned/eligible_now/waiting_for_worker/success/pending_first_attempt/waiting",
		"running while it waits":      "runnable/unowned/eligible_now/waiting_for_worker/none/running_attempt/waiting",
		"delayed for a worker":        "runnable/unowned/not_eligible_until_time/waiting_for_worker/none/pending_first_attempt/delayed",
		"in no queue":                 "runnable/unowned/not_applicable/waiting_for_worker/none/pending_first_attempt/waiting",
		"active without a lease":      "active/unowned/not_applicable/none/none/running_attempt/active",
		"leased and interrupted":      "active/leased/not_applicable/none/none/attempt_interrupted/active",
		"expired and running":         "active/lease_expired_reclaimable/not_applicable/waiting_for_worker/none/running_attempt/active",
		"active in a queue":           "active/leased/eligible_now/none/none/running_attempt/active",
		"asleep for nothing":          "suspended/unowned/not_applicable/none/none/attempt_interrupted/suspended",
		"over without an outcome":     "terminal/unowned/not_applicable/none/none/attempt_terminal/failed",
		"over and running":            "terminal/unowned/not_applicable/none/success/running_attempt/completed",
		"over by another public word": "terminal/unowned/not_applicable/none/expired/attempt_terminal/failed",
	} {
		var f findings
		if f.judgeState(core(vector)); len(f) == 0 {
			t.Errorf("%s: %s is let through", name, vector)
		}
	}
}
