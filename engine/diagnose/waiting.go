package diagnose

import (
	"time"

	"ffboard/engine"
)

// waiting is about what stands between an execution and a worker.
func (j *judge) waiting() {
	x := j.x
	switch x.State.Eligibility {
	case engine.EligibleNow:
		j.queued()
	case engine.EligibleLater:
		j.delayed()
	case engine.BlockedByDependencies:
		j.dependencies()
	case engine.BlockedByBudget:
		j.budget()
	case engine.BlockedByQuota:
		j.quota()
	case engine.BlockedByRoute:
		j.route()
	case engine.BlockedByOperator:
		j.lostFrom(engine.IndexBlockedOperator, "an unblock finds it all the same")
		j.cause(CodeOperatorBlock, Stuck, "held by an operator%s%s: nothing frees it by itself", since(j.now, x.LastTransitionAt), because(x.BlockingDetail))
		j.remedy(engine.RemedyUnblock, "unblock it: it stands in line again")
	case engine.BlockedByLaneState:
		j.cause(CodeLaneBlock, Stuck, "held by a policy%s%s: nothing frees it, and no unblock can", since(j.now, x.LastTransitionAt), because(x.BlockingDetail))
		j.remedy(engine.RemedyCancel, "cancel it, then replay it: that leads round the block")
	default:
		j.cause(CodeUnknownWait, Stuck, "waits, and its record does not say for what (%s)", cut(string(x.State.Eligibility), 40))
	}
	j.lane()
	j.remedy(engine.RemedyCancel, "cancel it")
}

// lane tells a lane that FlowFabric's engine does not serve. An execution in line does without an engine.
func (j *judge) lane() {
	if j.f.Place == nil || j.f.LaneKnown || j.x.State.Eligibility == engine.EligibleNow {
		return
	}
	j.cause(CodeLaneUnserved, Note, "its lane %s is registered nowhere: an engine of FlowFabric's does nothing for it", cut(string(j.x.Lane), 64))
}

// lostFrom tells an execution that is missing from the index that its state names; it does so once, as stuck, where nothing
// finds the execution without it.
func (j *judge) lostFrom(index engine.LaneIndex, but string) bool {
	if j.f.Place == nil || j.f.Place.Present {
		return false
	}
	if but != "" {
		j.cause(CodeLost, Note, "it is missing from the index %s of lane %s: %s", index, cut(string(j.x.Lane), 64), but)
		j.remedy(engine.RemedyReindex, "put it back into its index")
		return true
	}
	j.cause(CodeLost, Stuck, "lost: its state says %s, but that index of lane %s does not hold it, so nothing will ever find it there", index, cut(string(j.x.Lane), 64))
	j.eventually("an engine of ffboard puts it back within two passes; FlowFabric's only logs it")
	j.remedy(engine.RemedyReindex, "put it back into its index")
	return true
}

func (j *judge) queued() {
	x := j.x
	if j.lostFrom(engine.IndexEligible, "") {
		return
	}
	if g := j.f.Grant; g != nil && g.ExpiresAt.After(j.now) {
		j.cause(CodeGranted, Waits, "promised to %s%s: it claims the execution, or the promise lapses %s", cut(string(g.Instance), 40), ago(j.now, g.CreatedAt), in(j.now, g.ExpiresAt))
		j.show("grant", "of worker "+cut(string(g.Worker), 40)+", instance "+cut(string(g.Instance), 40), Ref{Kind: RefWorker, ID: string(g.Instance)})
		j.next(g.ExpiresAt, "the promise lapses, and another worker may have the execution")
		return
	}
	j.cause(CodeQueued, Waits, "in line for a worker%s%s", since(j.now, x.LastTransitionAt), j.aheadWords())
	j.ahead()
	if x.State.Attempt == engine.AttemptInterrupted {
		j.show("attempt", "goes on with the one that was interrupted: FlowFabric's direct claims skip such work")
	}
	if !x.LastCapabilityMismatchAt.IsZero() {
		j.cause(CodeWorkerRefused, Note, "a worker was refused%s: it lacked some of %s", ago(j.now, x.LastCapabilityMismatchAt), list(x.RequiredCapabilities))
	}
	j.claimants()
	j.eventually("the next worker that asks for work on its lane gets it, by priority and age")
	j.remedy(engine.RemedyPriority, "give it another priority: larger is sooner")
}

