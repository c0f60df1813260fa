package valkey

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// The behaviours of spec 04a §21 that can be seen on the keys alone. What a caller sees is in the suite of engine/enginetest; its
// checklist says which test shows which behaviour.

func TestBehaviour04AReclaimGrantExpiresAsItsRecordSays(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		x.claim(id)
		x.expireLease(id)
		grant, why, err := b.IssueReclaimGrant(x.ctx, engine.IssueGrant{
			Execution: id, Lane: "default", Worker: "w2", WorkerInstance: "w2-1", TTL: 10 * time.Second,
		})
		x.must(err)
		if grant == nil || grant.Execution != id || grant.Lane != "default" || grant.Partition != id.Partition() {
			t.Fatalf("grant %+v, %q", grant, why)
		}
		if grant.Key != keysOf(id).claimGrant() || millis(grant.ExpiresAt) != x.hash(grant.Key, "grant_expires_at") {
			t.Errorf("grant %+v, its record says %s", grant, x.hash(keysOf(id).claimGrant(), "grant_expires_at"))
		}
	})
}

func TestBehaviour05TheReclaimCapInForceIsReported(t *testing.T) {
	three := uint32(3)
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name   string
			submit func(*engine.CreateExecution)
			most   int
			want   int
		}{
			{"the caller's where the policy has none", func(*engine.CreateExecution) {}, 7, 7},
			{"the policy's before the caller's (Q-037)", withPolicy(engine.ExecutionPolicy{MaxReclaims: &three}), 1000, 3},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit(test.submit)
				x.claim(id)
				x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "lease_reclaim_count", test.want).Err())
				x.expireLease(id)
				outcome := x.reclaim(id, func(req *engine.Reclaim) { req.MaxReclaims = test.most })
				if outcome.Claimed != nil || outcome.CapExceeded != test.want {
					t.Errorf("outcome %+v, want the cap %d", outcome, test.want)
				}
				x.wantCore(id, map[string]string{"public_state": "failed"})
			})
		}
	})
}

func TestBehaviour06AnOverrideLeavesALeaseAndNoGrant(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		lease, err := b.IssueGrantAndClaim(x.ctx, id, "default", time.Minute)
		x.must(err)
		x.wantCore(id, map[string]string{
			"lifecycle_phase": "active", "ownership_state": "leased", "current_lease_id": string(lease.LeaseID), "current_worker_id": "operator",
		})
		if !x.exists(keysOf(id).leaseCurrent()) || x.exists(keysOf(id).claimGrant()) {
			t.Error("the lease has no record, or the grant still has one")
		}
		if !x.heldBy(id, "operator") {
			t.Error("nobody holds it")
		}
		// Nobody renews it: it expires like any lease.
		x.expireLease(id)
		x.wantCore(id, map[string]string{"ownership_state": "lease_expired_reclaimable"})
	})
}

func TestBehaviour10BadSuspensionsAreRefusedBeforeAnythingIsSent(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		sent := &commandCount{}
		b.rdb.AddHook(sent)
		if _, err := b.Suspend(x.ctx, engine.Handle{Kind: engine.HandleSuspended}, waitFor("go")); !errors.Is(err, engine.CodeAlreadySuspended) {
			t.Errorf("a suspended handle: %v", err)
		}
		none := waitOn(1, func([]string) engine.ResumeCondition {
			return engine.Count(1, engine.DistinctSignals, engine.AnySignal())
		})
		if _, err := b.Suspend(x.ctx, engine.Handle{}, none); !errors.Is(err, engine.CodeInvalidInput) || !strings.Contains(err.Error(), "count_waitpoints_empty") {
			t.Errorf("a count of no waitpoints: %v", err)
		}
		if sent.n != 0 {
			t.Errorf("%d commands were sent", sent.n)
		}
	})
}

