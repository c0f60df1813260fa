package tui

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
	"ffboard/views"
)

// menu is a dialog in which one thing of a few is chosen: by its number, or with the arrows and enter.
type menu struct {
	common  *views.Common
	title   theme.Text
	choices []menuChoice
	at      int
	closed  bool
}

type menuChoice struct {
	name, note theme.Text
	do         tea.Cmd
}

const menuWidth = 72

func (m *menu) Init() tea.Cmd { return nil }
func (m *menu) Closed() bool  { return m.closed }

func (m *menu) Bindings() []key.Binding {
	return []key.Binding{views.Does(views.Keys.Enter, "take"), views.Keys.Down, views.Keys.Up, views.Does(views.Keys.Back, "close")}
}

func (m *menu) Update(msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyMsg)
	if !ok {
		return nil
	}
	switch {
	case key.Matches(k, views.Keys.Back):
		m.closed = true
	case key.Matches(k, views.Keys.Up):
		m.at = max(m.at-1, 0)
	case key.Matches(k, views.Keys.Down):
		m.at = min(m.at+1, len(m.choices)-1)
	case key.Matches(k, views.Keys.Enter):
		return m.take(m.at)
	case len(k.Runes) == 1 && k.Runes[0] >= '1' && k.Runes[0] <= '9':
		return m.take(int(k.Runes[0] - '1'))
	}
	return nil
}

func (m *menu) take(at int) tea.Cmd {
	if at >= len(m.choices) {
		return nil
	}
	m.closed = true
	return m.choices[at].do
}

func (m *menu) View(width, height int) string {
	th := m.common.Theme
	inner := max(min(width-4, menuWidth), 1)
	var lines []string
	first := max(min(m.at-(height-3), len(m.choices)-1), 0)
	for i, c := range m.choices[first:] {
		i += first
		mark, style := theme.Text("  "), th.Plain
		if i == m.at {
			mark, style = th.Glyphs.Selected+" ", th.Accent
		}
		l := th.Line(inner).Add(th.Accent, mark)
		if i < 9 {
			l.Add(th.Key, theme.Number(i+1)+" ")
		}
		lines = append(lines, l.Field(style, c.name, min(24, inner), theme.Left).Rest(th.Dim, "  "+c.note).String())
	}
	return strings.Join(views.Box(th, m.title, lines[:min(len(lines), max(height-2, 0))], inner, "a number or enter takes it, esc closes"), "\n")
}
