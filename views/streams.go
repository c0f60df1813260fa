package views

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	streamsEvery = 2 * time.Second
	mostStreams  = 300
	// rememberedStreams bounds the streams that are watched after they were listed once: one whose execution is no longer active
	// leaves the listing.
	rememberedStreams = 200
)

// Streams is the list of output streams: of active executions, and of those that were active while one looked.
type Streams struct {
	c      *Common
	table  Table[engine.StreamRow]
	known  []engine.StreamRef // listed the last time
	paused bool

	width, height int
}

// NewStreams makes the list of streams.
func NewStreams(c *Common) *Streams {
	v := &Streams{c: c}
	v.table = Table[engine.StreamRow]{
		Columns: []Column[engine.StreamRow]{
			{Title: "EXECUTION", Width: 9, OfID: true, Cell: func(r *engine.StreamRow) Cell {
				return Cell{Text: ShortExecution(r.Execution), Style: c.Theme.Dim}
			}},
			{Title: "TRY", Width: 3, OfID: true, Align: theme.Right, Drop: 1, Cell: func(r *engine.StreamRow) Cell {
				return Cell{Text: Brief(uint64(r.AttemptIndex) + 1)}
			}},
			{Title: "KIND", Width: 10, Flex: 2, SortKey: "K", Sorts: "kind",
				Cell:    func(r *engine.StreamRow) Cell { return Cell{Text: theme.CleanTo(r.Row.Kind, 64)} },
				Compare: func(a, b *engine.StreamRow) int { return strings.Compare(a.Row.Kind, b.Row.Kind) }},
			{Title: "LANE", Width: 8, Flex: 1, Drop: 2, SortKey: "L", Sorts: "lane",
				Cell:    func(r *engine.StreamRow) Cell { return Cell{Text: theme.CleanTo(string(r.Row.Lane), 64)} },
				Compare: func(a, b *engine.StreamRow) int { return strings.Compare(string(a.Row.Lane), string(b.Row.Lane)) }},
			{Title: "MODE", Width: 11, Cell: func(r *engine.StreamRow) Cell { return streamMode(c.Theme, &r.StreamMeta) }},
			{Title: "FRAMES", Width: 7, Align: theme.Right, SortKey: "F", Sorts: "frames, most first",
				Cell:    func(r *engine.StreamRow) Cell { return Cell{Text: fitCount(r.FrameCount, 7)} },
				Compare: func(a, b *engine.StreamRow) int { return cmp.Compare(b.FrameCount, a.FrameCount) }},
			{Title: "BYTES", Width: 5, Align: theme.Right, SortKey: "B", Sorts: "bytes, most first",
				Cell:    func(r *engine.StreamRow) Cell { return Cell{Text: Size(r.TotalBytes)} },
				Compare: func(a, b *engine.StreamRow) int { return cmp.Compare(b.TotalBytes, a.TotalBytes) }},
			{Title: "RATE", Width: 8, Align: theme.Right, Drop: 3, SortKey: "R", Sorts: "rate, highest first",
				Cell:    func(r *engine.StreamRow) Cell { return Cell{Text: Rate(r.RateHz)} },
				Compare: func(a, b *engine.StreamRow) int { return cmp.Compare(b.RateHz, a.RateHz) }},
			{Title: "LAST", Width: 5, Align: theme.Right, SortKey: "T", Sorts: "last frame, latest first",
				Cell:    func(r *engine.StreamRow) Cell { return Cell{Text: c.Since(r.LastFrameAt)} },
				Compare: func(a, b *engine.StreamRow) int { return b.LastFrameAt.Compare(a.LastFrameAt) }},
			{Title: "STREAM", Width: 27, Flex: 2, SortKey: "S", Sorts: "open and closed",
				Cell:    func(r *engine.StreamRow) Cell { return streamState(c.Theme, &r.StreamMeta) },
				Compare: func(a, b *engine.StreamRow) int { return compareDue(a.ClosedAt, b.ClosedAt) }},
		},
		ID: func(r *engine.StreamRow) string {
			return rowID(string(r.Execution), string(theme.Number(r.AttemptIndex)))
		},
		Text:  streamText,
		Empty: "no streams: nothing at work has written any output",
	}
	v.table.forMarked = "enter follows all of them at once"
	return v
}

func (v *Streams) Title() theme.Text { return "streams" }
func (v *Streams) Init() tea.Cmd     { return nil }
func (v *Streams) Capturing() bool   { return v.table.Capturing() }
func (v *Streams) Unwind() bool      { return v.table.Unwind() }

// Need wants nothing while the list is paused.
func (v *Streams) Need() Need {
	if v.paused {
		return Need{}
	}
	watch := v.known
	var shown []string
	for _, r := range v.table.Visible() {
		shown = append(shown, string(r.Execution))
	}
	return Need{Key: "streams", Every: streamsEvery, Fetch: func(ctx context.Context, e Engine) (any, error) {
		return e.StreamRows(ctx, watch, mostStreams)
	}, Shown: shown}
}

var (
	pauseKey    = Bind("space", "pause", " ")
	continueKey = Bind("space", "go on", " ")
	detailKey   = Bind("d", "execution", "d")
	markKey     = Bind("m", "mark", "m")
)

func (v *Streams) Bindings() []key.Binding {
	pause := pauseKey
	if v.paused {
		pause = continueKey
	}
	bs := []key.Binding{Does(Keys.Enter, "tail"), Keys.Tail, markKey, pause, detailKey, Keys.Why, Keys.Actions, v.c.Write(Keys.Cancel), Keys.Edges}
	if r := v.table.Selected(); r != nil && r.Row.State == engine.StateSuspended {
		bs = append(bs, v.c.Write(Keys.Signal))
	}
	return append(bs, v.table.Bindings()...)
}

