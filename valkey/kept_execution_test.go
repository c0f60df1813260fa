package valkey

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// keptRow is an oddity of FlowFabric that our library keeps, because a client may see it (spec 07, rows KEEP).
type keptRow struct {
	row, what string
	show      func(x bench)
}

// showKept shows each row on an empty deployment of either kind of server.
func showKept(t *testing.T, rows []keptRow) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, kept := range rows {
			t.Run(kept.row+" "+kept.what, func(t *testing.T) { kept.show(newBench(t, b)) })
		}
	})
}

func TestKeptOfExecutionsAndLeases(t *testing.T) {
	showKept(t, []keptRow{
		{"Q-005", "an idempotency key counts within its partition", func(x bench) {
			create := func(tag string) engine.Created {
				id := engine.ExecutionID(tag + ":" + x.Partitions().NewSolo("default").UUID())
				created, err := x.CreateExecution(x.ctx, engine.CreateExecution{ID: id, Lane: "default", IdempotencyKey: "kept"})
				x.must(err)
				return created
			}
			first, second, elsewhere := create("{fp:1}"), create("{fp:1}"), create("{fp:2}")
			if first.Duplicate || !second.Duplicate || second.ID != first.ID || elsewhere.Duplicate {
				x.Errorf("got %+v, %+v, %+v", first, second, elsewhere)
			}
		}},
		{"Q-008", "the function takes tag names that the API refuses", func(x bench) {
			id := x.submit()
			keys := []string{keysOf(id).core(), keysOf(id).tags()}
			for _, name := range []string{"cairn.a", "a.B", "a_1.x-y", "a. ", "app.sub.field"} {
				reply, err := x.raw("ff_set_execution_tags", keys, name, "v")
				x.wantWords(reply, err, "1", "OK", "1")
			}
			for _, name := range []string{"a", "a.", "a..b", "A.b", "1a.b", "a-b.c", ""} {
				reply, err := x.raw("ff_set_execution_tags", keys, name, "v")
				x.wantWords(reply, err, "0", "invalid_tag_key", name)
			}
			sent := x.recordCalls()
			for _, name := range []string{"a.B", "cairn.foo bar", "cairn.foo-bar"} {
				if err := x.SetExecutionTag(x.ctx, id, name, "v"); !errors.Is(err, engine.CodeInvalidInput) {
					x.Errorf("%q: %v", name, err)
				}
			}
			x.wantNone(sent)
			// Creation asks nothing.
			odd := x.submit(func(req *engine.CreateExecution) { req.Tags = map[string]string{"Odd Name": "v"} })
			x.wantHash(keysOf(odd).tags(), map[string]string{"Odd Name": "v"})
		}},
		{"Q-010", "fields that nobody reads are written all the same", func(x bench) {
			id := x.submit()
			x.wantCore(id, map[string]string{"partition_id": fmt.Sprint(id.Partition().Index)})
			h := x.claim(id)
			k := keysOf(id)
			x.wantHash(k.attemptUsage(0), map[string]string{"last_usage_report_seq": "0"})
			_, err := x.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte("x"), Mode: engine.ModeBestEffort, TTL: time.Minute})
			x.must(err)
			x.wantHash(k.streamMeta(0), map[string]string{"durability_mode": "durable_full"})
			waitpoint := x.suspended(h, waitFor("go")).Waitpoints[0]
			x.wantHash(k.suspensionCurrent(), map[string]string{
				"buffered_signal_summary_json": `{"total_count":0,"matched_count":0,"signal_names":[]}`,
			})
			made := x.hash(k.partition().waitpointCondition(waitpoint.ID), "updated_at")
			x.send(signalTo(id, waitpoint, "go"), engine.EffectResumed)
			x.wantHash(k.partition().waitpointCondition(waitpoint.ID), map[string]string{"updated_at": made})
			if entries := x.rdb.XRange(x.ctx, k.partition().waitpointSignals(waitpoint.ID), "-", "+").Val(); len(entries) != 1 || entries[0].Values["matched"] != "0" {
				x.Errorf("signal entries %v", entries)
			}
			x.must(x.Complete(x.ctx, x.resume(id), nil))
			_, err = x.ReplayExecution(x.ctx, id)
			x.must(err)
			x.wantCore(id, map[string]string{"pending_replay_attempt": "1", "pending_replay_reason": "", "pending_replay_requested_by": ""})
		}},
		{"Q-012", "the encoding of a payload is not stored", func(x bench) {
			id := x.submit(func(req *engine.CreateExecution) { req.Payload = []byte{0xff, 0} })
			if x.core(id, "payload_encoding") != "" {
				x.Error("it is")
			}
		}},
		{"Q-013", "a policy is stored byte for byte", func(x bench) {
			id := x.Partitions().NewSolo("default")
			policy := `{"suspension_policy": {"timeout_behavior":"fail"},"fallback_policy":{"tiers":[]}, "priority":7,"mine":"\u00fc"}`
			_, err := x.raw("ff_create_execution", createKeys(id, engine.IndexEligible, ""), createArgs(id, map[int]any{7: policy})...)
			x.must(err)
			if stored := x.rdb.Get(x.ctx, keysOf(id).policy()).Val(); stored != policy {
				x.Errorf("stored %s", stored)
			}
			x.wantCore(id, map[string]string{"priority": "0"})
		}},
		{"Q-020", "a replayed execution has no retry left", func(x bench) {
			id := x.submit(withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 1}}))
			fail := func() bool {
				result, err := x.Fail(x.ctx, x.claim(id), engine.Failure{Class: engine.FailureTransient})
				x.must(err)
				return result.Retry
			}
			if !fail() {
				x.Fatal("the first failure is the last")
			}
			x.must(x.PromoteDelayed(x.ctx, "default", id, x.now().Add(time.Hour)))
			if fail() {
				x.Fatal("there is a second retry")
			}
			_, err := x.ReplayExecution(x.ctx, id)
			x.must(err)
			if fail() {
				x.Error("the replay has a retry of its own")
			}
			x.wantCore(id, map[string]string{"retry_count": "1", "replay_count": "1", "public_state": "failed"})
		}},
		{"Q-026", "a cancel without a source is the execution's own", func(x bench) {
			id := x.submit()
			_, err := x.cancel(x.ctx, "test", holding{execution: id, lane: "default"}, "", "stop", "", nil)
			x.must(err)
			x.wantCore(id, map[string]string{"cancelled_by": string(id)})
		}},
		{"Q-027", "the reason of a failure outlives a success", func(x bench) {
			id := x.submit(withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 1}}))
			_, err := x.Fail(x.ctx, x.claim(id), engine.Failure{Message: "boom", Class: engine.FailureTransient})
			x.must(err)
			x.must(x.PromoteDelayed(x.ctx, "default", id, x.now().Add(time.Hour)))
			x.must(x.Complete(x.ctx, x.claim(id), nil))
			x.wantCore(id, map[string]string{"public_state": "completed", "failure_reason": "boom"})
		}},
		{"Q-029", "progress and frames do not mark a lease that ran out", func(x bench) {
			h := x.working()
			x.runOut(h.ExecutionID)
			if err := x.Progress(x.ctx, h, 1, ""); !errors.Is(err, engine.CodeLeaseExpired) {
				x.Errorf("progress: %v", err)
			}
			if _, err := x.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte("x")}); !errors.Is(err, engine.CodeStaleOwnerCannotAppend) {
				x.Errorf("append: %v", err)
			}
			x.wantCore(h.ExecutionID, map[string]string{"ownership_state": "leased"})
		}},
		{"Q-030", "odd policies and doubled capabilities are taken", func(x bench) {
			for policy, capabilities := range map[string]string{
				`[]`: "",
				`{"routing_requirements":{"required_capabilities":["b","a","a"]}}`: "a,a,b",
			} {
				id := x.Partitions().NewSolo("default")
				_, err := x.raw("ff_create_execution", createKeys(id, engine.IndexEligible, ""), createArgs(id, map[int]any{7: policy})...)
				x.must(err)
				x.wantCore(id, map[string]string{"required_capabilities": capabilities})
				if stored := x.rdb.Get(x.ctx, keysOf(id).policy()).Val(); stored != policy {
					x.Errorf("stored %s", stored)
				}
			}
		}},
		{"Q-033", "a revoked lease leaves the expiry index and stays active", func(x bench) {
			id := x.submit()
			x.claim(id)
			_, err := x.RevokeLease(x.ctx, id, "", "maintenance")
			x.must(err)
			if x.scored(keysOf(id).partition().leaseExpiry(), id) != "" {
				x.Error("it is in the expiry index")
			}
			x.onlyIn(id, engine.IndexActive)
		}},
		{"Q-036", "a reclaimed attempt says which lease it lost", func(x bench) {
			id := x.submit()
			x.claim(id)
			_, err := x.RevokeLease(x.ctx, id, "", "maintenance")
			x.must(err)
			if x.reclaim(id).Claimed == nil {
				x.Fatal("not reclaimed")
			}
			x.wantHash(keysOf(id).attempt(0), map[string]string{"failure_reason": "lease_lease_revoked"})
		}},
		{"Q-038", "a grant is a worker's, on any of its instances", func(x bench) {
			id := x.submit()
			x.grant(id)
			claim := func(worker engine.WorkerID) error {
				return second(x.ClaimExecution(x.ctx, engine.ClaimExecution{
					Execution: id, Lane: "default", Worker: worker, WorkerInstance: "another", LeaseTTL: time.Minute,
				}))
			}
			if err := claim("w2"); !errors.Is(err, engine.CodeInvalidClaimGrant) {
				x.Errorf("another worker: %v", err)
			}
			x.must(claim(testWorker))
		}},
		{"Q-039", "a renewal gives lease:current an end and the active index nothing", func(x bench) {
			h := x.working()
			k := keysOf(h.ExecutionID)
			active := k.partition().lane("default", engine.IndexActive)
			before := x.scored(active, h.ExecutionID)
			if ttl := x.rdb.PTTL(x.ctx, k.leaseCurrent()).Val(); ttl > 0 {
				x.Errorf("before: %v", ttl)
			}
			_, err := x.Renew(x.ctx, h)
			x.must(err)
			if ttl := x.rdb.PTTL(x.ctx, k.leaseCurrent()).Val(); ttl <= 0 {
				x.Errorf("after: %v", ttl)
			}
			if after := x.scored(active, h.ExecutionID); after != before {
				x.Errorf("active at %s, then at %s", before, after)
			}
		}},
		{"Q-047", "a worker that cannot run it leaves an orphan as it is", func(x bench) {
			id := x.submit(withPolicy(engine.ExecutionPolicy{Routing: &engine.RoutingRequirements{Capabilities: []string{"gpu"}}}))
			_, err := x.IssueGrantAndClaim(x.ctx, id, "default", time.Minute)
			x.must(err)
			x.expireLease(id)
			before := x.rdb.HGetAll(x.ctx, keysOf(id).core()).Val()
			grant, why, err := x.IssueReclaimGrant(x.ctx, engine.IssueGrant{
				Execution: id, Lane: "default", Worker: "w2", WorkerInstance: "i", TTL: time.Second,
			})
			x.must(err)
			if grant != nil || why != "capability_mismatch: gpu" {
				x.Errorf("grant %+v, %q", grant, why)
			}
			after := x.rdb.HGetAll(x.ctx, keysOf(id).core()).Val()
			if after["last_capability_mismatch_at"] == "" {
				x.Error("the mismatch is not noted")
			}
			delete(after, "last_capability_mismatch_at")
			if fmt.Sprint(after) != fmt.Sprint(before) {
				x.Errorf("before %v, after %v", before, after)
			}
		}},
		{"Q-115", "without a lease id any source cancels what runs", func(x bench) {
			h := x.working()
			_, err := x.cancel(x.ctx, "test", holdingOf(h), "", "stop", "", nil)
			x.must(err)
			x.wantCore(h.ExecutionID, map[string]string{"public_state": "cancelled"})
		}},
		{"Q-164", "the partitions' lease feeds are written by nobody", func(x bench) {
			h := x.working()
			x.must(x.Complete(x.ctx, h, nil))
			if x.exists("ff:part:" + h.ExecutionID.Partition().Tag() + ":lease_history") {
				x.Error("there is one")
			}
		}},
		{"Q-187", "a marked lease stays in the expiry index", func(x bench) {
			id := x.submit()
			x.claim(id)
			x.expireLease(id)
			k := keysOf(id)
			if x.scored(k.partition().leaseExpiry(), id) == "" {
				x.Error("it left")
			}
			reply, err := x.raw("ff_mark_lease_expired_if_due",
				[]string{k.core(), k.leaseCurrent(), k.partition().leaseExpiry(), k.leaseHistory()}, string(id))
			x.wantReply(reply, err, "ALREADY_SATISFIED", "already_expired")
		}},
	})
}

