package enginetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["flow operations"] = map[string]func(*testing.T, Subject){
		"a cancelled flow takes no members and no edges": cancelledFlowIsClosed,
		"a cancelled flow owes each member a cancel":     cancelOwesMembers,
		"only cancel_all owes members anything":          cancelOwesNobody,
		"cancelling the members settles the flow":        cancelMembersSettles,
		"a wait for a cancel ends with the last member":  awaitCancel,
		"a wait for a cancel ends when patience does":    awaitCancelTooLong,
		"an execution that ended is replayed":            replayEnded,
		"a skipped member is replayed into its wait":     replaySkipped,
		"an execution that runs is not replayed":         replayRunning,
	}
}

func cancelledFlowIsClosed(t *testing.T, s Subject) {
	ctx, f := Context(t), newFlow(t, s)
	ids := f.members(2)
	cancelled, err := s.CancelFlow(ctx, engine.CancelFlow{Flow: f.id, Policy: engine.CancelFlowOnly, Reason: "enough"})
	noError(t, err)
	if cancelled.Flow != f.id || cancelled.Policy != "flow_only" || cancelled.AlreadyTerminal || len(cancelled.Members) != 2 {
		t.Errorf("cancelled: %+v", cancelled)
	}
	flow := f.read()
	if flow.State != engine.FlowCancelled || flow.CancelReason != "enough" || flow.CancelPolicy != "flow_only" || flow.CancelledAt.IsZero() {
		t.Errorf("the flow is %+v", flow)
	}
	_, err = f.stage(ids[0], ids[1])
	wantRefusal(t, "an edge", err, engine.CodeFlowAlreadyTerminal)
	id := s.Partitions().NewFlowMember(f.id)
	_, err = s.CreateExecution(ctx, engine.CreateExecution{ID: id, Namespace: "ns", Lane: "default", Kind: "step"})
	noError(t, err)
	_, _, err = s.AddExecutionToFlow(ctx, f.id, id)
	wantRefusal(t, "a member", err, engine.CodeFlowAlreadyTerminal)

	again, err := s.CancelFlow(ctx, engine.CancelFlow{Flow: f.id, Policy: engine.CancelFlowAll, Reason: "again"})
	noError(t, err)
	if !again.AlreadyTerminal || again.Policy != "flow_only" || again.Reason != "enough" || len(again.Members) != 2 {
		t.Errorf("cancelled again: %+v", again)
	}
	f.wantState(ids[0], engine.StateWaiting)
}

func cancelOwesMembers(t *testing.T, s Subject) {
	ctx, f := Context(t), newFlow(t, s)
	ids := f.members(2)
	_, err := s.CancelFlow(ctx, engine.CancelFlow{Flow: f.id, Policy: engine.CancelFlowAll, Reason: "enough", Grace: time.Second})
	noError(t, err)
	due := func(after time.Duration) []engine.OwedCancels {
		owed, err := s.DueFlowCancels(ctx, f.partition(), time.Now().Add(after), 10)
		noError(t, err)
		return owed
	}
	if owed := due(-time.Minute); len(owed) != 0 {
		t.Errorf("due before the grace is over: %+v", owed)
	}
	owed := due(time.Minute)
	if len(owed) != 1 || owed[0].Flow != f.id || owed[0].Reason != "enough" || owed[0].Gone || len(owed[0].Members) != 2 {
		t.Fatalf("due: %+v", owed)
	}
	for range 2 {
		noError(t, s.AckCancelMember(ctx, f.id, ids[0]))
	}
	if owed := due(time.Minute); len(owed) != 1 || !slices.Equal(owed[0].Members, ids[1:]) {
		t.Errorf("due after one: %+v", owed)
	}
	noError(t, s.AckCancelMember(ctx, f.id, ids[1]))
	if owed := due(time.Minute); len(owed) != 0 {
		t.Errorf("due after all: %+v", owed)
	}
}

func cancelOwesNobody(t *testing.T, s Subject) {
	ctx := Context(t)
	for _, policy := range []engine.FlowCancelPolicy{engine.CancelFlowOnly, engine.CancelFlowPending} {
		f := newFlow(t, s)
		id := f.member()
		_, err := s.CancelFlow(ctx, engine.CancelFlow{Flow: f.id, Policy: policy})
		noError(t, err)
		owed, err := s.DueFlowCancels(ctx, f.partition(), time.Now().Add(time.Hour), 10)
		noError(t, err)
		if len(owed) != 0 {
			t.Errorf("%s owes %+v", policy, owed)
		}
		f.wantState(id, engine.StateWaiting)
	}
	f := newFlow(t, s)
	_, err := s.CancelFlow(ctx, engine.CancelFlow{Flow: f.id, Policy: engine.CancelFlowAll})
	noError(t, err)
	owed, err := s.DueFlowCancels(ctx, f.partition(), time.Now().Add(time.Hour), 10)
	noError(t, err)
	if len(owed) != 0 {
		t.Errorf("a flow without members owes %+v", owed)
	}
}