func TestBehaviour14ACompositeSuspensionLeavesNothingBehind(t *testing.T) {
	both := func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.Single(keys[0], engine.AnySignal()), engine.Single(keys[1], engine.AnySignal()))
	}
	eachServer(t, func(t *testing.T, b *Backend) {
		t.Run("a resume names the signals that satisfied it", func(t *testing.T) {
			x := newBench(t, b)
			h := x.working()
			outcome := x.suspended(h, waitOn(2, both))
			x.send(signalTo(h.ExecutionID, outcome.Waitpoints[0], "a"), engine.EffectAppended)
			x.send(signalTo(h.ExecutionID, outcome.Waitpoints[1], "b"), engine.EffectResumed)
			var signals []string
			x.must(json.Unmarshal([]byte(x.hash(keysOf(h.ExecutionID).suspensionCurrent(), "all_satisfier_signals")), &signals))
			if len(signals) == 0 {
				t.Error("it names none")
			}
		})
		for name, end := range map[string]func(x bench, id engine.ExecutionID) error{
			"a cancel": func(x bench, id engine.ExecutionID) error {
				return second(x.CancelExecution(x.ctx, id, "stop", ""))
			},
			"an expiry": func(x bench, id engine.ExecutionID) error { return x.ExpireSuspension(x.ctx, id) },
		} {
			t.Run(name+" closes every waitpoint and forgets the signals", func(t *testing.T) {
				x := newBench(t, b)
				h, args := x.working(), waitOn(2, both)
				args.TimeoutAt = x.now().Add(-time.Second)
				outcome := x.suspended(h, args)
				x.send(signalTo(h.ExecutionID, outcome.Waitpoints[0], "a"), engine.EffectAppended)
				k := keysOf(h.ExecutionID)
				if !x.exists(k.satisfiedSet()) || !x.exists(k.memberMap()) {
					t.Fatal("there is nothing to forget")
				}
				x.must(end(x, h.ExecutionID))
				if x.exists(k.satisfiedSet()) || x.exists(k.memberMap()) {
					t.Error("the satisfied set or the member map is left")
				}
				for _, waitpoint := range outcome.Waitpoints {
					x.wantHash(k.partition().waitpoint(waitpoint.ID), map[string]string{"state": "closed"})
				}
			})
		}
	})
}

func TestBehaviour24AnEdgeIsMarkedWhereItDoesNotDecode(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		edge := f.stage(f.member(), f.member())
		f.must(b.rdb.HSet(f.ctx, f.k.edge(edge), "strange", "field", "created_at", "soon").Err())
		read, err := b.DescribeEdge(f.ctx, f.flow, edge)
		f.must(err)
		marked := map[string]string{}
		for _, m := range read.Malformed {
			marked[m.Field] = m.Problem
		}
		if len(marked) != 2 || marked["strange"] != "unknown field" || marked["created_at"] == "" {
			t.Errorf("marked %v", marked)
		}
	})
}

func TestBehaviour28TheTagFunctionsCountAndCheck(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x, f := newBench(t, b), newFlowBench(t, b)
		id := x.submit()
		for _, target := range []struct {
			function   string
			core, tags string
		}{
			{"ff_set_execution_tags", keysOf(id).core(), keysOf(id).tags()},
			{"ff_set_flow_tags", f.k.core(), f.k.tags()},
		} {
			t.Run(target.function, func(t *testing.T) {
				keys := []string{target.core, target.tags}
				x.must(b.rdb.HSet(x.ctx, target.core, "last_mutation_at", "1").Err())
				reply, err := x.raw(target.function, keys, "a.one", "1")
				x.wantWords(reply, err, "1", "OK", "1")
				if x.hash(target.core, "last_mutation_at") == "1" {
					t.Error("the change is not stamped")
				}
				reply, err = x.raw(target.function, keys, "a.one", "2", "b.two", "x")
				x.wantWords(reply, err, "1", "OK", "2")
				for _, bad := range [][]any{{"fine.key", "v", "Bad.key", "v"}, {"nodot", "v"}, {"a.", "v"}} {
					reply, err = x.raw(target.function, keys, bad...)
					x.wantWords(reply, err, "0", "invalid_tag_key", fmt.Sprint(bad[len(bad)-2]))
				}
				for _, odd := range [][]any{{}, {"a.one"}} {
					reply, err = x.raw(target.function, keys, odd...)
					x.wantReply(reply, err, "invalid_input")
				}
				x.wantHash(target.tags, map[string]string{"a.one": "2", "b.two": "x", "fine.key": ""})
			})
		}
	})
}

func TestBehaviour28TheFirstFlowTagMovesTheOldOnesOnce(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		f.must(b.rdb.HSet(f.ctx, f.k.core(), "old.tag", "1").Err())
		f.must(b.SetFlowTag(f.ctx, f.flow, "new.tag", "2"))
		f.wantField(f.k.core(), "tags_migrated", "1")
		f.wantField(f.k.core(), "old.tag", "")
		f.wantField(f.k.tags(), "old.tag", "1")
		// Whatever comes into the core later stays there.
		f.must(b.rdb.HSet(f.ctx, f.k.core(), "late.tag", "3").Err())
		f.must(b.SetFlowTag(f.ctx, f.flow, "new.tag", "4"))
		f.wantField(f.k.core(), "late.tag", "3")
		f.wantField(f.k.tags(), "new.tag", "4")
	})
}

