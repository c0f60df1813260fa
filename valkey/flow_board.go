package valkey

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	// agesPerRoundTrip is how many flows' ages are read at once.
	agesPerRoundTrip = 2000
	// statesPerCall bounds how many members one FlowRows call looks at; flows beyond show what the projector counted.
	statesPerCall = 20000
)

// flowAges remembers when listed flows were made, which never changes: the newest of many are found without reading all again.
type flowAges struct {
	mu      sync.Mutex
	created map[engine.FlowID]time.Time
}

// FlowRows lists the newest flows of the index, then those of q.Watch that are not among them, then what the index holds besides
// flows. Counts of members are exact unless there are very many.
func (b *Backend) FlowRows(ctx context.Context, q engine.FlowQuery) (engine.FlowRows, error) {
	const op = "flow_rows"
	if engine.TurnsOf(ctx) != nil {
		return b.flowTurns(ctx, op, q)
	}
	indexed, junk, err := b.indexedFlows(ctx, op)
	if err != nil {
		return engine.FlowRows{}, err
	}
	newest, err := b.newestFlows(ctx, op, indexed, q.Limit)
	if err != nil {
		return engine.FlowRows{}, err
	}
	ids := newest
	for _, watched := range q.Watch {
		if checkFlowID(op, watched) == nil && !slices.Contains(ids, watched) {
			ids = append(ids, watched)
		}
	}
	rows, err := b.readFlowRows(ctx, op, ids)
	if err != nil {
		return engine.FlowRows{}, err
	}
	for _, raw := range junk[:min(len(junk), max(0, q.Limit-len(newest)))] {
		rows = append(rows, engine.FlowRow{Flow: unreadableFlow("", "flow_index", raw, "not a flow id")})
	}
	occupied := int(b.Partitions().Flow)
	return engine.FlowRows{Rows: rows, Total: len(indexed) + len(junk), Looked: engine.Looked{At: occupied, Of: occupied}}, nil
}

// indexedFlows reads the flow index of every partition in one round trip.
func (b *Backend) indexedFlows(ctx context.Context, op string) (ids []engine.FlowID, junk []string, err error) {
	var reads []*redis.StringSliceCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for partition := range b.Partitions().FlowPartitions() {
			reads = append(reads, p.SMembers(ctx, partitionKeys(partition).flowIndex()))
		}
	})
	if err != nil {
		return nil, nil, err
	}
	for _, read := range reads {
		found, others := parseFlowIDs(read.Val())
		ids, junk = append(ids, found...), append(junk, others...)
	}
	return ids, junk, nil
}

// newestFlows picks the flows made last, the newest first.
func (b *Backend) newestFlows(ctx context.Context, op string, ids []engine.FlowID, limit int) ([]engine.FlowID, error) {
	created, err := b.agesOf(ctx, op, ids)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(ids, func(x, y engine.FlowID) int {
		return cmp.Or(created[y].Compare(created[x]), cmp.Compare(x, y))
	})
	return slices.Clip(ids[:min(len(ids), max(limit, 0))]), nil
}

// agesOf reads when flows were made, those that it has not read before, and forgets the others.
func (b *Backend) agesOf(ctx context.Context, op string, ids []engine.FlowID) (map[engine.FlowID]time.Time, error) {
	b.flowAges.mu.Lock()
	defer b.flowAges.mu.Unlock()
	known := make(map[engine.FlowID]time.Time, len(ids))
	var unknown []engine.FlowID
	for _, flow := range ids {
		if created, found := b.flowAges.created[flow]; found {
			known[flow] = created
		} else {
			unknown = append(unknown, flow)
		}
	}
	for batch := range slices.Chunk(unknown, agesPerRoundTrip) {
		reads := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, flow := range batch {
				reads[i] = p.HMGet(ctx, b.flowKeys(flow).core(), "created_at")
			}
		})
		if err != nil {
			return nil, err
		}
		for i, flow := range batch {
			known[flow] = readHash(reads[i], []string{"created_at"}).time("created_at")
		}
	}
	b.flowAges.created = known
	return known, nil
}

// flowRowReads are the reads of one row.
type flowRowReads struct {
	core, tags, summary *redis.MapStringStringCmd
	size                *redis.IntCmd
	members             *redis.StringSliceCmd // nil: too many to count now
}

func (b *Backend) readFlowRows(ctx context.Context, op string, ids []engine.FlowID) ([]engine.FlowRow, error) {
	rows := make([]engine.FlowRow, 0, len(ids))
	for batch := range slices.Chunk(ids, flowsPerRoundTrip) {
		reads := make([]flowRowReads, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, flow := range batch {
				k := b.flowKeys(flow)
				reads[i] = flowRowReads{
					core:    p.HGetAll(ctx, k.core()),
					tags:    p.HGetAll(ctx, k.tags()),
					summary: p.HGetAll(ctx, k.summary()),
					size:    p.SCard(ctx, k.members()),
				}
			}
		})
		if err != nil {
			return nil, err
		}
		states, err := b.readMemberStates(ctx, op, batch, reads)
		if err != nil {
			return nil, err
		}
		for i, flow := range batch {
			rows = append(rows, decodeFlowRow(b.flowKeys(flow).core(), flow, reads[i], states[i]))
		}
	}
	return rows, nil
}

// readMemberStates counts the members of flows by state, flow by flow until statesPerCall are looked at; nil for the rest.
func (b *Backend) readMemberStates(ctx context.Context, op string, ids []engine.FlowID, reads []flowRowReads) ([]map[engine.PublicState]int, error) {
	budget := int64(statesPerCall)
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, flow := range ids {
			if budget -= reads[i].size.Val(); budget >= 0 {
				reads[i].members = p.SMembers(ctx, b.flowKeys(flow).members())
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var members []engine.ExecutionID
	for _, read := range reads {
		if read.members != nil {
			members = append(members, memberIDs(read.members.Val())...)
		}
	}
	states, err := b.readStates(ctx, op, members)
	if err != nil {
		return nil, err
	}
	counts := make([]map[engine.PublicState]int, len(reads))
	for i, read := range reads {
		if read.members == nil {
			continue
		}
		n := len(read.members.Val())
		counts[i] = countStates(states[:n])
		states = states[n:]
	}
	return counts, nil
}

// countStates leaves out members without a record: they are purged.
func countStates(states []engine.PublicState) map[engine.PublicState]int {
	counts := map[engine.PublicState]int{}
	for _, state := range states {
		if state != "" {
			counts[state]++
		}
	}
	return counts
}

// decodeFlowRow makes a row. counted is nil when the members were too many; with no member left to count either, the projector's last
// word stands.
func decodeFlowRow(key string, flow engine.FlowID, reads flowRowReads, counted map[engine.PublicState]int) engine.FlowRow {
	row := engine.FlowRow{
		Flow:    flowOrMarked(key, flow, readWholeHash(reads.core), readWholeHash(reads.tags)),
		ByState: counted,
		Members: int(reads.size.Val()),
	}
	row.Derived = deriveFlowState(row.State, counted)
	if len(counted) > 0 || row.Members == 0 {
		return row
	}
	if summary := decodeFlowSummary(readWholeHash(reads.summary)); summary != nil {
		row.ByState = summary.ByState
		if row.State != engine.FlowCancelled {
			row.Derived = summary.State
		}
	}
	return row
}
