package views

import (
	"context"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/diagnose"
	"ffboard/theme"
)

// Why tells why an execution or a flow is where it is, with what that rests on, what comes next by itself and what can be done.
type Why struct {
	c         *Common
	execution engine.ExecutionID // one of the two is set
	flow      engine.FlowID

	told   *diagnose.Diagnosis // nil until fetched
	rows   []whyRow
	at     int // the selected row
	lines  []whyLine
	scroll Viewport

	width, height int
}

// NewWhy makes the diagnosis of an execution.
func NewWhy(c *Common, id engine.ExecutionID) *Why { return &Why{c: c, execution: id} }

// NewFlowWhy makes the diagnosis of a flow.
func NewFlowWhy(c *Common, id engine.FlowID) *Why { return &Why{c: c, flow: id} }

func (v *Why) Title() theme.Text {
	if v.flow != "" {
		return "why flow " + ShortFlow(v.flow)
	}
	return "why " + ShortExecution(v.execution)
}

func (v *Why) Init() tea.Cmd { return nil }

func (v *Why) about() diagnose.RefKind {
	if v.flow != "" {
		return diagnose.RefFlow
	}
	return diagnose.RefExecution
}

// A diagnosis of a large flow reads all of its members, so it is made less often.
const (
	whyEvery      = 2 * time.Second
	whyLargeEvery = 10 * time.Second
	whyLarge      = 500 // members
)

func (v *Why) every() time.Duration {
	if v.told != nil && v.told.Members > whyLarge {
		return whyLargeEvery
	}
	return whyEvery
}

func (v *Why) Need() Need {
	if flow := v.flow; flow != "" {
		return Need{Key: "why/" + string(flow), Every: v.every(), Fetch: func(ctx context.Context, e Engine) (any, error) {
			return diagnose.ReadFlow(ctx, e, flow)
		}}
	}
	execution := v.execution
	return Need{Key: "why/" + string(execution), Every: v.every(), Fetch: func(ctx context.Context, e Engine) (any, error) {
		return diagnose.ReadExecution(ctx, e, execution)
	}}
}

func (v *Why) Bindings() []key.Binding {
	bs := []key.Binding{Keys.Enter, Does(Keys.Why, "why is that stuck"), whyDetailKey}
	if v.flow == "" {
		bs = append(bs, Keys.Tail)
	}
	bs = append(bs, Keys.Edges, Keys.Actions)
	for _, k := range remedyKeys(v.about()) {
		told := bs[len(bs)-1].Help() == k.binding.Help() // one key does several kinds
		if !told && (v.remedyOf(k.kind) != nil || v.told == nil) {
			bs = append(bs, v.c.Write(k.binding))
		}
	}
	return append(bs, movement()...)
}

// whyDetailKey opens what the diagnosis is about.
var whyDetailKey = Bind("d", "its detail", "d")

func (v *Why) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case Data:
		if d, ok := msg.Value.(diagnose.Diagnosis); ok && msg.Err == nil && msg.Key == v.Need().Key {
			v.take(&d)
		}
		return nil
	case tea.MouseMsg:
		if msg.Button == tea.MouseButtonLeft {
			v.clicked(msg)
			return nil
		}
	}
	if cmd := v.open(msg); cmd != nil {
		return cmd
	}
	if by, top, bottom, ok := motion(msg, v.scroll.height); ok {
		switch {
		case top:
			v.moveTo(0)
		case bottom:
			v.moveTo(len(v.rows) - 1)
		default:
			v.moveTo(v.at + by)
		}
	}
	return nil
}

// take keeps the selection on the row that says the same, or else where it was.
func (v *Why) take(d *diagnose.Diagnosis) {
	was := ""
	if r := v.selected(); r != nil {
		was = r.id()
	}
	v.told, v.rows = d, whyRows(d)
	v.moveTo(v.at)
	for i := range v.rows {
		if v.rows[i].id() == was {
			v.moveTo(i)
			break
		}
	}
	v.layout()
}

