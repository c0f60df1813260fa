package valkey

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// checkedIndexes are the partition's own indexes that a look asks, besides the due ones.
var checkedIndexes = []engine.IndexName{
	engine.IndexCancelBacklog, engine.IndexPendingCancelGroups, engine.IndexAllExecutions, engine.IndexFlows,
}

// checkedLaneIndexes are the indexes of a lane that a look asks.
var checkedLaneIndexes = []engine.LaneIndex{
	engine.IndexDelayed, engine.IndexTerminal, engine.IndexBlockedBudget, engine.IndexBlockedQuota, engine.IndexBlockedRoute,
}

// firstOverdue is how many overdue leases are looked at for the mark of a scanner.
const firstOverdue = 5

// partitionLook is a look at one partition under way.
type partitionLook struct {
	keys      partKeys
	health    engine.PartitionHealth
	questions []question
	leases    *redis.StringSliceCmd // the first overdue ones
	summary   *redis.StringCmd      // the flow whose summary is looked at
}

// question is a command and what its answer tells.
type question struct {
	sent redis.Cmder
	take func()
}

func (l *partitionLook) ask(sent redis.Cmder, take func()) {
	l.questions = append(l.questions, question{sent, take})
}

// take takes the answers in. One that concerns more than a key means that the partition cannot be read.
func (l *partitionLook) take() {
	for _, q := range l.questions {
		if err := q.sent.Err(); err != nil && !ofKey(err) {
			l.health = engine.PartitionHealth{Partition: l.health.Partition, At: l.health.At, Unreachable: err.Error()}
			return
		}
		q.take()
	}
	l.questions = nil
}

func (l *partitionLook) reachable() bool { return l.health.Unreachable == "" }

// checkPartitions looks at the partitions whose turn it is.
func (b *Backend) checkPartitions(ctx context.Context, t *checkupTurns, lanes []engine.LaneID, now time.Time) {
	cost := checkupCost
	if len(t.seen) < int(t.partitions.Flow) {
		cost = firstCheckupCost
	}
	var turn []engine.Partition
	for i := range min(int(t.partitions.Flow), cost) {
		index := (int(t.next) + i) % int(t.partitions.Flow)
		turn = append(turn, engine.Partition{Family: engine.FamilyFlow, Index: uint16(index)})
	}
	occupied := b.checkedOccupied(ctx, turn, lanes)
	var looks []*partitionLook
	b.surveyed(ctx, func(pipe redis.Pipeliner) {
		for _, p := range turn {
			look := &partitionLook{keys: partitionKeys(p), health: engine.PartitionHealth{
				Partition: p, At: now, Overdue: map[engine.DueIndex]engine.Overdue{}, Delayed: map[engine.LaneID]engine.Overdue{},
			}}
			look.begin(ctx, pipe, occupied[p], now)
			looks = append(looks, look)
			if cost -= len(look.questions); cost <= 0 {
				break
			}
		}
	})
	b.finishLooks(ctx, looks)
	for _, look := range looks {
		before := t.seen[look.health.Partition.Index]
		look.health.SampledAt, look.health.Sampled = before.SampledAt, before.Sampled
		look.health.Drift, look.health.Strange = before.Drift, before.Strange
		t.seen[look.health.Partition.Index] = look.health
	}
	t.next = uint16((int(t.next) + len(looks)) % int(t.partitions.Flow))
}

// checkedOccupied tells by partition which of the checked indexes hold something. In a cluster, where that would cost as much as
// asking them, they all count as if they did in partitions that hold anything. So they do where the servers do not say.
func (b *Backend) checkedOccupied(ctx context.Context, turn []engine.Partition, lanes []engine.LaneID) map[engine.Partition][]engine.IndexRef {
	all := map[engine.Partition][]engine.IndexRef{}
	var refs []engine.IndexRef
	for _, p := range turn {
		all[p] = checkedRefs(p, lanes)
		refs = append(refs, all[p]...)
	}
	if b.Clustered() {
		return b.withAny(ctx, turn, all)
	}
	found, err := b.Occupied(ctx, refs)
	if err != nil {
		return all
	}
	occupied := map[engine.Partition][]engine.IndexRef{}
	for _, ref := range found {
		occupied[ref.Partition] = append(occupied[ref.Partition], ref)
	}
	return occupied
}

// withAny leaves out partitions that answer that they hold nothing.
func (b *Backend) withAny(ctx context.Context, turn []engine.Partition, all map[engine.Partition][]engine.IndexRef) map[engine.Partition][]engine.IndexRef {
	counts := make([]*redis.IntCmd, len(turn))
	b.surveyed(ctx, func(pipe redis.Pipeliner) {
		for i, p := range turn {
			var keys []string
			for _, ref := range all[p] {
				keys = append(keys, indexKey(ref))
			}
			counts[i] = pipe.Exists(ctx, keys...)
		}
	})
	for i, p := range turn {
		if n, err := counts[i].Result(); err == nil && n == 0 {
			delete(all, p)
		}
	}
	return all
}

