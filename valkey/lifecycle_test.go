package valkey

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// What our side mends of the calls that hold and end a lease (spec 07, rows FIX-CLIENT).

func TestQ017CategoriesAndJitterDecideTheRetryThatIsAskedFor(t *testing.T) {
	categories := func(list ...string) engine.ExecutionPolicy {
		return engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 3, Categories: list}}
	}
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name   string
			policy engine.ExecutionPolicy
			f      engine.Failure
			retry  bool
		}{
			{"a category that is not listed ends it", categories("timeout"), engine.Failure{Class: engine.FailurePermanent}, false},
			{"a listed category is retried", categories("timeout"), engine.Failure{Class: engine.FailureTimeout}, true},
			{"a listed category of the caller's own is retried", categories("quota"), engine.Failure{Class: engine.FailurePermanent, Category: "quota"}, true},
			{"no list retries all", categories(), engine.Failure{Class: engine.FailurePermanent}, true},
			{"no retry policy ends it", engine.ExecutionPolicy{}, engine.Failure{Class: engine.FailureTransient}, false},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				result, err := b.Fail(x.ctx, x.claim(x.submit(withPolicy(test.policy))), test.f)
				x.must(err)
				if result.Retry != test.retry {
					t.Errorf("retry %v, want %v", result.Retry, test.retry)
				}
			})
		}
		t.Run("jitter draws from the upper half", func(t *testing.T) {
			x := newBench(t, b)
			h := x.claim(x.submit(withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{
				MaxRetries: 3,
				Backoff:    engine.Backoff{Kind: engine.BackoffExponential, Initial: 10 * time.Second, Max: time.Minute, Multiplier: 2, Jitter: true},
			}})))
			before := x.now()
			result, err := b.Fail(x.ctx, h, engine.Failure{Class: engine.FailureTransient})
			x.must(err)
			if wait := result.DelayUntil.Sub(before); wait < 5*time.Second || wait > 11*time.Second {
				t.Errorf("waits %v, want 5 to 10 s", wait)
			}
		})
	})
}

