package viewstest

import (
	"context"
	"time"

	"ffboard/engine"
)

// What HostileEngine reads.

func (e *HostileEngine) AttachedExecutions(context.Context, engine.Partition, string, int) ([]engine.ExecutionRow, int, error) {
	rows, err := hostileAnswer[[]engine.ExecutionRow](e)
	return rows, len(rows), err
}

func (e *HostileEngine) BudgetRows(context.Context, int, int) (engine.BudgetRows, error) {
	return hostileAnswer[engine.BudgetRows](e)
}

func (e *HostileEngine) BudgetStatus(context.Context, engine.BudgetID) (*engine.BudgetStatus, error) {
	return hostileAnswer[*engine.BudgetStatus](e)
}

func (e *HostileEngine) Checkup(context.Context) (engine.Checkup, error) {
	return hostileAnswer[engine.Checkup](e)
}

func (e *HostileEngine) Deployment(context.Context) (engine.Deployment, error) {
	return hostileAnswer[engine.Deployment](e)
}

func (e *HostileEngine) Depths(context.Context) (engine.Depths, error) {
	return hostileAnswer[engine.Depths](e)
}

func (e *HostileEngine) DescribeEdge(context.Context, engine.FlowID, engine.EdgeID) (*engine.Edge, error) {
	return hostileAnswer[*engine.Edge](e)
}

func (e *HostileEngine) DescribeExecution(context.Context, engine.ExecutionID) (*engine.Execution, error) {
	return hostileAnswer[*engine.Execution](e)
}

func (e *HostileEngine) DescribeFlow(context.Context, engine.FlowID) (*engine.Flow, error) {
	return hostileAnswer[*engine.Flow](e)
}

func (e *HostileEngine) Ended(context.Context) (engine.Ended, error) {
	return hostileAnswer[engine.Ended](e)
}

// ExecutionDetail cuts payloads as every engine does.
func (e *HostileEngine) ExecutionDetail(context.Context, engine.ExecutionID) (*engine.ExecutionDetail, error) {
	d, err := hostileAnswer[*engine.ExecutionDetail](e)
	if d != nil {
		d.Payload, d.Result = d.Payload[:min(len(d.Payload), shownPayload)], d.Result[:min(len(d.Result), shownPayload)]
	}
	return d, err
}

// shownPayload is how much of a payload an execution's detail has.
const shownPayload = 64 << 10

func (e *HostileEngine) ExecutionEdges(context.Context, engine.ExecutionID) (*engine.ExecutionEdges, error) {
	return hostileAnswer[*engine.ExecutionEdges](e)
}

func (e *HostileEngine) ExecutionFacts(context.Context, engine.ExecutionID) (*engine.ExecutionFacts, error) {
	facts, err := hostileAnswer[engine.ExecutionFacts](e)
	return &facts, err
}

func (e *HostileEngine) ExecutionNamespace(context.Context, engine.ExecutionID) (engine.Namespace, bool, error) {
	answer, err := hostileAnswer[engine.Namespace](e)
	return answer, err == nil, err
}

func (e *HostileEngine) ExecutionResult(context.Context, engine.ExecutionID) ([]byte, error) {
	return hostileAnswer[[]byte](e)
}

func (e *HostileEngine) ExecutionRows(context.Context, []engine.ExecutionID) ([]engine.ExecutionRow, error) {
	return hostileAnswer[[]engine.ExecutionRow](e)
}

func (e *HostileEngine) ExecutionSpans(context.Context, []engine.ExecutionID) ([]engine.ExecutionSpans, error) {
	return hostileAnswer[[]engine.ExecutionSpans](e)
}

func (e *HostileEngine) ExecutionTag(context.Context, engine.ExecutionID, string) (string, bool, error) {
	answer, err := hostileAnswer[string](e)
	return answer, err == nil, err
}

func (e *HostileEngine) FailingFlows(context.Context, int) (engine.FailingFlows, error) {
	return hostileAnswer[engine.FailingFlows](e)
}

