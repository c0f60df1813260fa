package valkey

import (
	"strconv"
	"testing"

	"ffboard/engine"
)

// failKeys are the keys of ff_fail_execution.
func failKeys(id engine.ExecutionID) []string {
	k, part := keysOf(id), keysOf(id).partition()
	return []string{
		k.core(), k.attempt(0), part.leaseExpiry(), part.workerLeases(testInstance), part.lane("default", engine.IndexTerminal),
		part.lane("default", engine.IndexDelayed), k.leaseCurrent(), k.leaseHistory(), part.lane("default", engine.IndexActive),
		k.streamMeta(0), part.attemptTimeout(), part.executionDeadline(),
	}
}

// givenUp are core fields of an execution that its worker has given up.
var givenUp = map[string]string{
	"current_lease_id": "", "current_worker_id": "", "current_worker_instance_id": "", "lease_expires_at": "",
	"lease_last_renewed_at": "", "lease_renewal_deadline": "", "last_transition_at": aTime, "last_mutation_at": aTime,
}

func TestAFailureWithARetryLeftAndTheClaimAfterIt(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		x.openStream(id, 0)
		core, attempt, meta := x.record(k.core()), x.record(k.attempt(0)), x.record(k.streamMeta(0))
		args := []any{string(id), string(h.LeaseID), "1", string(h.AttemptID), "why", "timeout",
			`{"max_retries":"1","backoff":{"type":"exponential","initial_delay_ms":0}}`}
		got, err := x.raw("ff_fail_execution", failKeys(id), args...)
		x.must(err)
		due := text(got[3])
		x.wantExactly(got, err, int64(1), "OK", "retry_scheduled", due)
		x.wantChanges(k.core(), core, union(givenUp, map[string]string{
			"lifecycle_phase": "runnable", "ownership_state": "unowned", "eligibility_state": "not_eligible_until_time",
			"blocking_reason": "waiting_for_retry_backoff", "blocking_detail": "retry backoff until " + due + " (attempt 0 failed: why)",
			"attempt_state": "pending_retry_attempt", "public_state": "delayed", "delay_until": due, "current_attempt_id": "",
			"retry_count": "1", "pending_retry_reason": "why", "pending_previous_attempt_index": "0", "failure_reason": "why",
		}))
		x.wantChanges(k.attempt(0), attempt, map[string]string{
			"attempt_state": "ended_failure", "ended_at": aTime, "failure_reason": "why", "failure_category": "timeout",
		})
		x.wantChanges(k.streamMeta(0), meta, map[string]string{"closed_at": aTime, "closed_reason": "attempt_failure"})
		x.onlyIn(id, engine.IndexDelayed)
		x.wantLastEntry(k.leaseHistory(), "event", "released", "lease_id", string(h.LeaseID), "lease_epoch", "1", "attempt_index", "0",
			"reason", "failed_retry_scheduled", "ts", aTime)
		got, err = x.raw("ff_fail_execution", failKeys(id), args...)
		x.wantExactly(got, err, int64(0), "execution_not_active", "none", "1", "runnable", "")

		promote := []string{k.core(), part.lane("default", engine.IndexDelayed), part.lane("default", engine.IndexEligible)}
		got, err = x.raw("ff_promote_delayed", promote, string(id), "1")
		x.wantExactly(got, err, int64(1), "OK", "not_yet_due")
		got, err = x.raw("ff_promote_delayed", promote, string(id), due)
		x.wantExactly(got, err, int64(1), "OK", "promoted")
		x.wantCore(id, map[string]string{"delay_until": "", "last_transition_at": due, "last_mutation_at": due})

		again := x.claim(id)
		x.wantRecord(k.attempt(1), map[string]string{
			"attempt_id": string(again.AttemptID), "execution_id": string(id), "attempt_index": "1", "attempt_type": "retry",
			"attempt_state": "started", "created_at": aTime, "started_at": aTime, "lease_id": string(again.LeaseID), "lease_epoch": "2",
			"worker_id": string(testWorker), "worker_instance_id": string(testInstance), "retry_reason": "why", "previous_attempt_index": "0",
		})
		x.wantCore(id, map[string]string{"pending_retry_reason": "", "pending_previous_attempt_index": "", "started_at": core["started_at"],
			"total_attempt_count": "2", "retry_count": "1"})
	})
}

