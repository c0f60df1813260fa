package valkey

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"ffboard/engine"
)

const (
	// countsPerCall is how many indexes that were counted before one look counts again.
	countsPerCall = 24
	// firstCounts is how many indexes the first looks count, more or less, before they say how far they came.
	firstCounts = 500
)

// depthTally keeps what the calls before have counted.
type depthTally struct {
	mu         sync.Mutex
	partitions engine.PartitionConfig
	lanes      []engine.LaneID
	order      []engine.Partition // of the turns: first those where the flow-less work of the lanes lies
	homes      int                // so many at the beginning of order
	flows      map[uint16]bool    // partitions with flows that are not over

	nextBusy, nextQuiet int             // places in order
	looked              map[uint16]bool // partitions that were looked at
	counts              map[engine.IndexRef]*depthCount
}

// depthCount is what one index held when it was counted.
type depthCount struct {
	ref     engine.IndexRef
	size    int
	overdue int
	at      time.Time // zero: not counted yet
	changed bool      // when it was counted the last time
}

// depthTurns is how many commands one look spends on finding out which indexes hold anything.
type depthTurns struct {
	perCommand int // partitions that one command asks
	busy       int // commands for partitions where something may happen
	quiet      int // commands for the others
	first      int // commands as long as not every partition was looked at
}

// fit begins anew with other partition counts, and looks at every partition again when there are more lanes.
func (t *depthTally) fit(partitions engine.PartitionConfig, lanes []engine.LaneID) {
	if t.partitions != partitions {
		t.partitions, t.lanes = partitions, nil
		t.counts, t.flows = map[engine.IndexRef]*depthCount{}, nil
	}
	if !slices.Equal(t.lanes, lanes) {
		t.lanes = lanes
		t.order, t.homes = homesFirst(partitions, lanes)
		t.nextBusy, t.nextQuiet, t.looked = 0, 0, map[uint16]bool{}
		maps.DeleteFunc(t.counts, func(ref engine.IndexRef, _ *depthCount) bool {
			return ref.Lane != "" && !slices.Contains(lanes, ref.Lane)
		})
	}
}

// homesFirst are all flow partitions, the home partitions of the lanes before the others.
func homesFirst(partitions engine.PartitionConfig, lanes []engine.LaneID) (order []engine.Partition, homes int) {
	listed := map[engine.Partition]bool{}
	list := func(p engine.Partition) {
		if !listed[p] {
			listed[p] = true
			order = append(order, p)
		}
	}
	for _, lane := range lanes {
		list(partitions.OfLane(lane))
	}
	homes = len(order)
	for p := range partitions.FlowPartitions() {
		list(p)
	}
	return order, homes
}

// each is how many indexes of a partition are looked at.
func (t *depthTally) each() int { return len(partitionDues) + len(t.lanes)*len(engine.LaneIndexes()) }

// refs are all indexes of partitions.
func (t *depthTally) refs(partitions []engine.Partition) []engine.IndexRef {
	refs := make([]engine.IndexRef, 0, len(partitions)*t.each())
	for _, partition := range partitions {
		for _, due := range partitionDues {
			refs = append(refs, engine.IndexRef{Partition: partition, Name: engine.IndexName(due)})
		}
		for _, lane := range t.lanes {
			for _, idx := range engine.LaneIndexes() {
				refs = append(refs, engine.IndexRef{Partition: partition, Lane: lane, Name: engine.IndexName(idx)})
			}
		}
	}
	return refs
}

func (t *depthTally) flowIndexes() []engine.IndexRef {
	refs := make([]engine.IndexRef, len(t.order))
	for i, partition := range t.order {
		refs[i] = engine.IndexRef{Partition: partition, Name: engine.IndexFlows}
	}
	return refs
}

// lively takes in which partitions have flows that are not over.
func (t *depthTally) lively(flows []engine.IndexRef) {
	t.flows = make(map[uint16]bool, len(flows))
	for _, ref := range flows {
		t.flows[ref.Partition.Index] = true
	}
}

// turn is the next partitions to look at.
func (t *depthTally) turn(turns depthTurns) []engine.Partition {
	busy := t.busy()
	turn := t.next(&t.nextBusy, turns.busy*turns.perCommand, func(p engine.Partition) bool { return busy[p.Index] })
	quiet := turns.quiet
	if !t.whole() {
		quiet = turns.first
	}
	return append(turn, t.next(&t.nextQuiet, quiet*turns.perCommand, func(p engine.Partition) bool { return !busy[p.Index] })...)
}

