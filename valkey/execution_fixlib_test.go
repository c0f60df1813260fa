package valkey

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// What our library mends of FlowFabric's (spec 07, rows FIX-LIB), for the execution and lease functions.

// createKeys and createArgs are a plain call of ff_create_execution.
func createKeys(id engine.ExecutionID, queue engine.LaneIndex, idempotency string) []string {
	k, part := keysOf(id), keysOf(id).partition()
	return []string{k.core(), k.payload(), k.policy(), k.tags(), part.lane("default", queue), idempotency, part.executionDeadline(), part.allExecutions()}
}

func createArgs(id engine.ExecutionID, change map[int]any) []any {
	args := []any{string(id), "test", "default", "job", "0", "me", "{}", "input", "", "", "{}", "", "0"}
	for position, value := range change {
		args[position-1] = value
	}
	return args
}

func TestQ006AnIdempotencyKeyMayContainTheWordsOfThePlaceholder(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		create := engine.CreateExecution{ID: b.Partitions().NewSolo("default"), Lane: "default", IdempotencyKey: "a ff:noop: b"}
		first, err := b.CreateExecution(x.ctx, create)
		x.must(err)
		create.ID = b.Partitions().NewSolo("default")
		second, err := b.CreateExecution(x.ctx, create)
		x.must(err)
		if first.Duplicate || !second.Duplicate || second.ID != first.ID {
			t.Errorf("got %+v then %+v, want the first id again", first, second)
		}
	})
}

func TestQ009NestedTagsAreStoredAsTheirJSON(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name, tags string
			want       map[string]string
		}{
			{"nested and null members", `{"a.b":{"x":1},"c.d":null}`, map[string]string{"a.b": `{"x":1}`}},
			{"plain values", `{"a.b":"x","a.n":1.5,"a.t":true}`, map[string]string{"a.b": "x", "a.n": "1.5", "a.t": "true"}},
			{"an array", `["a","b"]`, map[string]string{}},
			{"no JSON", `{"a.b"`, map[string]string{}},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				id := b.Partitions().NewSolo("default")
				_, err := x.raw("ff_create_execution", createKeys(id, engine.IndexEligible, ""), createArgs(id, map[int]any{11: test.tags})...)
				x.must(err)
				got, err := b.rdb.HGetAll(x.ctx, keysOf(id).tags()).Result()
				x.must(err)
				if fmt.Sprint(got) != fmt.Sprint(test.want) {
					t.Errorf("tags %v, want %v", got, test.want)
				}
			})
		}
	})
}

func TestQ009AnAttemptPolicyIsFlattenedWithoutNulls(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.grant(id)
		_, err := b.ClaimExecution(x.ctx, engine.ClaimExecution{
			Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
			PolicyJSON: `{"tier":{"name":"a"},"none":null,"n":2}`,
		})
		x.must(err)
		got, err := b.rdb.HGetAll(x.ctx, keysOf(id).attemptPolicy(0)).Result()
		x.must(err)
		if want := map[string]string{"tier": `{"name":"a"}`, "n": "2"}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("attempt policy %v, want %v", got, want)
		}
	})
}

func TestQ014CreateDecidesTheIndexItself(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		past := b.Partitions().NewSolo("default")
		reply, err := x.raw("ff_create_execution", createKeys(past, engine.IndexDelayed, ""),
			createArgs(past, map[int]any{9: x.now().UnixMilli() - 1})...)
		x.must(err)
		if got := fmt.Sprint(reply); got != fmt.Sprintf("[1 OK %s waiting]", past) {
			t.Errorf("reply %s", got)
		}
		x.onlyIn(past, engine.IndexEligible)
		if score, want := x.scored(keysOf(past).partition().lane("default", engine.IndexEligible), past), x.core(past, "created_at"); score != want {
			t.Errorf("score %s, want created_at %s", score, want)
		}

		future := b.Partitions().NewSolo("default")
		at := x.now().Add(time.Hour).UnixMilli()
		_, err = x.raw("ff_create_execution", createKeys(future, engine.IndexEligible, ""), createArgs(future, map[int]any{9: at})...)
		x.must(err)
		x.onlyIn(future, engine.IndexDelayed)
		if score := x.scored(keysOf(future).partition().lane("default", engine.IndexDelayed), future); score != strconv.FormatInt(at, 10) {
			t.Errorf("score %s, want %d", score, at)
		}
	})
}

