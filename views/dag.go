package views

import (
	"cmp"
	"slices"
)

// A graph is drawn from left to right in layers. What draws it is bounded: whatever does not fit these limits is left out and
// counted, so that no graph can hold up the program.
const (
	mostDagNodes = 5000
	mostDagEdges = 20_000
	mostDagSpans = 30_000 // sum of the layers that the edges cross
)

// dagLayout is a graph in layers: which vertex stands where in its layer, without coordinates. Vertices are the graph's nodes, by
// their numbers, and behind them the bends of edges that cross more than one layer.
type dagLayout struct {
	nodes    int
	vertices []dagVertex
	layers   [][]int // vertices from top to bottom
	links    [][]dagLink
	place    []int     // of each vertex in its layer
	mean     []float64 // of each vertex' neighbours' places, while a layer is sorted
	leftOut  int       // edges that are not drawn: they close a cycle, or there are too many
}

// dagVertex is a node or a bend. Prev and next are vertices of the neighbouring layers.
type dagVertex struct {
	layer      int
	prev, next []int
	loose      bool  // a node without edges: it stands below the others
	edges      []int // of a bend: numbers of the edges that run through it
}

// dagLink is the part of edges between two neighbouring layers. The edges of one source share their bends.
type dagLink struct {
	from, to int   // vertices
	edges    []int // numbers of the edges that run here
}

// dagEdge is an edge between two nodes. A graph holds each pair once.
type dagEdge struct{ from, to int }

// layOut puts a graph of n nodes into layers. Its work is bounded by mostDagSpans, whatever the edges are.
func layOut(n int, edges []dagEdge) *dagLayout {
	g := &dagLayout{nodes: n, vertices: make([]dagVertex, n)}
	kept := breakCycles(n, edges)
	for v, layer := range longestPaths(n, edges, kept) {
		g.vertices[v].layer = layer
		for len(g.layers) <= layer {
			g.layers = append(g.layers, nil)
		}
		g.layers[layer] = append(g.layers[layer], v)
	}
	g.links = make([][]dagLink, len(g.layers))
	g.route(edges, kept)
	g.setLooseApart()
	g.untangle()
	return g
}

// breakCycles tells which edges stay when those that lead back are left out, with self edges.
func breakCycles(n int, edges []dagEdge) []bool {
	const unseen, open, done = 0, 1, 2
	kept := make([]bool, len(edges))
	out := make([][]int, n)
	for i, e := range edges {
		out[e.from] = append(out[e.from], i)
	}
	state := make([]int, n)
	var visit func(v int)
	visit = func(v int) { // no deeper than there are nodes
		state[v] = open
		for _, i := range out[v] {
			to := edges[i].to
			kept[i] = state[to] != open
			if state[to] == unseen {
				visit(to)
			}
		}
		state[v] = done
	}
	for v := range n {
		if state[v] == unseen {
			visit(v)
		}
	}
	return kept
}

// longestPaths is each node's layer: the length of the longest path that leads to it.
func longestPaths(n int, edges []dagEdge, kept []bool) []int {
	layers, waiting, out := make([]int, n), make([]int, n), make([][]int, n)
	for i, e := range edges {
		if kept[i] {
			waiting[e.to]++
			out[e.from] = append(out[e.from], e.to)
		}
	}
	var ready []int
	for v := range n {
		if waiting[v] == 0 {
			ready = append(ready, v)
		}
	}
	for len(ready) > 0 {
		v := ready[0]
		ready = ready[1:]
		for _, to := range out[v] {
			layers[to] = max(layers[to], layers[v]+1)
			if waiting[to]--; waiting[to] == 0 {
				ready = append(ready, to)
			}
		}
	}
	return layers
}

// route makes links of the edges, the short ones first, with bends in the layers between.
func (g *dagLayout) route(edges []dagEdge, kept []bool) {
	var order []int
	for i := range edges {
		if kept[i] {
			order = append(order, i)
		} else {
			g.leftOut++
		}
	}
	span := func(i int) int { return g.vertices[edges[i].to].layer - g.vertices[edges[i].from].layer }
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(span(a), span(b)) })

	type step struct{ from, layer int }
	bends := map[step]int{}         // of a source in a layer
	links := map[dagEdge]*dagLink{} // by their vertices
	var made []dagEdge
	spans := 0
	for _, i := range order {
		if spans += span(i); spans > mostDagSpans {
			g.leftOut++
			continue
		}
		at := edges[i].from
		for layer := g.vertices[at].layer + 1; ; layer++ {
			to := edges[i].to
			if layer < g.vertices[to].layer {
				bend, known := bends[step{edges[i].from, layer}]
				if !known {
					bend = g.addBend(layer)
					bends[step{edges[i].from, layer}] = bend
				}
				to = bend
				g.vertices[bend].edges = append(g.vertices[bend].edges, i)
			}
			pair := dagEdge{at, to}
			if links[pair] == nil {
				links[pair] = &dagLink{from: at, to: to}
				made = append(made, pair)
			}
			links[pair].edges = append(links[pair].edges, i)
			if at = to; to == edges[i].to {
				break
			}
		}
	}
	for _, pair := range made {
		layer := g.vertices[pair.from].layer
		g.links[layer] = append(g.links[layer], *links[pair])
		g.vertices[pair.from].next = append(g.vertices[pair.from].next, pair.to)
		g.vertices[pair.to].prev = append(g.vertices[pair.to].prev, pair.from)
	}
}

