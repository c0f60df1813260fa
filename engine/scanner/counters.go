package scanner

import (
	"context"
	"iter"
	"time"

	"ffboard/engine"
)

// counters keeps what is counted in step with what is true, a partition at a time.
type counters struct {
	s          *scope
	patrol     *patrol
	index      engine.IndexName
	partitions func() iter.Seq[engine.Partition]
	reconcile  func(ctx context.Context, p engine.Partition, now time.Time) (changed int, err error)
}

// newBudgetReconciler prunes budgets that are gone (spec 05 §4.10).
func newBudgetReconciler(s *scope) scanner {
	return &counters{
		s: s, patrol: newPatrol(s, BudgetReconciler), index: engine.IndexBudgetPolicies,
		partitions: s.b.Partitions().BudgetPartitions, reconcile: s.b.ReconcileBudgets,
	}
}

// newQuotaReconciler trims rate windows and sets concurrency counters right (spec 05 §4.11).
func newQuotaReconciler(s *scope) scanner {
	return &counters{
		s: s, patrol: newPatrol(s, QuotaReconciler), index: engine.IndexQuotaPolicies,
		partitions: s.b.Partitions().QuotaPartitions, reconcile: s.b.ReconcileQuotas,
	}
}

func (c *counters) runOnce(ctx context.Context) (Report, error) {
	now, err := c.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	ripe, err := c.patrol.ripe(ctx, c.s.refs(c.partitions(), c.index), now)
	if err != nil {
		return Report{}, err
	}
	var report Report
	for _, ref := range ripe {
		changed, err := c.reconcile(ctx, ref.Partition, now)
		report.Examined++
		report.Done += changed
		if err != nil {
			report.Failed++
			c.s.log.Warn("counters not reconciled, trying again", "partition", ref.Partition.Tag(), "error", err)
		}
		c.patrol.settle(ref, now, changed > 0)
	}
	return report, nil
}
