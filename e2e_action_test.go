package main

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

func TestMarkedExecutionsAreCancelledTogether(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	ids := []engine.ExecutionID{d.solo("bulk"), d.solo("bulk"), d.solo("bulk"), d.solo("keep")}

	s := d.board(120, 36, "--start", "lanes")
	s.shows("default")
	s.press("<enter>")
	s.shows(short(ids[0]), short(ids[3]), "4 shown")
	s.press("/bulk<enter>")
	s.shows("3 of 4")
	s.press("<ctrl-a>")
	s.shows("3 marked")
	s.press("c")
	s.shows("Cancel executions", "3 waiting", "cancels 3 executions")
	s.press("<tab>too many<tab><right><enter>")
	s.shows("3 of 3: 3 done")
	for _, id := range ids[:3] {
		if got := d.state(id); got != engine.StateCancelled {
			t.Errorf("%s is %s", id, got)
		}
	}
	if got := d.state(ids[3]); got != engine.StateWaiting {
		t.Errorf("the one that was not marked is %s", got)
	}
	s.press("<enter>")
	s.shows("cancel of 3 executions: 3 done")
}

func TestAFailedExecutionIsReplayed(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	var tried atomic.Bool
	d.worker(map[string]worker.Handler{"flaky": func(context.Context, *worker.Task) ([]byte, error) {
		if !tried.Swap(true) {
			return nil, errors.New("not this time")
		}
		return []byte("done"), nil
	}})
	id := d.solo("flaky")
	d.eventually("it fails", func() bool { return d.state(id) == engine.StateFailed })

	s := d.board(120, 36, "--start", "execution "+string(id))
	s.shows("failed", "flaky")
	s.press("a")
	s.shows("Actions", "replay", "it has ended")
	s.press("r")
	s.shows("Replay execution", "back in line", "keep")
	s.press("<right><enter>")
	s.shows("replayed, it is waiting")
	d.eventually("it completes", func() bool { return d.state(id) == engine.StateCompleted })
}

func TestThePriorityOfAWaitingExecutionIsChanged(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	d.solo("work")
	id := d.solo("work")

	s := d.board(120, 36, "--start", "execution "+string(id))
	s.shows("waiting", "work")
	s.press("a")
	s.shows("Actions", "priority")
	s.press("p")
	s.shows("Priority execution", "9000")
	s.press("<ctrl-u>77<tab><right><enter>")
	s.shows("priority 77, was 0")
	x, err := d.b.DescribeExecution(d.ctx, id)
	if err != nil || x.Priority != 77 {
		t.Errorf("the priority is %d: %v", x.Priority, err)
	}
	first, err := d.b.ScanEligible(d.ctx, e2eLane, id.Partition(), 1)
	if err != nil || len(first) != 1 || first[0] != id {
		t.Errorf("first in line is %v: %v", first, err)
	}
}

