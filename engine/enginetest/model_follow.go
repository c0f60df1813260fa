package enginetest

import (
	"fmt"

	"pgregory.net/rapid"

	"ffboard/engine"
)

// What follows the end of an execution in its flow.

// cascade tells the children how their upstream ended, and theirs if they are skipped.
func (r *modelRun) cascade(t *rapid.T, x *modelExecution) {
	_, err := r.s.CascadeCompletion(r.ctx, x.id, x.Flow)
	r.agree(t, fmt.Sprint("cascade ", x.id), err, "")
	r.world.cascade(x)
}

// resolveEdge tells one child about one upstream.
func (r *modelRun) resolveEdge(t *rapid.T, e *modelEdge) {
	outcome := e.upstream.State.Outcome
	resolution, err := r.s.ResolveDependency(r.ctx, engine.ResolveEdge{
		Flow: e.flow.id, Edge: e.id, Upstream: e.upstream.id, Downstream: e.downstream.id,
		Lane: r.lane, AttemptIndex: uint32(max(e.downstream.AttemptIndex, 0)), Outcome: outcome,
	})
	want, code := r.resolve(e, outcome)
	r.agree(t, fmt.Sprint("resolve ", e.id), err, code)
	same(t, "resolution", resolution, want)
}

// reconcile makes up for completions that nobody heard of. Of several edges the order is the backend's, and the last result that is
// passed on wins: that is left out.
func (r *modelRun) reconcile(t *rapid.T, x *modelExecution) {
	if len(x.overdue()) > 1 {
		t.Skip("more than one edge is due")
	}
	_, err := r.s.ReconcileDependencies(r.ctx, x.id)
	r.agree(t, fmt.Sprint("reconcile ", x.id), err, "")
	r.world.reconcile(x)
}

func (r *modelRun) promoteBlocked(t *rapid.T, x *modelExecution) {
	r.agree(t, fmt.Sprint("promote blocked ", x.id), r.s.PromoteBlocked(r.ctx, x.id), r.world.promoteBlocked(x))
}

func (r *modelRun) evaluate(t *rapid.T, x *modelExecution) {
	status, err := r.s.EvaluateFlowEligibility(r.ctx, x.id)
	r.agree(t, fmt.Sprint("evaluate ", x.id), err, "")
	same(t, "eligibility", status, x.standing())
}

// siblings is the group of a child as the background names it, and as it should be.
func (r *modelRun) siblings(x *modelExecution) (engine.SiblingGroup, *modelGroup) {
	f := r.flows[0]
	return engine.SiblingGroup{Partition: x.id.Partition(), Flow: f.id, Downstream: x.id}, f.groups[x.id]
}

func (r *modelRun) drainSiblings(t *rapid.T, x *modelExecution) {
	group, g := r.siblings(x)
	r.agree(t, fmt.Sprint("drain the group of ", x.id), r.s.DrainSiblingCancelGroup(r.ctx, group), "")
	g.drain()
}

func (r *modelRun) settleSiblings(t *rapid.T, x *modelExecution) {
	group, g := r.siblings(x)
	did, err := r.s.ReconcileSiblingCancelGroup(r.ctx, group)
	r.agree(t, fmt.Sprint("settle the group of ", x.id), err, "")
	same(t, "siblings", did, r.reconcileSiblings(g))
}

func (r *modelRun) project(t *rapid.T, f *modelFlow) {
	_, err := r.s.ProjectFlowSummary(r.ctx, r.executions[0].id.Partition(), f.id, r.serverTime(t))
	r.agree(t, fmt.Sprint("project ", f.id), err, "")
	f.project()
}
