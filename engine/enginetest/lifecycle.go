package enginetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["lifecycle"] = map[string]func(*testing.T, Subject){
		"completing stores the result and ends the execution":          complete,
		"completing with nothing leaves no result":                     completeEmpty,
		"completing twice is one completion":                           completeTwice,
		"failing without a retry policy ends the execution":            failForGood,
		"failing with retries left delays the next attempt":            failAndRetry,
		"failing more often than the policy allows ends the execution": failToTheEnd,
		"the holder can cancel its own execution":                      cancelOwn,
		"a holder that lost its lease cannot end the execution":        staleHolder,
		"renewing moves the expiry and nothing else":                   renew,
		"renewing what is over is refused":                             renewOver,
		"progress is stored and kept":                                  progress,
		"a delayed execution goes on as the same attempt":              delayAndResume,
		"waiting for children hands the execution back":                waitChildren,
		"a handler gets payload, kind and tags":                        readContext,
		"the context of an unknown execution is not found":             readContextUnknown,
		"an operator completes without a lease":                        serviceComplete,
		"a service call without a lease needs the operator's override": serviceFence,
		"a service call fails an attempt by its fence":                 serviceFail,
		"a service call renews by its fence":                           serviceRenew,
		"an operator cancels in any phase but the last":                operatorCancel,
		"cancelling what is over says how it ended":                    operatorCancelOver,
		"revoking takes the lease and leaves the execution to others":  revoke,
		"a due lease is marked and can be reclaimed":                   reclaimExpired,
		"a reclaim without a grant finds none":                         reclaimWithoutGrant,
		"the policy's reclaim cap wins and ends the execution":         reclaimCap,
		"a live lease is not reclaimable":                              reclaimLive,
		"a reclaim grant for an unknown execution is not found":        reclaimUnknown,
		"a deadline expires an execution that waits":                   expireWaiting,
		"an attempt timeout expires an execution that runs":            expireRunning,
		"expiring what is over changes nothing":                        expireOver,
		"a trimmed execution is gone":                                  trim,
	}
}

func complete(t *testing.T, s Subject) {
	h := working(t, s, "default")
	if result, err := s.ExecutionResult(Context(t), h.ExecutionID); result != nil || err != nil {
		t.Fatalf("before: %q, %v", result, err)
	}
	noError(t, s.Complete(Context(t), h, []byte("\x00\xffresult")))
	wantState(t, s, h.ExecutionID, engine.StateCompleted)
	result, err := s.ExecutionResult(Context(t), h.ExecutionID)
	noError(t, err)
	if string(result) != "\x00\xffresult" {
		t.Errorf("result %q", result)
	}
	e := describe(t, s, h.ExecutionID)
	if e.Lease != nil || e.CompletedAt.IsZero() || e.State.Outcome != engine.OutcomeSuccess {
		t.Errorf("execution %+v", e)
	}
}

func completeEmpty(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Complete(Context(t), h, nil))
	if result, err := s.ExecutionResult(Context(t), h.ExecutionID); result != nil || err != nil {
		t.Errorf("result %q, %v", result, err)
	}
}

func completeTwice(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Complete(Context(t), h, nil))
	noError(t, s.Complete(Context(t), h, nil))
	h.LeaseEpoch++
	wantError(t, s.Complete(Context(t), h, nil), engine.CodeExecutionNotActive)
}

func describe(t *testing.T, s Subject, id engine.ExecutionID) *engine.Execution {
	t.Helper()
	e, err := s.DescribeExecution(Context(t), id)
	noError(t, err)
	if e == nil {
		t.Fatalf("%s does not exist", id)
	}
	return e
}

func failForGood(t *testing.T, s Subject) {
	h := working(t, s, "default")
	result, err := s.Fail(Context(t), h, engine.Failure{Message: "boom", Class: engine.FailurePermanent})
	noError(t, err)
	if result.Retry {
		t.Errorf("result %+v", result)
	}
	wantState(t, s, h.ExecutionID, engine.StateFailed)
	if e := describe(t, s, h.ExecutionID); e.FailureReason != "boom" || e.RetryCount != 0 {
		t.Errorf("execution %+v", e)
	}
}

// retrying is a policy of so many retries without a wait.
func retrying(n uint32) func(*engine.CreateExecution) {
	return func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: n, Backoff: engine.Backoff{Kind: engine.BackoffFixed}}}
	}
}

// promoteDue makes a delayed execution eligible that is due by now.
func promoteDue(t *testing.T, s Subject, id engine.ExecutionID) {
	t.Helper()
	noError(t, s.PromoteDelayed(Context(t), "default", id, serverNow(t, s)))
	wantState(t, s, id, engine.StateWaiting)
}

