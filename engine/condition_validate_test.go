package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func TestValidateSuspend(t *testing.T) {
	now := time.UnixMilli(1700000000000)
	fresh := func(keys ...string) []engine.WaitpointBinding {
		var bindings []engine.WaitpointBinding
		for _, key := range keys {
			bindings = append(bindings, engine.WaitpointBinding{ID: engine.NewWaitpointID(), Key: key})
		}
		return bindings
	}
	pending := []engine.WaitpointBinding{{ID: engine.NewWaitpointID(), UsePending: true}}
	single := func(key string) engine.ResumeCondition { return engine.Single(key, engine.ByName("go")) }
	count := func(n int, keys ...string) engine.ResumeCondition {
		return engine.Count(n, engine.DistinctWaitpoints, engine.Matcher{}, keys...)
	}
	nest := func(c engine.ResumeCondition, levels int) engine.ResumeCondition {
		for range levels {
			c = engine.AllOf(c)
		}
		return c
	}
	for _, tc := range []struct {
		name     string
		bindings []engine.WaitpointBinding
		c        engine.ResumeCondition
		timeout  time.Time
		want     string // "" passes
	}{
		{"one signal", fresh("k"), single("k"), time.Time{}, ""},
		{"any signal", fresh("k"), engine.Single("k", engine.AnySignal()), time.Time{}, ""},
		{"a pending waitpoint has no key to compare", pending, single("k"), time.Time{}, ""},
		{"an operator", fresh("k"), engine.OperatorOnly(), time.Time{}, ""},
		{"a timeout that just passed", fresh("k"), engine.TimeoutOnly(), now.Add(-10 * time.Minute), ""},
		{"a tree of four levels", fresh("k"), nest(single("k"), 4), time.Time{}, ""},
		{"two waitpoints", fresh("a", "b"), engine.AllOf(single("a"), single("b")), time.Time{}, ""},
		{"a count that can be reached", fresh("a", "b"), count(2, "a", "b"), time.Time{}, ""},
		{"a tree that names no waitpoint", fresh("k"), engine.AllOf(engine.OperatorOnly()), time.Time{}, ""},
		{"no waitpoint", nil, single("k"), time.Time{}, "waitpoints_empty"},
		{"no condition", fresh("k"), engine.ResumeCondition{}, time.Time{}, "resume_condition_missing"},
		{"another key", fresh("k"), single("x"), time.Time{}, "waitpoint_key_mismatch"},
		{"a further waitpoint without key", fresh("a", ""), engine.AllOf(single("a")), time.Time{}, "additional_waitpoint_binding_empty_key at waitpoints[1]"},
		{"a further waitpoint that is pending", append(fresh("a"), pending...), engine.AllOf(single("a")), time.Time{}, "additional_waitpoint_binding_must_be_fresh at waitpoints[1]"},
		{"a tab in a key", fresh("a\tb"), single("a\tb"), time.Time{}, "waitpoint key contains a tab at waitpoints[0]"},
		{"a key without waitpoint", fresh("a", "b"), engine.AllOf(single("a"), single("c")), time.Time{}, "referenced_waitpoint_key_missing_binding: c"},
		{"a waitpoint without mention", fresh("a", "b"), engine.AllOf(single("a")), time.Time{}, "extra_binding_not_referenced_by_condition: b"},
		{"a pending primary bears no key", append(pending, fresh("b")...), engine.AllOf(single("a"), single("b")), time.Time{}, "referenced_waitpoint_key_missing_binding: a"},
		{"the keys of a tree are compared with a single waitpoint too", fresh("wpk:y"), engine.AllOf(single("wpk:x")), time.Time{}, "referenced_waitpoint_key_missing_binding: wpk:x"},
		{"only a timeout, and none", fresh("k"), engine.TimeoutOnly(), time.Time{}, "timeout_only_without_deadline"},
		{"an empty signal name", fresh("k"), engine.Single("k", engine.ByName("")), time.Time{}, "empty signal name"},
		{"a timeout long past", fresh("k"), single("k"), now.Add(-10*time.Minute - time.Millisecond), "timeout_at_in_past"},
		{"five levels", fresh("k"), nest(single("k"), 5), time.Time{}, "depth 5 exceeds cap 4 at path members[0].members[0].members[0].members[0]"},
		{"an empty list", fresh("k"), engine.AllOf(single("k"), engine.AllOf()), time.Time{}, "allof_empty_members at path members[1]"},
		{"an empty root", fresh("k"), engine.AllOf(), time.Time{}, "allof_empty_members at path <root>"},
		{"a count of none", fresh("k"), count(0, "k"), time.Time{}, "count_n_zero at path <root>"},
		{"a count over no waitpoint", fresh("k"), engine.AllOf(single("k"), count(1)), time.Time{}, "count_waitpoints_empty at path members[1]"},
		{"a count that cannot be reached", fresh("k"), count(2, "k"), time.Time{}, "count_exceeds_waitpoint_set: n=2 > waitpoints.len()=1 at path <root>"},
		{"an empty signal name deep down", fresh("k"), engine.AllOf(engine.Single("k", engine.ByName(""))), time.Time{}, "empty signal name at path members[0]"},
		{"the first fault of the tree is the one told", fresh("k"), engine.AllOf(count(0, "k"), engine.AllOf()), time.Time{}, "count_n_zero at path members[0]"},
		{"bindings are looked at before the timeout", fresh("k"), single("x"), now.Add(-time.Hour), "waitpoint_key_mismatch"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := engine.ValidateSuspend(engine.SuspendArgs{Waitpoints: tc.bindings, Condition: tc.c, TimeoutAt: tc.timeout, Now: now})
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var e *engine.Error
			if !errors.As(err, &e) || !errors.Is(err, engine.CodeInvalidInput) || !strings.Contains(e.Detail, tc.want) {
				t.Fatalf("got %v, want %s", err, tc.want)
			}
		})
	}
}
