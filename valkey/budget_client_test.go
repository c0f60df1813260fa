package valkey

import (
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What our side does better than FlowFabric's with the same keys (spec 07, rows FIX-CLIENT): budgets.

func TestQ134AReportToAnUnknownBudgetCreatesNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := b.budgetKeys(engine.NewBudgetID())
		_, err := b.ReportUsage(x.ctx, engine.Usage{Budget: k.id, Deltas: map[string]uint64{"tokens": 1}})
		if !errors.Is(err, engine.ClassNotFound) {
			t.Errorf("error %v", err)
		}
		if x.exists(k.definition()) || x.exists(k.usage()) {
			t.Error("something was written")
		}
	})
}

func TestQ134ACreateSaysThatLeftoversHideIt(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		// What FlowFabric's library answers over the leftovers of a report.
		x.foreignLibrary()
		x.must(b.rdb.FunctionLoadReplace(x.ctx, "#!lua name=flowfabric\nredis.register_function('ff_create_budget', "+
			"function(keys, args) return {1, 'ALREADY_SATISFIED', args[1]} end)").Err())
		_, err := b.CreateBudget(x.ctx, engine.CreateBudget{ID: engine.NewBudgetID()})
		if !errors.Is(err, engine.ClassConflict) {
			t.Errorf("error %v", err)
		}
	})
}

func TestQ137ADedupIDIsOfOneBudget(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := x.newBudget()
		_, err := b.ReportUsage(x.ctx, engine.Usage{Budget: k.id, Deltas: map[string]uint64{"tokens": 1}, DedupKey: "r"})
		x.must(err)
		if got := b.rdb.Get(x.ctx, "ff:usagededup:"+k.tag+":"+string(k.id)+":r").Val(); got != "1" {
			t.Errorf("dedup record %q", got)
		}
	})
}

func TestQ140OurReconcilerNeverMarksABreach(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := x.newBudget()
		x.must(b.rdb.HSet(x.ctx, k.usage(), "tokens", "99").Err())
		gone := engine.NewBudgetID()
		x.must(b.rdb.SAdd(x.ctx, k.partition().budgetPolicies(), string(gone)).Err())
		for _, want := range []int{1, 0} {
			changed, err := b.ReconcileBudgets(x.ctx, b.Partitions().OfBudget(k.id), x.now())
			x.must(err)
			if changed != want {
				t.Errorf("changed %d, want %d", changed, want)
			}
		}
		if x.hash(k.usage(), "breached_at") != "" || b.rdb.SCard(x.ctx, k.partition().budgetPolicies()).Val() != 1 {
			t.Error("a mark was written, or the budget left the index")
		}
	})
}

func TestQ179AnAmountThatIsNoneIsNotTakenForZero(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		k := x.newBudget()
		x.must(b.rdb.HSet(x.ctx, k.usage(), "tokens", "abc", "cents", "3").Err())
		status, err := b.BudgetStatus(x.ctx, k.id)
		x.must(err)
		if _, shown := status.Usage["tokens"]; shown || status.Usage["cents"] != 3 || len(status.Malformed) != 1 || status.Malformed[0].Field != "tokens" {
			t.Errorf("status %+v", status)
		}
		if _, err := b.ReadBudgetLimits(x.ctx, k.id); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("error %v", err)
		}
		x.must(b.rdb.HDel(x.ctx, k.usage(), "tokens").Err())
		x.must(b.rdb.HSet(x.ctx, k.limits(), "hard:tokens", "lots").Err())
		if _, err := b.ReadBudgetLimits(x.ctx, k.id); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("error %v", err)
		}
	})
}

func TestQ193JunkInTheResetScheduleIsNeitherListedNorKept(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := engine.NewBudgetID()
		p := b.Partitions().OfBudget(id)
		schedule := partitionKeys(p).budgetResets()
		x.must(b.rdb.ZAdd(x.ctx, schedule, redis.Z{Member: "junk", Score: 1}, redis.Z{Member: string(id), Score: 2}).Err())
		due, err := b.DueBudgetResets(x.ctx, p, x.now(), 10)
		x.must(err)
		if len(due) != 1 || due[0] != id || b.rdb.ZCard(x.ctx, schedule).Val() != 1 {
			t.Errorf("due %v", due)
		}
	})
}

func FuzzDecodeBudget(f *testing.F) {
	f.Add("hard:tokens", "10", "tokens", "5", "breach_count", "1")
	f.Add("soft:", "-1", "breached_at", "x", "reset_interval_ms", "1e30")
	f.Fuzz(func(t *testing.T, limit, most, dimension, used, field, value string) {
		status := decodeBudget("b",
			newRecord(map[string]string{field: value}),
			newRecord(map[string]string{dimension: used}),
			newRecord(map[string]string{limit: most}))
		if len(status.Usage)+len(status.Hard)+len(status.Soft) > 2 {
			t.Errorf("status %+v", status)
		}
		_, _ = decodeLimits("op", budgetKeys{}, newRecord(map[string]string{limit: most}), newRecord(map[string]string{dimension: used}))
	})
}