func TestBehaviour31FiveLanesAreListedOnThreePages(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.must(b.rdb.Del(x.ctx, keyLaneRegistry).Err())
		x.must(b.rdb.SAdd(x.ctx, keyLaneRegistry, "echo", "bravo", "delta", "alpha", "charlie").Err())
		var pages []string
		for after := engine.LaneID(""); ; {
			page, err := b.ListLanes(x.ctx, after, 2)
			x.must(err)
			pages = append(pages, fmt.Sprintf("%v %s", page.Items, page.Next))
			if after = page.Next; after == "" {
				break
			}
		}
		if want := []string{"[alpha bravo] bravo", "[charlie delta] delta", "[echo] "}; !slices.Equal(pages, want) {
			t.Errorf("pages %q, want %q", pages, want)
		}
	})
}

func TestBehaviour34AGraceThatIsNoneIsRefused(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		f.member()
		x := bench{T: t, Backend: b, ctx: f.ctx}
		part := f.k.partition()
		keys := []string{f.k.core(), f.k.members(), part.flowIndex(), f.k.pendingCancels(), part.cancelBacklog()}
		for _, grace := range []string{"-1", "1.5", "1e309", "nan", "abc"} {
			reply, err := x.raw("ff_cancel_flow", keys, string(f.flow), "why", "cancel_all", "1700000000000", grace)
			x.wantReply(reply, err, "invalid_grace_ms")
		}
		f.wantField(f.k.core(), "public_flow_state", "open")
		if f.exists(f.k.pendingCancels()) || f.exists(part.cancelBacklog()) {
			t.Error("something was written")
		}
	})
}

func TestBehaviour35AStaleSiblingGroupIsTakenOffTheList(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		child := f.member()
		listed := f.k.partition().pendingCancelGroups()
		group := engine.SiblingGroup{Partition: child.Partition(), Flow: f.flow, Downstream: child}
		for _, finish := range []func(){
			func() {
				action, err := b.ReconcileSiblingCancelGroup(f.ctx, group)
				f.must(err)
				if action != "sremmed_stale" {
					t.Errorf("it is %s", action)
				}
			},
			func() { f.must(b.DrainSiblingCancelGroup(f.ctx, group)) },
		} {
			f.must(b.rdb.SAdd(f.ctx, listed, string(f.flow)+"|"+string(child)).Err())
			finish()
			if f.exists(listed) {
				t.Error("it is still listed")
			}
		}
	})
}

func TestBehaviour37SpendIsInALedgerOfItsExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := x.newBudget()
		id := x.submit()
		spend := engine.Usage{Budget: k.id, Execution: id, Deltas: map[string]uint64{"tokens": 3}, DedupKey: "step-4"}
		for range 2 { // the second counts for nothing
			_, err := b.RecordSpend(x.ctx, spend)
			x.must(err)
		}
		x.wantHash(k.ledger(id), map[string]string{"tokens": "3"})
		if listed := b.rdb.SIsMember(x.ctx, k.ledgerIndex(), string(id)).Val(); !listed {
			t.Error("the execution is not in the index")
		}
		x.must(b.ReleaseBudget(x.ctx, k.id, id))
		if x.exists(k.ledger(id)) {
			t.Error("the ledger is left")
		}
		x.wantHash(k.usage(), map[string]string{"tokens": "0"})
	})
}

func TestBehaviour43WhatTheBackendSaysOfItself(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		sent := &commandCount{}
		b.rdb.AddHook(sent)
		c := b.Capabilities()
		if c.Family != "valkey" || c.Stage != "E-shipped" || c.Version == "" {
			t.Errorf("capabilities %+v", c)
		}
		for operation, offered := range c.Offers {
			if want := operation != "subscribe_instance_tags" && operation != "claim_for_worker"; offered != want {
				t.Errorf("%s: %v, want %v", operation, offered, want)
			}
		}
		if len(c.Offers) != 34 || sent.n != 0 {
			t.Errorf("%d operations, %d commands", len(c.Offers), sent.n)
		}
	})
}
