package valkey

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	orphansPerLook = 16 // partitions with leases that ran out, and active indexes
	revokedHeads   = 4  // executions of an active index: those whose lease was given first
)

// orphanLooks remembers which executions were found without a living holder.
type orphanLooks struct {
	mu             sync.Mutex
	expired, heads turns[engine.IndexRef]
	found          []engine.ExecutionID
}

// OrphanedLeases reads the heads of lease_expiry where something is overdue. A revoked lease has left that index: those are looked for
// among the oldest of the active indexes.
func (b *Backend) OrphanedLeases(ctx context.Context, limit int) (engine.OrphanedLeases, error) {
	const op = "orphaned_leases"
	l := &b.overview.orphaned
	l.mu.Lock()
	defer l.mu.Unlock()
	now, err := b.ServerTime(ctx)
	if err != nil {
		return engine.OrphanedLeases{}, err
	}
	late := b.depths.late(engine.IndexName(engine.DueLeaseExpiry))
	active := b.depths.holding(engine.IndexName(engine.IndexActive))
	late, active = l.expired.take(late, orphansPerLook, 4*orphansPerLook), l.heads.take(active, orphansPerLook, orphansPerLook)
	candidates, err := b.leaseHeads(ctx, op, late, active, now, limit)
	if err != nil {
		return engine.OrphanedLeases{}, err
	}
	candidates = append(candidates, l.found...)
	slices.Sort(candidates)
	rows, err := b.executionRows(ctx, slices.Compact(candidates))
	if err != nil {
		return engine.OrphanedLeases{}, err
	}
	before := now.Add(-overdueGrace[engine.DueLeaseExpiry])
	rows = slices.DeleteFunc(rows, func(r engine.ExecutionRow) bool { return !orphaned(&r, before) })
	slices.SortStableFunc(rows, func(x, y engine.ExecutionRow) int {
		return cmp.Compare(x.LeaseExpiresAt.UnixMilli(), y.LeaseExpiresAt.UnixMilli())
	})
	rows = rows[:min(len(rows), max(limit, 0))]
	l.found = nil
	for i := range rows {
		l.found = append(l.found, rows[i].ID)
	}
	return engine.OrphanedLeases{Looked: l.expired.looked(b.depths.late(engine.IndexName(engine.DueLeaseExpiry))), Rows: rows}, nil
}

// leaseHeads reads the leases that ran out first and the executions that were claimed first.
func (b *Backend) leaseHeads(ctx context.Context, op string, late, active []engine.IndexRef, now time.Time, limit int) ([]engine.ExecutionID, error) {
	overdue := &redis.ZRangeBy{Min: "-inf", Max: scoreOf(now.Add(-overdueGrace[engine.DueLeaseExpiry])), Count: int64(max(limit, 1))}
	var reads []*redis.StringSliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for _, ref := range late {
			reads = append(reads, p.ZRangeByScore(ctx, indexKey(ref), overdue))
		}
		for _, ref := range active {
			reads = append(reads, p.ZRange(ctx, indexKey(ref), 0, revokedHeads-1))
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

// orphaned tells an execution that nobody works on although it is at work.
func orphaned(r *engine.ExecutionRow, before time.Time) bool {
	switch {
	case r.Phase != engine.PhaseActive:
		return false
	case r.Ownership == engine.OwnerExpired || r.Ownership == engine.OwnerRevoked:
		return true
	default:
		return r.Ownership == engine.OwnerLeased && !r.LeaseExpiresAt.IsZero() && r.LeaseExpiresAt.Before(before)
	}
}
