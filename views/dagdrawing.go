package views

import (
	"slices"

	"ffboard/engine"
	"ffboard/theme"
)

// dagDrawing is a flow's graph as it is drawn: nodes, edges, where they stand. It does not change once it is made, so it may be made
// beside the program.
type dagDrawing struct {
	nodes  []dagNode
	number map[engine.ExecutionID]int // of each member; of a folded one that of its fold
	edges  []dagEdge
	states []engine.EdgeState // of edges; of parallel ones the worst
	in     [][]int            // edges that lead to each node
	out    [][]int            // edges that leave it
	beyond int                // edges whose ends are too many to draw

	layout        *dagLayout // nil: nothing was drawn yet
	places        *dagPlaces
	width, height int // that it was placed for
}

// dagNode is a member, an id that an edge names and that is none, or a fold of members that look alike.
type dagNode struct {
	row   *engine.ExecutionRow // of a fold: its oldest member's
	group *engine.EdgeGroup    // of its incoming edges; nil for none
	fold  string               // what it unfolds by; "" where there is nothing to fold or unfold
	many  int                  // members that it stands for; 0 for one
}

// dagInput is what a drawing is made of.
type dagInput struct {
	detail        *engine.FlowDetail
	folding       folding
	width, height int
}

// Graphs of so many members and edges are drawn at once: it takes less than anybody notices.
const (
	dagAtOnceMembers = 150
	dagAtOnceEdges   = 400
)

func (in *dagInput) atOnce() bool {
	return len(in.detail.Members) <= dagAtOnceMembers && len(in.detail.Edges) <= dagAtOnceEdges
}

// draw makes the drawing. What it can it takes from the one before: a layout stands while nodes, the widths of their names and edges
// are the same, so that it stands still while states change.
func (in *dagInput) draw(before *dagDrawing) *dagDrawing {
	g := in.graph()
	if !g.sameShape(before) {
		g.layout = layOut(len(g.nodes), g.edges)
		g.place(in.width, in.height)
		return g
	}
	g.layout, g.places, g.width, g.height = before.layout, before.places, before.width, before.height
	if g.width != in.width || g.height != in.height {
		g.place(in.width, in.height)
	}
	return g
}

func (g *dagDrawing) sameShape(before *dagDrawing) bool {
	return before.layout != nil && slices.Equal(g.edges, before.edges) && slices.EqualFunc(g.nodes, before.nodes, func(a, b dagNode) bool {
		return a.row.ID == b.row.ID && a.many == b.many && nodeLabel(&a).Width() == nodeLabel(&b).Width() && nodeMark(&a) == nodeMark(&b)
	})
}

// graph makes nodes and edges of the data. Ends that are no members become nodes of their own, as many as may be drawn.
func (in *dagInput) graph() *dagDrawing {
	d := in.detail
	groups := make(map[engine.ExecutionID]*engine.EdgeGroup, len(d.Flow.EdgeGroups))
	for i := range d.Flow.EdgeGroups {
		groups[d.Flow.EdgeGroups[i].Downstream] = &d.Flow.EdgeGroups[i]
	}
	g := &dagDrawing{number: make(map[engine.ExecutionID]int, len(d.Members))}
	add := func(row *engine.ExecutionRow) {
		if _, known := g.number[row.ID]; known || row.ID == "" {
			return
		}
		g.number[row.ID] = len(g.nodes)
		g.nodes = append(g.nodes, dagNode{row: row, group: groups[row.ID]})
	}
	for i := range d.Members {
		add(&d.Members[i])
	}
	for i := range d.Edges {
		for _, end := range []engine.ExecutionID{d.Edges[i].Upstream, d.Edges[i].Downstream} {
			if _, known := g.number[end]; !known && len(g.nodes) < len(d.Members)+mostDagNodes {
				add(&engine.ExecutionRow{ID: end, Progress: -1})
			}
		}
	}
	in.folding.fold(g, d.Edges)
	g.keep(mostDagNodes)
	g.connect(d.Edges)
	return g
}

