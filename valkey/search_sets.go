package valkey

import (
	"context"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

func (b *Backend) executionSets() []string {
	var keys []string
	for p := range b.Partitions().FlowPartitions() {
		keys = append(keys, partitionKeys(p).allExecutions())
	}
	return keys
}

func (b *Backend) leaseSets(instance engine.WorkerInstanceID) []string {
	var keys []string
	for p := range b.Partitions().FlowPartitions() {
		keys = append(keys, partitionKeys(p).workerLeases(instance))
	}
	return keys
}

// sets walks sets one after the other: small ones several in a round trip, a large one page by page.
func (s *searchStep) sets(ctx context.Context, keys []string) (engine.ExecutionsFound, error) {
	sizes, err := s.sizes(ctx, keys)
	if err != nil {
		return engine.ExecutionsFound{}, err
	}
	s.at.of = 0
	for _, size := range sizes {
		s.at.of += size
	}
	var members []indexedMember
	for s.at.part < len(keys) && len(members) < s.look {
		read, err := s.scan(ctx, keys, sizes, s.look-len(members))
		if err != nil {
			return engine.ExecutionsFound{}, err
		}
		members = append(members, read...)
	}
	rows, err := s.matching(ctx, members)
	s.at.looked += len(members)
	found := engine.ExecutionsFound{Rows: rows, Looked: s.at.looked, Of: max(s.at.of, s.at.looked)}
	if s.at.part < len(keys) {
		found.Next = s.at.cursor()
	}
	return found, err
}

func (s *searchStep) sizes(ctx context.Context, keys []string) ([]int, error) {
	counts := make([]*redis.IntCmd, len(keys))
	err := s.b.pipelined(ctx, s.op, func(p redis.Pipeliner) {
		for i, key := range keys {
			counts[i] = p.SCard(ctx, key)
		}
	})
	if err != nil {
		return nil, err
	}
	sizes := make([]int, len(keys))
	for i, count := range counts {
		sizes[i] = valueOf(count)
	}
	return sizes, nil
}

// scan reads on in one round trip, for about want members, and moves the place. Sets that do not hold more than that are read whole.
func (s *searchStep) scan(ctx context.Context, keys []string, sizes []int, want int) ([]indexedMember, error) {
	first, end, sum := s.at.part, s.at.part, 0
	for end < len(keys) && (end == first || sum+sizes[end] <= want) {
		sum += sizes[end]
		end++
	}
	reads := make([]*redis.ScanCmd, end-first)
	err := s.b.pipelined(ctx, s.op, func(p redis.Pipeliner) {
		for i := range reads {
			if size := sizes[first+i]; size > 0 {
				reads[i] = p.SScan(ctx, keys[first+i], s.scanFrom(first+i), "", int64(max(min(want, size+1), 10)))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var members []indexedMember
	for i, read := range reads {
		var next uint64
		if read != nil {
			var page []string
			page, next = read.Val()
			for _, member := range page {
				members = append(members, indexedMember{member: member})
			}
		}
		if s.at.part, s.at.scan = first+i, next; next != 0 {
			return members, nil // the rest of this one, and those behind it again, another time
		}
		s.at.part++
	}
	return members, nil
}

// scanFrom is where a set's scan goes on: only the first of a step may have begun before.
func (s *searchStep) scanFrom(part int) uint64 {
	if part == s.at.part {
		return s.at.scan
	}
	return 0
}
