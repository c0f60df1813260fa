package views

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	suspendedEvery = 2 * time.Second
	mostSuspended  = 500 // rows fetched; the indexes may hold more
)

// Suspended is the list of what waits for a signal, those first whose time is up soonest.
type Suspended struct {
	c     *Common
	table Table[engine.SuspendedRow]
	total int  // in the indexes
	group bool // only those of one group

	width, height int
}

// NewSuspended makes the list of suspended executions.
func NewSuspended(c *Common) *Suspended {
	v := &Suspended{c: c}
	v.table = Table[engine.SuspendedRow]{
		Columns: []Column[engine.SuspendedRow]{
			{Title: "EXECUTION", Width: 9, OfID: true, Cell: v.id},
			{Title: "KIND", Width: 10, Flex: 2, SortKey: "K", Sorts: "kind",
				Cell:    func(r *engine.SuspendedRow) Cell { return Cell{Text: theme.CleanTo(r.Kind, 64)} },
				Compare: func(a, b *engine.SuspendedRow) int { return strings.Compare(a.Kind, b.Kind) }},
			{Title: "LANE", Width: 8, Flex: 1, Drop: 1, SortKey: "L", Sorts: "lane",
				Cell:    func(r *engine.SuspendedRow) Cell { return Cell{Text: theme.CleanTo(string(r.Lane), 64)} },
				Compare: func(a, b *engine.SuspendedRow) int { return strings.Compare(string(a.Lane), string(b.Lane)) }},
			{Title: "REASON", Width: 8, Flex: 1, SortKey: "R", Sorts: "reason", Cell: v.reason,
				Compare: func(a, b *engine.SuspendedRow) int { return strings.Compare(reasonOf(a), reasonOf(b)) }},
			{Title: "WAITS FOR", Width: 24, Flex: 4, Cell: v.waits},
			{Title: "GOT", Width: 4, Align: theme.Right, Cell: v.got},
			{Title: "SINCE", Width: 5, Align: theme.Right, SortKey: "S", Sorts: "since when, longest first",
				Cell:    func(r *engine.SuspendedRow) Cell { return Cell{Text: c.Since(since(r))} },
				Compare: func(a, b *engine.SuspendedRow) int { return since(a).Compare(since(b)) }},
			{Title: "UNTIL", Width: 5, Align: theme.Right, SortKey: "T", Sorts: "timeout, soonest first", Cell: v.until,
				Compare: func(a, b *engine.SuspendedRow) int { return compareDue(due(a), due(b)) }},
			{Title: "THEN", Width: 6, Flex: 1, Cell: v.then},
		},
		ID:    func(r *engine.SuspendedRow) string { return string(r.ID) },
		Text:  suspendedText,
		Empty: "nothing is suspended",
		Marks: true,
	}
	return v
}

func (v *Suspended) Title() theme.Text { return "suspended" }
func (v *Suspended) Init() tea.Cmd     { return nil }
func (v *Suspended) Capturing() bool   { return v.table.Capturing() }
func (v *Suspended) Unwind() bool      { return v.table.Unwind() }

func (v *Suspended) Need() Need {
	return Need{Key: "suspended", Every: suspendedEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return e.SuspendedRows(ctx, mostSuspended)
	}, Shown: v.table.shownIDs()}
}

func (v *Suspended) Bindings() []key.Binding {
	bs := []key.Binding{Keys.Enter, Keys.Why, Keys.Actions, v.c.Write(Keys.Signal), v.c.Write(Keys.Cancel), Keys.Tail, Keys.Edges}
	if !v.group {
		bs = append(bs, Does(Keys.NextTab, "by signal"))
	}
	return append(bs, v.table.Bindings()...)
}

func (v *Suspended) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if rows, ok := data.Value.(engine.SuspendedRows); ok && data.Err == nil {
			v.total = rows.Total
			v.table.SetRows(rows.Rows)
			v.layout()
		}
		return nil
	}
	if !v.group && !v.table.Capturing() && Pressed(msg, Keys.NextTab) {
		return Send(Push{NewSignals(v.c)})
	}
	if r := v.table.Selected(); r != nil && !v.table.Capturing() {
		if cmd := onMarked(v.c, suspendedRows(v.table.Marked()), Keys.Cancel, msg); cmd != nil {
			return cmd
		}
		if cmd := onExecution(v.c, &r.ExecutionRow, msg); cmd != nil {
			return cmd
		}
	}
	v.table.Update(msg)
	return nil
}

