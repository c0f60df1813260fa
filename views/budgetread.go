package views

import (
	"context"
	"slices"

	"ffboard/engine"
)

// limitWanted is a budget or quota policy that is to be read; offset is that of the page on which it was listed last. One that is gone
// is not looked for on the other pages.
type limitWanted struct {
	partition engine.Partition
	id        string
	offset    int
	gone      bool
}

// limitRead is what one fetch brings: the budget or policy, neither of them when it is not listed, and its executions.
type limitRead struct {
	budget *engine.BudgetRow
	quota  *engine.QuotaRow
	offset int // of the page on which it is listed now
	rows   []engine.ExecutionRow
	total  int
}

func (r *limitRead) found() bool { return r.budget != nil || r.quota != nil }

func (w limitWanted) read(ctx context.Context, e Engine) (any, error) {
	is := func(p engine.Partition, id string) bool { return p == w.partition && id == w.id }
	read, _, err := limitOn(ctx, e, w.partition.Family, w.offset, budgetsPage, is)
	read.offset = w.offset
	if err == nil && !read.found() && !w.gone {
		read, err = findLimit(ctx, e, w.partition.Family, is)
	}
	if err != nil {
		return nil, err
	}
	read.rows, read.total, err = e.AttachedExecutions(ctx, w.partition, w.id, mostAttached)
	return read, err
}

// FindLimit looks through all budgets, or all quota policies, for the one that is told, and returns the view of it. nil: it is not listed.
func FindLimit(ctx context.Context, c *Common, family engine.Family, is func(id string) bool) (*Budget, error) {
	read, err := findLimit(ctx, c.Engine, family, func(_ engine.Partition, id string) bool { return is(id) })
	switch {
	case err != nil:
		return nil, err
	case read.budget != nil:
		return NewBudget(c, read.budget.Partition, string(read.budget.ID), read.offset), nil
	case read.quota != nil:
		return NewBudget(c, read.quota.Partition, string(read.quota.ID), read.offset), nil
	default:
		return nil, nil
	}
}

// limitsSearched is how many budgets or policies one step of a search reads.
const limitsSearched = 500

// findLimit looks through all. The page that it names has as much above as below: others may come and go.
func findLimit(ctx context.Context, e Engine, family engine.Family, is func(engine.Partition, string) bool) (limitRead, error) {
	for offset := 0; ; offset += limitsSearched {
		read, total, err := limitOn(ctx, e, family, offset, limitsSearched, is)
		if err != nil || read.found() || offset+limitsSearched >= total {
			read.offset = max(read.offset-budgetsPage/2, 0)
			return read, err
		}
	}
}

// limitOn looks on one page. The offset in what it returns is the place in the whole list.
func limitOn(ctx context.Context, e Engine, family engine.Family, offset, limit int, is func(engine.Partition, string) bool) (
	read limitRead, total int, err error) {

	if family == engine.FamilyQuota {
		page, err := e.QuotaRows(ctx, offset, limit)
		if at := slices.IndexFunc(page.Rows, func(q engine.QuotaRow) bool { return is(q.Partition, string(q.ID)) }); at >= 0 {
			read.quota, read.offset = &page.Rows[at], offset+at
		}
		return read, page.Total, err
	}
	page, err := e.BudgetRows(ctx, offset, limit)
	if at := slices.IndexFunc(page.Rows, func(b engine.BudgetRow) bool { return is(b.Partition, string(b.ID)) }); at >= 0 {
		read.budget, read.offset = &page.Rows[at], offset+at
	}
	return read, page.Total, err
}
