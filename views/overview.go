package views

import (
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// overviewPane is one of the lists of the first screen.
type overviewPane int

const (
	paneLanes overviewPane = iota
	paneFailing
	paneSuspended
	paneOrphaned
	overviewPanes
)

// Overview is the first screen: how much goes through, and what an operator would look at next.
type Overview struct {
	c        *Common
	turns    overviewTurns
	known    overviewFacts
	findings []finding // the worst first

	lanes     Table[laneRow]
	failing   Table[engine.FlowRow]
	suspended Table[engine.SuspendedRow]
	orphaned  Table[engine.ExecutionRow]
	focus     overviewPane

	live, ended Series
	waitingIn   map[engine.LaneID]*Series
	endedIn     map[engine.LaneID]*Series

	width, height int
}

// NewOverview makes the first screen.
func NewOverview(c *Common) *Overview {
	v := &Overview{c: c, waitingIn: map[engine.LaneID]*Series{}, endedIn: map[engine.LaneID]*Series{}}
	v.live.Step, v.ended.Step = overviewStep, overviewStep
	v.makeTables()
	return v
}

func (v *Overview) Title() theme.Text { return "overview" }
func (v *Overview) Init() tea.Cmd     { return nil }

// Need is what is next to be asked: a part of the screen at a time.
func (v *Overview) Need() Need {
	part := v.turns.part()
	return Need{Key: "overview", Part: part.name, Every: v.turns.every(), Fetch: part.fetch}
}

func (v *Overview) Bindings() []key.Binding {
	bs := []key.Binding{Keys.Enter, Does(Keys.NextTab, "next pane")}
	switch v.focus {
	case paneLanes:
		bs[0] = Does(Keys.Enter, "executions")
	case paneSuspended:
		bs = append(bs, v.c.Write(Keys.Signal))
		fallthrough
	case paneOrphaned:
		bs = append(bs, v.c.Write(Keys.Cancel), Keys.Tail, Keys.Edges)
	}
	return append(append(bs, movement()...), Does(Keys.PreviousTab, "previous pane"))
}

func (v *Overview) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case Data:
		v.take(msg)
		return nil
	case tea.MouseMsg:
		v.mouse(msg)
		return nil
	}
	switch {
	case Pressed(msg, Keys.NextTab):
		v.turn(1)
		return nil
	case Pressed(msg, Keys.PreviousTab):
		v.turn(-1)
		return nil
	}
	if cmd := v.open(msg); cmd != nil {
		return cmd
	}
	v.passOn(v.focus, msg)
	return nil
}

// open answers the keys that lead from what is selected to its own screen.
func (v *Overview) open(msg tea.Msg) tea.Cmd {
	enter := Pressed(msg, Keys.Enter)
	switch v.focus {
	case paneLanes:
		if r := v.lanes.Selected(); r != nil && enter && !r.bad {
			return Send(Push{NewLaneExecutions(v.c, r.Lane, busiest(r.ByIndex))})
		}
	case paneFailing:
		if r := v.failing.Selected(); r != nil && enter && r.ID != "" {
			return Send(Push{NewFlow(v.c, r.ID)})
		}
	case paneSuspended:
		if r := v.suspended.Selected(); r != nil {
			return onExecution(v.c, &r.ExecutionRow, msg)
		}
	case paneOrphaned:
		return onExecution(v.c, v.orphaned.Selected(), msg)
	}
	return nil
}

// turn moves the focus past the panes with nothing in them.
func (v *Overview) turn(by overviewPane) {
	next := v.focus
	for range overviewPanes {
		next = (next + by + overviewPanes) % overviewPanes
		if v.rowsIn(next) > 0 {
			v.focusOn(next)
			return
		}
	}
}

func (v *Overview) focusOn(p overviewPane) {
	v.focus = p
	v.lanes.Blurred = p != paneLanes
	v.failing.Blurred = p != paneFailing
	v.suspended.Blurred = p != paneSuspended
	v.orphaned.Blurred = p != paneOrphaned
	v.headings()
}

