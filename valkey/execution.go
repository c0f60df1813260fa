package valkey

import (
	"context"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// DescribeExecution reads one execution with its tags; nil when there is none (spec 04a §10.1). What does not decode is listed in
// Malformed. An id of a partition that the deployment has not is an error that says so.
func (b *Backend) DescribeExecution(ctx context.Context, execution engine.ExecutionID) (*engine.Execution, error) {
	const op = "describe_execution"
	if err := checkExecutionID(op, execution); err != nil {
		return nil, err
	}
	k := keysOf(execution)
	var core, tags *redis.MapStringStringCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		core = p.HGetAll(ctx, k.core())
		tags = p.HGetAll(ctx, k.tags())
	})
	if err != nil {
		return nil, err
	}
	record := readWholeHash(core)
	if record.empty() && len(record.bad) == 0 {
		return nil, b.absentExecution(op, execution)
	}
	described := decodeExecution(execution, record, readWholeHash(tags))
	return &described, nil
}

// absentExecution is nil, or the error that names the partition where an id can never be found.
func (b *Backend) absentExecution(op string, execution engine.ExecutionID) error {
	if b.foreignPartition(execution) == "" {
		return nil
	}
	return b.noExecution(op, execution)
}

// decodeExecution makes a snapshot of a whole core hash and the tags.
func decodeExecution(execution engine.ExecutionID, r, tags *record) engine.Execution {
	attempt := r.index("current_attempt_index")
	e := engine.Execution{
		ID:        execution,
		FlowID:    id(r, "flow_id", engine.ParseFlowID),
		Lane:      id(r, "lane_id", engine.ParseLaneID),
		Namespace: engine.Namespace(r.text("namespace")),
		Kind:      r.text("execution_kind"),
		Priority:  r.integer("priority", 0),

		State: engine.StateVector{
			Phase:       word[engine.LifecyclePhase](r, "lifecycle_phase"),
			Ownership:   word[engine.OwnershipState](r, "ownership_state"),
			Eligibility: word[engine.EligibilityState](r, "eligibility_state"),
			Blocking:    word[engine.BlockingReason](r, "blocking_reason"),
			Outcome:     word[engine.TerminalOutcome](r, "terminal_outcome"),
			Attempt:     word[engine.AttemptState](r, "attempt_state"),
			Public:      word[engine.PublicState](r, "public_state"),
		},
		BlockingDetail: r.text("blocking_detail"),

		Attempt:    decodeCurrentAttempt(r, attempt),
		Lease:      decodeLease(r, attempt),
		Waitpoint:  id(r, "current_waitpoint_id", engine.ParseWaitpointID),
		Suspension: id(r, "current_suspension_id", engine.ParseSuspensionID),

		CreatedAt:         r.time("created_at"),
		StartedAt:         r.time("started_at"),
		CompletedAt:       r.time("completed_at"),
		LastTransitionAt:  r.time("last_transition_at"),
		LastMutationAt:    r.time("last_mutation_at"),
		DelayUntil:        r.time("delay_until"),
		LeaseExpiredAt:    r.time("lease_expired_at"),
		LeaseRevokedAt:    r.time("lease_revoked_at"),
		LeaseRevokeReason: r.text("lease_revoke_reason"),

		TotalAttempts: r.integer("total_attempt_count", 0),
		RetryCount:    r.integer("retry_count", 0),
		ReplayCount:   r.integer("replay_count", 0),
		ReclaimCount:  r.integer("lease_reclaim_count", 0),

		FailureReason:      r.text("failure_reason"),
		CancellationReason: r.text("cancellation_reason"),
		CancelledBy:        r.text("cancelled_by"),

		ProgressPercent:   r.integer("progress_pct", -1),
		ProgressMessage:   r.text("progress_message"),
		ProgressUpdatedAt: r.time("progress_updated_at"),

		RequiredCapabilities:     engine.ParseCapabilityCSV(r.text("required_capabilities")),
		LastCapabilityMismatchAt: r.time("last_capability_mismatch_at"),
		BudgetIDs:                splitList(r.text("budget_ids")),
		QuotaPolicyID:            r.text("quota_policy_id"),
		CreatorIdentity:          r.text("creator_identity"),

		Tags: tags.fields,
	}
	for _, field := range []string{"public_state", "lifecycle_phase", "lane_id", "created_at", "last_mutation_at"} {
		r.required(field)
	}
	e.Malformed = append(r.bad, tags.bad...)
	return e
}

// decodeCurrentAttempt is nil before the first claim, and between a failure and the retry.
func decodeCurrentAttempt(r *record, index uint32) *engine.AttemptSummary {
	attempt := id(r, "current_attempt_id", engine.ParseAttemptID)
	if attempt == "" {
		return nil
	}
	return &engine.AttemptSummary{ID: attempt, Index: index}
}

