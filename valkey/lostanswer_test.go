package valkey

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// unlucky is a bench on a way to the deployment that can lose answers: losing makes a call whose function arrives and whose answer
// does not.
func unlucky(t *testing.T, b *Backend) (x bench, losing func(function string, call func() error) error) {
	t.Helper()
	deaf := &deafAfter{}
	options := *b.rdb.(*redis.Client).Options()
	deaf.watch(&options)
	unlucky := newBackend(b.target, redis.NewClient(&options))
	t.Cleanup(func() { _ = unlucky.Close() })
	unlucky.partitioning.Store(b.partitioning.Load())
	return newBench(t, unlucky), func(function string, call func() error) error {
		deaf.function.Store(&function)
		defer deaf.function.Store(nil)
		return call()
	}
}

// wantUncertain fails unless a call's answer was lost.
func wantUncertain(t *testing.T, what string, err error) {
	t.Helper()
	var lost *engine.Error
	if !errors.As(err, &lost) || lost.Fault != engine.FaultUncertain || engine.Retryable(err) {
		t.Errorf("%s: %v", what, err)
	}
}

func TestAClaimWhoseAnswerWasLostIsNeitherGivenTwiceNorLost(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x, losing := unlucky(t, b)
		id := x.submit()
		request := engine.ClaimRequest{
			Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
		}
		wantUncertain(t, "claim", losing("ff_claim_execution", func() error { return second(x.Claim(x.ctx, request)) }))
		x.wantCore(id, map[string]string{"lifecycle_phase": "active", "total_attempt_count": "1", "current_lease_epoch": "1"})
		if claimed := x.tryClaim(); claimed != nil {
			t.Errorf("given to a second one: %+v", claimed)
		}
		x.expireLease(id)
		if outcome := x.reclaim(id); outcome.Claimed == nil || outcome.Claimed.Handle.ExecutionID != id {
			t.Errorf("it was not given back: %+v", outcome)
		}
	})
}

func TestAFrameWhoseAnswerWasLostIsThereOnce(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x, losing := unlucky(t, b)
		h := x.working()
		wantUncertain(t, "append", losing("ff_append_frame", func() error {
			return second(x.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte("one")}))
		}))
		appended, err := x.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte("two")})
		x.must(err)
		page, err := x.ReadStream(x.ctx, h.ExecutionID, h.AttemptIndex, "start", "end", 10)
		x.must(err)
		if appended.FrameCount != 2 || len(page.Frames) != 2 || string(page.Frames[0].Payload) != "one" || string(page.Frames[1].Payload) != "two" {
			t.Errorf("count %d, frames %+v", appended.FrameCount, page.Frames)
		}
	})
}

func TestASignalWhoseAnswerWasLostCountsOnce(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x, losing := unlucky(t, b)
		h, waitpoint := x.asleep(waitOn(1, func(keys []string) engine.ResumeCondition {
			return engine.Count(2, engine.DistinctSignals, engine.Matcher{}, keys...)
		}))
		signal := signalTo(h.ExecutionID, waitpoint, "go")
		signal.IdempotencyKey = "once"
		deliver := func() error { return second(x.DeliverSignal(x.ctx, signal)) }
		wantUncertain(t, "signal", losing("ff_deliver_signal", deliver))
		outcome, err := x.DeliverSignal(x.ctx, signal)
		x.must(err)
		if !outcome.Duplicate {
			t.Errorf("the repeat is told as %+v", outcome)
		}
		x.wantPhase(h.ExecutionID, engine.PhaseSuspended)
		signal.IdempotencyKey = "twice"
		x.send(signal, engine.EffectResumed)
		x.wantPhase(h.ExecutionID, engine.PhaseRunnable)
	})
}

func TestAFailureWhoseAnswerWasLostIsOneRetry(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x, losing := unlucky(t, b)
		h := x.claim(x.submit(withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 3}})))
		fail := func() error {
			return second(x.Fail(x.ctx, h, engine.Failure{Message: "no", Class: engine.FailureTransient}))
		}
		if err := losing("ff_fail_execution", fail); !errors.Is(err, engine.ClassTransport) {
			t.Errorf("fail: %v", err)
		}
		x.must(fail())
		x.wantCore(h.ExecutionID, map[string]string{"retry_count": "1", "lifecycle_phase": "runnable"})
	})
}
