package valkey

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/scheduler"
)

// What the scheduler does with FlowFabric's keys (spec 03d §8, spec 07 rows ).

func (x bench) scheduler() *scheduler.Scheduler {
	return scheduler.New(x.Backend, scheduler.Config{Logger: slog.New(slog.DiscardHandler)})
}

func (x bench) ask(s *scheduler.Scheduler, instance engine.WorkerInstanceID, capabilities ...string) *engine.Grant {
	x.Helper()
	grant, err := s.ClaimForWorker(x.ctx, scheduler.Request{
		Lane: "default", Worker: engine.WorkerID(instance), WorkerInstance: instance, Capabilities: capabilities, TTL: time.Minute,
	})
	x.must(err)
	return grant
}

func (x bench) wantGrant(got *engine.Grant, want engine.ExecutionID) {
	x.Helper()
	if got == nil || got.Execution != want {
		x.Errorf("granted %+v, want %s", got, want)
	}
}

func (x bench) wantNoGrant(got *engine.Grant) {
	x.Helper()
	if got != nil {
		x.Errorf("granted %s, want none", got.Execution)
	}
}

func urgent(req *engine.CreateExecution) { req.Priority = 5 }

func needing(capability string) func(*engine.CreateExecution) {
	return func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{Routing: &engine.RoutingRequirements{Capabilities: []string{capability}}}
	}
}

func TestTheSchedulerGrantsTheMostUrgentAndThenNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		s := x.scheduler()
		x.wantNoGrant(x.ask(s, "w-1"))
		later, first := x.submit(), x.submit(urgent)
		grant := x.ask(s, "w-1")
		x.wantGrant(grant, first)
		if grant.Key != keysOf(first).claimGrant() || grant.Partition != first.Partition() || !grant.ExpiresAt.After(time.Now()) {
			t.Errorf("the grant is %+v", grant)
		}
		x.wantGrant(x.ask(s, "w-2"), later)
		x.wantNoGrant(x.ask(s, "w-3"))
	})
}

func TestQ121AGrantOfAnotherKeepsItsAdmission(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		policy, quota := x.newQuota(0, 5)
		id := x.submit()
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "quota_policy_id", string(policy.ID)).Err())
		x.wantGrant(x.ask(x.scheduler(), "w-1"), id)
		x.wantNoGrant(x.ask(x.scheduler(), "w-2"))
		if n := b.rdb.Get(x.ctx, quota.concurrency()).Val(); n != "1" {
			t.Errorf("the counter is %q", n)
		}
		if !b.rdb.SIsMember(x.ctx, quota.admittedSet(), string(id)).Val() {
			t.Error("the admission is gone")
		}
	})
}

func TestQ122ABudgetOfThePolicyHoldsWorkBack(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		budget := engine.NewBudgetID()
		_, err := b.CreateBudget(x.ctx, engine.CreateBudget{ID: budget, Dimensions: []engine.BudgetDimension{{Name: "tokens", Hard: 10}}})
		x.must(err)
		_, err = b.ReportUsage(x.ctx, engine.Usage{Budget: budget, Deltas: map[string]uint64{"tokens": 10}})
		x.must(err)
		held := x.submit(urgent, func(req *engine.CreateExecution) {
			req.Policy = &engine.ExecutionPolicy{BudgetIDs: []engine.BudgetID{budget}}
		})
		free := x.submit()
		x.wantGrant(x.ask(x.scheduler(), "w-1"), free)
		if !x.in(held, engine.IndexBlockedBudget) {
			t.Error("what its budget holds back is not parked")
		}
		detail := b.rdb.HGet(x.ctx, keysOf(held).core(), "blocking_detail").Val()
		if want := "budget ff:budget:" + string(budget) + ":usage: tokens 10/10"; detail != want {
			t.Errorf("the detail is %q, want %q", detail, want)
		}
	})
}

