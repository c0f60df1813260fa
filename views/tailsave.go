package views

import (
	"bytes"
	"context"
	"os"
	"slices"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views/plain"
)

// tailSave writes the frames of a stream to a file, one a line as JSON. It reads them itself, from where the frame before was: what the
// screen leaves out, or has no time for, is in the file all the same.
type tailSave struct {
	engine Engine
	query  engine.TailQuery
	file   *os.File
	stop   context.CancelFunc
	ctx    context.Context

	mark     *engine.StreamMeta // bookkeeping to be compared with what was read, when the reading has come as far
	markedAt time.Time
	before   int64 // frames before the first one; -1 while that is not known

	// Written by the reader, read by what is drawn.
	frames, bytes atomic.Int64
	missing       atomic.Int64 // trimmed by the server before they were read
	waiting       atomic.Bool  // the last read had no answer
	over          atomic.Bool
	failed        atomic.Bool // it ended because the file could not be written
}

// newTailSave makes the file, which must not exist, for its owner alone.
func newTailSave(e Engine, ref engine.StreamRef, from engine.StreamCursor, name string) (*tailSave, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	before := int64(-1)
	if from == engine.StreamStart {
		before = 0
	}
	return &tailSave{engine: e, file: file, ctx: ctx, stop: stop, before: before, query: engine.TailQuery{
		Execution: ref.Execution, AttemptIndex: ref.Attempt, After: string(from), Limit: tailPage, Visibility: engine.TailAll,
	}}, nil
}

// run reads and writes until the stream has ended or stop is called, and says what came of it.
func (s *tailSave) run() tea.Msg {
	defer s.stop()
	err := s.copy()
	if closing := s.file.Close(); err == nil {
		err = closing
	}
	s.failed.Store(err != nil)
	s.over.Store(true)
	if err != nil {
		return Said{Text: "saving ended early, after " + s.amount() + ": " + theme.Clean(err.Error()), Error: true}
	}
	return Said{Text: s.amount() + " saved to " + s.name()}
}

// copy is over when the stream is closed and read to its end. A server that goes away is waited for. The error is the file's.
func (s *tailSave) copy() error {
	failures := 0
	for {
		s.look()
		page, err := s.read()
		if s.ctx.Err() != nil {
			return nil
		}
		s.waiting.Store(err != nil)
		if err != nil {
			passed(s.ctx, min(firstTailRetry<<min(failures, 10), longestTailRetry))
			failures++
			continue
		}
		failures = 0
		s.check(page.Frames)
		if err := s.write(page.Frames); err != nil {
			return err
		}
		if page.LastID != "" {
			s.query.After = page.LastID
		}
		if page.Closed() && len(page.Frames) == 0 {
			return nil
		}
		if len(page.Frames) < tailPage {
			passed(s.ctx, tailPace) // a page of many costs little more than one of few
		}
		// Only from now on: the end must be a place before there is anything to wait for, or what comes meanwhile is lost with an answer.
		if s.query.After != string(engine.StreamEnd) {
			s.query.Block = tailBlock
		}
	}
}

func (s *tailSave) read() (engine.StreamPage, error) {
	ctx, cancel := context.WithTimeout(s.ctx, tailBlock+tailPatience)
	defer cancel()
	return s.engine.TailStream(ctx, s.query)
}

// saveChecked is how often the frames in the file are compared with the stream's own count.
const saveChecked = 2 * time.Second

// check finds out how many frames the server trimmed before they were read: where the bookkeeping names a frame of the page as the last one
// of so many.
func (s *tailSave) check(page []engine.StreamFrame) {
	if s.mark != nil && len(page) > 0 {
		last := s.mark.LastID
		if i := slices.IndexFunc(page, func(f engine.StreamFrame) bool { return f.ID == last }); i >= 0 {
			s.compare(int64(s.mark.FrameCount) - s.frames.Load() - int64(i+1))
		}
		if laterID(page[len(page)-1].ID, last) {
			s.mark = nil
		}
	}
}

// look reads the bookkeeping again, now and then. It is older than the page that is read next: that may reach what it names.
func (s *tailSave) look() {
	if s.mark == nil && time.Since(s.markedAt) > saveChecked {
		s.mark, _ = s.engine.StreamMeta(s.ctx, s.query.Execution, s.query.AttemptIndex) // without an answer, the next time
		s.markedAt = time.Now()
	}
}

// compare takes how many frames of the stream are not in the file.
func (s *tailSave) compare(left int64) {
	if s.before < 0 {
		s.before = left
	}
	s.missing.Store(max(left-s.before, 0))
}

// laterID tells whether an entry is at another one or behind it.
func laterID(id, other string) bool {
	a, errA := engine.ParseEntryID(id)
	b, errB := engine.ParseEntryID(other)
	return errA != nil || errB != nil || !a.Before(b)
}

// write appends a page at once: a program that ends meanwhile leaves whole lines.
func (s *tailSave) write(frames []engine.StreamFrame) error {
	if len(frames) == 0 {
		return nil
	}
	var lines bytes.Buffer
	for _, f := range frames {
		if err := plain.WriteJSONLine(&lines, f); err != nil {
			return err
		}
	}
	n, err := s.file.Write(lines.Bytes())
	s.bytes.Add(int64(n))
	if err == nil {
		s.frames.Add(int64(len(frames)))
	}
	return err
}

func (s *tailSave) name() theme.Text { return theme.Clean(s.file.Name()) }

func (s *tailSave) amount() theme.Text {
	amount := Plural(s.frames.Load(), "frame", "frames") + " (" + Size(s.bytes.Load()) + ")"
	if missing := s.missing.Load(); missing > 0 {
		amount += ", " + Count(missing) + " trimmed before they were read,"
	}
	return amount
}

// line says how far the file is.
func (s *tailSave) line(th *theme.Theme, width int) string {
	word, style := theme.Text(" saving "), th.Badge
	rest := theme.Text(", W stops")
	switch {
	case s.failed.Load():
		word, style, rest = " not all saved ", th.Bad, ": the file could not be written"
	case s.over.Load():
		word, style, rest = " saved ", th.Good, ""
	case s.waiting.Load():
		rest = ", no answer: goes on where it was"
	}
	return cellLine(th, width, Cell{Text: " "}, Cell{word, style}, Cell{Text: " " + s.amount() + " to " + s.name()}, Cell{rest, th.Dim})
}

// saveName is what a file is called by itself: nothing in it is a stranger's.
func saveName(ref engine.StreamRef) string {
	name := "stream"
	if short := string(ShortExecution(ref.Execution)); isHex(short) && short != "" {
		name += "-" + short
	}
	return name + "-attempt-" + string(theme.Number(uint64(ref.Attempt)+1)) + ".jsonl"
}

// saving tells whether frames are being written.
func (v *Tail) saving() bool { return v.save != nil && !v.save.over.Load() }

// pressSave asks for a file, or ends the writing.
func (v *Tail) pressSave() tea.Cmd {
	if v.saving() {
		v.save.stop()
		return nil
	}
	return Send(Ask{newSaveDialog(v.c, v.ref, func(s *tailSave) {
		v.save = s
		v.layout()
	})})
}
