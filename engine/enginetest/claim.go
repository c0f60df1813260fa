package enginetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["claim"] = map[string]func(*testing.T, Subject){
		"a claim gives a fresh handle":                                claimFresh,
		"an empty lane gives nothing":                                 claimEmptyLane,
		"a lane gives nothing of another":                             claimOtherLane,
		"what an offer does not cover stays where it is":              claimUncovered,
		"a claim looks past what it cannot run":                       claimPastUncovered,
		"a claim looks past what is granted to another":               claimPastGranted,
		"the higher priority goes first, then the older":              claimOrder,
		"one claim finds the only execution of any partition":         claimAnyPartition,
		"many workers claim each execution once":                      claimConcurrently,
		"an interrupted attempt is taken up again":                    claimInterrupted,
		"a lease that would be over at once is refused":               claimNoTTL,
		"the policy's attempt timeout begins with the claim":          claimAttemptTimeout,
		"a grant is for one worker and one claim":                     claimGranted,
		"a second grant is refused while the first lives":             grantTwice,
		"a grant that would be over at once is refused":               grantNoTTL,
		"an operator takes an execution in one call":                  overrideClaim,
		"an operator cannot take what is taken, nor what is not":      overrideClaimRefused,
		"an operator takes a delayed attempt out of the delayed ones": overrideClaimDelayed,
	}
}

// submit creates an execution in a lane; options change the request.
func submit(t *testing.T, s Subject, lane engine.LaneID, options ...func(*engine.CreateExecution)) engine.ExecutionID {
	t.Helper()
	req := engine.CreateExecution{ID: s.Partitions().NewSolo(lane), Namespace: "ns", Lane: lane, Kind: "kind"}
	for _, option := range options {
		option(&req)
	}
	created, err := s.CreateExecution(Context(t), req)
	noError(t, err)
	return created.ID
}

func requiring(capabilities ...string) func(*engine.CreateExecution) {
	return func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{Routing: &engine.RoutingRequirements{Capabilities: capabilities}}
	}
}

