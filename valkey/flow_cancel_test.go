package valkey

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

func TestQ107AFinishedMemberCountsAsCancelled(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		done, waiting, gone := f.member(), f.member(), f.member()
		f.succeed(done, "out")
		f.must(b.rdb.Del(f.ctx, keysOf(gone).core()).Err())
		f.must(b.rdb.SAdd(f.ctx, f.k.members(), "no id").Err())

		flow, err := b.CancelFlow(f.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowAll, Reason: "enough"})
		f.must(err)
		outcomes := map[engine.ExecutionID]engine.MemberOutcome{}
		f.must(engine.CancelFlowMembers(f.ctx, b, flow, func(o engine.MemberOutcome) { outcomes[o.Execution] = o }))
		for id, want := range map[engine.ExecutionID]engine.MemberOutcome{
			done:    {Execution: done, Before: engine.PhaseTerminal, Cancelled: true, Already: true},
			gone:    {Execution: gone, Before: engine.PhaseTerminal, Cancelled: true, Already: true},
			waiting: {Execution: waiting, Before: engine.PhaseRunnable, Cancelled: true},
		} {
			if outcomes[id] != want {
				t.Errorf("got %+v, want %+v", outcomes[id], want)
			}
		}
		if outcomes["no id"].Err == nil {
			t.Error("a member that is no execution id went by unnamed")
		}
		f.wantCore(waiting, "public_state", "cancelled", "cancellation_reason", "enough", "cancelled_by", "operator_override")
		if f.exists(f.k.pendingCancels()) || b.rdb.ZCard(f.ctx, f.k.partition().cancelBacklog()).Val() != 0 {
			t.Error("the flow still owes cancels")
		}
	})
}

func TestDueCancelsAreListedAndTheSettledLeaveTheBacklog(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		id := f.member()
		_, err := b.CancelFlow(f.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowAll, Grace: time.Millisecond})
		f.must(err)
		p, later := b.Partitions().OfFlow(f.flow), time.Now().Add(time.Minute)
		gone := engine.NewFlowID()
		f.must(b.rdb.ZAdd(f.ctx, f.k.partition().cancelBacklog(),
			redis.Z{Score: 1, Member: string(gone)}, redis.Z{Score: 1, Member: "junk"}).Err())

		owed, err := b.DueFlowCancels(f.ctx, p, later, 50)
		f.must(err)
		want := []engine.OwedCancels{{Flow: gone, Gone: true}, {Flow: f.flow, Members: []engine.ExecutionID{id}}}
		if len(owed) != 2 || !owed[0].Gone || owed[1].Flow != f.flow || !slices.Equal(owed[1].Members, want[1].Members) {
			t.Errorf("got %+v, want %+v", owed, want)
		}
		f.must(b.AckCancelMember(f.ctx, f.flow, id))
		owed, err = b.DueFlowCancels(f.ctx, p, later, 50)
		f.must(err)
		if len(owed) != 0 || b.rdb.ZCard(f.ctx, f.k.partition().cancelBacklog()).Val() != 0 {
			t.Errorf("still owed: %+v", owed)
		}
	})
}

func TestACascadeTellsOfTheLosersThatItLeaves(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ups := f.members(2)
		cascade := func(up engine.ExecutionID, want engine.Cascaded) {
			t.Helper()
			f.succeed(up, "won")
			got, err := b.CascadeCompletion(f.ctx, up, f.flow)
			f.must(err)
			if got != want {
				t.Errorf("cascaded %+v, want %+v", got, want)
			}
		}
		up, child := f.member(), f.member()
		f.wire(up, child)
		cascade(up, engine.Cascaded{Resolved: 1})

		race := f.member()
		f.policy(race, anyOf(engine.CancelRemaining))
		for _, up := range ups {
			f.wire(up, race)
		}
		cascade(ups[0], engine.Cascaded{Resolved: 1, Losers: true})
		cascade(f.member(), engine.Cascaded{}) // the group is there still, but not by this one
	})
}

