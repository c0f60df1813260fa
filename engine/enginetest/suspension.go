package enginetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["suspension"] = map[string]func(*testing.T, Subject){
		"a fresh suspend gives ids, key, token and a suspended handle": suspendFresh,
		"a repeat with its idempotency key gives the first outcome":    suspendRepeat,
		"a suspended handle is refused":                                suspendTwice,
		"bad arguments are refused whatever the handle":                suspendInvalid,
		"a tree of depth four is taken, of depth five refused":         suspendDepth,
		"suspending by ids works like suspending by handle":            suspendByTriple,
		"a stale fence does not suspend":                               suspendStale,
		"a signal that came early keeps the lease":                     suspendSatisfied,
		"a suspension by ids of an unknown execution is not found":     suspendUnknown,
		"an execution that suspends again waits on its new waitpoint":  suspendAgain,
	}
}

// newExecution creates an eligible execution without flow and returns its id.
func newExecution(t *testing.T, s Subject, lane engine.LaneID) engine.ExecutionID {
	t.Helper()
	id := s.Partitions().NewSolo(lane)
	if _, err := s.CreateExecution(Context(t), engine.CreateExecution{
		ID: id, Namespace: "ns", Lane: lane, Kind: "kind", Payload: []byte("{}"), CreatorIdentity: "enginetest",
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// working creates an execution and claims it for a worker.
func working(t *testing.T, s Subject, lane engine.LaneID) engine.Handle {
	t.Helper()
	newExecution(t, s, lane)
	return claim(t, s, lane)
}

// claim takes the next execution of a lane.
func claim(t *testing.T, s Subject, lane engine.LaneID) engine.Handle {
	t.Helper()
	claimed, err := s.Claim(Context(t), engine.ClaimRequest{
		Lane: lane, Worker: "w", WorkerInstance: "w-1", LeaseTTL: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	if claimed == nil {
		t.Fatal("nothing to claim on " + lane)
	}
	return claimed.Handle
}

// waitFor are the arguments of a wait for one signal by name ("" for any) on a fresh waitpoint.
func waitFor(name string) engine.SuspendArgs {
	matcher := engine.ByName(name)
	if name == "" {
		matcher = engine.AnySignal()
	}
	waitpoint := fresh()
	return engine.SuspendArgs{
		SuspensionID: engine.NewSuspensionID(),
		Waitpoints:   []engine.WaitpointBinding{waitpoint},
		Condition:    engine.Single(waitpoint.Key, matcher),
		Reason:       engine.ReasonWaitingForSignal,
	}
}

// waitOn are the arguments of a wait for a composite condition on fresh waitpoints.
func waitOn(condition func(keys []string) engine.ResumeCondition, waitpoints int) engine.SuspendArgs {
	args := engine.SuspendArgs{Reason: engine.ReasonWaitingForSignal}
	var keys []string
	for range waitpoints {
		waitpoint := fresh()
		args.Waitpoints = append(args.Waitpoints, waitpoint)
		keys = append(keys, waitpoint.Key)
	}
	args.Condition = condition(keys)
	return args
}

func fresh() engine.WaitpointBinding {
	id := engine.NewWaitpointID()
	return engine.WaitpointBinding{ID: id, Key: "wpk:" + string(id)}
}

func suspend(t *testing.T, s Subject, h engine.Handle, args engine.SuspendArgs) engine.SuspendOutcome {
	t.Helper()
	outcome, err := s.Suspend(Context(t), h, args)
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

// signalTo is a signal by name to a waitpoint that was just handed out.
func signalTo(h engine.Handle, waitpoint engine.IssuedWaitpoint, name string) engine.Signal {
	return engine.Signal{
		Execution: h.ExecutionID, Waitpoint: waitpoint.ID, Token: waitpoint.Token,
		Name: name, Category: "test", SourceType: "person", SourceIdentity: "ann",
	}
}

func deliver(t *testing.T, s Subject, signal engine.Signal, want string) engine.SignalOutcome {
	t.Helper()
	outcome, err := s.DeliverSignal(Context(t), signal)
	if err != nil {
		t.Fatalf("signal %q: %v", signal.Name, err)
	}
	if outcome.Effect != want {
		t.Fatalf("signal %q: effect %q, want %q", signal.Name, outcome.Effect, want)
	}
	return outcome
}

func wantState(t *testing.T, s Subject, id engine.ExecutionID, want engine.PublicState) {
	t.Helper()
	got, err := s.ReadExecutionState(Context(t), id)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Fatalf("state %q, want %q", got, want)
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %v", err, want)
	}
}

func suspendFresh(t *testing.T, s Subject) {
	h, args := working(t, s, "default"), waitFor("go")
	outcome := suspend(t, s, h, args)
	if outcome.AlreadySatisfied || outcome.SuspensionID != args.SuspensionID {
		t.Fatalf("outcome %+v", outcome)
	}
	if len(outcome.Waitpoints) != 1 || outcome.Waitpoints[0].ID != args.Waitpoints[0].ID ||
		outcome.Waitpoints[0].Key != args.Waitpoints[0].Key || outcome.Waitpoints[0].Token.Kid() == "" {
		t.Fatalf("waitpoints %v", outcome.Waitpoints)
	}
	if outcome.Handle.Kind != engine.HandleSuspended || outcome.Handle.Fence() != h.Fence() {
		t.Fatalf("handle %+v", outcome.Handle)
	}
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "stop"), engine.EffectNone)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
	wantState(t, s, h.ExecutionID, engine.StateWaiting)
}

func suspendRepeat(t *testing.T, s Subject) {
	h, args := working(t, s, "default"), waitFor("go")
	args.IdempotencyKey = "step-1"
	first := suspend(t, s, h, args)
	again := waitFor("go")
	again.IdempotencyKey = "step-1"
	second := suspend(t, s, h, again)
	if second.SuspensionID != first.SuspensionID || second.Waitpoints[0] != first.Waitpoints[0] {
		t.Fatalf("repeat gave %v, first %v", second, first)
	}
	_, err := s.Suspend(Context(t), h, waitFor("go"))
	if !errors.Is(err, engine.CodeAlreadySuspended) && !errors.Is(err, engine.CodeExecutionNotActive) {
		t.Fatalf("a second suspension: %v", err)
	}
}

func suspendTwice(t *testing.T, s Subject) {
	outcome := suspend(t, s, working(t, s, "default"), waitFor("go"))
	_, err := s.Suspend(Context(t), outcome.Handle, waitFor("go"))
	wantError(t, err, engine.CodeAlreadySuspended)
}

func suspendInvalid(t *testing.T, s Subject) {
	mismatch := waitFor("go")
	mismatch.Condition = engine.Single("another", engine.AnySignal())
	endless := waitFor("go")
	endless.Condition = engine.TimeoutOnly()
	past := waitFor("go")
	past.TimeoutAt = time.Now().Add(-time.Hour)
	for detail, args := range map[string]engine.SuspendArgs{
		"waitpoints_empty":              {Condition: engine.OperatorOnly()},
		"waitpoint_key_mismatch":        mismatch,
		"timeout_only_without_deadline": endless,
		"timeout_at_in_past":            past,
		"count_n_zero": waitOn(func(keys []string) engine.ResumeCondition {
			return engine.Count(0, engine.DistinctSignals, engine.AnySignal(), keys...)
		}, 1),
		"count_waitpoints_empty": waitOn(func([]string) engine.ResumeCondition {
			return engine.Count(1, engine.DistinctSignals, engine.AnySignal())
		}, 1),
		"allof_empty_members": waitOn(func([]string) engine.ResumeCondition { return engine.AllOf() }, 1),
		"exceeds cap":         waitOn(nested(5), 1),
	} {
		_, err := s.Suspend(Context(t), engine.Handle{Kind: engine.HandleFresh}, args)
		wantError(t, err, engine.CodeInvalidInput)
		if !strings.Contains(err.Error(), detail) {
			t.Errorf("%v, want %s", err, detail)
		}
	}
}

// nested is an AllOf of so many levels around one signal.
func nested(depth int) func(keys []string) engine.ResumeCondition {
	return func(keys []string) engine.ResumeCondition {
		condition := engine.Single(keys[0], engine.ByName("go"))
		for range depth {
			condition = engine.AllOf(condition)
		}
		return condition
	}
}

func suspendDepth(t *testing.T, s Subject) {
	h := working(t, s, "default")
	_, err := s.Suspend(Context(t), h, waitOn(nested(5), 1))
	wantError(t, err, engine.CodeInvalidInput)
	suspend(t, s, h, waitOn(nested(4), 1))
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
}

func suspendByTriple(t *testing.T, s Subject) {
	h, args := working(t, s, "default"), waitFor("go")
	outcome, err := s.SuspendByTriple(Context(t), h.ExecutionID, h.Fence(), args)
	if err != nil {
		t.Fatal(err)
	}
	if outcome.Handle.Kind != engine.HandleSuspended || outcome.Handle.Fence() != h.Fence() || outcome.Handle.LeaseTTL != 0 {
		t.Fatalf("handle %+v", outcome.Handle)
	}
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
}

func suspendStale(t *testing.T, s Subject) {
	h := working(t, s, "default")
	fence := h.Fence()
	fence.LeaseEpoch++
	_, err := s.SuspendByTriple(Context(t), h.ExecutionID, fence, waitFor("go"))
	wantError(t, err, engine.CodeStaleLease)
	wantState(t, s, h.ExecutionID, engine.StateActive)
}

func suspendUnknown(t *testing.T, s Subject) {
	fence := engine.LeaseFence{LeaseID: engine.NewLeaseID(), LeaseEpoch: 1, AttemptID: engine.NewAttemptID()}
	_, err := s.SuspendByTriple(Context(t), s.Partitions().NewSolo("default"), fence, waitFor("go"))
	wantError(t, err, engine.ClassNotFound)
}

func suspendSatisfied(t *testing.T, s Subject) {
	h := working(t, s, "default")
	waitpoint, err := s.CreateWaitpoint(Context(t), h, "early", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	deliver(t, s, signalTo(h, waitpoint, "go"), engine.EffectBuffered)
	outcome := suspend(t, s, h, engine.SuspendArgs{
		Waitpoints: []engine.WaitpointBinding{{ID: waitpoint.ID, UsePending: true}},
		Condition:  engine.Single("early", engine.ByName("go")),
		Reason:     engine.ReasonWaitingForSignal,
	})
	if !outcome.AlreadySatisfied || outcome.Waitpoints[0] != waitpoint {
		t.Fatalf("outcome %+v, waitpoint %v", outcome, waitpoint)
	}
	wantState(t, s, h.ExecutionID, engine.StateActive)
	if _, err := s.Renew(Context(t), h); err != nil {
		t.Fatalf("the handle is no longer good: %v", err)
	}
}

func suspendAgain(t *testing.T, s Subject) {
	h := working(t, s, "default")
	first := suspend(t, s, h, waitFor("go"))
	deliver(t, s, signalTo(h, first.Waitpoints[0], "go"), engine.EffectResumed)
	again := claim(t, s, "default")
	second := suspend(t, s, again, waitFor("go"))
	_, err := s.DeliverSignal(Context(t), signalTo(h, first.Waitpoints[0], "go"))
	wantError(t, err, engine.CodeWaitpointClosed)
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
	deliver(t, s, signalTo(h, second.Waitpoints[0], "go"), engine.EffectResumed)
}