func TestALeaseIsRevokedAndAnotherWorkerGrantedIt(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	id := d.solo("work")
	lost, err := d.b.Claim(d.ctx, engine.ClaimRequest{Lane: e2eLane, Worker: "old", WorkerInstance: "old-1", LeaseTTL: time.Minute})
	if err != nil || lost == nil {
		t.Fatalf("not claimed: %v", err)
	}
	_, err = d.b.RegisterWorker(d.ctx, engine.Worker{
		ID: "new", Instance: "new-1", Namespace: "e2e", Lanes: []engine.LaneID{e2eLane}, LivenessTTL: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}

	s := d.board(120, 36, "--start", "execution "+string(id))
	s.shows("active", "old-1")
	s.press("a")
	s.shows("its lease is held: revoke it first")
	s.press("l")
	s.shows("takes 1 lease away")
	s.press("<tab><right><enter>")
	s.shows("lease revoked, was held by old-1")
	if _, err := d.b.Renew(d.ctx, lost.Handle); !errors.Is(err, engine.CodeLeaseRevoked) {
		t.Errorf("the old holder renews: %v", err)
	}
	s.press("<enter>a")
	s.shows("no lease: it was revoked already")
	s.press("g")
	s.shows("Reclaim execution", "new-1")
	s.press("<tab><tab><right><enter>")
	s.shows("granted to new-1 for 30s")
	taken, err := d.b.ReclaimExecution(d.ctx, engine.Reclaim{
		Execution: id, Worker: "new", WorkerInstance: "new-1", Lane: e2eLane, LeaseTTL: time.Minute, AttemptIndex: lost.Handle.AttemptIndex,
	})
	if err != nil || taken.Claimed == nil {
		t.Errorf("the grant is not good: %+v: %v", taken, err)
	}
}

func TestAnOperatorResumesWhatWaitsForASignal(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	d.worker(map[string]worker.Handler{"approval": approval(engine.Single("review", engine.ByName("approved")))})
	id := d.solo("approval")
	d.eventually("it waits", func() bool { return d.state(id) == engine.StateSuspended })

	s := d.board(80, 24, "--start", "suspended")
	s.shows(short(id))
	s.press("a")
	s.shows("Actions", "resume")
	s.press("u")
	s.shows("Resume execution", "ends the wait of 1 execution")
	s.press("<tab><right><enter>")
	s.shows("resumed, it is waiting")
	d.eventually("it completes", func() bool { return d.state(id) == engine.StateCompleted })
	result, err := d.b.ExecutionResult(d.ctx, id)
	if err != nil || string(result) != "" {
		t.Errorf("the handler got %q: %v", result, err)
	}
}

func TestASecretIsRotatedOnEveryPartition(t *testing.T) {
	d := newDeployment(t)
	s := d.board(80, 24)
	s.shows("flows")
	s.press(":rotate<enter>")
	s.shows("Rotate secret", "on 4 partitions")
	s.press("<ctrl-u>k2<tab><tab><tab>k2<tab><right><enter>")
	s.shows("rotated from", "{fp:3}")
	for p := range d.b.Partitions().FlowPartitions() {
		kids, err := d.b.ListSecretKids(d.ctx, p)
		if err != nil || len(kids) == 0 || kids[0].Kid != "k2" {
			t.Errorf("%s: %v: %v", p.Tag(), kids, err)
		}
	}
}

// budget makes one of 100 tokens.
func (d *deployment) budget() engine.BudgetID {
	d.t.Helper()
	id := engine.BudgetID("5b8c1d2e-0000-4000-8000-000000000001")
	_, err := d.b.CreateBudget(d.ctx, engine.CreateBudget{
		ID: id, ScopeType: "lane", ScopeID: "default", EnforcementMode: "strict", OnHardLimit: "fail", OnSoftLimit: "warn",
		Dimensions: []engine.BudgetDimension{{Name: "tokens", Hard: 100}}, Now: time.Now(),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return id
}

func TestABudgetIsResetAndAWorkerMarkedDead(t *testing.T) {
	d := newDeployment(t)
	budget := d.budget()
	if _, err := d.b.ReportUsage(d.ctx, engine.Usage{Budget: budget, Deltas: map[string]uint64{"tokens": 55}, Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	_, err := d.b.RegisterWorker(d.ctx, engine.Worker{
		ID: "gone", Instance: "gone-1", Namespace: "e2e", Lanes: []engine.LaneID{e2eLane}, LivenessTTL: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}

	s := d.board(80, 24)
	s.shows("flows")
	s.press(":act budget " + string(budget) + "<enter>")
	s.shows("Actions", "tokens 55 of 100")
	s.press("r")
	s.shows("Reset budget", "to zero in every dimension")
	s.press("<right><enter>")
	s.shows("reset of budget 5b8c1d2e")
	if status, err := d.b.BudgetStatus(d.ctx, budget); err != nil || status.Usage["tokens"] != 0 {
		t.Errorf("used %v: %v", status.Usage, err)
	}

	s.press("<enter>:act worker e2e/gone-1<enter>")
	s.shows("Actions", "gone-1")
	s.press("k")
	s.shows("type dead to confirm")
	s.press("<tab>dead<tab><right><enter>")
	s.shows("marked dead")
	page, err := d.b.ListWorkers(d.ctx, "e2e", "", 10)
	if err != nil || len(page.Items) != 0 {
		t.Errorf("still registered: %v: %v", page.Items, err)
	}
}

func TestAnEdgePolicyIsSetBeforeTheFirstEdgeIsApplied(t *testing.T) {
	d := newDeployment(t)
	flow := engine.NewFlowID()
	if _, err := d.b.CreateFlow(d.ctx, engine.CreateFlow{ID: flow, Kind: "etl", Namespace: "e2e"}); err != nil {
		t.Fatal(err)
	}
	var members []engine.ExecutionID
	for _, kind := range []string{"first", "second", "last"} {
		id := d.b.Partitions().NewFlowMember(flow)
		d.create(id, kind)
		if _, _, err := d.b.AddExecutionToFlow(d.ctx, flow, id); err != nil {
			t.Fatal(err)
		}
		members = append(members, id)
	}
	revision := uint64(3)
	for _, up := range members[:2] {
		var err error
		revision, err = d.b.StageDependencyEdge(d.ctx, engine.StageEdge{
			Flow: flow, Edge: engine.NewEdgeID(), Upstream: up, Downstream: members[2], ExpectedRevision: revision,
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	s := d.board(120, 36, "--start", "execution "+string(members[2]))
	s.shows("last")
	s.press("a")
	s.shows("Actions", "edge-policy")
	s.press("e")
	s.shows("Edge policy execution", "every upstream must succeed")
	s.press("<right>")
	s.shows("one success is enough")
	s.press("<tab><right><tab><right><enter>")
	s.shows("edge policy set to any_of")
	around, err := d.b.ExecutionEdges(d.ctx, members[2])
	want := engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.LetRun}
	if err != nil || around.Group == nil || around.Group.Policy != want {
		t.Errorf("the policy is %+v: %v", around.Group, err)
	}
}
