package views

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// From overviewBeside on the lists stand in two columns.
const overviewBeside = 100

// placed is a pane with its place.
type placed struct {
	pane overviewPane
	area
}

func (v *Overview) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

// layout gives the lists their room.
func (v *Overview) layout() {
	for _, p := range v.places() {
		switch p.pane {
		case paneLanes:
			v.lanes.SetSize(p.width, p.height)
		case paneFailing:
			v.failing.SetSize(p.width, p.height)
		case paneSuspended:
			v.suspended.SetSize(p.width, p.height)
		default:
			v.orphaned.SetSize(p.width, p.height)
		}
	}
}

// columns are the panes from left to right and top to bottom.
func (v *Overview) columns() [][]overviewPane {
	if v.width < overviewBeside {
		return [][]overviewPane{{paneLanes, paneOrphaned, paneFailing, paneSuspended}}
	}
	return [][]overviewPane{{paneLanes, paneFailing}, {paneOrphaned, paneSuspended}}
}

// places are where the panes stand.
func (v *Overview) places() []placed {
	top := len(v.head())
	height := max(v.height-top, 0)
	columns := v.columns()
	width := (v.width - len(columns) + 1) / len(columns)
	var all []placed
	for i, panes := range columns {
		x := i * (width + 1)
		if i == len(columns)-1 {
			width = v.width - x
		}
		y := top
		for j, lines := range v.share(panes, height) {
			all = append(all, placed{panes[j], area{x, y, width, lines}})
			y += lines
		}
	}
	return all
}

// share divides a column's lines among its panes. Each has its heading; then they take a line in turn as long as they have use for it.
func (v *Overview) share(panes []overviewPane, height int) []int {
	lines := make([]int, len(panes))
	for taken := true; taken && height > 0; {
		taken = false
		for i, p := range panes {
			if height > 0 && lines[i] < v.wants(p) {
				lines[i]++
				height--
				taken = true
			}
		}
	}
	return lines
}

// wants is how many lines a pane has use for, with a blank one below its rows.
func (v *Overview) wants(p overviewPane) int {
	if n := v.rowsIn(p); n > 0 {
		return headerLines + n + 1
	}
	return 2
}

func (v *Overview) View() string {
	th := v.c.Theme
	if why := v.nothing(); len(why) > 0 {
		lines := append(v.head(), th.Line(v.width).String())
		return strings.Join(Fit(th, append(lines, why...), v.width, v.height), "\n")
	}
	var columns [][]string
	var widths []int
	for _, p := range v.places() {
		if p.x > 0 && len(columns) == 1 || len(columns) == 0 {
			columns, widths = append(columns, nil), append(widths, p.width)
		}
		last := len(columns) - 1
		columns[last] = append(columns[last], v.drawn(p)...)
	}
	lines := columns[0]
	if len(columns) == 2 {
		lines = Beside(th, columns[0], widths[0], columns[1], widths[1])
	}
	return strings.Join(Fit(th, append(v.head(), lines...), v.width, v.height), "\n")
}

// drawn is a pane in exactly the lines that it was given.
func (v *Overview) drawn(p placed) []string {
	if p.height == 0 {
		return nil
	}
	th := v.c.Theme
	if v.rowsIn(p.pane) == 0 {
		l := th.Line(p.width).Add(th.Head, " "+v.paneName(p.pane)).Add(th.Dim, "  "+v.emptiness(p.pane))
		return Fit(th, []string{l.String()}, p.width, p.height)
	}
	switch p.pane {
	case paneLanes:
		return rows(v.lanes.View(th))
	case paneFailing:
		return rows(v.failing.View(th))
	case paneSuspended:
		return rows(v.suspended.View(th))
	default:
		return rows(v.orphaned.View(th))
	}
}

func (v *Overview) paneName(p overviewPane) theme.Text {
	switch p {
	case paneLanes:
		return v.lanes.Columns[0].Title
	case paneFailing:
		return v.failing.Columns[0].Title
	case paneSuspended:
		return v.suspended.Columns[0].Title
	default:
		return v.orphaned.Columns[0].Title
	}
}

// mouse gives the focus to the list that was clicked, and hands the event on to the one below it.
func (v *Overview) mouse(msg tea.MouseMsg) {
	for _, p := range v.places() {
		if !p.holds(msg.X, msg.Y) || v.rowsIn(p.pane) == 0 {
			continue
		}
		if msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress {
			v.focusOn(p.pane)
		}
		msg.X, msg.Y = msg.X-p.x, msg.Y-p.y
		v.passOn(p.pane, msg)
		return
	}
}
