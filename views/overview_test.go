package views

import (
	"context"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// overview is the first screen after each of its parts has come.
func overview(t *testing.T, e *viewstest.Engine, width, height int) *Overview {
	t.Helper()
	v := NewOverview(bareCommon(e))
	v.SetSize(width, height)
	for range len(overviewFirst) {
		fetch(t, v, e)
	}
	return v
}

// watched is the first screen after it was looked at for a while, in which more and more came to wait.
func watched(t *testing.T, e *viewstest.Engine, width, height int) *Overview {
	t.Helper()
	now := viewstest.Now.Add(-5 * time.Minute)
	v := NewOverview(bareCommon(e))
	v.c.Clock = func() time.Time { return now }
	v.SetSize(width, height)
	for i := range 60 {
		e.Counted.Lanes[0].ByIndex[engine.IndexEligible] = 128 + i*i
		e.Overview.Ended.ByLane["agents"] = engine.EndedLately{Lately: i % 7, Minute: i % 7 * 6}
		v.turns.taken = 0
		fetch(t, v, e)
		now = now.Add(5 * time.Second)
	}
	for range len(overviewFirst) {
		fetch(t, v, e)
	}
	return v
}

// unattended is a deployment in which everything is late.
func unattended() *viewstest.Engine {
	e := viewstest.Canned()
	e.Counted.Overdue = map[engine.DueIndex]int{
		engine.DueLeaseExpiry: 3, engine.DueDelayed: 7, engine.DueDeadline: 1, engine.DueSuspensionTimeout: 2, engine.DueAttemptTimeout: 4,
	}
	return e
}

// empty is a server with a library and nothing else.
func empty() *viewstest.Engine {
	e := viewstest.New()
	e.Deployed, e.Checked = viewstest.Canned().Deployed, viewstest.HealthyCheckup()
	e.Counted = engine.Depths{Lanes: []engine.LaneDepth{{Lane: "default", Registered: true}}, Covered: 16, Of: 16}
	return e
}

func TestTheOverviewAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		for name, e := range map[string]*viewstest.Engine{"overview": viewstest.Canned(), "overview-unattended": unattended(), "overview-empty": empty()} {
			t.Run(name+" "+sizeName(size), func(t *testing.T) {
				width, height := body(size)
				v := overview(t, e, width, height)
				if name == "overview" {
					v = watched(t, e, width, height)
				}
				viewstest.CheckFrame(t, v.View(), width, height)
				viewstest.Golden(t, name+"-"+sizeName(size), v.View())
			})
		}
	}
}

