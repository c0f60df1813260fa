package engine

// Row is what lists and dialogs know of an execution.
func (x *Execution) Row() ExecutionRow {
	r := ExecutionRow{
		ID: x.ID, Flow: x.FlowID, Lane: x.Lane, Namespace: x.Namespace, Kind: x.Kind, State: x.State.Public, Phase: x.State.Phase,
		Ownership: x.State.Ownership, Outcome: x.State.Outcome, BlockingReason: x.State.Blocking, BlockingDetail: x.BlockingDetail,
		Priority: x.Priority, TotalAttempts: x.TotalAttempts, RetryCount: x.RetryCount, CreatedAt: x.CreatedAt, StartedAt: x.StartedAt,
		CompletedAt: x.CompletedAt, LastMutationAt: x.LastMutationAt, DelayUntil: x.DelayUntil, FailureReason: x.FailureReason,
		Progress: x.ProgressPercent, ProgressMessage: x.ProgressMessage, Malformed: x.Malformed,
	}
	switch {
	case x.Attempt != nil:
		r.AttemptIndex = x.Attempt.Index
	case x.TotalAttempts > 0: // between two attempts: the last one
		r.AttemptIndex = uint32(x.TotalAttempts - 1)
	}
	if x.Lease != nil {
		r.Worker, r.WorkerInstance, r.LeaseExpiresAt = x.Lease.Worker, x.Lease.WorkerInstance, x.Lease.ExpiresAt
	}
	return r
}
