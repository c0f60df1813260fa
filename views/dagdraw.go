package views

import (
	"sort"

	"ffboard/theme"
)

// arms of a line in a cell.
const (
	armLeft = 1 << iota
	armRight
	armUp
	armDown
	armsAcross = armLeft | armRight
	armsUpDown = armUp | armDown
)

// lineGlyph is the sign with these arms.
func lineGlyph(g *theme.Glyphs, arms int) theme.Text {
	switch arms {
	case 0:
		return " "
	case armsUpDown, armUp, armDown:
		return g.Vertical
	case armRight | armDown:
		return g.TopLeft
	case armLeft | armDown:
		return g.TopRight
	case armRight | armUp:
		return g.BottomLeft
	case armLeft | armUp:
		return g.BottomRight
	case armsUpDown | armRight:
		return g.TeeRight
	case armsUpDown | armLeft:
		return g.TeeLeft
	case armsAcross | armDown:
		return g.TeeTop
	case armsAcross | armUp:
		return g.TeeBottom
	case armsAcross | armsUpDown:
		return g.Junction
	default:
		return g.Horizontal
	}
}

// dagCell is a cell of a channel. Where lines of different weight meet, the heavier one's style is drawn.
type dagCell struct {
	arms   int
	owner  int // vertex whose line it is, from 1; -1 for several
	weight int
	head   bool
}

// channelGrid is a channel's lines, as far as they are on the screen.
type channelGrid struct {
	top, width int
	rows       [][]dagCell
}

// drawChannel draws the channel behind a layer on height lines from top on. It costs as much as it has links and cells.
func (p *dagPlaces) drawChannel(layer, top, height int, weigh func([]int) int) *channelGrid {
	g := &channelGrid{top: top, width: p.left[layer+1] - p.left[layer] - p.widths[layer], rows: make([][]dagCell, height)}
	for y := range g.rows {
		g.rows[y] = make([]dagCell, g.width)
	}
	links := p.layout.links[layer]
	for i := range links {
		l := &links[i]
		from, to := p.port(l.from), p.port(l.to)
		if max(from, to) >= top && min(from, to) < top+height {
			g.link(from, to, p.tracks[l.from], l.from+1, weigh(l.edges))
		}
		if l.to < p.layout.nodes {
			g.head(to)
		}
	}
	return g
}

// link draws a line that comes in on row from, turns in the track and leaves on row to.
func (g *channelGrid) link(from, to, track, owner, weight int) {
	if from == to {
		g.across(from, 0, g.width, owner, weight)
		return
	}
	turn, back := armDown, armUp
	if to < from {
		turn, back = armUp, armDown
	}
	g.across(from, 0, track, owner, weight)
	g.add(track, from, armLeft|turn, owner, weight)
	for y := max(min(from, to)+1, g.top); y < min(max(from, to), g.top+len(g.rows)); y++ {
		g.add(track, y, armsUpDown, owner, weight)
	}
	g.add(track, to, back|armRight, owner, weight)
	g.across(to, track+1, g.width, owner, weight)
}

func (g *channelGrid) across(y, from, to, owner, weight int) {
	for x := from; x < to; x++ {
		g.add(x, y, armsAcross, owner, weight)
	}
}

// add draws arms into a cell. Lines of different owners that cross do not touch: the one that runs up and down stays whole.
func (g *channelGrid) add(x, y, arms, owner, weight int) {
	if y < g.top || y >= g.top+len(g.rows) || x >= g.width {
		return
	}
	c := &g.rows[y-g.top][x]
	if c.arms == 0 {
		*c = dagCell{arms: arms, owner: owner, weight: weight, head: c.head}
		return
	}
	if c.owner == owner {
		c.arms |= arms
		c.weight = max(c.weight, weight)
		return
	}
	switch {
	case c.arms == armsUpDown && arms == armsAcross:
		return
	case c.arms == armsAcross && arms == armsUpDown:
		c.arms, c.owner, c.weight = arms, owner, weight
	default:
		c.arms, c.owner, c.weight = c.arms|arms, -1, max(c.weight, weight)
	}
}

func (g *channelGrid) head(y int) {
	if y >= g.top && y < g.top+len(g.rows) {
		g.rows[y-g.top][g.width-1].head = true
	}
}

// at is the vertex of a layer that stands on line y; -1 for none.
func (p *dagPlaces) at(layer, y int) int {
	vertices := p.layout.layers[layer]
	i := sort.Search(len(vertices), func(i int) bool { return p.top[vertices[i]]+p.vertexHeight(vertices[i]) > y })
	if i < len(vertices) && p.top[vertices[i]] <= y {
		return vertices[i]
	}
	return -1
}

// layersFrom are the layers that a window of width cells shows when layer first stands at its left edge.
func (p *dagPlaces) layersFrom(first, width int) (end int) {
	for end = first; end < len(p.left) && p.left[end]-p.left[first] < width; {
		end++
	}
	return end
}

// dagPen is what the drawing needs to know of what it draws.
type dagPen struct {
	weigh  func(edges []int) int
	strike func(weight int) theme.Style
	node   func(l *theme.Line, v, line, width int) // draws a line of a node's column
}

// draw draws the window whose top left corner is (first layer, top): height lines of width. It costs as much as the window is large
// and its layers have links.
func (p *dagPlaces) draw(th *theme.Theme, first, top, width, height int, pen dagPen) []string {
	end := p.layersFrom(first, width)
	channels := make([]*channelGrid, 0, end-first)
	for layer := first; layer < end && layer+1 < len(p.left); layer++ {
		channels = append(channels, p.drawChannel(layer, top, height, pen.weigh))
	}
	lines := make([]string, height)
	for i := range lines {
		l := th.Line(width)
		for layer := first; layer < end; layer++ {
			p.drawColumn(th, l, layer, top+i, pen)
			if n := layer - first; n < len(channels) {
				drawCells(th, l, channels[n].rows[i], pen)
			}
		}
		lines[i] = l.String()
	}
	return lines
}

// drawColumn draws what stands in a layer's column on line y: a line of a node, a bend that runs through, or nothing.
func (p *dagPlaces) drawColumn(th *theme.Theme, l *theme.Line, layer, y int, pen dagPen) {
	width := min(p.widths[layer], l.Left())
	v := p.at(layer, y)
	switch {
	case v < 0:
		l.Add(th.Plain, theme.Text(" ").Repeat(width))
	case v >= p.layout.nodes:
		l.Add(pen.strike(pen.weigh(p.layout.vertices[v].edges)), th.Glyphs.Horizontal.Repeat(width))
	default:
		pen.node(l, v, y-p.top[v], width)
	}
}

func drawCells(th *theme.Theme, l *theme.Line, cells []dagCell, pen dagPen) {
	for _, c := range cells {
		glyph := lineGlyph(&th.Glyphs, c.arms)
		if c.head {
			glyph = th.Glyphs.HeadRight
		}
		l.Add(pen.strike(c.weight), glyph)
	}
}
