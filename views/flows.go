package views

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	// mostFlows is how many flows of the index are listed, the newest.
	mostFlows = 500
	// rememberedFlows bounds the flows that are watched after they were listed once: a finished one leaves the index, and a failed
	// one with it (spec 06 §12.6).
	rememberedFlows = 500

	flowsEvery = 2 * time.Second
	// flowsReading is the pause between two steps until every partition was looked at.
	flowsReading = 100 * time.Millisecond
)

// Flows is the list of flows, the newest first.
type Flows struct {
	c     *Common
	table Table[engine.FlowRow]
	known []engine.FlowID // listed the last time, in the index or not: they are asked for again
	total int             // in the index
	// unread are rows that are still to come, of the partitions looked at so far.
	unread int
	looked engine.Looked

	width, height int
}

// NewFlows makes the list of flows.
func NewFlows(c *Common) *Flows {
	v := &Flows{c: c}
	v.table = Table[engine.FlowRow]{Columns: flowColumns(c), ID: flowRowID, Text: flowRowText, Empty: "no flows", Marks: true}
	return v
}

func flowColumns(c *Common) []Column[engine.FlowRow] {
	counts := func(title theme.Text, sortKey, sorts string, of func(tally) int, s func() theme.Style) Column[engine.FlowRow] {
		return Column[engine.FlowRow]{Title: title, Width: 4, Align: theme.Right, SortKey: sortKey, Sorts: sorts,
			Cell: func(r *engine.FlowRow) Cell { return countCell(c.Theme, of(tally(r.ByState)), s()) },
			Compare: func(a, b *engine.FlowRow) int {
				return cmp.Compare(of(tally(b.ByState)), of(tally(a.ByState)))
			}}
	}
	return []Column[engine.FlowRow]{
		{Title: "STATE", Width: 11, SortKey: "S", Sorts: "state, worst first",
			Cell:    func(r *engine.FlowRow) Cell { return flowRowState(c.Theme, r) },
			Compare: func(a, b *engine.FlowRow) int { return cmp.Compare(urgency(a), urgency(b)) }},
		{Title: "FLOW", Width: shortID, OfID: true,
			Cell: func(r *engine.FlowRow) Cell { return Cell{Text: ShortFlow(r.ID), Style: c.Theme.Dim} }},
		{Title: "KIND", Width: 17, Flex: 4, SortKey: "K", Sorts: "kind",
			Cell:    func(r *engine.FlowRow) Cell { return flowRowKind(c.Theme, r) },
			Compare: func(a, b *engine.FlowRow) int { return strings.Compare(a.Kind, b.Kind) }},
		{Title: "MEMBERS", Drawn: true, Width: 10, Flex: 2,
			Cells: func(r *engine.FlowRow, width int) []Cell { return tally(r.ByState).bar(c.Theme, width) }},
		{Title: "DONE", Width: 9, Align: theme.Right, SortKey: "M", Sorts: "members",
			Cell:    func(r *engine.FlowRow) Cell { return doneCell(r) },
			Compare: func(a, b *engine.FlowRow) int { return cmp.Compare(b.Members, a.Members) }},
		counts("FAIL", "F", "failed members", tally.failed, func() theme.Style { return c.Theme.StateStyle(theme.Failed) }),
		counts("ACT", "A", "active members", tally.active, func() theme.Style { return c.Theme.StateStyle(theme.Running) }),
		counts("WAIT", "W", "waiting members", tally.waiting, func() theme.Style { return c.Theme.StateStyle(theme.Waiting) }),
		{Title: "AGE", Width: 5, Align: theme.Right, SortKey: "T", Sorts: "age, youngest first",
			Cell:    func(r *engine.FlowRow) Cell { return Cell{Text: c.Since(r.CreatedAt)} },
			Compare: newestFirst},
		{Title: "NAMESPACE", Width: 10, Flex: 1, Drop: 1, SortKey: "N", Sorts: "namespace",
			Cell:    func(r *engine.FlowRow) Cell { return Cell{Text: theme.CleanTo(string(r.Namespace), 64)} },
			Compare: func(a, b *engine.FlowRow) int { return strings.Compare(string(a.Namespace), string(b.Namespace)) }},
		{Title: "CHANGED", Width: 7, Align: theme.Right, Drop: 2, SortKey: "C", Sorts: "last change",
			Cell:    func(r *engine.FlowRow) Cell { return Cell{Text: c.Since(r.LastMutationAt)} },
			Compare: func(a, b *engine.FlowRow) int { return b.LastMutationAt.Compare(a.LastMutationAt) }},
		{Title: "NOTE", Width: 20, Flex: 4, Drop: 3,
			Cell: func(r *engine.FlowRow) Cell { return flowRowNote(c, r) }},
	}
}

