package valkey

import (
	"context"
	"slices"
	"sync"

	"ffboard/engine"
)

// claimsAtOnce is how many claims of workers who are able to do the same this program makes in a lane at one time; more would only read
// what the others are about to take.
const claimsAtOnce = 8

// claimsUnderway keeps the claims that this program makes at one time out of each other's way. Without that a hundred workers who hear of
// new work would all ask for the first execution in line, and ninety-nine in vain.
type claimsUnderway struct {
	mu         sync.Mutex
	executions map[engine.ExecutionID]bool // somebody asks for their grant right now
	places     map[claimKind]*claimPlaces
}

// claimKind is what claims have in common that may take the same.
type claimKind struct {
	lane         engine.LaneID
	capabilities string
}

// claimPlaces are forgotten when nobody is in one.
type claimPlaces struct {
	taken   [claimsAtOnce]bool
	begun   uint64 // claims so far
	waiting []*claimWaiting
}

// claimWaiting is a claim that waits for a place, since so many had begun.
type claimWaiting struct {
	asked uint64
	told  chan *claimPlace // has room for one
}

// claimPlace is the place of one claim: it begins so far behind the others.
type claimPlace struct {
	index int
	began uint64
}

// enter waits for a place, in turn. Nil is the answer of a claim that began meanwhile and found nothing: so would this one.
func (u *claimsUnderway) enter(ctx context.Context, kind claimKind) (*claimPlace, error) {
	u.mu.Lock()
	p := u.of(kind)
	if index := slices.Index(p.taken[:], false); index >= 0 {
		defer u.mu.Unlock()
		return p.take(index), nil
	}
	w := &claimWaiting{p.begun, make(chan *claimPlace, 1)}
	p.waiting = append(p.waiting, w)
	u.mu.Unlock()
	select {
	case place := <-w.told:
		return place, nil
	case <-ctx.Done():
	}
	u.mu.Lock()
	p.waiting = slices.DeleteFunc(p.waiting, func(other *claimWaiting) bool { return other == w })
	u.mu.Unlock()
	select {
	case place := <-w.told: // meanwhile
		if place != nil {
			u.leave(kind, place, false)
		}
	default:
	}
	return nil, ctx.Err()
}

// leave gives the place to who waits longest. All who asked before the claim began share its answer if it found nothing.
func (u *claimsUnderway) leave(kind claimKind, place *claimPlace, nothing bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	p := u.of(kind)
	if nothing {
		p.waiting = slices.DeleteFunc(p.waiting, func(w *claimWaiting) bool {
			if w.asked >= place.began {
				return false
			}
			w.told <- nil
			return true
		})
	}
	p.taken[place.index] = false
	if len(p.waiting) > 0 {
		p.waiting[0].told <- p.take(place.index)
		p.waiting = p.waiting[1:]
	} else if p.taken == [claimsAtOnce]bool{} {
		delete(u.places, kind)
	}
}

// take takes a place; whose they are is locked.
func (p *claimPlaces) take(index int) *claimPlace {
	p.taken[index] = true
	p.begun++
	return &claimPlace{index, p.begun}
}

// of are the places of a kind; u is locked.
func (u *claimsUnderway) of(kind claimKind) *claimPlaces {
	if u.places == nil {
		u.places = map[claimKind]*claimPlaces{}
	}
	if u.places[kind] == nil {
		u.places[kind] = &claimPlaces{}
	}
	return u.places[kind]
}

// begin takes the first candidates that nobody is claiming, so many at most; rest are those behind them.
func (u *claimsUnderway) begin(candidates []candidate, most int) (taken, rest []candidate) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.executions == nil {
		u.executions = map[engine.ExecutionID]bool{}
	}
	for len(candidates) > 0 && len(taken) < most {
		c := candidates[0]
		candidates = candidates[1:]
		if !u.executions[c.Execution] {
			u.executions[c.Execution] = true
			taken = append(taken, c)
		}
	}
	return taken, candidates
}

// end lets others claim what was begun with, should it be there still.
func (u *claimsUnderway) end(candidates []candidate) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, c := range candidates {
		delete(u.executions, c.Execution)
	}
}
