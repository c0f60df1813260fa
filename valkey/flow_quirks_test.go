package valkey

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"ffboard/engine"
)

func TestQ015ManyFlowTagsAreSetAtOnce(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		var pairs []any
		for i := range 5000 {
			pairs = append(pairs, fmt.Sprintf("bulk.t%d", i), "v")
		}
		r, err := b.call(f.ctx, "set_flow_tags", "ff_set_flow_tags", []string{f.k.core(), f.k.tags()}, pairs...)
		f.must(err)
		if r.field(0) != "5000" || b.rdb.HLen(f.ctx, f.k.tags()).Val() != 5000 {
			t.Errorf("replied %q, %d stored", r.field(0), b.rdb.HLen(f.ctx, f.k.tags()).Val())
		}
	})
}

func TestQ087AnotherPolicyOfTheSameKindIsSet(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		child := f.member()
		steps := []struct {
			policy engine.EdgePolicy
			set    bool
		}{
			{quorum(2, engine.LetRun), true},
			{quorum(2, engine.LetRun), false},
			{quorum(3, engine.LetRun), true},
			{quorum(3, engine.CancelRemaining), true},
			{quorum(3, engine.CancelRemaining), false},
			{engine.EdgePolicy{Kind: engine.PolicyAllOf}, true},
			{engine.EdgePolicy{Kind: engine.PolicyAllOf}, false},
		}
		for _, step := range steps {
			set, err := b.SetEdgeGroupPolicy(f.ctx, f.flow, child, step.policy)
			f.must(err)
			if set != step.set {
				t.Errorf("%+v: set is %v", step.policy, set)
			}
		}
		f.policy(child, quorum(3, engine.LetRun))
		f.wantField(f.k.edgeGroup(child), "k", "3")

		f.wire(f.member(), child)
		_, err := b.SetEdgeGroupPolicy(f.ctx, f.flow, child, quorum(4, engine.LetRun))
		if !errors.Is(err, engine.CodeInvalidInput) {
			t.Errorf("after an edge is applied: %v", err)
		}
	})
}

func TestQ088ADependencyKeepsTheDelayOfItsChild(t *testing.T) {
	due := time.Now().Add(time.Hour).Truncate(time.Millisecond)
	delayed := func(req *engine.CreateExecution) { req.DelayUntil = due }
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member(delayed)
		edge := f.wire(up, child)
		f.wantIndexes(child, "lane:default:blocked:dependencies")

		if got := f.resolve(edge, up, child, engine.OutcomeSuccess); got.Result != engine.DependencySatisfied {
			t.Fatalf("resolved as %+v", got)
		}
		f.wantIndexes(child, "lane:default:delayed")
		f.wantCore(child,
			"public_state", "delayed",
			"eligibility_state", "not_eligible_until_time",
			"blocking_reason", "waiting_for_delay",
			"blocking_detail", "delayed until "+millis(due),
			"delay_until", millis(due),
			"lifecycle_phase", "runnable")
		score := b.rdb.ZScore(f.ctx, keysOf(child).partition().lane(engine.DefaultLane, engine.IndexDelayed), string(child)).Val()
		if int64(score) != due.UnixMilli() {
			t.Errorf("due at %v, want %v", int64(score), due.UnixMilli())
		}
	})
}

func TestQ088APendingRetryGoesBackToItsBackoff(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		due := millis(time.Now().Add(time.Hour))
		f.must(b.rdb.HSet(f.ctx, keysOf(child).core(), "delay_until", due, "attempt_state", "pending_retry_attempt",
			"pending_previous_attempt_index", "0", "pending_retry_reason", "boom").Err())
		edge := f.wire(up, child)
		f.resolve(edge, up, child, engine.OutcomeSuccess)
		f.wantCore(child,
			"blocking_reason", "waiting_for_retry_backoff",
			"blocking_detail", "retry backoff until "+due+" (attempt 0 failed: boom)",
			"attempt_state", "pending_retry_attempt")
	})
}

func TestQ088PromotionKeepsTheDelayToo(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		child := f.member()
		f.run(child)
		f.must(b.rdb.HSet(f.ctx, keysOf(child).core(), "delay_until", millis(time.Now().Add(time.Hour))).Err())
		f.waitChildren(child)
		f.must(b.PromoteBlocked(f.ctx, child))
		f.wantIndexes(child, "lane:default:delayed")
	})
}

func TestQ088AnAdmissionBlockEndsWithTheDependency(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		child := f.member()
		rejected, err := b.Block(f.ctx, engine.BlockRequest{
			Execution: child, Lane: engine.DefaultLane, Reason: engine.WaitingForBudget, Detail: "budget", Now: time.Now(),
		})
		f.must(err)
		if rejected != nil {
			t.Fatal(rejected)
		}
		f.wire(f.member(), child)
		f.wantIndexes(child, "lane:default:blocked:dependencies")
	})
}

