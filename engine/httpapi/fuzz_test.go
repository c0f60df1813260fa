package httpapi_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzBodies sends any body to any route: the answer is never a failure of the server's, and is JSON.
func FuzzBodies(f *testing.F) {
	targets := []string{
		"/v1/executions", path + "/cancel", path + "/signal", path + "/reclaim", "/v1/workers/w/claim", "/v1/flows",
		"/v1/flows/" + string(flow) + "/members", cancelFlowTarget, "/v1/flows/" + string(flow) + "/edges",
		"/v1/flows/" + string(flow) + "/edges/apply", "/v1/budgets", "/v1/budgets/" + string(budget) + "/usage", "/v1/quotas",
		rotateTarget,
	}
	for i, body := range []string{createBody, cancelBody, signalBody} {
		f.Add(uint8(i), body)
	}
	for i := range targets {
		f.Add(uint8(i), `{"now":1e400,"flow_id":[],"dimensions":{"":-1}}`)
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		b := newBackend()
		b.usage.Status = "OK"
		target := targets[int(which)%len(targets)]
		w := ask(newAPI(t, b), "POST", target, body+" ")
		answer := bodyOf(w)
		if w.Code >= 500 {
			t.Errorf("%s with %q gave %d %s", target, body, w.Code, answer)
		}
		if w.Code != 204 && !json.Valid([]byte(answer)) {
			t.Errorf("%s with %q gave %q", target, body, answer)
		}
	})
}

// FuzzTargets asks for any path and query.
func FuzzTargets(f *testing.F) {
	for _, target := range []string{
		path, path + "/state", path + "/attempts/0/stream?from=start&to=5-1&limit=7", tailTarget + "?after=0-0", "/v1/executions?partition=1",
		"/v1/executions/%zz", "/v1/budgets/%00", "//", "/v1/executions/%2e%2e/state",
	} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") {
			t.Skip()
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.URL = u
		w := httptest.NewRecorder()
		newAPI(t, newBackend()).ServeHTTP(w, r)
		if w.Code >= 500 && w.Code != 503 {
			t.Errorf("%q gave %d %s", target, w.Code, bodyOf(w))
		}
	})
}
