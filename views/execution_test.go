package views

import (
	"context"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// cannedIn is a canned execution in a state.
func cannedIn(t *testing.T, e *viewstest.Engine, s engine.PublicState) *engine.ExecutionDetail {
	t.Helper()
	for _, r := range viewstest.CannedRows() {
		if r.State == s {
			return e.Executions[r.ID]
		}
	}
	t.Fatalf("no canned execution is %s", s)
	return nil
}

func executionView(t *testing.T, e *viewstest.Engine, id engine.ExecutionID, width, height int) *Execution {
	t.Helper()
	v := NewExecution(bareCommon(e), id)
	v.SetSize(width, height)
	fetch(t, v, e)
	return v
}

func TestAnExecutionAtEverySize(t *testing.T) {
	for _, state := range []engine.PublicState{engine.StateActive, engine.StateSuspended, engine.StateFailed, engine.StateDelayed, engine.StateCompleted} {
		for _, size := range viewstest.Sizes() {
			name := string(state) + "-" + sizeName(size)
			t.Run(name, func(t *testing.T) {
				e := viewstest.Canned()
				width, height := body(size)
				v := executionView(t, e, cannedIn(t, e, state).Execution.ID, width, height)
				viewstest.CheckFrame(t, v.View(), width, height)
				viewstest.Golden(t, "execution-"+name, v.View())
			})
		}
	}
}

// why is the head of an execution after a change to it.
func why(t *testing.T, state engine.PublicState, change func(d *engine.ExecutionDetail)) string {
	t.Helper()
	e := viewstest.Canned()
	d := cannedIn(t, e, state)
	change(d)
	v := executionView(t, e, d.Execution.ID, 200, 60)
	viewstest.CheckFrame(t, v.View(), 200, 60)
	return strings.Join(v.head(), "\n")
}

func TestAnExecutionSaysWhyItIsWhereItIs(t *testing.T) {
	now := viewstest.Now
	for name, c := range map[string]struct {
		state  engine.PublicState
		change func(d *engine.ExecutionDetail)
		says   string
	}{
		"at work": {engine.StateActive, func(d *engine.ExecutionDetail) {}, "running on crawler-7f9c, lease renewed"},
		"late to renew": {engine.StateActive, func(d *engine.ExecutionDetail) { d.Execution.Lease.RenewalDeadline = now.Add(-3 * time.Second) },
			"crawler-7f9c should have renewed its lease 3s ago"},
		"overdue": {engine.StateActive, func(d *engine.ExecutionDetail) { d.Execution.Lease.ExpiresAt = now.Add(-40 * time.Second) },
			"the lease of crawler-7f9c ran out 40s ago and nothing has marked it"},
		"an expired lease": {engine.StateActive, func(d *engine.ExecutionDetail) {
			d.Execution.State.Ownership, d.Execution.LeaseExpiredAt = engine.OwnerExpired, now.Add(-5*time.Minute)
		}, "the lease of crawler-7f9c ran out 5m ago: only a reclaim, a cancel or a deadline moves it"},
		"a revoked lease": {engine.StateActive, func(d *engine.ExecutionDetail) {
			d.Execution.State.Ownership, d.Execution.LeaseRevokedAt, d.Execution.LeaseRevokeReason = engine.OwnerRevoked, now.Add(-5*time.Minute), "stuck"
		}, "the lease was taken from crawler-7f9c 5m ago (stuck): only a reclaim, a cancel or a deadline moves it"},
		"no holder": {engine.StateActive, func(d *engine.ExecutionDetail) { d.Execution.Lease = nil }, "no record says who holds the lease"},
		"in line": {engine.StateWaiting, func(d *engine.ExecutionDetail) { d.Execution.LastTransitionAt = now.Add(-time.Minute) },
			"in line for a worker for 1m"},
		"refused for lack of a capability": {engine.StateWaiting, func(d *engine.ExecutionDetail) { d.Execution.LastCapabilityMismatchAt = now.Add(-time.Minute) },
			"a worker was refused 1m ago: it lacked some of gpu, eu-west"},
		"no worker fits": {engine.StateRateLimited, func(d *engine.ExecutionDetail) { d.Execution.State.Eligibility = engine.BlockedByRoute },
			"no worker had what it requires: gpu, eu-west"},
		"over budget": {engine.StateRateLimited, func(d *engine.ExecutionDetail) { d.Execution.State.Eligibility = engine.BlockedByBudget },
			"held back by a budget: tokens-per-day"},
		"waits to retry": {engine.StateDelayed, func(d *engine.ExecutionDetail) { d.Execution.State.Eligibility = engine.EligibleLater },
			"waits to try again after a failure in 1m"},
		"overdue to be promoted": {engine.StateDelayed, func(d *engine.ExecutionDetail) {
			d.Execution.State.Eligibility, d.Execution.DelayUntil = engine.EligibleLater, now.Add(-time.Minute)
		}, "that was due 1m ago and nothing has promoted it"},
		"waits for a signal": {engine.StateSuspended, func(d *engine.ExecutionDetail) {}, "waits for approved or rejected: 0 of 1 came; in 45m: fail"},
		"waits for ever":     {engine.StateSuspended, func(d *engine.ExecutionDetail) { d.Suspension.TimeoutAt = time.Time{} }, "0 of 1 came; without a timeout"},
		"an overdue wait": {engine.StateSuspended, func(d *engine.ExecutionDetail) { d.Suspension.TimeoutAt = now.Add(-time.Minute) },
			"its time was up 1m ago and nothing has acted on it"},
		"a lost wait": {engine.StateSuspended, func(d *engine.ExecutionDetail) { d.Suspension = nil }, "no record says what it waits for"},
		"completed":   {engine.StateCompleted, func(d *engine.ExecutionDetail) {}, "completed 4m ago, 1 attempt"},
		"failed":      {engine.StateFailed, func(d *engine.ExecutionDetail) {}, "failed 4m ago: upstream answered 502"},
		"cancelled": {engine.StateCancelled, func(d *engine.ExecutionDetail) {
			d.Execution.CancelledBy, d.Execution.CancellationReason = "operator", "no longer wanted"
		}, "cancelled 4m ago by operator: no longer wanted"},
		"skipped":           {engine.StateSkipped, func(d *engine.ExecutionDetail) {}, "skipped 4m ago: what it depends on did not succeed"},
		"an unknown budget": {engine.StateWaiting, func(d *engine.ExecutionDetail) { d.Execution.BudgetIDs = []string{"x"} }, "budget x: unknown, no limit applies"},
		"a budget in the policy": {engine.StateWaiting, func(d *engine.ExecutionDetail) {
			d.PolicyJSON = []byte(`{"budget_ids":["550e8400-e29b-41d4-a716-446655440000"]}`)
		}, "budget in policy only: not enforced by FlowFabric's scheduler"},
		"parts that contradict": {engine.StateWaiting, func(d *engine.ExecutionDetail) { d.Execution.State.Phase = engine.PhaseSuspended }, "stored as waiting, but its parts mean suspended"},
		"a malformed record": {engine.StateWaiting, func(d *engine.ExecutionDetail) {
			d.Execution.Malformed = []engine.FieldError{{Field: "priority", Value: "high", Problem: "not a number"}}
		}, "priority not a number"},
	} {
		t.Run(name, func(t *testing.T) {
			if head := why(t, c.state, c.change); !strings.Contains(head, c.says) {
				t.Errorf("the head does not say %q:\n%s", c.says, head)
			}
		})
	}
}

func TestAStaleFailureIsNotTheExecutionsOwn(t *testing.T) {
	e := viewstest.Canned()
	d := cannedIn(t, e, engine.StateCompleted)
	d.Execution.FailureReason = "a first try broke"
	d.Attempts[0].FailureReason = "a first try broke"
	v := executionView(t, e, d.Execution.ID, 120, 60)
	if strings.Contains(strings.Join(v.head(), ""), "broke") {
		t.Error("a completed execution shows the failure of an earlier attempt in its head")
	}
	if !strings.Contains(v.View(), "failed: a first try broke") {
		t.Errorf("the attempt does not show its failure:\n%s", v.View())
	}
}

func TestAnEarlierResultIsLabelled(t *testing.T) {
	for state, want := range map[engine.PublicState]bool{engine.StateWaiting: true, engine.StateCompleted: false} {
		e := viewstest.Canned()
		d := cannedIn(t, e, state)
		d.Result, d.ResultSize = []byte("old"), 3
		v := executionView(t, e, d.Execution.ID, 120, 90)
		if got := strings.Contains(v.View(), "result of an earlier attempt"); got != want {
			t.Errorf("%s: labelled %v, want %v:\n%s", state, got, want, v.View())
		}
	}
}

func TestMembersOfAPolicyThatNobodyEnforcesAreMarked(t *testing.T) {
	e := viewstest.Canned()
	d := cannedIn(t, e, engine.StateWaiting)
	d.PolicyJSON = []byte(`{"priority":7,"delay_until":1700000600000,
		"retry_policy":{"max_retries":4,"backoff":{"type":"exponential","initial_delay_ms":500,"max_delay_ms":20000,"multiplier":2.0}},
		"timeout_policy":{"attempt_timeout_ms":30000,"execution_deadline_ms":300000,"max_reclaim_count":5},"max_reclaim_count":50,
		"suspension_policy":{"default_timeout_ms":60000,"timeout_behavior":"cancel"},
		"fallback_policy":{"tiers":[{"provider":"acme","model":"m-large","timeout_ms":45000}]},"max_replay_count":10,"budget_ids":[],
		"routing_requirements":{"required_capabilities":["cuda","gpu"],"preferred_locality":"eu-1","isolation_level":"strict"},
		"stream_policy":{"durability_mode":"durable","retention_maxlen":5000,"retention_ttl_ms":3600000},"max_signals_per_execution":10000}`)
	d.Execution.RetryCount, d.Execution.ReclaimCount = 4, 3
	v := executionView(t, e, d.Execution.ID, 200, 60)
	viewstest.CheckFrame(t, v.View(), 200, 60)
	viewstest.Golden(t, "execution-policy", v.View())
	for path, marked := range map[string]bool{
		"priority": true, "delay_until": true, "retry_policy.max_retries": false, "timeout_policy.attempt_timeout_ms": false,
		"timeout_policy.max_reclaim_count": true, "max_reclaim_count": false, "suspension_policy.timeout_behavior": true,
		"fallback_policy.tiers": true, "routing_requirements.required_capabilities": false, "routing_requirements.preferred_locality": true,
		"stream_policy.durability_mode": true, "stream_policy.retention_ttl_ms": false, "max_signals_per_execution": true,
	} {
		if got := !(policyMember{path: path}).enforced(); got != marked {
			t.Errorf("%s: marked %v, want %v", path, got, marked)
		}
	}
}

// composite is a wait for two approvers and a build, of which one approver has come.
func composite(d *engine.ExecutionDetail) {
	s := *d.Suspension
	first := s.Waitpoints[0]
	first.Matchers, first.Key = nil, "wpk:a"
	second := first
	second.ID, second.Key, second.State, second.CloseReason, second.ConditionOpen = viewstest.WaitpointID(9), "wpk:b", "closed", "never_committed", true
	s.Condition = engine.AllOf(engine.Count(2, engine.DistinctSources, engine.ByName("approve"), "wpk:a"), engine.Single("wpk:b", engine.ByName("ci_done")))
	s.Progress = engine.Evaluate(s.Condition, []string{"src:user:kim"})
	s.Waitpoints = []engine.Waitpoint{first, second}
	d.Suspension = &s
}

func TestACompositeWaitAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			e := viewstest.Canned()
			d := cannedIn(t, e, engine.StateSuspended)
			composite(d)
			width, height := body(size)
			v := executionView(t, e, d.Execution.ID, width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "execution-composite-"+sizeName(size), v.View())
		})
	}
}

