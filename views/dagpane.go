package views

import (
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

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
	first    int // layer at the left edge
	top      int // line at the upper edge
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

// arrange takes the roomiest look in which the whole graph fits.
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
	p.places = placeAll(p.layout, dagScrolled, p.labelWidths(dagScrolled))
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

func (p *dagPane) bindings() []key.Binding {
	return []key.Binding{Keys.Left, Keys.Right, Keys.Up, Keys.Down, Keys.PageUp, Keys.PageDown, Keys.Top, Keys.Bottom}
}

// update answers movement, clicks and the wheel.
func (p *dagPane) update(msg tea.Msg) {
	if p.current() == nil {
		return
	}
	switch {
	case Pressed(msg, Keys.Left):
		p.moveAlong(-1)
	case Pressed(msg, Keys.Right):
		p.moveAlong(1)
	case Pressed(msg, Keys.Up):
		p.moveDown(-1)
	case Pressed(msg, Keys.Down):
		p.moveDown(1)
	case Pressed(msg, Keys.PageUp):
		p.moveDown(-max(p.height/2, 1))
	case Pressed(msg, Keys.PageDown):
		p.moveDown(max(p.height/2, 1))
	case Pressed(msg, Keys.Top):
		p.selectNode(p.nodesIn(0)[0])
	case Pressed(msg, Keys.Bottom):
		last := p.nodesIn(len(p.layout.layers) - 1)
		p.selectNode(last[len(last)-1])
	}
	if m, ok := msg.(tea.MouseMsg); ok {
		p.mouse(m)
	}
}

func (p *dagPane) mouse(m tea.MouseMsg) {
	switch {
	case m.Button == tea.MouseButtonWheelUp:
		p.scrollTo(p.top - wheelStep)
	case m.Button == tea.MouseButtonWheelDown:
		p.scrollTo(p.top + wheelStep)
	case m.Button == tea.MouseButtonLeft && m.Action == tea.MouseActionPress && m.Y < p.drawingHeight():
		if v := p.nodeAt(m.X, m.Y); v >= 0 {
			p.selectNode(v)
		}
	}
}

// nodeAt is the node under a point of the pane; -1 for none.
func (p *dagPane) nodeAt(x, y int) int {
	x += p.places.left[p.first] - leftMargin
	for layer, left := range p.places.left {
		if x >= left && x < left+p.places.widths[layer] {
			if v := p.places.at(layer, y+p.top); v >= 0 && v < p.layout.nodes {
				return v
			}
		}
	}
	return -1
}

// nodesIn are the nodes of a layer, from top to bottom. No layer is without one.
func (p *dagPane) nodesIn(layer int) []int {
	var nodes []int
	for _, v := range p.layout.layers[layer] {
		if v < p.layout.nodes {
			nodes = append(nodes, v)
		}
	}
	return nodes
}

func (p *dagPane) selectNode(v int) {
	p.selected = p.nodes[v].row.ID
	p.follow()
}

// selectID selects a node by its id, if there is one.
func (p *dagPane) selectID(id engine.ExecutionID) {
	if v, ok := p.number[id]; ok {
		p.selectNode(v)
	}
}

func (p *dagPane) moveDown(by int) {
	nodes := p.nodesIn(p.layout.vertices[p.at()].layer)
	i := slices.Index(nodes, p.at()) + by
	p.selectNode(nodes[max(min(i, len(nodes)-1), 0)])
}

// moveAlong goes to the nearest neighbour on one side, or where there is none to the nearest node of the next layer there.
func (p *dagPane) moveAlong(step int) {
	layer := p.layout.vertices[p.at()].layer + step
	candidates := p.neighbours(step)
	if len(candidates) == 0 && layer >= 0 && layer < len(p.layout.layers) {
		candidates = p.nodesIn(layer)
	}
	if len(candidates) == 0 {
		return
	}
	from := p.places.port(p.at())
	p.selectNode(slices.MinFunc(candidates, func(a, b int) int {
		return distance(p.places.port(a), from) - distance(p.places.port(b), from)
	}))
}

func distance(a, b int) int { return max(a-b, b-a) }

// neighbours are the ends of the selected node's edges to the right, or with step below 0 to the left.
func (p *dagPane) neighbours(step int) []int {
	var found []int
	here := p.layout.vertices[p.at()].layer
	for _, e := range p.edges {
		other := -1
		switch {
		case e.from == p.at():
			other = e.to
		case e.to == p.at():
			other = e.from
		default:
			continue
		}
		if (p.layout.vertices[other].layer-here)*step > 0 {
			found = append(found, other)
		}
	}
	return found
}

// follow scrolls so that the selected node is on the screen.
func (p *dagPane) follow() {
	if p.current() == nil || p.places == nil {
		return
	}
	v, height := p.at(), p.drawingHeight()
	p.scrollTo(max(min(p.top, p.places.top[v]), p.places.top[v]+p.places.vertexHeight(v)-height))
	layer := p.layout.vertices[v].layer
	p.first = max(min(p.first, layer, len(p.places.left)-1), 0)
	for p.first < layer && p.places.left[layer]+p.places.widths[layer]-p.places.left[p.first] > p.width-leftMargin {
		p.first++
	}
	for p.first > 0 && p.places.width-p.places.left[p.first-1] <= p.width-leftMargin {
		p.first-- // no room is left unused on the right
	}
}

func (p *dagPane) scrollTo(line int) {
	if p.places != nil {
		p.top = max(min(line, p.places.height-p.drawingHeight()), 0)
	}
}

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
