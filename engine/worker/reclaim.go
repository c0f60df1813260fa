package worker

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"ffboard/engine"
)

const (
	reclaimBatch    = 16              // candidates looked at in one pass
	reclaimGrantTTL = 5 * time.Second // a grant is used at once
)

// reclaim takes over one execution whose lease ran out or was revoked; nil when there is none. Candidates are tried in random
// order, so that several workers do not all reach for the same one.
func (w *Worker) reclaim(ctx context.Context) (*engine.Claimed, error) {
	candidates, err := w.b.Reclaimable(ctx, w.cfg.Lanes, reclaimBatch)
	if err != nil {
		return nil, err
	}
	rand.Shuffle(len(candidates), func(i, j int) { candidates[i], candidates[j] = candidates[j], candidates[i] })
	for _, c := range candidates {
		if len(engine.MissingCapabilities(c.RequiredCapabilities, w.cfg.Capabilities)) > 0 {
			continue
		}
		claimed, err := w.takeOver(ctx, c)
		if err != nil {
			return nil, err
		}
		if claimed != nil {
			return claimed, nil
		}
	}
	return nil, nil
}

// takeOver is nil when somebody was faster.
func (w *Worker) takeOver(ctx context.Context, c engine.Reclaimable) (*engine.Claimed, error) {
	if c.Ownership == engine.OwnerLeased {
		if err := w.b.MarkLeaseExpiredIfDue(ctx, c.Execution); err != nil {
			return nil, unlessPassed(err)
		}
	}
	grant, _, err := w.b.IssueReclaimGrant(ctx, engine.IssueGrant{
		Execution:      c.Execution,
		Lane:           c.Lane,
		Worker:         w.cfg.ID,
		WorkerInstance: w.cfg.Instance,
		Capabilities:   w.cfg.Capabilities,
		TTL:            reclaimGrantTTL,
	})
	if err != nil || grant == nil {
		return nil, unlessPassed(err)
	}
	outcome, err := w.b.ReclaimExecution(ctx, engine.Reclaim{
		Execution:      c.Execution,
		Worker:         w.cfg.ID,
		WorkerInstance: w.cfg.Instance,
		Lane:           c.Lane,
		LeaseID:        engine.NewLeaseID(),
		AttemptID:      engine.NewAttemptID(),
		LeaseTTL:       w.cfg.LeaseTTL,
		AttemptIndex:   c.AttemptIndex,
	})
	if err != nil {
		return nil, unlessPassed(err)
	}
	if outcome.CapExceeded > 0 {
		w.cfg.Logger.Warn("execution failed: it was taken over too often", "execution", c.Execution, "most", outcome.CapExceeded)
	}
	return outcome.Claimed, nil
}

// unlessPassed keeps the errors that are no sign of somebody having been faster.
func unlessPassed(err error) error {
	if errors.Is(err, engine.ClassContention) || errors.Is(err, engine.ClassNotFound) || errors.Is(err, engine.ClassState) {
		return nil
	}
	return err
}