func (e *HostileEngine) FlowDetail(context.Context, engine.FlowID, int) (*engine.FlowDetail, error) {
	return hostileAnswer[*engine.FlowDetail](e)
}

func (e *HostileEngine) FlowFacts(context.Context, engine.FlowID) (*engine.FlowFacts, error) {
	facts, err := hostileAnswer[engine.FlowFacts](e)
	return &facts, err
}

func (e *HostileEngine) FlowHead(context.Context, engine.FlowID) (*engine.Flow, error) {
	return hostileAnswer[*engine.Flow](e)
}

func (e *HostileEngine) FlowRows(context.Context, engine.FlowQuery) (engine.FlowRows, error) {
	return hostileAnswer[engine.FlowRows](e)
}

func (e *HostileEngine) FlowTag(context.Context, engine.FlowID, string) (string, bool, error) {
	answer, err := hostileAnswer[string](e)
	return answer, err == nil, err
}

func (e *HostileEngine) LaneExecutions(context.Context, engine.LaneID, engine.LaneIndex, int) ([]engine.ExecutionRow, error) {
	return hostileAnswer[[]engine.ExecutionRow](e)
}

func (e *HostileEngine) Leases(context.Context, engine.LeaseKind, int) (engine.LeaseRows, error) {
	return hostileAnswer[engine.LeaseRows](e)
}

func (e *HostileEngine) ListEdges(context.Context, engine.FlowID, engine.ExecutionID, engine.EdgeDirection) ([]engine.Edge, error) {
	return hostileAnswer[[]engine.Edge](e)
}

func (e *HostileEngine) ListExecutions(context.Context, engine.Partition, engine.ExecutionID, int) (engine.Page[engine.ExecutionID, engine.ExecutionID], error) {
	return hostileAnswer[engine.Page[engine.ExecutionID, engine.ExecutionID]](e)
}

func (e *HostileEngine) ListExpiredLeases(context.Context, time.Time, *engine.ExpiredLease, int) (engine.Page[engine.ExpiredLease, engine.ExecutionID], error) {
	return hostileAnswer[engine.Page[engine.ExpiredLease, engine.ExecutionID]](e)
}

func (e *HostileEngine) ListFlows(context.Context, engine.Partition, engine.FlowID, int) (engine.Page[engine.Flow, engine.FlowID], error) {
	return hostileAnswer[engine.Page[engine.Flow, engine.FlowID]](e)
}

func (e *HostileEngine) ListLanes(context.Context, engine.LaneID, int) (engine.Page[engine.LaneID, engine.LaneID], error) {
	return hostileAnswer[engine.Page[engine.LaneID, engine.LaneID]](e)
}

func (e *HostileEngine) ListPendingWaitpoints(context.Context, engine.ExecutionID, engine.WaitpointID, int) (engine.Page[engine.Waitpoint, engine.WaitpointID], error) {
	return hostileAnswer[engine.Page[engine.Waitpoint, engine.WaitpointID]](e)
}

func (e *HostileEngine) ListRevokedLeases(context.Context, engine.LaneID, int) ([]engine.ExpiredLease, error) {
	return hostileAnswer[[]engine.ExpiredLease](e)
}

func (e *HostileEngine) ListSecretKids(context.Context, engine.Partition) ([]engine.SecretKid, error) {
	return hostileAnswer[[]engine.SecretKid](e)
}

func (e *HostileEngine) ListSuspended(context.Context, engine.Partition, engine.SuspendedCursor, int) (engine.Page[engine.SuspendedEntry, engine.SuspendedCursor], error) {
	return hostileAnswer[engine.Page[engine.SuspendedEntry, engine.SuspendedCursor]](e)
}

func (e *HostileEngine) ListWorkers(context.Context, engine.Namespace, engine.WorkerInstanceID, int) (engine.Page[engine.Worker, engine.WorkerInstanceID], error) {
	return hostileAnswer[engine.Page[engine.Worker, engine.WorkerInstanceID]](e)
}

