package audit

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Budget is a budget's definition with what stands around it.
type Budget struct {
	ID            string
	Definition    Hash
	Listed        Mark // in budget_policies
	Reset         Mark // in budget_resets
	Limits, Usage Hash
}

var BudgetFields = []string{"budget_id", "reset_interval_ms", "next_reset_at", "breach_count", "soft_breach_count", "reset_count"}

// JudgeBudget holds a budget's records against each other. A report to an unknown budget makes a part of one.
func JudgeBudget(b Budget) []Finding {
	var f findings
	def := b.Definition
	if !def.Found {
		return nil
	}
	if !def.set("budget_id") {
		f.addQuirk("Q-134", BudgetConflict, keys(def.Key), "a part of a budget that was never created")
		return f
	}
	f.addNamed(BudgetConflict, def, "budget_id", b.ID)
	if b.Listed.Lacks() {
		f.add(IndexLacks, keys(b.Listed.Key, def.Key), "budget_policies lacks the budget")
	}
	interval, ok := def.number("reset_interval_ms")
	if !ok || interval < 0 {
		f.add(FieldInvalid, keys(def.Key), "reset_interval_ms is %s", word(def.get("reset_interval_ms")))
		return f
	}
	switch {
	case interval > 0 && b.Reset.Lacks():
		f.add(IndexLacks, keys(b.Reset.Key, def.Key), "budget_resets lacks the budget: it will never be reset")
	case interval > 0 && b.Reset.Has() && int64(b.Reset.Score) != def.int("next_reset_at"):
		f.add(IndexScore, keys(b.Reset.Key, def.Key), "budget_resets says %.0f, next_reset_at is %s", b.Reset.Score, word(def.get("next_reset_at")))
	case interval == 0 && b.Reset.Has():
		f.add(IndexStray, keys(b.Reset.Key, def.Key), "budget_resets holds a budget that is never reset")
	}
	f.judgeAmounts(b.Limits, func(name string) bool { return strings.HasPrefix(name, "hard:") || strings.HasPrefix(name, "soft:") })
	f.judgeAmounts(b.Usage, func(string) bool { return true })
	return f
}

func (f *findings) judgeAmounts(h Hash, named func(string) bool) {
	for _, name := range slices.Sorted(maps.Keys(h.Fields)) {
		v := h.Fields[name]
		n, err := strconv.ParseFloat(v, 64)
		switch {
		case !named(name):
			f.add(FieldInvalid, keys(h.Key), "field %s is of no use", word(name))
		case err != nil || n < 0:
			f.add(FieldInvalid, keys(h.Key), "%s is %s", name, word(shortened(v)))
		}
	}
}

// Quota is a quota policy's definition with what stands around it.
type Quota struct {
	ID          string
	Definition  Hash
	Listed      Mark // in quota_policies
	Concurrency Mark
}

var QuotaFields = []string{"quota_policy_id", "requests_per_window_seconds", "max_requests_per_window", "active_concurrency_cap"}

// JudgeQuota holds a quota policy's records against each other.
func JudgeQuota(q Quota) []Finding {
	var f findings
	def := q.Definition
	if !def.Found {
		return nil
	}
	f.addNamed(QuotaConflict, def, "quota_policy_id", q.ID)
	if q.Listed.Lacks() {
		f.addQuirk("Q-147", IndexLacks, keys(q.Listed.Key, def.Key), "quota_policies lacks the policy")
	}
	for _, field := range QuotaFields[1:] {
		if n, ok := def.number(field); !ok || n < 0 {
			f.add(FieldInvalid, keys(def.Key), "%s is %s", field, word(def.get(field)))
		}
	}
	if q.Concurrency.Lacks() {
		f.add(QuotaConflict, keys(q.Concurrency.Key, def.Key), "the policy counts no concurrent executions")
	}
	return f
}
