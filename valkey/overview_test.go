package valkey

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

func TestTurnsGoRoundAndTakeNewcomersFirst(t *testing.T) {
	var turn turns[int]
	all := []int{1, 2, 3, 4, 5}
	if got := turn.take(all, 2, 3); fmt.Sprint(got) != "[1 2 3]" || turn.looked(all) != (engine.Looked{At: 3, Of: 5}) {
		t.Errorf("first %v, looked %v", got, turn.looked(all))
	}
	if got := turn.take(all, 2, 3); fmt.Sprint(got) != "[4 5]" || !turn.looked(all).Whole() {
		t.Errorf("then %v", got)
	}
	had := map[int]bool{}
	for range 3 {
		for _, member := range turn.take(all, 2, 3) {
			had[member] = true
		}
	}
	if len(had) != 5 {
		t.Errorf("a round had %v", had)
	}
	all = append(all, 6)
	if got := turn.take(all, 2, 3); got[0] != 6 || len(got) != 2 {
		t.Errorf("the newcomer's turn is %v", got)
	}
	if got := turn.take(nil, 2, 3); len(got) != 0 || !turn.looked(nil).Whole() {
		t.Errorf("of nothing %v", got)
	}
}

func TestWhatEndedLatelyIsCountedByLaneAndOutcome(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.must(b.Complete(x.ctx, x.claim(x.submit()), nil))
		_, err := b.Fail(x.ctx, x.claim(x.submit()), engine.Failure{})
		x.must(err)
		old := partitionKeys(engine.Partition{Family: engine.FamilyFlow}).lane("default", engine.IndexTerminal)
		x.must(b.rdb.ZAdd(x.ctx, old, redis.Z{Score: float64(x.now().Add(-time.Hour).UnixMilli()), Member: "x"}).Err())
		x.depthsOf()
		ended, err := b.Ended(x.ctx)
		x.must(err)
		if got := ended.ByLane["default"]; got != (engine.EndedLately{Lately: 2, Minute: 2}) || !ended.Whole() {
			t.Errorf("ended %+v", ended)
		}
		if ended.Outcomes[engine.OutcomeSuccess] != 1 || ended.Outcomes[engine.OutcomeFailed] != 1 {
			t.Errorf("outcomes %v", ended.Outcomes)
		}
	})
}

func TestTheLongestSuspendedComeFirst(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		var want []engine.ExecutionID
		for i := range 3 {
			id := x.submit()
			x.suspended(x.claim(id), waitFor("go"))
			since := x.now().Add(-time.Duration(i+1) * time.Hour).UnixMilli()
			x.must(b.rdb.HSet(x.ctx, keysOf(id).suspensionCurrent(), "created_at", since).Err())
			want = append([]engine.ExecutionID{id}, want...)
		}
		x.depthsOf()
		for _, limit := range []int{2, 9, 0} {
			got, err := b.LongestSuspended(x.ctx, limit)
			x.must(err)
			if len(got.Rows) != min(limit, 3) || !got.Whole() {
				t.Fatalf("limit %d: %+v", limit, got)
			}
			for i, r := range got.Rows {
				if r.ID != want[i] || r.Suspension == nil {
					t.Errorf("limit %d, row %d is %s", limit, i, r.ID)
				}
			}
		}
		x.must(b.rdb.HDel(x.ctx, keysOf(want[0]).suspensionCurrent(), "created_at").Err())
		got, err := b.LongestSuspended(x.ctx, 9)
		x.must(err)
		if len(got.Rows) != 3 || got.Rows[2].ID != want[0] {
			t.Errorf("one that does not say since when comes last: %+v", got.Rows)
		}
	})
}

func TestOrphanedLeasesAreThoseThatNobodyTookOver(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.working()
		expired, revoked := x.working(), x.working()
		x.expireLease(expired.ExecutionID)
		_, err := b.RevokeLease(x.ctx, revoked.ExecutionID, "", "test")
		x.must(err)
		x.must(b.rdb.ZAdd(x.ctx, keysOf(expired.ExecutionID).partition().leaseExpiry(), redis.Z{Score: 1, Member: string(expired.ExecutionID)}).Err())
		x.depthsOf()
		got, err := b.OrphanedLeases(x.ctx, 9)
		x.must(err)
		owners := map[engine.ExecutionID]engine.OwnershipState{}
		for _, r := range got.Rows {
			owners[r.ID] = r.Ownership
		}
		if len(owners) != 2 || owners[expired.ExecutionID] != engine.OwnerExpired || owners[revoked.ExecutionID] != engine.OwnerRevoked {
			t.Errorf("orphans %v", owners)
		}
	})
}

func TestAFlowWithAFailedMemberFails(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		fine, bad := x.newFlow(), x.newFlow()
		for _, flow := range []engine.FlowID{fine, bad} {
			for range 2 {
				id := x.submit(inFlow(x, flow))
				x.join(flow, id)
				if flow == bad {
					_, err := b.Fail(x.ctx, x.claim(id), engine.Failure{})
					x.must(err)
				}
			}
		}
		x.depthsOf()
		for range 2 { // with and without what was found before
			got, err := b.FailingFlows(x.ctx, 9)
			x.must(err)
			if len(got.Rows) != 1 || got.Rows[0].ID != bad || !got.Whole() {
				t.Errorf("failing %+v", got)
			}
		}
	})
}

// A look at a deployment that holds something in every index must cost about what one at a small one does.
func TestTheFirstScreenCostsLittleHoweverLargeTheDeployment(t *testing.T) {
	for _, partitions := range []uint16{4, 256} {
		t.Run(strconv.Itoa(int(partitions)), func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				x := newBench(t, b)
				withFlowPartitions(b, partitions)
				_, err := b.rdb.Pipelined(x.ctx, func(p redis.Pipeliner) error {
					for partition := range b.Partitions().FlowPartitions() {
						k := partitionKeys(partition)
						for _, idx := range engine.LaneIndexes() {
							p.ZAdd(x.ctx, k.lane("default", idx), redis.Z{Score: 1, Member: "x"})
						}
						p.ZAdd(x.ctx, k.leaseExpiry(), redis.Z{Score: 1, Member: "x"})
					}
					return nil
				})
				x.must(err)
				for range partitions {
					x.depthsOf()
				}
				looks := map[string]func() error{
					"ended":     func() error { return second(b.Ended(x.ctx)) },
					"suspended": func() error { return second(b.LongestSuspended(x.ctx, 12)) },
					"orphaned":  func() error { return second(b.OrphanedLeases(x.ctx, 12)) },
					"failing":   func() error { return second(b.FailingFlows(x.ctx, 12)) },
				}
				for name, look := range looks {
					for range 16 { // the first looks are larger
						x.must(look())
					}
					count := &commandCount{}
					b.rdb.AddHook(count)
					x.must(look())
					if count.n > 110 || count.trips > 6 {
						t.Errorf("%s: %d commands in %d round trips", name, count.n, count.trips)
					}
				}
			})
		})
	}
}
