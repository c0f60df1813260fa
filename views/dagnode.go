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
	if selected || p.path != nil && p.path.nodes[v] {
		border = th.Accent
	}
	g := &th.Glyphs
	switch line {
	case 0:
		boxEdge(th, l, border, g.TopLeft, g.TopRight, p.nameCell(n), Cell{}, width)
	case boxHeight - 1:
		boxEdge(th, l, border, g.BottomLeft, g.BottomRight, p.markCell(n), Cell{nodeTime(p.c, n), th.Dim}, width)
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

// nameCell is the id of a node; a fold has how many it holds.
func (p *dagPane) nameCell(n *dagNode) Cell {
	if n.many > 0 {
		return Cell{foldCount(n) + " " + p.c.Theme.Glyphs.Times, p.c.Theme.Accent}
	}
	return Cell{ShortExecution(n.row.ID), p.c.Theme.Dim}
}

// nodeTime is how long a node was at work, or is, or how old one is that was not yet.
func nodeTime(c *Common, n *dagNode) theme.Text {
	r := n.row
	switch {
	case n.many > 0 || r.Missing:
		return ""
	case r.StartedAt.IsZero():
		return Age(c.Now(), r.CreatedAt)
	case r.CompletedAt.IsZero():
		return Age(c.Now(), r.StartedAt)
	default:
		return Span(max(r.CompletedAt.Sub(r.StartedAt), 0))
	}
}

// boxEdge draws the upper or lower border of a box with a word in it, and another at its end.
func boxEdge(th *theme.Theme, l *theme.Line, border theme.Style, from, to theme.Text, word, last Cell, width int) {
	dash := th.Glyphs.Horizontal
	used := 2
	l.Add(border, from)
	if w := word.Text.Width(); w > 0 && w+4 <= width {
		l.Add(border, " ").Add(word.Style, word.Text).Add(border, " ")
		used += w + 2
	}
	if w := last.Text.Width(); w > 0 && used+w+2 <= width {
		l.Add(border, dash.Repeat(width-used-w-2)).Add(border, " ").Add(last.Style, last.Text).Add(border, " "+to)
		return
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
	if p.places.look.id && n.row.Kind != "" && n.many == 0 {
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
	if n.many > 0 && !p.places.look.boxed {
		return Cell{foldLabel(th, n), s}
	}
	return Cell{th.StateGlyph(look) + " " + nodeLabel(n), s}
}

// markCell is a node's policy with the sign of its group's state.
func (p *dagPane) markCell(n *dagNode) Cell {
	mark := nodeMark(n)
	if mark == "" {
		return Cell{}
	}
	th := p.c.Theme
	if n.group.Unreachable() {
		return Cell{groupSign(th, n.group.State) + " " + mark, th.Bad}
	}
	return Cell{groupSign(th, n.group.State) + " " + mark, groupStyle(th, n.group.State)}
}

// foot is a line about the selected node: its id and what it waits for, and what is not drawn.
func (p *dagPane) foot() string {
	th := p.c.Theme
	l := th.Line(p.width)
	n := p.current()
	if n == nil {
		return l.String()
	}
	if n.many > 0 {
		return l.Add(th.Plain, " ").Add(th.Accent, foldLabel(th, n)).Add(th.Dim, " "+th.Glyphs.Dot+" z unfolds them").String()
	}
	l.Add(th.Plain, " ").Add(th.Accent, ShortExecution(n.row.ID)).Add(th.Plain, " ")
	state := memberState(th, n.row)
	l.Add(state.Style, state.Text)
	if p.path != nil {
		l.Add(th.Dim, " "+th.Glyphs.Dot+" ").Add(th.Plain, pathWords(p.path))
	}
	switch {
	case n.group != nil && !n.row.State.Terminal():
		words := waitWords(th, n.group, n.row)
		l.Add(th.Dim, " "+th.Glyphs.Dot+" ").Add(words.Style, words.Text)
	default:
		if note := memberNote(p.c, n.row); note.Text != "" {
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

// pathWords count what is marked around a failure.
func pathWords(p *dagPath) theme.Text {
	words := "after " + Count(p.up)
	if p.skipped > 0 {
		words += ", skipped " + Count(p.skipped)
	}
	return words
}

// row is the selected member; nil when there is none, or a fold of several.
func (p *dagPane) row() *engine.ExecutionRow {
	if n := p.current(); n != nil && n.many == 0 {
		return n.row
	}
	return nil
}