func withPriority(p int) func(*engine.CreateExecution) {
	return func(req *engine.CreateExecution) { req.Priority = p }
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// tryClaim is nil when there is nothing to claim.
func tryClaim(t *testing.T, s Subject, lane engine.LaneID, capabilities ...string) *engine.Claimed {
	t.Helper()
	claimed, err := s.Claim(Context(t), engine.ClaimRequest{
		Lane: lane, Capabilities: capabilities, Worker: "w", WorkerInstance: "w-1", LeaseTTL: time.Minute,
	})
	noError(t, err)
	return claimed
}

func wantClaimed(t *testing.T, claimed *engine.Claimed, want engine.ExecutionID) {
	t.Helper()
	if claimed == nil || claimed.Handle.ExecutionID != want {
		t.Fatalf("claimed %+v, want %s", claimed, want)
	}
}

func claimFresh(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	claimed := tryClaim(t, s, "default")
	wantClaimed(t, claimed, id)
	h := claimed.Handle
	if h.Kind != engine.HandleFresh || h.AttemptIndex != 0 || h.LeaseEpoch != 1 || h.Lane != "default" || h.WorkerInstance != "w-1" ||
		h.LeaseTTL != time.Minute || claimed.AttemptType != engine.AttemptTypeInitial {
		t.Errorf("got %+v", claimed)
	}
	if left := time.Until(claimed.ExpiresAt); left < 50*time.Second || left > 70*time.Second {
		t.Errorf("the lease ends in %s", left)
	}
	wantState(t, s, id, engine.StateActive)
	if again := tryClaim(t, s, "default"); again != nil {
		t.Errorf("claimed twice: %+v", again)
	}
}

func claimEmptyLane(t *testing.T, s Subject) {
	if claimed := tryClaim(t, s, "gpu"); claimed != nil {
		t.Errorf("got %+v", claimed)
	}
}

func claimOtherLane(t *testing.T, s Subject) {
	submit(t, s, "default")
	if claimed := tryClaim(t, s, "gpu"); claimed != nil {
		t.Errorf("got %+v", claimed)
	}
}

func claimUncovered(t *testing.T, s Subject) {
	id := submit(t, s, "default", requiring("gpu", "cuda"))
	if claimed := tryClaim(t, s, "default", "gpu"); claimed != nil {
		t.Fatalf("got %+v", claimed)
	}
	wantState(t, s, id, engine.StateWaiting)
	wantClaimed(t, tryClaim(t, s, "default", "cuda", "gpu"), id)
}

func claimPastUncovered(t *testing.T, s Subject) {
	for range 3 {
		submit(t, s, "default", requiring("gpu"), func(req *engine.CreateExecution) { req.Priority = 9 })
	}
	id := submit(t, s, "default")
	wantClaimed(t, tryClaim(t, s, "default"), id)
}

func claimPastGranted(t *testing.T, s Subject) {
	first := submit(t, s, "default", withPriority(1))
	_, err := s.IssueClaimGrant(Context(t), grantTo("other", first, "default"))
	noError(t, err)
	second := submit(t, s, "default")
	wantClaimed(t, tryClaim(t, s, "default"), second)
}

func grantTo(worker engine.WorkerID, id engine.ExecutionID, lane engine.LaneID) engine.IssueGrant {
	return engine.IssueGrant{Execution: id, Lane: lane, Worker: worker, WorkerInstance: engine.WorkerInstanceID(worker + "-1"), TTL: 10 * time.Second}
}

func claimOrder(t *testing.T, s Subject) {
	older := submit(t, s, "default")
	created := time.Now()
	// Two stamps of one millisecond are ordered by id.
	Eventually(t, "the next millisecond", func() bool { return time.Since(created) > 2*time.Millisecond })
	younger := submit(t, s, "default")
	urgent := submit(t, s, "default", withPriority(5))
	for _, want := range []engine.ExecutionID{urgent, older, younger} {
		wantClaimed(t, tryClaim(t, s, "default"), want)
	}
}

func claimAnyPartition(t *testing.T, s Subject) {
	for p := range s.Partitions().FlowPartitions() {
		id := submit(t, s, "default", func(req *engine.CreateExecution) {
			req.ID = engine.ExecutionID(p.Tag() + ":" + s.Partitions().NewSolo("default").UUID())
		})
		wantClaimed(t, tryClaim(t, s, "default"), id)
	}
}

func claimConcurrently(t *testing.T, s Subject) {
	const executions, workers = 40, 8
	want := map[engine.ExecutionID]bool{}
	for i := range executions {
		want[submit(t, s, "default", withPriority(i%3))] = true
	}
	ctx := Context(t)
	var mu sync.Mutex
	taken := map[engine.ExecutionID]int{}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for {
				claimed, err := s.Claim(ctx, engine.ClaimRequest{
					Lane: "default", Worker: "w", WorkerInstance: engine.WorkerInstanceID(fmt.Sprint("w-", w)), LeaseTTL: time.Minute,
				})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				if claimed != nil {
					taken[claimed.Handle.ExecutionID]++
				}
				done := len(taken) == executions
				mu.Unlock()
				if err != nil || done || ctx.Err() != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for id, times := range taken {
		if times != 1 || !want[id] {
			t.Errorf("%s was claimed %d times", id, times)
		}
	}
	if len(taken) != executions {
		t.Errorf("%d of %d claimed", len(taken), executions)
	}
}

func claimInterrupted(t *testing.T, s Subject) {
	h := working(t, s, "default")
	suspend(t, s, h, waitFor("go"))
	_, err := s.ResumeExecution(Context(t), h.ExecutionID, "operator", 0)
	noError(t, err)
	claimed := tryClaim(t, s, "default")
	wantClaimed(t, claimed, h.ExecutionID)
	if got := claimed.Handle; got.Kind != engine.HandleResumed || got.AttemptID != h.AttemptID || got.AttemptIndex != h.AttemptIndex ||
		got.LeaseEpoch <= h.LeaseEpoch {
		t.Errorf("got %+v after %+v", got, h)
	}
}

func claimNoTTL(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	_, err := s.Claim(Context(t), engine.ClaimRequest{Lane: "default", Worker: "w", WorkerInstance: "w-1"})
	wantError(t, err, engine.CodeInvalidInput)
	_, err = s.IssueGrantAndClaim(Context(t), id, "default", 0)
	wantError(t, err, engine.CodeInvalidInput)
	wantState(t, s, id, engine.StateWaiting)
}

func claimAttemptTimeout(t *testing.T, s Subject) {
	id := submit(t, s, "default", func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{Timeout: &engine.TimeoutPolicy{Attempt: time.Hour}}
	})
	wantClaimed(t, tryClaim(t, s, "default"), id)
	now, err := s.ServerTime(Context(t))
	noError(t, err)
	for after, want := range map[time.Duration]bool{59 * time.Minute: false, 61 * time.Minute: true} {
		due, unread := s.Due(Context(t), []engine.Partition{id.Partition()}, engine.DueAttemptTimeout, "", now.Add(after), 10)
		if len(unread) > 0 {
			t.Fatal(unread)
		}
		if (len(due) == 1) != want {
			t.Errorf("due after %s: %v", after, due)
		}
	}
}

func claimGranted(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	grant, err := s.IssueClaimGrant(Context(t), grantTo("w", id, "default"))
	noError(t, err)
	if left := time.Until(grant.ExpiresAt); grant.Execution != id || grant.Partition != id.Partition() || grant.Resumed ||
		grant.AttemptIndex != 0 || left < 5*time.Second || left > 15*time.Second {
		t.Errorf("grant %+v", grant)
	}
	claimFor := func(worker engine.WorkerID) error {
		_, err := s.ClaimExecution(Context(t), engine.ClaimExecution{
			Execution: id, Lane: "default", Worker: worker, WorkerInstance: "w-1", LeaseTTL: time.Minute,
		})
		return err
	}
	wantError(t, claimFor("other"), engine.CodeInvalidClaimGrant)
	noError(t, claimFor("w"))
	if err := claimFor("w"); err == nil {
		t.Error("one grant was good for two claims")
	}
}

func grantTwice(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	_, err := s.IssueClaimGrant(Context(t), grantTo("w", id, "default"))
	noError(t, err)
	_, err = s.IssueClaimGrant(Context(t), grantTo("v", id, "default"))
	wantError(t, err, engine.CodeGrantAlreadyExists)
}

func grantNoTTL(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	for _, ttl := range []time.Duration{0, -time.Second, time.Minute + time.Millisecond} {
		grant := grantTo("w", id, "default")
		grant.TTL = ttl
		_, err := s.IssueClaimGrant(Context(t), grant)
		wantError(t, err, engine.CodeInvalidInput)
	}
}

func overrideClaim(t *testing.T, s Subject) {
	id := submit(t, s, "default", requiring("gpu"))
	lease, err := s.IssueGrantAndClaim(Context(t), id, "default", time.Minute)
	noError(t, err)
	if lease.LeaseEpoch != 1 || lease.AttemptIndex != 0 || lease.LeaseID == "" {
		t.Errorf("lease %+v", lease)
	}
	e, err := s.DescribeExecution(Context(t), id)
	noError(t, err)
	if e.State.Phase != engine.PhaseActive || e.Lease == nil || e.Lease.ID != lease.LeaseID || e.Lease.Worker != "operator" {
		t.Errorf("execution %+v, lease %+v", e.State, e.Lease)
	}
}

func overrideClaimRefused(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	_, err := s.IssueGrantAndClaim(Context(t), id, "default", time.Minute)
	noError(t, err)
	_, err = s.IssueGrantAndClaim(Context(t), id, "default", time.Minute)
	wantError(t, err, engine.CodeExecutionNotEligible)
	_, err = s.IssueGrantAndClaim(Context(t), s.Partitions().NewSolo("default"), "default", time.Minute)
	wantError(t, err, engine.CodeExecutionNotFound)
}

func overrideClaimDelayed(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Delay(Context(t), h, time.Now().Add(time.Hour)))
	lease, err := s.IssueGrantAndClaim(Context(t), h.ExecutionID, "default", time.Minute)
	noError(t, err)
	if lease.LeaseEpoch != h.LeaseEpoch+1 || lease.AttemptIndex != h.AttemptIndex {
		t.Errorf("lease %+v after %+v", lease, h)
	}
	delayed, err := s.LaneExecutions(Context(t), "default", engine.IndexDelayed, 10)
	noError(t, err)
	if len(delayed) != 0 {
		t.Errorf("still delayed: %+v", delayed)
	}
}
