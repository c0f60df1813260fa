package valkey

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// confirmAtOnce is how many suspicions are looked into in one transaction, which keeps the partition's server busy.
const confirmAtOnce = 200

// indexFields are what decides where an execution belongs.
var indexFields = []string{"lifecycle_phase", "eligibility_state", "ownership_state", "lane_id"}

// CheckIndexes compares all executions of a partition with the indexes of all lanes that the registry or a record names (spec 01
// §4.7, 05 §4.3; Q-189). It sees missing entries and superfluous ones. What the quick look suspects is looked at again in one
// transaction, so a change under way is no mismatch.
func (b *Backend) CheckIndexes(ctx context.Context, p engine.Partition) (engine.IndexReport, error) {
	places, err := b.readPlaces(ctx, p)
	if err != nil {
		return engine.IndexReport{}, err
	}
	held, err := b.readLaneIndexes(ctx, p, places.lanes)
	if err != nil {
		return engine.IndexReport{}, err
	}
	mismatches, err := b.confirm(ctx, places.suspects(p, held))
	if err != nil {
		return engine.IndexReport{}, err
	}
	unresolved, err := b.unresolvedElsewhere(ctx, places)
	return engine.IndexReport{Checked: len(places.of), Mismatches: mismatches, Unresolved: unresolved, Lanes: places.lanes}, err
}

// place is where an execution belongs. index is "" where the state does not tell; sure is false where the index may lack it.
type place struct {
	lane  engine.LaneID
	index engine.LaneIndex
	sure  bool
	works bool // runnable or active
}

// placeOf reads a place off indexFields; exists is false for a record that is gone.
func placeOf(r *record) (at place, exists bool) {
	at.lane = laneOr(r.text("lane_id"))
	switch engine.LifecyclePhase(r.text("lifecycle_phase")) {
	case "":
		return at, false
	case engine.PhaseActive:
		at.index, at.works = engine.IndexActive, true
		at.sure = engine.OwnershipState(r.text("ownership_state")) == engine.OwnerLeased
	case engine.PhaseSuspended:
		at.index, at.sure = engine.IndexSuspended, true
	case engine.PhaseTerminal:
		at.index, at.sure = engine.IndexTerminal, true
	case engine.PhaseRunnable:
		at.index = queueOf[engine.EligibilityState(r.text("eligibility_state"))]
		at.sure, at.works = at.index != "", true
	}
	return at, true
}

// queueOf is where a runnable execution waits. Admission blocks for the lane's own state have no index of their own.
var queueOf = map[engine.EligibilityState]engine.LaneIndex{
	engine.EligibleNow:           engine.IndexEligible,
	engine.EligibleLater:         engine.IndexDelayed,
	engine.BlockedByDependencies: engine.IndexBlockedDependencies,
	engine.BlockedByBudget:       engine.IndexBlockedBudget,
	engine.BlockedByQuota:        engine.IndexBlockedQuota,
	engine.BlockedByRoute:        engine.IndexBlockedRoute,
	engine.BlockedByOperator:     engine.IndexBlockedOperator,
}

// places are the places of all executions of a partition.
type places struct {
	of    map[engine.ExecutionID]place // those with a record
	gone  []engine.ExecutionID
	lanes []engine.LaneID
}

func (b *Backend) readPlaces(ctx context.Context, p engine.Partition) (places, error) {
	const op = "check_indexes"
	registered, err := b.rdb.SMembers(ctx, keyLaneRegistry).Result()
	if err != nil {
		return places{}, engine.Transport(op, err)
	}
	found := places{of: map[engine.ExecutionID]place{}}
	lanes := map[engine.LaneID]bool{}
	for _, lane := range registered {
		lanes[engine.LaneID(lane)] = true
	}
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		var members []string
		members, cursor, err = b.rdb.SScan(ctx, partitionKeys(p).allExecutions(), cursor, "", rowsPerRoundTrip).Result()
		if err != nil {
			return places{}, engine.Transport(op, err)
		}
		if err := b.addPlaces(ctx, op, p, members, &found, lanes); err != nil {
			return places{}, err
		}
	}
	for lane := range lanes {
		found.lanes = append(found.lanes, lane)
	}
	slices.Sort(found.lanes)
	return found, nil
}

func (b *Backend) addPlaces(ctx context.Context, op string, p engine.Partition, members []string, found *places, lanes map[engine.LaneID]bool) error {
	reads := make([]*redis.SliceCmd, len(members))
	err := b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		for i, member := range members {
			reads[i] = pipe.HMGet(ctx, keysOf(engine.ExecutionID(member)).core(), indexFields...)
		}
	})
	if err != nil {
		return err
	}
	for i, member := range members {
		id := engine.ExecutionID(member)
		at, exists := placeOf(readHash(reads[i], indexFields))
		if !exists || id.Partition() != p {
			found.gone = append(found.gone, id)
			continue
		}
		found.of[id] = at
		lanes[at.lane] = true
	}
	return nil
}

// laneSlot names one index of one lane.
type laneSlot struct {
	lane  engine.LaneID
	index engine.LaneIndex
}

