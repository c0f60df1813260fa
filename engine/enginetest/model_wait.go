package enginetest

import (
	"time"

	"ffboard/engine"
)

// modelSuspension is the latest suspension of an execution.
type modelSuspension struct {
	SuspensionPicture
	condition  engine.ResumeCondition
	tree       *modelTree // of a composite condition
	timeout    time.Time
	waitpoints []*modelWaitpoint // primary first
}

func (s *modelSuspension) picture() SuspensionPicture {
	p := s.SuspensionPicture
	p.Timeout = !s.timeout.IsZero()
	return p
}

// close ends the suspension, its waitpoints and their conditions.
func (s *modelSuspension) close(suspension, waitpoint, condition string) {
	s.CloseReason = suspension
	for _, wp := range s.waitpoints {
		wp.State, wp.CloseReason = "closed", waitpoint
		wp.Condition = condition
	}
}

// modelWaitpoint is a waitpoint as it should be.
type modelWaitpoint struct {
	WaitpointPicture
	id         engine.WaitpointID
	key        string
	execution  *modelExecution
	token      engine.WaitpointToken
	ofAttempt  int
	suspension *modelSuspension // nil while pending
	buffered   []engine.Signal
	first      map[string]engine.SignalID // by idempotency key
}

const conditionOpen = "open"

func (wp *modelWaitpoint) picture() WaitpointPicture { return wp.WaitpointPicture }

func (wp *modelWaitpoint) open() bool { return wp.State == "pending" || wp.State == "active" }

// createPending is ff_create_pending_waitpoint: neither the fence nor the lease's time counts (spec 03b §4.3).
func (x *modelExecution) createPending(h engine.Handle) engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case !x.active():
		return engine.CodeExecutionNotActive
	case x.State.Ownership != engine.OwnerLeased:
		return engine.CodeNoActiveLease
	case x.AttemptIndex != int(h.AttemptIndex):
		return engine.CodeStaleLease
	}
	return ""
}

func (w *world) addPending(x *modelExecution, issued engine.IssuedWaitpoint) {
	w.waitpoints = append(w.waitpoints, &modelWaitpoint{
		id: issued.ID, key: issued.Key, execution: x, ofAttempt: x.AttemptIndex, token: issued.Token,
		WaitpointPicture: WaitpointPicture{State: "pending", Expiring: true},
	})
}

func (w *world) waitpoint(id engine.WaitpointID) *modelWaitpoint {
	for _, wp := range w.waitpoints {
		if wp.id == id {
			return wp
		}
	}
	return nil
}

// suspendRefused judges a suspend before anything is written (spec 03b §4.1).
func (w *world) suspendRefused(x *modelExecution, h engine.Handle, args engine.SuspendArgs) engine.Code {
	if h.Kind == engine.HandleSuspended {
		return engine.CodeAlreadySuspended
	}
	if code := x.holds(h.Fence()); code != "" {
		return code
	}
	primary := args.Waitpoints[0]
	wp := w.waitpoint(primary.ID)
	switch {
	case !primary.UsePending && wp != nil && wp.open() && wp.execution != x:
		return engine.CodeWaitpointAlreadyExists
	case !primary.UsePending:
		return ""
	case wp == nil:
		return engine.CodeWaitpointNotFound
	case wp.State != "pending":
		return engine.CodeWaitpointNotPending
	case wp.execution != x:
		return engine.CodeInvalidWaitpointForExecution
	case wp.ofAttempt != x.AttemptIndex:
		return engine.CodeInvalidWaitpointForExecution
	}
	return ""
}

// suspend is T15 for a suspend that is not refused. early tells that the signals that came before satisfy the condition: then the
// execution keeps its lease.
func (w *world) suspend(x *modelExecution, args engine.SuspendArgs) (early bool) {
	next := &modelSuspension{
		SuspensionPicture: SuspensionPicture{ID: args.SuspensionID, Reason: args.Reason, Behavior: args.TimeoutBehavior},
		condition:         args.Condition,
		timeout:           args.TimeoutAt,
	}
	if args.Condition.Composite() {
		next.tree = &modelTree{root: args.Condition}
	}
	x.Tokens = nil
	for _, binding := range args.Waitpoints {
		wp := w.bind(x, binding)
		wp.suspension, wp.State, wp.Condition = next, "active", conditionOpen
		wp.Expiring = false
		next.waitpoints = append(next.waitpoints, wp)
	}
	if next.satisfiedByBuffer() {
		x.suspension = nil // the record of the one before is gone already
		next.close("", "resumed", "satisfied")
		return true
	}
	x.suspension = next
	if next.tree != nil {
		x.Tokens = next.tree.tokens
	}
	x.Attempts[x.AttemptIndex].State = attemptSuspended
	x.release()
	x.State = engine.StateVector{
		Phase:       engine.PhaseSuspended,
		Ownership:   engine.OwnerNone,
		Eligibility: engine.EligibleNotApplicable,
		Blocking:    waitsAs[args.Reason],
		Outcome:     engine.OutcomeNone,
		Attempt:     engine.AttemptInterrupted,
		Public:      engine.StateSuspended,
	}
	return false
}

