package enginetest

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["signals"] = map[string]func(*testing.T, Subject){
		"all of two names resumes on the second, a repeat counts for nothing": allOfTwoNames,
		"all of three waitpoints resumes on the third":                        allOfThreeWaitpoints,
		"distinct waitpoints resume at their number":                          countWaitpoints,
		"distinct signals count each signal":                                  countSignals,
		"distinct sources count each source once":                             countSources,
		"a count's matcher refuses other names":                               countMatcher,
		"a group within a group resumes":                                      nestedGroup,
		"two counts of one kind are counted apart":                            countsApart,
		"a repeated idempotency key is a duplicate, also after the resume":    signalDuplicate,
		"an empty, a tampered and another waitpoint's token are refused":      signalToken,
		"a token does not open another execution":                             signalOtherExecution,
		"a signal to an unknown execution is not found":                       signalUnknown,
		"a signal to a finished execution is refused":                         signalTerminal,
		"early signals count when the waitpoint is put to use":                signalEarly,
		"early signals count for a composite condition":                       signalEarlyComposite,
		"a buffered signal for a waitpoint in use is refused":                 bufferActive,
		"the limit of signals holds":                                          signalLimit,
		"a delayed resume by signal waits":                                    signalDelay,
		"an operator-only wait takes no signal of that name":                  signalOperatorOnly,
		"the observed signals are those that satisfied, payload included":     observeSignals,
		"two matched signals are observed in order":                           observeComposite,
		"nothing is observed after an operator's resume":                      observeOperator,
		"an approval needs no token and names its operator":                   approve,
		"an approval for the wrong lane or waitpoint is refused":              approveWrong,
		"the token of an open waitpoint is given to its execution alone":      readToken,
		"pending waitpoints are listed with a fingerprint and no token":       listWaitpoints,
		"closed waitpoints hide no open one":                                  listWaitpointsClosed,
		"a waitpoint whose time is up is closed":                              closeWaitpoint,
		"a waitpoint in use is not closed by the expiry of its creation":      closeActiveWaitpoint,
		"delivered signals are told to subscribers of their partition":        subscribeSignals,
		"rotation makes the new key sign and keeps the old one verifying":     rotateSecrets,
		"seeding installs once and never overwrites":                          seedSecret,
	}
}

func allOfTwoNames(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.Single(keys[0], engine.ByName("a")), engine.Single(keys[0], engine.ByName("b")))
	}, 1))
	to := outcome.Waitpoints[0]
	deliver(t, s, signalTo(h, to, "a"), engine.EffectAppended)
	deliver(t, s, signalTo(h, to, "a"), engine.EffectAppendedDuplicate)
	deliver(t, s, signalTo(h, to, "c"), engine.EffectMatcherFailed)
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
	deliver(t, s, signalTo(h, to, "b"), engine.EffectResumed)
	wantState(t, s, h.ExecutionID, engine.StateWaiting)
}

func allOfThreeWaitpoints(t *testing.T, s Subject) {
	h := working(t, s, "default")
	args := waitOn(func(keys []string) engine.ResumeCondition {
		var members []engine.ResumeCondition
		for _, key := range keys {
			members = append(members, engine.Single(key, engine.AnySignal()))
		}
		return engine.AllOf(members...)
	}, 3)
	outcome := suspend(t, s, h, args)
	for i, waitpoint := range outcome.Waitpoints {
		if waitpoint.ID != args.Waitpoints[i].ID || waitpoint.Key != args.Waitpoints[i].Key {
			t.Fatalf("waitpoint %d is %v, want %v", i, waitpoint, args.Waitpoints[i])
		}
		want := engine.EffectAppended
		if i == 2 {
			want = engine.EffectResumed
		}
		deliver(t, s, signalTo(h, waitpoint, "done"), want)
	}
	// All three are closed: nobody can reach a later wait through them.
	_, err := s.DeliverSignal(Context(t), signalTo(h, outcome.Waitpoints[0], "done"))
	wantError(t, err, engine.CodeTargetNotSignalable)
}

