package worker

import (
	"context"
	"fmt"
	"sync"
	"time"

	"ffboard/engine"
)

// Worker claims executions and runs handlers on them. Make one with New; Run it once.
type Worker struct {
	b      Backend
	cfg    Config
	source Source

	permits chan struct{} // one element for each handler that runs
	wake    chan struct{} // something may have become eligible: a handler of ours ended
	running sync.WaitGroup

	handlers context.Context // what the handlers' contexts descend from
	abort    context.CancelCauseFunc

	lane          int             // where the next round over the lanes begins
	quiet         bool            // the last round found nothing
	watches       bool            // the backend tells when something comes into line
	changed       <-chan struct{} // closed when something may have come since the last round; nil: nobody tells
	lastReclaimed time.Time
}

// New checks the configuration and makes a worker. It sends nothing.
func New(b Backend, cfg Config) (*Worker, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	w := &Worker{
		b:       b,
		cfg:     cfg,
		source:  b,
		permits: make(chan struct{}, cfg.Concurrency),
		wake:    make(chan struct{}, 1),
	}
	if cfg.Scheduler != nil {
		w.source = cfg.Scheduler
	}
	w.handlers, w.abort = context.WithCancelCause(context.Background())
	return w, nil
}

// Run registers the worker and works until ctx ends. It then claims nothing more, lets the handlers that run finish for as long as
// Config.Grace, cancels those that have not, and returns when all have ended. The leases of handlers that gave up because of that
// are left to run out; other workers take them over. Run returns an error when the worker cannot be registered, or when a handler
// ignores its context.
func (w *Worker) Run(ctx context.Context) error {
	defer w.abort(nil)
	if err := w.register(ctx); err != nil {
		return fmt.Errorf("register worker %q: %w", w.cfg.Instance, err)
	}
	var registry sync.WaitGroup
	beating, stopBeating := context.WithCancel(context.WithoutCancel(ctx))
	registry.Go(func() { w.heartbeat(beating) })

	w.claimLoop(ctx)
	err := w.drain()

	stopBeating()
	registry.Wait()
	w.unregister()
	return err
}

// drain waits for the handlers that run.
func (w *Worker) drain() error {
	ended := make(chan struct{})
	go func() {
		w.running.Wait()
		close(ended)
	}()
	if wait(ended, w.cfg.Grace) {
		return nil
	}
	w.cfg.Logger.Warn("handlers did not end within the grace, cancelling them", "running", len(w.permits))
	w.abort(errStopping)
	if wait(ended, w.cfg.Grace) {
		return nil
	}
	return fmt.Errorf("worker %q: %d handlers ignore that their context ended", w.cfg.Instance, len(w.permits))
}

func wait(done <-chan struct{}, most time.Duration) bool {
	select {
	case <-done:
		return true
	case <-time.After(most):
		return false
	}
}

