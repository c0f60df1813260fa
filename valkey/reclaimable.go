package valkey

import (
	"context"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// reclaimablePage is how many due leases of one partition are read at a time.
const reclaimablePage = 200

var reclaimableFields = []string{
	"lifecycle_phase", "ownership_state", "lane_id", "current_attempt_index", "required_capabilities", "lease_expires_at",
}

// Reclaimable reads leases that ran out from lease_expiry, where they stay until somebody takes them over, and revoked ones from
// what the lanes' active indexes hold beyond it: a revocation takes the execution out of lease_expiry only (spec 03a §4.3).
func (b *Backend) Reclaimable(ctx context.Context, lanes []engine.LaneID, limit int) ([]engine.Reclaimable, error) {
	expiring, active, err := b.leasesAndActive(ctx, lanes)
	if err != nil || len(expiring)+len(active) == 0 {
		return nil, err
	}
	now, err := b.ServerTime(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := b.revoked(ctx, active)
	if err != nil {
		return nil, err
	}
	found, err := b.reclaimableOf(ctx, ids, lanes, now)
	for offset := 0; err == nil && len(expiring) > 0 && len(found) < limit; offset += reclaimablePage {
		if ids, expiring, err = b.dueLeases(ctx, expiring, now, offset); err != nil {
			break
		}
		var more []engine.Reclaimable
		more, err = b.reclaimableOf(ctx, ids, lanes, now)
		found = append(found, more...)
	}
	return found[:min(len(found), limit)], err
}

// leasesAndActive finds the partitions that have leases, and the lanes' active indexes that hold anything.
func (b *Backend) leasesAndActive(ctx context.Context, lanes []engine.LaneID) (expiring, active []engine.IndexRef, err error) {
	var refs []engine.IndexRef
	for p := range b.Partitions().FlowPartitions() {
		refs = append(refs, engine.IndexRef{Partition: p, Name: engine.IndexName(engine.DueLeaseExpiry)})
		for _, lane := range lanes {
			refs = append(refs, engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(engine.IndexActive)})
		}
	}
	occupied, err := b.Occupied(ctx, refs)
	for _, ref := range occupied {
		if ref.Lane == "" {
			expiring = append(expiring, ref)
			continue
		}
		active = append(active, ref)
	}
	return expiring, active, err
}

// revoked lists active executions that hold no place among the leases.
func (b *Backend) revoked(ctx context.Context, active []engine.IndexRef) ([]engine.ExecutionID, error) {
	reads := make([]*redis.StringSliceCmd, len(active))
	err := b.pipelined(ctx, "revoked_leases", func(p redis.Pipeliner) {
		for i, ref := range active {
			reads[i] = p.ZDiff(ctx, indexKey(ref), partitionKeys(ref.Partition).leaseExpiry())
		}
	})
	if err != nil {
		return nil, err
	}
	var ids []engine.ExecutionID
	for _, read := range reads {
		ids = append(ids, executionIDs(read.Val())...)
	}
	return ids, nil
}

// dueLeases reads a page of each partition's leases that ran out, and gives the partitions that have more.
func (b *Backend) dueLeases(ctx context.Context, expiring []engine.IndexRef, now time.Time, offset int) (
	ids []engine.ExecutionID, more []engine.IndexRef, err error) {

	reads := make([]*redis.StringSliceCmd, len(expiring))
	due := &redis.ZRangeBy{Min: "-inf", Max: scoreOf(now), Offset: int64(offset), Count: reclaimablePage}
	err = b.pipelined(ctx, "due_leases", func(p redis.Pipeliner) {
		for i, ref := range expiring {
			reads[i] = p.ZRangeByScore(ctx, indexKey(ref), due)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	for i, read := range reads {
		members := read.Val()
		ids = append(ids, executionIDs(members)...)
		if len(members) == reclaimablePage {
			more = append(more, expiring[i])
		}
	}
	return ids, more, nil
}

// executionIDs keeps the members that are ids; what is none can belong to nobody, and the lease scanner takes it out.
func executionIDs(members []string) []engine.ExecutionID {
	ids := make([]engine.ExecutionID, 0, len(members))
	for _, member := range members {
		if id, err := engine.ParseExecutionID(member); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func (b *Backend) reclaimableOf(ctx context.Context, ids []engine.ExecutionID, lanes []engine.LaneID, now time.Time) (
	[]engine.Reclaimable, error) {

	reads := make([]*redis.SliceCmd, len(ids))
	err := b.pipelined(ctx, "reclaimable", func(p redis.Pipeliner) {
		for i, id := range ids {
			reads[i] = p.HMGet(ctx, keysOf(id).core(), reclaimableFields...)
		}
	})
	if err != nil {
		return nil, err
	}
	var found []engine.Reclaimable
	for i, id := range ids {
		r := readHash(reads[i], reclaimableFields)
		candidate := engine.Reclaimable{
			Execution:            id,
			Lane:                 engine.LaneID(r.text("lane_id")),
			AttemptIndex:         r.index("current_attempt_index"),
			RequiredCapabilities: engine.ParseCapabilityCSV(r.text("required_capabilities")),
			Ownership:            engine.OwnershipState(r.text("ownership_state")),
			ExpiredAt:            r.time("lease_expires_at"),
		}
		if candidate.Lane == "" {
			candidate.Lane = engine.DefaultLane
		}
		if r.text("lifecycle_phase") != string(engine.PhaseActive) || !slices.Contains(lanes, candidate.Lane) {
			continue
		}
		switch candidate.Ownership {
		case engine.OwnerRevoked:
			candidate.ExpiredAt = time.Time{}
		case engine.OwnerExpired:
		case engine.OwnerLeased:
			if candidate.ExpiredAt.After(now) {
				continue
			}
		default:
			continue
		}
		found = append(found, candidate)
	}
	return found, nil
}
