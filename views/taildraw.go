package views

import (
	"strings"

	"ffboard/engine"
	"ffboard/theme"
)

// Columns of a frame.
const (
	frameTimeWidth  = 12
	frameTypeWidth  = 10
	frameTypeWide   = 16
	frameModeWidth  = 8
	frameModeWide   = 11
	frameSizeWidth  = 5
	frameColumnGaps = 5 // one for the selection's mark
)

// beside tells whether the summary stands beside the frames.
func (v *Tail) beside() bool { return !v.inPane && v.width >= tailBeside && v.facts.summary != nil }

// summaryWidth is how wide it is there.
func (v *Tail) summaryWidth() int { return min(max(v.width/3, 40), 80) }

// framesWidth is the width of the list or the text.
func (v *Tail) framesWidth() int {
	if v.beside() {
		return v.width - 1 - v.summaryWidth()
	}
	return v.width
}

// textWidth is the width of the text, which is indented by one.
func (v *Tail) textWidth() int { return max(v.framesWidth()-1-v.sourceWidth(), 1) }

// sourceWidth is the room of the letter that says which stream a line is of.
func (v *Tail) sourceWidth() int {
	if v.sources == nil {
		return 0
	}
	return 2
}

// headings is how many lines stand above the frames: a small pane has none to spare.
func (v *Tail) headings() int {
	if v.inPane && v.height < smallPane {
		return 0
	}
	return 1
}

// smallPane is the height below which a pane shows frames alone.
const smallPane = 8

func (v *Tail) typeWidth() int {
	if v.framesWidth() >= 100 {
		return frameTypeWide
	}
	return frameTypeWidth
}

func (v *Tail) modeWidth() int {
	if v.framesWidth() >= 100 {
		return frameModeWide
	}
	return frameModeWidth
}

// payloadColumn is where the payload begins.
func (v *Tail) payloadColumn() int {
	return v.sourceWidth() + frameTimeWidth + v.typeWidth() + v.modeWidth() + frameSizeWidth + frameColumnGaps
}

// listTop is the line of the view on which the first frame stands.
func (v *Tail) listTop() int { return len(v.head()) + v.headings() }

// layout gives list and text their room.
func (v *Tail) layout() {
	if v.flow != nil && v.flow.width != v.textWidth() {
		v.flowAnew()
	}
	room := max(v.height-len(v.head())-len(v.foot()), 0)
	v.list.width, v.list.height = v.framesWidth(), max(room-v.headings(), 0)
	v.list.payload = max(v.framesWidth()-v.payloadColumn(), 1)
	if v.follow && v.paused == 0 {
		v.list.at = len(v.list.rows) - 1
	}
	v.list.follow()
	if v.flow != nil {
		v.text.Count, v.text.Line = v.flow.count(), v.flowLine
		v.text.SetSize(v.framesWidth(), max(room-v.headings(), 0))
		if v.follow && v.paused == 0 {
			v.text.ScrollTo(v.text.Count)
		}
	}
}

func (v *Tail) View() string {
	th, head, foot := v.c.Theme, v.head(), v.foot()
	room := max(v.height-len(head)-len(foot), 0)
	var body []string
	switch {
	case v.beside():
		body = Beside(th, v.frames(room), v.framesWidth(), v.summaryBlock(v.summaryWidth(), room), v.summaryWidth())
	case v.onSummary:
		body = v.summaryBlock(v.width, room)
	default:
		body = v.frames(room)
	}
	lines := append(head, Fit(th, body, v.width, room)...)
	return strings.Join(Fit(th, append(lines, foot...), v.width, v.height), "\n")
}

// head is what is to say about the stream as a whole.
func (v *Tail) head() []string {
	switch {
	case v.sources != nil:
		return []string{v.mergedHead(), v.modes()}
	case v.inPane:
		return []string{v.modes()}
	}
	th := v.c.Theme
	l := th.Line(v.width).Add(th.Plain, " ")
	state := v.reader.stateCell(v.c)
	l.Add(state.Style, state.Text).Add(th.Plain, "  ")
	if r := v.facts.row; r != nil && !r.Missing {
		l.Add(th.Title, theme.CleanTo(r.Kind, 30)).Add(th.Plain, "  ")
	}
	facts := []theme.Text{ShortExecution(v.ref.Execution), "attempt " + theme.Number(uint64(v.ref.Attempt)+1)}
	if m := v.facts.meta; m != nil {
		facts = append(facts, Plural(m.FrameCount, "frame", "frames"), Size(m.TotalBytes))
		if m.RateHz > 0 {
			facts = append(facts, Rate(m.RateHz))
		}
		if age := Age(v.c.Now(), m.LastFrameAt); age != "" {
			facts = append(facts, "last "+age)
		}
	}
	l.Add(th.Dim, theme.Join(facts, " "+th.Glyphs.Dot+" "))
	return []string{l.String(), v.modes()}
}

