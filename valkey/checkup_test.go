package valkey

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
)

// checkedUp calls until every partition was looked at, and sampled if it holds anything.
func (x bench) checkedUp() engine.Checkup {
	x.Helper()
	for range 1000 {
		c, err := x.Checkup(x.ctx)
		x.must(err)
		sampled := true
		for _, p := range c.Partitions {
			sampled = sampled && (p.Executions == 0 || !p.SampledAt.IsZero())
		}
		if len(c.Partitions) == c.Of && sampled {
			return c
		}
	}
	x.Fatal("never all of them")
	return engine.Checkup{}
}

func (x bench) partition(c engine.Checkup, p engine.Partition) engine.PartitionHealth {
	x.Helper()
	for _, health := range c.Partitions {
		if health.Partition == p {
			return health
		}
	}
	x.Fatalf("no %s in %+v", p, c)
	return engine.PartitionHealth{}
}

func TestACheckupOfAHealthyDeploymentFindsNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.claim(x.submit())
		c := x.checkedUp()
		if len(c.Nodes) != 1 || c.Nodes[0].Unreachable != "" || c.Nodes[0].EvictionPolicy != "noeviction" || c.Nodes[0].SlowLog < 0 ||
			c.Nodes[0].Role != "master" || c.Nodes[0].Memory == 0 {
			t.Errorf("nodes %+v", c.Nodes)
		}
		if c.Library.Version != WireVersion || !c.Library.Ours || c.Library.Problem != "" || len(c.Engines) != 0 {
			t.Errorf("library %+v, engines %+v", c.Library, c.Engines)
		}
		executions := 0
		for _, p := range c.Partitions {
			executions += p.Executions
			if len(p.Overdue)+len(p.Drift)+len(p.Strange)+p.PastRetention > 0 || p.SigningKid == "" || p.Unreachable != "" {
				t.Errorf("%s: %+v", p.Partition, p)
			}
		}
		if executions != 1 {
			t.Errorf("%d executions", executions)
		}
	})
}

func TestACheckupCountsWhatIsOverdueByPartition(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		p := id.Partition()
		k := partitionKeys(p)
		at := x.now().Add(-time.Minute)
		for _, due := range partitionDues {
			x.must(b.rdb.ZAdd(x.ctx, k.due(due), zAt(at, id), zAt(x.now(), "not yet")).Err())
		}
		x.must(b.rdb.ZAdd(x.ctx, k.lane("default", engine.IndexDelayed), zAt(at, id)).Err())
		x.must(b.rdb.ZAdd(x.ctx, k.cancelBacklog(), zAt(at, id)).Err())
		x.must(b.rdb.SAdd(x.ctx, k.pendingCancelGroups(), "group").Err())
		x.must(b.rdb.ZAdd(x.ctx, k.lane("default", engine.IndexTerminal), zAt(at.Add(-25*time.Hour), "old"), zAt(at, "young")).Err())
		x.must(b.rdb.ZAdd(x.ctx, k.lane("default", engine.IndexBlockedQuota), zAt(at, "blocked")).Err())
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "ownership_state", "leased").Err())
		budgets := partitionKeys(engine.Partition{Family: engine.FamilyBudget, Index: 1})
		x.must(b.rdb.ZAdd(x.ctx, budgets.budgetResets(), zAt(at, "budget")).Err())

		c := x.checkedUp()
		health := x.partition(c, p)
		want := engine.Overdue{Count: 1, Oldest: at.Truncate(time.Millisecond)}
		for _, due := range append(partitionDues, engine.DueDelayed) {
			if got := health.Overdue[due]; got.Count != 1 || !got.Oldest.Equal(want.Oldest) {
				t.Errorf("%s: %+v, want %+v", due, got, want)
			}
		}
		if health.Delayed["default"].Count != 1 || health.CancelBacklog.Count != 1 || health.SiblingGroups != 1 || health.Unmarked != 1 ||
			health.PastRetention != 1 || !health.OldestBlocked.Equal(want.Oldest) || c.Resets.Count != 1 {
			t.Errorf("%+v, resets %+v", health, c.Resets)
		}
	})
}

func TestACheckupNamesExecutionsThatTheirIndexLacks(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id, other := x.submit(), x.submit()
		k := partitionKeys(id.Partition())
		gone := b.Partitions().NewSolo("default")
		x.must(b.rdb.ZRem(x.ctx, k.lane("default", engine.IndexEligible), string(id)).Err())
		x.must(b.rdb.SAdd(x.ctx, k.allExecutions(), string(gone), "no id \x1b[31m").Err())
		health := x.partition(x.checkedUp(), id.Partition())
		if len(health.Strange) != 1 || health.Strange[0] != "no id \x1b[31m" || health.Sampled != 4 || len(health.Drift) != 2 {
			t.Fatalf("of %s and %s: %+v", id, other, health)
		}
		for _, m := range health.Drift {
			lacks := m.Execution == id && m.Problem == engine.IndexLacks && m.Index == engine.IndexEligible
			if !lacks && (m.Execution != gone || m.Problem != engine.IndexGone) {
				t.Errorf("%+v", m)
			}
		}
	})
}

