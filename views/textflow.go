package views

import (
	"strconv"
	"strings"

	"ffboard/theme"
)

const (
	mostFlowLines = 20_000
	fewerLines    = 5000 // let go at once when there are more
	// longestOpen is how many bytes a text without a line end may grow to before it is broken: all of it is laid out anew with each
	// piece that comes.
	longestOpen = 8 << 10
)

// textFlow lays out text that comes in pieces: words are wrapped, and a piece goes on where the one before it stopped.
type textFlow struct {
	width int
	lines []flowLine
	open  string // raw text behind the last line end
	last  []flowLine

	parts []*textFlow // texts that are written at the same time, each line of which comes here when it is whole
}

// flowLine is a line of a flow. Aside is what stands between the text.
type flowLine struct {
	text   theme.Text
	aside  bool
	source int // of several texts, from 1
}

// of is the text of one of several sources, which goes on by itself whatever the others write; 0 is the only one.
func (f *textFlow) of(source int) *textFlow {
	if source == 0 {
		return f
	}
	for len(f.parts) < source {
		f.parts = append(f.parts, &textFlow{width: f.width})
	}
	f.gather()
	return f.parts[source-1]
}

// gather takes the lines over that are whole.
func (f *textFlow) gather() {
	for i, p := range f.parts {
		f.lines = append(f.lines, fromPart(i+1, p.lines)...)
		p.lines = nil
	}
}

// settleAll settles all texts; what has no line end yet stands at the end, one text below the other.
func (f *textFlow) settleAll() (dropped int) {
	f.gather()
	dropped = f.settle()
	for i, p := range f.parts {
		p.settle()
		f.last = append(f.last, fromPart(i+1, p.last)...)
	}
	return dropped
}

func fromPart(source int, lines []flowLine) []flowLine {
	for i := range lines {
		lines[i].source = source
	}
	return lines
}

// write adds a piece of text. The layout of what has no line end yet waits for settle.
func (f *textFlow) write(piece string) {
	f.open += piece
	for {
		i := strings.IndexByte(f.open, '\n')
		if i < 0 {
			break
		}
		f.finish(strings.TrimSuffix(f.open[:i], "\r"))
		f.open = f.open[i+1:]
	}
	for len(f.open) > longestOpen {
		cut := strings.LastIndexByte(f.open[:longestOpen], ' ') + 1
		if cut == 0 {
			cut = longestOpen
		}
		f.finish(f.open[:cut])
		f.open = f.open[cut:]
	}
}

// aside puts a line of its own between the text.
func (f *textFlow) aside(text theme.Text) {
	if f.open != "" {
		f.finish(f.open)
		f.open = ""
	}
	f.lines = append(f.lines, flowLine{text: text, aside: true})
}

// settle lays out the text behind the last line end, and lets go of the oldest lines where there are too many: so many as it returns.
func (f *textFlow) settle() (dropped int) {
	f.last = nil
	if f.open != "" {
		for _, t := range wrapWords(f.open, f.width) {
			f.last = append(f.last, flowLine{text: t})
		}
	}
	if len(f.lines) <= mostFlowLines {
		return 0
	}
	dropped = len(f.lines) - mostFlowLines + fewerLines
	f.lines = append([]flowLine(nil), f.lines[dropped:]...)
	return dropped
}

func (f *textFlow) count() int { return len(f.lines) + len(f.last) }

func (f *textFlow) line(i int) flowLine {
	if i < len(f.lines) {
		return f.lines[i]
	}
	return f.last[i-len(f.lines)]
}

func (f *textFlow) finish(line string) {
	for _, t := range wrapWords(line, f.width) {
		f.lines = append(f.lines, flowLine{text: t})
	}
}

// wrapWords breaks one line of a stranger's text between words, and within words that are wider than a line. An empty line is one.
func wrapWords(raw string, width int) []theme.Text {
	text := theme.Whole(strings.ReplaceAll(raw, "\t", "    "))
	var lines []theme.Text
	var line theme.Text // that is being filled
	used := 0
	for text != "" {
		end := wordEnd(text)
		word := text[:end]
		text = text[end:]
		w := word.Width()
		switch {
		case used+w <= width:
			line, used = line+word, used+w
		case blank(word):
			if line != "" {
				lines = append(lines, line)
			}
			line, used = "", 0
		case w <= width:
			lines = append(lines, line)
			line, used = word, w
		default:
			if line != "" {
				lines = append(lines, line)
			}
			broken, _ := theme.Lines(string(word), max(width, 1), len(word))
			last := len(broken) - 1
			lines = append(lines, broken[:last]...)
			line, used = broken[last], broken[last].Width()
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// wrapFirst is wrapWords for a text of which no more than so many lines are wanted, whatever its length: it reads ever more until there are
// as many.
func wrapFirst(raw string, width, lines int) []theme.Text {
	for share := 8; ; share /= 2 {
		part := beginning(raw, max(width*lines/share, 1))
		if wrapped := wrapWords(part, width); len(wrapped) > lines || len(part) == len(raw) || share == 1 {
			return wrapped
		}
	}
}

// beginning is no less of a text than fits into so many cells: a cell holds a rune and three marks of up to four bytes.
func beginning(s string, cells int) string { return s[:min(len(s), 16*cells)] }

// rowEnds is how much of each end of a long name a row's id holds, with its length between them.
const rowEnds = 512

// rowID tells a row from others by several things that strangers may have chosen, and whose length they choose, too: it costs the same
// whatever that is.
func rowID(parts ...string) string {
	for i, part := range parts {
		if n := len(part); n > 2*rowEnds {
			parts[i] = part[:rowEnds] + strconv.Itoa(n) + part[n-rowEnds:]
		}
	}
	return strings.Join(parts, "|")
}

// wordEnd is the end of the run of blanks, or of others, that a text begins with.
func wordEnd(t theme.Text) int {
	end := 1
	for end < len(t) && (t[end] == ' ') == (t[0] == ' ') {
		end++
	}
	return end
}

func blank(t theme.Text) bool { return t != "" && t[0] == ' ' }
