package scanner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

const (
	// startJitter spreads the scanners' first passes.
	startJitter = 200 * time.Millisecond
	// minGap keeps a scanner that always has something due from running without a pause.
	minGap = 50 * time.Millisecond
	// panicRest is how long a scanner that panicked is left alone (spec 05 §3.2).
	panicRest = 5 * time.Second
)

// scanner is one pass of one scanner: it does what is due and says what it did. Passes never overlap.
type scanner interface {
	runOnce(ctx context.Context) (Report, error)
}

// loop runs one scanner.
type loop struct {
	name    string
	every   time.Duration
	scanner scanner
	wake    chan struct{} // asks for a pass at once
	observe func(Pass)
	now     func(context.Context) (time.Time, error) // the server's clock
	log     *slog.Logger
}

func (l *loop) run(ctx context.Context) {
	wait := rand.N(min(startJitter, l.every))
	for l.sleep(ctx, wait) {
		began := time.Now()
		report, err := l.protect(ctx)
		if ctx.Err() != nil {
			return
		}
		l.observe(Pass{Scanner: l.name, Report: report, Took: time.Since(began), Err: err})
		wait = l.wait(ctx, began, report)
		var panicked *panicError
		switch {
		case errors.As(err, &panicked):
			l.log.Error("scanner panicked", "scanner", l.name, "panic", panicked.cause, "stack", panicked.stack)
			wait = max(wait, panicRest)
		case err != nil:
			l.log.Warn("pass failed, trying again", "scanner", l.name, "error", err)
		case report.Done+report.Failed > 0:
			l.log.Info("pass", "scanner", l.name, "done", report.Done, "failed", report.Failed, "elapsed", time.Since(began))
		}
	}
}

// wait is how long to sleep: until the interval is over, or until the first thing that is known to be due.
func (l *loop) wait(ctx context.Context, began time.Time, report Report) time.Duration {
	wait := l.every - time.Since(began)
	if !report.next.IsZero() {
		if now, err := l.now(ctx); err == nil {
			wait = min(wait, report.next.Sub(now))
		}
	}
	return max(wait, minGap)
}

func (l *loop) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-l.wake:
	case <-timer.C:
	}
	return ctx.Err() == nil
}

// kick asks for a pass now.
func (l *loop) kick() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

type panicError struct {
	cause, stack string
}

func (p *panicError) Error() string { return "panic: " + p.cause }

func (l *loop) protect(ctx context.Context) (report Report, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &panicError{fmt.Sprint(cause), string(debug.Stack())}
		}
	}()
	return l.scanner.runOnce(ctx)
}
