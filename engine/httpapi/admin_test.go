package httpapi_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"ffboard/engine"
)

const rotateTarget = "/v1/admin/rotate-waitpoint-secret"

func TestARotationIsCheckedBeforeItIsMade(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"no key id", `{"new_kid":"","new_secret_hex":"00"}`, `{"error":"new_kid must be non-empty and must not contain ':'"}`},
		{"a key id with a colon", `{"new_kid":"a:b","new_secret_hex":"00"}`, `{"error":"new_kid must be non-empty and must not contain ':'"}`},
		{"no secret", `{"new_kid":"k2","new_secret_hex":""}`, `{"error":"new_secret_hex must be a non-empty even-length hex string"}`},
		{"half a byte", `{"new_kid":"k2","new_secret_hex":"000"}`, `{"error":"new_secret_hex must be a non-empty even-length hex string"}`},
		{"no hex", `{"new_kid":"k2","new_secret_hex":"zz"}`, `{"error":"new_secret_hex must be a non-empty even-length hex string"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(newAPI(t, newBackend()), "POST", rotateTarget, c.body)
			if got := bodyOf(w); w.Code != 400 || got != c.want {
				t.Errorf("gave %d %s, want 400 %s", w.Code, got, c.want)
			}
		})
	}
}

func TestARotationThatFailsEverywhereIsAnError(t *testing.T) {
	b := newBackend()
	b.rotation = []engine.RotationResult{rotatedOn(0)}
	b.rotation[0].Err = errors.New("down")
	w := ask(newAPI(t, b), "POST", rotateTarget, `{"new_kid":"k2","new_secret_hex":"0011"}`)
	if got, want := bodyOf(w), `{"error":"rotation failed on all partitions (check Valkey connectivity)"}`; w.Code != 400 || got != want {
		t.Errorf("gave %d %s, want 400 %s", w.Code, got, want)
	}
	if b.asked != time.Hour {
		t.Errorf("the grace was %v", b.asked)
	}
}

func TestOneRotationAtATime(t *testing.T) {
	b := newBackend()
	began, release := make(chan struct{}), make(chan struct{})
	b.rotation = []engine.RotationResult{rotatedOn(0)}
	b.rotate = func(context.Context) {
		close(began)
		<-release
	}
	api := newAPI(t, b)
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- ask(api, "POST", rotateTarget, `{"new_kid":"k2","new_secret_hex":"0011"}`) }()
	<-began
	w := ask(api, "POST", rotateTarget, `{"new_kid":"k2","new_secret_hex":"0011"}`)
	want := `{"error":"too many concurrent admin_rotate calls (server max: 1); retry with backoff","retryable":true}`
	if got := bodyOf(w); w.Code != 429 || got != want {
		t.Errorf("gave %d %s, want 429 %s", w.Code, got, want)
	}
	close(release)
	if w := <-first; w.Code != 200 {
		t.Errorf("the first gave %d %s", w.Code, bodyOf(w))
	}
}

func TestHealthSaysNothingOfTheInside(t *testing.T) {
	b := newBackend()
	b.err = engine.Transport("ping", errors.New("dial tcp 10.1.2.3:6379: refused"))
	w := ask(newAPI(t, b, withToken), "GET", "/healthz", "")
	if got, want := bodyOf(w), `{"error":"Valkey does not answer","retryable":true}`; w.Code != 500 || got != want {
		t.Errorf("gave %d %s, want 500 %s", w.Code, got, want)
	}
}