func TestAMemberOfACancelledFlowSaysSo(t *testing.T) {
	e := viewstest.Canned()
	d := cannedIn(t, e, engine.StateWaiting)
	flow := viewstest.CannedFlow().Flow
	flow.CancelledAt, flow.CancelPolicy = viewstest.Now.Add(-time.Minute), "flow_only"
	d.Execution.FlowID = flow.ID
	v := NewExecution(bareCommon(e), d.Execution.ID)
	v.SetSize(120, 40)
	v.Update(Data{Key: v.Need().Key, Value: newExecutionData(d, &flow)})
	if !strings.Contains(v.View(), "flow cancelled 1m ago, policy flow_only") {
		t.Errorf("nothing says that the flow was cancelled:\n%s", v.View())
	}
}

func TestAnExecutionThatIsGoneSaysSo(t *testing.T) {
	e := viewstest.Canned()
	v := executionView(t, e, viewstest.ExecutionID(9999), 80, 20)
	viewstest.CheckFrame(t, v.View(), 80, 20)
	if !strings.Contains(v.View(), "there is no such execution") {
		t.Errorf("an unknown execution: \n%s", v.View())
	}
	id := cannedIn(t, e, engine.StateActive).Execution.ID
	v = executionView(t, e, id, 80, 20)
	delete(e.Executions, id)
	fetch(t, v, e)
	if !strings.Contains(v.View(), "this is what it was") || !strings.Contains(v.View(), "running on") {
		t.Errorf("the last data did not stay:\n%s", v.View())
	}
	e.Err = engine.Transport("execution_detail", context.DeadlineExceeded)
	before := v.View()
	fetch(t, v, e)
	if v.View() != before {
		t.Error("a failed fetch changed the screen")
	}
}

