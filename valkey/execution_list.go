package valkey

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	maxExecutionPage = 1000
	maxLeasePage     = 10_000
)

// ListExecutions lists the ids of a partition in the order of their text (spec 04a §11.4). A member that is no id comes as it is
// stored: its row says so.
func (b *Backend) ListExecutions(ctx context.Context, p engine.Partition, after engine.ExecutionID, limit int) (engine.Page[engine.ExecutionID, engine.ExecutionID], error) {
	const op = "list_executions"
	var page engine.Page[engine.ExecutionID, engine.ExecutionID]
	if limit <= 0 {
		return page, nil
	}
	if p.IsZero() {
		return page, engine.Invalid(op, "no partition")
	}
	members, err := b.rdb.SMembers(ctx, partitionKeys(p).allExecutions()).Result()
	if err != nil {
		return page, engine.Transport(op, err)
	}
	limit = min(limit, maxExecutionPage)
	members = slices.DeleteFunc(members, func(id string) bool { return id <= string(after) })
	slices.Sort(members)
	for _, member := range members[:min(len(members), limit)] {
		page.Items = append(page.Items, engine.ExecutionID(member))
	}
	if len(members) > limit {
		page.Next = page.Items[limit-1]
	}
	return page, nil
}

// ListExpiredLeases lists leases that ran out at or before asOf and that nobody has taken over, of all partitions, the longest
// overdue first; marked or not (spec 04a §11.7, Q-219). after is the last item of the page before.
func (b *Backend) ListExpiredLeases(ctx context.Context, asOf time.Time, after *engine.ExpiredLease, limit int) (engine.Page[engine.ExpiredLease, engine.ExecutionID], error) {
	var page engine.Page[engine.ExpiredLease, engine.ExecutionID]
	if limit <= 0 {
		return page, nil
	}
	limit = min(limit, maxLeasePage)
	from := duePosition{score: math.Inf(-1)}
	if after != nil {
		from = duePosition{score: float64(after.ExpiresAt.UnixMilli()), member: string(after.Execution)}
	}
	for {
		due, err := b.leasesAfter(ctx, asOf, from, limit+1)
		if err != nil {
			return engine.Page[engine.ExpiredLease, engine.ExecutionID]{}, err
		}
		leases, err := b.readLeases(ctx, due)
		if err != nil {
			return engine.Page[engine.ExpiredLease, engine.ExecutionID]{}, err
		}
		page.Items = append(page.Items, leases...)
		if len(page.Items) > limit {
			page.Items = page.Items[:limit]
			page.Next = page.Items[limit-1].Execution
			return page, nil
		}
		if len(due) <= limit {
			return page, nil
		}
		from = due[len(due)-1] // some of these were no leases any more: look further
	}
}

// duePosition is one entry of an index of due times, and a place to go on from. The score is in whole milliseconds.
type duePosition struct {
	score  float64
	member string
}

func (d duePosition) compare(other duePosition) int {
	return cmp.Or(cmp.Compare(d.score, other.score), cmp.Compare(d.member, other.member))
}

// leasesAfter lists the first most entries of lease_expiry beyond a position, over all partitions.
func (b *Backend) leasesAfter(ctx context.Context, asOf time.Time, from duePosition, most int) ([]duePosition, error) {
	lowest := "-inf"
	if !math.IsInf(from.score, -1) {
		lowest = strconv.FormatFloat(from.score, 'f', 0, 64)
	}
	partitions := slices.Collect(b.Partitions().FlowPartitions())
	var found []duePosition
	for offset := 0; len(partitions) > 0; offset += most {
		reads := make([]*redis.ZSliceCmd, len(partitions))
		err := b.pipelined(ctx, "list_expired_leases", func(p redis.Pipeliner) {
			for i, partition := range partitions {
				reads[i] = p.ZRangeByScoreWithScores(ctx, partitionKeys(partition).leaseExpiry(), &redis.ZRangeBy{
					Min: lowest, Max: scoreOf(asOf), Offset: int64(offset), Count: int64(most),
				})
			}
		})
		if err != nil {
			return nil, err
		}
		var more []engine.Partition
		for i, read := range reads {
			entries := read.Val()
			beyond := 0
			for _, entry := range entries {
				member, _ := entry.Member.(string)
				at := duePosition{score: math.Floor(entry.Score), member: member}
				if at.compare(from) > 0 {
					found = append(found, at)
					beyond++
				}
			}
			// Only entries of the position's own score can lie before it, so a full run that held none beyond it is rare.
			if len(entries) == most && beyond < most {
				more = append(more, partitions[i])
			}
		}
		partitions = more
	}
	slices.SortFunc(found, duePosition.compare)
	return found[:min(len(found), most)], nil
}

