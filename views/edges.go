package views

import (
	"context"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const edgesEvery = 2 * time.Second

// upstreamKey opens the execution that a flow's edge comes from; enter opens the one it leads to.
var upstreamKey = Bind("u", "open upstream", "u")

// Edges shows the edges of one execution, in and out, with what it still waits for; or all edges of a flow.
type Edges struct {
	c         *Common
	flow      engine.FlowID
	execution engine.ExecutionID // "": the whole flow
	table     Table[flowEdge]

	around  *engine.ExecutionEdges // of the execution; nil until fetched
	detail  *engine.FlowDetail     // of the whole flow; nil until fetched
	gone    bool
	reading bool // not all of the flow was read yet

	width, height int
}

// NewEdges makes the view of an execution's edges; with execution "" that of all edges of the flow.
func NewEdges(c *Common, flow engine.FlowID, execution engine.ExecutionID) *Edges {
	v := &Edges{c: c, flow: flow, execution: execution, table: newFlowEdges(c)}
	if execution != "" {
		v.table = newEdgesAround(c)
	}
	return v
}

func (v *Edges) Title() theme.Text {
	if v.execution == "" {
		return "edges " + ShortFlow(v.flow)
	}
	return "edges " + ShortExecution(v.execution)
}

func (v *Edges) Init() tea.Cmd   { return nil }
func (v *Edges) Capturing() bool { return v.table.Capturing() }
func (v *Edges) Unwind() bool    { return v.table.Unwind() }

func (v *Edges) Need() Need {
	if v.execution == "" {
		flow, every := v.flow, edgesEvery
		if v.reading {
			every = flowReading
		}
		return Need{Key: "flow/" + string(flow), Every: every, Fetch: func(ctx context.Context, e Engine) (any, error) {
			survey, err := e.SurveyFlow(ctx, engine.FlowSurveyQuery{Flow: flow, Edges: true})
			if err != nil || survey == nil {
				return (*flowDigest)(nil), err
			}
			return digestSurvey(survey, nil), nil
		}}
	}
	execution := v.execution
	return Need{Key: "edges/" + string(execution), Every: edgesEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return e.ExecutionEdges(ctx, execution)
	}}
}

func (v *Edges) Bindings() []key.Binding {
	bs := []key.Binding{Does(Keys.Enter, "open other end")}
	if v.execution == "" {
		bs = []key.Binding{Does(Keys.Enter, "open downstream"), upstreamKey}
	}
	bs = append(bs, Does(Keys.Edges, "its edges"), Keys.Why, Keys.Actions)
	return append(bs, v.table.Bindings()...)
}

func (v *Edges) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case Data:
		v.take(msg)
		return nil
	case tea.MouseMsg:
		msg.Y -= len(v.head())
		v.table.Update(msg)
		return nil
	}
	if !v.table.Capturing() {
		if cmd := v.open(msg); cmd != nil {
			return cmd
		}
	}
	v.table.Update(msg)
	return nil
}

// open answers the keys that lead to an end of the selected edge.
func (v *Edges) open(msg tea.Msg) tea.Cmd {
	e := v.table.Selected()
	switch {
	case e == nil:
		return nil
	case v.execution == "":
		return openEnd(v.c, e, msg)
	case Pressed(msg, Keys.Enter), Pressed(msg, Keys.Edges), Pressed(msg, Keys.Actions), Pressed(msg, Keys.Why):
		return onExecution(v.c, e.other(), msg)
	default:
		return nil
	}
}

// openEnd answers the keys that lead from an edge of a flow to its ends.
func openEnd(c *Common, e *flowEdge, msg tea.Msg) tea.Cmd {
	switch {
	case Pressed(msg, Keys.Enter), Pressed(msg, Keys.Edges), Pressed(msg, Keys.Actions), Pressed(msg, Keys.Why):
		return onExecution(c, e.down, msg)
	case Pressed(msg, upstreamKey) && e.up.ID.UUID() != "":
		return Send(Push{NewExecution(c, e.up.ID)})
	default:
		return nil
	}
}

func (v *Edges) take(data Data) {
	if data.Err != nil {
		return
	}
	switch value := data.Value.(type) {
	case *engine.ExecutionEdges:
		if v.gone = value == nil; !v.gone {
			v.around, v.flow = value, value.Flow
			v.table.SetRows(edgesAround(value))
		}
	case *flowDigest:
		if v.gone = value == nil; !v.gone {
			v.detail, v.reading = value.FlowDetail, value.unfinished(true)
			v.table.SetRows(value.edges)
		}
	}
	v.layout()
}

func (v *Edges) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Edges) layout() { v.table.SetSize(v.width, v.height-len(v.head())-footLines) }

