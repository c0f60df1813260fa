package audit

import (
	"slices"
	"time"

	"ffboard/engine"
)

// Execution is what was read around one record of an execution. Marks without a key were not asked.
type Execution struct {
	Core       Hash
	Listed     Mark   // in all_executions
	Lane       Mark   // in the index of its lane that its state belongs in
	LaneName   string // of that index
	Lease      Hash   // lease:current
	Expiry     Mark   // in lease_expiry
	Held       Mark   // in the leases of the worker that holds it
	Due        Mark   // in suspension_timeout
	Attempts   Size
	Attempt    Hash // the current one
	Stream     Hash // its stream's meta
	Suspension Hash
	Waitpoint  Hash // the one that the record names
	Deps       Hash // deps:meta
	Unresolved Size // deps:unresolved
	Group      Hash // its edge group
	Flow       Mark // the flow's record
	Member     Mark // in the flow's members
	FlowID     string
	FlowAway   bool // its flow belongs in another partition
}

// ExecutionFields are the fields of the record that JudgeExecution needs.
var ExecutionFields = slices.Concat([]string{
	"execution_id", "lane_id", "flow_id", "priority", "created_at", "last_mutation_at", "completed_at", "delay_until",
	"total_attempt_count", "current_attempt_index", "current_attempt_id", "current_lease_id", "current_lease_epoch",
	"current_worker_id", "current_worker_instance_id", "lease_acquired_at", "lease_expires_at", "lease_expired_at", "lease_revoked_at",
	"current_suspension_id", "current_waitpoint_id", "retry_count", "replay_count", "lease_reclaim_count", "failure_reason",
}, stateFields)

// Fields of the other records.
var (
	LeaseFields      = []string{"lease_id", "lease_epoch", "attempt_id", "worker_instance_id", "execution_id"}
	AttemptFields    = []string{"attempt_id", "attempt_index", "attempt_state", "attempt_type", "execution_id", "failure_reason"}
	StreamFields     = []string{"closed_at", "execution_id", "attempt_index", "frame_count", "last_sequence", "stream_id"}
	SuspensionFields = []string{"suspension_id", "execution_id", "waitpoint_id", "attempt_index", "closed_at", "timeout_at", "additional_waitpoints_json"}
	DepsFields       = []string{"flow_id", "unsatisfied_required_count", "impossible_required_count"}
)

// JudgeExecution holds an execution's record against what else says of it. now is the server's clock.
func JudgeExecution(x Execution, now time.Time) []Finding {
	var f findings
	if x.Core.Unreadable {
		return nil
	}
	f.judgeState(x.Core)
	f.judgeNumbers(x.Core)
	if x.Listed.Lacks() {
		f.add(IndexLacks, keys(x.Listed.Key, x.Core.Key), "all_executions lacks the execution")
	}
	f.judgePlace(x)
	f.judgeLease(x, now)
	f.judgeAttempts(x)
	f.judgeSuspension(x)
	f.judgeMembership(x)
	f.judgeDependencies(x)
	return f
}

func (x Execution) phase() engine.LifecyclePhase {
	return engine.LifecyclePhase(x.Core.get("lifecycle_phase"))
}

func (x Execution) owner() engine.OwnershipState {
	return engine.OwnershipState(x.Core.get("ownership_state"))
}

// judgeNumbers looks for what should be numbers and is none.
func (f *findings) judgeNumbers(core Hash) {
	for _, field := range []string{
		"created_at", "last_mutation_at", "total_attempt_count", "current_attempt_index", "current_lease_epoch", "lease_expires_at",
		"retry_count", "replay_count", "lease_reclaim_count", "priority", "completed_at", "delay_until",
	} {
		if n, ok := core.number(field); !ok || n < 0 {
			f.add(FieldInvalid, keys(core.Key), "%s is %s, which is no number that it can have", field, word(core.get(field)))
		}
	}
	if p, ok := core.number("priority"); ok && p > engine.MaxPriority {
		f.add(FieldInvalid, keys(core.Key), "priority is %d, beyond %d", p, engine.MaxPriority)
	}
	if terminal := core.get("lifecycle_phase") == string(engine.PhaseTerminal); terminal != core.set("completed_at") {
		f.add(StateConflict, keys(core.Key), "lifecycle_phase is %s and completed_at %s", word(core.get("lifecycle_phase")), word(core.get("completed_at")))
	}
}

