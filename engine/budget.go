package engine

import "time"

// CreateBudget is the input of Budgets.CreateBudget (spec 04a §13.3). Limits of 0 mean none.
type CreateBudget struct {
	ID                                        BudgetID
	ScopeType, ScopeID                        string
	EnforcementMode, OnHardLimit, OnSoftLimit string
	ResetInterval                             time.Duration
	Dimensions                                []BudgetDimension
	Now                                       time.Time
}

// BudgetDimension is one counted dimension with its limits.
type BudgetDimension struct {
	Name       string
	Hard, Soft uint64
}

// BudgetStatus is a budget with its usage (spec 04a §15.6).
type BudgetStatus struct {
	ID                       BudgetID
	ScopeType, ScopeID       string
	EnforcementMode          string
	OnHardLimit, OnSoftLimit string
	Usage, Hard, Soft        map[string]uint64
	Breaches, SoftBreaches   uint64
	LastBreachAt             time.Time
	LastBreachDimension      string
	BreachedAt               time.Time // the reconciler's marker
	ResetInterval            time.Duration
	NextResetAt, CreatedAt   time.Time
	Malformed                []FieldError
}

// Usage is the input of ReportUsage and RecordSpend.
type Usage struct {
	Budget    BudgetID
	Execution ExecutionID // RecordSpend only: whose ledger
	Deltas    map[string]uint64
	DedupKey  string
	Now       time.Time
}

// UsageResult is the outcome of a usage report (spec 04a §15.1). A hard breach applied nothing.
type UsageResult struct {
	Status    UsageStatus
	Dimension string
	Current   uint64
	Limit     uint64
}

// UsageStatus is the word of a usage report's reply.
type UsageStatus string

const (
	UsageOK             UsageStatus = "OK"
	UsageAlreadyApplied UsageStatus = "ALREADY_APPLIED"
	UsageSoftBreach     UsageStatus = "SOFT_BREACH"
	UsageHardBreach     UsageStatus = "HARD_BREACH"
)

// BudgetLimits is what the scheduler reads (spec 04a §15.7): hard limits above 0 only, with current usage.
type BudgetLimits struct {
	Hard  map[string]uint64
	Usage map[string]uint64
}

// QuotaPolicy is a quota definition (spec 01 §3.8). Zero limits mean unlimited.
type QuotaPolicy struct {
	ID            QuotaPolicyID
	Window        time.Duration // whole seconds on the wire
	MaxPerWindow  uint64
	MaxConcurrent uint64
	Jitter        time.Duration
	CreatedAt     time.Time
	Active        uint64 // counter of admitted executions
	InWindow      uint64
}

// Admission is the input of CheckAdmission (spec 04a §15.9).
type Admission struct {
	Policy    QuotaPolicy
	Dimension string // "" means default
	Execution ExecutionID
	Now       time.Time
}

// AdmissionResult is the reply of CheckAdmission.
type AdmissionResult struct {
	Status     AdmissionStatus
	RetryAfter time.Duration
}

// AdmissionStatus is the word of an admission's reply.
type AdmissionStatus string

const (
	Admitted            AdmissionStatus = "ADMITTED"
	AlreadyAdmitted     AdmissionStatus = "ALREADY_ADMITTED"
	RateExceeded        AdmissionStatus = "RATE_EXCEEDED"
	ConcurrencyExceeded AdmissionStatus = "CONCURRENCY_EXCEEDED"
)
