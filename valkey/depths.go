package valkey

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// countsPerCall bounds what one look at the depths costs the server, whatever the size of the deployment.
const countsPerCall = 512

// overdueGrace is how late the handling of a due time may be before it counts as overdue (spec 06 §12.7).
var overdueGrace = map[engine.DueIndex]time.Duration{
	engine.DueLeaseExpiry:       3 * time.Second,
	engine.DueSuspensionTimeout: 6 * time.Second,
	engine.DueAttemptTimeout:    6 * time.Second,
	engine.DueDeadline:          15 * time.Second,
	engine.DuePendingWaitpoint:  15 * time.Second,
	engine.DueDelayed:           3 * time.Second,
}

// partitionDues are the due indexes that a partition has one of.
var partitionDues = []engine.DueIndex{
	engine.DueLeaseExpiry, engine.DueSuspensionTimeout, engine.DueAttemptTimeout, engine.DueDeadline, engine.DuePendingWaitpoint,
}

// depthTally keeps what the calls before have counted: each counts some partitions, in turn.
type depthTally struct {
	mu      sync.Mutex
	of      uint16             // partitions that order is for
	order   []engine.Partition // of the turns: first those where the flow-less work of the lanes lies
	next    int                // in order
	counted map[uint16]partitionDepth
}

// partitionDepth is one partition's counts.
type partitionDepth struct {
	lanes   map[engine.LaneID]map[engine.LaneIndex]int
	overdue map[engine.DueIndex]int
}

// Depths counts the lane indexes (spec 06 §12.2, §12.7). One call counts as many partitions as some 500 commands allow and adds what
// earlier calls have counted of the others. Lanes are those of the registry and those met so far.
func (b *Backend) Depths(ctx context.Context) (engine.Depths, error) {
	const op = "depths"
	var clock *redis.TimeCmd
	var registry *redis.StringSliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		clock = p.Time(ctx)
		registry = p.SMembers(ctx, keyLaneRegistry)
	})
	if err != nil {
		return engine.Depths{}, err
	}
	registered := laneNames(registry.Val())
	lanes := b.lanesWith(registered)

	b.depths.mu.Lock()
	defer b.depths.mu.Unlock()
	partitions := b.Partitions()
	turn := b.depths.turn(partitions, lanes)
	if err := b.countPartitions(ctx, op, turn, lanes, clock.Val()); err != nil {
		return engine.Depths{}, err
	}
	depths := b.depths.sum(lanes)
	for i, depth := range depths.Lanes {
		depths.Lanes[i].Registered = slices.Contains(registered, depth.Lane)
	}
	depths.At = clock.Val()
	depths.Covered, depths.Of = len(b.depths.counted), int(partitions.Flow)
	return depths, nil
}

// turn is the next partitions to count.
func (t *depthTally) turn(partitions engine.PartitionConfig, lanes []engine.LaneID) []engine.Partition {
	if t.of != partitions.Flow {
		t.of, t.next, t.counted = partitions.Flow, 0, nil
		t.order = homesFirst(partitions, lanes)
	}
	each := len(partitionDues) + len(lanes)*(len(engine.LaneIndexes())+1)
	turn := make([]engine.Partition, min(max(countsPerCall/each, 1), len(t.order)))
	for i := range turn {
		turn[i] = t.order[t.next]
		t.next = (t.next + 1) % len(t.order)
	}
	return turn
}

// homesFirst are all flow partitions, the home partitions of the lanes before the others.
func homesFirst(partitions engine.PartitionConfig, lanes []engine.LaneID) []engine.Partition {
	var order []engine.Partition
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
	for p := range partitions.FlowPartitions() {
		list(p)
	}
	return order
}

func (b *Backend) countPartitions(ctx context.Context, op string, turn []engine.Partition, lanes []engine.LaneID, now time.Time) error {
	type laneCount struct {
		lane engine.LaneID
		idx  engine.LaneIndex
		n    *redis.IntCmd
	}
	type dueCount struct {
		idx engine.DueIndex
		n   *redis.IntCmd
	}
	sizes := make([][]laneCount, len(turn))
	late := make([][]dueCount, len(turn))
	before := func(idx engine.DueIndex) string {
		return strconv.FormatInt(now.Add(-overdueGrace[idx]).UnixMilli(), 10)
	}
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, partition := range turn {
			k := partitionKeys(partition)
			for _, idx := range partitionDues {
				late[i] = append(late[i], dueCount{idx, p.ZCount(ctx, k.due(idx), "-inf", before(idx))})
			}
			for _, lane := range lanes {
				delayed := k.lane(lane, engine.IndexDelayed)
				late[i] = append(late[i], dueCount{engine.DueDelayed, p.ZCount(ctx, delayed, "-inf", before(engine.DueDelayed))})
				for _, idx := range engine.LaneIndexes() {
					sizes[i] = append(sizes[i], laneCount{lane, idx, p.ZCard(ctx, k.lane(lane, idx))})
				}
			}
		}
	})
	if err != nil {
		return err
	}
	if b.depths.counted == nil {
		b.depths.counted = map[uint16]partitionDepth{}
	}
	for i, partition := range turn {
		depth := partitionDepth{lanes: map[engine.LaneID]map[engine.LaneIndex]int{}, overdue: map[engine.DueIndex]int{}}
		for _, size := range sizes[i] {
			if size.n.Val() == 0 {
				continue
			}
			if depth.lanes[size.lane] == nil {
				depth.lanes[size.lane] = map[engine.LaneIndex]int{}
			}
			depth.lanes[size.lane][size.idx] = int(size.n.Val())
		}
		for _, due := range late[i] {
			depth.overdue[due.idx] += int(due.n.Val())
		}
		b.depths.counted[partition.Index] = depth
	}
	return nil
}

// sum adds up all partitions that were counted.
func (t *depthTally) sum(lanes []engine.LaneID) engine.Depths {
	depths := engine.Depths{Overdue: map[engine.DueIndex]int{}}
	for _, lane := range lanes {
		total := engine.LaneDepth{Lane: lane, ByIndex: map[engine.LaneIndex]int{}}
		for _, partition := range t.counted {
			for idx, n := range partition.lanes[lane] {
				total.ByIndex[idx] += n
			}
		}
		depths.Lanes = append(depths.Lanes, total)
	}
	for _, partition := range t.counted {
		for idx, n := range partition.overdue {
			depths.Overdue[idx] += n
		}
	}
	return depths
}
