package enginetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["waitpoints"] = map[string]func(*testing.T, Subject){
		"the token of an open waitpoint is given to its execution alone": readToken,
		"pending waitpoints are listed with a fingerprint and no token":  listWaitpoints,
		"closed waitpoints hide no open one":                             listWaitpointsClosed,
		"a waitpoint whose time is up is closed":                         closeWaitpoint,
		"a waitpoint in use is not closed by the expiry of its creation": closeActiveWaitpoint,
	}
}

// pending creates a waitpoint ahead of its suspension.
func pending(t *testing.T, s Subject, h engine.Handle, key string) engine.IssuedWaitpoint {
	t.Helper()
	waitpoint, err := s.CreateWaitpoint(Context(t), h, key, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return waitpoint
}

func usePending(waitpoint engine.IssuedWaitpoint, condition engine.ResumeCondition) engine.SuspendArgs {
	return engine.SuspendArgs{
		Waitpoints: []engine.WaitpointBinding{{ID: waitpoint.ID, UsePending: true}},
		Condition:  condition,
		Reason:     engine.ReasonWaitingForSignal,
	}
}

func readToken(t *testing.T, s Subject) {
	h, other := working(t, s, "default"), working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	waitpoint := outcome.Waitpoints[0]
	token := func(id engine.ExecutionID, waitpoint engine.WaitpointID) engine.WaitpointToken {
		token, err := s.ReadWaitpointToken(Context(t), id, waitpoint)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if token(h.ExecutionID, waitpoint.ID) != waitpoint.Token {
		t.Fatal("the token read is not the one handed out")
	}
	if token(other.ExecutionID, waitpoint.ID) != "" || token(h.ExecutionID, engine.NewWaitpointID()) != "" {
		t.Fatal("a token for another execution, or for no waitpoint")
	}
	deliver(t, s, signalTo(h, waitpoint, "go"), engine.EffectResumed)
	if token(h.ExecutionID, waitpoint.ID) != "" {
		t.Fatal("the token of a closed waitpoint")
	}
}

func listed(t *testing.T, s Subject, id engine.ExecutionID, after engine.WaitpointID, limit int) engine.Page[engine.Waitpoint, engine.WaitpointID] {
	t.Helper()
	page, err := s.ListPendingWaitpoints(Context(t), id, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

func listWaitpoints(t *testing.T, s Subject) {
	h := working(t, s, "default")
	if page := listed(t, s, h.ExecutionID, "", 10); len(page.Items) != 0 || page.Next != "" {
		t.Fatalf("without waitpoints: %+v", page)
	}
	ahead := pending(t, s, h, "ahead")
	if page := listed(t, s, h.ExecutionID, "", 10); len(page.Items) != 1 || page.Items[0].State != "pending" || page.Items[0].ID != ahead.ID {
		t.Fatalf("pending: %+v", page)
	}
	outcome := suspend(t, s, h, usePending(ahead, engine.Single("ahead", engine.ByName("go"))))
	page := listed(t, s, h.ExecutionID, "", 10)
	if len(page.Items) != 1 {
		t.Fatalf("%d waitpoints", len(page.Items))
	}
	got := page.Items[0]
	if got.State != "active" || got.ActivatedAt.IsZero() || got.CreatedAt.IsZero() || got.Key != "ahead" || got.Execution != h.ExecutionID ||
		got.TokenKid == "" || got.TokenFingerprint != outcome.Waitpoints[0].Token.Fingerprint() ||
		len(got.Matchers) != 1 || got.Matchers[0].Name != "go" {
		t.Fatalf("%+v", got)
	}
	if strings.Contains(fmt.Sprintf("%+v", got), ahead.Token.Reveal()) {
		t.Fatal("the listing holds the token")
	}
	_, err := s.ListPendingWaitpoints(Context(t), s.Partitions().NewSolo("default"), "", 10)
	wantError(t, err, engine.ClassNotFound)
}

func listWaitpointsClosed(t *testing.T, s Subject) {
	h := working(t, s, "default")
	var open []engine.WaitpointID
	for i := range 7 {
		waitpoint := pending(t, s, h, fmt.Sprint(i))
		if i < 4 {
			suspendAndResume(t, s, h, waitpoint)
			h = claim(t, s, "default")
			continue
		}
		open = append(open, waitpoint.ID)
	}
	slices.Sort(open)
	var ids []engine.WaitpointID
	for after, page := engine.WaitpointID(""), 1; ; page++ {
		got := listed(t, s, h.ExecutionID, after, 1)
		for _, waitpoint := range got.Items {
			ids = append(ids, waitpoint.ID)
		}
		if got.Next == "" {
			break
		}
		after = got.Next
	}
	if !slices.Equal(ids, open) {
		t.Fatalf("listed %v, open are %v", ids, open)
	}
}

func suspendAndResume(t *testing.T, s Subject, h engine.Handle, waitpoint engine.IssuedWaitpoint) {
	t.Helper()
	suspend(t, s, h, usePending(waitpoint, engine.Single(waitpoint.Key, engine.AnySignal())))
	deliver(t, s, signalTo(h, waitpoint, "x"), engine.EffectResumed)
}

func closeWaitpoint(t *testing.T, s Subject) {
	h := working(t, s, "default")
	waitpoint, err := s.CreateWaitpoint(Context(t), h, "k", -time.Second)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a repeat changes nothing
		if err := s.CloseWaitpoint(Context(t), h.ExecutionID.Partition(), waitpoint.ID); err != nil {
			t.Fatal(err)
		}
	}
	if page := listed(t, s, h.ExecutionID, "", 10); len(page.Items) != 0 {
		t.Fatalf("still listed: %+v", page.Items)
	}
	_, err = s.BufferSignal(Context(t), signalTo(h, waitpoint, "go"))
	wantError(t, err, engine.CodeWaitpointClosed)
	if err := s.CloseWaitpoint(Context(t), h.ExecutionID.Partition(), engine.NewWaitpointID()); err != nil {
		t.Fatalf("an unknown one: %v", err)
	}
}

func closeActiveWaitpoint(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	if err := s.CloseWaitpoint(Context(t), h.ExecutionID.Partition(), outcome.Waitpoints[0].ID); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
}
