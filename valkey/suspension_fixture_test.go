package valkey

import (
	"strings"
	"testing"

	"ffboard/engine"
)

func TestFlowFabricsSuspensionsAreRead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		suspended := map[engine.ExecutionID]bool{}
		for _, id := range x.allExecutions() {
			b.sawLane(engine.LaneID(x.core(id, "lane_id")))
			if x.core(id, "lifecycle_phase") == string(engine.PhaseSuspended) {
				suspended[id] = true
			}
		}
		rows, err := b.SuspendedRows(x.ctx, 1000)
		x.must(err)
		composite := 0
		for _, row := range rows.Rows {
			s := row.Suspension
			if !suspended[row.ID] || s == nil || !s.Open() || len(row.Malformed)+len(s.Malformed) > 0 || s.Condition.IsZero() || len(s.Waitpoints) == 0 {
				t.Errorf("%s: %+v", row.ID, s)
				continue
			}
			if s.Condition.Composite() {
				composite++
				if s.Progress.Satisfied {
					t.Errorf("%s waits though its condition holds: %+v", row.ID, s.Progress)
				}
			}
			for _, w := range s.Waitpoints {
				if w.State != "active" || w.TokenKid == "" || len(w.TokenFingerprint) != 16 || len(w.Malformed) > 0 || !w.ConditionOpen {
					t.Errorf("%s: waitpoint %+v", row.ID, w)
				}
			}
			page, err := b.ListPendingWaitpoints(x.ctx, row.ID, "", 100)
			if err != nil || len(page.Items) < len(s.Waitpoints) {
				t.Errorf("%s: %d pending waitpoints of %d, %v", row.ID, len(page.Items), len(s.Waitpoints), err)
			}
		}
		if len(rows.Rows) != len(suspended) || rows.Total != len(suspended) || len(suspended) < 10 || composite < 2 {
			t.Errorf("%d rows of %d, %d composite; %d are suspended", len(rows.Rows), rows.Total, composite, len(suspended))
		}
		x.listsAllSuspended(suspended)
	})
}

// listsAllSuspended pages through every partition, two at a time.
func (x bench) listsAllSuspended(want map[engine.ExecutionID]bool) {
	x.Helper()
	listed := 0
	for p := range x.Partitions().FlowPartitions() {
		for after := engine.SuspendedCursor(""); ; {
			page, err := x.ListSuspended(x.ctx, p, after, 2)
			x.must(err)
			for _, entry := range page.Items {
				listed++
				if !want[entry.Execution] || entry.Reason == "" || entry.SuspendedAt.IsZero() || len(entry.Malformed) > 0 {
					x.Errorf("entry %+v", entry)
				}
			}
			if after = page.Next; after == "" {
				break
			}
		}
	}
	if listed != len(want) {
		x.Errorf("listed %d of %d", listed, len(want))
	}
}

func TestFlowFabricsSignalsAreObserved(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		observed, delivered := 0, 0
		for _, id := range x.allExecutions() {
			s, err := b.readSuspension(x.ctx, id)
			x.must(err)
			if s == nil {
				continue
			}
			if len(s.Malformed) > 0 {
				t.Errorf("%s: %+v", id, s.Malformed)
			}
			signals, err := b.ObserveSignals(x.ctx, engine.Handle{ExecutionID: id, AttemptIndex: s.AttemptIndex})
			x.must(err)
			for _, signal := range signals {
				observed++
				if signal.Name == "" && signal.Category == "" || signal.AcceptedAt.IsZero() || len(signal.Malformed) > 0 {
					t.Errorf("%s: %+v", id, signal)
				}
			}
			if s.CloseReason == "resumed" && len(signals) > 0 {
				delivered++
			}
		}
		if observed < 5 || delivered < 5 {
			t.Errorf("only %d signals of %d waits", observed, delivered)
		}
	})
}

func TestFlowFabricsSigningKeysAreListedWithoutTheirSecrets(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		for p := range b.Partitions().FlowPartitions() {
			kids, err := b.ListSecretKids(x.ctx, p)
			x.must(err)
			if len(kids) == 0 || !kids[0].Current || strings.Contains(kids[0].Kid, strings.Repeat("0", 32)) {
				t.Errorf("%s: %+v", p, kids)
			}
		}
	})
}