// whole tells whether every partition was looked at.
func (t *depthTally) whole() bool { return len(t.looked) == len(t.order) }

// uncounted is how many indexes were found and not counted yet.
func (t *depthTally) uncounted() (n int) {
	for _, count := range t.counts {
		if count.at.IsZero() {
			n++
		}
	}
	return n
}

// busy are the partitions where something may happen: the lanes' homes, those with flows that are not over, and those where anything
// has not ended.
func (t *depthTally) busy() map[uint16]bool {
	busy := make(map[uint16]bool, len(t.flows)+t.homes)
	for _, home := range t.order[:t.homes] {
		busy[home.Index] = true
	}
	for index := range t.flows {
		busy[index] = true
	}
	for ref := range t.counts {
		if !ended(ref) {
			busy[ref.Partition.Index] = true
		}
	}
	return busy
}

func ended(ref engine.IndexRef) bool { return ref.Name == engine.IndexName(engine.IndexTerminal) }

// next goes round the partitions, from where it stopped the last time, for at most n of those wanted.
func (t *depthTally) next(place *int, n int, wanted func(engine.Partition) bool) []engine.Partition {
	var found []engine.Partition
	for range t.order {
		if len(found) == n {
			break
		}
		if p := t.order[*place]; wanted(p) {
			found = append(found, p)
		}
		*place = (*place + 1) % len(t.order)
	}
	return found
}

// found takes in which indexes of some partitions hold anything.
func (t *depthTally) found(turn []engine.Partition, occupied []engine.IndexRef) {
	holds := make(map[engine.IndexRef]bool, len(occupied))
	for _, ref := range occupied {
		holds[ref] = true
		if t.counts[ref] == nil {
			t.counts[ref] = &depthCount{ref: ref}
		}
	}
	asked := make(map[engine.Partition]bool, len(turn))
	for _, partition := range turn {
		asked[partition] = true
		t.looked[partition.Index] = true
	}
	for ref := range t.counts {
		if asked[ref.Partition] && !holds[ref] {
			delete(t.counts, ref)
		}
	}
}

// due are the counts to be made now: those never made, and the most urgent of the others.
func (t *depthTally) due(now time.Time) []*depthCount {
	var due, again []*depthCount
	for _, count := range t.counts {
		if count.at.IsZero() {
			due = append(due, count)
		} else {
			again = append(again, count)
		}
	}
	slices.SortFunc(again, func(x, y *depthCount) int { return cmp.Compare(y.urgency(now), x.urgency(now)) })
	return append(due, again[:min(len(again), countsPerCall)]...)
}

// urgency is the age of a count, weighted by how likely it is to have changed: what has ended stays, what changed goes on changing.
func (c *depthCount) urgency(now time.Time) time.Duration {
	age := now.Sub(c.at)
	if c.changed {
		age *= 4
	}
	if !ended(c.ref) {
		age *= 32
	}
	return age
}

// dueIndex tells which index of due times it is, if any.
func (c *depthCount) dueIndex() (engine.DueIndex, bool) {
	if c.ref.Lane == "" {
		return engine.DueIndex(c.ref.Name), true
	}
	return engine.DueDelayed, c.ref.Name == engine.IndexName(engine.IndexDelayed)
}

func (c *depthCount) take(size, overdue int, now time.Time) {
	c.changed = size != c.size || overdue != c.overdue
	c.size, c.overdue, c.at = size, overdue, now
}

// sum adds up all that was counted.
func (t *depthTally) sum() engine.Depths {
	depths := engine.Depths{Overdue: map[engine.DueIndex]int{}}
	byLane := map[engine.LaneID]map[engine.LaneIndex]int{}
	for _, lane := range t.lanes {
		byLane[lane] = map[engine.LaneIndex]int{}
		depths.Lanes = append(depths.Lanes, engine.LaneDepth{Lane: lane, ByIndex: byLane[lane]})
	}
	for ref, count := range t.counts {
		if sizes := byLane[ref.Lane]; sizes != nil && count.size > 0 {
			sizes[engine.LaneIndex(ref.Name)] += count.size
		}
		if due, isDue := count.dueIndex(); isDue {
			depths.Overdue[due] += count.overdue
		}
	}
	return depths
}
