package valkey

import (
	"context"
	"maps"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// listedFlow is a row with what it was made of.
type listedFlow struct {
	engine.FlowRow
	members []memberStanding // nil when they are too many
	whole   time.Time        // when everything of it was read
}

// memberStanding is a member's state when it was read.
type memberStanding struct {
	id    engine.ExecutionID
	state engine.PublicState
}

// listedFlows are rows read by turns.
func (b *Backend) listedFlows(ctx context.Context, op string, ids []engine.FlowID) ([]listedFlow, []bool, error) {
	return b.listed.flows.read(ctx, ids, recall[engine.FlowID, listedFlow]{
		again: flowsAgain,
		first: flowsFirst,
		shown: func(id engine.FlowID) string { return string(id) },
		same: func(x, y listedFlow) bool {
			return x.Derived == y.Derived && x.LastMutationAt.Equal(y.LastMutationAt) && maps.Equal(x.ByState, y.ByState)
		},
		fetch: func(due []engine.FlowID) ([]listedFlow, error) { return b.readListedFlows(ctx, op, due) },
	})
}

// exactFlows are rows read by turns where the context takes turns; those whose turn has not come are left out.
func (b *Backend) exactFlows(ctx context.Context, op string, ids []engine.FlowID) ([]engine.FlowRow, error) {
	if engine.TurnsOf(ctx) == nil {
		return b.readFlowRows(ctx, op, ids)
	}
	listed, known, err := b.listedFlows(ctx, op, ids)
	var rows []engine.FlowRow
	for i := range listed {
		if known[i] {
			rows = append(rows, listed[i].FlowRow)
		}
	}
	return rows, err
}

// readListedFlows reads rows whole that were never read or not for a while. Of the others it reads the record, and the states of members
// that had not ended.
func (b *Backend) readListedFlows(ctx context.Context, op string, ids []engine.FlowID) ([]listedFlow, error) {
	now := time.Now()
	rows := make([]listedFlow, len(ids))
	reads := make([]flowRowReads, len(ids))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, flow := range ids {
			k := b.flowKeys(flow)
			reads[i] = flowRowReads{core: p.HGetAll(ctx, k.core()), size: p.SCard(ctx, k.members())}
			if before, found := b.listed.flows.before(flow); found && now.Sub(before.whole) < flowReadWhole {
				rows[i] = before
				continue
			}
			rows[i].whole = now
			reads[i].tags, reads[i].summary = p.HGetAll(ctx, k.tags()), p.HGetAll(ctx, k.summary())
		}
	})
	if err != nil {
		return nil, err
	}
	if err := b.listMembers(ctx, op, ids, rows, reads); err != nil {
		return nil, err
	}
	if err := b.standMembers(ctx, op, rows); err != nil {
		return nil, err
	}
	for i, flow := range ids {
		rows[i].FlowRow = b.listedRow(flow, &rows[i], reads[i])
	}
	return rows, nil
}

// listMembers reads who the members are where that is not known, and for the counts of the larger flows what the projector wrote.
func (b *Backend) listMembers(ctx context.Context, op string, ids []engine.FlowID, rows []listedFlow, reads []flowRowReads) error {
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, flow := range ids {
			switch size := valueOf(reads[i].size); {
			case size > membersExact:
				rows[i].members = nil
				if reads[i].summary == nil {
					reads[i].summary = p.HGetAll(ctx, b.flowKeys(flow).summary())
				}
			case reads[i].tags != nil || size != len(rows[i].members):
				reads[i].members = p.SMembers(ctx, b.flowKeys(flow).members())
			}
		}
	})
	if err != nil {
		return err
	}
	for i := range rows {
		if reads[i].members == nil {
			continue
		}
		rows[i].members = []memberStanding{}
		for _, member := range memberIDs(reads[i].members.Val()) {
			rows[i].members = append(rows[i].members, memberStanding{id: member})
		}
	}
	return nil
}

// standMembers reads the states of the members that had not ended when they were read. The slices are the last answer's too: they are
// not changed.
func (b *Backend) standMembers(ctx context.Context, op string, rows []listedFlow) error {
	var open []engine.ExecutionID
	for i := range rows {
		for _, m := range rows[i].members {
			if !m.state.Terminal() {
				open = append(open, m.id)
			}
		}
	}
	states, err := b.readStates(ctx, op, open)
	if err != nil {
		return err
	}
	for i := range rows {
		if rows[i].members == nil {
			continue
		}
		standing := make([]memberStanding, len(rows[i].members))
		for j, m := range rows[i].members {
			if standing[j] = m; !m.state.Terminal() {
				standing[j].state, states = states[0], states[1:]
			}
		}
		rows[i].members = standing
	}
	return nil
}

// listedRow makes the row of what was read now and what is kept.
func (b *Backend) listedRow(flow engine.FlowID, row *listedFlow, reads flowRowReads) engine.FlowRow {
	var counted map[engine.PublicState]int
	if row.members != nil {
		states := make([]engine.PublicState, len(row.members))
		for i, m := range row.members {
			states[i] = m.state
		}
		counted = countStates(states)
	}
	if reads.tags != nil {
		return decodeFlowRow(b.flowKeys(flow).core(), flow, reads, counted)
	}
	tags := row.Tags
	reads.tags = redis.NewMapStringStringResult(nil, nil)
	if reads.summary == nil {
		reads.summary = redis.NewMapStringStringResult(nil, nil)
	}
	made := decodeFlowRow(b.flowKeys(flow).core(), flow, reads, counted)
	if len(tags) > 0 && made.Tags != nil {
		merged := maps.Clone(tags)
		maps.Copy(merged, made.Tags)
		made.Tags = merged
	}
	return made
}
