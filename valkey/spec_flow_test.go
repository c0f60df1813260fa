package valkey

import (
	"testing"

	"ffboard/engine"
)

func TestAcknowledgingAMemberEndsTheBacklogWithTheLast(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flow := b.flowKeys(engine.NewFlowID())
		owed, backlog := flow.pendingCancels(), flow.partition().cancelBacklog()
		x.must(x.rdb.SAdd(x.ctx, owed, "a", "b").Err())
		x.must(x.rdb.ZAdd(x.ctx, backlog, zOf(engine.ExecutionID(flow.id))).Err())
		for _, member := range []string{"a", "unknown"} {
			got, err := x.raw("ff_ack_cancel_member", []string{owed, backlog}, member, string(flow.id))
			x.wantExactly(got, err, int64(1), "OK")
			if !x.exists(owed) || !x.exists(backlog) {
				t.Fatalf("%s: the backlog ended with a member owed", member)
			}
		}
		for range 2 {
			got, err := x.raw("ff_ack_cancel_member", []string{owed, backlog}, "b", string(flow.id))
			x.wantExactly(got, err, int64(1), "OK")
			if x.exists(owed) || x.exists(backlog) {
				t.Fatal("the backlog outlives its last member")
			}
		}
	})
}

func TestEligibilityIsTheFirstStatusThatFits(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		free := map[string]string{"lifecycle_phase": "runnable", "ownership_state": "unowned", "terminal_outcome": "none"}
		for _, c := range []struct {
			want       string
			core, deps map[string]string
		}{
			{"not_found", nil, map[string]string{"unsatisfied_required_count": "1"}},
			{"not_runnable", map[string]string{"lifecycle_phase": "active"}, nil},
			{"owned", map[string]string{"lifecycle_phase": "runnable", "ownership_state": "leased"}, nil},
			{"terminal", map[string]string{"lifecycle_phase": "runnable", "ownership_state": "unowned", "terminal_outcome": "failed"}, nil},
			{"eligible", free, nil},
			{"impossible", free, map[string]string{"impossible_required_count": "1", "unsatisfied_required_count": "2"}},
			{"blocked_by_dependencies", free, map[string]string{"impossible_required_count": "0", "unsatisfied_required_count": "2"}},
			{"eligible", free, map[string]string{"unsatisfied_required_count": "0"}},
		} {
			id := b.Partitions().NewSolo("default")
			k := keysOf(id)
			if c.core != nil {
				x.must(x.rdb.HSet(x.ctx, k.core(), c.core).Err())
			}
			if c.deps != nil {
				x.must(x.rdb.HSet(x.ctx, k.depsMeta(), c.deps).Err())
			}
			keys := x.keysNow()
			got, err := x.raw("ff_evaluate_flow_eligibility", []string{k.core(), k.depsMeta()})
			x.wantExactly(got, err, int64(1), "OK", c.want)
			x.wantKeyChanges(keys)
		}
	})
}

func promoteKeys(id engine.ExecutionID) []string {
	k, part := keysOf(id), keysOf(id).partition()
	return []string{
		k.core(), part.lane("default", engine.IndexBlockedDependencies), part.lane("default", engine.IndexEligible), k.depsMeta(),
		k.depsUnresolved(),
	}
}

