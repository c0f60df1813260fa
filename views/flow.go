package views

import (
	"context"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	flowEvery = 2 * time.Second
	// flowReading is the pause between two steps while a large flow is read for the first time.
	flowReading = 100 * time.Millisecond
)

// Keys of a flow that no other view has.
var (
	memberCancelKey = Bind("x", "cancel member", "x")
	losersKey       = Bind("o", "cancel losers", "o")
)

// flowPane is one of the panes of a flow.
type flowPane int

const (
	paneMembers flowPane = iota
	paneGraph
	paneEdges
	paneTimeline
	paneCount
)

// Flow shows one flow: members, graph, edges and timeline; three of them at once where there is room, otherwise one at a time.
type Flow struct {
	c  *Common
	id engine.FlowID

	detail  *flowDigest // nil until fetched
	gone    bool
	members Table[engine.ExecutionRow]
	graph   dagPane
	edges   Table[flowEdge]
	time    *timeline
	focus   flowPane
	timed   bool // the timeline stands where there is one place for it and the graph

	width, height int
}

// NewFlow makes the view of one flow.
func NewFlow(c *Common, id engine.FlowID) *Flow {
	v := &Flow{c: c, id: id, graph: newDagPane(c), edges: newFlowEdges(c), time: newTimeline(c)}
	v.members = newMembers(c, v.memberNote)
	return v
}

func (v *Flow) Title() theme.Text { return "flow " + ShortFlow(v.id) }
func (v *Flow) Init() tea.Cmd     { return nil }

// Need asks for the next step of the survey, and in the timeline for the attempts of what is on the screen.
func (v *Flow) Need() Need {
	q := engine.FlowSurveyQuery{Flow: v.id, Watch: v.watch(), Edges: v.wantsEdges()}
	need := Need{Key: "flow/" + string(v.id), Every: flowEvery}
	if v.detail == nil && !v.gone || v.detail != nil && v.detail.unfinished(q.Edges) {
		need.Every = flowReading
	}
	if v.detail != nil && q.Edges && v.detail.unfinished(true) {
		need.Key += "/edges" // another query, so that it begins at once
	}
	var spans []engine.ExecutionID
	if v.shows(paneTimeline) {
		need.Key += "/timeline"
		spans = v.time.unknown()
	}
	before := v.detail
	need.Fetch = func(ctx context.Context, e Engine) (any, error) {
		survey, err := e.SurveyFlow(ctx, q)
		if err != nil || survey == nil {
			return (*flowDigest)(nil), err
		}
		d := digestSurvey(survey, before)
		if len(spans) > 0 {
			d.spans, err = e.ExecutionSpans(ctx, spans)
		}
		return d, err
	}
	return need
}

// wantsEdges tells whether a pane shows edges, however many there are.
func (v *Flow) wantsEdges() bool {
	return v.shows(paneGraph) || v.shows(paneEdges) || v.shows(paneTimeline)
}

