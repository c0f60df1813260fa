package enginetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["streams"] = map[string]func(*testing.T, Subject){
		"frames come back as they were appended":                             appendDurable,
		"bytes that are no text come back as they were":                      appendBinary,
		"a frame beyond the limit is refused":                                appendTooLarge,
		"a lost lease appends nothing":                                       appendStale,
		"an ended attempt appends nothing, and its stream is closed":         appendEnded,
		"summary frames merge into one document":                             appendSummary,
		"a patch that is none changes nothing":                               appendBadPatch,
		"reads page by inclusive bounds":                                     readPages,
		"a stream that was never written is empty and open":                  readUnwritten,
		"bad limits and cursors are refused":                                 readRefused,
		"a tail returns what is there at once":                               tailAtOnce,
		"a tail waits for the next frame":                                    tailWaits,
		"many tails wait beside each other":                                  tailMany,
		"a tail ends when the attempt ends, though nothing was ever written": tailEnds,
		"a tail ends when a later attempt begins":                            tailLaterAttempt,
		"a tail from the end gets only what is new":                          tailFromEnd,
		"a tail without best effort frames reads on past them":               tailDurableOnly,
		"a waiting tail holds up nobody":                                     tailHoldsUpNobody,
		"a stream's record counts frames and bytes":                          streamMeta,
		"the policy says how many frames are kept":                           appendRetention,
	}
}

func frame(payload string) engine.Frame { return engine.Frame{Type: "log", Payload: []byte(payload)} }

func appendFrame(t *testing.T, s Subject, h engine.Handle, f engine.Frame) engine.Appended {
	t.Helper()
	a, err := s.AppendFrame(Context(t), h, f)
	noError(t, err)
	return a
}

func readStream(t *testing.T, s Subject, h engine.Handle, from, to string, limit int) engine.StreamPage {
	t.Helper()
	page, err := s.ReadStream(Context(t), h.ExecutionID, h.AttemptIndex, from, to, limit)
	noError(t, err)
	return page
}

func tail(t *testing.T, s Subject, h engine.Handle, after string, block time.Duration) engine.StreamPage {
	t.Helper()
	page, err := s.TailStream(Context(t), engine.TailQuery{
		Execution: h.ExecutionID, AttemptIndex: h.AttemptIndex, After: after, Block: block, Limit: 100,
	})
	noError(t, err)
	return page
}

func wantPayloads(t *testing.T, page engine.StreamPage, want ...string) {
	t.Helper()
	var got []string
	for _, f := range page.Frames {
		got = append(got, string(f.Payload))
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Fatalf("payloads %q, want %q", got, want)
	}
}

func appendDurable(t *testing.T, s Subject) {
	h := working(t, s, "default")
	a := appendFrame(t, s, h, engine.Frame{Type: "log", Payload: []byte("one"), CorrelationID: "c-1"})
	if a.FrameCount != 1 || a.SummaryVersion != 0 {
		t.Errorf("appended %+v", a)
	}
	b := appendFrame(t, s, h, engine.Frame{Payload: []byte("two")})
	page := readStream(t, s, h, "", "", 10)
	wantPayloads(t, page, "one", "two")
	if f := page.Frames[0]; f.ID != a.ID || f.Type != "log" || f.CorrelationID != "c-1" || f.Mode != engine.ModeDurable ||
		f.Encoding != "utf8" || f.Source != "worker" || f.At.IsZero() || f.SentAt.IsZero() || len(f.Extra) != 0 {
		t.Errorf("frame %+v", f)
	}
	if f := page.Frames[1]; f.Type != "stdout" || f.CorrelationID != "" {
		t.Errorf("frame %+v", f)
	}
	if page.LastID != b.ID || page.Closed() {
		t.Errorf("last id %q, closed %v", page.LastID, page.Closed())
	}
}

func appendBinary(t *testing.T, s Subject) {
	h, payload := working(t, s, "default"), []byte{0xff, 0xfe, 0x00, '\n', 0x80}
	appendFrame(t, s, h, engine.Frame{Type: "blob", Payload: payload})
	if f := readStream(t, s, h, "", "", 10).Frames[0]; !bytes.Equal(f.Payload, payload) || f.Encoding != "binary" {
		t.Errorf("frame %+v", f)
	}
}

