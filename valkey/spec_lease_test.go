package valkey

import (
	"strconv"
	"testing"

	"ffboard/engine"
)

// revokeKeys are the keys of ff_revoke_lease.
func revokeKeys(id engine.ExecutionID) []string {
	k, part := keysOf(id), keysOf(id).partition()
	return []string{k.core(), k.leaseCurrent(), k.leaseHistory(), part.leaseExpiry(), part.workerLeases(testInstance)}
}

func TestRevokingALeaseWritesWhatTheSpecSaysAndNoMore(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		core, attempt, keys := x.record(k.core()), x.record(k.attempt(0)), x.keysNow()

		got, err := x.raw("ff_revoke_lease", revokeKeys(id), string(id), "other", "r")
		x.wantExactly(got, err, int64(0), "stale_lease", "expected other but current is "+string(h.LeaseID))
		x.wantChanges(k.core(), core, map[string]string{})

		got, err = x.raw("ff_revoke_lease", revokeKeys(id), string(id), "")
		x.wantExactly(got, err, int64(1), "OK", "revoked", string(h.LeaseID), "1")
		x.wantChanges(k.core(), core, map[string]string{
			"ownership_state": "lease_revoked", "blocking_reason": "waiting_for_worker", "blocking_detail": "lease revoked: operator",
			"attempt_state": "attempt_interrupted", "lease_revoked_at": aTime, "lease_revoke_reason": "operator",
			"last_mutation_at": aTime,
		})
		x.wantChanges(k.attempt(0), attempt, map[string]string{})
		x.wantKeyChanges(keys, "-"+k.leaseCurrent(), "-"+part.leaseExpiry(), "-"+part.workerLeases(testInstance))
		x.onlyIn(id, engine.IndexActive)
		x.wantLastEntry(k.leaseHistory(), "event", "revoked", "lease_id", string(h.LeaseID), "lease_epoch", "1", "attempt_index", "0",
			"attempt_id", string(h.AttemptID), "worker_id", string(testWorker), "worker_instance_id", string(testInstance),
			"reason", "operator", "ts", aTime)

		got, err = x.raw("ff_revoke_lease", revokeKeys(id), string(id), string(h.LeaseID), "again")
		x.wantExactly(got, err, int64(1), "ALREADY_SATISFIED", "already_revoked")
	})
}

func TestRevokingWhatHasNoLeaseAnswersWhy(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		missing := b.Partitions().NewSolo("default")
		got, err := x.raw("ff_revoke_lease", revokeKeys(missing), string(missing), "", "r")
		x.wantExactly(got, err, int64(0), "execution_not_found")

		idle := x.submit()
		got, err = x.raw("ff_revoke_lease", revokeKeys(idle), string(idle), "", "r")
		x.wantExactly(got, err, int64(0), "execution_not_active", "none", "0", "runnable", "")

		expired := x.working().ExecutionID
		x.expireLease(expired)
		got, err = x.raw("ff_revoke_lease", revokeKeys(expired), string(expired), "", "r")
		x.wantExactly(got, err, int64(1), "ALREADY_SATISFIED", "already_expired")

		unowned := x.working().ExecutionID
		x.must(x.rdb.HSet(x.ctx, keysOf(unowned).core(), "ownership_state", "unowned").Err())
		got, err = x.raw("ff_revoke_lease", revokeKeys(unowned), string(unowned), "", "r")
		x.wantExactly(got, err, int64(0), "no_active_lease")
	})
}

