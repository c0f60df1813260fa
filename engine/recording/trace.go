package recording

import (
	"context"
	"sync"
	"time"
)

// Trace tells what was asked of a player with a context, and from when the oldest answer was.
type Trace struct {
	mu        sync.Mutex
	questions []question
	oldest    time.Time
}

type traceKey struct{}

// NewTrace is a context whose questions leave a trace.
func NewTrace(ctx context.Context) (context.Context, *Trace) {
	t := &Trace{}
	return context.WithValue(ctx, traceKey{}, t), t
}

// traceOf is nil where nobody traces.
func traceOf(ctx context.Context) *Trace {
	t, _ := ctx.Value(traceKey{}).(*Trace)
	return t
}

// mostTraced is how many questions a trace keeps: enough to tell when what is on a screen was asked.
const mostTraced = 16

func (t *Trace) ask(q question) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.questions) < mostTraced && (!standing[q.read] || q.read == "subscribed") {
		t.questions = append(t.questions, q)
	}
}

// standing are answers that are asked for now and then, and are true meanwhile: their age says nothing.
var standing = map[string]bool{"Deployment": true, "Partitions": true, "subscribed": true}

func (t *Trace) told(q question, at time.Time) {
	if t == nil || standing[q.read] {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.oldest.IsZero() || at.Before(t.oldest) {
		t.oldest = at
	}
}

// Oldest is from when the oldest answer was; zero where there was none.
func (t *Trace) Oldest() time.Time {
	if t == nil {
		return time.Time{}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.oldest
}

// Empty tells that nothing was asked.
func (t *Trace) Empty() bool { return len(t.asked()) == 0 }

func (t *Trace) asked() []question {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.questions[:len(t.questions):len(t.questions)]
}
