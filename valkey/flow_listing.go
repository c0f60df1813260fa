package valkey

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What one look at the list of flows reads where it takes turns.
const (
	flowSizesAgain = 8    // indexes whose size is asked again
	flowPartsFirst = 24   // indexes that are read for the first time
	flowPartsAgain = 1    // indexes read again though their size is what it was
	mostOfFlows    = 2000 // flows of one index; of more it is any of them
	flowsFirst     = 64   // rows read for the first time
	flowsAgain     = 3
	membersExact   = 500 // of more the projector's count is shown
	// flowReadWhole is how long members that have ended, and tags, are taken for what they were.
	flowReadWhole = time.Minute
)

// flowPart is the flow index of one partition.
type flowPart struct {
	size  int        // of the index when it was read
	flows []agedFlow // the newest first
	junk  []string
}

// agedFlow is a flow with its age, as small as can be: there may be very many.
type agedFlow struct {
	id      uuid.UUID
	created int64 // ms
}

// flowTurns lists flows of indexes that are read by turns, and rows that are.
func (b *Backend) flowTurns(ctx context.Context, op string, q engine.FlowQuery) (engine.FlowRows, error) {
	parts, looked, total, err := b.flowParts(ctx, op)
	if err != nil {
		return engine.FlowRows{}, err
	}
	listed := engine.FlowRows{Looked: looked, Total: total}
	ids := newestOf(parts, q.Limit)
	newest := len(ids)
	for _, watched := range q.Watch {
		if checkFlowID(op, watched) == nil && !slices.Contains(ids, watched) {
			ids = append(ids, watched)
		}
	}
	rows, known, err := b.listedFlows(ctx, op, ids)
	if err != nil {
		return engine.FlowRows{}, err
	}
	for i, row := range rows {
		if known[i] {
			listed.Rows = append(listed.Rows, row.FlowRow)
		} else {
			listed.Unread++
		}
	}
	room := max(0, q.Limit-newest)
	for _, part := range parts {
		for _, raw := range part.junk[:min(len(part.junk), room)] {
			listed.Rows = append(listed.Rows, engine.FlowRow{Flow: unreadableFlow("", "flow_index", raw, "not a flow id")})
			room--
		}
	}
	return listed, nil
}

// flowParts reads indexes that were never read, those whose size has changed, and one of the others.
func (b *Backend) flowParts(ctx context.Context, op string) (parts []flowPart, looked engine.Looked, total int, err error) {
	partitions := slices.Collect(b.Partitions().FlowPartitions())
	sizes, _, err := b.listed.flowSizes.read(ctx, partitions, recall[engine.Partition, int]{
		again: flowSizesAgain,
		same:  func(x, y int) bool { return x == y },
		fetch: func(due []engine.Partition) ([]int, error) { return b.flowIndexSizes(ctx, op, due) },
	})
	if err != nil {
		return nil, looked, 0, err
	}
	sizeOf := map[engine.Partition]int{}
	var occupied []engine.Partition
	for i, p := range partitions {
		if total += sizes[i]; sizes[i] > 0 {
			sizeOf[p] = sizes[i]
			occupied = append(occupied, p)
		}
	}
	read, known, err := b.listed.flowParts.read(ctx, occupied, recall[engine.Partition, flowPart]{
		again: flowPartsAgain,
		first: flowPartsFirst,
		stale: func(p engine.Partition, part flowPart) bool { return part.size != sizeOf[p] },
		fetch: func(due []engine.Partition) ([]flowPart, error) { return b.readFlowParts(ctx, op, due) },
	})
	looked.Of = len(occupied)
	for i := range read {
		if known[i] {
			looked.At++
			parts = append(parts, read[i])
		}
	}
	return parts, looked, total, err
}

func (b *Backend) flowIndexSizes(ctx context.Context, op string, partitions []engine.Partition) ([]int, error) {
	reads, sizes := make([]*redis.IntCmd, len(partitions)), make([]int, len(partitions))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, partition := range partitions {
			reads[i] = p.SCard(ctx, partitionKeys(partition).flowIndex())
		}
	})
	for i, read := range reads {
		sizes[i] = valueOf(read)
	}
	return sizes, err
}

// readFlowParts reads flow indexes, and when those flows were made that it did not know.
func (b *Backend) readFlowParts(ctx context.Context, op string, partitions []engine.Partition) ([]flowPart, error) {
	reads, sizes := make([]*redis.StringSliceCmd, len(partitions)), make([]*redis.IntCmd, len(partitions))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, partition := range partitions {
			reads[i] = p.SRandMemberN(ctx, partitionKeys(partition).flowIndex(), mostOfFlows)
			sizes[i] = p.SCard(ctx, partitionKeys(partition).flowIndex())
		}
	})
	if err != nil {
		return nil, err
	}
	parts := make([]flowPart, len(partitions))
	var unknown []*agedFlow
	for i, partition := range partitions {
		before, _ := b.listed.flowParts.before(partition)
		made := make(map[uuid.UUID]int64, len(before.flows))
		for _, flow := range before.flows {
			made[flow.id] = flow.created
		}
		ids, junk := parseFlowIDs(reads[i].Val())
		part := flowPart{size: valueOf(sizes[i]), flows: make([]agedFlow, len(ids)), junk: junk}
		for j, flow := range ids {
			part.flows[j].id = uuid.MustParse(string(flow))
			if part.flows[j].created = made[part.flows[j].id]; part.flows[j].created == 0 {
				unknown = append(unknown, &part.flows[j])
			}
		}
		parts[i] = part
	}
	if err := b.readAges(ctx, op, unknown); err != nil {
		return nil, err
	}
	for _, part := range parts {
		slices.SortFunc(part.flows, agedFlow.compare)
	}
	return parts, nil
}

func (b *Backend) readAges(ctx context.Context, op string, flows []*agedFlow) error {
	for batch := range slices.Chunk(flows, agesPerRoundTrip) {
		reads := make([]*redis.StringCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, flow := range batch {
				reads[i] = p.HGet(ctx, b.flowKeys(engine.FlowID(flow.id.String())).core(), "created_at")
			}
		})
		if err != nil {
			return err
		}
		for i, flow := range batch {
			if at, err := parseMillis(reads[i].Val()); err == nil && !at.IsZero() {
				flow.created = at.UnixMilli()
			}
		}
	}
	return nil
}

// compare puts the newest first.
func (f agedFlow) compare(other agedFlow) int {
	return cmp.Or(cmp.Compare(other.created, f.created), slices.Compare(f.id[:], other.id[:]))
}

// newestOf merges parts, the newest first.
func newestOf(parts []flowPart, limit int) []engine.FlowID {
	var ids []engine.FlowID
	at := make([]int, len(parts))
	for len(ids) < limit {
		newest := -1
		for i, part := range parts {
			if at[i] < len(part.flows) && (newest < 0 || part.flows[at[i]].compare(parts[newest].flows[at[newest]]) < 0) {
				newest = i
			}
		}
		if newest < 0 {
			break
		}
		ids = append(ids, engine.FlowID(parts[newest].flows[at[newest]].id.String()))
		at[newest]++
	}
	return ids
}
