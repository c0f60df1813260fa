package views

import (
	"time"

	"ffboard/engine"
)

// spanKind is what an execution did for a while. A heavier kind is seen where several fall into one cell.
type spanKind int

const (
	spanNone   spanKind = iota
	spanWait            // made and not begun, or between two attempts
	spanHeld            // suspended
	spanWork            // an attempt at work
	spanBroken          // an attempt that failed
)

// span is a stretch of time; open ones reach to now.
type span struct {
	kind     spanKind
	from, to time.Time
}

// lifeSpans are the stretches of an execution's life in their order. Without its attempts they are what its row tells.
func lifeSpans(r *engine.ExecutionRow, known *engine.ExecutionSpans, now time.Time) []span {
	if r.Missing || r.CreatedAt.IsZero() {
		return nil
	}
	end := now
	if !r.CompletedAt.IsZero() {
		end = r.CompletedAt
	}
	spans := []span{{spanWait, r.CreatedAt, end}}
	if known == nil || len(known.Attempts) == 0 {
		if r.StartedAt.IsZero() {
			return spans
		}
		return append(spans, rowSpan(r, end))
	}
	for i := range known.Attempts {
		a := &known.Attempts[i]
		spans = append(spans, attemptSpans(a, end)...)
		if i == len(known.Attempts)-1 && known.SuspendedAt.After(a.StartedAt) {
			to := known.SuspensionEnded
			if to.IsZero() {
				to = end
			}
			spans = append(spans, span{spanHeld, known.SuspendedAt, to})
		}
	}
	return spans
}

// rowSpan is the work of an execution whose attempts are not known.
func rowSpan(r *engine.ExecutionRow, end time.Time) span {
	switch r.State {
	case engine.StateFailed, engine.StateExpired:
		return span{spanBroken, r.StartedAt, end}
	case engine.StateSuspended:
		return span{spanHeld, r.StartedAt, end}
	default:
		return span{spanWork, r.StartedAt, end}
	}
}

// attemptSpans are an attempt's work. While it is suspended it does not work; where it was resumed only the last time is known.
func attemptSpans(a *engine.Attempt, end time.Time) []span {
	if a.StartedAt.IsZero() {
		return nil
	}
	kind, to := spanWork, end
	switch {
	case !a.EndedAt.IsZero():
		to = a.EndedAt
	case !a.SuspendedAt.IsZero():
		return []span{{kind, a.StartedAt, a.SuspendedAt}, {spanHeld, a.SuspendedAt, end}}
	}
	if a.State == "ended_failure" || a.State == "interrupted_reclaimed" {
		kind = spanBroken
	}
	return []span{{kind, a.StartedAt, to}}
}

// worked is how long an execution was at work, and waited how long it was not, from when it was made until it ended.
func worked(spans []span) (worked, waited time.Duration) {
	if len(spans) == 0 {
		return 0, 0
	}
	life := spans[0].to.Sub(spans[0].from)
	for _, s := range spans {
		switch s.kind {
		case spanWork, spanBroken:
			worked += max(s.to.Sub(s.from), 0)
		case spanHeld:
			worked -= overlap(s, spans)
		}
	}
	worked = max(worked, 0)
	return worked, max(life-worked, 0)
}

// overlap is how much of a suspension lies in attempts that were at work around it.
func overlap(held span, spans []span) time.Duration {
	var sum time.Duration
	for _, s := range spans {
		if s.kind != spanWork && s.kind != spanBroken {
			continue
		}
		from, to := s.from, s.to
		if held.from.After(from) {
			from = held.from
		}
		if held.to.Before(to) {
			to = held.to
		}
		sum += max(to.Sub(from), 0)
	}
	return sum
}

// timeWindow is the time that a bar of cells shows.
type timeWindow struct {
	from  time.Time
	width time.Duration
}

// at is the cell in which a moment falls, of so many.
func (w timeWindow) at(t time.Time, cells int) int {
	if w.width <= 0 {
		return 0
	}
	return int(float64(t.Sub(w.from)) / float64(w.width) * float64(cells))
}

// paint says what to draw in each cell. A stretch takes a cell at least; later ones are drawn over earlier ones, work over waits.
func (w timeWindow) paint(spans []span, cells int) []spanKind {
	out := make([]spanKind, cells)
	for _, s := range spans {
		if s.to.Before(w.from) || !s.from.Before(w.from.Add(w.width)) {
			continue
		}
		first := max(w.at(s.from, cells), 0)
		last := min(max(w.at(s.to, cells), first+1), cells)
		for i := min(first, cells); i < last; i++ {
			if s.kind != spanWait || out[i] == spanNone {
				out[i] = s.kind
			}
		}
	}
	return out
}