var leaseFields = []string{
	"current_lease_id", "current_lease_epoch", "current_attempt_index", "current_worker_instance_id", "ownership_state",
	"lease_expires_at", "lease_revoked_at", "lease_revoke_reason",
}

// readLeases reads what the records say of executions in lease_expiry; those that nobody holds any more are left out.
func (b *Backend) readLeases(ctx context.Context, due []duePosition) ([]engine.ExpiredLease, error) {
	var leases []engine.ExpiredLease
	for batch := range slices.Chunk(due, rowsPerRoundTrip) {
		reads := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, "list_expired_leases", func(p redis.Pipeliner) {
			for i, d := range batch {
				reads[i] = p.HMGet(ctx, keysOf(engine.ExecutionID(d.member)).core(), leaseFields...)
			}
		})
		if err != nil {
			return nil, err
		}
		for i, d := range batch {
			r := readHash(reads[i], leaseFields)
			lease := decodeExpiredLease(engine.ExecutionID(d.member), r)
			if lease.LeaseID == "" || lease.WorkerInstance == "" {
				continue
			}
			lease.ExpiresAt = time.UnixMilli(int64(d.score)) // the position in the listing
			leases = append(leases, lease)
		}
	}
	return leases, nil
}

func decodeExpiredLease(execution engine.ExecutionID, r *record) engine.ExpiredLease {
	return engine.ExpiredLease{
		Execution:      execution,
		LeaseID:        id(r, "current_lease_id", engine.ParseLeaseID),
		LeaseEpoch:     r.count("current_lease_epoch"),
		WorkerInstance: engine.WorkerInstanceID(r.text("current_worker_instance_id")),
		ExpiresAt:      r.time("lease_expires_at"),
		AttemptIndex:   r.index("current_attempt_index"),
		RevokedAt:      r.time("lease_revoked_at"),
		RevokeReason:   r.text("lease_revoke_reason"),
	}
}

// ListRevokedLeases looks for revoked leases among what is active and holds no place in lease_expiry.
func (b *Backend) ListRevokedLeases(ctx context.Context, lane engine.LaneID, limit int) ([]engine.ExpiredLease, error) {
	_, active, err := b.leasesAndActive(ctx, []engine.LaneID{lane})
	if err != nil {
		return nil, err
	}
	ids, err := b.revoked(ctx, active)
	if err != nil {
		return nil, err
	}
	var leases []engine.ExpiredLease
	for batch := range slices.Chunk(ids, rowsPerRoundTrip) {
		reads := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, "list_revoked_leases", func(p redis.Pipeliner) {
			for i, id := range batch {
				reads[i] = p.HMGet(ctx, keysOf(id).core(), leaseFields...)
			}
		})
		if err != nil {
			return nil, err
		}
		for i, id := range batch {
			r := readHash(reads[i], leaseFields)
			if r.text("ownership_state") == string(engine.OwnerRevoked) {
				leases = append(leases, decodeExpiredLease(id, r))
			}
		}
	}
	slices.SortFunc(leases, func(a, b engine.ExpiredLease) int {
		return cmp.Or(a.RevokedAt.Compare(b.RevokedAt), cmp.Compare(a.Execution, b.Execution))
	})
	return leases[:min(len(leases), max(limit, 0))], nil
}
