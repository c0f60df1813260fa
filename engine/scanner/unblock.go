package scanner

import (
	"context"
	"time"

	"ffboard/engine"
)

const (
	unblockPerPass = 5000
	// factsValid is how long what an execution asks for is remembered: hardly anything changes it.
	factsValid = time.Minute
)

// unblockReasons are the indexes of executions that wait for admission, with the reason that a member has.
var unblockReasons = map[engine.IndexName]engine.BlockingReason{
	engine.IndexName(engine.IndexBlockedBudget): engine.WaitingForBudget,
	engine.IndexName(engine.IndexBlockedQuota):  engine.WaitingForQuota,
	engine.IndexName(engine.IndexBlockedRoute):  engine.WaitingForCapableWorker,
}

// unblock makes executions eligible again whose budget, quota or missing worker no longer stands in their way (spec 05 §4.12).
type unblock struct {
	s      *scope
	patrol *patrol
	facts  map[engine.ExecutionID]knownFacts
}

type knownFacts struct {
	engine.AdmissionFacts
	readAt time.Time
}

func newUnblock(s *scope) scanner {
	return &unblock{s: s, patrol: newPatrol(s, Unblock), facts: map[engine.ExecutionID]knownFacts{}}
}

func (u *unblock) runOnce(ctx context.Context) (Report, error) {
	now, err := u.s.clock.Now(ctx)
	if err != nil {
		return Report{}, err
	}
	refs, err := u.s.laneRefs(ctx, engine.IndexBlockedBudget, engine.IndexBlockedQuota, engine.IndexBlockedRoute)
	if err != nil {
		return Report{}, err
	}
	ripe, err := u.patrol.ripe(ctx, refs, now)
	if err != nil {
		return Report{}, err
	}
	u.forgetFacts(now)
	gates := newGates(u.s, now)
	budget := unblockPerPass
	var report Report
	for _, ref := range ripe {
		err := u.patrol.walk(ctx, ref, now, &budget, func(offset, limit int) (listed, left int, err error) {
			return u.release(ctx, ref, gates, offset, limit, &report)
		})
		if err != nil {
			u.patrol.unreadable(ref, err, &report)
			u.patrol.busy(ref, now)
		}
	}
	return report, nil
}

// release looks at one run of an index's members.
func (u *unblock) release(ctx context.Context, ref engine.IndexRef, gates *gates, offset, limit int, report *Report) (
	listed, left int, err error) {

	members, err := u.s.b.IndexMembers(ctx, ref, offset, limit)
	if err != nil {
		return 0, 0, err
	}
	ids, dropped, err := u.executions(ctx, ref, members)
	if err != nil {
		return 0, 0, err
	}
	facts, err := u.factsOf(ctx, ids, gates.now)
	if err != nil {
		return 0, 0, err
	}
	reason := unblockReasons[ref.Name]
	var free []engine.ExecutionID
	for _, f := range facts {
		if !f.Exists || gates.open(ctx, reason, f) {
			free = append(free, f.Execution)
		}
	}
	var page Report
	each(ctx, free, &page, func(id engine.ExecutionID) (bool, error) {
		err := u.s.b.UnblockExecution(ctx, ref.Lane, id, reason, gates.now)
		if err != nil {
			u.s.log.Warn("execution not unblocked", "execution", id, "reason", reason, "error", err)
		}
		return err == nil, err
	})
	page.Examined = len(members)
	report.add(page)
	return len(members), len(members) - page.Done - dropped, nil
}

// executions keeps the members that are ids and takes the others out: they can belong to nothing.
func (u *unblock) executions(ctx context.Context, ref engine.IndexRef, members []string) (ids []engine.ExecutionID, dropped int, err error) {
	for _, member := range members {
		id, parseErr := engine.ParseExecutionID(member)
		if parseErr == nil {
			ids = append(ids, id)
			continue
		}
		u.s.log.Warn("index entry is no id, taking it out", "index", ref.Name, "partition", ref.Partition.Tag(), "entry", member)
		removed, err := u.s.b.RepairIndex(ctx, engine.IndexMismatch{
			Partition: ref.Partition, Execution: engine.ExecutionID(member), Lane: ref.Lane, Index: engine.LaneIndex(ref.Name),
			Problem: engine.IndexGone,
		})
		if err != nil {
			return nil, 0, err
		}
		if removed {
			dropped++
		}
	}
	return ids, dropped, nil
}

// factsOf reads what the executions ask for, unless it is known.
func (u *unblock) factsOf(ctx context.Context, ids []engine.ExecutionID, now time.Time) ([]engine.AdmissionFacts, error) {
	var unknown []engine.ExecutionID
	for _, id := range ids {
		if _, known := u.facts[id]; !known {
			unknown = append(unknown, id)
		}
	}
	if len(unknown) > 0 {
		read, err := u.s.b.ReadAdmission(ctx, unknown)
		if err != nil {
			return nil, err
		}
		for _, f := range read {
			u.facts[f.Execution] = knownFacts{f, now}
		}
	}
	facts := make([]engine.AdmissionFacts, len(ids))
	for i, id := range ids {
		facts[i] = u.facts[id].AdmissionFacts
	}
	return facts, nil
}

func (u *unblock) forgetFacts(now time.Time) {
	for id, f := range u.facts {
		if now.Sub(f.readAt) >= factsValid {
			delete(u.facts, id)
		}
	}
}
