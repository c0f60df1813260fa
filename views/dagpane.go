package views

import (
	"slices"
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// dagPane shows a flow's graph: members as nodes with their state, edges as lines, each node with its group's policy. The selection
// is by id.
type dagPane struct {
	c *Common

	nodes  []dagNode
	number map[engine.ExecutionID]int
	edges  []dagEdge
	states []engine.EdgeState // of edges; of parallel ones the worst
	beyond int                // edges whose ends are too many to draw

	layout *dagLayout
	places *dagPlaces

	selected engine.ExecutionID
	blurred  bool // another pane has the focus
	first    int  // layer at the left edge
	top      int  // line at the upper edge
	width    int
	height   int
}

// dagNode is a member, or an id that an edge names and that is none.
type dagNode struct {
	row   engine.ExecutionRow
	group *engine.EdgeGroup // of its incoming edges; nil for none
}

const (
	// mostLabel is how wide a node's name is drawn.
	mostLabel = 18
	// leastBox is the narrowest box: the short id stands in its upper border.
	leastBox = shortID + 4
)

func newDagPane(c *Common) dagPane { return dagPane{c: c} }

// set takes new data. The layout is made anew only when nodes, labels or edges have changed, so that the drawing stands still while
// states change.
func (p *dagPane) set(d *engine.FlowDetail) {
	before, edgesBefore := p.nodes, p.edges
	p.take(d)
	same := p.layout != nil && slices.Equal(p.edges, edgesBefore) && slices.EqualFunc(p.nodes, before, func(a, b dagNode) bool {
		return a.row.ID == b.row.ID && nodeLabel(&a) == nodeLabel(&b) && nodeMark(&a) == nodeMark(&b)
	})
	if !same {
		p.layout = layOut(len(p.nodes), p.edges)
		p.arrange()
	}
	if _, there := p.number[p.selected]; !there && len(p.nodes) > 0 {
		p.selected = p.nodes[p.layout.layers[0][0]].row.ID
	}
	p.follow()
}

// take makes nodes and edges of the data. Ends that are no members become nodes of their own, as many as may be drawn.
func (p *dagPane) take(d *engine.FlowDetail) {
	groups := make(map[engine.ExecutionID]*engine.EdgeGroup, len(d.Flow.EdgeGroups))
	for i := range d.Flow.EdgeGroups {
		groups[d.Flow.EdgeGroups[i].Downstream] = &d.Flow.EdgeGroups[i]
	}
	p.nodes, p.number, p.beyond = nil, map[engine.ExecutionID]int{}, 0
	add := func(row engine.ExecutionRow) (int, bool) {
		if n, known := p.number[row.ID]; known {
			return n, true
		}
		if row.ID == "" || len(p.nodes) == mostDagNodes {
			return 0, false
		}
		p.number[row.ID] = len(p.nodes)
		p.nodes = append(p.nodes, dagNode{row: row, group: groups[row.ID]})
		return len(p.nodes) - 1, true
	}
	for _, m := range d.Members {
		add(m)
	}
	p.edges, p.states = nil, nil
	number := map[dagEdge]int{}
	for i := range d.Edges {
		e := &d.Edges[i]
		from, okFrom := add(engine.ExecutionRow{ID: e.Upstream, Progress: -1})
		to, okTo := add(engine.ExecutionRow{ID: e.Downstream, Progress: -1})
		if !okFrom || !okTo {
			p.beyond++
			continue
		}
		pair := dagEdge{from, to}
		if n, known := number[pair]; known {
			p.states[n] = worseEdge(p.states[n], e.State)
			continue
		}
		if len(p.edges) == mostDagEdges {
			p.beyond++
			continue
		}
		number[pair] = len(p.edges)
		p.edges, p.states = append(p.edges, pair), append(p.states, e.State)
	}
}

func worseEdge(a, b engine.EdgeState) engine.EdgeState {
	if edgeWeight(b) > edgeWeight(a) {
		return b
	}
	return a
}

// Weights of lines: the heavier one is seen where two meet.
const (
	lineOpen = iota
	lineSatisfied
	lineImpossible
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

func (p *dagPane) setSize(width, height int) {
	width, height = max(width, 0), max(height, 0)
	if width == p.width && height == p.height {
		return
	}
	p.width, p.height = width, height
	p.arrange()
	p.follow()
}

// footLines is the line about the selected node, below the drawing.
const footLines = 1

func (p *dagPane) drawingHeight() int { return max(p.height-footLines, 0) }

// arrange takes the roomiest look in which the whole graph fits. Where none does, a part is shown: in boxes if those fit from top to
// bottom, else as much as possible.
func (p *dagPane) arrange() {
	if p.layout == nil {
		return
	}
	width, height := p.width-leftMargin, p.drawingHeight()
	for _, look := range dagLooks {
		labels := p.labelWidths(look)
		if !roomFor(p.layout, look, labels, width, height) {
			continue
		}
		p.places = placeAll(p.layout, look, labels)
		if p.places.width <= width && p.places.height <= height {
			return
		}
	}
	for _, look := range dagScrolled {
		p.places = placeAll(p.layout, look, p.labelWidths(look))
		if p.places.height <= height {
			return
		}
	}
}

func (p *dagPane) labelWidths(look dagLook) []int {
	widths := make([]int, len(p.nodes))
	for i := range p.nodes {
		n := &p.nodes[i]
		label, mark := nodeLabel(n).Width(), nodeMark(n).Width()
		if look.boxed {
			widths[i] = max(label+2+4, mark+5, leastBox)
			continue
		}
		widths[i] = label + 3
		if mark > 0 {
			widths[i] += mark + 1
		}
		if look.id && n.row.Kind != "" {
			widths[i] += 1 + ShortExecution(n.row.ID).Width()
		}
	}
	return widths
}

// nodeLabel is a node's kind; where it has none, its id.
func nodeLabel(n *dagNode) theme.Text {
	if n.row.Kind == "" {
		return ShortExecution(n.row.ID)
	}
	return theme.CleanTo(n.row.Kind, mostLabel)
}

// nodeMark is the policy of a node that waits for more than one other, or for one by a policy of its own.
func nodeMark(n *dagNode) theme.Text {
	if n.group == nil || n.group.Total <= 1 && n.group.Policy.Kind == engine.PolicyAllOf {
		return ""
	}
	mark := policyMark(n.group)
	if unreachable(n.group) {
		mark += "!"
	}
	return mark
}

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
		text := theme.Text("  no members")
		if p.layout == nil {
			text = "  loading"
		}
		return strings.Join(Fit(th, []string{th.Line(p.width).Add(th.Dim, text).String()}, p.width, p.height), "\n")
	}
	lines := p.places.draw(th, p.first, p.top, p.width-leftMargin, p.drawingHeight(), dagPen{
		weigh:  p.weigh,
		strike: p.strike,
		node:   p.drawNode,
	})
	for i := range lines {
		lines[i] = " " + lines[i]
	}
	return strings.Join(append(lines, p.foot()), "\n")
}

// weigh is the weight of a line that these edges share.
func (p *dagPane) weigh(edges []int) int {
	weight, at := 0, p.at()
	for _, i := range edges {
		if p.edges[i].from == at || p.edges[i].to == at {
			return lineSelected
		}
		weight = max(weight, edgeWeight(p.states[i]))
	}
	return weight
}

func (p *dagPane) strike(weight int) theme.Style {
	th := p.c.Theme
	switch weight {
	case lineSelected:
		return th.Accent
	case lineImpossible:
		return th.Bad
	case lineSatisfied:
		return th.Good
	default:
		return th.Border
	}
}