func TestQ015CreateRefusesBadNumbersBeforeItWrites(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name     string
			position int
			value    string
			want     string
		}{
			{"deadline", 12, "x", "execution_deadline_at must be a number, got: x"},
			{"delay", 9, "soon", "delay_until must be a number, got: soon"},
			{"priority that is no number", 5, "nan", "priority must be a number, got: nan"},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				id := b.Partitions().NewSolo("default")
				reply, err := x.raw("ff_create_execution", createKeys(id, engine.IndexEligible, ""), createArgs(id, map[int]any{test.position: test.value})...)
				x.must(err)
				if got, want := fmt.Sprint(reply), "[0 invalid_input "+test.want+"]"; got != want {
					t.Errorf("reply %s, want %s", got, want)
				}
				keys, err := b.rdb.Keys(x.ctx, "*"+string(id)+"*").Result()
				x.must(err)
				if len(keys) > 0 {
					t.Errorf("left behind: %v", keys)
				}
			})
		}
	})
}

func TestQ015LongTagListsAreWritten(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		tags := map[string]string{}
		for i := range 5000 {
			tags[fmt.Sprintf("t.k%d", i)] = "v"
		}
		id := x.submit(func(req *engine.CreateExecution) { req.Tags = tags })
		n, err := b.rdb.HLen(x.ctx, keysOf(id).tags()).Result()
		x.must(err)
		if n != 5000 {
			t.Errorf("%d tags stored by create, want 5000", n)
		}
		other := x.submit()
		var pairs []any
		for key, value := range tags {
			pairs = append(pairs, key, value)
		}
		reply, err := x.raw("ff_set_execution_tags", []string{keysOf(other).core(), keysOf(other).tags()}, pairs...)
		x.must(err)
		if got := fmt.Sprint(reply); got != "[1 OK 5000]" {
			t.Errorf("reply %s", got)
		}
	})
}

func TestQ015ClaimRefusesBadArgumentsBeforeItWrites(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name     string
			position int
			value    string
			want     string
		}{
			{"attempt policy", 10, `{"a"`, "attempt_policy_json malformed"},
			{"attempt timeout", 11, "x", "attempt_timeout_ms must be a number, got: x"},
			{"deadline", 12, "x", "execution_deadline_at must be a number, got: x"},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit()
				x.grant(id)
				keys, args := claimCall(withIDs(engine.ClaimExecution{
					Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
				}))
				args[test.position-1] = test.value
				reply, err := x.raw("ff_claim_execution", keys, args...)
				x.must(err)
				if got, want := fmt.Sprint(reply), "[0 invalid_input "+test.want+"]"; got != want {
					t.Errorf("reply %s, want %s", got, want)
				}
				x.onlyIn(id, engine.IndexEligible)
				if !x.exists(keysOf(id).claimGrant()) || x.exists(keysOf(id).attempt(0)) {
					t.Error("the grant is gone or an attempt was begun")
				}
			})
		}
	})
}

func TestQ016AKeyOfTheWrongTypeRaisesBeforeCoreIsWritten(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.claim(id)
		k := keysOf(id)
		x.must(b.rdb.Del(x.ctx, k.attempt(0)).Err())
		x.must(b.rdb.Set(x.ctx, k.attempt(0), "text", 0).Err())
		if _, err := b.CancelExecution(x.ctx, id, "stop", ""); !errors.Is(err, engine.ClassTransport) {
			t.Errorf("error %v, want a script error", err)
		}
		x.wantCore(id, map[string]string{"lifecycle_phase": "active"})
	})
}

func TestQ018ARetryIsDueAtAWholeMillisecond(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit(withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{
			MaxRetries: 9,
			Backoff:    engine.Backoff{Kind: engine.BackoffExponential, Initial: 1001 * time.Millisecond, Max: time.Hour, Multiplier: 1.5},
		}}))
		h := x.claim(id)
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "retry_count", 3).Err())
		before := x.now()
		reply := x.failRaw(h, `{"max_retries":9,"backoff":{"type":"exponential","initial_delay_ms":1001,"multiplier":1.5,"max_delay_ms":3600000}}`)
		until := reply[3].(string)
		if strings.ContainsAny(until, ".e") {
			t.Errorf("delay_until %s is no whole number", until)
		}
		x.wantCore(id, map[string]string{"delay_until": until})
		if score := x.scored(keysOf(id).partition().lane("default", engine.IndexDelayed), id); score != until {
			t.Errorf("score %s, want %s", score, until)
		}
		at, err := parseMillis(until)
		x.must(err)
		if wait := at.Sub(before); wait < 3378*time.Millisecond || wait > 5*time.Second {
			t.Errorf("waits %v, want 3378 ms (1001 × 1.5³, floored)", wait)
		}
	})
}