func TestTabGoesFromSectionToSection(t *testing.T) {
	e := viewstest.Canned()
	v := executionView(t, e, cannedIn(t, e, engine.StateSuspended).Execution.ID, 80, 12)
	seen := []int{v.scroll.Top()}
	for range 20 {
		presses(v, "tab")
		seen = append(seen, v.scroll.Top())
		if v.scroll.Top() == 0 {
			break
		}
	}
	if len(seen) < 5 || seen[len(seen)-1] != 0 {
		t.Errorf("tab led to the lines %v", seen)
	}
	presses(v, "tab", "tab", "shift+tab")
	if got := v.scroll.Top(); got != seen[1] {
		t.Errorf("shift+tab led to line %d, want %d", got, seen[1])
	}
}

func TestTheKeysOfAnExecution(t *testing.T) {
	e := viewstest.Canned()
	id := cannedIn(t, e, engine.StateSuspended).Execution.ID
	v := executionView(t, e, id, 80, 20)
	if tail := pushed(t, presses(v, "t")).(*Tail); tail.ref.Execution != id {
		t.Errorf("t tails %v", tail.ref)
	}
	if edges := pushed(t, presses(v, "e")).(*Edges); edges.execution != id {
		t.Errorf("e shows the edges of %s", edges.execution)
	}
	if d, ok := asked(t, presses(v, "s")).(*signalDialog); !ok || d.id != id {
		t.Error("s asks no signal for it")
	}
	asked(t, presses(v, "c"))
	v.c.ReadOnly = true
	if presses(v, "c") != nil || presses(v, "s") != nil {
		t.Error("a read-only board offers to write")
	}
}

