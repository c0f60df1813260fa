package enginetest

import (
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["scheduling"] = map[string]func(*testing.T, Subject){
		"eligible executions are listed most urgent first":         scanEligible,
		"admission facts tell what a scheduler decides by":         readAdmission,
		"a policy's budgets count where none is attached":          readAdmissionPolicyBudgets,
		"a blocked execution is not claimed until it is unblocked": blockAndUnblock,
		"an execution is blocked for admission's reasons only":     blockReasons,
		"what has ended is not blocked":                            blockEnded,
		"unblocking what is not blocked is refused":                unblockRefused,
		"a priority change moves an execution in its lane":         changePriority,
		"only eligible executions change their priority":           changePriorityRefused,
		"a delayed execution is promoted once it is due":           promoteDelayed,
		"a rate limit admits so many in a window":                  admitRate,
		"a concurrency cap admits so many at a time":               admitConcurrency,
		"a released admission makes room once":                     releaseAdmission,
		"an unknown quota policy has no limits":                    unknownQuota,
	}
}

func scanEligible(t *testing.T, s Subject) {
	low := submit(t, s, "default")
	high := submit(t, s, "default", withPriority(3))
	ids, err := s.ScanEligible(Context(t), "default", low.Partition(), 10)
	noError(t, err)
	if len(ids) != 2 || ids[0] != high || ids[1] != low {
		t.Errorf("got %v, want %s, %s", ids, high, low)
	}
	ids, err = s.ScanEligible(Context(t), "default", low.Partition(), 0)
	noError(t, err)
	if len(ids) != 0 {
		t.Errorf("limit 0 gave %v", ids)
	}
}

func readAdmission(t *testing.T, s Subject) {
	plain := submit(t, s, "default")
	picky := submit(t, s, "default", requiring("gpu", "cuda"))
	_, err := s.IssueClaimGrant(Context(t), grantTo("w", plain, "default"))
	noError(t, err)
	stray := s.Partitions().NewSolo("default")
	facts, err := s.ReadAdmission(Context(t), []engine.ExecutionID{plain, picky, stray})
	noError(t, err)
	if f := facts[0]; !f.Exists || !f.Granted || f.Namespace != "ns" || f.AttemptState != engine.AttemptPendingFirst || len(f.RequiredCapabilities) != 0 {
		t.Errorf("plain: %+v", f)
	}
	if f := facts[1]; !f.Exists || f.Granted || len(f.RequiredCapabilities) != 2 || f.RequiredCapabilities[0] != "cuda" {
		t.Errorf("picky: %+v", f)
	}
	if f := facts[2]; f.Exists || f.Execution != stray {
		t.Errorf("stray: %+v", f)
	}
}

func readAdmissionPolicyBudgets(t *testing.T, s Subject) {
	budget := engine.NewBudgetID()
	id := submit(t, s, "default", func(req *engine.CreateExecution) {
		req.Policy = &engine.ExecutionPolicy{
			BudgetIDs: []engine.BudgetID{budget},
			Timeout:   &engine.TimeoutPolicy{Attempt: 5 * time.Second},
		}
	})
	facts, err := s.ReadAdmission(Context(t), []engine.ExecutionID{id})
	noError(t, err)
	if f := facts[0]; len(f.BudgetIDs) != 1 || f.BudgetIDs[0] != string(budget) || f.AttemptTimeout != 5*time.Second {
		t.Errorf("got %+v", f)
	}
}

func block(t *testing.T, s Subject, id engine.ExecutionID, reason engine.BlockingReason) {
	t.Helper()
	rejected, err := s.Block(Context(t), engine.BlockRequest{Execution: id, Lane: "default", Reason: reason, Detail: "because"})
	noError(t, err)
	if rejected != nil {
		t.Fatal(rejected)
	}
}

