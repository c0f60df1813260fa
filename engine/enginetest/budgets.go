package enginetest

import (
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["budgets"] = map[string]func(*testing.T, Subject){
		"usage is counted up to the hard limit and not beyond":  reportUsage,
		"one report counts once under its dedup id":             reportTwice,
		"one dedup id of two budgets counts in both":            reportSameIDTwoBudgets,
		"a breach of one dimension counts none":                 reportAllOrNothing,
		"a report of nothing counts nothing":                    reportNothing,
		"a report to an unknown budget is not found":            reportUnknown,
		"too many dimensions and too large amounts are refused": reportRefused,
		"a budget is created once":                              createBudgetTwice,
		"spend of an execution is given back as a whole":        recordAndRelease,
		"a hard breach leaves no ledger":                        recordBreach,
		"a reset zeroes usage and says when the next is due":    resetBudget,
		"a release after a reset takes nothing of the new time": resetThenRelease,
		"an unknown budget has no status and no limits":         unknownBudget,
	}
}

func newBudget(t *testing.T, s Subject, change ...func(*engine.CreateBudget)) engine.BudgetID {
	t.Helper()
	req := engine.CreateBudget{
		ID: engine.NewBudgetID(), ScopeType: "lane", ScopeID: "default", EnforcementMode: "strict", OnHardLimit: "fail", OnSoftLimit: "warn",
		Dimensions: []engine.BudgetDimension{{Name: "tokens", Hard: 100, Soft: 50}, {Name: "cents", Hard: 10}},
	}
	for _, c := range change {
		c(&req)
	}
	created, err := s.CreateBudget(Context(t), req)
	noError(t, err)
	if !created {
		t.Fatal("not created")
	}
	return req.ID
}

