package enginetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["executions"] = map[string]func(*testing.T, Subject){
		"creating makes an execution that waits":               createWaiting,
		"creating with a later time makes one that is delayed": createDelayed,
		"a repeated idempotency key gives the first execution": createDuplicate,
		"a repeated id gives the same execution":               createTwice,
		"a policy that cannot be used is refused":              createBadCapabilities,
		"an unknown execution is described as nothing":         describeUnknown,
		"a claimed execution shows its attempt and lease":      describeClaimed,
		"indexes of attempts of an unknown execution are 0":    indexesUnknown,
		"the next attempt's index is not the current one's":    indexesWhileRetrying,
		"an empty partition has an empty page":                 listEmpty,
		"tags are set, overwritten and read one by one":        tags,
		"tag names outside the rule are refused":               tagNames,
		"ids are listed in pages in the order of their text":   listPages,
		"a page of no ids asks nothing":                        listNone,
		"rows come in the order asked for":                     rows,
		"detail shows everything around an execution":          detail,
	}
}

func createWaiting(t *testing.T, s Subject) {
	id := submit(t, s, "default", func(req *engine.CreateExecution) {
		req.Tags = map[string]string{"b.two": "2", "a.one": "1"}
		req.CreatorIdentity = "someone"
		req.Priority = 9001
	})
	e := describe(t, s, id)
	if e.State.Public != engine.StateWaiting || e.State.Blocking != engine.WaitingForWorker || e.BlockingDetail != "" ||
		e.Attempt != nil || e.Lease != nil || e.Waitpoint != "" || e.FlowID != "" || e.TotalAttempts != 0 || len(e.Malformed) > 0 {
		t.Errorf("execution %+v", e)
	}
	if e.CreatedAt.IsZero() || !e.CreatedAt.Equal(e.LastMutationAt) || e.Namespace != "ns" || e.Kind != "kind" || e.Lane != "default" ||
		e.CreatorIdentity != "someone" || e.Priority != engine.MaxPriority {
		t.Errorf("execution %+v", e)
	}
	if len(e.Tags) != 2 || e.Tags["a.one"] != "1" {
		t.Errorf("tags %v", e.Tags)
	}
	if ns, found, err := s.ExecutionNamespace(Context(t), id); ns != "ns" || !found || err != nil {
		t.Errorf("namespace %q, %v, %v", ns, found, err)
	}
}

func createDelayed(t *testing.T, s Subject) {
	at := serverNow(t, s).Add(time.Hour)
	id := submit(t, s, "default", func(req *engine.CreateExecution) { req.DelayUntil = at })
	e := describe(t, s, id)
	if e.State.Public != engine.StateDelayed || e.State.Blocking != engine.WaitingForDelay ||
		!strings.HasPrefix(e.BlockingDetail, "delayed until ") || e.DelayUntil.UnixMilli() != at.UnixMilli() {
		t.Errorf("execution %+v", e)
	}
	if claimed := tryClaim(t, s, "default"); claimed != nil {
		t.Errorf("claimed %+v", claimed)
	}
}

func createDuplicate(t *testing.T, s Subject) {
	req := engine.CreateExecution{ID: s.Partitions().NewSolo("default"), Namespace: "ns", Lane: "default", IdempotencyKey: "k"}
	first, err := s.CreateExecution(Context(t), req)
	noError(t, err)
	req.ID = s.Partitions().NewSolo("default")
	second, err := s.CreateExecution(Context(t), req)
	noError(t, err)
	if first.Duplicate || !second.Duplicate || second.ID != first.ID {
		t.Errorf("first %+v, second %+v", first, second)
	}
	if e, err := s.DescribeExecution(Context(t), req.ID); e != nil || err != nil {
		t.Errorf("the second was created: %+v, %v", e, err)
	}
}

func createTwice(t *testing.T, s Subject) {
	req := engine.CreateExecution{ID: s.Partitions().NewSolo("default"), Namespace: "ns", Lane: "default", Kind: "first"}
	_, err := s.CreateExecution(Context(t), req)
	noError(t, err)
	req.Kind = "second"
	again, err := s.CreateExecution(Context(t), req)
	noError(t, err)
	if !again.Duplicate || again.ID != req.ID || describe(t, s, req.ID).Kind != "first" {
		t.Errorf("again %+v", again)
	}
}

func createBadCapabilities(t *testing.T, s Subject) {
	req := engine.CreateExecution{ID: s.Partitions().NewSolo("default"), Lane: "default"}
	requiring("a b")(&req)
	_, err := s.CreateExecution(Context(t), req)
	wantError(t, err, engine.CodeInvalidCapabilities)
	req.Policy = nil
	req.Lane = engine.LaneID(strings.Repeat("x", 65))
	_, err = s.CreateExecution(Context(t), req)
	wantError(t, err, engine.ClassValidation)
	req.Lane = "default"
	req.ID = engine.ExecutionID(fmt.Sprintf("{fp:%d}:3b241101-e2bb-4255-8caf-4136c566a962", s.Partitions().Flow))
	_, err = s.CreateExecution(Context(t), req)
	wantError(t, err, engine.ClassValidation)
}

