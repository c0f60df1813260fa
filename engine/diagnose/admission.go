package diagnose

import (
	"maps"
	"slices"
	"time"

	"ffboard/engine"
)

// unblockWindow is how many of an index FlowFabric's scanner looks at.
const unblockWindow = 100

// blockedSince shows since when it is blocked and how many are before it where the scanner looks.
func (j *judge) blockedSince(index engine.LaneIndex) {
	if j.lostFrom(index, "") || j.f.Place == nil {
		return
	}
	p := j.f.Place
	words := "for " + span(j.now.Sub(j.x.LastTransitionAt)) + ", " + count(p.Size, "execution", "executions") + " in lane " + cut(string(j.x.Lane), 40) + " on its partition"
	if p.Rank >= unblockWindow {
		words += ", " + number(p.Rank) + " before it: FlowFabric's scanner looks at the first " + number(unblockWindow) + " only"
	}
	j.show("blocked", words, j.laneRef(index))
	if j.x.BlockingDetail != "" {
		j.show("detail", cut(j.x.BlockingDetail, 160))
	}
	if j.x.Namespace == "" {
		j.cause(CodeNoNamespace, Note, "it has no namespace: FlowFabric's engine never lifts such a block")
	}
}

// freed is a block whose reason is gone.
func (j *judge) freed(code Code, what string) {
	j.eventually("an engine's scanner lifts the block and it stands in line again")
	j.remedy(engine.RemedyUnblock, "unblock it now")
	if j.now.Sub(j.x.LastTransitionAt) > unblockSlack {
		j.cause(code, Late, "%s, and nothing has lifted the block", what)
		return
	}
	j.cause(code, Waits, "%s: the block is lifted within seconds", what)
}

func (j *judge) budget() {
	j.blockedSince(engine.IndexBlockedBudget)
	worst, soonest := Cause{}, time.Time{}
	unread := len(j.d.Unread) > 0
	for i := range j.f.Budgets {
		b := &j.f.Budgets[i]
		cause, resets := j.exhausted(b)
		if cause.Code == "" {
			continue
		}
		if worst.Code == "" || weight[cause.Standing] > weight[worst.Standing] {
			worst = cause
		}
		if soonest.IsZero() || !resets.IsZero() && resets.After(soonest) {
			soonest = resets
		}
		if id, err := engine.ParseBudgetID(b.ID); err == nil {
			j.d.Remedies = append(j.d.Remedies, engine.Remedy{Kind: engine.RemedyResetBudget, Words: "set the usage of budget " + shortUUID(b.ID) + " to zero", Execution: j.f.ID, Budget: id})
		}
	}
	switch {
	case worst.Code != "":
		j.d.Causes = append(j.d.Causes, worst)
		if soonest.After(j.now) {
			j.next(soonest, "the budget is reset; the block is lifted then")
		}
	case len(j.f.Budgets) == 0 && !unread:
		j.freed(CodeBudgetFreed, "held back by a budget, but it names none any more")
	case unread:
		j.cause(CodeBudgetExhausted, Waits, "held back by a budget%s", because(j.x.BlockingDetail))
	default:
		j.freed(CodeBudgetFreed, "none of its budgets is exhausted any more")
	}
	j.flapping()
}

// exhausted shows a budget and tells whether it is used up, and when it is reset. At the limit counts.
func (j *judge) exhausted(b *engine.BudgetFacts) (Cause, time.Time) {
	ref := Ref{Kind: RefBudget, ID: b.ID}
	if b.Status == nil {
		return Cause{}, time.Time{}
	}
	s := b.Status
	reset := "never resets by itself"
	if !s.NextResetAt.IsZero() {
		reset = "resets " + in(j.now, s.NextResetAt)
	}
	for _, dimension := range slices.Sorted(maps.Keys(s.Hard)) {
		used, limit := s.Usage[dimension], s.Hard[dimension]
		if limit == 0 || used < limit {
			continue
		}
		usage := cut(dimension, 40) + " " + number(used) + " of " + number(limit)
		j.show("budget", shortUUID(b.ID)+": "+usage+", "+reset, ref)
		what := "budget " + shortUUID(b.ID) + " is exhausted (" + usage + ")"
		switch {
		case s.NextResetAt.IsZero():
			return Cause{CodeBudgetForEver, Stuck, what + " and is never reset by itself"}, time.Time{}
		case j.now.Sub(s.NextResetAt) > resetSlack:
			return Cause{CodeResetOverdue, Late, what + "; its reset was due" + ago(j.now, s.NextResetAt) + " and nobody has done it"}, s.NextResetAt
		default:
			return Cause{CodeBudgetExhausted, Waits, what + "; it resets " + in(j.now, s.NextResetAt)}, s.NextResetAt
		}
	}
	j.show("budget", shortUUID(b.ID)+": within its limits, "+reset, ref)
	return Cause{}, time.Time{}
}