func serverNow(t *testing.T, s Subject) time.Time {
	t.Helper()
	now, err := s.ServerTime(Context(t))
	noError(t, err)
	return now
}

func failAndRetry(t *testing.T, s Subject) {
	id := submit(t, s, "default", retrying(3))
	first := claim(t, s, "default")
	result, err := s.Fail(Context(t), first, engine.Failure{Message: "boom", Class: engine.FailureTransient})
	noError(t, err)
	if !result.Retry || result.NextAttempt != 1 || result.DelayUntil.IsZero() {
		t.Errorf("result %+v", result)
	}
	wantState(t, s, id, engine.StateDelayed)
	promoteDue(t, s, id)
	second := claim(t, s, "default")
	if second.AttemptIndex != 1 || second.AttemptID == first.AttemptID || second.LeaseEpoch != 2 {
		t.Errorf("second attempt %+v", second)
	}
	wantError(t, s.Complete(Context(t), first, nil), engine.CodeStaleLease)
	noError(t, s.Complete(Context(t), second, nil))
}

func failToTheEnd(t *testing.T, s Subject) {
	id := submit(t, s, "default", retrying(1))
	for attempt, want := range []bool{true, false} {
		result, err := s.Fail(Context(t), claim(t, s, "default"), engine.Failure{Class: engine.FailureTransient})
		noError(t, err)
		if result.Retry != want {
			t.Fatalf("attempt %d: retry %v, want %v", attempt, result.Retry, want)
		}
		if want {
			promoteDue(t, s, id)
		}
	}
	wantState(t, s, id, engine.StateFailed)
}

func cancelOwn(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Cancel(Context(t), h, "changed my mind"))
	wantState(t, s, h.ExecutionID, engine.StateCancelled)
	if e := describe(t, s, h.ExecutionID); e.CancellationReason != "changed my mind" || e.CancelledBy != "worker" {
		t.Errorf("execution %+v", e)
	}
}

func staleHolder(t *testing.T, s Subject) {
	h := working(t, s, "default")
	stale := h
	stale.LeaseID = engine.NewLeaseID()
	for name, err := range map[string]error{
		"complete": s.Complete(Context(t), stale, nil),
		"fail":     errorOf(s.Fail(Context(t), stale, engine.Failure{Class: engine.FailureTransient})),
		"cancel":   s.Cancel(Context(t), stale, "stop"),
		"renew":    errorOf(s.Renew(Context(t), stale)),
		"progress": s.Progress(Context(t), stale, 1, ""),
		"delay":    s.Delay(Context(t), stale, serverNow(t, s)),
		"wait":     s.WaitChildren(Context(t), stale),
	} {
		if !errors.Is(err, engine.CodeStaleLease) {
			t.Errorf("%s: %v, want stale_lease", name, err)
		}
	}
	wantState(t, s, h.ExecutionID, engine.StateActive)
}

func errorOf[T any](_ T, err error) error { return err }

func renew(t *testing.T, s Subject) {
	h := working(t, s, "default")
	before := describe(t, s, h.ExecutionID)
	h.LeaseTTL = time.Hour
	expires, err := s.Renew(Context(t), h)
	noError(t, err)
	after := describe(t, s, h.ExecutionID)
	if !after.Lease.ExpiresAt.Equal(expires) || !expires.After(before.Lease.ExpiresAt) {
		t.Errorf("expiry %v, then %v; replied %v", before.Lease.ExpiresAt, after.Lease.ExpiresAt, expires)
	}
	if after.Lease.ID != before.Lease.ID || after.Lease.Epoch != before.Lease.Epoch || after.State != before.State {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func renewOver(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Complete(Context(t), h, nil))
	_, err := s.Renew(Context(t), h)
	wantError(t, err, engine.CodeExecutionNotActive)
	if engine.Retryable(err) {
		t.Error("it says that asking again may help")
	}
}

func progress(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Progress(Context(t), h, 40, "begun"))
	noError(t, s.Progress(Context(t), h, -1, "going on"))
	e := describe(t, s, h.ExecutionID)
	if e.ProgressPercent != 40 || e.ProgressMessage != "going on" || e.ProgressUpdatedAt.IsZero() {
		t.Errorf("progress %d %q %v", e.ProgressPercent, e.ProgressMessage, e.ProgressUpdatedAt)
	}
	wantError(t, s.Progress(Context(t), h, 101, ""), engine.ClassValidation)
}