func countWaitpoints(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.Count(2, engine.DistinctWaitpoints, engine.AnySignal(), keys...)
	}, 3))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "x"), engine.EffectAppended)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "x"), engine.EffectAppendedDuplicate)
	deliver(t, s, signalTo(h, outcome.Waitpoints[2], "x"), engine.EffectResumed)
}

func countSignals(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.Count(2, engine.DistinctSignals, engine.AnySignal(), keys...)
	}, 1))
	signal := signalTo(h, outcome.Waitpoints[0], "x")
	signal.IdempotencyKey = "once"
	first := deliver(t, s, signal, engine.EffectAppended)
	again, err := s.DeliverSignal(Context(t), signal)
	if err != nil || !again.Duplicate || again.ID != first.ID {
		t.Fatalf("repeat gave %+v, %v", again, err)
	}
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "x"), engine.EffectResumed)
}

func countSources(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.Count(2, engine.DistinctSources, engine.AnySignal(), keys...)
	}, 1))
	signal := signalTo(h, outcome.Waitpoints[0], "approve")
	deliver(t, s, signal, engine.EffectAppended)
	deliver(t, s, signal, engine.EffectAppendedDuplicate)
	signal.SourceIdentity = "bob"
	deliver(t, s, signal, engine.EffectResumed)
}

func countMatcher(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.Count(1, engine.DistinctSignals, engine.ByName("approve"), keys...)
	}, 1))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "reject"), engine.EffectMatcherFailed)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "approve"), engine.EffectResumed)
}

func nestedGroup(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.AllOf(engine.Count(1, engine.DistinctSignals, engine.AnySignal(), keys...)))
	}, 1))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "x"), engine.EffectResumed)
}

func countsApart(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.AllOf(
			engine.Count(1, engine.DistinctSignals, engine.ByName("approve"), keys[0]),
			engine.Count(1, engine.DistinctSignals, engine.ByName("review"), keys[0]))
	}, 1))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "approve"), engine.EffectAppended)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "review"), engine.EffectResumed)
}

func signalDuplicate(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	signal := signalTo(h, outcome.Waitpoints[0], "go")
	signal.IdempotencyKey = "k"
	first := deliver(t, s, signal, engine.EffectResumed)
	again, err := s.DeliverSignal(Context(t), signal)
	if err != nil || !again.Duplicate || again.ID != first.ID {
		t.Fatalf("repeat gave %+v, %v", again, err)
	}
	signal.IdempotencyKey = "another"
	_, err = s.DeliverSignal(Context(t), signal)
	wantError(t, err, engine.CodeTargetNotSignalable)
}

func signalToken(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.Single(keys[0], engine.AnySignal()), engine.Single(keys[1], engine.AnySignal()))
	}, 2))
	signal := signalTo(h, outcome.Waitpoints[0], "go")
	for name, token := range map[string]engine.WaitpointToken{
		"another waitpoint's": outcome.Waitpoints[1].Token,
		"upper case":          engine.WaitpointToken(strings.ToUpper(signal.Token.Reveal())),
		"cut short":           signal.Token[:len(signal.Token)-1],
		"of an unknown key":   "nobody:" + engine.WaitpointToken(strings.Repeat("0", 40)),
	} {
		forged := signal
		forged.Token = token
		if _, err := s.DeliverSignal(Context(t), forged); err == nil {
			t.Errorf("%s token was taken", name)
		} else if wantError(t, err, engine.CodeInvalidToken); strings.Contains(err.Error(), token.Fingerprint()) && token.Fingerprint() != "" {
			t.Errorf("the error tells the token: %v", err)
		}
	}
	signal.Token = ""
	_, err := s.DeliverSignal(Context(t), signal)
	wantError(t, err, engine.CodeMissingToken)
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
}

func signalOtherExecution(t *testing.T, s Subject) {
	mine, other := working(t, s, "default"), working(t, s, "default")
	open := suspend(t, s, mine, waitFor("go"))
	suspend(t, s, other, waitFor("go"))
	_, err := s.DeliverSignal(Context(t), signalTo(other, open.Waitpoints[0], "go"))
	wantError(t, err, engine.CodeInvalidToken)
	wantState(t, s, other.ExecutionID, engine.StateSuspended)
}

