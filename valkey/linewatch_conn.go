package valkey

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// watchConn is a pair of connections: of what the first has read, the second is told when it changes.
type watchConn struct {
	asks, hears   *redis.Client
	invalidations *redis.PubSub
}

// channelInvalidations is where a server tells a connection of the second version of the protocol what was read and has changed.
const channelInvalidations = "__redis__:invalidate"

var errNewConnection = errors.New("the connection whose reads the server remembers is gone")

// dialWatch makes the pair. A user who may not do that, and a server that cannot, is an error.
func dialWatch(ctx context.Context, shared *redis.Client) (_ *watchConn, err error) {
	c := &watchConn{}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	var listener atomic.Int64
	options := *shared.Options()
	// Pipelines, too, go through the one connection: their own pool would try to make another at each.
	options.PoolSize, options.PipelinePoolSize, options.MinIdleConns, options.MaxRetries, options.Protocol = 1, -1, 0, -1, 2
	options.OnConnect = func(ctx context.Context, conn *redis.Conn) error {
		id, err := conn.ClientID(ctx).Result()
		listener.Store(id)
		return err
	}
	c.hears = redis.NewClient(&options)
	c.invalidations = c.hears.Subscribe(ctx, channelInvalidations)
	if _, err := c.invalidations.ReceiveTimeout(ctx, completionSilence); err != nil {
		return nil, err
	}
	var begun atomic.Bool
	options.OnConnect = func(ctx context.Context, conn *redis.Conn) error {
		if begun.Swap(true) {
			return errNewConnection
		}
		return conn.Process(ctx, redis.NewStatusCmd(ctx, "client", "tracking", "on", "redirect", listener.Load()))
	}
	c.asks = redis.NewClient(&options)
	return c, c.asks.Ping(ctx).Err()
}

// exists asks which keys there are, by one command while there are none, or all.
func (c *watchConn) exists(ctx context.Context, keys []string) ([]bool, error) {
	found := make([]bool, len(keys))
	n, err := c.asks.Exists(ctx, keys...).Result()
	if all := n == int64(len(keys)); err != nil || n == 0 || all {
		for i := range found {
			found[i] = all
		}
		return found, err
	}
	answers, err := c.asks.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, key := range keys {
			p.Exists(ctx, key)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, answer := range answers {
		found[i] = answer.(*redis.IntCmd).Val() > 0
	}
	return found, nil
}

// listen passes on which keys may have changed until the connection is lost or closed.
func (c *watchConn) listen(heard func(keys []string)) {
	ctx := context.Background()
	asked := false
	for {
		message, err := c.invalidations.ReceiveTimeout(ctx, completionSilence)
		switch {
		case err == nil:
			asked = false
		case asked || !timedOut(err):
			return
		default:
			asked = true
			if c.invalidations.Ping(ctx) != nil {
				return
			}
			continue
		}
		if changed, ok := message.(*redis.Message); ok {
			heard(changed.PayloadSlice)
		}
	}
}

func (c *watchConn) close() {
	if c.invalidations != nil {
		_ = c.invalidations.Close()
	}
	for _, client := range []*redis.Client{c.asks, c.hears} {
		if client != nil {
			_ = client.Close()
		}
	}
}
