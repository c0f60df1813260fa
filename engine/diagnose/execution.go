package diagnose

import (
	"fmt"
	"slices"
	"time"

	"ffboard/engine"
)

// How late a part of an engine may be before one should wonder (spec 06 §12.3, §12.7).
const (
	promoterSlack   = 5 * time.Second
	expirySlack     = 3 * time.Second
	timeoutSlack    = 6 * time.Second
	deadlineSlack   = 15 * time.Second
	resolveSlack    = 30 * time.Second
	unblockSlack    = 30 * time.Second
	resetSlack      = 30 * time.Second
	cancelSlack     = 45 * time.Second
	raceSlack       = 10 * time.Second
	claimSlack      = 30 * time.Second // in line, although nobody that could take it is registered
	flappingYounger = 10 * time.Second
	flappingOlder   = time.Minute
)

// judge collects what is found about an execution.
type judge struct {
	f   *engine.ExecutionFacts
	x   *engine.Execution
	now time.Time
	d   Diagnosis
}

// Execution tells why an execution is where it is.
func Execution(f *engine.ExecutionFacts) Diagnosis {
	j := &judge{f: f, x: f.Execution, now: f.At, d: Diagnosis{Kind: RefExecution, ID: string(f.ID), At: f.At, Unread: f.Unread}}
	if f.Execution == nil {
		j.absent()
		return j.concluded()
	}
	j.d.Title = j.x.Kind
	switch j.x.State.Phase {
	case engine.PhaseTerminal:
		j.ended()
	case engine.PhaseSuspended:
		j.suspended()
	case engine.PhaseActive:
		j.active()
	case engine.PhaseRunnable, engine.PhaseSubmitted:
		j.waiting()
	default:
		j.cause(CodeMalformed, Stuck, "its record names no phase that anybody knows (%s): no scheduler and no scanner touches it", cut(string(j.x.State.Phase), 40))
		j.remedy(engine.RemedyCancel, "try to cancel it")
	}
	j.limits()
	j.flow()
	j.oddities()
	return j.concluded()
}

func (j *judge) cause(code Code, s Standing, format string, args ...any) {
	words := format
	if len(args) > 0 {
		words = fmt.Sprintf(format, args...)
	}
	j.d.Causes = append(j.d.Causes, Cause{code, s, words})
}

func (j *judge) show(name, words string, ref ...Ref) {
	e := Evidence{Name: name, Words: words}
	if len(ref) > 0 {
		e.Ref = ref[0]
	}
	j.d.Evidence = append(j.d.Evidence, e)
}

func (j *judge) next(at time.Time, words string) {
	j.d.Next = append(j.d.Next, Event{at, words})
}

// eventually is what happens at a time that nobody knows.
func (j *judge) eventually(words string) { j.next(time.Time{}, words) }

func (j *judge) remedy(kind engine.RemedyKind, words string) {
	j.d.Remedies = append(j.d.Remedies, engine.Remedy{Kind: kind, Words: words, Execution: j.f.ID})
}

// concluded puts the cause that matters most first and makes the verdict of it.
func (j *judge) concluded() Diagnosis {
	d := j.d
	slices.SortStableFunc(d.Causes, func(a, b Cause) int { return weight[b.Standing] - weight[a.Standing] })
	slices.SortStableFunc(d.Next, soonest)
	d.Remedies = slices.CompactFunc(d.Remedies, func(a, b engine.Remedy) bool { return a == b })
	if len(d.Causes) > 0 {
		d.Standing, d.Code, d.Verdict = d.Causes[0].Standing, d.Causes[0].Code, d.Causes[0].Words
	}
	return d
}

// soonest orders events by their time; those without one come last.
func soonest(a, b Event) int {
	switch {
	case a.At.IsZero() && b.At.IsZero():
		return 0
	case a.At.IsZero():
		return 1
	case b.At.IsZero():
		return -1
	default:
		return a.At.Compare(b.At)
	}
}

func (j *judge) absent() {
	if j.f.Outside {
		j.cause(CodeOutside, Stuck, "there is no such execution: the deployment has no partition %d, so nothing would ever visit it", j.f.ID.Partition().Index)
		return
	}
	j.cause(CodeNoRecord, Over, "there is no such execution: it was purged after its retention, or never created")
}

// laneRef leads to the list in which the execution stands.
func (j *judge) laneRef(index engine.LaneIndex) Ref {
	return Ref{Kind: RefLane, ID: string(j.x.Lane), Index: index}
}

