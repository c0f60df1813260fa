package httpapi_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"ffboard/engine"
)

// notActive is the rejection of a call on an execution that has ended.
func notActive(outcome string) error {
	return engine.FromCode("cancel_execution", "execution_not_active", []string{outcome, "2", "terminal", "a1"})
}

func TestErrorsAreProjectedAsTheSpecSays(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		status int
		want   string
	}{
		{"not found", engine.NotFound("signal", "execution", string(execution)), 404, `{"error":"not found: execution"}`},
		{"validation", engine.FromCode("signal", "invalid_token", nil), 400, `{"error":"invalid_token"}`},
		{"validation with a detail", engine.Invalid("signal", "no such lane"), 400, `{"error":"invalid_input: no such lane"}`},
		{"a record that does not decode", engine.Corrupt("ff:wp:1", "state", "unknown"), 400, `{"error":"validation_error: ff:wp:1: state: unknown"}`},
		{"contention", engine.FromCode("signal", "waitpoint_not_found", nil), 409,
			`{"error":"contention: WaitpointNotFound","kind":"contention","retryable":true}`},
		{"a full window", engine.FromCode("admit", "rate_limit_exceeded", nil), 429,
			`{"error":"rate_limit_exceeded: RateLimitExceeded","kind":"rate_limit_exceeded","retryable":true}`},
		{"state", engine.FromCode("signal", "target_not_signalable", nil), 409,
			`{"error":"state_conflict: TargetNotSignalable","kind":"state_conflict","retryable":false}`},
		{"a state with a code of its own", engine.FromCode("replay", "max_replays_exhausted", nil), 409,
			`{"error":"max_replays_exhausted: MaxReplaysExhausted","kind":"max_replays_exhausted","retryable":false}`},
		{"a state that is as wanted", engine.FromCode("signal", "duplicate_signal", nil), 409,
			`{"error":"already_satisfied: DuplicateSignal","kind":"already_satisfied","retryable":false}`},
		{"conflict", engine.FromCode("add", "cycle_detected", nil), 409,
			`{"error":"cycle_detected: CycleDetected","kind":"cycle_detected","retryable":false}`},
		{"conflict with a value", engine.FromCode("rotate", "rotation_conflict", []string{"k2"}), 409,
			`{"error":"rotation_conflict: RotationConflict(\"k2\")","kind":"rotation_conflict","retryable":false}`},
		{"an execution that is over", notActive("success"), 409,
			`{"error":"state_conflict: ExecutionNotActive { terminal_outcome: \"success\", lease_epoch: \"2\", ` +
				`lifecycle_phase: \"terminal\", attempt_id: \"a1\" }","kind":"state_conflict","retryable":false}`},
		{"a code that nobody knows", engine.FromCode("signal", "moon_is_full", nil), 409,
			`{"error":"state_conflict: unknown error code: moon_is_full","kind":"state_conflict","retryable":false}`},
		{"unavailable", engine.Unavailable("signal"), 503,
			`{"error":"backend op unavailable: signal","kind":"unavailable","retryable":false}`},
		{"a server that cannot be reached", engine.Transport("signal", errors.New("dial: refused")), 500,
			`{"error":"engine: signal: transport: dial: refused","retryable":true}`},
		{"a call without an answer", engine.Uncertain("signal", errors.New("EOF")), 500,
			`{"error":"engine: signal: transport: no answer, it may have been applied: EOF","retryable":false}`},
		{"an error of nobody's", errors.New("odd"), 500, `{"error":"odd","retryable":false}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBackend()
			b.err = c.err
			w := ask(newAPI(t, b), "POST", path+"/signal", signalBody)
			if got := bodyOf(w); w.Code != c.status || got != c.want {
				t.Errorf("gave\n%d %s, want\n%d %s", w.Code, got, c.status, c.want)
			}
		})
	}
}

const signalBody = `{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","waitpoint_id":"3c5d7e0b-77aa-4c1f-8e5d-2f4a1b3c5d7e",` +
	`"signal_id":"0b6c9d52-77aa-4c1f-8e5d-2f4a1b3c5d7e","signal_name":"approved","signal_category":"approval","source_type":"user",` +
	`"source_identity":"ann","target_scope":"waitpoint","waitpoint_token":"k1:5ec2e7","now":1,"payload":[104,117,115,104]}`

const cancelBody = `{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","reason":"enough","now":1}`

// A rejection is a 4xx that says whether to try again, and its text begins with the wire code, which clients of FlowFabric look for.
func TestCallsThatFlowFabricLeavesUntypedNameTheWireCode(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error
		status int
		want   string
	}{
		{"an execution that is over", notActive("cancelled"), 409,
			`{"error":"execution_not_active: state_conflict: ExecutionNotActive { terminal_outcome: \"cancelled\", lease_epoch: \"2\", ` +
				`lifecycle_phase: \"terminal\", attempt_id: \"a1\" }","kind":"state_conflict","retryable":false}`},
		{"an execution that is none", engine.NotFound("cancel", "execution", string(execution)), 404,
			`{"error":"execution_not_found: not found: execution"}`},
		{"a code that the text has already", engine.FromCode("replay", "execution_not_terminal", nil), 409,
			`{"error":"execution_not_terminal: ExecutionNotTerminal","kind":"execution_not_terminal","retryable":false}`},
		{"a revision that is old", engine.FromCode("stage", "stale_graph_revision", nil), 409,
			`{"error":"stale_graph_revision: contention: StaleGraphRevision","kind":"contention","retryable":true}`},
		{"a failure without a code", engine.Transport("cancel", errors.New("EOF")), 500,
			`{"error":"engine: cancel: transport: EOF","retryable":true}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBackend()
			b.err = c.err
			w := ask(newAPI(t, b), "POST", path+"/cancel", cancelBody)
			if got := bodyOf(w); w.Code != c.status || got != c.want {
				t.Errorf("gave\n%d %s, want\n%d %s", w.Code, got, c.status, c.want)
			}
		})
	}
}

func TestAReadWithoutAnAnswerMayBeRepeated(t *testing.T) {
	b := newBackend()
	b.err = engine.Uncertain("read", errors.New("EOF"))
	w := ask(newAPI(t, b), "GET", path, "")
	if got, want := bodyOf(w), `{"error":"engine: read: transport: no answer, it may have been applied: EOF","retryable":true}`; got != want {
		t.Errorf("gave %s, want %s", got, want)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	for _, c := range []struct{ name, target, want string }{
		{"execution", path, `{"error":"execution not found: {fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10"}`},
		{"state", path + "/state", `{"error":"execution not found: {fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10"}`},
		{"result", path + "/result", `{"error":"execution result not found: {fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10"}`},
		{"token", path + "/waitpoints/3c5d7e0b-77aa-4c1f-8e5d-2f4a1b3c5d7e/token",
			`{"error":"waitpoint token not found (consumed, expired, or unknown id)"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(newAPI(t, newBackend()), "GET", c.target, "")
			if got := bodyOf(w); w.Code != 404 || got != c.want {
				t.Errorf("gave %d %s, want 404 %s", w.Code, got, c.want)
			}
		})
	}
}

func TestWhatIsNoRouteHasNoBody(t *testing.T) {
	api := newAPI(t, newBackend())
	for target, want := range map[string]int{
		"GET /": 404, "GET /v1": 404, "GET /v1/executions/": 404, "GET /v1//executions": 404, "GET /v1/../healthz": 404,
		"GET " + path + "/nothing": 404, "GET /metrics": 404, "DELETE /v1/executions": 405, "GET /v1/flows": 405, "POST /healthz": 405,
	} {
		method, target, _ := strings.Cut(target, " ")
		w := ask(api, method, target, "")
		if got := bodyOf(w); w.Code != want || got != "" {
			t.Errorf("%s %s gave %d %q, want %d and nothing", method, target, w.Code, got, want)
		}
	}
}

func TestARouteAnswersHEADLikeGET(t *testing.T) {
	if w := ask(newAPI(t, newBackend()), http.MethodHead, "/healthz", ""); w.Code != 200 {
		t.Errorf("HEAD gave %d", w.Code)
	}
}
