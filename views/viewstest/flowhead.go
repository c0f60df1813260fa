package viewstest

import (
	"context"

	"ffboard/engine"
)

// FlowHead is the record of a canned flow, listed or with its parts.
func (e *Engine) FlowHead(_ context.Context, id engine.FlowID) (*engine.Flow, error) {
	e.Lock()
	defer e.Unlock()
	if d := e.FlowsByID[id]; d != nil {
		return &d.Flow, e.record("FlowHead", id)
	}
	for i := range e.FlowList.Rows {
		if f := &e.FlowList.Rows[i].Flow; f.ID == id {
			return f, e.record("FlowHead", id)
		}
	}
	return nil, e.record("FlowHead", id)
}
