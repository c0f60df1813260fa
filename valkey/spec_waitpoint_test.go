package valkey

import (
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func closeKeys(x bench, id engine.ExecutionID, waitpoint engine.WaitpointID) []string {
	return []string{keysOf(id).core(), x.waitpointKey(id, waitpoint), keysOf(id).partition().pendingWaitpointExpiry()}
}

func TestClosingAPendingWaitpointTouchesItsRecordAlone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id := h.ExecutionID
		wp := x.pending(h, "k")
		key := x.waitpointKey(id, wp.ID)
		record, core, keys := x.record(key), x.record(keysOf(id).core()), x.keysNow()

		got, err := x.raw("ff_close_waitpoint", closeKeys(x, id, wp.ID), string(wp.ID))
		x.wantExactly(got, err, int64(1), "OK")
		x.wantChanges(key, record, map[string]string{"state": "closed", "closed_at": aTime, "close_reason": "proactive_close"})
		x.wantChanges(keysOf(id).core(), core, nil)
		x.wantKeyChanges(keys, "-"+keysOf(id).partition().pendingWaitpointExpiry())

		got, err = x.raw("ff_close_waitpoint", closeKeys(x, id, wp.ID), string(wp.ID), "again")
		x.wantExactly(got, err, int64(1), "OK", "already_closed")
		x.wantHash(key, map[string]string{"close_reason": "proactive_close"})
	})
}

func TestClosingWhatIsNoOpenWaitpointAnswersWhy(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id, wp := b.Partitions().NewSolo("default"), engine.NewWaitpointID()
		got, err := x.raw("ff_close_waitpoint", closeKeys(x, id, wp), string(wp), "r")
		x.wantExactly(got, err, int64(0), "waitpoint_not_found")
		for state, want := range map[string][]any{
			"expired": {int64(1), "OK", "already_closed"},
			"":        {int64(0), "waitpoint_not_open"},
			"odd":     {int64(0), "waitpoint_not_open"},
		} {
			x.must(x.rdb.HSet(x.ctx, x.waitpointKey(id, wp), "state", state).Err())
			got, err = x.raw("ff_close_waitpoint", closeKeys(x, id, wp), string(wp), "r")
			x.wantExactly(got, err, want...)
			x.wantRecord(x.waitpointKey(id, wp), map[string]string{"state": state})
		}
	})
}

// resumeKeys are the keys of ff_resume_execution.
func resumeKeys(x bench, id engine.ExecutionID, waitpoint engine.WaitpointID) []string {
	part := keysOf(id).partition()
	return []string{
		keysOf(id).core(), keysOf(id).suspensionCurrent(), x.waitpointKey(id, waitpoint), part.waitpointSignals(waitpoint),
		part.suspensionTimeout(), part.lane("default", engine.IndexEligible), part.lane("default", engine.IndexDelayed),
		part.lane("default", engine.IndexSuspended),
	}
}

func TestResumingWritesWhatTheSpecSaysAndNoMore(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		args := waitFor("go")
		at := x.now().Add(time.Hour)
		args.TimeoutAt = at
		h, wp := x.asleep(args)
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		core, suspension, record := x.record(k.core()), x.record(k.suspensionCurrent()), x.record(x.waitpointKey(id, wp.ID))
		condition, attempt, keys := x.record(part.waitpointCondition(wp.ID)), x.record(k.attempt(0)), x.keysNow()

		got, err := x.raw("ff_resume_execution", resumeKeys(x, id, wp.ID), string(id))
		x.wantExactly(got, err, int64(1), "OK", "waiting")
		x.wantChanges(k.core(), core, map[string]string{
			"lifecycle_phase": "runnable", "eligibility_state": "eligible_now", "blocking_reason": "waiting_for_worker",
			"blocking_detail": "", "public_state": "waiting", "current_suspension_id": "", "current_waitpoint_id": "",
			"last_transition_at": aTime, "last_mutation_at": aTime,
		})
		x.wantChanges(k.suspensionCurrent(), suspension, map[string]string{
			"satisfied_at": aTime, "closed_at": aTime, "close_reason": "resumed",
		})
		x.wantChanges(x.waitpointKey(id, wp.ID), record, map[string]string{
			"state": "closed", "satisfied_at": aTime, "closed_at": aTime, "close_reason": "resumed",
		})
		x.wantChanges(part.waitpointCondition(wp.ID), condition, map[string]string{
			"closed": "1", "closed_at": aTime, "closed_reason": "resumed",
		})
		x.wantChanges(k.attempt(0), attempt, nil)
		x.wantKeyChanges(keys, "-"+part.suspensionTimeout(), "-"+part.lane("default", engine.IndexSuspended),
			"+"+part.lane("default", engine.IndexEligible))

		got, err = x.raw("ff_resume_execution", resumeKeys(x, id, wp.ID), string(id), "operator", "0")
		x.wantExactly(got, err, int64(0), "execution_not_suspended")
	})
}

