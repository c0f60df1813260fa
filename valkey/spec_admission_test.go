package valkey

import (
	"testing"

	"ffboard/engine"
)

func TestAWorkersRegistrationIsRefreshedAndItsHeartbeatCounts(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		alive, caps, index := keyWorkerAlive("ns", "i1"), keyWorkerCaps("ns", "i1"), keyWorkerIndex("ns")
		register, beat := []string{alive, caps, index}, []string{alive, caps}
		keys := x.keysNow()

		got, err := x.raw("ff_heartbeat_worker", beat, "soon")
		x.wantExactly(got, err, int64(0), "invalid_input", "now_ms must be a number, got: soon")
		got, err = x.raw("ff_heartbeat_worker", beat, "1700000000000")
		x.wantExactly(got, err, int64(1), "OK", "not_registered")
		got, err = x.raw("ff_register_worker", register, "i1", "w1", "", "", "x", "y")
		x.wantExactly(got, err, int64(0), "invalid_input", "ttl_ms must be a number, got: x")
		got, err = x.raw("ff_register_worker", register, "i1", "w1", "", "", "30000")
		x.wantExactly(got, err, int64(0), "invalid_input", "now_ms must be a number, got: nil")
		x.wantKeyChanges(keys)

		got, err = x.raw("ff_register_worker", register, "i1", "w1", "a,b", "gpu", "30000", "1700000000000")
		x.wantExactly(got, err, int64(1), "OK", "registered")
		record := map[string]string{
			"worker_id": "w1", "lanes_csv": "a,b", "caps_csv": "gpu", "ttl_ms": "30000", "registered_at_ms": "1700000000000",
			"last_heartbeat_ms": "1700000000000",
		}
		x.wantRecord(caps, record)
		x.wantKeyChanges(keys, "+"+alive, "+"+caps, "+"+index)
		for key, expires := range map[string]bool{alive: true, caps: true, index: false} {
			ttl, err := x.rdb.PTTL(x.ctx, key).Result()
			x.must(err)
			if (ttl > 0) != expires {
				t.Errorf("%s: time to live %s, want one: %v", key, ttl, expires)
			}
		}

		got, err = x.raw("ff_heartbeat_worker", beat, "1700000000500")
		x.wantExactly(got, err, int64(1), "OK", "refreshed", "30000")
		x.wantChanges(caps, record, map[string]string{"last_heartbeat_ms": "1700000000500"})
		got, err = x.raw("ff_register_worker", register, "i1", "w1", "", "", "40000", "1700000001000")
		x.wantExactly(got, err, int64(1), "OK", "refreshed")
		x.wantRecord(caps, map[string]string{
			"worker_id": "w1", "lanes_csv": "", "caps_csv": "", "ttl_ms": "40000", "registered_at_ms": "1700000001000",
			"last_heartbeat_ms": "1700000001000",
		})

		x.must(x.rdb.Del(x.ctx, alive).Err())
		before := x.record(caps)
		got, err = x.raw("ff_heartbeat_worker", beat, "1700000002000")
		x.wantExactly(got, err, int64(1), "OK", "not_registered")
		x.wantChanges(caps, before, nil)
	})
}

