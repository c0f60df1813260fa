package views

import (
	"cmp"
	"context"
	"errors"
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
	lanesEvery = 2 * time.Second
	// depthsHurry is the pause between two counts until every partition was counted.
	depthsHurry = 50 * time.Millisecond
)

// laneRow is a line of the lanes view: a lane, or a member of the lane registry that is no lane name.
type laneRow struct {
	engine.LaneDepth
	bad bool
}

// Lanes shows how many executions are in each index of each lane.
type Lanes struct {
	c       *Common
	table   Table[laneRow]
	overdue map[engine.DueIndex]int

	covered, partitions int // counted so far, of how many

	width, height int
}

// NewLanes makes the lanes view.
func NewLanes(c *Common) *Lanes {
	v := &Lanes{c: c}
	v.table = Table[laneRow]{
		Columns: []Column[laneRow]{
			{Title: "LANE", Width: 18, Flex: 1, OfID: true, SortKey: "L", Sorts: "name", Cell: v.name,
				Compare: func(a, b *laneRow) int { return strings.Compare(string(a.Lane), string(b.Lane)) }},
			{Title: "SHARES", Width: 10, Flex: 2, Drop: 2, Drawn: true, Cells: v.shares},
		},
		ID:    func(r *laneRow) string { return string(r.Lane) },
		Text:  func(r *laneRow) string { return string(r.Lane) },
		Empty: "no lanes: nothing was ever created here, and none is registered",
	}
	for _, i := range laneIndexes {
		v.table.Columns = append(v.table.Columns, v.countColumn(i))
	}
	v.table.Columns = append(v.table.Columns, Column[laneRow]{Title: "NOTE", Width: 14, Flex: 1, Drop: 1, Cell: v.note})
	return v
}

func (v *Lanes) countColumn(i laneIndexLook) Column[laneRow] {
	return Column[laneRow]{
		Title: i.heading, Width: i.width, Align: theme.Right, Drop: i.drop, SortKey: i.sortKey, Sorts: string(i.word) + ", most first",
		Cell: func(r *laneRow) Cell {
			n := r.ByIndex[i.index]
			switch {
			case r.bad:
				return Cell{}
			case n == 0:
				return Cell{Text: "0", Style: v.c.Theme.Dim}
			case Count(n).Width() > i.width:
				return Cell{Text: Brief(n), Style: v.c.Theme.StateStyle(i.look)}
			default:
				return Cell{Text: Count(n), Style: v.c.Theme.StateStyle(i.look)}
			}
		},
		Compare: func(a, b *laneRow) int { return cmp.Compare(b.ByIndex[i.index], a.ByIndex[i.index]) },
	}
}

func (v *Lanes) name(r *laneRow) Cell {
	th := v.c.Theme
	name := theme.CleanTo(string(r.Lane), 64)
	switch {
	case r.bad:
		return Cell{Text: th.Glyphs.Alert + " " + name, Style: th.Bad}
	case !r.Registered:
		return Cell{Text: th.Glyphs.Alert + " " + name, Style: th.Warn}
	default:
		return Cell{Text: name}
	}
}

func (v *Lanes) note(r *laneRow) Cell {
	switch {
	case r.bad:
		return Cell{Text: "no lane name", Style: v.c.Theme.Bad}
	case !r.Registered:
		return Cell{Text: "not registered", Style: v.c.Theme.Warn}
	default:
		return Cell{}
	}
}

// shares draws what those that have not ended are doing.
func (v *Lanes) shares(r *laneRow, width int) []Cell {
	th := v.c.Theme
	live := laneIndexes[:len(laneIndexes)-1]
	counts := make([]int, len(live))
	for i, look := range live {
		counts[i] = r.ByIndex[look.index]
	}
	var cells []Cell
	for i, n := range shares(counts, width) {
		if n > 0 {
			cells = append(cells, Cell{Text: th.StateGlyph(live[i].look).Repeat(n), Style: th.StateStyle(live[i].look)})
		}
	}
	return cells
}

func (v *Lanes) Title() theme.Text { return "lanes" }
func (v *Lanes) Init() tea.Cmd     { return nil }
func (v *Lanes) Capturing() bool   { return v.table.Capturing() }
func (v *Lanes) Unwind() bool      { return v.table.Unwind() }

func (v *Lanes) Bindings() []key.Binding {
	return append([]key.Binding{Does(Keys.Enter, "executions")}, v.table.Bindings()...)
}

func (v *Lanes) Need() Need {
	every := lanesEvery
	if v.covered < v.partitions {
		every = depthsHurry
	}
	return Need{Key: "lanes", Every: every, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return e.Depths(ctx)
	}}
}

func (v *Lanes) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		v.take(data)
		return nil
	}
	if !v.table.Capturing() && Pressed(msg, Keys.Enter) {
		return v.open()
	}
	v.table.Update(msg)
	return nil
}

func (v *Lanes) take(data Data) {
	got, ok := data.Value.(engine.Depths)
	if data.Err != nil || !ok {
		return
	}
	v.covered, v.partitions = got.Covered, got.Of
	v.overdue = maps.Clone(got.Overdue)
	maps.DeleteFunc(v.overdue, func(_ engine.DueIndex, n int) bool { return n == 0 })
	var rows []laneRow
	for _, d := range got.Lanes {
		rows = append(rows, laneRow{LaneDepth: d})
	}
	slices.SortFunc(rows, func(a, b laneRow) int { return strings.Compare(string(a.Lane), string(b.Lane)) })
	for _, name := range got.BadLanes {
		rows = append(rows, laneRow{LaneDepth: engine.LaneDepth{Lane: engine.LaneID(name)}, bad: true})
	}
	v.layout()
	v.table.SetRows(rows)
}

var errNoLane = errors.New("this member of the lane registry is no lane name: there is nothing to open")

func (v *Lanes) open() tea.Cmd {
	r := v.table.Selected()
	switch {
	case r == nil:
		return nil
	case r.bad:
		return Send(Said{Text: theme.Clean(errNoLane.Error()), Error: true})
	default:
		return Send(Push{NewLaneExecutions(v.c, r.Lane, busiest(r.ByIndex))})
	}
}

// busiest is the first index, in display order, that has members.
func busiest(counts map[engine.LaneIndex]int) engine.LaneIndex {
	for _, i := range laneIndexes {
		if counts[i.index] > 0 {
			return i.index
		}
	}
	return engine.IndexEligible
}

func (v *Lanes) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Lanes) layout() { v.table.SetSize(v.width, v.height-v.overdueLines()) }

func (v *Lanes) overdueLines() int {
	if len(v.overdue) == 0 || v.height < 5 {
		return 0
	}
	return 1
}

func (v *Lanes) View() string {
	if v.overdueLines() == 0 {
		return v.table.View(v.c.Theme)
	}
	return v.table.View(v.c.Theme) + "\n" + v.overdueLine()
}

// overdueLine says what should have happened by itself: nothing works the deployment's scanners, or they are behind.
func (v *Lanes) overdueLine() string {
	th := v.c.Theme
	l := th.Line(v.width).Add(th.Bad, " "+th.Glyphs.Alert+" overdue, not handled by any scanner: ")
	for i, index := range slices.Sorted(maps.Keys(v.overdue)) {
		if i > 0 {
			l.Add(th.Dim, ", ")
		}
		l.Add(th.Bad, Count(v.overdue[index])).Add(th.Plain, " "+theme.CleanTo(strings.ReplaceAll(string(index), "_", " "), 32))
	}
	return l.String()
}
