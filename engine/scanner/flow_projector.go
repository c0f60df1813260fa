package scanner

import (
	"context"
	"time"

	"ffboard/engine"
)

const (
	flowsPerPass = 300
	flowsPage    = 100
)

// flowProjector writes the flows' summaries (spec 05 §4.14). Beyond 300 unfinished flows a summary is older than the interval.
type flowProjector struct {
	s       *scope
	patrol  *patrol
	cursors map[engine.IndexRef]uint64 // where in a partition the next pass goes on
}

func newFlowProjector(s *scope) scanner {
	return &flowProjector{s: s, patrol: newPatrol(s, FlowProjector), cursors: map[engine.IndexRef]uint64{}}
}

func (f *flowProjector) runOnce(ctx context.Context) (Report, error) {
	now, err := f.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	ripe, err := f.patrol.ripe(ctx, f.s.flowRefs(engine.IndexFlows), now)
	if err != nil {
		return Report{}, err
	}
	var report Report
	for _, ref := range ripe {
		if report.Examined >= flowsPerPass || ctx.Err() != nil {
			break
		}
		if err := f.project(ctx, ref, now, &report); err != nil {
			f.patrol.unreadable(ref, err, &report)
			f.patrol.busy(ref, now)
		}
	}
	return report, nil
}

// project goes through the flows of one partition, as far as the pass reaches.
func (f *flowProjector) project(ctx context.Context, ref engine.IndexRef, now time.Time, report *Report) error {
	cursor := f.cursors[ref]
	fromStart, seen := cursor == 0, 0
	for {
		flows, next, err := f.s.b.ActiveFlows(ctx, ref.Partition, cursor, flowsPage)
		if err != nil {
			return err
		}
		seen += len(flows)
		each(ctx, flows, report, func(id engine.FlowID) (bool, error) {
			wrote, err := f.s.b.ProjectFlowSummary(ctx, ref.Partition, id, now)
			if err != nil {
				f.s.log.Warn("flow not summarised, trying again", "flow", id, "error", err)
			}
			return wrote, err
		})
		if next == 0 {
			break
		}
		cursor = next
		if report.Examined >= flowsPerPass {
			f.cursors[ref] = cursor
			return nil
		}
	}
	delete(f.cursors, ref)
	if fromStart && seen == 0 {
		f.patrol.empty(ref)
		return nil
	}
	f.patrol.busy(ref, now)
	return nil
}
