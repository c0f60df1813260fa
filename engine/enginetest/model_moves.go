package enginetest

import (
	"slices"

	"pgregory.net/rapid"

	"ffboard/engine"
)

// move is one operation on something that it is drawn for; do is nil when nothing is fit for it.
type move struct {
	name string
	do   func(*rapid.T)
}

// on makes a move of an operation: mostly on one of those that are fit for it, sometimes on another of all.
func on[T any](name string, all []T, fit func(T) bool, do func(*rapid.T, T)) move {
	var likely []T
	for _, one := range all {
		if fit(one) {
			likely = append(likely, one)
		}
	}
	if len(likely) == 0 {
		return move{name: name}
	}
	return move{name, func(t *rapid.T) {
		if rarely(t, "unfit") {
			likely = all
		}
		do(t, likely[rapid.IntRange(0, len(likely)-1).Draw(t, "which")])
	}}
}

// seldom is how many moves go by before one that leads nowhere is possible again.
const seldom = 4

// moves are all operations there are. What leads further is named more than once, what leads nowhere is left out most of the time.
func (r *modelRun) moves() []move {
	var claimed []*modelExecution
	for _, x := range r.executions {
		if len(x.handles) > 0 {
			claimed = append(claimed, x)
		}
	}
	moves := append(r.lineMoves(), r.holderMoves(claimed)...)
	moves = append(moves, r.waitMoves(claimed)...)
	moves = append(moves, r.graphMoves()...)
	moves = append(moves, r.followMoves()...)
	if r.moved%seldom == 0 {
		moves = append(moves, r.deadEnds(claimed)...)
	}
	return moves
}

// lineMoves bring executions in, to a worker, and back.
func (r *modelRun) lineMoves() []move {
	eligible := (*modelExecution).eligible
	interrupted := func(x *modelExecution) bool { return x.granted() && x.State.Attempt == engine.AttemptInterrupted }
	return []move{
		on("create", r.executions, func(x *modelExecution) bool { return !x.Exists }, r.create),
		on("claim", r.executions, eligible, r.claim),
		on("claim", r.executions, eligible, r.claim),
		on("grant", r.executions, eligible, r.grant),
		on("claim with a grant", r.executions, (*modelExecution).granted, r.claimGranted),
		on("resume with a grant", r.executions, interrupted, r.resumeGranted),
		on("resume with a grant", r.executions, interrupted, r.resumeGranted),
		on("claim as an operator", r.executions, (*modelExecution).runnable, r.overrideClaim),
		on("promote delayed", r.executions, (*modelExecution).delayed, r.promoteDelayed),
		on("unblock", r.executions, (*modelExecution).rateLimited, r.unblock),
		on("unblock", r.executions, (*modelExecution).rateLimited, r.unblock),
		on("replay", r.executions, (*modelExecution).terminal, r.replay),

		on("revoke", r.executions, (*modelExecution).active, r.revoke),
		on("mark expired", r.executions, func(x *modelExecution) bool { return x.over }, r.markExpired),
		on("grant reclaim", r.executions, (*modelExecution).reclaimable, r.grantReclaim),
		on("reclaim", r.executions, (*modelExecution).reclaimable, r.reclaim),
		on("reclaim", r.executions, (*modelExecution).reclaimable, r.reclaim),
	}
}

// holderMoves are what somebody does who has, or had, a lease.
func (r *modelRun) holderMoves(claimed []*modelExecution) []move {
	active := (*modelExecution).active
	return []move{
		on("renew", claimed, active, r.renew),
		on("complete", claimed, active, r.complete),
		on("fail", claimed, active, r.fail),
		on("fail", claimed, active, r.fail),
		on("delay", claimed, active, r.delay),
		on("wait for children", claimed, active, r.waitChildren),
		on("suspend", claimed, active, r.suspendSome),
		on("suspend", claimed, active, r.suspendSome),
		on("suspend", claimed, active, r.suspendSome),
		on("create waitpoint", claimed, active, r.createWaitpoint),
		on("create waitpoint", claimed, active, r.createWaitpoint),
	}
}

func (r *modelRun) waitMoves(claimed []*modelExecution) []move {
	var repeatable []*modelExecution
	for _, x := range claimed {
		if len(x.repeats) > 0 {
			repeatable = append(repeatable, x)
		}
	}
	return []move{
		on("repeat a suspend", repeatable, func(*modelExecution) bool { return true }, r.repeatSuspend),
		on("signal", r.waitpoints, (*modelWaitpoint).open, r.signal),
		on("signal", r.waitpoints, (*modelWaitpoint).open, r.signal),
		on("signal", r.waitpoints, (*modelWaitpoint).open, r.signal),
		on("signal", r.waitpoints, (*modelWaitpoint).open, r.signal),
		on("buffer", r.waitpoints, (*modelWaitpoint).pending, r.buffer),
		on("buffer", r.waitpoints, (*modelWaitpoint).pending, r.buffer),
		on("close waitpoint", r.waitpoints, (*modelWaitpoint).pending, r.closeWaitpoint),
		on("resume", r.executions, (*modelExecution).suspended, r.resume),
		on("expire suspension", r.executions, (*modelExecution).suspended, r.expireSuspension),
	}
}