func (j *judge) aheadWords() string {
	p := j.f.Place
	switch {
	case p == nil:
		return ""
	case p.Rank == 0:
		return ", first of its partition"
	default:
		return ", behind " + number(p.Rank)
	}
}

// ahead shows its place in line and whether what stands first can be taken.
func (j *judge) ahead() {
	p := j.f.Place
	if p == nil {
		return
	}
	words := "first of " + number(p.Size)
	if p.Rank > 0 {
		words = number(p.Rank) + " of " + number(p.Size) + " stand before it"
	}
	j.show("line", words+" in lane "+cut(string(j.x.Lane), 40)+" on its partition, priority "+number(max(j.x.Priority, 0)), j.laneRef(p.Index))
	h := p.Head
	if h == nil {
		return
	}
	problem := ""
	switch {
	case h.Missing:
		problem = "its record is gone"
	case len(h.Requires) > 0 && j.f.Workers != nil && len(j.fitting(h.Requires)) == 0:
		problem = "no live worker has " + list(h.Requires)
	}
	if problem == "" {
		return
	}
	j.cause(CodeBehindHead, Late, "what stands first in line cannot be taken (%s), and FlowFabric's scheduler looks no further", problem)
	j.show("first", short(h.ID)+": "+problem, executionRef(h.ID, ""))
}

func (j *judge) delayed() {
	x := j.x
	if j.lostFrom(engine.IndexDelayed, "") {
		return
	}
	due := x.DelayUntil
	if due.IsZero() && j.f.Place != nil && j.f.Place.Score > 0 {
		due = time.UnixMilli(int64(j.f.Place.Score))
	}
	code, what := CodeDelayed, "delayed"
	switch x.State.Blocking {
	case engine.WaitingForRetryBackoff:
		code, what = CodeRetryBackoff, "waits to try again after a failure"
		j.show("retries", number(x.RetryCount)+"/"+number(j.f.Policy.MaxRetries))
	case engine.WaitingForResumeDelay:
		code, what = CodeResumeDelay, "waits to go on after its suspension"
	}
	if x.BlockingDetail != "" {
		j.show("detail", cut(x.BlockingDetail, 160))
	}
	if j.f.Place != nil {
		j.show("line", number(j.f.Place.Size)+" delayed in lane "+cut(string(x.Lane), 40)+" on its partition", j.laneRef(engine.IndexDelayed))
	}
	switch late := j.now.Sub(due); {
	case due.IsZero():
		j.cause(code, Waits, "%s%s", what, because(x.BlockingDetail))
	case late > promoterSlack && x.State.Blocking == engine.WaitingForResumeDelay && x.DelayUntil.IsZero():
		j.cause(CodeResumeWedged, Stuck, "%s; that was due%s, but its record has no time and FlowFabric's promoter fails on that each time", what, ago(j.now, due))
		j.eventually("an engine of ffboard promotes it")
		j.remedy(engine.RemedyPromote, "make it eligible now")
	case late > promoterSlack:
		j.cause(CodePromotionOverdue, Late, "%s; that was due%s and nothing has promoted it: no engine serves its lane, or it stands still", what, ago(j.now, due))
		j.remedy(engine.RemedyPromote, "make it eligible now")
		j.remedy(engine.RemedyStartEngine, "start an engine, or see why it stands still (health)")
	case late > 0:
		j.cause(code, Waits, "%s; that is due now", what)
		j.next(due, "an engine makes it eligible")
	default:
		j.cause(code, Waits, "%s %s", what, in(j.now, due))
		j.next(due, "it stands in line for a worker")
	}
}
