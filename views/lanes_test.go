package views

import (
	"context"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views/viewstest"
)

func bareCommon(e Engine) *Common {
	return &Common{Engine: e, Theme: theme.Bare(), Clock: viewstest.Clock}
}

// fetch gives a view what it needs, as the program would.
func fetch(t *testing.T, v View, e Engine) {
	t.Helper()
	need := v.Need()
	value, err := need.Fetch(context.Background(), e)
	v.Update(Data{Key: need.Key, Value: value, Err: err, At: viewstest.Now})
}

// pushed runs a command that opens a view.
func pushed(t *testing.T, cmd tea.Cmd) View {
	t.Helper()
	if cmd == nil {
		t.Fatal("nothing was opened")
	}
	p, ok := cmd().(Push)
	if !ok {
		t.Fatalf("it gave %T", cmd())
	}
	return p.View
}

func cannedLanes() *viewstest.Engine {
	e := viewstest.Canned()
	e.Counted.BadLanes = []string{"caf\u00e9 \x1b[1m"}
	return e
}

func TestLanesAtEverySize(t *testing.T) {
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x36": {120, 32}, "200x60": {200, 56}} {
		t.Run(name, func(t *testing.T) {
			e := cannedLanes()
			v := NewLanes(bareCommon(e))
			v.SetSize(size[0], size[1])
			fetch(t, v, e)
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
			viewstest.Golden(t, "lanes-"+name, v.View())
		})
	}
}

func TestALaneOpensAtItsBusiestIndex(t *testing.T) {
	e := cannedLanes()
	v := NewLanes(bareCommon(e))
	v.SetSize(100, 20)
	fetch(t, v, e)
	opened := pushed(t, v.Update(viewstest.Key("enter"))).(*LaneExecutions)
	if opened.lane != "agents" || laneIndexes[opened.at].index != engine.IndexEligible {
		t.Errorf("opened %s at %s", opened.lane, laneIndexes[opened.at].index)
	}
	v.Update(viewstest.Key("G"))
	if said, ok := v.Update(viewstest.Key("enter"))().(Said); !ok || !said.Error {
		t.Error("a member of the registry that is no lane name was opened")
	}
}

func TestLanesKeepTheirDataWhenAFetchFails(t *testing.T) {
	e := cannedLanes()
	v := NewLanes(bareCommon(e))
	v.SetSize(100, 20)
	fetch(t, v, e)
	before := v.View()
	e.Err = engine.Transport("depths", nil)
	fetch(t, v, e)
	if v.View() != before {
		t.Error("a failed fetch changed the screen")
	}
}

func TestLanesSortByEachIndex(t *testing.T) {
	e := cannedLanes()
	v := NewLanes(bareCommon(e))
	v.SetSize(100, 20)
	fetch(t, v, e)
	for key, want := range map[string]engine.LaneID{"W": "default", "S": "agents", "B": "agents", "L": "agents", "O": "billing-nightly"} {
		v.table.sorted = 0
		v.Update(viewstest.Key(key))
		v.Update(viewstest.Key("g"))
		if got := v.table.Selected().Lane; got != want {
			t.Errorf("%s: %s is first, want %s", key, got, want)
		}
	}
}

func TestHostileLanes(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		e := cannedLanes()
		viewstest.Poison(&e.Counted)
		viewstest.Poison(&e.Deployed)
		v := NewLanes(bareCommon(e))
		v.SetSize(size[0], size[1])
		fetch(t, v, e)
		viewstest.CheckFrame(t, v.View(), size[0], size[1])
	}
}

func TestLaneExecutionsAtEverySize(t *testing.T) {
	for name, size := range map[string][2]int{"80x24": {80, 20}, "120x36": {120, 32}, "200x60": {200, 56}} {
		for _, index := range []engine.LaneIndex{engine.IndexActive, engine.IndexDelayed, engine.IndexTerminal, engine.IndexEligible} {
			t.Run(name+" "+string(index), func(t *testing.T) {
				e := viewstest.Canned()
				v := NewLaneExecutions(bareCommon(e), "default", index)
				v.SetSize(size[0], size[1])
				fetch(t, v, e)
				viewstest.CheckFrame(t, v.View(), size[0], size[1])
				viewstest.Golden(t, "lane-"+string(index)+"-"+name, v.View())
			})
		}
	}
}

func TestTabsGoRoundTheIndexes(t *testing.T) {
	e := viewstest.Canned()
	v := NewLaneExecutions(bareCommon(e), "default", engine.IndexEligible)
	for _, width := range []int{20, 40, 80, 200} {
		v.SetSize(width, 10)
		seen := map[string]bool{}
		for range laneIndexes {
			seen[v.Need().Key] = true
			viewstest.CheckFrame(t, v.View(), width, 10)
			if word := string(laneIndexes[v.at].word); width >= 40 && !strings.Contains(v.tabs(), word) {
				t.Errorf("%d wide: the open tab %s is not seen: %q", width, word, v.tabs())
			}
			v.Update(viewstest.Key("tab"))
		}
		if len(seen) != 10 || laneIndexes[v.at].index != engine.IndexEligible {
			t.Errorf("%d tabs, and back at %s", len(seen), laneIndexes[v.at].index)
		}
	}
	v.Update(viewstest.Key("shift+tab"))
	if laneIndexes[v.at].index != engine.IndexTerminal {
		t.Errorf("before the first is %s", laneIndexes[v.at].index)
	}
}

func TestAnAnswerForAnotherTabIsDropped(t *testing.T) {
	e := viewstest.Canned()
	v := NewLaneExecutions(bareCommon(e), "default", engine.IndexActive)
	v.SetSize(100, 20)
	need := v.Need()
	v.Update(viewstest.Key("tab"))
	value, err := need.Fetch(context.Background(), e)
	v.Update(Data{Key: need.Key, Value: value, Err: err})
	if len(v.table.Rows()) != 0 {
		t.Error("the suspended tab shows active executions")
	}
}

func TestAClickBelowTheTabsSelects(t *testing.T) {
	e := viewstest.Canned()
	v := NewLaneExecutions(bareCommon(e), "default", engine.IndexTerminal)
	v.SetSize(100, 20)
	fetch(t, v, e)
	v.Update(viewstest.Click(3, 4))
	if got, want := v.table.Selected().ID, v.table.Rows()[2].ID; got != want {
		t.Errorf("selected %s, want %s", got, want)
	}
}

func TestHostileLaneExecutions(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		for i := range laneIndexes {
			e := viewstest.Canned()
			for index, rows := range e.LaneRows {
				viewstest.Poison(&rows)
				e.LaneRows[index] = rows
			}
			v := NewLaneExecutions(bareCommon(e), engine.LaneID(viewstest.Hostile()), laneIndexes[i].index)
			v.SetSize(size[0], size[1])
			fetch(t, v, e)
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
			viewstest.CheckFrame(t, string(v.Title()), 80, 1)
		}
	}
}

func TestLanesSayNothingOfWhatIsNotOverdue(t *testing.T) {
	v := NewLanes(bareCommon(nil))
	v.SetSize(120, 20)
	v.take(Data{Value: engine.Depths{Overdue: map[engine.DueIndex]int{engine.DueDelayed: 0}}})
	if strings.Contains(v.View(), "overdue") {
		t.Errorf("an empty index is called overdue:\n%s", v.View())
	}
}
