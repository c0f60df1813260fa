package scanner

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
)

// halfRead is a deployment one partition of which cannot be read, and which remembers which others were.
type halfRead struct {
	*fake
	reached map[uint16]bool
	// headsUnread has Earliest fail there, unasked Occupied; other reads always do.
	headsUnread, unasked bool
}

const unreadPartition = 0

func (h halfRead) read(p engine.Partition) error {
	if p.Index == unreadPartition {
		return errors.New("WRONGTYPE")
	}
	h.reached[p.Index] = true
	return nil
}

func (h halfRead) BlockedByDependencies(_ context.Context, p engine.Partition, _ engine.LaneID, _, _ int) ([]engine.ExecutionID, error) {
	return nil, h.read(p)
}

func (h halfRead) IndexMembers(_ context.Context, ref engine.IndexRef, _, _ int) ([]string, error) {
	return nil, h.read(ref.Partition)
}

func (h halfRead) PendingSiblingCancels(_ context.Context, p engine.Partition, _ int) ([]engine.SiblingGroup, error) {
	return nil, h.read(p)
}

func (h halfRead) ActiveFlows(_ context.Context, p engine.Partition, _ uint64, _ int) ([]engine.FlowID, uint64, error) {
	return nil, 0, h.read(p)
}

func (h halfRead) CheckIndexes(_ context.Context, p engine.Partition) (engine.IndexReport, error) {
	return engine.IndexReport{}, h.read(p)
}

func (h halfRead) DueFlowCancels(_ context.Context, p engine.Partition, _ time.Time, _ int) ([]engine.OwedCancels, error) {
	return nil, h.read(p)
}

func (h halfRead) DueBudgetResets(_ context.Context, p engine.Partition, _ time.Time, _ int) ([]engine.BudgetID, error) {
	return nil, h.read(p)
}

func (h halfRead) Earliest(ctx context.Context, refs []engine.IndexRef) []engine.IndexHead {
	heads := h.fake.Earliest(ctx, refs)
	for i, ref := range refs {
		if h.headsUnread {
			heads[i].Err = h.read(ref.Partition)
		}
	}
	return heads
}

func (h halfRead) Due(ctx context.Context, ps []engine.Partition, idx engine.DueIndex, lane engine.LaneID, now time.Time, limit int) (
	[]engine.DueMember, map[engine.Partition]error) {

	due, unread := []engine.DueMember{}, map[engine.Partition]error{}
	for _, p := range ps {
		if err := h.read(p); err != nil {
			unread[p] = err
			continue
		}
		found, _ := h.fake.Due(ctx, []engine.Partition{p}, idx, lane, now, limit)
		due = append(due, found...)
	}
	return due, unread
}

func (h halfRead) EndedFlows(_ context.Context, p engine.Partition, _ time.Time, _ int) ([]engine.FlowID, error) {
	return nil, h.read(p)
}

func (h halfRead) TrimRetention(_ context.Context, p engine.Partition, _ engine.LaneID, _ time.Duration, _ time.Time, _ int) (int, error) {
	return 0, h.read(p)
}

func (h halfRead) Occupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error) {
	if !h.unasked {
		return h.fake.Occupied(ctx, refs)
	}
	var asked []engine.IndexRef
	var failed error
	for _, ref := range refs {
		if ref.Partition.Index == unreadPartition {
			failed = errors.New("no answer")
			continue
		}
		asked = append(asked, ref)
	}
	occupied, _ := h.fake.Occupied(ctx, asked)
	return occupied, failed
}

func TestAPartitionThatCannotBeReadEndsNoPass(t *testing.T) {
	for name, c := range map[string]struct {
		scanner func(*scope) scanner
		index   engine.IndexName
		family  engine.Family
		lane    engine.LaneID
	}{
		DependencyReconciler: {func(s *scope) scanner { return newDependency(s) }, engine.IndexName(engine.IndexBlockedDependencies), engine.FamilyFlow, "default"},
		Unblock:              {newUnblock, engine.IndexName(engine.IndexBlockedQuota), engine.FamilyFlow, "default"},
		EdgeCancelDispatcher: {func(s *scope) scanner { return newEdgeCancelDispatcher(s) }, engine.IndexPendingCancelGroups, engine.FamilyFlow, ""},
		FlowProjector:        {newFlowProjector, engine.IndexFlows, engine.FamilyFlow, ""},
		IndexReconciler:      {newIndexReconciler, engine.IndexAllExecutions, engine.FamilyFlow, ""},
		CancelReconciler:     {newCancelReconciler, engine.IndexCancelBacklog, engine.FamilyFlow, ""},
		DelayedPromoter:      {func(s *scope) scanner { return newDelayedPromoter(s) }, engine.IndexName(engine.IndexDelayed), engine.FamilyFlow, "default"},
		RetentionTrimmer:     {newRetention, engine.IndexEndedFlows, engine.FamilyFlow, ""},
		BudgetReset:          {newBudgetReset, engine.IndexBudgetResets, engine.FamilyBudget, ""},
	} {
		for way, half := range map[string]halfRead{"listing": {}, "looking what is due": {headsUnread: true}, "asking what there is": {unasked: true}} {
			t.Run(name+"/"+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFake()
					for p := range uint16(2) {
						ref := engine.IndexRef{Partition: engine.Partition{Family: c.family, Index: p}, Lane: c.lane, Name: c.index}
						f.put(ref, "member", time.Now().Add(-100*24*time.Hour))
					}
					half.fake, half.reached = f, map[uint16]bool{}
					s := scopeOf(t, f, quiet())
					s.b = half
					s.news = newNews(half)
					report, err := c.scanner(s).runOnce(t.Context())
					if !half.unasked && (err != nil || report.Failed != 1) || !half.reached[1] {
						t.Fatalf("%+v, %v, partitions reached: %v", report, err, half.reached)
					}
				})
			})
		}
	}
}
