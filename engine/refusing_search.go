package engine

import "context"

// ExecutionSearcher and SignalBoard

func (r Refusing) SearchExecutions(context.Context, ExecutionQuery, ExecutionCursor, int) (ExecutionsFound, error) {
	return ExecutionsFound{}, r.Refuse("SearchExecutions")
}

func (r Refusing) SignalGroups(context.Context) (SignalGroups, error) {
	return SignalGroups{}, r.Refuse("SignalGroups")
}

func (r Refusing) SignalGroupRows(context.Context, SignalGroupKey, int) (SuspendedRows, error) {
	return SuspendedRows{}, r.Refuse("SignalGroupRows")
}
