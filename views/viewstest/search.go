package viewstest

import (
	"context"
	"slices"
	"strconv"

	"ffboard/engine"
)

// SearchExecutions looks through the rows of Found in their order.
func (e *Engine) SearchExecutions(_ context.Context, q engine.ExecutionQuery, after engine.ExecutionCursor, look int) (engine.ExecutionsFound, error) {
	e.Lock()
	defer e.Unlock()
	if err := e.record("SearchExecutions", q.String(), after, look); err != nil {
		return engine.ExecutionsFound{}, err
	}
	begin, _ := strconv.Atoi(string(after))
	end := min(begin+look, len(e.Found))
	found := engine.ExecutionsFound{Looked: end, Of: len(e.Found), Indexed: q.ByIndex()}
	for _, row := range e.Found[begin:end] {
		if q.Match(&row, nil) {
			found.Rows = append(found.Rows, row)
		}
	}
	if end < len(e.Found) {
		found.Next = engine.ExecutionCursor(strconv.Itoa(end))
	}
	return found, nil
}

func (e *Engine) SignalGroups(context.Context) (engine.SignalGroups, error) {
	e.Lock()
	defer e.Unlock()
	groups := e.Awaited
	groups.Groups = slices.Clone(groups.Groups)
	return groups, e.record("SignalGroups")
}

// SignalGroupRows are those of Suspended that wait for the same, or for nothing that can be told.
func (e *Engine) SignalGroupRows(_ context.Context, key engine.SignalGroupKey, limit int) (engine.SuspendedRows, error) {
	e.Lock()
	defer e.Unlock()
	var rows engine.SuspendedRows
	for _, row := range e.Suspended.Rows {
		if row.Suspension != nil && row.Suspension.Condition.GroupKey() == key {
			rows.Rows = append(rows.Rows, row)
		}
	}
	rows.Total = len(rows.Rows)
	rows.Rows = rows.Rows[:min(limit, len(rows.Rows))]
	return rows, e.record("SignalGroupRows", key, limit)
}