func describeUnknown(t *testing.T, s Subject) {
	id := s.Partitions().NewSolo("default")
	if e, err := s.DescribeExecution(Context(t), id); e != nil || err != nil {
		t.Errorf("described %+v, %v", e, err)
	}
	if d, err := s.ExecutionDetail(Context(t), id); d != nil || err != nil {
		t.Errorf("detail %+v, %v", d, err)
	}
	wantState(t, s, id, "")
	if _, found, err := s.ExecutionNamespace(Context(t), id); found || err != nil {
		t.Errorf("namespace %v, %v", found, err)
	}
}

func describeClaimed(t *testing.T, s Subject) {
	h := working(t, s, "default")
	e := describe(t, s, h.ExecutionID)
	if e.Attempt == nil || e.Attempt.Index != 0 || e.Attempt.ID != h.AttemptID || e.TotalAttempts != 1 {
		t.Errorf("attempt %+v", e.Attempt)
	}
	if l := e.Lease; l == nil || l.Epoch != 1 || l.ID != h.LeaseID || l.WorkerInstance != h.WorkerInstance || l.AttemptIndex != 0 ||
		!l.ExpiresAt.After(l.AcquiredAt) || !l.RenewedAt.Equal(l.AcquiredAt) {
		t.Errorf("lease %+v", e.Lease)
	}
	fields, err := s.ReadCoreFields(Context(t), h.ExecutionID, "public_state", "no_such_field")
	noError(t, err)
	if len(fields) != 1 || fields["public_state"] != "active" {
		t.Errorf("fields %v", fields)
	}
	if fields, err := s.ReadCoreFields(Context(t), h.ExecutionID); len(fields) != 0 || err != nil {
		t.Errorf("no fields asked for: %v, %v", fields, err)
	}
}

