package enginetest

import (
	"fmt"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["lanes"] = map[string]func(*testing.T, Subject){
		"registered lanes are listed by page":                      listLanes,
		"depths count every index of every lane":                   depths,
		"depths count what nobody has handled in time":             depthsOverdue,
		"a lane's executions are listed in the order of the index": laneExecutions,
		"what ended last is listed first":                          laneExecutionsTerminal,
		"streams are listed with the latest frame first":           streamRows,
		"a share of the work has one holder":                       holdShare,
		"the server answers and has a clock":                       serverAnswers,
	}
}

func listLanes(t *testing.T, s Subject) {
	for _, step := range []struct {
		after engine.LaneID
		limit int
		want  string
		next  engine.LaneID
	}{
		{"", 0, "[]", ""}, {"", 1, "[default]", "default"}, {"default", 1, "[gpu]", ""}, {"", 2, "[default gpu]", ""}, {"gpu", 5, "[]", ""},
	} {
		page, err := s.ListLanes(Context(t), step.after, step.limit)
		noError(t, err)
		if fmt.Sprint(page.Items) != step.want || page.Next != step.next {
			t.Errorf("after %q, limit %d: %v, next %q", step.after, step.limit, page.Items, page.Next)
		}
	}
}

// countDepths repeats until all partitions were counted.
func countDepths(t *testing.T, s Subject) engine.Depths {
	t.Helper()
	for {
		d, err := s.Depths(Context(t))
		noError(t, err)
		if d.Covered == d.Of {
			return d
		}
	}
}

func depths(t *testing.T, s Subject) {
	h := working(t, s, "default")
	suspended := working(t, s, "gpu")
	suspend(t, s, suspended, waitFor("go"))
	submit(t, s, "default")
	blocked := submit(t, s, "default")
	block(t, s, blocked, engine.WaitingForBudget)
	submit(t, s, "unregistered")
	if claimed := tryClaim(t, s, "unregistered"); claimed == nil {
		t.Fatal("nothing to claim")
	}
	_, err := s.LaneExecutions(Context(t), "unregistered", engine.IndexActive, 1)
	noError(t, err)

	d := countDepths(t, s)
	if d.At.IsZero() || d.Of != int(s.Partitions().Flow) {
		t.Errorf("depths %+v", d)
	}
	want := map[engine.LaneID]map[engine.LaneIndex]int{
		"default":      {engine.IndexActive: 1, engine.IndexEligible: 1, engine.IndexBlockedBudget: 1},
		"gpu":          {engine.IndexSuspended: 1},
		"unregistered": {engine.IndexActive: 1},
	}
	for _, lane := range d.Lanes {
		for _, idx := range engine.LaneIndexes() {
			if got := lane.ByIndex[idx]; got != want[lane.Lane][idx] {
				t.Errorf("%s %s: %d, want %d", lane.Lane, idx, got, want[lane.Lane][idx])
			}
		}
		delete(want, lane.Lane)
	}
	if len(want) > 0 {
		t.Errorf("missing %v", want)
	}

	noError(t, s.Complete(Context(t), h, nil))
	for _, lane := range countDepths(t, s).Lanes {
		if lane.Lane == "default" && (lane.ByIndex[engine.IndexTerminal] != 1 || lane.ByIndex[engine.IndexActive] != 0) {
			t.Errorf("after the end: %+v", lane.ByIndex)
		}
	}
}

func depthsOverdue(t *testing.T, s Subject) {
	submit(t, s, "default", func(req *engine.CreateExecution) { req.Deadline = time.Now().Add(-time.Minute) })
	submit(t, s, "default", func(req *engine.CreateExecution) { req.DelayUntil = time.Now().Add(time.Hour) })
	d := countDepths(t, s)
	if d.Overdue[engine.DueDeadline] != 1 || d.Overdue[engine.DueDelayed] != 0 || d.Overdue[engine.DueLeaseExpiry] != 0 {
		t.Errorf("overdue %v", d.Overdue)
	}
}

func laneExecutions(t *testing.T, s Subject) {
	var want []engine.ExecutionID
	for i := range 20 {
		partition := engine.Partition{Family: engine.FamilyFlow, Index: uint16(i) % s.Partitions().Flow}
		id := submit(t, s, "default", withPriority(20-i), func(req *engine.CreateExecution) {
			req.ID = engine.ExecutionID(partition.Tag() + ":" + s.Partitions().NewSolo("default").UUID())
		})
		want = append(want, id)
	}
	for _, limit := range []int{0, 1, 7, 20, 100} {
		rows, err := s.LaneExecutions(Context(t), "default", engine.IndexEligible, limit)
		noError(t, err)
		if len(rows) != min(limit, len(want)) {
			t.Fatalf("limit %d gave %d rows", limit, len(rows))
		}
		for i, row := range rows {
			if row.ID != want[i] || row.Priority != 20-i || row.State != engine.StateWaiting {
				t.Errorf("limit %d, row %d: %+v", limit, i, row)
			}
		}
	}
}

