package scanner

import (
	"context"
	"time"

	"ffboard/engine"
)

// newSuspensionTimeout does what a suspension asked for when its time runs out (spec 05 §4.6).
func newSuspensionTimeout(s *scope) scanner {
	return newDue(s, SuspensionTimeout, engine.DueSuspensionTimeout,
		func(ctx context.Context, m engine.DueMember, _ engine.LaneID, _ time.Time) error {
			return s.b.ExpireSuspension(ctx, engine.ExecutionID(m.Member))
		})
}
