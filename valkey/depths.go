package valkey

import (
	"context"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// overdueGrace is how late the handling of a due time may be before it counts as overdue (spec 06 §12.7).
var overdueGrace = map[engine.DueIndex]time.Duration{
	engine.DueLeaseExpiry:       3 * time.Second,
	engine.DueSuspensionTimeout: 6 * time.Second,
	engine.DueAttemptTimeout:    6 * time.Second,
	engine.DueDeadline:          15 * time.Second,
	engine.DuePendingWaitpoint:  15 * time.Second,
	engine.DueDelayed:           3 * time.Second,
}

// partitionDues are the due indexes that a partition has one of.
var partitionDues = []engine.DueIndex{
	engine.DueLeaseExpiry, engine.DueSuspensionTimeout, engine.DueAttemptTimeout, engine.DueDeadline, engine.DuePendingWaitpoint,
}

// Depths counts the lane indexes (spec 06 §12.2, §12.7). Most of them are empty and cost nothing: one call finds out which indexes of
// the partitions whose turn it is hold anything, counts those that it did not know of and, of the others, countsPerCall. Lanes are
// those of the registry and those met so far.
func (b *Backend) Depths(ctx context.Context) (engine.Depths, error) {
	const op = "depths"
	var clock *redis.TimeCmd
	var registry *redis.StringSliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		clock = p.Time(ctx)
		registry = p.SMembers(ctx, keyLaneRegistry)
	})
	if err != nil {
		return engine.Depths{}, err
	}
	registered := laneNames(registry.Val())
	b.searchLanes(ctx)

	t := &b.depths
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fit(b.Partitions(), b.lanesWith(registered))
	if err := b.findOccupied(ctx, t); err != nil {
		return engine.Depths{}, err
	}
	if err := b.countIndexes(ctx, op, t.due(clock.Val()), clock.Val()); err != nil {
		return engine.Depths{}, err
	}
	depths := t.sum()
	for i, depth := range depths.Lanes {
		depths.Lanes[i].Registered = slices.Contains(registered, depth.Lane)
	}
	depths.BadLanes = badLaneNames(registry.Val())
	depths.At = clock.Val()
	depths.Covered, depths.Of = len(t.looked), len(t.order)
	return depths, nil
}

// findOccupied looks which indexes of the partitions whose turn it is hold anything.
func (b *Backend) findOccupied(ctx context.Context, t *depthTally) error {
	if b.Clustered() {
		return b.findInTurn(ctx, t, depthTurns{perCommand: 1, busy: 24, quiet: 8, first: 32})
	}
	// Flows that are not over tell where something may happen. In a cluster that would take a command a partition by itself.
	flows, err := b.Occupied(ctx, t.flowIndexes())
	if err != nil {
		return err
	}
	t.lively(flows)
	perCommand := max(existsBatch/t.each(), 1)
	if !t.whole() {
		err := b.findInTurn(ctx, t, depthTurns{perCommand: perCommand, busy: 1, first: 1})
		if err != nil || t.whole() || t.uncounted() > firstCounts {
			return err // the rest comes with the calls to come
		}
	}
	return b.findInTurn(ctx, t, depthTurns{perCommand: perCommand, busy: 8, quiet: 1, first: 8})
}

func (b *Backend) findInTurn(ctx context.Context, t *depthTally, turns depthTurns) error {
	turn := t.turn(turns)
	occupied, err := b.Occupied(ctx, t.refs(turn))
	if err != nil {
		return err
	}
	t.found(turn, occupied)
	return nil
}

// countIndexes counts indexes that hold something, in one round trip.
func (b *Backend) countIndexes(ctx context.Context, op string, counts []*depthCount, now time.Time) error {
	sizes, lates := make([]*redis.IntCmd, len(counts)), make([]*redis.IntCmd, len(counts))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, count := range counts {
			if count.ref.Lane != "" {
				sizes[i] = p.ZCard(ctx, indexKey(count.ref))
			}
			if due, isDue := count.dueIndex(); isDue {
				lates[i] = p.ZCount(ctx, indexKey(count.ref), "-inf", scoreOf(now.Add(-overdueGrace[due])))
			}
		}
	})
	if err != nil {
		return err
	}
	for i, count := range counts {
		count.take(valueOf(sizes[i]), valueOf(lates[i]), now)
	}
	return nil
}

// valueOf is 0 for a command that was not sent.
func valueOf(read *redis.IntCmd) int {
	if read == nil {
		return 0
	}
	return int(read.Val())
}
