package scanner

import (
	"context"
	"sync"
	"time"

	"ffboard/engine"
)

// newsValid is how long what was seen in a cluster counts: seeing it costs a command for each partition.
const newsValid = 5 * time.Second

// news finds out which indexes are not empty any more. On a single server each scanner asks for itself. In a cluster a command asks
// one partition at most, so they all ask together: one command a partition covers every index of it.
type news struct {
	occupied  func(context.Context, []engine.IndexRef) ([]engine.IndexRef, error)
	clustered bool

	mu      sync.Mutex
	wanted  map[string][]engine.IndexRef // by scanner
	covered map[string]bool              // scanners all of whose indexes have been looked at, as partitions are shared now
	seen    map[engine.IndexRef]bool
	seenAt  time.Time // when all that is wanted was looked at
}

func newNews(b Backend) *news {
	return &news{occupied: b.Occupied, clustered: b.Clustered(), wanted: map[string][]engine.IndexRef{}, covered: map[string]bool{}}
}

// of tells which of the indexes hold anything. With an error come those of the partitions that answered.
func (n *news) of(ctx context.Context, scanner string, refs []engine.IndexRef) ([]engine.IndexRef, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	if !n.clustered {
		return n.occupied(ctx, refs)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wanted[scanner] = refs
	var err error
	switch {
	case time.Since(n.seenAt) >= newsValid:
		err = n.look(ctx)
	case !n.covered[scanner]:
		err = n.see(ctx, refs)
	}
	n.covered[scanner] = true
	var occupied []engine.IndexRef
	for _, ref := range refs {
		if n.seen[ref] {
			occupied = append(occupied, ref)
		}
	}
	return occupied, err
}

// outdated says that what was seen says nothing about what is looked after now: each scanner's indexes are others.
func (n *news) outdated() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.covered)
}

// look looks at all that is wanted.
func (n *news) look(ctx context.Context) error {
	var all []engine.IndexRef
	for _, refs := range n.wanted {
		all = append(all, refs...)
	}
	n.seen, n.seenAt = map[engine.IndexRef]bool{}, time.Now()
	return n.see(ctx, all)
}

// see looks at some indexes, besides what was seen.
func (n *news) see(ctx context.Context, refs []engine.IndexRef) error {
	occupied, err := n.occupied(ctx, refs)
	for _, ref := range occupied {
		n.seen[ref] = true
	}
	return err
}
