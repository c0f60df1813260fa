package engine

import "time"

// Execution is the snapshot of one execution record (spec 01 §3.1.1, 04a §10.1).
type Execution struct {
	ID        ExecutionID
	FlowID    FlowID // "" when it belongs to none
	Lane      LaneID
	Namespace Namespace
	Kind      string
	Priority  int

	State          StateVector
	BlockingDetail string

	Attempt    *AttemptSummary // nil before the first claim
	Lease      *LeaseSummary   // nil while nobody holds it
	Waitpoint  WaitpointID     // primary waitpoint of the open suspension
	Suspension SuspensionID

	CreatedAt, StartedAt, CompletedAt time.Time
	LastTransitionAt, LastMutationAt  time.Time
	DelayUntil                        time.Time
	LeaseExpiredAt, LeaseRevokedAt    time.Time
	LeaseRevokeReason                 string

	TotalAttempts int
	RetryCount    int
	ReplayCount   int
	ReclaimCount  int

	FailureReason      string // kept by the wire after a later success: meaningful with outcome failed or expired only
	CancellationReason string
	CancelledBy        string

	ProgressPercent   int // -1 when none was reported
	ProgressMessage   string
	ProgressUpdatedAt time.Time

	RequiredCapabilities     []string
	LastCapabilityMismatchAt time.Time
	BudgetIDs                []string
	QuotaPolicyID            string
	CreatorIdentity          string

	Tags map[string]string

	// Malformed lists the fields of the stored record that do not decode; the rest of the snapshot stands.
	Malformed []FieldError
}

// FieldError names one field of a stored record that does not decode. Value is a stranger's text.
type FieldError struct {
	Field, Value, Problem string
}

// AttemptSummary identifies the current attempt.
type AttemptSummary struct {
	ID    AttemptID
	Index uint32
}

// LeaseSummary is who holds an execution and until when.
type LeaseSummary struct {
	ID              LeaseID
	Epoch           uint64
	Worker          WorkerID
	WorkerInstance  WorkerInstanceID
	AttemptIndex    uint32
	AcquiredAt      time.Time
	ExpiresAt       time.Time
	RenewedAt       time.Time
	RenewalDeadline time.Time
}

// Attempt is one attempt record (spec 01 §3.2.2).
type Attempt struct {
	ID                                                         AttemptID
	Index                                                      uint32
	Type                                                       AttemptType
	State                                                      string // attempt lifecycle of spec 01 §4.4: started, suspended, ended_success, …
	Worker                                                     WorkerID
	WorkerInstance                                             WorkerInstanceID
	LeaseEpoch                                                 uint64
	CreatedAt, StartedAt, EndedAt, SuspendedAt, ResumedAt      time.Time
	FailureReason, FailureCategory, RetryReason, ReclaimReason string
	Malformed                                                  []FieldError
}

// ExecutionContext is what a handler needs to begin (spec 04a §10.2).
type ExecutionContext struct {
	Payload []byte
	Kind    string
	Tags    map[string]string
}

// LeaseEvent is one entry of an execution's lease history (spec 03e §17).
type LeaseEvent struct {
	ID     string
	At     time.Time
	Event  string
	Fields map[string]string
}

// Delivered is one signal record of an execution (spec 01 §3.3.8).
type Delivered struct {
	ID             SignalID
	Waitpoint      WaitpointID
	Name           string
	Category       string
	SourceType     string
	SourceIdentity string
	CorrelationID  string
	IdempotencyKey string
	AcceptedAt     time.Time
	Effect         string
	Encoding       string
	Payload        []byte // nil when none was sent
	Malformed      []FieldError
}
