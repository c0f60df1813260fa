package valkey

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// driftSample is how many executions of a partition are picked at random (spec 06 §12.7).
const driftSample = 10

// sampleDrift picks executions at random in the partitions whose turn it is and looks whether the index that they belong in has them.
func (b *Backend) sampleDrift(ctx context.Context, t *checkupTurns, now time.Time) {
	var turn []engine.Partition
	for range t.partitions.Flow {
		p := engine.Partition{Family: engine.FamilyFlow, Index: t.nextSample}
		t.nextSample = (t.nextSample + 1) % t.partitions.Flow
		if seen := t.seen[p.Index]; seen.Executions > 0 && seen.Unreachable == "" {
			turn = append(turn, p)
		}
		if len(turn) == sampledPerCall {
			break
		}
	}
	picks := make([]*redis.StringSliceCmd, len(turn))
	b.surveyed(ctx, func(pipe redis.Pipeliner) {
		for i, p := range turn {
			picks[i] = pipe.SRandMemberN(ctx, partitionKeys(p).allExecutions(), driftSample)
		}
	})
	var picked []engine.IndexMismatch
	for i, p := range turn {
		if picks[i].Err() != nil {
			continue
		}
		health := t.seen[p.Index]
		health.SampledAt, health.Sampled, health.Drift, health.Strange = now, len(picks[i].Val()), nil, nil
		for _, member := range picks[i].Val() {
			if id, err := engine.ParseExecutionID(member); err != nil || id.Partition() != p {
				health.Strange = append(health.Strange, member)
			} else {
				picked = append(picked, engine.IndexMismatch{Partition: p, Execution: id})
			}
		}
		t.seen[p.Index] = health
	}
	for _, m := range b.drifted(ctx, picked) {
		health := t.seen[m.Partition.Index]
		health.Drift = append(health.Drift, m)
		t.seen[m.Partition.Index] = health
	}
}

// drifted keeps the executions that are not where they belong. What looks wrong is looked at again: an execution may have moved between
// the look at its record and the look at the index.
func (b *Backend) drifted(ctx context.Context, picked []engine.IndexMismatch) []engine.IndexMismatch {
	suspects := b.misplaced(ctx, b.placed(ctx, picked))
	if len(suspects) == 0 {
		return nil
	}
	again := make(map[engine.IndexMismatch]bool, len(suspects))
	for _, m := range b.misplaced(ctx, b.placed(ctx, suspects)) {
		again[m] = true
	}
	var drifted []engine.IndexMismatch
	for _, m := range suspects {
		if again[m] {
			drifted = append(drifted, m)
		}
	}
	return drifted
}

// placed names for each execution what its record asks for, or that there is no record.
func (b *Backend) placed(ctx context.Context, picked []engine.IndexMismatch) []engine.IndexMismatch {
	cores := make([]*redis.SliceCmd, len(picked))
	b.surveyed(ctx, func(pipe redis.Pipeliner) {
		for i, m := range picked {
			cores[i] = pipe.HMGet(ctx, coreAt(m), indexFields...)
		}
	})
	var placed []engine.IndexMismatch
	for i, m := range picked {
		if cores[i].Err() != nil {
			continue
		}
		at, exists := placeOf(readHash(cores[i], indexFields))
		switch {
		case !exists:
			m.Lane, m.Index, m.Problem = "", engine.LaneIndex(engine.IndexAllExecutions), engine.IndexGone
			placed = append(placed, m)
		case at.sure:
			m.Lane, m.Index, m.Problem = at.lane, at.index, engine.IndexLacks
			placed = append(placed, m)
		}
	}
	return placed
}

// misplaced keeps those that the index lacks, and those without a record that all_executions still holds.
func (b *Backend) misplaced(ctx context.Context, placed []engine.IndexMismatch) []engine.IndexMismatch {
	held := make([]func() (bool, error), len(placed))
	b.surveyed(ctx, func(pipe redis.Pipeliner) {
		for i, m := range placed {
			if m.Problem == engine.IndexGone {
				held[i] = pipe.SIsMember(ctx, mismatchKey(m), string(m.Execution)).Result
				continue
			}
			score := pipe.ZScore(ctx, mismatchKey(m), string(m.Execution))
			held[i] = func() (bool, error) {
				if absent(score.Err()) {
					return false, nil
				}
				return true, score.Err()
			}
		}
	})
	var misplaced []engine.IndexMismatch
	for i, m := range placed {
		if there, err := held[i](); err == nil && there == (m.Problem == engine.IndexGone) {
			misplaced = append(misplaced, m)
		}
	}
	return misplaced
}
