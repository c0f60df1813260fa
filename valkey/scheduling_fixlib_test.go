package valkey

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"ffboard/engine"
)

// What our library mends of FlowFabric's (spec 07, rows FIX-LIB), for grants, admission and the worker registry.

// wantReply fails unless a plain call gives these words.
func (x bench) wantWords(got []any, err error, want ...string) {
	x.Helper()
	x.must(err)
	var words []string
	for _, element := range got {
		words = append(words, text(element))
	}
	if fmt.Sprint(words) != fmt.Sprint(want) {
		x.Errorf("reply %q, want %q", words, want)
	}
}

func TestQ015ABlockWithABadClockWritesNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		part := keysOf(id).partition()
		got, err := x.raw("ff_block_execution_for_admission",
			[]string{keysOf(id).core(), part.lane("default", engine.IndexEligible), part.lane("default", engine.IndexBlockedRoute)},
			string(id), "waiting_for_capable_worker", "", "soon")
		x.wantWords(got, err, "0", "invalid_input", "now_ms must be a number, got: soon")
		x.onlyIn(id, engine.IndexEligible)
		x.wantCore(id, map[string]string{"eligibility_state": "eligible_now", "public_state": "waiting"})
	})
}

func TestQ125AStrayEntryLeavesTheLineWhenItIsAskedFor(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		active := x.submit()
		x.claim(active)
		for name, id := range map[string]engine.ExecutionID{
			"execution_not_found":    b.Partitions().NewSolo("default"),
			"execution_not_eligible": active,
		} {
			eligible := keysOf(id).partition().lane("default", engine.IndexEligible)
			x.must(b.rdb.ZAdd(x.ctx, eligible, zOf(id)).Err())
			_, err := b.IssueClaimGrant(x.ctx, engine.IssueGrant{Execution: id, Lane: "default", Worker: "w", WorkerInstance: "i", TTL: time.Second})
			if !errors.Is(err, engine.Code(name)) {
				t.Errorf("error %v, want %s", err, name)
			}
			if x.in(id, engine.IndexEligible) {
				t.Errorf("%s: still in the line", name)
			}
		}
	})
}

func TestQ131ABlockLeavesOneEntryAndTheGrant(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.grant(id)
		part := keysOf(id).partition()
		x.must(b.rdb.ZAdd(x.ctx, part.lane("default", engine.IndexDelayed), zOf(id)).Err())
		x.must(b.rdb.ZAdd(x.ctx, part.lane("default", engine.IndexBlockedQuota), zOf(id)).Err())
		for range 2 {
			rejected, err := b.Block(x.ctx, engine.BlockRequest{Execution: id, Lane: "default", Reason: engine.WaitingForBudget})
			x.must(err)
			if rejected != nil {
				t.Fatal(rejected)
			}
			x.onlyIn(id, engine.IndexBlockedBudget)
		}
		if !x.exists(keysOf(id).claimGrant()) {
			t.Error("the grant is gone")
		}
	})
}

func TestQ133APriorityChangeStaysInTheStoredLane(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		other := keysOf(id).partition().lane("gpu", engine.IndexEligible)
		got, err := x.raw("ff_change_priority", []string{keysOf(id).core(), other}, string(id), "7")
		x.wantWords(got, err, "1", "OK", "0", "7")
		if x.scored(other, id) != "" {
			t.Error("it stands in another lane")
		}
		created, err := strconv.ParseInt(x.core(id, "created_at"), 10, 64)
		x.must(err)
		own := keysOf(id).partition().lane("default", engine.IndexEligible)
		if want := strconv.FormatInt(engine.EligibleScore(time.UnixMilli(created), 7), 10); x.scored(own, id) != want {
			t.Errorf("score %s, want %s", x.scored(own, id), want)
		}

		x.must(b.rdb.HDel(x.ctx, keysOf(id).core(), "lane_id").Err())
		_, err = x.raw("ff_change_priority", []string{keysOf(id).core(), other}, string(id), "7")
		x.must(err)
		if x.scored(other, id) == "" {
			t.Error("without a stored lane the caller's counts")
		}
	})
}

func TestQ048ADelayWithoutAnEndIsDueByItsIndexEntry(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		due := x.now().Add(time.Hour)
		id := x.submit(func(req *engine.CreateExecution) { req.DelayUntil = due })
		for _, left := range []func(){
			func() { x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "delay_until", "").Err()) },
			func() { x.must(b.rdb.HDel(x.ctx, keysOf(id).core(), "delay_until").Err()) },
		} {
			left()
			x.must(b.PromoteDelayed(x.ctx, "default", id, due.Add(-time.Millisecond)))
			x.onlyIn(id, engine.IndexDelayed)
		}
		x.must(b.PromoteDelayed(x.ctx, "default", id, due))
		x.onlyIn(id, engine.IndexEligible)
	})
}

func TestQ041AnOverrideLeavesNoEntryInTheQueues(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		x.must(b.Delay(x.ctx, h, x.now().Add(time.Hour)))
		part := keysOf(id).partition()
		x.must(b.rdb.ZAdd(x.ctx, part.lane("default", engine.IndexBlockedRoute), zOf(id)).Err())
		_, err := b.IssueGrantAndClaim(x.ctx, id, "default", time.Minute)
		x.must(err)
		x.onlyIn(id, engine.IndexActive)
		x.wantCore(id, map[string]string{"delay_until": ""})
	})
}

func TestQ031AnOverrideForgetsTheLeaseBefore(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "lease_revoked_at", "1", "lease_revoke_reason", "x", "lease_expired_at", "1").Err())
		_, err := b.IssueGrantAndClaim(x.ctx, id, "default", time.Minute)
		x.must(err)
		x.wantCore(id, map[string]string{"lease_revoked_at": "", "lease_revoke_reason": "", "lease_expired_at": ""})
	})
}