func TestMovingToWaitingChildrenWritesWhatTheSpecSaysAndNoMore(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		core, attempt := x.record(k.core()), x.record(k.attempt(0))
		lease := []any{string(id), string(h.LeaseID), "1", string(h.AttemptID)}
		waits := leaseKeys(id, engine.IndexBlockedDependencies)

		got, err := x.raw("ff_move_to_waiting_children", waits, string(id), string(h.LeaseID), "1")
		x.wantExactly(got, err, int64(0), "partial_fence_triple")
		got, err = x.raw("ff_move_to_waiting_children", waits, string(id))
		x.wantExactly(got, err, int64(0), "fence_required")
		got, err = x.raw("ff_move_to_waiting_children", waits, string(id), string(h.LeaseID), "01", string(h.AttemptID))
		x.wantExactly(got, err, int64(0), "stale_lease")

		keys := x.keysNow()
		got, err = x.raw("ff_move_to_waiting_children", waits, lease...)
		x.wantExactly(got, err, int64(1), "OK")
		x.wantChanges(k.core(), core, map[string]string{
			"lifecycle_phase": "runnable", "ownership_state": "unowned", "eligibility_state": "blocked_by_dependencies",
			"blocking_reason": "waiting_for_children", "blocking_detail": "waiting for child executions to complete",
			"attempt_state": "attempt_interrupted", "public_state": "waiting_children", "current_lease_id": "", "current_worker_id": "",
			"current_worker_instance_id": "", "lease_expires_at": "", "lease_last_renewed_at": "", "lease_renewal_deadline": "",
			"last_transition_at": aTime, "last_mutation_at": aTime,
		})
		x.wantChanges(k.attempt(0), attempt, map[string]string{
			"attempt_state": "suspended", "suspended_at": aTime, "suspension_id": "waiting_children",
		})
		x.wantKeyChanges(keys, "-"+k.leaseCurrent(), "-"+part.leaseExpiry(), "-"+part.workerLeases(testInstance),
			"-"+part.lane("default", engine.IndexActive), "+"+part.lane("default", engine.IndexBlockedDependencies))
		if got, want := x.scored(part.lane("default", engine.IndexBlockedDependencies), id), x.core(id, "created_at"); got != want {
			t.Errorf("scored %s, want %s", got, want)
		}
		x.wantLastEntry(k.leaseHistory(), "event", "released", "lease_id", string(h.LeaseID), "lease_epoch", "1", "attempt_index", "0",
			"attempt_id", string(h.AttemptID), "reason", "waiting_children", "ts", aTime)

		got, err = x.raw("ff_move_to_waiting_children", waits, lease...)
		x.wantExactly(got, err, int64(0), "execution_not_active", "none", "1", "runnable", string(h.AttemptID))
	})
}

func TestAnOperatorMovesToWaitingChildrenWithoutALease(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id := h.ExecutionID
		waits := leaseKeys(id, engine.IndexBlockedDependencies)
		got, err := x.raw("ff_move_to_waiting_children", waits, string(id), "", "", "", "operator_override")
		x.wantExactly(got, err, int64(1), "OK")
		x.wantLastEntry(keysOf(id).leaseHistory(), "event", "released", "lease_id", string(h.LeaseID), "lease_epoch", "1",
			"attempt_index", "0", "attempt_id", string(h.AttemptID), "reason", "waiting_children", "ts", aTime)
	})
}

func TestRenewingChecksInTheOrderOfTheSpec(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		keys := []string{k.core(), k.leaseCurrent(), k.leaseHistory(), part.leaseExpiry()}
		renew := func(args ...any) ([]any, error) {
			return x.raw("ff_renew_lease", keys, append([]any{string(id)}, args...)...)
		}
		attempt, lease := string(h.AttemptID), string(h.LeaseID)

		got, err := renew("0", attempt, lease, "1", "x", "y")
		x.wantExactly(got, err, int64(0), "invalid_input", "lease_ttl_ms must be a number, got: x")
		got, err = renew("0", attempt, lease, "1", "1000")
		x.wantExactly(got, err, int64(0), "invalid_input", "lease_history_grace_ms must be a number, got: nil")
		got, err = renew("0", "", lease, "1", "1000", "0")
		x.wantExactly(got, err, int64(0), "partial_fence_triple")
		got, err = renew("0", "", "", "", "1000", "0")
		x.wantExactly(got, err, int64(0), "fence_required")
		got, err = renew("1", attempt, lease, "1", "1000", "0")
		x.wantExactly(got, err, int64(0), "stale_lease")

		core, current, all := x.record(k.core()), x.record(k.leaseCurrent()), x.keysNow()
		got, err = renew("0", attempt, lease, "1", "40000", "5000")
		x.must(err)
		expires := text(got[2])
		x.wantExactly(got, err, int64(1), "OK", expires)
		at, err := strconv.ParseInt(expires, 10, 64)
		x.must(err)
		now := strconv.FormatInt(at-40000, 10)
		x.wantChanges(k.core(), core, map[string]string{
			"lease_expires_at": expires, "lease_renewal_deadline": strconv.FormatInt(at-40000+26666, 10), "last_mutation_at": now,
			"lease_last_renewed_at": now,
		})
		x.wantChanges(k.leaseCurrent(), current, map[string]string{
			"last_renewed_at": now, "expires_at": expires, "renewal_deadline": strconv.FormatInt(at-40000+26666, 10),
		})
		x.wantKeyChanges(all)
		gone, err := x.rdb.PExpireTime(x.ctx, k.leaseCurrent()).Result()
		x.must(err)
		if late := gone.Milliseconds() - (at + 5000); late < -5 || late > 5 { // the in-process server keeps ends of life to some ms
			t.Errorf("lease record goes at %d, want %d", gone.Milliseconds(), at+5000)
		}
	})
}

