package valkey

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

func lineOf(index int) engine.IndexRef {
	return engine.IndexRef{Partition: engine.Partition{Family: engine.FamilyFlow, Index: uint16(index)}, Lane: engine.DefaultLane}
}

// linesSeen are the numbers of the lines that a claim for so many would look at, the home of flow-less work left out.
func linesSeen(l *claimLines, most int) []int {
	var seen []int
	for _, p := range l.some(engine.DefaultLane, lineOf(0).Partition, most)[1:] {
		seen = append(seen, int(p.Index))
	}
	return seen
}

func TestTheMostUrgentLinesAreLookedAtFirst(t *testing.T) {
	var l claimLines
	for i := 1; i <= 7; i++ {
		l.heads(lineOf(i), float64(100-i))
	}
	l.changed(lineOf(3))
	turns := map[int]bool{}
	for range 7 {
		seen := linesSeen(&l, 4)
		if len(seen) != 4 || seen[0] != 3 || seen[1] != 7 {
			t.Fatalf("looks at %v", seen)
		}
		for _, i := range seen {
			turns[i] = true
		}
	}
	if len(turns) != 7 {
		t.Errorf("by turns it looked at %v", turns)
	}
	if unlooked := l.found(engine.DefaultLane, []engine.IndexRef{lineOf(5), lineOf(9)}); len(unlooked) != 1 || unlooked[0] != lineOf(9) {
		t.Errorf("does not know the first of %v", unlooked)
	}
	if seen := linesSeen(&l, 4); !slices.Equal(seen, []int{9, 5}) {
		t.Errorf("after another look at %v", seen)
	}
}

func TestALineThatSomethingWentOutOfIsLookedAtUntilTheNextStepOfAFlowMayHaveCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l claimLines
		l.heads(lineOf(1), 10)
		l.heads(lineOf(2), 20)
		l.emptied(lineOf(1))
		for range 3 {
			if seen := linesSeen(&l, 4); !slices.Equal(seen, []int{2, 1}) {
				t.Fatalf("looks at %v", seen)
			}
			time.Sleep(nextStepSoon / 4)
		}
		looks := 0
		for range 1000 {
			looks += len(linesSeen(&l, 4)) - 1
			time.Sleep(time.Millisecond)
		}
		if looks < 20 || looks > 40 {
			t.Errorf("%d looks at an empty line in a thousand", looks)
		}
		if seen := linesSeen(&l, 4); !slices.Equal(seen, []int{2}) {
			t.Errorf("after a second at %v", seen)
		}
	})
}

func TestLinesThatSomethingWentOutOfAreLookedAtByTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l claimLines
		for i := 1; i <= 6; i++ {
			l.heads(lineOf(i), float64(i))
			l.emptied(lineOf(i))
		}
		time.Sleep(time.Millisecond)
		first := linesSeen(&l, 2)
		time.Sleep(time.Millisecond)
		if second := linesSeen(&l, 2); !slices.Equal(first, []int{1, 2, 3, 4}) || !slices.Equal(second, []int{5, 6, 1, 2}) {
			t.Errorf("looks at %v and %v", first, second)
		}
		l.heads(lineOf(4), 10)
		l.heads(lineOf(2), 2)
		l.taken(lineOf(4))
		time.Sleep(time.Millisecond)
		if seen := linesSeen(&l, 2); !slices.Equal(seen, []int{2, 4, 3, 5, 6, 1}) {
			t.Errorf("looks at %v", seen)
		}
	})
}

// The steps of a flow go before flows that came after it, or are less urgent, wherever they lie: what was begun is ended first.
func TestAFlowThatWasBegunIsEndedBeforeTheNextOneIsBegun(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		const flows, nodes = 40, 3
		flush(t, b)
		boot := testBoot()
		boot.Partitions = engine.DefaultPartitionConfig
		if err := b.Serve(enginetest.Context(t), boot); err != nil {
			t.Fatal(err)
		}
		var all []*flowBench
		steps := map[engine.ExecutionID]int{} // number of the flow
		for i := range flows {
			f := newFlowBench(t, b)
			var before engine.ExecutionID
			for range nodes {
				id := f.member(func(req *engine.CreateExecution) { req.Priority = flows - i })
				steps[id] = i
				if before != "" {
					f.wire(before, id)
				}
				before = id
			}
			all = append(all, f)
		}
		ctx := enginetest.Context(t)
		for at := range flows * nodes {
			claimed, err := b.Claim(ctx, engine.ClaimRequest{
				Lane: engine.DefaultLane, Worker: "w", WorkerInstance: "w1", LeaseTTL: time.Minute,
			})
			if err != nil || claimed == nil {
				t.Fatalf("claim %d: %v, %v", at, claimed, err)
			}
			id := claimed.Handle.ExecutionID
			if steps[id] != at/nodes {
				t.Fatalf("claim %d is a step of flow %d", at, steps[id])
			}
			if err := b.Complete(ctx, claimed.Handle, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := b.CascadeCompletion(ctx, id, all[steps[id]].flow); err != nil {
				t.Fatal(err)
			}
		}
	})
}
