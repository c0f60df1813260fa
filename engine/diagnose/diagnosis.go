// Package diagnose tells why an execution or a flow is where it is, from facts that somebody has read. It reads nothing itself and
// draws nothing: a dashboard and a command line show the same diagnosis. Texts may hold strangers' words: whoever shows them makes
// them safe.
package diagnose

import (
	"time"

	"ffboard/engine"
)

// Standing is how bad it is. The words are stable.
type Standing string

const (
	Fine  Standing = "fine"  // it works, or goes on by itself at once
	Waits Standing = "waits" // for something that can be named and that normally comes
	Late  Standing = "late"  // something should have happened and has not
	Stuck Standing = "stuck" // nothing moves it by itself
	Over  Standing = "over"  // it has ended
	Note  Standing = "note"  // worth knowing, but not why it is where it is
)

// weight orders causes: the one that matters most stands first.
var weight = map[Standing]int{Over: 5, Stuck: 4, Late: 3, Waits: 2, Fine: 1, Note: 0}

// Code names a cause. The words are stable: programs read them.
type Code string

// Cause is one finding.
type Cause struct {
	Code     Code     `json:"code"`
	Standing Standing `json:"standing"`
	Words    string   `json:"words"` // one sentence, without a full stop
}

// RefKind says what a reference leads to.
type RefKind string

const (
	RefExecution RefKind = "execution"
	RefEdges     RefKind = "edges" // of an execution
	RefFlow      RefKind = "flow"
	RefLane      RefKind = "lane"
	RefBudget    RefKind = "budget"
	RefQuota     RefKind = "quota"
	RefWorker    RefKind = "worker"
)

// Ref leads from a piece of evidence to what it is about. The zero value leads nowhere.
type Ref struct {
	Kind  RefKind          `json:"kind,omitempty"`
	ID    string           `json:"id,omitempty"`
	Index engine.LaneIndex `json:"index,omitempty"` // of a lane
	Flow  engine.FlowID    `json:"flow,omitempty"`  // of an execution, where known
}

// Evidence is one fact that a diagnosis rests on.
type Evidence struct {
	Name  string `json:"name"`
	Words string `json:"words"`
	Ref   Ref    `json:"ref,omitzero"`
}

// Event is something that will happen by itself. At is zero where nobody knows when.
type Event struct {
	At    time.Time `json:"at,omitzero"`
	Words string    `json:"words"`
}

// Diagnosis says why something is where it is, with what that rests on, what comes next and what a person can do.
type Diagnosis struct {
	Kind     RefKind         `json:"kind"` // execution or flow
	ID       string          `json:"id"`
	Title    string          `json:"title"`             // its kind, as its author named it
	At       time.Time       `json:"at"`                // the server's clock
	Members  int             `json:"members,omitempty"` // of a flow
	Standing Standing        `json:"standing"`
	Code     Code            `json:"code"`
	Verdict  string          `json:"verdict"`
	Causes   []Cause         `json:"causes"` // the first one is the verdict
	Evidence []Evidence      `json:"evidence"`
	Next     []Event         `json:"next"`
	Remedies []engine.Remedy `json:"remedies"`
	Unread   []engine.Unread `json:"unread,omitempty"` // what could not be read: the verdict may miss something
}

// Sure tells whether all that the diagnosis rests on was read.
func (d *Diagnosis) Sure() bool { return len(d.Unread) == 0 }
