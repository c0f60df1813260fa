package valkey

import (
	"context"
	"slices"
	"strings"

	"ffboard/engine"
)

const (
	leasesCounted  = 300 // of all leases, to tell who holds how many
	mostRegistered = 500 // registered workers that are read
	mostNamespaces = 64
)

// WorkerRows looks for workers in the namespaces of the executions met so far, since nothing lists namespaces (spec 06 §12.10). The
// empty one is always looked at: workers of library version 26 name none.
func (b *Backend) WorkerRows(ctx context.Context) (engine.WorkerRows, error) {
	const op = "workers"
	b.searchLanes(ctx) // meets namespaces as well
	now, err := b.ServerTime(ctx)
	if err != nil {
		return engine.WorkerRows{}, err
	}
	all := engine.WorkerRows{At: now}
	leases, err := b.firstLeases(ctx, leasesCounted)
	if err != nil {
		return all, err
	}
	held := leases.Rows
	all.Leases, all.Counted = leases.Total, len(held)
	for i := range held {
		b.sawNamespace(held[i].Namespace)
	}
	all.Namespaces = b.namespaces()
	for _, ns := range all.Namespaces {
		refs, err := b.workerRefs(ctx, op, ns)
		if err != nil {
			return all, err
		}
		room := max(mostRegistered-len(all.Rows), 0)
		if len(refs) > room {
			all.More += len(refs) - room
			refs = refs[:room]
		}
		for batch := range slices.Chunk(refs, workersPerRoundTrip) {
			rows, err := b.readWorkerRows(ctx, op, ns, batch)
			if err != nil {
				return all, err
			}
			all.Rows = append(all.Rows, rows...)
		}
	}
	all.Rows = withHolders(all.Rows, held)
	return all, nil
}

// withHolders counts leases to their workers, and adds workers that are known by them alone.
func withHolders(rows []engine.WorkerRow, held []engine.ExecutionRow) []engine.WorkerRow {
	at := map[engine.WorkerInstanceID][]int{}
	for i := range rows {
		at[rows[i].Instance] = append(at[rows[i].Instance], i)
	}
	for i := range held {
		lease := &held[i]
		if lease.WorkerInstance == "" {
			continue
		}
		places := at[lease.WorkerInstance]
		if len(places) == 0 {
			rows = append(rows, engine.WorkerRow{Worker: engine.Worker{
				ID: lease.Worker, Instance: lease.WorkerInstance, Namespace: lease.Namespace, Lanes: []engine.LaneID{lease.Lane},
			}})
			places = []int{len(rows) - 1}
			at[lease.WorkerInstance] = places
		}
		w := &rows[places[0]]
		for _, place := range places { // one id in several namespaces: the lease belongs to that of the execution
			if rows[place].Namespace == lease.Namespace {
				w = &rows[place]
			}
		}
		w.Leases++
		if w.SoonestExpiry.IsZero() || lease.LeaseExpiresAt.Before(w.SoonestExpiry) {
			w.SoonestExpiry = lease.LeaseExpiresAt
		}
		if !w.Registered && !slices.Contains(w.Lanes, lease.Lane) {
			w.Lanes = append(w.Lanes, lease.Lane)
		}
	}
	return rows
}

// sawNamespace remembers a namespace met in a record.
func (b *Backend) sawNamespace(ns engine.Namespace) { b.namespacesSeen.LoadOrStore(ns, struct{}{}) }

// namespaces are those met so far, the empty one first.
func (b *Backend) namespaces() []engine.Namespace {
	b.sawNamespace("")
	var all []engine.Namespace
	b.namespacesSeen.Range(func(ns, _ any) bool {
		all = append(all, ns.(engine.Namespace))
		return true
	})
	slices.SortFunc(all, func(x, y engine.Namespace) int { return strings.Compare(string(x), string(y)) })
	return all[:min(len(all), mostNamespaces)]
}
