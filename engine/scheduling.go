package engine

import "time"

// ClaimRequest is the input of Claimer.Claim (spec 04a §6.1).
type ClaimRequest struct {
	Lane           LaneID
	Capabilities   []string
	Worker         WorkerID
	WorkerInstance WorkerInstanceID
	LeaseTTL       time.Duration
}

// ClaimExecution consumes a grant (spec 04a §9.5).
type ClaimExecution struct {
	Execution       ExecutionID
	Worker          WorkerID
	WorkerInstance  WorkerInstanceID
	Lane            LaneID
	LeaseID         LeaseID   // "" mints one
	AttemptID       AttemptID // "" mints one
	LeaseTTL        time.Duration
	ExpectedAttempt uint32
	PolicyJSON      string // attempt policy; "" means {}
	AttemptTimeout  time.Duration
	Deadline        time.Time
}

// ClaimResumed consumes a grant for an interrupted attempt (spec 04a §6.8).
type ClaimResumed struct {
	Execution      ExecutionID
	Worker         WorkerID
	WorkerInstance WorkerInstanceID
	Lane           LaneID
	LeaseID        LeaseID // "" mints one
	LeaseTTL       time.Duration
	AttemptIndex   uint32
	Remaining      time.Duration // of the attempt timeout; 0 means none
}

// Claimed is a lease just acquired.
type Claimed struct {
	Handle      Handle
	AttemptType AttemptType
	ExpiresAt   time.Time
	Context     *ExecutionContext // what a handler begins with, where the claim has read it along; nil: ask
}

// Grant authorises one worker to claim one execution for a short while.
type Grant struct {
	Execution    ExecutionID
	Partition    Partition
	Key          string
	Lane         LaneID
	ExpiresAt    time.Time
	Resumed      bool   // the holder must use ClaimResumedExecution
	AttemptIndex uint32 // index the claim will use
}

// IssueGrant is the input of IssueClaimGrant and IssueReclaimGrant (spec 04a §9.2, §6.9).
type IssueGrant struct {
	Execution        ExecutionID
	Lane             LaneID
	Worker           WorkerID
	WorkerInstance   WorkerInstanceID
	Capabilities     []string
	CapabilityHash   string
	RouteSnapshot    string
	AdmissionSummary string
	TTL              time.Duration
}

// Reclaim is the input of ReclaimExecution (spec 04a §6.10).
type Reclaim struct {
	Execution      ExecutionID
	Worker         WorkerID
	WorkerInstance WorkerInstanceID
	Lane           LaneID
	LeaseID        LeaseID
	AttemptID      AttemptID
	LeaseTTL       time.Duration
	AttemptIndex   uint32 // of the attempt being abandoned
	MaxReclaims    int    // 0 means 1000; the stored policy wins
}

// ReclaimOutcome is Claimed, or why not. Exactly one of the four is meant.
type ReclaimOutcome struct {
	Claimed        *Claimed
	GrantNotFound  bool
	NotReclaimable string // detail
	CapExceeded    int    // the cap in force; the execution has failed
}

// BlockRequest parks a runnable execution (spec 04a §9.3, §9.4).
type BlockRequest struct {
	Execution ExecutionID
	Lane      LaneID
	Reason    BlockingReason // waiting_for_budget, waiting_for_quota or waiting_for_capable_worker
	Detail    string
	Now       time.Time
}

// GrantedLease is the reply of IssueGrantAndClaim (spec 04a §9.6).
type GrantedLease struct {
	LeaseID      LeaseID
	LeaseEpoch   uint64
	AttemptIndex uint32
}

// Worker is one entry of the worker registry (spec 04a §17.4).
type Worker struct {
	ID            WorkerID
	Instance      WorkerInstanceID
	Namespace     Namespace
	Lanes         []LaneID
	Capabilities  []string
	LivenessTTL   time.Duration
	RegisteredAt  time.Time
	LastHeartbeat time.Time
	Alive         bool // its alive key is there: it was started or heard of within its TTL
	Malformed     []FieldError
}

// ExpiredLease is one overdue lease (spec 04a §11.7), or a revoked one.
type ExpiredLease struct {
	Execution      ExecutionID
	LeaseID        LeaseID
	LeaseEpoch     uint64
	WorkerInstance WorkerInstanceID
	ExpiresAt      time.Time
	AttemptIndex   uint32
	RevokedAt      time.Time // zero unless revoked
	RevokeReason   string
}

// FailResult says whether a failure ended the execution.
type FailResult struct {
	Retry       bool
	DelayUntil  time.Time
	NextAttempt uint32 // index that the retry will have
}

// Failure is the input of Lifecycle.Fail.
type Failure struct {
	Message  string
	Class    FailureClass
	Category string // overrides the class on the wire when not empty
}
