package valkey

import (
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What library version 26 and its clients write and reply where that differs from version 34 (the lines "v26:" of the spec).

// loadOld loads a library of version 26 that answers a few functions as it does.
func (x bench) loadOld(replies map[string]string) {
	x.Helper()
	source := "#!lua name=" + LibraryName + "\nredis.register_function('ff_version', function() return '26' end)\n"
	for name, reply := range replies {
		source += fmt.Sprintf("redis.register_function('%s', function(keys, args) return %s end)\n", name, reply)
	}
	x.must(x.rdb.FunctionLoadReplace(x.ctx, source).Err())
	x.library.forget()
}

func TestQ182RepliesOfTheOldLibraryAreRead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		first := b.Partitions().NewSolo("default")
		x.loadOld(map[string]string{
			"ff_create_execution":    fmt.Sprintf("{1, 'DUPLICATE', '%s'}", first),
			"ff_revoke_lease":        "{1, 'OK', 'revoked', '" + string(h.LeaseID) + "', '1'}",
			"ff_issue_reclaim_grant": "{1, 'OK', args[1]}",
			"ff_reclaim_execution":   "{0, 'max_retries_exhausted'}",
			"ff_deliver_signal":      "{1, 'OK', args[2], 'no_op'}",
		})
		if d, err := b.Deployment(x.ctx); err != nil || d.LibraryVersion != "26" || d.Ours {
			t.Errorf("deployment %+v, %v", d, err)
		}
		created, err := b.CreateExecution(x.ctx, engine.CreateExecution{ID: b.Partitions().NewSolo("default"), Lane: "default", IdempotencyKey: "k"})
		if err != nil || !created.Duplicate || created.ID != first {
			t.Errorf("created %+v, %v", created, err)
		}
		if revoked, err := b.RevokeLease(x.ctx, id, h.LeaseID, ""); err != nil || !revoked {
			t.Errorf("revoked %v, %v", revoked, err)
		}
		before := time.Now()
		grant, why, err := b.IssueReclaimGrant(x.ctx, engine.IssueGrant{
			Execution: id, Lane: "default", Worker: "w", WorkerInstance: "i", TTL: 10 * time.Second,
		})
		if err != nil || grant == nil || grant.ExpiresAt.Before(before.Add(10*time.Second)) || grant.ExpiresAt.After(before.Add(time.Minute)) {
			t.Errorf("grant %+v, %q, %v", grant, why, err)
		}
		outcome, err := b.ReclaimExecution(x.ctx, engine.Reclaim{
			Execution: id, Lane: "default", Worker: "w", WorkerInstance: "i", LeaseTTL: time.Second, MaxReclaims: 100,
		})
		if err != nil || outcome.CapExceeded != 100 {
			t.Errorf("reclaim %+v, %v", outcome, err)
		}
	})
}