var waitsAs = map[string]engine.BlockingReason{
	engine.ReasonWaitingForSignal:         engine.WaitingForSignal,
	engine.ReasonWaitingForApproval:       engine.WaitingForApproval,
	engine.ReasonWaitingForCallback:       engine.WaitingForCallback,
	engine.ReasonWaitingForToolResult:     engine.WaitingForToolResult,
	engine.ReasonWaitingForOperatorReview: engine.PausedByOperator,
	engine.ReasonPausedByPolicy:           engine.PausedByPolicy,
	engine.ReasonPausedByBudget:           engine.WaitingForBudget,
	engine.ReasonStepBoundary:             engine.WaitingForSignal,
	engine.ReasonManualPause:              engine.PausedByOperator,
}

// bind is the waitpoint of a binding: a pending one, or a new one, which forgets an earlier life of its id.
func (w *world) bind(x *modelExecution, binding engine.WaitpointBinding) *modelWaitpoint {
	wp := w.waitpoint(binding.ID)
	if wp != nil && binding.UsePending {
		return wp
	}
	if wp == nil {
		wp = &modelWaitpoint{id: binding.ID}
		w.waitpoints = append(w.waitpoints, wp)
	}
	*wp = modelWaitpoint{id: binding.ID, key: binding.Key, execution: x, ofAttempt: x.AttemptIndex, first: wp.first}
	return wp
}

// satisfiedByBuffer judges what came for the primary waitpoint while it was pending.
func (s *modelSuspension) satisfiedByBuffer() bool {
	primary, satisfied := s.waitpoints[0], false
	for _, signal := range primary.buffered {
		effect, _ := s.judge(primary, signal)
		satisfied = satisfied || effect == engine.EffectResumed
	}
	return satisfied
}

// judge evaluates one signal on a waitpoint of the suspension.
func (s *modelSuspension) judge(wp *modelWaitpoint, signal engine.Signal) (effect string, matched bool) {
	if s.tree != nil {
		return s.tree.signal(arriving{
			waitpoint: wp.id, key: wp.key, signal: signal.ID, name: signal.Name,
			source: signal.SourceType + ":" + signal.SourceIdentity,
		})
	}
	if s.condition.Kind != engine.ConditionSingle || wp.Satisfied > 0 || !takes(s.condition.Matcher, signal.Name) {
		return engine.EffectNone, false
	}
	wp.Satisfied = 1
	return engine.EffectResumed, true
}

// deliver is ff_deliver_signal with what a client does around it (spec 03b §4.8, §3.7).
func (x *modelExecution) deliver(wp *modelWaitpoint, s engine.Signal) (engine.SignalOutcome, engine.Code) {
	switch {
	case wp.execution != x, s.Token != wp.token:
		return engine.SignalOutcome{}, engine.CodeInvalidToken
	case x.terminal():
		return wp.tooLate(s, engine.CodeTargetNotSignalable)
	case !x.suspended() && wp.State == "pending":
		return wp.buffer(s)
	case !x.suspended():
		return wp.tooLate(s, engine.CodeTargetNotSignalable)
	case wp.Condition == "":
		return engine.SignalOutcome{}, engine.CodeWaitpointNotFound
	case wp.Condition != conditionOpen || wp.suspension != x.suspension:
		return wp.tooLate(s, engine.CodeWaitpointClosed)
	}
	if first := wp.first[s.IdempotencyKey]; first != "" {
		return engine.SignalOutcome{ID: first, Duplicate: true}, ""
	}
	wp.remember(s)
	effect, matched := x.suspension.judge(wp, s)
	wp.Signals++
	if matched {
		wp.Matched++
	}
	if x.suspension.tree != nil {
		x.Tokens = x.suspension.tree.tokens
	}
	if effect == engine.EffectResumed {
		x.Tokens = nil
		x.suspension.close("resumed", "resumed", "satisfied")
		x.wake(s.ResumeDelay)
	}
	return engine.SignalOutcome{ID: s.ID, Effect: effect}, ""
}

