package valkey

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// membersPerPage is how many members of a flow are looked at in one round trip.
const membersPerPage = 500

// ActiveFlows lists one page of a partition's flow index. A member that can be no flow id is removed: it can belong to nothing
//
func (b *Backend) ActiveFlows(ctx context.Context, p engine.Partition, cursor uint64, limit int) ([]engine.FlowID, uint64, error) {
	const op = "active_flows"
	key := partitionKeys(p).flowIndex()
	members, next, err := b.rdb.SScan(ctx, key, cursor, "", int64(limit)).Result()
	if err != nil {
		return nil, 0, engine.Transport(op, err)
	}
	ids, junk := parseFlowIDs(members)
	if len(junk) > 0 {
		err = transport(op, b.rdb.SRem(ctx, key, anySlice(junk)...).Err())
	}
	return ids, next, err
}

func anySlice(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

// ProjectFlowSummary writes a flow's summary, counted over all its members, and takes a flow off the index of which nothing is left
// to run (spec 03c §9, Q-194). It tells whether it wrote.
func (b *Backend) ProjectFlowSummary(ctx context.Context, p engine.Partition, flow engine.FlowID, now time.Time) (bool, error) {
	const op = "project_flow_summary"
	k := flowKeys{tag: p.Tag(), id: flow}
	names := []string{"flow_id", "public_flow_state"}
	var read *redis.SliceCmd
	var members *redis.IntCmd
	err := b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
		read = pipe.HMGet(ctx, k.core(), names...)
		members = pipe.SCard(ctx, k.members())
	})
	if err != nil {
		return false, err
	}
	core := readHash(read, names)
	stored := engine.FlowState(core.text("public_flow_state"))
	if core.empty() {
		return false, transport(op, b.rdb.SRem(ctx, k.partition().flowIndex(), string(flow)).Err())
	}
	if members.Val() == 0 {
		if stored != engine.FlowCancelled {
			return false, nil
		}
		return false, b.delistFlow(ctx, op, k, now)
	}
	counted, err := b.countMembers(ctx, op, k)
	if err != nil {
		return false, err
	}
	// With every member purged there is nothing to count: what was written last stays.
	if len(counted.byState) > 0 {
		if err := b.writeSummary(ctx, op, k, counted, deriveFlowState(stored, counted.byState), now); err != nil {
			return false, err
		}
	}
	if counted.over() {
		err = b.delistFinished(ctx, op, k, now)
	}
	return len(counted.byState) > 0, err
}

// memberCount is the members of a flow by state; those without a record are purged.
type memberCount struct {
	total   int
	purged  int
	byState map[engine.PublicState]int
}

// over tells that no member can run any more, short of a replay.
func (c memberCount) over() bool {
	for state := range c.byState {
		if !state.Terminal() {
			return false
		}
	}
	return true
}

func (b *Backend) countMembers(ctx context.Context, op string, k flowKeys) (memberCount, error) {
	count := memberCount{byState: map[engine.PublicState]int{}}
	for cursor := uint64(0); ; {
		members, next, err := b.rdb.SScan(ctx, k.members(), cursor, "", membersPerPage).Result()
		if err != nil {
			return count, engine.Transport(op, err)
		}
		states, err := b.readStates(ctx, op, memberIDs(members))
		if err != nil {
			return count, err
		}
		for _, state := range states {
			count.total++
			if state == "" {
				count.purged++
				continue
			}
			count.byState[state]++
		}
		if next == 0 {
			return count, nil
		}
		cursor = next
	}
}

// readStates reads the public state of executions; "" for one without a record.
func (b *Backend) readStates(ctx context.Context, op string, ids []engine.ExecutionID) ([]engine.PublicState, error) {
	states := make([]engine.PublicState, 0, len(ids))
	for batch := range slices.Chunk(ids, rowsPerRoundTrip) {
		reads := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, id := range batch {
				reads[i] = p.HMGet(ctx, keysOf(id).core(), "public_state")
			}
		})
		if err != nil {
			return nil, err
		}
		for _, read := range reads {
			states = append(states, engine.PublicState(readHash(read, []string{"public_state"}).text("public_state")))
		}
	}
	return states, nil
}

func (b *Backend) writeSummary(ctx context.Context, op string, k flowKeys, c memberCount, state engine.FlowState, now time.Time) error {
	fields := []any{
		"total_members", strconv.Itoa(c.total),
		"sampled_members", strconv.Itoa(c.total),
		"public_flow_state", string(state),
		"last_summary_update_at", millis(now),
	}
	for _, state := range summaryStates {
		fields = append(fields, "members_"+string(state), strconv.Itoa(c.byState[state]))
	}
	return transport(op, b.rdb.HSet(ctx, k.summary(), fields...).Err())
}

// delistFinished takes a flow off the index and looks again: a member that was replayed or added meanwhile would otherwise work
// unseen.
func (b *Backend) delistFinished(ctx context.Context, op string, k flowKeys, now time.Time) error {
	if err := b.delistFlow(ctx, op, k, now); err != nil {
		return err
	}
	again, err := b.countMembers(ctx, op, k)
	if err != nil || again.over() {
		return err
	}
	return transport(op, b.rdb.SAdd(ctx, k.partition().flowIndex(), string(k.id)).Err())
}

// delistFlow takes a flow off the index and notes that it ended: nothing else remembers it, and it is to be deleted some day.
func (b *Backend) delistFlow(ctx context.Context, op string, k flowKeys, now time.Time) error {
	return b.pipelined(ctx, op, func(p redis.Pipeliner) {
		noteEndedFlow(ctx, p, k, now)
		p.SRem(ctx, k.partition().flowIndex(), string(k.id))
	})
}

// noteEndedFlow queues a flow for TrimFlow; an earlier note stands.
func noteEndedFlow(ctx context.Context, p redis.Pipeliner, k flowKeys, now time.Time) {
	p.ZAddNX(ctx, k.partition().endedFlows(), redis.Z{Score: float64(now.UnixMilli()), Member: string(k.id)})
}
