package valkey

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/engine/scanner"
	"ffboard/valkey/embedded"
)

// TestAnIdleEngineCostsTheServerLittle measures what an engine sends while there is nothing to do on 256 partitions and four lanes:
// FlowFabric's sends about 2300 commands a second.
func TestAnIdleEngineCostsTheServerLittle(t *testing.T) {
	for name, c := range map[string]struct {
		target func(t *testing.T) Target
		most   float64 // commands a second
	}{
		"single server": {func(t *testing.T) Target { needServer(t); return ownServer(t, embedded.Options{}) }, 40},
		"cluster":       {func(t *testing.T) Target { return ownCluster(t, 3, 0).target() }, 99},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := connect(t, c.target(t))
			boot := testBoot()
			boot.Partitions, boot.Lanes = engine.DefaultPartitionConfig, []engine.LaneID{"a", "b", "c", "default"}
			if err := b.Serve(enginetest.Context(t), boot); err != nil {
				t.Fatal(err)
			}
			sent := &sentCount{}
			if cluster, ok := b.rdb.(*redis.ClusterClient); ok {
				cluster.AddHook(sent)
			} else {
				b.rdb.AddHook(sent)
			}
			passes := make(chan struct{}, 100)
			e, err := scanner.New(b, scanner.Config{Logger: slog.New(slog.DiscardHandler), Observe: func(p scanner.Pass) {
				if p.Scanner == scanner.LeaseExpiry {
					passes <- struct{}{}
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(enginetest.Context(t))
			ended := make(chan error, 1)
			go func() { ended <- e.Run(ctx) }()
			for range 4 { // the first ones look at everything
				<-passes
			}
			began, before := time.Now(), sent.n.Load()
			<-time.After(12 * time.Second) // in a cluster all scanners look for news together: this is three such looks
			rate := float64(sent.n.Load()-before) / time.Since(began).Seconds()
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			t.Logf("%.0f commands a second", rate)
			if rate > c.most {
				t.Errorf("%.0f commands a second, want at most %.0f", rate, c.most)
			}
		})
	}
}

// sentCount is commandCount for many goroutines.
type sentCount struct{ n atomic.Int64 }

func (c *sentCount) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *sentCount) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmd)
	}
}

func (c *sentCount) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.n.Add(int64(len(cmds)))
		return next(ctx, cmds)
	}
}
