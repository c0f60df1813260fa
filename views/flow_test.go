package views

import (
	"strings"
	"testing"
	"time"

	"github.com/muesli/termenv"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views/viewstest"
)

func flowView(t *testing.T, e *viewstest.Engine, size [2]int) *Flow {
	t.Helper()
	v := NewFlow(bareCommon(e), viewstest.FlowID(0))
	v.SetSize(body(size))
	fetch(t, v, e)
	return v
}

func TestAFlowAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		v := flowView(t, viewstest.Canned(), size)
		width, height := body(size)
		for _, pane := range []string{"members", "graph", "edges", "timeline"} {
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "flow-"+pane+"-"+sizeName(size), v.View())
			v.Update(viewstest.Key("tab"))
		}
		if v.focus != paneMembers {
			t.Error("four tabs do not lead back")
		}
		v.Update(viewstest.Key("shift+tab"))
		if v.focus != paneTimeline {
			t.Error("shift+tab does not lead backwards")
		}
	}
}

func TestAFlowIsExactlyItsSize(t *testing.T) {
	v := flowView(t, viewstest.Canned(), [2]int{80, 24})
	for _, width := range []int{1, 7, 30, 79, 149, 150, 151, 260} {
		for _, height := range []int{1, 2, 3, 5, 9, 23, 24, 70} {
			v.SetSize(width, height)
			for range paneCount {
				viewstest.CheckFrame(t, v.View(), width, height)
				v.Update(viewstest.Key("tab"))
			}
		}
	}
}

func TestAFlowThatIsGoneSaysSo(t *testing.T) {
	e := viewstest.Canned()
	v := NewFlow(bareCommon(e), viewstest.FlowID(9))
	v.SetSize(80, 21)
	viewstest.CheckFrame(t, v.View(), 80, 21)
	fetch(t, v, e)
	if !strings.Contains(v.View(), "there is no such flow") {
		t.Errorf("an unknown flow\n%s", v.View())
	}
	for _, k := range []string{"enter", "c", "x", "e", "t", "s", "u", "o", "tab"} {
		if v.Update(viewstest.Key(k)) != nil {
			t.Errorf("%s did something", k)
		}
	}
	known := flowView(t, e, [2]int{80, 24})
	delete(e.FlowsByID, viewstest.FlowID(0))
	fetch(t, known, e)
	if !strings.Contains(known.View(), "the flow is gone: this is what it was") || !strings.Contains(known.View(), "merge") {
		t.Errorf("a flow that went\n%s", known.View())
	}
}

func TestTheSelectedExecutionGoesAlongFromPaneToPane(t *testing.T) {
	v := flowView(t, viewstest.Canned(), [2]int{120, 36})
	for _, k := range []string{"j", "j", "j", "tab"} {
		v.Update(viewstest.Key(k))
	}
	if got := v.selected().Kind; got != "ocr" {
		t.Errorf("in the graph %s is selected", got)
	}
	for _, k := range []string{"right", "shift+tab"} {
		v.Update(viewstest.Key(k))
	}
	if got := v.selected().Kind; got != "merge" {
		t.Errorf("among the members %s is selected", got)
	}
}

func TestTheKeysOfAFlow(t *testing.T) {
	e := viewstest.Canned()
	v := flowView(t, e, [2]int{120, 36})
	v.members.Select(string(viewstest.ExecutionID(4)))
	if d := asked(t, v.Update(viewstest.Key("c"))).(*cancelDialog); d.title != "Cancel flow" {
		t.Errorf("c asks %s", d.title)
	}
	if d := asked(t, v.Update(viewstest.Key("x"))).(*cancelDialog); d.title != "Cancel execution" {
		t.Errorf("x asks %s", d.title)
	}
	if got := pushed(t, v.Update(viewstest.Key("e"))).Title(); got != "edges e0004d5c" {
		t.Errorf("e opens %s", got)
	}
	if got := pushed(t, v.Update(viewstest.Key("enter"))).Title(); got != "execution e0004d5c" {
		t.Errorf("enter opens %s", got)
	}
	if got := pushed(t, v.Update(viewstest.Key("t"))).Title(); got != "stream e0004d5c" {
		t.Errorf("t opens %s", got)
	}
	v.Update(viewstest.Key("tab"))
	v.Update(viewstest.Key("left"))
	if got := pushed(t, v.Update(viewstest.Key("enter"))).Title(); got != "execution e00026ae" {
		t.Errorf("enter in the graph opens %s", got)
	}
	v.Update(viewstest.Key("shift+tab"))
	if v.Update(viewstest.Key("o")) != nil || v.Update(viewstest.Key("s")) != nil {
		t.Error("there are no losers to cancel, and nothing waits for a signal")
	}
	v.Update(viewstest.Key("/"))
	if !v.Capturing() || v.Update(viewstest.Key("c")) != nil {
		t.Error("a letter in the filter cancels")
	}
	if !v.Unwind() || v.Unwind() {
		t.Error("a filter is undone once")
	}
}

