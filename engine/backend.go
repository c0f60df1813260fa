package engine

import (
	"context"
	"time"
)

// Backend is everything a backend offers (spec 04a). Callers take the small interface they need.
type Backend interface {
	Claimer
	Lifecycle
	Service
	Scheduling
	Reader
	Lister
	Operator
	Ingress
	Flows
	Signals
	Streams
	Budgets
	Workers
	Subscriber
	Reconciler
	Sweeper
	EngineRegistry
	Health
}

// Claimer takes executions for a worker.
type Claimer interface {
	// Claim takes one eligible execution of a lane that the capabilities cover, or nil when there is none (spec 04a §6.1).
	Claim(ctx context.Context, req ClaimRequest) (*Claimed, error)
	// ClaimSome takes up to so many at once, as Claim would one after the other. It may give fewer although there are more; none means that
	// there is none.
	ClaimSome(ctx context.Context, req ClaimRequest, most int) ([]*Claimed, error)
	// ClaimResumedExecution consumes a grant for an interrupted attempt: same attempt, new lease (spec 04a §6.8).
	ClaimResumedExecution(ctx context.Context, req ClaimResumed) (*Claimed, error)
	// ClaimFromResumeGrant reads the attempt index itself and then does the same.
	ClaimFromResumeGrant(ctx context.Context, grant Grant, worker WorkerID, instance WorkerInstanceID, leaseTTL time.Duration) (*Claimed, error)
	// IssueReclaimGrant authorises a worker to take over an expired or revoked lease. notReclaimable is the reason when it
	// cannot (spec 04a §6.9).
	IssueReclaimGrant(ctx context.Context, req IssueGrant) (grant *Grant, notReclaimable string, err error)
	// ReclaimExecution consumes such a grant (spec 04a §6.10).
	ReclaimExecution(ctx context.Context, req Reclaim) (ReclaimOutcome, error)
}

// Lifecycle is what the holder of a lease does with it. All fenced calls answer CodeStaleLease, CodeLeaseExpired,
// CodeLeaseRevoked or CodeExecutionNotActive once the lease is lost.
type Lifecycle interface {
	// Renew extends the lease by the handle's TTL and returns its new expiry (spec 04a §6.2).
	Renew(ctx context.Context, h Handle) (time.Time, error)
	// Progress stores a percentage (0…100, -1 leaves it) and a message ("" leaves it).
	Progress(ctx context.Context, h Handle, percent int, message string) error
	AppendFrame(ctx context.Context, h Handle, f Frame) (Appended, error)
	// Complete ends the execution with a result. A repeat of a completion that already won is success.
	Complete(ctx context.Context, h Handle, result []byte) error
	// Fail ends the attempt; the stored retry policy decides whether another is scheduled.
	Fail(ctx context.Context, h Handle, f Failure) (FailResult, error)
	Cancel(ctx context.Context, h Handle, reason string) error
	Suspend(ctx context.Context, h Handle, args SuspendArgs) (SuspendOutcome, error)
	// CreateWaitpoint makes a pending waitpoint whose token can be handed out before the suspension (spec 04a §7.3).
	CreateWaitpoint(ctx context.Context, h Handle, key string, expiresIn time.Duration) (IssuedWaitpoint, error)
	// ObserveSignals returns the signals that satisfied the suspension this claim resumed from (spec 04a §7.5).
	ObserveSignals(ctx context.Context, h Handle) ([]Delivered, error)
	Delay(ctx context.Context, h Handle, until time.Time) error
	WaitChildren(ctx context.Context, h Handle) error
	// ReadExecutionContext is what a handler needs to begin (spec 04a §10.2).
	ReadExecutionContext(ctx context.Context, id ExecutionID) (ExecutionContext, error)
}

// Service does the same with explicit ids, for tooling (spec 04a §7.2, §8). A nil fence needs CancelSource operator_override.
type Service interface {
	SuspendByTriple(ctx context.Context, id ExecutionID, fence LeaseFence, args SuspendArgs) (SuspendOutcome, error)
	CompleteExecution(ctx context.Context, id ExecutionID, fence *LeaseFence, result []byte, source CancelSource) error
	FailExecution(ctx context.Context, id ExecutionID, fence *LeaseFence, f Failure, source CancelSource) (FailResult, error)
	RenewLease(ctx context.Context, id ExecutionID, fence LeaseFence, ttl, historyGrace time.Duration) (time.Time, error)
	ResumeExecution(ctx context.Context, id ExecutionID, trigger string, delay time.Duration) (PublicState, error)
}

