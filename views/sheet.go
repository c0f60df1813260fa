package views

import "sort"

// sheet is lines that are drawn when they are seen. line is asked for 0 to count-1.
type sheet struct {
	count int
	line  func(i int) string
}

// drawn is a sheet of lines that are drawn already.
func drawn(lines []string) sheet {
	return sheet{len(lines), func(i int) string { return lines[i] }}
}

// inParts is a sheet of parts of some lines each, which are drawn when one of their lines is seen.
func inParts(parts int, lines func(part int) int, draw func(part int) []string) sheet {
	ends := make([]int, parts)
	count := 0
	for i := range ends {
		count += lines(i)
		ends[i] = count
	}
	last, of := []string(nil), -1
	return sheet{count, func(i int) string {
		part := sort.SearchInts(ends, i+1)
		if part != of {
			last, of = draw(part), part
		}
		return last[i-ends[part]+lines(part)]
	}}
}

// and puts another sheet below.
func (s sheet) and(below sheet) sheet {
	return sheet{s.count + below.count, func(i int) string {
		if i < s.count {
			return s.line(i)
		}
		return below.line(i - s.count)
	}}
}

// beside puts another sheet to the right with a blank column between; where one is shorter, blank lines of its width stand for it.
func (s sheet) beside(right sheet, blankLeft, blankRight string) sheet {
	return sheet{max(s.count, right.count), func(i int) string {
		l, r := blankLeft, blankRight
		if i < s.count {
			l = s.line(i)
		}
		if i < right.count {
			r = right.line(i)
		}
		return l + " " + r
	}}
}

// fill shows the sheet in a viewport.
func (s sheet) fill(v *Viewport) {
	v.Count = s.count
	v.Line = func(i, _ int) string { return s.line(i) }
}