func TestResumingWithADelayTellsItInTheDetail(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, wp := x.asleep(waitFor("go"))
		id := h.ExecutionID
		got, err := x.raw("ff_resume_execution", resumeKeys(x, id, wp.ID), string(id), "operator", "2500")
		x.wantExactly(got, err, int64(1), "OK", "delayed")
		x.wantCore(id, map[string]string{
			"eligibility_state": "not_eligible_until_time", "blocking_reason": "waiting_for_resume_delay",
			"blocking_detail": "resume delay 2500ms", "public_state": "delayed",
		})
		x.onlyIn(id, engine.IndexDelayed)
		missing := b.Partitions().NewSolo("default")
		got, err = x.raw("ff_resume_execution", resumeKeys(x, missing, wp.ID), string(missing))
		x.wantExactly(got, err, int64(0), "execution_not_found")
	})
}

// expireKeys are the keys of ff_expire_suspension.
func expireSuspensionKeys(x bench, id engine.ExecutionID, waitpoint engine.WaitpointID) []string {
	k, part := keysOf(id), keysOf(id).partition()
	return []string{
		k.core(), k.suspensionCurrent(), x.waitpointKey(id, waitpoint), part.waitpointCondition(waitpoint), k.attempt(0), k.streamMeta(0),
		part.suspensionTimeout(), part.lane("default", engine.IndexSuspended), part.lane("default", engine.IndexTerminal),
		part.lane("default", engine.IndexEligible), part.lane("default", engine.IndexDelayed), k.leaseHistory(),
	}
}

func TestEachTimeoutBehaviourEndsAWaitInItsOwnWords(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for _, c := range []struct {
			behaviour, outcome, reason, attempt string
		}{
			{"fail", "failed", "timed_out_fail", "ended_failure"},
			{"cancel", "cancelled", "timed_out_cancel", "ended_cancelled"},
			{"expire", "expired", "timed_out_expire", "ended_failure"},
			{"odd", "failed", "timed_out_fail", "ended_failure"},
		} {
			h, wp := x.asleep(waitFor("go"))
			id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
			x.must(x.rdb.HSet(x.ctx, k.suspensionCurrent(), "timeout_at", "1700000000000", "timeout_behavior", c.behaviour).Err())
			core, suspension, record := x.record(k.core()), x.record(k.suspensionCurrent()), x.record(x.waitpointKey(id, wp.ID))
			condition, attempt := x.record(part.waitpointCondition(wp.ID)), x.record(k.attempt(0))

			got, err := x.raw("ff_expire_suspension", expireSuspensionKeys(x, id, wp.ID), string(id))
			x.wantExactly(got, err, int64(1), "OK", c.behaviour, c.outcome)
			x.wantChanges(k.core(), core, map[string]string{
				"lifecycle_phase": "terminal", "eligibility_state": "not_applicable", "blocking_reason": "none", "blocking_detail": "",
				"terminal_outcome": c.outcome, "attempt_state": "attempt_terminal", "public_state": c.outcome,
				"failure_reason": "suspension_timeout:" + c.behaviour, "completed_at": aTime, "current_suspension_id": "",
				"current_waitpoint_id": "", "last_transition_at": aTime, "last_mutation_at": aTime,
			})
			x.wantChanges(k.attempt(0), attempt, map[string]string{
				"attempt_state": c.attempt, "ended_at": aTime, "failure_reason": "suspension_timeout:" + c.behaviour, "suspended_at": "",
				"suspension_id": "",
			})
			x.wantChanges(k.suspensionCurrent(), suspension, map[string]string{"closed_at": aTime, "close_reason": c.reason})
			x.wantChanges(x.waitpointKey(id, wp.ID), record, map[string]string{"state": "closed", "closed_at": aTime, "close_reason": c.reason})
			x.wantChanges(part.waitpointCondition(wp.ID), condition, map[string]string{
				"closed": "1", "closed_at": aTime, "closed_reason": c.reason,
			})
			x.onlyIn(id, engine.IndexTerminal)
			got, err = x.raw("ff_expire_suspension", expireSuspensionKeys(x, id, wp.ID), string(id))
			x.wantExactly(got, err, int64(1), "OK", "not_suspended_cleaned")
		}
	})
}

