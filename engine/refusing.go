package engine

import (
	"context"
	"slices"
	"time"
)

// Refusing implements Backend by refusing every call. The read-only gate stands on it, so that an operation nobody thought of is
// refused rather than let through.
type Refusing struct {
	// Refuse makes the error for an operation, named as its method.
	Refuse func(op string) error
}

var _ Backend = Refusing{}

// Claimer

func (r Refusing) Claim(context.Context, ClaimRequest) (*Claimed, error) {
	return nil, r.Refuse("Claim")
}

func (r Refusing) ClaimSome(context.Context, ClaimRequest, int) ([]*Claimed, error) {
	return nil, r.Refuse("ClaimSome")
}

func (r Refusing) ClaimResumedExecution(context.Context, ClaimResumed) (*Claimed, error) {
	return nil, r.Refuse("ClaimResumedExecution")
}

func (r Refusing) ClaimFromResumeGrant(context.Context, Grant, WorkerID, WorkerInstanceID, time.Duration) (*Claimed, error) {
	return nil, r.Refuse("ClaimFromResumeGrant")
}

func (r Refusing) IssueReclaimGrant(context.Context, IssueGrant) (*Grant, string, error) {
	return nil, "", r.Refuse("IssueReclaimGrant")
}

func (r Refusing) ReclaimExecution(context.Context, Reclaim) (ReclaimOutcome, error) {
	return ReclaimOutcome{}, r.Refuse("ReclaimExecution")
}

// Lifecycle

func (r Refusing) Renew(context.Context, Handle) (time.Time, error) {
	return time.Time{}, r.Refuse("Renew")
}

func (r Refusing) Progress(context.Context, Handle, int, string) error {
	return r.Refuse("Progress")
}

func (r Refusing) AppendFrame(context.Context, Handle, Frame) (Appended, error) {
	return Appended{}, r.Refuse("AppendFrame")
}

func (r Refusing) Complete(context.Context, Handle, []byte) error {
	return r.Refuse("Complete")
}

func (r Refusing) Fail(context.Context, Handle, Failure) (FailResult, error) {
	return FailResult{}, r.Refuse("Fail")
}

func (r Refusing) Cancel(context.Context, Handle, string) error {
	return r.Refuse("Cancel")
}

func (r Refusing) Suspend(context.Context, Handle, SuspendArgs) (SuspendOutcome, error) {
	return SuspendOutcome{}, r.Refuse("Suspend")
}

func (r Refusing) CreateWaitpoint(context.Context, Handle, string, time.Duration) (IssuedWaitpoint, error) {
	return IssuedWaitpoint{}, r.Refuse("CreateWaitpoint")
}

func (r Refusing) ObserveSignals(context.Context, Handle) ([]Delivered, error) {
	return nil, r.Refuse("ObserveSignals")
}

func (r Refusing) Delay(context.Context, Handle, time.Time) error {
	return r.Refuse("Delay")
}

func (r Refusing) WaitChildren(context.Context, Handle) error {
	return r.Refuse("WaitChildren")
}

func (r Refusing) ReadExecutionContext(context.Context, ExecutionID) (ExecutionContext, error) {
	return ExecutionContext{}, r.Refuse("ReadExecutionContext")
}

// Service

func (r Refusing) SuspendByTriple(context.Context, ExecutionID, LeaseFence, SuspendArgs) (SuspendOutcome, error) {
	return SuspendOutcome{}, r.Refuse("SuspendByTriple")
}

func (r Refusing) CompleteExecution(context.Context, ExecutionID, *LeaseFence, []byte, CancelSource) error {
	return r.Refuse("CompleteExecution")
}

func (r Refusing) FailExecution(context.Context, ExecutionID, *LeaseFence, Failure, CancelSource) (FailResult, error) {
	return FailResult{}, r.Refuse("FailExecution")
}

func (r Refusing) RenewLease(context.Context, ExecutionID, LeaseFence, time.Duration, time.Duration) (time.Time, error) {
	return time.Time{}, r.Refuse("RenewLease")
}

func (r Refusing) ResumeExecution(context.Context, ExecutionID, string, time.Duration) (PublicState, error) {
	return "", r.Refuse("ResumeExecution")
}

// Scheduling

func (r Refusing) ScanEligible(context.Context, LaneID, Partition, int) ([]ExecutionID, error) {
	return nil, r.Refuse("ScanEligible")
}

func (r Refusing) ReadAdmission(context.Context, []ExecutionID) ([]AdmissionFacts, error) {
	return nil, r.Refuse("ReadAdmission")
}

