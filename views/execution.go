package views

import (
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
	executionEvery = 2 * time.Second
	// executionBeside is the width from which on what somebody stored stands beside what the engine keeps.
	executionBeside = 150
	mostWhys        = 5
)

// executionData is an execution with what is worked out once for each fetch.
type executionData struct {
	*engine.ExecutionDetail
	row    engine.ExecutionRow
	flow   *engine.Flow // nil when it belongs to none, or when that could not be read
	policy executionPolicy

	payload, result *payload
}

// Execution shows one execution with everything around it.
type Execution struct {
	c      *Common
	id     engine.ExecutionID
	data   *executionData
	gone   bool // the last fetch found nothing
	scroll Viewport
	starts []int // the lines on which sections begin, rising

	width, height int
}

// NewExecution makes the view of one execution.
func NewExecution(c *Common, id engine.ExecutionID) *Execution { return &Execution{c: c, id: id} }

func (v *Execution) Title() theme.Text { return "execution " + ShortExecution(v.id) }
func (v *Execution) Init() tea.Cmd     { return nil }

func (v *Execution) Need() Need {
	id := v.id
	return Need{Key: "execution " + string(id), Every: executionEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		d, err := e.ExecutionDetail(ctx, id)
		if err != nil || d == nil {
			return (*executionData)(nil), err
		}
		return newExecutionData(d, flowOf(ctx, e, d.Execution.FlowID)), nil
	}}
}

// flowOf reads the flow of an execution. That is about one line of the screen, so an error leaves it out.
func flowOf(ctx context.Context, e Engine, id engine.FlowID) *engine.Flow {
	if id == "" {
		return nil
	}
	flow, err := e.FlowHead(ctx, id)
	if err != nil {
		return nil
	}
	return flow
}

func newExecutionData(d *engine.ExecutionDetail, flow *engine.Flow) *executionData {
	return &executionData{
		ExecutionDetail: d, row: d.Execution.Row(), flow: flow, policy: readPolicy(d.PolicyJSON),
		payload: newPayload(d.Payload, d.PayloadSize), result: newPayload(d.Result, d.ResultSize),
	}
}

var flowKey = Bind("f", "flow", "f")

func (v *Execution) Bindings() []key.Binding {
	bs := []key.Binding{Keys.Actions, v.c.Write(Keys.Cancel)}
	if v.data != nil && v.data.row.State == engine.StateSuspended {
		bs = append(bs, v.c.Write(Keys.Signal))
	}
	bs = append(bs, Keys.Why, Keys.Tail, Keys.Edges)
	if v.data != nil && v.data.row.Flow != "" {
		bs = append(bs, flowKey)
	}
	bs = append(bs, Does(Keys.NextTab, "next section"), Does(Keys.PreviousTab, "previous section"))
	return append(bs, v.scroll.Bindings()...)
}

func (v *Execution) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if d, ok := data.Value.(*executionData); ok && data.Err == nil {
			v.take(d)
		}
		return nil
	}
	if cmd := v.open(msg); cmd != nil {
		return cmd
	}
	switch {
	case Pressed(msg, Keys.NextTab):
		v.jump(1)
	case Pressed(msg, Keys.PreviousTab):
		v.jump(-1)
	default:
		v.scroll.Update(msg)
	}
	return nil
}

// take keeps the last good data when the execution is gone.
func (v *Execution) take(d *executionData) {
	if v.gone = d == nil; !v.gone {
		v.data = d
	}
	v.layout()
}

// open answers the keys that lead elsewhere.
func (v *Execution) open(msg tea.Msg) tea.Cmd {
	switch {
	case v.data == nil, Pressed(msg, Keys.Enter):
		return nil
	case Pressed(msg, flowKey) && v.data.row.Flow != "":
		return Send(Push{NewFlow(v.c, v.data.row.Flow)})
	default:
		return onExecution(v.c, &v.data.row, msg)
	}
}

