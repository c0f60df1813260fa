package valkey

import (
	"context"
	"errors"
	"net"
	"slices"
	"strconv"
	"strings"
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
	sound(t, c.whole(t))
}

func TestQ210WorkersAreRegisteredOnAClusterByCommandsOfOneKey(t *testing.T) {
	t.Parallel()
	x := newBench(t, newDeployment(t, ownCluster(t, 3, 0).target()))
	alive, caps, index := keyWorkerAlive("ns", "i1"), keyWorkerCaps("ns", "i1"), keyWorkerIndex("ns")
	if s := engine.Slot(alive); s == engine.Slot(caps) || s == engine.Slot(index) {
		t.Fatal("the keys have one slot: the test shows nothing")
	}
	sent := &sentCommands{}
	x.rdb.AddHook(sent)
	registered, err := x.RegisterWorker(x.ctx, engine.Worker{
		ID: "w", Instance: "i1", Namespace: "ns", Lanes: enginetest.Lanes, LivenessTTL: time.Minute,
	})
	x.must(err)
	if !registered {
		t.Error("it is not new")
	}
	var writes []string
	for _, command := range sent.all() {
		if name, _, _ := strings.Cut(command, " "); name != "exists" && name != "hget" {
			writes = append(writes, name)
		}
	}
	if len(writes) == 0 || writes[0] != "set" || slices.Contains(writes, "fcall") {
		t.Errorf("written by %v: whoever reads in between takes a worker without the alive key for dead", writes)
	}
	_, found, err := x.HeartbeatWorker(x.ctx, "ns", "i1")
	x.must(err)
	page, err := x.ListWorkers(x.ctx, "ns", "", 10)
	x.must(err)
	if !found || len(page.Items) != 1 || page.Items[0].Instance != "i1" || !page.Items[0].Alive {
		t.Errorf("found %t, listed %+v", found, page.Items)
	}
	marked, err := x.MarkWorkerDead(x.ctx, "ns", "i1", "gone")
	x.must(err)
	for _, key := range []string{alive, caps, index} {
		if n := x.rdb.Exists(x.ctx, key).Val(); n != 0 || !marked {
			t.Errorf("%s is still there", key)
		}
	}
}

func owns(ctx context.Context, primary *redis.Client, slot int64) bool {
	shards, err := primary.ClusterShards(ctx).Result()
	if err != nil {
		return false
	}
	for _, s := range shards {
		if !slices.ContainsFunc(s.Slots, func(r redis.SlotRange) bool { return r.Start <= slot && slot <= r.End }) {
			continue
		}
		return slices.ContainsFunc(s.Nodes, func(n redis.Node) bool {
			return n.Role == "master" && net.JoinHostPort(n.IP, strconv.FormatInt(n.Port, 10)) == primary.Options().Addr
		})
	}
	return false
}