func appendTooLarge(t *testing.T, s Subject) {
	h := working(t, s, "default")
	_, err := s.AppendFrame(Context(t), h, engine.Frame{Payload: make([]byte, 65537)})
	wantError(t, err, engine.CodeRetentionLimitExceeded)
	appendFrame(t, s, h, engine.Frame{Payload: make([]byte, 65536)})
}

func appendStale(t *testing.T, s Subject) {
	h := working(t, s, "default")
	for name, spoil := range map[string]func(*engine.Handle){
		"epoch":   func(h *engine.Handle) { h.LeaseEpoch++ },
		"lease":   func(h *engine.Handle) { h.LeaseID = engine.NewLeaseID() },
		"attempt": func(h *engine.Handle) { h.AttemptIndex++ },
	} {
		stale := h
		spoil(&stale)
		_, err := s.AppendFrame(Context(t), stale, frame("x"))
		if err == nil {
			t.Errorf("%s: appended", name)
		}
		wantError(t, err, engine.CodeStaleOwnerCannotAppend)
	}
}

func appendEnded(t *testing.T, s Subject) {
	h := working(t, s, "default")
	appendFrame(t, s, h, frame("last words"))
	noError(t, s.Complete(Context(t), h, nil))
	_, err := s.AppendFrame(Context(t), h, frame("more"))
	wantError(t, err, engine.CodeStreamClosed)
	page := readStream(t, s, h, "", "", 10)
	wantPayloads(t, page, "last words")
	if page.ClosedAt.IsZero() || page.ClosedReason != "attempt_success" {
		t.Errorf("closed at %s: %q", page.ClosedAt, page.ClosedReason)
	}
}

func appendSummary(t *testing.T, s Subject) {
	h := working(t, s, "default")
	summary, err := s.ReadSummary(Context(t), h.ExecutionID, 0)
	noError(t, err)
	if summary != nil {
		t.Fatalf("summary before the first frame: %+v", summary)
	}
	for i, step := range []struct{ patch, want string }{
		{`{"tokens":1,"who":{"name":"ann"}}`, `{"tokens":1,"who":{"name":"ann"}}`},
		{`{"tokens":2,"who":{"age":"__ff_null__"}}`, `{"tokens":2,"who":{"name":"ann","age":null}}`},
		{`{"who":{"name":null}}`, `{"tokens":2,"who":{"age":null}}`},
		{`{"a":[]}`, `{"tokens":2,"who":{"age":null},"a":{}}`},
	} {
		a := appendFrame(t, s, h, engine.Frame{Type: "delta", Payload: []byte(step.patch), Mode: engine.ModeSummary})
		if a.SummaryVersion != uint64(i+1) {
			t.Errorf("version %d after patch %d", a.SummaryVersion, i+1)
		}
		summary, err := s.ReadSummary(Context(t), h.ExecutionID, 0)
		noError(t, err)
		if !sameJSON(t, summary.JSON, []byte(step.want)) || summary.Version != a.SummaryVersion || summary.UpdatedAt.IsZero() ||
			summary.FirstAppliedAt.IsZero() || summary.PatchKind != "json-merge-patch" {
			t.Errorf("after %s: %+v, document %s", step.patch, summary, summary.JSON)
		}
	}
	appendFrame(t, s, h, frame("between"))
	page := readStream(t, s, h, "", "", 10)
	if f := page.Frames[1]; f.Mode != engine.ModeSummary || f.SummaryVersion != 2 {
		t.Errorf("frame %+v", f)
	}
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var left, right any
	noError(t, json.Unmarshal(a, &left))
	noError(t, json.Unmarshal(b, &right))
	return fmt.Sprint(left) == fmt.Sprint(right)
}

func appendBadPatch(t *testing.T, s Subject) {
	h := working(t, s, "default")
	deep := strings.Repeat(`{"a":`, 18) + "1" + strings.Repeat("}", 18)
	for _, patch := range []string{"", "no json", "[1]", "null", "5", deep} {
		_, err := s.AppendFrame(Context(t), h, engine.Frame{Payload: []byte(patch), Mode: engine.ModeSummary})
		wantError(t, err, engine.CodeInvalidInput)
	}
	if page := readStream(t, s, h, "", "", 10); len(page.Frames) != 0 {
		t.Errorf("frames %+v", page.Frames)
	}
}

