package metrics

import (
	"context"
	"errors"
	"time"

	"ffboard/engine"
	"ffboard/engine/scanner"
)

// Pass counts a pass of a scanner; it is a scanner.Config's Observe.
func (m *Metrics) Pass(p scanner.Pass) {
	m.cycles.WithLabelValues(p.Scanner).Inc()
	m.cycleSeconds.WithLabelValues(p.Scanner).Observe(p.Took.Seconds())
}

// Scanner is b, and counts what the scanners do to the losers of edge groups (spec 05 §4.16, §4.17).
func (m *Metrics) Scanner(b scanner.Backend) scanner.Backend { return &scannerBackend{b, m} }

type scannerBackend struct {
	scanner.Backend
	m *Metrics
}

const (
	siblingSatisfied  = "sibling_quorum_satisfied"
	siblingImpossible = "sibling_quorum_impossible"
)

func (b *scannerBackend) CancelExecution(ctx context.Context, id engine.ExecutionID, reason string, source engine.CancelSource) (engine.LifecyclePhase, error) {
	if reason != siblingSatisfied && reason != siblingImpossible {
		return b.Backend.CancelExecution(ctx, id, reason, source)
	}
	b.m.siblingDispatched.WithLabelValues(reason).Inc()
	before, err := b.Backend.CancelExecution(ctx, id, reason, source)
	if disposition := disposition(err); disposition != "" {
		b.m.siblingDisposition.WithLabelValues(disposition).Inc()
	}
	return before, err
}

// disposition is what became of a cancel; "" for one that is tried again.
func disposition(err error) string {
	switch {
	case err == nil:
		return "cancelled"
	case errors.Is(err, engine.CodeExecutionNotActive):
		return "already_terminal"
	case errors.Is(err, engine.ClassNotFound):
		return "not_found"
	default:
		return ""
	}
}

func (b *scannerBackend) ReconcileSiblingCancelGroup(ctx context.Context, g engine.SiblingGroup) (string, error) {
	action, err := b.Backend.ReconcileSiblingCancelGroup(ctx, g)
	switch action {
	case "sremmed_stale", "completed_drain", "no_op":
		b.m.siblingReconciled.WithLabelValues(action).Inc()
	}
	return action, err
}

// Backlog is what the depth of the cancel backlogs is read from.
type Backlog interface {
	Occupied(ctx context.Context, refs []engine.IndexRef) ([]engine.IndexRef, error)
	IndexMembers(ctx context.Context, ref engine.IndexRef, offset, limit int) ([]string, error)
	Partitions() engine.PartitionConfig
}

const (
	backlogInterval = 15 * time.Second
	backlogPage     = 1000
)

// WatchBacklog keeps the depth of the cancel backlogs up to date until ctx ends. While they are empty a look costs one command.
func (m *Metrics) WatchBacklog(ctx context.Context, b Backlog) {
	ticker := time.NewTicker(backlogInterval)
	defer ticker.Stop()
	for {
		if depth, err := backlogDepth(ctx, b); err == nil {
			m.cancelBacklog.Set(float64(depth)) // else the last one stands
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// backlogDepth counts the flows in the cancel backlogs of all partitions.
func backlogDepth(ctx context.Context, b Backlog) (int, error) {
	var refs []engine.IndexRef
	for p := range b.Partitions().FlowPartitions() {
		refs = append(refs, engine.IndexRef{Partition: p, Name: engine.IndexCancelBacklog})
	}
	occupied, err := b.Occupied(ctx, refs)
	if err != nil {
		return 0, err
	}
	depth := 0
	for _, ref := range occupied {
		members, err := countMembers(ctx, b, ref)
		if err != nil {
			return 0, err
		}
		depth += members
	}
	return depth, nil
}

func countMembers(ctx context.Context, b Backlog, ref engine.IndexRef) (int, error) {
	for n := 0; ; {
		page, err := b.IndexMembers(ctx, ref, n, backlogPage)
		if err != nil {
			return 0, err
		}
		n += len(page)
		if len(page) < backlogPage {
			return n, nil
		}
	}
}
