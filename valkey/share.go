package valkey

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// keyShare is ours and outside FlowFabric's names: which engine does a share of the background work.
func keyShare(share string) string { return "ff:ffboard:share:" + share }

// HoldShare takes a share of the background work for an engine, keeps it for another ttl, or lets go of it. Taking is one
// command that no second engine can win. Keeping only ever lengthens a lease and then looks whose it is, so that a share which lapsed
// and went to another engine in between stays with that one. All engines do this all the time, so it is as few commands as it can be:
// one where another holds the share, three to keep one.
func (b *Backend) HoldShare(ctx context.Context, share, engineName string, ttl time.Duration) (held bool, holder string, err error) {
	const op = "hold_share"
	if engineName == "" || ttl < time.Millisecond && ttl != 0 {
		return false, "", engine.Invalid(op, "a share needs an engine's name and a TTL of at least 1 ms, or none")
	}
	if err := b.checkInitialised(ctx, op); err != nil {
		return false, "", err
	}
	key := keyShare(share)
	holder, err = b.rdb.Get(ctx, key).Result()
	switch {
	case absent(err) && ttl == 0:
		return false, "", nil
	case absent(err):
		return b.takeShare(ctx, op, key, engineName, ttl)
	case err != nil:
		return false, "", transport(op, err)
	case holder == engineName && ttl == 0:
		_, err := b.ownShare(ctx, op, key, engineName, func(p redis.Pipeliner) { p.Del(ctx, key) })
		return false, "", err
	case holder == engineName:
		return b.keepShare(ctx, op, key, engineName, ttl)
	}
	return false, holder, nil
}

func (b *Backend) takeShare(ctx context.Context, op, key, engineName string, ttl time.Duration) (held bool, holder string, err error) {
	var taken *redis.BoolCmd
	var stored *redis.StringCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		taken = p.SetNX(ctx, key, engineName, ttl)
		stored = p.Get(ctx, key)
	})
	if err != nil {
		return false, "", err
	}
	if taken.Val() {
		return true, engineName, nil // also when that was so short that it is over already
	}
	return stored.Val() == engineName, stored.Val(), nil
}

func (b *Backend) keepShare(ctx context.Context, op, key, engineName string, ttl time.Duration) (held bool, holder string, err error) {
	var longer *redis.Cmd
	var stored *redis.StringCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		longer = p.Do(ctx, "pexpire", key, ttl.Milliseconds(), "gt")
		stored = p.Get(ctx, key)
	})
	switch {
	case err != nil:
		return false, "", err
	case stored.Val() == "": // it ran out since it was looked at
		return b.takeShare(ctx, op, key, engineName, ttl)
	case stored.Val() != engineName:
		return false, stored.Val(), nil
	case longer.Val() == int64(1):
		return true, engineName, nil
	}
	// It is to end sooner, which may be done to one's own lease only.
	held, err = b.ownShare(ctx, op, key, engineName, func(p redis.Pipeliner) { p.PExpire(ctx, key, ttl) })
	switch {
	case err != nil:
		return false, "", err
	case !held:
		return b.takeShare(ctx, op, key, engineName, ttl)
	}
	return true, engineName, nil
}

// ownShare changes a lease if it is the engine's own, and tells whether it was.
func (b *Backend) ownShare(ctx context.Context, op, key, engineName string, change func(redis.Pipeliner)) (changed bool, err error) {
	return b.guarded(ctx, op,
		func(tx *redis.Tx) (bool, error) {
			current, err := tx.Get(ctx, key).Result()
			if absent(err) {
				return false, nil
			}
			return current == engineName, err
		}, change, key)
}
