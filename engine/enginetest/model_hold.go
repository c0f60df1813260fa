package enginetest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"ffboard/engine"
)

// What the holder of a lease does.

func (r *modelRun) renew(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	h.LeaseTTL = time.Minute
	_, err := r.s.Renew(r.ctx, h)
	r.agree(t, fmt.Sprint("renew ", x.id), err, x.holds(h.Fence()))
}

func (r *modelRun) renewByFence(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	_, err := r.s.RenewLease(r.ctx, x.id, h.Fence(), time.Minute, 0)
	r.agree(t, fmt.Sprint("renew by fence ", x.id), err, x.holds(h.Fence()))
}

func (r *modelRun) progress(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	r.agree(t, fmt.Sprint("progress ", x.id), r.s.Progress(r.ctx, h, 50, "half"), x.progress(h.Fence()))
}

func (r *modelRun) complete(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	result := someResult(t)
	r.agree(t, fmt.Sprint("complete ", x.id), r.s.Complete(r.ctx, h, []byte(result)), x.complete(h.Fence(), result))
}

func someResult(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "result", "other"}).Draw(t, "result")
}

// overrideComplete completes without a fence: a repeat of that is nobody's own.
func (r *modelRun) overrideComplete(t *rapid.T, x *modelExecution) {
	result := someResult(t)
	err := r.s.CompleteExecution(r.ctx, x.id, nil, []byte(result), engine.CancelByOperator)
	code := engine.CodeExecutionNotActive
	if !x.terminal() {
		code = x.complete(x.fence(), result)
	}
	r.agree(t, fmt.Sprint("complete for the holder of ", x.id), err, code)
}

func (r *modelRun) fail(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	reason := fmt.Sprint("failure ", h.LeaseEpoch)
	result, err := r.s.Fail(r.ctx, h, engine.Failure{Message: reason, Class: engine.FailureTransient})
	again, code := x.fail(h.Fence(), reason, modelBackoff)
	r.agree(t, fmt.Sprint("fail ", x.id), err, code)
	same(t, "retry", result.Retry, again)
	if again {
		same(t, "next attempt", int(result.NextAttempt), x.TotalAttempts)
	}
}

func (r *modelRun) cancelHeld(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	reason := fmt.Sprint("cancel ", h.LeaseEpoch)
	r.agree(t, fmt.Sprint("cancel by holder ", x.id), r.s.Cancel(r.ctx, h, reason), x.holderCancels(h.Fence(), reason))
}

func (r *modelRun) delay(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	until := hourAhead()
	if evenly(t, "due") {
		until = hourAgo()
	}
	r.agree(t, fmt.Sprint("delay ", x.id), r.s.Delay(r.ctx, h, until), x.handBack(h.Fence(), until))
}

func (r *modelRun) waitChildren(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	r.agree(t, fmt.Sprint("wait for children ", x.id), r.s.WaitChildren(r.ctx, h), x.waitChildren(h.Fence()))
}

// What becomes of leases from outside.

func (r *modelRun) revoke(t *rapid.T, x *modelExecution) {
	expected := x.LeaseID
	if evenly(t, "any lease") {
		expected = ""
	} else if rarely(t, "another lease") {
		expected = engine.NewLeaseID()
	}
	revoked, err := r.s.RevokeLease(r.ctx, x.id, expected, "enough")
	taken, code := x.revoke(expected)
	r.agree(t, fmt.Sprint("revoke ", x.id), err, code)
	same(t, "revoked", revoked, taken)
}

func (r *modelRun) markExpired(t *rapid.T, x *modelExecution) {
	x.lapse()
	r.agree(t, fmt.Sprint("mark expired ", x.id), r.s.MarkLeaseExpiredIfDue(r.ctx, x.id), "")
}

func (r *modelRun) grantReclaim(t *rapid.T, x *modelExecution) {
	w, capabilities := someWorker(t), someCapabilities(t)
	_, why, err := r.s.IssueReclaimGrant(r.ctx, engine.IssueGrant{
		Execution: x.id, Lane: r.lane, Worker: w, WorkerInstance: instanceOf(w), Capabilities: capabilities, TTL: time.Minute,
	})
	wanted, code := x.grantReclaim(w, capabilities)
	r.agree(t, fmt.Sprint("grant reclaim ", x.id), err, code)
	same(t, "not reclaimable", why, wanted)
}

func (r *modelRun) reclaim(t *rapid.T, x *modelExecution) {
	w := someWorker(t)
	outcome, err := r.s.ReclaimExecution(r.ctx, engine.Reclaim{
		Execution: x.id, Lane: r.lane, Worker: w, WorkerInstance: instanceOf(w), LeaseTTL: someTTL(t),
		AttemptIndex: uint32(max(x.AttemptIndex, 0)),
	})
	done, code := x.reclaim(w)
	r.agree(t, fmt.Sprint("reclaim ", x.id), err, code)
	same(t, "reclaimed", outcome.Claimed != nil, done == reclaimDone)
	same(t, "no grant", outcome.GrantNotFound, done == reclaimNoGrant)
	same(t, "not reclaimable", outcome.NotReclaimable != "", done == reclaimNotReclaimable)
	if done == reclaimCapped {
		same(t, "cap", outcome.CapExceeded, x.maxReclaims)
	}
	if outcome.Claimed != nil {
		r.leased(t, x, outcome.Claimed.Handle)
	}
}
