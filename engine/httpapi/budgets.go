package httpapi

import (
	"fmt"
	"time"

	"ffboard/engine"
)

const mostDimensions = 64

type createBudgetBody struct {
	BudgetID        must[engine.BudgetID] `json:"budget_id"`
	ScopeType       must[string]          `json:"scope_type"`
	ScopeID         must[string]          `json:"scope_id"`
	EnforcementMode must[string]          `json:"enforcement_mode"`
	OnHardLimit     must[string]          `json:"on_hard_limit"`
	OnSoftLimit     must[string]          `json:"on_soft_limit"`
	ResetIntervalMS must[uint64]          `json:"reset_interval_ms"`
	Dimensions      must[[]string]        `json:"dimensions"`
	HardLimits      must[[]uint64]        `json:"hard_limits"`
	SoftLimits      must[[]uint64]        `json:"soft_limits"`
	Now             must[int64]           `json:"now"`
}

type budgetRef struct {
	BudgetID engine.BudgetID `json:"budget_id"`
}

// createBudget is POST /v1/budgets (spec 06 §6.24).
func (a *API) createBudget(c *call) (answer, error) {
	body, err := decodeBody[createBudgetBody](c)
	if err != nil {
		return answer{}, err
	}
	dimensions, err := body.dimensions()
	if err != nil {
		return answer{}, err
	}
	isNew, err := a.Backend.CreateBudget(c.Context(), engine.CreateBudget{
		ID:              body.BudgetID.v,
		ScopeType:       body.ScopeType.v,
		ScopeID:         body.ScopeID.v,
		EnforcementMode: body.EnforcementMode.v,
		OnHardLimit:     body.OnHardLimit.v,
		OnSoftLimit:     body.OnSoftLimit.v,
		ResetInterval:   duration(body.ResetIntervalMS.v),
		Dimensions:      dimensions,
		Now:             time.UnixMilli(body.Now.v),
	})
	if err != nil {
		return answer{}, err
	}
	return created(isNew, budgetRef{body.BudgetID.v})
}

// dimensions joins the three parallel lists.
func (b *createBudgetBody) dimensions() ([]engine.BudgetDimension, error) {
	names, hard, soft := b.Dimensions.v, b.HardLimits.v, b.SoftLimits.v
	switch {
	case len(names) > mostDimensions:
		return nil, badRequest(fmt.Sprintf("too_many_dimensions: limit=%d, got=%d", mostDimensions, len(names)))
	case len(hard) != len(names):
		return nil, badRequest(fmt.Sprintf("dimension_limit_array_mismatch: dimensions=%d hard_limits=%d", len(names), len(hard)))
	case len(soft) != len(names):
		return nil, badRequest(fmt.Sprintf("dimension_limit_array_mismatch: dimensions=%d soft_limits=%d", len(names), len(soft)))
	}
	joined := make([]engine.BudgetDimension, len(names))
	for i, name := range names {
		joined[i] = engine.BudgetDimension{Name: name, Hard: hard[i], Soft: soft[i]}
	}
	return joined, nil
}

// budgetBody has its times as text, null for those that never were (spec 06 §6.25).
type budgetBody struct {
	BudgetID        engine.BudgetID   `json:"budget_id"`
	ScopeType       string            `json:"scope_type"`
	ScopeID         string            `json:"scope_id"`
	EnforcementMode string            `json:"enforcement_mode"`
	Usage           map[string]uint64 `json:"usage"`
	HardLimits      map[string]uint64 `json:"hard_limits"`
	SoftLimits      map[string]uint64 `json:"soft_limits"`
	BreachCount     uint64            `json:"breach_count"`
	SoftBreachCount uint64            `json:"soft_breach_count"`
	LastBreachAt    *string           `json:"last_breach_at"`
	LastBreachDim   *string           `json:"last_breach_dim"`
	NextResetAt     *string           `json:"next_reset_at"`
	CreatedAt       *string           `json:"created_at"`
}

