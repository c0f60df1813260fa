package views

import (
	"cmp"
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// newMembers is the table of a flow's members. note says the one thing that is worth saying of each.
func newMembers(c *Common, note func(*engine.ExecutionRow) Cell) Table[engine.ExecutionRow] {
	return Table[engine.ExecutionRow]{
		Columns: []Column[engine.ExecutionRow]{
			{Title: "STATE", Width: 18, SortKey: "S", Sorts: "state",
				Cell:    func(r *engine.ExecutionRow) Cell { return memberState(c.Theme, r) },
				Compare: func(a, b *engine.ExecutionRow) int { return cmp.Compare(tallyPlace(a.State), tallyPlace(b.State)) }},
			{Title: "KIND", Width: 12, Flex: 2, SortKey: "K", Sorts: "kind",
				Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: theme.CleanTo(r.Kind, 64)} },
				Compare: func(a, b *engine.ExecutionRow) int { return strings.Compare(a.Kind, b.Kind) }},
			{Title: "EXECUTION", Width: 9, OfID: true,
				Cell: func(r *engine.ExecutionRow) Cell { return Cell{Text: ShortExecution(r.ID), Style: c.Theme.Dim} }},
			{Title: "LANE", Width: 8, Flex: 1, Drop: 3, SortKey: "L", Sorts: "lane",
				Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: theme.CleanTo(string(r.Lane), 64)} },
				Compare: func(a, b *engine.ExecutionRow) int { return strings.Compare(string(a.Lane), string(b.Lane)) }},
			{Title: "TRY", Width: 3, Align: theme.Right, Drop: 2, SortKey: "A", Sorts: "attempts",
				Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: Brief(r.TotalAttempts)} },
				Compare: func(a, b *engine.ExecutionRow) int { return cmp.Compare(a.TotalAttempts, b.TotalAttempts) }},
			{Title: "AGE", Width: 5, Align: theme.Right, Drop: 1,
				Cell: func(r *engine.ExecutionRow) Cell { return Cell{Text: c.Since(r.CreatedAt)} }},
			{Title: "SINCE", Width: 5, Align: theme.Right, SortKey: "T", Sorts: "last change",
				Cell:    func(r *engine.ExecutionRow) Cell { return Cell{Text: c.Since(r.LastMutationAt)} },
				Compare: func(a, b *engine.ExecutionRow) int { return b.LastMutationAt.Compare(a.LastMutationAt) }},
			{Title: "NOTE", Width: 14, Flex: 4,
				Cell: note},
		},
		ID: func(r *engine.ExecutionRow) string { return string(r.ID) },
		Text: func(r *engine.ExecutionRow) string {
			return strings.Join([]string{string(r.ID), r.Kind, string(r.State), string(r.Lane), string(r.Worker), r.FailureReason}, " ")
		},
		Empty: "no members",
		Marks: true,
	}
}

// memberState is a row's state; a record that retention took has none.
func memberState(th *theme.Theme, r *engine.ExecutionRow) Cell {
	if r.Missing {
		return Cell{Text: th.StateGlyph(theme.Unknown) + " purged", Style: th.Dim}
	}
	return StateCell(th, r.State)
}

// memberNote says the one thing that is worth saying of an execution in its state.
func memberNote(c *Common, r *engine.ExecutionRow) Cell {
	th := c.Theme
	switch {
	case len(r.Malformed) > 0:
		return malformedNote(th, r.Malformed)
	case r.State == engine.StateFailed || r.State == engine.StateExpired:
		return Cell{Text: theme.CleanTo(r.FailureReason, 200), Style: th.Bad}
	case r.State == engine.StateActive:
		return Cell{Text: workNote(r)}
	case r.State == engine.StateDelayed:
		return Cell{Text: delayNote(c, r), Style: th.Dim}
	case r.State.Terminal() || r.BlockingReason == engine.BlockingNone:
		return Cell{}
	default:
		return Cell{Text: theme.Join(said(theme.CleanTo(string(r.BlockingReason), 64), theme.CleanTo(r.BlockingDetail, 200)), " ").Trim(), Style: th.Dim}
	}
}

// delayNote is how long a delayed execution has to wait, and what for.
func delayNote(c *Common, r *engine.ExecutionRow) theme.Text {
	why := theme.CleanTo(string(r.BlockingReason), 40)
	if r.DelayUntil.IsZero() {
		return why
	}
	return "in " + Until(c.Now(), r.DelayUntil) + " " + why
}

// workNote is the progress of an active execution, or else who works on it.
func workNote(r *engine.ExecutionRow) theme.Text {
	if r.Progress < 0 && r.ProgressMessage == "" {
		return theme.CleanTo(string(r.WorkerInstance), 64)
	}
	return theme.Join([]theme.Text{Percent(r.Progress), theme.CleanTo(r.ProgressMessage, 200)}, " ")
}

// malformedNote names the first field of a record that does not decode, and how many more there are.
func malformedNote(th *theme.Theme, bad []engine.FieldError) Cell {
	text := th.Glyphs.Alert + " " + theme.CleanTo(bad[0].Field, 40) + ": " + theme.CleanTo(bad[0].Problem, 60)
	if len(bad) > 1 {
		text += " (+" + theme.Number(len(bad)-1) + ")"
	}
	return Cell{Text: text, Style: th.Warn}
}
