package bench

import (
	"context"
	"time"
)

// Size is how much of everything a scenario has. Each scenario has a default; what is 0 there does not concern it.
type Size struct {
	Executions int
	Workers    int
	Payload    int           // bytes of each execution's input
	Flows      int           // in the whole
	Nodes      int           // of each flow
	Frames     int           // of each stream
	Rounds     int           // how often the same is done
	For        time.Duration // how long a scenario without an end goes on
}

// or takes what the other one sets.
func (s Size) or(other Size) Size {
	set(&s.Executions, other.Executions)
	set(&s.Workers, other.Workers)
	set(&s.Payload, other.Payload)
	set(&s.Flows, other.Flows)
	set(&s.Nodes, other.Nodes)
	set(&s.Frames, other.Frames)
	set(&s.Rounds, other.Rounds)
	set(&s.For, other.For)
	return s
}

func set[T comparable](field *T, value T) {
	var zero T
	if value != zero {
		*field = value
	}
}

// Scenario is a kind of work.
type Scenario struct {
	Name    string
	About   string // a sentence
	Default Size
	Goals   []Goal // for the default size
	Floor   bool   // the writes of its measured part are worth comparing with
	run     func(ctx context.Context, r *run) error
}

// Scenarios are all there are.
func Scenarios() []Scenario {
	return []Scenario{
		submitClaimComplete,
		suspendSignalResume,
		steady,
		flowDAG,
		capabilities,
		quorumCancel,
		stream,
		idle,
	}
}
