package views

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/diagnose"
	"ffboard/views/viewstest"
)

// stuckFacts are facts about a canned execution whose worker is gone.
func stuckFacts(t *testing.T, e *viewstest.Engine) *engine.ExecutionFacts {
	t.Helper()
	x := cannedIn(t, e, engine.StateActive).Execution
	x.State.Ownership, x.LeaseExpiredAt = engine.OwnerExpired, viewstest.Now.Add(-5*time.Minute)
	f := &engine.ExecutionFacts{
		ID: x.ID, At: viewstest.Now, Execution: &x, LaneKnown: true, Policy: engine.PolicyFacts{MaxReclaims: 100, MaxReplays: 10},
		Place:      &engine.IndexPlace{Index: engine.IndexActive, Present: true},
		Holder:     &engine.HolderFacts{Instance: x.Lease.WorkerInstance, Known: true},
		Workers:    &engine.WorkerFacts{List: []engine.Worker{{Instance: "crawler-2", Alive: true, Capabilities: []string{"gpu"}}}},
		DeadlineAt: viewstest.Now.Add(time.Hour),
		Flow:       &engine.FlowStanding{Flow: &engine.Flow{ID: x.FlowID, Kind: "crawl"}},
	}
	e.Facts = map[engine.ExecutionID]*engine.ExecutionFacts{x.ID: f}
	return f
}

func whyView(t *testing.T, e *viewstest.Engine, v *Why, width, height int) *Why {
	t.Helper()
	v.SetSize(width, height)
	fetch(t, v, e)
	return v
}

func TestADiagnosisAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			e := viewstest.Canned()
			f := stuckFacts(t, e)
			width, height := body(size)
			v := whyView(t, e, NewWhy(bareCommon(e), f.ID), width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "why-"+sizeName(size), v.View())
		})
	}
}

func TestAFlowsDiagnosisAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			e := viewstest.Canned()
			v := whyView(t, e, NewFlowWhy(bareCommon(e), heldUpFlow(t, e)), 80, 24)
			width, height := body(size)
			v.SetSize(width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "why-flow-"+sizeName(size), v.View())
		})
	}
}

// heldUpFlow is a flow with one stuck member, one that waits for it, and one that runs.
func heldUpFlow(t *testing.T, e *viewstest.Engine) engine.FlowID {
	t.Helper()
	f := stuckFacts(t, e)
	flow := engine.FlowID("550e8400-e29b-41d4-a716-446655440000")
	atWork := cannedIn(t, e, engine.StateActive).Execution
	atWork.ID = viewstest.ExecutionID(90)
	waiter := atWork
	waiter.ID, waiter.Lease = viewstest.ExecutionID(91), nil
	waiter.State = engine.StateVector{Phase: engine.PhaseRunnable, Eligibility: engine.BlockedByDependencies, Public: engine.StateWaitingChildren}
	e.FlowFactsByID = map[engine.FlowID]*engine.FlowFacts{flow: {
		ID: flow, At: viewstest.Now, Members: 3, Flow: &engine.Flow{ID: flow, Kind: "crawl", State: engine.FlowOpen},
		List: []engine.MemberFacts{{ID: f.ID, Execution: f.Execution}, {ID: atWork.ID, Execution: &atWork}, {ID: waiter.ID, Execution: &waiter}},
		Waits: []engine.WaitFacts{{Member: waiter.ID, Unresolved: 1, Upstreams: []engine.ExecutionID{f.ID},
			Group: &engine.EdgeGroup{Policy: engine.EdgePolicy{Kind: engine.PolicyAllOf}, Total: 1, Running: 1, State: engine.GroupPending}}},
	}}
	return flow
}

func TestADiagnosisLeadsToWhatItRestsOn(t *testing.T) {
	e := viewstest.Canned()
	flow := heldUpFlow(t, e)
	v := whyView(t, e, NewFlowWhy(bareCommon(e), flow), 120, 36)
	if !strings.Contains(v.View(), "hold") {
		t.Fatal(v.View())
	}
	selectRow(t, v, "stuck")
	if view := pushed(t, v.Update(viewstest.Key("enter"))); !strings.HasPrefix(string(view.Title()), "execution ") {
		t.Errorf("enter opens %q", view.Title())
	}
	if view := pushed(t, v.Update(viewstest.Key("w"))); !strings.HasPrefix(string(view.Title()), "why ") {
		t.Errorf("w opens %q", view.Title())
	}
	if view := pushed(t, v.Update(viewstest.Key("d"))); !strings.HasPrefix(string(view.Title()), "flow ") {
		t.Errorf("d opens %q", view.Title())
	}
	if view := pushed(t, v.Update(viewstest.Key("e"))); !strings.HasPrefix(string(view.Title()), "edges ") {
		t.Errorf("e opens %q", view.Title())
	}
}

// selectRow moves down to the row of a name.
func selectRow(t *testing.T, v *Why, name string) {
	t.Helper()
	for range v.rows {
		if string(v.selected().name) == name {
			return
		}
		v.Update(viewstest.Key("j"))
	}
	t.Fatalf("no row %q in\n%s", name, v.View())
}

