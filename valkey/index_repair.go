package valkey

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// waitsForEver is the score of a suspended execution without a timeout (spec 01 §3.5.1).
const waitsForEver = 9999999999999

// RepairIndex mends a mismatch by a function where there is one for it, else by one guarded write.
func (b *Backend) RepairIndex(ctx context.Context, m engine.IndexMismatch) (bool, error) {
	const op = "repair_index"
	if m.Problem != engine.IndexLacks {
		return b.removeStray(ctx, op, m)
	}
	switch m.Index {
	case engine.IndexEligible:
		return b.requeue(ctx, op, m)
	case engine.IndexDelayed:
		return b.restoreDelayed(ctx, op, m)
	default:
		return b.restore(ctx, op, m)
	}
}

// requeue sets the priority that the execution has, which puts it in line at its old place.
func (b *Backend) requeue(ctx context.Context, op string, m engine.IndexMismatch) (bool, error) {
	core, err := b.readCore(ctx, op, m.Execution, "priority")
	if err != nil {
		return false, err
	}
	err = b.ChangePriority(ctx, m.Execution, core.integer("priority", 0))
	if errors.Is(err, engine.CodeExecutionNotEligible) || errors.Is(err, engine.CodeExecutionNotFound) {
		return false, nil // it has moved on
	}
	return err == nil, err
}

// restoreDelayed promotes what is due already, and puts back what is not.
func (b *Backend) restoreDelayed(ctx context.Context, op string, m engine.IndexMismatch) (bool, error) {
	core, err := b.readCore(ctx, op, m.Execution, "delay_until")
	if err != nil {
		return false, err
	}
	now, err := b.ServerTime(ctx)
	if err != nil {
		return false, err
	}
	if core.time("delay_until").After(now) {
		return b.restore(ctx, op, m)
	}
	err = b.PromoteDelayed(ctx, m.Lane, m.Execution, now)
	return err == nil, err
}

var scoreFields = append([]string{
	"created_at", "completed_at", "last_mutation_at", "delay_until", "lease_expires_at",
}, indexFields...)

// restore adds the entry with the score that the functions give it, unless the record changes meanwhile.
func (b *Backend) restore(ctx context.Context, op string, m engine.IndexMismatch) (bool, error) {
	return b.ifStands(ctx, op, m, func(tx *redis.Tx, core *record) (func(redis.Pipeliner), error) {
		timeout, err := tx.HGet(ctx, keysOf(m.Execution).suspensionCurrent(), "timeout_at").Result()
		if err != nil && !ofKey(err) {
			return nil, err
		}
		score := entryScore(m.Index, core, timeout)
		return func(p redis.Pipeliner) {
			p.ZAddNX(ctx, mismatchKey(m), redis.Z{Score: score, Member: string(m.Execution)})
		}, nil
	})
}

// entryScore is what an index other than eligible is ordered by (spec 01 §3.5.1).
func entryScore(index engine.LaneIndex, core *record, timeout string) float64 {
	ms := func(times ...time.Time) float64 {
		for _, t := range times {
			if !t.IsZero() {
				return float64(t.UnixMilli())
			}
		}
		return 0
	}
	switch index {
	case engine.IndexActive:
		return ms(core.time("lease_expires_at"))
	case engine.IndexTerminal:
		return ms(core.time("completed_at"), core.time("last_mutation_at"))
	case engine.IndexDelayed:
		return ms(core.time("delay_until"))
	case engine.IndexBlockedDependencies:
		return ms(core.time("created_at"))
	case engine.IndexSuspended:
		if t, err := parseMillis(timeout); err == nil {
			return ms(t)
		}
		return waitsForEver
	default:
		return ms(core.time("last_mutation_at"))
	}
}

// removeStray removes an entry that should not be. Of a terminal execution it also removes what a lease left behind.
func (b *Backend) removeStray(ctx context.Context, op string, m engine.IndexMismatch) (bool, error) {
	return b.ifStands(ctx, op, m, func(tx *redis.Tx, core *record) (func(redis.Pipeliner), error) {
		part := partitionKeys(m.Partition)
		holder, err := tx.HGet(ctx, coreAt(m), "current_worker_instance_id").Result()
		if err != nil && !ofKey(err) {
			return nil, err
		}
		over := engine.LifecyclePhase(core.text("lifecycle_phase")) == engine.PhaseTerminal
		return func(p redis.Pipeliner) {
			if m.Lane == "" {
				p.SRem(ctx, mismatchKey(m), string(m.Execution))
				return
			}
			p.ZRem(ctx, mismatchKey(m), string(m.Execution))
			if over && m.Index == engine.IndexActive {
				p.ZRem(ctx, part.leaseExpiry(), string(m.Execution))
				p.ZRem(ctx, part.attemptTimeout(), string(m.Execution))
				p.SRem(ctx, part.workerLeases(engine.WorkerInstanceID(holder)), string(m.Execution))
			}
		}, nil
	})
}

// ifStands writes if the mismatch stands, and if the record does not change before the write is done. repair may read more of the
// record first.
func (b *Backend) ifStands(ctx context.Context, op string, m engine.IndexMismatch,
	repair func(tx *redis.Tx, core *record) (func(redis.Pipeliner), error),
) (bool, error) {
	var write func(redis.Pipeliner)
	return b.guarded(ctx, op, func(tx *redis.Tx) (bool, error) {
		read := tx.HMGet(ctx, coreAt(m), scoreFields...)
		if err := read.Err(); err != nil && !ofKey(err) {
			return false, err
		}
		core := readHash(read, scoreFields)
		held := m.Lane != "" && tx.ZScore(ctx, mismatchKey(m), string(m.Execution)).Err() == nil
		if !stands(m, core, held) {
			return false, nil
		}
		var err error
		write, err = repair(tx, core)
		return err == nil, err
	}, func(p redis.Pipeliner) { write(p) }, coreAt(m))
}
