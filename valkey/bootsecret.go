package valkey

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// firstKid is the name of the signing key that a partition begins with (spec 04a §3.3).
const firstKid = "k1"

// seedSecrets installs the signing secret on every flow partition that has none and completes torn ones. differs counts the
// partitions that sign with another one: it stands. No command overwrites anything, so an engine that boots at the same time, or a
// rotation, loses nothing.
func (b *Backend) seedSecrets(ctx context.Context, secretHex string) (differs int, err error) {
	const op = "signing secret"
	partitions := slices.Collect(b.Partitions().FlowPartitions())
	kids := make([]*redis.StringCmd, len(partitions))
	_, _ = b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, partition := range partitions {
			kids[i] = p.HGet(ctx, partitionKeys(partition).hmacSecrets(), "current_kid")
		}
		return nil
	})
	for i, kid := range kids {
		if err := transport(op+" of "+partitions[i].Tag(), kid.Err()); err != nil {
			return 0, err
		}
	}

	stand := make([]*redis.StringCmd, len(partitions))
	commands, _ := b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, partition := range partitions {
			key, kid := partitionKeys(partition).hmacSecrets(), kids[i].Val()
			if kid == "" {
				kid = firstKid
				p.HSetNX(ctx, key, "current_kid", kid)
			}
			p.HSetNX(ctx, key, "secret:"+kid, secretHex)
			stand[i] = p.HGet(ctx, key, "secret:"+kid)
		}
		return nil
	})
	for _, command := range commands {
		if err := command.Err(); err != nil {
			return 0, engine.Transport(op, err)
		}
	}
	for _, secret := range stand {
		if secret.Val() != secretHex {
			differs++
		}
	}
	return differs, nil
}
