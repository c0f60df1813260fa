package views

import (
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views/viewstest"
)

func edgesView(t *testing.T, e *viewstest.Engine, execution engine.ExecutionID, size [2]int) *Edges {
	t.Helper()
	v := NewEdges(bareCommon(e), viewstest.FlowID(0), execution)
	v.SetSize(body(size))
	fetch(t, v, e)
	return v
}

func TestEdgesAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		width, height := body(size)
		around := edgesView(t, viewstest.Canned(), viewstest.ExecutionID(4), size)
		viewstest.CheckFrame(t, around.View(), width, height)
		viewstest.Golden(t, "edges-execution-"+sizeName(size), around.View())
		whole := edgesView(t, viewstest.Canned(), "", size)
		viewstest.CheckFrame(t, whole.View(), width, height)
		viewstest.Golden(t, "edges-flow-"+sizeName(size), whole.View())
	}
}

func TestWhatAnExecutionWaitsForInWords(t *testing.T) {
	all := engine.EdgePolicy{Kind: engine.PolicyAllOf}
	anyOf := engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining}
	two := engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun}
	blocked := engine.ExecutionRow{State: engine.StateWaitingChildren}
	for name, c := range map[string]struct {
		group engine.EdgeGroup
		child engine.ExecutionRow
		want  string
	}{
		"a quorum under way": {engine.EdgeGroup{Policy: two, Total: 3, Succeeded: 1, Running: 1, Failed: 1, State: engine.GroupPending}, blocked,
			"waits for 1 more success of 3 (1 running, 1 failed)"},
		"a quorum at its beginning": {engine.EdgeGroup{Policy: two, Total: 3, Running: 3, State: engine.GroupPending}, blocked,
			"waits for 2 more successes of 3 (3 running)"},
		"all of them": {engine.EdgeGroup{Policy: all, Total: 4, Succeeded: 1, Running: 3, State: engine.GroupPending}, blocked,
			"waits for 3 more successes of 4 (3 running)"},
		"any of them": {engine.EdgeGroup{Policy: anyOf, Total: 3, Running: 1, Failed: 1, Skipped: 1, State: engine.GroupPending}, blocked,
			"waits for 1 more success of 3 (1 running, 1 failed, 1 skipped)"},
		"nothing applied": {engine.EdgeGroup{Policy: all, State: engine.GroupPending}, blocked,
			"waits for nothing: no edge was applied"},
		"more than enough": {engine.EdgeGroup{Policy: two, Total: 3, Succeeded: 3, State: engine.GroupPending}, blocked,
			"waits for nothing more: 3 of 3 succeeded"},
		"satisfied": {engine.EdgeGroup{Policy: two, Total: 3, Succeeded: 2, State: engine.GroupSatisfied}, engine.ExecutionRow{State: engine.StateActive},
			"satisfied: 2 of 3 succeeded, needs 2"},
		"satisfied all_of and about to go": {engine.EdgeGroup{Policy: all, Total: 3, Succeeded: 3, State: engine.GroupSatisfied}, blocked,
			"satisfied: 3 of 3 succeeded, needs 3"},
		"impossible": {engine.EdgeGroup{Policy: two, Total: 3, Failed: 2, State: engine.GroupImpossible}, blocked,
			"impossible: 2 of 3 failed, needs 2 successes"},
		"impossible by skips": {engine.EdgeGroup{Policy: anyOf, Total: 2, Failed: 1, Skipped: 1, State: engine.GroupImpossible}, blocked,
			"impossible: 1 failed and 1 skipped of 2, needs 1 success"},
		"impossible all_of": {engine.EdgeGroup{Policy: all, Total: 3, Failed: 1, State: engine.GroupImpossible}, blocked,
			"impossible: 1 of 3 failed, needs all 3"},
		"a quorum above its edges": {engine.EdgeGroup{Policy: engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 3}, Total: 2, Running: 2, State: engine.GroupPending}, blocked,
			"quorum 3 of 2: more successes than edges, it ends impossible"},
		"fired and blocked": {engine.EdgeGroup{Policy: anyOf, Total: 2, Succeeded: 1, State: engine.GroupSatisfied}, blocked,
			"group satisfied, yet blocked: only cancelling it moves it, and that skips what follows"},
		"a word that nobody knows": {engine.EdgeGroup{Policy: all, Total: 2, State: "zzz\x1b"}, blocked, `zzz\x1b`},
		"a malformed record": {engine.EdgeGroup{Malformed: []engine.FieldError{{Field: "n", Value: "x", Problem: "not a number"}, {}}}, blocked,
			"⚠ n: not a number (+1)"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := waitWords(theme.Bare(), &c.group, &c.child).Text; string(got) != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestPoliciesInWords(t *testing.T) {
	for want, g := range map[string]engine.EdgeGroup{
		"all | all of 3 must succeed":                                 {Policy: engine.EdgePolicy{Kind: engine.PolicyAllOf}, Total: 3},
		"any | any one of 3 must succeed, then the rest is cancelled": {Policy: engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining}, Total: 3},
		"2of3 | 2 of 3 must succeed, the rest runs on":                {Policy: engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun}, Total: 3},
		`some\x1… | some\x1bthing new (unknown policy)`:               {Policy: engine.EdgePolicy{Kind: "some\x1bthing new"}, Total: 3},
		`any | any one of 2 must succeed, then celebr\u202eate`:       {Policy: engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: "celebr\u202eate"}, Total: 2},
	} {
		if got := string(policyMark(&g) + " | " + policyWords(&g)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAnEdgeSaysWhatIsOutOfTheOrdinary(t *testing.T) {
	purged := engine.ExecutionRow{ID: viewstest.ExecutionID(0), Missing: true}
	there := engine.ExecutionRow{ID: viewstest.ExecutionID(0), State: engine.StateCompleted}
	for name, c := range map[string]struct {
		edge     engine.Edge
		upstream engine.ExecutionRow
		cell     string
		note     string
	}{
		"satisfied":            {engine.Edge{State: engine.EdgeSatisfied}, there, "✓ satisfied", ""},
		"unsatisfied":          {engine.Edge{State: engine.EdgeUnsatisfied}, there, "○ unsatisfied", ""},
		"impossible":           {engine.Edge{State: engine.EdgeImpossible}, there, "✗ impossible", ""},
		"never applied":        {engine.Edge{}, there, "○ not applied", "staged, never applied: it holds nobody back"},
		"upstream purged":      {engine.Edge{State: engine.EdgeUnsatisfied}, purged, "⚠ unknown", string(orphanWords)},
		"purged and resolved":  {engine.Edge{State: engine.EdgeSatisfied}, purged, "✓ satisfied", ""},
		"passes data":          {engine.Edge{State: engine.EdgeSatisfied, DataPassingRef: "a\x1b"}, there, "✓ satisfied", `passes its result on (a\x1b)`},
		"a word nobody knows":  {engine.Edge{State: "zz\n"}, there, `? zz\n`, ""},
		"a record that is bad": {engine.Edge{Malformed: []engine.FieldError{{Field: "created_at", Problem: "not a number"}}}, there, "⚠ created_at: not a number", "⚠ created_at: not a number"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := edgeCell(theme.Bare(), &c.edge, &c.upstream).Text; string(got) != c.cell {
				t.Errorf("%q, want %q", got, c.cell)
			}
			if got := edgeNote(theme.Bare(), &c.edge, &c.upstream).Text; string(got) != c.note {
				t.Errorf("%q, want %q", got, c.note)
			}
		})
	}
}

func TestAnExecutionWithoutEdges(t *testing.T) {
	e := viewstest.Canned()
	lone := engine.ExecutionRow{ID: viewstest.ExecutionID(50), Kind: "lone", State: engine.StateWaiting}
	e.Edges[lone.ID] = &engine.ExecutionEdges{Execution: lone}
	v := edgesView(t, e, lone.ID, [2]int{80, 24})
	for _, want := range []string{"member of no flow", "waits for no other execution", "no edges"} {
		if !strings.Contains(v.View(), want) {
			t.Errorf("%q is missing\n%s", want, v.View())
		}
	}
	lone.State = engine.StateWaitingChildren
	e.Edges[lone.ID] = &engine.ExecutionEdges{Execution: lone, Flow: viewstest.FlowID(0)}
	fetch(t, v, e)
	if !strings.Contains(v.View(), "waits for nothing: it has no edges, and nothing promotes it") {
		t.Errorf("it does not say what is wrong\n%s", v.View())
	}
}

func TestEdgesOpenTheirEnds(t *testing.T) {
	e := viewstest.Canned()
	around := edgesView(t, e, viewstest.ExecutionID(4), [2]int{80, 24})
	if got := pushed(t, around.Update(viewstest.Key("enter"))).Title(); got != "execution e0001357" {
		t.Errorf("enter on an incoming edge opens %s", got)
	}
	around.Update(viewstest.Key("G"))
	if got := pushed(t, around.Update(viewstest.Key("enter"))).Title(); got != "execution e00060b3" {
		t.Errorf("enter on an outgoing edge opens %s", got)
	}
	if around.Update(viewstest.Key("u")) != nil {
		t.Error("u is for the edges of a flow")
	}
	for name, v := range map[string]View{"the edges of a flow": edgesView(t, e, "", [2]int{80, 24}), "a flow": flowView(t, e, [2]int{80, 24})} {
		v.Update(viewstest.Key("tab")) // in a flow to the pane of edges
		v.Update(viewstest.Key("tab"))
		if got := pushed(t, v.Update(viewstest.Key("enter"))).Title(); got != "execution e0001357" {
			t.Errorf("%s: enter opens %s", name, got)
		}
		if got := pushed(t, v.Update(viewstest.Key("u"))).Title(); got != "execution e0000000" {
			t.Errorf("%s: u opens %s", name, got)
		}
		if got := pushed(t, v.Update(viewstest.Key("e"))).Title(); got != "edges e0001357" {
			t.Errorf("%s: e opens %s", name, got)
		}
	}
}

func TestEdgesOpenTheOtherEndsEdges(t *testing.T) {
	e := viewstest.Canned()
	v := edgesView(t, e, viewstest.ExecutionID(4), [2]int{80, 24})
	if got := pushed(t, v.Update(viewstest.Key("e"))).Title(); got != "edges e0001357" {
		t.Errorf("e on the first incoming edge opens %s", got)
	}
	v.Update(viewstest.Key("G"))
	if got := pushed(t, v.Update(viewstest.Key("e"))).Title(); got != "edges e00060b3" {
		t.Errorf("e on the outgoing edge opens %s", got)
	}
	if got := edgeFoot(theme.Bare(), v.table.Selected(), 80); !strings.Contains(got, "waits for 1 more success of 1") {
		t.Errorf("the foot is about another group: %s", got)
	}
}

func TestEdgesOfAnUnknownFlow(t *testing.T) {
	e := viewstest.Canned()
	v := NewEdges(bareCommon(e), viewstest.FlowID(9), "")
	v.SetSize(80, 21)
	fetch(t, v, e)
	if !strings.Contains(v.View(), "there is no such flow") {
		t.Error(v.View())
	}
	viewstest.CheckFrame(t, v.View(), 80, 21)
}
