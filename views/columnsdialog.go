package views

import (
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// columnChoice is a column and whether it is shown.
type columnChoice struct {
	name  string
	shown bool
}

// columnsDialog chooses which columns of a table are shown, and in which order.
type columnsDialog struct {
	c       *Common
	title   theme.Text
	choices []columnChoice
	at      int
	closed  bool
	take    func(names []string)
}

func newColumnsDialog(c *Common, title theme.Text, choices []columnChoice, take func([]string)) *columnsDialog {
	return &columnsDialog{c: c, title: title, choices: choices, take: take}
}

var (
	toggleKey   = Bind("space", "show or hide", " ")
	moveUpKey   = Bind("K", "further left", "K", "shift+up")
	moveDownKey = Bind("J", "further right", "J", "shift+down")
)

func (d *columnsDialog) Init() tea.Cmd { return nil }
func (d *columnsDialog) Closed() bool  { return d.closed }

func (d *columnsDialog) Bindings() []key.Binding {
	return []key.Binding{toggleKey, moveUpKey, moveDownKey, Does(Keys.Enter, "take"), Does(Keys.Back, "leave as it was"), Keys.Down, Keys.Up}
}

func (d *columnsDialog) Update(msg tea.Msg) tea.Cmd {
	switch {
	case Pressed(msg, Keys.Back):
		d.closed = true
	case Pressed(msg, Keys.Enter):
		if names := d.names(); len(names) > 0 {
			d.closed = true
			d.take(names)
		}
	case Pressed(msg, toggleKey):
		d.choices[d.at].shown = !d.choices[d.at].shown
	case Pressed(msg, Keys.Up):
		d.at = max(d.at-1, 0)
	case Pressed(msg, Keys.Down):
		d.at = min(d.at+1, len(d.choices)-1)
	case Pressed(msg, moveUpKey):
		d.move(-1)
	case Pressed(msg, moveDownKey):
		d.move(1)
	}
	return nil
}

func (d *columnsDialog) move(by int) {
	to := d.at + by
	if to < 0 || to >= len(d.choices) {
		return
	}
	d.choices[d.at], d.choices[to] = d.choices[to], d.choices[d.at]
	d.at = to
}

func (d *columnsDialog) names() []string {
	var names []string
	for _, choice := range d.choices {
		if choice.shown {
			names = append(names, choice.name)
		}
	}
	return names
}

func (d *columnsDialog) View(width, height int) string {
	th := d.c.Theme
	inner := max(min(width-4, 40), 1)
	room := max(height-2, 1)
	first := max(min(d.at-room+1, len(d.choices)-room), 0)
	var lines []string
	for i := first; i < min(first+room, len(d.choices)); i++ {
		choice, l := d.choices[i], th.Line(inner)
		if i == d.at {
			l.Bar(th.Selected).Add(th.Plain, th.Glyphs.Selected)
		} else {
			l.Add(th.Plain, " ")
		}
		if choice.shown {
			l.Add(th.Accent, " "+th.Glyphs.Check+" ").Add(th.Plain, theme.Clean(choice.name))
		} else {
			l.Add(th.Dim, " "+th.Glyphs.Empty+" "+theme.Clean(choice.name))
		}
		lines = append(lines, l.Fill(0).String())
	}
	return strings.Join(Box(th, d.title, lines, inner, "space, J and K, enter"), "\n")
}
