package views

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

func nothing(context.Context, func(engine.MemberOutcome)) error { return nil }

// play runs a dialog's commands until none is left, and returns what was said. Commands run one after the other, those of a batch
// at once.
type play struct {
	t    *testing.T
	d    Dialog
	said []Said
}

func (p *play) press(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.run(p.d.Update(viewstest.Key(k)))
	}
}

func (p *play) run(cmd tea.Cmd) {
	p.t.Helper()
	msgs := make(chan tea.Msg, 100)
	var running int
	start := func(cmd tea.Cmd) {
		if cmd != nil {
			running++
			go func() { msgs <- cmd() }()
		}
	}
	start(cmd)
	deadline := time.After(10 * time.Second)
	for running > 0 {
		select {
		case msg := <-msgs:
			running--
			switch msg := msg.(type) {
			case tea.BatchMsg:
				for _, c := range msg {
					start(c)
				}
			case Said:
				p.said = append(p.said, msg)
			case Refresh, nil:
			default:
				start(p.d.Update(msg))
			}
		case <-deadline:
			p.t.Fatal("a command does not end")
		}
	}
}

// cancelling is an engine on which every member can be cancelled; done notes what was.
type cancelling struct {
	*viewstest.Engine
	mu   sync.Mutex
	sent []engine.CancelFlow
}

func cancellingEngine() *cancelling {
	e := &cancelling{Engine: viewstest.Canned()}
	e.OnCancelFlow = func(req engine.CancelFlow) (engine.CancelledFlow, error) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.sent = append(e.sent, req)
		flow := engine.CancelledFlow{Flow: req.Flow, Policy: string(req.Policy), Reason: req.Reason}
		for i := range 7 {
			flow.Members = append(flow.Members, viewstest.ExecutionID(i))
		}
		return flow, nil
	}
	state := func(id engine.ExecutionID) engine.PublicState {
		for _, m := range viewstest.CannedFlow().Members {
			if m.ID == id {
				return m.State
			}
		}
		return ""
	}
	e.OnCancelExecution = func(id engine.ExecutionID, _ string) (engine.LifecyclePhase, error) {
		switch s := state(id); {
		case s.Terminal():
			return "", &engine.Error{Class: engine.ClassState, Code: engine.CodeExecutionNotActive}
		case s == engine.StateActive:
			return engine.PhaseActive, nil
		default:
			return engine.PhaseRunnable, nil
		}
	}
	e.OnAckCancelMember = func(engine.FlowID, engine.ExecutionID) error { return nil }
	e.OnCancelPending = func(id engine.ExecutionID, _ string) (bool, error) { return inLine(state(id)), nil }
	return e
}

func TestAPolicyReachesWhatItSays(t *testing.T) {
	f := flowToCancel{counts: tally{}}
	for _, s := range engine.PublicStates() {
		f.counts[s] = 1
	}
	for policy, want := range map[engine.FlowCancelPolicy][]engine.PublicState{
		engine.CancelFlowAll: {engine.StateActive, engine.StateWaiting, engine.StateDelayed, engine.StateRateLimited,
			engine.StateWaitingChildren, engine.StateSuspended, engine.StateResumable},
		engine.CancelFlowPending: {engine.StateWaiting, engine.StateDelayed, engine.StateRateLimited, engine.StateWaitingChildren,
			engine.StateResumable},
		engine.CancelFlowOnly: nil,
		"some other word":     nil,
	} {
		got := f.reached(policy)
		if got.total() != len(want) {
			t.Errorf("%s reaches %v", policy, got)
		}
		for _, s := range want {
			if got[s] != 1 {
				t.Errorf("%s does not reach %s", policy, s)
			}
		}
	}
}

func TestTheCancelDialogKeepsUnlessToldOtherwise(t *testing.T) {
	for name, keys := range map[string][]string{
		"enter all the way":        {"enter", "enter", "enter", "enter"},
		"esc":                      {"esc"},
		"esc from the buttons":     {"tab", "tab", "tab", "right", "esc"},
		"there and back":           {"tab", "tab", "tab", "right", "left", "enter"},
		"letters are no shortcuts": {"y", "c", "enter", "enter", "y", "enter", "enter"},
	} {
		t.Run(name, func(t *testing.T) {
			e := cancellingEngine()
			p := &play{t: t, d: NewCancelFlow(bareCommon(e), viewstest.CannedFlow())}
			p.press(keys...)
			if !p.d.Closed() || len(e.Calls()) > 0 {
				t.Errorf("closed %v, calls %v", p.d.Closed(), e.Calls())
			}
		})
	}
}