func (r Refusing) IssueClaimGrant(context.Context, IssueGrant) (Grant, error) {
	return Grant{}, r.Refuse("IssueClaimGrant")
}

func (r Refusing) Block(context.Context, BlockRequest) (*Error, error) {
	return nil, r.Refuse("Block")
}

func (r Refusing) ClaimExecution(context.Context, ClaimExecution) (*Claimed, error) {
	return nil, r.Refuse("ClaimExecution")
}

func (r Refusing) IssueGrantAndClaim(context.Context, ExecutionID, LaneID, time.Duration) (GrantedLease, error) {
	return GrantedLease{}, r.Refuse("IssueGrantAndClaim")
}

func (r Refusing) ReadBudgetLimits(context.Context, BudgetID) (BudgetLimits, error) {
	return BudgetLimits{}, r.Refuse("ReadBudgetLimits")
}

func (r Refusing) ReadQuotaPolicyLimits(context.Context, QuotaPolicyID) (*QuotaPolicy, error) {
	return nil, r.Refuse("ReadQuotaPolicyLimits")
}

func (r Refusing) CheckAdmission(context.Context, Admission) (AdmissionResult, error) {
	return AdmissionResult{}, r.Refuse("CheckAdmission")
}

func (r Refusing) ReleaseAdmission(context.Context, QuotaPolicyID, ExecutionID) error {
	return r.Refuse("ReleaseAdmission")
}

// Reader

func (r Refusing) DescribeExecution(context.Context, ExecutionID) (*Execution, error) {
	return nil, r.Refuse("DescribeExecution")
}

func (r Refusing) DescribeFlow(context.Context, FlowID) (*Flow, error) {
	return nil, r.Refuse("DescribeFlow")
}

func (r Refusing) DescribeEdge(context.Context, FlowID, EdgeID) (*Edge, error) {
	return nil, r.Refuse("DescribeEdge")
}

func (r Refusing) ReadExecutionState(context.Context, ExecutionID) (PublicState, error) {
	return "", r.Refuse("ReadExecutionState")
}

func (r Refusing) ResolveExecutionFlowID(context.Context, ExecutionID) (FlowID, error) {
	return "", r.Refuse("ResolveExecutionFlowID")
}

func (r Refusing) ReadCurrentAttemptIndex(context.Context, ExecutionID) (uint32, error) {
	return 0, r.Refuse("ReadCurrentAttemptIndex")
}

func (r Refusing) ReadTotalAttemptCount(context.Context, ExecutionID) (uint32, error) {
	return 0, r.Refuse("ReadTotalAttemptCount")
}

func (r Refusing) ExecutionResult(context.Context, ExecutionID) ([]byte, error) {
	return nil, r.Refuse("ExecutionResult")
}

func (r Refusing) ExecutionTag(context.Context, ExecutionID, string) (string, bool, error) {
	return "", false, r.Refuse("ExecutionTag")
}

func (r Refusing) ExecutionNamespace(context.Context, ExecutionID) (Namespace, bool, error) {
	return "", false, r.Refuse("ExecutionNamespace")
}

func (r Refusing) FlowTag(context.Context, FlowID, string) (string, bool, error) {
	return "", false, r.Refuse("FlowTag")
}

func (r Refusing) ReadCoreFields(context.Context, ExecutionID, ...string) (map[string]string, error) {
	return nil, r.Refuse("ReadCoreFields")
}

// Lister

func (r Refusing) ListFlows(context.Context, Partition, FlowID, int) (Page[Flow, FlowID], error) {
	return Page[Flow, FlowID]{}, r.Refuse("ListFlows")
}

func (r Refusing) ListLanes(context.Context, LaneID, int) (Page[LaneID, LaneID], error) {
	return Page[LaneID, LaneID]{}, r.Refuse("ListLanes")
}

func (r Refusing) ListSuspended(context.Context, Partition, SuspendedCursor, int) (Page[SuspendedEntry, SuspendedCursor], error) {
	return Page[SuspendedEntry, SuspendedCursor]{}, r.Refuse("ListSuspended")
}

func (r Refusing) ListExecutions(context.Context, Partition, ExecutionID, int) (Page[ExecutionID, ExecutionID], error) {
	return Page[ExecutionID, ExecutionID]{}, r.Refuse("ListExecutions")
}

func (r Refusing) ListEdges(context.Context, FlowID, ExecutionID, EdgeDirection) ([]Edge, error) {
	return nil, r.Refuse("ListEdges")
}

func (r Refusing) ListPendingWaitpoints(context.Context, ExecutionID, WaitpointID, int) (Page[Waitpoint, WaitpointID], error) {
	return Page[Waitpoint, WaitpointID]{}, r.Refuse("ListPendingWaitpoints")
}

