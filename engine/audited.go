package engine

import (
	"context"
	"time"
)

// Audited is b, with heard told of every write that a board can do: its name, what it is done to, and what came of it. It hears of reads
// of waitpoint tokens as well: their only use is to write. Secrets, payloads and reasons are not told.
func Audited(b Attached, heard func(op, target string, err error)) Attached {
	return &audited{b, heard}
}

type audited struct {
	Attached
	heard func(op, target string, err error)
}

func (a *audited) CancelExecution(ctx context.Context, id ExecutionID, reason string, source CancelSource) (LifecyclePhase, error) {
	answer, err := a.Attached.CancelExecution(ctx, id, reason, source)
	a.heard("CancelExecution", string(id), err)
	return answer, err
}

func (a *audited) ChangePriority(ctx context.Context, id ExecutionID, priority int) error {
	err := a.Attached.ChangePriority(ctx, id, priority)
	a.heard("ChangePriority", string(id), err)
	return err
}

func (a *audited) ReplayExecution(ctx context.Context, id ExecutionID) (PublicState, error) {
	answer, err := a.Attached.ReplayExecution(ctx, id)
	a.heard("ReplayExecution", string(id), err)
	return answer, err
}

func (a *audited) RevokeLease(ctx context.Context, id ExecutionID, expected LeaseID, reason string) (bool, error) {
	answer, err := a.Attached.RevokeLease(ctx, id, expected, reason)
	a.heard("RevokeLease", string(id), err)
	return answer, err
}

func (a *audited) SetExecutionTag(ctx context.Context, id ExecutionID, key, value string) error {
	err := a.Attached.SetExecutionTag(ctx, id, key, value)
	a.heard("SetExecutionTag", string(id), err)
	return err
}

func (a *audited) SetFlowTag(ctx context.Context, id FlowID, key, value string) error {
	err := a.Attached.SetFlowTag(ctx, id, key, value)
	a.heard("SetFlowTag", string(id), err)
	return err
}

func (a *audited) RotateSecrets(ctx context.Context, kid, secretHex string, grace time.Duration) ([]RotationResult, error) {
	answer, err := a.Attached.RotateSecrets(ctx, kid, secretHex, grace)
	a.heard("RotateSecrets", kid, err)
	return answer, err
}

func (a *audited) SeedSecret(ctx context.Context, kid, secretHex string) (SeededSecret, error) {
	answer, err := a.Attached.SeedSecret(ctx, kid, secretHex)
	a.heard("SeedSecret", kid, err)
	return answer, err
}

func (a *audited) CancelFlow(ctx context.Context, req CancelFlow) (CancelledFlow, error) {
	answer, err := a.Attached.CancelFlow(ctx, req)
	a.heard("CancelFlow", string(req.Flow), err)
	return answer, err
}

func (a *audited) CancelPendingMember(ctx context.Context, id ExecutionID, reason string) (bool, error) {
	answer, err := a.Attached.CancelPendingMember(ctx, id, reason)
	a.heard("CancelPendingMember", string(id), err)
	return answer, err
}

func (a *audited) AckCancelMember(ctx context.Context, flow FlowID, id ExecutionID) error {
	err := a.Attached.AckCancelMember(ctx, flow, id)
	a.heard("AckCancelMember", string(id), err)
	return err
}

func (a *audited) ResolveDependency(ctx context.Context, req ResolveEdge) (Resolution, error) {
	answer, err := a.Attached.ResolveDependency(ctx, req)
	a.heard("ResolveDependency", string(req.Edge), err)
	return answer, err
}

func (a *audited) EvaluateFlowEligibility(ctx context.Context, id ExecutionID) (string, error) {
	answer, err := a.Attached.EvaluateFlowEligibility(ctx, id)
	a.heard("EvaluateFlowEligibility", string(id), err)
	return answer, err
}

func (a *audited) CascadeCompletion(ctx context.Context, id ExecutionID, flow FlowID) (Cascaded, error) {
	answer, err := a.Attached.CascadeCompletion(ctx, id, flow)
	a.heard("CascadeCompletion", string(id), err)
	return answer, err
}

func (a *audited) PromoteBlocked(ctx context.Context, id ExecutionID) error {
	err := a.Attached.PromoteBlocked(ctx, id)
	a.heard("PromoteBlocked", string(id), err)
	return err
}