func (g *dagLayout) addBend(layer int) int {
	v := len(g.vertices)
	g.vertices = append(g.vertices, dagVertex{layer: layer})
	g.layers[layer] = append(g.layers[layer], v)
	return v
}

// setLooseApart spreads the nodes without any line over the ends of the layers, where they are in nobody's way.
func (g *dagLayout) setLooseApart() {
	var loose []int
	for v := range g.nodes {
		if at := &g.vertices[v]; len(at.prev) == 0 && len(at.next) == 0 {
			at.loose = true
			loose = append(loose, v)
		}
	}
	if len(loose) == 0 {
		return
	}
	g.layers[0] = slices.DeleteFunc(g.layers[0], func(v int) bool { return g.vertices[v].loose })
	for columns := min((len(loose)+looseHigh-1)/looseHigh, looseWide); len(g.layers) < columns; {
		g.layers, g.links = append(g.layers, nil), append(g.links, nil)
	}
	for i, v := range loose {
		layer := i % len(g.layers)
		g.vertices[v].layer = layer
		g.layers[layer] = append(g.layers[layer], v)
	}
}

// Loose nodes make columns of their own beside a graph that has fewer: so many nodes each, and so many columns.
const (
	looseHigh = 8
	looseWide = 4
)

func looseLast(v dagVertex) int {
	if v.loose {
		return 1
	}
	return 0
}

// sweeps is how often the order within the layers is improved, in both directions.
const sweeps = 4

// untangle orders each layer by where its neighbours stand, and keeps the order with the fewest crossings that it saw.
func (g *dagLayout) untangle() {
	g.place, g.mean = make([]int, len(g.vertices)), make([]float64, len(g.vertices))
	for layer := range g.layers {
		g.renumber(layer)
	}
	best, fewest := g.order(), g.crossings()
	keep := func() {
		if n := g.crossings(); n < fewest {
			best, fewest = g.order(), n
		}
	}
	for range sweeps {
		for layer := 1; layer < len(g.layers); layer++ {
			g.sortByNeighbours(layer, func(v int) []int { return g.vertices[v].prev })
		}
		keep()
		for layer := len(g.layers) - 2; layer >= 0; layer-- {
			g.sortByNeighbours(layer, func(v int) []int { return g.vertices[v].next })
		}
		keep()
	}
	g.layers = best
	for layer := range g.layers {
		g.renumber(layer)
	}
}

func (g *dagLayout) order() [][]int {
	order := make([][]int, len(g.layers))
	for i := range g.layers {
		order[i] = slices.Clone(g.layers[i])
	}
	return order
}

func (g *dagLayout) renumber(layer int) {
	for i, v := range g.layers[layer] {
		g.place[v] = i
	}
}

// sortByNeighbours orders a layer by the mean place of each vertex' neighbours; one without any stays about where it is.
func (g *dagLayout) sortByNeighbours(layer int, neighbours func(int) []int) {
	for _, v := range g.layers[layer] {
		g.mean[v] = float64(g.place[v])
		if ns := neighbours(v); len(ns) > 0 {
			sum := 0
			for _, n := range ns {
				sum += g.place[n]
			}
			g.mean[v] = float64(sum) / float64(len(ns))
		}
	}
	slices.SortStableFunc(g.layers[layer], func(a, b int) int {
		if g.vertices[a].loose != g.vertices[b].loose {
			return looseLast(g.vertices[a]) - looseLast(g.vertices[b])
		}
		return cmp.Compare(g.mean[a], g.mean[b])
	})
	g.renumber(layer)
}

// crossings counts the pairs of links that cross.
func (g *dagLayout) crossings() int {
	n := 0
	for layer, links := range g.links {
		if layer+1 >= len(g.layers) {
			break
		}
		ends := make([]dagEdge, len(links))
		for i, l := range links {
			ends[i] = dagEdge{g.place[l.from], g.place[l.to]}
		}
		slices.SortFunc(ends, func(a, b dagEdge) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
		n += inversions(ends, len(g.layers[layer+1]))
	}
	return n
}

// inversions counts, over ends in the order of their beginnings, how many later ones end further up; size is above every end.
func inversions(ends []dagEdge, size int) int {
	counts := make([]int, size+1) // a Fenwick tree of the ends seen
	n := 0
	for seen, e := range ends {
		n += seen
		for i := e.to + 1; i > 0; i -= i & -i {
			n -= counts[i]
		}
		for i := e.to + 1; i <= size; i += i & -i {
			counts[i]++
		}
	}
	return n
}
