package scanner

import (
	"context"
	"math"
	"sync/atomic"

	"ffboard/engine"
)

// dependenciesPerPass bounds what the safety net costs while nothing was missed.
const dependenciesPerPass = 500

// dependency resolves what a lost completion left unresolved (spec 05 §4.13). Completions normally do that at once: see cascade.
type dependency struct {
	s      *scope
	patrol *patrol
	// missed tells that completions may have been missed: the next pass looks at every blocked execution.
	missed atomic.Bool
}

func newDependency(s *scope) *dependency {
	return &dependency{s: s, patrol: newPatrol(s, DependencyReconciler)}
}

func (d *dependency) runOnce(ctx context.Context) (Report, error) {
	if !d.missed.Swap(false) {
		return d.look(ctx, dependenciesPerPass)
	}
	d.patrol.everything()
	report, err := d.look(ctx, math.MaxInt)
	if err != nil || report.unread > 0 {
		d.missed.Store(true)
	}
	return report, err
}

// look looks at blocked executions, as many as the budget allows, oldest first.
func (d *dependency) look(ctx context.Context, budget int) (Report, error) {
	now, err := d.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	refs, err := d.s.laneRefs(ctx, engine.IndexBlockedDependencies)
	if err != nil {
		return Report{}, err
	}
	ripe, err := d.patrol.ripe(ctx, refs, now)
	if err != nil {
		return Report{}, err
	}
	var report Report
	for _, ref := range ripe {
		err := d.patrol.walk(ctx, ref, now, &budget, func(offset, limit int) (listed, left int, err error) {
			return d.reconcile(ctx, ref, offset, limit, &report)
		})
		if err != nil {
			d.patrol.unreadable(ref, err, &report)
			d.patrol.busy(ref, now)
		}
	}
	return report, nil
}

func (d *dependency) reconcile(ctx context.Context, ref engine.IndexRef, offset, limit int, report *Report) (listed, left int, err error) {
	blocked, err := d.s.b.BlockedByDependencies(ctx, ref.Partition, ref.Lane, offset, limit)
	if err != nil {
		return 0, 0, err
	}
	var page Report
	each(ctx, blocked, &page, func(id engine.ExecutionID) (bool, error) {
		resolved, err := d.s.b.ReconcileDependencies(ctx, id)
		if err != nil {
			d.s.log.Warn("dependencies not reconciled, trying again", "execution", id, "error", err)
		}
		return resolved > 0, err
	})
	report.add(page)
	// One that had a dependency resolved may wait for others: it is met again in the next pass at the latest.
	return len(blocked), len(blocked) - page.Done, nil
}
