package tui

import (
	"testing"

	"ffboard/engine/action"
	"ffboard/views/viewstest"
)

func TestAThingIsActedOnByItsName(t *testing.T) {
	flow := string(viewstest.FlowID(0))
	for _, c := range []struct {
		kind, id string
		want     action.Target
		ok       bool
	}{
		{"flow", flow, action.Target{Kind: action.Flow, Flow: viewstest.FlowID(0)}, true},
		{"execution", string(viewstest.ExecutionID(1)), action.Target{Kind: action.Execution, Execution: viewstest.ExecutionID(1)}, true},
		{"worker", "prod/crawler-1", action.Target{Kind: action.Worker, Namespace: "prod", Instance: "crawler-1"}, true},
		{"worker", "/crawler-1", action.Target{Kind: action.Worker, Instance: "crawler-1"}, true},
		{"deployment", "", action.Target{Kind: action.Deployment}, true},
		{"worker", "crawler-1", action.Target{}, false},
		{"budget", "tokens", action.Target{}, false},
		{"lane", "default", action.Target{}, false},
		{"flow", "x", action.Target{}, false},
	} {
		got, err := actionTarget(action.Kind(c.kind), c.id)
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("%s %s: %+v, %v", c.kind, c.id, got, err)
		}
	}
}

func TestTheMenuOfANamedThingOpens(t *testing.T) {
	e := viewstest.Canned()
	d := drive(t, options(e), 100, 30)
	d.typing(":act flow " + string(viewstest.FlowID(0)))
	d.press("enter")
	d.shows("Actions")
	d.shows("document_pipeline")
	d.shows("set one tag on it")
	d.press("esc")
	d.typing(":act lane x")
	d.press("enter")
	d.shows("the kinds are execution, flow, worker, budget and deployment")
}
