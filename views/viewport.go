package views

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// Viewport scrolls over lines that are drawn when they are seen: Line(i) gives line i of Count, exactly width cells wide.
type Viewport struct {
	Count int
	Line  func(i, width int) string

	top           int
	width, height int
}

// SetSize sets the room.
func (v *Viewport) SetSize(width, height int) {
	v.width, v.height = max(width, 0), max(height, 0)
	v.clamp()
}

// SetLines shows lines that are drawn already, for what is short.
func (v *Viewport) SetLines(lines []string) {
	v.Count = len(lines)
	v.Line = func(i, _ int) string { return lines[i] }
	v.clamp()
}

// Top is the first line on the screen.
func (v *Viewport) Top() int { return v.top }

// ScrollTo makes line i the first on the screen, as far as there are lines.
func (v *Viewport) ScrollTo(i int) {
	v.top = i
	v.clamp()
}

// Show scrolls as little as needed for line i to be on the screen.
func (v *Viewport) Show(i int) { v.ScrollTo(max(min(v.top, i), i-v.height+1)) }

// AtBottom tells whether the last line is on the screen.
func (v *Viewport) AtBottom() bool { return v.top+v.height >= v.Count }

// Update answers movement and the wheel.
func (v *Viewport) Update(msg tea.Msg) (handled bool) {
	by, top, bottom, ok := motion(msg, v.height)
	if !ok {
		return false
	}
	switch {
	case top:
		v.ScrollTo(0)
	case bottom:
		v.ScrollTo(v.Count)
	default:
		v.ScrollTo(v.top + by)
	}
	return true
}

// Bindings are the keys that Update answers.
func (v *Viewport) Bindings() []key.Binding { return movement() }

// View draws height lines.
func (v *Viewport) View(th *theme.Theme) string { return strings.Join(v.Lines(th), "\n") }

// Lines are the lines that View draws.
func (v *Viewport) Lines(th *theme.Theme) []string {
	v.clamp() // Count is a field, it may have shrunk
	end := min(v.top+v.height, v.Count)
	lines := make([]string, 0, v.height)
	for i := v.top; i < end; i++ {
		lines = append(lines, v.Line(i, v.width))
	}
	return Fit(th, lines, v.width, v.height)
}

// Position says where in the whole the screen is: "all", "top", "end" or a percentage.
func (v *Viewport) Position() theme.Text {
	switch {
	case v.Count <= v.height:
		return "all"
	case v.top == 0:
		return "top"
	case v.AtBottom():
		return "end"
	default:
		return theme.Number(v.top*100/(v.Count-v.height)) + "%"
	}
}

func (v *Viewport) clamp() { v.top = max(min(v.top, v.Count-v.height), 0) }