// judgePlace looks for the execution where its state says that it waits (spec 01 §4.7).
func (f *findings) judgePlace(x Execution) {
	switch {
	case x.Lane.Lacks():
		f.add(IndexLacks, keys(x.Lane.Key, x.Core.Key), "the execution is %s and not in %s of its lane", word(string(x.phase())), x.LaneName)
	case x.Lane.Has() && x.LaneName == string(engine.IndexEligible):
		if want := eligibleScore(x.Core); want != x.Lane.Score {
			f.add(IndexScore, keys(x.Lane.Key, x.Core.Key), "eligible under %.0f, priority and creation give %.0f", x.Lane.Score, want)
		}
	case x.Lane.Has() && x.LaneName == string(engine.IndexDelayed) && x.Core.set("delay_until"):
		if want := x.Core.int("delay_until"); int64(x.Lane.Score) != want {
			f.add(IndexScore, keys(x.Lane.Key, x.Core.Key), "delayed under %.0f, delay_until is %d", x.Lane.Score, want)
		}
	}
}

// eligibleScore is the place in line (spec 01 §4.5).
func eligibleScore(core Hash) float64 {
	return float64(core.int("created_at")) - float64(core.int("priority"))*1e12
}

func (f *findings) judgeLease(x Execution, now time.Time) {
	core := x.Core
	if x.phase() != engine.PhaseActive {
		f.judgeNoLease(x)
		return
	}
	for _, field := range []string{"current_lease_id", "current_worker_id", "current_worker_instance_id", "lease_expires_at"} {
		if !core.set(field) {
			f.add(LeaseHolder, keys(core.Key), "the execution is %q and %s is not set", string(x.owner()), field)
		}
	}
	if core.int("current_lease_epoch") < 1 {
		f.add(LeaseHolder, keys(core.Key), "the execution is %q and its lease epoch is %s", string(x.owner()), word(core.get("current_lease_epoch")))
	}
	switch x.owner() {
	case engine.OwnerLeased:
		f.judgeHeld(x, now)
	case engine.OwnerExpired:
		f.needs(x, "lease_expired_at")
		f.needsEntry(x.Expiry, core, "lease_expiry lacks the expired lease")
	case engine.OwnerRevoked:
		f.needs(x, "lease_revoked_at")
		if x.Lease.Found {
			f.add(LeaseConflict, keys(x.Lease.Key, core.Key), "the lease is revoked and its record is still there")
		}
	}
}

func (f *findings) needs(x Execution, field string) {
	if !x.Core.set(field) {
		f.add(StateConflict, keys(x.Core.Key), "ownership_state is %q and %s is not set", string(x.owner()), field)
	}
}

func (f *findings) needsEntry(m Mark, core Hash, text string) {
	if m.Lacks() {
		f.add(IndexLacks, keys(m.Key, core.Key), "%s", text)
	}
}

// judgeHeld is about a lease in force.
func (f *findings) judgeHeld(x Execution, now time.Time) {
	core := x.Core
	f.needsEntry(x.Expiry, core, "lease_expiry lacks the lease: nobody will notice that it runs out")
	expires := core.int("lease_expires_at")
	if x.Expiry.Has() && int64(x.Expiry.Score) != expires {
		f.add(IndexScore, keys(x.Expiry.Key, core.Key), "lease_expiry says %.0f, lease_expires_at is %d", x.Expiry.Score, expires)
	}
	f.needsEntry(x.Held, core, "the leases of the worker that holds it lack the execution")
	if x.Lease.Absent() && now.Before(time.UnixMilli(expires)) { // it goes by itself some time after (spec 01 §3.1.4)
		f.add(LeaseConflict, keys(x.Lease.Key, core.Key), "the execution is leased and the lease has no record")
	}
	if !x.Lease.Found {
		return
	}
	for _, pair := range [][2]string{
		{"lease_id", "current_lease_id"}, {"lease_epoch", "current_lease_epoch"}, {"attempt_id", "current_attempt_id"},
		{"worker_instance_id", "current_worker_instance_id"},
	} {
		field, own := pair[0], pair[1]
		if x.Lease.get(field) != core.get(own) {
			f.add(LeaseConflict, keys(x.Lease.Key, core.Key), "%s of the lease is %s, %s of the execution %s",
				field, word(x.Lease.get(field)), own, word(core.get(own)))
		}
	}
}

