package httpapi_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/httpapi"
)

const (
	streamTarget = path + "/attempts/0/stream"
	tailTarget   = path + "/attempts/0/stream/tail"
)

func TestStreamParametersAreCheckedInOrder(t *testing.T) {
	const badExecution = "/v1/executions/nobody/attempts/0/stream"
	for _, c := range []struct{ name, target, want string }{
		{"a limit of none", streamTarget + "?limit=0", `{"error":"limit must be >= 1"}`},
		{"a limit too high", streamTarget + "?limit=1001",
			`{"error":"limit exceeds REST ceiling 1000; paginate via from/to for larger spans"}`},
		{"the limit before the id", badExecution + "?limit=0", `{"error":"limit must be >= 1"}`},
		{"an id that is none", badExecution,
			"{\"error\":\"invalid execution_id: execution_id is missing the `{fp:N}:` hash-tag prefix: nobody\"}"},
		{"a bare marker", streamTarget + "?from=-",
			"Failed to deserialize query string: bare marker '-' is not a valid stream cursor; use 'start' or 'end'"},
		{"an empty cursor", streamTarget + "?to=", "Failed to deserialize query string: stream cursor must not be empty"},
		{"a number that is none", streamTarget + "?limit=abc", "Failed to deserialize query string: limit: invalid number"},
		{"a query that is none", streamTarget + "?limit=%zz", `Failed to deserialize query string: invalid URL escape "%zz"`},
		{"an attempt that is none", path + "/attempts/-1/stream",
			`Invalid URL: cannot parse attempt index "-1" as an unsigned 32-bit number`},
		{"too long a wait", tailTarget + "?block_ms=30001&limit=0", `{"error":"block_ms exceeds 30000ms ceiling"}`},
		{"a tail's limit of none", tailTarget + "?limit=0&after=start", `{"error":"limit must be >= 1"}`},
		{"a tail's limit too high", tailTarget + "?limit=1001",
			`{"error":"limit exceeds REST ceiling 1000; paginate via after for larger spans"}`},
		{"a tail after a word", tailTarget + "?after=end",
			`{"error":"after: XREAD cursor must be a concrete entry id; pass '0-0' to start from the beginning"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(newAPI(t, newBackend()), "GET", c.target, "")
			if got := bodyOf(w); w.Code != 400 || got != c.want {
				t.Errorf("gave %d %s, want 400 %s", w.Code, got, c.want)
			}
			plain := !strings.HasPrefix(c.want, "{")
			if isText := strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain"); isText != plain {
				t.Errorf("the content type is %s", w.Header().Get("Content-Type"))
			}
		})
	}
}

func TestATailAsksForWhatItsQuerySays(t *testing.T) {
	b := newBackend()
	ask(newAPI(t, b), "GET", tailTarget+"?after=5-1&block_ms=30000&limit=7", "")
	want := engine.TailQuery{Execution: execution, After: "5-1", Block: 30 * time.Second, Limit: 7}
	if b.asked != want {
		t.Errorf("asked for %+v, want %+v", b.asked, want)
	}
	ask(newAPI(t, b), "GET", tailTarget, "")
	want = engine.TailQuery{Execution: execution, After: "0-0", Limit: 50}
	if b.asked != want {
		t.Errorf("by default asked for %+v, want %+v", b.asked, want)
	}
}

func TestAFrameIsShownWithAllItsFields(t *testing.T) {
	b := newBackend()
	b.page.Frames = []engine.StreamFrame{{
		ID: "1-0", Type: "delta", Payload: []byte{}, Encoding: "binary", Source: "w", Mode: engine.ModeSummary, CorrelationID: "c",
		SummaryVersion: 3, TTL: 250 * time.Millisecond, Extra: map[string]string{"ts": "soon", "x": "<&>"},
	}}
	w := ask(newAPI(t, b), "GET", streamTarget, "")
	want := `{"frames":[{"id":"1-0","fields":{"correlation_id":"c","encoding":"binary","frame_type":"delta","mode":"summary",` +
		`"payload":"","source":"w","summary_version":"3","ts":"soon","ttl_ms":"250","x":"<&>"}}],"count":1}`
	if got := bodyOf(w); got != want {
		t.Errorf("gave %s, want %s", got, want)
	}
}

// A client learns from closed_at that a stream has ended.
func TestAStreamThatIsOverSaysSoEvenWhenNobodyKnowsSinceWhen(t *testing.T) {
	b := newBackend()
	b.page.ClosedReason = "later_attempt"
	w := ask(newAPI(t, b), "GET", streamTarget, "")
	if got := bodyOf(w); !strings.Contains(got, `"closed_at":`) || !strings.Contains(got, `"closed_reason":"later_attempt"`) {
		t.Errorf("gave %s", got)
	}
}

// tailing starts a tail that waits until its context ends, and returns what it will answer.
func tailing(t *testing.T, b *backend, api *httpapi.API) chan *httptest.ResponseRecorder {
	t.Helper()
	waiting := make(chan struct{})
	b.tail = func(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
		if q.Block == 0 {
			return b.page, nil
		}
		close(waiting)
		<-ctx.Done()
		return engine.StreamPage{}, ctx.Err()
	}
	answered := make(chan *httptest.ResponseRecorder, 1)
	go func() { answered <- ask(api, "GET", tailTarget+"?block_ms=30000", "") }()
	<-waiting
	return answered
}

func TestStreamCallsBeyondTheLimitAreTurnedAway(t *testing.T) {
	b := newBackend()
	api := newAPI(t, b, func(c *httpapi.Config) { c.StreamOps = 1 })
	answered := tailing(t, b, api)
	w := ask(api, "GET", streamTarget, "")
	want := `{"error":"too many concurrent stream_ops calls (server max: 1); retry with backoff","kind":"resource_exhausted","retryable":true}`
	if got := bodyOf(w); w.Code != 429 || got != want {
		t.Errorf("gave %d %s, want 429 %s", w.Code, got, want)
	}
	if err := api.StopStreams(t.Context()); err != nil {
		t.Error(err)
	}
	<-answered
}

func TestWhenTheServerStopsATailAnswersAsIfItsTimeWereUp(t *testing.T) {
	b := newBackend()
	api := newAPI(t, b)
	answered := tailing(t, b, api)
	if err := api.StopStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := <-answered
	if got := bodyOf(w); w.Code != 200 || got != `{"frames":[],"count":0}` {
		t.Errorf("gave %d %s", w.Code, got)
	}
	w = ask(api, "GET", streamTarget, "")
	want := `{"error":"backend op unavailable: stream_ops","kind":"unavailable","retryable":false}`
	if got := bodyOf(w); w.Code != 503 || got != want {
		t.Errorf("afterwards gave %d %s, want 503 %s", w.Code, got, want)
	}
}

func TestStoppingStreamsGivesUpWithItsContext(t *testing.T) {
	b := newBackend()
	api := newAPI(t, b)
	release := make(chan struct{})
	began := make(chan struct{})
	b.tail = func(context.Context, engine.TailQuery) (engine.StreamPage, error) {
		close(began)
		<-release
		return engine.StreamPage{}, nil
	}
	answered := make(chan struct{})
	go func() {
		ask(api, "GET", tailTarget, "")
		close(answered)
	}()
	<-began
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := api.StopStreams(now); err == nil {
		t.Error("a call under way was not noticed")
	}
	close(release)
	<-answered
	if err := api.StopStreams(t.Context()); err != nil {
		t.Error(err)
	}
}