func blockAndUnblock(t *testing.T, s Subject) {
	for reason, idx := range map[engine.BlockingReason]engine.LaneIndex{
		engine.WaitingForBudget:        engine.IndexBlockedBudget,
		engine.WaitingForQuota:         engine.IndexBlockedQuota,
		engine.WaitingForCapableWorker: engine.IndexBlockedRoute,
	} {
		id := submit(t, s, "default")
		block(t, s, id, reason)
		e, err := s.DescribeExecution(Context(t), id)
		noError(t, err)
		if e.State.Blocking != reason || e.BlockingDetail != "because" || e.State.Public != engine.StateRateLimited {
			t.Errorf("%s: %+v, %q", reason, e.State, e.BlockingDetail)
		}
		rows, err := s.LaneExecutions(Context(t), "default", idx, 10)
		noError(t, err)
		if len(rows) != 1 || rows[0].ID != id {
			t.Errorf("%s: %s holds %+v", reason, idx, rows)
		}
		if claimed := tryClaim(t, s, "default"); claimed != nil {
			t.Errorf("%s: claimed %+v", reason, claimed)
		}
		noError(t, s.UnblockExecution(Context(t), "default", id, reason, time.Time{}))
		wantClaimed(t, tryClaim(t, s, "default"), id)
	}
}

func blockReasons(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	for _, reason := range []engine.BlockingReason{engine.PausedByOperator, engine.WaitingForSignal, ""} {
		_, err := s.Block(Context(t), engine.BlockRequest{Execution: id, Lane: "default", Reason: reason})
		wantError(t, err, engine.CodeInvalidBlockingReason)
		wantError(t, s.UnblockExecution(Context(t), "default", id, reason, time.Time{}), engine.CodeInvalidBlockingReason)
	}
	wantState(t, s, id, engine.StateWaiting)
}

func blockEnded(t *testing.T, s Subject) {
	h := working(t, s, "default")
	noError(t, s.Complete(Context(t), h, nil))
	rejected, err := s.Block(Context(t), engine.BlockRequest{Execution: h.ExecutionID, Lane: "default", Reason: engine.WaitingForBudget})
	noError(t, err)
	if rejected == nil || rejected.Code != engine.CodeExecutionNotActive {
		t.Errorf("rejected %v", rejected)
	}
	wantState(t, s, h.ExecutionID, engine.StateCompleted)
}

func unblockRefused(t *testing.T, s Subject) {
	id := submit(t, s, "default")
	wantError(t, s.UnblockExecution(Context(t), "default", id, engine.WaitingForQuota, time.Time{}), engine.CodeExecutionNotEligible)
	unknown := s.Partitions().NewSolo("default")
	wantError(t, s.UnblockExecution(Context(t), "default", unknown, engine.WaitingForQuota, time.Time{}), engine.CodeExecutionNotFound)
	block(t, s, id, engine.WaitingForBudget)
	wantError(t, s.UnblockExecution(Context(t), "default", id, engine.WaitingForQuota, time.Time{}), engine.CodeExecutionNotEligible)
}

func changePriority(t *testing.T, s Subject) {
	first, second := submit(t, s, "default", withPriority(2)), submit(t, s, "default")
	noError(t, s.ChangePriority(Context(t), second, 100_000))
	e, err := s.DescribeExecution(Context(t), second)
	noError(t, err)
	if e.Priority != engine.MaxPriority {
		t.Errorf("priority %d", e.Priority)
	}
	wantClaimed(t, tryClaim(t, s, "default"), second)
	wantClaimed(t, tryClaim(t, s, "default"), first)
}

func changePriorityRefused(t *testing.T, s Subject) {
	h := working(t, s, "default")
	wantError(t, s.ChangePriority(Context(t), h.ExecutionID, 1), engine.CodeExecutionNotEligible)
	wantError(t, s.ChangePriority(Context(t), s.Partitions().NewSolo("default"), 1), engine.CodeExecutionNotFound)
}

