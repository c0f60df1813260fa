package views

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/theme"
)

// Where three panes fit, members stand above edges on the left and the graph or the timeline on the right.
const (
	besideWidth  = 150
	besideHeight = 24
	// membersBesides are the lines that the members' table needs besides its rows: its header and a filter, and a blank one.
	membersBesides = 3
)

// area is a rectangle of the view.
type area struct{ x, y, width, height int }

func (a area) holds(x, y int) bool {
	return x >= a.x && x < a.x+a.width && y >= a.y && y < a.y+a.height
}

func (v *Flow) beside() bool { return v.width >= besideWidth && v.height >= besideHeight }

func (v *Flow) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

// layout gives the panes their room.
func (v *Flow) layout() {
	areas := v.areas(len(v.makeHead()))
	v.members.SetSize(areas[paneMembers].width, areas[paneMembers].height)
	v.graph.setSize(areas[paneGraph].width, areas[paneGraph].height)
	v.time.setSize(areas[paneTimeline].width, areas[paneTimeline].height)
	v.edges.SetSize(areas[paneEdges].width, areas[paneEdges].height)
	v.focusOn(v.focus)
}

// focusOn gives a pane the focus. Where it is shown alone none can be taken for it.
func (v *Flow) focusOn(p flowPane) {
	v.focus = p
	v.members.Blurred = v.beside() && p != paneMembers
	v.graph.blurred = v.beside() && p != paneGraph
	v.edges.Blurred = v.beside() && p != paneEdges
	v.time.table.Blurred = v.beside() && p != paneTimeline
	if p == paneGraph || p == paneTimeline {
		v.timed = p == paneTimeline
	}
}

// right is the pane on the right, where there is one.
func (v *Flow) right() flowPane {
	if v.timed {
		return paneTimeline
	}
	return paneGraph
}

// shows tells whether a pane is on the screen.
func (v *Flow) shows(p flowPane) bool {
	return p == v.focus || v.beside() && (p == paneMembers || p == paneEdges || p == v.right())
}

// areas are where the panes stand below a head of so many lines, without their titles.
func (v *Flow) areas(head int) [paneCount]area {
	const title = 1
	top := head + title
	height := max(v.height-top, 0)
	if !v.beside() {
		whole := area{0, top, v.width, height}
		return [paneCount]area{whole, whole, whole, whole}
	}
	left := (v.width - 1) / 2
	members := max(min((height-title)*3/5, len(v.members.Rows())+membersBesides), 0)
	right := area{left + 1, top, v.width - left - 1, height}
	return [paneCount]area{
		paneMembers:  {0, top, left, members},
		paneGraph:    right,
		paneEdges:    {0, top + members + title, left, max(height-members-title, 0)},
		paneTimeline: right,
	}
}

func (v *Flow) makeHead() []string {
	th := v.c.Theme
	switch {
	case v.gone && v.detail == nil:
		return []string{th.Line(v.width).Add(th.Warn, " "+th.Glyphs.Alert+" there is no such flow").String()}
	case v.detail == nil:
		return nil
	}
	lines := flowHead(v.c, v.detail, v.width)
	if v.gone {
		lines = append(lines, th.Line(v.width).Add(th.Warn, " "+th.Glyphs.Alert+" the flow is gone: this is what it was").String())
	}
	return lines[:min(len(lines), max(v.height/2, 1))]
}

func (v *Flow) View() string {
	th, head := v.c.Theme, v.makeHead()
	lines := head
	if v.beside() {
		areas := v.areas(len(head))
		left := append([]string{v.paneTitle(paneMembers, areas[paneMembers].width)}, rows(v.members.View(th))...)
		left = append(left, v.paneTitle(paneEdges, areas[paneEdges].width))
		left = append(left, rows(v.edges.View(th))...)
		right := append([]string{v.rightTitle(areas[paneGraph].width)}, rows(v.pane(v.right()))...)
		lines = append(lines, Beside(th, left, areas[paneMembers].width, right, areas[paneGraph].width)...)
	} else {
		lines = append(append(lines, v.tabs()), rows(v.pane(v.focus))...)
	}
	return strings.Join(Fit(th, lines, v.width, v.height), "\n")
}

