package viewstest

import (
	"context"
	"time"

	"ffboard/engine"
)

// steering is what the operator's interventions read and answer.
type steering struct {
	Workers   []engine.Worker
	Budgets   map[engine.BudgetID]*engine.BudgetStatus
	Kids      map[engine.Partition][]engine.SecretKid
	Described map[engine.ExecutionID]*engine.Execution // instead of what is in Executions

	// OnSteer answers every intervention, named as its method; nil refuses them.
	OnSteer func(method string, target string) error
	// OnRotate is what a rotation answers.
	OnRotate func(kid string, grace time.Duration) []engine.RotationResult
}

// steer notes an intervention and answers it.
func (e *Engine) steer(method, target string, args ...any) error {
	e.record(method, append([]any{target}, args...)...)
	if e.OnSteer == nil {
		return e.Refuse(method)
	}
	return e.OnSteer(method, target)
}

func (e *Engine) ChangePriority(_ context.Context, id engine.ExecutionID, priority int) error {
	e.Lock()
	defer e.Unlock()
	return e.steer("ChangePriority", string(id), priority)
}

func (e *Engine) ReplayExecution(_ context.Context, id engine.ExecutionID) (engine.PublicState, error) {
	e.Lock()
	defer e.Unlock()
	return engine.StateWaiting, e.steer("ReplayExecution", string(id))
}

func (e *Engine) RevokeLease(_ context.Context, id engine.ExecutionID, expected engine.LeaseID, reason string) (bool, error) {
	e.Lock()
	defer e.Unlock()
	return true, e.steer("RevokeLease", string(id), expected, reason)
}

func (e *Engine) SetExecutionTag(_ context.Context, id engine.ExecutionID, key, value string) error {
	e.Lock()
	defer e.Unlock()
	return e.steer("SetExecutionTag", string(id), key, value)
}

func (e *Engine) SetFlowTag(_ context.Context, id engine.FlowID, key, value string) error {
	e.Lock()
	defer e.Unlock()
	return e.steer("SetFlowTag", string(id), key, value)
}

func (e *Engine) ResumeExecution(_ context.Context, id engine.ExecutionID, trigger string, delay time.Duration) (engine.PublicState, error) {
	e.Lock()
	defer e.Unlock()
	return engine.StateWaiting, e.steer("ResumeExecution", string(id), trigger, delay)
}

func (e *Engine) IssueReclaimGrant(_ context.Context, req engine.IssueGrant) (*engine.Grant, string, error) {
	e.Lock()
	defer e.Unlock()
	err := e.steer("IssueReclaimGrant", string(req.Execution), req.Worker, req.WorkerInstance, req.TTL)
	return &engine.Grant{Execution: req.Execution, Lane: req.Lane}, "", err
}

func (e *Engine) SetEdgeGroupPolicy(_ context.Context, flow engine.FlowID, id engine.ExecutionID, p engine.EdgePolicy) (bool, error) {
	e.Lock()
	defer e.Unlock()
	return true, e.steer("SetEdgeGroupPolicy", string(id), flow, p.Kind, p.K, p.OnSatisfied)
}

func (e *Engine) ResetBudget(_ context.Context, id engine.BudgetID) (time.Time, error) {
	e.Lock()
	defer e.Unlock()
	return time.Time{}, e.steer("ResetBudget", string(id))
}

func (e *Engine) MarkWorkerDead(_ context.Context, ns engine.Namespace, instance engine.WorkerInstanceID, reason string) (bool, error) {
	e.Lock()
	defer e.Unlock()
	return true, e.steer("MarkWorkerDead", string(instance), ns, reason)
}

// RotateSecrets notes everything but the secret.
func (e *Engine) RotateSecrets(_ context.Context, kid, _ string, grace time.Duration) ([]engine.RotationResult, error) {
	e.Lock()
	defer e.Unlock()
	if err := e.steer("RotateSecrets", kid, grace); err != nil || e.OnRotate == nil {
		return nil, err
	}
	return e.OnRotate(kid, grace), nil
}

func (e *Engine) BudgetStatus(_ context.Context, id engine.BudgetID) (*engine.BudgetStatus, error) {
	e.Lock()
	defer e.Unlock()
	if err := e.record("BudgetStatus", id); err != nil {
		return nil, err
	}
	if e.Budgets[id] == nil {
		return nil, engine.NotFound("budget_status", "budget", string(id))
	}
	return e.Budgets[id], nil
}

func (e *Engine) ListWorkers(_ context.Context, ns engine.Namespace, _ engine.WorkerInstanceID, limit int) (engine.Page[engine.Worker, engine.WorkerInstanceID], error) {
	e.Lock()
	defer e.Unlock()
	return engine.Page[engine.Worker, engine.WorkerInstanceID]{Items: e.Workers[:min(limit, len(e.Workers))]}, e.record("ListWorkers", ns)
}

func (e *Engine) ListSecretKids(_ context.Context, p engine.Partition) ([]engine.SecretKid, error) {
	e.Lock()
	defer e.Unlock()
	return e.Kids[p], e.record("ListSecretKids", p.Index)
}

func (e *Engine) Partitions() engine.PartitionConfig { return e.Deployed.Partitions }

// DescribeExecution answers from Described, or else from Executions.
func (e *Engine) DescribeExecution(_ context.Context, id engine.ExecutionID) (*engine.Execution, error) {
	e.Lock()
	defer e.Unlock()
	if x := e.Described[id]; x != nil {
		return x, e.record("DescribeExecution", id)
	}
	if d := e.Executions[id]; d != nil {
		return &d.Execution, e.record("DescribeExecution", id)
	}
	return nil, e.record("DescribeExecution", id)
}

func (e *Engine) DescribeFlow(_ context.Context, id engine.FlowID) (*engine.Flow, error) {
	e.Lock()
	defer e.Unlock()
	if d := e.FlowsByID[id]; d != nil {
		return &d.Flow, e.record("DescribeFlow", id)
	}
	for i := range e.FlowList.Rows {
		if f := &e.FlowList.Rows[i].Flow; f.ID == id {
			return f, e.record("DescribeFlow", id)
		}
	}
	return nil, e.record("DescribeFlow", id)
}

func (e *Engine) ReadCoreFields(_ context.Context, id engine.ExecutionID, _ ...string) (map[string]string, error) {
	e.Lock()
	defer e.Unlock()
	return map[string]string{}, e.record("ReadCoreFields", id)
}
