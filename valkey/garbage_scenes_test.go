package valkey

import (
	"time"

	"ffboard/engine"
)

// scene leads a deployment to where the last call of a function succeeds.
type scene struct {
	function, state string
	play            func(x bench)
}

// scenes has every function of the library, in each of the states in which it does something else.
var scenes = []scene{
	// spec 03a
	{"ff_version", "", func(x bench) { _, err := x.fcall(x.ctx, "ff_version", nil).Text(); x.must(err) }},
	{"ff_create_execution", "", func(x bench) {
		id := x.Partitions().NewSolo("default")
		due := millis(x.now().Add(time.Hour))
		policy := `{"max_reclaim_count":3,"routing_requirements":{"required_capabilities":["gpu","cuda"]}}`
		x.call0("ff_create_execution", createKeys(id, engine.IndexDelayed, keysOf(id).idempotency("test", "once")),
			createArgs(id, map[int]any{5: "7", 7: policy, 9: due, 10: "60000", 11: `{"a.b":"c","n.o":1}`, 12: due})...)
	}},
	{"ff_claim_execution", "", func(x bench) { x.claimWithAll(x.submit()) }},
	{"ff_claim_execution", "a retry", func(x bench) {
		id := x.retrying()
		x.must(x.PromoteDelayed(x.ctx, "default", id, x.now().Add(time.Hour)))
		x.claimWithAll(id)
	}},
	{"ff_complete_execution", "", func(x bench) { x.must(x.Complete(x.ctx, x.streaming(), []byte("done"))) }},
	{"ff_cancel_execution", "in line", func(x bench) { x.stop(x.submit()) }},
	{"ff_cancel_execution", "at work", func(x bench) { x.must(x.Cancel(x.ctx, x.streaming(), "enough")) }},
	{"ff_cancel_execution", "suspended", func(x bench) { h, _ := x.asleep(twoOf()); x.stop(h.ExecutionID) }},
	{"ff_delay_execution", "", func(x bench) { x.must(x.Delay(x.ctx, x.working(), x.now().Add(time.Hour))) }},
	{"ff_move_to_waiting_children", "", func(x bench) { x.must(x.WaitChildren(x.ctx, x.working())) }},
	{"ff_fail_execution", "for a retry", func(x bench) { x.retrying() }},
	{"ff_fail_execution", "for good", func(x bench) {
		_, err := x.Fail(x.ctx, x.streaming(), engine.Failure{Message: "boom", Class: engine.FailurePermanent})
		x.must(err)
	}},
	{"ff_reclaim_execution", "", func(x bench) {
		h := x.streaming()
		x.expireLease(h.ExecutionID)
		x.reclaim(h.ExecutionID)
	}},
	{"ff_expire_execution", "in line", func(x bench) { x.overdue(x.submit()) }},
	{"ff_expire_execution", "at work", func(x bench) { x.overdue(x.streaming().ExecutionID) }},
	{"ff_expire_execution", "suspended", func(x bench) { h, _ := x.asleep(twoOf()); x.overdue(h.ExecutionID) }},
	{"ff_set_execution_tags", "", func(x bench) { x.must(x.SetExecutionTag(x.ctx, x.submit(), "a.b", "c")) }},
	{"ff_renew_lease", "", func(x bench) { _, err := x.Renew(x.ctx, x.working()); x.must(err) }},
	{"ff_mark_lease_expired_if_due", "", func(x bench) { x.expireLease(x.streaming().ExecutionID) }},
	{"ff_revoke_lease", "", func(x bench) { x.revoke(x.working()) }},

	// spec 03b
	{"ff_suspend_execution", "on one waitpoint", func(x bench) {
		args := waitFor("go")
		args.TimeoutAt, args.IdempotencyKey = x.now().Add(time.Hour), "once"
		x.asleep(args)
	}},
	{"ff_suspend_execution", "again", func(x bench) {
		args := waitFor("go")
		args.IdempotencyKey = "once"
		h, _ := x.asleep(args)
		x.suspended(h, args)
	}},
	{"ff_suspend_execution", "on several", func(x bench) { x.asleep(twoOf()) }},
	{"ff_suspend_execution", "on a pending one with a signal", func(x bench) {
		h, wp := x.buffered()
		x.suspended(h, onPending(wp, engine.AllOf(engine.Single(wp.Key, engine.ByName("go")), engine.Single(wp.Key, engine.ByName("on")))))
	}},
	{"ff_suspend_execution", "on a pending one that is satisfied", func(x bench) {
		h, wp := x.buffered()
		x.suspended(h, onPending(wp, engine.Single(wp.Key, engine.ByName("go"))))
	}},
	{"ff_create_pending_waitpoint", "", func(x bench) { x.pending(x.working(), "k") }},
	{"ff_buffer_signal_for_pending_waitpoint", "", func(x bench) { x.buffered() }},
	{"ff_deliver_signal", "too few", func(x bench) {
		h, wp := x.asleep(bothOf("go", "on"))
		x.send(fullSignal(h, wp), engine.EffectAppended)
	}},
	{"ff_deliver_signal", "the last", func(x bench) {
		h, wp := x.asleep(waitFor("go"))
		x.send(fullSignal(h, wp), engine.EffectResumed)
	}},
	{"ff_deliver_signal", "the last, with a delay", func(x bench) {
		h, wp := x.asleep(waitFor("go"))
		s := fullSignal(h, wp)
		s.ResumeDelay = time.Minute
		x.send(s, engine.EffectResumed)
	}},
	{"ff_deliver_signal", "the last of several waitpoints", func(x bench) {
		h := x.working()
		wps := x.suspended(h, twoOf()).Waitpoints
		x.send(fullSignal(h, wps[0]), engine.EffectAppended)
		x.send(fullSignal(h, wps[1]), engine.EffectResumed)
	}},
	{"ff_resume_execution", "", func(x bench) { h, _ := x.asleep(waitFor("go")); x.resumed(h.ExecutionID) }},
	{"ff_resume_execution", "later", func(x bench) {
		h, _ := x.asleep(twoOf())
		_, err := x.ResumeExecution(x.ctx, h.ExecutionID, "operator", time.Minute)
		x.must(err)
	}},
	{"ff_close_waitpoint", "", func(x bench) {
		h := x.working()
		wp := x.pending(h, "k")
		x.call0("ff_close_waitpoint", closeKeys(x, h.ExecutionID, wp.ID), string(wp.ID), "over")
	}},
	{"ff_expire_suspension", "that fails", func(x bench) { x.outwaited(engine.TimeoutFail) }},
	{"ff_expire_suspension", "that resumes", func(x bench) { x.outwaited(engine.TimeoutAutoResume) }},
	{"ff_expire_suspension", "that escalates", func(x bench) { x.outwaited(engine.TimeoutEscalate) }},
	{"ff_claim_resumed_execution", "", func(x bench) {
		h, _ := x.asleep(waitFor("go"))
		x.resumed(h.ExecutionID)
		x.resume(h.ExecutionID)
	}},
	{"ff_rotate_waitpoint_hmac_secret", "", func(x bench) {
		_, err := x.RotateSecrets(x.ctx, "next", testSecret, time.Hour)
		x.must(err)
	}},
	{"ff_list_waitpoint_hmac_kids", "", func(x bench) {
		_, err := x.RotateSecrets(x.ctx, "next", testSecret, time.Hour)
		x.must(err)
		x.call0("ff_list_waitpoint_hmac_kids", []string{keysOf(x.submit()).partition().hmacSecrets()})
	}},

	// spec 03c
	{"ff_create_flow", "", func(x bench) { x.newFlow() }},
	{"ff_add_execution_to_flow", "", func(x bench) { newFlowBench(x.T, x.Backend).member() }},
	{"ff_stage_dependency_edge", "", func(x bench) {
		f := newFlowBench(x.T, x.Backend)
		f.stage(f.member(), f.member())
	}},
	{"ff_apply_dependency_to_child", "", func(x bench) {
		f := newFlowBench(x.T, x.Backend)
		child := f.member()
		f.wire(f.member(), child)
		f.wire(f.member(), child)
	}},
	{"ff_resolve_dependency", "met", func(x bench) { x.resolve(engine.EdgePolicy{}, 1, engine.OutcomeSuccess) }},
	{"ff_resolve_dependency", "impossible", func(x bench) { x.resolve(engine.EdgePolicy{}, 1, engine.OutcomeFailed) }},
	{"ff_resolve_dependency", "the first of any", func(x bench) { x.resolve(anyOf(engine.CancelRemaining), 3, engine.OutcomeSuccess) }},
	{"ff_resolve_dependency", "a quorum out of reach", func(x bench) { x.resolve(quorum(3, engine.CancelRemaining), 3, engine.OutcomeFailed) }},
	{"ff_evaluate_flow_eligibility", "", func(x bench) {
		f := newFlowBench(x.T, x.Backend)
		child := f.member()
		f.wire(f.member(), child)
		_, err := x.EvaluateFlowEligibility(x.ctx, child)
		x.must(err)
	}},
	{"ff_promote_blocked_to_eligible", "", func(x bench) {
		f := newFlowBench(x.T, x.Backend)
		child := f.member()
		f.run(child)
		f.waitChildren(child)
		x.must(x.PromoteBlocked(x.ctx, child))
	}},
	{"ff_set_edge_group_policy", "", func(x bench) {
		f := newFlowBench(x.T, x.Backend)
		f.policy(f.member(), quorum(2, engine.CancelRemaining))
	}},
	{"ff_set_flow_tags", "", func(x bench) { x.must(x.SetFlowTag(x.ctx, x.newFlow(), "a.b", "c")) }},
	{"ff_cancel_flow", "", func(x bench) {
		f := newFlowBench(x.T, x.Backend)
		f.members(2)
		x.stopFlow(f.flow)
	}},
	{"ff_ack_cancel_member", "", func(x bench) {
		f := newFlowBench(x.T, x.Backend)
		member := f.member()
		x.stopFlow(f.flow)
		x.must(x.AckCancelMember(x.ctx, f.flow, member))
	}},
	{"ff_drain_sibling_cancel_group", "", func(x bench) { x.must(x.DrainSiblingCancelGroup(x.ctx, x.siblings())) }},
	{"ff_reconcile_sibling_cancel_group", "", func(x bench) {
		g := x.siblings()
		for _, member := range g.Members {
			x.stop(member)
		}
		_, err := x.ReconcileSiblingCancelGroup(x.ctx, g)
		x.must(err)
	}},
	{"ff_replay_execution", "", func(x bench) { x.replay(x.finished()) }},
	{"ff_replay_execution", "skipped by its dependencies", func(x bench) {
		x.replay(x.resolve(engine.EdgePolicy{}, 1, engine.OutcomeFailed))
	}},

	// spec 03d
	{"ff_issue_claim_grant", "", func(x bench) {
		_, err := x.IssueClaimGrant(x.ctx, forCapable(x.demanding()))
		x.must(err)
	}},
	{"ff_issue_reclaim_grant", "", func(x bench) {
		id := x.demanding()
		_, err := x.IssueGrantAndClaim(x.ctx, id, "default", time.Hour)
		x.must(err)
		x.expireLease(id)
		_, _, err = x.IssueReclaimGrant(x.ctx, forCapable(id))
		x.must(err)
	}},
	{"ff_issue_grant_and_claim", "", func(x bench) {
		_, err := x.IssueGrantAndClaim(x.ctx, x.submit(), "default", time.Hour)
		x.must(err)
	}},
	{"ff_change_priority", "", func(x bench) { x.must(x.ChangePriority(x.ctx, x.submit(), 7)) }},
	{"ff_promote_delayed", "", func(x bench) {
		id := x.submit(func(req *engine.CreateExecution) { req.DelayUntil = x.now().Add(time.Hour) })
		x.must(x.PromoteDelayed(x.ctx, "default", id, x.now().Add(2*time.Hour)))
	}},
	{"ff_block_execution_for_admission", "", func(x bench) { x.parked(x.submit()) }},
	{"ff_unblock_execution", "", func(x bench) {
		id := x.submit()
		x.parked(id)
		x.must(x.UnblockExecution(x.ctx, "default", id, engine.WaitingForBudget, x.now()))
	}},
	{"ff_update_progress", "", func(x bench) { x.must(x.Progress(x.ctx, x.working(), 50, "half")) }},
	{"ff_create_budget", "", func(x bench) { x.allowance() }},
	{"ff_report_usage_and_check", "", func(x bench) { x.use(x.allowance(), 3) }},
	{"ff_report_usage_and_check", "beyond the soft limit", func(x bench) { x.use(x.allowance(), 7) }},
	{"ff_report_usage_and_check", "beyond the hard limit", func(x bench) { x.use(x.allowance(), 30) }},
	{"ff_record_spend", "", func(x bench) { x.spend(x.allowance(), x.submit()) }},
	{"ff_release_budget", "", func(x bench) {
		budget, id := x.allowance(), x.submit()
		x.spend(budget, id)
		x.must(x.ReleaseBudget(x.ctx, budget, id))
	}},
	{"ff_reset_budget", "", func(x bench) {
		budget := x.allowance()
		x.use(budget, 3)
		_, err := x.ResetBudget(x.ctx, budget)
		x.must(err)
	}},
	{"ff_create_quota_policy", "", func(x bench) { x.newQuota(5, 5) }},
	{"ff_check_admission_and_record", "", func(x bench) { policy, _ := x.newQuota(5, 5); x.admit(policy, x.submit()) }},
	{"ff_release_admission", "", func(x bench) {
		policy, _ := x.newQuota(5, 5)
		id := x.submit()
		x.admit(policy, id)
		x.must(x.ReleaseAdmission(x.ctx, policy.ID, id))
	}},
	{"ff_register_worker", "", func(x bench) { x.register() }},
	{"ff_heartbeat_worker", "", func(x bench) {
		x.register()
		_, _, err := x.HeartbeatWorker(x.ctx, "test", testInstance)
		x.must(err)
	}},

	// spec 03e
	{"ff_append_frame", "durable", func(x bench) { x.append(x.streaming(), engine.Frame{Payload: []byte("x"), CorrelationID: "c"}) }},
	{"ff_append_frame", "summary", func(x bench) {
		x.append(x.streaming(), engine.Frame{Payload: []byte(`{"a":{"b":null}}`), Mode: engine.ModeSummary})
	}},
	{"ff_append_frame", "best effort", func(x bench) {
		x.append(x.streaming(), engine.Frame{Payload: []byte("x"), Mode: engine.ModeBestEffort, TTL: time.Hour})
	}},
	{"ff_read_attempt_stream", "", func(x bench) {
		k := keysOf(x.streaming().ExecutionID)
		x.call0("ff_read_attempt_stream", []string{k.stream(0), k.streamMeta(0)}, "-", "+", "10", "exclude_best_effort")
	}},
	{"ff_read_summary", "", func(x bench) {
		x.call0("ff_read_summary", []string{keysOf(x.streaming().ExecutionID).attemptSummary(0)})
	}},
}

