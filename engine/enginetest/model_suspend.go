package enginetest

import (
	"fmt"
	"reflect"
	"time"

	"pgregory.net/rapid"

	"ffboard/engine"
)

// suspendSome suspends on fresh waitpoints, on a pending one, or on one whose id was used before.
func (r *modelRun) suspendSome(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	args := r.someSuspend(t, x)
	if rarely(t, "suspended handle") {
		h.Kind = engine.HandleSuspended
	}
	outcome, err := r.s.Suspend(r.ctx, h, args)
	code := r.suspendRefused(x, h, args)
	r.agree(t, fmt.Sprint("suspend ", x.id), err, code)
	if code != "" {
		return
	}
	same(t, "satisfied early", outcome.AlreadySatisfied, r.suspend(x, args))
	for i, issued := range outcome.Waitpoints {
		wp := r.waitpoint(issued.ID)
		same(t, "waitpoint", issued.ID, args.Waitpoints[i].ID)
		same(t, "waitpoint key", issued.Key, wp.key)
		wp.token = issued.Token
	}
	if args.IdempotencyKey != "" {
		if x.repeats == nil {
			x.repeats = map[string]engine.SuspendOutcome{}
		}
		x.repeats[args.IdempotencyKey] = outcome
	}
}

// repeatSuspend is answered with what came of it the first time, whatever has become of the execution since (spec 03b §4.1).
func (r *modelRun) repeatSuspend(t *rapid.T, x *modelExecution) {
	h, args := x.handles[len(x.handles)-1], r.someSuspend(t, x)
	for key := range x.repeats {
		args.IdempotencyKey = key
	}
	h.Kind = engine.HandleFresh
	outcome, err := r.s.Suspend(r.ctx, h, args)
	r.agree(t, fmt.Sprint("suspend again ", x.id), err, "")
	first := x.repeats[args.IdempotencyKey]
	if outcome.SuspensionID != first.SuspensionID || outcome.AlreadySatisfied != first.AlreadySatisfied ||
		!reflect.DeepEqual(outcome.Waitpoints, first.Waitpoints) {
		t.Fatalf("the repeat gave %+v after %+v", outcome, first)
	}
}

func (r *modelRun) someSuspend(t *rapid.T, x *modelExecution) engine.SuspendArgs {
	args := engine.SuspendArgs{
		SuspensionID: engine.NewSuspensionID(),
		Reason: rapid.SampledFrom([]string{
			engine.ReasonWaitingForSignal, engine.ReasonWaitingForApproval, engine.ReasonPausedByBudget, engine.ReasonManualPause,
		}).Draw(t, "reason"),
		TimeoutBehavior: rapid.SampledFrom([]string{
			engine.TimeoutFail, engine.TimeoutCancel, engine.TimeoutExpire, engine.TimeoutAutoResume, engine.TimeoutEscalate,
		}).Draw(t, "behavior"),
	}
	if evenly(t, "due") {
		args.TimeoutAt = time.Now().Add(-time.Minute)
	} else if evenly(t, "timeout") {
		args.TimeoutAt = hourAhead()
	}
	if rarely(t, "key") && len(x.repeats) == 0 {
		args.IdempotencyKey = "key"
	}
	args.Waitpoints = []engine.WaitpointBinding{r.someBinding(t, x)}
	first := args.Waitpoints[0].Key
	if args.Waitpoints[0].UsePending {
		first = r.waitpoint(args.Waitpoints[0].ID).key
	}
	second := first
	if !args.Waitpoints[0].UsePending && evenly(t, "second waitpoint") {
		args.Waitpoints = append(args.Waitpoints, fresh())
		second = args.Waitpoints[1].Key
	}
	args.Condition = someCondition(t, first, second)
	if args.Condition.Kind == engine.ConditionTimeoutOnly && args.TimeoutAt.IsZero() {
		args.TimeoutAt = hourAhead()
	}
	return args
}

// someBinding is mostly a pending waitpoint where there is one.
func (r *modelRun) someBinding(t *rapid.T, x *modelExecution) engine.WaitpointBinding {
	if len(r.waitpoints) > 0 && evenly(t, "known waitpoint") {
		wp := rapid.SampledFrom(r.waitpoints).Draw(t, "waitpoint")
		if wp.State == "pending" || rarely(t, "not pending") {
			return engine.WaitpointBinding{ID: wp.id, UsePending: true}
		}
		return engine.WaitpointBinding{ID: wp.id, Key: wp.key} // another life of the same id
	}
	return fresh()
}

