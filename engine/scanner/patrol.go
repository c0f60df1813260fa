package scanner

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"ffboard/engine"
)

// quietReads is how many reads a second a scanner spends on indexes that hold something while nothing in them is due.
const quietReads = 16

// patrol decides which indexes a pass reads. Those known to be empty are asked about together, every interval; the others are
// read one by one, each when its time has come.
type patrol struct {
	name  string
	every time.Duration
	news  *news
	gains *atomic.Int64 // how often partitions were gained
	log   *slog.Logger

	known map[engine.IndexRef]*watched // those that are not empty
	askAt time.Time                    // when to ask about the others
	asked int64                        // gains up to which that was done
}

// watched is an index that holds something.
type watched struct {
	readAt time.Time // when to read it
	from   int       // where in it the next pass goes on, when it is read in pages
}

func newPatrol(s *scope, name string) *patrol {
	return &patrol{name: name, every: s.cfg.interval(name), news: s.news, gains: &s.shares.gains, log: s.log, known: map[engine.IndexRef]*watched{}}
}

// ripe lists those of the indexes that are to be read now, those that wait longest first. It is an error when there are none and
// not all could be asked about.
func (p *patrol) ripe(ctx context.Context, refs []engine.IndexRef, now time.Time) ([]engine.IndexRef, error) {
	p.drop(refs)
	var unasked error
	if !now.Before(p.askAt) || p.asked != p.gains.Load() {
		unasked = p.ask(ctx, refs, now)
	}
	var ripe []engine.IndexRef
	for ref, w := range p.known {
		if !w.readAt.After(now) {
			ripe = append(ripe, ref)
		}
	}
	if unasked != nil && len(ripe) == 0 {
		return nil, unasked
	}
	if unasked != nil {
		p.log.Warn("not all indexes asked about, trying again", "scanner", p.name, "error", unasked)
	}
	slices.SortFunc(ripe, func(a, b engine.IndexRef) int { return p.known[a].readAt.Compare(p.known[b].readAt) })
	return ripe, nil
}

// drop forgets indexes that are no longer looked after.
func (p *patrol) drop(refs []engine.IndexRef) {
	if len(p.known) == 0 {
		return
	}
	ours := make(map[engine.IndexRef]bool, len(refs))
	for _, ref := range refs {
		ours[ref] = true
	}
	for ref := range p.known {
		if !ours[ref] {
			delete(p.known, ref)
		}
	}
}

// ask finds out which of the empty indexes hold something now. With an error come those of the partitions that answered, and the
// next pass asks again.
func (p *patrol) ask(ctx context.Context, refs []engine.IndexRef, now time.Time) error {
	var empty []engine.IndexRef
	for _, ref := range refs {
		if p.known[ref] == nil {
			empty = append(empty, ref)
		}
	}
	gains := p.gains.Load()
	occupied, err := p.news.of(ctx, p.name, empty)
	for _, ref := range occupied {
		p.known[ref] = &watched{readAt: now}
	}
	if err != nil {
		return err
	}
	p.asked = gains
	p.askAt = now.Add(p.every)
	return nil
}

// overdue keeps those of the ripe indexes whose earliest time was past before now; the others are looked at again in time.
func (p *patrol) overdue(ctx context.Context, b engine.Sweeper, ripe []engine.IndexRef, now time.Time, past time.Duration, report *Report) []engine.IndexRef {
	if len(ripe) == 0 {
		return nil
	}
	var overdue []engine.IndexRef
	for i, head := range b.Earliest(ctx, ripe) {
		ref, due := ripe[i], head.At.Add(past)
		switch {
		case head.Err != nil:
			p.unreadable(ref, head.Err, report)
			p.quiet(ref, now, time.Time{})
		case head.At.IsZero():
			p.empty(ref)
		case due.After(now):
			p.quiet(ref, now, due)
		default:
			overdue = append(overdue, ref)
		}
	}
	return overdue
}

// empty says that an index was found empty.
func (p *patrol) empty(ref engine.IndexRef) { delete(p.known, ref) }

// busy says that there was something to do in an index: it is read again after the interval.
func (p *patrol) busy(ref engine.IndexRef, now time.Time) { p.known[ref].readAt = now.Add(p.every) }

// quiet says that nothing was to be done in an index. It is read again at next, if that is known, and in any case before long.
func (p *patrol) quiet(ref engine.IndexRef, now, next time.Time) {
	again := now.Add(max(p.every, time.Duration(len(p.known))*time.Second/quietReads))
	if !next.IsZero() && next.Before(again) {
		again = next
	}
	p.known[ref].readAt = again
}

// unreadable counts and logs an index that could not be read. The pass goes on: the others have nothing to do with it (spec 05 §3.1).
func (p *patrol) unreadable(ref engine.IndexRef, err error, report *Report) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	report.Failed++
	report.unread++
	p.log.Warn("index not read, trying again", "scanner", p.name, "index", ref.Name, "partition", ref.Partition.Tag(), "lane", ref.Lane, "error", err)
}

// told takes in that indexes hold something now.
func (p *patrol) told(refs []engine.IndexRef, now time.Time) {
	for _, ref := range refs {
		p.known[ref] = &watched{readAt: now}
	}
}

// everything makes the next pass read all that holds anything.
func (p *patrol) everything() {
	p.askAt = time.Time{}
	for _, w := range p.known {
		w.readAt, w.from = time.Time{}, 0
	}
}

// next is when there is something to look at again.
func (p *patrol) next() time.Time {
	next := p.askAt
	for _, w := range p.known {
		if w.readAt.Before(next) {
			next = w.readAt
		}
	}
	return next
}

// walkPage is how many members of an index are listed at a time.
const walkPage = 100

// walk goes through an index until its end, or until the budget of members is used up: the next pass goes on there. page handles
// one run of members and tells how many there were and how many of them are still in the index.
func (p *patrol) walk(ctx context.Context, ref engine.IndexRef, now time.Time, budget *int,
	page func(offset, limit int) (listed, left int, err error)) error {

	w := p.known[ref]
	changed := false
	for *budget > 0 && ctx.Err() == nil {
		size := min(walkPage, *budget)
		listed, left, err := page(w.from, size)
		if err != nil {
			return err
		}
		if listed == 0 && w.from == 0 {
			p.empty(ref)
			return nil
		}
		*budget -= listed
		w.from += left
		changed = changed || left < listed
		if listed < size {
			p.settle(ref, now, changed)
			return nil
		}
	}
	return nil
}

// settle says that an index was looked through, and whether there was something to do.
func (p *patrol) settle(ref engine.IndexRef, now time.Time, changed bool) {
	p.known[ref].from = 0
	if changed {
		p.busy(ref, now)
		return
	}
	p.quiet(ref, now, time.Time{})
}
