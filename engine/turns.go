package engine

import (
	"context"
	"sync"
	"time"
)

// Turns lets the reads of a list take turns. A board that asks for the same list every other second says with it which rows somebody
// looks at; a backend reads those again, and some of the others, and takes the rest as it was the last time. Without Turns in the
// context everything is read.
type Turns struct {
	// Shown are the ids of what is on the screen.
	Shown map[string]bool
	// Anew reads everything all the same, for somebody who does not want to wait for its turn.
	Anew bool

	mu     sync.Mutex
	oldest time.Time
}

type turnsKey struct{}

// WithTurns is a context for one read of a list.
func WithTurns(ctx context.Context, t *Turns) context.Context {
	return context.WithValue(ctx, turnsKey{}, t)
}

// TurnsOf are the turns of a context; nil when everything is to be read.
func TurnsOf(ctx context.Context) *Turns {
	t, _ := ctx.Value(turnsKey{}).(*Turns)
	return t
}

// Used notes when something was read that an answer is made of.
func (t *Turns) Used(at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.oldest.IsZero() || at.Before(t.oldest) {
		t.oldest = at
	}
}

// Oldest is when the oldest part of the answer was read; zero when nothing took turns.
func (t *Turns) Oldest() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.oldest
}
