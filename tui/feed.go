package tui

import (
	"context"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/recording"
	"ffboard/views"
)

const (
	firstRetry   = 500 * time.Millisecond
	longestRetry = 15 * time.Second
	shortestWait = 10 * time.Millisecond // between two fetches of a need that wants to be fetched without end
	longestFetch = 30 * time.Second
	longSilence  = 3 * time.Second // a server that answers takes less for what the header asks
	// patience is how long a fetch waits for the one before it, which was cancelled and may not have noticed yet.
	patience = 250 * time.Millisecond
)

// feed fetches one need over and over. It has at most one fetch under way.
type feed struct {
	ctx    context.Context // the program's
	owner  int             // screen
	engine views.Engine
	now    func() time.Time
	traced bool // the engine is a recording

	need       views.Need
	anew       bool                 // the next fetch reads everything, also what is not its turn
	oldest     map[string]time.Time // by Need.Part: when the oldest of the last good answer was read; none where nothing took turns
	generation int                  // of the fetch or the timer that counts; what comes of older ones is dropped
	cancel     context.CancelFunc   // of the fetch under way; nil when there is none
	begunAt    time.Time            // of that fetch
	ended      chan struct{}        // closed when the last fetch has returned

	fetchedAt time.Time        // the last good answer
	trace     *recording.Trace // of the last answer of a recording
	err       error            // of the last answer, nil when it was good
	failures  int              // in a row
	failedAt  time.Time        // the first of those
	retryAt   time.Time        // after a failure
}

// fetched is the answer of a fetch, due the end of a wait.
type (
	fetched struct {
		owner, generation int
		data              views.Data
		part              string // Need.Part
		trace             *recording.Trace
	}
	due struct{ owner, generation int }
)

// follow takes what is needed now and fetches at once when that is another query.
func (f *feed) follow(need views.Need) tea.Cmd {
	if need.Key == f.need.Key {
		f.need = need
		return nil
	}
	f.stop()
	f.need = need
	f.err, f.failures, f.oldest = nil, 0, nil
	return f.fetch()
}

// refresh fetches now, unless a fetch is under way already.
func (f *feed) refresh() tea.Cmd {
	if f.cancel != nil {
		return nil
	}
	f.anew = true
	return f.fetch()
}

// stop cancels what is under way and forgets the need, so that the next follow fetches.
func (f *feed) stop() {
	if f.cancel != nil {
		f.cancel()
		f.cancel = nil
	}
	f.generation++
	f.need = views.Need{}
	f.trace = nil
}

func (f *feed) fetch() tea.Cmd {
	if f.need.Key == "" {
		return nil
	}
	f.generation++
	ctx, cancel := context.WithTimeout(f.ctx, longestFetch)
	before, ended := f.ended, make(chan struct{})
	f.cancel, f.ended, f.begunAt = cancel, ended, f.now()
	need, owner, generation := f.need, f.owner, f.generation
	turns := &engine.Turns{Shown: shown(need.Shown), Anew: f.anew}
	f.anew = false
	e, now := f.engine, f.now
	ctx = engine.WithTurns(ctx, turns)
	var trace *recording.Trace
	if f.traced {
		ctx, trace = recording.NewTrace(ctx)
	}
	return func() tea.Msg {
		defer close(ended)
		defer cancel()
		if before != nil {
			select {
			case <-before:
			case <-time.After(patience):
			}
		}
		value, err := guardedFetch(ctx, need, e)
		data := views.Data{Key: need.Key, Value: value, Err: err, At: now(), Oldest: turns.Oldest()}
		return fetched{owner, generation, data, need.Part, trace}
	}
}

func shown(ids []string) map[string]bool {
	set := make(map[string]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

// guardedFetch makes a panic an error: a record that nobody thought of must not end the program.
func guardedFetch(ctx context.Context, need views.Need, e views.Engine) (value any, err error) {
	defer func() {
		if p := recover(); p != nil {
			value, err = nil, fmt.Errorf("fetch %s: panic: %v", need.Key, p)
		}
	}()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return need.Fetch(ctx, e)
}

// answered takes in an answer and returns the wait for the next fetch. ok is false for an answer that nobody waits for any more.
func (f *feed) answered(msg fetched) (ok bool, next tea.Cmd) {
	if msg.generation != f.generation {
		return false, nil
	}
	f.cancel = nil
	f.err = msg.data.Err
	if !msg.trace.Empty() {
		f.trace = msg.trace
	}
	if f.err != nil {
		wait := backoff(f.failures)
		if f.failures == 0 {
			f.failedAt = msg.data.At
		}
		f.failures++
		f.retryAt = f.now().Add(wait)
		return true, f.wait(wait)
	}
	f.failures = 0
	f.fetchedAt = msg.data.At
	f.aged(msg.part, msg.data.Oldest)
	return true, f.wait(max(f.need.Every, shortestWait))
}

// aged notes when the oldest of a part of the screen was read.
func (f *feed) aged(part string, oldest time.Time) {
	if oldest.IsZero() {
		delete(f.oldest, part)
		return
	}
	if f.oldest == nil {
		f.oldest = map[string]time.Time{}
	}
	f.oldest[part] = oldest
}

// oldestShown is when the oldest of what is on the screen was read; zero where nothing took turns.
func (f *feed) oldestShown() (oldest time.Time) {
	for _, at := range f.oldest {
		if oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// silence is how long the fetch under way has been waiting for its answer; 0 when it is nothing to speak of.
func (f *feed) silence() time.Duration {
	if f.cancel == nil {
		return 0
	}
	if d := f.now().Sub(f.begunAt); d >= longSilence {
		return d
	}
	return 0
}

// elapsed fetches again after a wait.
func (f *feed) elapsed(msg due) tea.Cmd {
	if msg.generation != f.generation || f.cancel != nil {
		return nil
	}
	return f.fetch()
}

func (f *feed) wait(d time.Duration) tea.Cmd {
	msg := due{f.owner, f.generation}
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}

// backoff is how long to wait after so many failures before the last one.
func backoff(failures int) time.Duration {
	if failures > 10 {
		return longestRetry
	}
	return min(firstRetry<<failures, longestRetry)
}
