package views

import (
	"ffboard/engine"
	"ffboard/theme"
)

// policyMark is a group's policy in a few cells: all, any, 2of3.
func policyMark(g *engine.EdgeGroup) theme.Text {
	switch g.Policy.Kind {
	case engine.PolicyAllOf:
		return "all"
	case engine.PolicyAnyOf:
		return "any"
	case engine.PolicyQuorum:
		return theme.Number(g.Policy.K) + "of" + theme.Number(g.Total)
	default:
		return theme.CleanTo(string(g.Policy.Kind), 8)
	}
}

// policyWords is a group's policy in full.
func policyWords(g *engine.EdgeGroup) theme.Text {
	var words theme.Text
	switch g.Policy.Kind {
	case engine.PolicyAllOf:
		return "all of " + Count(g.Total) + " must succeed"
	case engine.PolicyAnyOf:
		words = "any one of " + Count(g.Total) + " must succeed"
	case engine.PolicyQuorum:
		words = Count(g.Policy.K) + " of " + Count(g.Total) + " must succeed"
	default:
		return theme.CleanTo(string(g.Policy.Kind), 40) + " (unknown policy)"
	}
	switch g.Policy.OnSatisfied {
	case engine.CancelRemaining:
		return words + ", then the rest is cancelled"
	case engine.LetRun:
		return words + ", the rest runs on"
	default:
		return words + ", then " + theme.CleanTo(string(g.Policy.OnSatisfied), 40)
	}
}

// stuckSatisfied tells a child that its fired any_of or quorum group has left blocked: an edge was applied too late.
func stuckSatisfied(g *engine.EdgeGroup, child *engine.ExecutionRow) bool {
	return g.Fired() && child.State == engine.StateWaitingChildren
}

// waitWords says what an execution still waits for. child is the group's downstream.
func waitWords(th *theme.Theme, g *engine.EdgeGroup, child *engine.ExecutionRow) Cell {
	switch {
	case len(g.Malformed) > 0:
		return malformedNote(th, g.Malformed)
	case g.Unreachable():
		return Cell{Text: "quorum " + Count(g.Policy.K) + " of " + Count(g.Total) + ": more successes than edges, it ends impossible", Style: th.Bad}
	case stuckSatisfied(g, child):
		return Cell{Text: "group satisfied, yet blocked: only cancelling it moves it, and that skips what follows", Style: th.Bad}
	}
	needed := g.Policy.Needed(g.Total)
	switch g.State {
	case engine.GroupPending:
		return Cell{Text: pendingWords(g, needed), Style: th.Plain}
	case engine.GroupSatisfied:
		return Cell{Text: "satisfied: " + Count(g.Succeeded) + " of " + Count(g.Total) + " succeeded, needs " + Count(needed), Style: th.Good}
	case engine.GroupImpossible:
		return Cell{Text: impossibleWords(g, needed), Style: th.Bad}
	default:
		return Cell{Text: theme.CleanTo(string(g.State), 40), Style: th.Warn}
	}
}

// briefWait is the same for a narrow column.
func briefWait(th *theme.Theme, g *engine.EdgeGroup, child *engine.ExecutionRow) Cell {
	missing := g.Policy.Needed(g.Total) - g.Succeeded
	if g.State != engine.GroupPending || missing <= 0 || g.Unreachable() || len(g.Malformed) > 0 {
		return waitWords(th, g, child)
	}
	return Cell{Text: Count(missing) + " more of " + Count(g.Total) + inBrackets(groupCounts(g)), Style: th.Dim}
}

func pendingWords(g *engine.EdgeGroup, needed int) theme.Text {
	missing := needed - g.Succeeded
	if g.Total == 0 {
		return "waits for nothing: no edge was applied"
	}
	if missing <= 0 {
		return "waits for nothing more: " + Count(g.Succeeded) + " of " + Count(g.Total) + " succeeded"
	}
	return "waits for " + Plural(missing, "more success", "more successes") + " of " + Count(g.Total) + inBrackets(groupCounts(g))
}

