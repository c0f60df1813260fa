package scanner

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"ffboard/engine"
)

const (
	lanesValid = 5 * time.Second // how long a new lane may go unnoticed
	lanesPage  = 1000
)

// laneList is every lane that may hold work: configured, registered, or met in a record.
type laneList struct {
	list func(ctx context.Context, after engine.LaneID, limit int) (engine.Page[engine.LaneID, engine.LaneID], error)

	mu     sync.Mutex
	known  map[engine.LaneID]bool
	readAt time.Time
}

func newLaneList(b Backend, configured []engine.LaneID) *laneList {
	l := &laneList{list: b.ListLanes, known: map[engine.LaneID]bool{engine.DefaultLane: true}}
	l.add(configured)
	return l
}

// add makes lanes known that were met.
func (l *laneList) add(lanes []engine.LaneID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, lane := range lanes {
		if _, err := engine.ParseLaneID(string(lane)); err == nil {
			l.known[lane] = true
		}
	}
}

// all lists the lanes in order.
func (l *laneList) all(ctx context.Context) ([]engine.LaneID, error) {
	l.mu.Lock()
	stale := time.Since(l.readAt) >= lanesValid
	l.mu.Unlock()
	if stale {
		if err := l.refresh(ctx); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.known)), nil
}

func (l *laneList) refresh(ctx context.Context) error {
	for after := engine.LaneID(""); ; {
		page, err := l.list(ctx, after, lanesPage)
		if err != nil {
			return fmt.Errorf("list lanes: %w", err)
		}
		l.add(page.Items)
		if page.Next == "" {
			break
		}
		after = page.Next
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.readAt = time.Now()
	return nil
}
