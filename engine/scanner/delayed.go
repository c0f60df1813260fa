package scanner

import (
	"context"
	"time"

	"ffboard/engine"
)

// newDelayedPromoter makes delayed executions eligible (spec 05 §4.2).
func newDelayedPromoter(s *scope) scanner {
	return newDue(s, DelayedPromoter, engine.DueDelayed,
		func(ctx context.Context, m engine.DueMember, lane engine.LaneID, now time.Time) error {
			return s.b.PromoteDelayed(ctx, lane, engine.ExecutionID(m.Member), now)
		})
}
