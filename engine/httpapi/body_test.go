package httpapi_test

import (
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/httpapi"
)

const createBody = `{"execution_id":"{fp:7}:6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","namespace":"acme","lane_id":"default",` +
	`"execution_kind":"resize","input_payload":[123,125,255],"payload_encoding":null,"priority":-5,"creator_identity":"ops",` +
	`"idempotency_key":null,"tags":null,"policy":{"retry_policy":{"max_retries":5}},"delay_until":1760000000000,` +
	`"execution_deadline_at":null,"partition_id":7,"now":1,"somethingElse":{}}`

func TestABodyIsReadAsTheSpecSays(t *testing.T) {
	b := newBackend()
	if w := ask(newAPI(t, b), "POST", "/v1/executions", createBody); w.Code != 201 {
		t.Fatalf("gave %d %s", w.Code, bodyOf(w))
	}
	got := b.asked.(engine.CreateExecution)
	if got.Policy == nil || got.Policy.Retry.MaxRetries != 5 {
		t.Errorf("policy %+v", got.Policy)
	}
	got.Policy = nil
	want := engine.CreateExecution{
		ID: execution, Namespace: "acme", Lane: "default", Kind: "resize", Payload: []byte{123, 125, 255}, Priority: -5,
		CreatorIdentity: "ops", DelayUntil: at(1760000000000),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the backend was asked for\n%+v, want\n%+v", got, want)
	}
}

func TestASignalIsReadWhole(t *testing.T) {
	b := newBackend()
	body := strings.Replace(signalBody, `"now":1`, `"now":1,"payload_encoding":"json","correlation_id":"c","idempotency_key":"i",`+
		`"created_at":5,"dedup_ttl_ms":6,"resume_delay_ms":7,"max_signals_per_execution":8,"signal_maxlen":9`, 1)
	if w := ask(newAPI(t, b), "POST", path+"/signal", body); w.Code != 200 {
		t.Fatalf("gave %d %s", w.Code, bodyOf(w))
	}
	want := engine.Signal{
		Execution: execution, Waitpoint: waitpoint, ID: engine.SignalID(edge), Name: "approved", Category: "approval",
		SourceType: "user", SourceIdentity: "ann", TargetScope: "waitpoint", Token: "k1:5ec2e7", Payload: []byte("hush"),
		Encoding: "json", CorrelationID: "c", IdempotencyKey: "i", CreatedAt: at(5), DedupTTL: 6 * time.Millisecond,
		ResumeDelay: 7 * time.Millisecond, MaxSignals: 8, MaxLen: 9,
	}
	if got := b.asked.(engine.Signal); !reflect.DeepEqual(got, want) {
		t.Errorf("the backend was asked for\n%+v, want\n%+v", got, want)
	}
}

