package valkey

import (
	"context"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/diagnose"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
)

// diagnosed reads the facts around an execution and judges them.
func (x bench) diagnosed(id engine.ExecutionID) diagnose.Diagnosis {
	x.Helper()
	d, err := diagnose.ReadExecution(x.ctx, x.Backend, id)
	x.must(err)
	return d
}

// wantCause fails unless the verdict is of a code and the whole diagnosis says some words.
func (x bench) wantCause(id engine.ExecutionID, code diagnose.Code, words ...string) {
	x.Helper()
	d := x.diagnosed(id)
	wantDiagnosis(x.T, &d, code, words...)
}

func wantDiagnosis(t *testing.T, d *diagnose.Diagnosis, code diagnose.Code, words ...string) {
	t.Helper()
	text := strings.Join(diagnose.Lines(d), "\n")
	if d.Code != code || len(d.Unread) > 0 {
		t.Errorf("%s, want %s:\n%s", d.Code, code, text)
	}
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("no %q in\n%s", word, text)
		}
	}
}

// longAgo moves times of a record into the past.
func (x bench) longAgo(id engine.ExecutionID, fields ...string) {
	x.Helper()
	for _, field := range fields {
		x.must(x.rdb.HSet(x.ctx, keysOf(id).core(), field, x.now().Add(-5*time.Minute).UnixMilli()).Err())
	}
}

func (x bench) worker(instance engine.WorkerInstanceID, lane engine.LaneID, tokens ...string) {
	x.Helper()
	_, err := x.RegisterWorker(x.ctx, engine.Worker{ID: "w", Instance: instance, Namespace: "test", Lanes: []engine.LaneID{lane}, Capabilities: tokens, LivenessTTL: time.Minute})
	x.must(err)
}

// passes waits until the server's clock is past the millisecond in which an execution was created.
func (x bench) passes(id engine.ExecutionID) {
	x.Helper()
	created, err := x.DescribeExecution(x.ctx, id)
	x.must(err)
	enginetest.Eventually(x.T, "the millisecond passes", func() bool {
		now, err := x.ServerTime(x.ctx)
		return err == nil && now.UnixMilli() > created.CreatedAt.UnixMilli()
	})
}

// Each cause is made to happen on a server, read and judged.
func TestWhyAnExecutionIsWhereItIs(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.worker("w1-i1", "default")
		eligible := func(id engine.ExecutionID) string {
			return keysOf(id).partition().lane("default", engine.IndexEligible)
		}

		x.wantCause(b.Partitions().NewSolo("default"), diagnose.CodeNoRecord)
		outside := engine.ExecutionID("{fp:99}:550e8400-e29b-41d4-a716-446655440000")
		x.wantCause(outside, diagnose.CodeOutside, "no partition 99")

		id := x.submit()
		x.wantCause(id, diagnose.CodeQueued, "first of its partition", "w1-i1")
		x.passes(id) // those of one millisecond are ordered by id
		second := x.submit()
		x.wantCause(second, diagnose.CodeQueued, "behind 1", "1 of 2 stand before it")
		x.grant(id)
		x.wantCause(id, diagnose.CodeGranted, "promised to w1-i1")
		x.must(b.rdb.ZRem(x.ctx, eligible(second), string(second)).Err())
		x.wantCause(second, diagnose.CodeLost)

		tpu := x.submit(needing("tpu"))
		x.longAgo(tpu, "last_transition_at")
		x.wantCause(tpu, diagnose.CodeMissingTokens, "no live worker has tpu")

		h := x.working()
		x.wantCause(h.ExecutionID, diagnose.CodeRunning, "running on w1-i1", "w1-i1, alive")
		x.runOut(h.ExecutionID)
		x.wantCause(h.ExecutionID, diagnose.CodeLeaseUnmarked, "just run out")
		x.expireLease(h.ExecutionID)
		x.wantCause(h.ExecutionID, diagnose.CodeLeaseExpired, "the lease of w1-i1 ran out")
		revoked := x.working()
		_, err := b.RevokeLease(x.ctx, revoked.ExecutionID, revoked.LeaseID, "hung")
		x.must(err)
		x.wantCause(revoked.ExecutionID, diagnose.CodeLeaseRevoked, "(hung)")

		slow := x.working()
		x.must(b.Delay(x.ctx, slow, x.now().Add(time.Hour)))
		x.wantCause(slow.ExecutionID, diagnose.CodeDelayed, "delayed in 59m")
		x.longAgo(slow.ExecutionID, "delay_until")
		x.wantCause(slow.ExecutionID, diagnose.CodePromotionOverdue, "due 5m ago")

		done := x.end()
		x.wantCause(done, diagnose.CodeCompleted, "completed")
	})
}

