package valkey

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	sleeperPartitions = 64    // partitions that one call looks at
	mostSleepers      = 2000  // suspended executions of one index that are kept
	sleeperReads      = 2000  // suspensions that one call reads
	sleeperChecks     = 200   // suspensions known before that one call reads again
	sleepersKept      = 60000 // suspensions that are kept in all
)

// sleeper is what is known of one suspended execution.
type sleeper struct {
	id        engine.ExecutionID
	score     float64 // in the index: its timeout
	read      bool
	checked   time.Time
	key       engine.SignalGroupKey
	since     time.Time
	timeoutAt time.Time
}

// signalTally keeps what the calls before have read.
type signalTally struct {
	mu         sync.Mutex
	partitions engine.PartitionConfig
	next       uint16
	looked     map[uint16]bool
	sleepers   map[engine.IndexRef]map[engine.ExecutionID]*sleeper
	sizes      map[engine.IndexRef]int
	kept       int
	conditions map[engine.SignalGroupKey]engine.SignalGroup // what each key stands for, without counts
}

// SignalGroups looks at the next partitions and reads what has fallen asleep there (spec 06 §12.5).
func (b *Backend) SignalGroups(ctx context.Context) (engine.SignalGroups, error) {
	const op = "signal_groups"
	lanes, err := b.servedLanes(ctx, op)
	if err != nil {
		return engine.SignalGroups{}, err
	}
	t := &b.signals
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fit(b.Partitions())
	turn := t.turn()
	if err := b.listSleepers(ctx, op, t, turn, lanes); err != nil {
		return engine.SignalGroups{}, err
	}
	for _, p := range turn {
		t.looked[p.Index] = true
	}
	if err := b.readSleepers(ctx, op, t, t.due()); err != nil {
		return engine.SignalGroups{}, err
	}
	return t.groups(), nil
}

// SignalGroupRows reads the executions of a group as it was last counted.
func (b *Backend) SignalGroupRows(ctx context.Context, key engine.SignalGroupKey, limit int) (engine.SuspendedRows, error) {
	const op = "signal_group_rows"
	members := b.signals.members(key)
	first := members[:min(len(members), max(limit, 0))]
	executions, err := b.rowsOfMembers(ctx, first)
	if err != nil {
		return engine.SuspendedRows{}, err
	}
	rows, err := b.withSuspensions(ctx, op, executions)
	return engine.SuspendedRows{Rows: rows, Total: len(members)}, err
}

// fit begins anew with other partition counts.
func (t *signalTally) fit(partitions engine.PartitionConfig) {
	if t.partitions == partitions && t.looked != nil {
		return
	}
	t.partitions, t.next, t.kept = partitions, 0, 0
	t.looked, t.sizes = map[uint16]bool{}, map[engine.IndexRef]int{}
	t.sleepers = map[engine.IndexRef]map[engine.ExecutionID]*sleeper{}
	t.conditions = map[engine.SignalGroupKey]engine.SignalGroup{}
}

// turn is the next partitions to look at.
func (t *signalTally) turn() []engine.Partition {
	var turn []engine.Partition
	for range min(sleeperPartitions, int(t.partitions.Flow)) {
		turn = append(turn, engine.Partition{Family: engine.FamilyFlow, Index: t.next})
		t.next = (t.next + 1) % t.partitions.Flow
	}
	return turn
}

// listSleepers takes in who is in the suspended indexes of some partitions.
func (b *Backend) listSleepers(ctx context.Context, op string, t *signalTally, turn []engine.Partition, lanes []engine.LaneID) error {
	var refs []engine.IndexRef
	for _, p := range turn {
		for _, lane := range lanes {
			refs = append(refs, engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(engine.IndexSuspended)})
		}
	}
	occupied, err := b.Occupied(ctx, refs)
	if err != nil {
		return err
	}
	reads, sizes := make([]*redis.ZSliceCmd, len(occupied)), make([]*redis.IntCmd, len(occupied))
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, ref := range occupied {
			reads[i] = p.ZRangeWithScores(ctx, indexKey(ref), 0, mostSleepers-1)
			sizes[i] = p.ZCard(ctx, indexKey(ref))
		}
	})
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if _, known := t.sizes[ref]; known && !slices.Contains(occupied, ref) {
			t.take(ref, nil, 0)
		}
	}
	for i, ref := range occupied {
		t.take(ref, reads[i].Val(), valueOf(sizes[i]))
	}
	return nil
}