func TestATimeoutThatResumesOrEscalatesWritesWhatTheSpecSays(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, wp := x.asleep(waitFor("go"))
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		x.must(x.rdb.HSet(x.ctx, k.suspensionCurrent(), "timeout_at", "1700000000000", "timeout_behavior", "escalate").Err())
		core, suspension, record := x.record(k.core()), x.record(k.suspensionCurrent()), x.record(x.waitpointKey(id, wp.ID))
		got, err := x.raw("ff_expire_suspension", expireSuspensionKeys(x, id, wp.ID), string(id))
		x.wantExactly(got, err, int64(1), "OK", "escalate", "suspended")
		x.wantChanges(k.core(), core, map[string]string{
			"blocking_reason": "paused_by_operator", "blocking_detail": "suspension escalated: timeout at 1700000000000",
			"last_mutation_at": aTime,
		})
		x.wantChanges(k.suspensionCurrent(), suspension, map[string]string{
			"reason_code": "waiting_for_operator_review", "timeout_at": "", "timeout_behavior": "",
		})
		x.wantChanges(x.waitpointKey(id, wp.ID), record, nil)

		x.must(x.rdb.HSet(x.ctx, k.suspensionCurrent(), "timeout_at", "1700000000000", "timeout_behavior", "auto_resume").Err())
		got, err = x.raw("ff_expire_suspension", expireSuspensionKeys(x, id, wp.ID), string(id))
		x.wantExactly(got, err, int64(1), "OK", "auto_resume", "waiting")
		x.wantChanges(x.waitpointKey(id, wp.ID), record, map[string]string{
			"state": "closed", "closed_at": aTime, "close_reason": "timed_out_auto_resume",
		})
		x.wantHash(part.waitpointCondition(wp.ID), map[string]string{"closed": "1", "closed_reason": "timed_out_auto_resume"})
		x.wantHash(k.suspensionCurrent(), map[string]string{"satisfied_at": "", "close_reason": "timed_out_auto_resume"})
		x.onlyIn(id, engine.IndexEligible)
	})
}

// olderSuspend are the keys and arguments of the older shape of ff_suspend_execution, without an idempotency key.
func olderSuspend(x bench, h engine.Handle, waitpoint engine.WaitpointID, condition string) ([]string, []any) {
	id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
	keys := []string{
		k.core(), k.attempt(0), k.leaseCurrent(), k.leaseHistory(), part.leaseExpiry(), part.workerLeases(testInstance),
		k.suspensionCurrent(), x.waitpointKey(id, waitpoint), part.waitpointSignals(waitpoint), part.suspensionTimeout(),
		part.pendingWaitpointExpiry(), part.lane("default", engine.IndexActive), part.lane("default", engine.IndexSuspended),
		k.waitpoints(), part.waitpointCondition(waitpoint), part.attemptTimeout(), part.hmacSecrets(),
	}
	args := []any{
		string(id), "0", string(h.AttemptID), string(h.LeaseID), "1", "s-1", string(waitpoint), "wpk:x", "step_boundary", "worker", "",
		condition, "{}", "", "", "fail", "1000",
	}
	return keys, args
}

