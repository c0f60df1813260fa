package views

import (
	"strings"

	"ffboard/theme"
)

// gap is the blank between two columns.
const gap = 1

// View draws the header, the rows on the screen and, while there is a query or a mark, a line about it at the bottom: height lines of
// width.
func (t *Table[R]) View(th *theme.Theme) string {
	if t.height == 0 {
		return ""
	}
	widths := t.widths()
	lines := make([]string, 0, t.height)
	lines = append(lines, t.header(th, widths))
	end := min(t.top+t.page(), len(t.order))
	for place := t.top; place < end; place++ {
		lines = append(lines, t.row(th, widths, place))
	}
	if len(t.order) == 0 {
		lines = append(lines, th.Line(t.width).Add(th.Dim, "  "+t.emptiness()).String())
	}
	foot := 0
	if t.hasFoot() && t.height > headerLines {
		foot = 1
	}
	lines = Fit(th, lines, t.width, t.height-foot)
	if foot > 0 {
		lines = append(lines, t.foot(th))
	}
	return strings.Join(lines, "\n")
}

func (t *Table[R]) hasFoot() bool { return t.filter.Active() || len(t.marks.order) > 0 }

// foot is the filter's line, or else that of the marks.
func (t *Table[R]) foot(th *theme.Theme) string {
	if !t.filter.Active() {
		return t.markLine(th)
	}
	note := Count(len(t.order)) + " of " + Count(len(t.rows))
	if marked := t.markWords(); marked != "" {
		note += ", " + marked
	}
	return t.filter.View(th, t.width, note)
}

func (t *Table[R]) emptiness() theme.Text {
	switch {
	case !t.loaded:
		return "loading"
	case len(t.rows) > 0:
		return "nothing matches the filter"
	default:
		return t.Empty
	}
}

func (t *Table[R]) header(th *theme.Theme, widths []int) string {
	l := th.Line(t.width).Add(th.Plain, " ")
	for i := range t.Columns {
		if widths[i] == 0 {
			continue
		}
		title := t.Columns[i].Title
		if t.sorting(i) {
			title = t.direction(th) + title
		}
		l.Field(th.Head, title, widths[i], t.Columns[i].Align).Add(th.Plain, " ")
	}
	return l.String()
}

func (t *Table[R]) direction(th *theme.Theme) theme.Text {
	if t.downward {
		return th.Glyphs.Down
	}
	return th.Glyphs.Up
}

func (t *Table[R]) row(th *theme.Theme, widths []int, place int) string {
	r := &t.rows[t.order[place]]
	l := th.Line(t.width)
	mark := t.gutter(th, place == t.at, len(t.marks.order) > 0 && t.marks.has(t.ID(r)))
	switch {
	case place != t.at && mark == unmarked:
		l.Add(th.Plain, mark)
	case place != t.at:
		l.Add(th.Accent, mark)
	case t.Blurred:
		l.Add(th.Dim, mark)
	default:
		l.Bar(th.Selected).Add(th.Plain, mark)
	}
	for i := range t.Columns {
		if widths[i] == 0 {
			continue
		}
		end := t.width - l.Left() + widths[i]
		if t.Columns[i].Cells != nil {
			for _, c := range t.Columns[i].Cells(r, widths[i]) {
				l.Field(c.Style, c.Text, min(c.Text.Width(), end-(t.width-l.Left())), theme.Left)
			}
			l.Fill(end + gap)
			continue
		}
		c := t.Columns[i].Cell(r)
		l.Field(c.Style, c.Text, widths[i], t.Columns[i].Align).Fill(end + gap)
	}
	return l.String()
}

// widths shares the table's width among the columns; 0 for those that do not fit.
func (t *Table[R]) widths() []int {
	widths := make([]int, len(t.Columns))
	need, flex := 1, 0 // one cell for the selection's mark
	for i, c := range t.Columns {
		widths[i] = c.Width
		need += c.Width + gap
		flex += c.Flex
	}
	for need-gap > t.width {
		i := t.mostDroppable(widths)
		if i < 0 {
			break
		}
		need -= widths[i] + gap
		flex -= t.Columns[i].Flex
		widths[i] = 0
	}
	room := t.width - (need - gap)
	for i, c := range t.Columns {
		if room <= 0 || flex == 0 || widths[i] == 0 || c.Flex == 0 {
			continue
		}
		extra := room * c.Flex / flex
		widths[i] += extra
		room -= extra
		flex -= c.Flex
	}
	return widths
}

// mostDroppable is the visible column with the highest Drop, the rightmost of equals; -1 when all that are left must stay.
func (t *Table[R]) mostDroppable(widths []int) int {
	found, highest := -1, 1
	for i, c := range t.Columns {
		if widths[i] > 0 && c.Drop >= highest {
			found, highest = i, c.Drop
		}
	}
	return found
}

// Fit makes lines, each width wide already, exactly height of them: it cuts at the bottom and fills with blank ones.
func Fit(th *theme.Theme, lines []string, width, height int) []string {
	if len(lines) > height {
		return lines[:max(height, 0)]
	}
	if len(lines) < height {
		blank := th.Line(width).String()
		for len(lines) < height {
			lines = append(lines, blank)
		}
	}
	return lines
}