// failRaw is ff_fail_execution with a retry policy as given.
func (x bench) failRaw(h engine.Handle, retryPolicy string) []any {
	x.Helper()
	k, part := keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
	reply, err := x.raw("ff_fail_execution", []string{
		k.core(), k.attempt(h.AttemptIndex), part.leaseExpiry(), part.workerLeases(h.WorkerInstance),
		part.lane(h.Lane, engine.IndexTerminal), part.lane(h.Lane, engine.IndexDelayed), k.leaseCurrent(), k.leaseHistory(),
		part.lane(h.Lane, engine.IndexActive), k.streamMeta(h.AttemptIndex), part.attemptTimeout(), part.executionDeadline(),
	}, string(h.ExecutionID), string(h.LeaseID), h.LeaseEpoch, string(h.AttemptID), "boom", "transient", retryPolicy)
	x.must(err)
	return reply
}

func TestQ019AnUnusableRetryPolicyIsJudgedBeforeTheAttemptEnds(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name, policy string
			retries      bool
		}{
			{"null backoff waits a second", `{"max_retries":1,"backoff":null}`, true},
			{"null max_retries means none", `{"max_retries":null}`, false},
			{"a word for max_retries means none", `{"max_retries":"many"}`, false},
			{"a word in the backoff waits a second", `{"max_retries":1,"backoff":{"type":"fixed","delay_ms":"x"}}`, true},
			{"numbers as text count", `{"max_retries":"1","backoff":{"type":"fixed","delay_ms":"1000"}}`, true},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit()
				h := x.claim(id)
				before := x.now()
				reply := x.failRaw(h, test.policy)
				if !test.retries {
					if got := fmt.Sprint(reply); got != "[1 OK terminal_failed]" {
						t.Errorf("reply %s", got)
					}
					return
				}
				if reply[2] != "retry_scheduled" {
					t.Fatalf("reply %v", reply)
				}
				at, err := parseMillis(reply[3].(string))
				x.must(err)
				if wait := at.Sub(before); wait < 999*time.Millisecond || wait > 3*time.Second {
					t.Errorf("waits %v, want one second", wait)
				}
			})
		}
	})
}

func TestQ022ABadDelayLeavesTheLeaseAlone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, until := range []string{"", "soon"} {
			x := newBench(t, b)
			id := x.submit()
			h := x.claim(id)
			err := b.pause(x.ctx, "delay", "ff_delay_execution", h, engine.IndexDelayed, until)
			if !errors.Is(err, engine.CodeInvalidInput) {
				t.Errorf("%q: error %v, want invalid_input", until, err)
			}
			x.wantCore(id, map[string]string{"lifecycle_phase": "active", "ownership_state": "leased"})
			x.onlyIn(id, engine.IndexActive)
		}
	})
}

func TestQ023EndingAPausedExecutionEndsItsAttempt(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name                   string
			end                    func(x bench, id engine.ExecutionID) error
			state, failure, closed string
		}{
			{"cancel", func(x bench, id engine.ExecutionID) error {
				_, err := x.CancelExecution(x.ctx, id, "stop", "")
				return err
			}, "ended_cancelled", "cancelled: stop", "attempt_cancelled"},
			{"expire", func(x bench, id engine.ExecutionID) error {
				return x.ExpireExecution(x.ctx, id, engine.ExpireDeadline)
			}, "ended_failure", "execution_deadline", "expired"},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit()
				h := x.claim(id)
				x.openStream(id, 0)
				x.must(b.Delay(x.ctx, h, x.now().Add(time.Hour)))
				x.must(test.end(x, id))
				x.wantHash(keysOf(id).attempt(0), map[string]string{"attempt_state": test.state, "failure_reason": test.failure})
				x.wantHash(keysOf(id).streamMeta(0), map[string]string{"closed_reason": test.closed})
				x.onlyIn(id, engine.IndexTerminal)
			})
		}
	})
}

func TestQ024CompletingWithoutAResultRemovesAnEarlierOne(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.must(b.Complete(x.ctx, x.claim(id), []byte("a")))
		_, err := b.ReplayExecution(x.ctx, id)
		x.must(err)
		x.must(b.Complete(x.ctx, x.claim(id), nil))
		result, err := b.ExecutionResult(x.ctx, id)
		x.must(err)
		if result != nil {
			t.Errorf("result %q, want none", result)
		}
	})
}

