package enginetest

import (
	"slices"
	"time"

	"ffboard/engine"
)

// apply is ff_apply_dependency_to_child (T23); it returns how many of the child's dependencies are unsatisfied.
func (e *modelEdge) apply() (unsatisfied int, applied bool) {
	x := e.downstream
	if e.state != "" {
		return 0, false
	}
	e.state = engine.EdgeUnsatisfied
	x.Unresolved = append(x.Unresolved, e.id)
	x.dependsOn = append(x.dependsOn, e)
	g := e.flow.groups[x.id]
	if g == nil {
		g = &modelGroup{GroupPicture: GroupPicture{Policy: engine.PolicyAllOf, State: engine.GroupPending}}
		e.flow.groups[x.id] = g
	}
	g.N++
	if g.State == engine.GroupSatisfied && g.Policy != engine.PolicyAllOf { // it has fired: nothing waits for this one
		return x.Unsatisfied, true
	}
	x.Unsatisfied++
	if x.runnable() {
		x.State = blockedVector(engine.BlockedByDependencies, engine.WaitingForChildren, x.State.Attempt, engine.StateWaitingChildren)
	}
	return x.Unsatisfied, true
}

// resolve is ff_resolve_dependency (spec 03c §3.8).
func (w *world) resolve(e *modelEdge, outcome engine.TerminalOutcome) (engine.Resolution, engine.Code) {
	switch e.state {
	case "":
		return engine.Resolution{}, engine.CodeInvalidDependency
	case engine.EdgeSatisfied, engine.EdgeImpossible:
		return engine.Resolution{Result: engine.DependencyAlreadyResolved}, ""
	}
	if outcome == engine.OutcomeNone { // what has not ended says nothing about its children
		return engine.Resolution{}, engine.CodeInvalidInput
	}
	x, g := e.downstream, e.flow.groups[e.downstream.id]
	e.state = engine.EdgeImpossible
	if outcome == engine.OutcomeSuccess {
		e.state = engine.EdgeSatisfied
	}
	x.Unresolved = slices.DeleteFunc(x.Unresolved, func(id engine.EdgeID) bool { return id == e.id })
	if g.Policy == engine.PolicyAllOf {
		return e.resolveAllOf(g), ""
	}
	return w.resolveGroup(e, g, outcome), ""
}

func (e *modelEdge) resolveAllOf(g *modelGroup) engine.Resolution {
	x := e.downstream
	x.Unsatisfied--
	if e.state == engine.EdgeImpossible {
		x.Impossible++
		g.Failed++
		g.State = engine.GroupImpossible
		return engine.Resolution{Result: engine.DependencyImpossible, ChildSkipped: x.skip()}
	}
	g.Succeeded++
	if x.Unsatisfied == 0 && x.Impossible == 0 { // one that is impossible stays so
		g.State = engine.GroupSatisfied
	}
	r := engine.Resolution{Result: engine.DependencySatisfied, Copied: e.pass()}
	if x.Unsatisfied == 0 {
		x.unblockDependencies()
	}
	return r
}

func (w *world) resolveGroup(e *modelEdge, g *modelGroup, outcome engine.TerminalOutcome) engine.Resolution {
	x := e.downstream
	switch outcome {
	case engine.OutcomeSuccess:
		g.Succeeded++
	case engine.OutcomeSkipped:
		g.Skipped++
	default:
		g.Failed++
	}
	if g.State != engine.GroupPending {
		return engine.Resolution{Result: engine.DependencyAlreadyFired}
	}
	x.Unsatisfied--
	k := 1
	if g.Policy == engine.PolicyQuorum {
		k = g.K
	}
	n := max(g.N, len(w.inbound(e.flow, x)))
	switch {
	case g.Succeeded >= k:
		g.State = engine.GroupSatisfied
		x.Unsatisfied = 0
		w.fire(e.flow, x, g, "sibling_quorum_satisfied")
		r := engine.Resolution{Result: engine.DependencySatisfied}
		if e.state == engine.EdgeSatisfied {
			r.Copied = e.pass()
		}
		x.unblockDependencies()
		return r
	case g.Failed+g.Skipped > n-k:
		g.State = engine.GroupImpossible
		w.fire(e.flow, x, g, "sibling_quorum_impossible")
		return engine.Resolution{Result: engine.DependencyImpossible, ChildSkipped: x.skip()}
	}
	return engine.Resolution{Result: engine.DependencyPending}
}

// fire notes which siblings are still to be cancelled.
func (w *world) fire(f *modelFlow, x *modelExecution, g *modelGroup, why string) {
	if g.OnSatisfied != engine.CancelRemaining {
		return
	}
	g.CancelPending, g.CancelReason, g.Listed = true, why, true
	g.losers = nil
	for _, e := range w.inbound(f, x) {
		if !e.upstream.terminal() {
			g.losers = append(g.losers, e.upstream.id)
		}
	}
}

func (w *world) inbound(f *modelFlow, x *modelExecution) []*modelEdge {
	var in []*modelEdge
	for _, e := range w.edges {
		if e.flow == f && e.downstream == x {
			in = append(in, e)
		}
	}
	return in
}

