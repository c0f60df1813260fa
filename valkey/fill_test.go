package valkey

import (
	"errors"
	"testing"

	"ffboard/engine"
)

func testFill() Fill {
	return Fill{Executions: 2000, Flows: 200, Partitions: testPartitions, Lanes: testBoot().Lanes, Seed: 7}
}

func TestAFilledDeploymentIsConsistent(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flush(t, b)
		plan := testFill()
		filled, err := b.Fill(x.ctx, plan)
		x.must(err)
		if filled.Executions != plan.Executions || filled.Flows != plan.Flows {
			t.Fatalf("filled %+v", filled)
		}
		checked := 0
		for p := range b.Partitions().FlowPartitions() {
			report, err := b.CheckIndexes(x.ctx, p)
			x.must(err)
			checked += report.Checked
			if len(report.Mismatches) > 0 || len(report.Unresolved) > 0 {
				t.Errorf("partition %s: %+v", p, report)
			}
		}
		if checked != plan.Executions {
			t.Errorf("%d executions are known, want %d", checked, plan.Executions)
		}
	})
}

func TestAFilledDeploymentHoldsEveryState(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flush(t, b)
		filled, err := b.Fill(x.ctx, testFill())
		x.must(err)
		for _, state := range engine.PublicStates() {
			if state != engine.StateResumable && filled.ByState[state] == 0 {
				t.Errorf("nothing is %s", state)
			}
		}
		rows, err := b.SuspendedRows(x.ctx, 500)
		x.must(err)
		for _, row := range rows.Rows {
			if len(row.Malformed) > 0 || row.Suspension == nil || len(row.Suspension.Malformed) > 0 || !row.Suspension.Open() {
				t.Fatalf("suspended %+v", row)
			}
		}
		for p := range b.Partitions().FlowPartitions() {
			ids, err := b.ListExecutions(x.ctx, p, "", 60)
			x.must(err)
			for _, id := range ids.Items {
				detail, err := b.ExecutionDetail(x.ctx, id)
				x.must(err)
				if len(detail.Execution.Malformed) > 0 || len(detail.Attempts) != detail.Execution.TotalAttempts {
					t.Fatalf("execution %+v", detail)
				}
			}
		}
	})
}

func TestASignalResumesWhatAFillSuspended(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flush(t, b)
		_, err := b.Fill(x.ctx, testFill())
		x.must(err)
		rows, err := b.SuspendedRows(x.ctx, 500)
		x.must(err)
		for _, row := range rows.Rows {
			if row.Waits != "approved" || len(row.Suspension.Waitpoints) != 1 {
				continue
			}
			token, err := b.ReadWaitpointToken(x.ctx, row.ID, row.Suspension.Waitpoints[0].ID)
			x.must(err)
			_, err = b.DeliverSignal(x.ctx, engine.Signal{Execution: row.ID, Waitpoint: row.Suspension.Waitpoints[0].ID,
				Name: "approved", Token: token})
			x.must(err)
			state, err := b.ReadExecutionState(x.ctx, row.ID)
			x.must(err)
			if state != engine.StateWaiting {
				t.Errorf("state %s", state)
			}
			return
		}
		t.Fatal("nothing waits for approval")
	})
}

func TestAFillNeedsAnEmptyServer(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		plan := testFill()
		if _, err := b.Fill(x.ctx, plan); !errors.Is(err, ErrOccupied) {
			t.Fatalf("error %v", err)
		}
		plan.AddTo, plan.Executions, plan.Flows = true, 10, 1
		if _, err := b.Fill(x.ctx, plan); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAFillOfAnyShapeWritesAsManyAsAsked(t *testing.T) {
	for _, size := range []Fill{{Executions: 1}, {Executions: 9, Flows: 8}, {Executions: 1000, Flows: 17}, {Executions: 1000, Flows: 900}} {
		s := &fillScene{fill: size}
		if got := s.membersBefore(size.Flows); got > size.inFlows() || size.Flows > 0 && got < size.Flows {
			t.Errorf("%d flows of %d executions take %d", size.Flows, size.Executions, got)
		}
		for i := range size.Flows {
			if s.membersBefore(i+1) <= s.membersBefore(i) {
				t.Errorf("flow %d of %+v has no member", i, size)
			}
		}
	}
}
