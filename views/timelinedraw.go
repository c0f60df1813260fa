package views

import (
	"strings"
	"time"

	"ffboard/engine"
	"ffboard/theme"
)

// timeColumn is the place of the bars among the columns.
const timeColumn = 3

// view draws the axis and the members on the screen.
func (v *timeline) view() string {
	if v.height == 0 {
		return ""
	}
	if v.height <= axisLines {
		return v.axis()
	}
	return strings.Join([]string{v.axis(), v.table.View(v.c.Theme)}, "\n")
}

// axis says which time the bars show: where they begin and end, how long that is, and which part of the whole.
func (v *timeline) axis() string {
	th := v.c.Theme
	l := th.Line(v.width)
	if len(v.table.Rows()) == 0 || v.from.IsZero() {
		return l.String()
	}
	w := v.window()
	l.Add(th.Plain, " ").Add(th.Dim, "span ").Add(th.Plain, longSpan(v.whole()))
	if v.zoom > 1 {
		l.Add(th.Accent, " "+th.Glyphs.Times+Count(v.zoom)).Add(th.Dim, " shows "+longSpan(w.width))
	}
	widths := v.table.widths()
	at := 1
	for i := range timeColumn {
		if widths[i] > 0 {
			at += widths[i] + gap
		}
	}
	first, last := clockIn(w.from, w.width), clockIn(w.from.Add(w.width), w.width)
	if v.to.IsZero() && v.zoom == 1 {
		last = "now"
	}
	l.Fill(at)
	if used := v.width - l.Left(); used > at {
		l.Add(th.Plain, "  ")
	}
	l.Add(th.Dim, first)
	end := at + widths[timeColumn]
	if column := end - last.Width(); column > v.width-l.Left() {
		l.Fill(column).Add(th.Dim, last)
	}
	return l.String()
}

// clockIn is a time of day, as fine as a window of this width needs; with the date where it is longer than a day.
func clockIn(t time.Time, width time.Duration) theme.Text {
	switch {
	case width > 24*time.Hour:
		return theme.Clean(t.Local().Format("01-02 15:04"))
	case width < 10*time.Second:
		return Clock(t)
	default:
		return theme.Clean(t.Local().Format("15:04:05"))
	}
}

// longSpan is a duration in its two largest units: 3m12s.
func longSpan(d time.Duration) theme.Text {
	switch {
	case d < time.Minute:
		return theme.Clean(d.Round(10 * time.Millisecond).String())
	case d < time.Hour:
		return Span(d.Truncate(time.Minute)) + theme.Number(int64(d%time.Minute/time.Second)) + "s"
	case d < 24*time.Hour:
		return Span(d.Truncate(time.Hour)) + theme.Number(int64(d%time.Hour/time.Minute)) + "m"
	default:
		return Span(d) + theme.Number(int64(d%(24*time.Hour)/time.Hour)) + "h"
	}
}

// stateCells are a row's sign, and that of the critical path.
func (v *timeline) stateCells(r *timeRow) []Cell {
	th, look := v.c.Theme, StateLook(r.State)
	cells := []Cell{{th.StateGlyph(look), th.StateStyle(look)}}
	if r.critical {
		cells = append(cells, Cell{" " + th.Glyphs.Critical, th.Accent})
	}
	return cells
}

func (v *timeline) spans(r *timeRow) []span {
	if known, ok := v.known[r.ID]; ok {
		return lifeSpans(r.ExecutionRow, &known.ExecutionSpans, v.c.Now())
	}
	return lifeSpans(r.ExecutionRow, nil, v.c.Now())
}

// bar draws a row's time in cells of width.
func (v *timeline) bar(r *timeRow, width int) []Cell {
	if len(r.Malformed) > 0 && r.CreatedAt.IsZero() {
		return []Cell{malformedNote(v.c.Theme, r.Malformed)}
	}
	w := v.window()
	kinds := w.paint(v.spans(r), width)
	now := -1
	if v.to.IsZero() {
		now = min(w.at(v.c.Now(), width), width)
	}
	var cells []Cell
	for i := 0; i < len(kinds); {
		next := i + 1
		for next < len(kinds) && kinds[next] == kinds[i] && (kinds[i] != spanNone || next != now) {
			next++
		}
		c := v.spanGlyph(r, kinds[i])
		c.Text = c.Text.Repeat(next - i)
		if kinds[i] == spanNone && i == now {
			c, next = Cell{v.c.Theme.Glyphs.Vertical, v.c.Theme.Border}, i+1
		}
		cells = append(cells, c)
		i = next
	}
	return cells
}

// spanGlyph is a cell of a stretch of time.
func (v *timeline) spanGlyph(r *timeRow, k spanKind) Cell {
	th := v.c.Theme
	switch k {
	case spanWait:
		return Cell{th.Glyphs.Wait, th.Dim}
	case spanHeld:
		return Cell{th.Glyphs.Held, th.StateStyle(theme.Suspended)}
	case spanBroken:
		return Cell{th.Glyphs.Cross, th.Bad}
	case spanWork:
		if r.critical {
			return Cell{th.Glyphs.Work, th.Accent}
		}
		return Cell{th.Glyphs.Work, th.StateStyle(StateLook(r.State))}
	default:
		return Cell{Text: " "}
	}
}

// spanCell is how long a row was at work, or not.
func (v *timeline) spanCell(r *timeRow, atWork bool) Cell {
	spans := v.spans(r)
	work, wait := worked(spans)
	switch {
	case len(spans) == 0 || atWork && r.StartedAt.IsZero():
		return Cell{}
	case atWork:
		return Cell{Text: wholeOr(work, r.CompletedAt)}
	default:
		return Cell{wholeOr(wait, r.CompletedAt), v.c.Theme.Dim}
	}
}

// wholeOr is a duration that grows in whole seconds, and one that has ended as it is.
func wholeOr(d time.Duration, ended time.Time) theme.Text {
	if ended.IsZero() {
		return wholeSeconds(d)
	}
	return Span(d)
}

// rowTook is the same from what the row alone tells: sorting reads nothing of what is off the screen.
func (v *timeline) rowTook(r *timeRow, atWork bool) time.Duration {
	end := finish(r.ExecutionRow, v.c.Now())
	switch {
	case r.Missing:
		return 0
	case r.StartedAt.IsZero() && atWork:
		return 0
	case r.StartedAt.IsZero():
		return end.Sub(r.CreatedAt)
	case atWork:
		return end.Sub(r.StartedAt)
	default:
		return r.StartedAt.Sub(r.CreatedAt)
	}
}

// flowSpan is the time from a flow's first member to its last end; the end is zero while one has not ended.
func flowSpan(members []engine.ExecutionRow) (from, to time.Time) {
	open := false
	for i := range members {
		r := &members[i]
		if r.Missing || r.CreatedAt.IsZero() {
			continue
		}
		if from.IsZero() || r.CreatedAt.Before(from) {
			from = r.CreatedAt
		}
		if r.CompletedAt.After(to) {
			to = r.CompletedAt
		}
		open = open || !r.State.Terminal()
	}
	if open {
		return from, time.Time{}
	}
	return from, to
}
