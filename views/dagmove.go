package views

import (
	"slices"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
)

func (p *dagPane) bindings() []key.Binding {
	bs := []key.Binding{failureKey, Does(Keys.Filter, "find"), foldKey}
	if p.find.Active() {
		bs = append(bs, nextFoundKey, previousFoundKey)
	}
	return append(bs, foldAllKey, failureBackKey, Keys.Left, Keys.Right, Keys.Up, Keys.Down, Keys.PageUp, Keys.PageDown, Keys.Top,
		Keys.Bottom)
}

// update answers movement, clicks, the wheel, and what looks for nodes and folds them.
func (p *dagPane) update(msg tea.Msg) tea.Cmd {
	if p.current() == nil {
		return nil
	}
	if handled, cmd := p.seek(msg); handled {
		return cmd
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
	return nil
}

func (p *dagPane) mouse(m tea.MouseMsg) {
	switch {
	case m.Button == tea.MouseButtonWheelLeft, m.Shift && m.Button == tea.MouseButtonWheelUp:
		p.first = max(p.first-1, 0)
	case m.Button == tea.MouseButtonWheelRight, m.Shift && m.Button == tea.MouseButtonWheelDown:
		if p.places.left[p.first]+p.room() < p.places.width {
			p.first++
		}
	case m.Button == tea.MouseButtonWheelUp:
		p.scrollTo(p.top - wheelStep)
	case m.Button == tea.MouseButtonWheelDown:
		p.scrollTo(p.top + wheelStep)
	case m.Button == tea.MouseButtonLeft && m.Action == tea.MouseActionPress && m.Y < p.shownHeight():
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
	p.mark()
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
	for _, i := range slices.Concat(p.in[p.at()], p.out[p.at()]) {
		other := p.edges[i].from
		if other == p.at() {
			other = p.edges[i].to
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
	v, height := p.at(), p.shownHeight()
	p.scrollTo(max(min(p.top, p.places.top[v]), p.places.top[v]+p.places.vertexHeight(v)-height))
	layer := p.layout.vertices[v].layer
	p.first = max(min(p.first, layer, len(p.places.left)-1), 0)
	for p.first < layer && p.places.left[layer]+p.places.widths[layer]-p.places.left[p.first] > p.room() {
		p.first++
	}
	for p.first > 0 && p.places.width-p.places.left[p.first-1] <= p.room() {
		p.first-- // no room is left unused on the right
	}
}

func (p *dagPane) scrollTo(line int) {
	if p.places != nil {
		p.top = max(min(line, p.places.height-p.shownHeight()), 0)
	}
}
