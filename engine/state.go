package engine

import "slices"

// The words of the state model (spec 01 §4.1) are kept as they stand in a record: an unknown one is a value like any other, and
// Valid tells that nobody should have written it.
type (
	PublicState      string
	LifecyclePhase   string
	OwnershipState   string
	EligibilityState string
	BlockingReason   string
	TerminalOutcome  string
	AttemptState     string // of the execution record; an attempt record has words of its own
	AttemptType      string
)

const (
	StateWaiting         PublicState = "waiting"
	StateDelayed         PublicState = "delayed"
	StateRateLimited     PublicState = "rate_limited"
	StateWaitingChildren PublicState = "waiting_children"
	StateActive          PublicState = "active"
	StateSuspended       PublicState = "suspended"
	StateResumable       PublicState = "resumable" // declared, never written; unknown to library version 26
	StateCompleted       PublicState = "completed"
	StateFailed          PublicState = "failed"
	StateCancelled       PublicState = "cancelled"
	StateExpired         PublicState = "expired"
	StateSkipped         PublicState = "skipped"
)

const (
	PhaseSubmitted LifecyclePhase = "submitted" // declared, never written
	PhaseRunnable  LifecyclePhase = "runnable"
	PhaseActive    LifecyclePhase = "active"
	PhaseSuspended LifecyclePhase = "suspended"
	PhaseTerminal  LifecyclePhase = "terminal"
)

const (
	OwnerNone    OwnershipState = "unowned"
	OwnerLeased  OwnershipState = "leased"
	OwnerExpired OwnershipState = "lease_expired_reclaimable"
	OwnerRevoked OwnershipState = "lease_revoked"
)

const (
	EligibleNow           EligibilityState = "eligible_now"
	EligibleLater         EligibilityState = "not_eligible_until_time"
	BlockedByDependencies EligibilityState = "blocked_by_dependencies"
	BlockedByBudget       EligibilityState = "blocked_by_budget"
	BlockedByQuota        EligibilityState = "blocked_by_quota"
	BlockedByRoute        EligibilityState = "blocked_by_route"
	BlockedByLaneState    EligibilityState = "blocked_by_lane_state"
	BlockedByOperator     EligibilityState = "blocked_by_operator"
	EligibleNotApplicable EligibilityState = "not_applicable"
)

const (
	BlockingNone            BlockingReason = "none"
	WaitingForWorker        BlockingReason = "waiting_for_worker"
	WaitingForRetryBackoff  BlockingReason = "waiting_for_retry_backoff"
	WaitingForResumeDelay   BlockingReason = "waiting_for_resume_delay"
	WaitingForDelay         BlockingReason = "waiting_for_delay"
	WaitingForSignal        BlockingReason = "waiting_for_signal"
	WaitingForApproval      BlockingReason = "waiting_for_approval"
	WaitingForCallback      BlockingReason = "waiting_for_callback"
	WaitingForToolResult    BlockingReason = "waiting_for_tool_result"
	WaitingForChildren      BlockingReason = "waiting_for_children"
	WaitingForBudget        BlockingReason = "waiting_for_budget"
	WaitingForQuota         BlockingReason = "waiting_for_quota"
	WaitingForCapableWorker BlockingReason = "waiting_for_capable_worker"
	WaitingForLocality      BlockingReason = "waiting_for_locality_match" // declared, never written
	PausedByOperator        BlockingReason = "paused_by_operator"
	PausedByPolicy          BlockingReason = "paused_by_policy"
	PausedByFlowCancel      BlockingReason = "paused_by_flow_cancel" // declared, never written
)

const (
	OutcomeNone      TerminalOutcome = "none"
	OutcomeSuccess   TerminalOutcome = "success"
	OutcomeFailed    TerminalOutcome = "failed"
	OutcomeCancelled TerminalOutcome = "cancelled"
	OutcomeExpired   TerminalOutcome = "expired"
	OutcomeSkipped   TerminalOutcome = "skipped"
)

const (
	AttemptNone          AttemptState = "none"
	AttemptPendingFirst  AttemptState = "pending_first_attempt"
	AttemptRunning       AttemptState = "running_attempt"
	AttemptInterrupted   AttemptState = "attempt_interrupted"
	AttemptPendingRetry  AttemptState = "pending_retry_attempt"
	AttemptPendingReplay AttemptState = "pending_replay_attempt"
	AttemptTerminal      AttemptState = "attempt_terminal"
)

const (
	AttemptTypeInitial  AttemptType = "initial"
	AttemptTypeRetry    AttemptType = "retry"
	AttemptTypeReclaim  AttemptType = "reclaim"
	AttemptTypeReplay   AttemptType = "replay"
	AttemptTypeFallback AttemptType = "fallback" // reserved
	AttemptTypeResumed  AttemptType = "resumed"  // in a claim's reply only: the attempt goes on
)

