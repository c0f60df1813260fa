package valkey

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// ReconcileQuotas trims the windows of a partition's quota policies and sets their counters right; changed counts the policies
// that it corrected (spec 05 §4.11). A unit is held by an admitted execution that is active or holds a live grant: FlowFabric
// counts by the window instead, so that the dead hold units and long runs none.
func (b *Backend) ReconcileQuotas(ctx context.Context, p engine.Partition, now time.Time) (changed int, err error) {
	const op = "reconcile_quota_counters"
	err = b.eachMemberPage(ctx, op, partitionKeys(p).quotaPolicies(), func(members []string) error {
		for _, member := range members {
			corrected, err := b.reconcileQuota(ctx, op, quotaKeys{tag: p.Tag(), id: engine.QuotaPolicyID(member)}, now)
			if err != nil {
				return err
			}
			if corrected {
				changed++
			}
		}
		return nil
	})
	return changed, err
}

func (b *Backend) reconcileQuota(ctx context.Context, op string, k quotaKeys, now time.Time) (corrected bool, err error) {
	fields := []string{"requests_per_window_seconds", "active_concurrency_cap"}
	read := b.rdb.HMGet(ctx, k.definition(), fields...)
	if err := read.Err(); err != nil && !ofKey(err) {
		return false, engine.Transport(op, err)
	}
	def := readHash(read, fields)
	if def.empty() {
		return false, nil // unknown or unreadable: nothing to go by
	}
	trimmed, err := b.trimWindows(ctx, op, k, now.Add(-windowOr(time.Duration(def.number(fields[0], 0))*time.Second)))
	if err != nil || def.number(fields[1], 0) <= 0 {
		return trimmed, err
	}
	counted, err := b.recountAdmitted(ctx, op, k)
	return trimmed || counted, err
}

// trimWindows drops admissions before a time from both windows.
func (b *Backend) trimWindows(ctx context.Context, op string, k quotaKeys, before time.Time) (trimmed bool, err error) {
	var removed [2]*redis.IntCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, dimension := range []string{admissionWindow, policyWindow} {
			removed[i] = p.ZRemRangeByScore(ctx, k.window(dimension), "-inf", strconv.FormatInt(before.UnixMilli(), 10))
		}
	})
	return removed[0].Val()+removed[1].Val() > 0, err
}

// recountAdmitted sets the counter to the executions that hold a unit, unless somebody admits meanwhile: the next pass will see
// that. Members that ended or are gone leave the set.
func (b *Backend) recountAdmitted(ctx context.Context, op string, k quotaKeys) (corrected bool, err error) {
	var holding, counter int64
	var over []any
	return b.guarded(ctx, op,
		func(tx *redis.Tx) (bool, error) {
			stored, err := tx.Get(ctx, k.concurrency()).Result()
			if err != nil && !absent(err) {
				return false, err
			}
			counter, _ = strconv.ParseInt(stored, 10, 64)
			seen := map[string]bool{}
			err = b.eachMemberPage(ctx, op, k.admittedSet(), func(members []string) error {
				members = slices.DeleteFunc(members, func(m string) bool { return seen[m] })
				for _, m := range members {
					seen[m] = true
				}
				held, ended, err := b.admittedStates(ctx, op, members)
				holding += held
				over = append(over, ended...)
				return err
			})
			return holding != counter || len(over) > 0, err
		},
		func(p redis.Pipeliner) {
			if len(over) > 0 {
				p.SRem(ctx, k.admittedSet(), over...)
			}
			p.Set(ctx, k.concurrency(), holding, 0)
		},
		k.concurrency())
}

// admittedStates tells how many of some admitted executions hold a unit, and which of them are over.
func (b *Backend) admittedStates(ctx context.Context, op string, members []string) (holding int64, over []any, err error) {
	phases := make([]*redis.StringCmd, len(members))
	grants := make([]*redis.IntCmd, len(members))
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, member := range members {
			k := keysOf(engine.ExecutionID(member))
			phases[i] = p.HGet(ctx, k.core(), "lifecycle_phase")
			grants[i] = p.Exists(ctx, k.claimGrant())
		}
	})
	if err != nil {
		return 0, nil, err
	}
	for i, member := range members {
		switch phase := engine.LifecyclePhase(phases[i].Val()); {
		case absent(phases[i].Err()), phase == engine.PhaseTerminal:
			over = append(over, member)
		case phase == engine.PhaseActive, grants[i].Val() > 0:
			holding++
		}
	}
	return holding, over, nil
}