func (b *Backend) readLaneIndexes(ctx context.Context, p engine.Partition, lanes []engine.LaneID) (map[laneSlot][]string, error) {
	reads := map[laneSlot]*redis.StringSliceCmd{}
	err := b.pipelined(ctx, "check_indexes", func(pipe redis.Pipeliner) {
		for _, lane := range lanes {
			for _, index := range engine.LaneIndexes() {
				reads[laneSlot{lane, index}] = pipe.ZRange(ctx, partitionKeys(p).lane(lane, index), 0, -1)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	held := map[laneSlot][]string{}
	for slot, read := range reads {
		held[slot] = read.Val()
	}
	return held, nil
}

// suspects are the disagreements that a quick look finds. An execution in all_executions without a record is one of its own, in the
// index that it would have ended in.
func (s places) suspects(p engine.Partition, held map[laneSlot][]string) []engine.IndexMismatch {
	var found []engine.IndexMismatch
	lacking := map[engine.ExecutionID]place{}
	for id, at := range s.of {
		if at.sure {
			lacking[id] = at
		}
	}
	for slot, members := range held {
		for _, member := range members {
			id := engine.ExecutionID(member)
			at, exists := s.of[id]
			switch {
			case !exists:
				found = append(found, engine.IndexMismatch{Partition: p, Execution: id, Lane: slot.lane, Index: slot.index, Problem: engine.IndexGone})
			case at.index == slot.index && at.lane == slot.lane:
				delete(lacking, id)
			case at.index != "":
				found = append(found, engine.IndexMismatch{Partition: p, Execution: id, Lane: slot.lane, Index: slot.index, Problem: engine.IndexStray})
			}
		}
	}
	for id, at := range lacking {
		found = append(found, engine.IndexMismatch{Partition: p, Execution: id, Lane: at.lane, Index: at.index, Problem: engine.IndexLacks})
	}
	for _, id := range s.gone {
		found = append(found, engine.IndexMismatch{Partition: p, Execution: id, Index: engine.LaneIndex(engine.IndexAllExecutions), Problem: engine.IndexGone})
	}
	return found
}

// confirm keeps the suspects that are true of one moment.
func (b *Backend) confirm(ctx context.Context, suspects []engine.IndexMismatch) ([]engine.IndexMismatch, error) {
	var confirmed []engine.IndexMismatch
	for batch := range slices.Chunk(suspects, confirmAtOnce) {
		cores := make([]*redis.SliceCmd, len(batch))
		entries := make([]*redis.FloatCmd, len(batch))
		_, err := b.rdb.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
			for i, m := range batch {
				cores[i] = pipe.HMGet(ctx, coreAt(m), indexFields...)
				entries[i] = pipe.ZScore(ctx, mismatchKey(m), string(m.Execution))
			}
			return nil
		})
		if err != nil && !ofKey(err) {
			return nil, engine.Transport("check_indexes", err)
		}
		for i, m := range batch {
			if stands(m, readHash(cores[i], indexFields), entries[i].Err() == nil) {
				confirmed = append(confirmed, m)
			}
		}
	}
	return confirmed, nil
}

// stands tells whether a mismatch is there, given the record and whether the index holds the execution.
func stands(m engine.IndexMismatch, r *record, held bool) bool {
	at, exists := placeOf(r)
	here := at.lane == m.Lane && at.index == m.Index
	switch m.Problem {
	case engine.IndexGone:
		return !exists && len(r.bad) == 0
	case engine.IndexLacks:
		return exists && at.sure && here && !held
	case engine.IndexStray:
		return exists && at.index != "" && !here && held
	default:
		return false
	}
}

// coreAt is the record that a member of a partition's index would have: a member whose own partition is another has none there.
func coreAt(m engine.IndexMismatch) string {
	return execKeys{tag: m.Partition.Tag(), id: m.Execution}.core()
}

func mismatchKey(m engine.IndexMismatch) string {
	if m.Lane == "" {
		return partitionKeys(m.Partition).idx(string(m.Index))
	}
	return partitionKeys(m.Partition).lane(m.Lane, m.Index)
}

// unresolvedElsewhere lists executions that run or wait for a worker although dependencies of theirs are open.
func (b *Backend) unresolvedElsewhere(ctx context.Context, s places) ([]engine.ExecutionID, error) {
	var candidates []engine.ExecutionID
	for id, at := range s.of {
		if at.works && at.index != engine.IndexBlockedDependencies {
			candidates = append(candidates, id)
		}
	}
	var unresolved []engine.ExecutionID
	for batch := range slices.Chunk(candidates, rowsPerRoundTrip) {
		reads := make([]*redis.IntCmd, len(batch))
		err := b.pipelined(ctx, "check_indexes", func(pipe redis.Pipeliner) {
			for i, id := range batch {
				reads[i] = pipe.SCard(ctx, keysOf(id).depsUnresolved())
			}
		})
		if err != nil {
			return nil, err
		}
		for i, id := range batch {
			if reads[i].Val() > 0 {
				unresolved = append(unresolved, id)
			}
		}
	}
	slices.Sort(unresolved)
	return unresolved, nil
}