func TestQ031ALeaseAfterARevokedOneCanBeRenewed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.claim(id)
		revoked, err := b.RevokeLease(x.ctx, id, "", "maintenance")
		x.must(err)
		if !revoked {
			t.Fatal("nothing was revoked")
		}
		_, err = b.CancelExecution(x.ctx, id, "stop", "")
		x.must(err)
		_, err = b.ReplayExecution(x.ctx, id)
		x.must(err)
		h := x.claim(id)
		x.wantCore(id, map[string]string{"lease_revoked_at": "", "lease_revoke_reason": "", "lease_expired_at": ""})
		_, err = b.Renew(x.ctx, h)
		x.must(err)

		// A record that another library left marked is no revocation either.
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "lease_revoked_at", "1").Err())
		_, err = b.Renew(x.ctx, h)
		x.must(err)
	})
}

func TestQ034TheReclaimCapEndsEverything(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flow := x.newFlow()
		never := uint32(0)
		id := x.submit(inFlow(x, flow), withPolicy(engine.ExecutionPolicy{MaxReclaims: &never}))
		x.join(flow, id)
		x.claim(id)
		x.openStream(id, 0)
		x.expireLease(id)
		completions := x.listen()
		outcome := x.reclaim(id)
		if outcome.Claimed != nil || outcome.GrantNotFound || outcome.NotReclaimable != "" || outcome.CapExceeded != 0 {
			t.Errorf("outcome %+v, want the cap 0", outcome)
		}
		k := keysOf(id)
		x.wantHash(k.attempt(0), map[string]string{"attempt_state": "ended_failure", "failure_reason": "max_reclaims_exceeded"})
		x.wantHash(k.streamMeta(0), map[string]string{"closed_reason": "attempt_failure"})
		x.wantCore(id, map[string]string{"public_state": "failed", "failure_reason": "max_reclaims_exceeded"})
		x.onlyIn(id, engine.IndexTerminal)
		if x.exists(k.claimGrant()) || x.heldBy(id, testInstance) {
			t.Error("the grant or the worker's entry is left")
		}
		if got := x.events(id); got[len(got)-1] != "released failed_terminal" {
			t.Errorf("history %v", got)
		}
		if got := completions(); !strings.Contains(got, string(id)) || !strings.Contains(got, `"failed"`) {
			t.Errorf("completion %s", got)
		}
	})
}

// listen subscribes to completions; the function it gives waits for the next message.
func (x bench) listen() func() string {
	x.Helper()
	sub := x.rdb.Subscribe(x.ctx, channelCompletions)
	x.Cleanup(func() { _ = sub.Close() })
	_, err := sub.Receive(x.ctx)
	x.must(err)
	return func() string {
		x.Helper()
		message, err := sub.ReceiveMessage(x.ctx)
		x.must(err)
		return message.Payload
	}
}

func TestQ035AReclaimRearmsTheAttemptTimeout(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.grant(id)
		_, err := b.ClaimExecution(x.ctx, engine.ClaimExecution{
			Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
			AttemptTimeout: 10 * time.Second,
		})
		x.must(err)
		// The attempt began eight seconds ago, say.
		k, timeouts := keysOf(id), keysOf(id).partition().attemptTimeout()
		x.must(b.rdb.HSet(x.ctx, k.attempt(0), "started_at", x.now().Add(-8*time.Second).UnixMilli()).Err())
		x.must(b.rdb.ZIncrBy(x.ctx, timeouts, -8000, string(id)).Err())
		x.expireLease(id)
		before := x.now()
		if x.reclaim(id).Claimed == nil {
			t.Fatal("not reclaimed")
		}
		due, err := parseMillis(x.scored(timeouts, id))
		x.must(err)
		if wait := due.Sub(before); wait < 9*time.Second || wait > 12*time.Second {
			t.Errorf("the new attempt has %v, want 10 s", wait)
		}

		plain := x.submit()
		x.claim(plain)
		x.expireLease(plain)
		x.reclaim(plain)
		if got := x.scored(timeouts, plain); got != "" {
			t.Errorf("an attempt without a timeout got one: %s", got)
		}
	})
}

