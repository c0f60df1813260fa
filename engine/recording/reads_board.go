package recording

import (
	"context"

	"ffboard/engine"
)

// reads are the reads of a board that are recorded: asked of the backend below while a recording is made, found in it when it is played.
// Everything else is the backend's own.
type reads struct {
	engine.Attached
	from source
}

var (
	_ engine.Attached = (*Recorder)(nil)
	_ engine.Attached = (*Player)(nil)
)

// Board

func (r *reads) Deployment(ctx context.Context) (engine.Deployment, error) {
	return told(ctx, r.from, ask("Deployment"), func() (engine.Deployment, error) { return r.Attached.Deployment(ctx) })
}

func (r *reads) Depths(ctx context.Context) (engine.Depths, error) {
	return told(ctx, r.from, ask("Depths"), func() (engine.Depths, error) { return r.Attached.Depths(ctx) })
}

func (r *reads) FlowRows(ctx context.Context, q engine.FlowQuery) (engine.FlowRows, error) {
	return told(ctx, r.from, ask("FlowRows"), func() (engine.FlowRows, error) { return r.Attached.FlowRows(ctx, q) })
}

func (r *reads) FlowDetail(ctx context.Context, id engine.FlowID, maxMembers int) (*engine.FlowDetail, error) {
	return told(ctx, r.from, ask("FlowDetail", id), func() (*engine.FlowDetail, error) { return r.Attached.FlowDetail(ctx, id, maxMembers) })
}

func (r *reads) LaneExecutions(ctx context.Context, lane engine.LaneID, idx engine.LaneIndex, limit int) ([]engine.ExecutionRow, error) {
	return told(ctx, r.from, ask("LaneExecutions", lane, idx), func() ([]engine.ExecutionRow, error) { return r.Attached.LaneExecutions(ctx, lane, idx, limit) })
}

func (r *reads) SuspendedRows(ctx context.Context, limit int) (engine.SuspendedRows, error) {
	return told(ctx, r.from, ask("SuspendedRows"), func() (engine.SuspendedRows, error) { return r.Attached.SuspendedRows(ctx, limit) })
}

func (r *reads) ExecutionDetail(ctx context.Context, id engine.ExecutionID) (*engine.ExecutionDetail, error) {
	return told(ctx, r.from, ask("ExecutionDetail", id), func() (*engine.ExecutionDetail, error) { return r.Attached.ExecutionDetail(ctx, id) })
}

func (r *reads) ExecutionEdges(ctx context.Context, id engine.ExecutionID) (*engine.ExecutionEdges, error) {
	return told(ctx, r.from, ask("ExecutionEdges", id), func() (*engine.ExecutionEdges, error) { return r.Attached.ExecutionEdges(ctx, id) })
}

func (r *reads) StreamRows(ctx context.Context, watch []engine.StreamRef, limit int) ([]engine.StreamRow, error) {
	return told(ctx, r.from, ask("StreamRows"), func() ([]engine.StreamRow, error) { return r.Attached.StreamRows(ctx, watch, limit) })
}

// HealthBoard

func (r *reads) Checkup(ctx context.Context) (engine.Checkup, error) {
	return told(ctx, r.from, ask("Checkup"), func() (engine.Checkup, error) { return r.Attached.Checkup(ctx) })
}

// WorkerBoard

func (r *reads) WorkerRows(ctx context.Context) (engine.WorkerRows, error) {
	return told(ctx, r.from, ask("WorkerRows"), func() (engine.WorkerRows, error) { return r.Attached.WorkerRows(ctx) })
}

func (r *reads) WorkerLeases(ctx context.Context, instance engine.WorkerInstanceID, limit int) (engine.LeaseRows, error) {
	return told(ctx, r.from, ask("WorkerLeases", instance), func() (engine.LeaseRows, error) { return r.Attached.WorkerLeases(ctx, instance, limit) })
}