func readPages(t *testing.T, s Subject) {
	h := working(t, s, "default")
	var ids []string
	for i := range 5 {
		ids = append(ids, appendFrame(t, s, h, frame(fmt.Sprint(i))).ID)
	}
	wantPayloads(t, readStream(t, s, h, "", "", 2), "0", "1")
	wantPayloads(t, readStream(t, s, h, ids[1], ids[3], 10), "1", "2", "3")
	wantPayloads(t, readStream(t, s, h, "start", "end", 10), "0", "1", "2", "3", "4")
	wantPayloads(t, readStream(t, s, h, ids[4], "", 10), "4")
}

func readUnwritten(t *testing.T, s Subject) {
	h := working(t, s, "default")
	if page := readStream(t, s, h, "", "", 10); len(page.Frames) != 0 || page.Closed() || page.LastID != "" {
		t.Errorf("page %+v", page)
	}
	meta, err := s.StreamMeta(Context(t), h.ExecutionID, 0)
	noError(t, err)
	if meta != nil {
		t.Errorf("meta %+v", meta)
	}
	unknown := engine.Handle{ExecutionID: s.Partitions().NewSolo("default")}
	if page := readStream(t, s, unknown, "", "", 10); len(page.Frames) != 0 || page.Closed() {
		t.Errorf("page %+v", page)
	}
}

func readRefused(t *testing.T, s Subject) {
	h := working(t, s, "default")
	read := func(from string, limit int) error {
		_, err := s.ReadStream(Context(t), h.ExecutionID, 0, from, "", limit)
		return err
	}
	follow := func(after string, limit int) error {
		_, err := s.TailStream(Context(t), engine.TailQuery{Execution: h.ExecutionID, After: after, Limit: limit})
		return err
	}
	for _, limit := range []int{0, -1, 10001} {
		wantError(t, read("", limit), engine.CodeInvalidInput)
		wantError(t, follow("", limit), engine.CodeInvalidInput)
	}
	for _, cursor := range []string{"-", "+", "abc", "1-", "-1", "1-2-3", "$", "(1-0", "18446744073709551616"} {
		wantError(t, read(cursor, 1), engine.CodeInvalidInput)
		wantError(t, follow(cursor, 1), engine.CodeInvalidInput)
	}
}

func tailAtOnce(t *testing.T, s Subject) {
	h := working(t, s, "default")
	first := appendFrame(t, s, h, frame("one"))
	appendFrame(t, s, h, frame("two"))
	wantPayloads(t, tail(t, s, h, "", 0), "one", "two")
	wantPayloads(t, tail(t, s, h, first.ID, time.Minute), "two")
	page := tail(t, s, h, "", 0)
	if rest := tail(t, s, h, page.LastID, 0); len(rest.Frames) != 0 || rest.LastID != page.LastID {
		t.Errorf("rest %+v", rest)
	}
}

// follow starts a tail and gives its page once it returns.
func follow(t *testing.T, s Subject, q engine.TailQuery) <-chan engine.StreamPage {
	t.Helper()
	ctx, pages := Context(t), make(chan engine.StreamPage, 1)
	go func() {
		page, err := s.TailStream(ctx, q)
		if err != nil {
			t.Error(err)
		}
		pages <- page
	}()
	return pages
}

func tailOf(h engine.Handle, block time.Duration) engine.TailQuery {
	return engine.TailQuery{Execution: h.ExecutionID, AttemptIndex: h.AttemptIndex, Block: block, Limit: 100}
}

func tailWaits(t *testing.T, s Subject) {
	h := working(t, s, "default")
	pages := follow(t, s, tailOf(h, time.Minute))
	appendFrame(t, s, h, frame("late"))
	wantPayloads(t, <-pages, "late")
}

func tailMany(t *testing.T, s Subject) {
	var handles []engine.Handle
	var pages []<-chan engine.StreamPage
	for range 20 {
		h := working(t, s, "default")
		handles, pages = append(handles, h), append(pages, follow(t, s, tailOf(h, time.Minute)))
	}
	for i, h := range handles {
		appendFrame(t, s, h, frame(fmt.Sprint(i)))
	}
	for i, page := range pages {
		wantPayloads(t, <-page, fmt.Sprint(i))
	}
}

