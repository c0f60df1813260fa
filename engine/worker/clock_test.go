package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// A worker whose clock is ten minutes ahead, or behind, gives people the time that it says: what ends the wait looks at the server's.
func TestATimeLimitIsMeasuredByTheServersClock(t *testing.T) {
	for _, ahead := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.ahead = ahead
			id := f.submit("default", "greet", "")
			stop := run(t, f, worker.Config{ReclaimEvery: -1, Handlers: handlers(func(ctx context.Context, task *worker.Task) ([]byte, error) {
				return nil, task.Suspend(ctx, worker.Wait{Condition: engine.OperatorOnly(), Timeout: time.Minute})
			})})
			synctest.Wait()
			stop()
			var args engine.SuspendArgs
			f.change(id, func(r *record) { args = r.suspended })
			if got := args.TimeoutAt.Sub(time.Now().Add(ahead)); got > time.Minute || got < 50*time.Second {
				t.Errorf("with the server's clock %v ahead the limit is in %v", ahead, got)
			}
		})
	}
}
