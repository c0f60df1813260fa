package engine

import "context"

func (g *readOnly) Ended(ctx context.Context) (Ended, error) { return g.b.Ended(ctx) }

func (g *readOnly) LongestSuspended(ctx context.Context, limit int) (LongSuspended, error) {
	return g.b.LongestSuspended(ctx, limit)
}

func (g *readOnly) OrphanedLeases(ctx context.Context, limit int) (OrphanedLeases, error) {
	return g.b.OrphanedLeases(ctx, limit)
}

func (g *readOnly) FailingFlows(ctx context.Context, limit int) (FailingFlows, error) {
	return g.b.FailingFlows(ctx, limit)
}