func signalUnknown(t *testing.T, s Subject) {
	_, err := s.DeliverSignal(Context(t), engine.Signal{
		Execution: s.Partitions().NewSolo("default"), Waitpoint: engine.NewWaitpointID(), Token: "k1:" + engine.WaitpointToken(strings.Repeat("0", 40)),
	})
	wantError(t, err, engine.ClassNotFound)
}

func signalTerminal(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	if _, err := s.CancelExecution(Context(t), h.ExecutionID, "over", engine.CancelByOperator); err != nil {
		t.Fatal(err)
	}
	_, err := s.DeliverSignal(Context(t), signalTo(h, outcome.Waitpoints[0], "go"))
	wantError(t, err, engine.CodeTargetNotSignalable)
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

func signalEarly(t *testing.T, s Subject) {
	h := working(t, s, "default")
	waitpoint := pending(t, s, h, "early")
	deliver(t, s, signalTo(h, waitpoint, "other"), engine.EffectBuffered)
	outcome := suspend(t, s, h, usePending(waitpoint, engine.Single("early", engine.ByName("go"))))
	if outcome.AlreadySatisfied || outcome.Waitpoints[0].Token != waitpoint.Token {
		t.Fatalf("outcome %+v", outcome)
	}
	deliver(t, s, signalTo(h, waitpoint, "go"), engine.EffectResumed)
}

func signalEarlyComposite(t *testing.T, s Subject) {
	h := working(t, s, "default")
	waitpoint := pending(t, s, h, "early")
	both := engine.AllOf(engine.Single("early", engine.ByName("a")), engine.Single("early", engine.ByName("b")))
	deliver(t, s, signalTo(h, waitpoint, "a"), engine.EffectBuffered)
	if outcome := suspend(t, s, h, usePending(waitpoint, both)); outcome.AlreadySatisfied {
		t.Fatal("one of two was enough")
	}
	deliver(t, s, signalTo(h, waitpoint, "b"), engine.EffectResumed)

	h = claim(t, s, "default")
	waitpoint = pending(t, s, h, "early")
	deliver(t, s, signalTo(h, waitpoint, "b"), engine.EffectBuffered)
	deliver(t, s, signalTo(h, waitpoint, "a"), engine.EffectBuffered)
	if outcome := suspend(t, s, h, usePending(waitpoint, both)); !outcome.AlreadySatisfied {
		t.Fatal("two of two were not enough")
	}
	wantState(t, s, h.ExecutionID, engine.StateActive)
}

func bufferActive(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	signal := signalTo(h, outcome.Waitpoints[0], "go")
	signal.IdempotencyKey = "k"
	_, err := s.BufferSignal(Context(t), signal)
	wantError(t, err, engine.CodeWaitpointNotPending)
	deliver(t, s, signal, engine.EffectResumed)
}

func signalLimit(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	signal := signalTo(h, outcome.Waitpoints[0], "noise")
	signal.MaxSignals = 2
	deliver(t, s, signal, engine.EffectNone)
	deliver(t, s, signal, engine.EffectNone)
	_, err := s.DeliverSignal(Context(t), signal)
	wantError(t, err, engine.CodeSignalLimitExceeded)
}

func signalDelay(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	signal := signalTo(h, outcome.Waitpoints[0], "go")
	signal.ResumeDelay = time.Hour
	deliver(t, s, signal, engine.EffectResumed)
	wantState(t, s, h.ExecutionID, engine.StateDelayed)
	if err := s.PromoteDelayed(Context(t), "default", h.ExecutionID, time.Now().Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantState(t, s, h.ExecutionID, engine.StateWaiting)
}

func signalOperatorOnly(t *testing.T, s Subject) {
	h, args := working(t, s, "default"), waitFor("go")
	args.Condition = engine.OperatorOnly()
	outcome := suspend(t, s, h, args)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "__operator_only__"), engine.EffectNone)
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
}

func observe(t *testing.T, s Subject, h engine.Handle) []engine.Delivered {
	t.Helper()
	observed, err := s.ObserveSignals(Context(t), h)
	if err != nil {
		t.Fatal(err)
	}
	return observed
}