// call0 makes a plain call that must not be refused.
func (x bench) call0(function string, keys []string, args ...any) {
	x.Helper()
	reply, err := x.raw(function, keys, args...)
	x.wantReply(reply, err, "OK")
}

// twoOf waits for two signals on waitpoints of their own.
func twoOf() engine.SuspendArgs {
	args := waitOn(2, func(keys []string) engine.ResumeCondition {
		return engine.AllOf(engine.Single(keys[0], engine.ByName("go")), engine.Count(1, engine.DistinctSources, engine.AnySignal(), keys[1]))
	})
	args.TimeoutAt = time.Now().Add(time.Hour)
	return args
}

func fullSignal(h engine.Handle, wp engine.IssuedWaitpoint) engine.Signal {
	s := signalTo(h.ExecutionID, wp, "go")
	s.Payload, s.CorrelationID, s.IdempotencyKey = []byte(`{"a":1}`), "c", "once"
	return s
}

// claimWithAll claims with everything that a claim can bring.
func (x bench) claimWithAll(id engine.ExecutionID) {
	x.Helper()
	x.grant(id)
	_, err := x.ClaimExecution(x.ctx, engine.ClaimExecution{
		Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Hour,
		PolicyJSON: `{"a":1,"b":{"c":[]}}`, AttemptTimeout: time.Hour, Deadline: x.now().Add(time.Hour),
	})
	x.must(err)
}

