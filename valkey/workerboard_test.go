package valkey

import (
	"slices"
	"testing"
	"time"

	"ffboard/engine"
)

func (x bench) workers() map[engine.WorkerInstanceID]engine.WorkerRow {
	x.Helper()
	all, err := x.WorkerRows(x.ctx)
	x.must(err)
	rows := map[engine.WorkerInstanceID]engine.WorkerRow{}
	for _, w := range all.Rows {
		rows[w.Instance] = w
	}
	if len(rows) != len(all.Rows) {
		x.Errorf("some are listed twice: %+v", all.Rows)
	}
	return rows
}

func (x bench) leases(kind engine.LeaseKind, limit int) engine.LeaseRows {
	x.Helper()
	rows, err := x.Leases(x.ctx, kind, limit)
	x.must(err)
	return rows
}

func idsOf(rows []engine.ExecutionRow) []engine.ExecutionID {
	var ids []engine.ExecutionID
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestWorkersOfAllNamespacesAndGenerationsAreListed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		held := x.claim(x.submit())
		ns := engine.Namespace(x.core(held.ExecutionID, "namespace"))
		for _, w := range []engine.Worker{
			{ID: "w", Instance: "alive", Namespace: ns, Lanes: []engine.LaneID{"default"}, LivenessTTL: time.Minute},
			{ID: "w", Instance: "dead", Namespace: ns, Lanes: []engine.LaneID{"default"}, LivenessTTL: time.Minute},
			{ID: "w", Instance: "silent", Namespace: ns, Lanes: []engine.LaneID{"default"}, LivenessTTL: time.Minute},
		} {
			_, err := b.RegisterWorker(x.ctx, w)
			x.must(err)
		}
		x.must(b.rdb.Del(x.ctx, keyWorkerAlive(ns, "dead"), keyWorkerCaps(ns, "dead"), keyWorkerAlive(ns, "silent")).Err())
		x.must(b.rdb.SAdd(x.ctx, keyOldWorkerIndex, "old").Err())
		x.must(b.rdb.Set(x.ctx, keyOldWorkerCaps("old"), "cuda", 0).Err())

		rows := x.workers()
		if w := rows["alive"]; !w.Registered || !w.Recorded || !w.Alive || w.Namespace != ns || w.Leases != 0 {
			t.Errorf("alive: %+v", w)
		}
		if w := rows["dead"]; !w.Registered || w.Recorded || w.Alive {
			t.Errorf("dead: %+v", w)
		}
		if w := rows["silent"]; !w.Recorded || w.Alive {
			t.Errorf("silent: %+v", w)
		}
		if w := rows["old"]; !w.Generation26 || !w.Recorded || len(w.Capabilities) != 1 {
			t.Errorf("of generation 26: %+v", w)
		}
		w := rows[held.WorkerInstance]
		if w.Registered || w.Leases != 1 || w.SoonestExpiry.IsZero() || !slices.Equal(w.Lanes, []engine.LaneID{held.Lane}) {
			t.Errorf("never registered: %+v", w)
		}
		_, err := b.RegisterWorker(x.ctx, engine.Worker{ID: "w", Instance: held.WorkerInstance, Namespace: ns, Lanes: []engine.LaneID{"default"}, LivenessTTL: time.Minute})
		x.must(err)
		if w := x.workers()[held.WorkerInstance]; !w.Registered || w.Leases != 1 {
			t.Errorf("registered since: %+v", w)
		}
	})
}

func TestLeasesAreToldApartByWhatBecameOfThem(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		running, expired, revoked := x.claim(x.submit()), x.claim(x.submit()), x.claim(x.submit())
		x.expireLease(expired.ExecutionID)
		index := partitionKeys(expired.ExecutionID.Partition()).leaseExpiry()
		x.must(b.rdb.ZAdd(x.ctx, index, zAt(x.now().Add(-time.Second), expired.ExecutionID)).Err())
		_, err := b.RevokeLease(x.ctx, revoked.ExecutionID, "", "test")
		x.must(err)
		for kind, want := range map[engine.LeaseKind]engine.Handle{
			engine.LeasesHeld: running, engine.LeasesExpired: expired, engine.LeasesRevoked: revoked,
		} {
			got := x.leases(kind, 10)
			if got.Total != 1 || !slices.Equal(idsOf(got.Rows), []engine.ExecutionID{want.ExecutionID}) {
				t.Errorf("%s: %+v", kind, got)
			}
		}
	})
}

func TestTheLeasesThatRunOutSoonestStandFirst(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		withFlowPartitions(b, 64)
		now := x.now()
		var want []engine.ExecutionID
		flow := engine.NewFlowID()
		for i := range 60 { // most on one partition
			id := b.Partitions().NewFlowMember(flow)
			if i%6 == 0 {
				id = b.Partitions().NewFlowMember(engine.NewFlowID())
			}
			want = append(want, id)
			x.must(b.rdb.ZAdd(x.ctx, partitionKeys(id.Partition()).leaseExpiry(), zAt(now.Add(time.Minute+time.Duration(i)*time.Second), id)).Err())
		}
		x.must(b.rdb.ZAdd(x.ctx, partitionKeys(want[0].Partition()).leaseExpiry(), zAt(now.Add(-time.Minute), "no id")).Err())
		got := x.leases(engine.LeasesHeld, 50)
		if got.Total != 60 || !slices.Equal(idsOf(got.Rows), want[:50]) {
			t.Errorf("%d: %v, want %v", got.Total, idsOf(got.Rows), want[:50])
		}
		if got := x.leases(engine.LeasesExpired, 50); got.Total != 1 || len(got.Rows[0].Malformed) == 0 {
			t.Errorf("what can be no id: %+v", got)
		}
	})
}

func TestTheLeasesOfOneWorkerAreReadFromAllPartitionsAndBounded(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		instance := x.claim(x.submit()).WorkerInstance
		for range 3 {
			flow := x.newFlow()
			id := x.submit(inFlow(x, flow))
			x.join(flow, id)
			x.claim(id)
		}
		all, err := b.WorkerLeases(x.ctx, instance, 10)
		x.must(err)
		if all.Total != 4 || len(all.Rows) != 4 || !slices.IsSortedFunc(all.Rows, func(a, b engine.ExecutionRow) int { return a.LeaseExpiresAt.Compare(b.LeaseExpiresAt) }) {
			t.Errorf("%+v", all)
		}
		some, err := b.WorkerLeases(x.ctx, instance, 2)
		x.must(err)
		if some.Total != 4 || len(some.Rows) != 2 {
			t.Errorf("bounded: %+v", some)
		}
		none, err := b.WorkerLeases(x.ctx, "nobody", 10)
		x.must(err)
		if none.Total != 0 || len(none.Rows) != 0 {
			t.Errorf("of nobody: %+v", none)
		}
	})
}
