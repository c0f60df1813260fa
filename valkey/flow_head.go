package valkey

import (
	"context"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// FlowHead is one round trip, whatever the flow's size.
func (b *Backend) FlowHead(ctx context.Context, flow engine.FlowID) (*engine.Flow, error) {
	const op = "flow_head"
	if err := checkFlowID(op, flow); err != nil {
		return nil, err
	}
	k := b.flowKeys(flow)
	var core, tags *redis.MapStringStringCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		core = p.HGetAll(ctx, k.core())
		tags = p.HGetAll(ctx, k.tags())
	})
	if err != nil {
		return nil, err
	}
	stored := readWholeHash(core)
	if stored.empty() && len(stored.bad) == 0 {
		return nil, nil
	}
	f, err := decodeFlow(k.core(), flow, stored, readWholeHash(tags))
	return &f, engine.WithOp(op, err)
}
