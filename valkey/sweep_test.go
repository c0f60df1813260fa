package valkey

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

// manyRefs are the eligible indexes of four lanes on 256 partitions.
func manyRefs() []engine.IndexRef {
	var refs []engine.IndexRef
	for p := range engine.DefaultPartitionConfig.FlowPartitions() {
		for _, lane := range []engine.LaneID{"default", "gpu", "a b", "x:y"} {
			refs = append(refs, engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(engine.IndexEligible)})
		}
	}
	return refs
}

func TestOccupiedFindsExactlyTheIndexesThatHoldAnything(t *testing.T) {
	refs := manyRefs()
	for name, places := range map[string][]int{
		"none":              nil,
		"the first":         {0},
		"the last":          {len(refs) - 1},
		"some":              {3, 4, 5, 64, 500, 501, 1000},
		"every third":       everyThird(len(refs)),
		"a whole sixteenth": {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	} {
		t.Run(name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				ctx := enginetest.Context(t)
				var want []engine.IndexRef
				for _, at := range places {
					want = append(want, refs[at])
					b.rdb.ZAdd(ctx, indexKey(refs[at]), redis.Z{Score: 1, Member: "x"})
				}
				got, err := b.Occupied(ctx, refs)
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("occupied: %v, %v, want %v", got, err, want)
				}
			})
		})
	}
}

func everyThird(n int) (places []int) {
	for at := 0; at < n; at += 3 {
		places = append(places, at)
	}
	return places
}

func TestWhereManyIndexesHoldSomethingTheyAreFoundInFewRoundTrips(t *testing.T) {
	onRealServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		refs := manyRefs()
		for _, at := range everyThird(len(refs)) {
			b.rdb.ZAdd(ctx, indexKey(refs[at]), redis.Z{Score: 1, Member: "x"})
		}
		count := &commandCount{}
		b.rdb.AddHook(count)
		if _, err := b.Occupied(ctx, refs); err != nil || count.trips > 3 || count.n > 2*len(refs) {
			t.Errorf("%d commands in %d round trips, error %v", count.n, count.trips, err)
		}
	})
}

func TestOccupiedOfAllIndexesFindsAll(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		refs := manyRefs()[:100]
		for _, ref := range refs {
			b.rdb.ZAdd(ctx, indexKey(ref), redis.Z{Score: 1, Member: "x"})
		}
		if got, err := b.Occupied(ctx, refs); err != nil || !slices.Equal(got, refs) {
			t.Fatalf("occupied: %d of %d, %v", len(got), len(refs), err)
		}
		if got, err := b.Occupied(ctx, nil); err != nil || len(got) > 0 {
			t.Fatalf("occupied of nothing: %v, %v", got, err)
		}
	})
}

func TestEarliestIsTheLowestScoreAndZeroForAnEmptyIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		refs := manyRefs()[:3]
		b.rdb.ZAdd(ctx, indexKey(refs[0]), redis.Z{Score: 1700000000001, Member: "a"}, redis.Z{Score: 1700000000002, Member: "b"})
		b.rdb.Set(ctx, indexKey(refs[2]), "no zset", 0)
		got := b.Earliest(ctx, refs)
		if !got[0].At.Equal(time.UnixMilli(1700000000001)) || !got[1].At.IsZero() || got[0].Err != nil || got[1].Err != nil || got[2].Err == nil {
			t.Fatalf("earliest: %v", got)
		}
	})
}

func TestIndexMembersReadsARunOfAnIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		ref := manyRefs()[0]
		for i, member := range []string{"a", "b", "c", "d"} {
			b.rdb.ZAdd(ctx, indexKey(ref), redis.Z{Score: float64(i), Member: member})
		}
		got, err := b.IndexMembers(ctx, ref, 1, 2)
		if err != nil || !slices.Equal(got, []string{"b", "c"}) {
			t.Fatalf("members: %v, %v", got, err)
		}
		if got, err := b.IndexMembers(ctx, ref, 0, 0); err != nil || len(got) > 0 {
			t.Fatalf("no members: %v, %v", got, err)
		}
	})
}
