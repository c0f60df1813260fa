package views

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// listed is a view of a list, as tabs of whole views need it.
type listed interface {
	View
	Capturing
	Unwinding
	Filtering
}

// Waits shows what is suspended, in two tabs: one execution by one, or by what they wait for.
type Waits struct {
	c    *Common
	of   [2]listed
	name [2]theme.Text
	at   int

	width int
}

// NewWaits makes the tabs with the list of executions open, NewSignalWaits with the signals.
func NewWaits(c *Common) *Waits {
	return &Waits{c: c, of: [2]listed{NewSuspended(c), NewSignals(c)}, name: [2]theme.Text{"executions", "by signal"}}
}

func NewSignalWaits(c *Common) *Waits {
	v := NewWaits(c)
	v.at = 1
	return v
}

func (v *Waits) open() listed                   { return v.of[v.at] }
func (v *Waits) Title() theme.Text              { return v.open().Title() }
func (v *Waits) Init() tea.Cmd                  { return nil }
func (v *Waits) Need() Need                     { return v.open().Need() }
func (v *Waits) Capturing() bool                { return v.open().Capturing() }
func (v *Waits) Unwind() bool                   { return v.open().Unwind() }
func (v *Waits) SetFilter(query string) tea.Cmd { return v.open().SetFilter(query) }

func (v *Waits) Bindings() []key.Binding {
	return append(v.open().Bindings(), Keys.NextTab, Keys.PreviousTab)
}

func (v *Waits) Update(msg tea.Msg) tea.Cmd {
	switch {
	case !v.Capturing() && (Pressed(msg, Keys.NextTab) || Pressed(msg, Keys.PreviousTab)):
		v.at = 1 - v.at
		return nil
	default:
		return v.open().Update(tabRelative(msg))
	}
}

func (v *Waits) SetSize(width, height int) {
	v.width = width
	for _, view := range v.of {
		view.SetSize(width, max(height-tabLines, 0))
	}
}

func (v *Waits) View() string {
	th := v.c.Theme
	l := th.Line(v.width)
	for i, name := range v.name {
		if i == v.at {
			l.Add(th.Accent, "["+name+"]")
		} else {
			l.Add(th.Dim, " "+name+" ")
		}
	}
	if frame := v.open().View(); frame != "" {
		return l.String() + "\n" + frame
	}
	return l.String()
}
