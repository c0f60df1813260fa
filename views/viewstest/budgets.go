package viewstest

import (
	"context"
	"time"

	"ffboard/engine"
)

func (e *Engine) BudgetRows(_ context.Context, offset, limit int) (engine.BudgetRows, error) {
	e.Lock()
	defer e.Unlock()
	return e.BudgetList, e.record("BudgetRows", offset, limit)
}

func (e *Engine) QuotaRows(_ context.Context, offset, limit int) (engine.QuotaRows, error) {
	e.Lock()
	defer e.Unlock()
	return e.QuotaList, e.record("QuotaRows", offset, limit)
}

func (e *Engine) AttachedExecutions(_ context.Context, p engine.Partition, id string, limit int) ([]engine.ExecutionRow, int, error) {
	e.Lock()
	defer e.Unlock()
	rows := e.LaneRows[engine.IndexActive]
	return rows[:min(limit, len(rows))], len(rows), e.record("AttachedExecutions", p, id, limit)
}

// limit cans budgets in every state and quota policies.
func limit(e *Engine) {
	at := func(n int) engine.Partition { return engine.Partition{Family: engine.FamilyBudget, Index: uint16(n)} }
	budget := func(n int, used, hard, soft uint64) engine.BudgetRow {
		return engine.BudgetRow{Partition: at(n), BudgetStatus: engine.BudgetStatus{
			ID: engine.BudgetID(FlowID(500 + n)), ScopeType: "team", ScopeID: "research", EnforcementMode: "strict",
			OnHardLimit: "suspend", OnSoftLimit: "warn", CreatedAt: ago(48 * time.Hour), NextResetAt: in(3 * time.Hour), ResetInterval: 24 * time.Hour,
			Usage: map[string]uint64{"tokens": used, "calls": 3}, Hard: map[string]uint64{"tokens": hard}, Soft: map[string]uint64{"tokens": soft},
		}}
	}
	rows := []engine.BudgetRow{budget(0, 20, 100, 80), budget(1, 100, 100, 80), budget(2, 85, 100, 80), budget(3, 5, 0, 0)}
	rows[1].Breaches, rows[1].LastBreachAt, rows[1].LastBreachDimension = 7, ago(time.Minute), "tokens"
	missing := engine.BudgetRow{Partition: at(0), Missing: true, BudgetStatus: engine.BudgetStatus{ID: "caf\u00e9 \x1b[1m",
		Malformed: []engine.FieldError{{Field: "budget_id", Problem: "not a valid id"}}}}
	e.BudgetList = engine.BudgetRows{Rows: append(rows, missing), Total: 905}
	quota := func(n int, used, most, active, capped uint64) engine.QuotaRow {
		return engine.QuotaRow{Partition: engine.Partition{Family: engine.FamilyQuota, Index: uint16(n)}, AdmissionWindow: used, Admitted: int(active),
			QuotaPolicy: engine.QuotaPolicy{ID: engine.QuotaPolicyID(FlowID(600 + n)), Window: time.Minute, MaxPerWindow: most, MaxConcurrent: capped,
				Active: active, InWindow: used, CreatedAt: ago(time.Hour)}}
	}
	e.QuotaList = engine.QuotaRows{Total: 3, Rows: []engine.QuotaRow{quota(0, 3, 10, 1, 4), quota(1, 10, 10, 0, 0), quota(2, 0, 0, 2, 2)}}
}