func TestRecordsOfTheOldGenerationAreRead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := engine.ExecutionID("{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962")
		k := keysOf(id)
		budget, quota := b.budgetKeys(engine.NewBudgetID()), b.quotaKeys(engine.NewQuotaPolicyID())
		at := x.now().UnixMilli()
		_, err := b.rdb.Pipelined(x.ctx, func(p redis.Pipeliner) error {
			p.HSet(x.ctx, k.core(), "execution_id", string(id), "namespace", "", "lane_id", "default", "execution_kind", "job",
				"lifecycle_phase", "active", "ownership_state", "leased", "eligibility_state", "not_applicable", "blocking_reason", "none",
				"terminal_outcome", "none", "attempt_state", "running_attempt", "public_state", "active", "created_at", at, "last_mutation_at", at,
				"current_attempt_index", "0", "total_attempt_count", "1", "current_attempt_id", string(engine.NewAttemptID()),
				"current_lease_id", string(engine.NewLeaseID()), "current_lease_epoch", "1", "current_worker_id", "w",
				"current_worker_instance_id", "i", "lease_expires_at", at+60000, "required_capabilities", "gpu")
			p.ZAdd(x.ctx, k.partition().lane("default", engine.IndexActive), redis.Z{Score: float64(at), Member: string(id)})
			p.SAdd(x.ctx, k.partition().allExecutions(), string(id))
			p.ZAdd(x.ctx, k.attempts(), redis.Z{Score: float64(at), Member: "0"})
			p.HSet(x.ctx, k.attempt(0), "attempt_id", string(engine.NewAttemptID()), "attempt_index", "0", "attempt_type", "initial",
				"attempt_state", "started", "lease_epoch", "1", "worker_id", "w", "started_at", at)
			// A frame without a mode, a stream record without the fields of live frames.
			p.XAdd(x.ctx, &redis.XAddArgs{Stream: k.stream(0), Values: []any{"frame_type", "log", "ts", at, "payload", "hello", "encoding", "utf8", "source", "worker"}})
			p.HSet(x.ctx, k.streamMeta(0), "stream_id", "s", "frame_count", "1", "total_bytes", "5", "closed_at", "", "closed_reason", "")
			// A budget without ledgers, a quota admitted under the policy's own window.
			p.HSet(x.ctx, budget.definition(), "budget_id", string(budget.id), "scope_type", "lane", "reset_interval_ms", "0")
			p.HSet(x.ctx, budget.limits(), "hard:tokens", "10", "soft:tokens", "5")
			p.HSet(x.ctx, budget.usage(), "tokens", "7", "breached_at", at)
			p.HSet(x.ctx, quota.definition(), "quota_policy_id", string(quota.id), "requests_per_window_seconds", "60", "max_requests_per_window", "5",
				"active_concurrency_cap", "0")
			p.ZAdd(x.ctx, quota.window(policyWindow), redis.Z{Score: float64(at), Member: string(id)})
			// A worker of a build that claims directly; others are only known to be alive.
			p.SAdd(x.ctx, keyOldWorkerIndex, "i")
			p.Set(x.ctx, keyOldWorkerCaps("i"), "cuda,gpu", 0)
			p.Set(x.ctx, keyOldWorkerAlive("i"), "1", time.Minute)
			return nil
		})
		x.must(err)

		d, err := b.ExecutionDetail(x.ctx, id)
		x.must(err)
		if d == nil || len(d.Execution.Malformed) > 0 || d.Execution.Lease == nil || d.Execution.State.Public != engine.StateActive ||
			len(d.Streams) != 1 || len(d.Attempts) != 1 || len(d.Attempts[0].Malformed) > 0 {
			t.Errorf("detail %+v", d)
		}
		page, err := b.ReadStream(x.ctx, id, 0, "", "", 10)
		x.must(err)
		if len(page.Frames) != 1 || page.Frames[0].Mode != engine.ModeDurable || string(page.Frames[0].Payload) != "hello" || page.Closed() {
			t.Errorf("stream %+v", page)
		}
		tailed, err := b.TailStream(x.ctx, engine.TailQuery{Execution: id, Limit: 10, Visibility: engine.TailExcludeBestEffort})
		x.must(err)
		if len(tailed.Frames) != 1 {
			t.Errorf("tail %+v", tailed)
		}
		meta, err := b.StreamMeta(x.ctx, id, 0)
		x.must(err)
		if meta == nil || meta.FrameCount != 1 || len(meta.Malformed) > 0 {
			t.Errorf("meta %+v", meta)
		}
		status, err := b.BudgetStatus(x.ctx, budget.id)
		x.must(err)
		if status.Usage["tokens"] != 7 || len(status.Usage) != 1 || status.Hard["tokens"] != 10 || len(status.Malformed) > 0 {
			t.Errorf("budget %+v", status)
		}
		x.must(b.ReleaseBudget(x.ctx, budget.id, id))
		x.wantHash(budget.usage(), map[string]string{"tokens": "7"})
		limits, err := b.ReadQuotaPolicyLimits(x.ctx, quota.id)
		x.must(err)
		if limits.InWindow != 1 || limits.MaxPerWindow != 5 {
			t.Errorf("quota %+v", limits)
		}
		workers, err := b.ListWorkers(x.ctx, "", "", 10)
		x.must(err)
		if len(workers.Items) != 1 || !workers.Items[0].Alive || fmt.Sprint(workers.Items[0].Capabilities) != "[cuda gpu]" || len(workers.Items[0].Malformed) > 0 {
			t.Errorf("workers %+v", workers)
		}
		rows, err := b.LaneExecutions(x.ctx, "default", engine.IndexActive, 10)
		x.must(err)
		if len(rows) != 1 || rows[0].ID != id || len(rows[0].Malformed) > 0 {
			t.Errorf("rows %+v", rows)
		}
	})
}

// Neither generation knows each other's words: an execution that waits to be taken up again is "resumable" to the newer one only.
func TestQ222WordsOfEitherGenerationAreRead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		known, unknown := x.submit(), x.submit()
		x.must(b.rdb.HSet(x.ctx, keysOf(known).core(), "public_state", "resumable", "blocking_reason", "none").Err())
		x.must(b.rdb.HSet(x.ctx, keysOf(unknown).core(), "public_state", "xyz").Err())
		rows, err := b.ExecutionRows(x.ctx, []engine.ExecutionID{known, unknown})
		x.must(err)
		if rows[0].State != engine.StateResumable || len(rows[0].Malformed) > 0 {
			t.Errorf("row %+v", rows[0])
		}
		if rows[1].State != "xyz" || len(rows[1].Malformed) != 1 || rows[1].Malformed[0].Field != "public_state" {
			t.Errorf("row %+v", rows[1])
		}
		state, err := b.ReadExecutionState(x.ctx, unknown)
		x.must(err)
		if state != "xyz" {
			t.Errorf("state %q", state)
		}
	})
}
