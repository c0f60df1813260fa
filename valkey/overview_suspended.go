package valkey

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	suspendedPerLook = 4 // indexes
	suspendedEnds    = 4 // executions of either end of one
)

// suspendedLooks remembers who was found to be suspended longest.
type suspendedLooks struct {
	mu      sync.Mutex
	turns   turns[engine.IndexRef]
	longest []engine.ExecutionID
}

// LongestSuspended looks at both ends of the suspended indexes whose turn it is and compares what is there with the longest found
// before.
func (b *Backend) LongestSuspended(ctx context.Context, limit int) (engine.LongSuspended, error) {
	const op = "longest_suspended"
	l := &b.overview.suspended
	l.mu.Lock()
	defer l.mu.Unlock()
	all := b.depths.holding(engine.IndexName(engine.IndexSuspended))
	found, err := b.bothEnds(ctx, op, l.turns.take(all, suspendedPerLook, 16*suspendedPerLook))
	if err != nil {
		return engine.LongSuspended{}, err
	}
	candidates := append(found, l.longest...)
	slices.Sort(candidates)
	candidates, err = b.longestFirst(ctx, op, slices.Compact(candidates))
	if err != nil {
		return engine.LongSuspended{}, err
	}
	candidates = candidates[:min(len(candidates), max(limit, 0))]
	executions, err := b.executionRows(ctx, candidates)
	if err != nil {
		return engine.LongSuspended{}, err
	}
	executions = slices.DeleteFunc(executions, func(r engine.ExecutionRow) bool { return r.State != engine.StateSuspended })
	rows, err := b.withSuspensions(ctx, op, executions)
	if err != nil {
		return engine.LongSuspended{}, err
	}
	l.longest = nil
	for i := range rows {
		l.longest = append(l.longest, rows[i].ID)
	}
	return engine.LongSuspended{Looked: l.turns.looked(all), Rows: rows}, nil
}

// bothEnds reads the first and the last members of indexes.
func (b *Backend) bothEnds(ctx context.Context, op string, refs []engine.IndexRef) ([]engine.ExecutionID, error) {
	var reads []*redis.StringSliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for _, ref := range refs {
			reads = append(reads, p.ZRange(ctx, indexKey(ref), 0, suspendedEnds-1), p.ZRevRange(ctx, indexKey(ref), 0, suspendedEnds-1))
		}
	})
	if err != nil {
		return nil, err
	}
	var found []engine.ExecutionID
	for _, read := range reads {
		found = append(found, executionIDs(read.Val())...)
	}
	return found, nil
}

// longestFirst orders executions by when they were suspended; those without a record that says so come last.
func (b *Backend) longestFirst(ctx context.Context, op string, ids []engine.ExecutionID) ([]engine.ExecutionID, error) {
	fields := []string{"created_at"}
	reads := make(map[engine.ExecutionID]*redis.SliceCmd, len(ids))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for _, id := range ids {
			reads[id] = p.HMGet(ctx, keysOf(id).suspensionCurrent(), fields...)
		}
	})
	if err != nil {
		return nil, err
	}
	since := make(map[engine.ExecutionID]int64, len(ids))
	for id, read := range reads {
		since[id] = 1 << 62
		if at := readHash(read, fields).time("created_at"); !at.IsZero() {
			since[id] = at.UnixMilli()
		}
	}
	slices.SortStableFunc(ids, func(x, y engine.ExecutionID) int { return cmp.Compare(since[x], since[y]) })
	return ids, nil
}
