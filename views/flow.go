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
	// mostMembers is how many members of a flow are read.
	mostMembers = 500
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
	paneCount
)

// Flow shows one flow: members, graph and edges, all at once where there is room, otherwise one at a time.
type Flow struct {
	c  *Common
	id engine.FlowID

	detail  *flowDigest // nil until fetched
	gone    bool
	members Table[engine.ExecutionRow]
	graph   dagPane
	edges   Table[flowEdge]
	focus   flowPane

	width, height int
}

// NewFlow makes the view of one flow.
func NewFlow(c *Common, id engine.FlowID) *Flow {
	v := &Flow{c: c, id: id, graph: newDagPane(c), edges: newFlowEdges(c)}
	v.members = newMembers(c, v.memberNote)
	return v
}

func (v *Flow) Title() theme.Text { return "flow " + ShortFlow(v.id) }
func (v *Flow) Init() tea.Cmd     { return nil }

func (v *Flow) Need() Need {
	id := v.id
	return Need{Key: "flow/" + string(id), Every: flowEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return e.FlowDetail(ctx, id, mostMembers)
	}}
}

func (v *Flow) Capturing() bool {
	return v.focus == paneMembers && v.members.Capturing() || v.focus == paneEdges && v.edges.Capturing()
}

func (v *Flow) Unwind() bool {
	switch v.focus {
	case paneMembers:
		return v.members.Unwind()
	case paneEdges:
		return v.edges.Unwind()
	default:
		return false
	}
}

func (v *Flow) Bindings() []key.Binding {
	bs := []key.Binding{Keys.Enter, Does(Keys.NextTab, "next pane"), v.c.Write(Does(Keys.Cancel, "cancel flow")), v.c.Write(memberCancelKey),
		Keys.Edges, Keys.Actions}
	if v.focus == paneEdges {
		bs = []key.Binding{Does(Keys.Enter, "open downstream"), upstreamKey, Does(Keys.NextTab, "next pane"),
			v.c.Write(Does(Keys.Cancel, "cancel flow")), Keys.Edges, Keys.Actions}
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
		bs = append(bs, v.members.Bindings()...)
	case paneGraph:
		bs = append(bs, v.graph.bindings()...)
	default:
		bs = append(bs, v.edges.Bindings()...)
	}
	return append(bs, Does(Keys.PreviousTab, "previous pane"))
}

func (v *Flow) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case Data:
		v.take(msg)
		return nil
	case tea.MouseMsg:
		v.mouse(msg)
		return nil
	}
	if !v.Capturing() {
		if cmd, done := v.act(msg); done {
			return cmd
		}
	}
	v.passOn(v.focus, msg)
	return nil
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
	case v.detail == nil:
		return nil, false
	case Pressed(msg, v.c.Write(Keys.Cancel)):
		return Send(Ask{NewCancelFlow(v.c, v.detail.FlowDetail)}), true
	case Pressed(msg, v.c.Write(losersKey)):
		if len(v.detail.losers) > 0 {
			return Send(Ask{newCancelLosers(v.c, v.detail)}), true
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
	default:
		if e := v.edges.Selected(); e != nil {
			r = &e.down
		}
	}
	if r == nil || r.ID == "" {
		return nil
	}
	return r
}

// turn moves the focus. The selected execution goes along between members and graph.
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
	}
}

func (v *Flow) passOn(pane flowPane, msg tea.Msg) {
	switch pane {
	case paneMembers:
		v.members.Update(msg)
	case paneGraph:
		v.graph.update(msg)
	default:
		v.edges.Update(msg)
	}
}

func (v *Flow) take(data Data) {
	detail, ok := data.Value.(*engine.FlowDetail)
	if data.Err != nil || !ok {
		return
	}
	if v.gone = detail == nil; v.gone {
		return
	}
	v.detail = digest(detail)
	v.members.SetRows(detail.Members)
	v.graph.set(detail)
	v.edges.SetRows(flowEdges(detail))
	v.layout()
}

// memberNote says of a member that waits for others how its group stands.
func (v *Flow) memberNote(r *engine.ExecutionRow) Cell {
	if g := v.detail.groups[r.ID]; g != nil && r.State == engine.StateWaitingChildren && len(r.Malformed) == 0 {
		return briefWait(v.c.Theme, g, r)
	}
	return memberNote(v.c, r)
}