func (v *Streams) Update(msg tea.Msg) tea.Cmd {
	if data, ok := msg.(Data); ok {
		if rows, ok := data.Value.([]engine.StreamRow); ok && data.Err == nil && !v.paused {
			v.take(rows)
		}
		return nil
	}
	if !v.table.Capturing() {
		if Pressed(msg, pauseKey) {
			v.paused = !v.paused
			v.layout()
			return nil
		}
		if Pressed(msg, markKey) {
			v.mark()
			return nil
		}
		if cmd := v.open(msg); cmd != nil {
			return cmd
		}
	}
	v.table.Update(msg)
	return nil
}

// mark marks the selected stream, to be followed with others, and goes on to the next one.
func (v *Streams) mark() {
	if r := v.table.Selected(); r != nil {
		v.table.toggle(r)
		v.table.moveTo(v.table.at + 1)
	}
}

// tail follows the marked streams, or the selected one.
func (v *Streams) tail(selected *engine.StreamRow) tea.Cmd {
	marked := v.table.Marked()
	switch {
	case len(marked) > MostTails:
		return Send(Said{Text: "at most " + Count(MostTails) + " streams fit on one screen: " + Count(len(marked)) + " are marked", Error: true})
	case len(marked) < 2:
		if len(marked) == 1 {
			selected = &marked[0]
		}
		return Send(Push{NewTail(v.c, refOf(&selected.StreamMeta))})
	}
	refs := make([]engine.StreamRef, len(marked))
	for i := range marked {
		refs[i] = refOf(&marked[i].StreamMeta)
	}
	return Send(Push{NewTails(v.c, refs)})
}

func (v *Streams) take(rows []engine.StreamRow) {
	v.table.SetRows(rows)
	v.known = nil
	for i := range rows[:min(len(rows), rememberedStreams)] {
		v.known = append(v.known, refOf(&rows[i].StreamMeta))
	}
}

func refOf(m *engine.StreamMeta) engine.StreamRef {
	return engine.StreamRef{Execution: m.Execution, Attempt: m.AttemptIndex}
}

// open leads to the stream, or to the execution that writes it.
func (v *Streams) open(msg tea.Msg) tea.Cmd {
	r := v.table.Selected()
	if r == nil {
		return nil
	}
	switch {
	case Pressed(msg, Keys.Enter), Pressed(msg, Keys.Tail):
		return v.tail(r)
	case Pressed(msg, detailKey):
		return Send(Push{NewExecution(v.c, r.Execution)})
	default:
		return onExecution(v.c, &r.Row, msg)
	}
}

func (v *Streams) SetSize(width, height int) {
	v.width, v.height = width, height
	v.layout()
}

func (v *Streams) layout() { v.table.SetSize(v.width, v.height-v.noteLines()) }

func (v *Streams) noteLines() int {
	if v.paused && v.height > 2 {
		return 1
	}
	return 0
}

func (v *Streams) View() string {
	frame := v.table.View(v.c.Theme)
	if v.noteLines() == 0 {
		return frame
	}
	th := v.c.Theme
	return frame + "\n" + cellLine(th, v.width, Cell{" paused ", th.Badge}, Cell{" the list stands still; space goes on", th.Dim})
}

// streamMode is how a stream's frames are kept, as far as its bookkeeping tells.
func streamMode(th *theme.Theme, m *engine.StreamMeta) Cell {
	switch {
	case m.HasDurable && m.RateHz > 0:
		return Cell{Text: "mixed"}
	case m.HasDurable:
		return Cell{Text: "durable"}
	default:
		return Cell{Text: "best effort", Style: th.Dim}
	}
}

// streamState says whether a stream is open, and why it was closed.
func streamState(th *theme.Theme, m *engine.StreamMeta) Cell {
	switch {
	case len(m.Malformed) > 0:
		return malformedNote(th, m.Malformed)
	case streamClosed(m):
		return Cell{Text: th.Glyphs.Dot + " closed: " + closedWords(m.ClosedReason), Style: th.Dim}
	default:
		return Cell{Text: th.StateGlyph(theme.Running) + " open", Style: th.StateStyle(theme.Running)}
	}
}

func streamClosed(m *engine.StreamMeta) bool { return !m.ClosedAt.IsZero() || m.ClosedReason != "" }

// closedWords say why a stream was closed (spec 03e §10).
func closedWords(reason string) theme.Text {
	switch reason {
	case "attempt_success":
		return "attempt succeeded"
	case "attempt_failure":
		return "attempt failed"
	case "attempt_cancelled":
		return "cancelled"
	case "expired":
		return "time is up"
	case "suspension_timeout":
		return "wait timed out"
	case "reclaimed":
		return "reclaimed by another"
	case "dependency_impossible":
		return "dependency impossible"
	case "lease_expired":
		return "lease ran out"
	case "attempt_interrupted":
		return "interrupted"
	case "":
		return "no reason given"
	default:
		return theme.CleanTo(reason, 60)
	}
}

// fitCount is n whole where width allows.
func fitCount(n uint64, width int) theme.Text {
	if t := Count(n); t.Width() <= width {
		return t
	}
	return Brief(n)
}

func streamText(r *engine.StreamRow) string {
	return strings.Join([]string{string(r.Execution), r.Row.Kind, string(r.Row.Lane), string(r.Row.State), r.ClosedReason}, " ")
}
