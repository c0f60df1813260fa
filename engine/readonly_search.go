package engine

import "context"

// ExecutionSearcher and SignalBoard

func (g *readOnly) SearchExecutions(ctx context.Context, q ExecutionQuery, after ExecutionCursor, look int) (ExecutionsFound, error) {
	return g.b.SearchExecutions(ctx, q, after, look)
}

func (g *readOnly) SignalGroups(ctx context.Context) (SignalGroups, error) {
	return g.b.SignalGroups(ctx)
}

func (g *readOnly) SignalGroupRows(ctx context.Context, key SignalGroupKey, limit int) (SuspendedRows, error) {
	return g.b.SignalGroupRows(ctx, key, limit)
}