// budgetOddities: budgets that gate nothing.
func (j *judge) budgetOddities() {
	if j.x.State.Phase == engine.PhaseTerminal {
		return
	}
	for i := range j.f.Budgets {
		if b := &j.f.Budgets[i]; b.Unknown {
			j.cause(CodeBudgetUnknown, Note, "budget %s: unknown, no limit applies", cut(b.ID, 40))
		}
	}
	if len(j.x.BudgetIDs) == 0 && len(j.f.Policy.BudgetIDs) > 0 {
		j.cause(CodeBudgetPolicyOnly, Note, "budget in policy only: not enforced by FlowFabric's scheduler")
	}
	if j.f.MoreBudgets > 0 {
		j.show("budget", number(j.f.MoreBudgets)+" more")
	}
}

func (j *judge) quota() {
	j.blockedSince(engine.IndexBlockedQuota)
	q := j.f.Quota
	switch {
	case q == nil && len(j.d.Unread) > 0:
		j.cause(CodeQuotaRate, Waits, "held back by a quota%s", because(j.x.BlockingDetail))
	case q == nil:
		j.freed(CodeQuotaFreed, "held back by a quota, but it names none any more")
	case q.Unknown || q.Policy == nil:
		j.cause(CodeQuotaUnknown, Note, "quota %s is unknown: no limit applies", cut(q.ID, 40))
		j.freed(CodeQuotaFreed, "held back by a quota that is not there")
	default:
		j.limited(q)
	}
	j.flapping()
}

func (j *judge) limited(q *engine.QuotaFacts) {
	p, ref := q.Policy, Ref{Kind: RefQuota, ID: q.ID}
	if p.MaxPerWindow > 0 {
		j.show("rate", number(p.InWindow)+" of "+number(p.MaxPerWindow)+" admitted in "+span(p.Window), ref)
	}
	if p.MaxConcurrent > 0 {
		j.show("concurrency", number(p.Active)+" of "+number(p.MaxConcurrent)+" slots taken", ref)
	}
	if q.Admitted != q.Other {
		j.show("windows", number(q.Admitted)+" where the scheduler counts, "+number(q.Other)+" where FlowFabric's scanner looks", ref)
	}
	switch {
	case p.MaxPerWindow > 0 && p.InWindow >= p.MaxPerWindow:
		free := ""
		if q.FreeAt.After(j.now) {
			free = "; a place is free " + in(j.now, q.FreeAt)
			j.next(q.FreeAt, "the oldest admission leaves the window; the block is lifted then")
		}
		j.cause(CodeQuotaRate, Waits, "quota %s: %s of %s admitted in %s%s", shortUUID(q.ID), number(p.InWindow), number(p.MaxPerWindow), span(p.Window), free)
	case p.MaxConcurrent > 0 && p.Active >= p.MaxConcurrent:
		j.cause(CodeQuotaConcurrency, Waits, "quota %s: all %s slots are taken", shortUUID(q.ID), number(p.MaxConcurrent))
		j.eventually("a slot is given back when an engine's reconciler sees that its holder has ended (FlowFabric's counts admissions of a window instead)")
	default:
		j.freed(CodeQuotaFreed, "its quota has room again")
	}
}

// flapping tells work that is unblocked and blocked again every few seconds.
func (j *judge) flapping() {
	blocked, created := j.x.LastTransitionAt, j.x.CreatedAt
	if blocked.IsZero() || j.now.Sub(blocked) > flappingYounger || j.now.Sub(created) < flappingOlder {
		return
	}
	j.cause(CodeFlapping, Note, "flapping: blocked%s although it is %s old; it goes back and forth between waiting and blocked", ago(j.now, blocked), span(j.now.Sub(created)))
}
