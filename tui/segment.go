package tui

import (
	"ffboard/theme"
	"ffboard/views"
)

// segment is a piece of a line of the header or footer. Where room is short those with the lowest keep go first.
type segment struct {
	cells []views.Cell
	keep  int
}

func seg(keep int, s theme.Style, t theme.Text) segment {
	return segment{cells: []views.Cell{{Text: t, Style: s}}, keep: keep}
}

func (s segment) width() int {
	w := 0
	for _, c := range s.cells {
		w += c.Text.Width()
	}
	return w
}

// row draws segments on the left and on the right with sep between them and a blank at both ends; it drops what does not fit.
func row(th *theme.Theme, left, right []segment, sep theme.Text, width int) string {
	left, right = fit(left, right, sep.Width(), width)
	l := th.Line(width).Add(th.Plain, " ")
	join(l, th, left, sep)
	if len(right) > 0 {
		l.Fill(width - total(right, sep.Width()) - 1)
		join(l, th, right, sep)
	}
	return l.String()
}

func join(l *theme.Line, th *theme.Theme, segments []segment, sep theme.Text) {
	for i, s := range segments {
		if i > 0 {
			l.Add(th.Border, sep)
		}
		for _, c := range s.cells {
			l.Add(c.Style, c.Text)
		}
	}
}

func fit(left, right []segment, sep, width int) (keptLeft, keptRight []segment) {
	for needs(left, right, sep) > width && len(left)+len(right) > 1 {
		i, j := weakest(left), weakest(right)
		if j < 0 || i >= 0 && left[i].keep <= right[j].keep {
			left = without(left, i)
		} else {
			right = without(right, j)
		}
	}
	return left, right
}

// needs is how wide a row of all segments is.
func needs(left, right []segment, sep int) int {
	w := total(left, sep) + total(right, sep) + 2
	if len(left) > 0 && len(right) > 0 {
		w += sep
	}
	return w
}

func total(segments []segment, sep int) int {
	w := max(len(segments)-1, 0) * sep
	for _, s := range segments {
		w += s.width()
	}
	return w
}

// weakest is the last of the segments with the lowest keep; -1 when there is none.
func weakest(segments []segment) int {
	found := -1
	for i, s := range segments {
		if found < 0 || s.keep <= segments[found].keep {
			found = i
		}
	}
	return found
}

func without(segments []segment, i int) []segment {
	kept := make([]segment, 0, len(segments)-1)
	kept = append(kept, segments[:i]...)
	return append(kept, segments[i+1:]...)
}
