package engine

import (
	"context"
	"time"
)

// WorkerBoard is what a dashboard reads about workers and the leases that they hold.
type WorkerBoard interface {
	// WorkerRows lists the registered workers of all namespaces met so far, and the holders of leases that never registered.
	WorkerRows(ctx context.Context) (WorkerRows, error)
	// WorkerLeases lists executions that one worker holds, those first whose lease runs out soonest, at most limit.
	WorkerLeases(ctx context.Context, instance WorkerInstanceID, limit int) (LeaseRows, error)
	// Leases lists the leases of one kind, those that run out or ran out first before the others, at most limit.
	Leases(ctx context.Context, kind LeaseKind, limit int) (LeaseRows, error)
}

// LeaseKind tells leases apart by what has become of them (spec 06 §12.4).
type LeaseKind string

const (
	LeasesHeld    LeaseKind = "held"    // they run
	LeasesExpired LeaseKind = "expired" // they ran out, and nobody has taken the execution over
	LeasesRevoked LeaseKind = "revoked" // they were taken away, and nobody has taken the execution over
)

// LeaseRows is a list of leased executions; Total counts all there are, also beyond the limit.
type LeaseRows struct {
	Rows  []ExecutionRow
	Total int
}

// WorkerRows is a list of workers. The leases of a worker are counted among the first so many of all: Counted of Leases.
type WorkerRows struct {
	Rows            []WorkerRow
	Namespaces      []Namespace // in which workers were looked for
	More            int         // registered workers beyond those listed
	Leases, Counted int
	At              time.Time // the server's clock
}

// WorkerRow is one worker instance. Recorded is false for one of which only the id is left on the registry, Registered for one that
// is known by its leases alone; then little of Worker is known.
type WorkerRow struct {
	Worker
	Registered, Recorded bool
	Generation26         bool // it registered the way library version 26 does, without a namespace and a time
	Leases               int
	SoonestExpiry        time.Time // of its leases that were counted
}