// streaming is at work and has written frames of each kind.
func (x bench) streaming() engine.Handle {
	x.Helper()
	h := x.working()
	x.append(h, engine.Frame{Payload: []byte("x")})
	x.append(h, engine.Frame{Payload: []byte(`{"a":{"b":1}}`), Mode: engine.ModeSummary})
	x.append(h, engine.Frame{Payload: []byte("x"), Mode: engine.ModeBestEffort, TTL: time.Hour})
	return h
}

func (x bench) append(h engine.Handle, f engine.Frame) {
	x.Helper()
	_, err := x.AppendFrame(x.ctx, h, f)
	x.must(err)
}

// retrying failed and is to be tried again.
func (x bench) retrying() engine.ExecutionID {
	x.Helper()
	h := x.claim(x.submit(withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 3}})))
	result, err := x.Fail(x.ctx, h, engine.Failure{Message: "boom", Class: engine.FailureTransient})
	x.must(err)
	if !result.Retry {
		x.Fatal("no retry")
	}
	return h.ExecutionID
}

func (x bench) finished() engine.ExecutionID {
	x.Helper()
	h := x.streaming()
	x.must(x.Complete(x.ctx, h, nil))
	return h.ExecutionID
}

func (x bench) stop(id engine.ExecutionID) {
	x.Helper()
	_, err := x.CancelExecution(x.ctx, id, "enough", engine.CancelByOperator)
	x.must(err)
}

