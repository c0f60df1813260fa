package enginetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"ffboard/engine"
)

// ModelSubject is a Subject that also shows what it stores, so that it can be compared with the model after every step.
type ModelSubject interface {
	Subject
	// Look reads everything that a sequence of operations may have touched. All of it lies on one partition: one round trip is enough.
	Look(ctx context.Context, at Sight) (Picture, error)
}

// Sight is what a sequence of operations may have touched.
type Sight struct {
	Lane       engine.LaneID
	Executions []SeenExecution
	Waitpoints []engine.WaitpointID
	Flows      []engine.FlowID
	Edges      []SeenEdge
	Groups     []SeenGroup
	Instances  []engine.WorkerInstanceID
}

// SeenExecution names an execution and how many attempts of it to read.
type SeenExecution struct {
	ID       engine.ExecutionID
	Attempts int
}

// SeenEdge names an edge on the flow's side and on its child's.
type SeenEdge struct {
	Flow       engine.FlowID
	ID         engine.EdgeID
	Downstream engine.ExecutionID
}

// SeenGroup names the group of a child's edges within a flow.
type SeenGroup struct {
	Flow       engine.FlowID
	Downstream engine.ExecutionID
}

// Picture is what is compared: of the model what it should be, of a backend what it is. Lists are sorted, and nil when empty; absent
// records are zero values.
type Picture struct {
	Executions map[engine.ExecutionID]ExecutionPicture
	Waitpoints map[engine.WaitpointID]WaitpointPicture
	Flows      map[engine.FlowID]FlowPicture
	Edges      map[engine.EdgeID]EdgePicture
	Groups     map[SeenGroup]GroupPicture
	Lane       map[engine.LaneIndex][]engine.ExecutionID // empty indexes are left out
}

// ExecutionPicture is an execution: its record, its attempts, what it waits for, and the indexes that hold it.
type ExecutionPicture struct {
	Exists   bool
	State    engine.StateVector
	Priority int
	Flow     engine.FlowID

	AttemptIndex  int // of the current attempt; -1 before the first
	AttemptID     engine.AttemptID
	TotalAttempts int
	Attempts      []AttemptPicture
	Retries       int
	Replays       int
	Reclaims      int

	LeaseID      engine.LeaseID
	Epoch        uint64
	Holder       engine.WorkerInstanceID
	LeaseExpired bool // marked so at some time, and not forgotten since
	LeaseRevoked bool
	LeaseRecord  bool
	Leases       []engine.WorkerInstanceID // instances whose set of leases holds it
	Granted      bool

	Delayed            bool // has a time before which it must not run
	FailureReason      string
	CancellationReason string
	CancelledBy        string
	Payload, Result    string

	Suspension SuspensionPicture
	Tokens     []string // of a composite condition

	Unsatisfied, Impossible int
	Unresolved              []engine.EdgeID

	Due []engine.DueIndex // indexes of due times that hold it
}

// AttemptPicture is one attempt.
type AttemptPicture struct {
	Type          engine.AttemptType
	State         string
	FailureReason string
}

// SuspensionPicture is the latest suspension.
type SuspensionPicture struct {
	ID          engine.SuspensionID
	Reason      string
	Timeout     bool
	Behavior    string
	CloseReason string
}

// WaitpointPicture is a waitpoint with its condition.
type WaitpointPicture struct {
	State       string
	CloseReason string
	Signals     int
	Matched     int
	Condition   string // "" for none, "open", or the reason it was closed for
	Satisfied   int    // matchers of a simple condition
	Expiring    bool   // in the index of pending waitpoints
}

// FlowPicture is a flow.
type FlowPicture struct {
	Exists               bool
	State                engine.FlowState
	Revision             uint64
	Nodes, Edges         int
	CancelPolicy, Reason string
	Members              []engine.ExecutionID
	Owed                 []engine.ExecutionID // members that are owed a cancel
	Backlog              bool
	Indexed              bool
}

// EdgePicture is an edge: State is the child's side of it.
type EdgePicture struct {
	Staged bool
	State  engine.EdgeState
}

// GroupPicture is the group of a child's edges.
type GroupPicture struct {
	Policy        engine.EdgePolicyKind // "" when there is no group
	OnSatisfied   engine.OnSatisfied
	K             int
	N             int
	Succeeded     int
	Failed        int
	Skipped       int
	State         engine.GroupState
	CancelPending bool
	CancelReason  string
	Losers        []engine.ExecutionID
	Listed        bool // among the groups whose siblings are to be cancelled
}

// differences lists where two pictures differ, a line for each thing.
func differences(want, got Picture) string {
	var lines []string
	lines = append(lines, differ("execution", want.Executions, got.Executions)...)
	lines = append(lines, differ("waitpoint", want.Waitpoints, got.Waitpoints)...)
	lines = append(lines, differ("flow", want.Flows, got.Flows)...)
	lines = append(lines, differ("edge", want.Edges, got.Edges)...)
	lines = append(lines, differ("group", want.Groups, got.Groups)...)
	lines = append(lines, differ("index", want.Lane, got.Lane)...)
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func differ[K comparable, V any](what string, want, got map[K]V) []string {
	var lines []string
	for key := range got {
		if _, wanted := want[key]; !wanted {
			lines = append(lines, fmt.Sprintf("%s %v: nothing wanted, got %+v", what, key, got[key]))
		}
	}
	for key, w := range want {
		for _, field := range fieldsThatDiffer(reflect.ValueOf(w), reflect.ValueOf(got[key])) {
			lines = append(lines, fmt.Sprintf("%s %v%s", what, key, field))
		}
	}
	return lines
}

func fieldsThatDiffer(want, got reflect.Value) []string {
	if want.Kind() != reflect.Struct {
		if reflect.DeepEqual(want.Interface(), got.Interface()) {
			return nil
		}
		return []string{fmt.Sprintf(": want %+v, got %+v", want, got)}
	}
	var lines []string
	for i := range want.NumField() {
		w, g := want.Field(i).Interface(), got.Field(i).Interface()
		if !reflect.DeepEqual(w, g) {
			lines = append(lines, fmt.Sprintf(".%s: want %+v, got %+v", want.Type().Field(i).Name, w, g))
		}
	}
	return lines
}