func report(t *testing.T, s Subject, u engine.Usage, want engine.UsageResult) {
	t.Helper()
	got, err := s.ReportUsage(Context(t), u)
	noError(t, err)
	if got != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func record(t *testing.T, s Subject, u engine.Usage, want engine.UsageResult) {
	t.Helper()
	got, err := s.RecordSpend(Context(t), u)
	noError(t, err)
	if got != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func tokens(budget engine.BudgetID, n uint64) engine.Usage {
	return engine.Usage{Budget: budget, Deltas: map[string]uint64{"tokens": n}}
}

func wantUsage(t *testing.T, s Subject, budget engine.BudgetID, dimension string, want uint64) *engine.BudgetStatus {
	t.Helper()
	status, err := s.BudgetStatus(Context(t), budget)
	noError(t, err)
	if got := status.Usage[dimension]; got != want {
		t.Fatalf("usage of %s is %d, want %d", dimension, got, want)
	}
	return status
}

var usageOK = engine.UsageResult{Status: engine.UsageOK}

func reportUsage(t *testing.T, s Subject) {
	budget := newBudget(t, s)
	report(t, s, tokens(budget, 10), usageOK)
	report(t, s, tokens(budget, 45), engine.UsageResult{Status: engine.UsageSoftBreach, Dimension: "tokens", Current: 55, Limit: 50})
	report(t, s, tokens(budget, 46), engine.UsageResult{Status: engine.UsageHardBreach, Dimension: "tokens", Current: 55, Limit: 100})
	status := wantUsage(t, s, budget, "tokens", 55)
	if status.Breaches != 1 || status.SoftBreaches != 1 || status.LastBreachDimension != "tokens" || status.LastBreachAt.IsZero() ||
		status.Hard["tokens"] != 100 || status.Soft["tokens"] != 50 || status.Hard["cents"] != 10 {
		t.Errorf("status %+v", status)
	}
	report(t, s, tokens(budget, 45), engine.UsageResult{Status: engine.UsageSoftBreach, Dimension: "tokens", Current: 100, Limit: 50})
	limits, err := s.ReadBudgetLimits(Context(t), budget)
	noError(t, err)
	if limits.Hard["tokens"] != 100 || limits.Usage["tokens"] != 100 || limits.Hard["cents"] != 10 || limits.Usage["cents"] != 0 {
		t.Errorf("limits %+v", limits)
	}
}

func reportTwice(t *testing.T, s Subject) {
	u := tokens(newBudget(t, s), 10)
	u.DedupKey = "step-1"
	report(t, s, u, usageOK)
	report(t, s, u, engine.UsageResult{Status: engine.UsageAlreadyApplied})
	wantUsage(t, s, u.Budget, "tokens", 10)
}

func reportSameIDTwoBudgets(t *testing.T, s Subject) {
	first := newBudget(t, s)
	second := newBudget(t, s)
	for s.Partitions().OfBudget(first) != s.Partitions().OfBudget(second) {
		second = newBudget(t, s)
	}
	for _, budget := range []engine.BudgetID{first, second} {
		u := tokens(budget, 10)
		u.DedupKey = "step-1"
		report(t, s, u, usageOK)
		wantUsage(t, s, budget, "tokens", 10)
	}
}

func reportAllOrNothing(t *testing.T, s Subject) {
	budget := newBudget(t, s)
	u := engine.Usage{Budget: budget, Deltas: map[string]uint64{"tokens": 101, "cents": 1}, DedupKey: "k"}
	report(t, s, u, engine.UsageResult{Status: engine.UsageHardBreach, Dimension: "tokens", Current: 0, Limit: 100})
	wantUsage(t, s, budget, "cents", 0)
	u.Deltas["tokens"] = 1
	report(t, s, u, usageOK)
}

func reportNothing(t *testing.T, s Subject) {
	report(t, s, engine.Usage{Budget: newBudget(t, s)}, usageOK)
}

func reportUnknown(t *testing.T, s Subject) {
	budget := engine.NewBudgetID()
	_, err := s.ReportUsage(Context(t), tokens(budget, 1))
	wantError(t, err, engine.ClassNotFound)
	_, err = s.RecordSpend(Context(t), tokens(budget, 1))
	wantError(t, err, engine.ClassNotFound)
	_, err = s.ResetBudget(Context(t), budget)
	wantError(t, err, engine.ClassNotFound)
	newBudget(t, s, func(req *engine.CreateBudget) { req.ID = budget })
}

func reportRefused(t *testing.T, s Subject) {
	budget := newBudget(t, s)
	many := engine.Usage{Budget: budget, Deltas: map[string]uint64{}}
	for i := range 65 {
		many.Deltas[string(rune('A'+i))] = 1
	}
	for _, u := range []engine.Usage{many, tokens(budget, 1<<52+1), tokens("no-uuid", 1)} {
		_, err := s.ReportUsage(Context(t), u)
		wantError(t, err, engine.CodeInvalidInput)
		_, err = s.RecordSpend(Context(t), u)
		wantError(t, err, engine.CodeInvalidInput)
	}
	_, err := s.CreateBudget(Context(t), engine.CreateBudget{ID: engine.NewBudgetID(), Dimensions: make([]engine.BudgetDimension, 65)})
	wantError(t, err, engine.CodeInvalidInput)
}

func createBudgetTwice(t *testing.T, s Subject) {
	budget := newBudget(t, s)
	created, err := s.CreateBudget(Context(t), engine.CreateBudget{
		ID: budget, Dimensions: []engine.BudgetDimension{{Name: "tokens", Hard: 7}},
	})
	noError(t, err)
	if status := wantUsage(t, s, budget, "tokens", 0); created || status.Hard["tokens"] != 100 {
		t.Errorf("created %v, hard %v", created, status.Hard)
	}
}

func recordAndRelease(t *testing.T, s Subject) {
	budget := newBudget(t, s)
	a, b := s.Partitions().NewSolo("default"), s.Partitions().NewSolo("default")
	spend := func(execution engine.ExecutionID, n uint64) engine.Usage {
		u := tokens(budget, n)
		u.Execution = execution
		return u
	}
	record(t, s, spend(a, 5), usageOK)
	record(t, s, spend(a, 6), usageOK)
	record(t, s, spend(b, 7), usageOK)
	wantUsage(t, s, budget, "tokens", 18)
	for range 2 {
		noError(t, s.ReleaseBudget(Context(t), budget, a))
		wantUsage(t, s, budget, "tokens", 7)
	}
	noError(t, s.ReleaseBudget(Context(t), engine.NewBudgetID(), a))
}

func recordBreach(t *testing.T, s Subject) {
	budget, execution := newBudget(t, s), s.Partitions().NewSolo("default")
	u := tokens(budget, 101)
	u.Execution = execution
	record(t, s, u, engine.UsageResult{Status: engine.UsageHardBreach, Dimension: "tokens", Current: 0, Limit: 100})
	report(t, s, tokens(budget, 3), usageOK)
	noError(t, s.ReleaseBudget(Context(t), budget, execution))
	wantUsage(t, s, budget, "tokens", 3)
}

func resetBudget(t *testing.T, s Subject) {
	once := newBudget(t, s)
	report(t, s, tokens(once, 10), usageOK)
	next, err := s.ResetBudget(Context(t), once)
	noError(t, err)
	if !next.IsZero() {
		t.Errorf("a budget without interval resets again at %s", next)
	}
	wantUsage(t, s, once, "tokens", 0)

	hourly := newBudget(t, s, func(req *engine.CreateBudget) { req.ResetInterval = time.Hour })
	next, err = s.ResetBudget(Context(t), hourly)
	noError(t, err)
	if in := time.Until(next); in < 59*time.Minute || in > 61*time.Minute {
		t.Errorf("next reset in %s", in)
	}
	if status := wantUsage(t, s, hourly, "tokens", 0); !status.NextResetAt.Equal(next) || status.ResetInterval != time.Hour {
		t.Errorf("status %+v, want next reset %s", status, next)
	}
	p := s.Partitions().OfBudget(hourly)
	for after, want := range map[time.Duration]int{-time.Minute: 0, time.Second: 1} {
		due, err := s.DueBudgetResets(Context(t), p, next.Add(after), 10)
		noError(t, err)
		if len(due) != want || want == 1 && due[0] != hourly {
			t.Errorf("due %s after the next reset: %v", after, due)
		}
	}
}

func resetThenRelease(t *testing.T, s Subject) {
	budget := newBudget(t, s)
	a, b := s.Partitions().NewSolo("default"), s.Partitions().NewSolo("default")
	spend := tokens(budget, 10)
	spend.Execution = a
	record(t, s, spend, usageOK)
	_, err := s.ResetBudget(Context(t), budget)
	noError(t, err)
	spend = tokens(budget, 5)
	spend.Execution = b
	record(t, s, spend, usageOK)
	noError(t, s.ReleaseBudget(Context(t), budget, a))
	wantUsage(t, s, budget, "tokens", 5)
}

func unknownBudget(t *testing.T, s Subject) {
	budget := engine.NewBudgetID()
	_, err := s.BudgetStatus(Context(t), budget)
	wantError(t, err, engine.ClassNotFound)
	limits, err := s.ReadBudgetLimits(Context(t), budget)
	noError(t, err)
	if len(limits.Hard)+len(limits.Usage) != 0 {
		t.Errorf("limits %+v", limits)
	}
}