func delayAndResume(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Delay(Context(t), h, serverNow(t, s)))
	wantState(t, s, h.ExecutionID, engine.StateDelayed)
	promoteDue(t, s, h.ExecutionID)
	resumed := claim(t, s, "default")
	if resumed.Kind != engine.HandleResumed || resumed.AttemptID != h.AttemptID || resumed.AttemptIndex != h.AttemptIndex || resumed.LeaseEpoch != 2 {
		t.Errorf("resumed %+v, want attempt %s again", resumed, h.AttemptID)
	}
	noError(t, s.Complete(Context(t), resumed, nil))
}

func waitChildren(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.WaitChildren(Context(t), h))
	wantState(t, s, h.ExecutionID, engine.StateWaitingChildren)
	wantError(t, s.Complete(Context(t), h, nil), engine.CodeExecutionNotActive)
}

func readContext(t *testing.T, s Subject) {
	id := submit(t, s, "default", func(req *engine.CreateExecution) {
		req.Payload, req.Kind, req.Tags = []byte("\xff\xfe\x00"), "transcode", map[string]string{"app.team": "a"}
	})
	begin, err := s.ReadExecutionContext(Context(t), id)
	noError(t, err)
	if string(begin.Payload) != "\xff\xfe\x00" || begin.Kind != "transcode" || begin.Tags["app.team"] != "a" || len(begin.Tags) != 1 {
		t.Errorf("context %+v", begin)
	}
}

func readContextUnknown(t *testing.T, s Subject) {
	_, err := s.ReadExecutionContext(Context(t), s.Partitions().NewSolo("default"))
	wantError(t, err, engine.CodeExecutionNotFound)
}

func serviceComplete(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.CompleteExecution(Context(t), h.ExecutionID, nil, []byte("by hand"), engine.CancelByOperator))
	wantState(t, s, h.ExecutionID, engine.StateCompleted)
	result, err := s.ExecutionResult(Context(t), h.ExecutionID)
	noError(t, err)
	if string(result) != "by hand" {
		t.Errorf("result %q", result)
	}
}

func serviceFence(t *testing.T, s Subject) {
	h := working(t, s, "default")
	wantError(t, s.CompleteExecution(Context(t), h.ExecutionID, nil, nil, engine.CancelByLeaseHolder), engine.CodeFenceRequired)
	partial := engine.LeaseFence{LeaseID: h.LeaseID, LeaseEpoch: 1}
	wantError(t, s.CompleteExecution(Context(t), h.ExecutionID, &partial, nil, ""), engine.CodePartialFenceTriple)
	stale := h.Fence()
	stale.LeaseEpoch++
	wantError(t, s.CompleteExecution(Context(t), h.ExecutionID, &stale, nil, ""), engine.CodeStaleLease)
	wantState(t, s, h.ExecutionID, engine.StateActive)
}

func serviceFail(t *testing.T, s Subject) {
	id := submit(t, s, "default", retrying(3))
	fence := claim(t, s, "default").Fence()
	first, err := s.FailExecution(Context(t), id, &fence, engine.Failure{Message: "boom", Class: engine.FailureTransient}, "")
	noError(t, err)
	again, err := s.FailExecution(Context(t), id, &fence, engine.Failure{Message: "boom", Class: engine.FailureTransient}, "")
	noError(t, err)
	if !first.Retry || first != again {
		t.Errorf("first %+v, again %+v", first, again)
	}
	wantState(t, s, id, engine.StateDelayed)
}

func serviceRenew(t *testing.T, s Subject) {
	h := working(t, s, "default")
	expires, err := s.RenewLease(Context(t), h.ExecutionID, h.Fence(), time.Hour, 0)
	noError(t, err)
	if lease := describe(t, s, h.ExecutionID).Lease; !lease.ExpiresAt.Equal(expires) {
		t.Errorf("lease %+v, want expiry %v", lease, expires)
	}
}

func operatorCancel(t *testing.T, s Subject) {
	waiting := submit(t, s, "default")
	phase, err := s.CancelExecution(Context(t), waiting, "not needed", "")
	noError(t, err)
	if phase != engine.PhaseRunnable {
		t.Errorf("it was %q", phase)
	}
	running := working(t, s, "default").ExecutionID
	phase, err = s.CancelExecution(Context(t), running, "not needed", "")
	noError(t, err)
	if phase != engine.PhaseActive {
		t.Errorf("it was %q", phase)
	}
	for _, id := range []engine.ExecutionID{waiting, running} {
		e := describe(t, s, id)
		if e.State.Public != engine.StateCancelled || e.CancelledBy != string(engine.CancelByOperator) || e.Lease != nil {
			t.Errorf("execution %+v", e)
		}
	}
	if claimed := tryClaim(t, s, "default"); claimed != nil {
		t.Errorf("claimed %+v", claimed)
	}
}

