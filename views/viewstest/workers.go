package viewstest

import (
	"context"
	"time"

	"ffboard/engine"
)

func (e *Engine) WorkerRows(context.Context) (engine.WorkerRows, error) {
	e.Lock()
	defer e.Unlock()
	return e.WorkerList, e.record("WorkerRows")
}

func (e *Engine) WorkerLeases(_ context.Context, instance engine.WorkerInstanceID, limit int) (engine.LeaseRows, error) {
	e.Lock()
	defer e.Unlock()
	var held engine.LeaseRows
	for _, r := range e.Leased[engine.LeasesHeld].Rows {
		if r.WorkerInstance == instance {
			held.Rows = append(held.Rows, r)
		}
	}
	held.Total = len(held.Rows)
	return held, e.record("WorkerLeases", instance, limit)
}

func (e *Engine) Leases(_ context.Context, kind engine.LeaseKind, limit int) (engine.LeaseRows, error) {
	e.Lock()
	defer e.Unlock()
	return e.Leased[kind], e.record("Leases", kind, limit)
}

// work cans workers in every standing, and leases of every kind.
func work(e *Engine) {
	worker := func(instance string, leases int, change func(w *engine.WorkerRow)) engine.WorkerRow {
		w := engine.WorkerRow{Registered: true, Recorded: true, Leases: leases, Worker: engine.Worker{
			ID: "pool", Instance: engine.WorkerInstanceID(instance), Namespace: "prod", Lanes: []engine.LaneID{"default", "agents"},
			Capabilities: []string{"cuda", "ffmpeg"}, LivenessTTL: 30 * time.Second, RegisteredAt: ago(5 * time.Hour),
			LastHeartbeat: ago(4 * time.Second), Alive: true,
		}}
		if leases > 0 {
			w.SoonestExpiry = in(12 * time.Second)
		}
		change(&w)
		return w
	}
	e.WorkerList = engine.WorkerRows{At: Now, Namespaces: []engine.Namespace{"", "prod"}, Leases: 900, Counted: 300, Rows: []engine.WorkerRow{
		worker("pool-1-a", 3, func(*engine.WorkerRow) {}),
		worker("pool-1-b", 0, func(w *engine.WorkerRow) { w.LastHeartbeat = ago(24 * time.Second) }),
		worker("pool-2-a", 2, func(w *engine.WorkerRow) {
			w.Alive, w.LastHeartbeat, w.SoonestExpiry = false, ago(3*time.Minute), ago(20*time.Second)
		}),
		worker("pool-2-b", 0, func(w *engine.WorkerRow) {
			w.Alive, w.Recorded, w.Worker = false, false, engine.Worker{Instance: "pool-2-b", Namespace: "prod"}
		}),
		worker("old-1", 0, func(w *engine.WorkerRow) {
			w.Generation26, w.LastHeartbeat, w.RegisteredAt, w.LivenessTTL, w.Namespace = true, time.Time{}, time.Time{}, 0, ""
		}),
		worker("stranger", 1, func(w *engine.WorkerRow) {
			w.Registered, w.Recorded, w.Alive = false, false, false
			w.LastHeartbeat, w.RegisteredAt, w.LivenessTTL, w.Capabilities = time.Time{}, time.Time{}, 0, nil
		}),
		worker("caf\u00e9 \x1b[1m", 0, func(w *engine.WorkerRow) {
			w.Malformed = []engine.FieldError{{Field: "ttl_ms", Value: "soon", Problem: "not a number"}}
		}),
	}}
	lease := func(n int, ownership engine.OwnershipState, until time.Time) engine.ExecutionRow {
		return engine.ExecutionRow{
			ID: ExecutionID(n), Lane: "default", Namespace: "prod", Kind: "embed", State: engine.StateActive, Phase: engine.PhaseActive,
			Ownership: ownership, Worker: "pool", WorkerInstance: "pool-1-a", LeaseExpiresAt: until, CreatedAt: ago(time.Hour),
			LastMutationAt: ago(time.Minute), TotalAttempts: 1, Progress: -1,
		}
	}
	e.Leased = map[engine.LeaseKind]engine.LeaseRows{
		engine.LeasesHeld: {Total: 900, Rows: []engine.ExecutionRow{
			lease(1, engine.OwnerLeased, in(12*time.Second)), lease(2, engine.OwnerLeased, in(20*time.Second)), lease(3, engine.OwnerLeased, in(40*time.Second)),
		}},
		engine.LeasesExpired: {Total: 2, Rows: []engine.ExecutionRow{
			lease(4, engine.OwnerExpired, ago(5*time.Minute)), {ID: "no id", Progress: -1, Malformed: []engine.FieldError{{Field: "execution_id", Problem: "not a valid id"}}},
		}},
		engine.LeasesRevoked: {Total: 1, Rows: []engine.ExecutionRow{lease(5, engine.OwnerRevoked, in(time.Minute))}},
	}
}
