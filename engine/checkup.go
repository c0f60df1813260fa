package engine

import (
	"context"
	"time"
)

// HealthBoard is what a dashboard reads to tell whether a deployment is well.
type HealthBoard interface {
	// Checkup looks at the servers, at the engines that have told of themselves, and at some of the partitions: each call at those
	// whose turn it is, and the answer holds all that were looked at so far. What cannot be reached is named as such and is no error,
	// unless nothing can be reached.
	Checkup(ctx context.Context) (Checkup, error)
}

// Checkup is how a deployment does (spec 06 §12.7, §12.8).
type Checkup struct {
	At         time.Time // the server's clock
	Library    LibraryFound
	Nodes      []NodeHealth // primaries, by address
	Partitions []PartitionHealth
	Of         int // flow partitions in all
	Resets     Overdue
	Engines    []EngineBeat // by name
}

// LibraryFound is the function library that is loaded. Version is "" where there is none, "unknown" where the user may not ask; Ours
// tells that it is the one this program carries. Problem is why the server could not be asked.
type LibraryFound struct {
	Version string
	Ours    bool
	Problem string
}

// Overdue counts members of an index whose time has passed by more than the scanner's usual delay.
type Overdue struct {
	Count  int
	Oldest time.Time // the earliest time that has passed; zero when there is none
}

// PartitionHealth is one flow partition as it was when its turn came.
type PartitionHealth struct {
	Partition   Partition
	At          time.Time
	Unreachable string // why it could not be read, then nothing else is known; "" when it could

	Executions, Flows int
	Overdue           map[DueIndex]Overdue // those that have any
	Delayed           map[LaneID]Overdue   // DueDelayed by lane
	Unmarked          int                  // of the first few overdue leases, those that no scanner has marked as expired
	CancelBacklog     Overdue              // cancelled flows whose members are still owed a cancel
	SiblingGroups     int                  // edge groups whose losers are still owed a cancel
	OldestBlocked     time.Time            // since when the longest waiting execution is blocked by budget, quota or route
	PastRetention     int                  // ended longer than a day ago
	SummaryAt         time.Time            // when the summary of a flow picked at random was made
	SigningKid        string               // "" when tokens cannot be signed

	SampledAt time.Time // when executions were last picked at random and compared with the indexes; zero before that
	Sampled   int
	Drift     []IndexMismatch // of those picked
	Strange   []string        // members of all_executions among those picked that can be no id
}

// NodeHealth is what one primary says of itself.
type NodeHealth struct {
	Address     string
	Unreachable string // why it did not answer; "" when it did

	Version, Role string
	Uptime        time.Duration
	Loading       bool

	Memory, MemoryLimit uint64 // bytes; a limit of 0 is none
	EvictionPolicy      string
	Evicted             uint64

	Persistence Persistence

	Replicas, ReplicasOffline int
	ReplicaLag                time.Duration // of the one furthest behind

	Clients, MostClients, Blocked int
	CommandsPerSecond             int
	SlowLog                       int // entries; -1 when the user may not ask

	ClusterState string // ok or fail; "" outside of a cluster, or when the user may not ask
	Slots        int    // assigned
}

// Persistence is how a server keeps what it holds. Known is false for one that does not say.
type Persistence struct {
	Known                    bool
	AppendOnly               bool
	AppendFailed, SaveFailed bool // the last write of the append-only file, the last snapshot
	SavedAt                  time.Time
}
