package views

import (
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// flowDigest is a flow with what is worked out once for each fetch.
type flowDigest struct {
	*engine.FlowDetail
	counts tally
	rows   map[engine.ExecutionID]*engine.ExecutionRow
	groups map[engine.ExecutionID]*engine.EdgeGroup // by downstream
	losers []loser
	signs  []theme.Text

	survey   *engine.FlowSurvey // nil where all was read at once
	edges    []flowEdge
	timeline []timeRow
	from, to time.Time // of the timeline
	spans    []engine.ExecutionSpans
}

// loser is a member whose group has been decided without it and that should have been cancelled, with the reason for that.
type loser struct {
	*engine.ExecutionRow
	reason string
}

// The reasons that the engine itself gives (spec 03c §8.1).
const (
	reasonSatisfied  = "sibling_quorum_satisfied"
	reasonImpossible = "sibling_quorum_impossible"
)

func digest(d *engine.FlowDetail) *flowDigest { return digestAs(d, nil) }

func digestAs(d *engine.FlowDetail, s *engine.FlowSurvey) *flowDigest {
	f := &flowDigest{FlowDetail: d, survey: s, counts: tallyOf(d.Members), rows: make(map[engine.ExecutionID]*engine.ExecutionRow, len(d.Members)),
		groups: make(map[engine.ExecutionID]*engine.EdgeGroup, len(d.Flow.EdgeGroups))}
	for i := range d.Members {
		f.rows[d.Members[i].ID] = &d.Members[i]
	}
	for i := range d.Flow.EdgeGroups {
		f.groups[d.Flow.EdgeGroups[i].Downstream] = &d.Flow.EdgeGroups[i]
	}
	f.losers = f.findLosers()
	f.signs = f.findSigns()
	f.edges = flowEdges(d)
	f.from, f.to = flowSpan(d.Members)
	return f
}

// digestSurvey is the digest of what a survey tells. It takes a while where there are many members, so it is made beside the program,
// and what did not change is taken from the digest before, which may be nil.
func digestSurvey(s *engine.FlowSurvey, before *flowDigest) *flowDigest {
	if before == nil || !before.sameParts(&s.FlowDetail) {
		f := digestAs(&s.FlowDetail, s)
		f.timeline = timeRows(f.FlowDetail, s.At)
		return f
	}
	f := *before
	f.FlowDetail, f.survey, f.spans = &s.FlowDetail, s, nil
	f.losers = f.findLosers()
	f.signs = f.findSigns()
	return &f
}

// sameParts tells whether members, edges and groups are the very ones of this digest. A survey shares them while they do not change.
func (d *flowDigest) sameParts(other *engine.FlowDetail) bool {
	return shared(d.Members, other.Members) && shared(d.Edges, other.Edges) && shared(d.Flow.EdgeGroups, other.Flow.EdgeGroups)
}

func shared[T any](a, b []T) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// edgeCount is how many edges there are; while they are not all read it is the flow's own word.
func (d *flowDigest) edgeCount() int {
	if d.unfinished(true) {
		return max(len(d.Edges), d.Flow.Edges)
	}
	return len(d.Edges)
}

// unfinished tells that some of the flow is still to be read for the first time.
func (d *flowDigest) unfinished(edges bool) bool {
	s := d.survey
	return s != nil && (len(s.Members)+s.Beyond < s.Size || edges && s.Wired < len(s.Members))
}

// findSigns lists what is out of the ordinary with a flow and does not mend itself, the most urgent first (spec 07).
func (d *flowDigest) findSigns() []theme.Text {
	var signs []theme.Text
	say := func(t theme.Text) {
		if t != "" {
			signs = append(signs, t)
		}
	}
	say(d.outstandingSign())
	say(d.notCancelledSign())
	if len(d.losers) > 0 {
		say("losers still running: " + nameFew(rowsOf(d.losers)))
	}
	say(d.groupSign())
	say(d.orphanSign())
	if idle := d.waitingForNothing(); len(idle) > 0 {
		say("waits for nothing, nothing promotes it: " + nameFew(idle))
	}
	return signs
}

// outstandingSign: members owed a cancel. FlowFabric's own dispatcher leaves those that had ended for ever.
func (d *flowDigest) outstandingSign() theme.Text {
	if d.PendingCancels == 0 {
		return ""
	}
	if d.Truncated == 0 && d.counts.ended() == d.counts.total() {
		return "cancel: " + Count(d.PendingCancels) + " outstanding, all finished"
	}
	return "cancel: " + Count(d.PendingCancels) + " outstanding"
}

// notCancelledSign: members in line that cancel_pending should have cancelled.
func (d *flowDigest) notCancelledSign() theme.Text {
	if d.Flow.State != engine.FlowCancelled || d.Flow.CancelPolicy != string(engine.CancelFlowPending) {
		return ""
	}
	if n := d.counts.where(inLine).total(); n > 0 {
		return Plural(n, "member", "members") + " not cancelled, although the policy is cancel_pending"
	}
	return ""
}

// groupSign: a group that asks for more than it has, a child that its group has left behind.
func (d *flowDigest) groupSign() theme.Text {
	for i := range d.Flow.EdgeGroups {
		g := &d.Flow.EdgeGroups[i]
		child := d.rows[g.Downstream]
		switch {
		case child == nil:
		case g.Unreachable():
			return "quorum " + Count(g.Policy.K) + " of " + Count(g.Total) + ": " + nameFew([]*engine.ExecutionRow{child}) + " ends impossible"
		case stuckSatisfied(g, child):
			return "group satisfied, yet blocked: only cancelling " + nameFew([]*engine.ExecutionRow{child}) + " moves it, what follows is skipped"
		}
	}
	return ""
}

// orphanSign: edges whose upstream was purged before they were resolved.
func (d *flowDigest) orphanSign() theme.Text {
	n := 0
	for i := range d.Edges {
		if orphaned(&d.Edges[i], d.rows[d.Edges[i].Upstream]) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return Plural(n, "edge", "edges") + ": " + orphanWords
}

// waitingForNothing are members that wait for others and have no edge.
func (d *flowDigest) waitingForNothing() []*engine.ExecutionRow {
	if d.unfinished(true) {
		return nil
	}
	var found []*engine.ExecutionRow
	for i := range d.Members {
		if m := &d.Members[i]; m.State == engine.StateWaitingChildren && d.groups[m.ID] == nil {
			found = append(found, m)
		}
	}
	return found
}

// findLosers lists the upstreams that a group was decided without and that are not over though it cancels its rest.
func (d *flowDigest) findLosers() []loser {
	var losers []loser
	seen := map[engine.ExecutionID]bool{}
	for i := range d.Edges {
		e := &d.Edges[i]
		up, reason := d.rows[e.Upstream], cancelReason(d.groups[e.Downstream])
		if up == nil || reason == "" || e.State != engine.EdgeUnsatisfied || seen[up.ID] || up.Missing || up.State.Terminal() {
			continue
		}
		seen[up.ID] = true
		losers = append(losers, loser{up, reason})
	}
	return losers
}

// cancelReason is the reason for which a decided group cancels its rest; "" for one that has nothing to cancel.
func cancelReason(g *engine.EdgeGroup) string {
	switch {
	case g == nil || !g.CancelPending:
		return ""
	case g.State == engine.GroupSatisfied:
		return reasonSatisfied
	case g.State == engine.GroupImpossible:
		return reasonImpossible
	default:
		return ""
	}
}

// nameFew names the first two of some executions by kind and short id.
func nameFew(rows []*engine.ExecutionRow) theme.Text {
	var names []theme.Text
	for i, r := range rows {
		if i == 2 {
			names = append(names, theme.Number(len(rows)-2)+" more")
			break
		}
		names = append(names, theme.CleanTo(r.Kind, 24)+" "+ShortExecution(r.ID))
	}
	return theme.Join(names, ", ")
}

func rowsOf(losers []loser) []*engine.ExecutionRow {
	rows := make([]*engine.ExecutionRow, len(losers))
	for i, l := range losers {
		rows[i] = l.ExecutionRow
	}
	return rows
}
