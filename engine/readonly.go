package engine

import (
	"context"
	"time"
)

// Attached is what a dashboard holds: a backend and its board.
type Attached interface {
	Backend
	Mending
	Board
	HealthBoard
	WorkerBoard
	BudgetBoard
	FlowSurveyor
	FlowHeads
	Overview
	Diagnostician
	ExecutionSearcher
	SignalBoard
}

// ReadOnlyGate is the gate of --read-only, below everything that could write: reads go through, every other operation is refused with
// ClassReadOnly before a command is sent. What is not passed through here by name is refused, so a new operation is refused until
// somebody decides that it reads. Tokens are refused as well: their only use is to write.
func ReadOnlyGate(b Attached) Attached {
	return &readOnly{Refusing: Refusing{Refuse: func(op string) error { return ReadOnly(op) }}, b: b}
}

type readOnly struct {
	Refusing
	b Attached
}

// Lifecycle

func (g *readOnly) ReadExecutionContext(ctx context.Context, id ExecutionID) (ExecutionContext, error) {
	return g.b.ReadExecutionContext(ctx, id)
}

// Reader

func (g *readOnly) DescribeExecution(ctx context.Context, id ExecutionID) (*Execution, error) {
	return g.b.DescribeExecution(ctx, id)
}

func (g *readOnly) DescribeFlow(ctx context.Context, id FlowID) (*Flow, error) {
	return g.b.DescribeFlow(ctx, id)
}

func (g *readOnly) DescribeEdge(ctx context.Context, flow FlowID, edge EdgeID) (*Edge, error) {
	return g.b.DescribeEdge(ctx, flow, edge)
}

func (g *readOnly) ReadExecutionState(ctx context.Context, id ExecutionID) (PublicState, error) {
	return g.b.ReadExecutionState(ctx, id)
}

func (g *readOnly) ResolveExecutionFlowID(ctx context.Context, id ExecutionID) (FlowID, error) {
	return g.b.ResolveExecutionFlowID(ctx, id)
}

func (g *readOnly) ReadCurrentAttemptIndex(ctx context.Context, id ExecutionID) (uint32, error) {
	return g.b.ReadCurrentAttemptIndex(ctx, id)
}

func (g *readOnly) ReadTotalAttemptCount(ctx context.Context, id ExecutionID) (uint32, error) {
	return g.b.ReadTotalAttemptCount(ctx, id)
}

func (g *readOnly) ExecutionResult(ctx context.Context, id ExecutionID) ([]byte, error) {
	return g.b.ExecutionResult(ctx, id)
}

func (g *readOnly) ExecutionTag(ctx context.Context, id ExecutionID, key string) (string, bool, error) {
	return g.b.ExecutionTag(ctx, id, key)
}

func (g *readOnly) ExecutionNamespace(ctx context.Context, id ExecutionID) (Namespace, bool, error) {
	return g.b.ExecutionNamespace(ctx, id)
}

func (g *readOnly) FlowTag(ctx context.Context, id FlowID, key string) (string, bool, error) {
	return g.b.FlowTag(ctx, id, key)
}

func (g *readOnly) ReadCoreFields(ctx context.Context, id ExecutionID, fields ...string) (map[string]string, error) {
	return g.b.ReadCoreFields(ctx, id, fields...)
}

// Lister

func (g *readOnly) ListFlows(ctx context.Context, p Partition, after FlowID, limit int) (Page[Flow, FlowID], error) {
	return g.b.ListFlows(ctx, p, after, limit)
}

func (g *readOnly) ListLanes(ctx context.Context, after LaneID, limit int) (Page[LaneID, LaneID], error) {
	return g.b.ListLanes(ctx, after, limit)
}

func (g *readOnly) ListSuspended(ctx context.Context, p Partition, after SuspendedCursor, limit int) (Page[SuspendedEntry, SuspendedCursor], error) {
	return g.b.ListSuspended(ctx, p, after, limit)
}

func (g *readOnly) ListExecutions(ctx context.Context, p Partition, after ExecutionID, limit int) (Page[ExecutionID, ExecutionID], error) {
	return g.b.ListExecutions(ctx, p, after, limit)
}

func (g *readOnly) ListEdges(ctx context.Context, flow FlowID, node ExecutionID, d EdgeDirection) ([]Edge, error) {
	return g.b.ListEdges(ctx, flow, node, d)
}

func (g *readOnly) ListPendingWaitpoints(ctx context.Context, id ExecutionID, after WaitpointID, limit int) (Page[Waitpoint, WaitpointID], error) {
	return g.b.ListPendingWaitpoints(ctx, id, after, limit)
}

