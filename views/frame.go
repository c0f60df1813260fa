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
	scroll  Viewport
	width   int
}

// NewFrame makes the view of one frame.
func NewFrame(c *Common, f engine.StreamFrame) *Frame {
	return &Frame{c: c, frame: f, payload: newPayload(f.Payload, int64(len(f.Payload)))}
}

func (v *Frame) Title() theme.Text       { return "frame " + theme.CleanTo(v.frame.ID, 24) }
func (v *Frame) Init() tea.Cmd           { return nil }
func (v *Frame) Need() Need              { return Need{} }
func (v *Frame) Bindings() []key.Binding { return v.scroll.Bindings() }

func (v *Frame) Update(msg tea.Msg) tea.Cmd {
	v.scroll.Update(msg)
	return nil
}

func (v *Frame) SetSize(width, height int) {
	v.width = width
	v.scroll.SetSize(width, height)
}

func (v *Frame) View() string {
	th := v.c.Theme
	lines := append(Panel(th, "frame", v.facts(), v.width), th.Line(v.width).String(), Rule(th, "payload "+th.Glyphs.Dot+" "+v.payload.about(th), v.width))
	v.payload.scroll(&v.scroll, th, lines, v.width)
	return v.scroll.View(th)
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
