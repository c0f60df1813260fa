package audit

import (
	"strings"
	"time"

	"ffboard/engine"
)

// Waitpoint is a waitpoint's record and what stands around it.
type Waitpoint struct {
	ID         string
	Kid        string // of its token, of which no more goes around
	Waitpoint  Hash
	Condition  Hash
	Execution  Hash // the record of the execution that it names
	Invalid    bool // it names what can be no execution of its partition
	Suspension Hash // of that execution
	Listed     Mark // in the execution's waitpoints
	Expiry     Mark // in pending_waitpoint_expiry
	Secrets    Hash // the partition's signing keys, as far as its token is concerned
}

var (
	WaitpointFields    = []string{"waitpoint_id", "execution_id", "suspension_id", "waitpoint_key", "waitpoint_token", "state", "expires_at", "closed_at"}
	ConditionFields    = []string{"closed", "condition_type"}
	WaitpointExecution = []string{"lifecycle_phase", "terminal_outcome", "current_waitpoint_id", "last_mutation_at"}
)

// SigningKey is the id of the key that signed a token; the rest of a token is a secret and goes nowhere.
func SigningKey(token string) string {
	kid, _, _ := strings.Cut(token, ":")
	return kid
}

// JudgeWaitpoint holds a waitpoint against its execution, its suspension and its condition.
func JudgeWaitpoint(w Waitpoint, now time.Time) []Finding {
	var f findings
	if !w.Waitpoint.Found {
		return nil
	}
	if w.Invalid || w.Execution.Absent() {
		f.orphanWaitpoint(w)
		return f
	}
	f.addNamed(WaitpointConflict, w.Waitpoint, "waitpoint_id", w.ID)
	f.judgeWaitpointState(w, now)
	if w.Kid != "" && w.Secrets.Found && !w.Secrets.set("secret:"+w.Kid) && w.Waitpoint.get("state") != "closed" {
		f.add(SigningKeyUnknown, keys(w.Waitpoint.Key, w.Secrets.Key), "its token is signed with key %s, which is not stored: no signal can come through", word(w.Kid))
	}
	return f
}

// orphanWaitpoint: FlowFabric's retention does not know waitpoints that were never attached, and its resume writes records that are not
// there.
func (f *findings) orphanWaitpoint(w Waitpoint) {
	switch id := w.Waitpoint.get("execution_id"); {
	case id == "" && !w.Waitpoint.set("waitpoint_id"):
		f.addQuirk("Q-053", WaitpointOrphan, keys(w.Waitpoint.Key), "a part of a record, without id and execution")
	case w.Invalid:
		f.add(WaitpointOrphan, keys(w.Waitpoint.Key), "the waitpoint's execution is %s, which can be none of its partition", word(id))
	case !w.Waitpoint.set("suspension_id"):
		f.addQuirk("Q-197", WaitpointOrphan, keys(w.Waitpoint.Key, w.Execution.Key), "a waitpoint that was never used, of an execution that does not exist")
	default:
		f.add(WaitpointOrphan, keys(w.Waitpoint.Key, w.Execution.Key), "a waitpoint of an execution that does not exist")
	}
}

func (f *findings) judgeWaitpointState(w Waitpoint, now time.Time) {
	record := w.Waitpoint
	switch state := record.get("state"); state {
	case "pending":
		if w.Listed.Lacks() {
			f.addQuirk("Q-065", IndexLacks, keys(w.Listed.Key, record.Key), "the execution's list of waitpoints lacks the pending one")
		}
		if record.set("expires_at") && w.Expiry.Lacks() {
			f.add(IndexLacks, keys(w.Expiry.Key, record.Key), "pending_waitpoint_expiry lacks the pending waitpoint: it will never be closed")
		}
		if w.Expiry.Has() && int64(w.Expiry.Score) != record.int("expires_at") {
			f.add(IndexScore, keys(w.Expiry.Key, record.Key), "pending_waitpoint_expiry says %.0f, expires_at is %s", w.Expiry.Score, word(record.get("expires_at")))
		}
	case "active", "closed":
		if w.Listed.Lacks() && record.set("suspension_id") {
			quirk := ""
			if state == "closed" { // satisfied before it was waited for
				quirk = "Q-065"
			}
			f.addQuirk(quirk, IndexLacks, keys(w.Listed.Key, record.Key), "the execution's list of waitpoints lacks it")
		}
		if w.Expiry.Has() {
			f.addQuirk("Q-066", IndexStray, keys(w.Expiry.Key, record.Key), "pending_waitpoint_expiry holds a waitpoint that is %s", state)
		}
		f.judgeWait(w, state)
	default:
		f.add(FieldInvalid, keys(record.Key), "state is %s", word(state))
	}
}

// judgeWait: an active waitpoint is one of the open suspension's, and a closed one has no open condition.
func (f *findings) judgeWait(w Waitpoint, state string) {
	record, s := w.Waitpoint, w.Suspension
	if state == "closed" {
		if w.Condition.Found && w.Condition.get("closed") == "0" {
			f.addQuirk("Q-049", WaitpointConflict, keys(w.Condition.Key, record.Key), "the waitpoint is closed and its condition open: an old token still resumes")
		}
		return
	}
	if w.Condition.Absent() {
		f.add(WaitpointConflict, keys(w.Condition.Key, record.Key), "the waitpoint is active and has no condition: no signal can satisfy it")
	} else if w.Condition.get("closed") == "1" {
		f.addQuirk("Q-049", WaitpointConflict, keys(w.Condition.Key, record.Key), "the waitpoint is active and its condition closed")
	}
	if s.Unreadable {
		return
	}
	suspended := w.Execution.get("lifecycle_phase") == string(engine.PhaseSuspended)
	if !suspended || s.get("suspension_id") != record.get("suspension_id") || s.set("closed_at") {
		quirk := "Q-051"
		switch w.Execution.get("terminal_outcome") {
		case "expired":
			quirk = "Q-052"
		case "skipped":
			quirk = "Q-092"
		}
		f.addQuirk(quirk, WaitpointConflict, keys(record.Key, s.Key), "the waitpoint is active and the suspension that it is of is over")
		return
	}
	if s.get("waitpoint_id") != w.ID && !strings.Contains(s.get("additional_waitpoints_json"), w.ID) {
		f.add(WaitpointConflict, keys(record.Key, s.Key), "the waitpoint is active and the suspension does not name it")
	}
}

// Signal is a signal's record, and who lists it.
type Signal struct {
	ID        string
	Signal    Hash
	Execution Mark
	Listed    Mark // in the execution's signals
	Invalid   bool
}

var SignalFields = []string{"signal_id", "target_execution_id", "target_waitpoint_id"}

// JudgeSignal tells whether a signal can be found.
func JudgeSignal(s Signal) []Finding {
	var f findings
	switch {
	case !s.Signal.Found:
	case s.Invalid:
		f.add(SignalOrphan, keys(s.Signal.Key), "the signal's execution is %s, which can be none of its partition", word(s.Signal.get("target_execution_id")))
	case s.Execution.Lacks():
		f.add(SignalOrphan, keys(s.Signal.Key, s.Execution.Key), "a signal to an execution that does not exist")
	case s.Listed.Lacks():
		f.add(SignalOrphan, keys(s.Listed.Key, s.Signal.Key), "the execution's list of signals lacks it")
	}
	if s.Signal.Found {
		f.addNamed(SignalOrphan, s.Signal, "signal_id", s.ID)
	}
	return f
}