// modes says how the frames are shown and what is out of the ordinary. That is one line at all times: a paused screen must not move.
func (v *Tail) modes() string {
	th := v.c.Theme
	l := th.Line(v.width).Add(th.Plain, " ")
	switch {
	case v.paused > 0:
		l.Add(th.Badge, " paused ").Add(th.Warn, " "+Count(v.held())+" new")
	case v.reader.drained || v.allEnded():
		l.Add(th.Dim, "ended")
	case v.follow:
		l.Add(th.Badge, " following ")
	default:
		l.Add(th.Dim, "standing, f follows")
	}
	for _, cell := range v.paceCells() {
		l.Add(cell.Style, cell.Text)
	}
	if note := v.note(); note.Text != "" {
		l.Add(th.Dim, " "+th.Glyphs.Dot+" ").Add(note.Style, note.Text)
	}
	if v.bare {
		l.Add(th.Dim, " "+th.Glyphs.Dot+" without best effort")
	}
	if v.flow != nil {
		l.Add(th.Dim, " "+th.Glyphs.Dot+" as text")
	} else {
		if v.list.wrap {
			l.Add(th.Dim, " "+th.Glyphs.Dot+" wrapped")
		}
		if v.list.pretty {
			l.Add(th.Dim, " "+th.Glyphs.Dot+" JSON indented")
		}
	}
	if v.facts.summary != nil && !v.inPane && !v.beside() && !v.onSummary {
		l.Add(th.Dim, " "+th.Glyphs.Dot+" summary version "+Count(v.facts.summary.Version)+" behind tab")
	}
	return l.Rest(th.Dim, v.place()+" ").String()
}

// place is where in the whole the screen is.
func (v *Tail) place() theme.Text {
	if v.flow != nil {
		return v.text.Position()
	}
	if len(v.list.rows) == 0 {
		return ""
	}
	return Count(v.list.at+1) + " of " + Count(len(v.list.rows))
}

// note says what is missing of the stream, or that it goes on elsewhere.
func (v *Tail) note() Cell {
	th, m, r := v.c.Theme, v.facts.meta, v.facts.row
	switch {
	case v.reader.failures > 0:
		return Cell{errorWords(v.reader.err), th.Bad}
	case m != nil && len(m.Malformed) > 0:
		return malformedNote(th, m.Malformed)
	case r != nil && r.AttemptIndex > v.ref.Attempt:
		return Cell{"attempt " + theme.Number(uint64(r.AttemptIndex)+1) + " is the current one: ] leads there", th.Warn}
	case v.trimmed() > 0:
		return Cell{"showing " + Count(v.buffer.read) + " of " + Count(m.FrameCount) + " frames, rest trimmed", th.Warn}
	case v.buffer.dropped() > 0:
		return Cell{"the latest " + Count(len(v.buffer.frames)) + " of " + Count(v.buffer.read) + " frames are kept here", th.Dim}
	default:
		return Cell{}
	}
}

// trimmed is how many frames were trimmed before they could be read. It can be told only where the bookkeeping stands at the very
// frame that was read last.
func (v *Tail) trimmed() int {
	m := v.facts.meta
	if m == nil || v.reader.after == "" || m.LastID != v.reader.after {
		return 0
	}
	return int(m.FrameCount) - v.reader.pace.counted
}

// foot is the marker of a closed stream, the file that is written, and the search.
func (v *Tail) foot() []string {
	th := v.c.Theme
	var lines []string
	if end := v.reader.end; end != nil {
		text := "closed: " + closedWords(end.reason)
		if !end.at.IsZero() {
			text = "closed " + Clock(end.at) + ": " + closedWords(end.reason)
		}
		lines = append(lines, Rule(th, text, v.width))
	}
	if v.save != nil {
		lines = append(lines, v.save.line(th, v.width))
	}
	if v.search.typing || v.search.query != "" {
		lines = append(lines, v.search.line(th, v.width))
	}
	return lines
}

func (s *tailSearch) line(th *theme.Theme, width int) string {
	note := theme.Text("n next, N previous ")
	switch {
	case s.failed:
		note = "nothing matches "
	case s.typing:
		note = "enter keeps it "
	}
	room := max(width-2-note.Width()-1, 0)
	return th.Line(min(2, width)).Add(th.Key, "/ ").String() + s.input.View(th, room, s.typing) + th.Line(width-min(2, width)-room).Rest(th.Dim, note).String()
}

