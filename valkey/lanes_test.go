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
