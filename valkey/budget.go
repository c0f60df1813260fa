package valkey

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	mostDimensions = 64
	// largestAmount is the largest number that the library counts exactly.
	largestAmount = 1 << 52
)

// CreateBudget defines a budget (spec 03d §6.1). created is false when it was there: what is stored stays. ClassConflict: FlowFabric's
// library takes the leftovers of a report for a definition.
func (b *Backend) CreateBudget(ctx context.Context, req engine.CreateBudget) (created bool, err error) {
	const op = "create_budget"
	k, err := b.checkedBudget(op, req.ID)
	if err != nil {
		return false, err
	}
	if len(req.Dimensions) > mostDimensions {
		return false, tooManyDimensions(op, len(req.Dimensions))
	}
	args := []any{
		string(req.ID),
		req.ScopeType,
		req.ScopeID,
		req.EnforcementMode,
		req.OnHardLimit,
		req.OnSoftLimit,
		millisOf(req.ResetInterval),
		millis(orNow(req.Now)),
		len(req.Dimensions),
	}
	for _, d := range req.Dimensions {
		args = append(args, d.Name)
	}
	for _, d := range req.Dimensions {
		args = append(args, d.Hard)
	}
	for _, d := range req.Dimensions {
		args = append(args, d.Soft)
	}
	r, err := b.call(ctx, op, "ff_create_budget",
		[]string{
			k.definition(),
			k.limits(),
			k.usage(),
			k.partition().budgetResets(),
			k.partition().budgetPolicies(),
		},
		args...,
	)
	if err != nil || r.status != "ALREADY_SATISFIED" {
		return err == nil, err
	}
	known, err := b.budgetExists(ctx, op, k)
	if err == nil && !known {
		err = &engine.Error{Class: engine.ClassConflict, Op: op, Entity: "budget", Key: string(req.ID),
			Detail: "an incomplete definition is in its place"}
	}
	return false, err
}

func (b *Backend) checkedBudget(op string, budget engine.BudgetID) (budgetKeys, error) {
	if _, err := engine.ParseBudgetID(string(budget)); err != nil {
		return budgetKeys{}, engine.Invalid(op, err.Error())
	}
	return b.budgetKeys(budget), nil
}

func tooManyDimensions(op string, n int) error {
	return engine.Invalid(op, fmt.Sprintf("too_many_dimensions: limit=%d, got=%d", mostDimensions, n))
}

// budgetExists tells a definition from what a report or a reset leaves behind where there is none.
func (b *Backend) budgetExists(ctx context.Context, op string, k budgetKeys) (bool, error) {
	known, err := b.rdb.HExists(ctx, k.definition(), "budget_id").Result()
	return known, transport(op, err)
}

// ResetBudget sets all usage to zero (spec 03d §6.5). The next reset is zero for a budget that does not reset by itself.
func (b *Backend) ResetBudget(ctx context.Context, budget engine.BudgetID) (time.Time, error) {
	const op = "reset_budget"
	k, err := b.checkedBudget(op, budget)
	if err != nil {
		return time.Time{}, err
	}
	var known *redis.BoolCmd
	var now *redis.TimeCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		known = p.HExists(ctx, k.definition(), "budget_id")
		now = p.Time(ctx)
	})
	if err != nil {
		return time.Time{}, err
	}
	if !known.Val() {
		return time.Time{}, engine.NotFound(op, "budget", string(budget))
	}
	r, err := b.call(ctx, op, "ff_reset_budget",
		[]string{
			k.definition(),
			k.usage(),
			k.partition().budgetResets(),
		},
		string(budget),
		millis(now.Val()),
	)
	if err != nil {
		return time.Time{}, err
	}
	if r.field(0) == "0" {
		return time.Time{}, nil
	}
	next, err := parseMillis(r.field(0))
	if err != nil {
		return time.Time{}, badField(op, "next_reset_at", r.field(0))
	}
	return next, nil
}

// BudgetStatus reads a budget with its usage (spec 03d §14.2).
func (b *Backend) BudgetStatus(ctx context.Context, budget engine.BudgetID) (*engine.BudgetStatus, error) {
	const op = "get_budget_status"
	k, err := b.checkedBudget(op, budget)
	if err != nil {
		return nil, err
	}
	var definition, usage, limits *redis.MapStringStringCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		definition = p.HGetAll(ctx, k.definition())
		usage = p.HGetAll(ctx, k.usage())
		limits = p.HGetAll(ctx, k.limits())
	})
	if err != nil {
		return nil, err
	}
	def := readWholeHash(definition)
	if len(def.bad) == 0 && def.text("budget_id") == "" {
		return nil, engine.NotFound(op, "budget", string(budget))
	}
	return decodeBudget(budget, def, readWholeHash(usage), readWholeHash(limits)), nil
}

