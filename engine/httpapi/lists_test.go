package httpapi_test

import (
	"strings"
	"testing"

	"ffboard/engine"
)

func TestAMemberThatIsNoIDHidesNothing(t *testing.T) {
	b := newBackend()
	b.members = []engine.ExecutionID{"!junk", "!more junk", execution, "{fp:7}:7-junk", other, "~junk"}
	api := newAPI(t, b)
	for target, want := range map[string]string{
		"/v1/executions?partition=7":         `{"executions":["` + string(execution) + `","` + string(other) + `"],"next_cursor":null}`,
		"/v1/executions?partition=7&limit=1": `{"executions":["` + string(execution) + `"],"next_cursor":"` + string(execution) + `"}`,
		"/v1/executions?partition=7&limit=2": `{"executions":["` + string(execution) + `","` + string(other) + `"],"next_cursor":"` + string(other) + `"}`,
		"/v1/executions?partition=7&cursor=%7Bfp:7%7D:9b1c0d2e-0000-4000-8000-000000000001": `{"executions":[],"next_cursor":null}`,
	} {
		if got := bodyOf(ask(api, "GET", target, "")); got != want {
			t.Errorf("%s gave %s, want %s", target, got, want)
		}
	}
}

func TestParametersOfAListAreChecked(t *testing.T) {
	for _, c := range []struct{ name, query, want string }{
		{"no partition", "", "Failed to deserialize query string: missing field partition"},
		{"a partition beyond any", "?partition=65536", "Failed to deserialize query string: partition: invalid number"},
		{"a limit that is none", "?partition=1&limit=-1", "Failed to deserialize query string: limit: invalid number"},
		{"a cursor that is none", "?partition=1&cursor=x",
			"{\"error\":\"invalid cursor: execution_id is missing the `{fp:N}:` hash-tag prefix: x\"}"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(newAPI(t, newBackend()), "GET", "/v1/executions"+c.query, "")
			if got := bodyOf(w); w.Code != 400 || got != c.want {
				t.Errorf("gave %d %s, want 400 %s", w.Code, got, c.want)
			}
		})
	}
}

func TestAnEmptyCursorIsNone(t *testing.T) {
	if w := ask(newAPI(t, newBackend()), "GET", "/v1/executions?partition=1&cursor=", ""); w.Code != 200 {
		t.Errorf("gave %d %s", w.Code, bodyOf(w))
	}
}

func TestIDsInPathsAreChecked(t *testing.T) {
	for target, want := range map[string]string{
		"/v1/budgets/x":                       `{"error":"invalid budget_id: not a UUID"}`,
		path + "/waitpoints/x/token":          `{"error":"waitpoint_id: not a UUID"}`,
		"/v1/executions/%7Bfp:x%7D:1/state":   `{"error":"invalid execution_id: execution_id partition index is not a valid u16: x"}`,
		"/v1/executions/%7Bfp:1%7D:x%2Fy":     `{"error":"invalid execution_id: execution_id UUID suffix is not a valid UUID: x/y"}`,
		"/v1/executions/" + string(execution): `{"error":"execution not found: ` + string(execution) + `"}`, // the braces need no escape
	} {
		if got := bodyOf(ask(newAPI(t, newBackend()), "GET", target, "")); got != want {
			t.Errorf("%s gave %s, want %s", target, got, want)
		}
	}
	w := ask(newAPI(t, newBackend()), "POST", "/v1/flows/x/cancel", cancelFlowBody("cancel_all"))
	if got, want := bodyOf(w), `{"error":"invalid flow_id: not a UUID"}`; got != want {
		t.Errorf("gave %s, want %s", got, want)
	}
}

func TestARecordWithAWordThatNobodyKnowsIsRefused(t *testing.T) {
	b := newBackend()
	giveActive(b)
	b.execution.State.Blocking = "waiting_for_godot"
	w := ask(newAPI(t, b), "GET", path, "")
	if got, want := bodyOf(w), `{"error":"invalid_input: invalid blocking_reason 'waiting_for_godot': unknown word"}`; w.Code != 400 || got != want {
		t.Errorf("gave %d %s, want 400 %s", w.Code, got, want)
	}
}

func TestAnExecutionBetweenTwoAttemptsShowsItsLast(t *testing.T) {
	b := newBackend()
	giveActive(b)
	b.execution.Attempt, b.execution.TotalAttempts = nil, 3
	b.execution.FlowID = flow
	got := bodyOf(ask(newAPI(t, b), "GET", path, ""))
	if want := `"current_attempt_index":2,"flow_id":"` + string(flow) + `"`; !strings.Contains(got, want) {
		t.Errorf("gave %s, which lacks %s", got, want)
	}
}