func (w *world) outbound(f *modelFlow, x *modelExecution) []*modelEdge {
	var out []*modelEdge
	for _, e := range w.edges {
		if e.flow == f && e.upstream == x {
			out = append(out, e)
		}
	}
	return out
}

// pass gives the child the upstream's result for its payload, if the edge does that and there is one.
func (e *modelEdge) pass() bool {
	if !e.passesData || e.upstream.Result == "" || e.downstream.State.Outcome != engine.OutcomeNone {
		return false
	}
	e.downstream.Payload = e.upstream.Result
	return true
}

// unblockDependencies is T24; a child whose time has not come waits for that.
func (x *modelExecution) unblockDependencies() {
	if !x.waitsForDependencies() {
		return
	}
	attempt := x.State.Attempt
	if !x.delayUntil.After(time.Now()) {
		x.State = waitingVector(attempt)
		return
	}
	why := engine.WaitingForDelay
	if attempt == engine.AttemptPendingRetry {
		why = engine.WaitingForRetryBackoff
	}
	x.delay(x.delayUntil, why, attempt)
}

// skip is T25, with everything that the execution held.
func (x *modelExecution) skip() bool {
	if x.State.Outcome != engine.OutcomeNone {
		return false
	}
	attempt := x.State.Attempt
	switch attempt {
	case engine.AttemptRunning, engine.AttemptInterrupted:
		x.endAttempt(attemptCancelled, "dependency_impossible")
		attempt = engine.AttemptTerminal
	default:
		attempt = engine.AttemptNone
	}
	if x.suspended() {
		x.suspension.closeAll("dependency_impossible")
		x.Tokens = nil
	}
	x.end(engine.OutcomeSkipped)
	x.State.Attempt = attempt
	return true
}

// cascade resolves the edges that leave an execution that is over, and those of the children that this skips.
func (w *world) cascade(x *modelExecution) {
	f := w.flow(x.Flow)
	if f == nil || !x.terminal() {
		return
	}
	for _, e := range w.outbound(f, x) {
		if r, code := w.resolve(e, x.State.Outcome); code == "" && r.ChildSkipped {
			w.cascade(e.downstream)
		}
	}
}

// reconcile resolves those of an execution's edges whose upstream is over. One that waits for nothing, though it has edges, is
// released.
func (w *world) reconcile(x *modelExecution) {
	if len(x.Unresolved) == 0 {
		if len(x.dependsOn) > 0 && w.promoteBlocked(x) == "" {
			return
		}
		return
	}
	for _, e := range x.overdue() {
		if r, _ := w.resolve(e, e.upstream.State.Outcome); r.ChildSkipped {
			w.cascade(x)
		}
	}
}

// overdue are the unresolved edges whose upstream is over.
func (x *modelExecution) overdue() []*modelEdge {
	var due []*modelEdge
	for _, e := range x.dependsOn {
		if e.state == engine.EdgeUnsatisfied && e.upstream.terminal() {
			due = append(due, e)
		}
	}
	return due
}

// promoteBlocked is ff_promote_blocked_to_eligible.
func (w *world) promoteBlocked(x *modelExecution) engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case !x.runnable():
		return engine.CodeNotRunnable
	case !x.waitsForDependencies():
		return engine.CodeNotBlockedByDeps
	case x.Unsatisfied > 0 || len(x.Unresolved) > 0:
		return engine.CodeDepsNotSatisfied
	}
	x.unblockDependencies()
	return ""
}

// reopenEdges is what a replay does with the edges of a skipped member, and with their group; it returns how many are open.
func (w *world) reopenEdges(x *modelExecution) int {
	f := w.flow(x.Flow)
	open, satisfied := 0, 0
	for _, e := range w.inbound(f, x) {
		switch e.state {
		case engine.EdgeImpossible:
			e.state = engine.EdgeUnsatisfied
			x.Unresolved = append(x.Unresolved, e.id)
			open++
		case engine.EdgeUnsatisfied:
			open++
		case engine.EdgeSatisfied:
			satisfied++
		}
	}
	x.Unsatisfied, x.Impossible = open, 0
	if g := f.groups[x.id]; g != nil && g.Policy != engine.PolicyAllOf {
		g.State = engine.GroupPending
		g.Succeeded, g.Failed, g.Skipped = satisfied, 0, 0
		g.CancelPending, g.CancelReason, g.losers = false, "", nil
	}
	return open
}

// drain is ff_drain_sibling_cancel_group.
func (g *modelGroup) drain() {
	g.CancelPending, g.losers, g.Listed = false, nil, false
}

// reconcileSiblings is ff_reconcile_sibling_cancel_group.
func (w *world) reconcileSiblings(g *modelGroup) string {
	switch {
	case !g.Listed:
		return "no_op"
	case !g.CancelPending:
		g.Listed = false
		return "sremmed_stale"
	}
	for _, id := range g.losers {
		if !w.execution(id).terminal() {
			return "no_op"
		}
	}
	g.drain()
	return "completed_drain"
}

// standing is ff_evaluate_flow_eligibility.
func (x *modelExecution) standing() string {
	switch {
	case !x.Exists:
		return "not_found"
	case !x.runnable():
		return "not_runnable"
	case x.Impossible > 0:
		return "impossible"
	case x.Unsatisfied > 0:
		return "blocked_by_dependencies"
	default:
		return "eligible"
	}
}
