package views

// sheet is lines that are drawn when they are seen. line is asked for 0 to count-1.
type sheet struct {
	count int
	line  func(i int) string
}

// drawn is a sheet of lines that are drawn already.
func drawn(lines []string) sheet {
	return sheet{len(lines), func(i int) string { return lines[i] }}
}

// and puts another sheet below.
func (b sheet) and(below sheet) sheet {
	return sheet{b.count + below.count, func(i int) string {
		if i < b.count {
			return b.line(i)
		}
		return below.line(i - b.count)
	}}
}

// fill shows the sheet in a viewport.
func (b sheet) fill(v *Viewport) {
	v.Count = b.count
	v.Line = func(i, _ int) string { return b.line(i) }
}
