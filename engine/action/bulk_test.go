package action

import (
	"context"
	"strings"
	"testing"
)

func TestAPanicIsTheFailureOfOneTarget(t *testing.T) {
	bad, good := &State{}, &State{}
	a := &Action{Run: func(_ context.Context, _ Backend, s *State, _ Args) (Outcome, error) {
		if s == bad {
			panic("boom")
		}
		return Outcome{}, nil
	}}
	done := map[*State]error{}
	if notBegun := RunAll(t.Context(), nil, a, []*State{bad, good}, Args{}, nil, func(d Done) { done[d.State] = d.Err }); notBegun != 0 {
		t.Errorf("%d not begun", notBegun)
	}
	if err := done[bad]; err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("the one that panicked: %v", err)
	}
	if err, ok := done[good]; !ok || err != nil {
		t.Errorf("the other: %v, %v", ok, err)
	}
}
