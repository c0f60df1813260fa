package valkey

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

// What our side does better than FlowFabric's with the same keys (spec 07, rows FIX-CLIENT): streams.

func (x bench) tail(id engine.ExecutionID, after string, block time.Duration) engine.StreamPage {
	x.Helper()
	page, err := x.TailStream(x.ctx, engine.TailQuery{Execution: id, After: after, Block: block, Limit: 100})
	x.must(err)
	return page
}

func TestQ023AStreamThatNobodyClosedEndsWithItsExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		_, err := b.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte("last")})
		x.must(err)
		x.must(b.Complete(x.ctx, h, nil))
		x.must(b.rdb.HSet(x.ctx, keysOf(id).streamMeta(0), "closed_at", "", "closed_reason", "").Err())
		page := x.tail(id, "", time.Minute)
		if len(page.Frames) != 1 || page.ClosedReason != "success" || millis(page.ClosedAt) != x.core(id, "completed_at") {
			t.Errorf("page %+v", page)
		}
		if page = x.tail(id, page.LastID, time.Minute); len(page.Frames) != 0 || !page.Closed() {
			t.Errorf("page %+v", page)
		}
		meta, err := b.StreamMeta(x.ctx, id, 0)
		x.must(err)
		if meta.ClosedReason != "success" {
			t.Errorf("meta %+v", meta)
		}
	})
}

func TestQ159ACloseIsSeenSoon(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		seen := make(chan time.Time, 1)
		go func() {
			page, err := b.TailStream(x.ctx, engine.TailQuery{Execution: id, Block: time.Minute, Limit: 1})
			if err != nil || !page.Closed() {
				t.Errorf("page %+v, %v", page, err)
			}
			seen <- time.Now()
		}()
		x.must(b.Complete(x.ctx, h, nil))
		closed := time.Now()
		if late := (<-seen).Sub(closed); late > 1500*time.Millisecond {
			t.Errorf("seen after %s", late)
		}
	})
}

func TestQ161ManyTailsWaitOnOneConnection(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		if err := b.rdb.ClientList(x.ctx).Err(); err != nil {
			t.Skip("the server lists no connections")
		}
		id := x.submit()
		h := x.claim(id)
		pages := make(chan engine.StreamPage)
		for range 20 {
			go func() {
				page, err := b.TailStream(x.ctx, engine.TailQuery{Execution: id, Block: time.Minute, Limit: 1})
				if err != nil {
					t.Error(err)
				}
				pages <- page
			}()
		}
		blocked := func() (n int) {
			list, err := b.rdb.ClientList(x.ctx).Result()
			x.must(err)
			for line := range strings.Lines(list) {
				if strings.Contains(line, "cmd=xread") && strings.Contains(line, "flags=b") {
					n++
				}
			}
			return n
		}
		enginetest.Eventually(t, "all wait together", func() bool {
			b.frameWaits.mu.Lock()
			defer b.frameWaits.mu.Unlock()
			for _, wait := range b.frameWaits.waits {
				wait.mu.Lock()
				n := len(wait.waiters)
				wait.mu.Unlock()
				if n == 20 {
					return true
				}
			}
			return false
		})
		if n := blocked(); n > 1 {
			t.Errorf("%d connections wait", n)
		}
		_, err := b.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte("x")})
		x.must(err)
		for range 20 {
			if page := <-pages; len(page.Frames) != 1 {
				t.Errorf("page %+v", page)
			}
		}
	})
}

func TestATailEndsWithItsContext(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		ctx, cancel := context.WithCancel(x.ctx)
		done := make(chan error, 1)
		go func() {
			_, err := b.TailStream(ctx, engine.TailQuery{Execution: id, Block: time.Hour, Limit: 1})
			done <- err
		}()
		cancel()
		if err := <-done; !errors.Is(err, ctx.Err()) {
			t.Errorf("error %v", err)
		}
	})
}