func TestPromotingABlockedExecutionTakesTheCallersClock(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k := h.ExecutionID, keysOf(h.ExecutionID)
		_, err := x.raw("ff_move_to_waiting_children", leaseKeys(id, engine.IndexBlockedDependencies),
			string(id), string(h.LeaseID), "1", string(h.AttemptID))
		x.must(err)

		x.must(x.rdb.HSet(x.ctx, k.depsMeta(), "unsatisfied_required_count", "2").Err())
		got, err := x.raw("ff_promote_blocked_to_eligible", promoteKeys(id), string(id), "1700000000001")
		x.wantExactly(got, err, int64(0), "deps_not_satisfied", "2", "0")
		x.must(x.rdb.Del(x.ctx, k.depsMeta()).Err())
		x.must(x.rdb.SAdd(x.ctx, k.depsUnresolved(), "e").Err())
		got, err = x.raw("ff_promote_blocked_to_eligible", promoteKeys(id), string(id), "1700000000001")
		x.wantExactly(got, err, int64(0), "deps_not_satisfied", "0", "1")
		x.must(x.rdb.Del(x.ctx, k.depsUnresolved()).Err())

		core, keys := x.record(k.core()), x.keysNow()
		part := keysOf(id).partition()
		got, err = x.raw("ff_promote_blocked_to_eligible", promoteKeys(id), string(id), "1700000000001")
		x.wantExactly(got, err, int64(1), "OK")
		x.wantChanges(k.core(), core, map[string]string{
			"eligibility_state": "eligible_now", "blocking_reason": "waiting_for_worker", "blocking_detail": "", "public_state": "waiting",
			"last_transition_at": "1700000000001", "last_mutation_at": "1700000000001",
		})
		x.wantKeyChanges(keys, "-"+part.lane("default", engine.IndexBlockedDependencies), "+"+part.lane("default", engine.IndexEligible))
		if got, want := x.scored(part.lane("default", engine.IndexEligible), id), x.core(id, "created_at"); got != want {
			t.Errorf("scored %s, want %s", got, want)
		}
		got, err = x.raw("ff_promote_blocked_to_eligible", promoteKeys(id), string(id), "1700000000001")
		x.wantExactly(got, err, int64(0), "not_blocked_by_deps")
	})
}

func TestPromotingWhatIsNotBlockedAnswersWhy(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for want, core := range map[string]map[string]string{
			"execution_not_found": nil,
			"not_runnable":        {"lifecycle_phase": "active", "eligibility_state": "blocked_by_dependencies"},
			"not_blocked_by_deps": {"lifecycle_phase": "runnable", "eligibility_state": "eligible_now", "terminal_outcome": "failed"},
			"terminal":            {"lifecycle_phase": "runnable", "eligibility_state": "blocked_by_dependencies", "terminal_outcome": "failed"},
		} {
			id := b.Partitions().NewSolo("default")
			if core != nil {
				x.must(x.rdb.HSet(x.ctx, keysOf(id).core(), core).Err())
			}
			got, err := x.raw("ff_promote_blocked_to_eligible", promoteKeys(id), string(id), "1")
			x.wantExactly(got, err, int64(0), want)
		}
	})
}

// resolveKeys are the keys of the older shape of ff_resolve_dependency.
func resolveKeys(flow flowKeys, upstream, child engine.ExecutionID, edge engine.EdgeID) []string {
	k, part := keysOf(child), keysOf(child).partition()
	return []string{
		k.core(), k.depsMeta(), k.depsUnresolved(), k.dep(edge), part.lane("default", engine.IndexEligible),
		part.lane("default", engine.IndexTerminal), part.lane("default", engine.IndexBlockedDependencies), k.attempt(0), k.streamMeta(0),
		k.payload(), keysOf(upstream).result(), flow.edgeGroup(child),
	}
}

func TestAGroupWhoseChildCountsNothingGetsNoCount(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for outcome, want := range map[string]string{"success": "satisfied", "failed": "pending", "cancelled": "pending"} {
			t.Run(outcome, func(t *testing.T) {
				x := newBench(t, b)
				flow := b.flowKeys(engine.NewFlowID())
				child, edge := b.Partitions().NewFlowMember(flow.id), engine.NewEdgeID()
				k := keysOf(child)
				x.must(x.rdb.HSet(x.ctx, k.dep(edge), "edge_id", string(edge), "state", "unsatisfied").Err())
				x.must(x.rdb.HSet(x.ctx, flow.edgeGroup(child), "policy_variant", "any_of", "on_satisfied", "cancel_remaining", "n", "2",
					"group_state", "pending").Err())
				keys := x.keysNow()
				got, err := x.raw("ff_resolve_dependency", resolveKeys(flow, child, child, edge), string(edge), outcome, "1700000000001")
				x.wantExactly(got, err, int64(1), "OK", want, "")
				x.wantKeyChanges(keys)
				group := map[string]string{"policy_variant": "any_of", "on_satisfied": "cancel_remaining", "n": "2", "group_state": want}
				if want == "satisfied" {
					group["succeeded"], group["satisfied_at"] = "1", "1700000000001"
					group["cancel_siblings_pending_flag"], group["cancel_siblings_reason"] = "true", "sibling_quorum_satisfied"
					group["cancel_siblings_pending_members"] = ""
				} else {
					group["failed"] = "1"
				}
				x.wantRecord(flow.edgeGroup(child), group)
				got, err = x.raw("ff_resolve_dependency", resolveKeys(flow, child, child, edge), string(edge), outcome, "1700000000002")
				x.wantExactly(got, err, int64(1), "OK", "already_resolved")
			})
		}
	})
}

