package viewstest

import (
	"context"

	"ffboard/engine"
)

// ExecutionFacts answers from Facts, or else from what is canned about the execution.
func (e *Engine) ExecutionFacts(_ context.Context, id engine.ExecutionID) (*engine.ExecutionFacts, error) {
	e.Lock()
	defer e.Unlock()
	err := e.record("ExecutionFacts", id)
	if f := e.Facts[id]; f != nil {
		return f, err
	}
	f := &engine.ExecutionFacts{ID: id, At: Now}
	if d := e.Executions[id]; d != nil {
		f.Execution, f.Suspension, f.SuspensionChecked, f.Policy = &d.Execution, d.Suspension, true, engine.ReadPolicyFacts(d.PolicyJSON)
	}
	return f, err
}

// FlowFacts answers from FlowFactsByID; a flow that is not there has no record.
func (e *Engine) FlowFacts(_ context.Context, id engine.FlowID) (*engine.FlowFacts, error) {
	e.Lock()
	defer e.Unlock()
	err := e.record("FlowFacts", id)
	if f := e.FlowFactsByID[id]; f != nil {
		return f, err
	}
	return &engine.FlowFacts{ID: id, At: Now}, err
}
