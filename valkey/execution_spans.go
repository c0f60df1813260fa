package valkey

import (
	"context"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// spanAttempts is how many attempts of one execution are drawn.
const spanAttempts = 10

// spanFields are what is drawn of an attempt.
var spanFields = []string{"attempt_type", "attempt_state", "worker_instance_id", "created_at", "started_at", "ended_at", "suspended_at", "resumed_at"}

var suspensionSpan = []string{"created_at", "closed_at"}

// ExecutionSpans reads attempts and suspensions in two round trips.
func (b *Backend) ExecutionSpans(ctx context.Context, ids []engine.ExecutionID) ([]engine.ExecutionSpans, error) {
	const op = "execution_spans"
	attempts := make([]*redis.StringSliceCmd, len(ids))
	suspensions := make([]*redis.SliceCmd, len(ids))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, id := range ids {
			attempts[i] = p.ZRevRange(ctx, keysOf(id).attempts(), 0, spanAttempts-1)
			suspensions[i] = p.HMGet(ctx, keysOf(id).suspensionCurrent(), suspensionSpan...)
		}
	})
	if err != nil {
		return nil, err
	}
	records := make([][]*redis.SliceCmd, len(ids))
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, id := range ids {
			for _, index := range attemptIndexes(attempts[i].Val()) {
				records[i] = append(records[i], p.HMGet(ctx, keysOf(id).attempt(index), spanFields...))
			}
		}
	})
	if err != nil {
		return nil, err
	}
	spans := make([]engine.ExecutionSpans, len(ids))
	for i, id := range ids {
		suspension := readHash(suspensions[i], suspensionSpan)
		spans[i] = engine.ExecutionSpans{Execution: id, SuspendedAt: suspension.time("created_at"), SuspensionEnded: suspension.time("closed_at")}
		for n, index := range attemptIndexes(attempts[i].Val()) {
			spans[i].Attempts = append(spans[i].Attempts, decodeAttempt(index, readHash(records[i][n], spanFields)))
		}
	}
	return spans, nil
}