func TestAnAdmissionIsReleasedWithItsSlotButNotItsPlaceInTheWindow(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		q := b.quotaKeys(engine.NewQuotaPolicyID())
		id := b.Partitions().NewSolo("default")
		admit := []string{q.window("default"), q.concurrency(), q.definition(), q.admitted(id), q.admittedSet()}
		release := []string{q.admitted(id), q.admittedSet(), q.concurrency()}
		call := func(now string, more ...any) ([]any, error) {
			return x.raw("ff_check_admission_and_record", admit, append([]any{now}, more...)...)
		}

		got, err := call("1700000000000", "60", "x", "1", string(id))
		x.wantExactly(got, err, int64(0), "invalid_input", "rate_limit must be a number, got: x")
		got, err = call("1700000000000", "60", "1", "1", string(id), "0")
		x.wantExactly(got, err, "ADMITTED")
		got, err = call("1700000000000", "60", "1", "1", string(id))
		x.wantExactly(got, err, "ALREADY_ADMITTED")
		x.must(x.rdb.Del(x.ctx, q.admitted(id)).Err())
		got, err = call("1700000010000", "60", "1", "1", "other", "0")
		x.wantExactly(got, err, "RATE_EXCEEDED", "50000")
		got, err = call("1700000010000", "60", "0", "1", "other")
		x.wantExactly(got, err, "CONCURRENCY_EXCEEDED")

		for range 2 {
			got, err = x.raw("ff_release_admission", release, string(id))
			x.wantExactly(got, err, int64(1), "OK", "released")
			if n, _ := x.rdb.Get(x.ctx, q.concurrency()).Result(); n != "0" {
				t.Errorf("%s slots in use, want 0", n)
			}
		}
		if x.exists(q.admittedSet()) || x.scored(q.window("default"), id) != "1700000000000" {
			t.Error("want the execution out of the set and still in the window")
		}
		// Without a window there is no guard: every call admits again.
		for range 2 {
			got, err = call("1700000100000", "0", "0", "0", string(id))
			x.wantExactly(got, err, "ADMITTED")
		}
		if x.exists(q.admitted(id)) {
			t.Error("a guard without an end")
		}
	})
}

func TestAnEmptyLimitOfABudgetLimitsNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := b.budgetKeys(engine.NewBudgetID())
		create := []string{k.definition(), k.limits(), k.usage(), k.partition().budgetResets(), k.partition().budgetPolicies()}
		keys := x.keysNow()
		got, err := x.raw("ff_create_budget", create, string(k.id), "tenant", "t1", "hard", "block", "warn", "0", "1700000000000", "2",
			"tokens", "calls", "", "3", "0", "")
		x.wantExactly(got, err, int64(1), "OK", string(k.id))
		x.wantRecord(k.definition(), map[string]string{
			"budget_id": string(k.id), "scope_type": "tenant", "scope_id": "t1", "enforcement_mode": "hard", "on_hard_limit": "block",
			"on_soft_limit": "warn", "reset_interval_ms": "0", "breach_count": "0", "soft_breach_count": "0",
			"created_at": "1700000000000", "last_updated_at": "1700000000000",
		})
		x.wantRecord(k.limits(), map[string]string{"hard:tokens": "", "soft:tokens": "0", "hard:calls": "3", "soft:calls": ""})
		x.wantKeyChanges(keys, "+"+k.definition(), "+"+k.limits(), "+"+k.partition().budgetPolicies())

		report := []string{k.usage(), k.limits(), k.definition()}
		got, err = x.raw("ff_report_usage_and_check", report, "2", "tokens", "calls", "9", "3", "1700000000001")
		x.wantExactly(got, err, int64(1), "OK")
		got, err = x.raw("ff_report_usage_and_check", report, "2", "tokens", "calls", "1", "1", "1700000000002", "")
		x.wantExactly(got, err, int64(1), "HARD_BREACH", "calls", "3", "3")
		x.wantRecord(k.usage(), map[string]string{"tokens": "9", "calls": "3"})
	})
}

func TestABudgetIsReset(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := b.budgetKeys(engine.NewBudgetID())
		create := []string{k.definition(), k.limits(), k.usage(), k.partition().budgetResets(), k.partition().budgetPolicies()}
		_, err := x.raw("ff_create_budget", create, string(k.id), "s", "i", "m", "h", "w", "60000", "1700000000000", "0")
		x.must(err)
		x.must(x.rdb.HSet(x.ctx, k.usage(), "tokens", "9").Err())
		definition := x.record(k.definition())
		reset := []string{k.definition(), k.usage(), k.partition().budgetResets()}
		got, err := x.raw("ff_reset_budget", reset, string(k.id), "1700000005000")
		x.wantExactly(got, err, int64(1), "OK", "1700000065000")
		x.wantChanges(k.definition(), definition, map[string]string{
			"reset_count": "1", "last_reset_at": "1700000005000", "last_updated_at": "1700000005000", "last_breach_at": "",
			"last_breach_dim": "", "next_reset_at": "1700000065000",
		})
		x.wantRecord(k.usage(), map[string]string{"tokens": "0"})
	})
}
