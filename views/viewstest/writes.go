package viewstest

import (
	"context"

	"ffboard/engine"
)

func (e *Engine) CancelFlow(_ context.Context, req engine.CancelFlow) (engine.CancelledFlow, error) {
	e.Lock()
	defer e.Unlock()
	e.record("CancelFlow", req.Flow, req.Policy, req.Reason)
	if e.OnCancelFlow == nil {
		return engine.CancelledFlow{}, e.Refuse("CancelFlow")
	}
	return e.OnCancelFlow(req)
}

func (e *Engine) CancelExecution(_ context.Context, id engine.ExecutionID, reason string, source engine.CancelSource) (engine.LifecyclePhase, error) {
	e.Lock()
	defer e.Unlock()
	e.record("CancelExecution", id, reason, source)
	if e.OnCancelExecution == nil {
		return "", e.Refuse("CancelExecution")
	}
	return e.OnCancelExecution(id, reason)
}

func (e *Engine) CancelPendingMember(_ context.Context, id engine.ExecutionID, reason string) (bool, error) {
	e.Lock()
	defer e.Unlock()
	e.record("CancelPendingMember", id, reason)
	if e.OnCancelPending == nil {
		return false, e.Refuse("CancelPendingMember")
	}
	return e.OnCancelPending(id, reason)
}

func (e *Engine) AckCancelMember(_ context.Context, flow engine.FlowID, id engine.ExecutionID) error {
	e.Lock()
	defer e.Unlock()
	e.record("AckCancelMember", flow, id)
	if e.OnAckCancelMember == nil {
		return e.Refuse("AckCancelMember")
	}
	return e.OnAckCancelMember(flow, id)
}

func (e *Engine) DeliverSignal(_ context.Context, s engine.Signal) (engine.SignalOutcome, error) {
	e.Lock()
	defer e.Unlock()
	e.record("DeliverSignal", s.Execution, s.Waitpoint, s.Name)
	if e.OnDeliverSignal == nil {
		return engine.SignalOutcome{}, e.Refuse("DeliverSignal")
	}
	return e.OnDeliverSignal(s)
}

func (e *Engine) BufferSignal(_ context.Context, s engine.Signal) (engine.SignalOutcome, error) {
	e.Lock()
	defer e.Unlock()
	e.record("BufferSignal", s.Execution, s.Waitpoint, s.Name)
	if e.OnBufferSignal == nil {
		return engine.SignalOutcome{}, e.Refuse("BufferSignal")
	}
	return e.OnBufferSignal(s)
}

func (e *Engine) ReadWaitpointToken(_ context.Context, id engine.ExecutionID, w engine.WaitpointID) (engine.WaitpointToken, error) {
	e.Lock()
	defer e.Unlock()
	return e.Tokens[w], e.record("ReadWaitpointToken", id, w)
}
