package valkey

import (
	"context"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	// behindFirst is how many executions of a line a claim looks at, once its first ones are for others; each further round trip looks at twice
	// as many, up to behindBatch, and one claim at behindMost.
	behindFirst = 32
	behindBatch = 512
	behindMost  = 32 * behindBatch
	// behindAgain is when what was passed by is looked at again. What an execution asks for never changes, but others may come in between:
	// retried ones, delayed ones, those of a higher priority.
	behindAgain = time.Second
)

// passedBy remembers for what workers are able to do how far the executions at the beginning of a line all ask for more.
type passedBy struct {
	mu    sync.Mutex
	lines map[passedKey]*passedLine
}

type passedKey struct {
	line         engine.IndexRef
	capabilities string
}

type passedLine struct {
	mu    sync.Mutex
	last  *indexedMember // nil: nothing was passed by
	since time.Time
}

// mostPassed bounds how many lines are remembered; they are forgotten together.
const mostPassed = 4096

func (p *passedBy) line(key passedKey) *passedLine {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lines == nil || len(p.lines) >= mostPassed {
		p.lines = map[passedKey]*passedLine{}
	}
	line := p.lines[key]
	if line == nil {
		line = &passedLine{}
		p.lines[key] = line
	}
	return line
}

// from is where to look on; nil when everything is to be looked at again.
func (l *passedLine) from(now time.Time) *indexedMember {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last != nil && now.Sub(l.since) > behindAgain {
		l.last = nil
	}
	return l.last
}

// passed notes that those up to last ask for what the workers cannot do.
func (l *passedLine) passed(last indexedMember, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil {
		l.since = now
	} else if last.compare(*l.last) <= 0 {
		return // somebody is further
	}
	l.last = &last
}

// claimBehind claims from a line whose first executions, up to and with head, are for others.
func (s *claimSearch) claimBehind(ctx context.Context, line engine.IndexRef, head indexedMember) error {
	passed := s.b.passed.line(passedKey{line, s.capabilities})
	from := passed.from(time.Now())
	if from == nil || from.compare(head) < 0 {
		from = &head
	}
	for looked, size := 0, behindFirst; looked < behindMost; size = min(2*size, behindBatch) {
		members, err := s.b.membersAfter(ctx, s.op, indexKey(line), from, size, size)
		if err != nil || len(members) == 0 {
			return err
		}
		looked += len(members)
		able, before, err := s.able(ctx, line, members)
		if err != nil {
			return err
		}
		if before > 0 {
			passed.passed(members[before-1], time.Now())
		}
		if err := s.claimInTurn(ctx, able); err != nil || len(s.claimed) > 0 {
			return err
		}
		// Whom nobody could claim, because he is granted or his record is none, is in nobody's way.
		from = &members[len(members)-1]
		if !s.lost {
			passed.passed(*from, time.Now())
		}
		if len(members) < size {
			return nil
		}
	}
	s.lost = true // there is more
	return nil
}

// able are the members that ask for no more than the worker can do, and those whose record does not tell: a claim looks at it. before is
// how many stand before the first of them.
func (s *claimSearch) able(ctx context.Context, line engine.IndexRef, members []indexedMember) (able []eligibleHead, before int, err error) {
	reads := make([]*redis.StringCmd, len(members))
	unfit := make([]bool, len(members))
	err = s.b.pipelined(ctx, s.op, func(p redis.Pipeliner) {
		for i, m := range members {
			execution := engine.ExecutionID(m.member)
			if unfit[i] = s.b.unfit.has(s.capabilities, execution); !unfit[i] && isExecutionID(m.member) {
				reads[i] = p.HGet(ctx, keysOf(execution).core(), "required_capabilities")
			}
		}
	})
	if err != nil {
		return nil, 0, err
	}
	before = len(members)
	for i, m := range members {
		if unfit[i] || reads[i] != nil && !s.covers(engine.ExecutionID(m.member), engine.ParseCapabilityCSV(reads[i].Val())) {
			continue
		}
		before = min(before, i)
		able = append(able, eligibleHead{m.member, indexKey(line), m.score})
	}
	return able, before, nil
}
