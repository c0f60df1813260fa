package diagnose

import (
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

var now = time.Date(2025, 3, 14, 9, 26, 53, 0, time.UTC)

func before(d time.Duration) time.Time { return now.Add(-d) }
func after(d time.Duration) time.Time  { return now.Add(d) }

const (
	flowID   engine.FlowID      = "550e8400-e29b-41d4-a716-446655440000"
	id       engine.ExecutionID = "{fp:24}:0191e4c2-7b3a-7c11-9a5e-2f3d4c5b6a79"
	up       engine.ExecutionID = "{fp:24}:11111111-1111-4111-8111-111111111111"
	budgetID                    = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
)

// change makes a case of the facts about an execution in line.
type change func(f *engine.ExecutionFacts, x *engine.Execution)

// inLine are the facts about an execution that stands in line and of which nothing is out of the ordinary.
func inLine() *engine.ExecutionFacts {
	x := &engine.Execution{
		ID: id, Lane: "default", Namespace: "prod", Kind: "encode", ProgressPercent: -1,
		State: engine.StateVector{Phase: engine.PhaseRunnable, Ownership: engine.OwnerNone, Eligibility: engine.EligibleNow,
			Blocking: engine.WaitingForWorker, Outcome: engine.OutcomeNone, Attempt: engine.AttemptPendingFirst, Public: engine.StateWaiting},
		CreatedAt: before(10 * time.Minute), LastTransitionAt: before(time.Minute), LastMutationAt: before(time.Minute),
	}
	return &engine.ExecutionFacts{
		ID: id, At: now, Execution: x, LaneKnown: true, SuspensionChecked: true,
		Policy: engine.PolicyFacts{MaxRetries: 3, MaxReclaims: 100, MaxReplays: 10},
		Place:  &engine.IndexPlace{Index: engine.IndexEligible, Present: true, Rank: 12, Size: 400},
		Workers: &engine.WorkerFacts{Namespace: "prod", List: []engine.Worker{
			{Instance: "w1-2", Alive: true, Lanes: []engine.LaneID{"default"}, LastHeartbeat: before(2 * time.Second)},
		}},
	}
}

// vector puts an execution into a state whose public word is the derived one.
func vector(x *engine.Execution, phase engine.LifecyclePhase, e engine.EligibilityState, b engine.BlockingReason) {
	x.State.Phase, x.State.Eligibility, x.State.Blocking = phase, e, b
	x.State.Public = engine.DerivePublicState(x.State)
}

func running(f *engine.ExecutionFacts, x *engine.Execution) {
	vector(x, engine.PhaseActive, engine.EligibleNotApplicable, engine.BlockingNone)
	x.State.Ownership = engine.OwnerLeased
	x.Lease = &engine.LeaseSummary{Worker: "w1", WorkerInstance: "w1-2", AcquiredAt: before(time.Minute), RenewedAt: before(2 * time.Second),
		ExpiresAt: after(28 * time.Second), RenewalDeadline: after(18 * time.Second)}
	f.Place = &engine.IndexPlace{Index: engine.IndexActive, Present: true, Size: 3}
	f.Holder = &engine.HolderFacts{Instance: "w1-2", Known: true, Alive: true}
}

func suspended(f *engine.ExecutionFacts, x *engine.Execution) {
	vector(x, engine.PhaseSuspended, engine.EligibleNotApplicable, engine.WaitingForSignal)
	f.Place = &engine.IndexPlace{Index: engine.IndexSuspended, Present: true, Size: 2}
	f.Suspension = &engine.Suspension{
		Execution: id, Reason: "waiting_for_approval", CreatedAt: before(5 * time.Minute), TimeoutAt: after(45 * time.Minute), TimeoutBehavior: "fail",
		Condition: engine.ResumeCondition{Kind: engine.ConditionSignalSet, Names: []string{"approved", "rejected"}, Mode: "any", Minimum: 1},
		Waitpoints: []engine.Waitpoint{{ID: "w", Key: "wpk:a", State: "active", ConditionOpen: true, MinimumSignals: 1, MatchMode: "any",
			Matchers: []engine.WaitpointMatcher{{Name: "approved"}, {Name: "rejected"}}}},
	}
}

func delayed(b engine.BlockingReason, due time.Time) change {
	return func(f *engine.ExecutionFacts, x *engine.Execution) {
		vector(x, engine.PhaseRunnable, engine.EligibleLater, b)
		x.DelayUntil = due
		f.Place = &engine.IndexPlace{Index: engine.IndexDelayed, Present: true, Size: 5, Score: float64(due.UnixMilli())}
	}
}

func blocked(e engine.EligibilityState, b engine.BlockingReason, index engine.LaneIndex) change {
	return func(f *engine.ExecutionFacts, x *engine.Execution) {
		vector(x, engine.PhaseRunnable, e, b)
		x.State.Public = engine.StateRateLimited
		f.Place = &engine.IndexPlace{Index: index, Present: true, Size: 4}
	}
}

// waitsFor makes an execution wait for upstreams under a policy.
func waitsFor(policy engine.EdgePolicy, ups ...engine.UpstreamFacts) change {
	return func(f *engine.ExecutionFacts, x *engine.Execution) {
		vector(x, engine.PhaseRunnable, engine.BlockedByDependencies, engine.WaitingForChildren)
		x.FlowID = flowID
		f.Place = &engine.IndexPlace{Index: engine.IndexBlockedDependencies, Present: true, Size: 4}
		f.Flow = &engine.FlowStanding{Flow: &engine.Flow{ID: flowID, Kind: "video", State: engine.FlowOpen}}
		f.Dependencies = &engine.DependencyFacts{Unresolved: len(ups), Staged: len(ups), Upstreams: ups,
			Group: &engine.EdgeGroup{Downstream: id, Policy: policy, Total: len(ups), Running: len(ups), State: engine.GroupPending}}
	}
}

var (
	allOf = engine.EdgePolicy{Kind: engine.PolicyAllOf}
	anyOf = engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining}
)