func TestDelayingGivesTheLeaseBackAndKeepsTheAttempt(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k := h.ExecutionID, keysOf(h.ExecutionID)
		core, attempt := x.record(k.core()), x.record(k.attempt(0))
		args := []any{string(id), string(h.LeaseID), "1", string(h.AttemptID), "1900000000000"}
		got, err := x.raw("ff_delay_execution", leaseKeys(id, engine.IndexDelayed), args...)
		x.wantExactly(got, err, int64(1), "OK", "1900000000000")
		x.wantChanges(k.core(), core, union(givenUp, map[string]string{
			"lifecycle_phase": "runnable", "ownership_state": "unowned", "eligibility_state": "not_eligible_until_time",
			"blocking_reason": "waiting_for_delay", "blocking_detail": "delayed until 1900000000000", "attempt_state": "attempt_interrupted",
			"public_state": "delayed", "delay_until": "1900000000000",
		}))
		x.wantChanges(k.attempt(0), attempt, map[string]string{
			"attempt_state": "suspended", "suspended_at": aTime, "suspension_id": "worker_delay",
		})
		x.wantLastEntry(k.leaseHistory(), "event", "released", "lease_id", string(h.LeaseID), "lease_epoch", "1", "attempt_index", "0",
			"attempt_id", string(h.AttemptID), "reason", "worker_delay", "ts", aTime)
		x.onlyIn(id, engine.IndexDelayed)
		got, err = x.raw("ff_delay_execution", leaseKeys(id, engine.IndexDelayed), args...)
		x.wantExactly(got, err, int64(0), "execution_not_active", "none", "1", "runnable", string(h.AttemptID))
	})
}

// cancelKeys are the keys of ff_cancel_execution.
func cancelKeys(x bench, id engine.ExecutionID, waitpoint engine.WaitpointID) []string {
	k, part := keysOf(id), keysOf(id).partition()
	keys := []string{
		k.core(), k.attempt(0), k.streamMeta(0), k.leaseCurrent(), k.leaseHistory(), part.leaseExpiry(), part.workerLeases(testInstance),
		k.suspensionCurrent(), x.waitpointKey(id, waitpoint), part.waitpointCondition(waitpoint), part.suspensionTimeout(),
		part.lane("default", engine.IndexTerminal), part.attemptTimeout(), part.executionDeadline(),
	}
	for _, idx := range []engine.LaneIndex{
		engine.IndexEligible, engine.IndexDelayed, engine.IndexBlockedDependencies, engine.IndexBlockedBudget, engine.IndexBlockedQuota,
		engine.IndexBlockedRoute, engine.IndexBlockedOperator,
	} {
		keys = append(keys, part.lane("default", idx))
	}
	return keys
}

