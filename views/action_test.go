package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/views/viewstest"
)

// steered is an engine that takes every intervention.
func steered() *viewstest.Engine {
	e := viewstest.Canned()
	e.OnSteer = func(string, string) error { return nil }
	e.Workers = []engine.Worker{
		{ID: "crawler", Instance: "crawler-1", Namespace: "prod", Lanes: []engine.LaneID{"other"}, Alive: true},
		{ID: "crawler", Instance: "crawler-2", Namespace: "prod", Lanes: []engine.LaneID{"default", "agents"}, Alive: true, LastHeartbeat: viewstest.Now},
		{ID: "crawler", Instance: "crawler-3", Namespace: "prod", Lanes: []engine.LaneID{"default"}},
	}
	e.Budgets = map[engine.BudgetID]*engine.BudgetStatus{"b1": {ID: "b1", ScopeType: "lane", ScopeID: "default",
		Usage: map[string]uint64{"tokens": 1200}, Hard: map[string]uint64{"tokens": 1000}, Breaches: 3}}
	e.Kids = map[engine.Partition][]engine.SecretKid{}
	for p := range e.Deployed.Partitions.FlowPartitions() {
		e.Kids[p] = []engine.SecretKid{{Kid: "k1", Current: true}}
	}
	return e
}

func memberTarget(n int) action.Target {
	r := viewstest.CannedFlow().Members[n]
	return executionTarget(&r)
}

// chosen plays the menu of targets until an action's dialog is asked for.
func chosen(t *testing.T, c *Common, letter string, targets ...action.Target) *play {
	t.Helper()
	menu := NewActions(c, targets...)
	p := &play{t: t, d: menu}
	p.run(menu.Init())
	d := asked(t, menu.Update(viewstest.Key(letter)))
	if d == nil || !menu.Closed() {
		t.Fatalf("%s opens nothing\n%s", letter, menu.View(80, 22))
	}
	p = &play{t: t, d: d}
	p.run(d.Init())
	return p
}

func TestTheMenuOffersWhatMakesSense(t *testing.T) {
	for name, n := range map[string]int{"menu-active": 2, "menu-failed": 3, "menu-waiting": 4} {
		menu := NewActions(bareCommon(steered()), memberTarget(n))
		p := &play{t: t, d: menu}
		p.run(menu.Init())
		viewstest.Golden(t, name, menu.View(80, 22))
	}
}

func TestTheMenuOfManyCountsWhatIsPossible(t *testing.T) {
	menu := NewActions(bareCommon(steered()), memberTarget(0), memberTarget(1), memberTarget(2), memberTarget(3), memberTarget(4))
	p := &play{t: t, d: menu}
	p.run(menu.Init())
	viewstest.Golden(t, "menu-many", menu.View(80, 22))
	for _, letter := range []string{"s", "e", "g"} {
		if cmd := menu.Update(viewstest.Key(letter)); cmd != nil || menu.Closed() {
			t.Errorf("%s leads somewhere", letter)
		}
	}
}

func TestALetterThatComesBeforeTheMenuIsRead(t *testing.T) {
	menu := NewActions(bareCommon(steered()), memberTarget(0))
	menu.Update(viewstest.Key("r"))
	if menu.Closed() {
		t.Fatal("it opened what it knows nothing of")
	}
	if d := asked(t, menu.Update(menu.Init()())); d == nil || !menu.Closed() {
		t.Error("the letter is forgotten")
	}
}

