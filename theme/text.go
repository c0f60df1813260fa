package theme

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Text is text that is safe to draw: printable runes only, no control bytes, no escape sequences, one line.
type Text string

// Width is how many cells the text takes.
func (t Text) Width() int {
	w := 0
	for _, r := range string(t) {
		if r >= 0x80 && !narrow(r) {
			return ansi.StringWidth(string(t))
		}
		w++
	}
	return w
}

// narrow tells the runes beyond ASCII that a dashboard is full of and that stand for themselves in one cell: letters of Latin, lines,
// blocks and most of our glyphs. All others are measured by grapheme.
func narrow(r rune) bool {
	return 0xa1 <= r && r < 0x300 && r != 0xad || 0x2500 <= r && r < 0x25fb || r == '…' || r == '›' || r == '✓' || r == '✗'
}

// cut shortens the text to width cells, the last of them the ellipsis. The result may be a cell narrower where a wide rune did
// not fit.
func (t Text) cut(width int, ellipsis Text) Text {
	if width <= 0 {
		return ""
	}
	if len(t) <= width || t.Width() <= width {
		return t
	}
	room := width - ellipsis.Width()
	if room < 0 {
		return ""
	}
	return t.prefix(room) + ellipsis
}

// prefix is the longest beginning of whole graphemes that fits into width cells.
func (t Text) prefix(width int) Text {
	for i := range min(width+1, len(t)) {
		if t[i] >= 0x80 {
			return Text(ansi.Truncate(string(t), width, ""))
		}
	}
	return t[:min(width, len(t))]
}

// Repeat is n times the text.
func (t Text) Repeat(n int) Text { return Text(strings.Repeat(string(t), max(n, 0))) }

// Trim is the text without blanks at its ends.
func (t Text) Trim() Text { return Text(strings.Trim(string(t), " ")) }

// Join puts sep between the parts.
func Join(parts []Text, sep Text) Text {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteString(string(sep))
		}
		b.WriteString(string(p))
	}
	return Text(b.String())
}

// Number is n in digits.
func Number[N ~int | ~int64 | ~uint64 | ~uint32 | ~uint16](n N) Text {
	if n < 0 {
		return "-" + digits(-uint64(n))
	}
	return digits(uint64(n))
}

func digits(n uint64) Text {
	var buf [20]byte
	i := len(buf)
	for {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
		if n == 0 {
			return Text(buf[i:])
		}
	}
}
