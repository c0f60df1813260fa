package enginetest

import (
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
		"an approval needs no token and names its operator":                   approve,
		"approved and rejected both end a wait for anything":                  approveOrReject,
		"an approval for the wrong lane or waitpoint is refused":              approveWrong,
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

func approveOrReject(t *testing.T, s Subject) {
	for _, answer := range []string{"approved", "rejected"} {
		h := working(t, s, "gpu")
		given := approval(h, suspend(t, s, h, waitFor("")).Waitpoints[0], "ann")
		given.Name = answer
		outcome, err := s.DeliverApproval(Context(t), given)
		noError(t, err)
		if !outcome.Resumed() {
			t.Errorf("%s: %+v", answer, outcome)
		}
		again := claim(t, s, "gpu")
		if observed := observe(t, s, again); len(observed) != 1 || observed[0].Name != answer || observed[0].Category != "approval" ||
			observed[0].SourceType != "operator" {
			t.Errorf("%s: observed %+v", answer, observed)
		}
		noError(t, s.Complete(Context(t), again, nil))
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
