package views

import (
	"ffboard/engine"
	"ffboard/theme"
)

// waitLines are about the latest suspension: what it waits for, how far that has come, and on which waitpoints.
func (d *executionData) waitLines(c *Common, width int) []string {
	s := d.Suspension
	if s == nil {
		return nil
	}
	th, now := c.Theme, c.Now()
	facts := []Fact{F("reason", theme.CleanTo(s.Reason, 60)+byWords(s.RequestedBy))}
	if !s.Open() {
		facts = append(facts, FS("over", th.Dim, theme.CleanTo(s.CloseReason, 60)+" "+When(now, s.ClosedAt)))
	}
	facts = append(facts,
		F("since", When(now, s.CreatedAt)),
		untilFact(c, s),
		Fact{"waits for", awaitedCells(th, s)},
		F("last signal", When(now, s.LastSignalAt)),
	)
	if len(s.Malformed) > 0 {
		facts = append(facts, Fact{"unreadable", []Cell{malformedNote(th, s.Malformed)}})
	}
	lines := factLines(th, facts, width)
	if len(s.Condition.Members) > 0 {
		lines = append(lines, treeLines(th, &s.Condition, &s.Progress, width)...)
	}
	for i := range s.Waitpoints {
		if i == mostWaitpoints {
			lines = append(lines, cellLine(th, width, Cell{" " + Count(len(s.Waitpoints)-i) + " more waitpoints", th.Dim}))
			break
		}
		lines = append(lines, waitpointLines(c, &s.Waitpoints[i], width)...)
	}
	return lines
}

// awaitedCells say what a suspension waits for and how far that is.
func awaitedCells(th *theme.Theme, s *engine.Suspension) []Cell {
	cells := []Cell{{Text: conditionWords(&s.Condition)}}
	if w := waitedFor(s); w.known && s.Open() {
		cells = append(cells, Cell{"  " + Count(w.done) + " of " + Count(w.needed), th.Accent})
	}
	return cells
}

// mostWaitpoints is how many waitpoints are shown, mostNodes how many lines of a condition.
const (
	mostWaitpoints = 20
	mostNodes      = 60
)

func untilFact(c *Common, s *engine.Suspension) Fact {
	th, now := c.Theme, c.Now()
	switch {
	case s.TimeoutAt.IsZero() && s.Open():
		return FS("until", th.Dim, "for ever: no timeout")
	case s.TimeoutAt.IsZero():
		return Fact{}
	case s.Open() && s.TimeoutAt.Before(now):
		return FS("until", th.Bad, When(now, s.TimeoutAt)+", then "+timeoutWords(s.TimeoutBehavior)+": overdue")
	default:
		return F("until", When(now, s.TimeoutAt)+", then "+timeoutWords(s.TimeoutBehavior))
	}
}

// treeLines draw a composite condition with what each node has got.
func treeLines(th *theme.Theme, c *engine.ResumeCondition, p *engine.NodeProgress, width int) []string {
	var lines []string
	var visit func(c *engine.ResumeCondition, p *engine.NodeProgress, depth int)
	visit = func(c *engine.ResumeCondition, p *engine.NodeProgress, depth int) {
		if len(lines) >= mostNodes {
			return
		}
		lines = append(lines, cellLine(th, width, nodeCells(th, c, p, depth)...))
		for i := range c.Members {
			below := engine.NodeProgress{}
			if i < len(p.Members) {
				below = p.Members[i]
			}
			visit(&c.Members[i], &below, depth+1)
		}
	}
	visit(c, p, 0)
	if len(lines) >= mostNodes {
		lines = append(lines, cellLine(th, width, Cell{" " + th.Glyphs.Ellipsis + " more", th.Dim}))
	}
	if c.NestsBlindly() {
		lines = append(lines, cellLine(th, width, Cell{" " + th.Glyphs.Alert + " FlowFabric's library never finds such nesting satisfied", th.Warn}))
	}
	return lines
}