func laneExecutionsTerminal(t *testing.T, s Subject) {
	var ended []engine.ExecutionID
	for range 3 {
		h := working(t, s, "default")
		noError(t, s.Complete(Context(t), h, nil))
		ended = append(ended, h.ExecutionID)
		done := time.Now()
		Eventually(t, "the next millisecond", func() bool { return time.Since(done) > 2*time.Millisecond })
	}
	rows, err := s.LaneExecutions(Context(t), "default", engine.IndexTerminal, 2)
	noError(t, err)
	if len(rows) != 2 || rows[0].ID != ended[2] || rows[1].ID != ended[1] {
		t.Errorf("rows %+v", rows)
	}
}

func streamRows(t *testing.T, s Subject) {
	silent, first, second, over := working(t, s, "default"), working(t, s, "default"), working(t, s, "gpu"), working(t, s, "default")
	appendFrame(t, s, over, frame("x"))
	noError(t, s.Complete(Context(t), over, nil))
	appendFrame(t, s, first, frame("x"))
	appended := time.Now()
	Eventually(t, "the next millisecond", func() bool { return time.Since(appended) > 2*time.Millisecond })
	appendFrame(t, s, second, frame("x"))

	rows, err := s.StreamRows(Context(t), nil, 10)
	noError(t, err)
	if len(rows) != 2 || rows[0].Execution != second.ExecutionID || rows[1].Execution != first.ExecutionID || rows[0].Row.Lane != "gpu" {
		t.Fatalf("rows %+v", rows)
	}
	watch := []engine.StreamRef{{Execution: over.ExecutionID}, {Execution: silent.ExecutionID}, {Execution: first.ExecutionID}}
	rows, err = s.StreamRows(Context(t), watch, 10)
	noError(t, err)
	if len(rows) != 3 || rows[2].Execution != over.ExecutionID || rows[2].ClosedAt.IsZero() {
		t.Errorf("rows %+v", rows)
	}
	rows, err = s.StreamRows(Context(t), watch, 1)
	noError(t, err)
	if len(rows) != 1 || rows[0].Execution != second.ExecutionID {
		t.Errorf("rows %+v", rows)
	}
}

func holdShare(t *testing.T, s Subject) {
	for _, step := range []struct {
		engine string
		held   bool
	}{{"a", true}, {"a", true}, {"b", false}, {"a", true}} {
		held, holder, err := s.HoldShare(Context(t), "lease_expiry", step.engine, time.Minute)
		noError(t, err)
		if held != step.held || holder != "a" {
			t.Errorf("%s: held %v by %q", step.engine, held, holder)
		}
	}
	held, _, err := s.HoldShare(Context(t), "other", "b", time.Millisecond)
	noError(t, err)
	if !held {
		t.Error("another share was not free")
	}
	for _, ttl := range []time.Duration{time.Minute, time.Millisecond} { // it may be kept for less time than it had
		held, _, err := s.HoldShare(Context(t), "other", "b", ttl)
		noError(t, err)
		if !held {
			t.Errorf("not kept for %v", ttl)
		}
	}
	Eventually(t, "the share lapses", func() bool {
		held, _, err := s.HoldShare(Context(t), "other", "a", time.Minute)
		noError(t, err)
		return held
	})
	for _, step := range []struct {
		engine string
		ttl    time.Duration
		held   bool
	}{{"b", 0, false}, {"b", time.Minute, false}, {"a", 0, false}, {"a", 0, false}, {"b", time.Minute, true}} {
		held, _, err := s.HoldShare(Context(t), "other", step.engine, step.ttl) // only its holder lets go of it
		noError(t, err)
		if held != step.held {
			t.Errorf("%s for %v: held %v", step.engine, step.ttl, held)
		}
	}
}

func serverAnswers(t *testing.T, s Subject) {
	noError(t, s.Ping(Context(t)))
	now, err := s.ServerTime(Context(t))
	noError(t, err)
	if off := time.Since(now).Abs(); off > time.Minute {
		t.Errorf("the server's clock is off by %s", off)
	}
}
