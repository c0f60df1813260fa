package metrics

import (
	"context"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
)

// Worker is b, and counts what a worker does with its leases and attempts. Those metrics come from the processes that work, not from
// the one that serves: they are to be shown there (ServeHTTP).
func (m *Metrics) Worker(b worker.Backend) worker.Backend { return &workerBackend{b, m} }

type workerBackend struct {
	worker.Backend
	m *Metrics
}

func (b *workerBackend) Renew(ctx context.Context, h engine.Handle) (time.Time, error) {
	expires, err := b.Backend.Renew(ctx, h)
	outcome := "ok"
	if err != nil {
		outcome = "error"
	}
	b.m.renewals.WithLabelValues(outcome).Inc()
	return expires, err
}

func (b *workerBackend) Complete(ctx context.Context, h engine.Handle, result []byte) error {
	err := b.Backend.Complete(ctx, h, result)
	b.ended(h, "ok", err)
	return err
}

func (b *workerBackend) Fail(ctx context.Context, h engine.Handle, f engine.Failure) (engine.FailResult, error) {
	result, err := b.Backend.Fail(ctx, h, f)
	outcome := "error"
	switch {
	case result.Retry:
		outcome = "retry"
	case f.Class == engine.FailureTimeout:
		outcome = "timeout"
	}
	b.ended(h, outcome, err)
	return result, err
}

func (b *workerBackend) Cancel(ctx context.Context, h engine.Handle, reason string) error {
	err := b.Backend.Cancel(ctx, h, reason)
	b.ended(h, "cancelled", err)
	return err
}

// ended counts an attempt whose end was accepted.
func (b *workerBackend) ended(h engine.Handle, outcome string, err error) {
	if err == nil {
		b.m.attempts.WithLabelValues(b.m.lanes.label(string(h.Lane)), outcome).Inc()
	}
}
