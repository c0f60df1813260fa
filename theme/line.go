package theme

import "strings"

// Line is one line of the screen under construction. It is never wider than its width, and its String is exactly that wide.
type Line struct {
	th    *Theme
	b     strings.Builder
	width int
	used  int
	open  Style // the style in force
	bar   *Style
}

// Line begins a line of width cells.
func (t *Theme) Line(width int) *Line {
	l := &Line{th: t, width: max(width, 0)}
	l.b.Grow(width + 48)
	return l
}

// Bar draws everything from here on in s, whatever its own style: the selected row.
func (l *Line) Bar(s Style) *Line {
	l.bar = &s
	return l
}

// Left is how many cells are still free.
func (l *Line) Left() int { return l.width - l.used }

// Add appends t, cut to what is left of the line.
func (l *Line) Add(s Style, t Text) *Line {
	if l.used >= l.width {
		return l
	}
	t = l.th.shown(t)
	l.write(s, t.cut(l.width-l.used, l.th.Glyphs.Ellipsis))
	return l
}

// Field appends t in exactly width cells: cut, or padded on the side that a does not name.
func (l *Line) Field(s Style, t Text, width int, a Align) *Line {
	end := min(l.used+width, l.width)
	t = l.th.shown(t).cut(end-l.used, l.th.Glyphs.Ellipsis)
	if a == Right {
		l.blanks(end - l.used - t.Width())
	}
	l.write(s, t)
	return l.Fill(end)
}

// Fill appends blanks up to column, counted from 0.
func (l *Line) Fill(column int) *Line {
	l.blanks(min(column, l.width) - l.used)
	return l
}

// Rest appends t at the right end of the line with at least one blank before it, or nothing if it does not fit whole.
func (l *Line) Rest(s Style, t Text) *Line {
	w := l.th.shown(t).Width()
	if l.used+w+1 > l.width {
		return l
	}
	return l.Fill(l.width-w).Add(s, t)
}

// String is the line, padded to its width, with no sequence left open.
func (l *Line) String() string {
	if l.bar == nil {
		l.style(Style{}) // before the padding, so that it can be told from what is drawn
	}
	l.Fill(l.width)
	l.style(Style{})
	return l.b.String()
}

func (l *Line) write(s Style, t Text) {
	if t == "" {
		return
	}
	if l.bar != nil {
		s = *l.bar
	}
	l.style(s)
	l.b.WriteString(string(t))
	l.used += t.Width()
}

func (l *Line) blanks(n int) {
	if n <= 0 {
		return
	}
	switch {
	case l.bar != nil:
		l.style(*l.bar)
	case l.open.ground:
		l.style(Style{})
	}
	for ; n > len(spaces); n -= len(spaces) {
		l.b.WriteString(spaces)
		l.used += len(spaces)
	}
	l.b.WriteString(spaces[:n])
	l.used += n
}

// style puts s in force. Sequences are most of what a frame sends, so a style stays in force over blanks that do not show it.
func (l *Line) style(s Style) {
	switch {
	case s == l.open:
		return
	case l.open.open == "":
		l.b.WriteString(s.open)
	case s.open == "":
		l.b.WriteString(reset)
	default:
		l.b.WriteString("\x1b[0;")
		l.b.WriteString(strings.TrimPrefix(s.open, "\x1b["))
	}
	l.open = s
}

const spaces = "                                                                "
