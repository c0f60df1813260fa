package enginetest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"ffboard/engine"
)

// hourAhead and hourAgo are far enough from now for a sequence to be over before it matters.
func hourAhead() time.Time { return time.Now().Add(time.Hour) }
func hourAgo() time.Time   { return time.Now().Add(-time.Hour) }

// create brings an execution in, or tries to once more.
func (r *modelRun) create(t *rapid.T, x *modelExecution) {
	key := ""
	if evenly(t, "key") {
		key = "key"
	}
	r.createExecution(t, x, key)
}

func (r *modelRun) createExecution(t *rapid.T, x *modelExecution, key string) {
	req := engine.CreateExecution{
		ID: x.id, Namespace: r.namespace, Lane: r.lane, Kind: "kind", Payload: []byte("input"),
		Priority: rapid.SampledFrom([]int{0, 0, 1, 20_000, -5}).Draw(t, "priority"),
		Policy:   somePolicy(t), IdempotencyKey: key,
	}
	if rarely(t, "later") {
		req.DelayUntil = hourAhead()
	} else if rarely(t, "long due") {
		req.DelayUntil = hourAgo()
	}
	if rarely(t, "deadline") {
		req.Deadline = hourAhead()
	}
	created, err := r.s.CreateExecution(r.ctx, req)
	r.agree(t, "create", err, "")
	first := x
	if key != "" && r.keyed != nil {
		first = r.keyed
	}
	same(t, "duplicate", created.Duplicate, first.Exists)
	same(t, "created", created.ID, first.id)
	if created.Duplicate {
		return
	}
	if key != "" {
		r.keyed = x
	}
	x.create(req)
	same(t, "state of what was created", created.State, x.State.Public)
}

// somePolicy has small limits, so that a sequence gets past them.
func somePolicy(t *rapid.T) *engine.ExecutionPolicy {
	if evenly(t, "no policy") {
		return nil
	}
	p := &engine.ExecutionPolicy{MaxReclaims: someLimit(t, "reclaims"), MaxReplays: someLimit(t, "replays")}
	if n := rapid.Uint32Range(0, 2).Draw(t, "retries"); n > 0 {
		p.Retry = &engine.RetryPolicy{MaxRetries: n, Backoff: engine.Backoff{Kind: engine.BackoffFixed, Fixed: modelBackoff}}
	}
	if evenly(t, "attempt timeout") {
		p.Timeout = &engine.TimeoutPolicy{Attempt: time.Hour}
	}
	if rarely(t, "gpu") {
		p.Routing = &engine.RoutingRequirements{Capabilities: []string{"gpu"}}
	}
	return p
}

const modelBackoff = time.Hour

func someLimit(t *rapid.T, what string) *uint32 {
	n := rapid.Uint32Range(0, 3).Draw(t, what)
	if n == 3 {
		return nil
	}
	return &n
}

// someWorker is one of two.
func someWorker(t *rapid.T) engine.WorkerID {
	if rarely(t, "the other worker") {
		return "w2"
	}
	return "w1"
}

func instanceOf(w engine.WorkerID) engine.WorkerInstanceID { return engine.WorkerInstanceID(w + "-1") }

// someCapabilities mostly cover everything.
func someCapabilities(t *rapid.T) []string {
	if rarely(t, "no capabilities") {
		return nil
	}
	return []string{"gpu"}
}

// someTTL is mostly long. A lease with the short one is over before anything else happens.
func someTTL(t *rapid.T) time.Duration {
	if rarely(t, "short lease") {
		return shortLease
	}
	return time.Minute
}

const shortLease = time.Millisecond

// leased gives an execution its lease, and waits for the end of a short one.
func (r *modelRun) leased(t *rapid.T, x *modelExecution, h engine.Handle) {
	x.took(h)
	same(t, "lease epoch", h.LeaseEpoch, x.Epoch)
	same(t, "attempt index", int(h.AttemptIndex), x.AttemptIndex)
	if h.LeaseTTL != shortLease {
		return
	}
	x.over = true
	begun := r.serverTime(t)
	for !r.serverTime(t).After(begun.Add(shortLease)) {
	}
}

func (r *modelRun) serverTime(t *rapid.T) time.Time {
	now, err := r.s.ServerTime(r.ctx)
	if err != nil {
		t.Fatalf("server time: %v", err)
	}
	return now
}