// graphMoves make the flow.
func (r *modelRun) graphMoves() []move {
	f := r.flows[0]
	grouped := func(x *modelExecution) bool { return f.groups[x.id] != nil && f.groups[x.id].N > 0 }
	wires := func(x *modelExecution) bool { return f.has(x) && x.runnable() && f.State == engine.FlowOpen }
	return []move{
		on("add member", r.executions, func(x *modelExecution) bool { return x.Exists && x.Flow == "" }, r.addSomeMember),
		on("set policy", r.executions, func(x *modelExecution) bool { return wires(x) && !grouped(x) }, r.setPolicy),
		on("add edge", r.executions, wires, r.wire),
		on("add edge", r.executions, wires, r.wire),
		on("apply edge", r.edges, func(e *modelEdge) bool { return e.state == "" }, r.applyEdge),
		on("apply edge", r.edges, func(e *modelEdge) bool { return e.state == "" }, r.applyEdge),
	}
}

// followMoves are what follows the end of a member.
func (r *modelRun) followMoves() []move {
	f := r.flows[0]
	var children []*modelExecution
	for _, x := range r.executions {
		if f.groups[x.id] != nil {
			children = append(children, x)
		}
	}
	due := func(e *modelEdge) bool { return e.state == engine.EdgeUnsatisfied && e.upstream.terminal() }
	tells := func(x *modelExecution) bool {
		return slices.ContainsFunc(r.outbound(f, x), due)
	}
	listed := func(x *modelExecution) bool { return f.groups[x.id].Listed }
	return []move{
		on("cascade", r.executions, tells, r.cascade),
		on("cascade", r.executions, tells, r.cascade),
		on("resolve edge", r.edges, due, r.resolveEdge),
		on("resolve edge", r.edges, due, r.resolveEdge),
		on("resolve edge", r.edges, due, r.resolveEdge),
		on("reconcile", r.executions, (*modelExecution).reconcilable, r.reconcile),
		on("reconcile", r.executions, (*modelExecution).reconcilable, r.reconcile),
		on("promote blocked", r.executions, (*modelExecution).waitsForDependencies, r.promoteBlocked),
		on("drain siblings", children, listed, r.drainSiblings),
		on("settle siblings", children, listed, r.settleSiblings),
		on("acknowledge", r.executions, func(x *modelExecution) bool { return f.owed[x.id] }, r.acknowledge),
	}
}

// deadEnds end executions and flows, or change next to nothing.
func (r *modelRun) deadEnds(claimed []*modelExecution) []move {
	active, runnable := (*modelExecution).active, (*modelExecution).runnable
	exists := func(f *modelFlow) bool { return f.Exists }
	return []move{
		on("renew by fence", claimed, active, r.renewByFence),
		on("progress", claimed, active, r.progress),
		on("complete for the holder", claimed, active, r.overrideComplete),
		on("cancel by the holder", claimed, active, r.cancelHeld),
		on("cancel", r.executions, (*modelExecution).live, r.cancel),
		on("cancel in line", r.executions, runnable, r.cancelInLine),
		on("expire", r.executions, (*modelExecution).live, r.expire),
		on("change priority", r.executions, (*modelExecution).eligible, r.changePriority),
		on("block", r.executions, runnable, r.block),
		on("block", r.executions, runnable, r.block),
		on("create flow", r.flows, func(f *modelFlow) bool { return !f.Exists }, r.createFlow),
		on("evaluate", r.executions, func(x *modelExecution) bool { return len(x.dependsOn) > 0 }, r.evaluate),
		on("project flow", r.flows, exists, r.project),
		on("cancel flow", r.flows, exists, r.cancelFlow),
	}
}

func (x *modelExecution) rateLimited() bool {
	return x.runnable() && x.State.Public == engine.StateRateLimited
}

func (x *modelExecution) delayed() bool {
	return x.runnable() && x.State.Eligibility == engine.EligibleLater
}

// reconcilable is an execution of which the background has something to do that has one outcome.
func (x *modelExecution) reconcilable() bool {
	return len(x.overdue()) == 1 || x.waitsForDependencies() && len(x.Unresolved) == 0
}

func (wp *modelWaitpoint) pending() bool { return wp.State == "pending" }