func TestACheckupShowsWhichKeySignsWhere(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		p := engine.Partition{Family: engine.FamilyFlow, Index: 2}
		x.must(b.rdb.HSet(x.ctx, partitionKeys(p).hmacSecrets(), "current_kid", "k9").Err())
		x.must(b.rdb.Del(x.ctx, partitionKeys(engine.Partition{Family: engine.FamilyFlow, Index: 3}).hmacSecrets()).Err())
		c := x.checkedUp()
		if c.Partitions[0].SigningKid == "k9" || c.Partitions[2].SigningKid != "k9" || c.Partitions[3].SigningKid != "" {
			t.Errorf("%+v", c.Partitions)
		}
	})
}

func TestACheckupOfManyPartitionsTakesTurnsAndCostsLittle(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		withFlowPartitions(b, 256)
		x.strew(1)
		for p := range b.Partitions().FlowPartitions() {
			x.must(b.rdb.SAdd(x.ctx, partitionKeys(p).allExecutions(), "x").Err())
			for _, due := range partitionDues {
				x.must(b.rdb.ZAdd(x.ctx, partitionKeys(p).due(due), redis.Z{Score: 1, Member: "x"}).Err())
			}
		}
		first, err := b.Checkup(x.ctx)
		x.must(err)
		if len(first.Partitions) == 0 || len(first.Partitions) == first.Of {
			t.Errorf("the first call looked at %d of %d", len(first.Partitions), first.Of)
		}
		all := x.checkedUp()
		if late := all.Partitions[255].Overdue[engine.DueDeadline]; len(all.Partitions) != 256 || late.Count != 1 {
			t.Errorf("%d of %d, %+v", len(all.Partitions), all.Of, late)
		}
		count := &commandCount{}
		b.rdb.AddHook(count)
		_, err = b.Checkup(x.ctx)
		x.must(err)
		if count.n > checkupCost+2*firstOverdue*checkupCost/12+80 || count.trips > 14 {
			t.Errorf("%d commands in %d round trips", count.n, count.trips)
		}
		t.Logf("%d commands in %d round trips", count.n, count.trips)
	})
}

func TestACheckupTellsANodeThatIsGoneFromOneThatHoldsNothing(t *testing.T) {
	t.Parallel()
	c := ownCluster(t, 3, 0)
	x := newBench(t, newDeployment(t, c.target()))
	x.must(x.eachPrimary(x.ctx, func(ctx context.Context, primary *redis.Client) error {
		return primary.ConfigSet(ctx, "cluster-require-full-coverage", "no").Err()
	}))
	p := engine.Partition{Family: engine.FamilyFlow, Index: 1}
	whole := x.checkedUp()
	if len(whole.Nodes) != 3 || whole.Nodes[0].ClusterState != "ok" || whole.Nodes[0].Slots != 16384 {
		t.Errorf("nodes %+v", whole.Nodes)
	}
	owner, err := c.Owner(x.ctx, partitionKeys(p).allExecutions())
	x.must(err)
	x.must(c.Kill(owner))
	enginetest.Eventually(t, "the partition is called unreachable", func() bool {
		checkup, err := x.Checkup(x.ctx)
		x.must(err)
		unreachable := 0
		for _, node := range checkup.Nodes {
			if node.Unreachable != "" {
				unreachable++
			}
		}
		gone := x.partition(checkup, p)
		others := 0
		for _, health := range checkup.Partitions {
			if health.Unreachable == "" && health.SigningKid != "" {
				others++
			}
		}
		return unreachable == 1 && gone.Unreachable != "" && gone.SigningKid == "" && others > 0
	})
}

func TestACheckupWithoutTheRightsSaysWhatItCannotTell(t *testing.T) {
	needServer(t)
	admin := newDeployment(t, ownServer(t, embedded.Options{}))
	rights := strings.ReplaceAll(strings.ReplaceAll(BoardRights, "+slowlog|len", ""), "+info", "")
	b := connect(t, withUser(t, admin, "board", "right", rights))
	c, err := b.Checkup(enginetest.Context(t))
	if err != nil || len(c.Nodes) != 1 || c.Nodes[0].Unreachable != "" || c.Nodes[0].SlowLog != -1 || c.Nodes[0].Version != "" || len(c.Partitions) == 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestACheckupOfAServerThatIsGoneIsAnError(t *testing.T) {
	needServer(t)
	b := newDeployment(t, ownServer(t, embedded.Options{}))
	x := newBench(t, b)
	x.checkedUp()
	_ = b.rdb.Do(x.ctx, "shutdown", "nosave").Err()
	if c, err := b.Checkup(x.ctx); err == nil {
		t.Errorf("it answered %+v", c)
	}
}
