package recording

import (
	"context"
	"strconv"
	"time"

	"ffboard/engine"
)

// Reads of several things at once are kept thing by thing: a replay asks for others together.

func (r *Recorder) ExecutionRows(ctx context.Context, ids []engine.ExecutionID) ([]engine.ExecutionRow, error) {
	rows, err := r.Attached.ExecutionRows(ctx, ids)
	keepEach(ctx, r, "ExecutionRows", ids, rows, err)
	return rows, err
}

func (r *Recorder) ExecutionSpans(ctx context.Context, ids []engine.ExecutionID) ([]engine.ExecutionSpans, error) {
	spans, err := r.Attached.ExecutionSpans(ctx, ids)
	keepEach(ctx, r, "ExecutionSpans", ids, spans, err)
	return spans, err
}

func keepEach[T any](ctx context.Context, r *Recorder, read string, ids []engine.ExecutionID, answers []T, err error) {
	if ctx.Err() != nil || err == nil && len(answers) != len(ids) {
		return
	}
	for i, id := range ids {
		var answer T
		if err == nil {
			answer = answers[i]
		}
		r.keep(ask(read, id), &answer, err, "")
	}
}

// ServerTime is kept with how far the server's clock was ahead of ours.
func (r *Recorder) ServerTime(ctx context.Context) (time.Time, error) {
	sent := r.clock()
	at, err := r.Attached.ServerTime(ctx)
	if ctx.Err() == nil {
		ahead := at.Sub(sent.Add(r.clock().Sub(sent) / 2))
		r.keep(ask("ServerTime"), &at, err, strconv.FormatInt(ahead.Milliseconds(), 10))
	}
	return at, err
}

// Frames of a stream are kept as they were delivered, whoever read them; the note is the first and the last of them.

func (r *Recorder) ReadStream(ctx context.Context, id engine.ExecutionID, attempt uint32, from, to string, limit int) (engine.StreamPage, error) {
	page, err := r.Attached.ReadStream(ctx, id, attempt, from, to, limit)
	r.keepPage(ctx, id, attempt, page, err)
	return page, err
}

func (r *Recorder) TailStream(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
	page, err := r.Attached.TailStream(ctx, q)
	r.keepPage(ctx, q.Execution, q.AttemptIndex, page, err)
	return page, err
}

const frames = "frames"

func (r *Recorder) keepPage(ctx context.Context, id engine.ExecutionID, attempt uint32, page engine.StreamPage, err error) {
	if ctx.Err() != nil {
		return
	}
	note := ""
	if n := len(page.Frames); n > 0 {
		note = page.Frames[0].ID + " " + page.Frames[n-1].ID
	}
	r.keep(ask(frames, id, attempt), &page, err, note)
}

// Subscriptions are kept event by event, and when they began.

func subscribed(q question) question { return ask("subscribed", q.read) }

func (r *Recorder) SubscribeCompletions(ctx context.Context) (<-chan engine.Completion, error) {
	events, err := r.Attached.SubscribeCompletions(ctx)
	return keepEvents(ctx, r, ask("SubscribeCompletions"), events, err)
}

func (r *Recorder) SubscribeSignals(ctx context.Context, from []engine.FeedPlace) (<-chan engine.SignalEvent, error) {
	events, err := r.Attached.SubscribeSignals(ctx, from)
	return keepEvents(ctx, r, ask("SubscribeSignals"), events, err)
}

func (r *Recorder) SubscribeLeases(ctx context.Context, executions []engine.ExecutionID) (<-chan engine.LeaseChange, error) {
	events, err := r.Attached.SubscribeLeases(ctx, executions)
	return keepEvents(ctx, r, ask("SubscribeLeases"), events, err)
}

// keepEvents passes events on as they come.
func keepEvents[T any](ctx context.Context, r *Recorder, q question, events <-chan T, err error) (<-chan T, error) {
	if err != nil {
		return events, err
	}
	begun := true
	r.keep(subscribed(q), &begun, nil, "")
	passed := make(chan T)
	go func() {
		defer close(passed)
		for event := range events {
			r.keep(q, &event, nil, "")
			select {
			case passed <- event:
			case <-ctx.Done():
			}
		}
	}()
	return passed, nil
}
