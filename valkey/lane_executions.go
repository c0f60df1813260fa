package valkey

import (
	"context"

	"ffboard/engine"
)

// LaneExecutions lists the executions of one lane index across partitions, at most limit, in index order; the latest to end first
// for the terminal index.
func (b *Backend) LaneExecutions(ctx context.Context, lane engine.LaneID, idx engine.LaneIndex, limit int) ([]engine.ExecutionRow, error) {
	const op = "lane_executions"
	if limit <= 0 {
		return nil, nil
	}
	if _, err := engine.ParseLaneID(string(lane)); err != nil {
		return nil, engine.Invalid(op, err.Error())
	}
	b.sawLane(lane)
	refs := make([]engine.IndexRef, 0, b.Partitions().Flow)
	for p := range b.Partitions().FlowPartitions() {
		refs = append(refs, engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(idx)})
	}
	list := b.firstOf
	if idx == engine.IndexTerminal {
		list = b.lastOf
	}
	members, _, err := list(ctx, op, refs, limit)
	if err != nil {
		return nil, err
	}
	rows, err := b.rowsOfMembers(ctx, members)
	return b.stillIn(ctx, rows, idx), err
}

// rowsOfMembers reads the rows of index members; one that is no id becomes a marked row.
func (b *Backend) rowsOfMembers(ctx context.Context, members []indexedMember) ([]engine.ExecutionRow, error) {
	var ids []engine.ExecutionID
	for _, m := range members {
		if execution, err := engine.ParseExecutionID(m.member); err == nil {
			ids = append(ids, execution)
		}
	}
	read, err := b.executionRows(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows := make([]engine.ExecutionRow, 0, len(members))
	for _, m := range members {
		if len(read) > 0 && string(read[0].ID) == m.member {
			rows = append(rows, read[0])
			read = read[1:]
			continue
		}
		rows = append(rows, engine.ExecutionRow{
			ID:        engine.ExecutionID(m.member),
			Progress:  -1,
			Malformed: []engine.FieldError{{Field: "id", Value: m.member, Problem: "not an execution id"}},
		})
	}
	return rows, nil
}
