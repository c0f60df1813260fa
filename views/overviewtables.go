package views

import (
	"ffboard/engine"
	"ffboard/theme"
)

// makeTables makes the lists. The first heading of each is its title, which headings fills in: that saves a line.
func (v *Overview) makeTables() {
	th := func() *theme.Theme { return v.c.Theme }
	v.lanes = Table[laneRow]{
		Columns: []Column[laneRow]{
			{Width: 12, Flex: 2, Cell: v.laneName},
			laneCount("WAIT", theme.Waiting, th, engine.IndexEligible),
			{Title: "TREND", Width: 8, Flex: 2, Drop: 1, Cells: func(r *laneRow, width int) []Cell { return v.course(v.waitingIn[r.Lane], width) }},
			laneCount("ACTIVE", theme.Running, th, engine.IndexActive),
			laneCount("SUSP", theme.Suspended, th, engine.IndexSuspended),
			laneCount("HELD", theme.Limited, th, engine.IndexBlockedBudget, engine.IndexBlockedQuota, engine.IndexBlockedRoute, engine.IndexBlockedOperator),
			{Title: "ENDED", Width: 7, Align: theme.Right, Cell: v.laneRate},
			{Title: "TREND", Width: 8, Flex: 2, Drop: 2, Cells: func(r *laneRow, width int) []Cell { return v.course(v.endedIn[r.Lane], width) }},
		},
		ID: func(r *laneRow) string { return string(r.Lane) },
	}
	v.failing = Table[engine.FlowRow]{
		Columns: []Column[engine.FlowRow]{
			{Width: 19, Flex: 2, Cell: func(r *engine.FlowRow) Cell { return flowRowKind(th(), r) }},
			{Title: "FLOW", Width: shortID, Cell: func(r *engine.FlowRow) Cell { return Cell{Text: ShortFlow(r.ID), Style: th().Dim} }},
			{Title: "STATE", Width: 11, Drop: 1, Cell: func(r *engine.FlowRow) Cell { return flowRowState(th(), r) }},
			{Title: "FAILED", Width: 6, Align: theme.Right, Cell: func(r *engine.FlowRow) Cell {
				return countCell(th(), tally(r.ByState).failed(), th().StateStyle(theme.Failed))
			}},
			{Title: "DONE", Width: 9, Align: theme.Right, Cell: func(r *engine.FlowRow) Cell { return doneCell(r) }},
			{Title: "SINCE", Width: 5, Align: theme.Right, Cell: func(r *engine.FlowRow) Cell { return Cell{Text: v.c.Since(r.LastMutationAt)} }},
			{Title: "NOTE", Width: 14, Flex: 2, Drop: 2, Cell: func(r *engine.FlowRow) Cell { return flowRowNote(v.c, r) }},
		},
		ID: flowRowID,
	}
	suspended := NewSuspended(v.c) // whose cells say what an execution waits for
	v.suspended = Table[engine.SuspendedRow]{
		Columns: []Column[engine.SuspendedRow]{
			{Width: 22, Flex: 2, Cell: func(r *engine.SuspendedRow) Cell { return Cell{Text: theme.CleanTo(r.Kind, 64)} }},
			{Title: "EXEC", Width: shortID, Cell: suspended.id},
			{Title: "WAITS FOR", Width: 10, Flex: 3, Cell: suspended.waits},
			{Title: "SINCE", Width: 5, Align: theme.Right, Cell: func(r *engine.SuspendedRow) Cell { return Cell{Text: v.c.Since(since(r))} }},
			{Title: "UNTIL", Width: 5, Align: theme.Right, Cell: suspended.until},
		},
		ID: func(r *engine.SuspendedRow) string { return string(r.ID) },
	}
	v.orphaned = Table[engine.ExecutionRow]{
		Columns: []Column[engine.ExecutionRow]{
			{Width: 22, Flex: 2, Cell: func(r *engine.ExecutionRow) Cell { return Cell{Text: theme.CleanTo(r.Kind, 64)} }},
			{Title: "EXEC", Width: shortID, Cell: func(r *engine.ExecutionRow) Cell { return Cell{Text: ShortExecution(r.ID), Style: th().Dim} }},
			{Title: "HELD BY", Width: 9, Flex: 1, Drop: 1, Cell: func(r *engine.ExecutionRow) Cell { return Cell{Text: theme.CleanTo(string(r.WorkerInstance), 64)} }},
			{Title: "LEASE", Width: 12, Flex: 2, Cell: v.leaseEnd},
			{Title: "SINCE", Width: 5, Align: theme.Right, Cell: func(r *engine.ExecutionRow) Cell {
				return Cell{Text: v.c.Since(r.LeaseExpiresAt), Style: th().Bad}
			}},
		},
		ID: func(r *engine.ExecutionRow) string { return string(r.ID) },
	}
	v.focusOn(paneLanes)
}

// headings names each list in its first column.
func (v *Overview) headings() {
	v.lanes.Columns[0].Title = v.heading(paneLanes, "lanes")
	v.failing.Columns[0].Title = v.heading(paneFailing, "flows failing")
	v.suspended.Columns[0].Title = v.heading(paneSuspended, "suspended longest")
	v.orphaned.Columns[0].Title = v.heading(paneOrphaned, "held by nobody")
}

func (v *Overview) heading(p overviewPane, name theme.Text) theme.Text {
	if n := v.rowsIn(p); n > 0 {
		name += " " + Count(n)
	}
	if p == v.focus {
		return "[" + name + "]"
	}
	return name
}

func (v *Overview) laneName(r *laneRow) Cell {
	return (&Lanes{c: v.c}).name(r)
}

// laneCount adds up some of a lane's indexes.
func laneCount(title theme.Text, look theme.State, th func() *theme.Theme, indexes ...engine.LaneIndex) Column[laneRow] {
	return Column[laneRow]{Title: title, Width: 6, Align: theme.Right, Cell: func(r *laneRow) Cell {
		n := 0
		for _, index := range indexes {
			n += r.ByIndex[index]
		}
		if r.bad {
			return Cell{}
		}
		return countCell(th(), n, th().StateStyle(look))
	}}
}

func (v *Overview) laneRate(r *laneRow) Cell {
	if v.known.ended == nil || r.bad {
		return Cell{}
	}
	return Cell{Text: perSecond(v.known.ended.ByLane[r.Lane].Lately), Style: v.c.Theme.StateStyle(theme.Done)}
}

// perSecond is how many of EndedWindow that is a second.
func perSecond(lately int) theme.Text {
	if lately == 0 {
		return "0/s"
	}
	return Rate(float64(lately) / engine.EndedWindow.Seconds())
}

func (v *Overview) course(s *Series, width int) []Cell {
	if s == nil {
		return nil
	}
	return []Cell{{Text: Sparkline(v.c.Theme, s.Values(), min(width, overviewCourse)), Style: v.c.Theme.Dim}}
}

// overviewCourse is how many steps are shown at most: five minutes.
const overviewCourse = 60

// leaseEnd says what became of a lease, and what that means.
func (v *Overview) leaseEnd(r *engine.ExecutionRow) Cell {
	th := v.c.Theme
	switch r.Ownership {
	case engine.OwnerRevoked:
		return Cell{Text: "revoked, waits for a reclaim", Style: th.Warn}
	case engine.OwnerExpired:
		return Cell{Text: "ran out, waits for a reclaim", Style: th.Warn}
	default:
		return Cell{Text: "ran out, no engine has seen it", Style: th.Bad}
	}
}