func TestWhyAnExecutionIsSuspended(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		args := waitFor("approved")
		args.TimeoutAt = x.now().Add(time.Hour)
		h, waitpoint := x.asleep(args)
		x.wantCause(h.ExecutionID, diagnose.CodeWaitsSignal, "waits for approved: 0 of 1 came; in 59m: fail", waitpoint.Key, "its time is up: it fails")
		x.must(b.rdb.ZRem(x.ctx, keysOf(h.ExecutionID).partition().suspensionTimeout(), string(h.ExecutionID)).Err())
		x.wantCause(h.ExecutionID, diagnose.CodeTimeoutLost)

		both, _ := x.asleep(bothOf("a", "b"))
		x.wantCause(both.ExecutionID, diagnose.CodeWaitsSignal, "waits for a and b: 0 of 2 came", "nothing: it has no timeout")
		x.must(b.rdb.Del(x.ctx, keysOf(both.ExecutionID).suspensionCurrent()).Err())
		x.wantCause(both.ExecutionID, diagnose.CodeNoSuspension)

		operator, _ := x.asleep(waitOn(1, func([]string) engine.ResumeCondition { return engine.OperatorOnly() }))
		x.wantCause(operator.ExecutionID, diagnose.CodeWaitsOperator, "no signal ends it")

		escalating := waitFor("go")
		escalating.TimeoutAt, escalating.TimeoutBehavior = x.now().Add(time.Hour), engine.TimeoutEscalate
		late, _ := x.asleep(escalating)
		k := keysOf(late.ExecutionID)
		x.longAgo(late.ExecutionID)
		x.must(b.rdb.HSet(x.ctx, k.suspensionCurrent(), "timeout_at", x.now().Add(-time.Minute).UnixMilli()).Err())
		x.wantCause(late.ExecutionID, diagnose.CodeTimeoutOverdue, "its time was up 1m ago")
		x.must(b.ExpireSuspension(x.ctx, late.ExecutionID))
		x.wantCause(late.ExecutionID, diagnose.CodeEscalated)
	})
}

func TestWhyAnExecutionIsHeldBack(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		block := func(id engine.ExecutionID, reason engine.BlockingReason) {
			rejected, err := b.Block(x.ctx, engine.BlockRequest{Execution: id, Lane: "default", Reason: reason, Detail: "by a test", Now: x.now()})
			x.must(err)
			if rejected != nil {
				t.Fatal(rejected)
			}
		}
		budget := x.newBudget(func(req *engine.CreateBudget) { req.ResetInterval = time.Hour })
		id := x.submit()
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "budget_ids", string(budget.id)).Err())
		x.must(b.rdb.HSet(x.ctx, budget.usage(), "tokens", 12).Err())
		block(id, engine.WaitingForBudget)
		x.wantCause(id, diagnose.CodeBudgetExhausted, "tokens 12 of 10", "it resets in 59m", "by a test")
		x.must(b.rdb.HSet(x.ctx, budget.usage(), "tokens", 1).Err())
		x.wantCause(id, diagnose.CodeBudgetFreed)
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "budget_ids", "x").Err())
		x.wantCause(id, diagnose.CodeBudgetFreed, "budget x: unknown, no limit applies")

		policy, _ := x.newQuota(1, 0)
		held := x.submit()
		x.admit(policy, x.submit())
		x.must(b.rdb.HSet(x.ctx, keysOf(held).core(), "quota_policy_id", string(policy.ID)).Err())
		block(held, engine.WaitingForQuota)
		x.wantCause(held, diagnose.CodeQuotaRate, "1 of 1 admitted in 1m; a place is free in 59s", "1 where the scheduler counts, 0 where FlowFabric's scanner looks")

		gpu := x.submit(needing("gpu"))
		block(gpu, engine.WaitingForCapableWorker)
		x.worker("cpu-1", "default", "cpu")
		x.wantCause(gpu, diagnose.CodeMissingTokens, "no live worker has gpu", "cpu-1 lacks gpu")
		x.worker("gpu-1", "default", "gpu")
		x.wantCause(gpu, diagnose.CodeBlockedYetServed, "gpu-1 has all that it requires")

		x.must(b.rdb.HSet(x.ctx, keysOf(gpu).core(), "eligibility_state", "blocked_by_operator", "blocking_reason", "paused_by_operator").Err())
		x.must(b.rdb.ZAdd(x.ctx, keysOf(gpu).partition().lane("default", engine.IndexBlockedOperator), zOf(gpu)).Err())
		x.wantCause(gpu, diagnose.CodeOperatorBlock, "nothing frees it by itself")
	})
}

