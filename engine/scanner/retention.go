package scanner

import (
	"context"
	"errors"
	"time"

	"ffboard/engine"
)

const (
	trimBatch      = 100 // executions or flows trimmed at a time
	trimTimePerRef = 5 * time.Second
)

// retention deletes executions that ended long ago, and flows of which nothing is left (spec 05 §4.8).
type retention struct {
	s          *scope
	executions *patrol
	flows      *patrol
}

func newRetention(s *scope) scanner {
	return &retention{s: s, executions: newPatrol(s, RetentionTrimmer), flows: newPatrol(s, RetentionTrimmer+" flows")}
}

func (r *retention) runOnce(ctx context.Context) (Report, error) {
	now, err := r.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	var report Report
	err = r.trimExecutions(ctx, now, &report)
	if r.s.cfg.FlowRetention >= 0 {
		err = errors.Join(err, r.trimFlows(ctx, now, &report))
	}
	return report, err
}

func (r *retention) trimExecutions(ctx context.Context, now time.Time, report *Report) error {
	refs, err := r.s.laneRefs(ctx, engine.IndexTerminal)
	if err != nil {
		return err
	}
	ripe, err := r.executions.ripe(ctx, refs, now)
	if err != nil {
		return err
	}
	for _, ref := range ripe {
		trimmed := r.trimIndex(ctx, ref, now, report)
		r.executions.settle(ref, now, trimmed)
	}
	return nil
}

// trimIndex trims until nothing of the index is due or its share of the time is over; what it could not delete is tried again in
// the next pass.
func (r *retention) trimIndex(ctx context.Context, ref engine.IndexRef, now time.Time, report *Report) (trimmed bool) {
	for began := time.Now(); time.Since(began) < trimTimePerRef && ctx.Err() == nil; {
		n, err := r.s.b.TrimRetention(ctx, ref.Partition, ref.Lane, r.s.cfg.Retention, now, trimBatch)
		report.Examined += n
		report.Done += n
		if err != nil {
			report.Failed++
			r.s.log.Warn("retention not trimmed, trying again", "partition", ref.Partition.Tag(), "lane", ref.Lane, "error", err)
		}
		trimmed = trimmed || n > 0
		if n < trimBatch || err != nil {
			return trimmed
		}
	}
	return trimmed
}

func (r *retention) trimFlows(ctx context.Context, now time.Time, report *Report) error {
	ripe, err := r.flows.ripe(ctx, r.s.flowRefs(engine.IndexEndedFlows), now)
	if err != nil || len(ripe) == 0 {
		return err
	}
	for _, ref := range r.flows.overdue(ctx, r.s.b, ripe, now, r.s.cfg.FlowRetention, report) {
		r.flows.unreadable(ref, r.trimEnded(ctx, ref.Partition, now, report), report)
		r.flows.busy(ref, now)
	}
	return nil
}

// trimEnded deletes flows of one partition. A flow that is still wanted is looked at again when it may be due.
func (r *retention) trimEnded(ctx context.Context, p engine.Partition, now time.Time, report *Report) error {
	for {
		flows, err := r.s.b.EndedFlows(ctx, p, now.Add(-r.s.cfg.FlowRetention), trimBatch)
		if err != nil {
			return err
		}
		var page Report
		each(ctx, flows, &page, func(id engine.FlowID) (bool, error) {
			return r.s.b.TrimFlow(ctx, p, id, r.s.cfg.FlowRetention, now)
		})
		report.add(page)
		if len(flows) < trimBatch || page.Failed > 0 || ctx.Err() != nil {
			return nil
		}
	}
}
