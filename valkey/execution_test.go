package valkey

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What our side mends (spec 07, rows FIX-CLIENT), for the execution and lease calls.

func TestQ002IdsOfPartitionsThatAreNotThere(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := engine.ExecutionID("{fp:4}:3b241101-e2bb-4255-8caf-4136c566a962") // of 4
		_, err := b.CreateExecution(x.ctx, engine.CreateExecution{ID: id, Lane: "default"})
		if !errors.Is(err, engine.CodeInvalidInput) || !strings.Contains(err.Error(), "{fp:4}") {
			t.Errorf("create: %v", err)
		}
		if x.exists(keysOf(id).core()) {
			t.Error("it was created")
		}
		_, err = b.DescribeExecution(x.ctx, id)
		if !errors.Is(err, engine.ClassNotFound) || !strings.Contains(err.Error(), "{fp:4}") {
			t.Errorf("describe: %v", err)
		}
	})
}

func TestQ001AnIdIsKeptVerbatim(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := engine.ExecutionID("{fp:003}:3b241101-e2bb-4255-8caf-4136c566a962")
		x.submit(func(req *engine.CreateExecution) { req.ID = id })
		if key := "ff:exec:{fp:3}:" + string(id) + ":core"; !x.exists(key) {
			t.Errorf("no key %s", key)
		}
	})
}

func TestQ007ThePolicysDedupWindowCounts(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name   string
			policy *engine.ExecutionPolicy
			want   time.Duration
		}{
			{"named by the policy", &engine.ExecutionPolicy{DedupWindow: 7 * 24 * time.Hour}, 7 * 24 * time.Hour},
			{"the default", nil, 24 * time.Hour},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit(func(req *engine.CreateExecution) { req.Policy, req.IdempotencyKey = test.policy, test.name })
				left, err := b.rdb.PTTL(x.ctx, keysOf(id).idempotency("test", test.name)).Result()
				x.must(err)
				if left > test.want || left < test.want-time.Second {
					t.Errorf("remembered for %v, want %v", left, test.want)
				}
			})
		}
	})
}

func TestQ014AShortDelayIsNotLost(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit(func(req *engine.CreateExecution) { req.DelayUntil = x.now().Add(-time.Millisecond) })
		x.onlyIn(id, engine.IndexEligible)
	})
}

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

func TestQ021ThePolicysDeadlineCounts(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		before := x.now()
		id := x.submit(withPolicy(engine.ExecutionPolicy{Timeout: &engine.TimeoutPolicy{Execution: time.Hour}}))
		due, err := parseMillis(x.scored(keysOf(id).partition().executionDeadline(), id))
		x.must(err)
		if left := due.Sub(before); left < 59*time.Minute || left > 61*time.Minute {
			t.Errorf("deadline in %v, want one hour", left)
		}
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

func TestQ033RevokedLeasesAreListed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		held, taken := x.submit(), x.submit()
		x.claim(held)
		h := x.claim(taken)
		_, err := b.RevokeLease(x.ctx, taken, "", "maintenance")
		x.must(err)
		leases, err := b.ListRevokedLeases(x.ctx, "default", 10)
		x.must(err)
		if len(leases) != 1 || leases[0].Execution != taken || leases[0].LeaseID != h.LeaseID || leases[0].RevokeReason != "maintenance" || leases[0].RevokedAt.IsZero() {
			t.Errorf("got %+v", leases)
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
		id := b.partitions.NewSolo("default")
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

func TestQ187MarkedLeasesDoNotHideLaterOnes(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		p := engine.Partition{Family: engine.FamilyFlow, Index: 0}
		past := x.now().Add(-time.Minute)
		pipe := b.rdb.Pipeline()
		add := func(i int, ownership engine.OwnershipState) engine.ExecutionID {
			id := engine.ExecutionID(fmt.Sprintf("{fp:0}:3b241101-e2bb-4255-8caf-%012d", i))
			pipe.HSet(x.ctx, keysOf(id).core(), "lifecycle_phase", "active", "ownership_state", string(ownership), "lease_expires_at", past.UnixMilli())
			pipe.ZAdd(x.ctx, partitionKeys(p).leaseExpiry(), zAt(past.Add(time.Duration(i)*time.Millisecond), id))
			return id
		}
		for i := range markedPage + 200 {
			add(i, engine.OwnerExpired)
		}
		due := add(markedPage+200, engine.OwnerLeased)
		_, err := pipe.Exec(x.ctx)
		x.must(err)
		found, err := b.Due(x.ctx, []engine.Partition{p}, engine.DueLeaseExpiry, "", x.now(), 50)
		x.must(err)
		if len(found) != 1 || found[0].Member != string(due) {
			t.Fatalf("found %v, want the one that is not marked", found)
		}
		x.must(b.MarkLeaseExpiredIfDue(x.ctx, due))
		x.wantCore(due, map[string]string{"ownership_state": "lease_expired_reclaimable"})
	})
}