func upstream(state engine.PublicState, at time.Time) engine.UpstreamFacts {
	row := engine.ExecutionRow{ID: up, Kind: "load", State: state, Phase: engine.PhaseActive, WorkerInstance: "w9", Ownership: engine.OwnerLeased}
	if state.Terminal() {
		row.Phase, row.CompletedAt, row.Outcome = engine.PhaseTerminal, at, engine.OutcomeSuccess
	}
	return engine.UpstreamFacts{Edge: "e1", State: engine.EdgeUnsatisfied, Execution: row}
}

func purgedUpstream() engine.UpstreamFacts {
	return engine.UpstreamFacts{Edge: "e2", State: engine.EdgeUnsatisfied, Execution: engine.ExecutionRow{ID: up, Missing: true}}
}

func over(o engine.TerminalOutcome) change {
	return func(f *engine.ExecutionFacts, x *engine.Execution) {
		x.State.Outcome = o
		vector(x, engine.PhaseTerminal, engine.EligibleNotApplicable, engine.BlockingNone)
		x.CompletedAt, x.TotalAttempts = before(4*time.Minute), 2
		f.Place = &engine.IndexPlace{Index: engine.IndexTerminal, Present: true}
	}
}

func withBudget(used uint64, reset time.Time) change {
	return func(f *engine.ExecutionFacts, x *engine.Execution) {
		blocked(engine.BlockedByBudget, engine.WaitingForBudget, engine.IndexBlockedBudget)(f, x)
		x.BudgetIDs = []string{budgetID}
		f.Budgets = []engine.BudgetFacts{{ID: budgetID, Status: &engine.BudgetStatus{ID: budgetID,
			Hard: map[string]uint64{"tokens": 100}, Usage: map[string]uint64{"tokens": used}, NextResetAt: reset}}}
	}
}

func withQuota(q engine.QuotaFacts) change {
	return func(f *engine.ExecutionFacts, x *engine.Execution) {
		blocked(engine.BlockedByQuota, engine.WaitingForQuota, engine.IndexBlockedQuota)(f, x)
		q.ID, x.QuotaPolicyID = budgetID, budgetID
		f.Quota = &q
	}
}

func requires(tokens []string, workers ...engine.Worker) change {
	return func(f *engine.ExecutionFacts, x *engine.Execution) {
		x.RequiredCapabilities = tokens
		f.Workers.List = workers
	}
}

func worker(name string, lanes []engine.LaneID, tokens ...string) engine.Worker {
	return engine.Worker{Instance: engine.WorkerInstanceID(name), Alive: true, Lanes: lanes, Capabilities: tokens}
}

func route(tokens []string, workers ...engine.Worker) []change {
	return []change{blocked(engine.BlockedByRoute, engine.WaitingForCapableWorker, engine.IndexBlockedRoute), requires(tokens, workers...)}
}

func young(f *engine.ExecutionFacts, x *engine.Execution) { x.LastTransitionAt = before(time.Second) }

func lost(f *engine.ExecutionFacts, x *engine.Execution) { f.Place.Present = false }

var here = []engine.LaneID{"default"}

func TestAnExecutionsCauses(t *testing.T) {
	cases := executionCases()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := inLine()
			for _, change := range c.changes {
				change(f, f.Execution)
			}
			d := Execution(f)
			c.check(t, &d)
		})
	}
}

// diagnosisCase is facts and what is to be found in them.
type diagnosisCase struct {
	name     string
	changes  []change
	code     Code // of the verdict, unless it is a note or also
	also     bool // it stands beside the verdict
	standing Standing
	says     string // part of the cause's words
	evidence string // part of the evidence
	next     string // part of an event
	remedy   engine.RemedyKind
}

func (c *diagnosisCase) check(t *testing.T, d *Diagnosis) {
	t.Helper()
	found := false
	for _, cause := range d.Causes {
		if cause.Code != c.code {
			continue
		}
		found = true
		if cause.Standing != c.standing || !strings.Contains(cause.Words, c.says) {
			t.Errorf("%s is %s: %s; want %s: %q", cause.Code, cause.Standing, cause.Words, c.standing, c.says)
		}
	}
	if !found {
		t.Errorf("no %s in %+v", c.code, d.Causes)
	}
	if c.standing != Note && !c.also && d.Code != c.code {
		t.Errorf("the verdict is %s: %s", d.Code, d.Verdict)
	}
	text := strings.Join(Lines(d), "\n")
	for _, want := range []string{c.evidence, c.next} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if c.remedy == "" {
		return
	}
	for _, r := range d.Remedies {
		if r.Kind == c.remedy {
			return
		}
	}
	t.Errorf("no remedy %s in %+v", c.remedy, d.Remedies)
}
