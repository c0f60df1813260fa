package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// help is the overlay behind `?`. It is made of the bindings themselves, so it cannot say what is not so.
type help struct {
	view                 theme.Text
	bindings, everywhere []key.Binding
	scroll               views.Viewport
}

// update tells whether the help stays open.
func (h *help) update(msg tea.Msg) (open bool) {
	if _, pressed := msg.(tea.KeyMsg); !pressed {
		h.scroll.Update(msg)
		return true
	}
	return h.scroll.Update(msg)
}

const (
	helpWidth    = 84
	helpKeyWidth = 10
)

func (h *help) draw(th *theme.Theme, width, height int) []string {
	inner := min(helpWidth, width-4)
	if inner < 10 || height < 4 {
		return nil
	}
	lines := []string{views.Rule(th, h.view, inner)}
	lines = append(lines, bindingLines(th, h.bindings, inner)...)
	lines = append(lines, th.Line(inner).String(), views.Rule(th, "Everywhere", inner))
	lines = append(lines, bindingLines(th, h.everywhere, inner)...)
	h.scroll.SetSize(inner, min(len(lines), height-2))
	h.scroll.SetLines(lines)
	foot := theme.Text("any key closes")
	if !h.scroll.AtBottom() || h.scroll.Top() > 0 {
		foot = "j/k scroll, any other key closes"
	}
	shown := h.scroll.Lines(th)
	return views.Box(th, "Help", shown, inner, foot)
}

// bindingLines draws bindings in two columns where both fit, in one where not.
func bindingLines(th *theme.Theme, bs []key.Binding, width int) []string {
	column := width / 2
	for _, b := range bs {
		if 1+helpKeyWidth+says(b).Width() > column {
			column = width
		}
	}
	var lines []string
	for _, b := range bs {
		lines = append(lines, bindingLine(th, b, column))
	}
	if column == width {
		return lines
	}
	half := (len(lines) + 1) / 2
	right := views.Fit(th, lines[half:], column, half)
	for i := range half {
		lines[i] += right[i] + th.Line(width-2*column).String()
	}
	return lines[:half]
}

func bindingLine(th *theme.Theme, b key.Binding, width int) string {
	l := th.Line(width).Add(th.Plain, " ")
	name, text := th.Key, th.Plain
	if !b.Enabled() {
		name, text = th.Dim, th.Dim
	}
	return l.Field(name, theme.Clean(b.Help().Key), helpKeyWidth, theme.Left).Add(text, says(b)).String()
}

// says is what a binding does, or why it does not.
func says(b key.Binding) theme.Text {
	if !b.Enabled() {
		return theme.Clean(b.Help().Desc) + " (read-only)"
	}
	return theme.Clean(b.Help().Desc)
}