// frames draws the list or the text under its heading, height lines.
func (v *Tail) frames(height int) []string {
	th, width := v.c.Theme, v.framesWidth()
	if v.flow != nil {
		lines := []string{Rule(th, "text", width)}[:v.headings()]
		if v.flow.count() == 0 {
			return append(lines, v.emptiness(width))
		}
		return append(lines, v.text.Lines(th)...)
	}
	lines := []string{v.frameHeads()}[:v.headings()]
	for row := v.list.top; row < len(v.list.rows) && len(lines) < height; row++ {
		lines = append(lines, v.frameLines(row)...)
	}
	if len(v.list.rows) == 0 {
		lines = append(lines, v.emptiness(width))
	}
	return Fit(th, lines, width, height)
}

func (v *Tail) emptiness(width int) string {
	th := v.c.Theme
	text := theme.Text("  no frame yet: the attempt has written nothing")
	switch {
	case v.buffer.read > 0:
		text = "  best effort alone: v shows all frames"
	case v.reader.drained:
		text = "  nothing was written, or all of it was trimmed"
	}
	return cellLine(th, width, Cell{text, th.Dim})
}

func (v *Tail) frameHeads() string {
	th := v.c.Theme
	l := th.Line(v.framesWidth()).Fill(1 + v.sourceWidth())
	l.Field(th.Head, "TIME", frameTimeWidth, theme.Left).Add(th.Plain, " ").Field(th.Head, "TYPE", v.typeWidth(), theme.Left).Add(th.Plain, " ")
	l.Field(th.Head, "MODE", v.modeWidth(), theme.Left).Add(th.Plain, " ").Field(th.Head, "SIZE", frameSizeWidth, theme.Right).Add(th.Plain, " ")
	return l.Field(th.Head, "PAYLOAD", v.list.payload, theme.Left).String()
}

// frameLines draws one frame.
func (v *Tail) frameLines(row int) []string {
	th, f := v.c.Theme, v.list.rows[row]
	begin := func() *theme.Line {
		l := th.Line(v.list.width)
		if row == v.list.at && !v.onSummary {
			return l.Bar(th.Selected).Add(th.Plain, th.Glyphs.Selected)
		}
		return l.Add(th.Plain, " ")
	}
	l := begin()
	v.addSource(l, f.source)
	if f.gap {
		return []string{l.Add(th.Warn, f.gapWords(th)).String()}
	}
	mode := frameMode(th, f.Mode)
	if f.Mode == engine.ModeBestEffort && v.modeWidth() < mode.Text.Width() {
		mode.Text = "best eff"
	}
	l.Field(th.Dim, Clock(f.At), frameTimeWidth, theme.Left).Add(th.Plain, " ")
	l.Field(th.Key, theme.CleanTo(f.Type, v.typeWidth()), v.typeWidth(), theme.Left).Add(th.Plain, " ")
	l.Field(mode.Style, mode.Text, v.modeWidth(), theme.Left).Add(th.Plain, " ")
	l.Field(th.Dim, Size(len(f.Payload)), frameSizeWidth, theme.Right).Add(th.Plain, " ")
	var payload []theme.Text
	if v.list.several(f) {
		payload = v.list.wrapped(row)
	} else {
		payload = []theme.Text{v.list.payloadOf(f)}
	}
	var lines []string
	for i, text := range payload {
		if i > 0 {
			l = begin().Fill(v.payloadColumn())
		}
		for _, c := range v.marked(text, th.Plain) {
			l.Add(c.Style, c.Text)
		}
		lines = append(lines, l.String())
	}
	if len(lines) == 0 {
		lines = []string{l.String()}
	}
	return lines
}

func frameMode(th *theme.Theme, m engine.StreamMode) Cell {
	switch m {
	case engine.ModeDurable:
		return Cell{Text: "durable"}
	case engine.ModeSummary:
		return Cell{"summary", th.Accent}
	case engine.ModeBestEffort:
		return Cell{"best effort", th.Dim}
	default:
		return Cell{theme.CleanTo(string(m), 16), th.Warn}
	}
}

// flowLine draws a line of the text.
func (v *Tail) flowLine(i, width int) string {
	th, line := v.c.Theme, v.flow.line(i)
	style := th.Plain
	if line.aside {
		style = th.Dim
	}
	l := th.Line(width).Add(th.Plain, " ")
	v.addSource(l, line.source)
	for _, c := range v.marked(line.text, style) {
		l.Add(c.Style, c.Text)
	}
	return l.String()
}

// addSource says of which of several streams a line is.
func (v *Tail) addSource(l *theme.Line, source int) {
	if source > 0 {
		l.Add(sourceStyle(v.c.Theme, source), sourceLetter(source)+" ")
	}
}
