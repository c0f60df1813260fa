package views

import (
	"context"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
)

// longestCancel bounds the cancelling of a flow's members.
const longestCancel = 10 * time.Minute

// cancelRun cancels executions in the background and keeps what became of each until somebody asks. It goes on when its dialog is
// closed.
type cancelRun struct {
	over chan struct{} // closed at the end
	wake chan struct{} // holds a token while there is news

	mu    sync.Mutex
	news  []engine.MemberOutcome
	tally outcomeTally
	err   error // why it ended early
}

// cancelNews is what became of some executions since the last one; last is true when there will be no more.
type cancelNews struct {
	outcomes []engine.MemberOutcome
	last     bool
	err      error
}

// startCancelling runs do, which reports each execution as it is done with.
func startCancelling(do func(ctx context.Context, progress func(engine.MemberOutcome)) error) *cancelRun {
	r := &cancelRun{over: make(chan struct{}), wake: make(chan struct{}, 1)}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), longestCancel)
		defer cancel()
		defer close(r.over)
		err := engine.Guard("cancel", func() error { return do(ctx, r.add) })
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
	}()
	return r
}

func (r *cancelRun) add(o engine.MemberOutcome) {
	r.mu.Lock()
	r.news = append(r.news, o)
	r.tally.add(o)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// begun tells the dialog of the run, and the log, once it is over, how it ended. The log hears of it also when the dialog is gone.
func (r *cancelRun) begun(what theme.Text, total int) tea.Msg {
	return tea.BatchMsg{Send(cancelBegun{run: r, head: what, total: total}), r.said(what)}
}

// refused tells the dialog and the log that nothing was begun.
func refused(what theme.Text, err error) tea.Msg {
	return tea.BatchMsg{Send(cancelFailed{err}), Send(Said{Text: what + ": " + errorWords(err), Error: true})}
}

// next waits for news.
func (r *cancelRun) next() tea.Cmd {
	return func() tea.Msg {
		last := false
		select {
		case <-r.wake:
		case <-r.over:
			last = true
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		news := cancelNews{outcomes: r.news, last: last, err: r.err}
		r.news = nil
		return news
	}
}

// said waits for the end.
func (r *cancelRun) said(what theme.Text) tea.Cmd {
	return func() tea.Msg {
		<-r.over
		r.mu.Lock()
		defer r.mu.Unlock()
		text := what + ": " + r.tally.words()
		if r.err != nil {
			text += "; it ended early: " + errorWords(r.err)
		}
		return Said{Text: text, Error: r.err != nil || r.tally.failed > 0}
	}
}

// outcomeTally counts what became of executions.
type outcomeTally struct{ cancelled, already, left, failed int }

func (t *outcomeTally) add(o engine.MemberOutcome) {
	switch {
	case o.Err != nil:
		t.failed++
	case o.Already:
		t.already++
	case o.Cancelled:
		t.cancelled++
	default:
		t.left++
	}
}

func (t outcomeTally) words() theme.Text {
	words := []theme.Text{Count(t.cancelled) + " cancelled"}
	for _, c := range []struct {
		n    int
		word theme.Text
	}{{t.already, " had ended"}, {t.left, " left alone"}, {t.failed, " failed"}} {
		if c.n > 0 {
			words = append(words, Count(c.n)+c.word)
		}
	}
	return theme.Join(words, ", ")
}

// outcomeCells say what became of one execution.
func outcomeCells(th *theme.Theme, o engine.MemberOutcome, kind string) []Cell {
	sign, result := Cell{th.Glyphs.Check + " ", th.Good}, Cell{"cancelled", th.Good}
	switch {
	case o.Err != nil && o.Cancelled:
		sign, result = Cell{th.Glyphs.Alert + " ", th.Warn}, Cell{"cancelled, but not acknowledged: " + errorWords(o.Err), th.Warn}
	case o.Err != nil:
		sign, result = Cell{th.Glyphs.Cross + " ", th.Bad}, Cell{errorWords(o.Err), th.Bad}
	case o.Already:
		sign, result = Cell{th.Glyphs.Dot + " ", th.Dim}, Cell{"had ended", th.Dim}
	case !o.Cancelled:
		sign, result = Cell{th.Glyphs.Dot + " ", th.Dim}, Cell{"at work or over: left alone", th.Dim}
	case o.Before != "":
		result.Text = "cancelled, was " + theme.CleanTo(string(o.Before), 16)
	}
	return []Cell{sign, {ShortExecution(o.Execution) + " ", th.Dim}, {theme.CleanTo(kind, 24), th.Plain}, {"  ", th.Plain}, result}
}

// errorWords is a sentence for a person.
func errorWords(err error) theme.Text { return theme.Clean(engine.Explain(err)) }