func TestAClickGivesAPaneTheFocus(t *testing.T) {
	v := flowView(t, viewstest.Canned(), [2]int{200, 60})
	lines := strings.Split(v.View(), "\n")
	click := func(text string, from int) {
		t.Helper()
		for y := from; y < len(lines); y++ {
			if before, _, found := strings.Cut(lines[y], text); found {
				v.Update(viewstest.Click(theme.Clean(before).Width(), y))
				return
			}
		}
		t.Fatalf("%s is not on the screen", text)
	}
	click("│ ◌ review", 0)
	if v.focus != paneGraph || v.selected().Kind != "review" {
		t.Errorf("pane %d, selected %s", v.focus, v.selected().Kind)
	}
	click("✗ impossible", 0)
	if v.focus != paneEdges || v.edges.Selected().up.Kind != "ocr" {
		t.Errorf("pane %d", v.focus)
	}
	click("waiting_children publish", 0)
	if v.focus != paneMembers || v.selected().Kind != "publish" {
		t.Errorf("pane %d, selected %s", v.focus, v.selected().Kind)
	}
	narrow := flowView(t, viewstest.Canned(), [2]int{80, 24})
	head := len(narrow.makeHead())
	for want, x := range map[flowPane]int{paneMembers: 3, paneGraph: 15, paneEdges: 23} {
		if narrow.Update(viewstest.Click(x, head)); narrow.focus != want {
			t.Errorf("a click at %d of the tabs gives pane %d, want %d", x, narrow.focus, want)
		}
	}
}

func TestOnePaneShowsThatItHasTheFocus(t *testing.T) {
	v := flowView(t, viewstest.Canned(), [2]int{200, 60})
	v.c.Theme = theme.New("none", theme.Terminal{Profile: termenv.ANSI})
	for range paneCount {
		bars := 0
		for _, line := range strings.Split(v.View(), "\n") {
			bars += strings.Count(line, "7m")
		}
		if bars != 1 {
			t.Errorf("with the focus on pane %d there are %d bars", v.focus, bars)
		}
		v.Update(viewstest.Key("tab"))
	}
}

func TestTheSignsOfAFlow(t *testing.T) {
	quorum := engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.CancelRemaining}
	for name, c := range map[string]struct {
		change func(*engine.FlowDetail)
		want   string
	}{
		"members owed a cancel, all over": {func(d *engine.FlowDetail) {
			d.PendingCancels = 3
			for i := range d.Members {
				d.Members[i].State = engine.StateCompleted
			}
		}, "cancel: 3 outstanding, all finished"},
		"members owed a cancel, some at work": {func(d *engine.FlowDetail) { d.PendingCancels = 3 }, "cancel: 3 outstanding"},
		"queued members of a flow cancelled cancel_pending": {func(d *engine.FlowDetail) {
			d.Flow.State, d.Flow.CancelPolicy = engine.FlowCancelled, "cancel_pending"
		}, "3 members not cancelled, although the policy is cancel_pending"},
		"losers that run on": {func(d *engine.FlowDetail) {
			g := &d.Flow.EdgeGroups[3]
			g.State, g.CancelPending = engine.GroupSatisfied, true
		}, "losers still running: embed e00026ae"},
		"a quorum above its edges": {func(d *engine.FlowDetail) {
			d.Flow.EdgeGroups[3].Policy = quorum
			d.Flow.EdgeGroups[3].Total = 1
		}, "quorum 2 of 1: merge e0004d5c ends impossible"},
		"a satisfied group that blocks": {func(d *engine.FlowDetail) {
			d.Flow.EdgeGroups[3].State = engine.GroupSatisfied
		}, "group satisfied, yet blocked: only cancelling merge e0004d5c moves it, what follows is skipped"},
		"an upstream purged before its edge": {func(d *engine.FlowDetail) {
			d.Members[2] = engine.ExecutionRow{ID: d.Members[2].ID, Missing: true, Progress: -1}
		}, "1 edge: upstream purged, outcome unknown: only cancelling the downstream moves it"},
		"a wait for nothing": {func(d *engine.FlowDetail) {
			d.Flow.EdgeGroups = d.Flow.EdgeGroups[:5]
		}, "waits for nothing, nothing promotes it: publish e000740a"},
	} {
		t.Run(name, func(t *testing.T) {
			d := viewstest.CannedFlow()
			c.change(d)
			v := NewFlow(bareCommon(viewstest.New()), d.Flow.ID)
			v.SetSize(110, 30)
			v.Update(Data{Value: surveyed(d)})
			if !strings.Contains(v.View(), "⚠ "+c.want) {
				t.Errorf("no sign %q in\n%s", c.want, v.View())
			}
		})
	}
	if signs := digest(viewstest.CannedFlow()).signs; len(signs) != 0 {
		t.Errorf("signs of a sound flow: %q", signs)
	}
}

func TestASignedAndCancelledFlowAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		d := viewstest.CannedFlow()
		d.Flow.State, d.Flow.CancelPolicy, d.Flow.CancelReason = engine.FlowCancelled, "cancel_pending", "no longer wanted"
		d.Flow.CancelledAt = viewstest.Now.Add(-3 * time.Minute)
		d.Flow.Malformed = []engine.FieldError{{Field: "node_count", Value: "many", Problem: "not a number"}}
		d.Flow.EdgeGroups[3].Policy.K, d.Truncated, d.PendingCancels = 4, 300, 2
		d.Members[2] = engine.ExecutionRow{ID: d.Members[2].ID, Missing: true, Progress: -1}
		d.Edges[0].State = ""
		v := NewFlow(bareCommon(viewstest.New()), d.Flow.ID)
		v.SetSize(body(size))
		v.Update(Data{Value: surveyed(d)})
		viewstest.Golden(t, "flow-signed-"+sizeName(size), v.View())
	}
}
