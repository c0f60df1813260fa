package enginetest

import (
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["lost leases"] = map[string]func(*testing.T, Subject){
		"who lost the lease does not cancel another's wait": cancelAnothersWait,
		"who waits may cancel his own wait":                 cancelOwnWait,
	}
}

// The fence of a cancel counts while somebody holds a lease. Whose wait it is counts as well.
func cancelAnothersWait(t *testing.T, s Subject) {
	lost := working(t, s, "default")
	revoked, err := s.RevokeLease(Context(t), lost.ExecutionID, "", "test")
	noError(t, err)
	if !revoked {
		t.Fatal("not revoked")
	}
	grant, why, err := s.IssueReclaimGrant(Context(t), grantTo("other", lost.ExecutionID, "default"))
	noError(t, err)
	if grant == nil {
		t.Fatal(why)
	}
	outcome, err := s.ReclaimExecution(Context(t), engine.Reclaim{
		Execution: lost.ExecutionID, Lane: "default", Worker: "other", WorkerInstance: "other-1", LeaseTTL: time.Minute,
		AttemptIndex: lost.AttemptIndex,
	})
	noError(t, err)
	if outcome.Claimed == nil {
		t.Fatalf("outcome %+v", outcome)
	}
	suspend(t, s, outcome.Claimed.Handle, waitFor("go"))

	wantError(t, s.Cancel(Context(t), lost, "stop"), engine.CodeStaleLease)
	wantState(t, s, lost.ExecutionID, engine.StateSuspended)
	noError(t, s.Cancel(Context(t), outcome.Claimed.Handle, "stop"))
	wantState(t, s, lost.ExecutionID, engine.StateCancelled)
}

func cancelOwnWait(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Delay(Context(t), h, time.Now().Add(time.Hour)))
	noError(t, s.Cancel(Context(t), h, "stop"))
	wantState(t, s, h.ExecutionID, engine.StateCancelled)
}
