package valkey

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// appendArgs are ARGV of ff_append_frame for a handle.
func appendArgs(h engine.Handle, change map[int]any) []any {
	args := []any{
		string(h.ExecutionID), "0", string(h.LeaseID), "1", "log", "", "x", "utf8", "", "worker", "10000", string(h.AttemptID), "65536",
		"", "", "0", "0", "0", "0",
	}
	for position, value := range change {
		args[position-1] = value
	}
	return args
}

func appendKeys(id engine.ExecutionID) []string {
	k := keysOf(id)
	return []string{k.core(), k.stream(0), k.streamMeta(0), k.attemptSummary(0)}
}

func TestQ015AFrameWithABadNumberIsNotAppended(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			message string
			change  map[int]any
		}{
			{"max_payload_bytes must be a number, got: x", map[int]any{13: "x"}},
			{"retention_maxlen must be a number, got: x", map[int]any{11: "x"}},
			{"retention_maxlen must be a number, got: -1", map[int]any{11: "-1"}},
			{"ttl_ms must be a number, got: x", map[int]any{14: "best_effort", 16: "x"}},
			{"payload malformed", map[int]any{14: "summary", 7: `{"n":NaN}`}},
		} {
			t.Run(test.message, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit()
				got, err := x.raw("ff_append_frame", appendKeys(id), appendArgs(x.claim(id), test.change)...)
				x.wantWords(got, err, "0", "invalid_input", test.message)
				if x.exists(keysOf(id).stream(0)) || x.exists(keysOf(id).attemptSummary(0)) || x.hash(keysOf(id).streamMeta(0), "frame_count") > "0" {
					t.Error("something was appended")
				}
			})
		}
	})
}

func TestAFrameOfTheOldThirteenArgumentsIsDurable(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		got, err := x.raw("ff_append_frame", appendKeys(id)[:3], appendArgs(x.claim(id), nil)[:13]...)
		x.must(err)
		if text(got[1]) != "OK" || text(got[3]) != "1" || text(got[4]) != "" {
			t.Errorf("reply %v", got)
		}
		x.wantHash(keysOf(id).streamMeta(0), map[string]string{"has_durable_frame": "1", "durability_mode": "durable_full", "frame_count": "1"})
	})
}

func TestBestEffortFramesExpireUntilADurableOneComes(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		live := engine.Frame{Payload: []byte("x"), Mode: engine.ModeBestEffort, TTL: 5 * time.Second}
		_, err := b.AppendFrame(x.ctx, h, live)
		x.must(err)
		stream, meta := keysOf(id).stream(0), keysOf(id).streamMeta(0)
		if ttl := b.rdb.PTTL(x.ctx, stream).Val(); ttl <= 0 || ttl > 10*time.Second {
			t.Errorf("TTL %s", ttl)
		}
		x.wantHash(meta, map[string]string{"ema_rate_hz": "6.4", "maxlen_applied_last": "64", "has_durable_frame": "0"})
		for _, f := range []engine.Frame{{Payload: []byte("y")}, live} {
			_, err = b.AppendFrame(x.ctx, h, f)
			x.must(err)
			if ttl := b.rdb.PTTL(x.ctx, stream).Val(); ttl >= 0 {
				t.Errorf("TTL %s after a durable frame", ttl)
			}
		}
		x.wantHash(meta, map[string]string{"has_durable_frame": "1", "frame_count": "3", "total_bytes": "3"})
	})
}

func TestQ154AnUnknownModeIsStoredAsItIs(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		_, err := x.raw("ff_append_frame", appendKeys(id), appendArgs(x.claim(id), map[int]any{14: "foo"})...)
		x.must(err)
		page, err := b.ReadStream(x.ctx, id, 0, "", "", 10)
		x.must(err)
		if page.Frames[0].Mode != "foo" {
			t.Errorf("mode %q", page.Frames[0].Mode)
		}
		x.wantHash(keysOf(id).streamMeta(0), map[string]string{"has_durable_frame": "0"})
	})
}

func TestQ155AMergeDeviatesAsReadersExpect(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for name, test := range map[string]struct{ patches, document string }{
			"an empty object replaces":                {`{"a":{"b":1}} {"a":{}}`, `{"a":{}}`},
			"an empty array becomes an object":        {`{"a":[]}`, `{"a":{}}`},
			"an empty array patch changes nothing":    {`{"a":1} []`, `{"a":1}`},
			"nulls after a leading false are dropped": {`{"b":[false,null]}`, `{"b":[false]}`},
			"nulls between stay":                      {`{"b":[false,null,3]}`, `{"b":[false,null,3]}`},
			"an array behind false merges as object":  {`{"w":{"x":1}} {"w":[false,8]}`, `{"w":{"x":1,"1":false,"2":8}}`},
			"numbers keep 14 digits":                  {`{"n":12345678901234567}`, `{"n":1.2345678901235e+16}`},
			"stamps survive":                          {`{"n":1732300000123}`, `{"n":1732300000123}`},
			"the sentinel is null, in arrays too":     {`{"a":["__ff_null__",{"b":"__ff_null__"}]}`, `{"a":[null,{"b":null}]}`},
			"null within an array stays":              {`{"a":[1,null,{"b":null}]}`, `{"a":[1,null,{"b":null}]}`},
		} {
			t.Run(name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit()
				h := x.claim(id)
				for _, patch := range strings.Fields(test.patches) {
					_, err := b.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte(patch), Mode: engine.ModeSummary})
					x.must(err)
				}
				s, err := b.ReadSummary(x.ctx, id, 0)
				x.must(err)
				if got, want := decoded(t, s.JSON), decoded(t, []byte(test.document)); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("document %s, want %s", s.JSON, test.document)
				}
			})
		}
	})
}

func decoded(t *testing.T, document []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(document, &v); err != nil {
		t.Fatal(err)
	}
	return v
}
