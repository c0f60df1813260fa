package views

import (
	"slices"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// cannedFound is a deployment of a thousand executions of all kinds, some of which are hostile.
func cannedFound() *viewstest.Engine {
	e := viewstest.Canned()
	for i := range 1000 {
		row := viewstest.CannedRows()[i%16]
		row.ID = viewstest.ExecutionID(1000 + i)
		e.Found = append(e.Found, row)
	}
	e.Found[2].Kind, e.Found[2].FailureReason = "evil\x1b[31m\u202ekind", "\x1b]0;title\x07boom"
	e.Found[4] = engine.ExecutionRow{ID: e.Found[4].ID, Missing: true, Progress: -1}
	e.Found[5] = engine.ExecutionRow{ID: "no id\x1b[2J", Progress: -1, Malformed: []engine.FieldError{{Field: "id", Value: "no id", Problem: "not an execution id"}}}
	return e
}

func executionsView(t *testing.T, e *viewstest.Engine, width, height int) *Executions {
	t.Helper()
	v := NewExecutions(bareCommon(e))
	v.SetSize(width, height)
	fetch(t, v, e)
	return v
}

func TestExecutionsAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			e := cannedFound()
			width, height := body(size)
			v := executionsView(t, e, width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "executions-"+sizeName(size), v.View())
			presses(v, "/")
			types(v, "state:fa")
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "executions-typing-"+sizeName(size), v.View())
		})
	}
}

func TestASearchIsTypedAndBegunWithEnter(t *testing.T) {
	e := cannedFound()
	v := executionsView(t, e, 120, 30)
	presses(v, "/")
	types(v, "st")
	presses(v, "tab")
	types(v, "fail")
	presses(v, "tab", "enter")
	if v.query.String() != "state:failed" || v.Capturing() {
		t.Fatalf("query %q", v.query.String())
	}
	fetch(t, v, e)
	for _, row := range v.found {
		if row.State != engine.StateFailed && !row.Missing && len(row.Malformed) == 0 {
			t.Errorf("found %+v", row)
		}
	}
	if !v.Unwind() || !v.query.Everything() || v.Unwind() {
		t.Error("esc does not drop the query")
	}
}

func TestASearchThatMakesNoSenseSaysSoAndStays(t *testing.T) {
	e := cannedFound()
	v := executionsView(t, e, 120, 30)
	presses(v, "/")
	types(v, "state:broken")
	presses(v, "enter")
	if !v.Capturing() || !strings.Contains(v.View(), `there is no state "broken"`) {
		t.Errorf("screen\n%s", v.View())
	}
	presses(v, "esc")
	if v.Capturing() || !v.query.Everything() {
		t.Error("esc does not leave the line")
	}
	if cmd := v.SetFilter("state:broken"); cmd == nil || !cmd().(Said).Error {
		t.Error("a bad query of the palette is silent")
	}
}

func TestASearchPausesWithAPageAndGoesOnWhenAsked(t *testing.T) {
	e := cannedFound()
	v := executionsView(t, e, 120, 30)
	if v.searching() || len(v.found) != searchPage || !strings.Contains(v.View(), "looked at 200 of 1,000; m looks further") {
		t.Fatalf("%d found, %s", len(v.found), v.progress())
	}
	presses(v, "m")
	for v.searching() {
		fetch(t, v, e)
	}
	if len(v.found) != 600 {
		t.Errorf("%d found", len(v.found))
	}
	presses(v, "G", "j")
	for v.searching() {
		fetch(t, v, e)
	}
	if len(v.found) != 1000 || !strings.Contains(v.View(), "1,000 found, all 1,000 looked at") {
		t.Errorf("%d found, %s", len(v.found), v.progress())
	}
}

func TestWhatIsFoundIsReadAgainAndWhatIsNewComesFirst(t *testing.T) {
	e := cannedFound()
	v := executionsView(t, e, 120, 30)
	selected := v.table.Selected().ID
	fresh := e.Found[0]
	fresh.ID = viewstest.ExecutionID(5)
	e.Found = slices.Insert(e.Found, 0, fresh)
	fetch(t, v, e)
	if v.found[0].ID != fresh.ID || v.table.Selected().ID != selected {
		t.Errorf("first %s, selected %s", v.found[0].ID, v.table.Selected().ID)
	}
}

func TestColumnsAreChosenAndKept(t *testing.T) {
	e := cannedFound()
	c := bareCommon(e)
	kept := memory{}
	c.Kept = kept
	v := NewExecutions(c)
	v.SetSize(160, 30)
	fetch(t, v, e)
	d := asked(t, presses(v, "="))
	for _, k := range []string{" ", "j", "K", "enter"} { // the state goes, the id moves to the front
		d.Update(viewstest.Key(k))
	}
	if !d.Closed() || !strings.HasPrefix(v.View(), " EXECUTION") || strings.Contains(v.View(), "STATE") {
		t.Errorf("screen\n%s", v.View())
	}
	again := NewExecutions(c)
	if !slices.Equal(again.shown, v.shown) || len(kept) == 0 {
		t.Errorf("kept %v", kept)
	}
}

// memory keeps words for as long as it lives.
type memory map[string][]string

func (m memory) Get(name string) []string        { return m[name] }
func (m memory) Put(name string, words []string) { m[name] = words }

func TestRowsAreSortedBySeveralColumns(t *testing.T) {
	e := cannedFound()
	v := executionsView(t, e, 160, 30)
	presses(v, "K", "S")
	rows := v.table.Visible()
	if !slices.IsSortedFunc(rows, func(a, b *engine.ExecutionRow) int {
		if n := tallyPlace(a.State) - tallyPlace(b.State); n != 0 {
			return n
		}
		return strings.Compare(a.Kind, b.Kind)
	}) {
		t.Errorf("screen\n%s", v.View())
	}
}