func TestQ108Q109AllSiblingsOfAGroupAreListed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		child := f.member()
		ups := f.members(3)
		f.policy(child, anyOf(engine.CancelRemaining))
		var edges []engine.EdgeID
		for _, up := range ups {
			edges = append(edges, f.wire(up, child))
		}
		f.succeed(ups[0], "won")
		f.resolve(edges[0], ups[0], child, engine.OutcomeSuccess)

		p := b.Partitions().OfFlow(f.flow)
		f.must(b.rdb.SAdd(f.ctx, partitionKeys(p).pendingCancelGroups(), "no group").Err())
		groups, err := b.PendingSiblingCancels(f.ctx, p, 50)
		f.must(err)
		if len(groups) != 2 {
			t.Fatalf("%d groups", len(groups))
		}
		for _, g := range groups {
			if g.Flow == "" {
				f.must(b.DrainSiblingCancelGroup(f.ctx, g))
				continue
			}
			if !g.Flagged || g.Reason != "sibling_quorum_satisfied" || len(g.Members) != 2 {
				t.Errorf("the group is %+v", g)
			}
			action, err := b.ReconcileSiblingCancelGroup(f.ctx, g)
			f.must(err)
			if action != "no_op" {
				t.Errorf("while siblings run: %s", action)
			}
			f.must(b.DrainSiblingCancelGroup(f.ctx, g))
		}
		if f.exists(partitionKeys(p).pendingCancelGroups()) {
			t.Error("groups are left")
		}

		long := make([]string, 1100)
		for i := range long {
			long[i] = string(b.Partitions().NewFlowMember(f.flow))
		}
		f.must(b.rdb.SAdd(f.ctx, partitionKeys(p).pendingCancelGroups(), string(f.flow)+"|"+string(child)).Err())
		f.must(b.rdb.HSet(f.ctx, f.k.edgeGroup(child), "cancel_siblings_pending_flag", "true",
			"cancel_siblings_pending_members", joinIDs(long)).Err())
		groups, err = b.PendingSiblingCancels(f.ctx, p, 50)
		f.must(err)
		if len(groups) != 1 || len(groups[0].Members) != 1100 {
			t.Errorf("a long list is cut: %d", len(groups[0].Members))
		}
	})
}

func joinIDs(ids []string) string {
	out := ""
	for i, id := range ids {
		if i > 0 {
			out += "|"
		}
		out += id
	}
	return out
}

func TestQ110CancelPendingLeavesRunningMembers(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		waiting, active, suspended, blocked, done := f.member(), f.member(), f.member(), f.member(), f.member()
		f.wire(active, blocked)
		f.run(active)
		f.run(suspended)
		f.suspendOnTwo(suspended)
		f.succeed(done, "out")
		flow, err := b.CancelFlow(f.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowPending, Reason: "tidy"})
		f.must(err)
		cancelled := map[engine.ExecutionID]bool{}
		f.must(engine.CancelFlowMembers(f.ctx, b, flow, func(o engine.MemberOutcome) {
			f.must(o.Err)
			cancelled[o.Execution] = o.Cancelled
		}))
		for id, want := range map[engine.ExecutionID]string{
			waiting: "cancelled", blocked: "cancelled", active: "active", suspended: "suspended", done: "completed",
		} {
			f.wantCore(id, "public_state", want)
			if cancelled[id] != (want == "cancelled") {
				t.Errorf("%s reported cancelled: %v", want, cancelled[id])
			}
		}
	})
}

func TestQ110AWorkerThatIsFasterKeepsTheExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		id := f.member()
		h, _, err := b.readHolding(f.ctx, "cancel", id)
		f.must(err)
		f.run(id)
		_, err = b.cancel(f.ctx, "cancel", h, "", "tidy", cancelWaiting, &engine.LeaseFence{LeaseID: noLease})
		if !errors.Is(err, engine.CodeStaleLease) {
			t.Errorf("cancelling it: %v", err)
		}
		f.wantCore(id, "public_state", "active")
	})
}

func TestQ114ASecondCancelAnswersWhatIsStored(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		id := f.member()
		_, err := b.CancelFlow(f.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowOnly, Reason: "first"})
		f.must(err)
		again, err := b.CancelFlow(f.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowAll, Reason: "second"})
		f.must(err)
		if !again.AlreadyTerminal || again.Policy != "flow_only" || again.Reason != "first" || !slices.Equal(again.Members, []engine.ExecutionID{id}) {
			t.Errorf("got %+v", again)
		}
	})
}

func TestQ113AMemberCancelSurvivesTwoLostConnections(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		id := f.member()
		flow, err := b.CancelFlow(f.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowAll})
		f.must(err)
		unlucky := &failingCancels{Backend: b, left: 2}
		f.must(engine.CancelFlowMembers(f.ctx, unlucky, flow, func(o engine.MemberOutcome) { f.must(o.Err) }))
		f.wantCore(id, "public_state", "cancelled")
	})
}

// failingCancels loses the connection a few times.
type failingCancels struct {
	*Backend
	left int
}

func (b *failingCancels) CancelExecution(ctx context.Context, id engine.ExecutionID, reason string, source engine.CancelSource) (engine.LifecyclePhase, error) {
	if b.left > 0 {
		b.left--
		return "", engine.Transport("cancel_execution", errors.New("connection reset"))
	}
	return b.Backend.CancelExecution(ctx, id, reason, source)
}