func indexesUnknown(t *testing.T, s Subject) {
	id := s.Partitions().NewSolo("default")
	for name, read := range map[string]func() (uint32, error){
		"current": func() (uint32, error) { return s.ReadCurrentAttemptIndex(Context(t), id) },
		"total":   func() (uint32, error) { return s.ReadTotalAttemptCount(Context(t), id) },
	} {
		if n, err := read(); n != 0 || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
	h := working(t, s, "default")
	if n, err := s.ReadTotalAttemptCount(Context(t), h.ExecutionID); n != 1 || err != nil {
		t.Errorf("after a claim: %d, %v", n, err)
	}
}

func indexesWhileRetrying(t *testing.T, s Subject) {
	id := submit(t, s, "default", retrying(3))
	_, err := s.Fail(Context(t), claim(t, s, "default"), engine.Failure{Class: engine.FailureTransient})
	noError(t, err)
	current, err := s.ReadCurrentAttemptIndex(Context(t), id)
	noError(t, err)
	total, err := s.ReadTotalAttemptCount(Context(t), id)
	noError(t, err)
	if current != 0 || total != 1 {
		t.Errorf("current %d, next %d", current, total)
	}
}

func tags(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	if _, found, err := s.ExecutionTag(Context(t), id, "app.a"); found || err != nil {
		t.Errorf("before: %v, %v", found, err)
	}
	for _, tag := range [][2]string{{"app.a", "1"}, {"app.b", "x"}, {"app.a", "2"}, {"app.empty", ""}} {
		noError(t, s.SetExecutionTag(Context(t), id, tag[0], tag[1]))
	}
	for key, want := range map[string]string{"app.a": "2", "app.b": "x", "app.empty": ""} {
		if got, found, err := s.ExecutionTag(Context(t), id, key); got != want || !found || err != nil {
			t.Errorf("%s: %q, %v, %v", key, got, found, err)
		}
	}
	wantError(t, s.SetExecutionTag(Context(t), s.Partitions().NewSolo("default"), "app.a", "1"), engine.CodeExecutionNotFound)
}

func tagNames(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	for _, key := range []string{"", "app", "App.a", "app.", "app.A", "app..a", "1a.b", "a-b.c"} {
		wantError(t, s.SetExecutionTag(Context(t), id, key, "v"), engine.ClassValidation)
		_, _, err := s.ExecutionTag(Context(t), id, key)
		wantError(t, err, engine.ClassValidation)
	}
}

func listPages(t *testing.T, s Subject) {
	p := engine.Partition{Family: engine.FamilyFlow, Index: 1}
	var want []engine.ExecutionID
	for i := range 15 {
		id := engine.ExecutionID(fmt.Sprintf("%s:3b241101-e2bb-4255-8caf-%012d", p.Tag(), i))
		submit(t, s, "default", func(req *engine.CreateExecution) { req.ID = id })
		want = append(want, id)
	}
	var got []engine.ExecutionID
	var after engine.ExecutionID
	for pages := 1; ; pages++ {
		page, err := s.ListExecutions(Context(t), p, after, 5)
		noError(t, err)
		got = append(got, page.Items...)
		if after = page.Next; after == "" {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v", got)
	}
	past, err := s.ListExecutions(Context(t), p, want[14], 5)
	if len(past.Items) > 0 || past.Next != "" || err != nil {
		t.Errorf("past the end: %+v, %v", past, err)
	}
}

func listNone(t *testing.T, s Subject) {
	submit(t, s, "default")
	for p := range s.Partitions().FlowPartitions() {
		page, err := s.ListExecutions(Context(t), p, "", 0)
		if len(page.Items) > 0 || page.Next != "" || err != nil {
			t.Errorf("%s: %+v, %v", p, page, err)
		}
	}
}

func listEmpty(t *testing.T, s Subject) {
	for p := range s.Partitions().FlowPartitions() {
		executions, err := s.ListExecutions(Context(t), p, "", 5)
		noError(t, err)
		flows, err := s.ListFlows(Context(t), p, "", 5)
		noError(t, err)
		if len(executions.Items)+len(flows.Items) > 0 || executions.Next != "" || flows.Next != "" {
			t.Errorf("%s: %+v, %+v", p, executions, flows)
		}
	}
}

func rows(t *testing.T, s Subject) {
	waiting := submit(t, s, "gpu", withPriority(3))
	active := working(t, s, "default")
	noError(t, s.Progress(Context(t), active, 12, "reading"))
	gone := s.Partitions().NewSolo("default")
	got, err := s.ExecutionRows(Context(t), []engine.ExecutionID{active.ExecutionID, gone, waiting})
	noError(t, err)
	if len(got) != 3 || got[0].ID != active.ExecutionID || got[1].ID != gone || got[2].ID != waiting {
		t.Fatalf("rows %+v", got)
	}
	if r := got[0]; r.State != engine.StateActive || r.Worker != "w" || r.WorkerInstance != "w-1" || r.LeaseExpiresAt.IsZero() ||
		r.Progress != 12 || r.ProgressMessage != "reading" || r.TotalAttempts != 1 || len(r.Malformed) > 0 {
		t.Errorf("active %+v", r)
	}
	if !got[1].Missing {
		t.Errorf("gone %+v", got[1])
	}
	if r := got[2]; r.State != engine.StateWaiting || r.Lane != "gpu" || r.Priority != 3 || r.Progress != -1 || r.Worker != "" {
		t.Errorf("waiting %+v", r)
	}
	if none, err := s.ExecutionRows(Context(t), nil); len(none) > 0 || err != nil {
		t.Errorf("no ids: %v, %v", none, err)
	}
}

func detail(t *testing.T, s Subject) {
	h := working(t, s, "default")
	args := waitFor("go")
	outcome := suspend(t, s, h, args)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
	noError(t, s.Complete(Context(t), claim(t, s, "default"), []byte("done")))
	d, err := s.ExecutionDetail(Context(t), h.ExecutionID)
	noError(t, err)
	if string(d.Payload) != "{}" || d.PayloadSize != 2 || string(d.Result) != "done" || string(d.PolicyJSON) != "{}" {
		t.Errorf("payload %q, result %q, policy %q", d.Payload, d.Result, d.PolicyJSON)
	}
	if len(d.Attempts) != 1 || d.Attempts[0].State != "ended_success" || d.Attempts[0].Type != engine.AttemptTypeInitial || d.Attempts[0].LeaseEpoch != 2 {
		t.Errorf("attempts %+v", d.Attempts)
	}
	if d.Suspension == nil || d.Suspension.ID != args.SuspensionID || d.Suspension.Open() {
		t.Errorf("suspension %+v", d.Suspension)
	}
	if len(d.Signals) != 1 || d.Signals[0].Name != "go" {
		t.Errorf("signals %+v", d.Signals)
	}
	var events []string
	for _, e := range d.Leases {
		events = append(events, e.Event)
	}
	if !slices.Equal(events, []string{"acquired", "released", "acquired", "released"}) {
		t.Errorf("lease events %v", events)
	}
	if _, err := s.ExecutionDetail(Context(t), "junk"); !errors.Is(err, engine.ClassValidation) {
		t.Errorf("an id that is none: %v", err)
	}
}
