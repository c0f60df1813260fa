package scanner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"ffboard/engine"
)

// readClock says of an error what was being done.
func readClock(b Backend) func(context.Context) (time.Time, error) {
	return func(ctx context.Context) (time.Time, error) {
		server, err := b.ServerTime(ctx)
		if err != nil {
			return time.Time{}, fmt.Errorf("read the server's clock: %w", err)
		}
		return server, nil
	}
}

// stopGrace is how long Run waits for the passes under way when it is told to stop (spec 05 §7).
const stopGrace = 15 * time.Second

// Engine is the background engine. Make one with New; Run it once.
type Engine struct {
	scope     *scope
	loops     map[string]*loop
	cascade   *cascade
	heartbeat *heartbeat
}

// New checks the configuration and makes an engine. It sends nothing.
func New(b Backend, cfg Config) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{loops: map[string]*loop{}}
	e.scope = &scope{
		b:      b,
		cfg:    cfg,
		log:    cfg.Logger,
		clock:  &engine.ServerClock{Read: readClock(b)},
		shares: &shares{hold: b.HoldShare, name: cfg.Name, log: cfg.Logger},
		lanes:  newLaneList(b, cfg.Lanes),
		news:   newNews(b),
	}
	e.heartbeat = newHeartbeat(e.scope)
	observe := func(p Pass) {
		e.heartbeat.note(p)
		cfg.Observe(p)
	}
	dependency, dispatcher := newDependency(e.scope), newEdgeCancelDispatcher(e.scope)
	for name, s := range map[string]scanner{
		LeaseExpiry:          newLeaseExpiry(e.scope),
		DelayedPromoter:      newDelayedPromoter(e.scope),
		IndexReconciler:      newIndexReconciler(e.scope),
		AttemptTimeout:       newAttemptTimeout(e.scope),
		SuspensionTimeout:    newSuspensionTimeout(e.scope),
		PendingWaitpoints:    newPendingWaitpoints(e.scope),
		RetentionTrimmer:     newRetention(e.scope),
		BudgetReset:          newBudgetReset(e.scope),
		BudgetReconciler:     newBudgetReconciler(e.scope),
		Unblock:              newUnblock(e.scope),
		DependencyReconciler: dependency,
		QuotaReconciler:      newQuotaReconciler(e.scope),
		FlowProjector:        newFlowProjector(e.scope),
		CancelReconciler:     newCancelReconciler(e.scope),
		EdgeCancelDispatcher: dispatcher,
		EdgeCancelReconciler: newEdgeCancelReconciler(e.scope),
		ExecutionDeadline:    newExecutionDeadline(e.scope),
	} {
		e.loops[name] = &loop{
			name: name, every: cfg.interval(name), scanner: s, wake: make(chan struct{}, 1), observe: observe,
			now: e.scope.clock.Now, log: cfg.Logger,
		}
		e.heartbeat.expect(name, cfg.interval(name))
	}
	missed := func() {
		dependency.missed.Store(true)
		e.loops[DependencyReconciler].kick()
	}
	e.scope.shares.gained = func() {
		dependency.missed.Store(true)
		e.scope.news.outdated()
		for _, l := range e.loops {
			time.AfterFunc(rand.N(startJitter), l.kick) // not all in one moment
		}
	}
	losers := func(groups engine.IndexRef) {
		dispatcher.tell(groups)
		e.loops[EdgeCancelDispatcher].kick()
	}
	e.cascade = &cascade{s: e.scope, missed: missed, losers: losers}
	return e, nil
}

// Run runs all scanners until ctx ends, and waits for passes under way to stop. Everything a pass does may be broken off and done
// again; the error says only that something did not stop in time.
func (e *Engine) Run(ctx context.Context) error {
	var running sync.WaitGroup
	running.Go(func() { e.scope.shares.keep(ctx) })
	running.Go(func() { e.cascade.run(ctx) })
	running.Go(func() { e.heartbeat.run(ctx) })
	for _, l := range e.loops {
		running.Go(func() { l.run(ctx) })
	}
	ended := make(chan struct{})
	go func() {
		running.Wait()
		close(ended)
	}()
	<-ctx.Done()
	select {
	case <-ended:
		return nil
	case <-time.After(stopGrace):
		return errors.New("scanner: the background engine did not stop in time")
	}
}