func observeSignals(t *testing.T, s Subject) {
	h := working(t, s, "default")
	if observed := observe(t, s, h); len(observed) != 0 {
		t.Fatalf("observed %+v before any wait", observed)
	}
	outcome := suspend(t, s, h, waitFor("go"))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "noise"), engine.EffectNone)
	signal := signalTo(h, outcome.Waitpoints[0], "go")
	signal.Payload, signal.CorrelationID = []byte{0xff, 0xfe, 0}, "c"
	sent := deliver(t, s, signal, engine.EffectResumed)
	observed := observe(t, s, claim(t, s, "default"))
	if len(observed) != 1 {
		t.Fatalf("observed %+v", observed)
	}
	got := observed[0]
	if got.ID != sent.ID || got.Name != "go" || got.Category != "test" || got.SourceType != "person" || got.SourceIdentity != "ann" ||
		got.CorrelationID != "c" || !bytes.Equal(got.Payload, signal.Payload) || got.AcceptedAt.IsZero() || len(got.Malformed) != 0 {
		t.Fatalf("observed %+v", got)
	}
}

func observeComposite(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.Single(keys[0], engine.ByName("a")), engine.Single(keys[0], engine.ByName("b")))
	}, 1))
	a := deliver(t, s, signalTo(h, outcome.Waitpoints[0], "a"), engine.EffectAppended)
	b := deliver(t, s, signalTo(h, outcome.Waitpoints[0], "b"), engine.EffectResumed)
	var ids []engine.SignalID
	for _, signal := range observe(t, s, claim(t, s, "default")) {
		ids = append(ids, signal.ID)
		if signal.Payload != nil {
			t.Errorf("a payload that nobody sent: %q", signal.Payload)
		}
	}
	want := []engine.SignalID{a.ID, b.ID}
	slices.Sort(ids)
	slices.Sort(want)
	if !slices.Equal(ids, want) {
		t.Fatalf("observed %v, want %v", ids, want)
	}
}

func observeOperator(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.Single(keys[0], engine.ByName("a")), engine.Single(keys[0], engine.ByName("b")))
	}, 1))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "a"), engine.EffectAppended)
	if _, err := s.ResumeExecution(Context(t), h.ExecutionID, "operator", 0); err != nil {
		t.Fatal(err)
	}
	if observed := observe(t, s, claim(t, s, "default")); len(observed) != 0 {
		t.Fatalf("observed %+v", observed)
	}
}

func approval(h engine.Handle, waitpoint engine.IssuedWaitpoint, operator string) engine.Approval {
	return engine.Approval{
		Execution: h.ExecutionID, Lane: h.Lane, Waitpoint: waitpoint.ID, Name: "approved", Operator: operator,
		IdempotencySuffix: operator, DedupTTL: time.Hour,
	}
}

func approve(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitOn(func(keys []string) engine.ResumeCondition {
		return engine.Count(2, engine.DistinctSources, engine.ByName("approved"), keys...)
	}, 1))
	first, err := s.DeliverApproval(Context(t), approval(h, outcome.Waitpoints[0], "ann"))
	if err != nil || first.Effect != engine.EffectAppended {
		t.Fatalf("first approval %+v, %v", first, err)
	}
	again, err := s.DeliverApproval(Context(t), approval(h, outcome.Waitpoints[0], "ann"))
	if err != nil || !again.Duplicate || again.ID != first.ID {
		t.Fatalf("repeat %+v, %v", again, err)
	}
	second, err := s.DeliverApproval(Context(t), approval(h, outcome.Waitpoints[0], "bob"))
	if err != nil || !second.Resumed() {
		t.Fatalf("second approval %+v, %v", second, err)
	}
}

func approveWrong(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor(""))
	lane := approval(h, outcome.Waitpoints[0], "ann")
	lane.Lane = "gpu"
	_, err := s.DeliverApproval(Context(t), lane)
	wantError(t, err, engine.CodeInvalidInput)
	if !strings.Contains(err.Error(), "lane_mismatch") {
		t.Errorf("error %v", err)
	}
	unknown := approval(h, engine.IssuedWaitpoint{ID: engine.NewWaitpointID()}, "ann")
	_, err = s.DeliverApproval(Context(t), unknown)
	wantError(t, err, engine.ClassNotFound)
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

