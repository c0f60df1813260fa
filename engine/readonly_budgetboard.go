package engine

import "context"

// BudgetBoard

func (g *readOnly) BudgetRows(ctx context.Context, offset, limit int) (BudgetRows, error) {
	return g.b.BudgetRows(ctx, offset, limit)
}

func (g *readOnly) QuotaRows(ctx context.Context, offset, limit int) (QuotaRows, error) {
	return g.b.QuotaRows(ctx, offset, limit)
}

func (g *readOnly) AttachedExecutions(ctx context.Context, p Partition, id string, limit int) ([]ExecutionRow, int, error) {
	return g.b.AttachedExecutions(ctx, p, id, limit)
}
