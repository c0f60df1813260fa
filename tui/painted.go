package tui

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// painted knows what the terminal shows, so that a frame is sent as what is new in it: a list that moved by a line is moved by the
// terminal, and a line that changed at its end is written from there on. It reads frames as Bubble Tea's renderer writes them, and lets
// anything else pass as it is; what the terminal shows is unknown after that until all lines are written again.
type painted struct {
	lines []string // nil: unknown
}

const (
	frameBegin = "\x1b[H"
	// unknownLine is no line: none holds a control byte of this kind.
	unknownLine = "\x00"
)

// shorten gives what leads to the same screen as the frame.
func (d *painted) shorten(frame []byte) []byte {
	next, ok := d.after(frame)
	before := d.lines
	d.lines = next
	if !ok || before == nil || len(before) != len(next) {
		return frame
	}
	if short := repaint(before, next); len(short) < len(frame) {
		return short
	}
	return frame
}

// after reads a frame: the lines that the terminal shows then, nil when that is not known. ok is false for what must pass as it is.
func (d *painted) after(frame []byte) (next []string, ok bool) {
	body, found := bytes.CutPrefix(frame, []byte(frameBegin))
	end := bytes.LastIndex(body, []byte("\x1b["))
	if !found || end < 0 {
		return nil, false
	}
	height, found := strings.CutSuffix(string(body[end+2:]), ";H")
	n, err := strconv.Atoi(height)
	if !found || err != nil {
		return nil, false
	}
	segments := strings.Split(string(body[:end]), "\n")
	if len(segments) != n || strings.Contains(segments[n-1], "\x1b[J") {
		return nil, false
	}
	first, anew := strings.CutPrefix(segments[0], "\r") // after a change of size, or when the screen was erased
	segments[0] = first
	next = make([]string, n)
	for i, segment := range segments {
		line, written := strings.CutSuffix(segment, "\r")
		switch {
		case written || i == n-1 && segment != "":
			next[i] = line
		case segment == "" && i < len(d.lines):
			next[i] = d.lines[i]
		default:
			return nil, false
		}
	}
	return next, !anew
}

// repaint leads from one screen to another.
func repaint(before, next []string) []byte {
	var out bytes.Buffer
	if m := bestMove(before, next); m.saves > 0 {
		before = m.write(&out, before)
	}
	for i, line := range next {
		if before[i] == line {
			continue
		}
		column, style, rest := changedFrom(before[i], line)
		out.WriteString("\x1b[" + strconv.Itoa(i+1) + ";" + strconv.Itoa(column+1) + "H" + style + rest)
	}
	out.WriteString("\x1b[" + strconv.Itoa(len(next)) + ";H")
	return out.Bytes()
}

// move is lines that stand elsewhere afterwards: those from first to last were by so many lines further down.
type move struct{ first, last, by, saves int }

// moveCosts is about what the sequences of a move take.
const moveCosts = 32

// bestMove finds the run of lines whose move saves most.
func bestMove(before, next []string) move {
	var best move
	for by := -len(next) + 1; by < len(next); by++ {
		if by == 0 {
			continue
		}
		run := move{first: max(0, -by), by: by, saves: -moveCosts}
		for i := max(0, -by); i < len(next)-max(0, by); i++ {
			if next[i] != before[i+by] {
				run = move{first: i + 1, by: by, saves: -moveCosts}
				continue
			}
			if next[i] != before[i] {
				run.saves += len(next[i])
			}
			if run.last = i; run.saves > best.saves {
				best = run
			}
		}
	}
	if best.saves > 0 {
		best.saves -= best.spoils(before, next)
	}
	return best
}

// spoils is what has to be written again that stood where it was: the lines that the move leaves blank.
func (m move) spoils(before, next []string) int {
	from, to := m.last+1, m.last+m.by
	if m.by < 0 {
		from, to = m.first+m.by, m.first-1
	}
	lost := 0
	for i := from; i <= to; i++ {
		if before[i] == next[i] {
			lost += len(next[i])
		}
	}
	return lost
}

// write moves the lines by deleting or inserting lines inside of a scrolling region, and gives what the screen shows then.
func (m move) write(out *bytes.Buffer, before []string) []string {
	moved := slices.Clone(before)
	top, bottom, n, action := m.first, m.last+m.by, m.by, "M"
	if m.by < 0 {
		top, bottom, n, action = m.first+m.by, m.last, -m.by, "L"
	}
	for i := top; i <= bottom; i++ {
		moved[i] = unknownLine
		if m.first <= i && i <= m.last {
			moved[i] = before[i+m.by]
		}
	}
	out.WriteString("\x1b[" + strconv.Itoa(top+1) + ";" + strconv.Itoa(bottom+1) + "r")
	out.WriteString("\x1b[" + strconv.Itoa(top+1) + ";1H\x1b[" + strconv.Itoa(n) + action + "\x1b[r")
	return moved
}

// changedFrom is the column from which on a line differs, in which style what stands there is, and the rest of the line. It looks no
// further than plain ASCII goes: of anything else terminals disagree how wide it is.
func changedFrom(before, line string) (column int, style, rest string) {
	type place struct {
		at, column int
		style      string
	}
	var here, last place // before the character read last
	for here.at < len(line) && here.at < len(before) {
		switch c := line[here.at]; {
		case c == '\x1b':
			end := strings.IndexByte(line[here.at:], 'm') + 1
			sequence := line[here.at : here.at+end]
			if end == 0 || strings.Trim(sequence, "\x1b[0123456789;m") != "" || !strings.HasPrefix(before[here.at:], sequence) {
				return here.column, here.style, line[here.at:]
			}
			here.at += end
			here.style = styled(here.style, sequence)
		case c >= ' ' && c < 0x7f && before[here.at] == c:
			last = here
			here.at, here.column = here.at+1, here.column+1
		case c >= 0x80 || before[here.at] >= 0x80:
			return last.column, last.style, line[last.at:] // it may belong to the character before it
		default:
			return here.column, here.style, line[here.at:]
		}
	}
	return here.column, here.style, line[here.at:]
}

// styled is what is in force after one more sequence.
func styled(style, sequence string) string {
	switch {
	case sequence == "\x1b[0m" || sequence == "\x1b[m":
		return ""
	case strings.HasPrefix(sequence, "\x1b[0;"):
		return sequence
	default:
		return style + sequence
	}
}
