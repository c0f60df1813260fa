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

func TestAPartitionThatCannotBeReadEndsNoPass(t *testing.T) {
	for name, c := range map[string]struct {
		scanner func(*scope) scanner
		index   engine.IndexName
		family  engine.Family
		lane    engine.LaneID
	}{
		DependencyReconciler: {func(s *scope) scanner { return newDependency(s) }, engine.IndexName(engine.IndexBlockedDependencies), engine.FamilyFlow, "default"},
		Unblock:              {newUnblock, engine.IndexName(engine.IndexBlockedQuota), engine.FamilyFlow, "default"},
		EdgeCancelDispatcher: {newEdgeCancelDispatcher, engine.IndexPendingCancelGroups, engine.FamilyFlow, ""},
		FlowProjector:        {newFlowProjector, engine.IndexFlows, engine.FamilyFlow, ""},
		IndexReconciler:      {newIndexReconciler, engine.IndexAllExecutions, engine.FamilyFlow, ""},
		CancelReconciler:     {newCancelReconciler, engine.IndexCancelBacklog, engine.FamilyFlow, ""},
		BudgetReset:          {newBudgetReset, engine.IndexBudgetResets, engine.FamilyBudget, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				for p := range uint16(2) {
					ref := engine.IndexRef{Partition: engine.Partition{Family: c.family, Index: p}, Lane: c.lane, Name: c.index}
					f.put(ref, "member", time.Now().Add(-time.Second))
				}
				half := halfRead{f, map[uint16]bool{}}
				s := scopeOf(t, f, quiet())
				s.b = half
				report, err := c.scanner(s).runOnce(t.Context())
				if err != nil || report.Failed != 1 || !half.reached[1] {
					t.Fatalf("%+v, %v, partitions reached: %v", report, err, half.reached)
				}
			})
		})
	}
}