// Scheduling is what a scheduler stands on (spec 04a §9, §15.7–15.10).
type Scheduling interface {
	// ScanEligible lists the best eligible executions of a lane on one partition, best first.
	ScanEligible(ctx context.Context, lane LaneID, p Partition, limit int) ([]ExecutionID, error)
	// ReadAdmission reads what admission needs of several executions in one round trip.
	ReadAdmission(ctx context.Context, ids []ExecutionID) ([]AdmissionFacts, error)
	IssueClaimGrant(ctx context.Context, req IssueGrant) (Grant, error)
	// Block parks an execution for admission; rejected is the function's reason when it did not (spec 04a §9.4).
	Block(ctx context.Context, req BlockRequest) (rejected *Error, err error)
	ClaimExecution(ctx context.Context, req ClaimExecution) (*Claimed, error)
	IssueGrantAndClaim(ctx context.Context, id ExecutionID, lane LaneID, lease time.Duration) (GrantedLease, error)
	ReadBudgetLimits(ctx context.Context, id BudgetID) (BudgetLimits, error)
	// ReadQuotaPolicyLimits is nil for an unknown policy.
	ReadQuotaPolicyLimits(ctx context.Context, id QuotaPolicyID) (*QuotaPolicy, error)
	CheckAdmission(ctx context.Context, req Admission) (AdmissionResult, error)
	ReleaseAdmission(ctx context.Context, id QuotaPolicyID, execution ExecutionID) error
}

// AdmissionFacts is what decides whether an eligible execution may be granted to a worker now. Exists is false for a stray id.
type AdmissionFacts struct {
	Execution            ExecutionID
	Exists               bool
	Granted              bool // somebody holds a live grant
	Namespace            Namespace
	RequiredCapabilities []string
	BudgetIDs            []string // as attached to the execution, else as its policy names them
	QuotaPolicyID        string
	AttemptState         AttemptState
	TotalAttempts        uint32
	CurrentAttempt       uint32
	AttemptTimeout       time.Duration // of the policy; 0 means none
	Malformed            []FieldError
}

// Reader reads single records. Absent ones are nil, not an error, unless said otherwise. A malformed field is listed in the
// record's Malformed; only a record whose identity cannot be told is an error of ClassCorruption.
type Reader interface {
	DescribeExecution(ctx context.Context, id ExecutionID) (*Execution, error)
	DescribeFlow(ctx context.Context, id FlowID) (*Flow, error)
	DescribeEdge(ctx context.Context, flow FlowID, edge EdgeID) (*Edge, error)
	// ReadExecutionState is "" for an unknown execution.
	ReadExecutionState(ctx context.Context, id ExecutionID) (PublicState, error)
	// ResolveExecutionFlowID is "" for a solo or unknown execution.
	ResolveExecutionFlowID(ctx context.Context, id ExecutionID) (FlowID, error)
	ReadCurrentAttemptIndex(ctx context.Context, id ExecutionID) (uint32, error)
	ReadTotalAttemptCount(ctx context.Context, id ExecutionID) (uint32, error)
	// ExecutionResult is nil before completion.
	ExecutionResult(ctx context.Context, id ExecutionID) ([]byte, error)
	ExecutionTag(ctx context.Context, id ExecutionID, key string) (value string, found bool, err error)
	ExecutionNamespace(ctx context.Context, id ExecutionID) (ns Namespace, found bool, err error)
	FlowTag(ctx context.Context, id FlowID, key string) (value string, found bool, err error)
	// ReadCoreFields is the raw escape hatch: named fields of an execution's core; absent ones are left out.
	ReadCoreFields(ctx context.Context, id ExecutionID, fields ...string) (map[string]string, error)
}

// Lister lists. Cursors are exclusive; Next is "" at the end; limit 0 gives an empty page (spec 04a §11).
type Lister interface {
	ListFlows(ctx context.Context, p Partition, after FlowID, limit int) (Page[Flow, FlowID], error)
	ListLanes(ctx context.Context, after LaneID, limit int) (Page[LaneID, LaneID], error)
	ListSuspended(ctx context.Context, p Partition, after SuspendedCursor, limit int) (Page[SuspendedEntry, SuspendedCursor], error)
	ListExecutions(ctx context.Context, p Partition, after ExecutionID, limit int) (Page[ExecutionID, ExecutionID], error)
	ListEdges(ctx context.Context, flow FlowID, node ExecutionID, d EdgeDirection) ([]Edge, error)
	// ListPendingWaitpoints answers not found for an unknown execution.
	ListPendingWaitpoints(ctx context.Context, id ExecutionID, after WaitpointID, limit int) (Page[Waitpoint, WaitpointID], error)
	ListExpiredLeases(ctx context.Context, asOf time.Time, after *ExpiredLease, limit int) (Page[ExpiredLease, ExecutionID], error)
	// ListRevokedLeases lists executions of a lane whose lease an operator took away, longest ago first: no index of due times holds
	// them, and they stand still until somebody reclaims them.
	ListRevokedLeases(ctx context.Context, lane LaneID, limit int) ([]ExpiredLease, error)
}

