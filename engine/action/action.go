package action

import (
	"context"
	"errors"

	"ffboard/engine"
)

// Backend is what the actions stand on.
type Backend interface {
	engine.Board
	engine.Reader
	engine.Operator
	engine.Flows
	engine.Signals
	engine.Steering
	engine.Mending
	engine.Diagnostician
}

// Kind is a kind of thing that actions are done to.
type Kind string

const (
	Execution  Kind = "execution"
	Flow       Kind = "flow"
	Worker     Kind = "worker"
	Budget     Kind = "budget"
	Deployment Kind = "deployment"
)

// Target names a thing. An execution's Flow may be left out; its edge group is told by both.
type Target struct {
	Kind      Kind
	Execution engine.ExecutionID
	Flow      engine.FlowID
	Namespace engine.Namespace // of a worker
	Instance  engine.WorkerInstanceID
	Budget    engine.BudgetID
}

// ID is the target's own id.
func (t Target) ID() string {
	switch t.Kind {
	case Execution:
		return string(t.Execution)
	case Flow:
		return string(t.Flow)
	case Worker:
		return string(t.Instance)
	case Budget:
		return string(t.Budget)
	default:
		return string(t.Kind)
	}
}

// Action is one thing that an operator can do.
type Action struct {
	Name string // a word or two: a verb of the command line, with a dash for the blank
	Key  string // its letter in a menu
	Does string // one line
	Kind Kind

	// Arguments are what has to be said besides the target. Bulk actions take the same ones for all targets.
	Arguments []Argument
	Bulk      bool // may be done to many at once

	// Check is why the action makes no sense now, "" when it does.
	Check func(s *State) string
	// Effect says what it will do to those that it is possible for, a sentence each. It holds no stranger's text.
	Effect func(possible []*State, a Args) []string
	// Confirm is what has to be typed before it is done, "" for an action that a button is enough for.
	Confirm func(possible []*State, a Args) string
	// Validate finds what is wrong with the arguments; a Refusal.
	Validate func(a Args) error
	// Run does it to one target. An error is a Refusal or the engine's.
	Run func(ctx context.Context, b Backend, s *State, a Args) (Outcome, error)
}

// Argument is one thing to say, by word.
type Argument struct {
	Name    string
	Does    string
	Default string
	Choices []Choice // "" is none of them
	Offer   func(ctx context.Context, b Backend, s []*State) ([]Choice, error)
	Secret  bool                    // kept in Args.Secret; never echoed
	When    func(a Args) bool       // whether it is asked for, given the others; nil: always
	Needed  bool                    // may not be left empty
	Suggest func(s []*State) string // instead of Default
}

// Choice is one of several values, with a few words about it. Does may hold a stranger's text.
type Choice struct{ Value, Does string }

// Args are the values of an action's arguments, by name.
type Args struct {
	Values map[string]string
	Secret Secret
}

// Get is an argument's value.
func (a Args) Get(name string) string { return a.Values[name] }

// Outcome is what became of one target. Its texts may hold a stranger's.
type Outcome struct {
	Words string // what it is now: "replayed, it is waiting"
	Idle  bool   // nothing was to be done
	Next  string // what to do or to expect next; "" for nothing
	Parts []Part // of an action on several partitions
	Open  bool   // parts have failed: the same again does what is missing
}

// Part is what became of one partition.
type Part struct {
	Name, Words string
	Err         error
}

// Refusal is a reason of this package's own, in words for a person.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Explain is a sentence or two for a person: what err means and what to do next.
func Explain(err error) string {
	var r Refusal
	if errors.As(err, &r) {
		return string(r)
	}
	return engine.Explain(err)
}

// Possible is why the action makes no sense now, "" when it does: its Check, and what holds for all of them.
func (a *Action) Possible(s *State) string {
	switch {
	case s.Gone:
		return "its record is gone"
	case a.Check == nil:
		return ""
	default:
		return a.Check(s)
	}
}
