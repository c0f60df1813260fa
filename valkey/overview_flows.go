package valkey

import (
	"context"
	"slices"
	"sync"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	flowPartitionsPerLook = 4
	flowsPerPartition     = 16 // drawn at random from an index, however large
	suspectsPerPartition  = 4  // flows read exactly, of those drawn
	mostSuspects          = 64
)

// failingLooks remembers the flows that were found in trouble.
type failingLooks struct {
	mu    sync.Mutex
	turns turns[engine.Partition]
	found []engine.FlowID
}

// trouble are the fields of a summary that tell it.
var trouble = []string{"public_flow_state", "members_failed", "members_expired"}

// FailingFlows draws flows from the indexes of the partitions whose turn it is. Their summaries tell those in trouble, which are then
// read exactly, with those that were in trouble before.
func (b *Backend) FailingFlows(ctx context.Context, limit int) (engine.FailingFlows, error) {
	const op = "failing_flows"
	l := &b.overview.failing
	l.mu.Lock()
	defer l.mu.Unlock()
	all := b.depths.withFlows(b.Partitions())
	turn := l.turns.take(all, flowPartitionsPerLook, 4*flowPartitionsPerLook)
	drawn, err := b.drawFlows(ctx, op, turn)
	if err != nil {
		return engine.FailingFlows{}, err
	}
	most := suspectsPerPartition * len(turn)
	suspects, err := b.suspects(ctx, op, drawn, most)
	if err != nil {
		return engine.FailingFlows{}, err
	}
	for _, flow := range l.found {
		if !slices.Contains(suspects, flow) {
			suspects = append(suspects, flow)
		}
	}
	rows, err := b.exactFlows(ctx, op, suspects[:min(len(suspects), most+max(limit, 0))])
	if err != nil {
		return engine.FailingFlows{}, err
	}
	rows = slices.DeleteFunc(rows, func(r engine.FlowRow) bool { return !failing(&r) })
	slices.SortStableFunc(rows, func(x, y engine.FlowRow) int { return y.LastMutationAt.Compare(x.LastMutationAt) })
	l.found = nil
	for i := range rows[:min(len(rows), mostSuspects)] {
		l.found = append(l.found, rows[i].ID)
	}
	return engine.FailingFlows{Looked: l.turns.looked(all), Rows: rows[:min(len(rows), max(limit, 0))]}, nil
}

// withFlows are the partitions that have flows, as far as that is known.
func (t *depthTally) withFlows(partitions engine.PartitionConfig) []engine.Partition {
	t.mu.Lock()
	defer t.mu.Unlock()
	var found []engine.Partition
	for p := range partitions.FlowPartitions() {
		if t.flows == nil || t.flows[p.Index] {
			found = append(found, p)
		}
	}
	return found
}

func (b *Backend) drawFlows(ctx context.Context, op string, turn []engine.Partition) ([]engine.FlowID, error) {
	reads := make([]*redis.StringSliceCmd, len(turn))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, partition := range turn {
			reads[i] = p.SRandMemberN(ctx, partitionKeys(partition).flowIndex(), flowsPerPartition)
		}
	})
	if err != nil {
		return nil, err
	}
	var drawn []engine.FlowID
	for _, read := range reads {
		ids, _ := parseFlowIDs(read.Val())
		drawn = append(drawn, ids...)
	}
	return drawn, nil
}

// suspects are the flows whose summary tells of trouble, and a few of those that have none yet: at most so many.
func (b *Backend) suspects(ctx context.Context, op string, drawn []engine.FlowID, most int) ([]engine.FlowID, error) {
	reads := make([]*redis.SliceCmd, len(drawn))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, flow := range drawn {
			reads[i] = p.HMGet(ctx, b.flowKeys(flow).summary(), trouble...)
		}
	})
	if err != nil {
		return nil, err
	}
	var suspects, unknown []engine.FlowID
	for i, flow := range drawn {
		switch summary := readHash(reads[i], trouble); {
		case summary.empty():
			unknown = append(unknown, flow)
		case summary.text("public_flow_state") == string(engine.FlowFailed) || summary.integer("members_failed", 0)+
			summary.integer("members_expired", 0) > 0:
			suspects = append(suspects, flow)
		}
	}
	return append(suspects, unknown...)[:min(len(suspects)+len(unknown), most)], nil
}

// failing tells a flow in trouble. One that an operator has cancelled is not, nor one with members that were cancelled: those may be the
// losers of a group that was decided without them.
func failing(r *engine.FlowRow) bool {
	if r.State == engine.FlowCancelled || len(r.Malformed) > 0 && r.Kind == "" {
		return false
	}
	return r.Derived == engine.FlowFailed || r.ByState[engine.StateFailed]+r.ByState[engine.StateExpired] > 0
}
