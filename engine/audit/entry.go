package audit

import (
	"strings"

	"ffboard/engine"
)

// Entry is one entry of an index of executions, with the record of the execution that it names.
type Entry struct {
	Index      string // eligible, lease_expiry, all_executions, ...
	Lane       string // of a lane's index
	Worker     string // whose leases the index holds
	Member     string
	Entry      Mark
	Invalid    bool // the member can be no execution of this partition
	Core       Hash
	Suspension Hash // for suspension_timeout

	BelongsLane, BelongsIndex string // where the record says that it waits; "" where it does not tell
}

// EntryFields are the fields of the execution's record that JudgeEntry needs.
var EntryFields = []string{
	"lifecycle_phase", "eligibility_state", "ownership_state", "lane_id", "terminal_outcome", "public_state", "current_worker_instance_id",
	"failure_reason", "last_mutation_at",
}

// JudgeEntry tells whether an entry is where it belongs.
func JudgeEntry(e Entry) []Finding {
	var f findings
	e.judge(&f)
	for i := range f {
		f[i].Member = e.Member
	}
	return f
}

func (e Entry) judge(f *findings) {
	switch {
	case !e.Entry.Set: // it has gone meanwhile
	case e.Invalid:
		f.add(IndexGone, keys(e.Entry.Key), "%s holds %s, which can be no execution of its partition", e.Index, word(e.Member))
	case e.Core.Unreadable:
	case e.Core.Absent():
		f.add(IndexGone, keys(e.Entry.Key, e.Core.Key), "%s holds an execution that has no record", e.Index)
	case e.Lane != "":
		e.judgeLane(f)
	default:
		e.judgePartitionIndex(f)
	}
}

// judgeLane: an execution is in one index of its lane. FlowFabric leaves some behind.
func (e Entry) judgeLane(f *findings) {
	if e.BelongsIndex == "" || e.BelongsIndex == e.Index && e.BelongsLane == e.Lane {
		return
	}
	quirk := ""
	switch phase := engine.LifecyclePhase(e.Core.get("lifecycle_phase")); {
	case phase == engine.PhaseTerminal && e.Core.get("terminal_outcome") == "skipped" && e.Index != string(engine.IndexTerminal):
		quirk = "Q-092"
	case phase == engine.PhaseRunnable && e.Index == string(engine.IndexDelayed) && e.BelongsIndex == string(engine.IndexBlockedDependencies):
		quirk = "Q-088"
	case phase == engine.PhaseRunnable && e.Index == string(engine.IndexDelayed) && e.BelongsIndex != string(engine.IndexEligible):
		quirk = "Q-131"
	}
	f.addQuirk(quirk, IndexStray, keys(e.Entry.Key, e.Core.Key), "%s of lane %s holds an execution that is %s and belongs in %s of lane %s",
		e.Index, word(e.Lane), word(e.Core.get("lifecycle_phase")), e.BelongsIndex, word(e.BelongsLane))
}

func (e Entry) judgePartitionIndex(f *findings) {
	phase, owner := engine.LifecyclePhase(e.Core.get("lifecycle_phase")), engine.OwnershipState(e.Core.get("ownership_state"))
	var belongs bool
	switch e.Index {
	case string(engine.DueLeaseExpiry):
		belongs = phase == engine.PhaseActive && owner != engine.OwnerRevoked
	case string(engine.DueAttemptTimeout):
		belongs = phase == engine.PhaseActive
	case string(engine.DueDeadline):
		// The end of a wait whose time is up leaves its deadline, which goes when it is due (spec 03b §4.4).
		belongs = phase != engine.PhaseTerminal || strings.HasPrefix(e.Core.get("failure_reason"), "suspension_timeout:")
	case string(engine.DueSuspensionTimeout):
		belongs = phase == engine.PhaseSuspended && (e.Suspension.Unreadable || e.Suspension.set("timeout_at"))
	case "leases":
		belongs = phase == engine.PhaseActive && e.Core.get("current_worker_instance_id") == e.Worker
	default:
		belongs = true
	}
	if belongs {
		return
	}
	quirk := ""
	switch {
	case e.Core.get("terminal_outcome") == "skipped":
		quirk = "Q-092"
	case phase == engine.PhaseTerminal && e.Index == "leases":
		quirk = "Q-042"
	case phase == engine.PhaseSuspended && e.Index == string(engine.DueSuspensionTimeout):
		quirk = "Q-068"
	}
	f.addQuirk(quirk, IndexStray, keys(e.Entry.Key, e.Core.Key), "%s holds an execution that is %s", e.name(), word(e.Core.get("public_state")))
}

func (e Entry) name() string {
	if e.Worker != "" {
		return "the list of the leases of " + word(e.Worker)
	}
	return e.Index
}

// Reference is one entry of a list or an index that names a record of another kind, such as a waitpoint or an edge.
type Reference struct {
	What    string // what the list holds, in words
	Code    Code
	Quirk   string // where FlowFabric leaves such entries
	Member  string
	Entry   Mark
	Target  Mark
	Lacking string // what is wrong without the target; "" is that it has no record
	Invalid string // why the member cannot name anything, "" when it can
}

// JudgeReference tells whether what an entry names exists.
func JudgeReference(r Reference) []Finding {
	var f findings
	switch {
	case !r.Entry.Set:
	case r.Invalid != "":
		f.add(IndexGone, keys(r.Entry.Key), "%s %s, which is %s", r.What, word(r.Member), r.Invalid)
	case r.Target.Lacks() && r.Lacking != "":
		f.addQuirk(r.Quirk, r.Code, keys(r.Entry.Key, r.Target.Key), "%s %s, which %s", r.What, word(r.Member), r.Lacking)
	case r.Target.Lacks():
		f.addQuirk(r.Quirk, r.Code, keys(r.Entry.Key, r.Target.Key), "%s %s, which has no record", r.What, word(r.Member))
	}
	for i := range f {
		f[i].Member = r.Member
	}
	return f
}