func TestAFlowIsCancelledAsChosen(t *testing.T) {
	for name, c := range map[string]struct {
		keys   []string
		policy engine.FlowCancelPolicy
		reason string
		shows  []string
		said   string
	}{
		"everything": {[]string{"tab", "tab", "o", "o", "p", "s", "enter", "right", "enter"}, engine.CancelFlowAll, "oops",
			[]string{"flow 0f10a000 cancelled (cancel_all)", "7 of 7: 4 cancelled, 3 had ended", "✓ e00026ae embed  cancelled, was active",
				"· e0000000 fetch  had ended"}, "flow 0f10a000 cancelled (cancel_all): 4 cancelled, 3 had ended"},
		"what is in line": {[]string{"right", "tab", "tab", "tab", "right", "enter"}, engine.CancelFlowPending, "",
			[]string{"7 of 7: 3 cancelled, 4 left alone", "· e00026ae embed  at work or over: left alone"},
			"flow 0f10a000 cancelled (cancel_pending): 3 cancelled, 4 left alone"},
		"the flow alone": {[]string{"right", "right", "right", "enter", "enter", "enter", "right", "enter"}, engine.CancelFlowOnly, "",
			[]string{"flow 0f10a000 cancelled (flow_only)", "no member was to be cancelled"}, "flow 0f10a000 cancelled (flow_only): 0 cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			e := cancellingEngine()
			p := &play{t: t, d: NewCancelFlow(bareCommon(e), viewstest.CannedFlow())}
			p.press(c.keys...)
			if len(e.sent) != 1 || e.sent[0].Policy != c.policy || e.sent[0].Reason != c.reason || e.sent[0].Flow != viewstest.FlowID(0) {
				t.Fatalf("sent %+v", e.sent)
			}
			frame := p.d.View(80, 22)
			for _, want := range c.shows {
				if !strings.Contains(frame, want) {
					t.Errorf("%q is missing in\n%s", want, frame)
				}
			}
			if len(p.said) != 1 || string(p.said[0].Text) != c.said || p.said[0].Error {
				t.Errorf("said %v", p.said)
			}
			if p.d.Closed() {
				t.Error("closed before anybody could read it")
			}
			if p.press("enter"); !p.d.Closed() {
				t.Error("enter does not close it")
			}
		})
	}
}

func TestNobodyWaitsWhoDoesNotWantTo(t *testing.T) {
	e := cancellingEngine()
	p := &play{t: t, d: NewCancelFlow(bareCommon(e), viewstest.CannedFlow())}
	p.press("tab", "right", "tab", "tab", "right", "enter")
	if !p.d.Closed() {
		t.Error("the dialog stays")
	}
	if len(p.said) != 1 || string(p.said[0].Text) != "flow 0f10a000 cancelled (cancel_all): 4 cancelled, 3 had ended" {
		t.Errorf("said %v", p.said)
	}
}

func TestACancelGoesOnWhenItsDialogIsClosed(t *testing.T) {
	e := cancellingEngine()
	gate := make(chan struct{})
	answer := e.OnCancelFlow
	e.OnCancelFlow = func(req engine.CancelFlow) (engine.CancelledFlow, error) { <-gate; return answer(req) }
	d := NewCancelFlow(bareCommon(e), viewstest.CannedFlow())
	p := &play{t: t, d: d}
	p.press("tab", "tab", "tab", "right")
	send := d.Update(viewstest.Key("enter"))
	d.Update(viewstest.Key("esc"))
	if !d.Closed() {
		t.Error("esc does not close a dialog that sends")
	}
	close(gate)
	p.run(send)
	if len(p.said) != 1 || string(p.said[0].Text) != "flow 0f10a000 cancelled (cancel_all): 4 cancelled, 3 had ended" {
		t.Errorf("said %v", p.said)
	}
}

func TestARefusedCancelIsExplained(t *testing.T) {
	e := viewstest.Canned()
	e.OnCancelFlow = func(engine.CancelFlow) (engine.CancelledFlow, error) {
		return engine.CancelledFlow{}, engine.Transport("cancel_flow", nil)
	}
	p := &play{t: t, d: NewCancelFlow(bareCommon(e), viewstest.CannedFlow())}
	p.press("tab", "tab", "tab", "right", "enter")
	if p.d.Closed() || !strings.Contains(p.d.View(80, 22), "The server cannot be reached: nothing was done.") {
		t.Errorf("it does not say why\n%s", p.d.View(80, 22))
	}
	if len(p.said) != 1 || !p.said[0].Error {
		t.Errorf("said %v", p.said)
	}
	if p.press("enter"); !p.d.Closed() || e.Called("CancelFlow") != 1 {
		t.Error("after an error enter sends again unasked")
	}
}

