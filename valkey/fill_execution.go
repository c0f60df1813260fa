package valkey

import (
	"strconv"
	"time"

	"ffboard/engine"
)

// filledExecution is an execution as it is to be written.
type filledExecution struct {
	id        engine.ExecutionID
	flow      engine.FlowID
	lane      engine.LaneID
	ns        engine.Namespace
	kind      string
	situation situation
	priority  int
	created   time.Time
	started   time.Time // zero: never
	changed   time.Time // its last transition
	detail    string    // blocking_detail

	attempts int // made so far
	worker   fillWorker
	lease    engine.LeaseID
	attempt  engine.AttemptID // the current one
	reason   string           // of the last failure
	budget   engine.BudgetID
	quota    engine.QuotaPolicyID

	until      time.Time // of a delay or a suspension; zero: for good
	wait       *fillWait // of one that is asleep
	suspension engine.SuspensionID
	waitpoint  engine.WaitpointID
}

func (e *filledExecution) standing() *standing { return &standings[e.situation] }
func (e *filledExecution) keys() execKeys      { return keysOf(e.id) }

// last is the index of the current attempt.
func (e *filledExecution) last() uint32 { return uint32(max(e.attempts-1, 0)) }

func (w *fillWriter) writeSolo(i int) {
	lane := w.fill.Lanes[i%len(w.fill.Lanes)]
	e := &filledExecution{lane: lane, ns: pick(w, fillNamespaces), kind: pick(w, fillKinds), situation: w.situation(alone)}
	e.id, _ = w.fill.Partitions.Solo(lane, w.id())
	e.created = w.now.Add(-w.within(time.Minute, 20*time.Hour))
	w.writeExecution(e)
}

// writeExecution fills in what the situation asks for and writes all keys of the execution.
func (w *fillWriter) writeExecution(e *filledExecution) {
	w.live(e)
	w.executions++
	w.byState[e.standing().public]++
	k := e.keys()
	w.writeCore(e)
	w.text(k.payload(), `{"input":"`+pick(w, fillWords)+`","size":`+strconv.Itoa(w.rng.IntN(5000))+`}`)
	w.text(k.policy(), pick(w, fillPolicies))
	if w.oneIn(2) {
		w.hash(k.tags(), "team.owner", pick(w, fillTeams), "app.release", pick(w, fillReleases))
	}
	if e.situation == wellDone {
		w.text(k.result(), `{"ok":true,"seconds":`+strconv.Itoa(w.rng.IntN(900))+`}`)
	}
	w.endTexts()
	w.writeAttempts(e)
	if e.situation == asleep {
		w.writeSuspension(e)
	}
	w.index(e)
}

// live makes up a life that leads to the situation.
func (w *fillWriter) live(e *filledExecution) {
	if w.oneIn(8) {
		e.priority = w.rng.IntN(10)
	}
	age := w.now.Sub(e.created)
	e.changed = e.created
	if e.situation.tried() {
		e.attempts = 1
		if w.oneIn(8) {
			e.attempts += 1 + w.rng.IntN(3)
		}
		e.started = e.created.Add(w.within(time.Millisecond, age/4))
		e.changed = e.started
		e.worker = pick(w, w.workers[e.lane])
		e.lease, e.attempt = engine.LeaseID(w.id()), engine.AttemptID(w.id())
	}
	if e.situation != inLine && e.situation != forLater {
		e.changed = e.changed.Add(w.within(time.Millisecond, age/4))
	}
	if e.attempts > 1 || e.situation == gaveUp || e.situation == betweenTries {
		e.reason = pick(w, fillFailures)
	}
	switch e.situation {
	case forLater:
		e.until = w.now.Add(w.within(time.Hour, 48*time.Hour))
		e.detail = "delayed until " + millis(e.until)
	case betweenTries:
		e.until = w.now.Add(w.within(time.Hour, 8*time.Hour))
		e.detail = "retry backoff until " + millis(e.until) + " (attempt " + strconv.Itoa(int(e.last())) + " failed: " + e.reason + ")"
	case overBudget:
		e.budget = pick(w, w.budgets)
		e.detail = "budget " + string(e.budget) + " is spent"
	case overQuota:
		e.quota = pick(w, w.quotas)
		e.detail = "quota " + string(e.quota) + " is used up"
	case withoutWorker:
		e.detail = "no worker with " + scarceCapability
	case asleep:
		w.lieDown(e)
	case ranOut:
		e.reason = string(engine.ExpireDeadline)
	}
}

// held is a time where the lease is still held, or was kept, and "" where it was given up.
func (e *filledExecution) held(at time.Time) string {
	if e.situation != atWork {
		return ""
	}
	return millis(at)
}

func (e *filledExecution) leaseEnds() time.Time { return e.changed.Add(48 * time.Hour) }

