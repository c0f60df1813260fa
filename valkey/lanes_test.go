package valkey

import (
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

func TestALaneRowThatIsNoIDIsMarked(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		line := keysOf(id).partition().lane("default", engine.IndexEligible)
		x.must(b.rdb.ZAdd(x.ctx, line, redis.Z{Member: "junk"}).Err())
		rows, err := b.LaneExecutions(x.ctx, "default", engine.IndexEligible, 10)
		x.must(err)
		if len(rows) != 2 || rows[0].ID != "junk" || len(rows[0].Malformed) != 1 || rows[1].ID != id || len(rows[1].Malformed) != 0 {
			t.Errorf("rows %+v", rows)
		}
	})
}

func TestDepthsAreCountedInTurns(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		withFlowPartitions(b, 100)
		id := x.submit()
		count := &commandCount{}
		b.rdb.AddHook(count)
		var d engine.Depths
		var err error
		for calls := 1; d.Covered < d.Of || d.Of == 0; calls++ {
			count.n = 0
			d, err = b.Depths(x.ctx)
			x.must(err)
			if count.n > countsPerCall+2 {
				t.Fatalf("%d commands in one call", count.n)
			}
			if calls == 1 && (d.Covered == d.Of || d.Lanes[0].ByIndex[engine.IndexEligible] != 1) {
				t.Errorf("first call: %+v", d)
			}
		}
		x.claim(id)
		for range 100 {
			d, err = b.Depths(x.ctx)
			x.must(err)
		}
		if d.Lanes[0].ByIndex[engine.IndexEligible] != 0 || d.Lanes[0].ByIndex[engine.IndexActive] != 1 {
			t.Errorf("depths %+v", d)
		}
	})
}

func TestQ004ABadLaneNameHidesNoOther(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.must(b.rdb.SAdd(x.ctx, keyLaneRegistry, strings.Repeat("x", 65), "").Err())
		page, err := b.ListLanes(x.ctx, "", 10)
		x.must(err)
		if len(page.Items) != 2 {
			t.Errorf("lanes %q", page.Items)
		}
		deployment, err := b.Deployment(x.ctx)
		x.must(err)
		if len(deployment.BadLanes) != 2 {
			t.Errorf("bad lanes %q", deployment.BadLanes)
		}
	})
}