func TestAMemberThatIsNotCancelledIsExplained(t *testing.T) {
	e := cancellingEngine()
	answer := e.OnCancelExecution
	e.OnCancelExecution = func(id engine.ExecutionID, reason string) (engine.LifecyclePhase, error) {
		if id == viewstest.ExecutionID(2) {
			return "", engine.Refused("cancel_execution", nil)
		}
		return answer(id, reason)
	}
	p := &play{t: t, d: NewCancelFlow(bareCommon(e), viewstest.CannedFlow())}
	p.press("tab", "tab", "tab", "right", "enter")
	frame := p.d.View(80, 22)
	for _, want := range []string{"7 of 7: 3 cancelled, 3 had ended, 1 failed", "✗ e00026ae embed  The server refused the command.",
		"Check its log and the program's rights.", "tried again by the engine's cancel reconciler"} {
		if !strings.Contains(frame, want) {
			t.Errorf("%q is missing in\n%s", want, frame)
		}
	}
	if len(p.said) != 1 || !p.said[0].Error {
		t.Errorf("said %v", p.said)
	}
}

func TestACancelledFlowIsFinished(t *testing.T) {
	d := viewstest.CannedFlow()
	d.Flow.State, d.Flow.CancelPolicy, d.Flow.CancelReason = engine.FlowCancelled, "cancel_pending", "no longer wanted"
	d.Flow.CancelledAt = viewstest.Now.Add(-3 * time.Minute)
	e := cancellingEngine()
	e.OnCancelFlow = func(req engine.CancelFlow) (engine.CancelledFlow, error) {
		return engine.CancelledFlow{Flow: req.Flow, Policy: "cancel_pending", AlreadyTerminal: true,
			Members: []engine.ExecutionID{viewstest.ExecutionID(2), viewstest.ExecutionID(4)}}, nil
	}
	p := &play{t: t, d: NewCancelFlow(bareCommon(e), d)}
	viewstest.Golden(t, "cancel-finish", p.d.View(80, 22))
	p.press("tab", "right", "enter")
	frame := p.d.View(80, 22)
	if !strings.Contains(frame, "flow 0f10a000 had been cancelled (cancel_pending)") || !strings.Contains(frame, "2 of 2: 1 cancelled, 1 left alone") {
		t.Error(frame)
	}

	d.Flow.CancelPolicy = "flow_only"
	p = &play{t: t, d: NewCancelFlow(bareCommon(e), d)}
	p.press("tab", "right", "enter")
	if !p.d.Closed() || e.Called("CancelFlow") != 1 {
		t.Error("a policy that leaves members alone offers to do something")
	}
}

func TestAnExecutionIsCancelled(t *testing.T) {
	e := cancellingEngine()
	row := viewstest.CannedFlow().Members[2]
	p := &play{t: t, d: NewCancelExecution(bareCommon(e), row)}
	viewstest.Golden(t, "cancel-execution", p.d.View(80, 22))
	p.press("s", "t", "u", "c", "k", "enter", "right", "enter")
	if calls := e.Calls(); len(calls) != 1 || calls[0] != "CancelExecution "+string(row.ID)+" stuck operator_override" {
		t.Errorf("calls %q", calls)
	}
	if frame := p.d.View(80, 22); !strings.Contains(frame, "✓ e00026ae embed  cancelled, was active") {
		t.Error(frame)
	}
	if len(p.said) != 1 || string(p.said[0].Text) != "execution e00026ae: 1 cancelled" {
		t.Errorf("said %v", p.said)
	}
}

