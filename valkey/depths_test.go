package valkey

import (
	"strconv"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// depthsOf reads the depths until every partition was looked at.
func (x bench) depthsOf() engine.Depths {
	x.Helper()
	for {
		d, err := x.Depths(x.ctx)
		x.must(err)
		if d.Covered == d.Of {
			return d
		}
	}
}

// strew puts a member into the eligible index of the default lane on every nth partition.
func (x bench) strew(n int) {
	x.Helper()
	for p := range x.Partitions().FlowPartitions() {
		if int(p.Index)%n == 0 {
			x.must(x.rdb.ZAdd(x.ctx, partitionKeys(p).lane("default", engine.IndexEligible), redis.Z{Member: "x"}).Err())
		}
	}
}

func (x bench) wantDepth(d engine.Depths, idx engine.LaneIndex, want int) {
	x.Helper()
	if got := d.Lanes[0].ByIndex[idx]; got != want {
		x.Errorf("%d %s, want %d", got, idx, want)
	}
}

func TestTheDepthsOfManyPartitionsAreCoveredInTurns(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		withFlowPartitions(b, 1000)
		x.strew(10)
		x.submit()
		first, err := b.Depths(x.ctx)
		x.must(err)
		if first.Covered == 0 || first.Covered == first.Of {
			t.Errorf("covered %d of %d", first.Covered, first.Of)
		}
		x.wantDepth(x.depthsOf(), engine.IndexEligible, 101)
	})
}

func TestWhereMuchIsToBeCountedTheFirstLookSaysHowFarItCame(t *testing.T) {
	onRealServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		withFlowPartitions(b, 256)
		for p := range b.Partitions().FlowPartitions() {
			for _, lane := range testBoot().Lanes {
				for _, idx := range engine.LaneIndexes() {
					x.must(x.rdb.ZAdd(x.ctx, partitionKeys(p).lane(lane, idx), redis.Z{Member: "x"}).Err())
				}
			}
		}
		first, err := b.Depths(x.ctx)
		x.must(err)
		if first.Covered == 0 || first.Whole() {
			t.Errorf("covered %d of %d", first.Covered, first.Of)
		}
		x.wantDepth(x.depthsOf(), engine.IndexSuspended, 256)
	})
}

func TestALookAtTheDepthsCostsTheServerLittle(t *testing.T) {
	for _, partitions := range []uint16{4, 256} {
		t.Run(strconv.Itoa(int(partitions)), func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				x := newBench(t, b)
				withFlowPartitions(b, partitions)
				x.depthsOf()
				count := &commandCount{}
				b.rdb.AddHook(count)
				x.depthsOf()
				if count.n > 8 || count.trips > 4 {
					t.Errorf("with nothing there: %d commands in %d round trips", count.n, count.trips)
				}
				x.strew(1)
				for range partitions { // the quiet ones have their turns
					x.depthsOf()
				}
				x.wantDepth(x.depthsOf(), engine.IndexEligible, int(partitions))
				*count = commandCount{}
				x.depthsOf()
				if count.n > countsPerCall+12 {
					t.Errorf("with something everywhere: %d commands", count.n)
				}
			})
		})
	}
}

func TestTheDepthsFollowAnExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		withFlowPartitions(b, 256)
		x.depthsOf()
		id := x.submit()
		x.wantDepth(x.depthsOf(), engine.IndexEligible, 1)
		handle := x.claim(id)
		d := x.depthsOf()
		x.wantDepth(d, engine.IndexEligible, 0)
		x.wantDepth(d, engine.IndexActive, 1)
		x.must(b.Complete(x.ctx, handle, nil))
		d = x.depthsOf()
		x.wantDepth(d, engine.IndexActive, 0)
		x.wantDepth(d, engine.IndexTerminal, 1)
	})
}

func TestTheDepthsSeeAFlowsWorkAtOnceWhereverItLies(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		withFlowPartitions(b, 256)
		x.depthsOf()
		for i := range 5 {
			f := newFlowBench(t, b)
			f.members(2)
			x.wantDepth(x.depthsOf(), engine.IndexEligible, 2*(i+1))
		}
	})
}

func TestTheDepthsNameWhatIsNoLane(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.must(b.rdb.SAdd(x.ctx, keyLaneRegistry, "no lane\n").Err())
		if d := x.depthsOf(); len(d.BadLanes) != 1 || d.BadLanes[0] != "no lane\n" || len(d.Lanes) != 2 {
			t.Errorf("depths %+v", d)
		}
	})
}