func (g *readOnly) ListExpiredLeases(ctx context.Context, asOf time.Time, after *ExpiredLease, limit int) (Page[ExpiredLease, ExecutionID], error) {
	return g.b.ListExpiredLeases(ctx, asOf, after, limit)
}

func (g *readOnly) ListRevokedLeases(ctx context.Context, lane LaneID, limit int) ([]ExpiredLease, error) {
	return g.b.ListRevokedLeases(ctx, lane, limit)
}

// Operator

func (g *readOnly) ListSecretKids(ctx context.Context, p Partition) ([]SecretKid, error) {
	return g.b.ListSecretKids(ctx, p)
}

// Streams

func (g *readOnly) ReadStream(ctx context.Context, id ExecutionID, attempt uint32, from string, to string, limit int) (StreamPage, error) {
	return g.b.ReadStream(ctx, id, attempt, from, to, limit)
}

func (g *readOnly) TailStream(ctx context.Context, q TailQuery) (StreamPage, error) {
	return g.b.TailStream(ctx, q)
}

func (g *readOnly) ReadSummary(ctx context.Context, id ExecutionID, attempt uint32) (*SummaryDocument, error) {
	return g.b.ReadSummary(ctx, id, attempt)
}

func (g *readOnly) StreamMeta(ctx context.Context, id ExecutionID, attempt uint32) (*StreamMeta, error) {
	return g.b.StreamMeta(ctx, id, attempt)
}

// Budgets

func (g *readOnly) BudgetStatus(ctx context.Context, id BudgetID) (*BudgetStatus, error) {
	return g.b.BudgetStatus(ctx, id)
}

// Workers

func (g *readOnly) ListWorkers(ctx context.Context, ns Namespace, after WorkerInstanceID, limit int) (Page[Worker, WorkerInstanceID], error) {
	return g.b.ListWorkers(ctx, ns, after, limit)
}

// Subscriber

func (g *readOnly) SubscribeCompletions(ctx context.Context) (<-chan Completion, error) {
	return g.b.SubscribeCompletions(ctx)
}

func (g *readOnly) SubscribeSignals(ctx context.Context, from []FeedPlace) (<-chan SignalEvent, error) {
	return g.b.SubscribeSignals(ctx, from)
}

func (g *readOnly) SubscribeLeases(ctx context.Context, executions []ExecutionID) (<-chan LeaseChange, error) {
	return g.b.SubscribeLeases(ctx, executions)
}

func (g *readOnly) SubscribeInstanceTags(ctx context.Context) error {
	return g.b.SubscribeInstanceTags(ctx)
}

// Health

func (g *readOnly) Ping(ctx context.Context) error {
	return g.b.Ping(ctx)
}

func (g *readOnly) ServerTime(ctx context.Context) (time.Time, error) {
	return g.b.ServerTime(ctx)
}

func (g *readOnly) Clustered() bool { return g.b.Clustered() }

func (g *readOnly) Partitions() PartitionConfig {
	return g.b.Partitions()
}

func (g *readOnly) Capabilities() Capabilities { return g.b.Capabilities() }

// Board

func (g *readOnly) Deployment(ctx context.Context) (Deployment, error) {
	return g.b.Deployment(ctx)
}

func (g *readOnly) Depths(ctx context.Context) (Depths, error) {
	return g.b.Depths(ctx)
}

func (g *readOnly) FlowRows(ctx context.Context, q FlowQuery) (FlowRows, error) {
	return g.b.FlowRows(ctx, q)
}

func (g *readOnly) FlowDetail(ctx context.Context, id FlowID, maxMembers int) (*FlowDetail, error) {
	return g.b.FlowDetail(ctx, id, maxMembers)
}

func (g *readOnly) LaneExecutions(ctx context.Context, lane LaneID, idx LaneIndex, limit int) ([]ExecutionRow, error) {
	return g.b.LaneExecutions(ctx, lane, idx, limit)
}

func (g *readOnly) SuspendedRows(ctx context.Context, limit int) (SuspendedRows, error) {
	return g.b.SuspendedRows(ctx, limit)
}

func (g *readOnly) ExecutionDetail(ctx context.Context, id ExecutionID) (*ExecutionDetail, error) {
	return g.b.ExecutionDetail(ctx, id)
}

func (g *readOnly) ExecutionEdges(ctx context.Context, id ExecutionID) (*ExecutionEdges, error) {
	return g.b.ExecutionEdges(ctx, id)
}

func (g *readOnly) StreamRows(ctx context.Context, watch []StreamRef, limit int) ([]StreamRow, error) {
	return g.b.StreamRows(ctx, watch, limit)
}

func (g *readOnly) ExecutionRows(ctx context.Context, ids []ExecutionID) ([]ExecutionRow, error) {
	return g.b.ExecutionRows(ctx, ids)
}