func TestAnExecutionThatHasEndedIsNotCancelled(t *testing.T) {
	e := cancellingEngine()
	for _, row := range []engine.ExecutionRow{viewstest.CannedFlow().Members[0], {ID: viewstest.ExecutionID(0), Missing: true}} {
		p := &play{t: t, d: NewCancelExecution(bareCommon(e), row)}
		p.press("enter", "right", "enter")
		if !p.d.Closed() || len(e.Calls()) > 0 {
			t.Errorf("%s: calls %v", row.State, e.Calls())
		}
	}
	// It may end while the dialog is open.
	row := viewstest.CannedFlow().Members[0]
	row.State = engine.StateActive
	p := &play{t: t, d: NewCancelExecution(bareCommon(e), row)}
	p.press("enter", "right", "enter")
	if !strings.Contains(p.d.View(80, 22), "had ended") || len(p.said) != 1 || p.said[0].Error {
		t.Errorf("said %v\n%s", p.said, p.d.View(80, 22))
	}
}

func TestLosersAreCancelledForTheGroupsReason(t *testing.T) {
	d := viewstest.CannedFlow()
	d.Flow.EdgeGroups[3].State, d.Flow.EdgeGroups[3].CancelPending = engine.GroupImpossible, true
	e := cancellingEngine()
	e.FlowsByID[d.Flow.ID] = d
	v := flowView(t, e.Engine, [2]int{80, 24})
	p := &play{t: t, d: asked(t, v.Update(viewstest.Key("o")))}
	p.press("enter")
	if !p.d.Closed() || e.Called("CancelExecution") > 0 {
		t.Fatal("the button that keeps is not the first")
	}
	p = &play{t: t, d: asked(t, v.Update(viewstest.Key("o")))}
	p.press("right", "enter")
	calls := e.Calls()
	if got := calls[len(calls)-1]; got != "CancelExecution "+string(viewstest.ExecutionID(2))+" sibling_quorum_impossible operator_override" {
		t.Errorf("called %s", got)
	}
	if len(p.said) != 1 || string(p.said[0].Text) != "losers of flow 0f10a000: 1 cancelled" {
		t.Errorf("said %v", p.said)
	}
}

func TestCancelDialogsAsTheyAreDrawn(t *testing.T) {
	c := bareCommon(cancellingEngine())
	for name, keys := range map[string][]string{
		"cancel-all": {}, "cancel-pending": {"right"}, "cancel-only": {"right", "right"},
		"cancel-buttons": {"enter", "enter", "x", "enter", "right"},
	} {
		p := &play{t: t, d: NewCancelFlow(c, viewstest.CannedFlow())}
		p.press(keys...)
		viewstest.Golden(t, name, p.d.View(80, 22))
	}
	d := NewCancelFlow(c, viewstest.CannedFlow())
	d.Update(cancelBegun{run: startCancelling(nothing), head: "flow 0f10a000 cancelled (cancel_all)", total: 7})
	d.Update(cancelNews{last: true, outcomes: []engine.MemberOutcome{
		{Execution: viewstest.ExecutionID(0), Before: engine.PhaseTerminal, Cancelled: true, Already: true},
		{Execution: viewstest.ExecutionID(2), Before: engine.PhaseActive, Cancelled: true},
		{Execution: viewstest.ExecutionID(3), Err: engine.Uncertain("cancel_execution", nil)},
		{Execution: viewstest.ExecutionID(4), Before: engine.PhaseRunnable, Cancelled: true, Err: engine.Transport("ack_cancel_member", nil)},
		{Execution: viewstest.ExecutionID(5)},
	}})
	viewstest.Golden(t, "cancel-outcomes", d.View(80, 22))
}

func TestManyOutcomesScroll(t *testing.T) {
	d := NewCancelFlow(bareCommon(viewstest.New()), viewstest.CannedFlow()).(*cancelDialog)
	d.Update(cancelBegun{run: startCancelling(nothing), head: "head", total: 300})
	var news cancelNews
	for i := range 300 {
		news.outcomes = append(news.outcomes, engine.MemberOutcome{Execution: viewstest.ExecutionID(i), Cancelled: true})
	}
	d.View(80, 22)
	d.Update(news)
	last := string(ShortExecution(viewstest.ExecutionID(299)))
	if !strings.Contains(d.View(80, 22), last) {
		t.Error("the newest outcome is not in sight")
	}
	d.Update(cancelNews{last: true})
	d.Update(viewstest.Key("g"))
	if !strings.Contains(d.View(80, 22), string(ShortExecution(viewstest.ExecutionID(0)))) || strings.Contains(d.View(80, 22), last) {
		t.Error("it does not scroll to the first")
	}
	d.Update(viewstest.WheelDown())
	if strings.Contains(d.View(80, 22), string(ShortExecution(viewstest.ExecutionID(0)))) {
		t.Error("the wheel does not scroll")
	}
}
