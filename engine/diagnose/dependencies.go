package diagnose

import (
	"time"

	"ffboard/engine"
)

// group is the group of the incoming edges; nil where there is none or none was read.
func (j *judge) group() *engine.EdgeGroup {
	if j.f.Dependencies == nil {
		return nil
	}
	return j.f.Dependencies.Group
}

// dependencies is about what an execution waits for in its flow.
func (j *judge) dependencies() {
	j.lostFrom(engine.IndexBlockedDependencies, "a completion finds it all the same, the safety net does not")
	deps := j.f.Dependencies
	if deps == nil {
		j.cause(CodeWaitsUpstreams, Waits, "waits for others in its flow%s", because(j.x.BlockingDetail))
		return
	}
	g := deps.Group
	settled := j.now.Sub(j.x.LastTransitionAt) > resolveSlack
	switch {
	case g == nil && deps.Unresolved == 0 && deps.Staged == 0:
		j.cause(CodeWaitsForNothing, Stuck, "waits for nothing: it has no edges, and nothing promotes it")
		j.remedy(engine.RemedyRelease, "release it: it stands in line for a worker")
		return
	case g != nil && g.Fired():
		j.cause(CodeGroupFired, Stuck, "group satisfied, yet blocked: only cancelling it moves it, and that skips what follows")
	case g != nil && g.State == engine.GroupImpossible && settled:
		j.cause(CodeImpossible, Late, "what it depends on can no longer succeed, yet it was not skipped")
	case g != nil && g.Unreachable():
		j.cause(CodeUnreachable, Stuck, "needs %d successes and has %s: it ends skipped with the first that is resolved", g.Policy.K, count(g.Total, "edge", "edges"))
	case deps.Unresolved == 0 && settled:
		j.cause(CodeEdgesResolved, Late, "all its edges are resolved, yet it is blocked: nothing of FlowFabric's promotes it")
		j.eventually("an engine of ffboard promotes it with its next pass")
		j.remedy(engine.RemedyRelease, "release it: it stands in line for a worker")
	case deps.Unresolved == 0:
		j.cause(CodeEdgesResolved, Waits, "all its edges are resolved: it is about to be released")
	}
	if g != nil {
		j.show("needs", PolicyWords(g)+": "+resolvedWords(g), Ref{Kind: RefEdges, ID: string(j.f.ID), Flow: j.x.FlowID})
	}
	j.upstreams(deps)
}

// upstreams are those that have not been resolved.
func (j *judge) upstreams(deps *engine.DependencyFacts) {
	var ended, purged, open int
	var overdue *engine.UpstreamFacts
	byState := map[engine.PublicState]int{}
	for i := range deps.Upstreams {
		up := &deps.Upstreams[i]
		j.show("upstream", j.upstreamWords(up), executionRef(up.Execution.ID, j.x.FlowID))
		switch {
		case up.Execution.Missing:
			purged++
		case up.Execution.Phase == engine.PhaseTerminal:
			ended++
			if overdue == nil || up.Execution.CompletedAt.Before(overdue.Execution.CompletedAt) {
				overdue = up
			}
		default:
			open++
			byState[up.Execution.State]++
		}
	}
	if n := deps.Unresolved - len(deps.Upstreams); n > 0 {
		j.show("upstream", number(n)+" more", Ref{Kind: RefEdges, ID: string(j.f.ID), Flow: j.x.FlowID})
		open += n
	}
	j.purged(purged, open)
	j.missed(overdue, ended)
	if open > 0 {
		j.cause(CodeWaitsUpstreams, Waits, "waits for %s%s", count(open, "upstream", "upstreams"), stateCounts(byState, open))
		j.eventually(j.resolutionWords())
	}
}

// purged upstreams were forgotten before their edge was resolved: their outcome is unknown for good.
func (j *judge) purged(purged, open int) {
	if purged == 0 {
		return
	}
	standing := Stuck
	if g := j.group(); g != nil && g.Policy.Kind != engine.PolicyAllOf && open > 0 {
		standing = Note // another may satisfy the group
	}
	j.cause(CodeUpstreamPurged, standing, "%s purged before the edge was resolved, outcome unknown: only cancelling it moves it", wasOrWere(purged))
}

func wasOrWere(n int) string {
	if n == 1 {
		return "an upstream was"
	}
	return number(n) + " upstreams were"
}

