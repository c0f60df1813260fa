package valkey

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded/clustertest"
)

// node is a plain client of one server of a cluster.
func (c cluster) node(t *testing.T, n *clustertest.Node) *redis.Client {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: n.Addr})
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// pairs are the cluster's masters, each with its replica, as they began.
func (c cluster) pairs(t *testing.T) (pairs [][2]*redis.Client) {
	t.Helper()
	for _, replica := range c.Nodes {
		if replica.Master >= 0 {
			pairs = append(pairs, [2]*redis.Client{c.node(t, c.Nodes[replica.Master]), c.node(t, replica)})
		}
	}
	return pairs
}

// failOver makes the replica of a pair take its master's place, in agreement with it, so that nothing is lost. It is under way when this
// returns; over tells when it has, and asks again where the servers gave up.
func failOver(t *testing.T, pair [2]*redis.Client) (over func() bool) {
	t.Helper()
	ctx := context.Background() // over may be asked when the test has ended
	replica := pair[0]
	if isMaster(ctx, replica) {
		replica = pair[1]
	}
	enginetest.Eventually(t, "the replica is ready to take over", func() bool { return replica.ClusterFailover(ctx).Err() == nil })
	asked := time.Now()
	return func() bool {
		if isMaster(ctx, replica) {
			return true
		}
		if time.Since(asked) > failoverPatience && replica.ClusterFailover(ctx).Err() == nil {
			asked = time.Now()
		}
		return false
	}
}

// failoverPatience is longer than servers try to change places: a busy master that does not get there in 5 seconds stays one, and the
// replica says nothing of it. To ask before would begin anew what is under way.
const failoverPatience = 6 * time.Second

func isMaster(ctx context.Context, node *redis.Client) bool {
	role, err := node.Do(ctx, "role").Slice()
	return err == nil && len(role) > 0 && role[0] == "master"
}

// failoverFor is how long executions run through one failover after the other; FFBOARD_FAILOVER_FOR=1m for the long form.
func failoverFor(t *testing.T) time.Duration {
	t.Helper()
	if v := os.Getenv("FFBOARD_FAILOVER_FOR"); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	return 4 * time.Second
}

func TestExecutionsRunOnceEachThroughFailovers(t *testing.T) {
	t.Parallel()
	c := ownCluster(t, 3, 1)
	x := newBench(t, newDeployment(t, c.target()))
	ctx, cancel := context.WithTimeout(t.Context(), failoverFor(t)+time.Minute)
	defer cancel()
	x.ctx = ctx

	pairs := c.pairs(t)
	over := failOver(t, pairs[0])
	done, failovers := 0, 0
	for end := time.Now().Add(failoverFor(t)); time.Now().Before(end) || failovers == 0; done++ {
		x.throughItsLife()
		if over() {
			failovers++
			over = failOver(t, pairs[failovers%len(pairs)])
		}
	}
	enginetest.Eventually(t, "the servers have changed places", over)
	sound(t, c.whole(t))
	t.Logf("%d executions ran through %d failovers", done, failovers)
}

// whole is a client that knows the masters as they are now, once all servers agree on them: an audit goes through each one's keys.
func (c cluster) whole(t *testing.T) (b *Backend) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // the test's own has ended when this is asked for in a cleanup
	defer cancel()
	masters := 0
	for _, n := range c.Nodes {
		if n.Master < 0 {
			masters++
		}
	}
	enginetest.Eventually(t, "every master that a new client is told of is one", func() bool {
		var err error
		if b, err = Connect(ctx, c.target()); err != nil {
			return false // while servers change places some slots are nobody's
		}
		t.Cleanup(func() { _ = b.Close() })
		var found atomic.Int32
		err = b.eachPrimary(ctx, func(ctx context.Context, primary *redis.Client) error {
			if !isMaster(ctx, primary) {
				return errors.New("it has become a replica")
			}
			found.Add(1)
			return nil
		})
		return err == nil && int(found.Load()) == masters
	})
	return b
}

// throughItsLife runs one execution to its end, whatever happens to the servers meanwhile: every call is made until it is known to
// have been done, and its record says that it was done once.
func (x bench) throughItsLife() {
	x.Helper()
	id := x.Partitions().NewFlowMember(engine.NewFlowID())
	x.insist(func() error {
		return second(x.CreateExecution(x.ctx, engine.CreateExecution{ID: id, Namespace: "test", Lane: "default", Kind: "k"}))
	})
	var h engine.Handle
	x.insist(func() error {
		claimed, err := x.Claim(x.ctx, engine.ClaimRequest{
			Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
		})
		if err == nil && claimed == nil {
			x.Fatalf("%s is not there to be claimed", id)
		}
		if claimed != nil {
			h = claimed.Handle
		}
		return err
	})
	if h.ExecutionID != id {
		x.Fatalf("claimed %s, want %s", h.ExecutionID, id)
	}
	x.insist(func() error { return second(x.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte("frame")})) })
	x.insist(func() error { return second(x.Renew(x.ctx, h)) })
	x.insist(func() error { return x.Complete(x.ctx, h, []byte("done")) })
	x.insist(func() error {
		page, err := x.ReadStream(x.ctx, id, h.AttemptIndex, "start", "end", 10)
		if err == nil && len(page.Frames) != 1 {
			x.Errorf("%d frames", len(page.Frames))
		}
		return err
	})
	x.insist(func() error {
		e, err := x.DescribeExecution(x.ctx, id)
		if err == nil && (e == nil || e.State.Public != engine.StateCompleted || e.TotalAttempts != 1) {
			x.Errorf("it ended as %+v", e)
		}
		return err
	})
}

// insist makes a call until it succeeds. Between two tries it must have been said that nothing was done: an agreed failover loses no
// answers.
func (x bench) insist(call func() error) {
	x.Helper()
	enginetest.Eventually(x.T, "the cluster takes the call", func() bool {
		err := call()
		var e *engine.Error
		if err != nil && (!errors.As(err, &e) || e.Class != engine.ClassTransport || e.Fault == engine.FaultUncertain) {
			x.Fatalf("while servers changed places: %v", err)
		}
		return err == nil
	})
}
