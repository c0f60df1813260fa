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
	want    int // lines of the payload that are laid out at least
	moves   int // how often a key moved: what waits for lines to be laid out gives way to the next key
}

// madeAtOnce is the largest payload that is made ready to be read as soon as the view opens. Of what is larger that is done aside.
const madeAtOnce = 64 << 10

// NewFrame makes the view of one frame.
func NewFrame(c *Common, f engine.StreamFrame) *Frame {
	v := &Frame{c: c, frame: f, want: layStep}
	if len(f.Payload) > madeAtOnce {
		v.payload = &payload{kind: "reading", length: len(f.Payload), size: int64(len(f.Payload))}
	} else {
		v.take(readFrame(f.Payload))
	}
	return v
}

// frameRead is a frame's payload made ready to be read.
type frameRead struct {
	payload *payload
	fold    *jsonFold
}

func readFrame(data []byte) frameRead {
	read := frameRead{payload: newPayload(data, int64(len(data)))}
	if read.payload.kind == "JSON" {
		read.fold = newJSONFold(read.payload.text)
	}
	return read
}

func (v *Frame) take(read frameRead) { v.payload, v.fold = read.payload, read.fold }

func (v *Frame) Init() tea.Cmd {
	if len(v.frame.Payload) <= madeAtOnce {
		return nil
	}
	return func() tea.Msg { return readFrame(v.frame.Payload) }
}

func (v *Frame) Title() theme.Text { return "frame " + theme.CleanTo(v.frame.ID, 24) }
func (v *Frame) Need() Need        { return Need{} }

func (v *Frame) Bindings() []key.Binding {
	if v.fold == nil {
		return v.scroll.Bindings()
	}
	return append([]key.Binding{foldKey, foldAllKey}, v.scroll.Bindings()...)
}

func (v *Frame) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case frameRead:
		v.take(msg)
		return nil
	case frameMove:
		if msg.nth != v.moves {
			return nil
		}
		return v.move(msg.by)
	}
	by, top, bottom, ok := motion(msg, v.scroll.height)
	switch {
	case v.fold != nil && Pressed(msg, foldKey):
		v.fold.toggle()
		v.want = layStep
	case v.fold != nil && Pressed(msg, foldAllKey):
		v.fold.toggleAll()
		v.want = layStep
	case !ok:
		return nil
	}
	v.moves++
	switch {
	case top:
		by = -mostPayloadLines
	case bottom:
		by = mostPayloadLines
	}
	return v.move(by)
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
	want := max(v.want, 2*v.scroll.height)
	if v.fold == nil {
		return drawn(head).and(v.payload.sheet(v.c.Theme, v.width, want))
	}
	rows := v.fold.layout(max(v.width-2, 1), want)
	lines := drawn(head).and(sheet{len(rows), func(i int) string { return v.foldLine(rows[i]) }})
	if v.fold.more() {
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