// someCondition waits on the first key, and on the second where that is another.
func someCondition(t *rapid.T, first, second string) engine.ResumeCondition {
	named := func(key string) engine.ResumeCondition { return engine.Single(key, engine.ByName(someName(t))) }
	count := func(n int, name string) engine.ResumeCondition {
		kind := rapid.SampledFrom([]engine.CountKind{engine.DistinctSignals, engine.DistinctSources, engine.DistinctWaitpoints}).Draw(t, "count")
		m := engine.AnySignal()
		if name != "" {
			m = engine.ByName(name)
		}
		if kind == engine.DistinctWaitpoints && (first == second || n > 2) {
			n = 1
		}
		if first == second {
			return engine.Count(n, kind, m, first)
		}
		return engine.Count(n, kind, m, first, second)
	}
	composite := first != second
	switch rapid.IntRange(0, 8).Draw(t, "condition") {
	case 0:
		return engine.AllOf(named(first), named(second))
	case 1:
		return count(2, "")
	case 2:
		return engine.AllOf(count(1, "a"), count(1, "b"))
	case 3:
		return engine.AllOf(engine.AllOf(count(1, someName(t))), named(second))
	case 4:
		if !composite {
			return engine.OperatorOnly()
		}
		return engine.AllOf(engine.AllOf(named(first), engine.AllOf(named(second))))
	case 5:
		if !composite {
			return engine.TimeoutOnly()
		}
		return engine.AllOf(engine.Single(first, engine.AnySignal()), engine.Single(second, engine.AnySignal()))
	}
	if composite {
		return engine.AllOf(named(first), named(second))
	}
	if evenly(t, "any signal") {
		return engine.Single(first, engine.AnySignal())
	}
	return named(first)
}

func someName(t *rapid.T) string { return rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name") }

// signal delivers.
func (r *modelRun) signal(t *rapid.T, wp *modelWaitpoint) {
	x, s := r.someSignal(t, wp)
	outcome, err := r.s.DeliverSignal(r.ctx, s)
	want, code := x.deliver(wp, s)
	r.agree(t, fmt.Sprintf("signal %q to %s: %s", s.Name, wp.id, outcome.Effect), err, code)
	same(t, "outcome", outcome, want)
}

// buffer leaves a signal for later.
func (r *modelRun) buffer(t *rapid.T, wp *modelWaitpoint) {
	x, s := r.someSignal(t, wp)
	outcome, err := r.s.BufferSignal(r.ctx, s)
	want, code := x.bufferSignal(wp, s)
	r.agree(t, fmt.Sprintf("buffer %q for %s", s.Name, wp.id), err, code)
	same(t, "outcome", outcome, want)
}

func (r *modelRun) someSignal(t *rapid.T, wp *modelWaitpoint) (*modelExecution, engine.Signal) {
	x := wp.execution
	if rarely(t, "another execution") {
		x = rapid.SampledFrom(r.executions).Draw(t, "execution")
	}
	s := engine.Signal{
		Execution: x.id, Waitpoint: wp.id, ID: engine.NewSignalID(), Token: wp.token,
		Name:       rapid.SampledFrom([]string{"a", "b", "a", "b", operatorOnlyName, timeoutOnlyName}).Draw(t, "name"),
		SourceType: "person", SourceIdentity: rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "source"),
	}
	if rarely(t, "key") {
		s.IdempotencyKey = "key"
	}
	if rarely(t, "delay") {
		s.ResumeDelay = time.Hour
	}
	if rarely(t, "another token") {
		s.Token = rapid.SampledFrom(r.waitpoints).Draw(t, "whose").token
	}
	return x, s
}

func (r *modelRun) expireSuspension(t *rapid.T, x *modelExecution) {
	r.agree(t, fmt.Sprint("expire suspension ", x.id), r.s.ExpireSuspension(r.ctx, x.id), "")
	x.expireSuspension()
}

func (r *modelRun) resume(t *rapid.T, x *modelExecution) {
	var delay time.Duration
	if rarely(t, "delay") {
		delay = time.Hour
	}
	state, err := r.s.ResumeExecution(r.ctx, x.id, "operator", delay)
	code := x.resumeSuspended(delay)
	r.agree(t, fmt.Sprint("resume ", x.id), err, code)
	if code == "" {
		same(t, "state after resume", state, x.State.Public)
	}
}

func (r *modelRun) closeWaitpoint(t *rapid.T, wp *modelWaitpoint) {
	r.agree(t, fmt.Sprint("close ", wp.id), r.s.CloseWaitpoint(r.ctx, wp.execution.id.Partition(), wp.id), "")
	wp.closePending()
}

// createWaitpoint makes a waitpoint before there is a wait.
func (r *modelRun) createWaitpoint(t *rapid.T, x *modelExecution) {
	h := someHandle(t, x)
	issued, err := r.s.CreateWaitpoint(r.ctx, h, "key", time.Hour)
	code := x.createPending(h)
	r.agree(t, fmt.Sprint("create waitpoint for ", x.id), err, code)
	if code == "" {
		r.addPending(x, issued)
	}
}
