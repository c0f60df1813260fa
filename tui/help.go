package tui

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// help is the overlay behind `?`. It is made of the bindings themselves, so it cannot say what is not so.
type help struct {
	view     theme.Text
	bindings []key.Binding
	scroll   views.Viewport
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
	helpWidth       = 84
	helpColumnWidth = 41
)

func (h *help) draw(th *theme.Theme, width, height int) []string {
	inner := min(helpWidth, width-4)
	if inner < 10 || height < 4 {
		return nil
	}
	lines := []string{views.Rule(th, h.view, inner)}
	lines = append(lines, bindingLines(th, h.bindings, inner)...)
	lines = append(lines, th.Line(inner).String(), views.Rule(th, "Everywhere", inner))
	lines = append(lines, bindingLines(th, everywhere(), inner)...)
	h.scroll.SetSize(inner, min(len(lines), height-2))
	h.scroll.SetLines(lines)
	foot := theme.Text("any key closes")
	if !h.scroll.AtBottom() || h.scroll.Top() > 0 {
		foot = "j/k scroll, any other key closes"
	}
	shown := h.scroll.Lines(th)
	return views.Box(th, "Help", shown, inner, foot)
}

// bindingLines draws bindings in two columns where there is room, in one where not.
func bindingLines(th *theme.Theme, bs []key.Binding, width int) []string {
	var cells []string
	column := helpColumnWidth
	if width < 2*column {
		column = width
	}
	for _, b := range bs {
		cells = append(cells, bindingLine(th, b, column))
	}
	if column == width {
		return cells
	}
	half := (len(cells) + 1) / 2
	left := views.Fit(th, cells[:half], column, half)
	right := views.Fit(th, cells[half:], column, half)
	var lines []string
	for i := range half {
		lines = append(lines, left[i]+th.Line(width-2*column).String()+right[i])
	}
	return lines
}

func bindingLine(th *theme.Theme, b key.Binding, width int) string {
	h := b.Help()
	l := th.Line(width).Add(th.Plain, " ")
	if !b.Enabled() {
		return l.Field(th.Dim, theme.Clean(h.Key), 10, theme.Left).Add(th.Dim, theme.Clean(h.Desc)+" (read-only)").String()
	}
	return l.Field(th.Key, theme.Clean(h.Key), 10, theme.Left).Add(th.Plain, theme.Clean(h.Desc)).String()
}
