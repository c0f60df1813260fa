package engine

import (
	"context"
	"time"
)

// Overview is what the first screen asks beyond the board. Each call looks at some of the places whose turn it is and adds what the
// calls before have found, so that it costs about the same whatever the deployment holds; Looked tells how far that is. Calls go by what
// Depths has found to hold anything: call that first. Nothing here writes.
type Overview interface {
	// Ended counts what has ended lately, by lane.
	Ended(ctx context.Context) (Ended, error)
	// LongestSuspended lists executions that are suspended, the longest first, at most limit. No index is in that order: of each one both
	// ends are looked at, what times out soonest and what never does.
	LongestSuspended(ctx context.Context, limit int) (LongSuspended, error)
	// OrphanedLeases lists executions whose lease ran out or was revoked and that nobody has reclaimed, the longest first, at most limit.
	OrphanedLeases(ctx context.Context, limit int) (OrphanedLeases, error)
	// FailingFlows lists flows of the index with members that failed or expired, those that changed last first, at most limit. A flow that is over leaves the index soon.
	FailingFlows(ctx context.Context, limit int) (FailingFlows, error)
}

// Looked is how many places a figure covers, and of how many.
type Looked struct{ At, Of int }

// Whole tells whether nothing is left to look at.
func (l Looked) Whole() bool { return l.At >= l.Of }

// Ended is how much has ended.
type Ended struct {
	Looked
	ByLane map[LaneID]EndedLately
	// Outcomes are those of the executions that ended last in the last minute, a few of each index.
	Outcomes map[TerminalOutcome]int
}

// EndedWindow is what EndedLately.Lately counts over.
const EndedWindow = 10 * time.Second

// EndedLately counts one lane's executions that ended, of whatever outcome.
type EndedLately struct {
	Lately int // in the last EndedWindow
	Minute int // in the last minute
}

// LongSuspended is a list of executions suspended for long.
type LongSuspended struct {
	Looked
	Rows []SuspendedRow
}

// OrphanedLeases is a list of executions without a living holder.
type OrphanedLeases struct {
	Looked
	Rows []ExecutionRow
}

// FailingFlows is a list of flows in trouble.
type FailingFlows struct {
	Looked
	Rows []FlowRow
}