// overrideKeys and overrideArgs are a plain call of ff_issue_grant_and_claim.
func overrideKeys(id engine.ExecutionID) []string {
	k, part := keysOf(id), keysOf(id).partition()
	return []string{
		k.core(), k.claimGrant(), part.lane("default", engine.IndexEligible), part.leaseExpiry(), part.workerLeases("w"), k.attempts(),
		k.leaseCurrent(), k.leaseHistory(), part.lane("default", engine.IndexActive), part.attemptTimeout(), part.executionDeadline(),
	}
}

func overrideArgs(id engine.ExecutionID, change map[int]any) []any {
	args := []any{
		string(id), "w", "w", "default", "", string(engine.NewLeaseID()), "60000", string(engine.NewAttemptID()), "{}", "", "",
	}
	for position, value := range change {
		args[position-1] = value
	}
	return args
}

func TestQ015AnOverrideWithABadArgumentWritesNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name, message string
			change        map[int]any
		}{
			{"lease TTL", "lease_ttl_ms must be a number, got: x", map[int]any{7: "x"}},
			{"policy", "attempt_policy_json malformed", map[int]any{9: "{"}},
			{"attempt timeout", "attempt_timeout_ms must be a number, got: x", map[int]any{10: "x"}},
			{"deadline", "execution_deadline_at must be a number, got: x", map[int]any{11: "x"}},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit()
				got, err := x.raw("ff_issue_grant_and_claim", overrideKeys(id), overrideArgs(id, test.change)...)
				x.wantWords(got, err, "0", "invalid_input", test.message)
				x.onlyIn(id, engine.IndexEligible)
				for _, key := range []string{keysOf(id).attempt(0), keysOf(id).leaseCurrent(), keysOf(id).claimGrant(), keysOf(id).attempts()} {
					if x.exists(key) {
						t.Errorf("%s was written", key)
					}
				}
			})
		}
	})
}

func TestQ009AnOverrideFlattensTheAttemptPolicyWithoutNulls(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		_, err := x.raw("ff_issue_grant_and_claim", overrideKeys(id), overrideArgs(id, map[int]any{
			9: `{"tier":{"name":"a"},"none":null,"n":2}`, 10: "0", 11: "0",
		})...)
		x.must(err)
		got, err := b.rdb.HGetAll(x.ctx, keysOf(id).attemptPolicy(0)).Result()
		x.must(err)
		if want := map[string]string{"tier": `{"name":"a"}`, "n": "2"}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("policy %v, want %v", got, want)
		}
		if x.scored(keysOf(id).partition().attemptTimeout(), id) != "" || x.scored(keysOf(id).partition().executionDeadline(), id) != "" {
			t.Error("a timeout of 0 is none")
		}
	})
}

func TestQ149AnInstanceIsNotReassignedWhileItLives(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		register := func(worker, now string) ([]any, error) {
			return x.raw("ff_register_worker",
				[]string{keyWorkerAlive("ns", "i"), keyWorkerCaps("ns", "i"), keyWorkerIndex("ns")}, "i", worker, "default", "", "60000", now)
		}
		got, err := register("w1", "1000")
		x.wantWords(got, err, "1", "OK", "registered")
		got, err = register("w2", "2000")
		x.wantWords(got, err, "0", "invalid_input", "instance_id reassigned")
		x.wantHash(keyWorkerCaps("ns", "i"), map[string]string{"worker_id": "w1", "registered_at_ms": "1000"})
		got, err = register("w1", "3000")
		x.wantWords(got, err, "1", "OK", "refreshed")
		x.must(b.rdb.Del(x.ctx, keyWorkerAlive("ns", "i")).Err())
		got, err = register("w2", "4000")
		x.wantWords(got, err, "1", "OK", "registered")
	})
}

func TestQ147AQuotaPolicyCreatedAgainIsBackInTheIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		policy := engine.QuotaPolicy{ID: engine.NewQuotaPolicyID(), Window: time.Minute, MaxPerWindow: 1}
		_, err := b.CreateQuotaPolicy(x.ctx, policy)
		x.must(err)
		index := b.quotaKeys(policy.ID).partition().quotaPolicies()
		x.must(b.rdb.SRem(x.ctx, index, string(policy.ID)).Err())
		created, err := b.CreateQuotaPolicy(x.ctx, policy)
		x.must(err)
		listed, err := b.rdb.SIsMember(x.ctx, index, string(policy.ID)).Result()
		x.must(err)
		if created || !listed {
			t.Errorf("created %v, listed %v", created, listed)
		}
	})
}

func TestQ120OnlyAHeldAdmissionGoesBack(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		policy := engine.QuotaPolicy{ID: engine.NewQuotaPolicyID(), Window: time.Minute, MaxConcurrent: 5}
		_, err := b.CreateQuotaPolicy(x.ctx, policy)
		x.must(err)
		held, other := x.submit(), x.submit()
		for _, id := range []engine.ExecutionID{held, other} {
			_, err := b.CheckAdmission(x.ctx, engine.Admission{Policy: policy, Execution: id})
			x.must(err)
		}
		k := b.quotaKeys(policy.ID)
		for range 2 {
			x.must(b.ReleaseAdmission(x.ctx, policy.ID, held))
			if got := b.rdb.Get(x.ctx, k.concurrency()).Val(); got != "1" {
				t.Errorf("counter %s, want 1", got)
			}
		}
		if x.exists(k.admitted(held)) || !x.exists(k.admitted(other)) {
			t.Error("the wrong guard is gone")
		}
	})
}
