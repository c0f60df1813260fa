package engine

import "time"

// CreateExecution is the input of Ingress.CreateExecution (spec 04a §13.1).
type CreateExecution struct {
	ID              ExecutionID
	Namespace       Namespace
	Lane            LaneID
	Kind            string
	Payload         []byte
	Priority        int // 0…9000, clamped
	CreatorIdentity string
	IdempotencyKey  string
	Tags            map[string]string
	Policy          *ExecutionPolicy // nil stores {}
	DelayUntil      time.Time
	Deadline        time.Time
}

// Created is the result of CreateExecution. With Duplicate, ID is the execution created first under the idempotency key.
type Created struct {
	ID        ExecutionID
	State     PublicState
	Duplicate bool
}

// CreateFlow is the input of Ingress.CreateFlow.
type CreateFlow struct {
	ID        FlowID
	Kind      string
	Namespace Namespace
	Now       time.Time
}

// StageEdge is the input of StageDependencyEdge (spec 04a §14.2).
type StageEdge struct {
	Flow                 FlowID
	Edge                 EdgeID
	Upstream, Downstream ExecutionID
	Kind                 string // "" means success_only
	DataPassingRef       string
	ExpectedRevision     uint64
	Now                  time.Time
}

// ApplyEdge is the input of ApplyDependencyToChild (spec 04a §14.3).
type ApplyEdge struct {
	Flow                 FlowID
	Edge                 EdgeID
	Upstream, Downstream ExecutionID
	GraphRevision        uint64
	Kind                 string
	DataPassingRef       string
	Now                  time.Time
}

// ResolveEdge is the input of ResolveDependency (spec 04a §14.4).
type ResolveEdge struct {
	Flow                 FlowID
	Edge                 EdgeID
	Upstream, Downstream ExecutionID
	Lane                 LaneID // of the downstream
	AttemptIndex         uint32 // of the downstream
	Outcome              TerminalOutcome
	Now                  time.Time
}

// Resolution is what ResolveDependency found or did.
type Resolution struct {
	Result       DependencyOutcome
	ChildSkipped bool // the downstream became terminal: its own edges want resolving
	Copied       bool // the upstream result became the downstream payload
}

// Cascaded is what CascadeCompletion did.
type Cascaded struct {
	Resolved int  // edges
	Losers   bool // after that an edge group of the partition waits for its losing siblings to be cancelled
}

// CancelFlow is the input of Flows.CancelFlow (spec 04a §14.6). AwaitFlowCancelled waits for the members.
type CancelFlow struct {
	Flow   FlowID
	Policy FlowCancelPolicy
	Reason string
	Grace  time.Duration // 0 means 30 s
	Now    time.Time
}

// CancelledFlow is the reply of the flow's own transition. The members are cancelled after it, one by one.
type CancelledFlow struct {
	Flow            FlowID
	Policy          string
	Members         []ExecutionID
	AlreadyTerminal bool // a repeat: Policy and Reason are the stored ones
	Reason          string
}

// MemberOutcome is what became of one member of a cancelled flow.
type MemberOutcome struct {
	Execution ExecutionID
	Before    LifecyclePhase
	Cancelled bool  // by this call, or terminal already
	Already   bool  // it was terminal before
	Err       error // why it was not cancelled
}
