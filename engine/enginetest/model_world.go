package enginetest

import (
	"slices"
	"time"

	"ffboard/engine"
)

// The model: what a deployment should hold, by the state tables of the spec (01 §4.6 and §4.7, 03a §2, 03b §3, 03c §3 and §4) and what
// spec 07 decides. It is written without a look at any backend. Each method is one operation on the model; it returns the code that
// the operation is refused with, "" when it is not.

// world is a model of one lane, some flows and what is in them.
type world struct {
	executions []*modelExecution
	waitpoints []*modelWaitpoint
	flows      []*modelFlow
	edges      []*modelEdge
}

// modelExecution is an execution as it should be. The fields of the picture that follow from others are filled in by picture.
type modelExecution struct {
	ExecutionPicture
	id      engine.ExecutionID
	handles []engine.Handle // ever given out, latest last

	maxRetries, maxReclaims, maxReplays int
	capabilities                        []string
	attemptTimeout                      bool // its policy has one

	grantee    engine.WorkerID // of the live grant; "" for none
	over       bool            // the lease's time is up, noticed or not
	armed      bool            // in the index of attempt timeouts
	deadline   bool            // in the index of deadlines
	delayUntil time.Time
	suspension *modelSuspension
	repeats    map[string]engine.SuspendOutcome // by idempotency key
	dependsOn  []*modelEdge                     // applied edges
}

const (
	attemptStarted   = "started"
	attemptSuspended = "suspended"
	attemptSucceeded = "ended_success"
	attemptFailed    = "ended_failure"
	attemptCancelled = "ended_cancelled"
	attemptReclaimed = "interrupted_reclaimed"
)

func (w *world) execution(id engine.ExecutionID) *modelExecution {
	for _, x := range w.executions {
		if x.id == id {
			return x
		}
	}
	return nil
}

// create is T1 and T2.
func (x *modelExecution) create(req engine.CreateExecution) {
	x.ExecutionPicture = ExecutionPicture{
		Exists:       true,
		AttemptIndex: -1,
		Priority:     min(max(req.Priority, 0), 9000),
		Payload:      string(req.Payload),
	}
	x.State = waitingVector(engine.AttemptPendingFirst)
	if req.DelayUntil.After(time.Now()) {
		x.delay(req.DelayUntil, engine.WaitingForDelay, engine.AttemptPendingFirst)
	}
	x.deadline = !req.Deadline.IsZero()
	x.maxReclaims, x.maxReplays = 1000, engine.DefaultMaxReplays
	if p := req.Policy; p != nil {
		x.maxReclaims, x.maxReplays = limitOr(p.MaxReclaims, engine.DefaultMaxReclaims), limitOr(p.MaxReplays, engine.DefaultMaxReplays)
		if p.Retry != nil {
			x.maxRetries = int(p.Retry.MaxRetries)
		}
		if p.Routing != nil {
			x.capabilities = p.Routing.Capabilities
		}
		x.attemptTimeout = p.Timeout != nil && p.Timeout.Attempt > 0
	}
}

func limitOr(limit *uint32, otherwise int) int {
	if limit == nil {
		return otherwise
	}
	return int(*limit)
}

// waitingVector is that of an execution that a worker may take.
func waitingVector(attempt engine.AttemptState) engine.StateVector {
	return engine.StateVector{
		Phase:       engine.PhaseRunnable,
		Ownership:   engine.OwnerNone,
		Eligibility: engine.EligibleNow,
		Blocking:    engine.WaitingForWorker,
		Outcome:     engine.OutcomeNone,
		Attempt:     attempt,
		Public:      engine.StateWaiting,
	}
}

// blockedVector is that of a runnable execution that must wait.
func blockedVector(e engine.EligibilityState, why engine.BlockingReason, attempt engine.AttemptState, public engine.PublicState) engine.StateVector {
	v := waitingVector(attempt)
	v.Eligibility, v.Blocking, v.Public = e, why, public
	return v
}

// delay parks the execution until a time.
func (x *modelExecution) delay(until time.Time, why engine.BlockingReason, attempt engine.AttemptState) {
	x.State = blockedVector(engine.EligibleLater, why, attempt, engine.StateDelayed)
	x.delayUntil = until
}

func (x *modelExecution) runnable() bool {
	return x.Exists && x.State.Phase == engine.PhaseRunnable
}

func (x *modelExecution) active() bool {
	return x.Exists && x.State.Phase == engine.PhaseActive
}

func (x *modelExecution) suspended() bool {
	return x.Exists && x.State.Phase == engine.PhaseSuspended
}

func (x *modelExecution) terminal() bool {
	return x.Exists && x.State.Phase == engine.PhaseTerminal
}

func (x *modelExecution) eligible() bool {
	return x.runnable() && x.State.Eligibility == engine.EligibleNow
}

func (x *modelExecution) waitsForDependencies() bool {
	return x.runnable() && x.State.Eligibility == engine.BlockedByDependencies
}

func (x *modelExecution) reclaimable() bool {
	return x.active() && (x.State.Ownership == engine.OwnerExpired || x.State.Ownership == engine.OwnerRevoked)
}

// release is what every end of a lease does.
func (x *modelExecution) release() {
	x.LeaseID, x.Holder, x.over, x.armed = "", "", false, false
}