func TestQ089AnEdgeAppliedAfterTheGroupFiredHoldsNobodyBack(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ups, child := f.members(3), f.member()
		f.policy(child, anyOf(engine.LetRun))
		first := f.wire(ups[0], child)
		f.wire(ups[1], child)
		f.resolve(first, ups[0], child, engine.OutcomeSuccess)
		f.wantIndexes(child, "lane:default:eligible")

		late := f.wire(ups[2], child)
		f.wantIndexes(child, "lane:default:eligible")
		f.wantField(f.k.edgeGroup(child), "n", "3")
		f.wantField(keysOf(child).depsMeta(), "unsatisfied_required_count", "0")
		if got := f.resolve(late, ups[2], child, engine.OutcomeFailed); got.Result != engine.DependencyAlreadyFired {
			t.Errorf("the late edge resolved as %+v", got)
		}
		f.wantIndexes(child, "lane:default:eligible")
	})
}

func TestQ090StagedEdgesCountBeforeTheyAreApplied(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ups, child := f.members(3), f.member()
		f.policy(child, quorum(2, engine.LetRun))
		var edges []engine.EdgeID
		for _, up := range ups {
			edges = append(edges, f.stage(up, child))
		}
		f.apply(edges[0], ups[0], child)
		if got := f.resolve(edges[0], ups[0], child, engine.OutcomeSuccess); got.Result != engine.DependencyPending {
			t.Fatalf("one of two needed: %+v", got)
		}
		f.apply(edges[1], ups[1], child)
		if got := f.resolve(edges[1], ups[1], child, engine.OutcomeSuccess); got.Result != engine.DependencySatisfied {
			t.Errorf("two of two needed: %+v", got)
		}
		f.wantIndexes(child, "lane:default:eligible")
	})
}

func TestQ090AQuorumAboveItsEdgesStaysImpossible(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		f.policy(child, quorum(2, engine.LetRun))
		edge := f.wire(up, child)
		if got := f.resolve(edge, up, child, engine.OutcomeSuccess); got.Result != engine.DependencyImpossible || !got.ChildSkipped {
			t.Errorf("resolved as %+v", got)
		}
	})
}

func TestQ091ALaterSuccessDoesNotSatisfyAnImpossibleGroup(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ups, child := f.members(2), f.member()
		failing, succeeding := f.wire(ups[0], child), f.wire(ups[1], child)
		f.resolve(failing, ups[0], child, engine.OutcomeFailed)
		f.resolve(succeeding, ups[1], child, engine.OutcomeSuccess)
		f.wantField(f.k.edgeGroup(child), "group_state", "impossible")
		f.wantField(f.k.edgeGroup(child), "succeeded", "1")
	})
}

func TestQ092SkippingAnActiveChildEndsItsLease(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up := f.member()
		child := f.member(func(req *engine.CreateExecution) { req.Deadline = time.Now().Add(time.Hour) })
		f.run(child)
		edge := f.wire(up, child)
		if got := f.resolve(edge, up, child, engine.OutcomeFailed); !got.ChildSkipped {
			t.Fatalf("resolved as %+v", got)
		}
		f.wantIndexes(child, "lane:default:terminal")
		f.wantCore(child,
			"public_state", "skipped", "terminal_outcome", "skipped", "attempt_state", "attempt_terminal", "ownership_state", "unowned",
			"current_lease_id", "", "current_worker_id", "", "current_worker_instance_id", "", "lease_expires_at", "",
			"lease_last_renewed_at", "", "lease_renewal_deadline", "")
		f.wantField(keysOf(child).attempt(0), "attempt_state", "ended_cancelled")
		f.wantField(keysOf(child).attempt(0), "failure_reason", "dependency_impossible")
		if f.exists(keysOf(child).leaseCurrent()) {
			t.Error("the lease record is still there")
		}
		if n := b.rdb.SCard(f.ctx, keysOf(child).partition().workerLeases("operator")).Val(); n != 0 {
			t.Errorf("the holder still has %d leases", n)
		}
	})
}

func TestQ092SkippingASuspendedChildClosesItsWaits(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		f.run(child)
		waitpoints := f.suspendOnTwo(child)
		edge := f.wire(up, child)
		f.resolve(edge, up, child, engine.OutcomeCancelled)

		f.wantIndexes(child, "lane:default:terminal")
		f.wantCore(child, "public_state", "skipped", "current_suspension_id", "", "current_waitpoint_id", "")
		f.wantField(keysOf(child).suspensionCurrent(), "close_reason", "dependency_impossible")
		for _, waitpoint := range waitpoints {
			part := keysOf(child).partition()
			f.wantField(part.waitpoint(waitpoint), "state", "closed")
			f.wantField(part.waitpoint(waitpoint), "close_reason", "dependency_impossible")
			f.wantField(part.waitpointCondition(waitpoint), "closed", "1")
		}
		if f.exists(keysOf(child).memberMap()) {
			t.Error("the member map is still there")
		}
	})
}

