package valkey

import (
	"context"
	"maps"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// markedPage is how many due leases of a partition are looked through at a time for those that are not marked yet.
const markedPage = 500

// Due lists what is due in an index of several partitions (spec 05 §4).
func (b *Backend) Due(ctx context.Context, ps []engine.Partition, idx engine.DueIndex, lane engine.LaneID, now time.Time, limit int) (due []engine.DueMember, unread map[engine.Partition]error) {
	if limit <= 0 {
		return nil, nil
	}
	if idx == engine.DueLeaseExpiry {
		return b.dueUnmarked(ctx, ps, now, limit)
	}
	return b.dueMembers(ctx, ps, idx, lane, now, 0, limit)
}

// dueMembers reads one run of each partition's due members.
func (b *Backend) dueMembers(ctx context.Context, ps []engine.Partition, idx engine.DueIndex, lane engine.LaneID, now time.Time, offset, limit int) (
	due []engine.DueMember, unread map[engine.Partition]error) {

	const op = "due"
	reads := make([]*redis.StringSliceCmd, len(ps))
	_ = b.pipelined(ctx, op, func(p redis.Pipeliner) { // each command has its own error
		for i, partition := range ps {
			reads[i] = p.ZRangeByScore(ctx, dueKey(partition, idx, lane), &redis.ZRangeBy{
				Min: "-inf", Max: scoreOf(now), Offset: int64(offset), Count: int64(limit),
			})
		}
	})
	unread = map[engine.Partition]error{}
	for i, read := range reads {
		members, err := read.Result()
		if err != nil {
			unread[ps[i]] = transport(op, err)
		}
		for _, member := range members {
			due = append(due, engine.DueMember{Partition: ps[i], Member: member})
		}
	}
	return due, unread
}

// dueUnmarked lists due leases that nobody has marked expired: marked ones stay in the index until they are reclaimed, and any number
// of them may stand before the first that counts.
func (b *Backend) dueUnmarked(ctx context.Context, ps []engine.Partition, now time.Time, limit int) (
	found []engine.DueMember, unread map[engine.Partition]error) {

	unread = map[engine.Partition]error{}
	taken := map[engine.Partition]int{}
	for offset := 0; len(ps) > 0; offset += markedPage {
		page, failed := b.dueMembers(ctx, ps, engine.DueLeaseExpiry, "", now, offset, markedPage)
		maps.Copy(unread, failed)
		states := b.ownershipOf(ctx, page)
		read := map[engine.Partition]int{}
		for i, member := range page {
			read[member.Partition]++
			state, err := states[i].Result()
			if err != nil && !ofKey(err) {
				unread[member.Partition] = transport("due", err)
				continue
			}
			marked := state == string(engine.OwnerExpired) || state == string(engine.OwnerRevoked)
			if !marked && taken[member.Partition] < limit {
				taken[member.Partition]++
				found = append(found, member)
			}
		}
		var more []engine.Partition
		for _, p := range ps {
			if read[p] == markedPage && taken[p] < limit {
				more = append(more, p)
			}
		}
		ps = more
	}
	return found, unread
}

// ownershipOf reads who owns each member.
func (b *Backend) ownershipOf(ctx context.Context, members []engine.DueMember) []*redis.StringCmd {
	reads := make([]*redis.StringCmd, len(members))
	_ = b.pipelined(ctx, "due", func(p redis.Pipeliner) { // each command has its own error
		for i, m := range members {
			reads[i] = p.HGet(ctx, keysOf(engine.ExecutionID(m.Member)).core(), "ownership_state")
		}
	})
	return reads
}

// DropDue takes a member out of an index of due times. A waitpoint or execution id is not taken out: the functions do that, knowing
// what became of it.
func (b *Backend) DropDue(ctx context.Context, m engine.DueMember, idx engine.DueIndex, lane engine.LaneID) error {
	const op = "drop_due"
	if idMember(m.Member, idx) {
		return engine.Invalid(op, "the member is an id")
	}
	return transport(op, b.rdb.ZRem(ctx, dueKey(m.Partition, idx, lane), m.Member).Err())
}

func idMember(member string, idx engine.DueIndex) bool {
	if idx == engine.DuePendingWaitpoint {
		_, err := engine.ParseWaitpointID(member)
		return err == nil
	}
	_, err := engine.ParseExecutionID(member)
	return err == nil
}

func dueKey(p engine.Partition, idx engine.DueIndex, lane engine.LaneID) string {
	if idx == engine.DueDelayed {
		return partitionKeys(p).lane(lane, engine.IndexDelayed)
	}
	return partitionKeys(p).due(idx)
}

// MarkLeaseExpiredIfDue marks a lease that ran out, so that others may take the execution over; it is no error when there is nothing
// to mark (spec 03a §4.2).
func (b *Backend) MarkLeaseExpiredIfDue(ctx context.Context, execution engine.ExecutionID) error {
	const op = "mark_lease_expired_if_due"
	if err := checkExecutionID(op, execution); err != nil {
		return err
	}
	k := keysOf(execution)
	_, err := b.call(ctx, op, "ff_mark_lease_expired_if_due",
		[]string{
			k.core(),
			k.leaseCurrent(),
			k.partition().leaseExpiry(),
			k.leaseHistory(),
		},
		string(execution),
	)
	return err
}

// ExpireExecution ends an execution whose attempt timeout or deadline has passed; it is no error when it is over already
// (spec 03a §3.9).
func (b *Backend) ExpireExecution(ctx context.Context, execution engine.ExecutionID, reason engine.ExpireReason) error {
	const op = "expire_execution"
	h, _, err := b.readHolding(ctx, op, execution)
	if err != nil {
		return err
	}
	k, part := h.keys(), h.keys().partition()
	_, err = b.call(ctx, op, "ff_expire_execution",
		[]string{
			k.core(),
			k.attempt(h.attempt),
			k.streamMeta(h.attempt),
			k.leaseCurrent(),
			k.leaseHistory(),
			part.leaseExpiry(),
			part.workerLeases(h.instance),
			part.lane(h.lane, engine.IndexActive),
			part.lane(h.lane, engine.IndexTerminal),
			part.attemptTimeout(),
			part.executionDeadline(),
			part.lane(h.lane, engine.IndexSuspended),
			part.suspensionTimeout(),
			k.suspensionCurrent(),
		},
		string(execution),
		string(reason),
	)
	return err
}
