package views

import (
	"slices"
	"strings"

	"ffboard/theme"
)

// jsonFold is a JSON document of which parts may be folded. It is made of its indented text: what a line opens ends at the next line that
// is indented no deeper.
type jsonFold struct {
	lines  []string
	end    []int // of a line that opens something, the line that closes it; 0 of any other
	folded []bool
	at     int // the line under the cursor

	width int // that rows were laid out for
	rows  []foldRow
	next  int    // the line that comes behind them, or of which
	rest  string // comes behind them
}

// foldRow is a line on the screen: a part of one of the document.
type foldRow struct {
	line  int
	text  theme.Text
	inner bool // not the first part
}

// newJSONFold is nil where the text has nothing to fold.
func newJSONFold(indented string) *jsonFold {
	f := &jsonFold{lines: strings.Split(indented, "\n")}
	f.end, f.folded = make([]int, len(f.lines)), make([]bool, len(f.lines))
	var open []int
	for i, line := range f.lines {
		if n := len(open); n > 0 && closes(line) {
			f.end[open[n-1]] = i
			open = open[:n-1]
		}
		if strings.HasSuffix(line, "{") || strings.HasSuffix(line, "[") {
			open = append(open, i)
		}
	}
	if len(open) > 0 || f.end[0] == 0 {
		return nil
	}
	return f
}

func closes(line string) bool {
	line = strings.TrimLeft(line, " ")
	return strings.HasPrefix(line, "}") || strings.HasPrefix(line, "]")
}

// layout breaks the lines that are not folded away into rows of width: as many of them as are wanted, and those that were before.
func (f *jsonFold) layout(width, want int) []foldRow {
	if f.width != width {
		f.width, f.rows, f.next, f.rest = width, nil, 0, f.shown(0)
	}
	for want = min(want, mostPayloadLines); f.next < len(f.lines) && len(f.rows) < want; {
		inner := len(f.rows) > 0 && f.rows[len(f.rows)-1].line == f.next
		parts, rest := theme.Lines(f.rest, width, want-len(f.rows))
		for j, part := range parts {
			f.rows = append(f.rows, foldRow{f.next, part, inner || j > 0})
		}
		if f.rest = rest; rest == "" {
			f.pass()
		}
	}
	return f.rows
}

// pass goes on to the next line that is not folded away.
func (f *jsonFold) pass() {
	if f.folded[f.next] {
		f.next = f.end[f.next]
	}
	if f.next++; f.next < len(f.lines) {
		f.rest = f.shown(f.next)
	}
}

// more tells that something stands behind the rows.
func (f *jsonFold) more() bool { return f.next < len(f.lines) }

// whole tells that there are no more rows to be had.
func (f *jsonFold) whole() bool { return !f.more() || len(f.rows) >= mostPayloadLines }

// shown is a line as it stands, or all that it opens in one.
func (f *jsonFold) shown(i int) string {
	if !f.folded[i] {
		return f.lines[i]
	}
	return f.lines[i] + "… " + string(Plural(f.members(i), "member", "members")) + " …" + strings.TrimLeft(f.lines[f.end[i]], " ")
}

// members counts what stands directly in what a line opens.
func (f *jsonFold) members(i int) int {
	n := 0
	for at := i + 1; at < f.end[i]; at++ {
		n++
		if f.end[at] > 0 {
			at = f.end[at]
		}
	}
	return n
}

// toggle folds what the cursor's line opens, or else what it stands in, or unfolds it.
func (f *jsonFold) toggle() {
	at := f.at
	for at > 0 && (f.end[at] < f.at || f.end[at] == 0) {
		at--
	}
	f.folded[at] = !f.folded[at]
	f.at, f.width = at, 0
}

// toggleAll folds everything inside of the document, or unfolds it where something is folded.
func (f *jsonFold) toggleAll() {
	some := slices.Contains(f.folded, true)
	for i := range f.folded {
		f.folded[i] = !some && i > 0 && f.end[i] > 0
	}
	if !some {
		f.at = f.outer(f.at)
	}
	f.width = 0
}

// outer is the line that is left of a line when everything inside of the document is folded.
func (f *jsonFold) outer(line int) int {
	for at := 1; at < line; at++ {
		if f.end[at] == 0 {
			continue
		}
		if f.end[at] >= line {
			return at
		}
		at = f.end[at]
	}
	return line
}

// row is where the cursor's line begins; behind all rows where it is not laid out.
func (f *jsonFold) row() int {
	for i, r := range f.rows {
		if r.line == f.at {
			return i
		}
	}
	return len(f.rows)
}

// move moves the cursor by rows; what does not fit between the ends is cut off.
func (f *jsonFold) move(by int) {
	if len(f.rows) == 0 {
		return
	}
	row := f.row()
	to := max(min(row+by, len(f.rows)-1), 0)
	for by > 0 && to < len(f.rows)-1 && f.rows[to].inner {
		to++
	}
	f.at = f.rows[to].line
}