func (v *Why) selected() *whyRow {
	if v.at >= len(v.rows) {
		return nil
	}
	return &v.rows[v.at]
}

func (v *Why) moveTo(row int) {
	v.at = max(min(row, len(v.rows)-1), 0)
	v.show()
}

func (v *Why) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

// layout breaks the rows into lines of the width.
func (v *Why) layout() {
	if v.told == nil {
		return
	}
	v.lines = whyLines(v.c.Theme, v.rows, v.width)
	v.scroll.Count = len(v.lines)
	v.scroll.SetSize(v.width, v.height-len(v.head()))
	v.show()
}

// show scrolls so that all of the selected row is on the screen, and the heading above the first one.
func (v *Why) show() {
	if v.at == 0 {
		v.scroll.ScrollTo(0)
		return
	}
	for i := len(v.lines) - 1; i >= 0; i-- {
		if v.lines[i].row == v.at {
			v.scroll.Show(i)
		}
	}
}

func (v *Why) clicked(msg tea.MouseMsg) {
	i := v.scroll.Top() + msg.Y - len(v.head())
	if msg.Action == tea.MouseActionPress && msg.Y >= len(v.head()) && i < len(v.lines) && v.lines[i].row >= 0 {
		v.moveTo(v.lines[i].row)
	}
}

func (v *Why) View() string {
	th := v.c.Theme
	if v.told == nil {
		return strings.Join(Fit(th, []string{cellLine(th, v.width, Cell{"  loading", th.Dim})}, v.width, v.height), "\n")
	}
	v.scroll.Line = func(i, width int) string { return v.lines[i].draw(th, width, v.lines[i].row == v.at) }
	lines := append(v.head(), v.scroll.Lines(th)...)
	return strings.Join(Fit(th, lines, v.width, v.height), "\n")
}

const mostVerdictLines = 4

// head is what it is about and the verdict.
func (v *Why) head() []string {
	th, d := v.c.Theme, v.told
	first := th.Line(v.width).Add(th.Plain, " ").Add(th.Title, theme.CleanTo(d.Title, 40)).Add(th.Dim, " "+theme.CleanTo(d.ID, 60))
	lines := []string{first.Rest(th.Dim, v.scroll.Position()+" ").String()}
	sign, style := standingSign(th, d.Standing)
	word := sign + " " + theme.Clean(diagnose.StandingWord(d.Standing)) + "  "
	for i, part := range wrapWords(diagnose.Sentence(d.Verdict), max(v.width-word.Width()-2, 10)) {
		switch {
		case i == mostVerdictLines:
			lines = append(lines, cellLine(th, v.width, Cell{Text: theme.Text(" ").Repeat(word.Width() + 1)}, Cell{th.Glyphs.Ellipsis, th.Dim}))
		case i > mostVerdictLines:
		case i == 0:
			lines = append(lines, cellLine(th, v.width, Cell{Text: " "}, Cell{word, style}, Cell{part, style}))
		default:
			lines = append(lines, cellLine(th, v.width, Cell{Text: theme.Text(" ").Repeat(word.Width() + 1)}, Cell{part, style}))
		}
	}
	if !d.Sure() {
		lines = append(lines, cellLine(th, v.width, Cell{" " + th.Glyphs.Alert + " some of it could not be read: the verdict may miss something", th.Warn}))
	}
	return lines[:min(len(lines), max(v.height-2, 1))]
}

// standingSign is how a standing looks.
func standingSign(th *theme.Theme, s diagnose.Standing) (theme.Text, theme.Style) {
	switch s {
	case diagnose.Stuck:
		return th.Glyphs.Cross, th.Bad
	case diagnose.Late:
		return th.Glyphs.Alert, th.Warn
	case diagnose.Waits:
		return th.Glyphs.Empty, th.Accent
	case diagnose.Fine:
		return th.Glyphs.Check, th.Good
	case diagnose.Over:
		return th.Glyphs.Dot, th.Title
	default:
		return th.Glyphs.Dot, th.Dim
	}
}