func TestTheOlderShapeOfSuspendWritesTheWholeEpisode(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		wp := engine.NewWaitpointID()
		core, attempt, all := x.record(k.core()), x.record(k.attempt(0)), x.keysNow()
		keys, args := olderSuspend(x, h, wp, `{"required_signal_names":["a","a"],"signal_match_mode":"all"}`)
		got, err := x.raw("ff_suspend_execution", keys, args...)
		x.must(err)
		token := text(got[5])
		x.wantExactly(got, err, int64(1), "OK", "s-1", string(wp), "wpk:x", token, "0")
		if !strings.HasPrefix(token, "k1:") || len(token) != len("k1:")+40 {
			t.Errorf("token %q", token)
		}
		x.wantChanges(k.core(), core, map[string]string{
			"lifecycle_phase": "suspended", "ownership_state": "unowned", "eligibility_state": "not_applicable",
			"blocking_reason": "waiting_for_signal", "blocking_detail": "suspended: waitpoint " + string(wp) + " awaiting step_boundary",
			"attempt_state": "attempt_interrupted", "public_state": "suspended", "current_lease_id": "", "current_worker_id": "",
			"current_worker_instance_id": "", "lease_expires_at": "", "lease_last_renewed_at": "", "lease_renewal_deadline": "",
			"current_suspension_id": "s-1", "current_waitpoint_id": string(wp), "last_transition_at": aTime, "last_mutation_at": aTime,
		})
		x.wantChanges(k.attempt(0), attempt, map[string]string{"attempt_state": "suspended", "suspended_at": aTime, "suspension_id": "s-1"})
		x.wantRecord(x.waitpointKey(id, wp), map[string]string{
			"waitpoint_id": string(wp), "execution_id": string(id), "attempt_index": "0", "suspension_id": "s-1", "waitpoint_key": "wpk:x",
			"waitpoint_token": token, "state": "active", "created_at": aTime, "activated_at": aTime, "expires_at": "", "signal_count": "0",
			"matched_signal_count": "0", "last_signal_at": "",
		})
		x.wantRecord(part.waitpointCondition(wp), map[string]string{
			"condition_type": "signal_set", "match_mode": "all", "minimum_signal_count": "1", "total_matchers": "2", "satisfied_count": "0",
			"closed": "0", "updated_at": aTime, "matcher:0:name": "a", "matcher:0:satisfied": "0", "matcher:0:signal_id": "",
			"matcher:1:name": "a", "matcher:1:satisfied": "0", "matcher:1:signal_id": "",
		})
		x.wantRecord(k.suspensionCurrent(), map[string]string{
			"suspension_id": "s-1", "execution_id": string(id), "attempt_index": "0", "waitpoint_id": string(wp), "waitpoint_key": "wpk:x",
			"additional_waitpoints_json": "[]", "reason_code": "step_boundary", "requested_by": "worker", "created_at": aTime,
			"timeout_at": "", "timeout_behavior": "fail", "resume_condition_json": text(args[11]), "resume_policy_json": "{}",
			"continuation_metadata_pointer": "", "last_signal_at": "", "satisfied_at": "", "closed_at": "", "close_reason": "",
			"buffered_signal_summary_json": `{"total_count":0,"matched_count":0,"signal_names":[]}`,
		})
		x.wantKeyChanges(all, "-"+k.leaseCurrent(), "-"+part.leaseExpiry(), "-"+part.workerLeases(testInstance),
			"-"+part.lane("default", engine.IndexActive), "+"+part.lane("default", engine.IndexSuspended), "+"+k.suspensionCurrent(),
			"+"+k.waitpoints(), "+"+x.waitpointKey(id, wp), "+"+part.waitpointCondition(wp))
		if got := x.scored(part.lane("default", engine.IndexSuspended), id); got != "9999999999999" {
			t.Errorf("scored %s", got)
		}
		x.wantLastEntry(k.leaseHistory(), "event", "released", "lease_id", string(h.LeaseID), "lease_epoch", "1", "attempt_index", "0",
			"attempt_id", string(h.AttemptID), "reason", "suspend", "ts", aTime)

		got, err = x.raw("ff_suspend_execution", keys, args...)
		x.wantExactly(got, err, int64(0), "execution_not_active", "none", "1", "suspended", string(h.AttemptID))
	})
}

func TestASuspendRepeatedUnderItsKeyAnswersAsItDidAndWritesNothing(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		wp := engine.NewWaitpointID()
		keys, args := olderSuspend(x, h, wp, `{}`)
		dedup := keysOf(h.ExecutionID).suspendDedup("step")
		keys, args = append(keys, dedup), append(args, "step", "", "0")
		first, err := x.raw("ff_suspend_execution", keys, args...)
		x.must(err)
		token := text(first[5])
		x.wantExactly(first, err, int64(1), "OK", "s-1", string(wp), "wpk:x", token, "0")
		x.wantRecord(dedup, map[string]string{"outcome": strings.Join([]string{"OK", "s-1", string(wp), "wpk:x", token, "0"}, "\t")})
		ttl, err := x.rdb.PTTL(x.ctx, dedup).Result()
		x.must(err)
		if ttl >= 0 {
			t.Errorf("kept for %s, want for good", ttl)
		}

		core, all := x.record(keysOf(h.ExecutionID).core()), x.keysNow()
		args[5], args[11] = "other", "not json"
		got, err := x.raw("ff_suspend_execution", keys, args...)
		x.wantExactly(got, err, first...)
		x.wantChanges(keysOf(h.ExecutionID).core(), core, nil)
		x.wantKeyChanges(all)

		for outcome, want := range map[string][]any{
			"OK\ts\tw\tk\tt":             {int64(1), "OK", "s", "w", "k", "t", "0"},
			"OK\ts\tw\t\tt\t1\tw2":       {int64(1), "OK", "s", "w", "", "t", "1", "w2", "", ""},
			"ALREADY_SATISFIED\ts\tw\tk": {int64(0), "execution_not_active", "none", "1", "suspended", string(h.AttemptID)},
		} {
			x.must(x.rdb.HSet(x.ctx, dedup, "outcome", outcome).Err())
			got, err = x.raw("ff_suspend_execution", keys, args...)
			x.wantExactly(got, err, want...)
		}
	})
}