// judgeNoLease is about an execution that nobody holds. FlowFabric cleans up after neither a skip nor the reclaim cap.
func (f *findings) judgeNoLease(x Execution) {
	core, quirk := x.Core, ""
	switch {
	case core.get("terminal_outcome") == "skipped":
		quirk = "Q-092"
	case core.get("failure_reason") == "max_reclaims_exceeded":
		quirk = "Q-034"
	}
	if quirk != "Q-034" {
		for _, field := range []string{"current_lease_id", "current_worker_instance_id", "lease_expires_at"} {
			if core.set(field) {
				f.addQuirk(quirk, LeaseConflict, keys(core.Key), "lifecycle_phase is %q and %s is %s", string(x.phase()), field, word(core.get(field)))
			}
		}
	}
	if x.Lease.Found {
		f.addQuirk(quirk, LeaseConflict, keys(x.Lease.Key, core.Key), "the execution is %q and a lease of it is still recorded", core.get("public_state"))
	}
}

// attemptOf is what the record of the current attempt may say (spec 01 §4.4).
func attemptOf(x Execution) []string {
	switch x.Core.get("attempt_state") {
	case "running_attempt":
		return []string{"started"}
	case "attempt_interrupted":
		if x.phase() == engine.PhaseActive {
			return []string{"started"}
		}
		return []string{"suspended"}
	case "pending_retry_attempt":
		return []string{"ended_failure"}
	case "attempt_terminal":
		return endedAttempt
	default:
		return nil
	}
}

var endedAttempt = []string{"ended_success", "ended_failure", "ended_cancelled"}

func (f *findings) judgeAttempts(x Execution) {
	core, total := x.Core, x.Core.int("total_attempt_count")
	if x.Attempts.asked() && x.Attempts.N != total {
		f.add(AttemptCount, keys(x.Attempts.Key, core.Key), "%d attempts are listed, total_attempt_count is %d", x.Attempts.N, total)
	}
	if !core.set("current_attempt_index") {
		if total > 0 {
			f.add(AttemptCount, keys(core.Key), "total_attempt_count is %d and there is no current attempt", total)
		}
		return
	}
	if index := core.int("current_attempt_index"); index != total-1 {
		f.add(AttemptCount, keys(core.Key), "the current attempt is %d, total_attempt_count is %d", index, total)
	}
	if x.Attempt.Absent() {
		f.add(AttemptMissing, keys(x.Attempt.Key, core.Key), "the current attempt has no record")
	}
	if !x.Attempt.Found {
		return
	}
	state := x.Attempt.get("attempt_state")
	if allowed := attemptOf(x); allowed != nil && !slices.Contains(allowed, state) {
		f.addQuirk(openAttemptQuirk(x, state), AttemptConflict, keys(x.Attempt.Key, core.Key), "the attempt is %s, the execution's attempt_state %s",
			word(state), word(core.get("attempt_state")))
	}
	if id := core.get("current_attempt_id"); id != "" && id != x.Attempt.get("attempt_id") {
		f.add(AttemptConflict, keys(x.Attempt.Key, core.Key), "the attempt's id is %s, current_attempt_id %s", word(x.Attempt.get("attempt_id")), word(id))
	}
	if x.Stream.Found && !x.Stream.set("closed_at") && slices.Contains(endedAttempt, state) && x.phase() == engine.PhaseTerminal {
		f.add(StreamOpen, keys(x.Stream.Key, x.Attempt.Key), "the attempt is over (%s) and its stream is open", state)
	}
}

