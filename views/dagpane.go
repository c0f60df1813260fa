package views

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// dagPane shows a flow's graph: members as nodes with their state, edges as lines, each node with its group's policy. The selection
// is by id.
type dagPane struct {
	c *Common
	*dagDrawing

	detail  *engine.FlowDetail // the latest; nil until there is one
	folding folding
	drawing bool // a drawing is being made
	again   bool // and it will be out of date
	resized bool // the room is not the one that was drawn for

	selected engine.ExecutionID
	path     *dagPath // to the selected node, where that failed
	find     Filter
	blurred  bool // another pane has the focus
	first    int  // layer at the left edge
	top      int  // line at the upper edge
	width    int
	height   int
}

// dagDrawn is a drawing that was made beside the program.
type dagDrawn struct{ drawing *dagDrawing }

func newDagPane(c *Common) dagPane { return dagPane{c: c, dagDrawing: &dagDrawing{}} }

// set takes new data.
func (p *dagPane) set(d *engine.FlowDetail) tea.Cmd {
	p.detail = d
	return p.redraw()
}

// redraw makes the drawing anew: at once where that is quick, otherwise by the command, and meanwhile the old one stands.
func (p *dagPane) redraw() tea.Cmd {
	p.resized = false
	if p.detail == nil {
		return nil
	}
	if p.drawing {
		p.again = true
		return nil
	}
	in := dagInput{p.detail, p.folding.clone(), p.room(), p.drawingHeight()}
	before := p.dagDrawing
	if in.atOnce() {
		p.show(in.draw(before))
		return nil
	}
	p.drawing = true
	return func() tea.Msg { return dagDrawn{in.draw(before)} }
}

// drawn takes a drawing that was made beside the program.
func (p *dagPane) drawn(msg dagDrawn) tea.Cmd {
	p.drawing = false
	p.show(msg.drawing)
	if !p.again {
		return nil
	}
	p.again = false
	return p.redraw()
}

func (p *dagPane) show(g *dagDrawing) {
	p.dagDrawing = g
	if _, there := g.number[p.selected]; !there && len(g.nodes) > 0 {
		p.selected = g.nodes[g.layout.layers[0][0]].row.ID
	}
	p.mark()
	p.follow()
}

// mark works out what the selection highlights.
func (p *dagPane) mark() {
	p.path = nil
	if p.current() != nil {
		p.path = p.pathTo(p.at())
	}
}

// Weights of lines: the heavier one is seen where two meet.
const (
	lineOpen = iota
	lineSatisfied
	lineImpossible
	linePath
	lineSelected
)

func edgeWeight(s engine.EdgeState) int {
	switch s {
	case engine.EdgeSatisfied:
		return lineSatisfied
	case engine.EdgeImpossible:
		return lineImpossible
	default:
		return lineOpen
	}
}

// setSize sets the room. A small graph is drawn for it at once, a large one with the next message.
func (p *dagPane) setSize(width, height int) {
	width, height = max(width, 0), max(height, 0)
	if width == p.width && height == p.height {
		return
	}
	p.width, p.height = width, height
	p.resized = true
	if p.detail != nil && (&dagInput{detail: p.detail}).atOnce() {
		p.redraw()
	}
	p.follow()
}

// footLines is the line about the selected node, below the drawing.
const footLines = 1

func (p *dagPane) drawingHeight() int { return max(p.height-footLines, 0) }

func (p *dagPane) room() int { return p.width - leftMargin }

// current is the selected node; nil when there is none.
func (p *dagPane) current() *dagNode {
	if n, ok := p.number[p.selected]; ok && p.layout != nil {
		return &p.nodes[n]
	}
	return nil
}

// at is the number of the selected node.
func (p *dagPane) at() int { return p.number[p.selected] }

// leftMargin is blank, as the selection's mark of a table.
const leftMargin = 1

// view draws the pane: height lines of width.
func (p *dagPane) view() string {
	th := p.c.Theme
	if p.layout == nil || len(p.nodes) == 0 || p.height == 0 {
		return strings.Join(Fit(th, []string{th.Line(p.width).Add(th.Dim, "  "+p.emptiness()).String()}, p.width, p.height), "\n")
	}
	lines := p.places.draw(th, p.first, p.top, p.room(), p.drawingHeight()-p.mapLines(), dagPen{
		weigh:  p.weigh,
		strike: p.strike,
		node:   p.drawNode,
	})
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	if p.mapLines() > 0 {
		lines = append(lines, p.mapLine())
	}
	if p.find.Active() {
		return strings.Join(append(lines, p.find.View(th, p.width, p.foundWords())), "\n")
	}
	return strings.Join(append(lines, p.foot()), "\n")
}

func (p *dagPane) emptiness() theme.Text {
	switch {
	case p.detail == nil:
		return "loading"
	case p.layout == nil:
		return "drawing " + Plural(len(p.detail.Members), "member", "members")
	default:
		return "no members"
	}
}

// weigh is the weight of a line that these edges share.
func (p *dagPane) weigh(edges []int) int {
	weight, at := 0, p.at()
	for _, i := range edges {
		if p.edges[i].from == at || p.edges[i].to == at {
			return lineSelected
		}
		weight = max(weight, edgeWeight(p.states[i]))
		if p.path != nil && p.path.edges[i] {
			weight = linePath
		}
	}
	return weight
}

func (p *dagPane) strike(weight int) theme.Style {
	th := p.c.Theme
	switch weight {
	case lineSelected, linePath:
		return th.Accent
	case lineImpossible:
		return th.Bad
	case lineSatisfied:
		return th.Good
	default:
		return th.Border
	}
}
