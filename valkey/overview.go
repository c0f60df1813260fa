package valkey

import (
	"cmp"
	"slices"
	"strings"

	"ffboard/engine"
)

// overviewLooks is what the calls before have found for the first screen.
type overviewLooks struct {
	ended     endedTally
	suspended suspendedLooks
	orphaned  orphanLooks
	failing   failingLooks
}

// turns goes round a list that may change, some members at a time; those that were never looked at come first.
type turns[T comparable] struct {
	place int
	seen  map[T]bool
}

// take is the next n of all, or the next first as long as there are some that it has not had yet.
func (t *turns[T]) take(all []T, n, first int) []T {
	known := make(map[T]bool, len(all))
	var turn []T
	for _, member := range all {
		if known[member] = t.seen[member]; !known[member] && len(turn) < first {
			turn = append(turn, member)
		}
	}
	for range min(n-len(turn), len(all)-len(turn)) {
		t.place = (t.place + 1) % len(all)
		if member := all[t.place]; known[member] {
			turn = append(turn, member)
		}
	}
	for _, member := range turn {
		known[member] = true
	}
	t.seen = known
	return turn
}

// looked tells how many of all it has had.
func (t *turns[T]) looked(all []T) engine.Looked {
	looked := engine.Looked{Of: len(all)}
	for _, member := range all {
		if t.seen[member] {
			looked.At++
		}
	}
	return looked
}

// holding are the indexes of this name that hold something, as far as they were found, in a lasting order.
func (t *depthTally) holding(name engine.IndexName) []engine.IndexRef {
	return t.refsWhere(name, func(*depthCount) bool { return true })
}

// late are those of holding with members that are overdue.
func (t *depthTally) late(name engine.IndexName) []engine.IndexRef {
	return t.refsWhere(name, func(c *depthCount) bool { return c.overdue > 0 })
}

func (t *depthTally) refsWhere(name engine.IndexName, wanted func(*depthCount) bool) []engine.IndexRef {
	t.mu.Lock()
	defer t.mu.Unlock()
	var refs []engine.IndexRef
	for ref, count := range t.counts {
		if ref.Name == name && wanted(count) {
			refs = append(refs, ref)
		}
	}
	slices.SortFunc(refs, func(x, y engine.IndexRef) int {
		return cmp.Or(cmp.Compare(x.Partition.Index, y.Partition.Index), strings.Compare(string(x.Lane), string(y.Lane)))
	})
	return refs
}