func TestMoreResolutionsThanAppliedEdgesBreakAnInvariant(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flow := b.flowKeys(engine.NewFlowID())
		child, edge := b.Partitions().NewFlowMember(flow.id), engine.NewEdgeID()
		x.must(x.rdb.HSet(x.ctx, keysOf(child).dep(edge), "edge_id", string(edge), "state", "unsatisfied", "last_resolved_at", "").Err())
		x.must(x.rdb.HSet(x.ctx, flow.edgeGroup(child), "policy_variant", "quorum", "k", "1", "n", "1", "succeeded", "1",
			"group_state", "satisfied").Err())
		got, err := x.raw("ff_resolve_dependency", resolveKeys(flow, child, child, edge), string(edge), "skipped", "1700000000001")
		x.wantExactly(got, err, int64(0), "invariant_violation", "edgegroup counters exceed n: 2/1")
		x.wantRecord(flow.edgeGroup(child), map[string]string{
			"policy_variant": "quorum", "k": "1", "n": "1", "succeeded": "1", "skipped": "1", "group_state": "satisfied",
		})
		x.wantRecord(keysOf(child).dep(edge), map[string]string{
			"edge_id": string(edge), "state": "impossible", "last_resolved_at": "1700000000001",
		})
		other := engine.NewEdgeID()
		got, err = x.raw("ff_resolve_dependency", resolveKeys(flow, child, child, other), string(other), "success", "1")
		x.wantExactly(got, err, int64(0), "invalid_dependency")
	})
}

func TestReplayingWritesWhatTheSpecSaysAndNoMore(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		replay := []string{k.core(), part.lane("default", engine.IndexTerminal), part.lane("default", engine.IndexEligible), k.leaseHistory()}
		got, err := x.raw("ff_replay_execution", replay, string(id), "1")
		x.wantExactly(got, err, int64(0), "execution_not_terminal")
		x.must(b.CompleteExecution(x.ctx, id, nil, []byte("r"), engine.CancelByOperator))

		core, keys := x.record(k.core()), x.keysNow()
		got, err = x.raw("ff_replay_execution", replay, string(id), "1")
		x.wantExactly(got, err, int64(1), "OK", "0")
		x.wantChanges(k.core(), core, map[string]string{
			"lifecycle_phase": "runnable", "eligibility_state": "eligible_now", "blocking_reason": "waiting_for_worker",
			"terminal_outcome": "none", "attempt_state": "pending_replay_attempt", "public_state": "waiting", "pending_replay_attempt": "1",
			"replay_count": "1", "completed_at": "", "last_transition_at": aTime, "last_mutation_at": aTime,
		})
		x.wantKeyChanges(keys, "-"+part.lane("default", engine.IndexTerminal), "+"+part.lane("default", engine.IndexEligible))
		x.wantLastEntry(k.leaseHistory(), "event", "replay_initiated", "replay_count", "1", "replay_type", "normal", "ts", aTime)

		x.must(x.rdb.Set(x.ctx, k.policy(), `{"max_replay_count":1}`, 0).Err())
		x.must(x.rdb.HSet(x.ctx, k.core(), "lifecycle_phase", "terminal").Err())
		got, err = x.raw("ff_replay_execution", replay, string(id), "1")
		x.wantExactly(got, err, int64(0), "max_replays_exhausted")
	})
}
