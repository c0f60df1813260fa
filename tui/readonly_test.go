package tui

import (
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/views"
	"ffboard/views/viewstest"
)

// everyView are views of things that actions are for, each with something selected.
func everyView(c *views.Common) []views.View {
	return []views.View{
		views.NewFlows(c), views.NewFlow(c, viewstest.FlowID(0)), views.NewEdges(c, viewstest.FlowID(0), viewstest.ExecutionID(4)),
		views.NewExecution(c, viewstest.ExecutionID(101)), views.NewLaneExecutions(c, "default", engine.IndexActive), views.NewSuspended(c),
	}
}

// actionKeys are all keys that lead to a write anywhere.
func actionKeys() []string {
	keys := []string{"c", "s", "x", "o"}
	for _, kind := range action.Kinds() {
		for _, a := range action.For(kind) {
			keys = append(keys, a.Key)
		}
	}
	return keys
}

// writes are the calls that change something.
func writes(e *viewstest.Engine) []string {
	var found []string
	for _, call := range e.Calls() {
		method, _, _ := strings.Cut(call, " ")
		switch method {
		case "CancelFlow", "CancelExecution", "CancelPendingMember", "AckCancelMember", "DeliverSignal", "BufferSignal", "ReadWaitpointToken",
			"ChangePriority", "ReplayExecution", "RevokeLease", "SetExecutionTag", "SetFlowTag", "ResumeExecution", "IssueReclaimGrant",
			"SetEdgeGroupPolicy", "ResetBudget", "MarkWorkerDead", "RotateSecrets":
			found = append(found, call)
		}
	}
	return found
}

func TestReadOnlyLetsNoKeyWrite(t *testing.T) {
	e := viewstest.Canned()
	e.OnSteer = func(string, string) error { return nil }
	gate := engine.ReadOnlyGate(e)
	o := options(e)
	o.Engine, o.ReadOnly = gate, true
	d := drive(t, o, 120, 36)
	for _, v := range everyView(d.m.common) {
		d.push(v)
		d.until(string(v.Title())+" has its data", func() bool { return !d.m.top().feed.fetchedAt.IsZero() })
		for _, k := range actionKeys() {
			d.press(" ", "k", k, "esc", "a", k, "enter", "right", "enter", "esc", "esc")
			for d.m.topDialog() != nil {
				d.press("esc")
			}
			if d.m.top().view != v {
				d.push(v)
			}
		}
	}
	d.typing(":rotate")
	d.press("enter")
	d.shows("read-only")
	if found := writes(e); len(found) > 0 {
		t.Errorf("writes reached the engine: %q", found)
	}
}

// The gate alone is enough, whatever the views offer.
func TestTheGateRefusesWhatAViewLetsThrough(t *testing.T) {
	e := viewstest.Canned()
	e.OnSteer = func(string, string) error { return nil }
	o := options(e)
	o.Engine = engine.ReadOnlyGate(e)
	d := drive(t, o, 120, 36)
	d.push(views.NewExecution(d.m.common, viewstest.ExecutionID(107)))
	d.until("it has its data", func() bool { return !d.m.top().feed.fetchedAt.IsZero() })
	d.press("a")
	d.shows("run it again")
	d.press("r")
	d.shows("Replay execution")
	d.shows("[ keep ]")
	d.press("right", "enter")
	d.shows("The program runs read-only: nothing was sent.")
	if found := writes(e); len(found) > 0 {
		t.Errorf("writes reached the engine: %q", found)
	}
}
