package views

import (
	"cmp"
	"strings"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// laneTable is the table of one index of a lane: what all executions have, and the time that counts in that index.
func laneTable(c *Common, index laneIndexLook) Table[engine.ExecutionRow] {
	t := Table[engine.ExecutionRow]{
		Columns: []Column[engine.ExecutionRow]{
			{Title: "EXECUTION", Width: 9, OfID: true, Cell: func(r *engine.ExecutionRow) Cell { return Cell{Text: ShortExecution(r.ID)} }},
			{Title: "STATE", Width: 18, Drop: stateDrop(index.index), SortKey: "S", Sorts: "state",
				Cell:    func(r *engine.ExecutionRow) Cell { return memberState(c.Theme, r) },
				Compare: func(a, b *engine.ExecutionRow) int { return cmp.Compare(tallyPlace(a.State), tallyPlace(b.State)) }},
			{Title: "KIND", Width: 12, Flex: 2, SortKey: "K", Sorts: "kind",
				Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: theme.CleanTo(r.Kind, 64)} },
				Compare: func(a, b *engine.ExecutionRow) int { return strings.Compare(a.Kind, b.Kind) }},
			{Title: "FLOW", Width: 8, Drop: 4,
				Cell: func(r *engine.ExecutionRow) Cell { return Cell{Text: ShortFlow(r.Flow), Style: c.Theme.Dim} }},
			{Title: "PRIO", Width: 5, Align: theme.Right, Drop: 3, SortKey: "P", Sorts: "priority, highest first",
				Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: theme.Number(r.Priority)} },
				Compare: func(a, b *engine.ExecutionRow) int { return cmp.Compare(b.Priority, a.Priority) }},
			{Title: "TRY", Width: 3, Align: theme.Right, Drop: 2, SortKey: "A", Sorts: "attempts",
				Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: Brief(r.TotalAttempts)} },
				Compare: func(a, b *engine.ExecutionRow) int { return cmp.Compare(a.TotalAttempts, b.TotalAttempts) }},
			{Title: "AGE", Width: 5, Align: theme.Right, Drop: 1, SortKey: "C", Sorts: "creation",
				Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: c.Since(r.CreatedAt)} },
				Compare: func(a, b *engine.ExecutionRow) int { return a.CreatedAt.Compare(b.CreatedAt) }},
		},
		ID: func(r *engine.ExecutionRow) string { return string(r.ID) },
		Text: func(r *engine.ExecutionRow) string {
			return strings.Join([]string{string(r.ID), r.Kind, string(r.State), string(r.Flow), string(r.Worker), string(r.BlockingReason),
				r.BlockingDetail, r.FailureReason}, " ")
		},
		Empty: "nothing is " + index.word + " in this lane",
		Marks: true,
	}
	t.Columns = append(t.Columns, laneTime(c, index.index))
	note := memberNote
	if index.index == engine.IndexActive {
		note = noteBesideWorker
		t.Columns = append(t.Columns, Column[engine.ExecutionRow]{Title: workerTitle, Width: 14, Flex: 1, Drop: 1, SortKey: "W", Sorts: "worker",
			Cell: func(r *engine.ExecutionRow) Cell { return Cell{Text: theme.CleanTo(string(r.WorkerInstance), 64)} },
			Compare: func(a, b *engine.ExecutionRow) int {
				return strings.Compare(string(a.WorkerInstance), string(b.WorkerInstance))
			}})
	}
	t.Columns = append(t.Columns, Column[engine.ExecutionRow]{Title: "NOTE", Width: 14, Flex: 4,
		Cell: func(r *engine.ExecutionRow) Cell { return note(c, r) }})
	return t
}

// workerTitle is the title of the column of who holds the lease.
const workerTitle = "WORKER"

// noteBesideWorker is the note where a column of its own names the worker.
func noteBesideWorker(c *Common, r *engine.ExecutionRow) Cell {
	unnamed := *r
	unnamed.WorkerInstance = ""
	return memberNote(c, &unnamed)
}

// stateDrop lets the state go first in an index whose members should all be in the same one.
func stateDrop(index engine.LaneIndex) int {
	if index == engine.IndexTerminal || index == engine.IndexEligible {
		return 0
	}
	return 5
}

// laneTime is the column of the time that an index is about, or else of the last change.
func laneTime(c *Common, index engine.LaneIndex) Column[engine.ExecutionRow] {
	col := Column[engine.ExecutionRow]{Width: 6, Align: theme.Right, SortKey: "T"}
	var of func(r *engine.ExecutionRow) time.Time
	draw := Age
	switch index {
	case engine.IndexActive:
		col.Title, col.Sorts, draw = "LEASE", "end of lease", Until
		of = func(r *engine.ExecutionRow) time.Time { return r.LeaseExpiresAt }
	case engine.IndexDelayed:
		col.Title, col.Sorts, draw = "DUE", "due time", Until
		of = func(r *engine.ExecutionRow) time.Time { return r.DelayUntil }
	case engine.IndexTerminal:
		col.Title, col.Sorts = "ENDED", "end"
		of = func(r *engine.ExecutionRow) time.Time { return r.CompletedAt }
	default:
		col.Title, col.Sorts = "SINCE", "last change"
		of = func(r *engine.ExecutionRow) time.Time { return r.LastMutationAt }
	}
	col.Compare = func(a, b *engine.ExecutionRow) int { return of(a).Compare(of(b)) }
	col.Cell = func(r *engine.ExecutionRow) Cell {
		cell := Cell{Text: draw(c.Now(), of(r))}
		if r.Ownership == engine.OwnerExpired || r.Ownership == engine.OwnerRevoked || cell.overdue() {
			cell.Style = c.Theme.Bad
		}
		return cell
	}
	return col
}

// overdue tells a time that has passed.
func (c Cell) overdue() bool { return strings.HasPrefix(string(c.Text), "-") }
