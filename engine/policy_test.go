package engine_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func pointer[T any](v T) *T { return &v }

// fullPolicy is the full example of spec 01 §5.1.
const fullPolicy = `{"priority":7,"delay_until":1700000600000,` +
	`"retry_policy":{"max_retries":4,"backoff":{"type":"exponential","initial_delay_ms":500,"max_delay_ms":20000,"multiplier":2.0,"jitter":false},"retryable_categories":["timeout"]},` +
	`"timeout_policy":{"attempt_timeout_ms":30000,"execution_deadline_ms":300000,"max_reclaim_count":5},` +
	`"max_reclaim_count":100,` +
	`"suspension_policy":{"default_timeout_ms":60000,"timeout_behavior":"cancel"},` +
	`"fallback_policy":{"tiers":[{"provider":"acme","model":"m-large","timeout_ms":45000},{"provider":"acme","model":"m-small"}]},` +
	`"max_replay_count":10,"budget_ids":["550e8400-e29b-41d4-a716-446655440000"],` +
	`"routing_requirements":{"required_capabilities":["cuda","gpu"],"preferred_locality":"eu-1","isolation_level":"strict"},` +
	`"dedup_window_ms":86400000,` +
	`"stream_policy":{"durability_mode":"durable","retention_maxlen":5000,"retention_ttl_ms":3600000},` +
	`"max_signals_per_execution":10000}`

