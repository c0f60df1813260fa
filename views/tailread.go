package views

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

const (
	// tailBlock is how long one read waits for a frame.
	tailBlock = 2 * time.Second
	// tailPatience is what a read may take beyond that before it counts as lost.
	tailPatience = 5 * time.Second
	// tailPace is the pause before a read: what comes meanwhile comes in one page, so that the screen is drawn at most thirty times a
	// second.
	tailPace = time.Second / 30
	tailPage = 1000 // frames a read

	firstTailRetry   = 250 * time.Millisecond
	longestTailRetry = 10 * time.Second
)

// tailReader reads a stream page by page: the next read begins after the last entry that was seen, whatever happened in between, so
// that a connection that breaks leaves neither a gap nor a repeat. It has one read under way at a time.
type tailReader struct {
	engine Engine
	ref    engine.StreamRef
	ctx    context.Context // ends when the view is closed
	stop   context.CancelFunc

	after    string // the last entry read
	failures int    // in a row
	err      error  // of the last one
	retryAt  time.Time
	end      *streamEnd // set when the stream was closed
	drained  bool       // closed, and nothing more was left to read

	pace tailPaceMeter
}

// streamEnd is when and why a stream was closed.
type streamEnd struct {
	at     time.Time
	reason string
}

// tailRead is the answer of a read. ref tells the answers of an attempt's stream from those of the one that was shown before.
type tailRead struct {
	ref  engine.StreamRef
	page engine.StreamPage
	err  error
	skip *tailSkip       // frames were skipped before those of the page
	by   context.Context // the reader's; nil in tests
}

func newTailReader(e Engine, ref engine.StreamRef) tailReader {
	ctx, stop := context.WithCancel(context.Background())
	return tailReader{engine: e, ref: ref, ctx: ctx, stop: stop}
}

// read waits for the pace and then for frames.
func (r *tailReader) read(pause time.Duration) tea.Cmd {
	ctx, e := r.ctx, r.engine
	q := engine.TailQuery{
		Execution: r.ref.Execution, AttemptIndex: r.ref.Attempt, After: r.after, Block: tailBlock, Limit: tailPage, Visibility: engine.TailAll,
	}
	ref, catchUp := r.ref, r.pace.catchUp(q)
	return func() tea.Msg {
		if !passed(ctx, pause) {
			return nil
		}
		reading, cancel := context.WithTimeout(ctx, tailBlock+tailPatience)
		defer cancel()
		var page engine.StreamPage
		skip, err := catchUp(reading, e, &page)
		if err == nil && skip == nil {
			page, err = e.TailStream(reading, q)
		}
		if ctx.Err() != nil {
			return nil
		}
		return tailRead{ref, page, err, skip, ctx}
	}
}

// passed waits; false when ctx ended first.
func passed(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// take notes how far the answer leads and returns the next read; nil when there is nothing more to read.
func (r *tailReader) take(msg tailRead, now time.Time) tea.Cmd {
	if msg.err != nil {
		wait := min(firstTailRetry<<min(r.failures, 10), longestTailRetry)
		r.failures++
		r.err = msg.err
		r.retryAt = now.Add(wait)
		return r.read(wait)
	}
	r.failures = 0
	r.pace.took(msg, now)
	if msg.page.LastID != "" {
		r.after = msg.page.LastID
	}
	if msg.page.Closed() {
		r.end = &streamEnd{msg.page.ClosedAt, msg.page.ClosedReason}
		if len(msg.page.Frames) == 0 {
			r.drained = true
			return nil
		}
	}
	if r.pace.full > 0 {
		return r.read(0) // there is more already
	}
	return r.read(tailPace)
}

// stateCell says how the reading goes.
func (r *tailReader) stateCell(c *Common) Cell {
	th := c.Theme
	switch {
	case r.failures > 0 && errors.Is(r.err, engine.ClassNotRecorded):
		return Cell{th.Glyphs.Dot + " not recorded", th.Dim}
	case r.failures > 0:
		return Cell{th.Glyphs.Alert + " no answer, asks again in " + Until(c.Now(), laterOf(r.retryAt, c.Now())), th.Bad}
	case r.end != nil:
		return Cell{th.Glyphs.Dot + " closed", th.Dim}
	default:
		return Cell{th.StateGlyph(theme.Running) + " open", th.StateStyle(theme.Running)}
	}
}

func laterOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
