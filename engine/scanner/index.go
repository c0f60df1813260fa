package scanner

import (
	"context"
	"time"

	"ffboard/engine"
)

// Comparing every record with every index is dear: checkCommands a second bound it, and a partition is visited every 45 s only as
// long as that suffices for all of them.
const (
	checkCommands = 30
	laneCommands  = 10 // a lane's indexes, read with each partition
)

// indexReconciler compares indexes with records (spec 05 §4.3), mends what two reports in a row name, and has dependencies
// resolved that nobody waits for any more.
type indexReconciler struct {
	s      *scope
	patrol *patrol
	before map[engine.Partition]map[engine.IndexMismatch]bool // of the last report
	costs  map[engine.Partition]int                           // commands that its check takes
}

func newIndexReconciler(s *scope) scanner {
	return &indexReconciler{
		s:      s,
		patrol: newPatrol(s, IndexReconciler),
		before: map[engine.Partition]map[engine.IndexMismatch]bool{},
		costs:  map[engine.Partition]int{},
	}
}

func (r *indexReconciler) runOnce(ctx context.Context) (Report, error) {
	now, err := r.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	ripe, err := r.patrol.ripe(ctx, r.s.flowRefs(engine.IndexAllExecutions), now)
	if err != nil {
		return Report{}, err
	}
	var report Report
	for _, ref := range ripe {
		if ctx.Err() != nil {
			break
		}
		if err := r.check(ctx, ref, now, &report); err != nil {
			r.patrol.unreadable(ref, err, &report)
			r.patrol.busy(ref, now)
		}
	}
	return report, nil
}

func (r *indexReconciler) check(ctx context.Context, ref engine.IndexRef, now time.Time, report *Report) error {
	p := ref.Partition
	found, err := r.s.b.CheckIndexes(ctx, p)
	if err != nil {
		return err
	}
	report.Examined += found.Checked
	r.s.lanes.add(found.Lanes)
	r.mend(ctx, p, found.Mismatches, report)
	r.resolve(ctx, found.Unresolved, report)
	r.costs[p] = found.Checked + laneCommands*len(found.Lanes)
	if found.Checked == 0 && len(found.Mismatches) == 0 {
		delete(r.costs, p)
		r.patrol.empty(ref)
		return nil
	}
	r.patrol.known[ref].readAt = now.Add(max(r.patrol.every, r.turn()))
	return nil
}

// turn is how long one round over everything takes at the rate that is allowed.
func (r *indexReconciler) turn() time.Duration {
	total := 0
	for _, n := range r.costs {
		total += n
	}
	return time.Duration(total) * time.Second / checkCommands
}

// mend repairs what the last report named too; a change under way is seen once at most.
func (r *indexReconciler) mend(ctx context.Context, p engine.Partition, mismatches []engine.IndexMismatch, report *Report) {
	before, seen := r.before[p], map[engine.IndexMismatch]bool{}
	for _, m := range mismatches {
		if !before[m] {
			seen[m] = true
			continue
		}
		repaired, err := r.s.b.RepairIndex(ctx, m)
		r.s.log.Warn("index disagrees with a record", "execution", m.Execution, "lane", m.Lane, "index", m.Index,
			"problem", m.Problem, "repaired", repaired, "error", err)
		if err != nil {
			report.Failed++
			seen[m] = true
			continue
		}
		if repaired {
			report.Done++
		}
	}
	r.before[p] = seen
}

func (r *indexReconciler) resolve(ctx context.Context, unresolved []engine.ExecutionID, report *Report) {
	for _, id := range unresolved {
		n, err := r.s.b.ReconcileDependencies(ctx, id)
		switch {
		case err != nil:
			report.Failed++
			r.s.log.Warn("dependencies not reconciled, trying again", "execution", id, "error", err)
		case n > 0:
			report.Done++
		}
	}
}