func TestEachActionDoesWhatItSays(t *testing.T) {
	x := string(viewstest.ExecutionID(2))
	for name, c := range map[string]struct {
		letter string
		target action.Target
		change func(e *viewstest.Engine)
		keys   []string
		call   string
		shows  string
	}{
		"replay": {"r", memberTarget(0), nil, []string{"right", "enter"}, "ReplayExecution " + string(viewstest.ExecutionID(0)), "replayed, it is waiting"},
		"revoke": {"l", memberTarget(2), nil, []string{"tab", "right", "enter"}, "RevokeLease " + x + "  operator_revoke", "lease revoked, was held by crawler-7f9c"},
		"tag": {"t", memberTarget(2), nil, append(strings.Split("team.x", ""), "tab", "o", "k", "tab", "right", "enter"),
			"SetExecutionTag " + x + " team.x ok", "tagged team.x=ok"},
		"flow tag": {"t", flowTarget(viewstest.FlowID(0)), nil, append(strings.Split("team.x", ""), "tab", "tab", "right", "enter"),
			"SetFlowTag " + string(viewstest.FlowID(0)) + " team.x ", "tagged team.x="},
		"reclaim": {"g", memberTarget(2), func(e *viewstest.Engine) { lose(e, 2) }, []string{"tab", "tab", "right", "enter"},
			"IssueReclaimGrant " + x + " crawler crawler-2 30s", "granted to crawler-2 for 30s"},
		"priority": {"p", inState(engine.StateWaiting), nil, []string{"ctrl+u", "9", "9", "tab", "right", "enter"},
			"ChangePriority " + string(inState(engine.StateWaiting).Execution) + " 99", "priority 99"},
		"resume": {"u", inState(engine.StateSuspended), nil, []string{"tab", "right", "enter"},
			"ResumeExecution " + string(inState(engine.StateSuspended).Execution) + " operator 0s", "resumed, it is waiting"},
		"budget": {"r", action.Target{Kind: action.Budget, Budget: "b1"}, nil, []string{"right", "enter"}, "ResetBudget b1", "reset"},
		"worker": {"k", action.Target{Kind: action.Worker, Namespace: "prod", Instance: "crawler-2"}, nil,
			[]string{"tab", "d", "e", "a", "d", "tab", "right", "enter"}, "MarkWorkerDead crawler-2 prod ", "marked dead"},
	} {
		t.Run(name, func(t *testing.T) {
			e := steered()
			e.Described = map[engine.ExecutionID]*engine.Execution{inState(engine.StateWaiting).Execution: {
				State: engine.StateVector{Phase: engine.PhaseRunnable, Eligibility: engine.EligibleNow, Public: engine.StateWaiting}}}
			if c.change != nil {
				c.change(e)
			}
			p := chosen(t, bareCommon(e), c.letter, c.target)
			p.press(c.keys...)
			if calls := e.Calls(); !slices.Contains(calls, c.call) {
				t.Errorf("no %q among %q\n%s", c.call, calls, p.d.View(80, 22))
			}
			if frame := p.d.View(80, 22); !strings.Contains(frame, c.shows) {
				t.Errorf("%q is missing in\n%s", c.shows, frame)
			}
			if len(p.said) != 1 || p.said[0].Error || !strings.Contains(string(p.said[0].Text), c.shows) {
				t.Errorf("said %v", p.said)
			}
			if p.press("enter"); !p.d.Closed() {
				t.Error("enter does not close it")
			}
		})
	}
}

// inState is the first canned execution in a state.
func inState(s engine.PublicState) action.Target {
	rows := viewstest.CannedRows()
	i := slices.IndexFunc(rows, func(r engine.ExecutionRow) bool { return r.State == s })
	return executionTarget(&rows[i])
}

// lose lets a member's lease run out.
func lose(e *viewstest.Engine, n int) {
	d := e.FlowsByID[viewstest.FlowID(0)]
	d.Members[n].Ownership = engine.OwnerExpired
}

func TestAnActionKeepsUnlessToldOtherwise(t *testing.T) {
	for name, keys := range map[string][]string{
		"enter":                    {"enter", "enter", "enter"},
		"esc":                      {"right", "esc"},
		"there and back":           {"right", "left", "enter"},
		"letters are no shortcuts": {"y", "r", "enter"},
	} {
		e := steered()
		p := chosen(t, bareCommon(e), "r", memberTarget(0))
		p.press(keys...)
		if !p.d.Closed() || e.Called("ReplayExecution") > 0 {
			t.Errorf("%s: closed %v, calls %v", name, p.d.Closed(), e.Calls())
		}
	}
}

func TestTheWordHasToBeTyped(t *testing.T) {
	e := steered()
	p := chosen(t, bareCommon(e), "k", action.Target{Kind: action.Worker, Namespace: "prod", Instance: "crawler-2"})
	viewstest.Golden(t, "action-dead", p.d.View(80, 22))
	p.press("tab", "d", "e", "a", "tab", "right", "enter")
	if !p.d.Closed() || e.Called("MarkWorkerDead") > 0 {
		t.Errorf("three of four letters are enough: %v", e.Calls())
	}
	p = chosen(t, bareCommon(e), "k", action.Target{Kind: action.Worker, Namespace: "prod", Instance: "crawler-2"})
	p.press("tab", "d", "e", "a", "d", "tab", "right", "shift+tab", "x", "tab", "enter")
	if e.Called("MarkWorkerDead") > 0 {
		t.Error("the word was changed after the button was chosen, and it is done all the same")
	}
}

