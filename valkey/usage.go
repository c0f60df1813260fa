package valkey

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"ffboard/engine"
)

// ReportUsage counts usage against a budget's limits (spec 03d §6.2). A hard breach counts nothing. No lease is looked at: spend is
// spend. Errors: ClassNotFound for an unknown budget, CodeInvalidInput for more than 64 dimensions or an amount above 2^52.
func (b *Backend) ReportUsage(ctx context.Context, u engine.Usage) (engine.UsageResult, error) {
	const op = "report_usage"
	k, err := b.checkUsage(ctx, op, u)
	if err != nil {
		return engine.UsageResult{}, err
	}
	names := slices.Sorted(maps.Keys(u.Deltas))
	args := []any{len(names)}
	for _, name := range names {
		args = append(args, name)
	}
	for _, name := range names {
		args = append(args, u.Deltas[name])
	}
	args = append(args,
		millis(orNow(u.Now)),
		usageDedupKey(k, u.DedupKey),
	)
	r, err := b.call(ctx, op, "ff_report_usage_and_check",
		[]string{
			k.usage(),
			k.limits(),
			k.definition(),
		},
		args...,
	)
	if err != nil {
		return engine.UsageResult{}, err
	}
	return decodeUsage(op, r)
}

// RecordSpend is ReportUsage with a ledger: what it counted for an execution can be given back by ReleaseBudget (spec 03d §6.3).
func (b *Backend) RecordSpend(ctx context.Context, u engine.Usage) (engine.UsageResult, error) {
	const op = "record_spend"
	k, err := b.checkUsage(ctx, op, u)
	if err != nil {
		return engine.UsageResult{}, err
	}
	names := slices.Sorted(maps.Keys(u.Deltas))
	args := []any{len(names)}
	for _, name := range names {
		args = append(args, name, u.Deltas[name])
	}
	args = append(args,
		millis(orNow(u.Now)),
		usageDedupKey(k, u.DedupKey),
		string(u.Execution),
	)
	r, err := b.call(ctx, op, "ff_record_spend",
		[]string{
			k.usage(),
			k.limits(),
			k.definition(),
			k.ledger(u.Execution),
			k.ledgerIndex(),
		},
		args...,
	)
	if err != nil {
		return engine.UsageResult{}, err
	}
	return decodeUsage(op, r)
}

// checkUsage refuses what the library would count wrongly or on nothing: an unknown budget would get a definition without limits
//
func (b *Backend) checkUsage(ctx context.Context, op string, u engine.Usage) (budgetKeys, error) {
	k, err := b.checkedBudget(op, u.Budget)
	if err != nil {
		return k, err
	}
	if len(u.Deltas) > mostDimensions {
		return k, tooManyDimensions(op, len(u.Deltas))
	}
	for name, delta := range u.Deltas {
		if delta > largestAmount {
			return k, engine.Invalid(op, strconv.Quote(name)+": amounts above 2^52 are not counted exactly, got: "+strconv.FormatUint(delta, 10))
		}
	}
	known, err := b.budgetExists(ctx, op, k)
	if err == nil && !known {
		err = engine.NotFound(op, "budget", string(u.Budget))
	}
	return k, err
}

// usageDedupKey is the whole key of a dedup id; "" for none. The key names the partition only, so the budget goes into the id
//
func usageDedupKey(k budgetKeys, raw string) string {
	if raw == "" {
		return ""
	}
	return k.usageDedup(string(k.id) + ":" + raw)
}

func decodeUsage(op string, r reply) (engine.UsageResult, error) {
	result := engine.UsageResult{Status: engine.UsageStatus(r.status)}
	switch result.Status {
	case engine.UsageOK, engine.UsageAlreadyApplied:
		return result, nil
	case engine.UsageSoftBreach, engine.UsageHardBreach:
	default:
		return engine.UsageResult{}, badField(op, "status", r.status)
	}
	result.Dimension = r.field(0)
	var err error
	if result.Current, err = parseAmount(r.field(1)); err != nil {
		return engine.UsageResult{}, badField(op, "current_usage", r.field(1))
	}
	if result.Limit, err = parseAmount(r.field(2)); err != nil {
		return engine.UsageResult{}, badField(op, "limit", r.field(2))
	}
	return result, nil
}

// ReleaseBudget gives back what RecordSpend counted for an execution (spec 03d §6.4). Without a ledger it does nothing.
func (b *Backend) ReleaseBudget(ctx context.Context, budget engine.BudgetID, execution engine.ExecutionID) error {
	const op = "release_budget"
	k, err := b.checkedBudget(op, budget)
	if err != nil {
		return err
	}
	_, err = b.call(ctx, op, "ff_release_budget",
		[]string{
			k.usage(),
			k.ledger(execution),
			k.ledgerIndex(),
		},
		string(budget),
		string(execution),
	)
	return err
}