// readBudget is GET /v1/budgets/{id} (spec 06 §6.25).
func (a *API) readBudget(c *call) (answer, error) {
	id, err := c.budget()
	if err != nil {
		return answer{}, err
	}
	b, err := a.Backend.BudgetStatus(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	return ok(budgetBody{
		BudgetID:        b.ID,
		ScopeType:       b.ScopeType,
		ScopeID:         b.ScopeID,
		EnforcementMode: b.EnforcementMode,
		Usage:           b.Usage,
		HardLimits:      b.Hard,
		SoftLimits:      b.Soft,
		BreachCount:     b.Breaches,
		SoftBreachCount: b.SoftBreaches,
		LastBreachAt:    textOrNull(stamp(b.LastBreachAt)),
		LastBreachDim:   textOrNull(b.LastBreachDimension),
		NextResetAt:     textOrNull(stamp(b.NextResetAt)),
		CreatedAt:       textOrNull(stamp(b.CreatedAt)),
	})
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

type usageBody struct {
	Dimensions must[map[string]uint64] `json:"dimensions"`
	Now        must[int64]             `json:"now"`
	DedupKey   string                  `json:"dedup_key"`
}

type softBreach struct {
	Dimension    string `json:"dimension"`
	CurrentUsage uint64 `json:"current_usage"`
	SoftLimit    uint64 `json:"soft_limit"`
}

type hardBreach struct {
	Dimension    string `json:"dimension"`
	CurrentUsage uint64 `json:"current_usage"`
	HardLimit    uint64 `json:"hard_limit"`
}

// reportUsage is POST /v1/budgets/{id}/usage (spec 06 §6.26).
func (a *API) reportUsage(c *call) (answer, error) {
	id, err := c.budget()
	if err != nil {
		return answer{}, err
	}
	body, err := decodeBody[usageBody](c)
	if err != nil {
		return answer{}, err
	}
	result, err := a.Backend.ReportUsage(c.Context(), engine.Usage{
		Budget: id, Deltas: body.Dimensions.v, DedupKey: body.DedupKey, Now: time.UnixMilli(body.Now.v),
	})
	if err != nil {
		return answer{}, err
	}
	switch result.Status {
	case engine.UsageOK:
		return ok("Ok")
	case engine.UsageAlreadyApplied:
		return ok("AlreadyApplied")
	case engine.UsageSoftBreach:
		return ok(variant("SoftBreach", softBreach{result.Dimension, result.Current, result.Limit}))
	case engine.UsageHardBreach:
		return ok(variant("HardBreach", hardBreach{result.Dimension, result.Current, result.Limit}))
	default:
		return answer{}, fmt.Errorf("report usage: unknown status %q", result.Status)
	}
}

type budgetReset struct {
	NextResetAt int64 `json:"next_reset_at"`
}

// resetBudget is POST /v1/budgets/{id}/reset (spec 06 §6.27).
func (a *API) resetBudget(c *call) (answer, error) {
	id, err := c.budget()
	if err != nil {
		return answer{}, err
	}
	next, err := a.Backend.ResetBudget(c.Context(), id)
	if err != nil {
		return answer{}, err
	}
	return ok(variant("Reset", budgetReset{millisOf(next)}))
}

type createQuotaBody struct {
	QuotaPolicyID        must[engine.QuotaPolicyID] `json:"quota_policy_id"`
	WindowSeconds        must[uint64]               `json:"window_seconds"`
	MaxRequestsPerWindow must[uint64]               `json:"max_requests_per_window"`
	MaxConcurrent        must[uint64]               `json:"max_concurrent"`
	Now                  must[int64]                `json:"now"`
}

type quotaRef struct {
	QuotaPolicyID engine.QuotaPolicyID `json:"quota_policy_id"`
}

// createQuota is POST /v1/quotas (spec 06 §6.28).
func (a *API) createQuota(c *call) (answer, error) {
	body, err := decodeBody[createQuotaBody](c)
	if err != nil {
		return answer{}, err
	}
	isNew, err := a.Backend.CreateQuotaPolicy(c.Context(), engine.QuotaPolicy{
		ID:            body.QuotaPolicyID.v,
		Window:        seconds(body.WindowSeconds.v),
		MaxPerWindow:  body.MaxRequestsPerWindow.v,
		MaxConcurrent: body.MaxConcurrent.v,
		CreatedAt:     time.UnixMilli(body.Now.v),
	})
	if err != nil {
		return answer{}, err
	}
	return created(isNew, quotaRef{body.QuotaPolicyID.v})
}

func seconds(n uint64) time.Duration {
	const most = uint64(1<<63-1) / uint64(time.Second)
	return time.Duration(min(n, most)) * time.Second
}
