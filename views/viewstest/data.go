package viewstest

import (
	"fmt"
	"time"

	"ffboard/engine"
)

// ago and in are times around Now.
func ago(d time.Duration) time.Time { return Now.Add(-d) }
func in(d time.Duration) time.Time  { return Now.Add(d) }

// FlowID is the n-th canned flow's id.
func FlowID(n int) engine.FlowID {
	return engine.FlowID(fmt.Sprintf("%08x-5a1e-4f00-8a00-%012x", 0x0f10a000+n, n))
}

// ExecutionID is the n-th canned execution's id.
func ExecutionID(n int) engine.ExecutionID {
	return engine.ExecutionID(fmt.Sprintf("{fp:%d}:%08x-e4ec-4a00-9b00-%012x", n%16, 0xe0000000+n*0x1357, n))
}

// Canned is an engine with a small deployment in it: three lanes, a dozen flows, one of them (FlowID(0)) with a graph of seven
// members, suspended executions, and streams.
func Canned() *Engine {
	e := New()
	e.Deployed = engine.Deployment{
		Address: "127.0.0.1:6379", ServerVersion: "8.0.1", ServerName: "valkey", Nodes: 1, LibraryVersion: "34", Ours: true,
		Partitions: engine.PartitionConfig{Flow: 16, Budget: 4, Quota: 4}, PartitionsSet: true,
		Lanes: []engine.LaneID{"default", "agents", "billing"},
	}
	e.Counted = CannedDepths()
	e.Checked = CannedCheckup()
	work(e)
	limit(e)
	detail := CannedFlow()
	e.FlowsByID = map[engine.FlowID]*engine.FlowDetail{detail.Flow.ID: detail}
	e.FlowList = CannedFlows()
	e.LaneRows = map[engine.LaneIndex][]engine.ExecutionRow{}
	for _, r := range CannedRows() {
		e.LaneRows[indexOf(r.State)] = append(e.LaneRows[indexOf(r.State)], r)
	}
	suspend(e)
	stream(e)
	overlook(e)
	e.Executions = map[engine.ExecutionID]*engine.ExecutionDetail{}
	for _, r := range CannedRows() {
		e.Executions[r.ID] = cannedExecution(e, r)
	}
	e.Edges = map[engine.ExecutionID]*engine.ExecutionEdges{}
	for _, r := range detail.Members {
		e.Edges[r.ID] = edgesAround(detail, r)
	}
	return e
}

// CannedDepths counts three lanes, one of them not registered.
func CannedDepths() engine.Depths {
	return engine.Depths{
		Lanes: []engine.LaneDepth{
			{Lane: "default", Registered: true, ByIndex: map[engine.LaneIndex]int{
				engine.IndexEligible: 128, engine.IndexActive: 16, engine.IndexSuspended: 3, engine.IndexDelayed: 7,
				engine.IndexBlockedDependencies: 42, engine.IndexTerminal: 91_204}},
			{Lane: "agents", Registered: true, ByIndex: map[engine.LaneIndex]int{
				engine.IndexEligible: 2, engine.IndexActive: 4, engine.IndexSuspended: 12, engine.IndexBlockedBudget: 5,
				engine.IndexBlockedQuota: 1, engine.IndexBlockedRoute: 2, engine.IndexTerminal: 811}},
			{Lane: "billing-nightly", ByIndex: map[engine.LaneIndex]int{
				engine.IndexEligible: 9, engine.IndexBlockedOperator: 1}},
		},
		Overdue: map[engine.DueIndex]int{engine.DueLeaseExpiry: 2},
		At:      ago(time.Second), Covered: 16, Of: 16,
	}
}

// CannedRows are executions in every state.
func CannedRows() []engine.ExecutionRow {
	kinds := []string{"fetch", "summarise", "embed", "charge_card", "notify"}
	lanes := []engine.LaneID{"default", "agents", "billing-nightly"}
	var rows []engine.ExecutionRow
	for i, s := range append(engine.PublicStates(), engine.StateActive, engine.StateSuspended, engine.StateWaiting, engine.StateFailed) {
		r := engine.ExecutionRow{
			ID: ExecutionID(100 + i), Lane: lanes[i%len(lanes)], Namespace: "prod", Kind: kinds[i%len(kinds)], State: s,
			Priority: i * 10, TotalAttempts: 1, CreatedAt: ago(time.Duration(i+1) * 7 * time.Minute),
			LastMutationAt: ago(time.Duration(i+1) * 11 * time.Second), Progress: -1,
		}
		dress(&r)
		rows = append(rows, r)
	}
	rows[1].Malformed = []engine.FieldError{{Field: "priority", Value: "high", Problem: "not a number"}}
	return rows
}

// dress gives a row what an execution in its state has.
func dress(r *engine.ExecutionRow) {
	r.Phase, r.Ownership, r.Outcome = engine.PhaseRunnable, engine.OwnerNone, engine.OutcomeNone
	switch {
	case r.State == engine.StateActive:
		r.Phase, r.Ownership = engine.PhaseActive, engine.OwnerLeased
		r.Worker, r.WorkerInstance = "crawler", "crawler-7f9c"
		r.LeaseExpiresAt, r.StartedAt = in(21*time.Second), ago(9*time.Second)
		r.Progress, r.ProgressMessage = 40, "page 4 of 10"
	case r.State == engine.StateSuspended:
		r.Phase, r.BlockingReason, r.StartedAt = engine.PhaseSuspended, engine.WaitingForApproval, ago(time.Hour)
	case r.State == engine.StateWaiting:
		r.BlockingReason = engine.WaitingForWorker
	case r.State == engine.StateDelayed:
		r.BlockingReason, r.DelayUntil = engine.WaitingForRetryBackoff, in(95*time.Second)
		r.RetryCount = 2
	case r.State == engine.StateRateLimited:
		r.BlockingReason, r.BlockingDetail = engine.WaitingForBudget, "tokens-per-day"
	case r.State == engine.StateWaitingChildren:
		r.BlockingReason = engine.WaitingForChildren
	case r.State.Terminal():
		r.Phase, r.StartedAt, r.CompletedAt = engine.PhaseTerminal, ago(10*time.Minute), ago(4*time.Minute)
		r.Outcome = engine.TerminalOutcome(r.State)
		if r.State == engine.StateCompleted {
			r.Outcome = engine.OutcomeSuccess
		}
		if r.State == engine.StateFailed {
			r.FailureReason, r.RetryCount = "upstream answered 502", 3
		}
	}
}

func indexOf(s engine.PublicState) engine.LaneIndex {
	switch {
	case s.Terminal():
		return engine.IndexTerminal
	case s == engine.StateActive:
		return engine.IndexActive
	case s == engine.StateSuspended:
		return engine.IndexSuspended
	case s == engine.StateDelayed:
		return engine.IndexDelayed
	case s == engine.StateRateLimited:
		return engine.IndexBlockedBudget
	case s == engine.StateWaitingChildren:
		return engine.IndexBlockedDependencies
	default:
		return engine.IndexEligible
	}
}
