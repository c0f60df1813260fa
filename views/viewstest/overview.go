package viewstest

import (
	"context"
	"time"

	"ffboard/engine"
)

// Overview is what the fake engine answers on the first screen.
type Overview struct {
	Ended    engine.Ended
	Long     engine.LongSuspended
	Orphaned engine.OrphanedLeases
	Failing  engine.FailingFlows
}

func (e *Engine) Ended(context.Context) (engine.Ended, error) {
	e.Lock()
	defer e.Unlock()
	return e.Overview.Ended, e.record("Ended")
}

func (e *Engine) LongestSuspended(_ context.Context, limit int) (engine.LongSuspended, error) {
	e.Lock()
	defer e.Unlock()
	return e.Overview.Long, e.record("LongestSuspended", limit)
}

func (e *Engine) OrphanedLeases(_ context.Context, limit int) (engine.OrphanedLeases, error) {
	e.Lock()
	defer e.Unlock()
	return e.Overview.Orphaned, e.record("OrphanedLeases", limit)
}

func (e *Engine) FailingFlows(_ context.Context, limit int) (engine.FailingFlows, error) {
	e.Lock()
	defer e.Unlock()
	return e.Overview.Failing, e.record("FailingFlows", limit)
}

// overlook fills in what the first screen shows: orphans, one of them revoked, and flows in trouble.
func overlook(e *Engine) {
	whole := engine.Looked{At: 16, Of: 16}
	e.Overview.Ended = engine.Ended{Looked: whole,
		ByLane: map[engine.LaneID]engine.EndedLately{
			"default": {Lately: 42, Minute: 251}, "agents": {Lately: 0, Minute: 7},
		},
		Outcomes: map[engine.TerminalOutcome]int{engine.OutcomeSuccess: 29, engine.OutcomeFailed: 2, engine.OutcomeCancelled: 1},
	}
	e.Overview.Long = engine.LongSuspended{Looked: whole, Rows: e.Suspended.Rows}
	for i, owner := range []engine.OwnershipState{engine.OwnerExpired, engine.OwnerRevoked, engine.OwnerLeased} {
		r := engine.ExecutionRow{
			ID: ExecutionID(300 + i), Lane: "agents", Namespace: "prod", Kind: "embed", State: engine.StateActive, Phase: engine.PhaseActive,
			Ownership: owner, Worker: "crawler", WorkerInstance: "crawler-7f9c", TotalAttempts: 1, Progress: -1,
			CreatedAt: ago(time.Hour), LeaseExpiresAt: ago(time.Duration(9-3*i) * time.Minute), LastMutationAt: ago(10 * time.Minute),
		}
		e.Overview.Orphaned.Rows = append(e.Overview.Orphaned.Rows, r)
	}
	e.Overview.Orphaned.Looked = engine.Looked{At: 2, Of: 2}
	e.Overview.Failing.Looked = whole
	for _, r := range e.FlowList.Rows {
		if r.Derived == engine.FlowFailed || r.ByState[engine.StateFailed] > 0 {
			e.Overview.Failing.Rows = append(e.Overview.Failing.Rows, r)
		}
	}
}
