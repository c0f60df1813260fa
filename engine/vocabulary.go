package engine

import "slices"

// Words of the wire outside the state model. As with the states, an unknown word is kept and Valid tells.
type (
	FailureClass      string // default category of a failure (spec 04a §1.4)
	CancelSource      string // who cancels; any other text is a custom source (spec 01 §1.7)
	FlowCancelPolicy  string // what a flow's cancellation does to its members (spec 01 §3.6.1)
	FlowState         string // public_flow_state (spec 01 §3.6.1, §3.6.7)
	EdgePolicyKind    string // policy_variant of an edge group (spec 01 §3.6.6)
	OnSatisfied       string // what becomes of the siblings of a satisfied group
	GroupState        string // group_state of an edge group
	EdgeState         string // state of a dependency on its child (spec 01 §3.4.3)
	DependencyOutcome string // what resolving a dependency did (spec 03c §3.8)
)

const (
	FailureTransient  FailureClass = "transient"
	FailurePermanent  FailureClass = "permanent"
	FailureInfraCrash FailureClass = "infra_crash"
	FailureTimeout    FailureClass = "timeout"
	FailureCancelled  FailureClass = "cancelled"
)

const (
	CancelByOperator    CancelSource = "operator_override" // the default
	CancelByLeaseHolder CancelSource = "lease_holder"
	CancelByFlowCascade CancelSource = "flow_cascade"
	CancelByTimeout     CancelSource = "system_timeout"
)

const (
	CancelFlowOnly    FlowCancelPolicy = "flow_only"
	CancelFlowAll     FlowCancelPolicy = "cancel_all"
	CancelFlowPending FlowCancelPolicy = "cancel_pending"
)

const (
	FlowOpen      FlowState = "open"
	FlowRunning   FlowState = "running"
	FlowBlocked   FlowState = "blocked"
	FlowCompleted FlowState = "completed"
	FlowFailed    FlowState = "failed"
	FlowCancelled FlowState = "cancelled"
)

const (
	PolicyAllOf  EdgePolicyKind = "all_of"
	PolicyAnyOf  EdgePolicyKind = "any_of"
	PolicyQuorum EdgePolicyKind = "quorum"
)

const (
	CancelRemaining OnSatisfied = "cancel_remaining"
	LetRun          OnSatisfied = "let_run"
)

const (
	GroupPending    GroupState = "pending"
	GroupSatisfied  GroupState = "satisfied"
	GroupImpossible GroupState = "impossible"
	GroupCancelled  GroupState = "cancelled" // reserved
)

const (
	EdgeUnsatisfied EdgeState = "unsatisfied"
	EdgeSatisfied   EdgeState = "satisfied"
	EdgeImpossible  EdgeState = "impossible"
)

const (
	DependencySatisfied       DependencyOutcome = "satisfied"
	DependencyImpossible      DependencyOutcome = "impossible"
	DependencyPending         DependencyOutcome = "pending"
	DependencyAlreadyFired    DependencyOutcome = "already_fired"
	DependencyAlreadyResolved DependencyOutcome = "already_resolved"
)

func (c FailureClass) Valid() bool {
	return slices.Contains([]FailureClass{
		FailureTransient, FailurePermanent, FailureInfraCrash, FailureTimeout, FailureCancelled,
	}, c)
}

// Valid tells whether the source is one that the wire knows; a custom one is legal all the same.
func (s CancelSource) Valid() bool {
	return slices.Contains([]CancelSource{CancelByOperator, CancelByLeaseHolder, CancelByFlowCascade, CancelByTimeout}, s)
}

func (p FlowCancelPolicy) Valid() bool {
	return slices.Contains([]FlowCancelPolicy{CancelFlowOnly, CancelFlowAll, CancelFlowPending}, p)
}

func (s FlowState) Valid() bool {
	return slices.Contains([]FlowState{FlowOpen, FlowRunning, FlowBlocked, FlowCompleted, FlowFailed, FlowCancelled}, s)
}

// Terminal tells whether the flow has ended: it takes no members and no edges.
func (s FlowState) Terminal() bool {
	return s == FlowCompleted || s == FlowFailed || s == FlowCancelled
}

func (k EdgePolicyKind) Valid() bool {
	return slices.Contains([]EdgePolicyKind{PolicyAllOf, PolicyAnyOf, PolicyQuorum}, k)
}
func (o OnSatisfied) Valid() bool { return o == CancelRemaining || o == LetRun }
func (s GroupState) Valid() bool {
	return slices.Contains([]GroupState{GroupPending, GroupSatisfied, GroupImpossible, GroupCancelled}, s)
}

func (s EdgeState) Valid() bool {
	return slices.Contains([]EdgeState{EdgeUnsatisfied, EdgeSatisfied, EdgeImpossible}, s)
}

func (o DependencyOutcome) Valid() bool {
	return slices.Contains([]DependencyOutcome{
		DependencySatisfied, DependencyImpossible, DependencyPending, DependencyAlreadyFired, DependencyAlreadyResolved,
	}, o)
}
