package httpapi_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/engine/httpapi"
)

// logOf serves one request with the token and returns the answer and what was logged.
func logOf(t *testing.T, b *backend, method, target, body string) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var out bytes.Buffer
	api := newAPI(t, b, withToken, func(c *httpapi.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&out, nil))
	})
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+secretToken)
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	return w, out.String()
}

func TestARequestIsOneLineOfLog(t *testing.T) {
	_, line := logOf(t, newBackend(), "GET", path+"/state?x=1", "")
	for _, want := range []string{
		"level=INFO", "msg=request", "method=GET", "route=/v1/executions/{id}/state", "path=" + path + "/state ", "status=404", "took=",
		"remote=192.0.2.1:1234",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("%q lacks %q", line, want)
		}
	}
	if strings.Count(line, "\n") != 1 {
		t.Errorf("%q is not one line", line)
	}
}

func TestTheLogHoldsNoSecretsAndNoPayloads(t *testing.T) {
	for name, err := range map[string]error{
		"": nil, "a rejection": engine.FromCode("signal", "invalid_token", nil), "a failure": engine.Uncertain("signal", errors.New("EOF")),
	} {
		b := newBackend()
		b.err = err
		_, lines := logOf(t, b, "POST", path+"/signal", signalBody)
		_, more := logOf(t, b, "POST", rotateTarget, `{"new_kid":"k2","new_secret_hex":"5ec2e700"}`)
		_, bad := logOf(t, b, "POST", "/v1/executions", strings.Replace(createBody, string(execution), "hush-hush", 1))
		for _, secret := range []string{"5ec2e7", "hush", secretToken, "104,117"} {
			if strings.Contains(lines+more+bad, secret) {
				t.Errorf("%s: the log holds %q:\n%s", name, secret, lines+more+bad)
			}
		}
	}
}

func TestAFailureOfOursIsLoggedWithItsCause(t *testing.T) {
	b := newBackend()
	b.err = engine.Transport("cancel_execution", errors.New("dial: refused"))
	_, line := logOf(t, b, "POST", path+"/cancel", cancelBody)
	if !strings.Contains(line, "level=ERROR") || !strings.Contains(line, `error="cancel_execution: transport: dial: refused"`) {
		t.Errorf("logged %q", line)
	}
	b.err = notActive("success")
	_, line = logOf(t, b, "POST", path+"/cancel", cancelBody)
	if !strings.Contains(line, "level=INFO") || !strings.Contains(line, "code=execution_not_active") {
		t.Errorf("logged %q", line)
	}
}

func TestWhatClientsSendCannotFillTheLog(t *testing.T) {
	_, line := logOf(t, newBackend(), "GET", "/v1/executions/"+strings.Repeat("x", 10_000), "")
	if len(line) > 1000 {
		t.Errorf("%d bytes were logged", len(line))
	}
	_, line = logOf(t, newBackend(), "GET", "/v1/executions/a%0alevel=ERROR", "")
	if strings.Count(line, "\n") != 1 {
		t.Errorf("a path broke the line: %q", line)
	}
}

func TestAPanicIsAnAnswerAndALine(t *testing.T) {
	b := newBackend()
	b.readRequest = func() { panic("odd") }
	w, lines := logOf(t, b, "GET", path, "")
	if got, want := bodyOf(w), `{"error":"internal error","retryable":false}`; w.Code != 500 || got != want {
		t.Errorf("gave %d %s, want 500 %s", w.Code, got, want)
	}
	if !strings.Contains(lines, "panic=odd") || !strings.Contains(lines, "readExecution") {
		t.Errorf("logged %q", lines)
	}
	b.readRequest = func() { panic(http.ErrAbortHandler) }
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("the panic that ends a connection was swallowed")
		}
	}()
	logOf(t, b, "GET", path, "")
}

func TestAnAuditedRotationNamesPartitionsAndNoSecret(t *testing.T) {
	b := newBackend()
	b.rotation = []engine.RotationResult{rotatedOn(3), rotatedOn(4)}
	b.rotation[1].Err = errors.New("down")
	_, lines := logOf(t, b, "POST", rotateTarget, `{"new_kid":"k2","new_secret_hex":"5ec2e700"}`)
	for _, want := range []string{
		"msg=waitpoint_hmac_rotation_failed target=audit partition=4 new_kid=k2 error=down",
		"msg=waitpoint_hmac_rotation_complete target=audit new_kid=k2 rotated=1 failed=1",
	} {
		if !strings.Contains(lines, want) {
			t.Errorf("%q lacks %q", lines, want)
		}
	}
}
