package tui

import (
	"slices"
	"strings"

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
	style := th.Border
	if strings.TrimSpace(string(sep)) == "" {
		style = th.Plain
	}
	for i, s := range segments {
		if i > 0 {
			l.Add(style, sep)
		}
		for _, c := range s.cells {
			l.Add(c.Style, c.Text)
		}
	}
}

// fit keeps what there is room for, those with the highest keep first. The first of them always stays.
func fit(left, right []segment, sep, width int) (keptLeft, keptRight []segment) {
	if needs(left, right, sep) <= width {
		return left, right
	}
	all := slices.Concat(left, right)
	keep := make([]bool, len(all))
	room := width - 2 + sep
	for first := true; ; first = false {
		next, highest := -1, 0
		for i, s := range all {
			if !keep[i] && s.keep > highest && (first || s.width()+sep <= room) {
				next, highest = i, s.keep
			}
		}
		if next < 0 {
			break
		}
		keep[next] = true
		room -= all[next].width() + sep
	}
	return kept(left, keep), kept(right, keep[len(left):])
}

func kept(segments []segment, keep []bool) []segment {
	var out []segment
	for i, s := range segments {
		if keep[i] {
			out = append(out, s)
		}
	}
	return out
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