func TestManyCancelsNeedTheirNumber(t *testing.T) {
	e := steered()
	e.OnCancelExecution = func(engine.ExecutionID, string) (engine.LifecyclePhase, error) { return engine.PhaseRunnable, nil }
	targets := waitingRows(e, 25)
	p := chosen(t, bareCommon(e), "c", targets...)
	p.press("tab", "2", "4", "tab", "right", "enter")
	if e.Called("CancelExecution") > 0 {
		t.Fatal("a wrong number is enough")
	}
	p = chosen(t, bareCommon(e), "c", targets...)
	p.press("tab", "2", "5", "tab", "right", "enter")
	if n := e.Called("CancelExecution"); n != 25 {
		t.Errorf("%d cancelled", n)
	}
	if len(p.said) != 1 || string(p.said[0].Text) != "cancel of 25 executions: 25 done" {
		t.Errorf("said %v", p.said)
	}
}

// waitingRows puts executions in line.
func waitingRows(e *viewstest.Engine, n int) []action.Target {
	var rows []engine.ExecutionRow
	var targets []action.Target
	for i := range n {
		r := engine.ExecutionRow{ID: viewstest.ExecutionID(500 + i), Kind: "bulk", State: engine.StateWaiting, Phase: engine.PhaseRunnable,
			Ownership: engine.OwnerNone, CreatedAt: viewstest.Now}
		rows = append(rows, r)
		targets = append(targets, executionTarget(&r))
	}
	e.LaneRows = map[engine.LaneIndex][]engine.ExecutionRow{engine.IndexEligible: rows}
	return targets
}

func TestFailedOnesAreTriedAgain(t *testing.T) {
	e := steered()
	targets := waitingRows(e, 5)
	broken := string(viewstest.ExecutionID(502))
	e.OnSteer = func(_, target string) error {
		if target == broken {
			return engine.Transport("change_priority", nil)
		}
		return nil
	}
	p := chosen(t, bareCommon(e), "p", targets...)
	p.press("5", "tab", "right", "enter")
	frame := p.d.View(80, 22)
	for _, want := range []string{"5 of 5: 4 done, 1 failed", "✗ e0", "The server cannot be reached: nothing was done.", "r tries those again"} {
		if !strings.Contains(frame, want) {
			t.Errorf("%q is missing in\n%s", want, frame)
		}
	}
	e.Lock()
	e.OnSteer = func(string, string) error { return nil }
	e.Unlock()
	p.press("r")
	if n := e.Called("ChangePriority"); n != 6 {
		t.Errorf("%d calls, 5 and the failed one again are 6", n)
	}
	if len(p.said) != 2 || p.said[1].Error {
		t.Errorf("said %v", p.said)
	}
}

func TestEscStopsWhatHasNotBegun(t *testing.T) {
	e := steered()
	targets := waitingRows(e, 60)
	gate := make(chan struct{})
	hold := &held{Engine: e, gate: gate}
	d := newActionDialog(bareCommon(hold), action.Named(action.Execution, "tag"), targets)
	p := &play{t: t, d: d}
	p.run(d.Init())
	p.press(append(strings.Split("team.x", ""), "tab", "tab", "right")...)
	begun := d.Update(viewstest.Key("enter"))
	batch := begun()
	for _, cmd := range unpack(batch) {
		if msg, ok := cmd().(actionBegun); ok {
			next := d.Update(msg)
			d.Update(viewstest.Key("esc"))
			close(gate)
			p.run(next)
			break
		}
	}
	frame := d.View(80, 22)
	if !strings.Contains(frame, "not begun") || hold.Called("SetExecutionTag") == 60 {
		t.Errorf("all were done in spite of the stop\n%s", frame)
	}
}

func TestARotationShowsNoSecretAndIsRepeated(t *testing.T) {
	e := steered()
	fail := true
	e.OnRotate = func(string, time.Duration) []engine.RotationResult {
		var results []engine.RotationResult
		for part := range e.Deployed.Partitions.FlowPartitions() {
			r := engine.RotationResult{Partition: part, PreviousKid: "k1"}
			if fail && part.Index == 7 {
				r.Err = engine.Transport("rotate", nil)
			}
			results = append(results, r)
		}
		return results
	}
	d := NewRotation(bareCommon(e))
	p := &play{t: t, d: d}
	p.run(d.Init())
	typed := strings.Repeat("ab12", 16)
	p.press(append([]string{"ctrl+u"}, strings.Split("k2", "")...)...)
	viewstest.Golden(t, "action-rotate", d.View(80, 24))
	p.press("tab", "right", "right", "tab")
	p.press(strings.Split(typed, "")...)
	frame := d.View(80, 24)
	if strings.Contains(frame, "ab12") || !strings.Contains(frame, "64 characters, not shown") {
		t.Errorf("the secret is on the screen\n%s", frame)
	}
	p.press("tab", "tab", "k", "2", "tab", "right", "enter")
	frame = d.View(80, 24)
	for _, want := range []string{"✗ {fp:7}", "The server cannot be reached", "Repeat it until none fails", "r tries those again"} {
		if !strings.Contains(frame, want) {
			t.Errorf("%q is missing in\n%s", want, frame)
		}
	}
	e.Lock()
	fail = false
	e.Unlock()
	p.press("r")
	if frame = d.View(80, 24); !strings.Contains(frame, "✓ {fp:7}") || e.Called("RotateSecrets") != 2 {
		t.Errorf("it is not repeated\n%s", frame)
	}
	for _, said := range p.said {
		if strings.Contains(string(said.Text), "ab12") {
			t.Error("the secret is in the log")
		}
	}
}

