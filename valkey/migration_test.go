package valkey

import (
	"net"
	"slices"
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded/clustertest"
)

// TestASlotMovesUnderALiveExecution moves the partition of an execution at work to another server, key by key, with calls between: the
// server that it leaves answers ASK for what is gone and TRYAGAIN for a call of which it has a part, and MOVED at the end.
func TestASlotMovesUnderALiveExecution(t *testing.T) {
	t.Parallel()
	c := ownCluster(t, 3, 0)
	x := newBench(t, newDeployment(t, c.target()))
	h := x.working()
	say := func() error { return second(x.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte("frame")})) }
	x.must(say())
	said := uint64(1)

	key := keysOf(h.ExecutionID).core()
	slot := int(engine.Slot(key))
	from, err := c.Owner(x.ctx, key)
	x.must(err)
	to := c.Nodes[slices.IndexFunc(c.Nodes, func(n *clustertest.Node) bool { return n != from })]
	source, destination := c.node(t, from), c.node(t, to)
	x.must(destination.Do(x.ctx, "cluster", "setslot", slot, "importing", from.ID).Err())
	x.must(source.Do(x.ctx, "cluster", "setslot", slot, "migrating", to.ID).Err())
	host, port, err := net.SplitHostPort(to.Addr)
	x.must(err)

	refused := 0
	for {
		keys, err := source.ClusterGetKeysInSlot(x.ctx, slot, 1).Result()
		x.must(err)
		if len(keys) == 0 {
			break
		}
		x.must(source.Do(x.ctx, "migrate", host, port, keys[0], 0, 5000).Err())
		switch err := say(); {
		case err == nil:
			said++
		case engine.Retryable(err):
			refused++
		default:
			t.Fatalf("after %s moved: %v", keys[0], err)
		}
	}
	for _, node := range c.Nodes {
		x.must(c.node(t, node).Do(x.ctx, "cluster", "setslot", slot, "node", to.ID).Err())
	}
	enginetest.Eventually(t, "a frame is taken where the slot is now", func() bool {
		err := say()
		if err != nil && !engine.Retryable(err) {
			t.Fatal(err)
		}
		return err == nil
	})
	said++

	page, err := x.ReadStream(x.ctx, h.ExecutionID, h.AttemptIndex, "start", "end", 1000)
	x.must(err)
	if uint64(len(page.Frames)) != said {
		t.Errorf("%d frames, want %d", len(page.Frames), said)
	}
	if held := keysHeld(x, source, slot); held != 0 {
		t.Errorf("%d keys were made where the slot was before", held)
	}
	x.must(x.Complete(x.ctx, h, []byte("done")))
	sound(t, c.whole(t))
	t.Logf("slot %s moved: %d frames were taken, %d calls were to be tried again", strconv.Itoa(slot), said, refused)
	if refused == 0 {
		t.Error("no call met the slot half moved: this shows little")
	}
}

func keysHeld(x bench, node *redis.Client, slot int) int64 {
	x.Helper()
	n, err := node.ClusterCountKeysInSlot(x.ctx, slot).Result()
	x.must(err)
	return n
}