// Page is one page of a listing.
type Page[T any, C ~string] struct {
	Items []T
	Next  C // "" when this page is the last
}

// EdgeDirection picks the side of an execution whose edges are meant.
type EdgeDirection int

const (
	EdgesOut EdgeDirection = iota // edges that leave the execution: it is the upstream
	EdgesIn                       // edges that enter it: it is the downstream
)

// SuspendedCursor is a place in the order of ListSuspended: soonest timeout first, then by id. It stays good when the execution it
// was taken from is resumed.
type SuspendedCursor string

// SuspendedEntry is one row of ListSuspended, with the times of its suspension record.
type SuspendedEntry struct {
	Execution   ExecutionID // "" for an index member that is no id: Malformed has it
	SuspendedAt time.Time   // zero: its record is gone
	TimeoutAt   time.Time   // zero: never
	Reason      string
	Malformed   []FieldError
}

// Operator steers what others own.
type Operator interface {
	// CancelExecution cancels from any non-terminal phase and returns the phase it was in. CodeExecutionNotActive: it was over.
	CancelExecution(ctx context.Context, id ExecutionID, reason string, source CancelSource) (LifecyclePhase, error)
	ChangePriority(ctx context.Context, id ExecutionID, priority int) error
	ReplayExecution(ctx context.Context, id ExecutionID) (PublicState, error)
	// RevokeLease takes the lease from its holder. revoked is false when there was none to take.
	RevokeLease(ctx context.Context, id ExecutionID, expected LeaseID, reason string) (revoked bool, err error)
	SetExecutionTag(ctx context.Context, id ExecutionID, key, value string) error
	SetFlowTag(ctx context.Context, id FlowID, key, value string) error
	// RotateSecrets makes kid the signing key on every flow partition; tokens of the old one stay valid for grace.
	RotateSecrets(ctx context.Context, kid, secretHex string, grace time.Duration) ([]RotationResult, error)
	// SeedSecret installs the first signing key where there is none; a partition with another kid refuses all (spec 04a §12.6).
	SeedSecret(ctx context.Context, kid, secretHex string) (SeededSecret, error)
	ListSecretKids(ctx context.Context, p Partition) ([]SecretKid, error)
}

// RotationResult is what a rotation did on one partition.
type RotationResult struct {
	Partition   Partition
	PreviousKid string
	Noop        bool
	Collected   int
	Err         error
}

// SeededSecret counts the partitions on which SeedSecret installed the key, and those that hold another secret under its kid: that
// one stands.
type SeededSecret struct {
	Installed, Differ int
}

// SecretKid is one signing key's name; never its secret.
type SecretKid struct {
	Kid       string
	Current   bool
	ExpiresAt time.Time // zero for the current one
}

// Ingress brings work in.
type Ingress interface {
	CreateExecution(ctx context.Context, req CreateExecution) (Created, error)
	// CreateFlow tells whether the flow is new.
	CreateFlow(ctx context.Context, req CreateFlow) (created bool, err error)
	// AddExecutionToFlow returns the flow's member count and whether the execution is newly a member.
	AddExecutionToFlow(ctx context.Context, flow FlowID, id ExecutionID) (nodes int, added bool, err error)
	// StageDependencyEdge returns the new graph revision; CodeStaleGraphRevision: read it again and retry.
	StageDependencyEdge(ctx context.Context, req StageEdge) (revision uint64, err error)
	// ApplyDependencyToChild returns how many dependencies of the child are unsatisfied and whether this one is newly applied.
	ApplyDependencyToChild(ctx context.Context, req ApplyEdge) (unsatisfied int, applied bool, err error)
	// SetEdgeGroupPolicy tells whether the policy is new.
	SetEdgeGroupPolicy(ctx context.Context, flow FlowID, downstream ExecutionID, policy EdgePolicy) (set bool, err error)
}