func TestWhyAMemberWaits(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f, x := newFlowBench(t, b), newBench(t, b)
		up, other, child := f.member(), f.member(), f.member()
		edge := f.wire(up, child)
		f.wire(other, child)
		x.wantCause(child, diagnose.CodeWaitsUpstreams, "waits for 2 upstreams: 2 waiting", "all of 2 must succeed")
		f.succeed(up, "r")
		x.longAgo(up, "completed_at")
		x.wantCause(child, diagnose.CodeMissedCompletion, "ended 5m ago (completed)")
		f.resolve(edge, up, child, engine.OutcomeSuccess)
		x.must(b.rdb.Del(x.ctx, keysOf(other).core()).Err())
		x.wantCause(child, diagnose.CodeUpstreamPurged)

		idle := f.member()
		f.run(idle)
		f.waitChildren(idle)
		x.wantCause(idle, diagnose.CodeWaitsForNothing)

		winner, loser, race := f.member(), f.member(), f.member()
		f.policy(race, anyOf(engine.CancelRemaining))
		won := f.wire(winner, race)
		f.wire(loser, race)
		f.run(loser)
		f.succeed(winner, "r")
		f.resolve(won, winner, race, engine.OutcomeSuccess)
		x.must(b.rdb.HSet(x.ctx, f.k.edgeGroup(race), "satisfied_at", x.now().Add(-time.Minute).UnixMilli()).Err())
		x.wantCause(loser, diagnose.CodeLoserOwed, "the group of")

		broken, after := f.member(), f.member()
		bad := f.wire(broken, after)
		f.fail(broken)
		f.resolve(bad, broken, after, engine.OutcomeFailed)
		x.wantCause(after, diagnose.CodeSkipped, "failed", ": no")

		_, err := b.CancelFlow(x.ctx, engine.CancelFlow{Flow: f.flow, Reason: "wrong input", Policy: engine.CancelFlowOnly})
		x.must(err)
		x.must(b.rdb.SAdd(x.ctx, f.k.pendingCancels(), string(loser)).Err())
		d := x.diagnosed(loser)
		text := strings.Join(diagnose.Lines(&d), "\n")
		if !strings.Contains(text, "its cancel is owed") || !strings.Contains(text, "flow cancelled 0s ago, policy flow_only: wrong input") {
			t.Error(text)
		}
	})
}

func TestWhyAFlowIsWhereItIs(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f, x := newFlowBench(t, b), newBench(t, b)
		want := func(code diagnose.Code, words ...string) {
			t.Helper()
			d, err := diagnose.ReadFlow(x.ctx, b, f.flow)
			x.must(err)
			wantDiagnosis(t, &d, code, words...)
		}
		want(diagnose.CodeFlowEmpty)
		root, mid, leaf, beside := f.member(), f.member(), f.member(), f.member()
		edge := f.wire(root, mid)
		f.wire(mid, leaf)
		want(diagnose.CodeFlowWaits, "2 in line for a worker, 2 waiting for them")
		f.run(root)
		f.run(beside)
		want(diagnose.CodeFlowRunning, "nothing is stuck: 2 running, 2 waiting for them, ETA unknown", "2 others wait for that")
		x.expireLease(root)
		want(diagnose.CodeFlowHeldUp, "holds it up: the lease of operator ran out", "2 others wait for that", "(1 running besides)")

		x.must(b.rdb.HSet(x.ctx, keysOf(root).core(), "lifecycle_phase", "terminal", "terminal_outcome", "failed", "public_state", "failed",
			"failure_reason", "disk full", "completed_at", x.now().Add(-time.Minute).UnixMilli()).Err())
		want(diagnose.CodeFlowHeldUp, "missed completion", "1 member has failed", "disk full")
		f.resolve(edge, root, mid, engine.OutcomeFailed)
		f.cascade(mid)
		f.must(b.CompleteExecution(x.ctx, beside, nil, nil, engine.CancelByOperator))
		want(diagnose.CodeFlowFailed, "1 completed, 1 failed, 2 skipped", "replay step")

		x.must(b.rdb.Del(x.ctx, f.k.core()).Err())
		want(diagnose.CodeNoRecord)
	})
}