func (r Refusing) ListExpiredLeases(context.Context, time.Time, *ExpiredLease, int) (Page[ExpiredLease, ExecutionID], error) {
	return Page[ExpiredLease, ExecutionID]{}, r.Refuse("ListExpiredLeases")
}

func (r Refusing) ListRevokedLeases(context.Context, LaneID, int) ([]ExpiredLease, error) {
	return nil, r.Refuse("ListRevokedLeases")
}

// Operator

func (r Refusing) CancelExecution(context.Context, ExecutionID, string, CancelSource) (LifecyclePhase, error) {
	return "", r.Refuse("CancelExecution")
}

func (r Refusing) ChangePriority(context.Context, ExecutionID, int) error {
	return r.Refuse("ChangePriority")
}

func (r Refusing) ReplayExecution(context.Context, ExecutionID) (PublicState, error) {
	return "", r.Refuse("ReplayExecution")
}

func (r Refusing) RevokeLease(context.Context, ExecutionID, LeaseID, string) (bool, error) {
	return false, r.Refuse("RevokeLease")
}

func (r Refusing) SetExecutionTag(context.Context, ExecutionID, string, string) error {
	return r.Refuse("SetExecutionTag")
}

func (r Refusing) SetFlowTag(context.Context, FlowID, string, string) error {
	return r.Refuse("SetFlowTag")
}

func (r Refusing) RotateSecrets(context.Context, string, string, time.Duration) ([]RotationResult, error) {
	return nil, r.Refuse("RotateSecrets")
}

func (r Refusing) SeedSecret(context.Context, string, string) (SeededSecret, error) {
	return SeededSecret{}, r.Refuse("SeedSecret")
}

func (r Refusing) ListSecretKids(context.Context, Partition) ([]SecretKid, error) {
	return nil, r.Refuse("ListSecretKids")
}

// Ingress

func (r Refusing) CreateExecution(context.Context, CreateExecution) (Created, error) {
	return Created{}, r.Refuse("CreateExecution")
}

func (r Refusing) CreateFlow(context.Context, CreateFlow) (bool, error) {
	return false, r.Refuse("CreateFlow")
}

func (r Refusing) AddExecutionToFlow(context.Context, FlowID, ExecutionID) (int, bool, error) {
	return 0, false, r.Refuse("AddExecutionToFlow")
}

func (r Refusing) StageDependencyEdge(context.Context, StageEdge) (uint64, error) {
	return 0, r.Refuse("StageDependencyEdge")
}

func (r Refusing) ApplyDependencyToChild(context.Context, ApplyEdge) (int, bool, error) {
	return 0, false, r.Refuse("ApplyDependencyToChild")
}

func (r Refusing) SetEdgeGroupPolicy(context.Context, FlowID, ExecutionID, EdgePolicy) (bool, error) {
	return false, r.Refuse("SetEdgeGroupPolicy")
}

// Flows

func (r Refusing) CancelFlow(context.Context, CancelFlow) (CancelledFlow, error) {
	return CancelledFlow{}, r.Refuse("CancelFlow")
}

func (r Refusing) CancelPendingMember(context.Context, ExecutionID, string) (bool, error) {
	return false, r.Refuse("CancelPendingMember")
}

func (r Refusing) AckCancelMember(context.Context, FlowID, ExecutionID) error {
	return r.Refuse("AckCancelMember")
}

func (r Refusing) ResolveDependency(context.Context, ResolveEdge) (Resolution, error) {
	return Resolution{}, r.Refuse("ResolveDependency")
}

func (r Refusing) EvaluateFlowEligibility(context.Context, ExecutionID) (string, error) {
	return "", r.Refuse("EvaluateFlowEligibility")
}

func (r Refusing) CascadeCompletion(context.Context, ExecutionID, FlowID) (Cascaded, error) {
	return Cascaded{}, r.Refuse("CascadeCompletion")
}

func (r Refusing) PromoteBlocked(context.Context, ExecutionID) error {
	return r.Refuse("PromoteBlocked")
}

// Signals

func (r Refusing) DeliverSignal(context.Context, Signal) (SignalOutcome, error) {
	return SignalOutcome{}, r.Refuse("DeliverSignal")
}

func (r Refusing) BufferSignal(context.Context, Signal) (SignalOutcome, error) {
	return SignalOutcome{}, r.Refuse("BufferSignal")
}

func (r Refusing) DeliverApproval(context.Context, Approval) (SignalOutcome, error) {
	return SignalOutcome{}, r.Refuse("DeliverApproval")
}

