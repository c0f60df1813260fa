package engine

import "context"

// FlowHeads

func (g *readOnly) FlowHead(ctx context.Context, id FlowID) (*Flow, error) {
	return g.b.FlowHead(ctx, id)
}