func (a *audited) DeliverSignal(ctx context.Context, s Signal) (SignalOutcome, error) {
	answer, err := a.Attached.DeliverSignal(ctx, s)
	a.heard("DeliverSignal", string(s.Execution), err)
	return answer, err
}

func (a *audited) BufferSignal(ctx context.Context, s Signal) (SignalOutcome, error) {
	answer, err := a.Attached.BufferSignal(ctx, s)
	a.heard("BufferSignal", string(s.Execution), err)
	return answer, err
}

func (a *audited) DeliverApproval(ctx context.Context, given Approval) (SignalOutcome, error) {
	answer, err := a.Attached.DeliverApproval(ctx, given)
	a.heard("DeliverApproval", string(given.Execution), err)
	return answer, err
}

func (a *audited) ReadWaitpointToken(ctx context.Context, execution ExecutionID, id WaitpointID) (WaitpointToken, error) {
	answer, err := a.Attached.ReadWaitpointToken(ctx, execution, id)
	a.heard("ReadWaitpointToken", string(execution), err)
	return answer, err
}

func (a *audited) ResumeExecution(ctx context.Context, id ExecutionID, trigger string, delay time.Duration) (PublicState, error) {
	answer, err := a.Attached.ResumeExecution(ctx, id, trigger, delay)
	a.heard("ResumeExecution", string(id), err)
	return answer, err
}

func (a *audited) SetEdgeGroupPolicy(ctx context.Context, flow FlowID, downstream ExecutionID, policy EdgePolicy) (bool, error) {
	answer, err := a.Attached.SetEdgeGroupPolicy(ctx, flow, downstream, policy)
	a.heard("SetEdgeGroupPolicy", string(downstream), err)
	return answer, err
}

func (a *audited) ResetBudget(ctx context.Context, id BudgetID) (time.Time, error) {
	answer, err := a.Attached.ResetBudget(ctx, id)
	a.heard("ResetBudget", string(id), err)
	return answer, err
}

func (a *audited) MarkWorkerDead(ctx context.Context, ns Namespace, instance WorkerInstanceID, reason string) (bool, error) {
	answer, err := a.Attached.MarkWorkerDead(ctx, ns, instance, reason)
	a.heard("MarkWorkerDead", string(instance), err)
	return answer, err
}

func (a *audited) IssueReclaimGrant(ctx context.Context, req IssueGrant) (*Grant, string, error) {
	grant, not, err := a.Attached.IssueReclaimGrant(ctx, req)
	a.heard("IssueReclaimGrant", string(req.Execution), err)
	return grant, not, err
}

func (a *audited) PromoteDelayed(ctx context.Context, lane LaneID, id ExecutionID, now time.Time) error {
	err := a.Attached.PromoteDelayed(ctx, lane, id, now)
	a.heard("PromoteDelayed", string(id), err)
	return err
}

func (a *audited) UnblockExecution(ctx context.Context, lane LaneID, id ExecutionID, expected BlockingReason, now time.Time) error {
	err := a.Attached.UnblockExecution(ctx, lane, id, expected, now)
	a.heard("UnblockExecution", string(id), err)
	return err
}

func (a *audited) LiftPause(ctx context.Context, lane LaneID, id ExecutionID, now time.Time) error {
	err := a.Attached.LiftPause(ctx, lane, id, now)
	a.heard("LiftPause", string(id), err)
	return err
}

func (a *audited) ReconcileDependencies(ctx context.Context, id ExecutionID) (int, error) {
	answer, err := a.Attached.ReconcileDependencies(ctx, id)
	a.heard("ReconcileDependencies", string(id), err)
	return answer, err
}

func (a *audited) RepairIndex(ctx context.Context, m IndexMismatch) (bool, error) {
	answer, err := a.Attached.RepairIndex(ctx, m)
	a.heard("RepairIndex", string(m.Execution), err)
	return answer, err
}

func (a *audited) DrainSiblingCancelGroup(ctx context.Context, g SiblingGroup) error {
	err := a.Attached.DrainSiblingCancelGroup(ctx, g)
	a.heard("DrainSiblingCancelGroup", string(g.Flow), err)
	return err
}