func TestWhyAFlowsRaceGoesOn(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f, x := newFlowBench(t, b), newBench(t, b)
		winner, loser, race := f.member(), f.member(), f.member()
		f.policy(race, anyOf(engine.CancelRemaining))
		won := f.wire(winner, race)
		f.wire(loser, race)
		f.run(loser)
		f.succeed(winner, "r")
		f.resolve(won, winner, race, engine.OutcomeSuccess)
		x.must(b.rdb.HSet(x.ctx, f.k.edgeGroup(race), "satisfied_at", x.now().Add(-time.Minute).UnixMilli()).Err())
		d, err := diagnose.ReadFlow(x.ctx, b, f.flow)
		x.must(err)
		wantDiagnosis(t, &d, diagnose.CodeLosersRun, "1 member is owed a cancel")
	})
}

// trips counts round trips and commands.
type trips struct{ pipelines, commands atomic.Int64 }

func (c *trips) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.pipelines.Add(1)
		c.commands.Add(1)
		return next(ctx, cmd)
	}
}

func (c *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.pipelines.Add(1)
		c.commands.Add(int64(len(cmds)))
		return next(ctx, cmds)
	}
}

func TestAWideFanCostsNoMoreThanItsFirstEdges(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f, x := newFlowBench(t, b), newBench(t, b)
		child := f.member()
		for _, up := range f.members(150) {
			f.wire(up, child)
		}
		var counted trips
		b.rdb.AddHook(&counted)
		facts, err := b.ExecutionFacts(x.ctx, child)
		x.must(err)
		if deps := facts.Dependencies; deps.Unresolved != 150 || len(deps.Upstreams) != engine.MostUpstreams {
			t.Errorf("%d unresolved, %d listed", deps.Unresolved, len(deps.Upstreams))
		}
		if n := counted.pipelines.Load(); n > 5 {
			t.Errorf("%d round trips", n)
		}
		if n := counted.commands.Load(); n > 20+2*engine.MostUpstreams {
			t.Errorf("%d commands", n)
		}
	})
}

func TestFactsThatMayNotBeReadAreNamed(t *testing.T) {
	needServer(t)
	admin := newDeployment(t, ownServer(t, embedded.Options{}))
	x := newBench(t, admin)
	id := x.submit()
	x.must(admin.rdb.HSet(x.ctx, keysOf(id).core(), "budget_ids", string(engine.NewBudgetID())).Err())
	target := withUser(t, admin, "narrow", "pw", "~ff:exec:* ~ff:config:* ~ff:idx:{* +@read +@connection +info +time")
	b, err := Connect(enginetest.Context(t), target)
	x.must(err)
	t.Cleanup(func() { _ = b.Close() })
	facts, err := b.ExecutionFacts(x.ctx, id)
	x.must(err)
	d := diagnose.Execution(facts)
	if d.Sure() || d.Code != diagnose.CodeQueued {
		t.Errorf("%s: %+v", d.Code, d.Unread)
	}
	text := strings.Join(diagnose.Lines(&d), "\n")
	for _, want := range []string{"not read", "the workers", "The server refused the command"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	target = withUser(t, admin, "blind", "pw", "~ff:config:* +@read +@connection +info +time")
	blind, err := Connect(enginetest.Context(t), target)
	x.must(err)
	t.Cleanup(func() { _ = blind.Close() })
	if _, err := blind.ExecutionFacts(x.ctx, id); err == nil {
		t.Error("an execution that may not be read is taken for a purged one")
	}
}

func TestFlowFabricsExecutionsAreDiagnosed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		codes := map[diagnose.Code]int{}
		for _, id := range x.allExecutions() {
			d := x.diagnosed(id)
			codes[d.Code]++
			if d.Verdict == "" || d.Standing == "" || d.Standing == diagnose.Note || !d.Sure() {
				t.Errorf("%s: %+v", id, d)
			}
		}
		if len(codes) < 8 {
			t.Errorf("only %v", codes)
		}
	})
}
