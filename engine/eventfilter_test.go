package engine_test

import (
	"context"
	"errors"
	"testing"

	"ffboard/engine"
)

// oneExecution answers for a single execution; down counts the reads that fail first.
type oneExecution struct {
	namespace engine.Namespace
	tags      map[string]string
	down      int
	err       error
}

func (r *oneExecution) fails() error {
	if r.down == 0 {
		return nil
	}
	r.down--
	return r.err
}

func (r *oneExecution) ExecutionNamespace(context.Context, engine.ExecutionID) (engine.Namespace, bool, error) {
	return r.namespace, r.namespace != "", r.fails()
}

func (r *oneExecution) ExecutionTag(_ context.Context, _ engine.ExecutionID, key string) (string, bool, error) {
	value, found := r.tags[key]
	return value, found, r.fails()
}

func TestAFilterAdmitsByNamespaceAndTag(t *testing.T) {
	stored := &oneExecution{namespace: "a", tags: map[string]string{"app.team": "red", "app.empty": ""}}
	for name, test := range map[string]struct {
		filter engine.EventFilter
		want   bool
	}{
		"nothing asked":         {engine.EventFilter{}, true},
		"its namespace":         {engine.EventFilter{Namespace: "a"}, true},
		"another namespace":     {engine.EventFilter{Namespace: "b"}, false},
		"its tag":               {engine.EventFilter{TagKey: "app.team", TagValue: "red"}, true},
		"another value":         {engine.EventFilter{TagKey: "app.team", TagValue: "blue"}, false},
		"a tag that it has not": {engine.EventFilter{TagKey: "app.none"}, false},
		"an empty tag":          {engine.EventFilter{TagKey: "app.empty"}, true},
		"both":                  {engine.EventFilter{Namespace: "a", TagKey: "app.team", TagValue: "red"}, true},
		"one of both":           {engine.EventFilter{Namespace: "b", TagKey: "app.team", TagValue: "red"}, false},
	} {
		got, err := test.filter.Admits(t.Context(), stored, "id")
		if got != test.want || err != nil {
			t.Errorf("%s: admitted %v, %v", name, got, err)
		}
	}
	if got, err := (engine.EventFilter{Namespace: "a"}).Admits(t.Context(), &oneExecution{}, "id"); got || err != nil {
		t.Errorf("an unknown execution: admitted %v, %v", got, err)
	}
}

func TestQ170AFilterReadThatFailsDropsNoEvent(t *testing.T) {
	stored := &oneExecution{namespace: "a", down: 2, err: engine.Transport("read", errors.New("no connection"))}
	in := make(chan engine.Completion, 3)
	in <- engine.Completion{Execution: "id"}
	in <- engine.Completion{Lost: true}
	close(in)
	out, err := engine.FilterEvents(t.Context(), stored, engine.EventFilter{Namespace: "a"}, in)
	if err != nil {
		t.Fatal(err)
	}
	if first, second := <-out, <-out; first.Execution != "id" || !second.Lost {
		t.Errorf("passed on %+v, %+v", first, second)
	}
	if _, open := <-out; open {
		t.Error("it goes on after the end")
	}
}

func TestAFilterThatCannotReadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stored := &oneExecution{namespace: "a", down: 1 << 30, err: engine.Transport("read", errors.New("no connection"))}
	in := make(chan engine.Completion, 1)
	in <- engine.Completion{Execution: "id"}
	close(in)
	out, err := engine.FilterEvents(ctx, stored, engine.EventFilter{Namespace: "a"}, in)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if event, open := <-out; open {
		t.Errorf("passed on %+v", event)
	}
}