func (v *Flows) Title() theme.Text { return "flows" }
func (v *Flows) Init() tea.Cmd     { return nil }
func (v *Flows) Capturing() bool   { return v.table.Capturing() }
func (v *Flows) Unwind() bool      { return v.table.Unwind() }

func (v *Flows) Need() Need {
	q := engine.FlowQuery{Limit: mostFlows, Watch: slices.Clone(v.known)}
	every := flowsEvery
	if v.unread > 0 || !v.looked.Whole() {
		every = flowsReading
	}
	return Need{Key: "flows", Every: every, Shown: v.table.shownIDs(),
		Fetch: func(ctx context.Context, e Engine) (any, error) { return e.FlowRows(ctx, q) }}
}

func (v *Flows) Bindings() []key.Binding {
	return append([]key.Binding{Keys.Enter, Keys.Why, Keys.Actions, v.c.Write(Keys.Cancel), Keys.Edges}, v.table.Bindings()...)
}

func (v *Flows) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if rows, ok := data.Value.(engine.FlowRows); ok && data.Err == nil {
			v.take(rows)
		}
		return nil
	}
	if !v.table.Capturing() {
		if cmd := onMarkedFlows(v.c, v.table.Marked(), msg); cmd != nil {
			return cmd
		}
		if cmd := v.open(msg); cmd != nil {
			return cmd
		}
	}
	v.table.Update(msg)
	return nil
}

// open answers the keys that lead from the selected flow elsewhere. A row that is no flow leads nowhere.
func (v *Flows) open(msg tea.Msg) tea.Cmd {
	r := v.table.Selected()
	if r == nil || r.ID == "" {
		return nil
	}
	switch {
	case Pressed(msg, Keys.Enter):
		return Send(Push{NewFlow(v.c, r.ID)})
	case Pressed(msg, Keys.Edges):
		return Send(Push{NewEdges(v.c, r.ID, "")})
	case Pressed(msg, Keys.Actions):
		return Send(Ask{NewActions(v.c, flowTarget(r.ID))})
	case Pressed(msg, Keys.Why):
		return Send(Push{NewFlowWhy(v.c, r.ID)})
	case Pressed(msg, v.c.Write(Keys.Cancel)):
		return Send(Ask{newCancelFlow(v.c, cancelledFlowRow(r))})
	}
	return nil
}

// take replaces the rows and remembers which flows there were. Those that left the index are among the rows as long as they were
// asked for.
func (v *Flows) take(rows engine.FlowRows) {
	v.total, v.unread, v.looked = rows.Total, rows.Unread, rows.Looked
	slices.SortStableFunc(rows.Rows, func(a, b engine.FlowRow) int { return newestFirst(&a, &b) })
	v.table.SetRows(rows.Rows)
	v.known = v.known[:0:0]
	for i := range rows.Rows {
		r := &rows.Rows[i]
		if r.ID != "" && !r.CreatedAt.IsZero() && len(v.known) < rememberedFlows {
			v.known = append(v.known, r.ID)
		}
	}
	v.layout()
}

func (v *Flows) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Flows) layout() { v.table.SetSize(v.width, v.height-footLines) }

func (v *Flows) View() string {
	if v.height <= footLines {
		return v.foot()
	}
	return v.table.View(v.c.Theme) + "\n" + v.foot()
}

