package views

import (
	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views/plain"
)

// tabTable is a table of any rows, as tabs handle it.
type tabTable interface {
	SetSize(width, height int)
	Update(msg tea.Msg) (handled bool)
	View(th *theme.Theme) string
	Bindings() []key.Binding
	Capturing() bool
	Unwind() bool
	SetFilter(query string)
	Query() string
	Shown() int
	plain() plain.Table
	records() any
}

// tab is a table with its name.
type tab struct {
	name  theme.Text
	table tabTable
	bare  bool // its number of rows says nothing
}

// tabs are tables of which one is seen, below a line with the names of all.
type tabs struct {
	of            []tab
	at            int
	width, height int
}

func (t *tabs) open() tabTable  { return t.of[t.at].table }
func (t *tabs) Capturing() bool { return t.open().Capturing() }
func (t *tabs) Query() string   { return t.open().Query() }
func (t *tabs) Unwind() bool    { return t.open().Unwind() }

// SetFilter narrows the table that is seen.
func (t *tabs) SetFilter(query string) tea.Cmd {
	t.open().SetFilter(query)
	return nil
}

func (t *tabs) SetSize(width, height int) {
	t.width, t.height = width, height
	for _, tab := range t.of {
		tab.table.SetSize(width, height-tabLines)
	}
}

func (t *tabs) Bindings() []key.Binding {
	return append([]key.Binding{Keys.NextTab, Keys.PreviousTab}, t.open().Bindings()...)
}

// Update turns to another tab, or hands on to the table that is seen. The mouse is relative to the line of names.
func (t *tabs) Update(msg tea.Msg) {
	switch {
	case t.Capturing():
		t.open().Update(msg)
	case Pressed(msg, Keys.NextTab), Pressed(msg, Keys.Right):
		t.turn(1)
	case Pressed(msg, Keys.PreviousTab), Pressed(msg, Keys.Left):
		t.turn(-1)
	case t.clicked(msg):
	default:
		t.open().Update(tabRelative(msg))
	}
}

func (t *tabs) turn(by int) { t.at = (t.at + by + len(t.of)) % len(t.of) }

func (t *tabs) clicked(msg tea.Msg) bool {
	m, ok := msg.(tea.MouseMsg)
	if !ok || m.Y != 0 || m.Button != tea.MouseButtonLeft || m.Action != tea.MouseActionPress {
		return false
	}
	end := 0
	for i := range t.of {
		if end += t.label(i).Width(); m.X < end {
			t.at = i
			return true
		}
	}
	return false
}

func (t *tabs) label(i int) theme.Text {
	name := t.of[i].name
	if n := t.of[i].table.Shown(); n > 0 && !t.of[i].bare {
		name += " " + Count(n)
	}
	if i == t.at {
		return "[" + name + "]"
	}
	return " " + name + " "
}

func (t *tabs) View(th *theme.Theme) string {
	l := th.Line(t.width)
	for i := range t.of {
		style := th.Dim
		if i == t.at {
			style = th.Accent
		}
		l.Add(style, t.label(i))
	}
	if t.height <= tabLines {
		return l.String()
	}
	return l.String() + "\n" + t.open().View(th)
}
