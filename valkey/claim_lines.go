package valkey

import (
	"slices"
	"sync"

	"ffboard/engine"
)

// claimLines remembers in which partitions a lane had somebody in line, so that claims look there first. It is a hint: claims look
// elsewhere as well, however much is remembered.
type claimLines struct {
	mu     sync.Mutex
	lately map[engine.LaneID][]engine.Partition
}

// some are the home of a lane's flow-less work and up to so many others that had work lately, other ones each time.
func (l *claimLines) some(lane engine.LaneID, home engine.Partition, most int) []engine.Partition {
	l.mu.Lock()
	defer l.mu.Unlock()
	some := []engine.Partition{home}
	lately := l.lately[lane]
	for i := range lately {
		if len(some) > most {
			l.lately[lane] = slices.Concat(lately[i:], lately[:i])
			break
		}
		if lately[i] != home {
			some = append(some, lately[i])
		}
	}
	return some
}

// found notes which indexes of a lane hold anything.
func (l *claimLines) found(lane engine.LaneID, occupied []engine.IndexRef) {
	partitions := make([]engine.Partition, len(occupied))
	for i, ref := range occupied {
		partitions[i] = ref.Partition
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lately == nil {
		l.lately = map[engine.LaneID][]engine.Partition{}
	}
	l.lately[lane] = partitions
}

// add notes that an index may hold something now: claims look there before all others.
func (l *claimLines) add(ref engine.IndexRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lately == nil {
		l.lately = map[engine.LaneID][]engine.Partition{}
	}
	if lately := l.lately[ref.Lane]; !slices.Contains(lately, ref.Partition) {
		l.lately[ref.Lane] = slices.Insert(lately, 0, ref.Partition)
	}
}

// emptied notes that an index holds nothing any more.
func (l *claimLines) emptied(ref engine.IndexRef) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lately[ref.Lane]) == 0 {
		return
	}
	l.lately[ref.Lane] = slices.DeleteFunc(l.lately[ref.Lane], func(p engine.Partition) bool { return p == ref.Partition })
}
