package viewstest

import (
	"context"

	"ffboard/engine"
)

func (e *Engine) ReadStream(_ context.Context, id engine.ExecutionID, attempt uint32, from, to string, limit int) (engine.StreamPage, error) {
	e.Lock()
	defer e.Unlock()
	page := e.Frames[engine.StreamRef{Execution: id, Attempt: attempt}]
	page = between(page, from, to)
	page.Frames = page.Frames[:min(limit, len(page.Frames))]
	if n := len(page.Frames); n > 0 {
		page.LastID = page.Frames[n-1].ID
	}
	return page, e.record("ReadStream", id, attempt, from, to, limit)
}

// between cuts a page to the frames from and to an entry, where those are named.
func between(page engine.StreamPage, from, to string) engine.StreamPage {
	first, err := engine.ParseEntryID(from)
	last, errLast := engine.ParseEntryID(to)
	if err != nil || errLast != nil {
		return page
	}
	var kept []engine.StreamFrame
	for _, f := range page.Frames {
		id, _ := engine.ParseEntryID(f.ID)
		if !id.Before(first) && !last.Before(id) {
			kept = append(kept, f)
		}
	}
	page.Frames = kept
	return page
}

// TailStream returns the canned frames after q.After at once.
func (e *Engine) TailStream(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
	e.Lock()
	err := e.record("TailStream", q.Execution, q.AttemptIndex, q.After, q.Visibility)
	tail := e.OnTail
	e.Unlock()
	if tail != nil {
		return tail(ctx, q) // without the lock: it may wait
	}
	e.Lock()
	defer e.Unlock()
	return after(e.Frames[engine.StreamRef{Execution: q.Execution, Attempt: q.AttemptIndex}], q), err
}

func after(page engine.StreamPage, q engine.TailQuery) engine.StreamPage {
	start := 0
	if q.After == string(engine.StreamEnd) {
		start = len(page.Frames)
	}
	for i, f := range page.Frames {
		if f.ID == q.After {
			start = i + 1
		}
	}
	var kept []engine.StreamFrame
	page.LastID = ""
	if start > 0 {
		page.LastID = page.Frames[start-1].ID
	}
	for _, f := range page.Frames[start:] {
		if len(kept) == q.Limit {
			break
		}
		page.LastID = f.ID
		if q.Visibility != engine.TailExcludeBestEffort || f.Mode != engine.ModeBestEffort {
			kept = append(kept, f)
		}
	}
	page.Frames = kept
	return page
}

func (e *Engine) ReadSummary(_ context.Context, id engine.ExecutionID, attempt uint32) (*engine.SummaryDocument, error) {
	e.Lock()
	defer e.Unlock()
	return e.Summaries[engine.StreamRef{Execution: id, Attempt: attempt}], e.record("ReadSummary", id, attempt)
}

func (e *Engine) StreamMeta(_ context.Context, id engine.ExecutionID, attempt uint32) (*engine.StreamMeta, error) {
	e.Lock()
	defer e.Unlock()
	for _, r := range e.Streaming {
		if r.Execution == id && r.AttemptIndex == attempt {
			return &r.StreamMeta, e.record("StreamMeta", id, attempt)
		}
	}
	return nil, e.record("StreamMeta", id, attempt)
}
