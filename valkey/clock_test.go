package valkey

import (
	"testing"
	"time"

	"ffboard/engine"
)

// With this machine's clock ten minutes off, what is to last a minute lasts a minute by the server's.
func TestTimeLimitsAreKeptByTheServersClock(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, off := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
			x := newBench(t, b)
			b.clock = engine.ServerClock{Read: b.ServerTime, Local: func() time.Time { return time.Now().Add(off) }}
			now, err := b.ServerTime(x.ctx)
			x.must(err)
			h := x.claim(x.submit(withPolicy(engine.ExecutionPolicy{Timeout: &engine.TimeoutPolicy{Execution: time.Minute}})))
			w, err := x.CreateWaitpoint(x.ctx, h, "k", time.Minute)
			x.must(err)
			part := keysOf(h.ExecutionID).partition()
			for what, score := range map[string]float64{
				"deadline":  x.rdb.ZScore(x.ctx, part.executionDeadline(), string(h.ExecutionID)).Val(),
				"waitpoint": x.rdb.ZScore(x.ctx, part.pendingWaitpointExpiry(), string(w.ID)).Val(),
			} {
				if lasts := time.UnixMilli(int64(score)).Sub(now); lasts < 50*time.Second || lasts > 90*time.Second {
					t.Errorf("with the clock off by %v the %s is in %v", off, what, lasts)
				}
			}
		}
	})
}
