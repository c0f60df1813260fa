package enginetest

import (
	"slices"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["suspended listings"] = map[string]func(*testing.T, Subject){
		"the suspended listing orders by timeout, gives reasons, pages":   listSuspended,
		"the suspended listing goes on after its cursor was resumed":      listSuspendedVanished,
		"the board's suspended rows tell what each waits for":             suspendedRows,
		"an empty deployment has no suspended rows":                       suspendedRowsEmpty,
		"the waits of two lanes of one partition are listed in one order": listSuspendedLanes,
	}
}

// suspendedAt suspends an execution of a lane with a timeout so far away; 0 for none.
func suspendedAt(t *testing.T, s Subject, lane engine.LaneID, timeout time.Duration) engine.Handle {
	t.Helper()
	h, args := working(t, s, lane), waitFor("go")
	args.Reason = engine.ReasonWaitingForApproval
	if timeout > 0 {
		args.TimeoutAt = time.Now().Add(timeout)
	}
	suspend(t, s, h, args)
	return h
}

func listAllSuspended(t *testing.T, s Subject, p engine.Partition, limit int) (ids []engine.ExecutionID, pages []int) {
	t.Helper()
	var after engine.SuspendedCursor
	for {
		page, err := s.ListSuspended(Context(t), p, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, len(page.Items))
		for _, entry := range page.Items {
			ids = append(ids, entry.Execution)
			if entry.Reason != engine.ReasonWaitingForApproval || entry.SuspendedAt.IsZero() {
				t.Fatalf("entry %+v", entry)
			}
		}
		if page.Next == "" {
			return ids, pages
		}
		after = page.Next
	}
}

func listSuspended(t *testing.T, s Subject) {
	last, first, second := suspendedAt(t, s, "default", 0), suspendedAt(t, s, "default", time.Hour), suspendedAt(t, s, "default", 2*time.Hour)
	home := last.ExecutionID.Partition()
	ids, pages := listAllSuspended(t, s, home, 2)
	want := []engine.ExecutionID{first.ExecutionID, second.ExecutionID, last.ExecutionID}
	if !slices.Equal(ids, want) || !slices.Equal(pages, []int{2, 1}) {
		t.Fatalf("%v in pages of %v, want %v", ids, pages, want)
	}
	page, err := s.ListSuspended(Context(t), home, "", 0)
	if err != nil || len(page.Items) != 0 || page.Next != "" {
		t.Fatalf("limit 0 gave %+v, %v", page, err)
	}
	entries, err := s.ListSuspended(Context(t), home, "", 10)
	if err != nil || !entries.Items[2].TimeoutAt.IsZero() || entries.Items[0].TimeoutAt.IsZero() {
		t.Fatalf("timeouts of %+v, %v", entries, err)
	}
	_, err = s.ListSuspended(Context(t), home, "not a cursor", 10)
	wantError(t, err, engine.CodeInvalidInput)
}

func listSuspendedVanished(t *testing.T, s Subject) {
	var all []engine.ExecutionID
	for range 5 {
		all = append(all, suspendedAt(t, s, "default", 0).ExecutionID)
	}
	home := all[0].Partition()
	page, err := s.ListSuspended(Context(t), home, "", 2)
	if err != nil || len(page.Items) != 2 {
		t.Fatalf("%+v, %v", page, err)
	}
	for _, entry := range page.Items {
		if _, err := s.ResumeExecution(Context(t), entry.Execution, "operator", 0); err != nil {
			t.Fatal(err)
		}
	}
	rest, err := s.ListSuspended(Context(t), home, page.Next, 10)
	if err != nil || len(rest.Items) != 3 {
		t.Fatalf("after two of five were resumed: %+v, %v", rest, err)
	}
}

func listSuspendedLanes(t *testing.T, s Subject) {
	byPartition := map[engine.Partition][]engine.ExecutionID{}
	for i, lane := range []engine.LaneID{"gpu", "default", "gpu", "default"} {
		id := suspendedAt(t, s, lane, time.Duration(i+1)*time.Hour).ExecutionID
		byPartition[id.Partition()] = append(byPartition[id.Partition()], id)
	}
	for home, want := range byPartition {
		if ids, _ := listAllSuspended(t, s, home, 10); !slices.Equal(ids, want) {
			t.Fatalf("%s: %v, want %v", home, ids, want)
		}
	}
}

// suspendedOf finds an execution among the board's suspended rows.
func suspendedOf(t *testing.T, s Subject, id engine.ExecutionID) engine.SuspendedRow {
	t.Helper()
	rows, err := s.SuspendedRows(Context(t), 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows.Rows {
		if row.ID == id {
			return row
		}
	}
	t.Fatalf("%s is not among %d suspended rows", id, len(rows.Rows))
	return engine.SuspendedRow{}
}

func suspendedRows(t *testing.T, s Subject) {
	simple := suspendedAt(t, s, "default", 0)
	gate := working(t, s, "gpu")
	outcome := suspend(t, s, gate, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.AllOf(
			engine.Count(2, engine.DistinctSources, engine.ByName("approve"), keys[0]),
			engine.Single(keys[1], engine.ByName("built")))
	}, 2))
	deliver(t, s, signalTo(gate, outcome.Waitpoints[0], "approve"), engine.EffectAppended)

	rows, err := s.SuspendedRows(Context(t), 1)
	if err != nil || len(rows.Rows) != 1 || rows.Total != 2 {
		t.Fatalf("one of two: %d rows of %d, %v", len(rows.Rows), rows.Total, err)
	}
	if row := suspendedOf(t, s, simple.ExecutionID); row.Waits != "go" || row.State != engine.StateSuspended || !row.Suspension.Open() {
		t.Fatalf("simple wait: %+v", row)
	}
	row := suspendedOf(t, s, gate.ExecutionID)
	if row.Waits != "approve, built" || len(row.Suspension.Waitpoints) != 2 || len(row.Malformed) != 0 || len(row.Suspension.Malformed) != 0 {
		t.Fatalf("composite wait: %+v, %+v", row, row.Suspension)
	}
	count := row.Suspension.Progress.Members[0]
	if count.Done != 1 || count.Needed != 2 || row.Suspension.Progress.Satisfied {
		t.Fatalf("progress %+v", row.Suspension.Progress)
	}
	primary := row.Suspension.Waitpoints[0]
	if primary.ID != outcome.Waitpoints[0].ID || primary.State != "active" || primary.SignalCount != 1 || !primary.ConditionOpen ||
		primary.TokenFingerprint != outcome.Waitpoints[0].Token.Fingerprint() {
		t.Fatalf("waitpoint %+v", primary)
	}
}

func suspendedRowsEmpty(t *testing.T, s Subject) {
	rows, err := s.SuspendedRows(Context(t), 10)
	if err != nil || len(rows.Rows) != 0 || rows.Total != 0 {
		t.Fatalf("%+v, %v", rows, err)
	}
}
