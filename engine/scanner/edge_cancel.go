package scanner

import (
	"context"
	"sync"

	"ffboard/engine"
)

const groupBatch = 50

// edgeCancel looks after edge groups that fired and whose losing siblings are owed a cancel. Two scanners are one of these.
type edgeCancel struct {
	s      *scope
	patrol *patrol
	settle func(ctx context.Context, g engine.SiblingGroup, report *Report) (settled bool, err error)

	mu   sync.Mutex
	told []engine.IndexRef // where somebody has seen a group
}

// newEdgeCancelDispatcher cancels the siblings (spec 05 §4.16).
func newEdgeCancelDispatcher(s *scope) *edgeCancel {
	return &edgeCancel{s: s, patrol: newPatrol(s, EdgeCancelDispatcher), settle: s.cancelSiblings}
}

// newEdgeCancelReconciler finishes groups whose cancelling was interrupted (spec 05 §4.17).
func newEdgeCancelReconciler(s *scope) scanner {
	return &edgeCancel{s: s, patrol: newPatrol(s, EdgeCancelReconciler), settle: s.reconcileGroup}
}

func (e *edgeCancel) runOnce(ctx context.Context) (Report, error) {
	now, err := e.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	e.patrol.told(e.takeTold(), now)
	ripe, err := e.patrol.ripe(ctx, e.s.flowRefs(engine.IndexPendingCancelGroups), now)
	if err != nil {
		return Report{}, err
	}
	var report Report
	for _, ref := range ripe {
		empty, err := e.visit(ctx, ref.Partition, &report)
		e.patrol.unreadable(ref, err, &report)
		if empty {
			e.patrol.empty(ref)
			continue
		}
		e.patrol.busy(ref, now)
	}
	return report, nil
}

// tell says where a group has been seen: the next pass reads there, whenever that was due.
func (e *edgeCancel) tell(ref engine.IndexRef) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = append(e.told, ref)
}

func (e *edgeCancel) takeTold() []engine.IndexRef {
	e.mu.Lock()
	defer e.mu.Unlock()
	told := e.told
	e.told = nil
	return told
}

// visit settles the groups of a partition until none is left or none can be settled now.
func (e *edgeCancel) visit(ctx context.Context, p engine.Partition, report *Report) (empty bool, err error) {
	for ctx.Err() == nil {
		groups, err := e.s.b.PendingSiblingCancels(ctx, p, groupBatch)
		if err != nil || len(groups) == 0 {
			return err == nil, err
		}
		progress := false
		for _, g := range groups {
			settled, err := e.settle(ctx, g, report)
			if err != nil {
				e.s.log.Warn("edge group not settled, trying again", "flow", g.Flow, "downstream", g.Downstream, "error", err)
			}
			report.count(settled, err)
			progress = progress || settled
		}
		if !progress {
			return false, nil
		}
	}
	return false, nil
}

func (s *scope) cancelSiblings(ctx context.Context, g engine.SiblingGroup, _ *Report) (settled bool, err error) {
	_, err = engine.CancelSiblings(ctx, s.b, g)
	return err == nil, err
}

func (s *scope) reconcileGroup(ctx context.Context, g engine.SiblingGroup, _ *Report) (settled bool, err error) {
	action, err := s.b.ReconcileSiblingCancelGroup(ctx, g)
	return action == "sremmed_stale" || action == "completed_drain", err
}
