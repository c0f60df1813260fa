package engine

import "context"

// Diagnostician

func (r Refusing) ExecutionFacts(context.Context, ExecutionID) (*ExecutionFacts, error) {
	return nil, r.Refuse("ExecutionFacts")
}

func (r Refusing) FlowFacts(context.Context, FlowID) (*FlowFacts, error) {
	return nil, r.Refuse("FlowFacts")
}
