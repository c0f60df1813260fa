package valkey

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// partitioning is the deployment's partition counts as far as this process knows.
type partitioning struct {
	counts engine.PartitionConfig
	stored bool // an engine has written them; before that they are the defaults, and may turn out to be others
}

// Partitions is the partition configuration in use. It changes once at most: when a deployment is initialised after this process
// has connected.
func (b *Backend) Partitions() engine.PartitionConfig { return b.partitioning.Load().counts }

// readPartitions reads the stored counts. A field that is missing or no count has its default; where there are no fields the
// deployment was never initialised (spec 04a §3.2).
func (b *Backend) readPartitions(ctx context.Context) (partitioning, error) {
	fields, err := b.rdb.HGetAll(ctx, keyPartitionConfig).Result()
	if err != nil {
		return partitioning{}, err
	}
	defaults := engine.DefaultPartitionConfig
	return partitioning{
		counts: engine.PartitionConfig{
			Flow:   partitionCount(fields["num_flow_partitions"], defaults.Flow),
			Budget: partitionCount(fields["num_budget_partitions"], defaults.Budget),
			Quota:  partitionCount(fields["num_quota_partitions"], defaults.Quota),
		},
		stored: len(fields) > 0,
	}, nil
}

func partitionCount(stored string, otherwise uint16) uint16 {
	n, err := strconv.ParseUint(stored, 10, 16)
	if err != nil || n == 0 {
		return otherwise
	}
	return uint16(n)
}

var errCountsLearnt = errors.New("the deployment was initialised just now, with other partition counts than were assumed: nothing was sent")

// checkInitialised refuses to write to a deployment that has no partition counts: what the defaults route to would be lost once an
// engine writes others. Until there are some it looks each time. The call that finds some other than the defaults is refused
// as well, since its keys went by those; the next one may pass.
func (b *Backend) checkInitialised(ctx context.Context, op string) error {
	assumed := b.partitioning.Load()
	if assumed.stored {
		return nil
	}
	found, err := b.readPartitions(ctx)
	switch {
	case err != nil:
		return engine.Transport(op, err)
	case !found.stored:
		return engine.NotInitialised(op)
	}
	b.partitioning.Store(&found)
	if found.counts != assumed.counts {
		return &engine.Error{Class: engine.ClassContention, Op: op, Err: errCountsLearnt}
	}
	return nil
}

// partitionField is one field of the stored configuration (spec 01 §2.2).
type partitionField struct {
	name  string
	count uint16
}

func partitionFields(c engine.PartitionConfig) []partitionField {
	return []partitionField{
		{"num_flow_partitions", c.Flow},
		{"num_budget_partitions", c.Budget},
		{"num_quota_partitions", c.Quota},
	}
}

// claimPartitions writes the counts on an empty deployment in one command, so that a crash cannot leave half of them, and compares
// them otherwise. Missing fields whose siblings agree are completed.
func (b *Backend) claimPartitions(ctx context.Context, want engine.PartitionConfig) error {
	const op = "partition configuration"
	stored, err := b.rdb.HGetAll(ctx, keyPartitionConfig).Result()
	if err != nil {
		return engine.Transport(op, err)
	}
	if len(stored) == 0 {
		if err := b.writePartitions(ctx, op, want); err != nil {
			return err
		}
		// Another engine may have been faster, with other counts: what is stored now is what counts.
		if stored, err = b.rdb.HGetAll(ctx, keyPartitionConfig).Result(); err != nil {
			return engine.Transport(op, err)
		}
	}
	missing, err := comparePartitions(stored, want)
	if err != nil {
		return err
	}
	for _, f := range missing {
		if err := b.rdb.HSetNX(ctx, keyPartitionConfig, f.name, int(f.count)).Err(); err != nil {
			return engine.Transport(op, err)
		}
	}
	b.partitioning.Store(&partitioning{counts: want, stored: true})
	return nil
}

// writePartitions writes all counts, unless somebody writes some meanwhile.
func (b *Backend) writePartitions(ctx context.Context, op string, want engine.PartitionConfig) error {
	_, err := b.guarded(ctx, op,
		func(tx *redis.Tx) (bool, error) {
			n, err := tx.Exists(ctx, keyPartitionConfig).Result()
			return n == 0, err
		},
		func(p redis.Pipeliner) {
			var fields []any
			for _, f := range partitionFields(want) {
				fields = append(fields, f.name, int(f.count))
			}
			p.HSet(ctx, keyPartitionConfig, fields...)
		},
		keyPartitionConfig,
	)
	return err
}

// comparePartitions gives the fields that are missing, or the error that says which one differs.
func comparePartitions(stored map[string]string, want engine.PartitionConfig) (missing []partitionField, err error) {
	for _, f := range partitionFields(want) {
		have, found := stored[f.name]
		switch {
		case !found:
			missing = append(missing, f)
		case partitionCount(have, 0) != f.count:
			return nil, fmt.Errorf("partition_mismatch: %s: stored=%q, configured=%d: this deployment was made with other partition counts; "+
				"set FF_FLOW_PARTITIONS, FF_BUDGET_PARTITIONS and FF_QUOTA_PARTITIONS to the stored ones", f.name, have, f.count)
		}
	}
	return missing, nil
}
