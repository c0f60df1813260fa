package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// standing is how a worker stands, what wants attention first.
type standing int

const (
	workerSilent       standing = iota // it holds leases and has stopped saying that it lives
	workerLate                         // its next sign of life is overdue, and it is not given up yet
	workerUnregistered                 // it holds leases and never registered
	workerAlive
	workerGone // all that is left is its name
	standingCount
)

func standingOf(w *engine.WorkerRow, now time.Time) standing {
	switch {
	case !w.Registered:
		return workerUnregistered
	case w.Alive && missedBeat(w, now):
		return workerLate
	case w.Alive:
		return workerAlive
	case w.Leases > 0:
		return workerSilent
	default:
		return workerGone
	}
}

// missedBeat tells that a worker has missed a heartbeat: it makes one every third of the time after which it counts as dead.
func missedBeat(w *engine.WorkerRow, now time.Time) bool {
	return !w.LastHeartbeat.IsZero() && w.LivenessTTL > 0 && now.Sub(w.LastHeartbeat) > w.LivenessTTL*2/3
}

func (s standing) word() theme.Text {
	return [standingCount]theme.Text{"silent", "late", "not registered", "alive", "gone"}[s]
}

func (s standing) style(th *theme.Theme) theme.Style {
	return [standingCount]theme.Style{th.Bad, th.Warn, th.Warn, th.Good, th.Dim}[s]
}

func (s standing) glyph(th *theme.Theme) theme.Text {
	g := &th.Glyphs
	return [standingCount]theme.Text{g.Cross, g.Alert, g.Alert, g.Check, g.Empty}[s]
}

// means is what an operator is to make of it.
func (s standing) means() theme.Text {
	return [standingCount]theme.Text{
		"it has stopped saying that it lives and holds leases: they run out, and then wait for a worker that reclaims",
		"its heartbeat is overdue: it may be slow, or gone",
		"it holds leases and never registered: whether it lives is known by its leases alone",
		"",
		"it has stopped saying that it lives, and holds nothing that was counted",
	}[s]
}

func workerTable(c *Common) *Table[engine.WorkerRow] {
	type row = engine.WorkerRow
	return &Table[row]{
		Columns: []Column[row]{
			{Title: "WORKER", Width: 16, OfID: true, Flex: 2, SortKey: "N", Sorts: "name",
				Cell:    func(w *row) Cell { return Cell{Text: theme.CleanTo(string(w.Instance), 80)} },
				Compare: func(a, b *row) int { return strings.Compare(string(a.Instance), string(b.Instance)) }},
			{Title: "STATE", Width: 16, SortKey: "S", Sorts: "state, worst first",
				Cell:    func(w *row) Cell { return workerState(c, w) },
				Compare: func(a, b *row) int { return cmp.Compare(standingOf(a, c.Now()), standingOf(b, c.Now())) }},
			{Title: "BEAT", Width: 5, Align: theme.Right, SortKey: "B", Sorts: "last heartbeat, longest ago first",
				Cell:    func(w *row) Cell { return Cell{Text: c.Since(w.LastHeartbeat)} },
				Compare: func(a, b *row) int { return a.LastHeartbeat.Compare(b.LastHeartbeat) }},
			numberColumn(c, Column[row]{Title: "LEASES", Width: 6, SortKey: "L", Sorts: "leases, most first"}, func(w *row) int { return w.Leases }),
			{Title: "SOONEST", Width: 7, Align: theme.Right, Drop: 1, SortKey: "E", Sorts: "end of its first lease",
				Cell: func(w *row) Cell {
					cell := Cell{Text: Until(c.Now(), w.SoonestExpiry)}
					if cell.overdue() {
						cell.Style = c.Theme.Bad
					}
					return cell
				},
				Compare: func(a, b *row) int { return compareDue(a.SoonestExpiry, b.SoonestExpiry) }},
			{Title: "LANES", Width: 10, Flex: 2, Drop: 2, Cell: func(w *row) Cell { return Cell{Text: laneList(w.Lanes)} }},
			{Title: "ABLE TO", Width: 10, Flex: 1, Drop: 3, Cell: func(w *row) Cell { return Cell{Text: commaList(w.Capabilities)} }},
			{Title: "NAMESPACE", Width: 9, Flex: 1, Drop: 4, SortKey: "M", Sorts: "namespace",
				Cell:    func(w *row) Cell { return Cell{Text: theme.CleanTo(string(w.Namespace), 40), Style: c.Theme.Dim} },
				Compare: func(a, b *row) int { return strings.Compare(string(a.Namespace), string(b.Namespace)) }},
			{Title: "SINCE", Width: 5, Align: theme.Right, Drop: 5, SortKey: "R", Sorts: "registration",
				Cell:    func(w *row) Cell { return Cell{Text: c.Since(w.RegisteredAt)} },
				Compare: func(a, b *row) int { return a.RegisteredAt.Compare(b.RegisteredAt) }},
		},
		ID: func(w *row) string { return rowID(string(w.Namespace), string(w.Instance)) },
		Text: func(w *row) string {
			return strings.Join([]string{string(w.Instance), string(w.ID), string(w.Namespace), string(standingOf(w, c.Now()).word()),
				string(laneList(w.Lanes)), strings.Join(w.Capabilities, " ")}, " ")
		},
		Empty: "no worker has registered in a namespace of the executions seen, and nobody holds a lease",
	}
}

func workerState(c *Common, w *engine.WorkerRow) Cell {
	if len(w.Malformed) > 0 {
		return Cell{Text: c.Theme.Glyphs.Alert + " malformed", Style: c.Theme.Warn}
	}
	s := standingOf(w, c.Now())
	return Cell{Text: s.glyph(c.Theme) + " " + s.word(), Style: s.style(c.Theme)}
}

const mostListed = 16 // of a worker's lanes and capabilities

func laneList(lanes []engine.LaneID) theme.Text {
	names := make([]string, len(lanes))
	for i, lane := range lanes {
		names[i] = string(lane)
	}
	return commaList(names)
}

func commaList(names []string) theme.Text {
	var parts []theme.Text
	for _, name := range names[:min(len(names), mostListed)] {
		parts = append(parts, theme.CleanTo(name, 40))
	}
	if len(names) > mostListed {
		parts = append(parts, Count(len(names)-mostListed)+" more")
	}
	return theme.Join(parts, ", ")
}

// leaseTable lists leased executions.
func leaseTable(c *Common, empty theme.Text) *Table[engine.ExecutionRow] {
	active := slices.IndexFunc(laneIndexes, func(l laneIndexLook) bool { return l.index == engine.IndexActive })
	table := laneTable(c, laneIndexes[active])
	table.Empty = empty
	return &table
}
