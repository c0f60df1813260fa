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

	mu     sync.Mutex
	wanted map[string][]engine.IndexRef // by scanner
	seen   map[engine.IndexRef]bool
	seenAt time.Time
}

func newNews(b Backend) *news {
	return &news{occupied: b.Occupied, clustered: b.Clustered(), wanted: map[string][]engine.IndexRef{}}
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
	_, before := n.wanted[scanner]
	n.wanted[scanner] = refs
	var err error
	if !before || time.Since(n.seenAt) >= newsValid {
		err = n.look(ctx)
	}
	var occupied []engine.IndexRef
	for _, ref := range refs {
		if n.seen[ref] {
			occupied = append(occupied, ref)
		}
	}
	return occupied, err
}

// outdated says that what was seen says nothing about what is looked after now.
func (n *news) outdated() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seenAt = time.Time{}
}

func (n *news) look(ctx context.Context) error {
	var all []engine.IndexRef
	for _, refs := range n.wanted {
		all = append(all, refs...)
	}
	occupied, err := n.occupied(ctx, all)
	n.seen, n.seenAt = map[engine.IndexRef]bool{}, time.Now()
	for _, ref := range occupied {
		n.seen[ref] = true
	}
	return err
}
