package recording

import (
	"context"

	"ffboard/engine"
)

// Reader

func (r *reads) DescribeExecution(ctx context.Context, id engine.ExecutionID) (*engine.Execution, error) {
	return told(ctx, r.from, ask("DescribeExecution", id), func() (*engine.Execution, error) { return r.Attached.DescribeExecution(ctx, id) })
}

func (r *reads) DescribeFlow(ctx context.Context, id engine.FlowID) (*engine.Flow, error) {
	return told(ctx, r.from, ask("DescribeFlow", id), func() (*engine.Flow, error) { return r.Attached.DescribeFlow(ctx, id) })
}

func (r *reads) FlowHead(ctx context.Context, id engine.FlowID) (*engine.Flow, error) {
	return told(ctx, r.from, ask("FlowHead", id), func() (*engine.Flow, error) { return r.Attached.FlowHead(ctx, id) })
}

func (r *reads) DescribeEdge(ctx context.Context, flow engine.FlowID, edge engine.EdgeID) (*engine.Edge, error) {
	return told(ctx, r.from, ask("DescribeEdge", flow, edge), func() (*engine.Edge, error) { return r.Attached.DescribeEdge(ctx, flow, edge) })
}

func (r *reads) ReadExecutionState(ctx context.Context, id engine.ExecutionID) (engine.PublicState, error) {
	return told(ctx, r.from, ask("ReadExecutionState", id), func() (engine.PublicState, error) { return r.Attached.ReadExecutionState(ctx, id) })
}

func (r *reads) ResolveExecutionFlowID(ctx context.Context, id engine.ExecutionID) (engine.FlowID, error) {
	return told(ctx, r.from, ask("ResolveExecutionFlowID", id), func() (engine.FlowID, error) { return r.Attached.ResolveExecutionFlowID(ctx, id) })
}

func (r *reads) ReadCurrentAttemptIndex(ctx context.Context, id engine.ExecutionID) (uint32, error) {
	return told(ctx, r.from, ask("ReadCurrentAttemptIndex", id), func() (uint32, error) { return r.Attached.ReadCurrentAttemptIndex(ctx, id) })
}

func (r *reads) ReadTotalAttemptCount(ctx context.Context, id engine.ExecutionID) (uint32, error) {
	return told(ctx, r.from, ask("ReadTotalAttemptCount", id), func() (uint32, error) { return r.Attached.ReadTotalAttemptCount(ctx, id) })
}

func (r *reads) ExecutionResult(ctx context.Context, id engine.ExecutionID) ([]byte, error) {
	return told(ctx, r.from, ask("ExecutionResult", id), func() ([]byte, error) { return r.Attached.ExecutionResult(ctx, id) })
}

func (r *reads) ExecutionTag(ctx context.Context, id engine.ExecutionID, key string) (string, bool, error) {
	return toldFound(ctx, r.from, ask("ExecutionTag", id, key), func() (string, bool, error) { return r.Attached.ExecutionTag(ctx, id, key) })
}

func (r *reads) ExecutionNamespace(ctx context.Context, id engine.ExecutionID) (engine.Namespace, bool, error) {
	return toldFound(ctx, r.from, ask("ExecutionNamespace", id), func() (engine.Namespace, bool, error) { return r.Attached.ExecutionNamespace(ctx, id) })
}

func (r *reads) FlowTag(ctx context.Context, id engine.FlowID, key string) (string, bool, error) {
	return toldFound(ctx, r.from, ask("FlowTag", id, key), func() (string, bool, error) { return r.Attached.FlowTag(ctx, id, key) })
}

// Lister

func (r *reads) ListFlows(ctx context.Context, p engine.Partition, after engine.FlowID, limit int) (engine.Page[engine.Flow, engine.FlowID], error) {
	return told(ctx, r.from, ask("ListFlows", p.Tag(), after), func() (engine.Page[engine.Flow, engine.FlowID], error) {
		return r.Attached.ListFlows(ctx, p, after, limit)
	})
}