// openAttemptQuirk tells attempts that FlowFabric leaves open at the end of an execution.
func openAttemptQuirk(x Execution, state string) string {
	switch {
	case x.phase() != engine.PhaseTerminal:
		return ""
	case state == "suspended":
		return "Q-023"
	case state == "started" && x.Core.get("failure_reason") == "max_reclaims_exceeded":
		return "Q-034"
	default:
		return ""
	}
}

func (f *findings) judgeSuspension(x Execution) {
	core, s := x.Core, x.Suspension
	open := s.Found && !s.set("closed_at")
	if x.phase() != engine.PhaseSuspended {
		if open {
			quirk := ""
			if core.get("terminal_outcome") == "skipped" {
				quirk = "Q-092"
			}
			f.addQuirk(quirk, SuspensionConflict, keys(s.Key, core.Key), "the execution is %s and its suspension is open", word(core.get("public_state")))
		}
		return
	}
	if !open && !s.Unreadable {
		f.add(SuspensionMissing, keys(s.Key, core.Key), "the execution is suspended and has no open suspension")
		return
	}
	for _, pair := range [][2]string{{"suspension_id", "current_suspension_id"}, {"waitpoint_id", "current_waitpoint_id"}} {
		field, own := pair[0], pair[1]
		if open && s.get(field) != core.get(own) {
			f.add(SuspensionConflict, keys(s.Key, core.Key), "%s of the suspension is %s, %s of the execution %s", field, word(s.get(field)), own, word(core.get(own)))
		}
	}
	if x.Waitpoint.Absent() {
		f.add(WaitpointMissing, keys(x.Waitpoint.Key, core.Key), "the execution waits at a waitpoint that has no record")
	} else if x.Waitpoint.Found && x.Waitpoint.get("state") != "active" {
		f.add(WaitpointConflict, keys(x.Waitpoint.Key, core.Key), "the execution waits at a waitpoint that is %s", word(x.Waitpoint.get("state")))
	}
	switch {
	case s.set("timeout_at") && x.Due.Lacks():
		f.add(IndexLacks, keys(x.Due.Key, s.Key), "suspension_timeout lacks the suspension: it will not time out")
	case s.set("timeout_at") && x.Due.Has() && int64(x.Due.Score) != s.int("timeout_at"):
		f.add(IndexScore, keys(x.Due.Key, s.Key), "suspension_timeout says %.0f, timeout_at is %s", x.Due.Score, word(s.get("timeout_at")))
	}
}

func (f *findings) judgeMembership(x Execution) {
	if x.FlowID == "" {
		return
	}
	switch {
	case x.FlowAway:
		f.add(KeyElsewhere, keys(x.Core.Key), "its flow %s belongs in another partition", word(x.FlowID))
	case x.Flow.Lacks():
		f.add(FlowMissing, keys(x.Flow.Key, x.Core.Key), "the execution is in a flow that has no record")
	case x.Member.Lacks():
		f.add(FlowMember, keys(x.Member.Key, x.Core.Key), "the flow's members lack the execution, which names the flow")
	}
}

// judgeDependencies compares the count of what is open with the list of it. Only an all_of child goes by the count: where a group
// decides, FlowFabric never lowers it.
func (f *findings) judgeDependencies(x Execution) {
	open := x.Deps.int("unsatisfied_required_count")
	if x.Deps.Unreadable || x.Group.Unreadable || !x.Unresolved.asked() {
		return
	}
	if policy := x.Group.get("policy_variant"); policy == "any_of" || policy == "quorum" {
		return
	}
	if open != x.Unresolved.N {
		f.add(DependencyCount, keys(x.Deps.Key, x.Unresolved.Key), "unsatisfied_required_count is %d, %d edges are unresolved", open, x.Unresolved.N)
	}
}