func (x bench) overdue(id engine.ExecutionID) {
	x.Helper()
	x.must(x.ExpireExecution(x.ctx, id, engine.ExpireDeadline))
}

func (x bench) revoke(h engine.Handle) {
	x.Helper()
	_, err := x.RevokeLease(x.ctx, h.ExecutionID, h.LeaseID, "mine now")
	x.must(err)
}

func (x bench) replay(id engine.ExecutionID) {
	x.Helper()
	_, err := x.ReplayExecution(x.ctx, id)
	x.must(err)
}

// buffered is at work and has a pending waitpoint with a signal on it.
func (x bench) buffered() (engine.Handle, engine.IssuedWaitpoint) {
	x.Helper()
	h := x.working()
	wp := x.pending(h, "k")
	_, err := x.BufferSignal(x.ctx, fullSignal(h, wp))
	x.must(err)
	return h, wp
}

// outwaited is a suspension whose time is up.
func (x bench) outwaited(behaviour string) {
	x.Helper()
	args := twoOf()
	args.TimeoutBehavior = behaviour
	h, _ := x.asleep(args)
	x.must(x.rdb.HSet(x.ctx, keysOf(h.ExecutionID).suspensionCurrent(), "timeout_at", "1000").Err())
	x.must(x.ExpireSuspension(x.ctx, h.ExecutionID))
}

