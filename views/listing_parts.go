package views

import "ffboard/engine"

// Documented is implemented by views the record of which is not what they fetch: because they fetch it in parts, or more than it. Document
// is what came so far, nil where the thing that they show is not there.
type Documented interface{ Document() any }

// OverviewDocument is what the first screen knows. What has not come is nil.
type OverviewDocument struct {
	Lanes            *engine.Depths
	Ended            *engine.Ended
	FailingFlows     *engine.FailingFlows
	LongestSuspended *engine.LongSuspended
	OrphanedLeases   *engine.OrphanedLeases
	Checkup          *engine.Checkup
	Deployment       *engine.Deployment
}

func (v *Overview) Document() any {
	k := &v.known
	return OverviewDocument{k.depths, k.ended, k.failing, k.suspended, k.orphaned, k.checkup, k.deployment}
}

// Covered is all when each part has come once and every partition was counted.
func (v *Overview) Covered() (done, of int) {
	done, of = min(v.turns.taken, len(overviewFirst)), len(overviewFirst)
	if v.turns.counting {
		done = min(done, of-1)
	}
	return done, of
}

// BudgetDocument is a budget with executions that it has counted usage of: Counted are all of them.
type BudgetDocument struct {
	*engine.BudgetRow
	Counted    int
	Executions []engine.ExecutionRow
}

// QuotaDocument is a quota policy with executions that it has admitted.
type QuotaDocument struct {
	*engine.QuotaRow
	Executions []engine.ExecutionRow
}

func (v *Budget) Document() any {
	switch {
	case v.gone:
		return nil
	case v.quota != nil:
		return QuotaDocument{v.quota, v.attached.Rows()}
	case v.budget != nil:
		return BudgetDocument{&v.budget.BudgetRow, v.total, v.attached.Rows()}
	default:
		return nil
	}
}

// WorkerDocument is a worker with executions that it holds: Held are all of them.
type WorkerDocument struct {
	*engine.WorkerRow
	Held       int
	Executions []engine.ExecutionRow
}

func (v *Worker) Document() any {
	if v.gone || v.total < 0 {
		return nil
	}
	return WorkerDocument{&v.worker, v.total, v.leases.Rows()}
}

func (v *Partition) Document() any {
	if v.health == nil {
		return nil
	}
	return v.health
}

// Covered is all when its turn has come, or can never come.
func (v *Partition) Covered() (done, of int) {
	if v.health != nil || int(v.partition.Index) >= v.partitions {
		return v.partitions, v.partitions
	}
	return v.looked, v.partitions
}
