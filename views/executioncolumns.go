package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// keptExecutionColumns is the name under which the choice is kept.
const keptExecutionColumns = "columns.executions"

// usualColumns are shown as long as nothing else was chosen.
var usualColumns = []string{"state", "execution", "kind", "lane", "namespace", "tries", "age", "since", "worker", "note"}

// namedColumn is a column that can be chosen.
type namedColumn struct {
	name string
	Column[engine.ExecutionRow]
}

func executionColumns(c *Common) []namedColumn {
	text := func(name string, title theme.Text, width, flex, drop int, sortKey string, of func(r *engine.ExecutionRow) string) namedColumn {
		return namedColumn{name, Column[engine.ExecutionRow]{Title: title, Width: width, Flex: flex, Drop: drop, SortKey: sortKey, Sorts: name,
			Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: theme.CleanTo(of(r), 120)} },
			Compare: func(a, b *engine.ExecutionRow) int { return strings.Compare(of(a), of(b)) }}}
	}
	number := func(name string, title theme.Text, width, drop int, sortKey string, of func(r *engine.ExecutionRow) int) namedColumn {
		return namedColumn{name, Column[engine.ExecutionRow]{Title: title, Width: width, Align: theme.Right, Drop: drop, SortKey: sortKey,
			Sorts:   name + ", most first",
			Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: theme.Number(of(r))} },
			Compare: func(a, b *engine.ExecutionRow) int { return cmp.Compare(of(b), of(a)) }}}
	}
	age := func(name string, title theme.Text, drop int, sortKey string, of func(r *engine.ExecutionRow) time.Time) namedColumn {
		return namedColumn{name, Column[engine.ExecutionRow]{Title: title, Width: 7, Align: theme.Right, Drop: drop, SortKey: sortKey,
			Sorts:   name + ", latest first",
			Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: c.Since(of(r))} },
			Compare: func(a, b *engine.ExecutionRow) int { return of(b).Compare(of(a)) }}}
	}
	until := func(name string, title theme.Text, of func(r *engine.ExecutionRow) time.Time) namedColumn {
		col := age(name, title, 6, "", of)
		col.Cell = func(r *engine.ExecutionRow) Cell { return Cell{Text: Until(c.Now(), of(r))} }
		return col
	}
	return []namedColumn{
		{"state", Column[engine.ExecutionRow]{Title: "STATE", Width: 18, SortKey: "S", Sorts: "state",
			Cell:    func(r *engine.ExecutionRow) Cell { return memberState(c.Theme, r) },
			Compare: func(a, b *engine.ExecutionRow) int { return cmp.Compare(tallyPlace(a.State), tallyPlace(b.State)) }}},
		{"execution", Column[engine.ExecutionRow]{Title: "EXECUTION", Width: 9, OfID: true,
			Cell: func(r *engine.ExecutionRow) Cell { return Cell{Text: ShortExecution(r.ID), Style: c.Theme.Dim} }}},
		text("kind", "KIND", 10, 2, 0, "K", func(r *engine.ExecutionRow) string { return r.Kind }),
		text("lane", "LANE", 8, 1, 2, "L", func(r *engine.ExecutionRow) string { return string(r.Lane) }),
		text("namespace", "NS", 6, 1, 4, "N", func(r *engine.ExecutionRow) string { return string(r.Namespace) }),
		{"flow", Column[engine.ExecutionRow]{Title: "FLOW", Width: 8, Drop: 5, SortKey: "F", Sorts: "flow",
			Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: ShortFlow(r.Flow), Style: c.Theme.Dim} },
			Compare: func(a, b *engine.ExecutionRow) int { return strings.Compare(string(a.Flow), string(b.Flow)) }}},
		number("tries", "TRY", 3, 3, "A", func(r *engine.ExecutionRow) int { return r.TotalAttempts }),
		number("priority", "PRIO", 5, 5, "P", func(r *engine.ExecutionRow) int { return r.Priority }),
		age("age", "AGE", 3, "C", func(r *engine.ExecutionRow) time.Time { return r.CreatedAt }),
		age("since", "SINCE", 1, "T", func(r *engine.ExecutionRow) time.Time { return r.LastMutationAt }),
		age("started", "STARTED", 6, "B", func(r *engine.ExecutionRow) time.Time { return r.StartedAt }),
		age("ended", "ENDED", 6, "E", func(r *engine.ExecutionRow) time.Time { return r.CompletedAt }),
		until("lease", "LEASE", func(r *engine.ExecutionRow) time.Time { return r.LeaseExpiresAt }),
		until("due", "DUE", func(r *engine.ExecutionRow) time.Time { return r.DelayUntil }),
		text("worker", "WORKER", 10, 1, 4, "W", func(r *engine.ExecutionRow) string { return string(r.WorkerInstance) }),
		text("pool", "POOL", 10, 1, 6, "", func(r *engine.ExecutionRow) string { return string(r.Worker) }),
		text("failure", "FAILURE", 14, 3, 6, "R", func(r *engine.ExecutionRow) string { return r.FailureReason }),
		{"note", Column[engine.ExecutionRow]{Title: "NOTE", Width: 12, Flex: 4,
			Cell: func(r *engine.ExecutionRow) Cell { return memberNote(c, r) }}},
	}
}

// keptColumns are the columns chosen in an earlier run, or the usual ones.
func keptColumns(c *Common) []string {
	if c.Kept != nil {
		if names := c.Kept.Get(keptExecutionColumns); len(names) > 0 {
			return names
		}
	}
	return usualColumns
}

// arrangeColumns shows these columns in this order; names that mean none are passed over. Without any the usual ones are shown.
func (v *Executions) arrangeColumns(names []string) {
	all := executionColumns(v.c)
	var shown []Column[engine.ExecutionRow]
	for _, name := range names {
		if i := slices.IndexFunc(all, func(n namedColumn) bool { return n.name == name }); i >= 0 {
			shown = append(shown, all[i].Column)
			v.shown = append(v.shown, name)
		}
	}
	if len(shown) == 0 {
		v.arrangeColumns(usualColumns)
		return
	}
	v.table.Columns = shown
	v.table.SortBy(-1, false)
}

// columnChoices are all columns, those that are shown first and in their order.
func (v *Executions) columnChoices() []columnChoice {
	var choices []columnChoice
	for _, name := range v.shown {
		choices = append(choices, columnChoice{name, true})
	}
	for _, n := range executionColumns(v.c) {
		if !slices.Contains(v.shown, n.name) {
			choices = append(choices, columnChoice{n.name, false})
		}
	}
	return choices
}

func (v *Executions) chooseColumns(names []string) {
	v.shown = nil
	v.arrangeColumns(names)
	if v.c.Kept != nil {
		v.c.Kept.Put(keptExecutionColumns, names)
	}
}
