package scanner

import (
	"context"
	"time"

	"ffboard/engine"
)

// newAttemptTimeout ends executions whose attempt took too long (spec 05 §4.4).
func newAttemptTimeout(s *scope) scanner {
	return newDue(s, AttemptTimeout, engine.DueAttemptTimeout, expire(s, engine.ExpireAttemptTimeout))
}

// newExecutionDeadline ends executions past their deadline (spec 05 §4.5).
func newExecutionDeadline(s *scope) scanner {
	return newDue(s, ExecutionDeadline, engine.DueDeadline, expire(s, engine.ExpireDeadline))
}

func expire(s *scope, reason engine.ExpireReason) func(context.Context, engine.DueMember, engine.LaneID, time.Time) error {
	return func(ctx context.Context, m engine.DueMember, _ engine.LaneID, _ time.Time) error {
		return s.b.ExpireExecution(ctx, engine.ExecutionID(m.Member), reason)
	}
}