func checkedRefs(p engine.Partition, lanes []engine.LaneID) []engine.IndexRef {
	var refs []engine.IndexRef
	for _, due := range partitionDues {
		refs = append(refs, engine.IndexRef{Partition: p, Name: engine.IndexName(due)})
	}
	for _, name := range checkedIndexes {
		refs = append(refs, engine.IndexRef{Partition: p, Name: name})
	}
	for _, lane := range lanes {
		for _, idx := range checkedLaneIndexes {
			refs = append(refs, engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(idx)})
		}
	}
	return refs
}

// begin asks what one round trip can tell.
func (l *partitionLook) begin(ctx context.Context, pipe redis.Pipeliner, occupied []engine.IndexRef, now time.Time) {
	kid := pipe.HGet(ctx, l.keys.hmacSecrets(), "current_kid")
	l.ask(kid, func() { l.health.SigningKid = kid.Val() })
	for _, ref := range occupied {
		key := indexKey(ref)
		switch name := ref.Name; {
		case name == engine.IndexAllExecutions:
			l.askCount(pipe.SCard(ctx, key), &l.health.Executions)
		case name == engine.IndexPendingCancelGroups:
			l.askCount(pipe.SCard(ctx, key), &l.health.SiblingGroups)
		case name == engine.IndexFlows:
			l.askCount(pipe.SCard(ctx, key), &l.health.Flows)
			l.summary = pipe.SRandMember(ctx, key)
			l.ask(l.summary, func() {})
		case name == engine.IndexCancelBacklog:
			l.askOverdue(ctx, pipe, key, now.Add(-backlogGrace), func(late engine.Overdue) { l.health.CancelBacklog = late })
		case name == engine.IndexName(engine.IndexDelayed):
			l.askOverdue(ctx, pipe, key, now.Add(-overdueGrace[engine.DueDelayed]), func(late engine.Overdue) {
				l.health.Delayed[ref.Lane] = late
				l.health.Overdue[engine.DueDelayed] = addOverdue(l.health.Overdue[engine.DueDelayed], late)
			})
		case name == engine.IndexName(engine.IndexTerminal):
			ended := pipe.ZCount(ctx, key, "-inf", scoreOf(now.Add(-usualRetention)))
			l.ask(ended, func() { l.health.PastRetention += int(ended.Val()) })
		case ref.Lane != "":
			l.askOldest(pipe.ZRangeWithScores(ctx, key, 0, 0))
		default:
			due := engine.DueIndex(name)
			l.askOverdue(ctx, pipe, key, now.Add(-overdueGrace[due]), func(late engine.Overdue) { l.health.Overdue[due] = late })
			if due == engine.DueLeaseExpiry {
				l.leases = pipe.ZRangeByScore(ctx, key, &redis.ZRangeBy{Min: "-inf", Max: scoreOf(now.Add(-overdueGrace[due])), Count: firstOverdue})
				l.ask(l.leases, func() {})
			}
		}
	}
}

func (l *partitionLook) askCount(count *redis.IntCmd, into *int) {
	l.ask(count, func() { *into = int(count.Val()) })
}

// askOverdue hears of members that were due before a time, if there are any.
func (l *partitionLook) askOverdue(ctx context.Context, pipe redis.Pipeliner, key string, before time.Time, take func(engine.Overdue)) {
	count := pipe.ZCount(ctx, key, "-inf", scoreOf(before))
	head := pipe.ZRangeWithScores(ctx, key, 0, 0)
	l.ask(count, func() {})
	l.ask(head, func() {
		if late := overdueOf(count, head); late.Count > 0 {
			take(late)
		}
	})
}

func (l *partitionLook) askOldest(head *redis.ZSliceCmd) {
	l.ask(head, func() {
		for _, first := range head.Val() {
			at := time.UnixMilli(int64(first.Score))
			if l.health.OldestBlocked.IsZero() || at.Before(l.health.OldestBlocked) {
				l.health.OldestBlocked = at
			}
		}
	})
}

// finishLooks takes the answers in and asks what follows from them, in one more round trip.
func (b *Backend) finishLooks(ctx context.Context, looks []*partitionLook) {
	for _, look := range looks {
		look.take()
	}
	b.surveyed(ctx, func(pipe redis.Pipeliner) {
		for _, look := range looks {
			if look.reachable() {
				look.goOn(ctx, pipe)
			}
		}
	})
	for _, look := range looks {
		look.take()
	}
}

func (l *partitionLook) goOn(ctx context.Context, pipe redis.Pipeliner) {
	if l.leases != nil {
		for _, member := range l.leases.Val() {
			owner := pipe.HGet(ctx, execKeys{tag: l.keys.tag, id: engine.ExecutionID(member)}.core(), "ownership_state")
			l.ask(owner, func() {
				if owner.Val() == string(engine.OwnerLeased) {
					l.health.Unmarked++
				}
			})
		}
	}
	if l.summary != nil && l.summary.Val() != "" {
		made := pipe.HGet(ctx, flowKeys{tag: l.keys.tag, id: engine.FlowID(l.summary.Val())}.summary(), "last_summary_update_at")
		l.ask(made, func() {
			if at, err := parseMillis(made.Val()); err == nil {
				l.health.SummaryAt = at
			}
		})
	}
}