func TestMarkingALeaseExpiredAnswersEachStateInItsWords(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for _, c := range []struct {
			name   string
			core   map[string]string
			answer []any
			stays  bool
		}{
			{"no execution", nil, []any{int64(1), "ALREADY_SATISFIED", "execution_not_found"}, false},
			{"runnable", map[string]string{"lifecycle_phase": "runnable"}, []any{int64(1), "ALREADY_SATISFIED", "not_active"}, false},
			{"marked before", map[string]string{"lifecycle_phase": "active", "ownership_state": "lease_expired_reclaimable"},
				[]any{int64(1), "ALREADY_SATISFIED", "already_expired"}, true},
			{"revoked", map[string]string{"lifecycle_phase": "active", "ownership_state": "lease_revoked"},
				[]any{int64(1), "ALREADY_SATISFIED", "already_revoked"}, true},
			{"unowned", map[string]string{"lifecycle_phase": "active", "ownership_state": "unowned"},
				[]any{int64(1), "ALREADY_SATISFIED", "unowned"}, false},
			{"running", map[string]string{"lifecycle_phase": "active", "ownership_state": "leased", "lease_expires_at": "9999999999999"},
				[]any{int64(1), "ALREADY_SATISFIED", "not_yet_expired"}, true},
			{"over", map[string]string{"lifecycle_phase": "active", "ownership_state": "leased", "lease_expires_at": "1"},
				[]any{int64(1), "OK", "marked_expired"}, true},
		} {
			id := b.Partitions().NewSolo("default")
			k, part := keysOf(id), keysOf(id).partition()
			if c.core != nil {
				x.must(x.rdb.HSet(x.ctx, k.core(), c.core).Err())
			}
			x.must(x.rdb.ZAdd(x.ctx, part.leaseExpiry(), zOf(id)).Err())
			got, err := x.raw("ff_mark_lease_expired_if_due", []string{k.core(), k.leaseCurrent(), part.leaseExpiry(), k.leaseHistory()}, string(id))
			x.wantExactly(got, err, c.answer...)
			if stays := x.scored(part.leaseExpiry(), id) != ""; stays != c.stays {
				t.Errorf("%s: index entry stays %v, want %v", c.name, stays, c.stays)
			}
			if c.name != "over" {
				x.wantRecord(k.core(), union(map[string]string{}, c.core))
				continue
			}
			x.wantRecord(k.core(), map[string]string{
				"lifecycle_phase": "active", "ownership_state": "lease_expired_reclaimable", "eligibility_state": "not_applicable",
				"blocking_reason": "waiting_for_worker", "blocking_detail": "lease expired, awaiting reclaim", "terminal_outcome": "none",
				"attempt_state": "attempt_interrupted", "public_state": "active", "lease_expired_at": aTime, "last_mutation_at": aTime,
				"lease_expires_at": "1",
			})
			x.wantLastEntry(k.leaseHistory(), "event", "expired", "lease_id", "", "lease_epoch", "", "attempt_index", "", "attempt_id", "",
				"worker_id", "", "worker_instance_id", "", "ts", aTime)
		}
	})
}