func TestQ092SkippingAQueuedChildTakesItOutOfTheQueue(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		edge := f.wire(up, child)
		part := keysOf(child).partition()
		f.must(b.rdb.ZAdd(f.ctx, part.lane(engine.DefaultLane, engine.IndexEligible), zOf(child)).Err())
		f.must(b.rdb.ZAdd(f.ctx, part.lane(engine.DefaultLane, engine.IndexDelayed), zOf(child)).Err())
		f.resolve(edge, up, child, engine.OutcomeExpired)
		f.wantIndexes(child, "lane:default:terminal")
	})
}

func TestQ092SkippingAChildReplayedAfterTheReclaimCapLeavesNoLease(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f, x := newFlowBench(t, b), newBench(t, b)
		never := uint32(0)
		up, child := f.member(), f.member(withPolicy(engine.ExecutionPolicy{MaxReclaims: &never}))
		x.claim(child)
		x.expireLease(child)
		x.reclaim(child)
		_, err := b.ReplayExecution(f.ctx, child)
		f.must(err)
		edge := f.wire(up, child)
		if got := f.resolve(edge, up, child, engine.OutcomeFailed); !got.ChildSkipped {
			t.Fatalf("resolved as %+v", got)
		}
		f.wantCore(child, "public_state", "skipped", "lease_expires_at", "")
	})
}

func TestQ093AResolutionLowersTheCountOfEveryGroup(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ups, child := f.members(3), f.member()
		f.policy(child, quorum(2, engine.LetRun))
		var edges []engine.EdgeID
		for _, up := range ups {
			edges = append(edges, f.wire(up, child))
		}
		eligibility := func() string {
			status, err := b.EvaluateFlowEligibility(f.ctx, child)
			f.must(err)
			return status
		}
		if got := eligibility(); got != "blocked_by_dependencies" {
			t.Errorf("before: %s", got)
		}
		f.resolve(edges[0], ups[0], child, engine.OutcomeFailed)
		f.wantField(keysOf(child).depsMeta(), "unsatisfied_required_count", "2")
		f.resolve(edges[1], ups[1], child, engine.OutcomeSuccess)
		f.wantField(keysOf(child).depsMeta(), "unsatisfied_required_count", "1")
		f.resolve(edges[2], ups[2], child, engine.OutcomeSuccess)
		f.wantField(keysOf(child).depsMeta(), "unsatisfied_required_count", "0")
		if got := eligibility(); got != "eligible" {
			t.Errorf("after: %s", got)
		}
	})
}

func TestQ093FiringSatisfiedLeavesNothingUnsatisfied(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ups, child := f.members(3), f.member()
		f.policy(child, anyOf(engine.LetRun))
		var edges []engine.EdgeID
		for _, up := range ups {
			edges = append(edges, f.wire(up, child))
		}
		f.resolve(edges[0], ups[0], child, engine.OutcomeSuccess)
		status, err := b.EvaluateFlowEligibility(f.ctx, child)
		f.must(err)
		if status != "eligible" {
			t.Errorf("a released child is %s", status)
		}
	})
}

func TestQ094AReplayedMemberOfAGroupRunsWhenItsUpstreamSucceeds(t *testing.T) {
	for name, policy := range map[string]engine.EdgePolicy{
		"any_of": anyOf(engine.CancelRemaining),
		"quorum": quorum(1, engine.LetRun),
		"all_of": {Kind: engine.PolicyAllOf},
	} {
		t.Run(name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				f := newFlowBench(t, b)
				up, child := f.member(), f.member()
				f.policy(child, policy)
				edge := f.wire(up, child)
				f.resolve(edge, up, child, engine.OutcomeFailed)
				f.wantField(f.k.edgeGroup(child), "group_state", "impossible")

				state, err := b.ReplayExecution(f.ctx, child)
				f.must(err)
				if state != engine.StateWaitingChildren {
					t.Errorf("replayed into %s", state)
				}
				group := f.k.edgeGroup(child)
				reset := map[string]string{
					"group_state": "pending", "succeeded": "0", "failed": "0", "skipped": "0",
					"cancel_siblings_pending_flag": "", "cancel_siblings_pending_members": "", "cancel_siblings_reason": "",
				}
				if policy.Kind == engine.PolicyAllOf { // decides by the child's own counts; its record stays
					reset = map[string]string{"group_state": "impossible", "failed": "1"}
				}
				for field, want := range reset {
					f.wantField(group, field, want)
				}
				if got := f.resolve(edge, up, child, engine.OutcomeSuccess); got.Result != engine.DependencySatisfied {
					t.Errorf("resolved as %+v", got)
				}
				f.wantIndexes(child, "lane:default:eligible")
			})
		})
	}
}

