package scanner

import (
	"context"
	"time"

	"ffboard/engine"
)

// newLeaseExpiry marks leases that ran out, so that a worker may take the execution over (spec 05 §4.1).
func newLeaseExpiry(s *scope) scanner {
	return newDue(s, LeaseExpiry, engine.DueLeaseExpiry,
		func(ctx context.Context, m engine.DueMember, _ engine.LaneID, _ time.Time) error {
			return s.b.MarkLeaseExpiredIfDue(ctx, engine.ExecutionID(m.Member))
		})
}
