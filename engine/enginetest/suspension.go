package enginetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["suspension"] = map[string]func(*testing.T, Subject){
		"a fresh suspend gives ids, key, token and a suspended handle":    suspendFresh,
		"a repeat with its idempotency key gives the first outcome":       suspendRepeat,
		"a suspended handle is refused":                                   suspendTwice,
		"bad arguments are refused whatever the handle":                   suspendInvalid,
		"a tree of depth four is taken, of depth five refused":            suspendDepth,
		"suspending by ids works like suspending by handle":               suspendByTriple,
		"a stale fence does not suspend":                                  suspendStale,
		"a signal that came early keeps the lease":                        suspendSatisfied,
		"an operator's resume makes the execution eligible":               resumeNow,
		"a resume with a delay makes the execution delayed":               resumeLater,
		"resuming what is not suspended is refused":                       resumeNothing,
		"a due suspension gets its timeout behaviour":                     expireDue,
		"a suspension that is not due stays":                              expireNotDue,
		"a resumed claim keeps the attempt and raises the epoch":          claimResumed,
		"a resume grant is good for one claim":                            claimResumedTwice,
		"what was never interrupted cannot be claimed as resumed":         claimNotResumed,
		"the suspended listing orders by timeout, gives reasons, pages":   listSuspended,
		"the suspended listing goes on after its cursor was resumed":      listSuspendedVanished,
		"the board's suspended rows tell what each waits for":             suspendedRows,
		"an empty deployment has no suspended rows":                       suspendedRowsEmpty,
		"resuming an unknown execution is not found":                      resumeUnknown,
		"a suspension by ids of an unknown execution is not found":        suspendUnknown,
		"an execution that waits for ever times out never":                suspendedForever,
		"an escalated suspension waits on for an operator":                expireEscalate,
		"an execution that suspends again waits on its new waitpoint":     suspendAgain,
		"the waits of two lanes of one partition are listed in one order": listSuspendedLanes,
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
		"exceeds cap": waitOn(nested(5), 1),
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

func resumeNow(t *testing.T, s Subject) {
	h := working(t, s, "default")
	suspend(t, s, h, waitFor("go"))
	state, err := s.ResumeExecution(Context(t), h.ExecutionID, "operator", 0)
	if err != nil || state != engine.StateWaiting {
		t.Fatalf("state %q, error %v", state, err)
	}
	_, err = s.ResumeExecution(Context(t), h.ExecutionID, "operator", 0)
	wantError(t, err, engine.CodeExecutionNotSuspended)
	if got := claim(t, s, "default"); got.AttemptID != h.AttemptID || got.Kind != engine.HandleResumed {
		t.Fatalf("claimed %+v after %+v", got, h)
	}
}

func resumeLater(t *testing.T, s Subject) {
	h := working(t, s, "default")
	suspend(t, s, h, waitFor("go"))
	state, err := s.ResumeExecution(Context(t), h.ExecutionID, "operator", time.Hour)
	if err != nil || state != engine.StateDelayed {
		t.Fatalf("state %q, error %v", state, err)
	}
	wantState(t, s, h.ExecutionID, engine.StateDelayed)
	later := time.Now().Add(2 * time.Hour)
	if err := s.PromoteDelayed(Context(t), "default", h.ExecutionID, later); err != nil {
		t.Fatal(err)
	}
	wantState(t, s, h.ExecutionID, engine.StateWaiting)
}

func resumeNothing(t *testing.T, s Subject) {
	h := working(t, s, "default")
	_, err := s.ResumeExecution(Context(t), h.ExecutionID, "operator", 0)
	wantError(t, err, engine.CodeExecutionNotSuspended)
}

func resumeUnknown(t *testing.T, s Subject) {
	_, err := s.ResumeExecution(Context(t), s.Partitions().NewSolo("default"), "operator", 0)
	wantError(t, err, engine.ClassNotFound)
}

// overdue are arguments of a wait whose time is up at once.
func overdue(behavior string) engine.SuspendArgs {
	args := waitFor("go")
	args.TimeoutAt = time.Now().Add(-time.Second)
	args.TimeoutBehavior = behavior
	return args
}

func expireDue(t *testing.T, s Subject) {
	for behavior, want := range map[string]engine.PublicState{
		engine.TimeoutFail:       engine.StateFailed,
		engine.TimeoutCancel:     engine.StateCancelled,
		engine.TimeoutExpire:     engine.StateExpired,
		engine.TimeoutAutoResume: engine.StateWaiting,
		engine.TimeoutEscalate:   engine.StateSuspended,
	} {
		h := working(t, s, "gpu")
		suspend(t, s, h, overdue(behavior))
		for range 2 { // a repeat changes nothing
			if err := s.ExpireSuspension(Context(t), h.ExecutionID); err != nil {
				t.Fatalf("%s: %v", behavior, err)
			}
			wantState(t, s, h.ExecutionID, want)
		}
		if want == engine.StateWaiting {
			claim(t, s, "gpu")
		}
	}
}

func expireNotDue(t *testing.T, s Subject) {
	h, args := working(t, s, "default"), waitFor("go")
	args.TimeoutAt = time.Now().Add(time.Hour)
	outcome := suspend(t, s, h, args)
	if err := s.ExpireSuspension(Context(t), h.ExecutionID); err != nil {
		t.Fatal(err)
	}
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
}

func expireEscalate(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, overdue(engine.TimeoutEscalate))
	if err := s.ExpireSuspension(Context(t), h.ExecutionID); err != nil {
		t.Fatal(err)
	}
	rows := suspendedOf(t, s, h.ExecutionID)
	if rows.Suspension.Reason != engine.ReasonWaitingForOperatorReview || !rows.Suspension.TimeoutAt.IsZero() {
		t.Fatalf("suspension %+v", rows.Suspension)
	}
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
}

