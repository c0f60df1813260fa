package theme

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// maxMarks is how many combining marks one rune may carry. More are no language, and would let text go on for ever in no width.
const maxMarks = 3

// mostShown is how many runes of a string Clean shows: no line of a screen has room for more.
const mostShown = 512

// Clean makes a stranger's string safe to draw. What a terminal could obey or hide is shown as an escape: `\x1b`, `\n`, `\u202e`,
// `\xff` for a byte that is no UTF-8. A backslash stays as it is: escapes are for the eye, not for reading back. Of a string that no line
// has room for it is the beginning, with an ellipsis: it costs the same however long the string is.
func Clean(s string) Text {
	if len(s) <= mostShown {
		return Whole(s)
	}
	var c cleaner
	i := 0
	for runes := 0; i < len(s) && runes < mostShown; runes++ {
		i += c.add(s[i:])
	}
	if i < len(s) {
		c.b.WriteString(string(ellipsis))
	}
	return Text(c.b.String())
}

// Whole is Clean without an end: for what is not drawn in one line.
func Whole(s string) Text {
	if printable(s) {
		return Text(s)
	}
	var c cleaner
	c.b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		i += c.add(s[i:])
	}
	return Text(c.b.String())
}

// CleanTo is Clean, cut to width cells with an ellipsis. It reads no more of s than it shows, give or take.
func CleanTo(s string, width int) Text {
	if width <= 0 {
		return ""
	}
	if len(s) <= width && printable(s) {
		return Text(s)
	}
	var c cleaner
	// A cell holds at most a rune and its marks; past that many runes the rest cannot be seen. What is written in ASCII has cells of its
	// own, but for a first one that merges with what stands before: half as much of it is enough.
	limit := (width + 1) * (maxMarks + 1)
	i := 0
	for seen := 0; i < len(s) && seen < limit; {
		before := c.b.Len()
		i += c.add(s[i:])
		seen++
		if c.b.String()[before] < utf8.RuneSelf {
			seen += 2*(c.b.Len()-before) - 1
		}
	}
	t := Text(c.b.String())
	if i == len(s) {
		return t.cut(width, ellipsis)
	}
	return t.prefix(width-1) + ellipsis
}

// Lines makes a stranger's text of several lines safe to draw: it breaks at newlines and at width, and returns at most most lines
// and the text behind them. Tabs become four blanks. It reads no more of s than it returns, give or take.
func Lines(s string, width, most int) (lines []Text, rest string) {
	if width <= 0 {
		return nil, s
	}
	for s != "" && len(lines) < most {
		line, rest := firstLine(s, width)
		lines, s = append(lines, line), rest
	}
	return lines, s
}

// firstLine takes one screen line from s. A newline that follows a full line belongs to it.
func firstLine(s string, width int) (line Text, rest string) {
	var c cleaner
	used := 0
	for i := 0; i < len(s); {
		if n := newline(s[i:]); n > 0 {
			return Text(c.b.String()), s[i+n:]
		}
		if s[i] == '\t' {
			if used+4 > width && used > 0 {
				return Text(c.b.String()), s[i+1:]
			}
			n := min(4, width-used)
			c.b.WriteString("    "[:n])
			used, i = used+n, i+1
			continue
		}
		before, marks, base := c.b.Len(), c.marks, c.base
		n := c.add(s[i:])
		written := c.b.String()[before:]
		w := len(written) // of ASCII
		if written[0] >= utf8.RuneSelf {
			w = ansi.StringWidth(written)
		}
		if used+w > width && used > 0 {
			kept := c.b.String()[:before]
			c.marks, c.base = marks, base
			return Text(kept), s[i:]
		}
		if w > width { // an escape wider than the whole line
			return Text(c.b.String()).prefix(width), s[i+n:]
		}
		used, i = used+w, i+n
	}
	return Text(c.b.String()), ""
}

func newline(s string) int {
	switch {
	case s[0] == '\n':
		return 1
	case s[0] == '\r' && len(s) > 1 && s[1] == '\n':
		return 2
	default:
		return 0
	}
}

// cleaner writes runes or their escapes. It remembers what the last rune was, since a mark is only safe on a base of its own.
type cleaner struct {
	b     strings.Builder
	base  bool // something stands before that a mark may sit on
	jamo  bool // that something is a leading consonant, which would merge with another one
	marks int  // marks on it so far
}

// add writes the first rune of s and returns its length in bytes.
func (c *cleaner) add(s string) int {
	if b := s[0]; b >= 0x20 && b < 0x7f {
		c.b.WriteByte(b)
		c.base, c.jamo, c.marks = true, false, 0
		return 1
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		c.hex('x', rune(s[0]), 2)
		c.base = false
		return 1
	}
	switch {
	case Hidden(r):
		c.escape(r)
	case joins(r):
		if !c.base || c.marks >= maxMarks {
			c.escape(r)
			return n
		}
		c.marks++
		c.b.WriteRune(r)
	case leadingJamo(r) && c.jamo:
		c.escape(r)
	default:
		c.b.WriteRune(r)
		c.base, c.jamo, c.marks = true, leadingJamo(r), 0
	}
	return n
}

func (c *cleaner) escape(r rune) {
	c.base, c.jamo, c.marks = false, false, 0
	switch {
	case r == '\n':
		c.b.WriteString(`\n`)
	case r == '\r':
		c.b.WriteString(`\r`)
	case r == '\t':
		c.b.WriteString(`\t`)
	case r < 0x80:
		c.hex('x', r, 2)
	case r < 0x10000:
		c.hex('u', r, 4)
	default:
		c.hex('U', r, 8)
	}
}

// hex writes an escape with so many digits.
func (c *cleaner) hex(kind byte, r rune, digits int) {
	c.b.WriteByte('\\')
	c.b.WriteByte(kind)
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		c.b.WriteByte("0123456789abcdef"[r>>shift&0xf])
	}
}

// Hidden tells runes that a terminal obeys, draws as nothing, or draws nobody knows how wide: controls, formats (bidi, zero width,
// tags), separators, private use, unassigned, and the letters and marks that Unicode says to ignore.
func Hidden(r rune) bool {
	if !unicode.IsPrint(r) {
		return r != ideographicSpace
	}
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) || unicode.Is(unicode.Variation_Selector, r)
}

const ideographicSpace = '\u3000'

// joins tells runes that merge with the one before: marks, and the vowels and trailing consonants of Hangul.
func joins(r rune) bool {
	return unicode.Is(unicode.M, r) || 0x1160 <= r && r <= 0x11ff || 0xd7b0 <= r && r <= 0xd7ff
}

func leadingJamo(r rune) bool { return 0x1100 <= r && r <= 0x115f || 0xa960 <= r && r <= 0xa97f }

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}