func (w *fillWriter) writeCore(e *filledExecution) {
	s := e.standing()
	index, attemptID, leaseID, worker, instance, acquired, completed, retries, blocking := "", "", "", "", "", "", "", 0, string(s.blocking)
	if e.attempts > 0 {
		index, retries, acquired = strconv.Itoa(int(e.last())), e.attempts-1, millis(e.started)
		attemptID = string(e.attempt)
	}
	pendingRetry, pendingIndex := "", ""
	switch e.situation {
	case atWork:
		leaseID, worker, instance = string(e.lease), string(e.worker.ID), string(e.worker.Instance)
	case betweenTries:
		attemptID, pendingRetry, pendingIndex, retries = "", e.reason, index, retries+1
	case asleep:
		blocking = string(e.wait.blocking)
	}
	if e.situation.over() {
		completed = millis(e.changed)
	}
	delayUntil := ""
	if s.index == engine.IndexDelayed {
		delayUntil = millis(e.until)
	}
	progress, message, progressed := "", "", ""
	if e.situation == atWork && w.oneIn(2) {
		progress, message, progressed = strconv.Itoa(w.rng.IntN(100)), "at "+pick(w, fillWords), millis(e.changed)
	}
	fields := []any{
		"execution_id", string(e.id), "namespace", string(e.ns), "lane_id", string(e.lane), "execution_kind", e.kind,
		"partition_id", strconv.Itoa(int(e.id.Partition().Index)), "priority", strconv.Itoa(e.priority), "creator_identity", "fill",
		"lifecycle_phase", string(s.phase), "ownership_state", string(s.ownership), "eligibility_state", string(s.eligibility),
		"blocking_reason", blocking, "blocking_detail", e.detail, "terminal_outcome", string(s.outcome),
		"attempt_state", s.attempt, "public_state", string(s.public),
		"total_attempt_count", strconv.Itoa(e.attempts), "current_attempt_index", index, "current_attempt_id", attemptID,
		"current_lease_id", leaseID, "current_lease_epoch", strconv.Itoa(e.attempts),
		"current_worker_id", worker, "current_worker_instance_id", instance, "current_lane", string(e.lane),
		"retry_count", strconv.Itoa(retries), "replay_count", "0", "lease_reclaim_count", "0",
		"created_at", millis(e.created), "started_at", millis(e.started), "completed_at", completed,
		"last_transition_at", millis(e.changed), "last_mutation_at", millis(e.changed),
		"lease_acquired_at", acquired, "lease_expires_at", e.held(e.leaseEnds()), "lease_last_renewed_at", e.held(e.changed),
		"lease_renewal_deadline", e.held(e.changed.Add(32 * time.Hour)),
		"lease_expired_at", "", "lease_revoked_at", "", "lease_revoke_reason", "",
		"delay_until", delayUntil, "current_suspension_id", string(e.suspension), "current_waitpoint_id", string(e.waitpoint),
		"pending_retry_reason", pendingRetry, "pending_replay_reason", "", "pending_replay_requested_by", "",
		"pending_previous_attempt_index", pendingIndex,
		"progress_pct", progress, "progress_message", message, "progress_updated_at", progressed, "flow_id", string(e.flow),
	}
	if e.reason != "" {
		fields = append(fields, "failure_reason", e.reason)
	}
	switch e.situation {
	case calledOff:
		fields = append(fields, "cancellation_reason", "no longer wanted", "cancelled_by", "operator_override")
	case overBudget:
		fields = append(fields, "budget_ids", string(e.budget))
	case overQuota:
		fields = append(fields, "quota_policy_id", string(e.quota))
	case withoutWorker:
		fields = append(fields, "required_capabilities", scarceCapability, "last_capability_mismatch_at", millis(e.changed))
	}
	w.hash(e.keys().core(), fields...)
}

// index enters the execution in the indexes of its situation.
func (w *fillWriter) index(e *filledExecution) {
	part, id := e.keys().partition(), string(e.id)
	w.set(part.allExecutions(), id)
	w.sorted(part.lane(e.lane, e.standing().index), id, w.place(e))
	if e.situation == atWork {
		w.sorted(part.leaseExpiry(), id, e.leaseEnds().UnixMilli())
		w.set(part.workerLeases(e.worker.Instance), id)
	}
	if !e.situation.over() && w.oneIn(10) {
		w.sorted(part.executionDeadline(), id, w.now.Add(w.within(24*time.Hour, 96*time.Hour)).UnixMilli())
	}
}

// place is the score in the lane's index (spec 01 §3.5.1).
func (w *fillWriter) place(e *filledExecution) int64 {
	switch e.standing().index {
	case engine.IndexEligible:
		return engine.EligibleScore(e.created, e.priority)
	case engine.IndexDelayed:
		return e.until.UnixMilli()
	case engine.IndexActive:
		return e.leaseEnds().UnixMilli()
	case engine.IndexSuspended:
		if e.until.IsZero() {
			return noTimeoutScore
		}
		return e.until.UnixMilli()
	case engine.IndexBlockedDependencies:
		return e.created.UnixMilli()
	default:
		return e.changed.UnixMilli()
	}
}

// noTimeoutScore is where a suspension stands that nothing ends but a signal.
const noTimeoutScore = 9999999999999
