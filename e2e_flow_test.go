package main

import (
	"context"
	"errors"
	"testing"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// hold is a handler that works until its context ends.
func hold(ctx context.Context, _ *worker.Task) ([]byte, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func refuse(context.Context, *worker.Task) ([]byte, error) { return nil, errors.New("no") }

func done(context.Context, *worker.Task) ([]byte, error) { return []byte("done"), nil }

func TestCancellingAFlowOnTheBoardCancelsEveryMember(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	flow, members := d.fan("etl", 3, engine.EdgePolicy{Kind: engine.PolicyAllOf})
	d.worker(map[string]worker.Handler{"first": done, "middle": hold, "last": done})
	d.eventually("the middle is at work", func() bool { return d.state(members[1]) == engine.StateActive })

	s := d.board(120, 36, "--start", "flows")
	s.shows("etl", string(flow)[:8])
	s.press("<enter>")
	s.shows("members", "middle", "waiting_children")
	s.press("c")
	s.shows("Cancel flow", "cancels 4 of 5 members", "1 completed", "cancel_all")
	s.press("<tab><tab>no longer needed<tab><right><enter>")
	s.shows("4 cancelled")
	for _, member := range members[1:] {
		d.eventually(string(member)+" is cancelled", func() bool { return d.state(member) == engine.StateCancelled })
	}
	if got := d.state(members[0]); got != engine.StateCompleted {
		t.Errorf("the member that had completed is now %s", got)
	}
	f, err := d.b.DescribeFlow(d.ctx, flow)
	if err != nil || f.State != engine.FlowCancelled || f.CancelReason != "no longer needed" {
		t.Errorf("the flow is %q, for %q: %v", f.State, f.CancelReason, err)
	}
}

func TestAnEdgeSaysWhatItWaitsFor(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	quorum := engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun}
	_, members := d.fan("etl", 3, quorum)
	d.worker(map[string]worker.Handler{"first": done, "middle": hold, "last": done})
	d.eventually("the middle is at work", func() bool { return d.state(members[3]) == engine.StateActive })

	s := d.board(120, 36, "--start", "execution "+string(members[4]))
	s.shows("last", "waiting_children")
	s.press("e")
	s.shows("waits for 2 more successes of 3", "in ←", "middle "+short(members[1]))
	s.press("<enter>")
	s.shows("middle", "active")
}

func TestReadOnlyOffersNoWriteAndMakesNone(t *testing.T) {
	d := newDeployment(t)
	d.engine()
	_, members := d.fan("etl", 2, engine.EdgePolicy{Kind: engine.PolicyAllOf})
	d.worker(map[string]worker.Handler{"first": hold})
	d.eventually("the first is at work", func() bool { return d.state(members[0]) == engine.StateActive })

	s := d.board(120, 36, "--read-only", "--start", "flows")
	s.shows("etl", "read-only")
	s.press("c")
	s.shows("read-only")
	s.press("<enter>c<enter>")
	if got := d.state(members[0]); got != engine.StateActive {
		t.Errorf("the first member is now %s", got)
	}
}

func TestTheBoardLeavesTheTerminalWhenAskedTo(t *testing.T) {
	d := newDeployment(t)
	s := d.board(80, 24)
	s.shows("overview")
	s.press("q")
	if err := s.Wait(soon); err != nil {
		t.Fatalf("q: %v\n%s", err, s.Text())
	}
}

func TestTheFirstScreenLeadsToAFlowThatFails(t *testing.T) {
	d := newDeployment(t)
	flow, members := d.fan("etl", 2, engine.EdgePolicy{Kind: engine.PolicyAllOf})
	d.worker(map[string]worker.Handler{"first": refuse})
	d.eventually("the first has failed", func() bool { return d.state(members[0]) == engine.StateFailed })

	s := d.board(120, 36)
	s.shows("overview", "flows failing 1", "etl", string(flow)[:8])
	s.press("<tab><enter>")
	s.shows("flow "+string(flow)[:8], "members")
	s.press("<esc>")
	s.shows("flows failing 1")
}
