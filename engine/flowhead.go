package engine

import "context"

// FlowHeads reads flows without what grows with their members.
type FlowHeads interface {
	// FlowHead reads one flow's record, without edge groups; nil when there is none.
	FlowHead(ctx context.Context, id FlowID) (*Flow, error)
}
