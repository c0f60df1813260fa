package viewstest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"ffboard/engine"
)

// Engine is a fake engine. Reads answer from its fields, writes through the On… functions; a write without one, and every read that
// the dashboard has no use for, is refused as unavailable. Set the fields before use, or between Lock and Unlock; the On… functions run
// with the lock held, but for OnTail.
type Engine struct {
	engine.Refusing
	sync.Mutex
	steering

	// Err, when set, is what every read answers: Valkey is gone.
	Err error

	Deployed   engine.Deployment
	Counted    engine.Depths
	Checked    engine.Checkup
	WorkerList engine.WorkerRows
	BudgetList engine.BudgetRows
	QuotaList  engine.QuotaRows
	Leased     map[engine.LeaseKind]engine.LeaseRows
	FlowList   engine.FlowRows
	FlowsByID  map[engine.FlowID]*engine.FlowDetail
	Spans      map[engine.ExecutionID]engine.ExecutionSpans
	LaneRows   map[engine.LaneIndex][]engine.ExecutionRow // of every lane
	Suspended  engine.SuspendedRows
	Found      []engine.ExecutionRow // what a search goes through
	Awaited    engine.SignalGroups
	Executions map[engine.ExecutionID]*engine.ExecutionDetail
	Edges      map[engine.ExecutionID]*engine.ExecutionEdges
	Streaming  []engine.StreamRow
	Frames     map[engine.StreamRef]engine.StreamPage
	Summaries  map[engine.StreamRef]*engine.SummaryDocument
	Tokens     map[engine.WaitpointID]engine.WaitpointToken
	Waitpoints map[engine.ExecutionID][]engine.Waitpoint
	Overview   Overview
	Feeds      Feeds

	Facts         map[engine.ExecutionID]*engine.ExecutionFacts
	FlowFactsByID map[engine.FlowID]*engine.FlowFacts

	OnCancelFlow      func(engine.CancelFlow) (engine.CancelledFlow, error)
	OnCancelExecution func(id engine.ExecutionID, reason string) (engine.LifecyclePhase, error)
	OnAckCancelMember func(engine.FlowID, engine.ExecutionID) error
	OnCancelPending   func(id engine.ExecutionID, reason string) (bool, error)
	OnDeliverSignal   func(engine.Signal) (engine.SignalOutcome, error)
	OnBufferSignal    func(engine.Signal) (engine.SignalOutcome, error)
	OnTail            func(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) // nil: from Frames, without waiting

	calls []string
}

// New is an engine with nothing in it.
func New() *Engine {
	return &Engine{Refusing: engine.Refusing{Refuse: func(op string) error { return engine.Unavailable(op) }}}
}

// Calls are the calls so far, as "Method argument".
func (e *Engine) Calls() []string {
	e.Lock()
	defer e.Unlock()
	return slices.Clone(e.calls)
}

// Called counts the calls of a method.
func (e *Engine) Called(method string) int {
	n := 0
	for _, c := range e.Calls() {
		if c == method || len(c) > len(method) && c[:len(method)+1] == method+" " {
			n++
		}
	}
	return n
}

// record notes a call and returns what every read answers.
func (e *Engine) record(method string, args ...any) error {
	call := method
	for _, a := range args {
		call += fmt.Sprintf(" %v", a)
	}
	e.calls = append(e.calls, call)
	return e.Err
}

func (e *Engine) ServerTime(context.Context) (time.Time, error) {
	e.Lock()
	defer e.Unlock()
	return Now, e.record("ServerTime")
}

func (e *Engine) Deployment(context.Context) (engine.Deployment, error) {
	e.Lock()
	defer e.Unlock()
	return e.Deployed, e.record("Deployment")
}

func (e *Engine) Depths(context.Context) (engine.Depths, error) {
	e.Lock()
	defer e.Unlock()
	return e.Counted, e.record("Depths")
}

func (e *Engine) FlowRows(_ context.Context, q engine.FlowQuery) (engine.FlowRows, error) {
	e.Lock()
	defer e.Unlock()
	return e.FlowList, e.record("FlowRows", q.Limit, q.Watch)
}

func (e *Engine) FlowDetail(_ context.Context, id engine.FlowID, maxMembers int) (*engine.FlowDetail, error) {
	e.Lock()
	defer e.Unlock()
	return e.FlowsByID[id], e.record("FlowDetail", id, maxMembers)
}

func (e *Engine) LaneExecutions(_ context.Context, lane engine.LaneID, idx engine.LaneIndex, limit int) ([]engine.ExecutionRow, error) {
	e.Lock()
	defer e.Unlock()
	rows := e.LaneRows[idx]
	return rows[:min(limit, len(rows))], e.record("LaneExecutions", lane, idx, limit)
}

func (e *Engine) SuspendedRows(_ context.Context, limit int) (engine.SuspendedRows, error) {
	e.Lock()
	defer e.Unlock()
	return e.Suspended, e.record("SuspendedRows", limit)
}

func (e *Engine) ExecutionDetail(_ context.Context, id engine.ExecutionID) (*engine.ExecutionDetail, error) {
	e.Lock()
	defer e.Unlock()
	return e.Executions[id], e.record("ExecutionDetail", id)
}

func (e *Engine) ExecutionEdges(_ context.Context, id engine.ExecutionID) (*engine.ExecutionEdges, error) {
	e.Lock()
	defer e.Unlock()
	return e.Edges[id], e.record("ExecutionEdges", id)
}

func (e *Engine) StreamRows(_ context.Context, watch []engine.StreamRef, limit int) ([]engine.StreamRow, error) {
	e.Lock()
	defer e.Unlock()
	return e.Streaming, e.record("StreamRows", watch, limit)
}

func (e *Engine) ExecutionRows(_ context.Context, ids []engine.ExecutionID) ([]engine.ExecutionRow, error) {
	e.Lock()
	defer e.Unlock()
	var rows []engine.ExecutionRow
	for _, id := range ids {
		rows = append(rows, e.row(id))
	}
	return rows, e.record("ExecutionRows", ids)
}

// row finds an id in whatever was canned.
func (e *Engine) row(id engine.ExecutionID) engine.ExecutionRow {
	for _, f := range e.FlowsByID {
		for _, r := range f.Members {
			if r.ID == id {
				return r
			}
		}
	}
	for _, rows := range e.LaneRows {
		for _, r := range rows {
			if r.ID == id {
				return r
			}
		}
	}
	return engine.ExecutionRow{ID: id, Missing: true}
}

func (e *Engine) ListPendingWaitpoints(_ context.Context, id engine.ExecutionID, _ engine.WaitpointID, _ int) (engine.Page[engine.Waitpoint, engine.WaitpointID], error) {
	e.Lock()
	defer e.Unlock()
	return engine.Page[engine.Waitpoint, engine.WaitpointID]{Items: e.Waitpoints[id]}, e.record("ListPendingWaitpoints", id)
}