func subscribeSignals(t *testing.T, s Subject) {
	ctx := Context(t)
	before := working(t, s, "default")
	deliver(t, s, signalTo(before, suspend(t, s, before, waitFor("go")).Waitpoints[0], "go"), engine.EffectResumed)

	events, err := s.SubscribeSignals(ctx, slices.Collect(s.Partitions().FlowPartitions()))
	if err != nil {
		t.Fatal(err)
	}
	want := map[engine.SignalID]engine.ExecutionID{}
	for _, lane := range []engine.LaneID{"gpu", "default"} {
		h := working(t, s, lane)
		if h.ExecutionID == before.ExecutionID { // it is the next in line
			h = claim(t, s, lane)
		}
		outcome := suspend(t, s, h, waitFor("go"))
		want[deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed).ID] = h.ExecutionID
	}
	for range len(want) {
		select {
		case event := <-events:
			if want[event.Signal] != event.Execution || event.Execution == "" || event.Effect != engine.EffectResumed ||
				event.SourceIdentity != "ann" || event.At.IsZero() || event.Lost || len(event.Malformed) != 0 {
				t.Fatalf("event %+v, want one of %v", event, want)
			}
		case <-ctx.Done():
			t.Fatal("no event")
		}
	}
}

func rotateSecrets(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	old := outcome.Waitpoints[0].Token.Kid()
	secret := strings.Repeat("ab", 32)
	results, err := s.RotateSecrets(Context(t), "k-new", secret, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range results {
		if int(result.Partition.Index) != i || result.Err != nil || result.Noop || result.PreviousKid != old {
			t.Fatalf("partition %d: %+v", i, result)
		}
		kids, err := s.ListSecretKids(Context(t), result.Partition)
		if err != nil || len(kids) != 2 || kids[0] != (engine.SecretKid{Kid: "k-new", Current: true}) ||
			kids[1].Kid != old || time.Until(kids[1].ExpiresAt) > time.Hour || kids[1].Current {
			t.Fatalf("partition %d: kids %+v, %v", i, kids, err)
		}
	}
	if len(results) != int(s.Partitions().Flow) {
		t.Fatalf("%d results", len(results))
	}
	again, err := s.RotateSecrets(Context(t), "k-new", secret, time.Hour)
	if err != nil || !again[0].Noop {
		t.Fatalf("repeat: %+v, %v", again[0], err)
	}
	for kid, want := range map[string]error{"k-new": engine.CodeRotationConflict, "a:b": engine.CodeInvalidKid} {
		refused, err := s.RotateSecrets(Context(t), kid, strings.Repeat("cd", 32), time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, refused[0].Err, want)
		if strings.Contains(refused[0].Err.Error(), "cdcd") {
			t.Fatal("the error tells the secret")
		}
	}
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
	if got := suspend(t, s, claim(t, s, "default"), waitFor("go")).Waitpoints[0].Token.Kid(); got != "k-new" {
		t.Fatalf("a token signed by %s", got)
	}
}

func seedSecret(t *testing.T, s Subject) {
	kids, err := s.ListSecretKids(Context(t), engine.Partition{Family: engine.FamilyFlow})
	if err != nil || len(kids) != 1 {
		t.Fatalf("kids %+v, %v", kids, err)
	}
	secret := strings.Repeat("ab", 32)
	seeded, err := s.SeedSecret(Context(t), kids[0].Kid, secret)
	if err != nil || seeded.Installed != 0 || seeded.Differ != int(s.Partitions().Flow) {
		t.Fatalf("%+v, %v", seeded, err)
	}
	for _, bad := range [][2]string{{"another", secret}, {"", secret}, {"a:b", secret}, {"k", "ab"}, {"k", strings.Repeat("zz", 32)}} {
		_, err := s.SeedSecret(Context(t), bad[0], bad[1])
		wantError(t, err, engine.CodeInvalidInput)
	}
}