// end makes the execution terminal.
func (x *modelExecution) end(outcome engine.TerminalOutcome) {
	attempt := engine.AttemptTerminal
	if x.AttemptIndex < 0 {
		attempt = x.State.Attempt
	}
	x.State = engine.StateVector{
		Phase:       engine.PhaseTerminal,
		Ownership:   engine.OwnerNone,
		Eligibility: engine.EligibleNotApplicable,
		Blocking:    engine.BlockingNone,
		Outcome:     outcome,
		Attempt:     attempt,
		Public:      endedPublicly[outcome],
	}
	x.release()
	x.deadline = false
}

var endedPublicly = map[engine.TerminalOutcome]engine.PublicState{
	engine.OutcomeSuccess:   engine.StateCompleted,
	engine.OutcomeFailed:    engine.StateFailed,
	engine.OutcomeCancelled: engine.StateCancelled,
	engine.OutcomeExpired:   engine.StateExpired,
	engine.OutcomeSkipped:   engine.StateSkipped,
}

// endAttempt ends the current attempt's record.
func (x *modelExecution) endAttempt(state, reason string) {
	if x.AttemptIndex < 0 {
		return
	}
	a := &x.Attempts[x.AttemptIndex]
	a.State = state
	if reason != "" {
		a.FailureReason = reason
	}
}

// picture fills in what follows from the rest: which indexes hold the execution, and whether there is a lease record.
func (x *modelExecution) picture() ExecutionPicture {
	p := x.ExecutionPicture
	if !p.Exists {
		return ExecutionPicture{}
	}
	p.Attempts = slices.Clone(x.Attempts)
	p.Granted = x.grantee != ""
	p.Delayed = !x.delayUntil.IsZero()
	p.LeaseRecord = x.active() && x.State.Ownership != engine.OwnerRevoked
	if p.LeaseRecord {
		p.Leases = []engine.WorkerInstanceID{x.Holder}
		p.Due = append(p.Due, engine.DueLeaseExpiry)
	}
	if x.suspension != nil {
		p.Suspension = x.suspension.picture()
	}
	if x.suspended() && !x.suspension.timeout.IsZero() {
		p.Due = append(p.Due, engine.DueSuspensionTimeout)
	}
	if x.armed {
		p.Due = append(p.Due, engine.DueAttemptTimeout)
	}
	if x.deadline {
		p.Due = append(p.Due, engine.DueDeadline)
	}
	slices.Sort(p.Due)
	p.Tokens = slices.Sorted(slices.Values(x.Tokens))
	p.Unresolved = slices.Sorted(slices.Values(x.Unresolved))
	return p
}

// laneIndex is the one index of the lane that should hold the execution (spec 01 §4.7).
func (x *modelExecution) laneIndex() engine.LaneIndex {
	switch x.State.Phase {
	case engine.PhaseActive:
		return engine.IndexActive
	case engine.PhaseSuspended:
		return engine.IndexSuspended
	case engine.PhaseTerminal:
		return engine.IndexTerminal
	}
	return map[engine.EligibilityState]engine.LaneIndex{
		engine.EligibleNow:           engine.IndexEligible,
		engine.EligibleLater:         engine.IndexDelayed,
		engine.BlockedByDependencies: engine.IndexBlockedDependencies,
		engine.BlockedByBudget:       engine.IndexBlockedBudget,
		engine.BlockedByQuota:        engine.IndexBlockedQuota,
		engine.BlockedByRoute:        engine.IndexBlockedRoute,
		engine.BlockedByOperator:     engine.IndexBlockedOperator,
	}[x.State.Eligibility]
}

// picture is everything as it should be.
func (w *world) picture() Picture {
	p := Picture{
		Executions: map[engine.ExecutionID]ExecutionPicture{},
		Waitpoints: map[engine.WaitpointID]WaitpointPicture{},
		Flows:      map[engine.FlowID]FlowPicture{},
		Edges:      map[engine.EdgeID]EdgePicture{},
		Groups:     map[SeenGroup]GroupPicture{},
		Lane:       map[engine.LaneIndex][]engine.ExecutionID{},
	}
	for _, x := range w.executions {
		p.Executions[x.id] = x.picture()
		if x.Exists {
			p.Lane[x.laneIndex()] = append(p.Lane[x.laneIndex()], x.id)
		}
	}
	for _, members := range p.Lane {
		slices.Sort(members)
	}
	for _, wp := range w.waitpoints {
		p.Waitpoints[wp.id] = wp.picture()
	}
	for _, f := range w.flows {
		p.Flows[f.id] = f.picture()
		for _, x := range w.executions {
			p.Groups[SeenGroup{f.id, x.id}] = f.groups[x.id].picture()
		}
	}
	for _, e := range w.edges {
		p.Edges[e.id] = EdgePicture{Staged: true, State: e.state}
	}
	return p
}

// sight is what has to be looked at.
func (w *world) sight(lane engine.LaneID) Sight {
	at := Sight{Lane: lane, Instances: modelInstances}
	for _, x := range w.executions {
		at.Executions = append(at.Executions, SeenExecution{x.id, len(x.Attempts)})
	}
	for _, wp := range w.waitpoints {
		at.Waitpoints = append(at.Waitpoints, wp.id)
	}
	for _, f := range w.flows {
		at.Flows = append(at.Flows, f.id)
		for _, x := range w.executions {
			at.Groups = append(at.Groups, SeenGroup{f.id, x.id})
		}
	}
	for _, e := range w.edges {
		at.Edges = append(at.Edges, SeenEdge{e.flow.id, e.id, e.downstream.id})
	}
	return at
}
