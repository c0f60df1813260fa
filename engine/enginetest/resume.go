package enginetest

import (
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["resume"] = map[string]func(*testing.T, Subject){
		"an operator's resume makes the execution eligible":       resumeNow,
		"a resume with a delay makes the execution delayed":       resumeLater,
		"resuming what is not suspended is refused":               resumeNothing,
		"a due suspension gets its timeout behaviour":             expireDue,
		"a suspension that is not due stays":                      expireNotDue,
		"a resumed claim keeps the attempt and raises the epoch":  claimResumed,
		"a resume grant is good for one claim":                    claimResumedTwice,
		"what was never interrupted cannot be claimed as resumed": claimNotResumed,
		"resuming an unknown execution is not found":              resumeUnknown,
		"an execution that waits for ever times out never":        suspendedForever,
		"an escalated suspension waits on for an operator":        expireEscalate,
	}
}

func resumeNow(t *testing.T, s Subject) {
	h := working(t, s, "default")
	suspend(t, s, h, waitFor("go"))
	state, err := s.ResumeExecution(Context(t), h.ExecutionID, "operator", 0)
	if err != nil || state != engine.StateWaiting {
		t.Fatalf("state %q, error %v", state, err)
	}
	_, err = s.ResumeExecution(Context(t), h.ExecutionID, "operator", 0)
	wantError(t, err, engine.CodeExecutionNotSuspended)
	if got := claim(t, s, "default"); got.AttemptID != h.AttemptID || got.Kind != engine.HandleResumed {
		t.Fatalf("claimed %+v after %+v", got, h)
	}
}

func resumeLater(t *testing.T, s Subject) {
	h := working(t, s, "default")
	suspend(t, s, h, waitFor("go"))
	state, err := s.ResumeExecution(Context(t), h.ExecutionID, "operator", time.Hour)
	if err != nil || state != engine.StateDelayed {
		t.Fatalf("state %q, error %v", state, err)
	}
	wantState(t, s, h.ExecutionID, engine.StateDelayed)
	later := time.Now().Add(2 * time.Hour)
	if err := s.PromoteDelayed(Context(t), "default", h.ExecutionID, later); err != nil {
		t.Fatal(err)
	}
	wantState(t, s, h.ExecutionID, engine.StateWaiting)
}

func resumeNothing(t *testing.T, s Subject) {
	h := working(t, s, "default")
	_, err := s.ResumeExecution(Context(t), h.ExecutionID, "operator", 0)
	wantError(t, err, engine.CodeExecutionNotSuspended)
}

func resumeUnknown(t *testing.T, s Subject) {
	_, err := s.ResumeExecution(Context(t), s.Partitions().NewSolo("default"), "operator", 0)
	wantError(t, err, engine.ClassNotFound)
}

// overdue are arguments of a wait whose time is up at once.
func overdue(behavior string) engine.SuspendArgs {
	args := waitFor("go")
	args.TimeoutAt = time.Now().Add(-time.Second)
	args.TimeoutBehavior = behavior
	return args
}

func expireDue(t *testing.T, s Subject) {
	for behavior, want := range map[string]engine.PublicState{
		engine.TimeoutFail:       engine.StateFailed,
		engine.TimeoutCancel:     engine.StateCancelled,
		engine.TimeoutExpire:     engine.StateExpired,
		engine.TimeoutAutoResume: engine.StateWaiting,
		engine.TimeoutEscalate:   engine.StateSuspended,
	} {
		h := working(t, s, "gpu")
		suspend(t, s, h, overdue(behavior))
		for range 2 { // a repeat changes nothing
			if err := s.ExpireSuspension(Context(t), h.ExecutionID); err != nil {
				t.Fatalf("%s: %v", behavior, err)
			}
			wantState(t, s, h.ExecutionID, want)
		}
		if want == engine.StateWaiting {
			claim(t, s, "gpu")
		}
	}
}

func expireNotDue(t *testing.T, s Subject) {
	h, args := working(t, s, "default"), waitFor("go")
	args.TimeoutAt = time.Now().Add(time.Hour)
	outcome := suspend(t, s, h, args)
	if err := s.ExpireSuspension(Context(t), h.ExecutionID); err != nil {
		t.Fatal(err)
	}
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
}

func expireEscalate(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, overdue(engine.TimeoutEscalate))
	if err := s.ExpireSuspension(Context(t), h.ExecutionID); err != nil {
		t.Fatal(err)
	}
	rows := suspendedOf(t, s, h.ExecutionID)
	if rows.Suspension.Reason != engine.ReasonWaitingForOperatorReview || !rows.Suspension.TimeoutAt.IsZero() {
		t.Fatalf("suspension %+v", rows.Suspension)
	}
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
}

// grantFor issues a claim grant to a worker.
func grantFor(t *testing.T, s Subject, id engine.ExecutionID) engine.Grant {
	t.Helper()
	grant, err := s.IssueClaimGrant(Context(t), engine.IssueGrant{
		Execution: id, Lane: "default", Worker: "w", WorkerInstance: "w-2", TTL: 30 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

func claimResumed(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
	grant := grantFor(t, s, h.ExecutionID)
	claimed, err := s.ClaimResumedExecution(Context(t), engine.ClaimResumed{
		Execution: h.ExecutionID, Worker: "w", WorkerInstance: "w-2", Lane: grant.Lane, LeaseTTL: time.Minute, AttemptIndex: h.AttemptIndex,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := claimed.Handle
	if got.AttemptID != h.AttemptID || got.AttemptIndex != h.AttemptIndex || got.LeaseID == h.LeaseID ||
		got.LeaseEpoch != h.LeaseEpoch+1 || got.Kind != engine.HandleResumed {
		t.Fatalf("claimed %+v after %+v", got, h)
	}
	if err := s.Complete(Context(t), got, nil); err != nil {
		t.Fatal(err)
	}
}

func claimResumedTwice(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
	grant := grantFor(t, s, h.ExecutionID)
	claimed, err := s.ClaimFromResumeGrant(Context(t), grant, "w", "w-2", time.Minute)
	if err != nil || claimed.Handle.Kind != engine.HandleResumed {
		t.Fatalf("claimed %+v, error %v", claimed, err)
	}
	_, err = s.ClaimFromResumeGrant(Context(t), grant, "w", "w-2", time.Minute)
	wantError(t, err, engine.CodeExecutionNotLeaseable)
}

func claimNotResumed(t *testing.T, s Subject) {
	id := newExecution(t, s, "default")
	_, err := s.ClaimFromResumeGrant(Context(t), grantFor(t, s, id), "w", "w-2", time.Minute)
	wantError(t, err, engine.CodeNotAResumedExecution)
	_, err = s.ClaimFromResumeGrant(Context(t), engine.Grant{Execution: s.Partitions().NewSolo("default")}, "w", "w-2", time.Minute)
	wantError(t, err, engine.ClassNotFound)
}

func suspendedForever(t *testing.T, s Subject) {
	h := suspendedAt(t, s, "default", 0)
	if err := s.ExpireSuspension(Context(t), h.ExecutionID); err != nil {
		t.Fatal(err)
	}
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
}
