package views

import (
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// cannedSuspended has, besides the canned ones, a composite wait, one without its record, one whose token still works, and a record
// that is no execution.
func cannedSuspended() *viewstest.Engine {
	e := viewstest.Canned()
	rows := e.Suspended.Rows
	add := func(n int, change func(r *engine.SuspendedRow)) {
		r := rows[0]
		s := *r.Suspension
		r.ID, r.Suspension = viewstest.ExecutionID(200+n), &s
		change(&r)
		e.Suspended.Rows = append(e.Suspended.Rows, r)
	}
	add(0, func(r *engine.SuspendedRow) {
		r.Suspension.Condition = engine.AllOf(engine.Count(2, engine.DistinctSources, engine.ByName("approve"), "wpk:a"), engine.Single("wpk:b", engine.ByName("ci_done")))
		r.Suspension.Progress = engine.Evaluate(r.Suspension.Condition, []string{"leaf:members[1]"})
		r.Suspension.Reason, r.Suspension.TimeoutAt = engine.ReasonManualPause, time.Time{}
	})
	add(1, func(r *engine.SuspendedRow) { r.Suspension = nil })
	add(2, func(r *engine.SuspendedRow) {
		w := r.Suspension.Waitpoints[0]
		w.State, w.ConditionOpen = "closed", true
		r.Suspension.Waitpoints = []engine.Waitpoint{w}
	})
	add(3, func(r *engine.SuspendedRow) {
		*r = engine.SuspendedRow{ExecutionRow: engine.ExecutionRow{ID: "no id at all", Progress: -1,
			Malformed: []engine.FieldError{{Field: "execution_id", Value: "no id at all", Problem: "not a valid id"}}}}
	})
	e.Suspended.Total = 1042
	return e
}

func suspendedView(t *testing.T, e *viewstest.Engine, width, height int) *Suspended {
	t.Helper()
	v := NewSuspended(bareCommon(e))
	v.SetSize(width, height)
	fetch(t, v, e)
	return v
}

func TestSuspendedAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			e := cannedSuspended()
			width, height := body(size)
			v := suspendedView(t, e, width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "suspended-"+sizeName(size), v.View())
		})
	}
}

func TestASuspendedExecutionOpensItsScreens(t *testing.T) {
	e := cannedSuspended()
	v := suspendedView(t, e, 100, 20)
	id := v.table.Selected().ID
	if got := pushed(t, presses(v, "enter")).(*Execution).id; got != id {
		t.Errorf("enter opens %s", got)
	}
	if got := pushed(t, presses(v, "t")).(*Tail).ref.Execution; got != id {
		t.Errorf("t tails %s", got)
	}
	if got := asked(t, presses(v, "s")).(*signalDialog).id; got != id {
		t.Errorf("s signals %s", got)
	}
	if pushed(t, presses(v, "e")).(*Edges).execution != id {
		t.Error("e shows other edges")
	}
	asked(t, presses(v, "c"))
	presses(v, "G")
	for _, key := range []string{"enter", "t", "s", "e", "c"} {
		if presses(v, key) != nil {
			t.Errorf("%s opens something for a record that is no execution", key)
		}
	}
}

func TestSuspendedKeepTheirRowsWhenAFetchFails(t *testing.T) {
	e := cannedSuspended()
	v := suspendedView(t, e, 100, 20)
	before := v.View()
	e.Err = engine.Transport("suspended_rows", nil)
	fetch(t, v, e)
	if v.View() != before {
		t.Error("a failed fetch changed the screen")
	}
}

func TestSuspendedSortByTimeout(t *testing.T) {
	e := cannedSuspended()
	v := suspendedView(t, e, 100, 20)
	presses(v, "T", "g")
	if due(v.table.Selected()).IsZero() {
		t.Error("what is never due comes first")
	}
	presses(v, "G")
	if !due(v.table.Selected()).IsZero() {
		t.Error("what is never due does not come last")
	}
}

func TestHostileSuspended(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		e := cannedSuspended()
		viewstest.Poison(&e.Suspended)
		v := suspendedView(t, e, size[0], size[1])
		viewstest.CheckFrame(t, v.View(), size[0], size[1])
	}
}

func TestConditionsInWords(t *testing.T) {
	signalSet := func(mode string, minimum int, names ...string) engine.ResumeCondition {
		return engine.ResumeCondition{Kind: engine.ConditionSignalSet, Names: names, Mode: mode, Minimum: minimum}
	}
	for _, c := range []struct {
		condition engine.ResumeCondition
		want      string
	}{
		{engine.Single("", engine.ByName("go")), "go"},
		{engine.Single("", engine.AnySignal()), "any signal"},
		{engine.Single("", engine.Matcher{Kind: "Regex"}), "no signal (matcher Regex)"},
		{signalSet("any", 1), "any signal"},
		{signalSet("any", 3), "3 signals"},
		{signalSet("any", 1, "go"), "go"},
		{signalSet("any", 1, "a", "b"), "a or b"},
		{signalSet("all", 1, "a", "b", "c"), "a and b and c"},
		{signalSet("any", 2, "a", "b", "c"), "2 of a, b, c"},
		{signalSet("any", 1, strings.Fields("a b c d e f g h i j k")...), "a or b or c or d or e or f or g or h or 3 more"},
		{engine.OperatorOnly(), "an operator"},
		{engine.TimeoutOnly(), "its timeout alone"},
		{engine.Count(2, engine.DistinctWaitpoints, engine.Matcher{}, "a", "b"), "2 waitpoints"},
		{engine.Count(1, engine.DistinctSignals, engine.ByName("x"), "a"), "1 signal of x"},
		{engine.AllOf(engine.Single("a", engine.ByName("x")), engine.AllOf(engine.Single("b", engine.ByName("y")), engine.Single("c", engine.ByName("z")))), "x and (y and z)"},
		{engine.ResumeCondition{}, "nothing that can be read"},
		{engine.ResumeCondition{Kind: "Odd\n"}, `Odd\n`},
	} {
		if got := string(conditionWords(&c.condition)); got != c.want {
			t.Errorf("%+v: %q, want %q", c.condition, got, c.want)
		}
	}
}
