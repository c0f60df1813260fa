package enginetest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"ffboard/engine"
)

// What operators, schedulers and scanners do.

func (x *modelExecution) live() bool { return x.Exists && !x.terminal() }

func (r *modelRun) cancel(t *rapid.T, x *modelExecution) {
	before, err := r.s.CancelExecution(r.ctx, x.id, "stop", engine.CancelByOperator)
	was, code := x.operatorCancels("stop")
	r.agree(t, fmt.Sprint("cancel ", x.id), err, code)
	if code == "" {
		same(t, "phase before", before, was)
	}
}

func (r *modelRun) cancelInLine(t *rapid.T, x *modelExecution) {
	cancelled, err := r.s.CancelPendingMember(r.ctx, x.id, "in line")
	inLine := x.runnable()
	r.agree(t, fmt.Sprint("cancel if in line ", x.id), err, "")
	same(t, "cancelled", cancelled, inLine)
	if inLine {
		x.cancelled("in line", "operator")
	}
}

func (r *modelRun) expire(t *rapid.T, x *modelExecution) {
	reason := engine.ExpireDeadline
	if evenly(t, "attempt timeout") {
		reason = engine.ExpireAttemptTimeout
	}
	r.agree(t, fmt.Sprint("expire ", x.id), r.s.ExpireExecution(r.ctx, x.id, reason), "")
	x.expired(string(reason))
}

func (r *modelRun) replay(t *rapid.T, x *modelExecution) {
	state, err := r.s.ReplayExecution(r.ctx, x.id)
	want, code := x.replay(&r.world)
	r.agree(t, fmt.Sprint("replay ", x.id), err, code)
	same(t, "state after replay", state, want)
}

func (r *modelRun) changePriority(t *rapid.T, x *modelExecution) {
	p := rapid.IntRange(-1, 9001).Draw(t, "priority")
	r.agree(t, fmt.Sprint("change priority ", x.id), r.s.ChangePriority(r.ctx, x.id, p), x.setPriority(p))
}

func someBlockingReason(t *rapid.T) engine.BlockingReason {
	return rapid.SampledFrom([]engine.BlockingReason{
		engine.WaitingForBudget, engine.WaitingForQuota, engine.WaitingForCapableWorker,
	}).Draw(t, "reason")
}

func (r *modelRun) block(t *rapid.T, x *modelExecution) {
	why := someBlockingReason(t)
	rejected, err := r.s.Block(r.ctx, engine.BlockRequest{Execution: x.id, Lane: r.lane, Reason: why, Detail: "full"})
	if rejected != nil {
		err = rejected
	}
	r.agree(t, fmt.Sprint("block ", x.id), err, x.block(why))
}

func (r *modelRun) unblock(t *rapid.T, x *modelExecution) {
	why := x.State.Blocking
	if blockedAs[why] == "" || rarely(t, "another reason") {
		why = someBlockingReason(t)
	}
	err := r.s.UnblockExecution(r.ctx, r.lane, x.id, why, time.Now())
	r.agree(t, fmt.Sprint("unblock ", x.id), err, x.unblock(why))
}

func (r *modelRun) promoteDelayed(t *rapid.T, x *modelExecution) {
	now := time.Now()
	if !rarely(t, "early") {
		now = now.Add(2 * time.Hour)
	}
	r.agree(t, fmt.Sprint("promote ", x.id), r.s.PromoteDelayed(r.ctx, r.lane, x.id, now), "")
	x.promote(now)
}