// missed is a completion that nobody has passed on.
func (j *judge) missed(up *engine.UpstreamFacts, ended int) {
	if up == nil {
		return
	}
	row := &up.Execution
	if j.now.Sub(row.CompletedAt) <= resolveSlack {
		j.cause(CodeWaitsUpstreams, Waits, "%s has just ended (%s): the edge is about to be resolved", named(row.Kind, row.ID), row.State)
		return
	}
	others := ""
	if ended > 1 {
		others = " and " + number(ended-1) + " more"
	}
	j.cause(CodeMissedCompletion, Late, "missed completion: %s%s ended%s (%s), and its edge is not resolved", named(row.Kind, row.ID), others, ago(j.now, row.CompletedAt), cut(string(row.State), 24))
	j.eventually("an engine's dependency reconciler resolves it, if one serves the lane and fewer than 50 older ones are blocked there")
	j.d.Remedies = append(j.d.Remedies, engine.Remedy{Kind: engine.RemedyResolve, Words: "resolve the edge of " + named(row.Kind, row.ID), Execution: j.f.ID, Flow: j.x.FlowID, Edge: up.Edge})
	j.remedy(engine.RemedyStartEngine, "start an engine, or see why it stands still (health)")
}

// upstreamWords are one line about an execution that is waited for.
func (j *judge) upstreamWords(up *engine.UpstreamFacts) string {
	row := &up.Execution
	switch {
	case row.ID == "":
		return "edge " + shortUUID(string(up.Edge)) + " names no execution"
	case row.Missing:
		return short(row.ID) + " purged, outcome unknown"
	case len(row.Malformed) > 0:
		return short(row.ID) + " has an unreadable record"
	}
	return named(row.Kind, row.ID) + " " + j.rowWords(row)
}

// rowWords say how an execution stands, from one row of it.
func (j *judge) rowWords(row *engine.ExecutionRow) string {
	words := cut(string(row.State), 24)
	switch row.Phase {
	case engine.PhaseTerminal:
		words += ago(j.now, row.CompletedAt)
		if row.Outcome == engine.OutcomeFailed || row.Outcome == engine.OutcomeExpired {
			words += because(row.FailureReason)
		}
		return words
	case engine.PhaseActive:
		switch row.Ownership {
		case engine.OwnerExpired:
			return words + ", its lease ran out" + ago(j.now, row.LeaseExpiresAt)
		case engine.OwnerRevoked:
			return words + ", its lease was revoked"
		}
		return words + " on " + cut(string(row.WorkerInstance), 32)
	case engine.PhaseSuspended:
		return words + because(row.BlockingDetail)
	}
	if row.State == engine.StateDelayed && !row.DelayUntil.IsZero() {
		return words + ", due " + in(j.now, row.DelayUntil)
	}
	return words + since(j.now, latest(row.LastMutationAt, row.CreatedAt))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// stateCounts are ": 2 active, 1 suspended".
func stateCounts(byState map[engine.PublicState]int, of int) string {
	words, known := "", 0
	for _, state := range engine.PublicStates() {
		if n := byState[state]; n > 0 {
			known += n
			words += separated(words) + number(n) + " " + string(state)
		}
	}
	if words == "" {
		return ""
	}
	if rest := of - known; rest > 0 {
		words += separated(words) + number(rest) + " not looked at"
	}
	return ": " + words
}

func separated(before string) string {
	if before == "" {
		return ""
	}
	return ", "
}

// resolutionWords say what ends the wait.
func (j *judge) resolutionWords() string {
	g := j.group()
	switch {
	case g == nil || g.Policy.Kind == engine.PolicyAllOf:
		return "it stands in line when they have all succeeded, and is skipped if one does not"
	case g.Policy.Kind == engine.PolicyAnyOf:
		return "it stands in line with the first that succeeds, and is skipped when none can"
	default:
		return "it stands in line when enough have succeeded, and is skipped when that cannot be any more"
	}
}

// PolicyWords are how many of a group must succeed.
func PolicyWords(g *engine.EdgeGroup) string {
	switch g.Policy.Kind {
	case engine.PolicyAllOf:
		return "all of " + number(g.Total) + " must succeed"
	case engine.PolicyAnyOf:
		return "any one of " + number(g.Total) + " must succeed"
	case engine.PolicyQuorum:
		return number(g.Policy.K) + " of " + number(g.Total) + " must succeed"
	default:
		return cut(string(g.Policy.Kind), 40) + " (unknown policy)"
	}
}

func resolvedWords(g *engine.EdgeGroup) string {
	words := number(g.Succeeded) + " succeeded"
	for _, part := range []struct {
		n    int
		word string
	}{{g.Failed, "failed"}, {g.Skipped, "skipped"}, {g.Running, "unresolved"}} {
		if part.n > 0 {
			words += ", " + number(part.n) + " " + part.word
		}
	}
	return words
}