func (v *Suspended) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Suspended) layout() { v.table.SetSize(v.width, v.height-v.noteLines()) }

// noteLines is 1 when more are suspended than are listed.
func (v *Suspended) noteLines() int {
	if v.total > len(v.table.Rows()) && v.height > 2 {
		return 1
	}
	return 0
}

func (v *Suspended) View() string {
	frame := v.table.View(v.c.Theme)
	if v.noteLines() == 0 {
		return frame
	}
	note := " " + Count(len(v.table.Rows())) + " of " + Count(v.total) + " suspended, those that time out soonest"
	return frame + "\n" + cellLine(v.c.Theme, v.width, Cell{note, v.c.Theme.Dim})
}

func (v *Suspended) id(r *engine.SuspendedRow) Cell {
	return Cell{Text: ShortExecution(r.ID), Style: v.c.Theme.Dim}
}

func (v *Suspended) reason(r *engine.SuspendedRow) Cell {
	if r.Suspension == nil {
		return Cell{}
	}
	return Cell{Text: reasonWords(r.Suspension)}
}

// waits is what an execution waits for, or what is wrong with its records.
func (v *Suspended) waits(r *engine.SuspendedRow) Cell {
	th, s := v.c.Theme, r.Suspension
	switch {
	case len(r.Malformed) > 0:
		return malformedNote(th, r.Malformed)
	case r.Missing:
		return Cell{Text: th.Glyphs.Alert + " its record is gone", Style: th.Warn}
	case s == nil:
		return Cell{Text: th.Glyphs.Alert + " no suspension record", Style: th.Warn}
	case len(s.Malformed) > 0:
		return malformedNote(th, s.Malformed)
	case slices.ContainsFunc(s.Waitpoints, func(w engine.Waitpoint) bool { return oldToken(&w) }):
		return Cell{Text: th.Glyphs.Alert + " " + oldTokenWords, Style: th.Warn}
	case !s.Open():
		return Cell{Text: th.Glyphs.Alert + " the wait is over: " + theme.CleanTo(s.CloseReason, 40), Style: th.Warn}
	default:
		return Cell{Text: conditionWords(&s.Condition)}
	}
}

func (v *Suspended) got(r *engine.SuspendedRow) Cell {
	if r.Suspension == nil {
		return Cell{}
	}
	w := waitedFor(r.Suspension)
	if w.done == 0 {
		return Cell{Text: w.text(), Style: v.c.Theme.Dim}
	}
	return Cell{Text: w.text(), Style: v.c.Theme.Accent}
}

func (v *Suspended) until(r *engine.SuspendedRow) Cell {
	th, at := v.c.Theme, due(r)
	switch {
	case at.IsZero():
		return Cell{Text: th.Glyphs.Dot, Style: th.Dim}
	case at.Before(v.c.Now()):
		return Cell{Text: Until(v.c.Now(), at), Style: th.Bad}
	default:
		return Cell{Text: Until(v.c.Now(), at)}
	}
}

func (v *Suspended) then(r *engine.SuspendedRow) Cell {
	if due(r).IsZero() {
		return Cell{}
	}
	return Cell{Text: timeoutWords(r.Suspension.TimeoutBehavior), Style: v.c.Theme.Dim}
}

func reasonOf(r *engine.SuspendedRow) string {
	if r.Suspension == nil {
		return ""
	}
	return r.Suspension.Reason
}

func since(r *engine.SuspendedRow) time.Time {
	if r.Suspension == nil {
		return time.Time{}
	}
	return r.Suspension.CreatedAt
}

func due(r *engine.SuspendedRow) time.Time {
	if r.Suspension == nil {
		return time.Time{}
	}
	return r.Suspension.TimeoutAt
}

// compareDue puts what is never due last.
func compareDue(a, b time.Time) int {
	if a.IsZero() != b.IsZero() {
		return cmp.Compare(btoi(a.IsZero()), btoi(b.IsZero()))
	}
	return a.Compare(b)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func suspendedText(r *engine.SuspendedRow) string {
	return strings.Join([]string{string(r.ID), r.Kind, string(r.Lane), string(r.Namespace), reasonOf(r), r.Waits}, " ")
}