func TestPoliciesInJSON(t *testing.T) {
	for _, tc := range []struct {
		name   string
		policy engine.ExecutionPolicy
		json   string
	}{
		{"one that says nothing", engine.ExecutionPolicy{},
			`{"priority":0,"max_reclaim_count":100,"max_replay_count":10,"budget_ids":[],"max_signals_per_execution":10000}`},
		{"none is not the default", engine.ExecutionPolicy{MaxReclaims: pointer[uint32](0), MaxReplays: pointer[uint32](0), MaxSignals: pointer[uint32](0)},
			`{"priority":0,"max_reclaim_count":0,"max_replay_count":0,"budget_ids":[],"max_signals_per_execution":0}`},
		{"members that say nothing have their defaults", engine.ExecutionPolicy{
			Retry: &engine.RetryPolicy{MaxRetries: 1}, Timeout: &engine.TimeoutPolicy{}, Suspension: &engine.SuspensionPolicy{},
			Fallback: &engine.FallbackPolicy{}, Routing: &engine.RoutingRequirements{}, Stream: &engine.StreamPolicy{},
		}, `{"priority":0,` +
			`"retry_policy":{"max_retries":1,"backoff":{"type":"exponential","initial_delay_ms":1000,"max_delay_ms":60000,"multiplier":2,"jitter":false},"retryable_categories":[]},` +
			`"timeout_policy":{"max_reclaim_count":100},"max_reclaim_count":100,"suspension_policy":{"timeout_behavior":"fail"},` +
			`"fallback_policy":{"tiers":[]},"max_replay_count":10,"budget_ids":[],"routing_requirements":{"required_capabilities":[]},` +
			`"stream_policy":{"durability_mode":"buffered","retention_maxlen":10000},"max_signals_per_execution":10000}`},
		{"everything", engine.ExecutionPolicy{
			Priority:   7,
			DelayUntil: time.UnixMilli(1700000600000),
			Retry: &engine.RetryPolicy{
				MaxRetries: 4,
				Backoff:    engine.Backoff{Kind: engine.BackoffExponential, Initial: 500 * time.Millisecond, Max: 20 * time.Second, Multiplier: 2},
				Categories: []string{"timeout"},
			},
			Timeout:    &engine.TimeoutPolicy{Attempt: 30 * time.Second, Execution: 5 * time.Minute, MaxReclaims: pointer[uint32](5)},
			Suspension: &engine.SuspensionPolicy{DefaultTimeout: time.Minute, TimeoutBehavior: engine.TimeoutCancel},
			Fallback: &engine.FallbackPolicy{Tiers: []engine.FallbackTier{
				{Provider: "acme", Model: "m-large", Timeout: 45 * time.Second}, {Provider: "acme", Model: "m-small"},
			}},
			BudgetIDs:   []engine.BudgetID{sampleUUID},
			Routing:     &engine.RoutingRequirements{Capabilities: []string{"gpu", "cuda", "gpu"}, Locality: "eu-1", Isolation: "strict"},
			DedupWindow: 24 * time.Hour,
			Stream:      &engine.StreamPolicy{Durability: "durable", RetentionMaxLen: pointer[uint64](5000), RetentionTTL: pointer(time.Hour)},
		}, strings.Replace(fullPolicy, `"multiplier":2.0`, `"multiplier":2`, 1)},
		{"a retention of no time at all", engine.ExecutionPolicy{Stream: &engine.StreamPolicy{RetentionTTL: pointer(time.Duration(0))}},
			`{"priority":0,"max_reclaim_count":100,"max_replay_count":10,"budget_ids":[],` +
				`"stream_policy":{"durability_mode":"buffered","retention_maxlen":10000,"retention_ttl_ms":0},"max_signals_per_execution":10000}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := json.Marshal(tc.policy)
			if err != nil || string(got) != tc.json {
				t.Fatalf("got  %s, %v\nwant %s", got, err, tc.json)
			}
			var decoded engine.ExecutionPolicy
			if err := json.Unmarshal(got, &decoded); err != nil {
				t.Fatal(err)
			}
			if again, err := json.Marshal(decoded); err != nil || string(again) != tc.json {
				t.Errorf("again %s, %v", again, err)
			}
		})
	}
}

func TestPoliciesAsOthersWriteThem(t *testing.T) {
	var policy engine.ExecutionPolicy
	if err := json.Unmarshal([]byte(fullPolicy), &policy); err != nil {
		t.Fatal(err)
	}
	if *policy.MaxSignals != engine.DefaultMaxSignals || policy.Retry.Backoff.Multiplier != 2 || !policy.DelayUntil.Equal(time.UnixMilli(1700000600000)) {
		t.Errorf("got %+v", policy)
	}
	for in, want := range map[string]engine.ExecutionPolicy{
		`{}`:                      {},
		`{"unknown":{"x":[1]}}`:   {},
		`{"retry_policy":null}`:   {},
		`{"max_reclaim_count":3}`: {MaxReclaims: pointer[uint32](3)},
		`{"retry_policy":{"max_retries":5}}`: {
			Retry: &engine.RetryPolicy{MaxRetries: 5, Backoff: engine.DefaultBackoff}},
		`{"retry_policy":{"backoff":{"delay_ms":10,"type":"fixed"}}}`: {
			Retry: &engine.RetryPolicy{MaxRetries: 3, Backoff: engine.Backoff{Kind: engine.BackoffFixed, Fixed: 10 * time.Millisecond}}},
		`{"dedup_window_ms":18446744073709551615}`: {DedupWindow: 9223372036854 * time.Millisecond},
	} {
		var got engine.ExecutionPolicy
		if err := json.Unmarshal([]byte(in), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", in, got, err)
		}
	}
	for _, bad := range []string{
		`[]`, `"x"`, `{"priority":"high"}`, `{"priority":2147483648}`, `{"max_replay_count":-1}`, `{"budget_ids":["x"]}`,
		`{"dedup_window_ms":1.5}`, `{"fallback_policy":{}}`, `{"retry_policy":{"backoff":{}}}`, `{"retry_policy":{"backoff":{"type":"odd"}}}`,
		`{"retry_policy":{"backoff":{"type":"fixed"}}}`, `{"retry_policy":{"backoff":{"type":"exponential","initial_delay_ms":1}}}`,
	} {
		var got engine.ExecutionPolicy
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was taken: %+v", bad, got)
		}
	}
}

func TestBackoffDelay(t *testing.T) {
	exponential := func(initial, most time.Duration, multiplier float64) engine.Backoff {
		return engine.Backoff{Kind: engine.BackoffExponential, Initial: initial, Max: most, Multiplier: multiplier}
	}
	for _, tc := range []struct {
		name    string
		b       engine.Backoff
		retries int
		want    time.Duration
	}{
		{"the default begins with a second", engine.Backoff{}, 0, time.Second},
		{"the default doubles", engine.Backoff{}, 3, 8 * time.Second},
		{"the default ends at a minute", engine.Backoff{}, 1000, time.Minute},
		{"fixed stays", engine.Backoff{Kind: engine.BackoffFixed, Fixed: 5 * time.Second}, 7, 5 * time.Second},
		{"a fraction of a millisecond is dropped", exponential(time.Second, time.Minute, 1.5), 3, 3375 * time.Millisecond},
		{"not a whole millisecond", exponential(time.Millisecond, time.Minute, 1.5), 1, time.Millisecond},
		{"a multiplier below 1 shrinks", exponential(time.Second, time.Minute, 0.5), 1, 500 * time.Millisecond},
		{"a negative multiplier waits no time", exponential(time.Second, time.Minute, -2), 1, 0},
		{"nothing multiplied without end is nothing", exponential(0, time.Minute, 1e300), 1000, 0},
		{"an unknown kind waits a second", engine.Backoff{Kind: "odd"}, 1, time.Second},
	} {
		if got := tc.b.Delay(tc.retries); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestEdgePolicies(t *testing.T) {
	for text, want := range map[string]engine.EdgePolicy{
		`{"kind":"all_of"}`: {Kind: engine.PolicyAllOf},
		`{"kind":"any_of","on_satisfied":"cancel_remaining"}`: {Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining},
		`{"kind":"quorum","k":2,"on_satisfied":"let_run"}`:    {Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun},
	} {
		var got engine.EdgePolicy
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
		if again, err := json.Marshal(want); err != nil || string(again) != text {
			t.Errorf("got %s, %v", again, err)
		}
	}
	for text, want := range map[string]string{
		`{"kind":"some_of"}`:                                        "unsupported_policy_variant: some_of",
		`{"kind":"quorum","on_satisfied":"let_run"}`:                "quorum k must be >= 1",
		`{"kind":"quorum","k":2147483648,"on_satisfied":"let_run"}`: "quorum k exceeds supported maximum",
		`{"kind":"any_of"}`:                                         "on_satisfied required for any_of/quorum: cancel_remaining | let_run",
	} {
		var got engine.EdgePolicy
		var e *engine.Error
		if err := json.Unmarshal([]byte(text), &got); !errors.As(err, &e) || e.Code != engine.CodeInvalidInput || e.Detail != want {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"kind":"quorum","k":-1}`), &engine.EdgePolicy{}); err == nil {
		t.Error("a negative k was taken")
	}
	for p, want := range map[engine.EdgePolicy]int{
		{Kind: engine.PolicyAllOf}: 5, {Kind: engine.PolicyAnyOf}: 1, {Kind: engine.PolicyQuorum, K: 3}: 3, {Kind: engine.PolicyQuorum}: 1, {}: 5,
	} {
		if got := p.Needed(5); got != want {
			t.Errorf("%+v needs %d of 5", p, got)
		}
	}
}