func TestQ095AReplayedMemberThatWaitsForNothingIsEligible(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		edge := f.wire(up, child)
		f.resolve(edge, up, child, engine.OutcomeFailed)
		f.must(b.rdb.HSet(f.ctx, keysOf(child).dep(edge), "state", "satisfied").Err())

		state, err := b.ReplayExecution(f.ctx, child)
		f.must(err)
		if state != engine.StateWaiting {
			t.Errorf("replayed into %s", state)
		}
		f.wantIndexes(child, "lane:default:eligible")
		f.wantCore(child, "public_state", "waiting", "eligibility_state", "eligible_now", "attempt_state", "pending_replay_attempt")
		events, err := b.rdb.XRevRangeN(f.ctx, keysOf(child).leaseHistory(), "+", "-", 1).Result()
		f.must(err)
		if len(events) != 1 || events[0].Values["replay_type"] != "skipped_flow_member" {
			t.Errorf("history ends with %v", events)
		}
	})
}

func TestQ097AnUpstreamThatIsNotOverResolvesNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		edge := f.wire(up, child)
		for _, outcome := range []engine.TerminalOutcome{engine.OutcomeNone, ""} {
			_, err := b.ResolveDependency(f.ctx, engine.ResolveEdge{
				Flow: f.flow, Edge: edge, Upstream: up, Downstream: child, Outcome: outcome,
			})
			if !errors.Is(err, engine.CodeInvalidInput) {
				t.Errorf("outcome %q: %v", outcome, err)
			}
		}
		f.wantField(keysOf(child).dep(edge), "state", "unsatisfied")
		f.wantIndexes(child, "lane:default:blocked:dependencies")

		f.succeed(up, "out")
		_, err := b.ReplayExecution(f.ctx, up)
		f.must(err)
		if n := f.cascade(up); n != 0 {
			t.Errorf("the cascade of a replayed execution resolved %d edges", n)
		}
		f.wantField(keysOf(child).dep(edge), "state", "unsatisfied")
	})
}

func TestQ098AnEdgeWithoutAKindIsSuccessOnly(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child, edge := f.member(), f.member(), engine.NewEdgeID()
		_, err := b.call(f.ctx, "stage", "ff_stage_dependency_edge",
			[]string{f.k.core(), f.k.members(), f.k.edge(edge), f.k.out(up), f.k.in(child), f.k.edgeGrant(edge)},
			string(f.flow), string(edge), string(up), string(child), "", "", "2", "1700000000000")
		f.must(err)
		f.wantField(f.k.edge(edge), "dependency_kind", "success_only")
		k := keysOf(child)
		part := k.partition()
		_, err = b.call(f.ctx, "apply", "ff_apply_dependency_to_child",
			[]string{
				k.core(), k.depsMeta(), k.depsUnresolved(), k.dep(edge), part.lane("default", "eligible"),
				part.lane("default", "blocked:dependencies"), k.depsAllEdges(), f.k.edgeGroup(child),
			},
			string(f.flow), string(edge), string(up), "3", "", "", "1700000000000")
		f.must(err)
		f.wantField(k.dep(edge), "dependency_kind", "success_only")
	})
}

func TestQ099AReplayPutsItsFlowBackIntoTheIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		id := f.member()
		f.succeed(id, "out")
		_, err := b.ProjectFlowSummary(f.ctx, b.Partitions().OfFlow(f.flow), f.flow, time.Now())
		f.must(err)
		if b.rdb.SIsMember(f.ctx, f.k.partition().flowIndex(), string(f.flow)).Val() {
			t.Fatal("the finished flow is still in the index")
		}
		_, err = b.ReplayExecution(f.ctx, id)
		f.must(err)
		if !b.rdb.SIsMember(f.ctx, f.k.partition().flowIndex(), string(f.flow)).Val() {
			t.Error("the flow is in no index")
		}
	})
}

func TestQ099AReplayLeavesACancelledFlowOutOfTheIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		id := f.member()
		f.succeed(id, "out")
		_, err := b.CancelFlow(f.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowOnly})
		f.must(err)
		f.must(b.rdb.SRem(f.ctx, f.k.partition().flowIndex(), string(f.flow)).Err())
		_, err = b.ReplayExecution(f.ctx, id)
		f.must(err)
		if b.rdb.SIsMember(f.ctx, f.k.partition().flowIndex(), string(f.flow)).Val() {
			t.Error("the cancelled flow is back in the index")
		}
	})
}
