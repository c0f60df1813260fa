package views

import (
	"ffboard/engine"
	"ffboard/theme"
)

// Where a drawing is larger than its pane, a line below it says which part is on the screen.
const (
	mapWidth  = 12
	leastMap  = 6 // lines of a pane that has room for it
	mostWatch = 60
)

// mapLines is how many lines the map takes.
func (p *dagPane) mapLines() int {
	if p.places == nil || p.drawingHeight() < leastMap || p.places.width <= p.room() && p.places.height <= p.drawingHeight() {
		return 0
	}
	return 1
}

// shownHeight is how many lines of the drawing are on the screen.
func (p *dagPane) shownHeight() int { return p.drawingHeight() - p.mapLines() }

func (p *dagPane) mapLine() string {
	th := p.c.Theme
	l := th.Line(p.width).Add(th.Plain, " ")
	end := min(p.places.layersFrom(p.first, p.room()), len(p.places.left))
	p.part(l, "layers", p.first, end, len(p.places.left))
	l.Add(th.Plain, "  ")
	p.part(l, "lines", p.top, min(p.top+p.shownHeight(), p.places.height), p.places.height)
	if failed := p.countNodes(func(n *dagNode) bool { return broke(n.row.State) }); failed > 0 {
		l.Add(th.Bad, "  "+th.Glyphs.Cross+" "+Count(failed)).Add(th.Dim, " by f")
	}
	return l.String()
}

// part says which of something is on the screen, in numbers and as a bar.
func (p *dagPane) part(l *theme.Line, name theme.Text, from, to, of int) {
	th := p.c.Theme
	words := Count(from+1) + "-" + Count(max(to, from+1)) + " of " + Count(of)
	if from == 0 && to >= of {
		words = "all " + Count(of)
	}
	l.Add(th.Dim, name+" ").Add(th.Plain, words+" ")
	if l.Left() < mapWidth+1 || of == 0 {
		return
	}
	a := min(from*mapWidth/of, mapWidth-1)
	b := max(min((to*mapWidth+of-1)/of, mapWidth), a+1)
	l.Add(th.Border, th.Glyphs.Wait.Repeat(a)).Add(th.Accent, th.Glyphs.Work.Repeat(b-a)).Add(th.Border, th.Glyphs.Wait.Repeat(mapWidth-b))
}

func (p *dagPane) countNodes(is func(*dagNode) bool) int {
	n := 0
	for i := range p.nodes {
		if is(&p.nodes[i]) {
			n += max(p.nodes[i].many, 1)
		}
	}
	return n
}

// watch are the members whose nodes are on the screen.
func (p *dagPane) watch() []engine.ExecutionID {
	if p.places == nil {
		return nil
	}
	var ids []engine.ExecutionID
	for layer := p.first; layer < p.places.layersFrom(p.first, p.room()); layer++ {
		for y := p.top; y < p.top+p.shownHeight() && len(ids) < mostWatch; y++ {
			v := p.places.at(layer, y)
			if v >= 0 && v < len(p.nodes) && p.nodes[v].many == 0 && y == p.places.port(v) {
				ids = append(ids, p.nodes[v].row.ID)
			}
		}
	}
	return ids
}
