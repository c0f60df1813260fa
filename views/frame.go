package views

import (
	"maps"
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// Frame shows one frame of a stream whole.
type Frame struct {
	c       *Common
	frame   engine.StreamFrame
	payload *payload
	fold    *jsonFold // nil where there is nothing to fold
	scroll  Viewport
	width   int
}

// NewFrame makes the view of one frame.
func NewFrame(c *Common, f engine.StreamFrame) *Frame {
	v := &Frame{c: c, frame: f, payload: newPayload(f.Payload, int64(len(f.Payload)))}
	if v.payload.kind == "JSON" {
		v.fold = newJSONFold(v.payload.text)
	}
	return v
}

func (v *Frame) Title() theme.Text { return "frame " + theme.CleanTo(v.frame.ID, 24) }
func (v *Frame) Init() tea.Cmd     { return nil }
func (v *Frame) Need() Need        { return Need{} }

func (v *Frame) Bindings() []key.Binding {
	if v.fold == nil {
		return v.scroll.Bindings()
	}
	return append([]key.Binding{foldKey, foldAllKey}, v.scroll.Bindings()...)
}

func (v *Frame) Update(msg tea.Msg) tea.Cmd {
	if v.fold == nil {
		v.scroll.Update(msg)
		return nil
	}
	switch by, top, bottom, ok := motion(msg, v.scroll.height); {
	case Pressed(msg, foldKey):
		v.fold.toggle()
	case Pressed(msg, foldAllKey):
		v.fold.toggleAll()
	case !ok:
		return nil
	case top:
		v.fold.at = 0
	case bottom:
		v.fold.move(len(v.fold.rows))
	default:
		v.fold.move(by)
	}
	v.show()
	return nil
}

// show scrolls to the line under the cursor; at the first one everything above it is to be seen as well.
func (v *Frame) show() {
	head := v.head()
	v.fold.layout(max(v.width-2, 1))
	v.sheet(head).fill(&v.scroll)
	if v.fold.at == 0 {
		v.scroll.ScrollTo(0)
		return
	}
	v.scroll.Show(len(head) + v.fold.row())
}

func (v *Frame) SetSize(width, height int) {
	v.width = width
	v.scroll.SetSize(width, height)
}

// head is what stands above the payload.
func (v *Frame) head() []string {
	th := v.c.Theme
	return append(Panel(th, "frame", v.facts(), v.width), th.Line(v.width).String(), Rule(th, "payload "+th.Glyphs.Dot+" "+v.payload.about(th), v.width))
}

func (v *Frame) View() string {
	v.sheet(v.head()).fill(&v.scroll)
	return v.scroll.View(v.c.Theme)
}

func (v *Frame) sheet(head []string) sheet {
	if v.fold == nil {
		return drawn(head).and(v.payload.sheet(v.c.Theme, v.width))
	}
	rows := v.fold.layout(max(v.width-2, 1))
	lines := drawn(head).and(sheet{len(rows), func(i int) string { return v.foldLine(rows[i]) }})
	if v.fold.more {
		lines = lines.and(drawn([]string{cellLine(v.c.Theme, v.width, Cell{" " + v.c.Theme.Glyphs.Ellipsis + " more", v.c.Theme.Dim})}))
	}
	return lines
}

// foldLine draws a row of the payload; the line under the cursor stands out.
func (v *Frame) foldLine(r foldRow) string {
	th := v.c.Theme
	l := th.Line(v.width)
	mark, style := theme.Text(" "), th.Plain
	if r.line == v.fold.at {
		l.Bar(th.Selected)
		mark = th.Glyphs.Selected
	} else if v.fold.folded[r.line] {
		style = th.Dim
	}
	return l.Add(th.Plain, mark).Add(style, r.text).String()
}

func (v *Frame) facts() []Fact {
	th, f := v.c.Theme, &v.frame
	facts := []Fact{
		F("id", theme.CleanTo(f.ID, 60)),
		F("type", theme.CleanTo(f.Type, 120)),
		{"mode", []Cell{frameMode(th, f.Mode)}},
		F("written", Stamp(f.At)),
		F("sent", Clock(f.SentAt)),
		F("source", theme.CleanTo(f.Source, 120)),
		F("encoding", theme.CleanTo(f.Encoding, 60)),
		F("correlation", theme.CleanTo(f.CorrelationID, 120)),
	}
	if f.SummaryVersion > 0 {
		facts = append(facts, F("summary", "version "+Count(f.SummaryVersion)))
	}
	if f.TTL > 0 {
		facts = append(facts, F("kept for", Span(f.TTL)))
	}
	for i, name := range slices.Sorted(maps.Keys(f.Extra)) {
		if i == mostExtraFields {
			facts = append(facts, FS("and", th.Dim, Count(len(f.Extra)-i)+" more fields"))
			break
		}
		facts = append(facts, F(theme.CleanTo(name, 24), theme.CleanTo(f.Extra[name], 200)))
	}
	return facts
}

// mostExtraFields is how many fields beyond the known ones are shown.
const mostExtraFields = 20
