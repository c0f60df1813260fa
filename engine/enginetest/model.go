package enginetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ffboard/engine"
)

// sequencesPerDeployment bounds what the sequences before one have left behind: they go on in lanes and flows of their own.
const sequencesPerDeployment = 250

// RunModel does random sequences of operations on a backend and on the model and compares everything that is stored after each.
// How many, and how long, is told by rapid's flags (-rapid.checks, -rapid.steps).
func RunModel(t *testing.T, make func(t *testing.T) ModelSubject) {
	var s ModelSubject
	sequences := 0
	rapid.Check(t, func(rt *rapid.T) {
		if sequences%sequencesPerDeployment == 0 {
			s = make(t)
		}
		sequences++
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		newModelRun(ctx, rt, s, sequences).run(rt)
	})
}

// modelRun is one sequence: some executions of one lane, two flows, one partition.
type modelRun struct {
	world
	s         ModelSubject
	ctx       context.Context
	lane      engine.LaneID
	namespace engine.Namespace
	keyed     *modelExecution // created under the sequence's idempotency key
	moved     int             // moves so far
}

// modelInstances are the workers of every sequence, and the operator.
var modelInstances = []engine.WorkerInstanceID{"w1-1", "w2-1", "operator"}

const modelExecutions = 4

func newModelRun(ctx context.Context, t *rapid.T, s ModelSubject, sequence int) *modelRun {
	r := &modelRun{
		s: s, ctx: ctx,
		lane:      engine.LaneID(fmt.Sprint("lane-", sequence)),
		namespace: engine.Namespace(fmt.Sprint("ns-", sequence)),
	}
	for len(r.flows) < 2 {
		id := engine.NewFlowID()
		if len(r.flows) == 0 || s.Partitions().OfFlow(id) == s.Partitions().OfFlow(r.flows[0].id) {
			r.flows = append(r.flows, &modelFlow{
				id: id, owed: map[engine.ExecutionID]bool{}, groups: map[engine.ExecutionID]*modelGroup{},
			})
		}
	}
	// Executions of one millisecond and priority are ordered by id. These ids rise, so that a sequence can be done again.
	tag := s.Partitions().OfFlow(r.flows[0].id).Tag()
	for i := range modelExecutions {
		id := fmt.Sprintf("%s:%08d-0000-4000-8000-%012d", tag, sequence, i)
		r.executions = append(r.executions, &modelExecution{id: engine.ExecutionID(id)})
	}
	r.begin(t)
	return r
}

// begin makes the usual case: a flow with members, and often with a child that waits for two. One execution and one flow are still
// to be made.
func (r *modelRun) begin(t *rapid.T) {
	r.createFlow(t, r.flows[0])
	first := r.executions[:modelExecutions-1]
	for _, x := range first {
		r.createExecution(t, x, "")
	}
	if rarely(t, "solo") {
		return
	}
	for _, x := range first {
		r.addMember(t, r.flows[0], x)
	}
	if evenly(t, "no graph") {
		return
	}
	child := first[len(first)-1]
	if evenly(t, "policy") {
		r.setPolicyIn(t, r.flows[0], child)
	}
	for _, x := range first[:len(first)-1] {
		e := &modelEdge{id: engine.NewEdgeID(), flow: r.flows[0], upstream: x, downstream: child, passesData: evenly(t, "passes data")}
		if r.stageEdge(t, e, r.flows[0].Revision) {
			r.applyEdge(t, e)
		}
	}
}

func (r *modelRun) run(t *rapid.T) {
	t.Repeat(map[string]func(*rapid.T){"": r.compare, "move": r.move})
}

// move does one of the operations that something is fit for.
func (r *modelRun) move(t *rapid.T) {
	r.moved++
	var possible []move
	for _, m := range r.moves() {
		if m.do != nil {
			possible = append(possible, m)
		}
	}
	i := rapid.IntRange(0, len(possible)-1).Draw(t, "move")
	t.Logf("-- %s", possible[i].name)
	possible[i].do(t)
}

// compare looks at everything that is stored.
func (r *modelRun) compare(t *rapid.T) {
	got, err := r.s.Look(r.ctx, r.sight(r.lane))
	if err != nil {
		t.Fatalf("look: %v", err)
	}
	if diff := differences(r.picture(), got); diff != "" {
		t.Fatalf("the model and the backend disagree:\n%s", diff)
	}
}

// agree holds an operation's error against the code that the model gives it.
func (r *modelRun) agree(t *rapid.T, what string, err error, want engine.Code) {
	t.Helper()
	t.Logf("%s: %v", what, err)
	switch {
	case want == "" && err != nil:
		t.Fatalf("%s: %v, the model has no objection", what, err)
	case want != "" && !errors.Is(err, want):
		t.Fatalf("%s: %v, the model says %s", what, err, want)
	}
}

// same holds a result against the model's.
func same[T comparable](t *rapid.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s: %v, the model says %v", what, got, want)
	}
}

// someHandle is mostly the execution's last.
func someHandle(t *rapid.T, x *modelExecution) engine.Handle {
	if rarely(t, "old handle") {
		return rapid.SampledFrom(x.handles).Draw(t, "handle")
	}
	return x.handles[len(x.handles)-1]
}

// rarely is true one time in eight, evenly one in two. Small choices are likelier than they should be in rapid's ranges.
func rarely(t *rapid.T, what string) bool {
	for range 3 {
		if !evenly(t, what) {
			return false
		}
	}
	return true
}

func evenly(t *rapid.T, what string) bool { return rapid.Bool().Draw(t, what) }
