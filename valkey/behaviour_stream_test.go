package valkey

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// The behaviours of streams, spec 04a §21, that can be seen on the keys alone.

func TestBehaviour38RepliesOfFramesAndSummaries(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		k := keysOf(id)
		read := func() []any {
			reply, err := x.raw("ff_read_summary", []string{k.attemptSummary(0)})
			x.must(err)
			return reply
		}
		x.wantWords(read()[:4], nil, "1", "OK", "", "0")
		reply, err := x.raw("ff_append_frame", appendKeys(id), appendArgs(h, nil)...)
		x.must(err)
		x.wantWords(reply[3:], nil, "1", "")
		for i := range 300 {
			_, err := b.AppendFrame(x.ctx, h, engine.Frame{Payload: fmt.Appendf(nil, `{"step":%d}`, i), Mode: engine.ModeSummary})
			x.must(err)
		}
		if kept := b.rdb.XLen(x.ctx, k.stream(0)).Val(); kept >= 301 {
			t.Fatalf("%d frames are kept: nothing was trimmed", kept)
		}
		x.wantWords(read()[:4], nil, "1", "OK", `{"step":299}`, "300")
		x.wantHash(k.streamMeta(0), map[string]string{"frame_count": "301"})
	})
}

func TestBehaviour39TheLengthOfALiveStreamFollowsItsRate(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		meta := keysOf(id).streamMeta(0)
		// after is the length that is applied to a frame so long after the one before it.
		after := func(pause time.Duration, ceiling int) (length int, rate float64) {
			if pause > 0 {
				x.must(b.rdb.HSet(x.ctx, meta, "last_append_ts_ms", x.now().Add(-pause).UnixMilli()).Err())
			}
			_, err := b.AppendFrame(x.ctx, h, engine.Frame{
				Payload: []byte("x"), Mode: engine.ModeBestEffort, TTL: 5 * time.Second, MaxLenCeiling: ceiling,
			})
			x.must(err)
			length, err = strconv.Atoi(x.hash(meta, "maxlen_applied_last"))
			x.must(err)
			rate, err = strconv.ParseFloat(x.hash(meta, "ema_rate_hz"), 64)
			x.must(err)
			return length, rate
		}
		if length, rate := after(0, 0); length != 64 || rate != 6.4 {
			t.Fatalf("the first frame: %d at %v a second, want 64 at 6.4", length, rate)
		}
		burst, fast := after(time.Millisecond, 0)
		if burst <= 64 || fast <= 6.4 {
			t.Errorf("in a burst: %d at %v a second", burst, fast)
		}
		idle, slow := after(time.Hour, 0)
		if slow >= fast || idle >= burst {
			t.Errorf("after an hour: %d at %v a second, it was %d at %v", idle, slow, burst, fast)
		}
		x.must(b.rdb.HSet(x.ctx, meta, "ema_rate_hz", "100000").Err())
		if pegged, _ := after(time.Millisecond, 100); pegged != 100 {
			t.Errorf("under a ceiling of 100: %d", pegged)
		}
	})
}

func TestBehaviour40BothProtocolsAreRead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, protocol := range []int{2, 3} {
			t.Run(fmt.Sprint("RESP", protocol), func(t *testing.T) {
				options := *b.rdb.(*redis.Client).Options()
				options.Protocol = protocol
				speaks := newBackend(b.target, redis.NewClient(&options))
				t.Cleanup(func() { _ = speaks.Close() })
				speaks.partitioning.Store(b.partitioning.Load())
				x := newBench(t, speaks)
				id := x.submit()
				h := x.claim(id)
				_, err := speaks.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte(`{"a":1}`), Mode: engine.ModeSummary})
				x.must(err)
				summary, err := speaks.ReadSummary(x.ctx, id, 0)
				x.must(err)
				if summary == nil || string(summary.JSON) != `{"a":1}` || summary.Version != 1 {
					t.Errorf("summary %+v", summary)
				}
				for _, block := range []time.Duration{0, time.Minute} {
					if page := x.tail(id, "", block); len(page.Frames) != 1 || string(page.Frames[0].Payload) != `{"a":1}` {
						t.Errorf("tail %+v", page)
					}
				}
				described, err := speaks.DescribeExecution(x.ctx, id)
				x.must(err)
				if described == nil || described.Lease == nil || len(described.Malformed) > 0 {
					t.Errorf("described %+v", described)
				}
			})
		}
	})
}
