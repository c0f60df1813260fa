package tui

import (
	"strings"
)

// View draws the whole screen: header, body, footer, and what lies over them.
func (m *Model) View() string {
	if m.width <= 0 || m.height <= 0 || len(m.stack) == 0 {
		return ""
	}
	body := m.top().draw() // first: a view that panics here changes its title and its keys
	if e := m.unrecorded(); e != nil {
		body = m.drawUnrecorded(e)
	}
	if !m.covered() {
		return m.plain(body)
	}
	lines := strings.Split(m.plain(body), "\n")
	m.cover(lines)
	return strings.Join(lines, "\n")
}

func (m *Model) plain(body string) string {
	var b strings.Builder
	b.Grow(len(body) + 6*m.width)
	for _, line := range m.header() {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	if m.bodyHeight() > 0 {
		b.WriteString(body)
	}
	if m.timebarHeight() > 0 {
		b.WriteByte('\n')
		b.WriteString(m.timebar())
	}
	for _, line := range m.footer() {
		b.WriteByte('\n')
		b.WriteString(line)
	}
	return b.String()
}

func (m *Model) covered() bool { return len(m.dialogs) > 0 || m.help != nil || m.palette != nil }

// cover lays dialogs, help and the palette's suggestions over the lines.
func (m *Model) cover(lines []string) {
	th := m.common.Theme
	// The footer stays free: it says which keys the dialog answers.
	room := lines[:max(len(lines)-m.footerHeight(), 0)]
	for _, d := range m.dialogs {
		overlay(room, d.draw(m.width, len(room)), m.width)
	}
	if m.help != nil {
		overlay(room, m.help.draw(th, m.width, len(room)), m.width)
	}
	if m.palette != nil {
		box := m.palette.box(th, m.width, len(room))
		overlayAt(room, box, 0, len(room)-len(box), m.width)
	}
}
