package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// Keys of a timeline.
var (
	zoomInKey  = Bind("+", "zoom in", "+")
	zoomOutKey = Bind("-", "zoom out", "-")
	zoomAllKey = Bind("backspace", "show all", "backspace")
)

const (
	mostZoom  = 4096
	panShare  = 4 // a pan moves the window by one part in so many
	axisLines = 1
)

// timeline shows who was at work when, and for how long others waited: a line for each member, in the order in which they started.
type timeline struct {
	c     *Common
	table Table[timeRow]

	from, to time.Time // of the whole flow; to is zero while it runs
	zoom     int       // 1: all of it
	start    time.Duration
	known    map[engine.ExecutionID]knownSpans
	width    int
	height   int
}

// timeRow is a member in the order of the timeline.
type timeRow struct {
	*engine.ExecutionRow
	critical bool
}

// knownSpans are the attempts of a member as they were when its record was last changed.
type knownSpans struct {
	engine.ExecutionSpans
	as time.Time
}

func newTimeline(c *Common) *timeline {
	v := &timeline{c: c, zoom: 1, known: map[engine.ExecutionID]knownSpans{}}
	v.table = Table[timeRow]{
		Columns: []Column[timeRow]{
			{Title: "STATE", Width: 5, SortKey: "S", Sorts: "state",
				Cells:   func(r *timeRow, width int) []Cell { return v.stateCells(r) },
				Compare: func(a, b *timeRow) int { return cmp.Compare(tallyPlace(a.State), tallyPlace(b.State)) }},
			{Title: "KIND", Width: 10, Flex: 1, SortKey: "K", Sorts: "kind",
				Cell:    func(r *timeRow) Cell { return Cell{Text: theme.CleanTo(r.Kind, 64)} },
				Compare: func(a, b *timeRow) int { return strings.Compare(a.Kind, b.Kind) }},
			{Title: "EXECUTION", Width: 9, Drop: 1,
				Cell: func(r *timeRow) Cell { return Cell{Text: ShortExecution(r.ID), Style: c.Theme.Dim} }},
			{Title: "TIME", Width: 20, Flex: 6,
				Cells: func(r *timeRow, width int) []Cell { return v.bar(r, width) }},
			{Title: "WAITED", Width: 6, Align: theme.Right, SortKey: "W", Sorts: "time waited",
				Cell:    func(r *timeRow) Cell { return v.spanCell(r, false) },
				Compare: func(a, b *timeRow) int { return cmp.Compare(v.rowTook(a, false), v.rowTook(b, false)) }},
			{Title: "WORKED", Width: 6, Align: theme.Right, SortKey: "A", Sorts: "time at work",
				Cell:    func(r *timeRow) Cell { return v.spanCell(r, true) },
				Compare: func(a, b *timeRow) int { return cmp.Compare(v.rowTook(a, true), v.rowTook(b, true)) }},
		},
		ID: func(r *timeRow) string { return string(r.ID) },
		Text: func(r *timeRow) string {
			return strings.Join([]string{string(r.ID), r.Kind, string(r.State), string(r.Worker), r.FailureReason}, " ")
		},
		Empty: "no members",
	}
	return v
}

// timeRows puts members into the order in which they started, those that did not behind the others; and marks the critical path.
func timeRows(d *engine.FlowDetail, now time.Time) []timeRow {
	critical := map[engine.ExecutionID]bool{}
	for _, id := range criticalPath(d.Members, d.Edges, now) {
		critical[id] = true
	}
	rows := make([]timeRow, len(d.Members))
	for i := range d.Members {
		rows[i] = timeRow{&d.Members[i], critical[d.Members[i].ID]}
	}
	slices.SortStableFunc(rows, func(a, b timeRow) int {
		if a.StartedAt.IsZero() != b.StartedAt.IsZero() {
			return b.StartedAt.Compare(a.StartedAt)
		}
		return a.StartedAt.Compare(b.StartedAt)
	})
	return rows
}

// set takes new data.
func (v *timeline) set(d *flowDigest) {
	v.from, v.to = d.from, d.to
	for _, s := range d.spans {
		if r := d.rows[s.Execution]; r != nil {
			v.known[s.Execution] = knownSpans{s, r.LastMutationAt}
		}
	}
	v.table.SetRows(d.timeline)
}

// unknown are the members on the screen whose attempts are not known as they are now.
func (v *timeline) unknown() []engine.ExecutionID {
	var ids []engine.ExecutionID
	for _, r := range v.table.Visible() {
		known, ok := v.known[r.ID]
		if r.StartedAt.IsZero() || r.Missing || ok && known.as.Equal(r.LastMutationAt) {
			continue
		}
		ids = append(ids, r.ID)
	}
	return ids
}

// end is the end of the whole flow, or now.
func (v *timeline) end() time.Time {
	if v.to.IsZero() {
		return v.c.Now()
	}
	return v.to
}

func (v *timeline) whole() time.Duration { return max(v.end().Sub(v.from), time.Millisecond) }

func (v *timeline) window() timeWindow {
	width := v.whole() / time.Duration(v.zoom)
	start := max(min(v.start, v.whole()-width), 0)
	return timeWindow{v.from.Add(start), max(width, 1)}
}

func (v *timeline) bindings() []key.Binding {
	return append([]key.Binding{zoomInKey, zoomOutKey, zoomAllKey, failureKey, failureBackKey, Does(Keys.Left, "earlier"), Does(Keys.Right, "later")},
		v.table.Bindings()...)
}

func (v *timeline) update(msg tea.Msg) {
	if !v.table.Capturing() && v.moved(msg) {
		return
	}
	if m, ok := msg.(tea.MouseMsg); ok {
		m.Y -= axisLines
		msg = m
	}
	v.table.Update(msg)
}

// moved answers what moves the window.
func (v *timeline) moved(msg tea.Msg) bool {
	w := v.window()
	switch {
	case Pressed(msg, zoomInKey):
		v.zoomTo(v.zoom * 2)
	case Pressed(msg, zoomOutKey):
		v.zoomTo(v.zoom / 2)
	case Pressed(msg, zoomAllKey):
		v.zoomTo(1)
	case Pressed(msg, Keys.Left):
		v.start = max(w.from.Sub(v.from)-w.width/panShare, 0)
	case Pressed(msg, Keys.Right):
		v.start = min(w.from.Sub(v.from)+w.width/panShare, v.whole()-w.width)
	default:
		return jumpInTable(&v.table, msg, func(r *timeRow) bool { return broke(r.State) })
	}
	return true
}

// zoomTo keeps the middle of the window where it is; what the cursor is on where that is in the window.
func (v *timeline) zoomTo(zoom int) {
	w := v.window()
	middle := w.from.Add(w.width / 2)
	if r := v.table.Selected(); r != nil && r.StartedAt.After(w.from) && r.StartedAt.Before(w.from.Add(w.width)) {
		middle = r.StartedAt
	}
	v.zoom = max(min(zoom, mostZoom), 1)
	v.start = max(middle.Sub(v.from)-v.whole()/time.Duration(2*v.zoom), 0)
}

func (v *timeline) setSize(width, height int) {
	v.width, v.height = max(width, 0), max(height, 0)
	v.table.SetSize(v.width, v.height-axisLines)
}

func (v *timeline) row() *engine.ExecutionRow {
	if r := v.table.Selected(); r != nil {
		return r.ExecutionRow
	}
	return nil
}
