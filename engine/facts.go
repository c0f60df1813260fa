package engine

import (
	"context"
	"time"
)

// Diagnostician reads what is needed to tell why an execution or a flow is where it is (spec 06 §12.3): few round trips, bounded
// whatever stands around it. What could not be read is named in Unread and leaves the rest standing.
type Diagnostician interface {
	// ExecutionFacts reads the facts around one execution. For an id without a record they say so; that is no error.
	ExecutionFacts(ctx context.Context, id ExecutionID) (*ExecutionFacts, error)
	// FlowFacts reads the facts around one flow and its members; likewise.
	FlowFacts(ctx context.Context, id FlowID) (*FlowFacts, error)
}

// Bounds of what is read around an execution or a flow; what lies beyond is counted.
const (
	MostUpstreams   = 20     // of an execution, listed one by one
	MostBudgets     = 8      // of an execution
	MostWorkers     = 500    // of the registry of a namespace
	MostFlowMembers = 10_000 // of a flow
	MostTraced      = 1000   // members of a flow that wait for others and whose upstreams are looked at
)

// ExecutionFacts is what is known about an execution at one moment. Parts that are nil were not looked at: the state gave no reason to,
// or they could not be read.
type ExecutionFacts struct {
	ID        ExecutionID
	At        time.Time  // the server's clock
	Execution *Execution // nil: there is no record
	Outside   bool       // the id names a partition that the deployment has not
	Policy    PolicyFacts

	Place             *IndexPlace // where its state says it belongs
	LaneKnown         bool        // Place says whether, and the lane registry lists the lane
	DeadlineAt        time.Time   // of the whole execution
	AttemptTimeoutAt  time.Time
	TokenRefusedAt    time.Time // a signal came with a token that does not verify
	Grant             *GrantFacts
	Holder            *HolderFacts // of the lease
	Suspension        *Suspension
	TimeoutUnindexed  bool // the suspension has a timeout that no index holds: it never comes
	SuspensionChecked bool // Suspension was looked at: nil then means that there is none
	Dependencies      *DependencyFacts
	Budgets           []BudgetFacts
	MoreBudgets       int
	Quota             *QuotaFacts
	Workers           *WorkerFacts
	Flow              *FlowStanding

	Unread []Unread
}

// Unread names a part of the facts that could not be read.
type Unread struct {
	What    string `json:"what"`
	Problem string `json:"problem"`
}

// PolicyFacts are the parts of a policy that matter to a diagnosis.
type PolicyFacts struct {
	BudgetIDs   []string
	MaxRetries  int // 0: none
	MaxReclaims int
	MaxReplays  int
	Malformed   bool
}

// IndexPlace is how an execution stands in the index of its lane and partition.
type IndexPlace struct {
	Index   LaneIndex
	Present bool
	Score   float64
	Rank    int        // how many stand before it there
	Size    int        // of the index
	Head    *HeadFacts // of the eligible index, when another execution is first
}

// HeadFacts are about the execution that stands first in line. FlowFabric's scheduler looks at no other.
type HeadFacts struct {
	ID       ExecutionID
	Missing  bool // its record is gone
	Granted  bool
	Requires []string
}

// GrantFacts is a claim grant: the promise of an execution to one worker.
type GrantFacts struct {
	Worker               WorkerID
	Instance             WorkerInstanceID
	CreatedAt, ExpiresAt time.Time
}

// HolderFacts is what the registry says about the holder of a lease.
type HolderFacts struct {
	Instance WorkerInstanceID
	Alive    bool
	Known    bool // the registry has a record of it
}

// DependencyFacts are about what an execution waits for.
type DependencyFacts struct {
	Unresolved int // edges not resolved
	Staged     int // edges into it, applied or not
	Group      *EdgeGroup
	Upstreams  []UpstreamFacts // of unresolved edges, or the impossible ones of an execution that was skipped; at most MostUpstreams
}

// UpstreamFacts is an edge with the execution it comes from.
type UpstreamFacts struct {
	Edge      EdgeID
	State     EdgeState
	Execution ExecutionRow // Missing: purged
}

// BudgetFacts is one budget that gates an execution.
type BudgetFacts struct {
	ID         string // as stored; a stranger's text
	Status     *BudgetStatus
	Unknown    bool // names nothing: no limit applies
	FromPolicy bool // FlowFabric's scheduler does not look there
}

// QuotaFacts is the quota that gates an execution.
type QuotaFacts struct {
	ID       string // as stored
	Policy   *QuotaPolicy
	Unknown  bool
	Admitted uint64    // executions admitted under the default window; Policy.InWindow is the fuller of the two
	Other    uint64    // the same of the window that FlowFabric's other parts look at
	FreeAt   time.Time // when the oldest admission leaves the window
}

// WorkerFacts are the registered workers of a namespace. Workers that register nothing cannot be seen.
type WorkerFacts struct {
	Namespace Namespace
	List      []Worker
	More      bool // the registry holds others that were not read
}

// FlowStanding is how the flow of an execution stands towards it.
type FlowStanding struct {
	Flow       *Flow     // nil: there is no record
	CancelOwed bool      // the flow was cancelled, and this member not yet
	CancelFrom time.Time // from when on the reconciler sees to that
	Losses     []LostRace
}

// LostRace is a group that was decided without an execution and that is to cancel it.
type LostRace struct {
	Downstream ExecutionID
	Reason     string
	DecidedAt  time.Time
}

// FlowFacts is what is known about a flow and its members at one moment.
type FlowFacts struct {
	ID         FlowID
	At         time.Time
	Flow       *Flow         // nil: there is no record
	Members    int           // all of them
	List       []MemberFacts // at most MostFlowMembers
	Waits      []WaitFacts   // of members that wait for others; at most MostTraced
	Untraced   int           // members that wait for others and are not in Waits
	CancelOwed int           // members owed a cancel
	CancelFrom time.Time     // zero: the flow is not in the backlog
	Races      []RaceFacts   // decided groups that are to cancel their rest
	Unread     []Unread
}

// RaceFacts is a group that was decided, with the members that it is to cancel, whatever has become of them since.
type RaceFacts struct {
	LostRace
	Losers []ExecutionID
}

// MemberFacts is a member as far as one read of its record goes.
type MemberFacts struct {
	ID        ExecutionID
	Execution *Execution // nil: purged
}

// WaitFacts is what one member waits for.
type WaitFacts struct {
	Member     ExecutionID
	Group      *EdgeGroup
	Unresolved int
	Upstreams  []ExecutionID // of unresolved edges, at most MostUpstreams
}