func promoteDelayed(t *testing.T, s Subject) {
	due := time.Now().Add(time.Hour)
	id := submit(t, s, "default", func(req *engine.CreateExecution) { req.DelayUntil = due })
	noError(t, s.PromoteDelayed(Context(t), "default", id, due.Add(-time.Minute)))
	wantState(t, s, id, engine.StateDelayed)
	noError(t, s.PromoteDelayed(Context(t), "default", id, due))
	wantState(t, s, id, engine.StateWaiting)
	wantClaimed(t, tryClaim(t, s, "default"), id)
	noError(t, s.PromoteDelayed(Context(t), "default", id, due))
	noError(t, s.PromoteDelayed(Context(t), "default", s.Partitions().NewSolo("default"), due))
}

func newPolicy(t *testing.T, s Subject, perWindow, concurrent uint64) engine.QuotaPolicy {
	t.Helper()
	policy := engine.QuotaPolicy{ID: engine.NewQuotaPolicyID(), Window: time.Minute, MaxPerWindow: perWindow, MaxConcurrent: concurrent}
	created, err := s.CreateQuotaPolicy(Context(t), policy)
	noError(t, err)
	if !created {
		t.Fatal("not created")
	}
	created, err = s.CreateQuotaPolicy(Context(t), policy)
	noError(t, err)
	if created {
		t.Fatal("created twice")
	}
	return policy
}

func admit(t *testing.T, s Subject, policy engine.QuotaPolicy, id engine.ExecutionID, now time.Time, want engine.AdmissionStatus) engine.AdmissionResult {
	t.Helper()
	result, err := s.CheckAdmission(Context(t), engine.Admission{Policy: policy, Execution: id, Now: now})
	noError(t, err)
	if result.Status != want {
		t.Fatalf("%s, want %s", result.Status, want)
	}
	return result
}

func admitRate(t *testing.T, s Subject) {
	policy, now := newPolicy(t, s, 2, 0), time.Now()
	a, b, c := submit(t, s, "default"), submit(t, s, "default"), submit(t, s, "default")
	admit(t, s, policy, a, now, engine.Admitted)
	admit(t, s, policy, a, now, engine.AlreadyAdmitted)
	admit(t, s, policy, b, now, engine.Admitted)
	if r := admit(t, s, policy, c, now.Add(10*time.Second), engine.RateExceeded); r.RetryAfter != 50*time.Second {
		t.Errorf("retry after %s", r.RetryAfter)
	}
	read, err := s.ReadQuotaPolicyLimits(Context(t), policy.ID)
	noError(t, err)
	if read.MaxPerWindow != 2 || read.Window != time.Minute || read.InWindow != 2 || read.Active != 0 {
		t.Errorf("read %+v", read)
	}
	admit(t, s, policy, c, now.Add(time.Minute), engine.Admitted)
}

func admitConcurrency(t *testing.T, s Subject) {
	policy, now := newPolicy(t, s, 0, 1), time.Now()
	a, b := submit(t, s, "default"), submit(t, s, "default")
	admit(t, s, policy, a, now, engine.Admitted)
	admit(t, s, policy, b, now, engine.ConcurrencyExceeded)
	read, err := s.ReadQuotaPolicyLimits(Context(t), policy.ID)
	noError(t, err)
	if read.Active != 1 || read.MaxConcurrent != 1 {
		t.Errorf("read %+v", read)
	}
}

func releaseAdmission(t *testing.T, s Subject) {
	policy, now := newPolicy(t, s, 0, 2), time.Now()
	a, b, c := submit(t, s, "default"), submit(t, s, "default"), submit(t, s, "default")
	admit(t, s, policy, a, now, engine.Admitted)
	admit(t, s, policy, b, now, engine.Admitted)
	for range 2 {
		noError(t, s.ReleaseAdmission(Context(t), policy.ID, a))
	}
	admit(t, s, policy, c, now, engine.Admitted)
	admit(t, s, policy, a, now, engine.ConcurrencyExceeded)
}

func unknownQuota(t *testing.T, s Subject) {
	policy, err := s.ReadQuotaPolicyLimits(Context(t), engine.NewQuotaPolicyID())
	noError(t, err)
	if policy != nil {
		t.Errorf("got %+v", policy)
	}
}