func TestCancellingAnActiveExecutionAsksForTheLeaseOnlyWhenOneIsBrought(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k := h.ExecutionID, keysOf(h.ExecutionID)
		keys := cancelKeys(x, id, engine.NewWaitpointID())
		got, err := x.raw("ff_cancel_execution", keys, string(id), "r", "worker", "other", "1")
		x.wantExactly(got, err, int64(0), "stale_lease")
		got, err = x.raw("ff_cancel_execution", keys, string(id), "r", "worker", string(h.LeaseID), "2")
		x.wantExactly(got, err, int64(0), "stale_lease")
		core, attempt := x.record(k.core()), x.record(k.attempt(0))
		got, err = x.raw("ff_cancel_execution", keys, string(id), "r")
		x.wantExactly(got, err, int64(1), "OK", "cancelled", "active")
		x.wantChanges(k.core(), core, union(givenUp, map[string]string{
			"lifecycle_phase": "terminal", "ownership_state": "unowned", "eligibility_state": "not_applicable", "blocking_reason": "none",
			"blocking_detail": "", "terminal_outcome": "cancelled", "attempt_state": "attempt_terminal", "public_state": "cancelled",
			"completed_at": aTime, "cancellation_reason": "r", "cancelled_by": string(id), "current_suspension_id": "",
			"current_waitpoint_id": "",
		}))
		x.wantChanges(k.attempt(0), attempt, map[string]string{
			"attempt_state": "ended_cancelled", "ended_at": aTime, "failure_reason": "cancelled: r",
		})
		x.wantLastEntry(k.leaseHistory(), "event", "released", "lease_id", string(h.LeaseID), "lease_epoch", "1", "attempt_index", "0",
			"reason", "cancelled", "ts", aTime)
		if x.exists(k.streamMeta(0)) {
			t.Error("a stream that was never opened has a record")
		}
		x.onlyIn(id, engine.IndexTerminal)
		got, err = x.raw("ff_cancel_execution", keys, string(id), "r")
		x.wantExactly(got, err, int64(0), "execution_not_active", "cancelled", "1", "terminal", string(h.AttemptID))
	})
}

func TestARevokedLeaseIsCancelledByAnOperatorAlone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id := h.ExecutionID
		_, err := x.raw("ff_revoke_lease", revokeKeys(id), string(id), "", "r")
		x.must(err)
		keys := cancelKeys(x, id, engine.NewWaitpointID())
		got, err := x.raw("ff_cancel_execution", keys, string(id), "r", "worker")
		x.wantExactly(got, err, int64(0), "lease_revoked")
		got, err = x.raw("ff_cancel_execution", keys, string(id), "r", "operator_override", "other", "9")
		x.wantExactly(got, err, int64(1), "OK", "cancelled", "active")
	})
}

func TestCancellingWhatNeverRanKeepsItsAttemptState(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		keys := x.keysNow()
		got, err := x.raw("ff_cancel_execution", cancelKeys(x, id, engine.NewWaitpointID()), string(id), "r", "system_timeout")
		x.wantExactly(got, err, int64(1), "OK", "cancelled", "runnable")
		x.wantCore(id, map[string]string{"attempt_state": "pending_first_attempt", "cancelled_by": "system_timeout"})
		part := keysOf(id).partition()
		x.wantKeyChanges(keys, "-"+part.lane("default", engine.IndexEligible), "+"+part.lane("default", engine.IndexTerminal))
	})
}

