package scanner

import (
	"context"

	"ffboard/engine"
)

const owedBatch = 50 // flows looked at at a time

// cancelReconciler cancels the members of cancelled flows that whoever cancelled the flow did not get to (spec 05 §4.15).
type cancelReconciler struct {
	s      *scope
	patrol *patrol
}

func newCancelReconciler(s *scope) scanner {
	return &cancelReconciler{s: s, patrol: newPatrol(s, CancelReconciler)}
}

func (c *cancelReconciler) runOnce(ctx context.Context) (Report, error) {
	now, err := c.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	ripe, err := c.patrol.ripe(ctx, c.s.flowRefs(engine.IndexCancelBacklog), now)
	if err != nil || len(ripe) == 0 {
		return Report{}, err
	}
	var report Report
	for _, ref := range c.patrol.overdue(ctx, c.s.b, ripe, now, 0, &report) {
		owed, err := c.s.b.DueFlowCancels(ctx, ref.Partition, now, owedBatch)
		c.patrol.unreadable(ref, err, &report)
		for _, flow := range owed {
			if err := c.cancelMembers(ctx, flow, &report); err != nil {
				return report, err
			}
		}
		c.patrol.busy(ref, now)
	}
	report.next = c.patrol.next()
	return report, nil
}

// cancelMembers counts a member that is over or gone as done.
func (c *cancelReconciler) cancelMembers(ctx context.Context, flow engine.OwedCancels, report *Report) error {
	owed := engine.CancelledFlow{
		Flow: flow.Flow, Policy: string(engine.CancelFlowAll), Members: flow.Members, Reason: flow.Reason,
	}
	return engine.CancelFlowMembers(ctx, c.s.b, owed, func(o engine.MemberOutcome) {
		if o.Err != nil {
			c.s.log.Warn("member of a cancelled flow not cancelled, trying again", "execution", o.Execution, "error", o.Err)
		}
		report.count(o.Cancelled, o.Err)
	})
}
