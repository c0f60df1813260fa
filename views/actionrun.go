package views

import (
	"context"
	"sync"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine/action"
	"ffboard/theme"
)

// actionRun does an action to targets in the background and keeps what became of each until somebody asks. It goes on when its dialog
// is closed, unless it was stopped.
type actionRun struct {
	over chan struct{} // closed at the end
	wake chan struct{} // holds a token while there is news
	halt chan struct{} // closed to begin nothing more

	stopped  sync.Once
	mu       sync.Mutex
	news     []action.Done
	tally    actionTally
	notBegun int
}

// actionNews is what became of some targets since the last one; last is true when there will be no more.
type actionNews struct {
	done     []action.Done
	last     bool
	notBegun int
}

func startAction(e Engine, a *action.Action, states []*action.State, args action.Args) *actionRun {
	r := &actionRun{over: make(chan struct{}), wake: make(chan struct{}, 1), halt: make(chan struct{})}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), longestCancel)
		defer cancel()
		defer close(r.over)
		notBegun := action.RunAll(ctx, e, a, states, args, r.halt, r.add)
		r.mu.Lock()
		r.notBegun = notBegun
		r.mu.Unlock()
	}()
	return r
}

func (r *actionRun) add(d action.Done) {
	r.mu.Lock()
	r.news = append(r.news, d)
	r.tally.add(&d)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// stop begins nothing more; what is under way ends by itself.
func (r *actionRun) stop() { r.stopped.Do(func() { close(r.halt) }) }

// next waits for news.
func (r *actionRun) next() tea.Cmd {
	return func() tea.Msg {
		last := false
		select {
		case <-r.wake:
		case <-r.over:
			last = true
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		news := actionNews{done: r.news, last: last, notBegun: r.notBegun}
		r.news = nil
		return news
	}
}

// said waits for the end and tells the log, also when the dialog is gone by then. What became of a single target is said in full.
func (r *actionRun) said(what theme.Text, only *action.State) tea.Cmd {
	var told theme.Text
	return func() tea.Msg {
		<-r.over
		r.mu.Lock()
		defer r.mu.Unlock()
		told = r.tally.words(r.notBegun)
		if only != nil && r.tally.first != nil {
			told = doneWords(r.tally.first)
		}
		return Said{Text: what + ": " + told, Error: r.tally.failed > 0}
	}
}

// actionTally counts what became of targets.
type actionTally struct {
	done, idle, left, failed int
	first                    *action.Done
}

func (t *actionTally) add(d *action.Done) {
	if t.first == nil {
		t.first = d
	}
	switch {
	case d.Failed():
		t.failed++
	case d.Skipped != "":
		t.left++
	case d.Outcome.Idle:
		t.idle++
	default:
		t.done++
	}
}

func (t *actionTally) words(notBegun int) theme.Text {
	words := []theme.Text{Count(t.done) + " done"}
	for _, c := range []struct {
		n    int
		word theme.Text
	}{{t.idle, " were so already"}, {t.left, " left alone"}, {t.failed, " failed"}, {notBegun, " not begun"}} {
		if c.n > 0 {
			words = append(words, Count(c.n)+c.word)
		}
	}
	return theme.Join(words, ", ")
}

// doneWords say what became of one target.
func doneWords(d *action.Done) theme.Text {
	switch {
	case d.Err != nil:
		return theme.Clean(action.Explain(d.Err))
	case d.Skipped != "":
		return "left alone: " + theme.Clean(d.Skipped)
	default:
		return theme.CleanTo(d.Outcome.Words, 200)
	}
}
