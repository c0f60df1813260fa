package valkey

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// purge is one execution to be deleted with all that belongs to it (spec 01 §3.10, Q-197).
type purge struct {
	id        engine.ExecutionID
	partition engine.Partition
	lane      engine.LaneID // whose terminal index named it
	pending   []engine.WaitpointID
}

// purge deletes an execution unless it came back to life; it tells whether it did. Its dependants are told once more before, and it
// stays while that fails: nobody could tell them later how it ended.
func (b *Backend) purge(ctx context.Context, p purge) (bool, error) {
	const op = "trim_retention"
	terminal := partitionKeys(p.partition).lane(p.lane, engine.IndexTerminal)
	if p.id.Partition() != p.partition {
		// It can be no execution of this partition: there is only the entry.
		return false, transport(op, b.rdb.ZRem(ctx, terminal, string(p.id)).Err())
	}
	flow, err := b.readCore(ctx, op, p.id, "flow_id")
	if err != nil {
		return false, err
	}
	of := id(flow, "flow_id", engine.ParseFlowID)
	if of != "" {
		if _, err := b.CascadeCompletion(ctx, p.id, of); err != nil {
			return false, err
		}
	}
	var found belongings
	// Not done means that somebody replayed it meanwhile.
	return b.guarded(ctx, op, func(tx *redis.Tx) (bool, error) {
		found, err = b.readPurge(ctx, tx, p)
		return err == nil && !found.alive, err
	}, func(m redis.Pipeliner) {
		found.delete(ctx, m, p)
		if of != "" {
			noteEndedFlow(ctx, m, b.flowKeys(of), time.Now()) // perhaps this was its last
		}
	}, keysOf(p.id).core())
}

// belongings is what was found of an execution.
type belongings struct {
	alive      bool
	lane       engine.LaneID
	holders    []engine.WorkerInstanceID // who held an attempt; the record forgets at the end
	attempts   []uint32
	edges      []string
	waitpoints []string
	signals    []string
}

func (b *Backend) readPurge(ctx context.Context, tx *redis.Tx, p purge) (belongings, error) {
	k := keysOf(p.id)
	names := []string{"lifecycle_phase", "lane_id"}
	var core *redis.SliceCmd
	var attempts, edges, waitpoints, signals *redis.StringSliceCmd
	_, err := tx.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		core = pipe.HMGet(ctx, k.core(), names...)
		attempts = pipe.ZRange(ctx, k.attempts(), 0, -1)
		edges = pipe.SMembers(ctx, k.depsAllEdges())
		waitpoints = pipe.SMembers(ctx, k.waitpoints())
		signals = pipe.ZRange(ctx, k.signals(), 0, -1)
		return nil
	})
	if err != nil && !ofKey(err) {
		return belongings{}, err
	}
	r := readHash(core, names)
	found := belongings{
		alive:      !r.empty() && r.text("lifecycle_phase") != string(engine.PhaseTerminal),
		lane:       laneOr(r.text("lane_id")),
		edges:      edges.Val(),
		waitpoints: waitpoints.Val(),
		signals:    signals.Val(),
	}
	for _, index := range attempts.Val() {
		if i, err := strconv.ParseUint(index, 10, 32); err == nil {
			found.attempts = append(found.attempts, uint32(i))
		}
	}
	for _, id := range p.pending {
		found.waitpoints = append(found.waitpoints, string(id))
	}
	holders := make([]*redis.StringCmd, len(found.attempts))
	_, err = tx.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, attempt := range found.attempts {
			holders[i] = pipe.HGet(ctx, k.attempt(attempt), "worker_instance_id")
		}
		return nil
	})
	if err != nil && !ofKey(err) {
		return belongings{}, err
	}
	for _, holder := range holders {
		found.holders = append(found.holders, engine.WorkerInstanceID(holder.Val()))
	}
	return found, nil
}

// delete queues the deletion: core and policy last, so that what is left of a purge that broke off is found again.
func (f belongings) delete(ctx context.Context, m redis.Pipeliner, p purge) {
	k, part := keysOf(p.id), partitionKeys(p.partition)
	for chunk := range slices.Chunk(f.keys(k), keysPerDelete) {
		m.Unlink(ctx, chunk...)
	}
	m.Unlink(ctx, k.core(), k.policy())
	for _, lane := range lanesOnce(p.lane, f.lane) {
		for _, idx := range engine.LaneIndexes() {
			m.ZRem(ctx, part.lane(lane, idx), string(p.id))
		}
	}
	for _, idx := range []engine.DueIndex{
		engine.DueLeaseExpiry, engine.DueSuspensionTimeout, engine.DueAttemptTimeout, engine.DueDeadline,
	} {
		m.ZRem(ctx, part.due(idx), string(p.id))
	}
	for _, id := range p.pending {
		m.ZRem(ctx, part.pendingWaitpointExpiry(), string(id))
	}
	slices.Sort(f.holders)
	for _, holder := range slices.Compact(f.holders) {
		m.SRem(ctx, part.workerLeases(holder), string(p.id))
	}
	m.SRem(ctx, part.allExecutions(), string(p.id))
}

// keys are all keys of an execution but core and policy.
func (f belongings) keys(k execKeys) []string {
	part := k.partition()
	keys := []string{
		k.payload(), k.result(), k.tags(), k.leaseCurrent(), k.leaseHistory(), k.claimGrant(), k.attempts(),
		k.suspensionCurrent(), k.satisfiedSet(), k.satisfiedSignals(), k.memberMap(),
		k.waitpoints(), k.signals(), k.depsMeta(), k.depsUnresolved(), k.depsAllEdges(),
	}
	for _, i := range f.attempts {
		keys = append(keys, k.attempt(i), k.attemptUsage(i), k.attemptPolicy(i), k.attemptSummary(i), k.stream(i), k.streamMeta(i))
	}
	for _, edge := range f.edges {
		keys = append(keys, k.dep(engine.EdgeID(edge)))
	}
	for _, wp := range f.waitpoints {
		id := engine.WaitpointID(wp)
		keys = append(keys, part.waitpoint(id), part.waitpointSignals(id), part.waitpointCondition(id))
	}
	for _, signal := range f.signals {
		id := engine.SignalID(signal)
		keys = append(keys, part.signal(id), part.signalPayload(id))
	}
	return keys
}

func lanesOnce(lanes ...engine.LaneID) []engine.LaneID {
	slices.Sort(lanes)
	return slices.Compact(lanes)
}
