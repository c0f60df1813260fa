package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"ffboard/engine/httpapi"
)

const secretToken = "s3cr3t-t0ken"

func withToken(c *httpapi.Config) { c.Token = secretToken }

func TestEveryCallNeedsTheToken(t *testing.T) {
	for _, c := range []struct {
		name          string
		target        string
		authorization string
		want          int
	}{
		{"the token", "/v1/executions?partition=1", "Bearer " + secretToken, 200},
		{"none", "/v1/executions?partition=1", "", 401},
		{"another", "/v1/executions?partition=1", "Bearer " + secretToken + "x", 401},
		{"a part of it", "/v1/executions?partition=1", "Bearer s3cr3t", 401},
		{"an empty one", "/v1/executions?partition=1", "Bearer ", 401},
		{"without the scheme", "/v1/executions?partition=1", secretToken, 401},
		{"with the scheme in another case", "/v1/executions?partition=1", "bearer " + secretToken, 401},
		{"none for what is no route", "/nothing", "", 401},
		{"the token for what is no route", "/nothing", "Bearer " + secretToken, 404},
		{"none for the health", "/healthz", "", 200},
		{"none for the metrics", "/metrics", "", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := newAPI(t, newBackend(), withToken, func(c *httpapi.Config) {
				c.Metrics = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
			})
			r := httptest.NewRequest("GET", c.target, nil)
			if c.authorization != "" {
				r.Header.Set("Authorization", c.authorization)
			}
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			got := bodyOf(w)
			if w.Code != c.want {
				t.Errorf("gave %d %s, want %d", w.Code, got, c.want)
			}
			if c.want == 401 && got != `{"error":"missing or invalid Authorization header"}` {
				t.Errorf("gave %s", got)
			}
		})
	}
}

func TestATokenThatIsRefusedIsCountedUnderItsRoute(t *testing.T) {
	var seen httpapi.Request
	api := newAPI(t, newBackend(), withToken, func(c *httpapi.Config) { c.Observe = func(r httpapi.Request) { seen = r } })
	ask(api, "POST", path+"/cancel", cancelBody)
	if seen.Method != "POST" || seen.Route != "/v1/executions/{id}/cancel" || seen.Status != 401 {
		t.Errorf("observed %+v", seen)
	}
	ask(api, "GET", "/nothing/"+path, "")
	if seen.Route != "unknown" {
		t.Errorf("observed %+v", seen)
	}
}

func TestPagesOfOtherOrigins(t *testing.T) {
	const page = "https://ops.example"
	for _, c := range []struct {
		name          string
		origins       []string
		method        string
		origin        string
		status        int
		allowed       string
		allowedHeader string
	}{
		{"any may call", []string{"*"}, "GET", page, 401, "*", ""},
		{"any may ask whether", []string{"https://x", "*"}, "OPTIONS", page, 200, "*", "*,authorization"},
		{"a listed one may call", []string{page}, "GET", page, 401, page, ""},
		{"a listed one may ask whether", []string{page}, "OPTIONS", page, 200, page, "content-type,authorization"},
		{"another gets no leave", []string{page}, "OPTIONS", "https://evil.example", 200, "", ""},
		{"another's call gets no leave", []string{page}, "GET", "https://evil.example", 401, "", ""},
		{"none is asked about", nil, "OPTIONS", page, 401, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			api := newAPI(t, newBackend(), withToken, func(cfg *httpapi.Config) { cfg.Origins = c.origins })
			r := httptest.NewRequest(c.method, "/v1/executions", nil)
			r.Header.Set("Origin", c.origin)
			if c.method == "OPTIONS" {
				r.Header.Set("Access-Control-Request-Method", "POST")
			}
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)
			if w.Code != c.status || w.Header().Get("Access-Control-Allow-Origin") != c.allowed ||
				w.Header().Get("Access-Control-Allow-Headers") != c.allowedHeader {
				t.Errorf("gave %d with %v", w.Code, w.Header())
			}
		})
	}
}

func TestCredentialsAreNotStored(t *testing.T) {
	b := newBackend()
	const target = path + "/waitpoints/3c5d7e0b-77aa-4c1f-8e5d-2f4a1b3c5d7e/token"
	for _, token := range []string{"", "k1:4be1"} {
		b.token = ""
		if token != "" {
			b.token = "k1:4be1"
		}
		if w := ask(newAPI(t, b), "GET", target, ""); w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("with %d: %v", w.Code, w.Header())
		}
	}
}