func (e *HostileEngine) LongestSuspended(context.Context, int) (engine.LongSuspended, error) {
	return hostileAnswer[engine.LongSuspended](e)
}

func (e *HostileEngine) OrphanedLeases(context.Context, int) (engine.OrphanedLeases, error) {
	return hostileAnswer[engine.OrphanedLeases](e)
}

func (e *HostileEngine) QuotaRows(context.Context, int, int) (engine.QuotaRows, error) {
	return hostileAnswer[engine.QuotaRows](e)
}

func (e *HostileEngine) ReadCoreFields(context.Context, engine.ExecutionID, ...string) (map[string]string, error) {
	return hostileAnswer[map[string]string](e)
}

func (e *HostileEngine) ReadCurrentAttemptIndex(context.Context, engine.ExecutionID) (uint32, error) {
	return hostileAnswer[uint32](e)
}

func (e *HostileEngine) ReadExecutionState(context.Context, engine.ExecutionID) (engine.PublicState, error) {
	return hostileAnswer[engine.PublicState](e)
}

func (e *HostileEngine) ReadStream(context.Context, engine.ExecutionID, uint32, string, string, int) (engine.StreamPage, error) {
	return hostileAnswer[engine.StreamPage](e)
}

func (e *HostileEngine) ReadSummary(context.Context, engine.ExecutionID, uint32) (*engine.SummaryDocument, error) {
	return hostileAnswer[*engine.SummaryDocument](e)
}

func (e *HostileEngine) ReadTotalAttemptCount(context.Context, engine.ExecutionID) (uint32, error) {
	return hostileAnswer[uint32](e)
}

func (e *HostileEngine) ReadWaitpointToken(context.Context, engine.ExecutionID, engine.WaitpointID) (engine.WaitpointToken, error) {
	return hostileAnswer[engine.WaitpointToken](e)
}

func (e *HostileEngine) ResolveExecutionFlowID(context.Context, engine.ExecutionID) (engine.FlowID, error) {
	return hostileAnswer[engine.FlowID](e)
}

func (e *HostileEngine) SearchExecutions(context.Context, engine.ExecutionQuery, engine.ExecutionCursor, int) (engine.ExecutionsFound, error) {
	return hostileAnswer[engine.ExecutionsFound](e)
}

func (e *HostileEngine) SignalGroupRows(context.Context, engine.SignalGroupKey, int) (engine.SuspendedRows, error) {
	return hostileAnswer[engine.SuspendedRows](e)
}

func (e *HostileEngine) SignalGroups(context.Context) (engine.SignalGroups, error) {
	return hostileAnswer[engine.SignalGroups](e)
}

func (e *HostileEngine) StreamMeta(context.Context, engine.ExecutionID, uint32) (*engine.StreamMeta, error) {
	return hostileAnswer[*engine.StreamMeta](e)
}

func (e *HostileEngine) StreamRows(context.Context, []engine.StreamRef, int) ([]engine.StreamRow, error) {
	return hostileAnswer[[]engine.StreamRow](e)
}

func (e *HostileEngine) SurveyFlow(context.Context, engine.FlowSurveyQuery) (*engine.FlowSurvey, error) {
	return hostileAnswer[*engine.FlowSurvey](e)
}

func (e *HostileEngine) SuspendedRows(context.Context, int) (engine.SuspendedRows, error) {
	return hostileAnswer[engine.SuspendedRows](e)
}

func (e *HostileEngine) WorkerLeases(context.Context, engine.WorkerInstanceID, int) (engine.LeaseRows, error) {
	return hostileAnswer[engine.LeaseRows](e)
}

func (e *HostileEngine) WorkerRows(context.Context) (engine.WorkerRows, error) {
	return hostileAnswer[engine.WorkerRows](e)
}
