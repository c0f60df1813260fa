package engine

import (
	"context"
	"time"
)

// Board is what a dashboard reads: whole screens in few round trips, tolerant of malformed records (each becomes one marked
// row). Nothing here writes.
type Board interface {
	// Deployment tells what is on the other end.
	Deployment(ctx context.Context) (Deployment, error)
	// Depths counts the lane indexes. Where there are many partitions the first calls cover them in turn, as Covered says. A call costs
	// about the same whatever the deployment holds; counts of what changes are as new as the call, others may be older.
	Depths(ctx context.Context) (Depths, error)
	// FlowRows lists the flows in the index, newest first, at most limit; rows of ids in watch are read as well, finished or not.
	FlowRows(ctx context.Context, q FlowQuery) (FlowRows, error)
	// FlowDetail reads one flow with members, edges and groups; nil when there is none.
	FlowDetail(ctx context.Context, id FlowID, maxMembers int) (*FlowDetail, error)
	// LaneExecutions lists the executions of one lane index across partitions, in index order, at most limit; of the terminal
	// index those that ended last come first.
	LaneExecutions(ctx context.Context, lane LaneID, idx LaneIndex, limit int) ([]ExecutionRow, error)
	// SuspendedRows lists suspended executions of all lanes, those that time out soonest first, at most limit.
	SuspendedRows(ctx context.Context, limit int) (SuspendedRows, error)
	// ExecutionDetail reads one execution with everything around it; nil when there is none.
	ExecutionDetail(ctx context.Context, id ExecutionID) (*ExecutionDetail, error)
	// ExecutionEdges reads the incoming and outgoing edges of an execution with what is on their other end.
	ExecutionEdges(ctx context.Context, id ExecutionID) (*ExecutionEdges, error)
	// StreamRows lists the streams of active executions and of those in watch, most recent frame first, at most limit.
	StreamRows(ctx context.Context, watch []StreamRef, limit int) ([]StreamRow, error)
	// ExecutionRows reads rows for known ids in one pass.
	ExecutionRows(ctx context.Context, ids []ExecutionID) ([]ExecutionRow, error)
}

// Deployment identifies a server and the library on it. LibraryVersion is "" when there is no library.
type Deployment struct {
	Address        string // as a person would write it; never with a password
	ServerVersion  string
	ServerName     string // valkey, or what answered instead
	Cluster        bool
	Nodes          int
	LibraryVersion string
	Ours           bool // the library is the one this program carries
	Partitions     PartitionConfig
	PartitionsSet  bool // false: the deployment was never initialised, defaults are assumed
	Lanes          []LaneID
	Hindered       Hindrance // why a server takes no writes now; "" as long as all do
	BadLanes       []string  // members of the lane registry that are no lane names
}

// LaneIndex names one index of a lane (spec 01 §3.5).
type LaneIndex string

const (
	IndexEligible            LaneIndex = "eligible"
	IndexDelayed             LaneIndex = "delayed"
	IndexActive              LaneIndex = "active"
	IndexSuspended           LaneIndex = "suspended"
	IndexTerminal            LaneIndex = "terminal"
	IndexBlockedDependencies LaneIndex = "blocked:dependencies"
	IndexBlockedBudget       LaneIndex = "blocked:budget"
	IndexBlockedQuota        LaneIndex = "blocked:quota"
	IndexBlockedRoute        LaneIndex = "blocked:route"
	IndexBlockedOperator     LaneIndex = "blocked:operator"
)

// LaneIndexes lists all ten in display order.
func LaneIndexes() []LaneIndex {
	return []LaneIndex{IndexEligible, IndexActive, IndexSuspended, IndexDelayed, IndexBlockedDependencies, IndexBlockedBudget,
		IndexBlockedQuota, IndexBlockedRoute, IndexBlockedOperator, IndexTerminal}
}

// Depths counts executions by lane and index.
type Depths struct {
	Lanes    []LaneDepth
	BadLanes []string         // members of the lane registry that are no lane names
	Overdue  map[DueIndex]int // members whose time has passed and that no scanner has handled
	At       time.Time        // the server's clock when it was counted
	Covered  int              // partitions counted so far; fewer than all only during the first turn
	Of       int
}

