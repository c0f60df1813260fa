package valkey

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// firstHeads is how many members of each index a merge reads at first; what it needs beyond comes in later round trips.
const firstHeads = 8

// indexedMember is one member of an index with its score.
type indexedMember struct {
	member string
	score  float64
}

func (m indexedMember) compare(other indexedMember) int {
	return cmp.Or(cmp.Compare(m.score, other.score), strings.Compare(m.member, other.member))
}

// order is which end of an index comes first.
type order int

const (
	lowestFirst  order = 1
	highestFirst order = -1
)

func (o order) compare(a, b indexedMember) int { return int(o) * a.compare(b) }

// indexHead is how far a merge has read one index.
type indexHead struct {
	ref   engine.IndexRef
	read  []indexedMember
	total int
}

func (h *indexHead) exhausted() bool { return len(h.read) >= h.total }

// firstOf merges sorted indexes: the first limit members of all of them together, by score and then by member, and how many there
// are in all. Empty indexes cost next to nothing, and of the others only as much is read as the result may need.
func (b *Backend) firstOf(ctx context.Context, op string, refs []engine.IndexRef, limit int) ([]indexedMember, int, error) {
	return b.endOf(ctx, op, refs, limit, lowestFirst)
}

// lastOf is firstOf from the other end.
func (b *Backend) lastOf(ctx context.Context, op string, refs []engine.IndexRef, limit int) ([]indexedMember, int, error) {
	return b.endOf(ctx, op, refs, limit, highestFirst)
}

func (b *Backend) endOf(ctx context.Context, op string, refs []engine.IndexRef, limit int, from order) ([]indexedMember, int, error) {
	return b.merged(ctx, refs, limit, from, func(heads []*indexHead, want int) error {
		return b.readHeads(ctx, op, heads, want, from)
	})
}

// merged reads as much of each index with read as the result may need.
func (b *Backend) merged(ctx context.Context, refs []engine.IndexRef, limit int, from order, read func(heads []*indexHead, want int) error) (
	[]indexedMember, int, error) {

	occupied, err := b.Occupied(ctx, refs)
	if err != nil || len(occupied) == 0 {
		return nil, 0, err
	}
	heads := make([]*indexHead, len(occupied))
	for i, ref := range occupied {
		heads[i] = &indexHead{ref: ref}
	}
	for want, open := min(limit, firstHeads), heads; len(open) > 0; want *= 2 {
		if err := read(open, want); err != nil {
			return nil, 0, err
		}
		first := mergeHeads(heads, limit, from)
		open = slices.DeleteFunc(slices.Clone(heads), func(h *indexHead) bool { return !mayHoldMore(h, first, limit, from) })
	}
	total := 0
	for _, head := range heads {
		total += head.total
	}
	return mergeHeads(heads, limit, from), total, nil
}

// readHeads reads the first members of indexes and how many they have.
func (b *Backend) readHeads(ctx context.Context, op string, heads []*indexHead, want int, from order) error {
	part := wholeIndex
	if from == highestFirst {
		part = wholeBackwards
	}
	return b.headsInTurn(ctx, heads, part, want, func(due []*indexHead) error {
		counts := make([]*redis.IntCmd, len(due))
		reads := make([]*redis.ZSliceCmd, len(due))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, head := range due {
				counts[i] = p.ZCard(ctx, indexKey(head.ref))
				reads[i] = p.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{
					Key: indexKey(head.ref), Start: 0, Stop: want - 1, Rev: from == highestFirst,
				})
			}
		})
		if err != nil {
			return err
		}
		for i, head := range due {
			head.take(counts[i], reads[i], want)
		}
		return nil
	})
}

// take takes in how many members there are and the first of them, of which want were asked for.
func (h *indexHead) take(count *redis.IntCmd, read *redis.ZSliceCmd, want int) {
	h.read = h.read[:0]
	for _, z := range read.Val() {
		h.read = append(h.read, indexedMember{member: memberOf(z), score: z.Score})
	}
	// A member that left between the two commands is nothing to wait for.
	h.total = max(int(count.Val()), len(h.read))
	if len(h.read) < want {
		h.total = len(h.read)
	}
}

func mergeHeads(heads []*indexHead, limit int, from order) []indexedMember {
	var all []indexedMember
	for _, head := range heads {
		all = append(all, head.read...)
	}
	slices.SortFunc(all, from.compare)
	return all[:min(len(all), limit)]
}

// mayHoldMore tells whether a member that was not read yet could belong among the first.
func mayHoldMore(h *indexHead, first []indexedMember, limit int, from order) bool {
	if h.exhausted() || len(h.read) >= limit {
		return false
	}
	return len(first) < limit || from.compare(h.read[len(h.read)-1], first[len(first)-1]) < 0
}