// take replaces what an index holds. Whoever stays at the same place is not read again.
func (t *signalTally) take(ref engine.IndexRef, members []redis.Z, size int) {
	before := t.sleepers[ref]
	t.kept -= len(before)
	now := make(map[engine.ExecutionID]*sleeper, len(members))
	for _, z := range members {
		member, _ := z.Member.(string)
		id := engine.ExecutionID(member)
		if old := before[id]; old != nil && old.score == z.Score {
			now[id] = old
		} else if t.kept+len(now) < sleepersKept {
			now[id] = &sleeper{id: id, score: z.Score}
		}
	}
	t.kept += len(now)
	t.sleepers[ref], t.sizes[ref] = now, size
	if size == 0 {
		delete(t.sleepers, ref)
		delete(t.sizes, ref)
	}
}

// due are those that were never read, and those whose last look is the longest ago: one without a timeout that has woken and fallen
// asleep again stands where it stood.
func (t *signalTally) due() []*sleeper {
	var unread, known []*sleeper
	for _, in := range t.sleepers {
		for _, s := range in {
			if s.read {
				known = append(known, s)
			} else if len(unread) < sleeperReads {
				unread = append(unread, s)
			}
		}
	}
	if len(unread) > sleeperChecks {
		return unread
	}
	slices.SortFunc(known, func(a, b *sleeper) int { return a.checked.Compare(b.checked) })
	return append(unread, known[:min(len(known), sleeperChecks)]...)
}

var sleeperFields = []string{"suspension_id", "created_at", "timeout_at", "closed_at", "close_reason", "resume_condition_json"}

func (b *Backend) readSleepers(ctx context.Context, op string, t *signalTally, due []*sleeper) error {
	for batch := range slices.Chunk(due, rowsPerRoundTrip) {
		reads := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, s := range batch {
				reads[i] = p.HMGet(ctx, keysOf(s.id).suspensionCurrent(), sleeperFields...)
			}
		})
		if err != nil {
			return err
		}
		for i, s := range batch {
			t.learn(s, readHash(reads[i], sleeperFields))
		}
	}
	return nil
}

// learn takes in what an execution waits for.
func (t *signalTally) learn(s *sleeper, r *record) {
	s.read, s.checked = true, time.Now()
	group := engine.SignalGroup{}
	switch suspension := decodeSuspension(r, nil); {
	case r.empty() && len(r.bad) == 0 || !isExecutionID(string(s.id)):
		group.Fault = engine.FaultNoSuspension
	case len(suspension.Malformed) > 0:
		group.Fault = engine.FaultUnreadable
	case !suspension.Open():
		group.Fault = engine.FaultOver
	default:
		group.Condition = suspension.Condition.WithoutWaitpoints()
		s.since, s.timeoutAt = suspension.CreatedAt, suspension.TimeoutAt
	}
	if group.Key = engine.SignalGroupKey(group.Fault); group.Fault == "" {
		group.Key = group.Condition.GroupKey()
	}
	if known, found := t.conditions[group.Key]; found {
		group = known // one copy of the key
	} else {
		t.conditions[group.Key] = group
	}
	s.key = group.Key
}

// groups counts what was read, the largest first. What nobody waits for any more is forgotten.
func (t *signalTally) groups() engine.SignalGroups {
	found := engine.SignalGroups{Covered: len(t.looked), Partitions: int(t.partitions.Flow)}
	counted := map[engine.SignalGroupKey]*engine.SignalGroup{}
	for ref, in := range t.sleepers {
		found.Of += t.sizes[ref]
		for _, s := range in {
			if !s.read {
				continue
			}
			found.Read++
			g := counted[s.key]
			if g == nil {
				group := t.conditions[s.key]
				g = &group
				counted[s.key] = g
			}
			countIn(g, s)
		}
	}
	for key := range t.conditions {
		if counted[key] == nil {
			delete(t.conditions, key)
		}
	}
	for _, g := range counted {
		found.Groups = append(found.Groups, *g)
	}
	slices.SortFunc(found.Groups, func(a, b engine.SignalGroup) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(string(a.Key), string(b.Key)))
	})
	return found
}

func countIn(g *engine.SignalGroup, s *sleeper) {
	g.Count++
	if g.Oldest.IsZero() || !s.since.IsZero() && s.since.Before(g.Oldest) {
		g.Oldest = s.since
	}
	switch {
	case s.timeoutAt.IsZero():
		g.Endless++
	case g.Soonest.IsZero() || s.timeoutAt.Before(g.Soonest):
		g.Soonest = s.timeoutAt
	}
}

// members are the executions of a group, soonest timeout first.
func (t *signalTally) members(key engine.SignalGroupKey) []indexedMember {
	t.mu.Lock()
	defer t.mu.Unlock()
	var members []indexedMember
	for _, in := range t.sleepers {
		for _, s := range in {
			if s.read && s.key == key {
				members = append(members, indexedMember{member: string(s.id), score: s.score})
			}
		}
	}
	slices.SortFunc(members, indexedMember.compare)
	return firstSightings(members)
}
