package audit

import (
	"fmt"
	"time"
)

// Code names an invariant that does not hold.
type Code string

const (
	KeyUnknown    Code = "key_unknown"    // no key of the schema has such a name
	KeyType       Code = "key_type"       // a key holds another type than its name says
	KeyElsewhere  Code = "key_elsewhere"  // a key lies in another partition than its id says
	KeyOrphan     Code = "key_orphan"     // a key of something that does not exist
	FieldInvalid  Code = "field_invalid"  // a field holds what it cannot mean
	StateConflict Code = "state_conflict" // fields of a record contradict each other

	IndexLacks Code = "index_lacks" // an index lacks what belongs in it
	IndexStray Code = "index_stray" // an index holds what belongs in another
	IndexGone  Code = "index_gone"  // an index holds what does not exist
	IndexScore Code = "index_score" // an index holds something under another score than its record says

	LeaseHolder     Code = "lease_holder"     // a lease without a holder
	LeaseConflict   Code = "lease_conflict"   // the lease's own record says something else than the execution's
	AttemptCount    Code = "attempt_count"    // as many attempts are listed as were not made
	AttemptMissing  Code = "attempt_missing"  // the current attempt has no record
	AttemptConflict Code = "attempt_conflict" // an attempt's record contradicts the execution's
	StreamConflict  Code = "stream_conflict"  // a stream and its meta disagree
	StreamOpen      Code = "stream_open"      // the stream of an ended attempt is open

	SuspensionMissing  Code = "suspension_missing"  // suspended, without an open suspension
	SuspensionConflict Code = "suspension_conflict" // the suspension's record contradicts the execution's
	WaitpointMissing   Code = "waitpoint_missing"   // a suspension, or a list, names a waitpoint that does not exist
	WaitpointOrphan    Code = "waitpoint_orphan"    // a waitpoint without an execution
	WaitpointConflict  Code = "waitpoint_conflict"  // a waitpoint contradicts the suspension or its condition
	SigningKeyUnknown  Code = "signing_key_unknown" // a token of a signing key that is not stored
	SigningKeyDiffers  Code = "signing_key_differs" // a partition signs with another key than the others
	SignalMissing      Code = "signal_missing"      // a list names a signal that does not exist
	SignalOrphan       Code = "signal_orphan"       // a signal that no list names

	FlowMissing     Code = "flow_missing"     // an execution is in a flow that does not exist
	FlowMember      Code = "flow_member"      // execution and flow disagree on whether it is a member
	FlowCount       Code = "flow_count"       // a flow's counts differ from its members or edges
	FlowCancel      Code = "flow_cancel"      // what is owed to a cancelled flow is recorded in part
	EdgeMissing     Code = "edge_missing"     // a list or a dependency names an edge that does not exist
	EdgeConflict    Code = "edge_conflict"    // an edge's records contradict each other
	EdgeUnlisted    Code = "edge_unlisted"    // an edge that the lists of its ends lack
	GroupCount      Code = "group_count"      // an edge group's counters differ from its edges
	GroupState      Code = "group_state"      // an edge group's state contradicts its counters
	DependencyCount Code = "dependency_count" // an execution's counts of dependencies differ from its edges

	BudgetConflict Code = "budget_conflict" // a budget's records contradict each other
	QuotaConflict  Code = "quota_conflict"  // a quota policy's records contradict each other
	Configuration  Code = "configuration"   // the deployment's own records are not usable
)

// Finding is one invariant that does not hold.
type Finding struct {
	Code   Code
	Quirk  string   // such as Q-092 where FlowFabric itself leaves things so: known, and no fault
	Text   string   // a sentence; what it quotes is as it is stored
	Keys   []string // the key that is wrong, then those that it contradicts
	Member string   // of the first key, where the entry of an index or a list is wrong
	Moving bool     // the record changed at each look, and it was wrong at each
}

// Broken tells a fault from what FlowFabric is known to leave.
func (f Finding) Broken() bool { return f.Quirk == "" }

// findings collects those of one subject.
type findings []Finding

func (f *findings) add(code Code, keys []string, format string, words ...any) {
	*f = append(*f, Finding{Code: code, Text: fmt.Sprintf(format, words...), Keys: keys})
}

func (f *findings) addQuirk(quirk string, code Code, keys []string, format string, words ...any) {
	*f = append(*f, Finding{Code: code, Quirk: quirk, Text: fmt.Sprintf(format, words...), Keys: keys})
}

// addNamed holds a field of a record against what the record's key says that it is.
func (f *findings) addNamed(code Code, record Hash, field, key string) {
	if got := record.get(field); got != key {
		f.add(code, keys(record.Key), "%s is %s, the key says %s", field, word(got), word(key))
	}
}

// Summary is what was read, and what was found.
type Summary struct {
	Keys                                             int
	Executions, Flows, Edges, Waitpoints, Signals    int
	Attempts, Streams, Budgets, Quotas, IndexEntries int
	Foreign                                          int // keys that are no business of a deployment
	Broken, Quirks                                   int
	LookedAgain                                      int // suspicions that were looked at again
	MostHeld                                         int // keys and entries at any one time, which does not grow with what is read
	Took                                             time.Duration
}
