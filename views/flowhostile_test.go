package views

import (
	"testing"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// hostileSizes are sizes at which hostile data is drawn, as width and height of the view.
var hostileSizes = [][2]int{{80, 21}, {120, 33}, {200, 57}, {20, 6}, {1, 1}}

func TestHostileFlowsAreSafe(t *testing.T) {
	rows := viewstest.CannedFlows()
	viewstest.Poison(&rows)
	v := NewFlows(bareCommon(viewstest.New()))
	v.Update(Data{Value: rows})
	for _, size := range hostileSizes {
		v.SetSize(size[0], size[1])
		viewstest.CheckFrame(t, v.View(), size[0], size[1])
		for _, k := range []string{"j", "S", "K", "N", "G", "/", "r", "enter"} {
			v.Update(viewstest.Key(k))
		}
		viewstest.CheckFrame(t, v.View(), size[0], size[1])
	}
}

// hostileFlows are the canned flow with every string poisoned, and with ids left as they are so that its graph holds together.
func hostileFlows() map[string]*engine.FlowDetail {
	whole, wired := viewstest.CannedFlow(), viewstest.CannedFlow()
	viewstest.Poison(whole)
	viewstest.Poison(wired)
	sound := viewstest.CannedFlow()
	for i := range wired.Members {
		wired.Members[i].ID = sound.Members[i].ID
	}
	for i := range wired.Edges {
		wired.Edges[i].Upstream, wired.Edges[i].Downstream = sound.Edges[i].Upstream, sound.Edges[i].Downstream
	}
	for i := range wired.Flow.EdgeGroups {
		wired.Flow.EdgeGroups[i].Downstream = sound.Flow.EdgeGroups[i].Downstream
	}
	signed := viewstest.CannedFlow()
	viewstest.Poison(&signed.Members)
	for i := range signed.Members {
		signed.Members[i].ID = engine.ExecutionID(viewstest.Hostile()[i:])
		signed.Members[i].State = engine.StateWaitingChildren
	}
	return map[string]*engine.FlowDetail{"everything": whole, "everything but the wiring": wired, "names in signs": signed}
}

func TestAHostileFlowIsSafe(t *testing.T) {
	for name, d := range hostileFlows() {
		t.Run(name, func(t *testing.T) {
			v := NewFlow(bareCommon(viewstest.New()), d.Flow.ID)
			v.Update(Data{Value: surveyed(d)})
			for _, size := range hostileSizes {
				v.SetSize(size[0], size[1])
				for range paneCount {
					viewstest.CheckFrame(t, v.View(), size[0], size[1])
					for _, k := range []string{"right", "down", "G", "tab"} {
						v.Update(viewstest.Key(k))
					}
				}
			}
			viewstest.CheckFrame(t, string(v.Title()), 80, 1)
		})
	}
}

func TestHostileEdgesAreSafe(t *testing.T) {
	for name, d := range hostileFlows() {
		v := NewEdges(bareCommon(viewstest.New()), d.Flow.ID, "")
		v.Update(Data{Value: surveyed(d)})
		checkEverySize(t, name, v)
	}
	around := viewstest.Canned().Edges[viewstest.ExecutionID(4)]
	viewstest.Poison(around)
	v := NewEdges(bareCommon(viewstest.New()), around.Flow, around.Execution.ID)
	v.Update(Data{Value: around})
	checkEverySize(t, "around an execution", v)
}

func checkEverySize(t *testing.T, name string, v View) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for _, size := range hostileSizes {
			v.SetSize(size[0], size[1])
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
			v.Update(viewstest.Key("G"))
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
		}
		viewstest.CheckFrame(t, string(v.Title()), 80, 1)
	})
}

func TestHostileDataInCancelDialogsIsSafe(t *testing.T) {
	c := bareCommon(viewstest.New())
	dialogs := map[string]Dialog{}
	for name, d := range hostileFlows() {
		dialogs["a flow, "+name] = NewCancelFlow(c, d)
		dialogs["losers, "+name] = newCancelLosers(c, digest(d))
		cancelled := *d
		cancelled.Flow.State = engine.FlowCancelled
		dialogs["a cancelled flow, "+name] = NewCancelFlow(c, &cancelled)
		dialogs["an execution, "+name] = NewCancelExecution(c, d.Members[0])
	}
	for name, d := range dialogs {
		t.Run(name, func(t *testing.T) {
			checkDialog(t, d)
			d.Update(cancelFailed{engine.Uncertain(viewstest.Hostile(), nil)})
			checkDialog(t, d)
			run := startCancelling(nothing)
			d.Update(cancelBegun{run: run, head: "head", total: 20})
			hostile := engine.ExecutionID(viewstest.Hostile())
			d.Update(cancelNews{last: true, outcomes: []engine.MemberOutcome{
				{Execution: hostile, Before: engine.LifecyclePhase(viewstest.Hostile()), Cancelled: true},
				{Execution: hostile, Err: &engine.Error{Code: engine.Code(viewstest.Hostile()), Detail: viewstest.Hostile()}},
			}})
			checkDialog(t, d)
		})
	}
}

// checkDialog checks that a dialog is no larger than it may be.
func checkDialog(t *testing.T, d Dialog) {
	t.Helper()
	for _, size := range [][2]int{{80, 22}, {200, 58}, {30, 9}, {8, 3}} {
		lines := rows(d.View(size[0], size[1]))
		if len(lines) > size[1] {
			t.Errorf("%d lines, %d is the most", len(lines), size[1])
		}
		viewstest.CheckFrame(t, d.View(size[0], size[1]), size[0], len(lines))
	}
}