func TestResumePolicies(t *testing.T) {
	const usual = `{"close_waitpoint_on_resume":true,"consume_matched_signals":true,"resume_target":"runnable","retain_signal_buffer_until_closed":false}`
	for text, policy := range map[string]engine.ResumePolicy{
		usual: engine.DefaultResumePolicy,
		`{"close_waitpoint_on_resume":false,"consume_matched_signals":false,"resume_delay_ms":5000,"resume_target":"runnable","retain_signal_buffer_until_closed":true}`: {
			Target: "runnable", RetainBuffer: true, ResumeDelay: 5 * time.Second},
	} {
		if got, err := json.Marshal(policy); err != nil || string(got) != text {
			t.Errorf("got %s, %v", got, err)
		}
		var got engine.ResumePolicy
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != policy {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if got, _ := json.Marshal(engine.ResumePolicy{}); string(got) != usual {
		t.Errorf("the zero policy is %s", got)
	}
	var got engine.ResumePolicy
	if err := json.Unmarshal([]byte(`{}`), &got); err != nil || got != engine.DefaultResumePolicy {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"resume_delay_ms":-1}`), &got); err == nil {
		t.Error("a negative delay was taken")
	}
}

func FuzzExecutionPolicy(f *testing.F) {
	f.Add([]byte(fullPolicy))
	f.Add([]byte(`{"retry_policy":{"backoff":{"type":"fixed","delay_ms":18446744073709551615}}}`))
	f.Add([]byte(`{"delay_until":-1,"routing_requirements":{"required_capabilities":["b","a"]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var policy, again engine.ExecutionPolicy
		if json.Unmarshal(text, &policy) != nil {
			return
		}
		first, err := json.Marshal(policy)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatalf("%s: %v", first, err)
		}
		if second, err := json.Marshal(again); err != nil || string(second) != string(first) {
			t.Fatalf("%s became %s, %v", first, second, err)
		}
		if policy.Retry != nil && policy.Retry.Backoff.Delay(3) < 0 {
			t.Fatalf("%s waits a negative time", text)
		}
	})
}

func FuzzEdgePolicy(f *testing.F) {
	f.Add([]byte(`{"kind":"quorum","k":2,"on_satisfied":"let_run"}`))
	f.Add([]byte(`{"kind":"all_of","k":-1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var policy, again engine.EdgePolicy
		if json.Unmarshal(text, &policy) != nil {
			return
		}
		first, err := json.Marshal(policy)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(first, &again); err != nil || again != policy {
			t.Fatalf("%+v became %+v, %v", policy, again, err)
		}
	})
}

func FuzzResumePolicy(f *testing.F) {
	f.Add([]byte(`{"resume_delay_ms":5000,"resume_target":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var policy, again engine.ResumePolicy
		if json.Unmarshal(text, &policy) != nil {
			return
		}
		first, err := json.Marshal(policy)
		if err != nil || json.Unmarshal(first, &again) != nil {
			t.Fatalf("%+v became %s, %v", policy, first, err)
		}
		if second, err := json.Marshal(again); err != nil || string(second) != string(first) {
			t.Fatalf("%s became %s, %v", first, second, err)
		}
	})
}