func nodeCells(th *theme.Theme, c *engine.ResumeCondition, p *engine.NodeProgress, depth int) []Cell {
	sign := Cell{th.Glyphs.Empty + " ", th.Dim}
	if p.Satisfied {
		sign = Cell{th.Glyphs.Check + " ", th.Good}
	}
	words := conditionWords(c)
	if c.Kind == engine.ConditionAllOf {
		words = "all of these"
	}
	cells := []Cell{{Text: theme.Text("  ").Repeat(min(depth, 10)+1) + " "}, sign, {Text: words}}
	switch c.Kind {
	case engine.ConditionSingle:
		if c.Waitpoint != "" {
			cells = append(cells, Cell{"  on " + theme.CleanTo(c.Waitpoint, 44), th.Dim})
		}
	case engine.ConditionAllOf, engine.ConditionCount:
		cells = append(cells, Cell{"  " + Count(p.Done) + " of " + Count(p.Needed), th.Accent})
	}
	if p.Shared {
		cells = append(cells, Cell{"  shares its count with another: opens early", th.Warn})
	}
	return cells
}

// waitpointLines are a waitpoint and the matchers of its simple condition.
func waitpointLines(c *Common, w *engine.Waitpoint, width int) []string {
	th, now := c.Theme, c.Now()
	dot := Cell{" " + th.Glyphs.Dot + " ", th.Dim}
	cells := []Cell{{" " + theme.CleanTo(w.Key, 48), th.Title}, dot, waitpointState(th, w)}
	if age := Age(now, w.CreatedAt); age != "" {
		cells = append(cells, dot, Cell{"made " + age + " ago", th.Dim})
	}
	if !w.ExpiresAt.IsZero() {
		cells = append(cells, dot, Cell{"expires in " + Until(now, w.ExpiresAt), th.Dim})
	}
	if oldToken(w) {
		cells = append(cells, dot, Cell{th.Glyphs.Alert + " " + oldTokenWords, th.Warn})
	}
	lines := []string{cellLine(th, width, cells...)}
	about := Cell{"   " + theme.CleanTo(string(w.ID), 40) + " " + th.Glyphs.Dot + " " + Plural(w.SignalCount, "signal", "signals") + ", " + Count(w.MatchedCount) + " matched", th.Dim}
	lines = append(lines, cellLine(th, width, about))
	for i, m := range w.Matchers {
		if i == mostNodes {
			lines = append(lines, cellLine(th, width, Cell{"   " + Count(len(w.Matchers)-i) + " more", th.Dim}))
			break
		}
		lines = append(lines, cellLine(th, width, matcherCells(th, m)...))
	}
	if len(w.Malformed) > 0 {
		lines = append(lines, cellLine(th, width, Cell{Text: "   "}, malformedNote(th, w.Malformed)))
	}
	return lines
}

func waitpointState(th *theme.Theme, w *engine.Waitpoint) Cell {
	switch w.State {
	case waitpointActive:
		return Cell{"active", th.StateStyle(theme.Suspended)}
	case waitpointPending:
		return Cell{"pending: nobody waits on it yet", th.StateStyle(theme.Waiting)}
	case waitpointClosed:
		return Cell{"closed" + because(w.CloseReason), th.Dim}
	case "":
		return Cell{"its record is gone", th.Warn}
	default:
		return Cell{theme.CleanTo(w.State, 24), th.Warn}
	}
}

func matcherCells(th *theme.Theme, m engine.WaitpointMatcher) []Cell {
	if !m.Satisfied {
		return []Cell{{"   " + th.Glyphs.Empty + " ", th.Dim}, {Text: nameWords(m.Name)}}
	}
	return []Cell{{"   " + th.Glyphs.Check + " ", th.Good}, {Text: nameWords(m.Name)}, {"  by signal " + shorten(string(m.Signal)), th.Dim}}
}