// reserved are the patterns of names that exist in the vocabulary and nowhere else (spec 01 §3.11, §3.6.11).
var reserved = []string{
	"ff:lane:*", "ff:ns:*:executions", "ff:tag:*", "ff:wpkey:*", "ff:idx:workers:cap:*", "ff:budget_attach:*", "ff:quota_attach:*",
	"ff:budget:*:executions", "ff:flow:*:member:*", "ff:flow:*:events", "ff:flow:*:grant:*", "ff:noop:*",
}

func TestQ011ReservedNamesStayUnused(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x, f := newBench(t, b), newFlowBench(t, b)
		h, waitpoint := x.asleep(waitFor("go"))
		x.send(signalTo(h.ExecutionID, waitpoint, "go"), engine.EffectResumed)
		x.must(b.Complete(x.ctx, x.resume(h.ExecutionID), []byte("r")))
		up, child := f.member(), f.member()
		f.policy(child, quorum(1, engine.CancelRemaining))
		edge := f.wire(up, child)
		f.succeed(up, "out")
		f.resolve(edge, up, child, engine.OutcomeSuccess)
		f.must(b.SetFlowTag(f.ctx, f.flow, "a.tag", "v"))
		k := x.newBudget()
		_, err := b.RecordSpend(x.ctx, engine.Usage{Budget: k.id, Execution: child, Deltas: map[string]uint64{"tokens": 1}})
		x.must(err)
		policy, _ := x.newQuota(1, 1)
		x.admit(policy, child)
		_, err = b.RegisterWorker(x.ctx, engine.Worker{ID: "w", Instance: "i", Namespace: "ns", Capabilities: []string{"gpu"}, LivenessTTL: time.Minute})
		x.must(err)
		for _, pattern := range reserved {
			var found []string
			for keys := b.rdb.(*redis.Client).Scan(x.ctx, 0, pattern, 1000).Iterator(); keys.Next(x.ctx); {
				found = append(found, keys.Val())
			}
			if len(found) > 0 {
				t.Errorf("%s: %v", pattern, found)
			}
		}
	})
}
