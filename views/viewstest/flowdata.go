package viewstest

import (
	"fmt"
	"time"

	"ffboard/engine"
)

// CannedFlow is FlowID(0): fetch → (parse, embed, ocr) → merge → review → publish, with an any-of group at merge.
func CannedFlow() *engine.FlowDetail {
	kinds := []string{"fetch", "parse", "embed", "ocr", "merge", "review", "publish"}
	states := []engine.PublicState{engine.StateCompleted, engine.StateCompleted, engine.StateActive, engine.StateFailed,
		engine.StateWaitingChildren, engine.StateWaitingChildren, engine.StateWaitingChildren}
	f := &engine.FlowDetail{Flow: engine.Flow{
		ID: FlowID(0), Kind: "document_pipeline", Namespace: "prod", State: engine.FlowOpen, GraphRevision: 15, Nodes: 7,
		CreatedAt: ago(12 * time.Minute), LastMutationAt: ago(9 * time.Second),
		Tags: map[string]string{"customer": "acme", "request": "r-4711"},
	}}
	for i := range kinds {
		r := engine.ExecutionRow{
			ID: ExecutionID(i), Flow: f.Flow.ID, Lane: "default", Namespace: "prod", Kind: kinds[i], State: states[i], TotalAttempts: 1,
			CreatedAt: ago(12 * time.Minute), LastMutationAt: ago(time.Duration(i+1) * 9 * time.Second), Progress: -1,
		}
		dress(&r)
		f.Members = append(f.Members, r)
	}
	for i, ends := range [][2]int{{0, 1}, {0, 2}, {0, 3}, {1, 4}, {2, 4}, {3, 4}, {4, 5}, {5, 6}} {
		f.Edges = append(f.Edges, engine.Edge{
			ID: engine.EdgeID(fmt.Sprintf("%08x-ed9e-4000-8000-%012x", 0xed9e0000+i, i)), Flow: f.Flow.ID,
			Upstream: ExecutionID(ends[0]), Downstream: ExecutionID(ends[1]), Kind: "success_only", Condition: "all_required",
			CreatedAt: ago(12 * time.Minute), CreatedBy: "pipeline", State: edgeState(states[ends[0]]),
		})
	}
	f.Flow.Edges = len(f.Edges)
	all := engine.EdgePolicy{Kind: engine.PolicyAllOf}
	f.Flow.EdgeGroups = []engine.EdgeGroup{
		{Downstream: ExecutionID(1), Policy: all, Total: 1, Succeeded: 1, State: engine.GroupSatisfied, SatisfiedAt: ago(11 * time.Minute)},
		{Downstream: ExecutionID(2), Policy: all, Total: 1, Succeeded: 1, State: engine.GroupSatisfied, SatisfiedAt: ago(11 * time.Minute)},
		{Downstream: ExecutionID(3), Policy: all, Total: 1, Succeeded: 1, State: engine.GroupSatisfied, SatisfiedAt: ago(11 * time.Minute)},
		{Downstream: ExecutionID(4), Explicit: true, Total: 3, Succeeded: 1, Failed: 1, Running: 1, State: engine.GroupPending,
			Policy: engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.CancelRemaining}},
		{Downstream: ExecutionID(5), Policy: all, Total: 1, State: engine.GroupPending},
		{Downstream: ExecutionID(6), Policy: all, Total: 1, State: engine.GroupPending},
	}
	f.Summary = &engine.FlowSummary{State: engine.FlowRunning, Total: 7, Sampled: 7, UpdatedAt: ago(3 * time.Second),
		ByState: map[engine.PublicState]int{engine.StateCompleted: 2, engine.StateActive: 1, engine.StateFailed: 1, engine.StateWaitingChildren: 3}}
	return f
}

func edgeState(upstream engine.PublicState) engine.EdgeState {
	switch {
	case upstream == engine.StateCompleted:
		return engine.EdgeSatisfied
	case upstream.Terminal():
		return engine.EdgeImpossible
	default:
		return engine.EdgeUnsatisfied
	}
}

// CannedFlows lists a dozen flows; the first is CannedFlow, one has a malformed field, one is cancelled.
func CannedFlows() engine.FlowRows {
	first := CannedFlow()
	rows := []engine.FlowRow{{Flow: first.Flow, ByState: first.Summary.ByState, Members: 7, Derived: engine.FlowRunning}}
	kinds := []string{"checkout", "document_pipeline", "nightly_report", "agent_session"}
	derived := []engine.FlowState{engine.FlowRunning, engine.FlowBlocked, engine.FlowCompleted, engine.FlowFailed, engine.FlowCancelled, engine.FlowOpen}
	for i := 1; i < 12; i++ {
		r := engine.FlowRow{
			Flow: engine.Flow{ID: FlowID(i), Kind: kinds[i%len(kinds)], Namespace: "prod", State: engine.FlowOpen, GraphRevision: uint64(i),
				Nodes: i + 1, Edges: i, CreatedAt: ago(time.Duration(i*i) * 5 * time.Minute), LastMutationAt: ago(time.Duration(i) * time.Minute)},
			Members: i + 1, Derived: derived[i%len(derived)],
		}
		r.ByState = map[engine.PublicState]int{engine.StateCompleted: i, engine.StateActive: 1}
		if r.Derived == engine.FlowCancelled {
			r.State, r.CancelledAt, r.CancelReason, r.CancelPolicy = engine.FlowCancelled, ago(time.Minute), "no longer wanted", "cancel_all"
		}
		rows = append(rows, r)
	}
	rows[3].Malformed = []engine.FieldError{{Field: "created_at", Value: "yesterday", Problem: "not a number"}}
	return engine.FlowRows{Rows: rows, Total: 214}
}

func edgesAround(f *engine.FlowDetail, r engine.ExecutionRow) *engine.ExecutionEdges {
	rows := map[engine.ExecutionID]engine.ExecutionRow{}
	for _, m := range f.Members {
		rows[m.ID] = m
	}
	groups := map[engine.ExecutionID]engine.EdgeGroup{}
	for _, g := range f.Flow.EdgeGroups {
		groups[g.Downstream] = g
	}
	around := &engine.ExecutionEdges{Execution: r, Flow: f.Flow.ID, DownGroups: map[engine.ExecutionID]engine.EdgeGroup{}}
	if g, ok := groups[r.ID]; ok {
		around.Group = &g
	}
	for _, edge := range f.Edges {
		if edge.Downstream == r.ID {
			around.In = append(around.In, engine.EdgeEnd{Edge: edge, Other: rows[edge.Upstream]})
		}
		if edge.Upstream == r.ID {
			around.Out = append(around.Out, engine.EdgeEnd{Edge: edge, Other: rows[edge.Downstream]})
			around.DownGroups[edge.Downstream] = groups[edge.Downstream]
		}
	}
	return around
}
