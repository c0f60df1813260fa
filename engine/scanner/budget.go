package scanner

import (
	"context"

	"ffboard/engine"
)

const resetBatch = 20

// budgetReset begins the next period of budgets that reset by themselves (spec 05 §4.9).
type budgetReset struct {
	s      *scope
	patrol *patrol
}

func newBudgetReset(s *scope) scanner { return &budgetReset{s: s, patrol: newPatrol(s, BudgetReset)} }

func (r *budgetReset) runOnce(ctx context.Context) (Report, error) {
	now, err := r.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	refs := r.s.refs(r.s.b.Partitions().BudgetPartitions(), engine.IndexBudgetResets)
	ripe, err := r.patrol.ripe(ctx, refs, now)
	if err != nil || len(ripe) == 0 {
		return Report{}, err
	}
	var report Report
	for _, ref := range r.patrol.overdue(ctx, r.s.b, ripe, now, 0, &report) {
		due, err := r.s.b.DueBudgetResets(ctx, ref.Partition, now, resetBatch)
		r.patrol.unreadable(ref, err, &report)
		each(ctx, due, &report, func(id engine.BudgetID) (bool, error) {
			_, err := r.s.b.ResetBudget(ctx, id)
			if err != nil {
				r.s.log.Warn("budget not reset, trying again", "budget", id, "error", err)
			}
			return true, err
		})
		r.patrol.busy(ref, now)
	}
	report.next = r.patrol.next()
	return report, nil
}
