package engine

import (
	"context"
	"time"
)

// Sweeper finds where there is work to look at, in few commands: most indexes of most partitions are empty most of the time, and
// asking each of them over and over is what a background engine would spend its life on.
type Sweeper interface {
	// Occupied tells which of the indexes hold anything, in the order given. As long as the same ones do as the last time it costs
	// one command for every 1024 indexes and one more; in a cluster two a partition, since no command spans slots. With an error
	// come those found in the partitions that answered: while a node is away, the others have nothing to do with it.
	Occupied(ctx context.Context, refs []IndexRef) ([]IndexRef, error)
	// WatchOccupied is Occupied for eligible indexes, with a channel that is closed when the answer may not hold any more: many who wait for
	// the same are told in waves, not all at once. ClassUnavailable: this server cannot be watched, or not now.
	WatchOccupied(ctx context.Context, refs []IndexRef) (occupied []IndexRef, changed <-chan struct{}, err error)
	// Clustered tells whether no command asks more than one partition.
	Clustered() bool
	// Earliest reads the lowest score of each index, in the order given, all in one round trip (one a node in a cluster) and one
	// command each.
	Earliest(ctx context.Context, refs []IndexRef) []IndexHead
	// IndexMembers lists members of one index as they are stored, lowest score first; offset counts from there.
	IndexMembers(ctx context.Context, ref IndexRef, offset, limit int) ([]string, error)
	// Reclaimable lists executions of the lanes whose lease ran out or was revoked and that nobody has taken over, at most limit.
	// A lease that ran out counts whether or not a scanner has marked it.
	Reclaimable(ctx context.Context, lanes []LaneID, limit int) ([]Reclaimable, error)
}

// IndexHead is the earliest time in an index: zero for an empty one. Err says that the server with it did not answer, or that it is
// no index.
type IndexHead struct {
	At  time.Time
	Err error
}

// IndexRef names one index of one partition; Lane is "" for an index that belongs to no lane (spec 01 §3.5).
type IndexRef struct {
	Partition Partition
	Lane      LaneID
	Name      IndexName
}

// IndexName is the last part of an index's key: a DueIndex, a LaneIndex or one of those below.
type IndexName string

const (
	IndexAllExecutions       IndexName = "all_executions"
	IndexFlows               IndexName = "flow_index"
	IndexCancelBacklog       IndexName = "cancel_backlog"
	IndexPendingCancelGroups IndexName = "pending_cancel_groups"
	IndexBudgetResets        IndexName = "budget_resets"
	IndexBudgetPolicies      IndexName = "budget_policies"
	IndexQuotaPolicies       IndexName = "quota_policies"
	IndexEndedFlows          IndexName = "ended_flows" // ours: flows that EndedFlows lists
)

// Reclaimable is an execution that waits for somebody to take over its lease.
type Reclaimable struct {
	Execution            ExecutionID
	Lane                 LaneID
	AttemptIndex         uint32 // of the attempt to be abandoned
	RequiredCapabilities []string
	Ownership            OwnershipState // leased: the lease ran out and is not marked yet
	ExpiredAt            time.Time      // when the lease ran out; zero for a revoked one
}