func (r *reads) ListLanes(ctx context.Context, after engine.LaneID, limit int) (engine.Page[engine.LaneID, engine.LaneID], error) {
	return told(ctx, r.from, ask("ListLanes", after), func() (engine.Page[engine.LaneID, engine.LaneID], error) {
		return r.Attached.ListLanes(ctx, after, limit)
	})
}

func (r *reads) ListSuspended(ctx context.Context, p engine.Partition, after engine.SuspendedCursor, limit int) (engine.Page[engine.SuspendedEntry, engine.SuspendedCursor], error) {
	return told(ctx, r.from, ask("ListSuspended", p.Tag(), after), func() (engine.Page[engine.SuspendedEntry, engine.SuspendedCursor], error) {
		return r.Attached.ListSuspended(ctx, p, after, limit)
	})
}

func (r *reads) ListExecutions(ctx context.Context, p engine.Partition, after engine.ExecutionID, limit int) (engine.Page[engine.ExecutionID, engine.ExecutionID], error) {
	return told(ctx, r.from, ask("ListExecutions", p.Tag(), after), func() (engine.Page[engine.ExecutionID, engine.ExecutionID], error) {
		return r.Attached.ListExecutions(ctx, p, after, limit)
	})
}

func (r *reads) ListEdges(ctx context.Context, flow engine.FlowID, node engine.ExecutionID, d engine.EdgeDirection) ([]engine.Edge, error) {
	return told(ctx, r.from, ask("ListEdges", flow, node, int(d)), func() ([]engine.Edge, error) { return r.Attached.ListEdges(ctx, flow, node, d) })
}

func (r *reads) ListPendingWaitpoints(ctx context.Context, id engine.ExecutionID, after engine.WaitpointID, limit int) (engine.Page[engine.Waitpoint, engine.WaitpointID], error) {
	return told(ctx, r.from, ask("ListPendingWaitpoints", id, after), func() (engine.Page[engine.Waitpoint, engine.WaitpointID], error) {
		return r.Attached.ListPendingWaitpoints(ctx, id, after, limit)
	})
}

func (r *reads) ListRevokedLeases(ctx context.Context, lane engine.LaneID, limit int) ([]engine.ExpiredLease, error) {
	return told(ctx, r.from, ask("ListRevokedLeases", lane), func() ([]engine.ExpiredLease, error) { return r.Attached.ListRevokedLeases(ctx, lane, limit) })
}

// Operator, Budgets and Workers

func (r *reads) ListSecretKids(ctx context.Context, p engine.Partition) ([]engine.SecretKid, error) {
	return told(ctx, r.from, ask("ListSecretKids", p.Tag()), func() ([]engine.SecretKid, error) { return r.Attached.ListSecretKids(ctx, p) })
}

func (r *reads) BudgetStatus(ctx context.Context, id engine.BudgetID) (*engine.BudgetStatus, error) {
	return told(ctx, r.from, ask("BudgetStatus", id), func() (*engine.BudgetStatus, error) { return r.Attached.BudgetStatus(ctx, id) })
}

func (r *reads) ListWorkers(ctx context.Context, ns engine.Namespace, after engine.WorkerInstanceID, limit int) (engine.Page[engine.Worker, engine.WorkerInstanceID], error) {
	return told(ctx, r.from, ask("ListWorkers", ns, after), func() (engine.Page[engine.Worker, engine.WorkerInstanceID], error) {
		return r.Attached.ListWorkers(ctx, ns, after, limit)
	})
}

// Streams, but for their frames

func (r *reads) ReadSummary(ctx context.Context, id engine.ExecutionID, attempt uint32) (*engine.SummaryDocument, error) {
	return told(ctx, r.from, ask("ReadSummary", id, attempt), func() (*engine.SummaryDocument, error) { return r.Attached.ReadSummary(ctx, id, attempt) })
}

func (r *reads) StreamMeta(ctx context.Context, id engine.ExecutionID, attempt uint32) (*engine.StreamMeta, error) {
	return told(ctx, r.from, ask("StreamMeta", id, attempt), func() (*engine.StreamMeta, error) { return r.Attached.StreamMeta(ctx, id, attempt) })
}
