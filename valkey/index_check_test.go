package valkey

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ffboard/engine"
)

// check reports on the partition of an execution.
func (x bench) check(id engine.ExecutionID) engine.IndexReport {
	x.Helper()
	report, err := x.CheckIndexes(x.ctx, id.Partition())
	x.must(err)
	return report
}

// onlyMismatch fails unless the report has this one and no other.
func (x bench) onlyMismatch(id engine.ExecutionID, idx engine.LaneIndex, problem engine.IndexProblem) engine.IndexMismatch {
	x.Helper()
	want := engine.IndexMismatch{Partition: id.Partition(), Execution: id, Lane: "default", Index: idx, Problem: problem}
	if got := x.check(id).Mismatches; len(got) != 1 || got[0] != want {
		x.Fatalf("mismatches %+v, want %+v", got, want)
	}
	return want
}

func (x bench) repair(m engine.IndexMismatch, want bool) {
	x.Helper()
	repaired, err := x.RepairIndex(x.ctx, m)
	x.must(err)
	if repaired != want {
		x.Errorf("repaired %v, want %v", repaired, want)
	}
}

func TestASoundDeploymentHasNoMismatches(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.submit(func(req *engine.CreateExecution) { req.DelayUntil = x.now().Add(time.Hour) })
		x.claim(x.submit())
		x.end()
		expired, revoked := x.submit(), x.submit()
		x.claim(expired)
		x.expireLease(expired)
		x.claim(revoked)
		_, err := b.RevokeLease(x.ctx, revoked, "", "")
		x.must(err)
		x.must(b.WaitChildren(x.ctx, x.claim(x.submit())))
		report := x.check(id)
		if len(report.Mismatches) > 0 || len(report.Unresolved) > 0 || report.Checked != 7 {
			t.Errorf("report %+v", report)
		}
	})
}

func TestQ189LostEntriesAreRestoredWithTheirScore(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name  string
			index engine.LaneIndex
			make  func(x bench) engine.ExecutionID
		}{
			{"eligible", engine.IndexEligible, func(x bench) engine.ExecutionID {
				return x.submit(func(req *engine.CreateExecution) { req.Priority = 7 })
			}},
			{"delayed", engine.IndexDelayed, func(x bench) engine.ExecutionID {
				return x.submit(func(req *engine.CreateExecution) { req.DelayUntil = x.now().Add(time.Hour) })
			}},
			{"active", engine.IndexActive, func(x bench) engine.ExecutionID {
				id := x.submit()
				x.claim(id)
				return id
			}},
			{"terminal", engine.IndexTerminal, func(x bench) engine.ExecutionID { return x.end() }},
			{"waiting for children", engine.IndexBlockedDependencies, func(x bench) engine.ExecutionID {
				id := x.submit()
				x.must(x.WaitChildren(x.ctx, x.claim(id)))
				return id
			}},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				x.must(b.rdb.FlushAll(x.ctx).Err())
				x.must(b.Serve(x.ctx, testBoot()))
				id := test.make(x)
				key := keysOf(id).partition().lane("default", test.index)
				score := x.scored(key, id)
				x.must(b.rdb.ZRem(x.ctx, key, string(id)).Err())
				m := x.onlyMismatch(id, test.index, engine.IndexLacks)
				x.repair(m, true)
				if got := x.scored(key, id); got != score {
					t.Errorf("score %s, want %s", got, score)
				}
				if test.index != engine.IndexEligible { // setting the priority again does no harm and says so
					x.repair(m, false)
				}
			})
		}
	})
}

func TestQ189ADueDelayIsPromotedInstead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit(func(req *engine.CreateExecution) { req.DelayUntil = x.now().Add(time.Hour) })
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "delay_until", x.now().Add(-time.Second).UnixMilli()).Err())
		x.must(b.rdb.ZRem(x.ctx, keysOf(id).partition().lane("default", engine.IndexDelayed), string(id)).Err())
		x.repair(x.onlyMismatch(id, engine.IndexDelayed, engine.IndexLacks), true)
		x.onlyIn(id, engine.IndexEligible)
	})
}

func TestQ092StraysOfATerminalExecutionAreRemoved(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.claim(id)
		// As FlowFabric's library leaves an active child whose upstream failed.
		k, part := keysOf(id), keysOf(id).partition()
		x.must(b.rdb.HSet(x.ctx, k.core(), "lifecycle_phase", "terminal", "ownership_state", "unowned", "terminal_outcome", "skipped").Err())
		x.must(b.rdb.ZAdd(x.ctx, part.lane("default", engine.IndexTerminal), zAt(x.now(), id)).Err())
		x.repair(x.onlyMismatch(id, engine.IndexActive, engine.IndexStray), true)
		x.onlyIn(id, engine.IndexTerminal)
		if x.scored(part.leaseExpiry(), id) != "" || x.heldBy(id, testInstance) {
			t.Error("the lease is still in lease_expiry or in the worker's set")
		}
	})
}

func TestEntriesWithoutARecordAreRemoved(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		p := engine.Partition{Family: engine.FamilyFlow, Index: 2}
		part := partitionKeys(p)
		gone := engine.ExecutionID("{fp:2}:3b241101-e2bb-4255-8caf-4136c566a962")
		elsewhere := engine.ExecutionID("{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962")
		x.submit(func(req *engine.CreateExecution) { req.ID = elsewhere })
		for _, member := range []string{string(gone), string(elsewhere), "junk"} {
			x.must(b.rdb.SAdd(x.ctx, part.allExecutions(), member).Err())
			x.must(b.rdb.ZAdd(x.ctx, part.lane("default", engine.IndexEligible), zAt(x.now(), engine.ExecutionID(member))).Err())
		}
		report, err := b.CheckIndexes(x.ctx, p)
		x.must(err)
		if len(report.Mismatches) != 6 {
			t.Fatalf("mismatches %+v", report.Mismatches)
		}
		for _, m := range report.Mismatches {
			if m.Problem != engine.IndexGone {
				t.Errorf("%+v, want gone", m)
			}
			x.repair(m, true)
		}
		if x.exists(part.allExecutions()) || x.exists(part.lane("default", engine.IndexEligible)) {
			t.Error("some entries are left")
		}
		x.onlyIn(elsewhere, engine.IndexEligible)
	})
}

func TestAMismatchThatIsOverIsNotRepaired(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.claim(id)
		for _, m := range []engine.IndexMismatch{
			{Index: engine.IndexEligible, Problem: engine.IndexLacks},
			{Index: engine.IndexTerminal, Problem: engine.IndexLacks},
			{Index: engine.IndexActive, Problem: engine.IndexStray},
			{Index: engine.IndexActive, Problem: engine.IndexGone},
		} {
			m.Partition, m.Execution, m.Lane = id.Partition(), id, "default"
			t.Run(fmt.Sprint(m.Problem, m.Index), func(t *testing.T) { x.repair(m, false) })
		}
		x.onlyIn(id, engine.IndexActive)
	})
}

func TestQ191OpenDependenciesOfARunningChildAreReported(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		running, blocked := x.submit(), x.submit()
		h := x.claim(blocked)
		x.claim(running)
		x.must(b.WaitChildren(x.ctx, h))
		for _, id := range []engine.ExecutionID{running, blocked} {
			x.must(b.rdb.SAdd(x.ctx, keysOf(id).depsUnresolved(), "e").Err())
		}
		if got := x.check(running).Unresolved; !slices.Equal(got, []engine.ExecutionID{running}) {
			t.Errorf("unresolved %v, want the running one alone", got)
		}
	})
}
