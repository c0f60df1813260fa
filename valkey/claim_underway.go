package valkey

import (
	"context"
	"slices"
	"sync"

	"ffboard/engine"
)

// claimsAtOnce is how many claims this program makes in a lane at one time; more would only read what the others are about to take.
const claimsAtOnce = 8

// claimsUnderway keeps the claims that this program makes at one time out of each other's way. Without that a hundred workers who hear of
// new work would all ask for the first execution in line, and ninety-nine in vain.
type claimsUnderway struct {
	mu         sync.Mutex
	executions map[engine.ExecutionID]bool // somebody asks for their grant right now
	lanes      map[engine.LaneID]*lanePlaces
}

type lanePlaces struct {
	room  chan struct{} // as many as there are places
	taken [claimsAtOnce]bool
}

// enter waits for a place among the claims of a lane, the first that is free. The claim begins so far behind the others.
func (u *claimsUnderway) enter(ctx context.Context, lane engine.LaneID) (place int, leave func(), err error) {
	places := u.of(lane)
	select {
	case places.room <- struct{}{}:
	case <-ctx.Done():
		return 0, nil, ctx.Err()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	place = slices.Index(places.taken[:], false)
	places.taken[place] = true
	return place, func() {
		u.mu.Lock()
		places.taken[place] = false
		u.mu.Unlock()
		<-places.room
	}, nil
}

func (u *claimsUnderway) of(lane engine.LaneID) *lanePlaces {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.lanes == nil {
		u.lanes = map[engine.LaneID]*lanePlaces{}
	}
	places := u.lanes[lane]
	if places == nil {
		places = &lanePlaces{room: make(chan struct{}, claimsAtOnce)}
		u.lanes[lane] = places
	}
	return places
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
