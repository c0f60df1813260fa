package bench

import (
	"context"
	"sync"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
	"ffboard/engine/worker"
)

// flowDAG is many small pipelines: what counts is how soon a step follows the one before it.
var flowDAG = Scenario{
	Name:    "flow-dag",
	About:   "Linear flows; a flow is timed from the start of its first step to the completion of its last, a step from the completion of the one before.",
	Default: Size{Flows: 100, Nodes: 10, Workers: 16, Payload: 256},
	Goals:   []Goal{atLeast(100, "flows/s"), atMost(500, "flow p99 ms")},
	Floor:   true,
	run:     runFlowDAG,
}

// steps is a backend that times the steps of flows.
type steps struct {
	Backend
	mu       sync.Mutex
	next     map[engine.ExecutionID]engine.ExecutionID
	began    map[engine.ExecutionID]time.Time // of the flow that an execution belongs to
	ready    map[engine.ExecutionID]time.Time // when the step before was completed
	gaps     []time.Duration
	flows    []time.Duration
	unending int
	done     chan struct{}
}

func (s *steps) start(id engine.ExecutionID, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ready, follows := s.ready[id]; follows {
		s.gaps = append(s.gaps, now.Sub(ready))
		return
	}
	s.began[id] = now
}

// Complete is where a step ends; the next is ready from then.
func (s *steps) Complete(ctx context.Context, h engine.Handle, result []byte) error {
	s.mu.Lock()
	next, follows := s.next[h.ExecutionID]
	if follows {
		s.ready[next] = time.Now()
		s.began[next] = s.began[h.ExecutionID]
	}
	s.mu.Unlock()
	if err := s.Backend.Complete(ctx, h, result); err != nil || follows {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flows = append(s.flows, time.Since(s.began[h.ExecutionID]))
	if s.unending--; s.unending == 0 {
		close(s.done)
	}
	return nil
}

func runFlowDAG(ctx context.Context, r *run) error {
	s := &steps{
		Backend: r.b, next: map[engine.ExecutionID]engine.ExecutionID{}, began: map[engine.ExecutionID]time.Time{},
		ready: map[engine.ExecutionID]time.Time{}, unending: r.size.Flows, done: make(chan struct{}),
	}
	crew := r.crew(ctx)
	defer crew.dismiss()
	// It is there before there is work, as in a deployment.
	if err := crew.engine(scanner.Config{}); err != nil {
		return err
	}
	building := time.Now()
	err := AtOnce(ctx, r.size.Flows, r.size.Workers, func(ctx context.Context, _ int) error {
		members, err := r.pipeline(ctx, r.size.Nodes)
		if err != nil {
			return err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for i := 1; i < len(members); i++ {
			s.next[members[i-1]] = members[i]
		}
		return nil
	})
	if err != nil {
		return err
	}
	built := time.Since(building)
	return r.measured(ctx, r.size.Flows*r.size.Nodes, func() error {
		began := time.Now()
		err := crew.worker(s, worker.Config{Concurrency: r.size.Workers}, func(_ context.Context, task *worker.Task) ([]byte, error) {
			s.start(task.Execution, time.Now())
			return nil, nil
		})
		if err != nil {
			return err
		}
		if err := crew.until(s.done); err != nil {
			return err
		}
		took := time.Since(began)
		r.note("flows/s", float64(r.size.Flows)/took.Seconds())
		r.note("steps/s", float64(r.size.Flows*r.size.Nodes)/took.Seconds())
		s.mu.Lock()
		defer s.mu.Unlock()
		r.noteSpans("flow", s.flows)
		r.noteSpans("step", s.gaps)
		r.note("flows built/s", float64(r.size.Flows)/built.Seconds())
		return nil
	})
}

// pipeline makes a flow whose members follow each other, and returns them in their order.
func (r *run) pipeline(ctx context.Context, n int) ([]engine.ExecutionID, error) {
	f, err := r.newFlow(ctx)
	if err != nil {
		return nil, err
	}
	members := make([]engine.ExecutionID, n)
	for i := range members {
		if members[i], err = f.member(ctx); err != nil {
			return nil, err
		}
		if i > 0 {
			if err := f.edge(ctx, members[i-1], members[i]); err != nil {
				return nil, err
			}
		}
	}
	return members, nil
}

// flow is a flow that is put together.
type flow struct {
	r        *run
	id       engine.FlowID
	revision uint64
}

func (r *run) newFlow(ctx context.Context) (*flow, error) {
	f := &flow{r: r, id: engine.NewFlowID()}
	_, err := r.b.CreateFlow(ctx, engine.CreateFlow{ID: f.id, Kind: "bench", Namespace: Namespace})
	return f, err
}

func (f *flow) member(ctx context.Context, change ...func(*engine.CreateExecution)) (engine.ExecutionID, error) {
	id := f.r.b.Partitions().NewFlowMember(f.id)
	req := f.r.execution(id)
	for _, c := range change {
		c(&req)
	}
	if _, err := f.r.b.CreateExecution(ctx, req); err != nil {
		return id, err
	}
	_, _, err := f.r.b.AddExecutionToFlow(ctx, f.id, id)
	f.revision++
	return id, err
}

func (f *flow) edge(ctx context.Context, upstream, downstream engine.ExecutionID) (err error) {
	edge := engine.NewEdgeID()
	f.revision, err = f.r.b.StageDependencyEdge(ctx, engine.StageEdge{
		Flow: f.id, Edge: edge, Upstream: upstream, Downstream: downstream, ExpectedRevision: f.revision,
	})
	if err != nil {
		return err
	}
	_, _, err = f.r.b.ApplyDependencyToChild(ctx, engine.ApplyEdge{
		Flow: f.id, Edge: edge, Upstream: upstream, Downstream: downstream, GraphRevision: f.revision,
	})
	return err
}
