package enginetest

import (
	"fmt"

	"pgregory.net/rapid"

	"ffboard/engine"
)

// Flows, members, edges.

// someFlow is mostly the first.
func (r *modelRun) someFlow(t *rapid.T) *modelFlow {
	if rarely(t, "other flow") {
		return r.flows[1]
	}
	return r.flows[0]
}

func (r *modelRun) createFlow(t *rapid.T, f *modelFlow) {
	created, err := r.s.CreateFlow(r.ctx, engine.CreateFlow{ID: f.id, Kind: "flow", Namespace: r.namespace})
	r.agree(t, fmt.Sprint("create flow ", f.id), err, "")
	same(t, "a new flow", created, f.create())
}

func (r *modelRun) addSomeMember(t *rapid.T, x *modelExecution) {
	r.addMember(t, r.someFlow(t), x)
}

func (r *modelRun) addMember(t *rapid.T, f *modelFlow, x *modelExecution) {
	nodes, added, err := r.s.AddExecutionToFlow(r.ctx, f.id, x.id)
	wanted, code := f.add(x)
	r.agree(t, fmt.Sprint("add ", x.id, " to ", f.id), err, code)
	same(t, "added", added, wanted)
	if code == "" {
		same(t, "members", nodes, f.Nodes)
	}
}

func (r *modelRun) setPolicy(t *rapid.T, x *modelExecution) { r.setPolicyIn(t, r.someFlow(t), x) }

// setPolicyIn says what a child needs.
func (r *modelRun) setPolicyIn(t *rapid.T, f *modelFlow, x *modelExecution) {
	p := engine.EdgePolicy{
		Kind:        rapid.SampledFrom([]engine.EdgePolicyKind{engine.PolicyAllOf, engine.PolicyAnyOf, engine.PolicyQuorum}).Draw(t, "kind"),
		OnSatisfied: rapid.SampledFrom([]engine.OnSatisfied{engine.CancelRemaining, engine.LetRun}).Draw(t, "then"),
	}
	if p.Kind == engine.PolicyQuorum {
		p.K = rapid.IntRange(1, 3).Draw(t, "k")
	}
	set, err := r.s.SetEdgeGroupPolicy(r.ctx, f.id, x.id, p)
	wanted, code := f.setPolicy(x, p)
	r.agree(t, fmt.Sprintf("policy %+v for %s", p, x.id), err, code)
	same(t, "policy set", set, wanted)
}

// wire adds an edge, mostly one that can be.
func (r *modelRun) wire(t *rapid.T, downstream *modelExecution) {
	likely := r.executions
	if !rarely(t, "in a circle") {
		likely = nil
		for _, x := range r.flows[0].members {
			if !r.reaches(r.flows[0], downstream, x) {
				likely = append(likely, x)
			}
		}
	}
	if len(likely) == 0 {
		t.Skip("no edge leads here but in a circle")
	}
	e := &modelEdge{
		id: engine.NewEdgeID(), flow: r.someFlow(t), downstream: downstream, passesData: evenly(t, "passes data"),
		upstream: rapid.SampledFrom(likely).Draw(t, "upstream"),
	}
	if len(r.edges) > 0 && rarely(t, "known id") {
		e.id = rapid.SampledFrom(r.edges).Draw(t, "whose").id
	}
	revision := e.flow.Revision
	if rarely(t, "stale") {
		revision++
	}
	if r.stageEdge(t, e, revision) && !rarely(t, "stage only") {
		r.applyEdge(t, e)
	}
}

func (r *modelRun) stageEdge(t *rapid.T, e *modelEdge, revision uint64) (staged bool) {
	after, err := r.s.StageDependencyEdge(r.ctx, engine.StageEdge{
		Flow: e.flow.id, Edge: e.id, Upstream: e.upstream.id, Downstream: e.downstream.id,
		DataPassingRef: dataRef(e), ExpectedRevision: revision,
	})
	code := r.stage(e, revision)
	r.agree(t, fmt.Sprint("edge ", e.upstream.id, " to ", e.downstream.id), err, code)
	if code == "" {
		same(t, "revision", after, e.flow.Revision)
	}
	return code == ""
}

func dataRef(e *modelEdge) string {
	if e.passesData {
		return "result"
	}
	return ""
}

func (r *modelRun) applyEdge(t *rapid.T, e *modelEdge) {
	unsatisfied, applied, err := r.s.ApplyDependencyToChild(r.ctx, engine.ApplyEdge{
		Flow: e.flow.id, Edge: e.id, Upstream: e.upstream.id, Downstream: e.downstream.id, DataPassingRef: dataRef(e),
	})
	left, newly := e.apply()
	r.agree(t, fmt.Sprint("apply ", e.id, " to ", e.downstream.id), err, "")
	same(t, "applied", applied, newly)
	same(t, "unsatisfied", unsatisfied, left)
}

// cancelFlow cancels a flow, and mostly its members.
func (r *modelRun) cancelFlow(t *rapid.T, f *modelFlow) {
	policy := rapid.SampledFrom([]engine.FlowCancelPolicy{
		engine.CancelFlowAll, engine.CancelFlowOnly, engine.CancelFlowPending,
	}).Draw(t, "policy")
	cancelled, err := r.s.CancelFlow(r.ctx, engine.CancelFlow{Flow: f.id, Policy: policy, Reason: "no more"})
	again, code := f.cancel(policy, "no more")
	r.agree(t, fmt.Sprint("cancel flow ", f.id), err, code)
	if code != "" {
		return
	}
	same(t, "over before", cancelled.AlreadyTerminal, again)
	same(t, "policy", cancelled.Policy, f.CancelPolicy)
	same(t, "members", len(cancelled.Members), len(f.members))
	if evenly(t, "members, too") {
		r.cancelMembers(t, f, cancelled)
	}
}

func (r *modelRun) cancelMembers(t *rapid.T, f *modelFlow, cancelled engine.CancelledFlow) {
	err := engine.CancelFlowMembers(r.ctx, r.s, cancelled, func(outcome engine.MemberOutcome) {
		if outcome.Err != nil {
			t.Fatalf("cancel member: %+v", outcome)
		}
	})
	r.agree(t, fmt.Sprint("cancel the members of ", f.id), err, "")
	for _, x := range f.members {
		switch engine.FlowCancelPolicy(f.CancelPolicy) {
		case engine.CancelFlowAll:
			if !x.terminal() {
				x.cancelled(f.Reason, string(engine.CancelByOperator))
			}
			f.acknowledge(x)
		case engine.CancelFlowPending:
			if x.runnable() {
				x.cancelled(f.Reason, "operator")
			}
		}
	}
}

func (r *modelRun) acknowledge(t *rapid.T, x *modelExecution) {
	f := r.flows[0]
	r.agree(t, fmt.Sprint("acknowledge ", x.id), r.s.AckCancelMember(r.ctx, f.id, x.id), "")
	f.acknowledge(x)
}