// Whole tells whether every partition was counted.
func (d *Depths) Whole() bool { return d.Covered >= d.Of }

// LaneDepth is one lane's counts.
type LaneDepth struct {
	Lane       LaneID
	Registered bool // in the deployment's lane registry
	ByIndex    map[LaneIndex]int
}

// FlowQuery is the input of FlowRows.
type FlowQuery struct {
	Limit int
	Watch []FlowID
}

// FlowRows is a list of flows. Total counts the index, whatever the limit. Where it takes turns, the newest are those of the partitions
// looked at so far, and Unread of them come later.
type FlowRows struct {
	Rows   []FlowRow
	Total  int
	Unread int
	Looked
}

// FlowRow is one line of the flows view.
type FlowRow struct {
	Flow
	ByState map[PublicState]int // members by state, read now
	Members int
	// Derived is the state that the members give: running, blocked, completed, failed, cancelled, open.
	Derived FlowState
}

// FlowDetail is a flow with its parts.
type FlowDetail struct {
	Flow           Flow
	Summary        *FlowSummary
	Members        []ExecutionRow
	Truncated      int // members beyond the limit
	Edges          []Edge
	PendingCancels int
}

// ExecutionRow is one line about an execution. Missing is true for an id whose record is gone.
type ExecutionRow struct {
	ID                                                            ExecutionID
	Missing                                                       bool
	Flow                                                          FlowID
	Lane                                                          LaneID
	Namespace                                                     Namespace
	Kind                                                          string
	State                                                         PublicState
	Phase                                                         LifecyclePhase
	Ownership                                                     OwnershipState
	Outcome                                                       TerminalOutcome
	BlockingReason                                                BlockingReason
	BlockingDetail                                                string
	Priority                                                      int
	AttemptIndex                                                  uint32
	TotalAttempts                                                 int
	RetryCount                                                    int
	Worker                                                        WorkerID
	WorkerInstance                                                WorkerInstanceID
	LeaseExpiresAt                                                time.Time
	CreatedAt, StartedAt, CompletedAt, LastMutationAt, DelayUntil time.Time
	FailureReason                                                 string
	Progress                                                      int // -1 when none
	ProgressMessage                                               string
	Malformed                                                     []FieldError
}

// SuspendedRow is one line of the suspended view.
type SuspendedRow struct {
	ExecutionRow
	Suspension *Suspension // nil when its record is gone
	Waits      string      // signal names, comma separated as stored; a stranger's text
}

// SuspendedRows is a list of suspended executions; Total counts the indexes.
type SuspendedRows struct {
	Rows  []SuspendedRow
	Total int
}

// ExecutionDetail is an execution with everything around it.
type ExecutionDetail struct {
	Execution               Execution
	PolicyJSON              []byte
	Payload                 []byte
	Result                  []byte
	PayloadSize, ResultSize int64 // bytes stored; Payload and Result are cut at 64 KiB
	Attempts                []Attempt
	Suspension              *Suspension
	Signals                 []Delivered // newest last, at most 100
	Streams                 []StreamMeta
	Leases                  []LeaseEvent // newest last, at most 50
}

// ExecutionEdges are the edges around one execution.
type ExecutionEdges struct {
	Execution ExecutionRow
	Flow      FlowID
	Group     *EdgeGroup // of the incoming edges
	In, Out   []EdgeEnd
	// DownGroups are the groups of the outgoing edges' downstream executions, by downstream.
	DownGroups map[ExecutionID]EdgeGroup
}

// EdgeEnd is an edge with the execution on its other end.
type EdgeEnd struct {
	Edge  Edge
	Other ExecutionRow
}

// StreamRef names an attempt's stream.
type StreamRef struct {
	Execution ExecutionID
	Attempt   uint32
}

// StreamRow is one line of the streams view.
type StreamRow struct {
	StreamMeta
	Row ExecutionRow
}
