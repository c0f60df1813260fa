package views

import (
	"maps"
	"slices"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/theme"
)

// aboutTargets says what an action is about, as it was read: one thing in full, many by their states.
func aboutTargets(c *Common, states []*action.State) [][]Cell {
	if len(states) > 1 {
		return aboutMany(c, states)
	}
	s := states[0]
	th := c.Theme
	switch {
	case s.Gone:
		return [][]Cell{{{theme.Clean(string(s.Kind)) + " " + theme.CleanTo(s.ID(), 48), th.Title}}, {{th.Glyphs.Alert + " its record is gone", th.Warn}}}
	case s.Kind == action.Execution:
		return append(executionAbout(c, &s.Row), executionNow(c, s))
	case s.Kind == action.Flow:
		return aboutFlow(c, s.Record)
	case s.Kind == action.Worker:
		return aboutWorker(c, s.Worker)
	case s.Kind == action.Budget:
		return aboutBudget(c, s.Usage)
	default:
		return aboutKids(c, s.Kids)
	}
}

// executionNow is what actions ask of an execution's record.
func executionNow(c *Common, s *action.State) []Cell {
	th, r := c.Theme, &s.Row
	parts := []theme.Text{theme.CleanTo(string(r.Phase), 12), theme.CleanTo(string(r.Ownership), 26), "priority " + Count(r.Priority),
		Plural(r.TotalAttempts, "attempt", "attempts")}
	if r.WorkerInstance != "" && r.Ownership == engine.OwnerLeased {
		parts[1] = "leased by " + theme.CleanTo(string(r.WorkerInstance), 24)
	}
	if d := s.Detail; d != nil {
		if d.ReplayCount > 0 {
			parts = append(parts, "replayed "+Count(d.ReplayCount)+"×")
		}
		if d.ReclaimCount > 0 {
			parts = append(parts, "reclaimed "+Count(d.ReclaimCount)+"×")
		}
	}
	return []Cell{{theme.Join(parts, " "+th.Glyphs.Dot+" "), th.Dim}}
}

func aboutFlow(c *Common, f *engine.Flow) [][]Cell {
	th := c.Theme
	lines := [][]Cell{
		{{theme.CleanTo(f.Kind, 40), th.Title}, {"  " + theme.CleanTo(string(f.ID), 40), th.Dim}},
		{{theme.CleanTo(string(f.State), 16) + ", " + Plural(f.Nodes, "member", "members") + ", age " + Age(c.Now(), f.CreatedAt), th.Plain}},
	}
	if f.State == engine.FlowCancelled {
		lines = append(lines, []Cell{{cancelledWords(c, f), th.Warn}})
	}
	return lines
}

func aboutWorker(c *Common, w *engine.Worker) [][]Cell {
	th := c.Theme
	alive := Cell{"alive", th.Good}
	if !w.Alive {
		alive = Cell{"lapsed", th.Bad}
	}
	return [][]Cell{
		{{theme.CleanTo(string(w.Instance), 40), th.Title}, {"  worker " + theme.CleanTo(string(w.ID), 30), th.Dim}},
		{alive, {", heard of " + Age(c.Now(), w.LastHeartbeat) + " ago, namespace " + theme.CleanTo(string(w.Namespace), 24), th.Dim}},
	}
}

// mostDimensions is how many dimensions of a budget a dialog names.
const mostDimensions = 4

func aboutBudget(c *Common, b *engine.BudgetStatus) [][]Cell {
	th := c.Theme
	lines := [][]Cell{
		{{"budget " + theme.CleanTo(string(b.ID), 40), th.Title}},
		{{theme.CleanTo(b.ScopeType, 20) + " " + theme.CleanTo(b.ScopeID, 40) + ", breached " + Count(b.Breaches) + "×", th.Dim}},
	}
	names := slices.Sorted(maps.Keys(b.Usage))
	for _, name := range names[:min(len(names), mostDimensions)] {
		used := theme.CleanTo(name, 24) + " " + Count(b.Usage[name])
		if limit := b.Hard[name]; limit > 0 {
			used += " of " + Count(limit)
		}
		lines = append(lines, []Cell{{used, th.Plain}})
	}
	if more := len(names) - mostDimensions; more > 0 {
		lines = append(lines, []Cell{{Plural(more, "more dimension", "more dimensions"), th.Dim}})
	}
	return lines
}

func aboutKids(c *Common, kids []action.KidCount) [][]Cell {
	th := c.Theme
	lines := [][]Cell{{{"the waitpoint signing key of this deployment", th.Title}}}
	for _, k := range kids[:min(len(kids), mostDimensions)] {
		partitions := Plural(k.Partitions, "partition", "partitions")
		if k.Kid == "" {
			lines = append(lines, []Cell{{th.Glyphs.Alert + " no key on " + partitions, th.Warn}})
			continue
		}
		lines = append(lines, []Cell{{"signs now: ", th.Dim}, {theme.CleanTo(k.Kid, 32), th.Plain}, {" on " + partitions, th.Dim}})
	}
	if len(kids) > 1 {
		lines = append(lines, []Cell{{th.Glyphs.Alert + " partitions do not agree: a rotation was left half done", th.Warn}})
	}
	return lines
}

// mostTargetsNamed is how many of many targets are named.
const mostTargetsNamed = 4

func aboutMany(c *Common, states []*action.State) [][]Cell {
	th := c.Theme
	what := theme.Clean(string(states[0].Kind)) + "s"
	lines := [][]Cell{{{Count(len(states)) + " " + what, th.Title}}}
	if states[0].Kind == action.Execution {
		counts, gone := tally{}, 0
		for _, s := range states {
			if s.Gone {
				gone++
				continue
			}
			counts[s.Row.State]++
		}
		cells := counts.words(th)
		if gone > 0 {
			cells = append(cells, Cell{" " + Count(gone) + " purged", th.Dim})
		}
		lines = append(lines, cells)
	}
	names := make([]theme.Text, 0, mostTargetsNamed)
	for _, s := range states[:min(len(states), mostTargetsNamed)] {
		names = append(names, targetName(s))
	}
	text := theme.Join(names, ", ")
	if more := len(states) - mostTargetsNamed; more > 0 {
		text += " and " + Count(more) + " more"
	}
	return append(lines, []Cell{{text, th.Dim}})
}

// targetName is a thing in a line: its short id and what it is.
func targetName(s *action.State) theme.Text {
	switch {
	case s.Kind == action.Execution:
		return theme.Join([]theme.Text{ShortExecution(s.Execution), theme.CleanTo(s.Row.Kind, 24)}, " ")
	case s.Kind == action.Flow && s.Record != nil:
		return theme.Join([]theme.Text{ShortFlow(s.Flow), theme.CleanTo(s.Record.Kind, 24)}, " ")
	case s.Kind == action.Flow:
		return ShortFlow(s.Flow)
	case s.Kind == action.Budget:
		return shorten(string(s.Budget))
	default:
		return theme.CleanTo(s.ID(), 40)
	}
}
