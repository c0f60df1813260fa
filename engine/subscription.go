package engine

import (
	"context"
	"time"
)

// Subscriber pushes events. Each channel closes when ctx ends; a lost connection is reported as an event with Lost set and
// then mended. Delivery is at most once: reconcile by reading. FilterEvents passes on those of some executions only.
type Subscriber interface {
	// SubscribeCompletions tells of every flow member that ends from now on (spec 04a §18.4).
	SubscribeCompletions(ctx context.Context) (<-chan Completion, error)
	// SubscribeSignals reads the delivery feeds of partitions from the places given, one a partition (spec 04a §18.3).
	// CodeInvalidInput: a place that another backend gave out.
	SubscribeSignals(ctx context.Context, from []FeedPlace) (<-chan SignalEvent, error)
	// SubscribeLeases follows the leases of the executions given from now on (spec 04a §18.2).
	SubscribeLeases(ctx context.Context, executions []ExecutionID) (<-chan LeaseChange, error)
	// SubscribeInstanceTags is ClassUnavailable: no deployment tells of tags that change (spec 04a §18.5).
	SubscribeInstanceTags(ctx context.Context) error
}

// Completion says that a flow member ended.
type Completion struct {
	Execution ExecutionID
	Flow      FlowID
	Outcome   string
	At        time.Time // when it was heard of, by the local clock: the message has no time
	Lost      bool      // the connection broke: completions before this may have been missed
}

// SignalEvent is one delivered signal.
type SignalEvent struct {
	Execution      ExecutionID
	Waitpoint      WaitpointID
	Signal         SignalID
	SourceIdentity string
	Effect         string
	At             time.Time
	Place          FeedPlace    // a subscription from here begins with the next event of its partition
	Malformed      []FieldError // the entry stands as far as it decodes
	Lost           bool
}

// LeaseChange is something that happened to an execution's lease. Its ID is "" for LeaseRenewed.
type LeaseChange struct {
	Execution ExecutionID
	LeaseEvent
	Lost bool
}

// Events of a lease (spec 03e §17). LeaseRenewed is in no history: a later expiry tells it.
const (
	LeaseAcquired  = "acquired"
	LeaseRenewed   = "renewed"
	LeaseReleased  = "released"
	LeaseExpired   = "expired"
	LeaseReclaimed = "reclaimed"
	LeaseRevoked   = "revoked"
)

// FeedPlace is a place in the feed of one partition.
type FeedPlace struct {
	Partition Partition
	Cursor    []byte // of SignalEvent.Place; nil means from now on (spec 03e §19)
}

// FromNow are the places where the feeds of partitions go on.
func FromNow(partitions ...Partition) []FeedPlace {
	places := make([]FeedPlace, len(partitions))
	for i, p := range partitions {
		places[i].Partition = p
	}
	return places
}