// tooLate is the refusal, or the signal that came first under the same key.
func (wp *modelWaitpoint) tooLate(s engine.Signal, code engine.Code) (engine.SignalOutcome, engine.Code) {
	if first := wp.first[s.IdempotencyKey]; first != "" {
		return engine.SignalOutcome{ID: first, Duplicate: true}, ""
	}
	return engine.SignalOutcome{}, code
}

// bufferSignal is ff_buffer_signal_for_pending_waitpoint (spec 03b §4.9, Q-061).
func (x *modelExecution) bufferSignal(wp *modelWaitpoint, s engine.Signal) (engine.SignalOutcome, engine.Code) {
	switch {
	case !x.Exists:
		return engine.SignalOutcome{}, engine.CodeExecutionNotFound
	case wp.execution != x, s.Token != wp.token:
		return engine.SignalOutcome{}, engine.CodeInvalidToken
	case wp.State == "closed":
		return engine.SignalOutcome{}, engine.CodeWaitpointClosed
	case x.terminal():
		return engine.SignalOutcome{}, engine.CodeTargetNotSignalable
	case wp.State != "pending":
		return engine.SignalOutcome{}, engine.CodeWaitpointNotPending
	}
	return wp.buffer(s)
}

func (wp *modelWaitpoint) buffer(s engine.Signal) (engine.SignalOutcome, engine.Code) {
	if first := wp.first[s.IdempotencyKey]; first != "" {
		return engine.SignalOutcome{ID: first, Duplicate: true}, ""
	}
	wp.remember(s)
	wp.buffered = append(wp.buffered, s)
	return engine.SignalOutcome{ID: s.ID, Effect: engine.EffectBuffered}, ""
}

func (wp *modelWaitpoint) remember(s engine.Signal) {
	if s.IdempotencyKey == "" {
		return
	}
	if wp.first == nil {
		wp.first = map[string]engine.SignalID{}
	}
	wp.first[s.IdempotencyKey] = s.ID
}

// wake is T16 and T17.
func (x *modelExecution) wake(delay time.Duration) {
	if delay > 0 {
		x.delay(time.Now().Add(delay), engine.WaitingForResumeDelay, engine.AttemptInterrupted)
		return
	}
	x.State = waitingVector(engine.AttemptInterrupted)
}

// resumeSuspended is ff_resume_execution.
func (x *modelExecution) resumeSuspended(delay time.Duration) engine.Code {
	switch {
	case !x.Exists:
		return engine.CodeExecutionNotFound
	case !x.suspended():
		return engine.CodeExecutionNotSuspended
	}
	x.suspension.close("resumed", "resumed", "resumed")
	x.Tokens = nil
	x.wake(delay)
	return ""
}

// expireSuspension is ff_expire_suspension: T16, T18, T19, or nothing.
func (x *modelExecution) expireSuspension() {
	if !x.suspended() || x.suspension.timeout.IsZero() || x.suspension.timeout.After(time.Now()) {
		return
	}
	s := x.suspension
	switch s.Behavior {
	case engine.TimeoutEscalate:
		x.State.Blocking = engine.PausedByOperator
		s.Reason, s.Behavior, s.timeout = engine.ReasonWaitingForOperatorReview, "", time.Time{}
		return
	case engine.TimeoutAutoResume:
		s.closeAll("timed_out_auto_resume")
		x.Tokens = nil
		x.wake(0)
		return
	}
	outcome, ended := engine.OutcomeFailed, attemptFailed
	switch s.Behavior {
	case engine.TimeoutCancel:
		outcome, ended = engine.OutcomeCancelled, attemptCancelled
	case engine.TimeoutExpire:
		outcome = engine.OutcomeExpired
	}
	s.closeAll("timed_out_" + s.Behavior)
	x.Tokens = nil
	x.FailureReason = "suspension_timeout:" + s.Behavior
	x.endAttempt(ended, x.FailureReason)
	deadline := x.deadline
	x.end(outcome)
	x.deadline = deadline // its entry is left (spec 03b §4.4)
}

func (s *modelSuspension) closeAll(reason string) { s.close(reason, reason, reason) }

// closePending is ff_close_waitpoint as the scanner calls it: only what is pending is closed.
func (wp *modelWaitpoint) closePending() {
	if wp.State == "pending" {
		wp.State, wp.CloseReason = "closed", "never_committed"
	}
	wp.Expiring = false
}