func (v *Overview) passOn(p overviewPane, msg tea.Msg) {
	switch p {
	case paneLanes:
		v.lanes.Update(msg)
	case paneFailing:
		v.failing.Update(msg)
	case paneSuspended:
		v.suspended.Update(msg)
	default:
		v.orphaned.Update(msg)
	}
}

func (v *Overview) rowsIn(p overviewPane) int {
	switch p {
	case paneLanes:
		return len(v.lanes.Rows())
	case paneFailing:
		return len(v.failing.Rows())
	case paneSuspended:
		return len(v.suspended.Rows())
	default:
		return len(v.orphaned.Rows())
	}
}

// take adds the part that came to what is known.
func (v *Overview) take(data Data) {
	answer, ok := data.Value.(overviewAnswer)
	if data.Err != nil || !ok {
		return
	}
	now := v.c.Now()
	if d := answer.depths; d != nil {
		v.known.depths = d
		v.takeDepths(d, now)
	}
	if e := answer.ended; e != nil {
		v.known.ended = e
		v.takeEnded(e, now)
	}
	if f := answer.failing; f != nil {
		v.known.failing = f
		v.failing.SetRows(f.Rows)
	}
	if s := answer.suspended; s != nil {
		v.known.suspended = s
		v.suspended.SetRows(s.Rows)
	}
	if o := answer.orphaned; o != nil {
		v.known.orphaned = o
		v.orphaned.SetRows(o.Rows)
	}
	if c := answer.checkup; c != nil {
		v.known.checkup, v.findings = c, findingsOf(c, now)
	}
	if d := answer.deployment; d != nil {
		v.known.take(d, now)
	}
	v.turns.answered(&v.known)
	if v.rowsIn(v.focus) == 0 {
		v.focusOn(paneLanes)
	}
	v.headings()
	v.layout()
}

func (v *Overview) takeDepths(d *engine.Depths, now time.Time) {
	var rows []laneRow
	live := 0
	for _, lane := range d.Lanes {
		rows = append(rows, laneRow{LaneDepth: lane})
		live += liveIn(lane.ByIndex)
		if d.Whole() {
			remember(v.waitingIn, lane.Lane, now, float64(lane.ByIndex[engine.IndexEligible]))
		}
	}
	slices.SortFunc(rows, func(a, b laneRow) int { return strings.Compare(string(a.Lane), string(b.Lane)) })
	for _, name := range d.BadLanes {
		rows = append(rows, laneRow{LaneDepth: engine.LaneDepth{Lane: engine.LaneID(name)}, bad: true})
	}
	if d.Whole() {
		v.live.Add(now, float64(live))
	}
	v.lanes.SetRows(rows)
}

func (v *Overview) takeEnded(e *engine.Ended, now time.Time) {
	lately := 0
	for lane, n := range e.ByLane {
		lately += n.Lately
		remember(v.endedIn, lane, now, float64(n.Lately)/engine.EndedWindow.Seconds())
	}
	v.ended.Add(now, float64(lately)/engine.EndedWindow.Seconds())
}

const (
	// overviewStep is one cell of a sparkline: short enough to see something happen, long enough not to send lines all the time.
	overviewStep = 5 * time.Second
	// rememberedLanes is of how many lanes the course is kept.
	rememberedLanes = 200
)

func remember(courses map[engine.LaneID]*Series, lane engine.LaneID, now time.Time, value float64) {
	course := courses[lane]
	if course == nil {
		if len(courses) >= rememberedLanes {
			return
		}
		course = &Series{Step: overviewStep}
		courses[lane] = course
	}
	course.Add(now, value)
}

// liveIn is how many executions of a lane have not ended.
func liveIn(counts map[engine.LaneIndex]int) int {
	n := 0
	for index, count := range counts {
		if index != engine.IndexTerminal {
			n += count
		}
	}
	return n
}
