package scanner

import (
	"context"
	"time"

	"ffboard/engine"
)

// newPendingWaitpoints closes waitpoints that were made ahead of a suspension and never used (spec 05 §4.7).
func newPendingWaitpoints(s *scope) scanner {
	return newDue(s, PendingWaitpoints, engine.DuePendingWaitpoint,
		func(ctx context.Context, m engine.DueMember, _ engine.LaneID, _ time.Time) error {
			return s.b.CloseWaitpoint(ctx, m.Partition, engine.WaitpointID(m.Member))
		})
}