func (r Refusing) ReadWaitpointToken(context.Context, ExecutionID, WaitpointID) (WaitpointToken, error) {
	return "", r.Refuse("ReadWaitpointToken")
}

// Streams

func (r Refusing) ReadStream(context.Context, ExecutionID, uint32, string, string, int) (StreamPage, error) {
	return StreamPage{}, r.Refuse("ReadStream")
}

func (r Refusing) TailStream(context.Context, TailQuery) (StreamPage, error) {
	return StreamPage{}, r.Refuse("TailStream")
}

func (r Refusing) ReadSummary(context.Context, ExecutionID, uint32) (*SummaryDocument, error) {
	return nil, r.Refuse("ReadSummary")
}

func (r Refusing) StreamMeta(context.Context, ExecutionID, uint32) (*StreamMeta, error) {
	return nil, r.Refuse("StreamMeta")
}

// Budgets

func (r Refusing) CreateBudget(context.Context, CreateBudget) (bool, error) {
	return false, r.Refuse("CreateBudget")
}

func (r Refusing) CreateQuotaPolicy(context.Context, QuotaPolicy) (bool, error) {
	return false, r.Refuse("CreateQuotaPolicy")
}

func (r Refusing) ReportUsage(context.Context, Usage) (UsageResult, error) {
	return UsageResult{}, r.Refuse("ReportUsage")
}

func (r Refusing) RecordSpend(context.Context, Usage) (UsageResult, error) {
	return UsageResult{}, r.Refuse("RecordSpend")
}

func (r Refusing) ReleaseBudget(context.Context, BudgetID, ExecutionID) error {
	return r.Refuse("ReleaseBudget")
}

func (r Refusing) ResetBudget(context.Context, BudgetID) (time.Time, error) {
	return time.Time{}, r.Refuse("ResetBudget")
}

func (r Refusing) BudgetStatus(context.Context, BudgetID) (*BudgetStatus, error) {
	return nil, r.Refuse("BudgetStatus")
}

// Workers

func (r Refusing) RegisterWorker(context.Context, Worker) (bool, error) {
	return false, r.Refuse("RegisterWorker")
}

func (r Refusing) HeartbeatWorker(context.Context, Namespace, WorkerInstanceID) (time.Time, bool, error) {
	return time.Time{}, false, r.Refuse("HeartbeatWorker")
}

func (r Refusing) MarkWorkerDead(context.Context, Namespace, WorkerInstanceID, string) (bool, error) {
	return false, r.Refuse("MarkWorkerDead")
}

func (r Refusing) ListWorkers(context.Context, Namespace, WorkerInstanceID, int) (Page[Worker, WorkerInstanceID], error) {
	return Page[Worker, WorkerInstanceID]{}, r.Refuse("ListWorkers")
}

// Subscriber

func (r Refusing) SubscribeCompletions(context.Context) (<-chan Completion, error) {
	return nil, r.Refuse("SubscribeCompletions")
}

func (r Refusing) SubscribeSignals(context.Context, []FeedPlace) (<-chan SignalEvent, error) {
	return nil, r.Refuse("SubscribeSignals")
}

func (r Refusing) SubscribeLeases(context.Context, []ExecutionID) (<-chan LeaseChange, error) {
	return nil, r.Refuse("SubscribeLeases")
}

func (r Refusing) SubscribeInstanceTags(context.Context) error {
	return r.Refuse("SubscribeInstanceTags")
}

// Health

func (r Refusing) Ping(context.Context) error {
	return r.Refuse("Ping")
}

func (r Refusing) ServerTime(context.Context) (time.Time, error) {
	return time.Time{}, r.Refuse("ServerTime")
}

func (r Refusing) Prepare(context.Context) (bool, error) {
	return false, r.Refuse("Prepare")
}

func (r Refusing) Capabilities() Capabilities { return Capabilities{} }

func (r Refusing) Partitions() PartitionConfig { return DefaultPartitionConfig }

// Reconciler

func (r Refusing) Due(context.Context, []Partition, DueIndex, LaneID, time.Time, int) ([]DueMember, map[Partition]error) {
	return nil, map[Partition]error{{}: r.Refuse("Due")}
}

func (r Refusing) LiftPause(context.Context, LaneID, ExecutionID, time.Time) error {
	return r.Refuse("LiftPause")
}

func (r Refusing) DropDue(context.Context, DueMember, DueIndex, LaneID) error {
	return r.Refuse("DropDue")
}

func (r Refusing) MarkLeaseExpiredIfDue(context.Context, ExecutionID) error {
	return r.Refuse("MarkLeaseExpiredIfDue")
}

