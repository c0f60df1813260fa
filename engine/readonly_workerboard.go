package engine

import "context"

// WorkerBoard

func (g *readOnly) WorkerRows(ctx context.Context) (WorkerRows, error) {
	return g.b.WorkerRows(ctx)
}

func (g *readOnly) WorkerLeases(ctx context.Context, instance WorkerInstanceID, limit int) (LeaseRows, error) {
	return g.b.WorkerLeases(ctx, instance, limit)
}

func (g *readOnly) Leases(ctx context.Context, kind LeaseKind, limit int) (LeaseRows, error) {
	return g.b.Leases(ctx, kind, limit)
}
