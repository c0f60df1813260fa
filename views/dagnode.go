package views

import (
	"ffboard/engine"
	"ffboard/theme"
)

// drawNode draws a line of a node in exactly width cells of l.
func (p *dagPane) drawNode(l *theme.Line, v, line, width int) {
	n := &p.nodes[v]
	selected := n.row.ID == p.selected
	if !p.places.look.boxed {
		p.drawFlat(l, n, width, selected, len(p.layout.vertices[v].next) > 0)
		return
	}
	th := p.c.Theme
	border := th.Border
	if selected {
		border = th.Accent
	}
	g := &th.Glyphs
	switch line {
	case 0:
		boxEdge(th, l, border, g.TopLeft, g.TopRight, Cell{ShortExecution(n.row.ID), th.Dim}, width)
	case boxHeight - 1:
		boxEdge(th, l, border, g.BottomLeft, g.BottomRight, p.markCell(n), width)
	default:
		label, inner := p.labelCell(n), max(width-2, 0)
		if selected {
			label.Style = p.selection()
		}
		text := " " + label.Text
		text += theme.Text(" ").Repeat(inner - text.Width()) // part of the selection
		l.Add(border, g.Vertical).Field(label.Style, text, inner, theme.Left).Add(border, g.Vertical)
	}
}

// selection is the style of the selected node.
func (p *dagPane) selection() theme.Style {
	if p.blurred {
		return p.c.Theme.Accent
	}
	return p.c.Theme.Selected
}

// boxEdge draws the upper or lower border of a box with a word in it.
func boxEdge(th *theme.Theme, l *theme.Line, border theme.Style, from, to theme.Text, word Cell, width int) {
	dash := th.Glyphs.Horizontal
	used := 2
	l.Add(border, from)
	if w := word.Text.Width(); w > 0 && w+4 <= width {
		l.Add(border, " ").Add(word.Style, word.Text).Add(border, " ")
		used += w + 2
	}
	l.Add(border, dash.Repeat(width-used)).Add(border, to)
}

// drawFlat draws a node on one line: policy, state and name, the id where there is room, and a line to where its links begin.
func (p *dagPane) drawFlat(l *theme.Line, n *dagNode, width int, selected, linked bool) {
	th := p.c.Theme
	end := l.Left() - width
	add := func(c Cell) {
		if selected {
			c.Style = p.selection()
		}
		l.Field(c.Style, c.Text, min(c.Text.Width(), max(l.Left()-end, 0)), theme.Left)
	}
	if mark := p.markCell(n); mark.Text != "" {
		add(Cell{mark.Text + " ", mark.Style})
	}
	add(p.labelCell(n))
	if p.places.look.id && n.row.Kind != "" {
		add(Cell{" " + ShortExecution(n.row.ID), th.Dim})
	}
	rest := l.Left() - end
	if !linked || rest == 0 {
		l.Add(th.Plain, theme.Text(" ").Repeat(rest))
		return
	}
	weight := lineOpen
	if selected {
		weight = lineSelected
	}
	l.Add(th.Plain, " ").Add(p.strike(weight), th.Glyphs.Horizontal.Repeat(rest-1))
}

// labelCell is a node's state and name.
func (p *dagPane) labelCell(n *dagNode) Cell {
	th := p.c.Theme
	look := StateLook(n.row.State)
	s := th.StateStyle(look)
	if n.row.State == "" {
		s = th.Dim // purged, or no member of the flow
	}
	return Cell{th.StateGlyph(look) + " " + nodeLabel(n), s}
}

// markCell is a node's policy in the style of its group's state.
func (p *dagPane) markCell(n *dagNode) Cell {
	mark := nodeMark(n)
	if mark == "" {
		return Cell{}
	}
	if unreachable(n.group) {
		return Cell{mark, p.c.Theme.Bad}
	}
	return Cell{mark, groupStyle(p.c.Theme, n.group.State)}
}

// foot is a line about the selected node: its id and what it waits for, and what is not drawn.
func (p *dagPane) foot() string {
	th := p.c.Theme
	l := th.Line(p.width)
	n := p.current()
	if n == nil {
		return l.String()
	}
	l.Add(th.Plain, " ").Add(th.Accent, ShortExecution(n.row.ID)).Add(th.Plain, " ")
	state := memberState(th, &n.row)
	l.Add(state.Style, state.Text)
	switch {
	case n.group != nil && !n.row.State.Terminal():
		words := waitWords(th, n.group, &n.row)
		l.Add(th.Dim, " "+th.Glyphs.Dot+" ").Add(words.Style, words.Text)
	default:
		if note := memberNote(p.c, &n.row); note.Text != "" {
			l.Add(th.Dim, " "+th.Glyphs.Dot+" ").Add(note.Style, note.Text)
		}
	}
	if left := p.notDrawn(); left > 0 {
		l.Rest(th.Warn, Plural(left, "edge", "edges")+" not drawn")
	}
	return l.String()
}

// notDrawn counts the edges that the drawing leaves out: those that close a cycle, that lead nowhere, and those beyond its limits.
func (p *dagPane) notDrawn() int {
	if p.layout == nil {
		return 0
	}
	return p.layout.leftOut + p.beyond
}

// row is the selected member; nil when there is none.
func (p *dagPane) row() *engine.ExecutionRow {
	if n := p.current(); n != nil {
		return &n.row
	}
	return nil
}
