package recording

import (
	"context"
	"strings"
	"time"

	"ffboard/engine"
)

// tailLook is how long one waits for a player that stands still before one looks again.
const tailLook = time.Second

// TailStream gives the frames that had been delivered by the player's time, and waits for more as the stream itself would.
func (p *Player) TailStream(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
	until := p.now().Add(q.Block)
	for {
		page, err := p.framesAfter(ctx, q)
		left := until.Sub(p.now())
		if err != nil || len(page.Frames) > 0 || page.Closed() || left <= 0 {
			return page, err
		}
		if err := p.wait(ctx, min(left, tailLook)); err != nil {
			return page, err
		}
	}
}

// framesAfter is a page of what was recorded behind a position.
func (p *Player) framesAfter(ctx context.Context, q engine.TailQuery) (page engine.StreamPage, err error) {
	asked := ask(frames, q.Execution, q.AttemptIndex)
	last, err := p.latest(ctx, asked)
	if err != nil {
		return page, err
	}
	after, _ := engine.ParseEntryID(q.After)
	places := p.file.answers[asked]
	next, more := nextPage(places[:max(upTo(places, p.position()), 1)], after)
	if next == nil {
		if last.note == "" {
			err = p.file.read(last, &page)
		}
		page.Frames = nil
		return page, err
	}
	if err := p.file.read(*next, &page); err != nil {
		return engine.StreamPage{}, err
	}
	all := page.Frames
	page.Frames = nil
	for _, f := range all {
		id, err := engine.ParseEntryID(f.ID)
		if err != nil || !after.Before(id) || q.Visibility == engine.TailExcludeBestEffort && f.Mode == engine.ModeBestEffort {
			continue
		}
		if len(page.Frames) == q.Limit {
			more = true
			break
		}
		page.Frames = append(page.Frames, f)
		page.LastID = f.ID
	}
	if more {
		page.ClosedAt, page.ClosedReason = time.Time{}, ""
	}
	return page, nil
}

// nextPage finds the page with the first frame after a position; more tells that there are others behind it.
func nextPage(places []place, after engine.EntryID) (next *place, more bool) {
	var begins engine.EntryID
	behind := 0
	for i := range places {
		first, last, ok := pageEnds(places[i].note)
		if !ok || !after.Before(last) {
			continue
		}
		behind++
		if !after.Before(first) {
			first = after // it has been reached already
		}
		if next == nil || first.Before(begins) {
			next, begins = &places[i], first
		}
	}
	return next, behind > 1
}

func pageEnds(note string) (first, last engine.EntryID, ok bool) {
	from, to, found := strings.Cut(note, " ")
	first, err := engine.ParseEntryID(from)
	if err != nil || !found {
		return first, last, false
	}
	last, err = engine.ParseEntryID(to)
	return first, last, err == nil
}

// ReadStream gives the frames of a range that had been delivered by the player's time.
func (p *Player) ReadStream(ctx context.Context, id engine.ExecutionID, attempt uint32, from, to string, limit int) (engine.StreamPage, error) {
	var all engine.StreamPage
	end, err := engine.ParseEntryID(to)
	endless := err != nil
	q := engine.TailQuery{Execution: id, AttemptIndex: attempt, After: justBefore(from), Limit: limit}
	for len(all.Frames) < limit {
		page, err := p.framesAfter(ctx, q)
		if err != nil {
			return all, err
		}
		if len(page.Frames) == 0 {
			all.ClosedAt, all.ClosedReason = page.ClosedAt, page.ClosedReason
			return all, nil
		}
		for _, f := range page.Frames {
			if at, _ := engine.ParseEntryID(f.ID); !endless && end.Before(at) || len(all.Frames) == limit {
				return all, nil
			}
			all.Frames, all.LastID = append(all.Frames, f), f.ID
		}
		all.ClosedAt, all.ClosedReason = page.ClosedAt, page.ClosedReason
		q.After = page.LastID
	}
	return all, nil
}

// justBefore is the position from which on reading begins with an entry.
func justBefore(id string) string {
	at, err := engine.ParseEntryID(id)
	switch {
	case err != nil:
		return ""
	case at.Seq > 0:
		at.Seq--
	case at.Millis > 0:
		at = engine.EntryID{Millis: at.Millis - 1, Seq: 1<<64 - 1}
	default:
		return ""
	}
	return at.String()
}