func TestAHostileExecution(t *testing.T) {
	t.Parallel() // it takes long
	for _, state := range []engine.PublicState{engine.StateActive, engine.StateSuspended, engine.StateFailed} {
		for _, size := range viewstest.Sizes() {
			e := viewstest.Canned()
			d := cannedIn(t, e, state)
			if d.Suspension != nil {
				composite(d)
			}
			id := d.Execution.ID
			flow := viewstest.CannedFlow().Flow
			viewstest.Poison(d)
			viewstest.Poison(&flow)
			phases := []engine.LifecyclePhase{d.Execution.State.Phase}
			if state == engine.StateActive { // the others are of the same record
				phases = append(phases, engine.PhaseActive, engine.PhaseSuspended, engine.PhaseTerminal, engine.PhaseRunnable)
			}
			for _, phase := range phases {
				d.Execution.State.Phase = phase
				v := NewExecution(bareCommon(e), id)
				v.SetSize(size[0], size[1])
				v.Update(Data{Key: v.Need().Key, Value: newExecutionData(d, &flow)})
				for range 12 {
					viewstest.CheckFrame(t, v.View(), size[0], size[1])
					presses(v, "tab")
				}
				presses(v, "g", "pgdown")
				viewstest.CheckFrame(t, v.View(), size[0], size[1])
				presses(v, "G")
				viewstest.CheckFrame(t, v.View(), size[0], size[1])
				viewstest.CheckFrame(t, string(v.Title()), 80, 1)
			}
		}
	}
}

func TestAnExecutionFitsAnySize(t *testing.T) {
	e := viewstest.Canned()
	v := executionView(t, e, cannedIn(t, e, engine.StateSuspended).Execution.ID, 80, 20)
	for width := 1; width < 170; width += 13 {
		for height := 1; height < 10; height++ {
			v.SetSize(width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
		}
	}
}

func BenchmarkExecutionView(b *testing.B) {
	e := viewstest.Canned()
	d := e.Executions[viewstest.CannedRows()[0].ID]
	d.Payload = []byte(`{"pages":[` + strings.Repeat(`{"url":"https://example.com"},`, 2000) + `{}]}`)
	d.PayloadSize = int64(len(d.Payload))
	v := NewExecution(bareCommon(e), d.Execution.ID)
	v.SetSize(200, 60)
	v.Update(Data{Key: v.Need().Key, Value: newExecutionData(d, nil)})
	for b.Loop() {
		v.View()
	}
}

func TestBetweenTwoAttemptsTheLastOneIsTailed(t *testing.T) {
	for name, c := range map[string]struct {
		x    engine.Execution
		want uint32
	}{
		"at work":             {engine.Execution{Attempt: &engine.AttemptSummary{Index: 2}, TotalAttempts: 3}, 2},
		"waits for its third": {engine.Execution{TotalAttempts: 2}, 1},
		"never begun":         {engine.Execution{}, 0},
	} {
		if got := c.x.Row().AttemptIndex; got != c.want {
			t.Errorf("%s: attempt %d, want %d", name, got, c.want)
		}
	}
}
