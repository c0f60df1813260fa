package engine

import (
	"context"
	"testing"
)

// strangeMember is a backend in which cancelling one execution panics.
type strangeMember struct {
	Refusing
	strange ExecutionID
}

func (s strangeMember) AckCancelMember(_ context.Context, _ FlowID, id ExecutionID) error {
	if id == s.strange {
		panic("a record nobody thought of")
	}
	return nil
}

func TestAPanicOverOneMemberIsThatMembersFailure(t *testing.T) {
	owed := CancelledFlow{Flow: NewFlowID(), Policy: string(CancelFlowAll), Members: []ExecutionID{"no id", "no id either"}}
	failed := map[ExecutionID]error{}
	s := strangeMember{Refusing{func(op string) error { return Unavailable(op) }}, "no id"}
	if err := CancelFlowMembers(t.Context(), s, owed, func(o MemberOutcome) { failed[o.Execution] = o.Err }); err != nil {
		t.Fatal(err)
	}
	if len(failed) != 2 || failed["no id"] == nil {
		t.Fatalf("outcomes: %v", failed)
	}
}
