package views

import (
	"ffboard/theme"
)

// Fact is one line of a panel: a name and what is to say about it, in one or several cells that follow each other.
type Fact struct {
	Name  theme.Text
	Cells []Cell
}

// F is a fact in one plain cell.
func F(name, value theme.Text) Fact { return Fact{Name: name, Cells: []Cell{{Text: value}}} }

// FS is a fact in one cell of a style.
func FS(name theme.Text, s theme.Style, value theme.Text) Fact {
	return Fact{Name: name, Cells: []Cell{{Text: value, Style: s}}}
}

// Panel draws a title with a rule behind it and facts in two aligned columns, each line width wide. Facts without anything to say
// are left out.
func Panel(th *theme.Theme, title theme.Text, facts []Fact, width int) []string {
	names := 0
	for _, f := range facts {
		if f.says() {
			names = max(names, f.Name.Width())
		}
	}
	lines := []string{Rule(th, title, width)}
	for _, f := range facts {
		if !f.says() {
			continue
		}
		l := th.Line(width).Add(th.Plain, " ").Field(th.Dim, f.Name, names, theme.Left).Add(th.Plain, "  ")
		for _, c := range f.Cells {
			l.Add(c.Style, c.Text)
		}
		lines = append(lines, l.String())
	}
	return lines
}

func (f Fact) says() bool {
	for _, c := range f.Cells {
		if c.Text != "" {
			return true
		}
	}
	return false
}

// Rule is a title with a line behind it to the end of the width.
func Rule(th *theme.Theme, title theme.Text, width int) string {
	l := th.Line(width).Add(th.Border, th.Glyphs.Horizontal+" ").Add(th.Title, title).Add(th.Plain, " ")
	return l.Add(th.Border, th.Glyphs.Horizontal.Repeat(l.Left())).String()
}

// Text draws a stranger's text of several lines, indented by one and wrapped, at most most lines; where there is more, the last one
// says so.
func Text(th *theme.Theme, s theme.Style, text string, width, most int) []string {
	wrapped, rest := theme.Lines(text, max(width-2, 1), most)
	var lines []string
	for _, t := range wrapped {
		lines = append(lines, th.Line(width).Add(th.Plain, " ").Add(s, t).String())
	}
	if rest != "" {
		lines = append(lines, th.Line(width).Add(th.Dim, " "+th.Glyphs.Ellipsis+" more").String())
	}
	return lines
}

// Beside puts two blocks next to each other with a blank column between: left is leftWidth wide, right rightWidth. The shorter one is
// filled with blank lines.
func Beside(th *theme.Theme, left []string, leftWidth int, right []string, rightWidth int) []string {
	height := max(len(left), len(right))
	left, right = Fit(th, left, leftWidth, height), Fit(th, right, rightWidth, height)
	lines := make([]string, height)
	for i := range lines {
		lines[i] = left[i] + " " + right[i]
	}
	return lines
}

// Box frames lines of width cells for a dialog: the result is four wider and two higher. foot stands in the bottom border.
func Box(th *theme.Theme, title theme.Text, lines []string, width int, foot theme.Text) []string {
	g := &th.Glyphs
	side := th.Border.Render(g.Vertical)
	framed := make([]string, 0, len(lines)+2)
	framed = append(framed, edge(th, g.TopLeft, g.TopRight, th.Title, title, width+4))
	for _, line := range lines {
		framed = append(framed, side+" "+line+" "+side)
	}
	return append(framed, edge(th, g.BottomLeft, g.BottomRight, th.Dim, foot, width+4))
}

func edge(th *theme.Theme, from, to theme.Text, s theme.Style, text theme.Text, width int) string {
	l := th.Line(width-1).Add(th.Border, from+th.Glyphs.Horizontal)
	if text != "" {
		room := max(width-6, 0) // corners, the first dash and the blanks around the text, and a dash at the end
		l.Add(th.Plain, " ").Field(s, text, min(text.Width(), room), theme.Left).Add(th.Plain, " ")
	}
	return l.Add(th.Border, th.Glyphs.Horizontal.Repeat(l.Left())).String() + th.Border.Render(to)
}