func TestADiagnosisLeadsToWorkersBudgetsAndQuotas(t *testing.T) {
	c := bareCommon(viewstest.Canned())
	for kind, title := range map[diagnose.RefKind]string{diagnose.RefWorker: "workers", diagnose.RefBudget: "budgets", diagnose.RefQuota: "budgets"} {
		r := diagnose.Ref{Kind: kind, ID: "x"}
		if view := refView(c, r); !refOpens(r) || string(view.Title()) != title {
			t.Errorf("%s opens %q", kind, view.Title())
		}
	}
}

func TestADiagnosisOffersItsRemediesByKey(t *testing.T) {
	e := viewstest.Canned()
	f := stuckFacts(t, e)
	v := whyView(t, e, NewWhy(bareCommon(e), f.ID), 120, 36)
	for _, k := range []string{"c", "T", "a"} {
		cmd := v.Update(viewstest.Key(k))
		if cmd == nil {
			t.Fatalf("%s does nothing", k)
		}
		if _, ok := cmd().(Ask); !ok {
			t.Errorf("%s opens no dialog", k)
		}
	}
	if cmd := v.Update(viewstest.Key("R")); cmd != nil {
		t.Error("a replay is offered for what has not ended")
	}
	v.c.ReadOnly = true
	for _, k := range []string{"c", "T"} {
		if cmd := v.Update(viewstest.Key(k)); cmd != nil {
			t.Errorf("read-only: %s does something", k)
		}
	}
	selectRow(t, v, "T take over")
	if said, ok := v.Update(viewstest.Key("enter"))().(Said); !ok || !said.Error {
		t.Error("read-only: enter on a remedy asks")
	}
}

func TestADiagnosisKeepsItsPlace(t *testing.T) {
	e := viewstest.Canned()
	f := stuckFacts(t, e)
	v := whyView(t, e, NewWhy(bareCommon(e), f.ID), 80, 10)
	v.Update(viewstest.Key("G"))
	last := v.selected().id()
	if !strings.Contains(v.View(), "cancel it") {
		t.Errorf("the last row is not on the screen:\n%s", v.View())
	}
	f.Workers.List = nil // a row less
	fetch(t, v, e)
	if v.selected().id() != last {
		t.Errorf("%q is selected, was %q", v.selected().id(), last)
	}
}

func TestADiagnosisOfAStrangersWordsIsSafe(t *testing.T) {
	for width := 20; width < 130; width += 11 {
		e := viewstest.Canned()
		f := stuckFacts(t, e)
		f.Execution.Kind, f.Execution.LeaseRevokeReason, f.Execution.State.Ownership = viewstest.Hostile(), viewstest.Hostile(), engine.OwnerRevoked
		f.Execution.Lease.WorkerInstance = engine.WorkerInstanceID(viewstest.Hostile())
		f.Flow.Flow.CancelledAt, f.Flow.Flow.CancelReason = viewstest.Now, viewstest.Hostile()
		f.Unread = []engine.Unread{{What: viewstest.Hostile(), Problem: viewstest.Hostile()}}
		v := whyView(t, e, NewWhy(bareCommon(e), f.ID), width, 30)
		for range v.rows {
			viewstest.CheckFrame(t, v.View(), width, 30)
			v.Update(viewstest.Key("j"))
		}
	}
}

func TestADiagnosisOfWhatIsGoneSaysSo(t *testing.T) {
	e := viewstest.New()
	for _, v := range []*Why{NewWhy(bareCommon(e), viewstest.ExecutionID(5)), NewFlowWhy(bareCommon(e), "550e8400-e29b-41d4-a716-446655440000")} {
		whyView(t, e, v, 80, 20)
		if !strings.Contains(v.View(), "there is no such") {
			t.Error(v.View())
		}
	}
}

func TestEveryListLeadsToADiagnosis(t *testing.T) {
	for name, view := range map[string]func(c *Common) View{
		"flows":     func(c *Common) View { return NewFlows(c) },
		"suspended": func(c *Common) View { return NewSuspended(c) },
		"streams":   func(c *Common) View { return NewStreams(c) },
		"a lane":    func(c *Common) View { return NewLaneExecutions(c, "default", engine.IndexSuspended) },
	} {
		t.Run(name, func(t *testing.T) {
			e := viewstest.Canned()
			v := view(bareCommon(e))
			v.SetSize(120, 36)
			fetch(t, v, e)
			if opened := pushed(t, v.Update(viewstest.Key("w"))); !strings.HasPrefix(string(opened.Title()), "why ") {
				t.Errorf("w opens %s", fmt.Sprint(opened.Title()))
			}
		})
	}
}

func TestEveryRemedyThatWritesIsOneKeyAway(t *testing.T) {
	for _, k := range []engine.RemedyKind{
		engine.RemedySignal, engine.RemedyResume, engine.RemedyCancel, engine.RemedyReplay, engine.RemedyPriority, engine.RemedyRevoke,
		engine.RemedyReclaim, engine.RemedyUnblock, engine.RemedyPromote, engine.RemedyRelease, engine.RemedyReindex, engine.RemedyResolve,
		engine.RemedyResetBudget, engine.RemedyCancelFlow, engine.RemedyCancelMembers, engine.RemedyAckCancels, engine.RemedyCancelLosers,
		engine.RemedyStartWorker, engine.RemedyStartEngine, engine.RemedyOpen,
	} {
		if got := remedyOpens(&engine.Remedy{Kind: k}); got != k.Writes() {
			t.Errorf("%s: a dialog: %v", k, got)
		}
	}
}