// watch are the members on the screen.
func (v *Flow) watch() []engine.ExecutionID {
	var ids []engine.ExecutionID
	if v.shows(paneMembers) {
		for _, r := range v.members.Visible() {
			ids = append(ids, r.ID)
		}
	}
	if v.shows(paneGraph) {
		ids = append(ids, v.graph.watch()...)
	}
	if v.shows(paneTimeline) {
		for _, r := range v.time.table.Visible() {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func (v *Flow) Capturing() bool {
	switch v.focus {
	case paneMembers:
		return v.members.Capturing()
	case paneGraph:
		return v.graph.find.Capturing()
	case paneEdges:
		return v.edges.Capturing()
	default:
		return v.time.table.Capturing()
	}
}

func (v *Flow) Unwind() bool {
	switch v.focus {
	case paneMembers:
		return v.members.Unwind()
	case paneGraph:
		return v.graph.find.Unwind()
	case paneEdges:
		return v.edges.Unwind()
	default:
		return v.time.table.Unwind()
	}
}

func (v *Flow) Bindings() []key.Binding {
	bs := []key.Binding{Keys.Enter, Does(Keys.NextTab, "next pane"), v.c.Write(Does(Keys.Cancel, "cancel flow")), v.c.Write(memberCancelKey),
		Keys.Edges, Keys.Why, Keys.Actions}
	if v.focus == paneEdges {
		bs = []key.Binding{Does(Keys.Enter, "open downstream"), upstreamKey, Does(Keys.NextTab, "next pane"),
			v.c.Write(Does(Keys.Cancel, "cancel flow")), Keys.Edges, Keys.Why, Keys.Actions}
	}
	if v.detail != nil && len(v.detail.losers) > 0 {
		bs = append(bs, v.c.Write(losersKey))
	}
	if r := v.selected(); r != nil && v.focus != paneEdges {
		bs = append(bs, Keys.Tail)
		if r.State == engine.StateSuspended {
			bs = append(bs, v.c.Write(Keys.Signal))
		}
	}
	switch v.focus {
	case paneMembers:
		bs = append(append(bs, failureKey, failureBackKey), v.members.Bindings()...)
	case paneGraph:
		bs = append(bs, v.graph.bindings()...)
	case paneEdges:
		bs = append(append(bs, failureKey, failureBackKey), v.edges.Bindings()...)
	default:
		bs = append(bs, v.time.bindings()...)
	}
	return append(bs, Does(Keys.PreviousTab, "previous pane"))
}

func (v *Flow) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case Data:
		return v.take(msg)
	case dagDrawn:
		return v.graph.drawn(msg)
	case tea.MouseMsg:
		return v.mouse(msg)
	}
	if v.graph.resized {
		return tea.Batch(v.graph.redraw(), v.answer(msg))
	}
	return v.answer(msg)
}

func (v *Flow) answer(msg tea.Msg) tea.Cmd {
	if !v.Capturing() {
		if cmd, done := v.act(msg); done {
			return cmd
		}
	}
	return v.passOn(v.focus, msg)
}

// act answers the keys that are the flow's own.
func (v *Flow) act(msg tea.Msg) (cmd tea.Cmd, done bool) {
	switch {
	case Pressed(msg, Keys.NextTab):
		v.turn(1)
		return nil, true
	case Pressed(msg, Keys.PreviousTab):
		v.turn(-1)
		return nil, true
	case Pressed(msg, Keys.Why):
		return Send(Push{NewFlowWhy(v.c, v.id)}), true
	case v.detail == nil:
		return nil, false
	case Pressed(msg, v.c.Write(Keys.Cancel)):
		return Send(Ask{NewCancelFlow(v.c, v.detail.FlowDetail)}), true
	case Pressed(msg, v.c.Write(losersKey)):
		if len(v.detail.losers) > 0 {
			return Send(Ask{newCancelLosers(v.c, v.detail)}), true
		}
	}
	if v.focus == paneGraph && Pressed(msg, Keys.Enter) {
		if n := v.graph.current(); n != nil && n.many > 0 {
			return v.graph.turnFold(), true
		}
	}
	if r := v.selected(); r != nil {
		return v.actOn(r, msg)
	}
	return nil, false
}

// actOn answers the keys that are about the selected execution; in the pane of edges that is an edge's downstream.
func (v *Flow) actOn(r *engine.ExecutionRow, msg tea.Msg) (cmd tea.Cmd, done bool) {
	if v.focus == paneMembers {
		if cmd = onMarked(v.c, v.members.Marked(), memberCancelKey, msg); cmd != nil {
			return cmd, true
		}
	}
	if v.focus == paneEdges {
		cmd = openEnd(v.c, v.edges.Selected(), msg)
		return cmd, cmd != nil
	}
	if Pressed(msg, v.c.Write(memberCancelKey)) {
		return Send(Ask{NewCancelExecution(v.c, *r)}), true
	}
	cmd = onExecution(v.c, r, msg)
	return cmd, cmd != nil
}

// selected is the execution that the selection in the pane with the focus stands for; nil when there is none.
func (v *Flow) selected() *engine.ExecutionRow {
	var r *engine.ExecutionRow
	switch v.focus {
	case paneMembers:
		r = v.members.Selected()
	case paneGraph:
		r = v.graph.row()
	case paneTimeline:
		r = v.time.row()
	default:
		if e := v.edges.Selected(); e != nil {
			r = e.down
		}
	}
	if r == nil || r.ID == "" {
		return nil
	}
	return r
}

// turn moves the focus. The selected execution goes along between members, graph and timeline.
func (v *Flow) turn(by flowPane) {
	before := v.selected()
	v.focusOn((v.focus + by + paneCount) % paneCount)
	if before == nil {
		return
	}
	switch v.focus {
	case paneMembers:
		v.members.Select(string(before.ID))
	case paneGraph:
		v.graph.selectID(before.ID)
	case paneTimeline:
		v.time.table.Select(string(before.ID))
	}
}

func (v *Flow) passOn(pane flowPane, msg tea.Msg) tea.Cmd {
	switch pane {
	case paneMembers:
		if v.members.Capturing() || !jumpInTable(&v.members, msg, func(r *engine.ExecutionRow) bool { return broke(r.State) }) {
			v.members.Update(msg)
		}
	case paneGraph:
		return v.graph.update(msg)
	case paneTimeline:
		v.time.update(msg)
	default:
		if v.edges.Capturing() || !jumpInTable(&v.edges, msg, func(e *flowEdge) bool { return e.edge.State == engine.EdgeImpossible }) {
			v.edges.Update(msg)
		}
	}
	return nil
}

func (v *Flow) take(data Data) tea.Cmd {
	d, ok := data.Value.(*flowDigest)
	if data.Err != nil || !ok {
		return nil
	}
	if v.gone = d == nil; v.gone {
		return nil
	}
	v.detail = d
	v.members.SetRows(d.Members)
	v.edges.SetRows(d.edges)
	v.time.set(d)
	v.layout()
	return v.graph.set(d.FlowDetail)
}

// memberNote says of a member that waits for others how its group stands.
func (v *Flow) memberNote(r *engine.ExecutionRow) Cell {
	if g := v.detail.groups[r.ID]; g != nil && r.State == engine.StateWaitingChildren && len(r.Malformed) == 0 {
		return briefWait(v.c.Theme, g, r)
	}
	return memberNote(v.c, r)
}