// grantFor issues a claim grant to a worker.
func grantFor(t *testing.T, s Subject, id engine.ExecutionID) engine.Grant {
	t.Helper()
	grant, err := s.IssueClaimGrant(Context(t), engine.IssueGrant{
		Execution: id, Lane: "default", Worker: "w", WorkerInstance: "w-2", TTL: 30 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

func claimResumed(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
	grant := grantFor(t, s, h.ExecutionID)
	claimed, err := s.ClaimResumedExecution(Context(t), engine.ClaimResumed{
		Execution: h.ExecutionID, Worker: "w", WorkerInstance: "w-2", Lane: grant.Lane, LeaseTTL: time.Minute, AttemptIndex: h.AttemptIndex,
	})
	if err != nil {
		t.Fatal(err)
	}
	got := claimed.Handle
	if got.AttemptID != h.AttemptID || got.AttemptIndex != h.AttemptIndex || got.LeaseID == h.LeaseID ||
		got.LeaseEpoch != h.LeaseEpoch+1 || got.Kind != engine.HandleResumed {
		t.Fatalf("claimed %+v after %+v", got, h)
	}
	if err := s.Complete(Context(t), got, nil); err != nil {
		t.Fatal(err)
	}
}

func claimResumedTwice(t *testing.T, s Subject) {
	h := working(t, s, "default")
	outcome := suspend(t, s, h, waitFor("go"))
	deliver(t, s, signalTo(h, outcome.Waitpoints[0], "go"), engine.EffectResumed)
	grant := grantFor(t, s, h.ExecutionID)
	claimed, err := s.ClaimFromResumeGrant(Context(t), grant, "w", "w-2", time.Minute)
	if err != nil || claimed.Handle.Kind != engine.HandleResumed {
		t.Fatalf("claimed %+v, error %v", claimed, err)
	}
	_, err = s.ClaimFromResumeGrant(Context(t), grant, "w", "w-2", time.Minute)
	wantError(t, err, engine.CodeExecutionNotLeaseable)
}

func claimNotResumed(t *testing.T, s Subject) {
	id := newExecution(t, s, "default")
	_, err := s.ClaimFromResumeGrant(Context(t), grantFor(t, s, id), "w", "w-2", time.Minute)
	wantError(t, err, engine.CodeNotAResumedExecution)
	_, err = s.ClaimFromResumeGrant(Context(t), engine.Grant{Execution: s.Partitions().NewSolo("default")}, "w", "w-2", time.Minute)
	wantError(t, err, engine.ClassNotFound)
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

func suspendedForever(t *testing.T, s Subject) {
	h := suspendedAt(t, s, "default", 0)
	if err := s.ExpireSuspension(Context(t), h.ExecutionID); err != nil {
		t.Fatal(err)
	}
	wantState(t, s, h.ExecutionID, engine.StateSuspended)
}
