package enginetest

import (
	"maps"
	"slices"

	"ffboard/engine"
)

// modelFlow is a flow as it should be.
type modelFlow struct {
	FlowPicture
	id      engine.FlowID
	members []*modelExecution
	owed    map[engine.ExecutionID]bool
	groups  map[engine.ExecutionID]*modelGroup // by downstream
}

// modelEdge is a staged edge; state is "" until it is applied.
type modelEdge struct {
	id                   engine.EdgeID
	flow                 *modelFlow
	upstream, downstream *modelExecution
	passesData           bool
	state                engine.EdgeState
}

// modelGroup is the group of a child's edges.
type modelGroup struct {
	GroupPicture
	losers []engine.ExecutionID
}

func (g *modelGroup) picture() GroupPicture {
	if g == nil {
		return GroupPicture{}
	}
	p := g.GroupPicture
	p.Losers = slices.Compact(slices.Sorted(slices.Values(g.losers)))
	return p
}

func (f *modelFlow) picture() FlowPicture {
	p := f.FlowPicture
	for _, x := range f.members {
		p.Members = append(p.Members, x.id)
	}
	slices.Sort(p.Members)
	p.Owed = slices.Sorted(maps.Keys(f.owed))
	return p
}

func (f *modelFlow) has(x *modelExecution) bool { return slices.Contains(f.members, x) }

func (w *world) flow(id engine.FlowID) *modelFlow {
	for _, f := range w.flows {
		if f.id == id && id != "" {
			return f
		}
	}
	return nil
}

// create is ff_create_flow; it tells whether the flow is new.
func (f *modelFlow) create() bool {
	f.Indexed = true
	if f.Exists {
		return false
	}
	f.Exists, f.State = true, engine.FlowOpen
	return true
}

// mutable judges a change of the graph.
func (f *modelFlow) mutable() engine.Code {
	switch {
	case !f.Exists:
		return engine.CodeFlowNotFound
	case f.State == engine.FlowCancelled:
		return engine.CodeFlowAlreadyTerminal
	}
	return ""
}

// add is ff_add_execution_to_flow.
func (f *modelFlow) add(x *modelExecution) (added bool, code engine.Code) {
	if code := f.mutable(); code != "" {
		return false, code
	}
	if !x.Exists {
		return false, engine.CodeExecutionNotFound
	}
	f.Indexed = true
	switch {
	case f.has(x):
		return false, ""
	case x.Flow != "":
		return false, engine.CodeExecutionAlreadyInFlow
	}
	x.Flow = f.id
	f.members = append(f.members, x)
	f.Nodes++
	f.Revision++
	return true, ""
}

// stage is ff_stage_dependency_edge.
func (w *world) stage(e *modelEdge, revision uint64) engine.Code {
	f := e.flow
	if e.upstream == e.downstream {
		return engine.CodeSelfReferencingEdge
	}
	if code := f.mutable(); code != "" {
		return code
	}
	switch {
	case f.Revision != revision:
		return engine.CodeStaleGraphRevision
	case !f.has(e.upstream), !f.has(e.downstream):
		return engine.CodeExecutionNotInFlow
	case w.reaches(f, e.downstream, e.upstream):
		return engine.CodeCycleDetected
	case w.edge(e.id) != nil:
		return engine.CodeDependencyAlreadyExists
	}
	f.Revision++
	f.Edges++
	w.edges = append(w.edges, e)
	return ""
}

func (w *world) edge(id engine.EdgeID) *modelEdge {
	for _, e := range w.edges {
		if e.id == id {
			return e
		}
	}
	return nil
}

// reaches tells whether staged edges lead from one execution to another.
func (w *world) reaches(f *modelFlow, from, to *modelExecution) bool {
	if from == to {
		return true
	}
	for _, e := range w.edges {
		if e.flow == f && e.upstream == from && w.reaches(f, e.downstream, to) {
			return true
		}
	}
	return false
}

// setPolicy is ff_set_edge_group_policy.
func (f *modelFlow) setPolicy(x *modelExecution, p engine.EdgePolicy) (set bool, code engine.Code) {
	g := f.groups[x.id]
	switch {
	case !f.Exists:
		return false, engine.CodeFlowNotFound
	case g != nil && g.N > 0:
		return false, engine.CodeInvalidInput
	}
	next := GroupPicture{Policy: p.Kind, OnSatisfied: p.OnSatisfied, State: engine.GroupPending}
	if p.Kind == engine.PolicyAllOf {
		next.OnSatisfied = ""
	}
	if p.Kind == engine.PolicyQuorum {
		next.K = p.K
	}
	if g != nil && g.Policy == next.Policy && g.OnSatisfied == next.OnSatisfied && g.K == next.K {
		return false, ""
	}
	f.groups[x.id] = &modelGroup{GroupPicture: next}
	return true, ""
}

// cancel is ff_cancel_flow; again tells that the flow was over before.
func (f *modelFlow) cancel(policy engine.FlowCancelPolicy, reason string) (again bool, code engine.Code) {
	switch {
	case !f.Exists:
		return false, engine.CodeFlowNotFound
	case f.State == engine.FlowCancelled:
		return true, ""
	}
	f.State, f.CancelPolicy, f.Reason = engine.FlowCancelled, string(policy), reason
	if policy == engine.CancelFlowAll && len(f.members) > 0 {
		f.Backlog = true
		for _, x := range f.members {
			f.owed[x.id] = true
		}
	}
	return false, ""
}

// acknowledge is ff_ack_cancel_member.
func (f *modelFlow) acknowledge(x *modelExecution) {
	delete(f.owed, x.id)
	if len(f.owed) == 0 {
		f.Backlog = false
	}
}

// project takes a flow off the index when there is nothing left to watch.
func (f *modelFlow) project() {
	over := len(f.members) > 0 || f.State == engine.FlowCancelled
	for _, x := range f.members {
		over = over && x.terminal()
	}
	if over || !f.Exists {
		f.Indexed = false
	}
}
