package viewstest

import (
	"context"
	"time"

	"ffboard/engine"
)

// What HostileEngine writes, as it says. Writes that answer with an error alone are refused.

func (e *HostileEngine) BufferSignal(context.Context, engine.Signal) (engine.SignalOutcome, error) {
	return hostileAnswer[engine.SignalOutcome](e)
}

func (e *HostileEngine) CancelExecution(context.Context, engine.ExecutionID, string, engine.CancelSource) (engine.LifecyclePhase, error) {
	return hostileAnswer[engine.LifecyclePhase](e)
}

func (e *HostileEngine) CancelFlow(context.Context, engine.CancelFlow) (engine.CancelledFlow, error) {
	return hostileAnswer[engine.CancelledFlow](e)
}

func (e *HostileEngine) CancelPendingMember(context.Context, engine.ExecutionID, string) (bool, error) {
	return hostileAnswer[bool](e)
}

func (e *HostileEngine) CascadeCompletion(context.Context, engine.ExecutionID, engine.FlowID) (engine.Cascaded, error) {
	return hostileAnswer[engine.Cascaded](e)
}

func (e *HostileEngine) DeliverApproval(context.Context, engine.Approval) (engine.SignalOutcome, error) {
	return hostileAnswer[engine.SignalOutcome](e)
}

func (e *HostileEngine) DeliverSignal(context.Context, engine.Signal) (engine.SignalOutcome, error) {
	return hostileAnswer[engine.SignalOutcome](e)
}

func (e *HostileEngine) EvaluateFlowEligibility(context.Context, engine.ExecutionID) (string, error) {
	return hostileAnswer[string](e)
}

func (e *HostileEngine) MarkWorkerDead(context.Context, engine.Namespace, engine.WorkerInstanceID, string) (bool, error) {
	return hostileAnswer[bool](e)
}

func (e *HostileEngine) ReconcileDependencies(context.Context, engine.ExecutionID) (int, error) {
	return hostileAnswer[int](e)
}

func (e *HostileEngine) RepairIndex(context.Context, engine.IndexMismatch) (bool, error) {
	return hostileAnswer[bool](e)
}

func (e *HostileEngine) ReplayExecution(context.Context, engine.ExecutionID) (engine.PublicState, error) {
	return hostileAnswer[engine.PublicState](e)
}

func (e *HostileEngine) ResetBudget(context.Context, engine.BudgetID) (time.Time, error) {
	return hostileAnswer[time.Time](e)
}

func (e *HostileEngine) ResolveDependency(context.Context, engine.ResolveEdge) (engine.Resolution, error) {
	return hostileAnswer[engine.Resolution](e)
}

func (e *HostileEngine) ResumeExecution(context.Context, engine.ExecutionID, string, time.Duration) (engine.PublicState, error) {
	return hostileAnswer[engine.PublicState](e)
}

func (e *HostileEngine) RevokeLease(context.Context, engine.ExecutionID, engine.LeaseID, string) (bool, error) {
	return hostileAnswer[bool](e)
}

func (e *HostileEngine) RotateSecrets(context.Context, string, string, time.Duration) ([]engine.RotationResult, error) {
	return hostileAnswer[[]engine.RotationResult](e)
}

func (e *HostileEngine) SeedSecret(context.Context, string, string) (engine.SeededSecret, error) {
	return hostileAnswer[engine.SeededSecret](e)
}

func (e *HostileEngine) SetEdgeGroupPolicy(context.Context, engine.FlowID, engine.ExecutionID, engine.EdgePolicy) (bool, error) {
	return hostileAnswer[bool](e)
}