func TestQ123WorkIsParkedOnlyWhenNoLiveWorkerCanRunIt(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit(needing("gpu"))
		ns := engine.Namespace(b.rdb.HGet(x.ctx, keysOf(id).core(), "namespace").Val())
		_, err := b.RegisterWorker(x.ctx, engine.Worker{
			ID: "g", Instance: "g-1", Namespace: ns, Lanes: []engine.LaneID{"default"}, Capabilities: []string{"gpu"}, LivenessTTL: time.Minute,
		})
		x.must(err)
		x.wantNoGrant(x.ask(x.scheduler(), "cpu-1"))
		if !x.in(id, engine.IndexEligible) {
			t.Fatal("parked although a live worker can run it")
		}
		x.wantGrant(x.ask(x.scheduler(), "g-1", "gpu"), id)

		other := x.submit(needing("tpu"))
		x.wantNoGrant(x.ask(x.scheduler(), "cpu-1"))
		if !x.in(other, engine.IndexBlockedRoute) {
			t.Error("nobody can run it, and it is not parked")
		}
	})
}

func TestQ125TheSchedulerLooksBehindTheHead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		s := x.scheduler()
		head, next := x.submit(urgent), x.submit()
		x.wantGrant(x.ask(s, "w-1"), head)
		x.wantGrant(x.ask(s, "w-2"), next)
	})
}

func TestQ126TheSchedulerFindsWorkInAnyPartitionInOneCall(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for p := range b.Partitions().FlowPartitions() {
			uuid := b.Partitions().NewSolo("default").UUID()
			id := engine.ExecutionID(p.Tag() + ":" + uuid)
			x.submit(func(req *engine.CreateExecution) { req.ID = id })
			x.wantGrant(x.ask(x.scheduler(), "w-1"), id)
		}
	})
}

func TestQ129AQuotaThatCannotBeReadHoldsOnlyItsOwnWorkBack(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		policy, quota := x.newQuota(1, 1)
		x.must(b.rdb.HSet(x.ctx, quota.definition(), "max_requests_per_window", "many").Err())
		broken, sound := x.submit(urgent), x.submit()
		x.must(b.rdb.HSet(x.ctx, keysOf(broken).core(), "quota_policy_id", string(policy.ID)).Err())
		x.wantGrant(x.ask(x.scheduler(), "w-1"), sound)
		x.wantNoGrant(x.ask(x.scheduler(), "w-1"))
		if !x.in(broken, engine.IndexEligible) {
			t.Error("it is no longer in line")
		}
	})
}

func TestAQuotaParksWhatItHasNoRoomFor(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		policy, _ := x.newQuota(0, 1)
		first, second := x.submit(urgent), x.submit()
		for _, id := range []engine.ExecutionID{first, second} {
			x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "quota_policy_id", string(policy.ID)).Err())
		}
		s := x.scheduler()
		x.wantGrant(x.ask(s, "w-1"), first)
		x.wantNoGrant(x.ask(s, "w-2"))
		if !x.in(second, engine.IndexBlockedQuota) {
			t.Error("not parked")
		}
		detail := b.rdb.HGet(x.ctx, keysOf(second).core(), "blocking_detail").Val()
		if !strings.HasSuffix(detail, "concurrency cap 1") {
			t.Errorf("the detail is %q", detail)
		}
	})
}

func TestTheSchedulersClaimIsALease(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		claimed, err := x.scheduler().Claim(x.ctx, engine.ClaimRequest{
			Lane: "default", Worker: "w", WorkerInstance: "w-1", LeaseTTL: time.Minute,
		})
		x.must(err)
		if claimed == nil || claimed.Handle.ExecutionID != id {
			t.Fatalf("claimed %+v", claimed)
		}
		x.must(b.Complete(x.ctx, claimed.Handle, []byte("done")))
	})
}

// overtaken is a backend whose executions somebody else claims between the look at them and the grant.
type overtaken struct{ *Backend }

func (o overtaken) IssueClaimGrant(ctx context.Context, req engine.IssueGrant) (engine.Grant, error) {
	if _, err := o.Claim(ctx, engine.ClaimRequest{Lane: req.Lane, Worker: "o", WorkerInstance: "o-1", LeaseTTL: time.Minute}); err != nil {
		return engine.Grant{}, err
	}
	return o.Backend.IssueClaimGrant(ctx, req)
}

func TestTheSchedulerSaysNothingOfWorkThatSomebodyElseWasFasterToTake(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.submit()
		var log strings.Builder
		s := scheduler.New(overtaken{b}, scheduler.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		x.wantNoGrant(x.ask(s, "w-1"))
		if log.Len() > 0 {
			t.Error(log.String())
		}
	})
}
