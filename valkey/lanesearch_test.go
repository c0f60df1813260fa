package valkey

import (
	"fmt"
	"testing"

	"ffboard/engine"
)

func TestLanesThatNobodyDeclaredAreFoundByTheirExecutions(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		const lanes = 40
		for i := range lanes {
			lane := engine.LaneID(fmt.Sprintf("undeclared-%02d", i))
			id := b.Partitions().NewSolo(lane)
			x.submit(func(req *engine.CreateExecution) { req.ID, req.Lane = id, lane })
		}
		x.must(b.rdb.SRem(x.ctx, keyLaneRegistry, undeclared(lanes)...).Err())
		fresh, err := Connect(x.ctx, b.target)
		x.must(err)
		defer fresh.Close()
		seen := 0
		for range 100 {
			depths, err := fresh.Depths(x.ctx)
			x.must(err)
			seen = 0
			for _, lane := range depths.Lanes {
				if !lane.Registered {
					seen++
				}
			}
			if seen == lanes {
				return
			}
		}
		t.Errorf("%d of %d lanes found", seen, lanes)
	})
}

func undeclared(n int) []any {
	names := make([]any, n)
	for i := range names {
		names[i] = fmt.Sprintf("undeclared-%02d", i)
	}
	return names
}