// resolve tells a child of so many upstreams how the first, or all of them, ended; it is over for the child either way.
func (x bench) resolve(policy engine.EdgePolicy, upstreams int, outcome engine.TerminalOutcome) (child engine.ExecutionID) {
	x.Helper()
	f := newFlowBench(x.T, x.Backend)
	child = f.member()
	if policy.Kind != "" {
		f.policy(child, policy)
	}
	ups := f.members(upstreams)
	var edges []engine.EdgeID
	for _, up := range ups {
		edges = append(edges, f.wire(up, child))
	}
	if outcome == engine.OutcomeSuccess {
		f.succeed(ups[0], "out")
	}
	f.resolve(edges[0], ups[0], child, outcome)
	return child
}

// siblings is a group that was met early, so that the rest of it is owed a cancel.
func (x bench) siblings() engine.SiblingGroup {
	x.Helper()
	child := x.resolve(anyOf(engine.CancelRemaining), 3, engine.OutcomeSuccess)
	groups, err := x.PendingSiblingCancels(x.ctx, child.Partition(), 1)
	x.must(err)
	return groups[0]
}

func (x bench) stopFlow(flow engine.FlowID) {
	x.Helper()
	_, err := x.CancelFlow(x.ctx, engine.CancelFlow{Flow: flow, Policy: engine.CancelFlowAll, Reason: "enough"})
	x.must(err)
}

// demanding wants a worker with a capability.
func (x bench) demanding() engine.ExecutionID {
	x.Helper()
	return x.submit(withPolicy(engine.ExecutionPolicy{Routing: &engine.RoutingRequirements{Capabilities: []string{"gpu"}}}))
}

func forCapable(id engine.ExecutionID) engine.IssueGrant {
	return engine.IssueGrant{
		Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: testInstance, TTL: time.Minute,
		Capabilities: []string{"gpu"}, CapabilityHash: "h", RouteSnapshot: "{}", AdmissionSummary: "{}",
	}
}

func (x bench) parked(id engine.ExecutionID) {
	x.Helper()
	rejected, err := x.Block(x.ctx, engine.BlockRequest{Execution: id, Lane: "default", Reason: engine.WaitingForBudget, Detail: "d"})
	if rejected != nil {
		err = rejected
	}
	x.must(err)
}

func (x bench) allowance() engine.BudgetID {
	return x.newBudget(func(req *engine.CreateBudget) {
		req.ScopeID, req.ResetInterval = "l", time.Hour
		req.Dimensions = []engine.BudgetDimension{{Name: "calls", Hard: 10, Soft: 5}, {Name: "tokens", Hard: 10, Soft: 5}}
	}).id
}

func (x bench) use(budget engine.BudgetID, tokens uint64) {
	x.Helper()
	_, err := x.ReportUsage(x.ctx, engine.Usage{Budget: budget, Deltas: map[string]uint64{"calls": 1, "tokens": tokens}, DedupKey: "once"})
	x.must(err)
}

func (x bench) spend(budget engine.BudgetID, id engine.ExecutionID) {
	x.Helper()
	_, err := x.RecordSpend(x.ctx, engine.Usage{
		Budget: budget, Execution: id, Deltas: map[string]uint64{"calls": 1, "tokens": 3}, DedupKey: "once",
	})
	x.must(err)
}

func (x bench) register() {
	x.Helper()
	_, err := x.RegisterWorker(x.ctx, engine.Worker{
		ID: testWorker, Instance: testInstance, Namespace: "test", Lanes: []engine.LaneID{"default"}, Capabilities: []string{"gpu"},
		LivenessTTL: time.Hour,
	})
	x.must(err)
}