func (r *reads) Leases(ctx context.Context, kind engine.LeaseKind, limit int) (engine.LeaseRows, error) {
	return told(ctx, r.from, ask("Leases", kind), func() (engine.LeaseRows, error) { return r.Attached.Leases(ctx, kind, limit) })
}

// BudgetBoard

func (r *reads) BudgetRows(ctx context.Context, offset, limit int) (engine.BudgetRows, error) {
	return told(ctx, r.from, ask("BudgetRows", offset), func() (engine.BudgetRows, error) { return r.Attached.BudgetRows(ctx, offset, limit) })
}

func (r *reads) QuotaRows(ctx context.Context, offset, limit int) (engine.QuotaRows, error) {
	return told(ctx, r.from, ask("QuotaRows", offset), func() (engine.QuotaRows, error) { return r.Attached.QuotaRows(ctx, offset, limit) })
}

// Overview

func (r *reads) Ended(ctx context.Context) (engine.Ended, error) {
	return told(ctx, r.from, ask("Ended"), func() (engine.Ended, error) { return r.Attached.Ended(ctx) })
}

func (r *reads) LongestSuspended(ctx context.Context, limit int) (engine.LongSuspended, error) {
	return told(ctx, r.from, ask("LongestSuspended"), func() (engine.LongSuspended, error) { return r.Attached.LongestSuspended(ctx, limit) })
}

func (r *reads) OrphanedLeases(ctx context.Context, limit int) (engine.OrphanedLeases, error) {
	return told(ctx, r.from, ask("OrphanedLeases"), func() (engine.OrphanedLeases, error) { return r.Attached.OrphanedLeases(ctx, limit) })
}

func (r *reads) FailingFlows(ctx context.Context, limit int) (engine.FailingFlows, error) {
	return told(ctx, r.from, ask("FailingFlows"), func() (engine.FailingFlows, error) { return r.Attached.FailingFlows(ctx, limit) })
}

// Diagnostician

func (r *reads) ExecutionFacts(ctx context.Context, id engine.ExecutionID) (*engine.ExecutionFacts, error) {
	return told(ctx, r.from, ask("ExecutionFacts", id), func() (*engine.ExecutionFacts, error) { return r.Attached.ExecutionFacts(ctx, id) })
}

func (r *reads) FlowFacts(ctx context.Context, id engine.FlowID) (*engine.FlowFacts, error) {
	return told(ctx, r.from, ask("FlowFacts", id), func() (*engine.FlowFacts, error) { return r.Attached.FlowFacts(ctx, id) })
}

// ExecutionSearcher and SignalBoard

func (r *reads) SearchExecutions(ctx context.Context, q engine.ExecutionQuery, after engine.ExecutionCursor, look int) (engine.ExecutionsFound, error) {
	return told(ctx, r.from, ask("SearchExecutions", &q, after), func() (engine.ExecutionsFound, error) { return r.Attached.SearchExecutions(ctx, q, after, look) })
}

func (r *reads) SignalGroups(ctx context.Context) (engine.SignalGroups, error) {
	return told(ctx, r.from, ask("SignalGroups"), func() (engine.SignalGroups, error) { return r.Attached.SignalGroups(ctx) })
}

func (r *reads) SignalGroupRows(ctx context.Context, key engine.SignalGroupKey, limit int) (engine.SuspendedRows, error) {
	return told(ctx, r.from, ask("SignalGroupRows", key), func() (engine.SuspendedRows, error) { return r.Attached.SignalGroupRows(ctx, key, limit) })
}

// Partitions has no error: where it was not recorded it is what an unknown deployment has.
func (r *reads) Partitions() engine.PartitionConfig {
	config, err := told(context.Background(), r.from, ask("Partitions"), func() (engine.PartitionConfig, error) { return r.Attached.Partitions(), nil })
	if err != nil {
		return engine.DefaultPartitionConfig
	}
	return config
}