func (v *Edges) View() string {
	th := v.c.Theme
	lines := v.head()
	if room := v.height - len(lines) - footLines; room > 0 {
		lines = append(lines, strings.Split(v.table.View(th), "\n")...)
	}
	return strings.Join(Fit(th, append(lines, v.foot()), v.width, v.height), "\n")
}

// head is about the execution, or the flow, whose edges these are.
func (v *Edges) head() []string {
	th := v.c.Theme
	switch {
	case v.gone:
		return []string{th.Line(v.width).Add(th.Warn, " "+th.Glyphs.Alert+" there is no such flow any more").String()}
	case v.around != nil:
		return v.executionHead()
	case v.detail != nil:
		return v.flowHead()
	default:
		return nil
	}
}

func (v *Edges) executionHead() []string {
	th, r := v.c.Theme, &v.around.Execution
	state := memberState(th, r)
	lines := []string{
		th.Line(v.width).Add(th.Plain, " ").Add(state.Style, state.Text).Add(th.Plain, "  ").
			Add(th.Title, theme.CleanTo(r.Kind, 60)).Add(th.Dim, "  "+theme.CleanTo(string(r.ID), 80)).String(),
	}
	say := func(cells ...Cell) {
		l := th.Line(v.width).Add(th.Plain, " ")
		for _, c := range cells {
			l.Add(c.Style, c.Text)
		}
		lines = append(lines, l.String())
	}
	dot := Cell{" " + th.Glyphs.Dot + " ", th.Dim}
	flow := Cell{"member of no flow", th.Dim}
	if v.around.Flow != "" {
		flow = Cell{"flow " + theme.CleanTo(string(v.around.Flow), 40), th.Dim}
	}
	say(flow, dot, Cell{Plural(len(v.around.In), "edge", "edges") + " in, " + Count(len(v.around.Out)) + " out", th.Dim})
	if g := v.around.Group; g != nil {
		state := groupCell(th, g.State)
		say(Cell{policyWords(g), th.Plain})
		say(state, dot, Cell{resolvedWords(g), th.Plain})
		say(waitWords(th, g, r))
	} else {
		say(waitsForNothing(th, r, len(v.around.In)))
	}
	return append(lines, th.Line(v.width).String())
}

// resolvedWords are a group's counts, also those that are 0.
func resolvedWords(g *engine.EdgeGroup) theme.Text {
	words := Count(g.Succeeded) + " succeeded, " + Count(g.Failed) + " failed"
	if g.Skipped > 0 {
		words += ", " + Count(g.Skipped) + " skipped"
	}
	words += ", " + Count(g.Running) + " running"
	if g.CancelPending {
		words += ", losers to be cancelled"
	}
	return words
}

// waitsForNothing says so of an execution without a group; one that waits all the same is promoted by nothing.
func waitsForNothing(th *theme.Theme, r *engine.ExecutionRow, in int) Cell {
	if r.State == engine.StateWaitingChildren && in == 0 {
		return Cell{th.Glyphs.Alert + " waits for nothing: it has no edges, and nothing promotes it", th.Bad}
	}
	return Cell{"waits for no other execution", th.Dim}
}

func (v *Edges) flowHead() []string {
	th, f := v.c.Theme, &v.detail.Flow
	groups := map[engine.GroupState]int{}
	for i := range f.EdgeGroups {
		groups[f.EdgeGroups[i].State]++
	}
	first := th.Line(v.width).Add(th.Plain, " ").Add(th.Title, theme.CleanTo(f.Kind, 60)).Add(th.Dim, "  "+theme.CleanTo(string(f.ID), 40))
	l := th.Line(v.width).Add(th.Dim, " "+Plural(len(v.detail.Edges), "edge", "edges")+" "+th.Glyphs.Dot+" groups:")
	for _, s := range []engine.GroupState{engine.GroupPending, engine.GroupSatisfied, engine.GroupImpossible} {
		l.Add(groupStyle(th, s), " "+Count(groups[s])+" "+theme.CleanTo(string(s), 16))
	}
	return []string{first.String(), l.String(), th.Line(v.width).String()}
}

// foot says in words how the group of the selected edge stands.
func (v *Edges) foot() string { return edgeFoot(v.c.Theme, v.table.Selected(), v.width) }

// edgeFoot is a line about the selected edge: its note, or else what its downstream waits for.
func edgeFoot(th *theme.Theme, e *flowEdge, width int) string {
	l := th.Line(width)
	if e == nil {
		return l.String()
	}
	l.Add(th.Plain, " ").Add(th.Accent, ShortExecution(e.down.ID)).Add(th.Plain, " ")
	if note := edgeNote(th, e.edge, e.up); note.Text != "" {
		return l.Add(note.Style, note.Text).String()
	}
	if e.group == nil {
		return l.Add(th.Dim, "its group is not known").String()
	}
	words := waitWords(th, e.group, e.down)
	return l.Add(words.Style, words.Text).String()
}