func rows(block string) []string { return strings.Split(block, "\n") }

// pane draws one of them.
func (v *Flow) pane(p flowPane) string {
	switch p {
	case paneMembers:
		return v.members.View(v.c.Theme)
	case paneGraph:
		return v.graph.view()
	case paneTimeline:
		return v.time.view()
	default:
		return v.edges.View(v.c.Theme)
	}
}

func (v *Flow) paneName(p flowPane) theme.Text {
	if v.detail == nil {
		return [paneCount]theme.Text{"members", "graph", "edges", "timeline"}[p]
	}
	switch p {
	case paneMembers:
		return "members " + Count(len(v.detail.Members))
	case paneGraph:
		return "graph"
	case paneTimeline:
		return "timeline"
	default:
		return "edges " + Count(v.detail.edgeCount())
	}
}

// paneCell is a pane's name; that of the pane with the focus stands out.
func (v *Flow) paneCell(p flowPane) Cell {
	if p == v.focus {
		return Cell{"[" + v.paneName(p) + "]", v.c.Theme.Accent}
	}
	return Cell{" " + v.paneName(p) + " ", v.c.Theme.Dim}
}

// paneTitle is a pane's name with a rule behind it.
func (v *Flow) paneTitle(p flowPane, width int) string {
	th, name := v.c.Theme, v.paneCell(p)
	l := th.Line(width).Add(th.Border, th.Glyphs.Horizontal).Add(name.Style, name.Text)
	return l.Add(th.Border, th.Glyphs.Horizontal.Repeat(l.Left())).String()
}

// rightTitle names the two panes that share the right side; the one that is shown stands first.
func (v *Flow) rightTitle(width int) string {
	th, other := v.c.Theme, paneGraph+paneTimeline-v.right()
	l := th.Line(width)
	for _, p := range []flowPane{v.right(), other} {
		name := v.paneCell(p)
		l.Add(th.Border, th.Glyphs.Horizontal).Add(name.Style, name.Text)
	}
	return l.Add(th.Border, th.Glyphs.Horizontal.Repeat(l.Left())).String()
}

// tabs is the line that names the panes where only one is shown.
func (v *Flow) tabs() string {
	th := v.c.Theme
	l := th.Line(v.width)
	for p := range paneCount {
		name := v.paneCell(p)
		l.Add(th.Border, th.Glyphs.Horizontal).Add(name.Style, name.Text)
	}
	return l.Add(th.Border, th.Glyphs.Horizontal.Repeat(l.Left())).String()
}

// tabAt is the pane whose name stands at column x of the line of tabs.
func (v *Flow) tabAt(x int) (flowPane, bool) {
	end := 0
	for p := range paneCount {
		end += 1 + v.paneCell(p).Text.Width()
		if x < end {
			return p, true
		}
	}
	return 0, false
}

// mouse gives the focus to the pane that was clicked, and hands the event on to the pane below it.
func (v *Flow) mouse(msg tea.MouseMsg) tea.Cmd {
	click := msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress
	head := len(v.makeHead())
	if !v.beside() {
		if p, ok := v.tabAt(msg.X); ok && click && msg.Y == head {
			v.turn(p - v.focus)
			return nil
		}
		msg.Y -= head + 1
		return v.passOn(v.focus, msg)
	}
	areas := v.areas(head)
	for _, p := range []flowPane{paneMembers, paneEdges, v.right()} {
		a := areas[p]
		if !a.holds(msg.X, msg.Y) {
			continue
		}
		if click {
			v.focusOn(p)
		}
		msg.X, msg.Y = msg.X-a.x, msg.Y-a.y
		return v.passOn(p, msg)
	}
	if click && msg.Y == head && msg.X > areas[paneGraph].x+v.paneCell(v.right()).Text.Width() {
		v.focusOn(paneGraph + paneTimeline - v.right())
	}
	return nil
}