func (r Refusing) PromoteDelayed(context.Context, LaneID, ExecutionID, time.Time) error {
	return r.Refuse("PromoteDelayed")
}

func (r Refusing) CloseWaitpoint(context.Context, Partition, WaitpointID) error {
	return r.Refuse("CloseWaitpoint")
}

func (r Refusing) ExpireExecution(context.Context, ExecutionID, ExpireReason) error {
	return r.Refuse("ExpireExecution")
}

func (r Refusing) ExpireSuspension(context.Context, ExecutionID) error {
	return r.Refuse("ExpireSuspension")
}

func (r Refusing) UnblockExecution(context.Context, LaneID, ExecutionID, BlockingReason, time.Time) error {
	return r.Refuse("UnblockExecution")
}

func (r Refusing) BlockedByDependencies(context.Context, Partition, LaneID, int, int) ([]ExecutionID, error) {
	return nil, r.Refuse("BlockedByDependencies")
}

func (r Refusing) ReconcileDependencies(context.Context, ExecutionID) (int, error) {
	return 0, r.Refuse("ReconcileDependencies")
}

func (r Refusing) DueFlowCancels(context.Context, Partition, time.Time, int) ([]OwedCancels, error) {
	return nil, r.Refuse("DueFlowCancels")
}

func (r Refusing) PendingSiblingCancels(context.Context, Partition, int) ([]SiblingGroup, error) {
	return nil, r.Refuse("PendingSiblingCancels")
}

func (r Refusing) DrainSiblingCancelGroup(context.Context, SiblingGroup) error {
	return r.Refuse("DrainSiblingCancelGroup")
}

func (r Refusing) ReconcileSiblingCancelGroup(context.Context, SiblingGroup) (string, error) {
	return "", r.Refuse("ReconcileSiblingCancelGroup")
}

func (r Refusing) ProjectFlowSummary(context.Context, Partition, FlowID, time.Time) (bool, error) {
	return false, r.Refuse("ProjectFlowSummary")
}

func (r Refusing) ActiveFlows(context.Context, Partition, uint64, int) ([]FlowID, uint64, error) {
	return nil, 0, r.Refuse("ActiveFlows")
}

func (r Refusing) TrimRetention(context.Context, Partition, LaneID, time.Duration, time.Time, int) (int, error) {
	return 0, r.Refuse("TrimRetention")
}

func (r Refusing) EndedFlows(context.Context, Partition, time.Time, int) ([]FlowID, error) {
	return nil, r.Refuse("EndedFlows")
}

func (r Refusing) TrimFlow(context.Context, Partition, FlowID, time.Duration, time.Time) (bool, error) {
	return false, r.Refuse("TrimFlow")
}

func (r Refusing) CheckIndexes(context.Context, Partition) (IndexReport, error) {
	return IndexReport{}, r.Refuse("CheckIndexes")
}

func (r Refusing) RepairIndex(context.Context, IndexMismatch) (bool, error) {
	return false, r.Refuse("RepairIndex")
}

func (r Refusing) ReconcileBudgets(context.Context, Partition, time.Time) (int, error) {
	return 0, r.Refuse("ReconcileBudgets")
}

func (r Refusing) ReconcileQuotas(context.Context, Partition, time.Time) (int, error) {
	return 0, r.Refuse("ReconcileQuotas")
}

func (r Refusing) DueBudgetResets(context.Context, Partition, time.Time, int) ([]BudgetID, error) {
	return nil, r.Refuse("DueBudgetResets")
}

func (r Refusing) HoldShare(context.Context, string, string, time.Duration) (bool, string, error) {
	return false, "", r.Refuse("HoldShare")
}

// Sweeper

func (r Refusing) Occupied(context.Context, []IndexRef) ([]IndexRef, error) {
	return nil, r.Refuse("Occupied")
}

func (r Refusing) WatchOccupied(context.Context, []IndexRef) ([]IndexRef, <-chan struct{}, error) {
	return nil, nil, r.Refuse("WatchOccupied")
}

func (r Refusing) Clustered() bool { return false }

func (r Refusing) Earliest(_ context.Context, refs []IndexRef) []IndexHead {
	return slices.Repeat([]IndexHead{{Err: r.Refuse("Earliest")}}, len(refs))
}

func (r Refusing) IndexMembers(context.Context, IndexRef, int, int) ([]string, error) {
	return nil, r.Refuse("IndexMembers")
}

func (r Refusing) Reclaimable(context.Context, []LaneID, int) ([]Reclaimable, error) {
	return nil, r.Refuse("Reclaimable")
}