var (
	publicStates = []PublicState{
		StateActive, StateWaiting, StateDelayed, StateRateLimited, StateWaitingChildren, StateSuspended, StateResumable,
		StateCompleted, StateFailed, StateCancelled, StateExpired, StateSkipped,
	}
	lifecyclePhases   = []LifecyclePhase{PhaseSubmitted, PhaseRunnable, PhaseActive, PhaseSuspended, PhaseTerminal}
	ownershipStates   = []OwnershipState{OwnerNone, OwnerLeased, OwnerExpired, OwnerRevoked}
	eligibilityStates = []EligibilityState{
		EligibleNow, EligibleLater, BlockedByDependencies, BlockedByBudget, BlockedByQuota, BlockedByRoute, BlockedByLaneState,
		BlockedByOperator, EligibleNotApplicable,
	}
	blockingReasons = []BlockingReason{
		BlockingNone, WaitingForWorker, WaitingForRetryBackoff, WaitingForResumeDelay, WaitingForDelay, WaitingForSignal,
		WaitingForApproval, WaitingForCallback, WaitingForToolResult, WaitingForChildren, WaitingForBudget, WaitingForQuota,
		WaitingForCapableWorker, WaitingForLocality, PausedByOperator, PausedByPolicy, PausedByFlowCancel,
	}
	terminalOutcomes = []TerminalOutcome{
		OutcomeNone, OutcomeSuccess, OutcomeFailed, OutcomeCancelled, OutcomeExpired, OutcomeSkipped,
	}
	attemptStates = []AttemptState{
		AttemptNone, AttemptPendingFirst, AttemptRunning, AttemptInterrupted, AttemptPendingRetry, AttemptPendingReplay,
		AttemptTerminal,
	}
	attemptTypes = []AttemptType{
		AttemptTypeInitial, AttemptTypeRetry, AttemptTypeReclaim, AttemptTypeReplay, AttemptTypeFallback, AttemptTypeResumed,
	}
)

func (s PublicState) Valid() bool      { return slices.Contains(publicStates, s) }
func (p LifecyclePhase) Valid() bool   { return slices.Contains(lifecyclePhases, p) }
func (o OwnershipState) Valid() bool   { return slices.Contains(ownershipStates, o) }
func (e EligibilityState) Valid() bool { return slices.Contains(eligibilityStates, e) }
func (b BlockingReason) Valid() bool   { return slices.Contains(blockingReasons, b) }
func (o TerminalOutcome) Valid() bool  { return slices.Contains(terminalOutcomes, o) }
func (a AttemptState) Valid() bool     { return slices.Contains(attemptStates, a) }
func (t AttemptType) Valid() bool      { return slices.Contains(attemptTypes, t) }

// PublicStates are all public states in the order in which a person wants them: what runs, what waits, what has ended.
func PublicStates() []PublicState { return slices.Clone(publicStates) }

// Terminal tells whether the state is an end. Only a replay leads out of it.
func (s PublicState) Terminal() bool {
	switch s {
	case StateCompleted, StateFailed, StateCancelled, StateExpired, StateSkipped:
		return true
	default:
		return false
	}
}

// StateVector is the six dimensions of an execution's state and the public word stored beside them.
type StateVector struct {
	Phase       LifecyclePhase   `json:"lifecycle_phase"`
	Ownership   OwnershipState   `json:"ownership_state"`
	Eligibility EligibilityState `json:"eligibility_state"`
	Blocking    BlockingReason   `json:"blocking_reason"`
	Outcome     TerminalOutcome  `json:"terminal_outcome"`
	Attempt     AttemptState     `json:"attempt_state"`
	Public      PublicState      `json:"public_state"`
}

// DerivePublicState is the public state that the dimensions mean (spec 01 §4.2); it ignores v.Public. The stored word may differ:
// every admission block is stored as rate_limited. Words that are unknown or contradict each other give the state of the spec's
// corrupt rows, so the derivation never fails.
func DerivePublicState(v StateVector) PublicState {
	switch v.Phase {
	case PhaseTerminal:
		return endedAs(v.Outcome)
	case PhaseSuspended:
		return StateSuspended
	case PhaseActive:
		return StateActive
	case PhaseRunnable:
		return runnableAs(v.Eligibility)
	default:
		return StateWaiting
	}
}

func endedAs(o TerminalOutcome) PublicState {
	switch o {
	case OutcomeSuccess:
		return StateCompleted
	case OutcomeCancelled, OutcomeExpired, OutcomeSkipped:
		return PublicState(o)
	default:
		return StateFailed
	}
}

func runnableAs(e EligibilityState) PublicState {
	switch e {
	case EligibleLater:
		return StateDelayed
	case BlockedByDependencies:
		return StateWaitingChildren
	case BlockedByBudget, BlockedByQuota:
		return StateRateLimited
	default:
		return StateWaiting
	}
}