// keep leaves out the nodes beyond the most that are drawn.
func (g *dagDrawing) keep(most int) {
	if len(g.nodes) <= most {
		return
	}
	g.nodes = g.nodes[:most]
	for id, n := range g.number {
		if n >= most {
			delete(g.number, id)
		}
	}
}

// connect makes edges of the data, those between the same two nodes once.
func (g *dagDrawing) connect(edges []engine.Edge) {
	number := map[dagEdge]int{}
	g.in, g.out = make([][]int, len(g.nodes)), make([][]int, len(g.nodes))
	for i := range edges {
		e := &edges[i]
		from, okFrom := g.number[e.Upstream]
		to, okTo := g.number[e.Downstream]
		if !okFrom || !okTo {
			g.beyond++
			continue
		}
		pair := dagEdge{from, to}
		if n, known := number[pair]; known {
			g.states[n] = worseEdge(g.states[n], e.State)
			continue
		}
		if len(g.edges) == mostDagEdges {
			g.beyond++
			continue
		}
		n := len(g.edges)
		number[pair] = n
		g.edges, g.states = append(g.edges, pair), append(g.states, e.State)
		g.out[from], g.in[to] = append(g.out[from], n), append(g.in[to], n)
	}
}

func worseEdge(a, b engine.EdgeState) engine.EdgeState {
	if edgeWeight(b) > edgeWeight(a) {
		return b
	}
	return a
}

// place takes the roomiest look in which the whole graph fits. Where none does, a part is shown: in boxes if those fit from top to
// bottom, else as much as possible.
func (g *dagDrawing) place(width, height int) {
	g.width, g.height = width, height
	for _, look := range dagLooks {
		labels := g.labelWidths(look)
		if !roomFor(g.layout, look, labels, width, height) {
			continue
		}
		g.places = placeAll(g.layout, look, labels)
		if g.places.width <= width && g.places.height <= height {
			return
		}
	}
	for _, look := range dagScrolled {
		g.places = placeAll(g.layout, look, g.labelWidths(look))
		if g.places.height <= height {
			return
		}
	}
}

const (
	// mostLabel is how wide a node's name is drawn.
	mostLabel = 18
	// leastBox is the narrowest box: the short id stands in its upper border.
	leastBox = shortID + 4
	// timeRoom is what a time takes in the border of a box, and markRoom what a policy takes beside its words.
	timeRoom = 6
	markRoom = 4
)

func (g *dagDrawing) labelWidths(look dagLook) []int {
	widths := make([]int, len(g.nodes))
	for i := range g.nodes {
		n := &g.nodes[i]
		label, mark := nodeLabel(n).Width(), nodeMark(n).Width()
		if mark > 0 {
			mark += 2 // its sign
		}
		if look.boxed {
			widths[i] = max(label+2+4, leastBox)
			if mark > 0 {
				widths[i] = max(widths[i], mark+markRoom+timeRoom)
			}
			continue
		}
		widths[i] = label + 3
		if n.many > 0 {
			widths[i] += foldCount(n).Width() + 3 // and the sign between
		}
		if mark > 0 {
			widths[i] += mark + 1
		}
		if look.id && n.row.Kind != "" && n.many == 0 {
			widths[i] += 1 + ShortExecution(n.row.ID).Width()
		}
	}
	return widths
}

// nodeLabel is a node's kind; where it has none, its id. That of a fold says what it holds as well.
func nodeLabel(n *dagNode) theme.Text {
	switch {
	case n.many > 0:
		return foldWords(n)
	case n.row.Kind == "":
		return ShortExecution(n.row.ID)
	default:
		return theme.CleanTo(n.row.Kind, mostLabel)
	}
}

// nodeMark is the policy of a node that waits for more than one other, or for one by a policy of its own.
func nodeMark(n *dagNode) theme.Text {
	if n.group == nil || n.group.Total <= 1 && n.group.Policy.Kind == engine.PolicyAllOf {
		return ""
	}
	mark := policyMark(n.group)
	if n.group.Unreachable() {
		mark += "!"
	}
	return mark
}
