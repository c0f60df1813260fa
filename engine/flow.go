package engine

import "time"

// Flow is the snapshot of one flow record (spec 01 §3.6.1, 04a §10.4).
type Flow struct {
	ID                                     FlowID
	Kind                                   string
	Namespace                              Namespace
	State                                  FlowState // as stored in the core: open or cancelled; see Summary for the state derived from members
	GraphRevision                          uint64
	Nodes, Edges                           int
	CreatedAt, LastMutationAt, CancelledAt time.Time
	CancelReason                           string
	CancelPolicy                           string
	Tags                                   map[string]string // inline tags of the core merged with the tags hash
	EdgeGroups                             []EdgeGroup
	Malformed                              []FieldError
}

// FlowSummary is what the flow projector wrote (spec 01 §3.6.7); it lags by its interval and samples at most 50 members.
type FlowSummary struct {
	State     FlowState
	Total     int
	Sampled   int
	ByState   map[PublicState]int
	UpdatedAt time.Time
}

// Edge is one edge record of a flow (spec 01 §3.6.4). State is the live state on the child side (spec 01 §3.4.3), "" when the
// edge was staged but never applied.
type Edge struct {
	ID                   EdgeID
	Flow                 FlowID
	Upstream, Downstream ExecutionID
	Kind                 string
	Condition            string
	DataPassingRef       string
	CreatedAt            time.Time
	CreatedBy            string
	State                EdgeState
	ResolvedAt           time.Time
	Malformed            []FieldError
}

// EdgeGroup holds the policy and counters of a downstream execution's inbound edges (spec 01 §3.6.6).
type EdgeGroup struct {
	Downstream    ExecutionID
	Policy        EdgePolicy
	Explicit      bool // false when no policy was ever set: all_of by default
	Total         int
	Succeeded     int
	Failed        int
	Skipped       int
	Running       int
	State         GroupState
	SatisfiedAt   time.Time
	CancelPending bool
	Malformed     []FieldError
}