// foot is the selected flow's whole id and its note, and how many flows there are when not all are listed.
func (v *Flows) foot() string {
	th := v.c.Theme
	l := th.Line(v.width)
	count := theme.Text("")
	switch {
	case !v.looked.Whole():
		count = "newest of " + Count(v.looked.At) + " of " + Plural(v.looked.Of, "partition", "partitions")
	case v.total > mostFlows:
		count = "the newest " + Count(mostFlows) + " of " + Count(v.total)
	}
	if r := v.table.Selected(); r != nil {
		note := flowRowNote(v.c, r)
		l.Add(th.Dim, " "+theme.CleanTo(string(r.ID), 36)+"  ")
		l.Field(note.Style, note.Text, min(note.Text.Width(), max(l.Left()-count.Width()-1, 0)), theme.Left)
	}
	return l.Rest(th.Dim, count).String()
}

func flowRowID(r *engine.FlowRow) string {
	if r.ID == "" && len(r.Malformed) > 0 {
		return "malformed:" + r.Malformed[0].Value
	}
	return string(r.ID)
}

func flowRowText(r *engine.FlowRow) string {
	words := []string{string(r.ID), r.Kind, string(r.Namespace), string(r.Derived)}
	for k, value := range r.Tags {
		words = append(words, k+"="+value)
	}
	return strings.Join(words, " ")
}

// urgency orders flows by what an operator looks for: those that fail, then those that stand still, run, and are over.
func urgency(r *engine.FlowRow) int {
	switch {
	case len(r.Malformed) > 0 && r.Derived == "":
		return 1
	case r.Derived == engine.FlowFailed || tally(r.ByState).failed() > 0:
		return 0
	}
	order := []engine.FlowState{engine.FlowBlocked, engine.FlowRunning, engine.FlowOpen, engine.FlowCancelled, engine.FlowCompleted}
	if i := slices.Index(order, r.Derived); i >= 0 {
		return i + 2
	}
	return 1
}

func newestFirst(a, b *engine.FlowRow) int { return b.CreatedAt.Compare(a.CreatedAt) }

func flowRowState(th *theme.Theme, r *engine.FlowRow) Cell {
	if r.Derived == "" && len(r.Malformed) > 0 {
		return Cell{Text: th.StateGlyph(theme.Unknown) + " malformed", Style: th.Warn}
	}
	return FlowCell(th, r.Derived)
}

func flowRowKind(th *theme.Theme, r *engine.FlowRow) Cell {
	switch {
	case len(r.Malformed) == 0:
		return Cell{Text: theme.CleanTo(r.Kind, 64)}
	case r.Kind == "":
		return malformedNote(th, r.Malformed)
	default:
		return Cell{Text: th.Glyphs.Alert + " " + theme.CleanTo(r.Kind, 64), Style: th.Warn}
	}
}

// flowRowNote is what is wrong with a record, why it was cancelled, or else its tags.
func flowRowNote(c *Common, r *engine.FlowRow) Cell {
	th := c.Theme
	switch {
	case len(r.Malformed) > 0:
		return malformedNote(th, r.Malformed)
	case !r.CancelledAt.IsZero():
		return Cell{Text: "cancelled " + Age(c.Now(), r.CancelledAt) + " ago: " + theme.CleanTo(r.CancelReason, 100), Style: th.Dim}
	default:
		return Cell{Text: tagWords(r.Tags, 100), Style: th.Dim}
	}
}

// tagWords lists tags by name, as far as width allows.
func tagWords(tags map[string]string, width int) theme.Text {
	var parts []theme.Text
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		if width <= 0 {
			break
		}
		part := theme.CleanTo(k, width) + "=" + theme.CleanTo(tags[k], width)
		parts = append(parts, part)
		width -= part.Width() + 1
	}
	return theme.Join(parts, " ")
}

// doneCell is how many of a flow's members have ended: 5/7.
func doneCell(r *engine.FlowRow) Cell {
	return Cell{Text: Brief(tally(r.ByState).ended()) + "/" + Brief(r.Members)}
}

// countCell is a count in its style; none is no number.
func countCell(th *theme.Theme, n int, s theme.Style) Cell {
	if n == 0 {
		return Cell{Text: th.Glyphs.Dot, Style: th.Dim}
	}
	return Cell{Text: Brief(n), Style: s}
}
