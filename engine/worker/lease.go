package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"ffboard/engine"
)

// ErrLeaseLost is the cause of a handler's context when somebody else owns the execution, or may. The engine's error says how it was
// lost, where it said so: errors.Is(cause, engine.CodeLeaseRevoked).
var ErrLeaseLost = errors.New("worker: the lease is lost")

// errUnrenewed says that renewals failed for as long as the lease could have lasted.
var errUnrenewed = errors.New("it could not be renewed in time")

// renewalsPerLease is how often a lease is renewed before it would run out (spec 03d §13.5).
const renewalsPerLease = 3

// lease keeps one lease alive until it is released or lost.
type lease struct {
	handle engine.Handle
	renew  func(context.Context, engine.Handle) (time.Time, error)
	cancel context.CancelCauseFunc // ends the handler's context
	log    *slog.Logger

	released chan struct{}
	release  func() // closes released, once

	mu    sync.Mutex
	bound time.Time // by this machine's clock, the lease cannot have run out before
	lost  error     // nil while it is held
}

// newLease holds what was claimed at claimedAt, the moment before the claim was sent.
func newLease(claimed *engine.Claimed, claimedAt time.Time, b engine.Lifecycle, cancel context.CancelCauseFunc, log *slog.Logger) *lease {
	l := &lease{
		handle:   claimed.Handle,
		renew:    b.Renew,
		cancel:   cancel,
		log:      log,
		released: make(chan struct{}),
		bound:    claimedAt.Add(claimed.Handle.LeaseTTL),
	}
	l.release = sync.OnceFunc(func() { close(l.released) })
	return l
}

// keep renews until the lease is released or lost, or ctx ends.
func (l *lease) keep(ctx context.Context) {
	interval := max(l.handle.LeaseTTL/renewalsPerLease, time.Millisecond)
	wait := interval
	for pause(ctx, wait, l.released) {
		select {
		case <-l.released:
			return
		default:
		}
		sentAt := time.Now()
		err := l.renewOnce(ctx, interval)
		switch {
		case err == nil:
			l.extend(sentAt.Add(l.handle.LeaseTTL))
			wait = interval
		case takesLease(err):
			l.lose(err)
			return
		case !time.Now().Before(l.deadline()):
			l.lose(fmt.Errorf("%w: %w", errUnrenewed, err))
			return
		default:
			l.log.Warn("lease not renewed, trying again", "error", err)
			wait = min(interval/renewalsPerLease, time.Until(l.deadline()))
		}
	}
}

// renewOnce waits for the answer as long as the interval, and never longer than the lease may last.
func (l *lease) renewOnce(ctx context.Context, interval time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, min(max(interval, time.Second), time.Until(l.deadline())))
	defer cancel()
	_, err := l.renew(ctx, l.handle)
	return err
}

func (l *lease) extend(bound time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bound = bound
}

// deadline is when the lease may have run out if nothing renews it.
func (l *lease) deadline() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bound
}

// lose ends the handler's context; the first reason stays.
func (l *lease) lose(reason error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != nil {
		return
	}
	l.lost = fmt.Errorf("%w: %w", ErrLeaseLost, reason)
	l.cancel(l.lost)
	l.release()
}

// held is nil while the lease is, else why it is not.
func (l *lease) held() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// observe looks at the error of a fenced call: a reject that says that the lease is gone loses it at once.
func (l *lease) observe(err error) error {
	if err != nil && takesLease(err) {
		l.lose(err)
		return l.held()
	}
	return err
}

// conclude makes the call that ends the lease, and makes it again until it is answered: a connection that drops tells nothing about
// what the server did, so the lease is kept alive meanwhile. The call must be one that may be repeated. unsure tells it
// that an earlier try may have been applied.
func (l *lease) conclude(ctx context.Context, call func(ctx context.Context, unsure bool) error) error {
	defer l.release()
	ctx = context.WithoutCancel(ctx)
	var retry idle
	for unsure := false; ; unsure = true {
		err := call(ctx, unsure)
		if answered(err) {
			return err
		}
		if !time.Now().Before(l.deadline()) {
			return fmt.Errorf("no answer for as long as the lease could last, it may have been applied: %w", err)
		}
		l.log.Warn("no answer, trying again", "error", err)
		pause(ctx, retry.next(), nil)
	}
}

// answered tells whether the server decided: it accepted or rejected the call.
func answered(err error) bool {
	if err == nil {
		return true
	}
	var e *engine.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Class != engine.ClassTimeout && (e.Class != engine.ClassTransport || e.Fault == engine.FaultRefused)
}

// lossCodes are the rejects after which renewing is pointless (spec 03d §13.5).
var lossCodes = []engine.Code{
	engine.CodeStaleLease, engine.CodeLeaseExpired, engine.CodeLeaseRevoked, engine.CodeExecutionNotActive,
	engine.CodeExecutionNotFound, engine.CodeStaleOwnerCannotAppend, engine.CodeNoActiveLease,
}

func takesLease(err error) bool {
	for _, code := range lossCodes {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