func TestReclaimingStartsAnAttemptOfItsOwnKind(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		x.openStream(id, 0)
		reclaim := []string{
			k.core(), k.claimGrant(), k.attempt(0), k.streamMeta(0), k.attempt(1), k.attemptUsage(1), k.attempts(), k.leaseCurrent(),
			k.leaseHistory(), part.leaseExpiry(), part.workerLeases("w2-i"), part.lane("default", engine.IndexActive), part.attemptTimeout(),
			part.executionDeadline(),
		}
		args := []any{string(id), "w2", "w2-i", "default", "l-2", "30000", "a-2", "{}"} // the eight of version 26
		got, err := x.raw("ff_reclaim_execution", reclaim, args...)
		x.wantExactly(got, err, int64(0), "execution_not_reclaimable")
		x.expireLease(id)
		got, err = x.raw("ff_reclaim_execution", reclaim, args...)
		x.wantExactly(got, err, int64(0), "invalid_claim_grant")
		grant := []string{k.core(), k.claimGrant(), part.leaseExpiry()}
		got, err = x.raw("ff_issue_reclaim_grant", grant, string(id), "w2", "w2-i", "default", "", "5000")
		x.must(err)
		x.wantExactly(got, err, int64(1), "OK", string(id), text(got[3]))
		x.wantRecord(k.claimGrant(), map[string]string{
			"worker_id": "w2", "worker_instance_id": "w2-i", "lane_id": "default", "capability_hash": "", "route_snapshot_json": "",
			"admission_summary": "", "created_at": aTime, "grant_expires_at": text(got[3]),
		})
		got, err = x.raw("ff_issue_reclaim_grant", grant, string(id), "w2", "w2-i", "default", "", "5000")
		x.wantExactly(got, err, int64(0), "grant_already_exists")

		core, attempt, meta := x.record(k.core()), x.record(k.attempt(0)), x.record(k.streamMeta(0))
		got, err = x.raw("ff_reclaim_execution", reclaim, args...)
		x.must(err)
		expires := text(got[4])
		x.wantExactly(got, err, int64(1), "OK", "l-2", "2", expires, "a-2", "1", "reclaim")
		at, err := strconv.ParseInt(expires, 10, 64)
		x.must(err)
		now, renew := strconv.FormatInt(at-30000, 10), strconv.FormatInt(at-10000, 10)
		x.wantChanges(k.core(), core, map[string]string{
			"ownership_state": "leased", "blocking_reason": "none", "blocking_detail": "", "attempt_state": "running_attempt",
			"current_attempt_index": "1", "total_attempt_count": "2", "current_attempt_id": "a-2", "current_lease_id": "l-2",
			"current_lease_epoch": "2", "current_worker_id": "w2", "current_worker_instance_id": "w2-i", "lease_acquired_at": now,
			"lease_expires_at": expires, "lease_last_renewed_at": now, "lease_renewal_deadline": renew, "lease_expired_at": "",
			"lease_reclaim_count": "1", "last_transition_at": now, "last_mutation_at": now,
		})
		why := "lease_lease_expired_reclaimable"
		x.wantChanges(k.attempt(0), attempt, map[string]string{
			"attempt_state": "interrupted_reclaimed", "ended_at": now, "failure_reason": why,
		})
		x.wantChanges(k.streamMeta(0), meta, map[string]string{"closed_at": now, "closed_reason": "reclaimed"})
		x.wantRecord(k.attempt(1), map[string]string{
			"attempt_id": "a-2", "execution_id": string(id), "attempt_index": "1", "attempt_type": "reclaim", "attempt_state": "started",
			"created_at": now, "started_at": now, "lease_id": "l-2", "lease_epoch": "2", "worker_id": "w2", "worker_instance_id": "w2-i",
			"reclaim_reason": why, "previous_attempt_index": "0",
		})
		x.wantRecord(k.attemptUsage(1), map[string]string{"last_usage_report_seq": "0"})
		x.wantRecord(k.leaseCurrent(), map[string]string{
			"lease_id": "l-2", "lease_epoch": "2", "execution_id": string(id), "attempt_id": "a-2", "worker_id": "w2",
			"worker_instance_id": "w2-i", "acquired_at": now, "expires_at": expires, "last_renewed_at": now, "renewal_deadline": renew,
		})
		x.wantLastEntry(k.leaseHistory(), "event", "reclaimed", "old_lease_epoch", "1", "new_lease_id", "l-2", "new_lease_epoch", "2",
			"new_attempt_id", "a-2", "new_attempt_index", "1", "worker_id", "w2", "ts", now)
		if x.exists(k.claimGrant()) || x.heldBy(id, testInstance) || !x.heldBy(id, "w2-i") {
			t.Error("want the grant used and the execution held by the new instance alone")
		}
	})
}

// expireKeys are the keys of ff_expire_execution.
func expireKeys(id engine.ExecutionID) []string {
	k, part := keysOf(id), keysOf(id).partition()
	return []string{
		k.core(), k.attempt(0), k.streamMeta(0), k.leaseCurrent(), k.leaseHistory(), part.leaseExpiry(), part.workerLeases(""),
		part.lane("default", engine.IndexActive), part.lane("default", engine.IndexTerminal), part.attemptTimeout(),
		part.executionDeadline(), part.lane("default", engine.IndexSuspended), part.suspensionTimeout(), k.suspensionCurrent(),
	}
}

