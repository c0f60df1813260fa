package valkey

import (
	"context"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// topologyAge is how old a client's picture of a cluster gets before it looks again without a reason to.
const topologyAge = 10 * time.Second

// dialCluster makes a client that looks at the cluster again when one of its nodes cannot be reached: a replica may have taken over,
// and only the other nodes know.
func dialCluster(o *redis.ClusterOptions) *redis.ClusterClient {
	o.ClusterStateReloadInterval = topologyAge
	cluster := redis.NewClusterClient(o)
	cluster.OnNewNode(func(node *redis.Client) { node.AddHook(lookAgainHook{cluster}) })
	return cluster
}

type lookAgainHook struct{ cluster *redis.ClusterClient }

func (h lookAgainHook) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		if err != nil {
			h.cluster.ReloadState(ctx)
		}
		return conn, err
	}
}

func (lookAgainHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (lookAgainHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}