func TestReadOnlyWritesNothingWhateverIsPressed(t *testing.T) {
	all := viewstest.Canned()
	gated := &refusingWrites{Engine: all}
	c := bareCommon(gated)
	c.ReadOnly = true
	for _, target := range []action.Target{memberTarget(0), memberTarget(2), memberTarget(4), flowTarget(viewstest.FlowID(0))} {
		menu := NewActions(c, target)
		p := &play{t: t, d: menu}
		p.run(menu.Init())
		if frame := menu.View(80, 22); !strings.Contains(frame, "read-only") {
			t.Errorf("it does not say why\n%s", frame)
		}
		for _, a := range action.For(target.Kind) {
			if cmd := menu.Update(viewstest.Key(a.Key)); cmd != nil || menu.Closed() {
				t.Errorf("%s leads somewhere", a.Name)
			}
		}
		menu.Update(viewstest.Key("enter"))
		if menu.Closed() {
			t.Error("enter leads somewhere")
		}
	}
	if n := gated.writes.Load(); n > 0 {
		t.Errorf("%d writes", n)
	}
}

func TestACancelSaysWhatItDoesToOthers(t *testing.T) {
	e := steered()
	d := NewCancelExecution(bareCommon(e), viewstest.CannedFlow().Members[2])
	p := &play{t: t, d: d}
	p.run(d.Init())
	viewstest.Golden(t, "cancel-impact", d.View(80, 22))

	flow := e.FlowsByID[viewstest.FlowID(0)]
	flow.Flow.EdgeGroups[3].Failed, flow.Members[3].State, flow.Edges[5].State = 0, engine.StateActive, engine.EdgeUnsatisfied
	flow.Members[3].Phase = engine.PhaseActive
	flow.Truncated = 40
	d = NewCancelExecution(bareCommon(e), flow.Members[2])
	p = &play{t: t, d: d}
	p.run(d.Init())
	frame := d.View(80, 22)
	for _, want := range []string{"merge e0004d5c loses a dependency: still reaches quorum 2 of 3, 2 left", "40 members were not read: more may be hit"} {
		if !strings.Contains(frame, want) {
			t.Errorf("%q is missing in\n%s", want, frame)
		}
	}
	p = chosen(t, bareCommon(e), "c", memberTarget(2), memberTarget(1), memberTarget(4))
	if frame := p.d.View(80, 24); !strings.Contains(frame, "skips 2 executions downstream: review") || !strings.Contains(frame, "left alone 1 (it has ended)") {
		t.Errorf("a cancel of several says nothing of others\n%s", frame)
	}
}

func TestALargeFlowIsCancelledByItsNumber(t *testing.T) {
	d := viewstest.CannedFlow()
	for i := range 20 {
		r := d.Members[4]
		r.ID = viewstest.ExecutionID(700 + i)
		d.Members = append(d.Members, r)
	}
	for word, sent := range map[string]int{"24": 1, "23": 0} {
		e := cancellingEngine()
		p := &play{t: t, d: NewCancelFlow(bareCommon(e), d)}
		p.press("tab", "tab", "tab")
		p.press(append(strings.Split(word, ""), "tab", "right", "enter")...)
		if len(e.sent) != sent {
			t.Errorf("with %s typed %d cancels were sent\n%s", word, len(e.sent), p.d.View(80, 24))
		}
	}
}

func TestTheMenuOfAWorkerIsItsOwn(t *testing.T) {
	e := steered()
	v := NewWorkers(bareCommon(e))
	v.SetSize(120, 30)
	v.Update(Data{Key: "workers", Value: engine.WorkerRows{Rows: []engine.WorkerRow{{Worker: e.Workers[1], Registered: true, Recorded: true}}}})
	menu := asked(t, v.Update(viewstest.Key("a")))
	p := &play{t: t, d: menu}
	p.run(menu.Init())
	if frame := menu.View(80, 22); !strings.Contains(frame, "crawler-2") || !strings.Contains(frame, "mark-dead") {
		t.Error(frame)
	}
}
