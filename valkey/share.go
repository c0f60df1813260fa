package valkey

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// keyShare is ours and outside FlowFabric's names: which engine does a share of the background work.
func keyShare(share string) string { return "ff:ffboard:share:" + share }

// HoldShare takes a share of the background work for an engine, or keeps it for another ttl; holder is who has it. Taking is one
// command that no second engine can win; keeping compares the holder and extends in one transaction, so a share that lapsed and
// went to another engine in between stays with that one.
func (b *Backend) HoldShare(ctx context.Context, share, engineName string, ttl time.Duration) (held bool, holder string, err error) {
	const op = "hold_share"
	if engineName == "" || ttl < time.Millisecond {
		return false, "", engine.Invalid(op, "a share needs an engine's name and a TTL of at least 1 ms")
	}
	if err := b.checkInitialised(ctx, op); err != nil {
		return false, "", err
	}
	key := keyShare(share)
	var taken *redis.BoolCmd
	var stored *redis.StringCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		taken = p.SetNX(ctx, key, engineName, ttl)
		stored = p.Get(ctx, key)
	})
	switch {
	case err != nil:
		return false, "", err
	case taken.Val():
		return true, engineName, nil
	case stored.Val() != engineName:
		return false, stored.Val(), nil
	}
	held, err = b.guarded(ctx, op,
		func(tx *redis.Tx) (bool, error) {
			current, err := tx.Get(ctx, key).Result()
			if absent(err) {
				return false, nil
			}
			return current == engineName, err
		},
		func(p redis.Pipeliner) { p.PExpire(ctx, key, ttl) },
		key)
	if !held {
		return false, "", err
	}
	return true, engineName, nil
}