func TestExpiringAnActiveExecutionLeavesTwoRenewalFields(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		x.must(x.rdb.ZAdd(x.ctx, part.executionDeadline(), zOf(id)).Err())
		core, attempt, keys := x.record(k.core()), x.record(k.attempt(0)), x.keysNow()
		got, err := x.raw("ff_expire_execution", expireKeys(id), string(id), "execution_deadline")
		x.wantExactly(got, err, int64(1), "OK", "expired", "active")
		x.wantChanges(k.core(), core, map[string]string{
			"lifecycle_phase": "terminal", "ownership_state": "unowned", "terminal_outcome": "expired", "attempt_state": "attempt_terminal",
			"public_state": "expired", "completed_at": aTime, "last_transition_at": aTime, "last_mutation_at": aTime, "current_lease_id": "",
			"current_worker_id": "", "current_worker_instance_id": "", "lease_expires_at": "", "failure_reason": "execution_deadline",
			"current_suspension_id": "", "current_waitpoint_id": "",
		})
		x.wantChanges(k.attempt(0), attempt, map[string]string{
			"attempt_state": "ended_failure", "ended_at": aTime, "failure_reason": "execution_deadline",
		})
		x.wantKeyChanges(keys, "-"+k.leaseCurrent(), "-"+part.leaseExpiry(), "-"+part.workerLeases(testInstance),
			"-"+part.lane("default", engine.IndexActive), "-"+part.executionDeadline(), "+"+part.lane("default", engine.IndexTerminal))
		x.wantLastEntry(k.leaseHistory(), "event", "released", "lease_id", string(h.LeaseID), "lease_epoch", "1", "attempt_index", "0",
			"reason", "expired:execution_deadline", "ts", aTime)

		got, err = x.raw("ff_expire_execution", expireKeys(id), string(id))
		x.wantExactly(got, err, int64(1), "OK", "already_terminal")
		missing := b.Partitions().NewSolo("default")
		got, err = x.raw("ff_expire_execution", expireKeys(missing), string(missing))
		x.wantExactly(got, err, int64(1), "OK", "not_found_cleaned")
	})
}

func TestAnAdmissionBlockIsLiftedForItsReasonAlone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		k, part := keysOf(id), keysOf(id).partition()
		eligible, blocked := part.lane("default", engine.IndexEligible), part.lane("default", engine.IndexBlockedOperator)
		core := x.record(k.core())
		got, err := x.raw("ff_block_execution_for_admission", []string{k.core(), eligible, blocked}, string(id), "odd", "d", "1700000000000")
		x.wantExactly(got, err, int64(0), "invalid_blocking_reason")
		got, err = x.raw("ff_block_execution_for_admission", []string{k.core(), eligible, blocked},
			string(id), "paused_by_operator", "d", "1700000000000")
		x.wantExactly(got, err, int64(1), "OK", "blocked")
		x.wantChanges(k.core(), core, map[string]string{
			"eligibility_state": "blocked_by_operator", "blocking_reason": "paused_by_operator", "blocking_detail": "d",
			"public_state": "rate_limited", "last_transition_at": "1700000000000", "last_mutation_at": "1700000000000",
		})
		if got := x.scored(blocked, id); got != "1700000000000" {
			t.Errorf("scored %s", got)
		}
		got, err = x.raw("ff_unblock_execution", []string{k.core(), blocked, eligible}, string(id), "1700000000001", "waiting_for_budget")
		x.wantExactly(got, err, int64(0), "execution_not_eligible")
		got, err = x.raw("ff_unblock_execution", []string{k.core(), blocked, eligible}, string(id), "1700000000001")
		x.wantExactly(got, err, int64(1), "OK", "unblocked")
		x.wantChanges(k.core(), core, map[string]string{
			"last_transition_at": "1700000000001", "last_mutation_at": "1700000000001",
		})
		x.onlyIn(id, engine.IndexEligible)
		got, err = x.raw("ff_change_priority", []string{k.core(), eligible}, string(id), "-3")
		x.wantExactly(got, err, int64(1), "OK", "0", "0")
		got, err = x.raw("ff_change_priority", []string{k.core(), eligible}, string(id), "99999")
		x.wantExactly(got, err, int64(1), "OK", "0", "9000")
	})
}
