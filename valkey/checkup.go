package valkey

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	// checkupPatience is how long a call waits for a node that does not answer.
	checkupPatience = 2 * time.Second
	// What one call spends on partitions, in commands: more as long as some were never looked at.
	checkupCost, firstCheckupCost = 100, 300
	// sampledPerCall is how many partitions have executions picked from them in one call.
	sampledPerCall = 3
)

// Grace of what is no DueIndex (spec 06 §12.7, §12.8).
const (
	backlogGrace   = 45 * time.Second
	resetGrace     = 30 * time.Second
	usualRetention = 24*time.Hour + 2*time.Minute
)

// checkupTurns keeps what the calls before have seen.
type checkupTurns struct {
	mu         sync.Mutex
	partitions engine.PartitionConfig
	seen       map[uint16]engine.PartitionHealth
	next       uint16 // whose turn it is
	nextSample uint16
}

func (t *checkupTurns) fit(partitions engine.PartitionConfig) {
	if t.partitions != partitions {
		t.partitions, t.seen, t.next, t.nextSample = partitions, map[uint16]engine.PartitionHealth{}, 0, 0
	}
}

// all are the partitions seen so far, in order.
func (t *checkupTurns) all() []engine.PartitionHealth {
	all := make([]engine.PartitionHealth, 0, len(t.seen))
	for p := range t.partitions.FlowPartitions() {
		if health, found := t.seen[p.Index]; found {
			all = append(all, health)
		}
	}
	return all
}

// Checkup spends about the same on every call, whatever the deployment holds. A server that is gone costs the call its patience.
func (b *Backend) Checkup(ctx context.Context) (engine.Checkup, error) {
	const op = "checkup"
	ctx, cancel := context.WithTimeout(ctx, checkupPatience)
	defer cancel()
	checkup := engine.Checkup{Nodes: b.checkNodes(ctx)}
	if !slices.ContainsFunc(checkup.Nodes, func(n engine.NodeHealth) bool { return n.Unreachable == "" }) {
		if err := b.Ping(ctx); err != nil {
			return checkup, engine.WithOp(op, err)
		}
	}
	var err error
	checkup.Library.Version, checkup.Library.Ours, err = b.shownLibrary(ctx)
	if err != nil {
		checkup.Library.Problem = err.Error()
	}
	if checkup.Engines, err = b.engineBeats(ctx); err != nil {
		checkup.Engines = nil // the nodes say why
	}
	var clock *redis.TimeCmd
	var registry *redis.StringSliceCmd
	b.surveyed(ctx, func(p redis.Pipeliner) {
		clock = p.Time(ctx)
		registry = p.SMembers(ctx, keyLaneRegistry)
	})
	if checkup.At = clock.Val(); clock.Err() != nil {
		checkup.At = time.Now()
	}
	t := &b.checkups
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fit(b.Partitions())
	b.checkPartitions(ctx, t, b.lanesWith(laneNames(registry.Val())), checkup.At)
	b.sampleDrift(ctx, t, checkup.At)
	checkup.Resets = b.overdueResets(ctx, checkup.At)
	checkup.Partitions, checkup.Of = t.all(), int(t.partitions.Flow)
	return checkup, nil
}

// surveyed sends commands in one round trip (one a node) and leaves each its own error: what one node cannot answer must not hide
// what the others say.
func (b *Backend) surveyed(ctx context.Context, queue func(redis.Pipeliner)) {
	_, _ = b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		queue(p)
		return nil
	})
}

// overdueResets counts the budgets whose reset is overdue.
func (b *Backend) overdueResets(ctx context.Context, now time.Time) engine.Overdue {
	var refs []engine.IndexRef
	for p := range b.Partitions().BudgetPartitions() {
		refs = append(refs, engine.IndexRef{Partition: p, Name: engine.IndexBudgetResets})
	}
	occupied, err := b.Occupied(ctx, refs)
	if err != nil {
		return engine.Overdue{}
	}
	counts := make([]*redis.IntCmd, len(occupied))
	heads := make([]*redis.ZSliceCmd, len(occupied))
	b.surveyed(ctx, func(p redis.Pipeliner) {
		for i, ref := range occupied {
			counts[i] = p.ZCount(ctx, indexKey(ref), "-inf", scoreOf(now.Add(-resetGrace)))
			heads[i] = p.ZRangeWithScores(ctx, indexKey(ref), 0, 0)
		}
	})
	var all engine.Overdue
	for i := range occupied {
		all = addOverdue(all, overdueOf(counts[i], heads[i]))
	}
	return all
}

func overdueOf(count *redis.IntCmd, head *redis.ZSliceCmd) engine.Overdue {
	late := engine.Overdue{Count: int(count.Val())}
	if first := head.Val(); late.Count > 0 && len(first) > 0 {
		late.Oldest = time.UnixMilli(int64(first[0].Score))
	}
	return late
}

func addOverdue(a, b engine.Overdue) engine.Overdue {
	a.Count += b.Count
	if a.Oldest.IsZero() || !b.Oldest.IsZero() && b.Oldest.Before(a.Oldest) {
		a.Oldest = b.Oldest
	}
	return a
}
