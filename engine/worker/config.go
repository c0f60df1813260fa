package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"ffboard/engine"
)

// Handler does the work of one attempt. The result completes the execution; an error fails the attempt (see Permanent, Transient and
// Category), and the execution's retry policy decides what follows. Errors of Suspend, Delay and WaitChildren are to be returned
// as they are.
type Handler func(ctx context.Context, task *Task) (result []byte, err error)

// Backend is what a worker needs of a backend.
type Backend interface {
	engine.Claimer
	engine.Lifecycle
	engine.Workers
	// Reclaimable and MarkLeaseExpiredIfDue find the leases of workers that died.
	Reclaimable(ctx context.Context, lanes []engine.LaneID, limit int) ([]engine.Reclaimable, error)
	MarkLeaseExpiredIfDue(ctx context.Context, id engine.ExecutionID) error
	// WatchOccupied tells an idle worker when to look again; where it cannot, Occupied and Partitions let it look at all its lanes with
	// one command.
	WatchOccupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, <-chan struct{}, error)
	Occupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error)
	Partitions() engine.PartitionConfig
	// ServerTime is by what time limits are measured: this machine's clock may be wrong.
	ServerTime(ctx context.Context) (time.Time, error)
}

// Source is where a worker claims from: the backend itself, or a scheduler that admits by budget and quota first.
type Source interface {
	Claim(ctx context.Context, req engine.ClaimRequest) (*engine.Claimed, error)
}

// Config says who a worker is and what it does. Only Lanes and Handlers have no default.
type Config struct {
	Lanes    []engine.LaneID
	Handlers map[string]Handler // by execution kind

	ID           engine.WorkerID         // of the pool; the host's name by default
	Instance     engine.WorkerInstanceID // of this process; ID with a random ending by default
	Namespace    engine.Namespace        // it is registered in; "default" by default
	Capabilities []string

	Concurrency int           // handlers at once; 1 by default
	LeaseTTL    time.Duration // 30 s by default; a lease is renewed every third of it
	Grace       time.Duration // how long handlers may go on after Run was told to stop; 15 s by default

	// Scheduler, when set, is claimed from instead of the backend.
	Scheduler Source
	// ReclaimEvery is how often leases of dead workers are looked for; 2 s by default, negative never.
	ReclaimEvery time.Duration

	Logger *slog.Logger // the default logger by default
}

const (
	defaultLeaseTTL     = 30 * time.Second
	defaultGrace        = 15 * time.Second
	defaultReclaimEvery = 2 * time.Second
	minLeaseTTL         = 3 * time.Millisecond // the renewal interval is at least 1 ms
)

// withDefaults fills what is not set and refuses what cannot work.
func (c Config) withDefaults() (Config, error) {
	if len(c.Lanes) == 0 {
		return c, errors.New("worker: at least one lane is needed")
	}
	for _, lane := range c.Lanes {
		if _, err := engine.ParseLaneID(string(lane)); err != nil {
			return c, fmt.Errorf("worker: lane %q: %w", lane, err)
		}
	}
	if len(c.Handlers) == 0 {
		return c, errors.New("worker: at least one handler is needed")
	}
	if _, err := engine.CapabilityCSV(c.Capabilities); err != nil {
		return c, fmt.Errorf("worker: %w", err)
	}
	if c.LeaseTTL != 0 && c.LeaseTTL < minLeaseTTL {
		return c, fmt.Errorf("worker: a lease of %v is too short to be renewed", c.LeaseTTL)
	}
	c.Lanes = once(c.Lanes)
	setDefault(&c.ID, engine.WorkerID(hostName()))
	setDefault(&c.Instance, engine.WorkerInstanceID(string(c.ID)+"-"+rand.Text()[:8]))
	setDefault(&c.Namespace, "default")
	setDefault(&c.LeaseTTL, defaultLeaseTTL)
	setDefault(&c.Grace, defaultGrace)
	setDefault(&c.ReclaimEvery, defaultReclaimEvery)
	setDefault(&c.Logger, slog.Default())
	c.Concurrency = max(c.Concurrency, 1)
	c.Logger = c.Logger.With("worker", c.Instance)
	return c, nil
}

// once are the lanes in their order, each at its first place.
func once(lanes []engine.LaneID) []engine.LaneID {
	var each []engine.LaneID
	for _, lane := range lanes {
		if !slices.Contains(each, lane) {
			each = append(each, lane)
		}
	}
	return each
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil {
		return "worker"
	}
	return name
}