func cancelMembersSettles(t *testing.T, s Subject) {
	ctx, f := Context(t), newFlow(t, s)
	ids := f.members(20)
	f.succeed(ids[0], "out")
	f.start(ids[1])
	cancelled, err := s.CancelFlow(ctx, engine.CancelFlow{Flow: f.id, Policy: engine.CancelFlowAll})
	noError(t, err)
	seen := map[engine.ExecutionID]engine.MemberOutcome{}
	noError(t, engine.CancelFlowMembers(ctx, s, cancelled, func(o engine.MemberOutcome) { seen[o.Execution] = o }))
	for i, id := range ids {
		o := seen[id]
		if !o.Cancelled || o.Err != nil || o.Already != (i == 0) {
			t.Errorf("member %d: %+v", i, o)
		}
		if i > 0 {
			f.wantState(id, engine.StateCancelled)
		}
	}
	owed, err := s.DueFlowCancels(ctx, f.partition(), time.Now().Add(time.Hour), 10)
	noError(t, err)
	if len(owed) != 0 {
		t.Errorf("still owed: %+v", owed)
	}
}

func awaitCancel(t *testing.T, s Subject) {
	ctx := Context(t)
	empty := newFlow(t, s)
	_, err := s.CancelFlow(ctx, engine.CancelFlow{Flow: empty.id, Policy: engine.CancelFlowAll})
	noError(t, err)
	noError(t, engine.AwaitFlowCancelled(ctx, s, empty.id, time.Minute))
	noError(t, engine.AwaitFlowCancelled(ctx, s, engine.NewFlowID(), 0))

	f := newFlow(t, s)
	ids := f.members(3)
	noError(t, s.SetFlowTag(ctx, f.id, "a.tag", "x"))
	cancelled, err := s.CancelFlow(ctx, engine.CancelFlow{Flow: f.id, Policy: engine.CancelFlowAll})
	noError(t, err)
	wantRefusal(t, "while members are owed a cancel", engine.AwaitFlowCancelled(ctx, s, f.id, time.Millisecond), engine.ClassTimeout)
	waited := make(chan error, 1)
	go func() { waited <- engine.AwaitFlowCancelled(ctx, s, f.id, time.Minute) }()
	noError(t, engine.CancelFlowMembers(ctx, s, cancelled, func(engine.MemberOutcome) {}))
	noError(t, <-waited)
	for _, id := range ids {
		f.wantState(id, engine.StateCancelled)
	}
}

func awaitCancelTooLong(t *testing.T, s Subject) {
	f := newFlow(t, s)
	err := engine.AwaitFlowCancelled(Context(t), s, f.id, time.Millisecond)
	var timeout *engine.Error
	if !errors.As(err, &timeout) || timeout.Class != engine.ClassTimeout || timeout.Op != "cancel_flow" || timeout.Elapsed != time.Millisecond {
		t.Errorf("error %v", err)
	}
}

func replayEnded(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	f := &testFlow{t: t, s: s}
	f.start(id)
	noError(t, s.CompleteExecution(Context(t), id, nil, []byte("out"), engine.CancelByOperator))
	state, err := s.ReplayExecution(Context(t), id)
	noError(t, err)
	if state != engine.StateWaiting {
		t.Errorf("replayed into %s", state)
	}
	e, err := s.DescribeExecution(Context(t), id)
	noError(t, err)
	if e.ReplayCount != 1 || e.State.Outcome != engine.OutcomeNone || !e.CompletedAt.IsZero() {
		t.Errorf("it is %+v", e)
	}
	wantClaimed(t, tryClaim(t, s, "default"), id)
}

func replaySkipped(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, child := f.member(), f.member()
	f.wire(up, child)
	f.fail(up)
	f.wantState(child, engine.StateSkipped)
	for _, id := range []engine.ExecutionID{child, up} {
		_, err := s.ReplayExecution(Context(t), id)
		noError(t, err)
	}
	f.wantState(child, engine.StateWaitingChildren)
	f.succeed(up, "second try")
	f.wantState(child, engine.StateWaiting)
}

func replayRunning(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	_, err := s.ReplayExecution(Context(t), id)
	wantRefusal(t, "replaying it", err, engine.CodeExecutionNotTerminal)
	_, err = s.ReplayExecution(Context(t), s.Partitions().NewSolo("default"))
	wantRefusal(t, "replaying an unknown one", err, engine.ClassNotFound)
}
