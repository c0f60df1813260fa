package valkey

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// workersPerRoundTrip is how many registry entries one pipeline reads.
const workersPerRoundTrip = 200

// ListWorkers lists the registered instances of a namespace by id (spec 03d §12.3). Entries whose record has lapsed take no room on
// a page. The empty namespace also lists workers of library version 26, whose keys name none.
func (b *Backend) ListWorkers(ctx context.Context, ns engine.Namespace, after engine.WorkerInstanceID, limit int) (engine.Page[engine.Worker, engine.WorkerInstanceID], error) {
	const op = "list_workers"
	var page engine.Page[engine.Worker, engine.WorkerInstanceID]
	if limit <= 0 {
		return page, nil
	}
	refs, err := b.workerRefs(ctx, op, ns)
	if err != nil {
		return page, err
	}
	refs = slices.DeleteFunc(refs, func(r workerRef) bool { return r.instance <= after })
	for len(refs) > 0 {
		batch := refs[:min(len(refs), workersPerRoundTrip)]
		refs = refs[len(batch):]
		workers, err := b.readWorkers(ctx, op, ns, batch)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, workers...)
		if len(page.Items) > limit {
			page.Items = page.Items[:limit]
			page.Next = page.Items[limit-1].Instance
			return page, nil
		}
	}
	return page, nil
}

// workerRef is an indexed instance; old marks one of library version 26.
type workerRef struct {
	instance engine.WorkerInstanceID
	old      bool
}

// Keys of library version 26 (spec 03d §12.1).
const keyOldWorkerIndex = "ff:idx:workers"

func keyOldWorkerCaps(inst engine.WorkerInstanceID) string {
	return "ff:worker:" + string(inst) + ":caps"
}

func keyOldWorkerAlive(inst engine.WorkerInstanceID) string {
	return "ff:worker:" + string(inst) + ":alive"
}

// workerRefs reads the whole index, sorted; it holds as many ids as there ever were workers.
func (b *Backend) workerRefs(ctx context.Context, op string, ns engine.Namespace) ([]workerRef, error) {
	var refs []workerRef
	read := func(key string, old bool) error {
		members := b.rdb.SScan(ctx, key, 0, "", 100).Iterator()
		for members.Next(ctx) {
			refs = append(refs, workerRef{engine.WorkerInstanceID(members.Val()), old})
		}
		return transport(op, members.Err())
	}
	if err := read(keyWorkerIndex(ns), false); err != nil {
		return nil, err
	}
	if ns == "" {
		if err := read(keyOldWorkerIndex, true); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(refs, func(a, b workerRef) int {
		switch {
		case a.instance != b.instance:
			return strings.Compare(string(a.instance), string(b.instance))
		case a.old == b.old:
			return 0
		case b.old:
			return -1
		default:
			return 1
		}
	})
	return slices.CompactFunc(refs, func(a, b workerRef) bool { return a.instance == b.instance }), nil
}

// readWorkers reads entries in one round trip; those without a record are left out.
func (b *Backend) readWorkers(ctx context.Context, op string, ns engine.Namespace, refs []workerRef) ([]engine.Worker, error) {
	rows, err := b.readWorkerRows(ctx, op, ns, refs)
	var workers []engine.Worker
	for i := range rows {
		if rows[i].Recorded {
			workers = append(workers, rows[i].Worker)
		}
	}
	return workers, err
}

// readWorkerRows reads entries in one round trip, with a record or without.
func (b *Backend) readWorkerRows(ctx context.Context, op string, ns engine.Namespace, refs []workerRef) ([]engine.WorkerRow, error) {
	reads := make([]workerReads, len(refs))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, ref := range refs {
			reads[i] = queueWorker(ctx, p, ns, ref)
		}
	})
	if err != nil {
		return nil, err
	}
	rows := make([]engine.WorkerRow, len(refs))
	for i, ref := range refs {
		row := &rows[i]
		row.Registered, row.Generation26 = true, ref.old
		row.Worker, row.Recorded = reads[i].decode(ns, ref)
	}
	return rows, nil
}

// workerReads are the reads of one registry entry, queued in a pipeline.
type workerReads struct {
	caps  *redis.MapStringStringCmd
	csv   *redis.StringCmd // of library version 26
	alive *redis.IntCmd
}

func queueWorker(ctx context.Context, p redis.Pipeliner, ns engine.Namespace, ref workerRef) workerReads {
	if ref.old {
		return workerReads{csv: p.Get(ctx, keyOldWorkerCaps(ref.instance)), alive: p.Exists(ctx, keyOldWorkerAlive(ref.instance))}
	}
	return workerReads{caps: p.HGetAll(ctx, keyWorkerCaps(ns, ref.instance)), alive: p.Exists(ctx, keyWorkerAlive(ns, ref.instance))}
}

// decode makes a worker of the reads; found is false for an entry without a record.
func (r workerReads) decode(ns engine.Namespace, ref workerRef) (w engine.Worker, found bool) {
	w = engine.Worker{Instance: ref.instance, Namespace: ns, Alive: r.alive.Val() > 0}
	if !ref.old {
		found = decodeWorker(&w, readWholeHash(r.caps))
		return w, found
	}
	w.Capabilities = engine.ParseCapabilityCSV(r.csv.Val())
	return w, r.csv.Err() == nil
}

// decodeWorker is false when there is no record.
func decodeWorker(w *engine.Worker, r *record) bool {
	if r.empty() && len(r.bad) == 0 {
		return false
	}
	w.ID = engine.WorkerID(r.text("worker_id"))
	for _, lane := range splitList(r.text("lanes_csv")) {
		w.Lanes = append(w.Lanes, engine.LaneID(lane))
	}
	w.Capabilities = engine.ParseCapabilityCSV(r.text("caps_csv"))
	w.LivenessTTL = time.Duration(r.number("ttl_ms", 0)) * time.Millisecond
	w.RegisteredAt = r.time("registered_at_ms")
	w.LastHeartbeat = r.time("last_heartbeat_ms")
	if w.LastHeartbeat.IsZero() {
		w.LastHeartbeat = w.RegisteredAt
	}
	w.Malformed = r.bad
	return true
}
