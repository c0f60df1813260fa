package valkey

import (
	"slices"
	"testing"
	"time"

	"ffboard/engine"
)

func TestBudgetsAreListedByPartitionAPageAtATime(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for range 7 {
			_, err := b.CreateBudget(x.ctx, engine.CreateBudget{ID: engine.NewBudgetID(), ScopeType: "team", ScopeID: "a",
				Dimensions: []engine.BudgetDimension{{Name: "tokens", Hard: 100, Soft: 80}}})
			x.must(err)
		}
		strange := partitionKeys(engine.Partition{Family: engine.FamilyBudget}).budgetPolicies()
		x.must(b.rdb.SAdd(x.ctx, strange, "no id \x1b[2J").Err())
		all, err := b.BudgetRows(x.ctx, 0, 100)
		x.must(err)
		if all.Total != 8 || len(all.Rows) != 8 {
			t.Fatalf("%d of %d", len(all.Rows), all.Total)
		}
		marked := 0
		for _, row := range all.Rows {
			if len(row.Malformed) > 0 || row.Missing {
				marked++
			} else if row.Hard["tokens"] != 100 || row.ScopeID != "a" {
				t.Errorf("%+v", row)
			}
		}
		if marked != 1 {
			t.Errorf("%d are marked", marked)
		}
		var paged []engine.BudgetID
		for offset := 0; offset < 9; offset += 3 {
			page, err := b.BudgetRows(x.ctx, offset, 3)
			x.must(err)
			for _, row := range page.Rows {
				paged = append(paged, row.ID)
			}
		}
		var whole []engine.BudgetID
		for _, row := range all.Rows {
			whole = append(whole, row.ID)
		}
		if !slices.Equal(paged, whole) {
			t.Errorf("by pages %v, at once %v", paged, whole)
		}
	})
}

func TestQ118QuotaPoliciesAreListedWithBothWindows(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := engine.NewQuotaPolicyID()
		_, err := b.CreateQuotaPolicy(x.ctx, engine.QuotaPolicy{ID: id, Window: time.Minute, MaxPerWindow: 10, MaxConcurrent: 2})
		x.must(err)
		k := b.quotaKeys(id)
		execution := x.submit()
		x.must(b.rdb.ZAdd(x.ctx, k.window(admissionWindow), zAt(x.now(), "a"), zAt(x.now(), "b"), zAt(x.now().Add(-time.Hour), "old")).Err())
		x.must(b.rdb.ZAdd(x.ctx, k.window(policyWindow), zAt(x.now(), "a")).Err())
		x.must(b.rdb.SAdd(x.ctx, k.admittedSet(), string(execution), "no id").Err())
		x.must(b.rdb.Set(x.ctx, k.concurrency(), "many", 0).Err())
		got, err := b.QuotaRows(x.ctx, 0, 9)
		x.must(err)
		if len(got.Rows) != 1 || got.Total != 1 {
			t.Fatalf("%+v", got)
		}
		q := got.Rows[0]
		if q.ID != id || q.AdmissionWindow != 2 || q.OfPolicy != 1 || q.InWindow != 2 || q.Admitted != 2 || q.MaxConcurrent != 2 || len(q.Malformed) != 1 {
			t.Errorf("%+v", q)
		}
		rows, total, err := b.AttachedExecutions(x.ctx, q.Partition, string(id), 9)
		x.must(err)
		if total != 2 || len(rows) != 2 || !slices.ContainsFunc(rows, func(r engine.ExecutionRow) bool { return r.ID == execution && r.State == engine.StateWaiting }) {
			t.Errorf("%d admitted: %+v", total, rows)
		}
	})
}
