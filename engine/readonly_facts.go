package engine

import "context"

// Diagnostician

func (g *readOnly) ExecutionFacts(ctx context.Context, id ExecutionID) (*ExecutionFacts, error) {
	return g.b.ExecutionFacts(ctx, id)
}

func (g *readOnly) FlowFacts(ctx context.Context, id FlowID) (*FlowFacts, error) {
	return g.b.FlowFacts(ctx, id)
}
