package views

import (
	"context"
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	laneExecutionsEvery = 2 * time.Second
	mostLaneExecutions  = 500 // rows fetched; the index may hold more
)

// LaneExecutions lists the executions of a lane, one index at a time.
type LaneExecutions struct {
	c     *Common
	lane  engine.LaneID
	at    int // in laneIndexes
	table Table[engine.ExecutionRow]

	width, height int
}

// NewLaneExecutions makes the list of a lane's executions, at one of its indexes.
func NewLaneExecutions(c *Common, lane engine.LaneID, index engine.LaneIndex) *LaneExecutions {
	v := &LaneExecutions{c: c, lane: lane}
	v.at = max(slices.IndexFunc(laneIndexes, func(i laneIndexLook) bool { return i.index == index }), 0)
	v.reset()
	return v
}

// reset begins another index with an empty table.
func (v *LaneExecutions) reset() {
	v.table = laneTable(v.c, laneIndexes[v.at])
	v.layout()
}

func (v *LaneExecutions) Title() theme.Text { return "lane " + theme.CleanTo(string(v.lane), 24) }
func (v *LaneExecutions) Init() tea.Cmd     { return nil }
func (v *LaneExecutions) Capturing() bool   { return v.table.Capturing() }
func (v *LaneExecutions) Unwind() bool      { return v.table.Unwind() }

func (v *LaneExecutions) Bindings() []key.Binding {
	bs := []key.Binding{Keys.Enter, Does(Keys.NextTab, "next index"), Keys.Why, Keys.Actions, Keys.Edges, Keys.Tail, v.c.Write(Keys.Cancel)}
	if laneIndexes[v.at].index == engine.IndexSuspended {
		bs = append(bs, v.c.Write(Keys.Signal))
	}
	bs = append(bs, Does(Keys.PreviousTab, "previous index"))
	return append(bs, v.table.Bindings()...)
}

func (v *LaneExecutions) Need() Need {
	lane, index := v.lane, laneIndexes[v.at].index
	return Need{Key: "lane " + string(index) + " " + string(lane), Every: laneExecutionsEvery, Shown: v.table.shownIDs(),
		Fetch: func(ctx context.Context, e Engine) (any, error) {
			return e.LaneExecutions(ctx, lane, index, mostLaneExecutions)
		}}
}

func (v *LaneExecutions) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if rows, ok := data.Value.([]engine.ExecutionRow); ok && data.Err == nil && data.Key == v.Need().Key {
			v.table.SetRows(rows)
		}
		return nil
	}
	if v.table.Capturing() {
		v.table.Update(msg)
		return nil
	}
	switch {
	case Pressed(msg, Keys.NextTab), Pressed(msg, Keys.Right):
		v.turn(1)
	case Pressed(msg, Keys.PreviousTab), Pressed(msg, Keys.Left):
		v.turn(-1)
	default:
		if cmd := onMarked(v.c, v.table.Marked(), Keys.Cancel, msg); cmd != nil {
			return cmd
		}
		if cmd := onExecution(v.c, v.table.Selected(), msg); cmd != nil {
			return cmd
		}
		v.table.Update(tabRelative(msg))
	}
	return nil
}

// tabRelative moves the mouse from the view's coordinates to the table's, which stands below the tabs.
func tabRelative(msg tea.Msg) tea.Msg {
	if m, ok := msg.(tea.MouseMsg); ok {
		m.Y -= tabLines
		return m
	}
	return msg
}

func (v *LaneExecutions) turn(by int) {
	v.at = (v.at + by + len(laneIndexes)) % len(laneIndexes)
	v.reset()
}

const tabLines = 1

func (v *LaneExecutions) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *LaneExecutions) layout() { v.table.SetSize(v.width, v.height-tabLines) }

func (v *LaneExecutions) View() string {
	if v.height <= tabLines {
		return v.tabs()
	}
	return v.tabs() + "\n" + v.table.View(v.c.Theme)
}

// tabs draws the indexes around the one that is open, and how many rows that one has.
func (v *LaneExecutions) tabs() string {
	th := v.c.Theme
	note := Count(len(v.table.Rows())) + " shown"
	if len(v.table.Rows()) == mostLaneExecutions {
		note = "first " + note
	}
	room := v.width - note.Width() - 2
	l := th.Line(v.width)
	for i, index := range laneIndexes[v.firstTab(room):] {
		if i > 0 && v.width-l.Left()+index.tabWidth() > room {
			break
		}
		if index.index == laneIndexes[v.at].index {
			l.Add(th.Accent, "["+th.StateGlyph(index.look)+" "+index.word+"]")
			continue
		}
		l.Add(th.Plain, " ").Add(th.StateStyle(index.look), th.StateGlyph(index.look)).Add(th.Dim, " "+index.word+" ")
	}
	return l.Rest(th.Dim, note+" ").String()
}

// tabWidth is the word with its glyph and what stands around them.
func (l laneIndexLook) tabWidth() int { return l.word.Width() + 4 }

// firstTab is the leftmost tab from which the open one still fits into room.
func (v *LaneExecutions) firstTab(room int) int {
	first := v.at
	for used := laneIndexes[first].tabWidth(); first > 0; first-- {
		used += laneIndexes[first-1].tabWidth()
		if used > room {
			break
		}
	}
	return first
}