// Flows drives flows as a whole.
type Flows interface {
	// CancelFlow does the flow's own transition. The members are cancelled after it by CancelFlowMembers, or by the cancel
	// reconciler when its grace is over.
	CancelFlow(ctx context.Context, req CancelFlow) (CancelledFlow, error)
	// CancelPendingMember cancels an execution that is in line and leaves every other alone: cancelled is false for one that is at
	// work, suspended or over.
	CancelPendingMember(ctx context.Context, id ExecutionID, reason string) (cancelled bool, err error)
	AckCancelMember(ctx context.Context, flow FlowID, id ExecutionID) error
	ResolveDependency(ctx context.Context, req ResolveEdge) (Resolution, error)
	// EvaluateFlowEligibility is a status word of spec 04a §14.8; an unknown execution is a status, not an error.
	EvaluateFlowEligibility(ctx context.Context, id ExecutionID) (string, error)
	// CascadeCompletion resolves the outgoing edges of a finished execution, and of the children it skips. err says that some could not
	// be; the dependency reconciler does what is left.
	CascadeCompletion(ctx context.Context, id ExecutionID, flow FlowID) (Cascaded, error)
	// PromoteBlocked makes an execution eligible whose dependencies are all satisfied.
	PromoteBlocked(ctx context.Context, id ExecutionID) error
}

// Signals delivers.
type Signals interface {
	// DeliverSignal needs the waitpoint's token. A pending waitpoint keeps the signal until it is put to use (EffectBuffered). A
	// repeat of an idempotency key is a Duplicate, also once the wait is over.
	DeliverSignal(ctx context.Context, s Signal) (SignalOutcome, error)
	// BufferSignal leaves a signal on a pending waitpoint.
	BufferSignal(ctx context.Context, s Signal) (SignalOutcome, error)
	// DeliverApproval reads the token itself (spec 04a §7.7).
	DeliverApproval(ctx context.Context, a Approval) (SignalOutcome, error)
	// ReadWaitpointToken is "" for a waitpoint that is unknown, closed, or another execution's. The token is a secret: use it, do not
	// show it.
	ReadWaitpointToken(ctx context.Context, execution ExecutionID, id WaitpointID) (WaitpointToken, error)
}

// Streams reads attempts' output.
type Streams interface {
	// ReadStream returns frames from…to, both inclusive; "" means the start and the end. limit is 1…10000.
	ReadStream(ctx context.Context, id ExecutionID, attempt uint32, from, to string, limit int) (StreamPage, error)
	TailStream(ctx context.Context, q TailQuery) (StreamPage, error)
	// ReadSummary is nil before the first summary frame.
	ReadSummary(ctx context.Context, id ExecutionID, attempt uint32) (*SummaryDocument, error)
	// StreamMeta is nil for a stream that was never opened.
	StreamMeta(ctx context.Context, id ExecutionID, attempt uint32) (*StreamMeta, error)
}

// Budgets counts usage against limits and admits by quota.
type Budgets interface {
	CreateBudget(ctx context.Context, req CreateBudget) (created bool, err error)
	CreateQuotaPolicy(ctx context.Context, p QuotaPolicy) (created bool, err error)
	ReportUsage(ctx context.Context, u Usage) (UsageResult, error)
	RecordSpend(ctx context.Context, u Usage) (UsageResult, error)
	ReleaseBudget(ctx context.Context, id BudgetID, execution ExecutionID) error
	// ResetBudget returns the next reset, zero when the budget does not reset by itself.
	ResetBudget(ctx context.Context, id BudgetID) (time.Time, error)
	// BudgetStatus answers not found for an unknown budget.
	BudgetStatus(ctx context.Context, id BudgetID) (*BudgetStatus, error)
}

// Workers is the registry of live workers.
type Workers interface {
	// RegisterWorker tells whether the instance is new (spec 04a §17.1).
	RegisterWorker(ctx context.Context, w Worker) (registered bool, err error)
	// HeartbeatWorker returns when the registration lapses; found is false when it must register again.
	HeartbeatWorker(ctx context.Context, ns Namespace, instance WorkerInstanceID) (expires time.Time, found bool, err error)
	MarkWorkerDead(ctx context.Context, ns Namespace, instance WorkerInstanceID, reason string) (marked bool, err error)
	ListWorkers(ctx context.Context, ns Namespace, after WorkerInstanceID, limit int) (Page[Worker, WorkerInstanceID], error)
}

// Health tells who answers.
type Health interface {
	Ping(ctx context.Context) error
	ServerTime(ctx context.Context) (time.Time, error)
	// Prepare loads the function library where it is missing, and tells whether it did. CodeSetupConflict: there is another one, which
	// stays.
	Prepare(ctx context.Context) (loaded bool, err error)
	Capabilities() Capabilities
	Partitions() PartitionConfig
}