func operatorCancelOver(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Complete(Context(t), h, nil))
	_, err := s.CancelExecution(Context(t), h.ExecutionID, "too late", "")
	wantError(t, err, engine.CodeExecutionNotActive)
	var e *engine.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	if outcome, _, phase, attempt, _ := e.NotActive(); outcome != "success" || phase != "terminal" || attempt != string(h.AttemptID) {
		t.Errorf("slots of %v", err)
	}
}

func revoke(t *testing.T, s Subject) {
	h := working(t, s, "default")
	revoked, err := s.RevokeLease(Context(t), h.ExecutionID, h.LeaseID, "maintenance")
	noError(t, err)
	if !revoked {
		t.Error("nothing was revoked")
	}
	_, err = s.Renew(Context(t), h)
	wantError(t, err, engine.CodeLeaseRevoked)
	if again, err := s.RevokeLease(Context(t), h.ExecutionID, "", ""); again || err != nil {
		t.Errorf("again: %v, %v", again, err)
	}
	if e := describe(t, s, h.ExecutionID); e.State.Ownership != engine.OwnerRevoked || e.LeaseRevokeReason != "maintenance" {
		t.Errorf("execution %+v", e)
	}
	reclaimed := reclaimBy(t, s, h.ExecutionID, "other")
	if reclaimed.Claimed == nil || reclaimed.Claimed.Handle.AttemptIndex != 1 {
		t.Fatalf("reclaim %+v", reclaimed)
	}
	noError(t, s.Complete(Context(t), reclaimed.Claimed.Handle, nil))
}

// reclaimBy grants and reclaims.
func reclaimBy(t *testing.T, s Subject, id engine.ExecutionID, worker engine.WorkerID) engine.ReclaimOutcome {
	t.Helper()
	grant, why, err := s.IssueReclaimGrant(Context(t), grantTo(worker, id, "default"))
	noError(t, err)
	if grant == nil {
		t.Fatalf("no grant: %s", why)
	}
	return reclaimWith(t, s, id, worker, grant.AttemptIndex)
}

func reclaimWith(t *testing.T, s Subject, id engine.ExecutionID, worker engine.WorkerID, attempt uint32) engine.ReclaimOutcome {
	t.Helper()
	outcome, err := s.ReclaimExecution(Context(t), engine.Reclaim{
		Execution: id, Worker: worker, WorkerInstance: engine.WorkerInstanceID(worker + "-1"), Lane: "default",
		LeaseTTL: time.Minute, AttemptIndex: attempt,
	})
	noError(t, err)
	return outcome
}

// abandoned is an execution whose lease ran out and is marked so.
func abandoned(t *testing.T, s Subject, options ...func(*engine.CreateExecution)) engine.Handle {
	t.Helper()
	submit(t, s, "default", options...)
	claimed, err := s.Claim(Context(t), engine.ClaimRequest{Lane: "default", Worker: "w", WorkerInstance: "w-1", LeaseTTL: time.Millisecond})
	noError(t, err)
	Eventually(t, "the lease ran out", func() bool {
		noError(t, s.MarkLeaseExpiredIfDue(Context(t), claimed.Handle.ExecutionID))
		return describe(t, s, claimed.Handle.ExecutionID).State.Ownership == engine.OwnerExpired
	})
	return claimed.Handle
}

func reclaimExpired(t *testing.T, s Subject) {
	h := abandoned(t, s)
	page, err := s.ListExpiredLeases(Context(t), serverNow(t, s), nil, 10)
	noError(t, err)
	if len(page.Items) != 1 || page.Items[0].Execution != h.ExecutionID || page.Items[0].LeaseID != h.LeaseID || page.Next != "" {
		t.Errorf("expired leases %+v", page)
	}
	outcome := reclaimBy(t, s, h.ExecutionID, "other")
	if outcome.Claimed == nil {
		t.Fatalf("outcome %+v", outcome)
	}
	got := outcome.Claimed.Handle
	if got.Kind != engine.HandleReclaimed || got.AttemptIndex != 1 || got.AttemptID == h.AttemptID || got.LeaseEpoch != 2 || got.WorkerInstance != "other-1" {
		t.Errorf("handle %+v", got)
	}
	wantError(t, s.Complete(Context(t), h, nil), engine.CodeStaleLease)
	noError(t, s.Complete(Context(t), got, nil))
	if e := describe(t, s, h.ExecutionID); e.ReclaimCount != 1 || e.TotalAttempts != 2 {
		t.Errorf("execution %+v", e)
	}
}

