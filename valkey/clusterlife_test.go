package valkey

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

func TestAClusterGoesOnAfterAPrimaryIsKilled(t *testing.T) {
	t.Parallel()
	c := ownCluster(t, 3, 1)
	x := newBench(t, newDeployment(t, c.target()))
	flow := x.newFlow()
	id := x.submit(inFlow(x, flow))
	x.join(flow, id)
	h := x.claim(id)
	owner, err := c.Owner(x.ctx, keysOf(id).core())
	x.must(err)
	x.must(x.eachPrimary(x.ctx, func(ctx context.Context, primary *redis.Client) error {
		return primary.Wait(ctx, 1, 10*time.Second).Err()
	}))
	ctx, cancel := context.WithCancel(x.ctx)
	defer cancel()
	completions, err := x.SubscribeCompletions(ctx)
	x.must(err)

	x.must(c.Kill(owner))
	killed := time.Now()
	enginetest.Eventually(t, "the lease is renewed by the replica", func() bool {
		_, err := x.Renew(x.ctx, h)
		if err != nil && !errors.Is(err, engine.ClassTransport) {
			t.Fatalf("while it was away: %v", err)
		}
		return err == nil
	})
	t.Logf("calls worked again after %v", time.Since(killed))
	x.must(x.Complete(x.ctx, h, nil))
	for next(t, completions).Execution != id {
	}
	t.Logf("the completion was heard after %v", time.Since(killed))

	// A failover that lost the library: one primary lacks it, which is enough to be told, and it alone is loaded.
	var without string
	x.must(x.eachPrimary(x.ctx, func(ctx context.Context, primary *redis.Client) error {
		if slot, err := primary.ClusterKeySlot(ctx, keysOf(id).core()).Result(); err != nil || !owns(ctx, primary, slot) {
			return err
		}
		without = primary.Options().Addr
		return primary.FunctionFlush(ctx).Err()
	}))
	x.library.forget()
	if d, err := x.Deployment(x.ctx); err != nil || d.LibraryVersion != "" || d.Ours || d.Nodes != 3 {
		t.Errorf("got %+v, %v", d, err)
	}
	x.submit(inFlow(x, flow))
	if d, err := x.Deployment(x.ctx); err != nil || !d.Ours {
		t.Errorf("%s without it: %+v, %v", without, d, err)
	}
}

func owns(ctx context.Context, primary *redis.Client, slot int64) bool {
	slots, err := primary.ClusterSlots(ctx).Result()
	if err != nil {
		return false
	}
	for _, s := range slots {
		if int64(s.Start) <= slot && slot <= int64(s.End) {
			return s.Nodes[0].Addr == primary.Options().Addr
		}
	}
	return false
}
