package views

import "math"

// dagLook is how the nodes of a graph are drawn.
type dagLook struct {
	boxed bool // in a box of three lines; otherwise on one line
	id    bool // a line has the short id behind the name
	gap   int  // blank lines between two nodes
}

// dagLooks are tried from the roomiest to the tightest; the first that fits is taken.
var dagLooks = []dagLook{{boxed: true, id: true, gap: 1}, {boxed: true, id: true}, {id: true, gap: 1}, {id: true}, {}}

// dagScrolled are tried for a graph that fits in none of them.
var dagScrolled = []dagLook{{boxed: true, id: true}, {id: true}}

const boxHeight = 3

// dagPlaces is where everything of a layout stands, in cells from the top left corner of the drawing.
type dagPlaces struct {
	layout *dagLayout
	look   dagLook
	left   []int // of each layer's column
	widths []int // of each layer's column
	top    []int // of each vertex
	tracks []int // of each vertex whose lines bend behind it: where in the channel; counted from 1
	width  int
	height int
}

// placeAll gives a layout coordinates. labels are the widths that its nodes need in this look.
func placeAll(g *dagLayout, look dagLook, labels []int) *dagPlaces {
	p := &dagPlaces{layout: g, look: look, top: make([]int, len(g.vertices)), tracks: make([]int, len(g.vertices))}
	for layer := range g.layers {
		p.settle(layer, func(int) float64 { return 0 })
	}
	for range sweeps {
		for layer := 1; layer < len(g.layers); layer++ {
			p.settle(layer, func(v int) float64 { return p.beside(v, g.vertices[v].prev) })
		}
		for layer := len(g.layers) - 2; layer >= 0; layer-- {
			p.settle(layer, func(v int) float64 { return p.beside(v, g.vertices[v].next) })
		}
	}
	p.toOrigin()
	p.columns(labels)
	return p
}

// vertexHeight is how many lines a vertex takes.
func (p *dagPlaces) vertexHeight(v int) int {
	if p.look.boxed && v < p.layout.nodes {
		return boxHeight
	}
	return 1
}

// port is the line on which a vertex' links begin and end.
func (p *dagPlaces) port(v int) int { return p.top[v] + p.vertexHeight(v)/2 }

// beside is the top that would put v level with the middle of these neighbours; where it has none it stays.
func (p *dagPlaces) beside(v int, neighbours []int) float64 {
	if len(neighbours) == 0 {
		return float64(p.top[v])
	}
	sum := 0
	for _, n := range neighbours {
		sum += p.port(n)
	}
	return float64(sum)/float64(len(neighbours)) - float64(p.vertexHeight(v)/2)
}

// settle puts the vertices of a layer as near as it can to the tops that they want, in their order and without overlap. Those that
// would overlap form a block that stands where its members want it on average. Loose nodes are left alone.
func (p *dagPlaces) settle(layer int, want func(v int) float64) {
	vertices := p.tied(layer)
	offsets := p.stacked(vertices)
	var blocks []block
	for i, v := range vertices {
		weight := p.weight(v)
		blocks = append(blocks, block{(want(v) - float64(offsets[i])) * weight, weight, 1})
		for n := len(blocks); n > 1 && blocks[n-2].mean() > blocks[n-1].mean(); n-- {
			blocks[n-2].join(blocks[n-1])
			blocks = blocks[:n-1]
		}
	}
	i := 0
	for _, b := range blocks {
		first := int(math.Floor(b.mean() + 0.5))
		for range b.size {
			p.top[vertices[i]] = first + offsets[i]
			i++
		}
	}
}

// block is a run of vertices without room between them. Its sum is of the tops that they want for the first line of the layer, each
// times its weight.
type block struct {
	sum, weight float64
	size        int
}

func (b *block) mean() float64 { return b.sum / b.weight }

func (b *block) join(below block) {
	b.sum += below.sum
	b.weight += below.weight
	b.size += below.size
}

// stacked is where vertices begin when each stands as close below the one before as it may.
func (p *dagPlaces) stacked(vertices []int) []int {
	offsets := make([]int, len(vertices))
	for i := 1; i < len(vertices); i++ {
		above, v := vertices[i-1], vertices[i]
		offsets[i] = offsets[i-1] + p.vertexHeight(above)
		if above < p.layout.nodes && v < p.layout.nodes {
			offsets[i] += p.look.gap
		}
	}
	return offsets
}

// weight is how much a vertex has to say about where its block stands. Bends have more, so that long lines run straight.
func (p *dagPlaces) weight(v int) float64 {
	if v < p.layout.nodes {
		return 1
	}
	return 4
}

// roomFor tells whether a layout could fit into width and height cells in this look, before the work of placing it.
func roomFor(g *dagLayout, look dagLook, labels []int, width, height int) bool {
	p := dagPlaces{layout: g, look: look}
	need := 0
	for layer, vertices := range g.layers {
		column := 1
		for _, v := range vertices {
			if v < g.nodes {
				column = max(column, labels[v])
			}
		}
		if need += column; layer > 0 {
			need += leastChannel
		}
		if n := len(vertices); n > 0 && p.stacked(vertices)[n-1] >= height || need > width {
			return false
		}
	}
	return true
}

// tied are the vertices of a layer without the loose ones, which are its last.
func (p *dagPlaces) tied(layer int) []int {
	vertices := p.layout.layers[layer]
	end := len(vertices)
	for end > 0 && p.layout.vertices[vertices[end-1]].loose {
		end--
	}
	return vertices[:end]
}

// toOrigin moves everything so that the drawing begins at line 0, and puts the loose nodes below.
func (p *dagPlaces) toOrigin() {
	first, last := math.MaxInt, math.MinInt
	for layer := range p.layout.layers {
		for _, v := range p.tied(layer) {
			first, last = min(first, p.top[v]), max(last, p.top[v]+p.vertexHeight(v))
		}
	}
	if last < first {
		first, last = 0, 0
	}
	for v := range p.top {
		p.top[v] -= first
	}
	below := last - first
	if below > 0 {
		below += 1 // what is apart looks it
	}
	p.height = last - first
	for layer, vertices := range p.layout.layers {
		next := below
		for _, v := range vertices[len(p.tied(layer)):] {
			p.top[v] = next
			p.height = max(p.height, next+p.vertexHeight(v))
			next += p.vertexHeight(v) + p.look.gap
		}
	}
}

// columns gives each layer its column and each channel the room for its lines.
func (p *dagPlaces) columns(labels []int) {
	x := 0
	for layer, vertices := range p.layout.layers {
		width := 1
		for _, v := range vertices {
			if v < p.layout.nodes {
				width = max(width, labels[v])
			}
		}
		p.left, p.widths = append(p.left, x), append(p.widths, width)
		x += width
		p.width = x
		if layer+1 < len(p.layout.layers) {
			x += p.channel(layer)
		}
	}
}
