package engine

import (
	"context"
	"time"
)

// Steering are an operator's interventions that stand among wider interfaces, with the reads that these take.
type Steering interface {
	// ResumeExecution ends a wait without a signal and returns the execution's public state (spec 04a §8.4).
	ResumeExecution(ctx context.Context, id ExecutionID, trigger string, delay time.Duration) (PublicState, error)
	// IssueReclaimGrant authorises a worker to take over an expired or revoked lease (spec 04a §6.9).
	IssueReclaimGrant(ctx context.Context, req IssueGrant) (grant *Grant, notReclaimable string, err error)
	// SetEdgeGroupPolicy tells whether the policy is new; one of the same kind stays as it was (spec 04a §14.5).
	SetEdgeGroupPolicy(ctx context.Context, flow FlowID, downstream ExecutionID, policy EdgePolicy) (set bool, err error)
	// ResetBudget returns the next reset, zero when the budget does not reset by itself.
	ResetBudget(ctx context.Context, id BudgetID) (time.Time, error)
	BudgetStatus(ctx context.Context, id BudgetID) (*BudgetStatus, error)
	MarkWorkerDead(ctx context.Context, ns Namespace, instance WorkerInstanceID, reason string) (marked bool, err error)
	ListWorkers(ctx context.Context, ns Namespace, after WorkerInstanceID, limit int) (Page[Worker, WorkerInstanceID], error)
	Partitions() PartitionConfig
	ServerTime(ctx context.Context) (time.Time, error)
}
