package views

import (
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// mostWrapped is how many lines a frame takes in a list of wrapped ones; enter shows it whole.
const mostWrapped = 12

// tailList is the frames on the screen, with a selection. A frame takes one line, or several where its payload is wrapped.
type tailList struct {
	rows   []*tailFrame
	wrap   bool
	pretty bool // JSON takes several lines

	at, top       int
	width, height int
	payload       int // width of the payload's column
}

func (l *tailList) selected() *tailFrame {
	if l.at >= len(l.rows) {
		return nil
	}
	return l.rows[l.at]
}

func (l *tailList) atEnd() bool { return l.at >= len(l.rows)-1 }

// dropBefore takes the frames before a number away; the screen stays where it is.
func (l *tailList) dropBefore(number int) {
	n := 0
	for n < len(l.rows) && l.rows[n].number < number {
		l.rows[n] = nil
		n++
	}
	l.rows = l.rows[n:]
	l.at, l.top = max(l.at-n, 0), max(l.top-n, 0)
}

// selectNumber selects the frame with this number or the first one after it.
func (l *tailList) selectNumber(number int) {
	at := 0
	for at < len(l.rows)-1 && l.rows[at].number < number {
		at++
	}
	l.top = max(l.top+at-l.at, 0)
	l.at = at
}

// update answers movement, the wheel and clicks.
func (l *tailList) update(msg tea.Msg) (handled bool) {
	if by, top, bottom, ok := motion(msg, l.height); ok {
		switch {
		case top:
			l.at = 0
		case bottom:
			l.at = len(l.rows) - 1
		default:
			l.at += by
		}
		l.follow()
		return true
	}
	m, ok := msg.(tea.MouseMsg)
	if !ok || m.Button != tea.MouseButtonLeft || m.Action != tea.MouseActionPress {
		return false
	}
	row, ok := l.rowAt(m.Y)
	if ok {
		l.at = row
	}
	return ok
}

// rowAt is the row that stands on line y of the list.
func (l *tailList) rowAt(y int) (row int, ok bool) {
	if y < 0 || y >= l.height {
		return 0, false
	}
	for row := l.top; row < len(l.rows); row++ {
		if y -= l.lines(row); y < 0 {
			return row, true
		}
	}
	return 0, false
}

// follow scrolls so that the selection is on the screen, and the screen is full where there is enough to fill it.
func (l *tailList) follow() {
	l.at = max(min(l.at, len(l.rows)-1), 0)
	l.top = max(min(l.top, l.at, l.firstBefore(len(l.rows)-1)), l.firstBefore(l.at), 0)
}

// firstBefore is the first row of a screen that ends with row last.
func (l *tailList) firstBefore(last int) int {
	left := l.height
	for row := last; row >= 0; row-- {
		if left -= l.lines(row); left < 0 {
			return min(row+1, last)
		}
	}
	return 0
}

func (l *tailList) lines(row int) int {
	if row < 0 || row >= len(l.rows) || !l.several(l.rows[row]) {
		return 1
	}
	return max(len(l.wrapped(row)), 1)
}

// several tells whether a frame takes several lines.
func (l *tailList) several(f *tailFrame) bool {
	return !f.gap && (l.wrap || l.pretty && f.json().brief != "")
}

// payloadOf is a row's payload on one line: JSON by its members.
func (l *tailList) payloadOf(f *tailFrame) theme.Text {
	if brief := f.json().brief; brief != "" {
		return payloadLine([]byte(brief), l.payload)
	}
	return payloadLine(f.Payload, l.payload)
}

// wrapped are the lines of a row's payload.
func (l *tailList) wrapped(row int) []theme.Text {
	if j := l.rows[row].json(); l.pretty && j.brief != "" {
		lines, rest := theme.Lines(j.pretty, l.payload, mostWrapped)
		if rest != "" || j.more {
			lines[len(lines)-1] = "… more, enter shows it whole"
		}
		return lines
	}
	lines, rest := theme.Lines(string(l.rows[row].Payload[:min(len(l.rows[row].Payload), 16*(l.payload+2)*mostWrapped)]), l.payload, mostWrapped)
	if rest != "" {
		lines[len(lines)-1] = "… more, enter shows it whole"
	}
	return lines
}