// decodeLease is nil while nobody holds the execution. Holder and expiry are core's: lease:current is gone after its TTL and the
// active index keeps the first expiry.
func decodeLease(r *record, attempt uint32) *engine.LeaseSummary {
	if r.text("current_worker_instance_id") == "" || r.text("lease_expires_at") == "" {
		return nil
	}
	r.required("current_lease_id")
	return &engine.LeaseSummary{
		ID:              id(r, "current_lease_id", engine.ParseLeaseID),
		Epoch:           r.count("current_lease_epoch"),
		Worker:          engine.WorkerID(r.text("current_worker_id")),
		WorkerInstance:  engine.WorkerInstanceID(r.text("current_worker_instance_id")),
		AttemptIndex:    attempt,
		AcquiredAt:      r.time("lease_acquired_at"),
		ExpiresAt:       r.time("lease_expires_at"),
		RenewedAt:       r.time("lease_last_renewed_at"),
		RenewalDeadline: r.time("lease_renewal_deadline"),
	}
}

// ReadExecutionState is "" for an unknown execution. A word that nobody knows is returned as it is.
func (b *Backend) ReadExecutionState(ctx context.Context, execution engine.ExecutionID) (engine.PublicState, error) {
	state, _, err := b.readCoreField(ctx, "read_execution_state", execution, "public_state")
	return engine.PublicState(state), err
}

// ReadCurrentAttemptIndex is 0 for an unknown execution and before the first claim.
func (b *Backend) ReadCurrentAttemptIndex(ctx context.Context, execution engine.ExecutionID) (uint32, error) {
	return b.readIndex(ctx, "read_current_attempt_index", execution, "current_attempt_index")
}

// ReadTotalAttemptCount is the index that the next claim will use; 0 for an unknown execution.
func (b *Backend) ReadTotalAttemptCount(ctx context.Context, execution engine.ExecutionID) (uint32, error) {
	return b.readIndex(ctx, "read_total_attempt_count", execution, "total_attempt_count")
}

// readIndex reads a count of attempts. One that does not decode is ClassCorruption, not 0.
func (b *Backend) readIndex(ctx context.Context, op string, execution engine.ExecutionID, field string) (uint32, error) {
	if err := checkExecutionID(op, execution); err != nil {
		return 0, err
	}
	core, err := b.readCore(ctx, op, execution, field)
	if err != nil {
		return 0, err
	}
	n := core.index(field)
	if len(core.bad) > 0 {
		return 0, engine.WithOp(op, engine.Corrupt(keysOf(execution).core(), field, core.bad[0].Problem))
	}
	return n, nil
}

// ExecutionNamespace tells the namespace; "" can be one.
func (b *Backend) ExecutionNamespace(ctx context.Context, execution engine.ExecutionID) (engine.Namespace, bool, error) {
	ns, found, err := b.readCoreField(ctx, "get_execution_namespace", execution, "namespace")
	return engine.Namespace(ns), found, err
}

func (b *Backend) readCoreField(ctx context.Context, op string, execution engine.ExecutionID, field string) (string, bool, error) {
	if err := checkExecutionID(op, execution); err != nil {
		return "", false, err
	}
	return b.readField(ctx, op, keysOf(execution).core(), field)
}

func (b *Backend) readField(ctx context.Context, op, key, field string) (string, bool, error) {
	defer span(ctx, op).End()
	value, err := b.rdb.HGet(ctx, key, field).Result()
	return value, err == nil, transport(op, err)
}

// ReadCoreFields reads named fields of an execution's core; absent ones are left out.
func (b *Backend) ReadCoreFields(ctx context.Context, execution engine.ExecutionID, fields ...string) (map[string]string, error) {
	const op = "read_exec_core_fields"
	if err := checkExecutionID(op, execution); err != nil {
		return nil, err
	}
	if len(fields) == 0 {
		return map[string]string{}, nil
	}
	core, err := b.readCore(ctx, op, execution, fields...)
	if err != nil {
		return nil, err
	}
	return core.fields, nil
}

// ExecutionResult is nil before completion. What a replayed execution left behind earlier is returned too.
func (b *Backend) ExecutionResult(ctx context.Context, execution engine.ExecutionID) ([]byte, error) {
	const op = "get_execution_result"
	if err := checkExecutionID(op, execution); err != nil {
		return nil, err
	}
	result, err := b.rdb.Get(ctx, keysOf(execution).result()).Bytes()
	return result, transport(op, err)
}

// ExecutionTag reads one tag.
func (b *Backend) ExecutionTag(ctx context.Context, execution engine.ExecutionID, key string) (string, bool, error) {
	const op = "get_execution_tag"
	if err := checkExecutionID(op, execution); err != nil {
		return "", false, err
	}
	if err := engine.CheckTagKey(key); err != nil {
		return "", false, engine.Invalid(op, err.Error())
	}
	return b.readField(ctx, op, keysOf(execution).tags(), key)
}
