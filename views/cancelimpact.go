package views

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/impact"
	"ffboard/theme"
)

const (
	// mostImpactFlows is how many flows are read for what a cancellation does to others.
	// mostImpactMembers is how many members of a flow are looked at.
	mostImpactMembers = 500
	mostImpactFlows   = 8
	// mostReduced is how many groups that go on are named.
	mostReduced = 3
)

// impactRead is what a cancellation would do to others, as far as it was read.
type impactRead struct {
	impact impact.Impact
	flows  int // that were left out
	told   int // leases that are told of elsewhere
	err    error
}

// readImpact follows the cancellation of executions downstream, in their flows. Nothing is read for those without one.
func readImpact(e Engine, rows []engine.ExecutionRow) tea.Cmd {
	told := 0
	byFlow, flows := map[engine.FlowID][]engine.ExecutionID{}, []engine.FlowID{}
	for i := range rows {
		if rows[i].Ownership == engine.OwnerLeased {
			told++
		}
		flow := rows[i].Flow
		if flow == "" {
			continue
		}
		if byFlow[flow] == nil {
			flows = append(flows, flow)
		}
		byFlow[flow] = append(byFlow[flow], rows[i].ID)
	}
	if len(flows) == 0 {
		return nil
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(context.Background(), longestCall)
		defer cancel()
		read := impactRead{flows: max(len(flows)-mostImpactFlows, 0), told: told}
		for _, flow := range flows[:min(len(flows), mostImpactFlows)] {
			detail, err := e.FlowDetail(ctx, flow, mostImpactMembers)
			if err != nil {
				return impactRead{err: err}
			}
			if detail != nil {
				read.impact = read.impact.And(impact.Cancel(impact.Of(detail), byFlow[flow]...))
			}
		}
		return read
	}
}

// lines say what a cancellation does beyond what it names.
func (r *impactRead) lines(th *theme.Theme) [][]Cell {
	if r.err != nil {
		return [][]Cell{{{th.Glyphs.Alert + " what depends on it could not be read: " + errorWords(r.err), th.Warn}}}
	}
	i := &r.impact
	var lines [][]Cell
	say := func(s theme.Style, t theme.Text) { lines = append(lines, []Cell{{t, s}}) }
	if n := len(i.Skipped); n > 0 {
		say(th.Warn, "skips "+Plural(n, "execution", "executions")+" downstream: "+nameFew(pointers(i.Skipped)))
	}
	for _, g := range i.Reduced[:min(len(i.Reduced), mostReduced)] {
		say(th.Plain, reducedWords(&g))
	}
	if more := len(i.Reduced) - mostReduced; more > 0 {
		say(th.Dim, Plural(more, "more group loses", "more groups lose")+" a dependency and can still be satisfied")
	}
	if n := len(i.Siblings); n > 0 {
		say(th.Warn, "cancels "+Plural(n, "sibling", "siblings")+" whose group fails with it: "+nameFew(pointers(i.Siblings)))
	}
	if i.Leases > r.told {
		say(th.Warn, Plural(i.Leases, "running lease loses its work", "running leases lose their work"))
	}
	if i.Nothing() && i.Unread+r.flows == 0 {
		say(th.Dim, "nothing downstream is skipped or loses a dependency")
	}
	if i.Unread > 0 {
		say(th.Warn, th.Glyphs.Alert+" "+Plural(i.Unread, "member was", "members were")+" not read: more may be hit")
	}
	if r.flows > 0 {
		say(th.Warn, th.Glyphs.Alert+" "+Plural(r.flows, "further flow was", "further flows were")+" not read: more may be hit")
	}
	return lines
}

func reducedWords(g *impact.Group) theme.Text {
	name := nameFew([]*engine.ExecutionRow{&g.Downstream})
	if g.Policy.Kind == engine.PolicyAnyOf {
		return name + " loses a dependency: " + Count(g.Reachable) + " of " + Count(g.Total) + " can still succeed, one is enough"
	}
	return name + " loses a dependency: still reaches quorum " + Count(g.Needed) + " of " + Count(g.Total) + ", " + Count(g.Reachable) + " left"
}

func pointers(rows []engine.ExecutionRow) []*engine.ExecutionRow {
	out := make([]*engine.ExecutionRow, len(rows))
	for i := range rows {
		out[i] = &rows[i]
	}
	return out
}