func TestQ188CreateRegistersItsLane(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.submit(func(req *engine.CreateExecution) { req.Lane = "new" })
		known, err := b.rdb.SIsMember(x.ctx, keyLaneRegistry, "new").Result()
		x.must(err)
		if !known {
			t.Error("the lane is not registered")
		}
	})
}

func TestQ193JunkCanBeTakenOutOfADueIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		p := engine.Partition{Family: engine.FamilyFlow, Index: 1}
		key := partitionKeys(p).attemptTimeout()
		x.must(b.rdb.ZAdd(x.ctx, key, zAt(time.UnixMilli(1), "junk")).Err())
		found, err := b.Due(x.ctx, []engine.Partition{p}, engine.DueAttemptTimeout, "", x.now(), 10)
		x.must(err)
		if len(found) != 1 {
			t.Fatalf("found %v", found)
		}
		x.must(b.DropDue(x.ctx, found[0], engine.DueAttemptTimeout, ""))
		if x.exists(key) {
			t.Error("the junk is still there")
		}
		id := b.partitions.NewSolo("default")
		if err := b.DropDue(x.ctx, engine.DueMember{Partition: p, Member: string(id)}, engine.DueAttemptTimeout, ""); err == nil {
			t.Error("an execution id was taken out")
		}
	})
}

func TestQ215MalformedRecordsBecomeMarkedRows(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		good, bad, wrong := x.submit(), x.submit(), engine.ExecutionID("{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962")
		x.must(b.rdb.HSet(x.ctx, keysOf(bad).core(), "public_state", "xyz", "priority", "high", "created_at", "1795371984174.2").Err())
		x.must(b.rdb.Set(x.ctx, keysOf(wrong).core(), "text", 0).Err())
		gone := b.partitions.NewSolo("default")
		rows, err := b.ExecutionRows(x.ctx, []engine.ExecutionID{good, bad, wrong, gone, "junk"})
		x.must(err)
		if len(rows) != 5 {
			t.Fatalf("%d rows", len(rows))
		}
		if len(rows[0].Malformed) != 0 || rows[0].State != engine.StateWaiting {
			t.Errorf("good row: %+v", rows[0])
		}
		if len(rows[1].Malformed) != 2 || rows[1].State != "xyz" || rows[1].CreatedAt.UnixMilli() != 1795371984174 {
			t.Errorf("bad row: %+v", rows[1])
		}
		if rows[2].Missing || len(rows[2].Malformed) != 1 {
			t.Errorf("row of a string: %+v", rows[2])
		}
		if !rows[3].Missing {
			t.Errorf("row of a missing one: %+v", rows[3])
		}
		if rows[4].Missing || len(rows[4].Malformed) != 1 {
			t.Errorf("row of junk: %+v", rows[4])
		}

		described, err := b.DescribeExecution(x.ctx, bad)
		x.must(err)
		if described == nil || len(described.Malformed) != 2 || described.Lane != "default" {
			t.Errorf("described %+v", described)
		}
		if _, err := b.ReadTotalAttemptCount(x.ctx, bad); err != nil {
			t.Error(err)
		}
		x.must(b.rdb.HSet(x.ctx, keysOf(bad).core(), "total_attempt_count", "abc").Err())
		if _, err := b.ReadTotalAttemptCount(x.ctx, bad); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("a count that is no number: %v", err)
		}
	})
}

func TestQ219ExpiredLeasesArePagedOverAllPartitions(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		past := x.now().Add(-time.Minute)
		pipe := b.rdb.Pipeline()
		want := map[engine.ExecutionID]bool{}
		for i := range 150 { // many with one score, of two partitions, every third a stray
			id := engine.ExecutionID(fmt.Sprintf("{fp:%d}:3b241101-e2bb-4255-8caf-%012d", i%2, i))
			pipe.ZAdd(x.ctx, keysOf(id).partition().leaseExpiry(), zAt(past, id))
			if i%3 == 0 {
				continue
			}
			want[id] = true
			pipe.HSet(x.ctx, keysOf(id).core(), "current_lease_id", string(engine.NewLeaseID()), "current_lease_epoch", "3",
				"current_worker_instance_id", "i", "current_attempt_index", "2")
		}
		_, err := pipe.Exec(x.ctx)
		x.must(err)
		var after *engine.ExpiredLease
		pages := 0
		for {
			page, err := b.ListExpiredLeases(x.ctx, x.now(), after, 30)
			x.must(err)
			pages++
			for _, lease := range page.Items {
				if !want[lease.Execution] {
					t.Fatalf("%s listed twice or wrongly", lease.Execution)
				}
				delete(want, lease.Execution)
				if lease.LeaseEpoch != 3 || lease.AttemptIndex != 2 || lease.ExpiresAt.UnixMilli() != past.UnixMilli() {
					t.Fatalf("lease %+v", lease)
				}
			}
			if page.Next == "" {
				break
			}
			after = &page.Items[len(page.Items)-1]
		}
		if len(want) > 0 || pages != 4 {
			t.Errorf("%d not listed, %d pages", len(want), pages)
		}
	})
}