// claim asks for whatever there is in the lane.
func (r *modelRun) claim(t *rapid.T, _ *modelExecution) {
	w, capabilities := someWorker(t), someCapabilities(t)
	claimed, err := r.s.Claim(r.ctx, engine.ClaimRequest{
		Lane: r.lane, Capabilities: capabilities, Worker: w, WorkerInstance: instanceOf(w), LeaseTTL: someTTL(t),
	})
	r.agree(t, "claim", err, "")
	first := r.mostUrgent(func(x *modelExecution) bool {
		return x.eligible() && x.grantee == "" && x.covered(capabilities)
	})
	same(t, "something claimed", claimed != nil, first != nil)
	if claimed == nil {
		return
	}
	x := r.execution(claimed.Handle.ExecutionID)
	same(t, "the most urgent", x.id, first.id)
	x.grantee = w
	if x.State.Attempt == engine.AttemptInterrupted {
		same(t, "resumed", claimed.Handle.Kind, engine.HandleResumed)
		x.resume(w)
	} else {
		same(t, "claimed afresh", claimed.Handle.Kind, engine.HandleFresh)
		x.claim(w)
		same(t, "attempt type", claimed.AttemptType, x.Attempts[x.AttemptIndex].Type)
	}
	r.leased(t, x, claimed.Handle)
}

// mostUrgent comes first: of the highest priority the oldest.
func (r *modelRun) mostUrgent(wanted func(*modelExecution) bool) *modelExecution {
	var first *modelExecution
	for _, x := range r.executions { // oldest first
		if wanted(x) && (first == nil || x.Priority > first.Priority) {
			first = x
		}
	}
	return first
}

// grant is the first half of the long way to one execution.
func (r *modelRun) grant(t *rapid.T, x *modelExecution) {
	w, capabilities := someWorker(t), someCapabilities(t)
	_, err := r.s.IssueClaimGrant(r.ctx, engine.IssueGrant{
		Execution: x.id, Lane: r.lane, Worker: w, WorkerInstance: instanceOf(w), Capabilities: capabilities, TTL: time.Minute,
	})
	r.agree(t, fmt.Sprint("grant ", x.id), err, x.grantClaim(w, capabilities))
}

func (x *modelExecution) granted() bool { return x.runnable() && x.grantee != "" }

// claimGranted is the second half.
func (r *modelRun) claimGranted(t *rapid.T, x *modelExecution) {
	w := someWorker(t)
	claimed, err := r.s.ClaimExecution(r.ctx, engine.ClaimExecution{
		Execution: x.id, Lane: r.lane, Worker: w, WorkerInstance: instanceOf(w), LeaseTTL: someTTL(t),
		ExpectedAttempt: uint32(x.TotalAttempts),
	})
	r.agree(t, fmt.Sprint("claim with a grant ", x.id), err, x.claim(w))
	if err == nil {
		r.leased(t, x, claimed.Handle)
	}
}

// resumeGranted is the second half for an interrupted attempt.
func (r *modelRun) resumeGranted(t *rapid.T, x *modelExecution) {
	w := someWorker(t)
	claimed, err := r.s.ClaimFromResumeGrant(r.ctx, engine.Grant{Execution: x.id, Lane: r.lane}, w, instanceOf(w), someTTL(t))
	r.agree(t, fmt.Sprint("resume with a grant ", x.id), err, x.resume(w))
	if err == nil {
		r.leased(t, x, claimed.Handle)
	}
}

func (r *modelRun) overrideClaim(t *rapid.T, x *modelExecution) {
	ttl := someTTL(t)
	lease, err := r.s.IssueGrantAndClaim(r.ctx, x.id, r.lane, ttl)
	r.agree(t, fmt.Sprint("claim as an operator ", x.id), err, x.override())
	if err == nil {
		r.leased(t, x, r.overridden(t, x, lease, ttl))
	}
}

// overridden is the handle that the operator's claim does not hand out.
func (r *modelRun) overridden(t *rapid.T, x *modelExecution, lease engine.GrantedLease, ttl time.Duration) engine.Handle {
	described, err := r.s.DescribeExecution(r.ctx, x.id)
	if err != nil || described.Attempt == nil {
		t.Fatalf("describe %s: %+v, %v", x.id, described, err)
	}
	return engine.Handle{
		Kind: engine.HandleFresh, ExecutionID: x.id, AttemptIndex: lease.AttemptIndex, AttemptID: described.Attempt.ID,
		LeaseID: lease.LeaseID, LeaseEpoch: lease.LeaseEpoch, LeaseTTL: ttl, Lane: r.lane, WorkerInstance: "operator",
	}
}