func reclaimWithoutGrant(t *testing.T, s Subject) {
	h := abandoned(t, s)
	if outcome := reclaimWith(t, s, h.ExecutionID, "other", 0); !outcome.GrantNotFound {
		t.Errorf("outcome %+v", outcome)
	}
	grant, _, err := s.IssueReclaimGrant(Context(t), grantTo("other", h.ExecutionID, "default"))
	noError(t, err)
	if grant.Execution != h.ExecutionID || grant.Lane != "default" || !grant.ExpiresAt.After(serverNow(t, s)) {
		t.Errorf("grant %+v", grant)
	}
	if outcome := reclaimWith(t, s, h.ExecutionID, "third", 0); !outcome.GrantNotFound {
		t.Errorf("with another worker's grant: %+v", outcome)
	}
}

func reclaimCap(t *testing.T, s Subject) {
	once := uint32(1)
	h := abandoned(t, s, func(req *engine.CreateExecution) { req.Policy = &engine.ExecutionPolicy{MaxReclaims: &once} })
	first := reclaimBy(t, s, h.ExecutionID, "other")
	if first.Claimed == nil {
		t.Fatalf("first %+v", first)
	}
	_, err := s.RevokeLease(Context(t), h.ExecutionID, "", "")
	noError(t, err)
	if second := reclaimBy(t, s, h.ExecutionID, "other"); second.Claimed != nil || second.CapExceeded != 1 {
		t.Errorf("second %+v", second)
	}
	wantState(t, s, h.ExecutionID, engine.StateFailed)
}

func reclaimLive(t *testing.T, s Subject) {
	h := working(t, s, "default")
	grant, why, err := s.IssueReclaimGrant(Context(t), grantTo("other", h.ExecutionID, "default"))
	noError(t, err)
	if grant != nil || why != "execution_not_reclaimable" {
		t.Errorf("grant %+v, %q", grant, why)
	}
	if outcome := reclaimWith(t, s, h.ExecutionID, "other", 0); outcome.NotReclaimable != "execution_not_reclaimable" {
		t.Errorf("outcome %+v", outcome)
	}
}

func reclaimUnknown(t *testing.T, s Subject) {
	_, _, err := s.IssueReclaimGrant(Context(t), grantTo("other", s.Partitions().NewSolo("default"), "default"))
	wantError(t, err, engine.ClassNotFound)
}

func expireWaiting(t *testing.T, s Subject) {
	id := submit(t, s, "default", func(req *engine.CreateExecution) { req.Deadline = time.UnixMilli(1) })
	due, unread := s.Due(Context(t), []engine.Partition{id.Partition()}, engine.DueDeadline, "", serverNow(t, s), 10)
	if len(unread) > 0 {
		t.Fatal(unread)
	}
	if len(due) != 1 || due[0].Member != string(id) {
		t.Fatalf("due %v", due)
	}
	noError(t, s.ExpireExecution(Context(t), id, engine.ExpireDeadline))
	if e := describe(t, s, id); e.State.Public != engine.StateExpired || e.FailureReason != "execution_deadline" {
		t.Errorf("execution %+v", e)
	}
}

func expireRunning(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.ExpireExecution(Context(t), h.ExecutionID, engine.ExpireAttemptTimeout))
	wantState(t, s, h.ExecutionID, engine.StateExpired)
	wantError(t, s.Complete(Context(t), h, nil), engine.CodeExecutionNotActive)
}

func expireOver(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Complete(Context(t), h, nil))
	noError(t, s.ExpireExecution(Context(t), h.ExecutionID, engine.ExpireDeadline))
	noError(t, s.ExpireExecution(Context(t), s.Partitions().NewSolo("default"), engine.ExpireDeadline))
	wantState(t, s, h.ExecutionID, engine.StateCompleted)
}

func trim(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Complete(Context(t), h, nil))
	for after, want := range []int{0, 1} {
		now := serverNow(t, s).Add(time.Duration(after) * 2 * time.Hour)
		n, err := s.TrimRetention(Context(t), h.ExecutionID.Partition(), "default", time.Hour, now, 10)
		noError(t, err)
		if n != want {
			t.Errorf("%d trimmed, want %d", n, want)
		}
	}
	if e, err := s.DescribeExecution(Context(t), h.ExecutionID); e != nil || err != nil {
		t.Errorf("it is still there: %+v, %v", e, err)
	}
	page, err := s.ListExecutions(Context(t), h.ExecutionID.Partition(), "", 10)
	noError(t, err)
	for _, id := range page.Items {
		if strings.EqualFold(string(id), string(h.ExecutionID)) {
			t.Error("it is still listed")
		}
	}
}