func tailEnds(t *testing.T, s Subject) {
	h := working(t, s, "default")
	pages := follow(t, s, tailOf(h, time.Minute))
	noError(t, s.Complete(Context(t), h, nil))
	page := <-pages
	if len(page.Frames) != 0 || !page.Closed() || page.ClosedReason != "success" || page.ClosedAt.IsZero() {
		t.Errorf("page %+v", page)
	}
}

func tailLaterAttempt(t *testing.T, s Subject) {
	id := submit(t, s, "default", func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 1}}
	})
	h := claim(t, s, "default")
	failed, err := s.Fail(Context(t), h, engine.Failure{Message: "no", Class: engine.FailureTransient})
	noError(t, err)
	noError(t, s.PromoteDelayed(Context(t), "default", id, failed.DelayUntil))
	if next := claim(t, s, "default"); next.AttemptIndex != 1 {
		t.Fatalf("attempt %d", next.AttemptIndex)
	}
	if page := tail(t, s, h, "", time.Minute); !page.Closed() {
		t.Errorf("page %+v", page)
	}
}

func tailFromEnd(t *testing.T, s Subject) {
	h := working(t, s, "default")
	appendFrame(t, s, h, frame("old"))
	q := tailOf(h, 0)
	q.After = "end"
	page, err := s.TailStream(Context(t), q)
	noError(t, err)
	wantPayloads(t, page)
	appendFrame(t, s, h, frame("new"))
	wantPayloads(t, tail(t, s, h, page.LastID, time.Minute), "new")
}

func tailDurableOnly(t *testing.T, s Subject) {
	h := working(t, s, "default")
	for range 30 {
		appendFrame(t, s, h, engine.Frame{Payload: []byte("live"), Mode: engine.ModeBestEffort, TTL: time.Minute})
	}
	last := appendFrame(t, s, h, frame("kept"))
	q := tailOf(h, time.Minute)
	q.Limit, q.Visibility = 10, engine.TailExcludeBestEffort
	page, err := s.TailStream(Context(t), q)
	noError(t, err)
	wantPayloads(t, page, "kept")
	if page.LastID != last.ID {
		t.Errorf("last id %q, want %q", page.LastID, last.ID)
	}
	if all := tail(t, s, h, "", 0); len(all.Frames) != 31 || all.Frames[0].Mode != engine.ModeBestEffort || all.Frames[0].TTL != time.Minute {
		t.Errorf("%d frames", len(all.Frames))
	}
}

func tailHoldsUpNobody(t *testing.T, s Subject) {
	idle, busy := working(t, s, "default"), working(t, s, "default")
	pages := follow(t, s, tailOf(idle, time.Minute))
	began := time.Now()
	for range 20 {
		appendFrame(t, s, busy, frame("x"))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("20 appends took %s beside a waiting tail", took)
	}
	appendFrame(t, s, idle, frame("done"))
	wantPayloads(t, <-pages, "done")
}

func streamMeta(t *testing.T, s Subject) {
	h := working(t, s, "default")
	appendFrame(t, s, h, engine.Frame{Payload: []byte("live"), Mode: engine.ModeBestEffort, TTL: time.Minute})
	last := appendFrame(t, s, h, frame("12345"))
	meta, err := s.StreamMeta(Context(t), h.ExecutionID, 0)
	noError(t, err)
	if meta.FrameCount != 2 || meta.TotalBytes != 9 || meta.LastID != last.ID || !meta.HasDurable || meta.RateHz <= 0 ||
		meta.LastFrameAt.IsZero() || meta.CreatedAt.IsZero() || !meta.ClosedAt.IsZero() || len(meta.Malformed) != 0 {
		t.Errorf("meta %+v", meta)
	}
}

func appendRetention(t *testing.T, s Subject) {
	keep := uint64(5)
	submit(t, s, "default", func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{Stream: &engine.StreamPolicy{RetentionMaxLen: &keep}}
	})
	h := claim(t, s, "default")
	for i := range 12 {
		appendFrame(t, s, h, frame(fmt.Sprint(i)))
	}
	wantPayloads(t, readStream(t, s, h, "", "", 100), "7", "8", "9", "10", "11")
}
