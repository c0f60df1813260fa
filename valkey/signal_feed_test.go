package valkey

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

var flowPartition3 = engine.Partition{Family: engine.FamilyFlow, Index: 3}

// feed adds an entry to a partition's delivery feed, as the function does.
func (x bench) feed(p engine.Partition, fields ...string) {
	x.Helper()
	x.must(x.rdb.XAdd(x.ctx, &redis.XAddArgs{Stream: partitionKeys(p).signalDelivery(), Values: fields}).Err())
}

// next is the next event of a subscription.
func (x bench) next(events <-chan engine.SignalEvent) engine.SignalEvent {
	x.Helper()
	select {
	case event, open := <-events:
		if !open {
			x.Fatal("the subscription ended")
		}
		return event
	case <-time.After(20 * time.Second):
		x.Fatal("no event")
	}
	return engine.SignalEvent{}
}

func TestQ165Q166EveryPartitionArrivesFromTheMomentOfSubscribing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := engine.ExecutionID("{fp:3}:00000000-0000-4000-8000-000000000001")
		signal := engine.NewSignalID()
		x.feed(flowPartition3, "signal_id", "before", "execution_id", string(id))
		events, err := x.SubscribeSignals(x.ctx, engine.FromNow(engine.Partition{Family: engine.FamilyFlow}, flowPartition3))
		x.must(err)
		x.feed(flowPartition3, "signal_id", string(signal), "execution_id", string(id), "waitpoint_id", "", "source_identity", "", "effect", "no_op")
		event := x.next(events)
		if event.Signal != signal || event.Execution != id || event.Effect != engine.EffectNone || event.At.IsZero() || len(event.Malformed) != 0 {
			t.Errorf("%+v", event)
		}
		x.feed(flowPartition3, "signal_id", "x", "effect", "satisfied")
		if event := x.next(events); len(event.Malformed) != 2 || event.Effect != "satisfied" {
			t.Errorf("an entry that does not decode: %+v", event)
		}
	})
}

// cutter remembers connections so that a test can cut them, and keep new ones from being made.
type cutter struct {
	mu    sync.Mutex
	conns []net.Conn
	down  bool
}

// watch makes new connections of a client, and of those made like it, known to the cutter.
func (c *cutter) watch(client *redis.Client) {
	dial := client.Options().Dialer
	client.Options().Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.down {
			return nil, errors.New("the line is cut")
		}
		conn, err := dial(ctx, network, addr)
		if err == nil {
			c.conns = append(c.conns, conn)
		}
		return conn, err
	}
}

func (c *cutter) mend() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = false
}

func (c *cutter) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.down = true
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

func TestQ170ALostSignalSubscriptionIsMendedWithoutLoss(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		var connections cutter
		connections.watch(b.rdb.(*redis.Client))
		events, err := x.SubscribeSignals(x.ctx, engine.FromNow(flowPartition3))
		x.must(err)
		x.feed(flowPartition3, "signal_id", "one")
		x.next(events)
		connections.cut()
		if event := x.next(events); !event.Lost {
			t.Errorf("first %+v", event)
		}
		connections.mend()
		x.feed(flowPartition3, "signal_id", "two", "effect", "no_op")
		if event := x.next(events); event.Lost || event.Effect != "no_op" {
			t.Errorf("then %+v", event)
		}
	})
}

func TestQ170ASignalSubscriptionEndsWithItsContext(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		ctx, cancel := context.WithCancel(x.ctx)
		events, err := x.SubscribeSignals(ctx, engine.FromNow(flowPartition3))
		x.must(err)
		x.feed(flowPartition3, "signal_id", "one")
		x.next(events)
		cancel()
		began := time.Now()
		for range events {
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("the subscription went on for %v", took)
		}
	})
}

func TestASubscriptionThatCannotBlockPolls(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		f := &signalFeed{out: make(chan engine.SignalEvent, 1)}
		x.must(f.begin(x.ctx, b, engine.FromNow(flowPartition3, engine.Partition{Family: engine.FamilyFlow})))
		x.feed(flowPartition3, "signal_id", "one", "effect", "no_op")
		ctx, cancel := context.WithCancel(x.ctx)
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.poll(ctx, b)
		}()
		if event := x.next(f.out); event.Effect != "no_op" {
			t.Errorf("%+v", event)
		}
		cancel()
		<-done
	})
}
