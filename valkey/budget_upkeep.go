package valkey

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// DueBudgetResets lists budgets whose usage is to be reset by now, earliest first (spec 05 §4.9). What cannot be an id can name no
// budget and leaves the schedule.
func (b *Backend) DueBudgetResets(ctx context.Context, p engine.Partition, now time.Time, limit int) ([]engine.BudgetID, error) {
	const op = "due_budget_resets"
	schedule := partitionKeys(p).budgetResets()
	members, err := b.rdb.ZRangeByScore(ctx, schedule, &redis.ZRangeBy{
		Min: "-inf", Max: strconv.FormatInt(now.UnixMilli(), 10), Count: int64(limit),
	}).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	var due []engine.BudgetID
	var junk []any
	for _, member := range members {
		budget, err := engine.ParseBudgetID(member)
		if err != nil {
			junk = append(junk, member)
			continue
		}
		due = append(due, budget)
	}
	if len(junk) > 0 {
		return due, transport(op, b.rdb.ZRem(ctx, schedule, junk...).Err())
	}
	return due, nil
}

// ReconcileBudgets takes budgets off a partition's index whose definition is gone (spec 05 §4.10). FlowFabric's mark of a breach is
// not written: it stands among the dimensions, and nothing decides by it.
func (b *Backend) ReconcileBudgets(ctx context.Context, p engine.Partition, _ time.Time) (changed int, err error) {
	const op = "reconcile_budget_counters"
	index := partitionKeys(p).budgetPolicies()
	err = b.eachMemberPage(ctx, op, index, func(members []string) error {
		exist := make([]*redis.IntCmd, len(members))
		err := b.pipelined(ctx, op, func(pipe redis.Pipeliner) {
			for i, member := range members {
				exist[i] = pipe.Exists(ctx, budgetKeys{tag: p.Tag(), id: engine.BudgetID(member)}.definition())
			}
		})
		if err != nil {
			return err
		}
		for i, member := range members {
			if exist[i].Err() != nil || exist[i].Val() > 0 {
				continue
			}
			dropped, err := b.dropGoneBudget(ctx, op, index, budgetKeys{tag: p.Tag(), id: engine.BudgetID(member)})
			if err != nil {
				return err
			}
			if dropped {
				changed++
			}
		}
		return nil
	})
	return changed, err
}

// dropGoneBudget looks again while it holds the definition, which may just be made.
func (b *Backend) dropGoneBudget(ctx context.Context, op, index string, k budgetKeys) (bool, error) {
	return b.guarded(ctx, op,
		func(tx *redis.Tx) (bool, error) {
			exists, err := tx.Exists(ctx, k.definition()).Result()
			return exists == 0, err
		},
		func(pipe redis.Pipeliner) { pipe.SRem(ctx, index, string(k.id)) },
		k.definition())
}

// membersPerRoundTrip is how many members of a set one step of a pass reads.
const membersPerRoundTrip = 200

// eachMemberPage walks a set a page at a time. A member may come twice.
func (b *Backend) eachMemberPage(ctx context.Context, op, key string, visit func(members []string) error) error {
	for cursor := uint64(0); ; {
		members, next, err := b.rdb.SScan(ctx, key, cursor, "", membersPerRoundTrip).Result()
		if err != nil {
			return engine.Transport(op, err)
		}
		if err := visit(members); err != nil {
			return err
		}
		if next == 0 {
			return nil
		}
		cursor = next
	}
}