func TestExecutionDetailHoldsWhatIsAroundAnExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		big := strings.Repeat("x", maxShownBytes+10)
		id := x.submit(func(req *engine.CreateExecution) {
			req.Payload, req.Tags = []byte(big), map[string]string{"app.team": "a"}
		}, withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 1, Backoff: engine.Backoff{Kind: engine.BackoffFixed}}}))
		_, err := b.Fail(x.ctx, x.claim(id), engine.Failure{Message: "boom", Class: engine.FailureTransient})
		x.must(err)
		x.must(b.PromoteDelayed(x.ctx, "default", id, x.now().Add(time.Second)))
		h := x.claim(id)
		x.openStream(id, 1)
		x.must(b.Complete(x.ctx, h, []byte("done")))
		d, err := b.ExecutionDetail(x.ctx, id)
		x.must(err)
		if d.PayloadSize != int64(len(big)) || len(d.Payload) != maxShownBytes || string(d.Result) != "done" {
			t.Errorf("payload %d of %d bytes, result %q", len(d.Payload), d.PayloadSize, d.Result)
		}
		if len(d.Attempts) != 2 || d.Attempts[0].State != "ended_failure" || d.Attempts[0].FailureReason != "boom" || d.Attempts[1].Type != engine.AttemptTypeRetry || d.Attempts[1].RetryReason != "boom" {
			t.Errorf("attempts %+v", d.Attempts)
		}
		if len(d.Streams) != 1 || d.Streams[0].AttemptIndex != 1 || d.Streams[0].ClosedReason != "attempt_success" {
			t.Errorf("streams %+v", d.Streams)
		}
		if got := fmt.Sprint(x.events(id)); got != "[acquired released failed_retry_scheduled acquired released completed]" {
			t.Errorf("events %s", got)
		}
		if d.Execution.Tags["app.team"] != "a" || d.Execution.State.Public != engine.StateCompleted || len(d.Execution.Malformed) > 0 {
			t.Errorf("execution %+v", d.Execution)
		}
		if gone, err := b.ExecutionDetail(x.ctx, b.partitions.NewSolo("default")); gone != nil || err != nil {
			t.Errorf("unknown execution: %v, %v", gone, err)
		}
	})
}

func TestDescribeReadsTheRenewedLease(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		h.LeaseTTL = time.Hour
		expires, err := b.Renew(x.ctx, h)
		x.must(err)
		e, err := b.DescribeExecution(x.ctx, id)
		x.must(err)
		if e.Lease == nil || !e.Lease.ExpiresAt.Equal(expires) || e.Lease.ID != h.LeaseID || e.Lease.Epoch != 1 || e.Lease.WorkerInstance != testInstance {
			t.Errorf("lease %+v, want expiry %v", e.Lease, expires)
		}
		left, err := b.rdb.PTTL(x.ctx, keysOf(id).leaseCurrent()).Result()
		x.must(err)
		if left <= 0 {
			t.Errorf("lease:current lives for %v", left)
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

func TestVersionIsTheWires(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		version, err := b.fcall(x.ctx, "ff_version", nil).Text()
		x.must(err)
		if _, err := strconv.Atoi(version); err != nil || version != "34" {
			t.Errorf("version %q", version)
		}
	})
}

func FuzzDecodeExecution(f *testing.F) {
	for _, value := range []string{"", "x", "1795371984174.2", "-1", "9e99", "nan", "\xff\x1b[2J", "3b241101-e2bb-4255-8caf-4136c566a962"} {
		f.Add(value)
	}
	fields := append([]string{
		"current_attempt_id", "current_lease_id", "current_lease_epoch", "lease_acquired_at", "lease_last_renewed_at",
		"lease_renewal_deadline", "lease_revoked_at", "required_capabilities", "budget_ids", "replay_count", "attempt_type", "ended_at",
	}, rowFields...)
	f.Fuzz(func(t *testing.T, value string) {
		hash := map[string]string{}
		for _, field := range fields {
			hash[field] = value
		}
		e := decodeExecution("{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962", newRecord(hash), newRecord(hash))
		if value != "" && e.Lease == nil {
			t.Error("a held execution without a lease")
		}
		marked := map[string]bool{}
		for _, m := range e.Malformed {
			if marked[m.Field] {
				t.Errorf("%s is marked twice", m.Field)
			}
			marked[m.Field] = true
		}
		decodeRow("{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962", newRecord(hash))
		decodeAttempt(0, newRecord(hash))
		decodeExpiredLease("x", newRecord(hash))
		decodeLeaseEvents([]redis.XMessage{{ID: value, Values: map[string]any{"event": value, "ts": value, "x": value}}})
		placeOf(newRecord(hash))
	})
}
