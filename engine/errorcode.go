package engine

// Code is the wire code of a reject (spec 04b §3, §3.1), or one that only the client side raises. It is an error itself, so
// that errors.Is(err, CodeStaleLease) works.
type Code string

func (c Code) Error() string { return string(c) }

// Known tells whether the code is one of the table.
func (c Code) Known() bool {
	_, known := codes[c]
	return known
}

const (
	// Leases.
	CodeStaleLease               Code = "stale_lease"
	CodeLeaseExpired             Code = "lease_expired"
	CodeLeaseRevoked             Code = "lease_revoked"
	CodeExecutionNotActive       Code = "execution_not_active"
	CodeNoActiveLease            Code = "no_active_lease"
	CodeActiveAttemptExists      Code = "active_attempt_exists"
	CodeUseClaimResumedExecution Code = "use_claim_resumed_execution"
	CodeNotAResumedExecution     Code = "not_a_resumed_execution"
	CodeExecutionNotLeaseable    Code = "execution_not_leaseable"
	CodeLeaseConflict            Code = "lease_conflict"
	CodeInvalidClaimGrant        Code = "invalid_claim_grant"
	CodeClaimGrantExpired        Code = "claim_grant_expired"
	CodeNoEligibleExecution      Code = "no_eligible_execution"
	CodeFenceRequired            Code = "fence_required"
	CodePartialFenceTriple       Code = "partial_fence_triple"

	// Budgets seen by a worker.
	CodeBudgetExceeded     Code = "budget_exceeded"
	CodeBudgetSoftExceeded Code = "budget_soft_exceeded"

	// Suspension, waitpoints, signals.
	CodeExecutionNotSuspended               Code = "execution_not_suspended"
	CodeAlreadySuspended                    Code = "already_suspended"
	CodeAlreadySatisfied                    Code = "already_satisfied"
	CodeWaitpointClosed                     Code = "waitpoint_closed"
	CodeWaitpointNotFound                   Code = "waitpoint_not_found"
	CodeTargetNotSignalable                 Code = "target_not_signalable"
	CodeWaitpointPendingUseBufferScript     Code = "waitpoint_pending_use_buffer_script"
	CodeDuplicateSignal                     Code = "duplicate_signal"
	CodePayloadTooLarge                     Code = "payload_too_large"
	CodeSignalLimitExceeded                 Code = "signal_limit_exceeded"
	CodeInvalidWaitpointKey                 Code = "invalid_waitpoint_key"
	CodeInvalidToken                        Code = "invalid_token"
	CodeMissingToken                        Code = "missing_token"
	CodeTokenExpired                        Code = "token_expired"
	CodeHMACSecretNotInitialized            Code = "hmac_secret_not_initialized"
	CodeInvalidSecret                       Code = "invalid_secret"
	CodeInvalidKeysMissingHMAC              Code = "invalid_keys_missing_hmac"
	CodeInvalidLeaseForSuspend              Code = "invalid_lease_for_suspend"
	CodeResumeConditionNotMet               Code = "resume_condition_not_met"
	CodeWaitpointNotPending                 Code = "waitpoint_not_pending"
	CodePendingWaitpointExpired             Code = "pending_waitpoint_expired"
	CodeInvalidWaitpointForExecution        Code = "invalid_waitpoint_for_execution"
	CodeWaitpointAlreadyExists              Code = "waitpoint_already_exists"
	CodeWaitpointNotOpen                    Code = "waitpoint_not_open"
	CodeWaitpointNotTokenBound              Code = "waitpoint_not_token_bound"
	CodeUsePendingWithExtrasUnsupported     Code = "use_pending_with_extras_unsupported"
	CodeAdditionalWaitpointBindingMalformed Code = "additional_waitpoint_binding_malformed"

	// Replay and retry.
	CodeExecutionNotTerminal Code = "execution_not_terminal"
	CodeMaxReplaysExhausted  Code = "max_replays_exhausted"
	CodeReplayNotAllowed     Code = "replay_not_allowed"
	CodeMaxRetriesExhausted  Code = "max_retries_exhausted"

	// Streams.
	CodeStreamClosed           Code = "stream_closed"
	CodeStaleOwnerCannotAppend Code = "stale_owner_cannot_append"
	CodeRetentionLimitExceeded Code = "retention_limit_exceeded"
	CodeStreamNotFound         Code = "stream_not_found"
	CodeStreamAlreadyClosed    Code = "stream_already_closed"
	CodeInvalidFrameType       Code = "invalid_frame_type"
	CodeInvalidOffset          Code = "invalid_offset"

	// Scheduling.
	CodeExecutionNotEligible      Code = "execution_not_eligible"
	CodeExecutionNotInEligibleSet Code = "execution_not_in_eligible_set"
	CodeGrantAlreadyExists        Code = "grant_already_exists"
	CodeExecutionNotReclaimable   Code = "execution_not_reclaimable"
	CodeCapabilityMismatch        Code = "capability_mismatch"
	CodeInvalidCapabilities       Code = "invalid_capabilities"
	CodeInvalidBlockingReason     Code = "invalid_blocking_reason"
	CodeNotRunnable               Code = "not_runnable"
	CodeTerminal                  Code = "terminal"

	// Flows and edges.
	CodeInvalidDependency       Code = "invalid_dependency"
	CodeStaleGraphRevision      Code = "stale_graph_revision"
	CodeExecutionAlreadyInFlow  Code = "execution_already_in_flow"
	CodeCycleDetected           Code = "cycle_detected"
	CodeFlowNotFound            Code = "flow_not_found"
	CodeExecutionNotInFlow      Code = "execution_not_in_flow"
	CodeDependencyAlreadyExists Code = "dependency_already_exists"
	CodeSelfReferencingEdge     Code = "self_referencing_edge"
	CodeFlowAlreadyTerminal     Code = "flow_already_terminal"
	CodeDepsNotSatisfied        Code = "deps_not_satisfied"
	CodeNotBlockedByDeps        Code = "not_blocked_by_deps"
	CodeInvariantViolation      Code = "invariant_violation"
	CodeInvalidArgs             Code = "invalid_args"

	// Executions and attempts.
	CodeExecutionNotFound              Code = "execution_not_found"
	CodeAttemptNotFound                Code = "attempt_not_found"
	CodeAttemptNotInCreatedState       Code = "attempt_not_in_created_state"
	CodeAttemptNotStarted              Code = "attempt_not_started"
	CodeAttemptAlreadyTerminal         Code = "attempt_already_terminal"
	CodeExecutionNotEligibleForAttempt Code = "execution_not_eligible_for_attempt"

	// Budgets and quotas.
	CodeOKAlreadyApplied         Code = "ok_already_applied"
	CodeBudgetNotFound           Code = "budget_not_found"
	CodeInvalidBudgetScope       Code = "invalid_budget_scope"
	CodeBudgetAttachConflict     Code = "budget_attach_conflict"
	CodeBudgetOverrideNotAllowed Code = "budget_override_not_allowed"
	CodeQuotaPolicyNotFound      Code = "quota_policy_not_found"
	CodeRateLimitExceeded        Code = "rate_limit_exceeded"
	CodeConcurrencyLimitExceeded Code = "concurrency_limit_exceeded"
	CodeQuotaAttachConflict      Code = "quota_attach_conflict"
	CodeInvalidQuotaSpec         Code = "invalid_quota_spec"

	// Arguments and administration.
	CodeInvalidInput           Code = "invalid_input"
	CodeInvalidPolicyJSON      Code = "invalid_policy_json"
	CodeUnauthorized           Code = "unauthorized"
	CodeInvalidKid             Code = "invalid_kid"
	CodeInvalidSecretHex       Code = "invalid_secret_hex"
	CodeInvalidGraceMS         Code = "invalid_grace_ms"
	CodeRotationConflict       Code = "rotation_conflict"
	CodeInvalidTagKey          Code = "invalid_tag_key"
	CodeCorruption             Code = "corruption"
	CodeHandleFromOtherBackend Code = "handle_from_other_backend"

	// The deployment as a whole.
	CodeNotInitialised Code = "deployment_not_initialised"
	CodeLibraryMissing Code = "library_missing"
	CodeSetupConflict  Code = "setup_conflict"
)