// jump goes to the next section or the one before.
func (v *Execution) jump(by int) {
	top := v.scroll.Top()
	if by > 0 {
		for _, start := range v.starts {
			if start > top && !v.scroll.AtBottom() {
				v.scroll.ScrollTo(start)
				return
			}
		}
		v.scroll.ScrollTo(0) // round to the first
		return
	}
	for i := len(v.starts) - 1; i >= 0; i-- {
		if v.starts[i] < top {
			v.scroll.ScrollTo(v.starts[i])
			return
		}
	}
	v.scroll.ScrollTo(v.scroll.Count)
}

func (v *Execution) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

// layout fills the viewport: ages change with every frame, so only the place is kept.
func (v *Execution) layout() {
	if v.data == nil {
		return
	}
	var body sheet
	body, v.starts = v.body()
	body.fill(&v.scroll)
	v.scroll.SetSize(v.width, v.height-len(v.head()))
}

func (v *Execution) View() string {
	th := v.c.Theme
	if v.data == nil {
		text := Cell{"  loading", th.Dim}
		if v.gone {
			text = Cell{" " + th.Glyphs.Alert + " there is no such execution: it may have been purged after its retention", th.Warn}
		}
		return strings.Join(Fit(th, []string{cellLine(th, v.width, text)}, v.width, v.height), "\n")
	}
	v.layout()
	lines := append(v.head(), v.scroll.Lines(th)...)
	return strings.Join(Fit(th, lines, v.width, v.height), "\n")
}

// head is what an execution is and why it is where it is.
func (v *Execution) head() []string {
	th, x := v.c.Theme, &v.data.Execution
	state := StateCell(th, x.State.Public)
	first := th.Line(v.width).Add(th.Plain, " ").Add(state.Style, state.Text).Add(th.Title, "  "+theme.CleanTo(x.Kind, 40))
	first.Add(th.Dim, "  "+theme.CleanTo(string(x.ID), 48)).Rest(th.Dim, v.scroll.Position()+" ")
	lines := []string{first.String()}
	for _, why := range v.whys() {
		lines = append(lines, cellLine(th, v.width, Cell{Text: " "}, why))
	}
	return lines[:min(len(lines), max(v.height/2, 1))]
}

func (v *Execution) whys() []Cell {
	th := v.c.Theme
	whys := v.data.whys(v.c)
	if v.gone {
		whys = append([]Cell{{th.Glyphs.Alert + " the execution is gone: this is what it was", th.Warn}}, whys...)
	}
	return whys[:min(len(whys), mostWhys)]
}

// section is a part of the view under its heading.
type section struct {
	title theme.Text
	body  sheet
}

// body is the sections below each other, or in two columns where there is room; starts are the lines on which they begin.
func (v *Execution) body() (body sheet, starts []int) {
	th := v.c.Theme
	if v.width < executionBeside {
		return column(th, append(v.data.kept(v.c, v.width), v.data.stored(v.c, v.width)...), v.width)
	}
	left := (v.width - 1) / 2
	right := v.width - 1 - left
	a, starts := column(th, v.data.kept(v.c, left), left)
	b, others := column(th, v.data.stored(v.c, right), right)
	return a.beside(b, th.Line(left).String(), th.Line(right).String()), merged(starts, others)
}

// column puts sections below each other, with a blank line between. A section without lines is left out.
func column(th *theme.Theme, sections []section, width int) (all sheet, starts []int) {
	blank := th.Line(width).String()
	for _, s := range sections {
		if s.body.count == 0 {
			continue
		}
		if all.count > 0 {
			all = all.and(drawn([]string{blank}))
		}
		starts = append(starts, all.count)
		all = all.and(drawn([]string{Rule(th, s.title, width)})).and(s.body)
	}
	return all, starts
}

// merged are two rising lists as one, each number once.
func merged(a, b []int) []int {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
