package valkey

import (
	"testing"
	"time"

	"ffboard/engine"
)

// What our library mends of FlowFabric's (spec 07, rows FIX-LIB), for budgets.

func (x bench) newBudget(change ...func(*engine.CreateBudget)) budgetKeys {
	x.Helper()
	req := engine.CreateBudget{ID: engine.NewBudgetID(), ScopeType: "lane", Dimensions: []engine.BudgetDimension{{Name: "tokens", Hard: 10}}}
	for _, c := range change {
		c(&req)
	}
	_, err := x.CreateBudget(x.ctx, req)
	x.must(err)
	return x.budgetKeys(req.ID)
}

// report is a plain call of ff_report_usage_and_check.
func (x bench) report(k budgetKeys, args ...any) ([]any, error) {
	return x.raw("ff_report_usage_and_check", []string{k.usage(), k.limits(), k.definition()}, args...)
}

func createBudgetKeys(k budgetKeys) []string {
	return []string{k.definition(), k.limits(), k.usage(), k.partition().budgetResets(), k.partition().budgetPolicies()}
}

func TestQ015ABudgetWithABadNumberIsNotCreated(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		good := []any{"id", "lane", "l", "strict", "fail", "warn", "0", "1000", "1", "tokens", "10", "5"}
		for position, message := range map[int]string{
			9:  "dim_count must be a number, got: x",
			7:  "reset_interval_ms must be a number, got: x",
			8:  "now_ms must be a number, got: x",
			11: "hard_limit must be a number, got: x",
			12: "soft_limit must be a number, got: x",
		} {
			t.Run(message, func(t *testing.T) {
				x := newBench(t, b)
				k := b.budgetKeys(engine.NewBudgetID())
				args := append([]any{}, good...)
				args[position-1] = "x"
				got, err := x.raw("ff_create_budget", createBudgetKeys(k), args...)
				x.wantWords(got, err, "0", "invalid_input", message)
				for _, key := range createBudgetKeys(k) {
					if x.exists(key) {
						t.Errorf("%s was written", key)
					}
				}
			})
		}
	})
}

func TestQ134ABudgetIsCreatedOverWhatAReportLeft(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := b.budgetKeys(engine.NewBudgetID())
		got, err := x.report(k, "1", "tokens", "4", "1000")
		x.wantWords(got, err, "1", "OK")
		created, err := b.CreateBudget(x.ctx, engine.CreateBudget{ID: k.id, Dimensions: []engine.BudgetDimension{{Name: "tokens", Hard: 10}}})
		x.must(err)
		if !created {
			t.Error("not created")
		}
		x.wantHash(k.limits(), map[string]string{"hard:tokens": "10"})
		x.wantHash(k.usage(), map[string]string{"tokens": "4"})
	})
}

func TestQ134AResetOfAnUnknownBudgetWritesNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := b.budgetKeys(engine.NewBudgetID())
		schedule := k.partition().budgetResets()
		x.must(b.rdb.ZAdd(x.ctx, schedule, zOf(engine.ExecutionID(k.id))).Err())
		got, err := x.raw("ff_reset_budget", []string{k.definition(), k.usage(), schedule}, string(k.id), "1000")
		x.wantWords(got, err, "1", "OK", "0")
		for _, key := range []string{k.definition(), k.usage(), schedule} {
			if x.exists(key) {
				t.Errorf("%s exists", key)
			}
		}
	})
}

func TestQ136ADimensionGivenTwiceIsSummedBeforeTheCheck(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := x.newBudget()
		got, err := x.report(k, "2", "tokens", "tokens", "6", "6", "1000")
		x.wantWords(got, err, "1", "HARD_BREACH", "tokens", "0", "10")
		got, err = x.raw("ff_record_spend",
			[]string{k.usage(), k.limits(), k.definition(), k.ledger("e"), k.ledgerIndex()}, "2", "tokens", "6", "tokens", "6", "1000", "", "e")
		x.wantWords(got, err, "1", "HARD_BREACH", "tokens", "0", "10")
		if x.exists(k.usage()) || x.exists(k.ledger("e")) {
			t.Error("something was counted")
		}
		got, err = x.report(k, "2", "tokens", "tokens", "4", "5", "1000")
		x.wantWords(got, err, "1", "OK")
		x.wantHash(k.usage(), map[string]string{"tokens": "9"})
	})
}

func TestQ138AReleaseKeepsAllDigits(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := x.newBudget(func(req *engine.CreateBudget) { req.Dimensions = nil })
		x.must(b.rdb.HSet(x.ctx, k.usage(), "tokens", "2000000000000000", "cents", "3").Err())
		x.must(b.rdb.HSet(x.ctx, k.ledger("e"), "tokens", "1", "cents", "5", "zero", "0").Err())
		x.must(b.ReleaseBudget(x.ctx, k.id, "e"))
		x.wantHash(k.usage(), map[string]string{"tokens": "1999999999999999", "cents": "0", "zero": ""})
		got, err := x.report(k, "1", "tokens", "1", "1000")
		x.wantWords(got, err, "1", "OK")
		x.wantHash(k.usage(), map[string]string{"tokens": "2000000000000000"})
	})
}

func TestQ139AResetForgetsWhatExecutionsSpent(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := x.newBudget()
		for _, id := range []engine.ExecutionID{"{fp:0}:a", "{fp:1}:b"} {
			_, err := b.RecordSpend(x.ctx, engine.Usage{Budget: k.id, Execution: id, Deltas: map[string]uint64{"tokens": 1}})
			x.must(err)
		}
		_, err := b.ResetBudget(x.ctx, k.id)
		x.must(err)
		for _, key := range []string{k.ledgerIndex(), k.ledger("{fp:0}:a"), k.ledger("{fp:1}:b")} {
			if x.exists(key) {
				t.Errorf("%s exists", key)
			}
		}
	})
}

func TestQ140AResetTakesTheMarkOfABreachAway(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := x.newBudget(func(req *engine.CreateBudget) { req.ResetInterval = time.Hour })
		x.must(b.rdb.HSet(x.ctx, k.usage(), "breached_at", "1700000000000", "tokens", "12").Err())
		status, err := b.BudgetStatus(x.ctx, k.id)
		x.must(err)
		if len(status.Usage) != 1 || status.Usage["tokens"] != 12 || status.BreachedAt.UnixMilli() != 1700000000000 {
			t.Errorf("status %+v", status)
		}
		_, err = b.ResetBudget(x.ctx, k.id)
		x.must(err)
		stored, err := b.rdb.HGetAll(x.ctx, k.usage()).Result()
		x.must(err)
		if len(stored) != 1 || stored["tokens"] != "0" {
			t.Errorf("usage %v", stored)
		}
	})
}
