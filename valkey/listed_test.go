package valkey

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/valkey/embedded"
)

// lookCosts is what one look at a list may cost the server, in commands, when it has been looked at before: with it on the screen every
// other second that is 50 a second with the header's.
const lookCosts = 75

// onRealServer is for what takes a filled deployment: under the race detector the in-process server takes its time with one.
func onRealServer(t *testing.T, test func(t *testing.T, b *Backend)) {
	t.Helper()
	needServer(t)
	test(t, newDeployment(t, ownServer(t, embedded.Options{})))
}

func TestALookAtAListCostsLittleHoweverManyPartitionsThereAre(t *testing.T) {
	onRealServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flush(t, b)
		plan := Fill{Executions: 1500, Flows: 300, Partitions: engine.PartitionConfig{Flow: 256, Budget: 2, Quota: 2}, Lanes: testBoot().Lanes, Seed: 7}
		_, err := b.Fill(x.ctx, plan)
		x.must(err)
		looks := map[string]func(ctx context.Context) error{
			"flows": func(ctx context.Context) error {
				_, err := b.FlowRows(ctx, engine.FlowQuery{Limit: 500})
				return err
			},
			"suspended": func(ctx context.Context) error {
				_, err := b.SuspendedRows(ctx, 500)
				return err
			},
			"streams": func(ctx context.Context) error {
				_, err := b.StreamRows(ctx, nil, 200)
				return err
			},
			"leases": func(ctx context.Context) error {
				_, err := b.Leases(ctx, engine.LeasesHeld, 300)
				return err
			},
			"active of a lane": func(ctx context.Context) error {
				_, err := b.LaneExecutions(ctx, engine.DefaultLane, engine.IndexActive, 200)
				return err
			},
			"executions": func(ctx context.Context) error {
				_, err := b.SearchExecutions(ctx, engine.ExecutionQuery{States: []engine.PublicState{engine.StateActive}}, "", 30)
				return err
			},
		}
		for name, look := range looks {
			for range 30 { // until nothing is left to be read for the first time
				x.must(look(engine.WithTurns(x.ctx, new(engine.Turns))))
			}
			count := &commandCount{}
			b.rdb.AddHook(count)
			x.must(look(engine.WithTurns(x.ctx, new(engine.Turns))))
			if count.n > lookCosts {
				t.Errorf("%s: %d commands", name, count.n)
			}
			t.Logf("%s: %d commands in %d round trips", name, count.n, count.trips)
		}
	})
}

func TestTheFirstLookAtTheStreamsOfManyLeasesIsAtSomeOfThem(t *testing.T) {
	onRealServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flush(t, b)
		_, err := b.Fill(x.ctx, Fill{Executions: 3000, Flows: 1, Partitions: testPartitions, Lanes: testBoot().Lanes, Seed: 7})
		x.must(err)
		for p := range b.Partitions().FlowPartitions() {
			part := partitionKeys(p)
			executions, err := x.rdb.SMembers(x.ctx, part.allExecutions()).Result()
			x.must(err)
			for i, id := range executions {
				x.must(x.rdb.ZAdd(x.ctx, part.leaseExpiry(), redis.Z{Score: float64(i), Member: id}).Err())
			}
		}
		count := &commandCount{}
		b.rdb.AddHook(count)
		look := func() int {
			before := count.n
			_, err := b.StreamRows(engine.WithTurns(x.ctx, new(engine.Turns)), nil, 100)
			x.must(err)
			return count.n - before
		}
		if first, then := look(), look(); first > 4*firstStreamsConsidered || then < 2*firstStreamsConsidered {
			t.Errorf("%d commands at first, then %d", first, then)
		}
	})
}

func TestFlowsReadByTurnsAreThoseReadAtOnce(t *testing.T) {
	onRealServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flush(t, b)
		_, err := b.Fill(x.ctx, Fill{Executions: 500, Flows: 90, Partitions: testPartitions, Lanes: testBoot().Lanes, Seed: 7})
		x.must(err)
		whole, err := b.FlowRows(x.ctx, engine.FlowQuery{Limit: 60})
		x.must(err)
		var turned engine.FlowRows
		for range 2 { // read for the first time, and what is kept
			turned, err = b.FlowRows(engine.WithTurns(x.ctx, new(engine.Turns)), engine.FlowQuery{Limit: 60})
			x.must(err)
			if turned.Unread > 0 || !turned.Whole() || turned.Total != whole.Total || len(turned.Rows) != len(whole.Rows) {
				t.Fatalf("%d rows of %d, %d unread, looked %+v; want %d of %d", len(turned.Rows), turned.Total, turned.Unread, turned.Looked,
					len(whole.Rows), whole.Total)
			}
			for i := range whole.Rows {
				if !reflect.DeepEqual(turned.Rows[i], whole.Rows[i]) {
					t.Errorf("row %d is %+v, want %+v", i, turned.Rows[i], whole.Rows[i])
				}
			}
		}
	})
}

func TestAFlowIsListedByTurnsAsSoonAsItIsThere(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		listed := func(want engine.FlowID, flows int) engine.FlowRow {
			t.Helper()
			rows, err := b.FlowRows(engine.WithTurns(f.ctx, new(engine.Turns)), engine.FlowQuery{Limit: 9})
			f.must(err)
			at := slices.IndexFunc(rows.Rows, func(r engine.FlowRow) bool { return r.ID == want })
			if at < 0 || len(rows.Rows) != flows {
				t.Fatalf("listed %+v", rows)
			}
			return rows.Rows[at]
		}
		listed(f.flow, 1)
		second := newFlowBench(t, b)
		member := second.member()
		listed(second.flow, 2)
		second.succeed(member, "out")
		if row := listed(second.flow, 2); row.ByState[engine.StateCompleted] != 1 {
			t.Errorf("row %+v", row)
		}
	})
}

func TestTheHeadOfAFlowCostsTheSameWhateverItsSize(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		f.members(12)
		count := &commandCount{}
		b.rdb.AddHook(count)
		head, err := b.FlowHead(f.ctx, f.flow)
		f.must(err)
		if head == nil || head.Nodes != 12 || count.n != 2 || count.trips != 1 {
			t.Errorf("%+v by %d commands in %d round trips", head, count.n, count.trips)
		}
		if gone, err := b.FlowHead(f.ctx, engine.NewFlowID()); gone != nil || err != nil {
			t.Errorf("of none: %+v, %v", gone, err)
		}
	})
}