func executionRef(id engine.ExecutionID, flow engine.FlowID) Ref {
	if id == "" {
		return Ref{}
	}
	return Ref{Kind: RefExecution, ID: string(id), Flow: flow}
}

// limits are the times that end an execution wherever it is.
func (j *judge) limits() {
	if j.x.State.Phase == engine.PhaseTerminal {
		return
	}
	for _, limit := range []struct {
		at    time.Time
		name  string
		code  Code
		slack time.Duration
	}{
		{j.f.DeadlineAt, "deadline", CodeDeadlineOverdue, deadlineSlack},
		{j.f.AttemptTimeoutAt, "attempt timeout", CodeAttemptOverdue, timeoutSlack},
	} {
		switch {
		case limit.at.IsZero():
		case j.now.Sub(limit.at) > limit.slack:
			j.cause(limit.code, Late, "its %s passed%s and nothing has expired it: no engine seems to scan this partition", limit.name, ago(j.now, limit.at))
			j.remedy(engine.RemedyStartEngine, "start an engine, or see why it stands still (health)")
		default:
			j.next(limit.at, "its "+limit.name+" expires it, wherever it is then")
		}
	}
}

// flow is about what the flow has in mind with the execution.
func (j *judge) flow() {
	s := j.f.Flow
	if s == nil || j.x.FlowID == "" {
		return
	}
	over := j.x.State.Phase == engine.PhaseTerminal
	ref := Ref{Kind: RefFlow, ID: string(j.x.FlowID)}
	switch f := s.Flow; {
	case f == nil:
		j.cause(CodeFlowGone, Note, "its flow %s has no record", shortUUID(string(j.x.FlowID)))
	case !f.CancelledAt.IsZero() || f.State == engine.FlowCancelled:
		j.cause(CodeFlowCancelled, Note, "flow cancelled%s, policy %s%s", ago(j.now, f.CancelledAt), cut(f.CancelPolicy, 24), because(f.CancelReason))
		j.show("flow", "cancelled"+ago(j.now, f.CancelledAt)+because(f.CancelReason), ref)
	default:
		j.show("flow", named(f.Kind, "")+shortUUID(string(f.ID)), ref)
	}
	if s.CancelOwed && !over {
		j.cancelOwed(s)
	}
	for _, lost := range s.Losses {
		if over {
			break
		}
		standing := Late
		if j.now.Sub(lost.DecidedAt) < raceSlack {
			standing = Waits
		}
		j.cause(CodeLoserOwed, standing, "the group of %s was decided without it%s and is to cancel it: that has not been done", short(lost.Downstream), ago(j.now, lost.DecidedAt))
		j.show("decided", "the group of "+short(lost.Downstream)+" ("+cut(lost.Reason, 40)+")", executionRef(lost.Downstream, j.x.FlowID))
		j.remedy(engine.RemedyCancel, "cancel it: its result is not needed any more")
	}
}

func (j *judge) cancelOwed(s *engine.FlowStanding) {
	if s.CancelFrom.IsZero() || j.now.Sub(s.CancelFrom) > cancelSlack {
		j.cause(CodeCancelOwed, Late, "its cancel is owed since the flow was cancelled, and nobody has carried it out")
		j.remedy(engine.RemedyCancel, "cancel it now")
		return
	}
	j.cause(CodeCancelOwed, Waits, "it is about to be cancelled with its flow")
	j.next(s.CancelFrom, "the engine's reconciler cancels it")
}

// oddities are what is out of the ordinary with the record.
func (j *judge) oddities() {
	x := j.x
	if n := len(x.Malformed); n > 0 {
		first := x.Malformed[0]
		j.cause(CodeMalformed, Note, "%s of its record %s unreadable: %s %s", count(n, "field", "fields"), isOrAre(n), cut(first.Field, 40), cut(first.Problem, 60))
		for _, bad := range x.Malformed[:min(n, 5)] {
			j.show("unreadable", cut(bad.Field, 40)+": "+cut(bad.Problem, 40)+" ("+cut(bad.Value, 60)+")")
		}
	}
	// An admission block is stored as rate_limited whatever its reason.
	if derived := engine.DerivePublicState(x.State); derived != x.State.Public && x.State.Public != engine.StateRateLimited {
		j.cause(CodeContrary, Note, "stored as %s, but its parts mean %s", cut(string(x.State.Public), 24), cut(string(derived), 24))
	}
	j.budgetOddities()
}