func TestABodyThatCannotBeUsedIsRefused(t *testing.T) {
	with := func(old, changed string) string { return strings.Replace(createBody, old, changed, 1) }
	const notJSON, notThat = `{"error":"invalid JSON: Bad Request"}`, `{"error":"invalid JSON: Unprocessable Entity"}`
	for _, c := range []struct {
		name   string
		body   string
		status int
		want   string
	}{
		{"no JSON", `{"execution_id`, 400, notJSON},
		{"more than JSON", createBody + "x", 400, notJSON},
		{"another thing than an object", `[]`, 422, notThat},
		{"a member of another type", with(`"priority":-5`, `"priority":"5"`), 422, notThat},
		{"a number with a fraction", with(`"priority":-5`, `"priority":0.5`), 422, notThat},
		{"a number that is too large", with(`"priority":-5`, `"priority":3000000000`), 422, notThat},
		{"a partition below zero", with(`"partition_id":7`, `"partition_id":-1`), 422, notThat},
		{"bytes as text", with(`[123,125,255]`, `"e30="`), 422, notThat},
		{"a byte that is none", with(`[123,125,255]`, `[256]`), 422, notThat},
		{"a member that is missing", with(`"namespace":"acme",`, ``), 422, notThat},
		{"a member that is null", with(`"namespace":"acme"`, `"namespace":null`), 422, notThat},
		{"a policy of another type", with(`{"retry_policy":{"max_retries":5}}`, `{"retry_policy":7}`), 422, notThat},
		{"an execution id without its tag", with(`{fp:7}:`, ``), 400,
			"{\"error\":\"invalid execution_id: execution_id is missing the `{fp:N}:` hash-tag prefix: 6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10\"}"},
		{"a lane without a name", with(`"default"`, `""`), 400, `{"error":"lane_id: lane_id is empty"}`},
		{"a lane with a line break", with(`"default"`, `"a\nb"`), 400, `{"error":"lane_id: lane_id contains non-ASCII-printable byte at index 1"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(newAPI(t, newBackend()), "POST", "/v1/executions", c.body)
			if got := bodyOf(w); w.Code != c.status || got != c.want {
				t.Errorf("gave\n%d %s, want\n%d %s", w.Code, got, c.status, c.want)
			}
		})
	}
}

func TestABodyIsJSONOnlyWhenItSaysSo(t *testing.T) {
	for contentType, want := range map[string]int{
		"application/json": 201, "application/json; charset=utf-8": 201, "application/vnd.ff+json": 201, "APPLICATION/JSON": 201,
		"text/plain": 415, "": 415, "application/jsonp": 415, "json": 415,
	} {
		r := httptest.NewRequest("POST", "/v1/executions", strings.NewReader(createBody))
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		newAPI(t, newBackend()).ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%q gave %d %s, want %d", contentType, w.Code, bodyOf(w), want)
		}
	}
}

func TestABodyMayNotContradictItsPath(t *testing.T) {
	const foreign = "{fp:7}:9b1c0d2e-0000-4000-8000-000000000001"
	for _, c := range []struct{ name, target, body, want string }{
		{"of a cancel", path + "/cancel", strings.Replace(cancelBody, string(execution), foreign, 1), "execution_id"},
		{"of a signal", path + "/signal", strings.Replace(signalBody, string(execution), foreign, 1), "execution_id"},
		{"of a member", "/v1/flows/" + string(flow) + "/members",
			`{"flow_id":"00000000-0000-4000-8000-000000000001","execution_id":"` + foreign + `","now":1}`, "flow_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(newAPI(t, newBackend()), "POST", c.target, c.body)
			if got, want := bodyOf(w), `{"error":"path `+c.want+` does not match body `+c.want+`"}`; w.Code != 400 || got != want {
				t.Errorf("gave %d %s, want 400 %s", w.Code, got, want)
			}
		})
	}
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	for _, c := range []struct {
		name, target string
		size         int64
		route        string
	}{
		{"of a cancel", path + "/cancel", 65536, "/v1/executions/{id}/cancel"},
		{"of a signal", path + "/signal", 262144, "/v1/executions/{id}/signal"},
		{"of an execution", "/v1/executions", 1048576, "/v1/executions"},
		{"of a call that ignores it", path + "/replay", 65536, "/v1/executions/{id}/replay"},
	} {
		for how, chunked := range map[string]bool{"announced": false, "streamed": true} {
			if chunked && strings.HasSuffix(c.target, "replay") {
				continue // it is not read
			}
			t.Run(c.name+" "+how, func(t *testing.T) {
				r := httptest.NewRequest("POST", c.target, strings.NewReader(strings.Repeat(" ", int(c.size)+1)))
				r.Header.Set("Content-Type", "application/json")
				if chunked {
					r.ContentLength = -1
				}
				w := httptest.NewRecorder()
				newAPI(t, newBackend()).ServeHTTP(w, r)
				want := `{"error":"payload_too_large","limit_bytes":` + itoa(c.size) + `,"route":"` + c.route + `"}`
				if got := bodyOf(w); w.Code != 413 || got != want {
					t.Errorf("gave %d %s, want 413 %s", w.Code, got, want)
				}
			})
		}
	}
}

func TestCallsThatTakeNoBodyTakeAny(t *testing.T) {
	b := newBackend()
	b.state = engine.StateWaiting
	r := httptest.NewRequest("POST", path+"/replay", strings.NewReader("not JSON"))
	w := httptest.NewRecorder()
	newAPI(t, b).ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("gave %d %s", w.Code, bodyOf(w))
	}
}

func TestTheHolderOfALeaseCancelsWithIt(t *testing.T) {
	b := newBackend()
	giveActive(b)
	b.execution.Lease = &engine.LeaseSummary{WorkerInstance: "w1-i1"}
	body := strings.Replace(cancelBody, `"now"`, `"source":"lease_holder","lease_id":"`+lease+`","lease_epoch":3,"now"`, 1)
	if w := ask(newAPI(t, b), "POST", path+"/cancel", body); w.Code != 200 {
		t.Fatalf("gave %d %s", w.Code, bodyOf(w))
	}
	got := b.asked.(engine.Handle)
	if got.LeaseID != lease || got.LeaseEpoch != 3 || got.WorkerInstance != "w1-i1" || got.AttemptID == "" {
		t.Errorf("cancelled with %+v", got)
	}
}

func TestAnOperatorCancelsWithoutALease(t *testing.T) {
	for name, members := range map[string]string{
		"by default": "", "by name, whatever lease is given": `"source":"operator_override","lease_id":"` + lease + `",`,
	} {
		b := newBackend()
		body := strings.Replace(cancelBody, `"now"`, members+`"now"`, 1)
		if w := ask(newAPI(t, b), "POST", path+"/cancel", body); w.Code != 200 {
			t.Fatalf("%s: gave %d %s", name, w.Code, bodyOf(w))
		}
		if got := b.asked.(cancelRequest); got.id != execution || got.reason != "enough" {
			t.Errorf("%s: cancelled %+v", name, got)
		}
	}
}

func TestRequestsForGrantsAreCheckedInOrder(t *testing.T) {
	claim := func(instance, lane, ttl, capabilities string) string {
		return `{"worker_id":"w1","worker_instance_id":"` + instance + `","lane_id":"` + lane + `","grant_ttl_ms":` + ttl +
			`,"capabilities":[` + capabilities + `],"worker_capabilities":[` + capabilities + `]}`
	}
	long := strings.Repeat("x", 257)
	for _, c := range []struct{ name, target, body, want string }{
		{"a worker with a blank", "/v1/workers/a%20b/claim", claim("", "", "0", ""), "worker_id: must not contain whitespace or control characters"},
		{"a worker with a long name", "/v1/workers/" + long + "/claim", claim("", "", "0", ""), "worker_id: exceeds 256 bytes (got 257)"},
		{"no instance", "/v1/workers/w/claim", claim("", "", "0", ""), "worker_instance_id: must not be empty"},
		{"no lane", "/v1/workers/w/claim", claim("i", "", "0", ""), "lane_id: lane_id is empty"},
		{"no time", "/v1/workers/w/claim", claim("i", "main", "0", ""), "grant_ttl_ms must be in 1..=60000"},
		{"too much time", "/v1/workers/w/claim", claim("i", "main", "60001", ""), "grant_ttl_ms must be in 1..=60000"},
		{"an empty capability", "/v1/workers/w/claim", claim("i", "main", "1", `"a",""`), "invalid_input: capability token must not be empty"},
		{"a capability with a comma", "/v1/workers/w/claim", claim("i", "main", "1", `"a,b"`),
			`invalid_input: capability token may not contain ',' (CSV delimiter): "a,b"`},
		{"the first bad capability in order", "/v1/workers/w/claim", claim("i", "main", "1", `"x,","a b"`),
			`invalid_input: capability token must not contain whitespace or control characters: "a b"`},
		{"a reclaim with too much time", path + "/reclaim", claim("i", "main", "60001", ""), "grant_ttl_ms must be in 1..=60000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(newAPI(t, newBackend()), "POST", c.target, c.body)
			want := `{"error":` + quoteJSON(c.want) + `}`
			if got := bodyOf(w); w.Code != 400 || got != want {
				t.Errorf("gave %d %s, want 400 %s", w.Code, got, want)
			}
		})
	}
}

func TestWithoutASchedulerClaimsAreUnavailable(t *testing.T) {
	api := newAPI(t, newBackend(), func(c *httpapi.Config) { c.Scheduler = nil })
	w := ask(api, "POST", "/v1/workers/w/claim", `{"worker_instance_id":"i","lane_id":"main","grant_ttl_ms":1}`)
	if w.Code != 503 {
		t.Errorf("gave %d %s", w.Code, bodyOf(w))
	}
}

func TestDimensionsAndTheirLimitsBelongTogether(t *testing.T) {
	budgetOf := func(names, hard, soft string) string {
		return `{"budget_id":"6f1d0c1e-3a52-4b0e-9f2a-5b8c7d6e4f10","scope_type":"lane","scope_id":"main","enforcement_mode":"strict",` +
			`"on_hard_limit":"fail","on_soft_limit":"warn","reset_interval_ms":0,"dimensions":[` + names + `],"hard_limits":[` + hard +
			`],"soft_limits":[` + soft + `],"now":1}`
	}
	for _, c := range []struct{ name, body, want string }{
		{"too many", budgetOf(`"a"`+strings.Repeat(`,"a"`, 64), "", ""), "too_many_dimensions: limit=64, got=65"},
		{"a hard limit too few", budgetOf(`"a","b"`, "1", "1,2"), "dimension_limit_array_mismatch: dimensions=2 hard_limits=1"},
		{"a soft limit too many", budgetOf(`"a"`, "1", "1,2"), "dimension_limit_array_mismatch: dimensions=1 soft_limits=2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(newAPI(t, newBackend()), "POST", "/v1/budgets", c.body)
			if got := bodyOf(w); w.Code != 400 || got != `{"error":"`+c.want+`"}` {
				t.Errorf("gave %d %s, want 400 %s", w.Code, got, c.want)
			}
		})
	}
}
