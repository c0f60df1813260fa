package valkey

import (
	"context"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

func (b *Backend) leaseRefs() []engine.IndexRef {
	var refs []engine.IndexRef
	for p := range b.Partitions().FlowPartitions() {
		refs = append(refs, engine.IndexRef{Partition: p, Name: engine.IndexName(engine.DueLeaseExpiry)})
	}
	return refs
}

// firstLeases are the leases that run out first, or ran out first.
func (b *Backend) firstLeases(ctx context.Context, limit int) (engine.LeaseRows, error) {
	first, total, err := b.firstOf(ctx, "leases", b.leaseRefs(), limit)
	if err != nil {
		return engine.LeaseRows{}, err
	}
	return b.leaseRows(ctx, first, total)
}

// leaseRows reads the executions of index members, in their order.
func (b *Backend) leaseRows(ctx context.Context, members []indexedMember, total int) (engine.LeaseRows, error) {
	ids := make([]engine.ExecutionID, len(members))
	for i, m := range members {
		ids[i] = engine.ExecutionID(m.member)
	}
	rows, err := b.executionRows(ctx, ids)
	return engine.LeaseRows{Rows: rows, Total: total}, err
}

// Leases takes those that run or ran out from lease_expiry. A revocation takes an execution out of it, so revoked ones are what the
// lanes' active indexes hold beyond it (spec 03a §4.3).
func (b *Backend) Leases(ctx context.Context, kind engine.LeaseKind, limit int) (engine.LeaseRows, error) {
	if limit <= 0 {
		return engine.LeaseRows{}, nil
	}
	if kind == engine.LeasesRevoked {
		return b.revokedLeases(ctx, limit)
	}
	now, err := b.ServerTime(ctx)
	if err != nil {
		return engine.LeaseRows{}, err
	}
	span, part := redis.ZRangeBy{Min: "(" + scoreOf(now), Max: "+inf"}, leasesHeld
	if kind == engine.LeasesExpired {
		span, part = redis.ZRangeBy{Min: "-inf", Max: scoreOf(now)}, leasesExpired
	}
	first, total, err := b.merged(ctx, b.leaseRefs(), limit, lowestFirst, func(heads []*indexHead, want int) error {
		return b.readSpans(ctx, heads, span, part, want)
	})
	if err != nil {
		return engine.LeaseRows{}, err
	}
	return b.leaseRows(ctx, first, total)
}

// readSpans is readHeads for the members with scores in a span.
func (b *Backend) readSpans(ctx context.Context, heads []*indexHead, span redis.ZRangeBy, part indexPart, want int) error {
	span.Count = int64(want)
	return b.headsInTurn(ctx, heads, part, want, func(due []*indexHead) error {
		counts, reads := make([]*redis.IntCmd, len(due)), make([]*redis.ZSliceCmd, len(due))
		err := b.pipelined(ctx, "leases", func(p redis.Pipeliner) {
			for i, head := range due {
				counts[i] = p.ZCount(ctx, indexKey(head.ref), span.Min, span.Max)
				reads[i] = p.ZRangeByScoreWithScores(ctx, indexKey(head.ref), &span)
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

// revokedLeases are those of the lanes met so far, those revoked longest ago first.
func (b *Backend) revokedLeases(ctx context.Context, limit int) (engine.LeaseRows, error) {
	registered, err := b.rdb.SMembers(ctx, keyLaneRegistry).Result()
	if err != nil {
		return engine.LeaseRows{}, engine.Transport("leases", err)
	}
	_, active, err := b.leasesAndActive(ctx, b.lanesWith(laneNames(registered)))
	if err != nil || len(active) == 0 {
		return engine.LeaseRows{}, err
	}
	ids, err := b.revoked(ctx, active)
	if err != nil {
		return engine.LeaseRows{}, err
	}
	rows, err := b.executionRows(ctx, ids[:min(len(ids), rowsPerRoundTrip)])
	if err != nil {
		return engine.LeaseRows{}, err
	}
	beyond := len(ids) - len(rows)
	rows = slices.DeleteFunc(rows, func(r engine.ExecutionRow) bool { return r.Ownership != engine.OwnerRevoked && len(r.Malformed) == 0 })
	slices.SortStableFunc(rows, func(x, y engine.ExecutionRow) int { return x.LastMutationAt.Compare(y.LastMutationAt) })
	return engine.LeaseRows{Rows: rows[:min(len(rows), limit)], Total: len(rows) + beyond}, nil
}

// WorkerLeases asks every partition for what the worker holds there: of a worker that holds more than limit, some of it.
func (b *Backend) WorkerLeases(ctx context.Context, instance engine.WorkerInstanceID, limit int) (engine.LeaseRows, error) {
	if limit <= 0 {
		return engine.LeaseRows{}, nil
	}
	var refs []engine.IndexRef
	for p := range b.Partitions().FlowPartitions() {
		refs = append(refs, engine.IndexRef{Partition: p, Name: engine.IndexName("worker:" + string(instance) + ":leases")})
	}
	occupied, err := b.Occupied(ctx, refs)
	if err != nil {
		return engine.LeaseRows{}, err
	}
	counts, picks := make([]*redis.IntCmd, len(occupied)), make([]*redis.StringSliceCmd, len(occupied))
	err = b.pipelined(ctx, "worker_leases", func(p redis.Pipeliner) {
		for i, ref := range occupied {
			counts[i] = p.SCard(ctx, indexKey(ref))
			picks[i] = p.SRandMemberN(ctx, indexKey(ref), int64(limit))
		}
	})
	if err != nil {
		return engine.LeaseRows{}, err
	}
	var members []indexedMember
	total := 0
	for i := range occupied {
		total += int(counts[i].Val())
		for _, member := range picks[i].Val() {
			members = append(members, indexedMember{member: member})
		}
	}
	leases, err := b.leaseRows(ctx, members[:min(len(members), limit)], max(total, len(members)))
	slices.SortFunc(leases.Rows, func(x, y engine.ExecutionRow) int {
		if order := x.LeaseExpiresAt.Compare(y.LeaseExpiresAt); order != 0 {
			return order
		}
		return strings.Compare(string(x.ID), string(y.ID))
	})
	return leases, err
}
