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

// While a node of a cluster is away, what is on the others is found all the same.
func TestANodeThatIsAwayHidesNothingOnTheOthers(t *testing.T) {
	c := ownCluster(t, 3, 0)
	b := connect(t, c.target())
	ctx := enginetest.Context(t)
	then := time.UnixMilli(1700000000000)
	var refs []engine.IndexRef
	var partitions []engine.Partition
	for p := range b.Partitions().FlowPartitions() {
		refs = append(refs, engine.IndexRef{Partition: p, Name: engine.IndexName(engine.DueDeadline)})
		partitions = append(partitions, p)
		if err := b.rdb.ZAdd(ctx, indexKey(refs[len(refs)-1]), redis.Z{Score: float64(then.UnixMilli()), Member: "x"}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	err := b.rdb.(*redis.ClusterClient).ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		return node.ConfigSet(ctx, "cluster-require-full-coverage", "no").Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	lost, err := c.Owner(ctx, indexKey(refs[0]))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Kill(lost); err != nil {
		t.Fatal(err)
	}
	away := 0
	for i, head := range b.Earliest(ctx, refs) {
		switch {
		case head.Err != nil:
			away++
		case !head.At.Equal(then):
			t.Errorf("partition %d: %v", i, head)
		}
	}
	due, unread := b.Due(ctx, partitions, engine.DueDeadline, "", then, 10)
	occupied, err := b.Occupied(ctx, refs)
	if away == 0 || away == len(refs) || len(unread) != away || len(due) != len(refs)-away || err == nil || len(occupied) != len(refs)-away {
		t.Fatalf("%d of %d away; due %d, unread %d; occupied %d, %v", away, len(refs), len(due), len(unread), len(occupied), err)
	}
}

// A claim does not fail because of a partition that it would have looked at first, nor does it say that there is nothing to claim.
func TestAClaimTakesWhatIsOnTheNodesThatAreThere(t *testing.T) {
	t.Parallel()
	c := ownCluster(t, 3, 0)
	x := newBench(t, newDeployment(t, c.target()))
	lost, err := c.Owner(x.ctx, keysOf(x.Partitions().NewSolo("default")).core())
	x.must(err)
	there := 0
	for range 24 {
		id := x.submit(func(r *engine.CreateExecution) { r.ID = x.Partitions().NewFlowMember(engine.NewFlowID()) })
		owner, err := c.Owner(x.ctx, keysOf(id).core())
		x.must(err)
		if owner != lost {
			there++
		}
	}
	x.must(x.eachPrimary(x.ctx, func(ctx context.Context, primary *redis.Client) error {
		return primary.ConfigSet(ctx, "cluster-require-full-coverage", "no").Err()
	}))
	x.must(c.Kill(lost))
	claim := func() (*engine.Claimed, error) {
		return x.Claim(x.ctx, engine.ClaimRequest{
			Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
		})
	}
	for n := range there {
		if claimed, err := claim(); claimed == nil {
			t.Fatalf("after %d of %d that are there: %v", n, there, err)
		}
	}
	if claimed, err := claim(); claimed != nil || !errors.Is(err, engine.ClassTransport) {
		t.Errorf("with the rest away: %v, %v", claimed, err)
	}
}