func decodeBudget(budget engine.BudgetID, def, usage, limits *record) *engine.BudgetStatus {
	s := &engine.BudgetStatus{
		ID:                  budget,
		ScopeType:           def.text("scope_type"),
		ScopeID:             def.text("scope_id"),
		EnforcementMode:     def.text("enforcement_mode"),
		OnHardLimit:         def.text("on_hard_limit"),
		OnSoftLimit:         def.text("on_soft_limit"),
		Usage:               map[string]uint64{},
		Hard:                map[string]uint64{},
		Soft:                map[string]uint64{},
		Breaches:            def.count("breach_count"),
		SoftBreaches:        def.count("soft_breach_count"),
		LastBreachAt:        def.time("last_breach_at"),
		LastBreachDimension: def.text("last_breach_dim"),
		ResetInterval:       time.Duration(def.number("reset_interval_ms", 0)) * time.Millisecond,
		NextResetAt:         def.time("next_reset_at"),
		CreatedAt:           def.time("created_at"),
	}
	// The mark of FlowFabric's reconciler stands among the dimensions.
	s.BreachedAt = usage.time(breachedField)
	for name := range usage.fields {
		if name != breachedField && name != "_init" {
			usage.amountInto(s.Usage, name, name)
		}
	}
	for field := range limits.fields {
		if name, hard := strings.CutPrefix(field, hardPrefix); hard {
			limits.amountInto(s.Hard, name, field)
		} else if name, soft := strings.CutPrefix(field, softPrefix); soft {
			limits.amountInto(s.Soft, name, field)
		}
	}
	s.Malformed = append(append(def.bad, usage.bad...), limits.bad...)
	return s
}

const (
	hardPrefix    = "hard:"
	softPrefix    = "soft:"
	breachedField = "breached_at"
)

// amountInto decodes a counted amount; a malformed one is left out of the map.
func (r *record) amountInto(amounts map[string]uint64, name, field string) {
	n, err := parseAmount(r.fields[field])
	if err != nil {
		r.malformed(field, "not an amount")
		return
	}
	amounts[name] = n
}

// parseAmount reads a count of the wire; large ones that went through a release by FlowFabric's library are floats.
func parseAmount(v string) (uint64, error) {
	n, err := strconv.ParseUint(v, 10, 64)
	if err == nil {
		return n, nil
	}
	whole, err := parseWhole(v)
	if err != nil || whole < 0 {
		return 0, strconv.ErrSyntax
	}
	return uint64(whole), nil
}

// ReadBudgetLimits reads what a claim is held against (spec 04a §15.7): hard limits above 0 with the usage of their dimensions.
// Both are empty for an unknown budget. A limit or a usage that is no amount is ClassCorruption: nothing may be granted on it.
func (b *Backend) ReadBudgetLimits(ctx context.Context, budget engine.BudgetID) (engine.BudgetLimits, error) {
	const op = "read_budget_usage_and_limits"
	k, err := b.checkedBudget(op, budget)
	if err != nil {
		return engine.BudgetLimits{}, err
	}
	var usage, limits *redis.MapStringStringCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		limits = p.HGetAll(ctx, k.limits())
		usage = p.HGetAll(ctx, k.usage())
	})
	if err != nil {
		return engine.BudgetLimits{}, err
	}
	return decodeLimits(op, k, readWholeHash(limits), readWholeHash(usage))
}

func decodeLimits(op string, k budgetKeys, limits, usage *record) (engine.BudgetLimits, error) {
	read := engine.BudgetLimits{Hard: map[string]uint64{}, Usage: map[string]uint64{}}
	for field := range limits.fields {
		name, hard := strings.CutPrefix(field, hardPrefix)
		if !hard {
			continue
		}
		limits.amountInto(read.Hard, name, field)
		if read.Hard[name] == 0 {
			delete(read.Hard, name)
			continue
		}
		read.Usage[name] = 0
		if usage.text(name) != "" {
			usage.amountInto(read.Usage, name, name)
		}
	}
	for key, r := range map[string]*record{k.limits(): limits, k.usage(): usage} {
		if len(r.bad) > 0 {
			bad := engine.Corrupt(key, r.bad[0].Field, r.bad[0].Problem)
			bad.Op = op
			return engine.BudgetLimits{}, bad
		}
	}
	return read, nil
}
