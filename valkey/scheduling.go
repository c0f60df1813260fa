package valkey

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// ChangePriority moves an eligible execution in its lane (spec 03d §5.2). Codes: execution_not_found, execution_not_eligible.
func (b *Backend) ChangePriority(ctx context.Context, execution engine.ExecutionID, priority int) error {
	const op = "change_priority"
	if err := checkExecutionID(op, execution); err != nil {
		return err
	}
	lane, err := b.storedLane(ctx, op, execution)
	if err != nil {
		return err
	}
	k := keysOf(execution)
	_, err = b.call(ctx, op, "ff_change_priority",
		[]string{
			k.core(),
			k.partition().lane(lane, engine.IndexEligible),
		},
		string(execution),
		strconv.Itoa(priority),
	)
	return missingExecution(err, execution)
}

// PromoteDelayed makes a delayed execution eligible once it is due (spec 03d §5.6). One that is not due, or no longer delayed, is
// not an error.
func (b *Backend) PromoteDelayed(ctx context.Context, lane engine.LaneID, execution engine.ExecutionID, now time.Time) error {
	const op = "promote_delayed"
	if err := checkExecutionID(op, execution); err != nil {
		return err
	}
	if b.foreign(ctx) {
		if err := b.repairDelay(ctx, op, lane, execution); err != nil {
			return err
		}
	}
	k := keysOf(execution)
	_, err := b.call(ctx, op, "ff_promote_delayed",
		[]string{
			k.core(),
			k.partition().lane(lane, engine.IndexDelayed),
			k.partition().lane(lane, engine.IndexEligible),
		},
		string(execution),
		millis(orNow(now)),
	)
	return err
}

// repairDelay gives an execution whose delay has no end the end that its index entry has: FlowFabric's resume with delay stores
// none, and its promotion raises on that for ever.
func (b *Backend) repairDelay(ctx context.Context, op string, lane engine.LaneID, execution engine.ExecutionID) error {
	k := keysOf(execution)
	delayed := k.partition().lane(lane, engine.IndexDelayed)
	var due float64
	_, err := b.guarded(ctx, op,
		func(tx *redis.Tx) (bool, error) {
			stored, err := tx.HMGet(ctx, k.core(), "eligibility_state", "delay_until").Result()
			if err != nil {
				return false, err
			}
			if text(stored[0]) != string(engine.EligibleLater) || text(stored[1]) != "" {
				return false, nil
			}
			due, err = tx.ZScore(ctx, delayed, string(execution)).Result()
			if absent(err) {
				return false, nil
			}
			return err == nil, err
		},
		func(p redis.Pipeliner) {
			p.HSet(ctx, k.core(), "delay_until", strconv.FormatInt(int64(due), 10))
		},
		k.core(), delayed)
	return err
}
