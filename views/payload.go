package views

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"ffboard/theme"
)

const (
	// mostPayloadLines bounds what is laid out of one payload.
	mostPayloadLines = 5000
	// deepestIndented is how deep JSON may nest and still be indented: each level costs every line below it two columns.
	deepestIndented = 40
)

// payload is bytes that somebody stored, made ready to be read: JSON indented, text as it is, anything else as a hex dump.
type payload struct {
	kind   theme.Text
	text   string
	length int   // bytes that we have
	size   int64 // bytes that are stored

	width int // that lines were laid out for
	lines []theme.Text
	rest  string // the text behind them
}

// newPayload takes the bytes that were read, which may be fewer than are stored.
func newPayload(data []byte, size int64) *payload {
	p := &payload{length: len(data), size: max(size, int64(len(data)))}
	whole := p.wholeRunes(data)
	switch {
	case len(data) == 0:
		p.kind = "empty"
	case !utf8.Valid(whole) || bytes.IndexByte(whole, 0) >= 0:
		p.kind, p.text = "binary", hexDump(data)
	case json.Valid(data) && startsJSON(data):
		p.kind, p.text = "JSON", indented(data)
	default:
		p.kind, p.text = "text", string(whole)
	}
	return p
}

// wholeRunes leaves out the rune at the end that the cut went through.
func (p *payload) wholeRunes(data []byte) []byte {
	if !p.cut() {
		return data
	}
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		if last := data[len(data)-n:]; utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return data[:len(data)-n]
			}
			return data
		}
	}
	return data
}

// cut tells whether more is stored than was read.
func (p *payload) cut() bool { return int64(p.length) < p.size }

// about is what the payload is and how large: "JSON · 41B", and how much of it is shown where that is not all.
func (p *payload) about(th *theme.Theme) theme.Text {
	text := p.kind
	if p.size > 0 {
		text += " " + th.Glyphs.Dot + " " + Size(p.size)
	}
	if p.cut() {
		text += " " + th.Glyphs.Dot + " the first " + Size(p.length) + " are shown"
	}
	return text
}

// layout breaks the text into lines of width, once for each width: as many of them as are wanted, and those that were before.
func (p *payload) layout(width, want int) []theme.Text {
	if p.width != width {
		p.width, p.lines, p.rest = width, nil, p.text
	}
	if want = min(want, mostPayloadLines) - len(p.lines); want > 0 && p.rest != "" {
		lines, rest := theme.Lines(p.rest, width, want)
		p.lines, p.rest = append(p.lines, lines...), rest
	}
	return p.lines
}

// whole tells that there are no more lines to be had.
func (p *payload) whole() bool { return p.rest == "" || len(p.lines) >= mostPayloadLines }

// sheet is the payload indented by one, as lines that are drawn when they are seen.
func (p *payload) sheet(th *theme.Theme, width, want int) sheet {
	lines := p.layout(max(width-2, 1), want)
	count := len(lines)
	if p.rest != "" {
		count++
	}
	return sheet{count, func(i int) string {
		if i == len(lines) {
			return cellLine(th, width, Cell{" " + th.Glyphs.Ellipsis + " more", th.Dim})
		}
		return cellLine(th, width, Cell{Text: " "}, Cell{Text: lines[i]})
	}}
}

// scroll shows some lines and the payload below them.
func (p *payload) scroll(v *Viewport, th *theme.Theme, head []string, width int) {
	drawn(head).and(p.sheet(th, width, mostPayloadLines)).fill(v)
}

// startsJSON tells JSON that gains from being indented. A bare number or word is text.
func startsJSON(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

func indented(data []byte) string {
	var b bytes.Buffer
	if nesting(data) > deepestIndented || json.Indent(&b, data, "", "  ") != nil {
		return string(data)
	}
	return b.String()
}

// nesting is how deep valid JSON nests.
func nesting(data []byte) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// hexDump is lines of sixteen bytes: offset, hexadecimal, ASCII.
func hexDump(data []byte) string { return strings.TrimSuffix(hex.Dump(data), "\n") }
