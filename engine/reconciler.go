package engine

import (
	"context"
	"time"
)

// Reconciler is what the scanners stand on (spec 04a §19, 05). Every transition is idempotent: one that is no longer due is
// not an error.
type Reconciler interface {
	// Due lists members of one index whose time is at or before now: of each partition at most limit, earliest first, all in one
	// round trip (one a node in a cluster). lane counts for DueDelayed only. Of DueLeaseExpiry it leaves out leases that are marked
	// expired already: those stay in the index until somebody reclaims them, and would hide later ones. unread says why partitions
	// were not read; it is nil when all were.
	Due(ctx context.Context, ps []Partition, idx DueIndex, lane LaneID, now time.Time, limit int) (due []DueMember, unread map[Partition]error)
	// DropDue takes a member out of an index of due times that can be no id, so that nothing else will ever take it out.
	DropDue(ctx context.Context, m DueMember, idx DueIndex, lane LaneID) error

	MarkLeaseExpiredIfDue(ctx context.Context, id ExecutionID) error
	PromoteDelayed(ctx context.Context, lane LaneID, id ExecutionID, now time.Time) error
	// CloseWaitpoint closes a pending waitpoint that was never committed.
	CloseWaitpoint(ctx context.Context, p Partition, id WaitpointID) error
	// ExpireExecution ends an execution past its attempt timeout or deadline.
	ExpireExecution(ctx context.Context, id ExecutionID, reason ExpireReason) error
	ExpireSuspension(ctx context.Context, id ExecutionID) error
	UnblockExecution(ctx context.Context, lane LaneID, id ExecutionID, expected BlockingReason, now time.Time) error

	// BlockedByDependencies lists executions parked for dependencies, a page at a time; after is the last one's position.
	BlockedByDependencies(ctx context.Context, p Partition, lane LaneID, offset, limit int) ([]ExecutionID, error)
	// ReconcileDependencies resolves what a lost completion left unresolved for one blocked execution.
	ReconcileDependencies(ctx context.Context, id ExecutionID) (resolved int, err error)

	// DueFlowCancels lists flows whose cancel backlog is due, with the members still owed a cancel.
	DueFlowCancels(ctx context.Context, p Partition, now time.Time, limit int) ([]OwedCancels, error)
	// PendingSiblingCancels lists edge groups whose losing siblings are still owed a cancel.
	PendingSiblingCancels(ctx context.Context, p Partition, limit int) ([]SiblingGroup, error)
	DrainSiblingCancelGroup(ctx context.Context, g SiblingGroup) error
	// ReconcileSiblingCancelGroup answers sremmed_stale, completed_drain or no_op.
	ReconcileSiblingCancelGroup(ctx context.Context, g SiblingGroup) (string, error)

	// ProjectFlowSummary writes a flow's summary and takes finished flows off the index; it tells whether it wrote.
	ProjectFlowSummary(ctx context.Context, p Partition, flow FlowID, now time.Time) (bool, error)
	// ActiveFlows lists the flows of a partition that the projector watches, a page at a time; next is 0 at the end.
	ActiveFlows(ctx context.Context, p Partition, cursor uint64, limit int) (ids []FlowID, next uint64, err error)
	// TrimRetention deletes executions that ended longer than keep ago and returns how many (spec 04a §19.7).
	TrimRetention(ctx context.Context, p Partition, lane LaneID, keep time.Duration, now time.Time, batch int) (int, error)
	// EndedFlows lists flows of a partition that were seen ended before a time, earliest first: what TrimFlow may delete.
	EndedFlows(ctx context.Context, p Partition, before time.Time, limit int) ([]FlowID, error)
	// TrimFlow deletes a flow of which nothing is left to run or to show: every member is purged, or it is cancelled and has none,
	// and nothing changed for keep (0: never). It tells whether it did.
	TrimFlow(ctx context.Context, p Partition, flow FlowID, keep time.Duration, now time.Time) (bool, error)

	// CheckIndexes compares the indexes of a partition with the records and repairs nothing (spec 05).
	CheckIndexes(ctx context.Context, p Partition) (IndexReport, error)
	// RepairIndex mends one mismatch if it is still there, and tells whether it did. Call it for what two reports in a row name.
	RepairIndex(ctx context.Context, m IndexMismatch) (repaired bool, err error)
	ReconcileBudgets(ctx context.Context, p Partition, now time.Time) (changed int, err error)
	ReconcileQuotas(ctx context.Context, p Partition, now time.Time) (changed int, err error)
	DueBudgetResets(ctx context.Context, p Partition, now time.Time, limit int) ([]BudgetID, error)

	// HoldShare takes or keeps a lease on a named share of the background work for an engine; holder is who has it. A ttl of 0 lets go
	// of it.
	HoldShare(ctx context.Context, share string, engine string, ttl time.Duration) (held bool, holder string, err error)
}

// DueIndex names an index of due times of one partition (spec 01 §3.5).
type DueIndex string

const (
	DueLeaseExpiry       DueIndex = "lease_expiry"
	DueSuspensionTimeout DueIndex = "suspension_timeout"
	DueAttemptTimeout    DueIndex = "attempt_timeout"
	DueDeadline          DueIndex = "execution_deadline"
	DuePendingWaitpoint  DueIndex = "pending_waitpoint_expiry"
	DueDelayed           DueIndex = "delayed" // of a lane
)

// DueMember is one member of an index of due times, as it is stored: an execution id, or a waitpoint id in DuePendingWaitpoint,
// or a stranger's text.
type DueMember struct {
	Partition Partition
	Member    string
}

// ExpireReason says which clock ran out.
type ExpireReason string

const (
	ExpireAttemptTimeout ExpireReason = "attempt_timeout"
	ExpireDeadline       ExpireReason = "execution_deadline"
)

// OwedCancels is a cancelled flow with members not yet cancelled.
type OwedCancels struct {
	Flow    FlowID
	Reason  string
	Gone    bool // the flow record no longer exists
	Members []ExecutionID
}

// SiblingGroup is an edge group that fired with cancel_remaining (spec 03c §8).
type SiblingGroup struct {
	Partition  Partition
	Flow       FlowID
	Downstream ExecutionID
	Members    []ExecutionID // siblings to cancel
	Reason     string        // sibling_quorum_satisfied or sibling_quorum_impossible
	Flagged    bool          // false: nothing is owed any more
	Raw        string        // the index member as stored
}

// IndexReport is what CheckIndexes saw of one partition.
type IndexReport struct {
	Checked    int
	Mismatches []IndexMismatch
	// Unresolved are runnable or active flow members with unresolved dependencies that are not parked for them: nobody visits these
	// when a completion is lost, so their edges want reconciling.
	Unresolved []ExecutionID
	Lanes      []LaneID // that the registry or a record names
}

// IndexMismatch is an execution and an index of its lane that disagree. Two reports of the same mismatch are equal.
type IndexMismatch struct {
	Partition Partition
	Execution ExecutionID // as stored: a stray may be a stranger's text
	Lane      LaneID
	Index     LaneIndex
	Problem   IndexProblem
}

// IndexProblem says how an execution and an index disagree.
type IndexProblem string

const (
	IndexLacks IndexProblem = "lacks" // the state asks for the index, the index lacks the execution
	IndexStray IndexProblem = "stray" // the index holds the execution, its state asks for another
	IndexGone  IndexProblem = "gone"  // the index holds the execution, its record is gone
)
