package engine

import "context"

// FlowHeads

func (r Refusing) FlowHead(context.Context, FlowID) (*Flow, error) {
	return nil, r.Refuse("FlowHead")
}
