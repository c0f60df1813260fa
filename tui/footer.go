package tui

import (
	"slices"
	"time"

	"github.com/charmbracelet/bubbles/key"

	"ffboard/theme"
	"ffboard/views"
)

// outcomeStays is how long the last outcome has a line of a low terminal.
const outcomeStays = 20 * time.Second

// footerHeight is how many lines the footer takes: the keys, and above them the last action's outcome, as long as it is news or
// there is room for it.
func (m *Model) footerHeight() int {
	last := m.log.last()
	switch {
	case m.height < 3:
		return 0
	case last == nil || m.height < 10 || m.height < 30 && m.clock().Sub(last.at) > outcomeStays:
		return 1
	default:
		return 2
	}
}

func (m *Model) footer() []string {
	switch m.footerHeight() {
	case 0:
		return nil
	case 1:
		return []string{m.keys()}
	default:
		return []string{m.lastOutcome(), m.keys()}
	}
}

func (m *Model) lastOutcome() string {
	th := m.common.Theme
	last := m.log.last()
	glyph := th.Glyphs.Check
	if last.error {
		glyph = th.Glyphs.Cross
	}
	left := []segment{seg(2, last.style(th), glyph+" "+last.text)}
	return row(th, left, []segment{seg(1, th.Dim, views.Age(m.clock(), last.at)+" ago")}, "  ", m.width)
}

// keys draws what can be pressed now. Movement is left to help.
func (m *Model) keys() string {
	th := m.common.Theme
	if m.palette != nil {
		return m.palette.line(th, m.width)
	}
	bindings, right := m.offered(), []key.Binding{global.Help, global.Palette, global.Quit}
	if d := m.topDialog(); d != nil {
		bindings, right = d.bindings(), nil
	}
	var left []segment
	for _, b := range bindings {
		if !moves(b) {
			left = append(left, keySegment(th, m.keymap.show(b), 50-len(left)))
		}
	}
	var rest []segment
	for i, b := range right {
		rest = append(rest, keySegment(th, m.keymap.show(b), 90-i))
	}
	return row(th, left, rest, "  ", m.width)
}

func keySegment(th *theme.Theme, b key.Binding, keep int) segment {
	h := b.Help()
	style := th.Key
	if !b.Enabled() {
		style = th.Dim
	}
	return segment{keep: keep, cells: []views.Cell{{Text: theme.Clean(h.Key), Style: style}, {Text: " " + theme.Clean(h.Desc), Style: th.Dim}}}
}

var movement = []key.Binding{views.Keys.Up, views.Keys.Down, views.Keys.PageUp, views.Keys.PageDown, views.Keys.Top, views.Keys.Bottom}

func moves(b key.Binding) bool {
	return slices.ContainsFunc(movement, func(m key.Binding) bool { return m.Help().Key == b.Help().Key })
}