func TestQ042CancelTakesTheExecutionFromItsHolder(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.claim(id)
		other := engine.WorkerInstanceID("other")
		x.must(b.rdb.SAdd(x.ctx, keysOf(id).partition().workerLeases(other), string(id)).Err())
		_, err := b.cancel(x.ctx, "test", holding{execution: id, lane: "default", instance: other}, "", "stop", engine.CancelByOperator, nil)
		x.must(err)
		if x.heldBy(id, testInstance) || x.heldBy(id, other) {
			t.Error("a worker still has it")
		}
	})
}

func TestQ043ExpireTakesTheExecutionFromItsHolder(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.claim(id)
		k, part := keysOf(id), keysOf(id).partition()
		_, err := x.raw("ff_expire_execution", []string{
			k.core(), k.attempt(0), k.streamMeta(0), k.leaseCurrent(), k.leaseHistory(), part.leaseExpiry(), part.workerLeases(""),
			part.lane("default", engine.IndexActive), part.lane("default", engine.IndexTerminal), part.attemptTimeout(),
			part.executionDeadline(), part.lane("default", engine.IndexSuspended), part.suspensionTimeout(), k.suspensionCurrent(),
		}, string(id), "attempt_timeout")
		x.must(err)
		if x.heldBy(id, testInstance) {
			t.Error("the worker still has it")
		}
		if got := x.events(id); !slices.Contains(got, "released expired:attempt_timeout") {
			t.Errorf("history %v", got)
		}
	})
}

func TestQ044EndingAnExecutionRemovesItsGrant(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for name, end := range map[string]func(x bench, id engine.ExecutionID) error{
			"cancel": func(x bench, id engine.ExecutionID) error {
				_, err := x.CancelExecution(x.ctx, id, "stop", "")
				return err
			},
			"expire": func(x bench, id engine.ExecutionID) error { return x.ExpireExecution(x.ctx, id, engine.ExpireDeadline) },
		} {
			t.Run(name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit()
				x.grant(id)
				x.must(end(x, id))
				_, err := b.ReplayExecution(x.ctx, id)
				x.must(err)
				x.grant(id)
			})
		}
	})
}

func TestQ052ExpiringASuspendedExecutionClosesItsWaits(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.claim(id)
		k, part := keysOf(id), keysOf(id).partition()
		primary, second := engine.NewWaitpointID(), engine.NewWaitpointID()
		// As a suspension on two waitpoints with a composite condition leaves it.
		x.must(b.rdb.HSet(x.ctx, k.core(), "lifecycle_phase", "suspended", "ownership_state", "unowned", "public_state", "suspended",
			"attempt_state", "attempt_interrupted").Err())
		x.must(b.rdb.HSet(x.ctx, k.suspensionCurrent(), "suspension_id", "s", "waitpoint_id", string(primary),
			"additional_waitpoints_json", fmt.Sprintf(`[{"waitpoint_id":%q,"waitpoint_key":"k2"}]`, second)).Err())
		for _, id := range []engine.WaitpointID{primary, second} {
			x.must(b.rdb.HSet(x.ctx, part.waitpoint(id), "state", "active").Err())
			x.must(b.rdb.HSet(x.ctx, part.waitpointCondition(id), "closed", "0").Err())
		}
		x.must(b.rdb.SAdd(x.ctx, k.satisfiedSet(), "leaf:members[0]").Err())
		x.must(b.ExpireExecution(x.ctx, id, engine.ExpireDeadline))
		x.wantHash(k.suspensionCurrent(), map[string]string{"close_reason": "expired:execution_deadline"})
		for _, id := range []engine.WaitpointID{primary, second} {
			x.wantHash(part.waitpoint(id), map[string]string{"state": "closed", "close_reason": "expired:execution_deadline"})
			x.wantHash(part.waitpointCondition(id), map[string]string{"closed": "1", "closed_reason": "expired:execution_deadline"})
		}
		if x.exists(k.satisfiedSet()) {
			t.Error("the satisfied set is left")
		}
	})
}

func TestQ005TheSameIdempotencyKeyCountsWithinAPartitionOnly(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		here := engine.ExecutionID("{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962")
		elsewhere := engine.ExecutionID("{fp:2}:3b241101-e2bb-4255-8caf-4136c566a963")
		for id, duplicate := range map[engine.ExecutionID]bool{here: false, elsewhere: false} {
			created, err := b.CreateExecution(x.ctx, engine.CreateExecution{ID: id, Lane: "default", IdempotencyKey: "k"})
			x.must(err)
			if created.Duplicate != duplicate {
				t.Errorf("%s: %+v", id, created)
			}
		}
	})
}