func TestTheOverviewFillsAnySize(t *testing.T) {
	v := overview(t, unattended(), 80, 20)
	for _, width := range []int{1, 20, 59, 99, 100, 101, 160, 300} {
		for height := 1; height < 70; height += 3 {
			v.SetSize(width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
		}
	}
}

func TestTheOverviewIsDrawnBeforeAnythingIsKnown(t *testing.T) {
	e := viewstest.Canned()
	v := NewOverview(bareCommon(e))
	v.SetSize(80, 20)
	for parts := range len(overviewFirst) {
		if every := v.Need().Every; every != overviewHurry {
			t.Errorf("the next part comes after %v", every)
		}
		viewstest.CheckFrame(t, v.View(), 80, 20)
		if waits := strings.Contains(v.View(), "loading") || strings.Contains(v.View(), "looking"); !waits {
			t.Errorf("after %d parts nothing says that more is to come:\n%s", parts, v.View())
		}
		fetch(t, v, e)
	}
	if v.Need().Every != overviewEvery || strings.Contains(v.View(), "loading") {
		t.Errorf("when all is there:\n%s", v.View())
	}
}

func TestEachPartOfTheOverviewHasItsTurn(t *testing.T) {
	e := viewstest.Canned()
	v := overview(t, e, 80, 20)
	before := e.Calls()
	for range 60 {
		fetch(t, v, e)
	}
	made := map[string]int{}
	for _, call := range e.Calls()[len(before):] {
		name, _, _ := strings.Cut(call, " ")
		made[name]++
	}
	for name, least := range map[string]int{"Depths": 30, "Ended": 30, "OrphanedLeases": 6, "FailingFlows": 6, "LongestSuspended": 6, "Checkup": 6, "Deployment": 2} {
		if made[name] < least || made[name] > least+2 {
			t.Errorf("%s was asked %d times, want %d or a little more", name, made[name], least)
		}
	}
}

func TestTheOverviewCatchesUpWithWhatItHasNotLookedAt(t *testing.T) {
	e := viewstest.Canned()
	e.Counted.Covered, e.Overview.Long.Looked = 8, engine.Looked{At: 16, Of: 512}
	v := overview(t, e, 80, 20)
	if v.Need().Every != overviewHurry || v.Need().Part != "countMore" {
		t.Errorf("while it counts it asks for %s every %v", v.Need().Part, v.Need().Every)
	}
	if done, of := v.Covered(); done >= of {
		t.Error("it says that everything was read")
	}
	e.Counted.Covered = e.Counted.Of
	fetch(t, v, e)
	suspended := e.Called("LongestSuspended")
	for range 16 {
		if v.Need().Every != overviewCatchUp {
			t.Fatalf("it looks every %v", v.Need().Every)
		}
		fetch(t, v, e)
	}
	if got := e.Called("LongestSuspended") - suspended; got < 12 {
		t.Errorf("%d of 16 looks were at what is behind", got)
	}
	e.Overview.Long.Looked = engine.Looked{At: 512, Of: 512}
	for range 2 {
		fetch(t, v, e)
	}
	if v.Need().Every != overviewEvery {
		t.Errorf("when all was looked at it looks every %v", v.Need().Every)
	}
	e.Overview.Long.Looked.At = 0
	for range mostCatchingUp {
		fetch(t, v, e)
	}
	if v.Need().Every != overviewEvery {
		t.Error("what cannot be looked at is hurried after without end")
	}
}

func TestAPartThatCannotBeReadIsAskedForAgain(t *testing.T) {
	e := viewstest.Canned()
	v := overview(t, e, 80, 20)
	before := v.View()
	e.Err = engine.Transport("depths", nil)
	fetch(t, v, e)
	if v.View() != before {
		t.Error("a failed fetch changed the screen")
	}
	e.Err = nil
	depths := e.Called("Depths")
	fetch(t, v, e)
	if e.Called("Depths") != depths+1 {
		t.Error("the part that failed was passed over")
	}
}

func TestEveryListOfTheOverviewOpensWhatIsSelected(t *testing.T) {
	e := viewstest.Canned()
	v := overview(t, e, 120, 32)
	if got := pushed(t, presses(v, "j", "enter")).(*LaneExecutions).lane; got != "billing-nightly" {
		t.Errorf("opened lane %s", got)
	}
	if got := pushed(t, presses(v, "tab", "enter")).(*Flow).id; got != e.Overview.Failing.Rows[0].ID {
		t.Errorf("opened flow %s", got)
	}
	if got := pushed(t, presses(v, "tab", "enter")).(*Execution).id; got != e.Overview.Long.Rows[0].ID {
		t.Errorf("opened %s", got)
	}
	asked(t, presses(v, "s"))
	if got := pushed(t, presses(v, "tab", "j", "enter")).(*Execution).id; got != e.Overview.Orphaned.Rows[1].ID {
		t.Errorf("opened %s", got)
	}
	presses(v, "tab")
	if v.focus != paneLanes {
		t.Errorf("after the last list comes %d", v.focus)
	}
	presses(v, "shift+tab")
	if v.focus != paneOrphaned {
		t.Errorf("before the first list is %d", v.focus)
	}
}

func TestTheFocusLeavesAListThatHasBecomeEmpty(t *testing.T) {
	e := viewstest.Canned()
	v := overview(t, e, 120, 32)
	presses(v, "tab")
	e.Overview.Failing.Rows = nil
	for range 8 {
		fetch(t, v, e)
	}
	if v.focus != paneLanes {
		t.Errorf("the focus is on %d", v.focus)
	}
	presses(v, "tab")
	if v.focus != paneSuspended {
		t.Errorf("tab goes to %d", v.focus)
	}
}

func TestAClickGivesAListOfTheOverviewTheFocus(t *testing.T) {
	v := overview(t, viewstest.Canned(), 120, 32)
	for _, p := range v.places() {
		v.Update(viewstest.Click(p.x+3, p.y+2))
		if v.focus != p.pane {
			t.Errorf("a click on %d gave the focus to %d", p.pane, v.focus)
		}
	}
	if v.suspended.at != 1 {
		t.Errorf("the click selected row %d", v.suspended.at)
	}
}

func TestTheOverviewNamesTheLibrary(t *testing.T) {
	for want, d := range map[string]engine.Deployment{
		"library 34 (own)":        {LibraryVersion: "34", Ours: true},
		"library 34 (FlowFabric)": {LibraryVersion: "34"},
		"library 26":              {LibraryVersion: "26"},
		"library missing":         {},
		"library unknown":         {LibraryVersion: "unknown"},
	} {
		e := viewstest.Canned()
		e.Deployed = d
		if got := overview(t, e, 120, 32).View(); !strings.Contains(got, want) {
			t.Errorf("no %q:\n%s", want, got)
		}
	}
}

func TestAnotherLibraryRaisesABanner(t *testing.T) {
	e := viewstest.Canned()
	v := overview(t, e, 120, 32)
	e.Deployed.Ours = false
	for range 30 {
		fetch(t, v, e)
	}
	if want := "0s ago: library 34 (own) before, library 34 (FlowFabric) now"; !strings.Contains(v.View(), want) {
		t.Errorf("no %q:\n%s", want, v.View())
	}
}

func TestTheOverviewSaysWhatNothingMeans(t *testing.T) {
	for want, change := range map[string]func(*viewstest.Engine){
		"Nothing was ever created here": func(*viewstest.Engine) {},
		"nobody has initialised":        func(e *viewstest.Engine) { e.Deployed.PartitionsSet = false },
		"There is no FlowFabric":        func(e *viewstest.Engine) { e.Deployed.LibraryVersion = "" },
		"none: every lease has its hold": func(e *viewstest.Engine) {
			e.Counted.Lanes[0].ByIndex = map[engine.LaneIndex]int{engine.IndexTerminal: 1}
		},
		"none so far, looked at 3 of 9": func(e *viewstest.Engine) {
			e.Counted.Covered = 1
			e.Overview.Failing.Looked = engine.Looked{At: 3, Of: 9}
		},
	} {
		e := empty()
		change(e)
		if got := overview(t, e, 120, 32).View(); !strings.Contains(got, want) {
			t.Errorf("no %q:\n%s", want, got)
		}
	}
}

func TestAHostileOverview(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		e := unattended()
		viewstest.Poison(&e.Overview)
		viewstest.Poison(&e.Counted)
		viewstest.Poison(&e.Deployed)
		e.Counted.BadLanes = []string{viewstest.Hostile()}
		v := overview(t, e, size[0], size[1])
		viewstest.CheckFrame(t, v.View(), size[0], size[1])
	}
}

func TestTheOverviewRemembersALimitedNumberOfLanes(t *testing.T) {
	e := viewstest.Canned()
	e.Counted.Lanes = nil
	for i := range 3 * rememberedLanes {
		e.Counted.Lanes = append(e.Counted.Lanes, engine.LaneDepth{Lane: engine.LaneID(strings.Repeat("x", i+1))})
	}
	v := overview(t, e, 120, 32)
	if len(v.waitingIn) != rememberedLanes {
		t.Errorf("the course of %d lanes is kept", len(v.waitingIn))
	}
	viewstest.CheckFrame(t, v.View(), 120, 32)
}

func BenchmarkOverviewFrame(b *testing.B) {
	e := viewstest.Canned()
	v := NewOverview(bareCommon(e))
	v.SetSize(200, 56)
	for range len(overviewFirst) {
		need := v.Need()
		value, err := need.Fetch(context.Background(), e)
		v.Update(Data{Key: need.Key, Value: value, Err: err, At: viewstest.Now})
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = v.View()
	}
}