func TestALongReadComesInPartsAndInOrder(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		const frames = framesPerRoundTrip*2 + 7
		_, err := b.rdb.Pipelined(x.ctx, func(p redis.Pipeliner) error {
			for i := range frames {
				p.XAdd(x.ctx, &redis.XAddArgs{Stream: keysOf(id).stream(0), ID: fmt.Sprintf("1-%d", i+1), Values: []any{"payload", fmt.Sprint(i)}})
			}
			return nil
		})
		x.must(err)
		for _, limit := range []int{frames - 1, frames, mostFrames} {
			page, err := b.ReadStream(x.ctx, id, 0, "", "", limit)
			x.must(err)
			if len(page.Frames) != min(limit, frames) || page.LastID != page.Frames[len(page.Frames)-1].ID {
				t.Fatalf("limit %d: %d frames, last id %s", limit, len(page.Frames), page.LastID)
			}
			for i, f := range page.Frames {
				if string(f.Payload) != fmt.Sprint(i) || f.Mode != engine.ModeDurable {
					t.Fatalf("frame %d: %+v", i, f)
				}
			}
			tailed, err := b.TailStream(x.ctx, engine.TailQuery{Execution: id, Limit: limit})
			x.must(err)
			if len(tailed.Frames) != len(page.Frames) || tailed.LastID != page.LastID {
				t.Fatalf("limit %d: %d frames tailed", limit, len(tailed.Frames))
			}
		}
	})
}

func TestAStreamOfAnotherTypeIsCorruption(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.must(b.rdb.Set(x.ctx, keysOf(id).stream(0), "x", 0).Err())
		if _, err := b.ReadStream(x.ctx, id, 0, "", "", 1); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("error %v", err)
		}
		if _, err := b.TailStream(x.ctx, engine.TailQuery{Execution: id, Limit: 1, Block: time.Minute}); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("error %v", err)
		}
	})
}

func TestAStreamRecordThatDoesNotDecodeIsMarked(t *testing.T) {
	m := decodeStreamMeta(engine.StreamRef{Execution: "e", Attempt: 2}, newRecord(map[string]string{
		"frame_count": "many", "last_frame_at": "soon", "ema_rate_hz": "fast", "total_bytes": "7",
	}), newRecord(nil))
	if len(m.Malformed) != 3 || m.TotalBytes != 7 || m.AttemptIndex != 2 {
		t.Errorf("meta %+v", m)
	}
}

func TestTheEndOfAStream(t *testing.T) {
	for name, test := range map[string]struct {
		meta, core map[string]string
		attempt    uint32
		at         int64
		reason     string
	}{
		"open":               {core: map[string]string{"lifecycle_phase": "active", "total_attempt_count": "1"}},
		"of nothing known":   {},
		"closed":             {meta: map[string]string{"closed_at": "5", "closed_reason": "expired"}, at: 5, reason: "expired"},
		"closed, no reason":  {meta: map[string]string{"closed_at": "5"}, at: 5},
		"closed, bad time":   {meta: map[string]string{"closed_at": "x"}, reason: "closed"},
		"ended":              {core: map[string]string{"lifecycle_phase": "terminal", "terminal_outcome": "failed", "completed_at": "7"}, at: 7, reason: "failed"},
		"ended, no time":     {core: map[string]string{"lifecycle_phase": "terminal", "terminal_outcome": "skipped", "last_mutation_at": "8"}, at: 8, reason: "skipped"},
		"a later attempt":    {core: map[string]string{"lifecycle_phase": "active", "total_attempt_count": "3"}, attempt: 1, reason: laterAttempt},
		"the latest attempt": {core: map[string]string{"lifecycle_phase": "active", "total_attempt_count": "3"}, attempt: 2},
	} {
		t.Run(name, func(t *testing.T) {
			at, reason := streamEnd(newRecord(test.meta), newRecord(test.core), test.attempt)
			if reason != test.reason || at.IsZero() != (test.at == 0) || !at.IsZero() && at.UnixMilli() != test.at {
				t.Errorf("at %s: %q", at, reason)
			}
		})
	}
}

func TestEntryAfter(t *testing.T) {
	for id, want := range map[string]string{
		"0-0": "0-1", "5-7": "5-8", "5": "5-1", "5-18446744073709551615": "6-0",
	} {
		if got := entryAfter(id); got != want {
			t.Errorf("after %s comes %s, want %s", id, got, want)
		}
	}
}

func FuzzDecodeFrame(f *testing.F) {
	f.Add("1-0", "ts", "1700000000000", "payload", "x")
	f.Add("", "summary_version", "-1", "ttl_ms", "1e99")
	f.Fuzz(func(t *testing.T, id, name, value, other, text string) {
		frame := decodeFrame(redis.XMessage{ID: id, Values: map[string]any{name: value, other: text}})
		if frame.ID != id || len(frame.Extra) > 2 {
			t.Errorf("frame %+v", frame)
		}
	})
}