// groupCounts are a group's upstreams that have not succeeded: 2 running, 1 failed. Running means not resolved yet.
func groupCounts(g *engine.EdgeGroup) theme.Text {
	var parts []theme.Text
	for _, c := range []struct {
		n    int
		word theme.Text
	}{{g.Running, " running"}, {g.Failed, " failed"}, {g.Skipped, " skipped"}} {
		if c.n > 0 {
			parts = append(parts, Count(c.n)+c.word)
		}
	}
	return theme.Join(parts, ", ")
}

func inBrackets(t theme.Text) theme.Text {
	if t == "" {
		return ""
	}
	return " (" + t + ")"
}

func impossibleWords(g *engine.EdgeGroup, needed int) theme.Text {
	text := "impossible: " + Count(g.Failed) + " of " + Count(g.Total) + " failed"
	if g.Skipped > 0 {
		text = "impossible: " + Count(g.Failed) + " failed and " + Count(g.Skipped) + " skipped of " + Count(g.Total)
	}
	if g.Policy.Kind == engine.PolicyAllOf {
		return text + ", needs all " + Count(g.Total)
	}
	return text + ", needs " + Plural(needed, "success", "successes")
}

// groupStyle is how a group's state looks.
func groupStyle(th *theme.Theme, s engine.GroupState) theme.Style {
	switch s {
	case engine.GroupPending:
		return th.Plain
	case engine.GroupSatisfied:
		return th.Good
	case engine.GroupImpossible:
		return th.Bad
	default:
		return th.Warn
	}
}

// groupSign is the sign of a group's state.
func groupSign(th *theme.Theme, s engine.GroupState) theme.Text {
	switch s {
	case engine.GroupSatisfied:
		return th.Glyphs.Check
	case engine.GroupImpossible:
		return th.Glyphs.Cross
	default:
		return th.Glyphs.Empty
	}
}

// groupCell is a group's state with its sign.
func groupCell(th *theme.Theme, s engine.GroupState) Cell {
	return Cell{Text: groupSign(th, s) + " " + theme.CleanTo(string(s), 16), Style: groupStyle(th, s)}
}

// edgeCell is an edge's live state with a sign. An edge that was staged and never applied holds nobody back. upstream may be nil.
func edgeCell(th *theme.Theme, e *engine.Edge, upstream *engine.ExecutionRow) Cell {
	switch {
	case len(e.Malformed) > 0:
		return malformedNote(th, e.Malformed)
	case e.State == "":
		return Cell{Text: th.Glyphs.Empty + " not applied", Style: th.Warn}
	case orphaned(e, upstream):
		return Cell{Text: th.Glyphs.Alert + " unknown", Style: th.Bad}
	case e.State == engine.EdgeSatisfied:
		return Cell{Text: th.Glyphs.Check + " satisfied", Style: th.Good}
	case e.State == engine.EdgeImpossible:
		return Cell{Text: th.Glyphs.Cross + " impossible", Style: th.Bad}
	case e.State == engine.EdgeUnsatisfied:
		return Cell{Text: th.Glyphs.Empty + " unsatisfied"}
	default:
		return Cell{Text: th.StateGlyph(theme.Unknown) + " " + theme.CleanTo(string(e.State), 16), Style: th.Warn}
	}
}

// orphaned tells an edge that nothing resolves: its upstream was purged before it was.
func orphaned(e *engine.Edge, upstream *engine.ExecutionRow) bool {
	return e.State == engine.EdgeUnsatisfied && upstream != nil && upstream.Missing
}

// orphanWords say what can be done about such an edge.
const orphanWords theme.Text = "upstream purged, outcome unknown: only cancelling the downstream moves it"

// edgeNote says of an edge what is out of the ordinary.
func edgeNote(th *theme.Theme, e *engine.Edge, upstream *engine.ExecutionRow) Cell {
	switch {
	case len(e.Malformed) > 0:
		return malformedNote(th, e.Malformed)
	case orphaned(e, upstream):
		return Cell{Text: orphanWords, Style: th.Bad}
	case e.State == "":
		return Cell{Text: "staged, never applied: it holds nobody back", Style: th.Warn}
	case e.DataPassingRef != "":
		return Cell{Text: "passes its result on (" + theme.CleanTo(e.DataPassingRef, 60) + ")", Style: th.Dim}
	default:
		return Cell{}
	}
}