func TestRetryPolicyForKeepsWhatItDoesNotUnderstand(t *testing.T) {
	for _, test := range []struct{ name, policy, want string }{
		{"no policy", ``, ``},
		{"no retry member", `{"priority":1}`, ``},
		{"not JSON", `{"retry_policy":`, ``},
		{"plain", `{"retry_policy":{"max_retries":3, "backoff":{"type":"fixed","delay_ms":5}}}`, `{"max_retries":3,"backoff":{"type":"fixed","delay_ms":5}}`},
		{"of another shape", `{"retry_policy":{"max_retries":"3"}}`, `{"max_retries":"3"}`},
		{"a word", `{"retry_policy":"always"}`, `"always"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := retryPolicyFor([]byte(test.policy), engine.Failure{Class: engine.FailureTransient}, 0); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func FuzzRetryPolicyFor(f *testing.F) {
	f.Add([]byte(`{"retry_policy":{"max_retries":3,"backoff":{"type":"exponential","initial_delay_ms":1,"max_delay_ms":9,"multiplier":2,"jitter":true}}}`), 3)
	f.Add([]byte(`{"retry_policy":null}`), 0)
	f.Add([]byte(`[]`), -1)
	f.Fuzz(func(t *testing.T, policy []byte, retries int) {
		retryPolicyFor(policy, engine.Failure{Class: engine.FailureTransient}, retries)
	})
}

func TestQ025BytesAreStoredAsTheyAre(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		payload := []byte{0xff, 0xfe, 0x00, '\n'}
		id := x.submit(func(req *engine.CreateExecution) { req.Payload = payload })
		h := x.claim(id)
		begin, err := b.ReadExecutionContext(x.ctx, id)
		x.must(err)
		x.must(b.Complete(x.ctx, h, begin.Payload))
		result, err := b.ExecutionResult(x.ctx, id)
		x.must(err)
		if string(result) != string(payload) {
			t.Errorf("result %x, want %x", result, payload)
		}
	})
}

func TestQ028AMessageLeavesThePercentageAlone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		x.must(b.Progress(x.ctx, h, 40, "begun"))
		x.must(b.Progress(x.ctx, h, -1, "going on"))
		x.wantCore(id, map[string]string{"progress_pct": "40", "progress_message": "going on"})
		for _, percent := range []int{101, -2} {
			if err := b.Progress(x.ctx, h, percent, ""); !errors.Is(err, engine.CodeInvalidInput) {
				t.Errorf("%d: %v, want invalid_input", percent, err)
			}
		}
	})
}

func TestQ040LeasesAndGrantsThatWouldBeOverAreRefused(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		h.LeaseTTL = 0
		if _, err := b.Renew(x.ctx, h); !errors.Is(err, engine.CodeInvalidInput) {
			t.Errorf("renew: %v", err)
		}
		for _, ttl := range []time.Duration{0, time.Minute + time.Millisecond} {
			_, _, err := b.IssueReclaimGrant(x.ctx, engine.IssueGrant{Execution: id, Lane: "default", Worker: "w", WorkerInstance: "i", TTL: ttl})
			if !errors.Is(err, engine.CodeInvalidInput) {
				t.Errorf("grant of %v: %v", ttl, err)
			}
		}
		if _, err := b.ReclaimExecution(x.ctx, engine.Reclaim{Execution: id, Lane: "default"}); !errors.Is(err, engine.CodeInvalidInput) {
			t.Errorf("reclaim: %v", err)
		}
	})
}

func TestQ172TheRepeatOfACallThatWonIsSuccess(t *testing.T) {
	retrying := withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 3}})
	eachServer(t, func(t *testing.T, b *Backend) {
		type call struct {
			name   string
			submit func(*engine.CreateExecution)
			do     func(x bench, h engine.Handle) error
		}
		none := func(*engine.CreateExecution) {}
		fail := func(x bench, h engine.Handle) error {
			_, err := x.Fail(x.ctx, h, engine.Failure{Message: "boom", Class: engine.FailureTransient})
			return err
		}
		for _, test := range []call{
			{"complete", none, func(x bench, h engine.Handle) error { return x.Complete(x.ctx, h, []byte("r")) }},
			{"cancel", none, func(x bench, h engine.Handle) error { return x.Cancel(x.ctx, h, "stop") }},
			{"fail for good", none, fail},
			{"fail with a retry", retrying, fail},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				h := x.claim(x.submit(test.submit))
				x.must(test.do(x, h))
				x.must(test.do(x, h))
				later := h
				later.LeaseEpoch++
				if err := test.do(x, later); !errors.Is(err, engine.CodeExecutionNotActive) {
					t.Errorf("another epoch: %v, want execution_not_active", err)
				}
			})
		}
		t.Run("a repeated failure reports the same retry", func(t *testing.T) {
			x := newBench(t, b)
			h := x.claim(x.submit(retrying))
			f := engine.Failure{Message: "boom", Class: engine.FailureTransient}
			first, err := b.Fail(x.ctx, h, f)
			x.must(err)
			second, err := b.Fail(x.ctx, h, f)
			x.must(err)
			if !first.Retry || first != second {
				t.Errorf("first %+v, second %+v", first, second)
			}
		})
		t.Run("another outcome is no success", func(t *testing.T) {
			x := newBench(t, b)
			h := x.claim(x.submit())
			x.must(b.Cancel(x.ctx, h, "stop"))
			if err := b.Complete(x.ctx, h, nil); !errors.Is(err, engine.CodeExecutionNotActive) {
				t.Errorf("complete after a cancel: %v", err)
			}
		})
	})
}

func TestQ173AnOperationThatIsRefusedSaysWhy(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.must(b.Complete(x.ctx, x.claim(id), nil))
		_, err := b.CancelExecution(x.ctx, id, "stop", "")
		var e *engine.Error
		if !errors.As(err, &e) || e.Code != engine.CodeExecutionNotActive || e.Op != "cancel_execution" || engine.Retryable(err) {
			t.Fatalf("error %v", err)
		}
		if outcome, _, _, _, _ := e.NotActive(); outcome != "success" {
			t.Errorf("outcome %q", outcome)
		}
	})
}

func TestQ180AnUnknownExecutionIsNotFoundByEveryCall(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := b.Partitions().NewSolo("default")
		h := engine.Handle{ExecutionID: id, Lane: "default", LeaseID: engine.NewLeaseID(), AttemptID: engine.NewAttemptID(), LeaseEpoch: 1, LeaseTTL: time.Second}
		fence := h.Fence()
		for name, err := range map[string]error{
			"complete":         b.Complete(x.ctx, h, nil),
			"fail":             second(b.Fail(x.ctx, h, engine.Failure{})),
			"cancel":           b.Cancel(x.ctx, h, "stop"),
			"renew":            second(b.Renew(x.ctx, h)),
			"progress":         b.Progress(x.ctx, h, 1, ""),
			"delay":            b.Delay(x.ctx, h, x.now()),
			"wait children":    b.WaitChildren(x.ctx, h),
			"read context":     second(b.ReadExecutionContext(x.ctx, id)),
			"operator cancel":  second(b.CancelExecution(x.ctx, id, "stop", "")),
			"revoke":           second(b.RevokeLease(x.ctx, id, "", "")),
			"service complete": b.CompleteExecution(x.ctx, id, nil, nil, ""),
			"service fail":     second(b.FailExecution(x.ctx, id, &fence, engine.Failure{}, "")),
			"service renew":    second(b.RenewLease(x.ctx, id, fence, time.Second, 0)),
			"tag":              b.SetExecutionTag(x.ctx, id, "a.b", "v"),
		} {
			if !errors.Is(err, engine.ClassNotFound) || !strings.Contains(fmt.Sprint(err), string(id)) {
				t.Errorf("%s: %v, want not found with the id", name, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestQ181ARetryTellsTheIndexOfTheNextAttempt(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit(withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 3, Backoff: engine.Backoff{Kind: engine.BackoffFixed}}}))
		for want := uint32(1); want <= 2; want++ {
			result, err := b.Fail(x.ctx, x.claim(id), engine.Failure{Class: engine.FailureTransient})
			x.must(err)
			if result.NextAttempt != want {
				t.Errorf("next attempt %d, want %d", result.NextAttempt, want)
			}
			x.must(b.PromoteDelayed(x.ctx, "default", id, x.now().Add(time.Second)))
		}
	})
}

func TestRevokeTellsWhetherThereWasALeaseToTake(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		if revoked, err := b.RevokeLease(x.ctx, id, "", ""); revoked || err != nil {
			t.Errorf("nobody holds it: %v, %v", revoked, err)
		}
		h := x.claim(id)
		if _, err := b.RevokeLease(x.ctx, id, engine.NewLeaseID(), ""); !errors.Is(err, engine.CodeStaleLease) {
			t.Errorf("another lease expected: %v", err)
		}
		if revoked, err := b.RevokeLease(x.ctx, id, h.LeaseID, ""); !revoked || err != nil {
			t.Errorf("held: %v, %v", revoked, err)
		}
		if revoked, err := b.RevokeLease(x.ctx, id, "", ""); revoked || err != nil {
			t.Errorf("revoked before: %v, %v", revoked, err)
		}
		_, err := b.CancelExecution(x.ctx, id, "stop", "")
		x.must(err)
		if _, err := b.RevokeLease(x.ctx, id, "", ""); !errors.Is(err, engine.CodeExecutionNotActive) {
			t.Errorf("over: %v", err)
		}
	})
}

func TestAReclaimRefusesBadCapArguments(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for name, arrange := range map[string]func(x bench, id engine.ExecutionID) any{
			"argument": func(bench, engine.ExecutionID) any { return "" },
			"policy": func(x bench, id engine.ExecutionID) any {
				x.must(x.rdb.Set(x.ctx, keysOf(id).policy(), `{"max_reclaim_count":null}`, 0).Err())
				return "5"
			},
		} {
			t.Run(name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit()
				x.claim(id)
				x.expireLease(id)
				k := keysOf(id)
				_, err := x.raw("ff_reclaim_execution", []string{k.core(), k.claimGrant(), k.attempt(0), k.streamMeta(0)},
					string(id), "w", "i", "default", string(engine.NewLeaseID()), "1000", string(engine.NewAttemptID()), "", arrange(x, id))
				if err == nil || !strings.Contains(err.Error(), "must be numeric") {
					t.Errorf("error %v", err)
				}
				x.wantCore(id, map[string]string{"ownership_state": "lease_expired_reclaimable", "lease_reclaim_count": "0"})
			})
		}
	})
}