// claimLoop keeps as many handlers running as there are permits and work. A permit is taken before anything is asked for, so that
// nothing is claimed that has to wait here.
func (w *Worker) claimLoop(ctx context.Context) {
	var empty idle
	w.watches = true // until told otherwise
	for {
		select {
		case <-ctx.Done():
			return
		case w.permits <- struct{}{}:
		}
		// Not all at once: the first half works while the second is claimed.
		free := 1 + w.takePermits((cap(w.permits)+1)/2-1)
		// A claim that is under way when the worker is told to stop is answered all the same: its lease would be lost otherwise.
		claimedAt := time.Now()
		claimed, err := w.claim(context.WithoutCancel(ctx), free)
		for _, c := range claimed {
			w.start(c, claimedAt)
		}
		for range free - len(claimed) {
			<-w.permits
		}
		if len(claimed) > 0 {
			empty.reset()
			continue
		}
		if err != nil {
			w.cfg.Logger.Warn("claim failed, trying again", "error", err)
		}
		if w.quiet && w.changed == nil && w.watches && err == nil {
			continue // once more, in a way that tells when to look again
		}
		if !pauseUntil(ctx, empty.next(), w.wake, w.changed) {
			return
		}
		if len(w.cfg.Lanes) == 1 && closed(w.changed) {
			w.quiet = false // which lane has work need not be asked
		}
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// takePermits takes those that nobody holds, so many at most.
func (w *Worker) takePermits(most int) (taken int) {
	for taken < most {
		select {
		case w.permits <- struct{}{}:
			taken++
		default:
			return taken
		}
	}
	return taken
}

func (w *Worker) start(claimed *engine.Claimed, claimedAt time.Time) {
	w.running.Go(func() {
		w.attempt(claimed, claimedAt)
		<-w.permits
		select {
		case w.wake <- struct{}{}:
		default:
		}
	})
}

// claim takes over what a dead worker left, now and then, and else tries each lane once, beginning after the lane that gave
// something last. Nothing is nothing to do. A lane that fails does not hide the others.
func (w *Worker) claim(ctx context.Context, most int) ([]*engine.Claimed, error) {
	var failed error
	if w.cfg.ReclaimEvery > 0 && time.Since(w.lastReclaimed) >= w.cfg.ReclaimEvery {
		claimed, err := w.reclaim(ctx)
		if claimed != nil {
			return []*engine.Claimed{claimed}, nil
		}
		w.lastReclaimed = time.Now()
		if err != nil {
			failed = fmt.Errorf("reclaim: %w", err)
		}
	}
	claimed, err := w.claimFromLanes(ctx, most)
	if err != nil {
		failed = err
	}
	w.quiet = len(claimed) == 0
	return claimed, failed
}

// claimFromLanes leaves to each lane that may have something an equal part of what the lanes before it left.
func (w *Worker) claimFromLanes(ctx context.Context, most int) (claimed []*engine.Claimed, failed error) {
	promising, err := w.promisingLanes(ctx)
	if err != nil {
		return nil, err
	}
	left, first := len(promising), w.lane
	for i := range w.cfg.Lanes {
		at := (first + i) % len(w.cfg.Lanes)
		if !promising[w.cfg.Lanes[at]] || len(claimed) == most {
			continue
		}
		share := (most - len(claimed) + left - 1) / left
		left--
		some, err := w.claimSome(ctx, w.cfg.Lanes[at], share)
		if len(some) > 0 {
			w.lane = at + 1
			claimed = append(claimed, some...)
		}
		if err != nil && !engine.Contended(err) { // that somebody was faster is no failure
			failed = fmt.Errorf("lane %q: %w", w.cfg.Lanes[at], err)
		}
	}
	return claimed, failed
}

// claimSome takes several executions at once where the source can do that.
func (w *Worker) claimSome(ctx context.Context, lane engine.LaneID, most int) ([]*engine.Claimed, error) {
	req := engine.ClaimRequest{
		Lane:           lane,
		Capabilities:   w.cfg.Capabilities,
		Worker:         w.cfg.ID,
		WorkerInstance: w.cfg.Instance,
		LeaseTTL:       w.cfg.LeaseTTL,
	}
	if several, able := w.source.(interface {
		ClaimSome(ctx context.Context, req engine.ClaimRequest, most int) ([]*engine.Claimed, error)
	}); able {
		return several.ClaimSome(ctx, req, most)
	}
	claimed, err := w.source.Claim(ctx, req)
	if claimed == nil {
		return nil, err
	}
	return []*engine.Claimed{claimed}, nil
}

// promisingLanes are those that a claim is worth trying on: all of them while there is work, those with anything in line while there
// was none. Finding out that there is still none takes one command, whatever the number of lanes and partitions.
func (w *Worker) promisingLanes(ctx context.Context) (map[engine.LaneID]bool, error) {
	lanes := map[engine.LaneID]bool{}
	w.changed = nil
	if !w.quiet {
		for _, lane := range w.cfg.Lanes {
			lanes[lane] = true
		}
		return lanes, nil
	}
	var refs []engine.IndexRef
	for _, lane := range w.cfg.Lanes {
		for p := range w.b.Partitions().FlowPartitions() {
			refs = append(refs, engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(engine.IndexEligible)})
		}
	}
	occupied, err := w.occupied(ctx, refs)
	if err != nil && len(occupied) == 0 {
		return nil, fmt.Errorf("look for work: %w", err)
	}
	for _, ref := range occupied {
		lanes[ref.Lane] = true
	}
	return lanes, nil
}

// occupied asks in a way that tells when to ask again, where the backend can do that.
func (w *Worker) occupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error) {
	occupied, changed, err := w.b.WatchOccupied(ctx, refs)
	if w.watches = err == nil; w.watches {
		w.changed = changed
		return occupied, nil
	}
	return w.b.Occupied(ctx, refs)
}
