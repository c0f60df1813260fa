package engine

import "context"

// BudgetBoard is what a dashboard reads about budgets and quota policies.
type BudgetBoard interface {
	// BudgetRows lists the budgets by partition and id: at most limit, from the offset-th on.
	BudgetRows(ctx context.Context, offset, limit int) (BudgetRows, error)
	// QuotaRows lists the quota policies in the same way.
	QuotaRows(ctx context.Context, offset, limit int) (QuotaRows, error)
	// AttachedExecutions lists some of the executions that a budget has counted usage of, or that a quota policy has admitted: which of
	// the two the partition's family tells. Total counts them all.
	AttachedExecutions(ctx context.Context, p Partition, id string, limit int) (rows []ExecutionRow, total int, err error)
}

// BudgetRows is a page of budgets; Total counts all there are.
type BudgetRows struct {
	Rows  []BudgetRow
	Total int
}

// BudgetRow is a budget as it is listed. Missing is true for a listed id without a definition.
type BudgetRow struct {
	BudgetStatus
	Partition Partition
	Missing   bool
	Resets    uint64
}

// QuotaRows is a page of quota policies; Total counts all there are.
type QuotaRows struct {
	Rows  []QuotaRow
	Total int
}

// QuotaRow is a quota policy as it is listed. FlowFabric's scheduler admits under one window and looks at another, so both
// are counted; InWindow is the fuller one. Admitted counts the executions that hold an admission.
type QuotaRow struct {
	QuotaPolicy
	Partition                 Partition
	Missing                   bool
	AdmissionWindow, OfPolicy uint64
	Admitted                  int
	Malformed                 []FieldError
}
