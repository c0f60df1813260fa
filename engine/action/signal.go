package action

import (
	"context"

	"ffboard/engine"
)

// Where signals from here say they come from.
const (
	SignalCategory = "operator"
	SignalSource   = "operator"
)

// ErrNoToken says that a waitpoint takes no signals any more.
const ErrNoToken = Refusal("the waitpoint has no token any more: it was closed, or it belongs to another execution")

// Deliver reads the token right before it is used, and forgets it. A waitpoint that nobody waits on yet keeps the signal.
func Deliver(ctx context.Context, b engine.Signals, s engine.Signal, pending bool) (engine.SignalOutcome, error) {
	token, err := b.ReadWaitpointToken(ctx, s.Execution, s.Waitpoint)
	if err != nil {
		return engine.SignalOutcome{}, err
	}
	if token == "" {
		return engine.SignalOutcome{}, ErrNoToken
	}
	s.Token = token
	if pending {
		return b.BufferSignal(ctx, s)
	}
	return b.DeliverSignal(ctx, s)
}

var sendSignal = &Action{
	Name: NameSignal, Key: "s", Does: "deliver a signal to what it waits on", Kind: Execution,
	Arguments: []Argument{
		{Name: "waitpoint", Does: "its id; empty is the only one that the execution waits on"},
		{Name: "name", Does: "the signal's name", Needed: true},
		{Name: "payload", Does: "what comes with it"},
		{Name: "encoding", Default: "json", Choices: []Choice{{"json", "checked before it is sent"}, {"text", "sent as it is"}}},
		{Name: "source", Does: "who signals"},
		{Name: "key", Does: "a repeat with the same key is not counted; empty: one is made"},
	},
	Check: func(s *State) string {
		if !suspended(s) {
			return "not suspended: it is " + stands(s)
		}
		return ""
	},
	Effect: func([]*State, Args) []string {
		return []string{"delivers one signal; it resumes the execution when nothing more is missing"}
	},
	Run: runSignal,
}

func runSignal(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
	waitpoint, err := openWaitpoint(ctx, b, s.Execution, engine.WaitpointID(a.Get("waitpoint")))
	if err != nil {
		return Outcome{}, err
	}
	now, err := b.ServerTime(ctx)
	if err != nil {
		return Outcome{}, err
	}
	key := a.Get("key")
	if key == "" {
		key = "ffboard-" + string(engine.NewSignalID())
	}
	signal := engine.Signal{
		Execution: s.Execution, Waitpoint: waitpoint, Name: a.Get("name"), Category: SignalCategory, SourceType: SignalSource,
		SourceIdentity: a.Get("source"), Encoding: a.Get("encoding"), IdempotencyKey: key, CreatedAt: now,
	}
	if text := a.Get("payload"); text != "" {
		signal.Payload = []byte(text)
	}
	outcome, err := Deliver(ctx, b, signal, false)
	if err != nil {
		return Outcome{}, err
	}
	if outcome.Duplicate {
		return Outcome{Words: "duplicate of " + string(outcome.ID) + ": nothing was added", Idle: true}, nil
	}
	return Outcome{Words: string(outcome.Effect)}, nil
}

// openWaitpoint is the one named, or the only one of the open suspension.
func openWaitpoint(ctx context.Context, b Backend, id engine.ExecutionID, named engine.WaitpointID) (engine.WaitpointID, error) {
	if named != "" {
		return named, nil
	}
	d, err := b.ExecutionDetail(ctx, id)
	if err != nil {
		return "", err
	}
	if d == nil || d.Suspension == nil || !d.Suspension.Open() || len(d.Suspension.Waitpoints) == 0 {
		return "", Refusal("it waits on nothing")
	}
	if n := len(d.Suspension.Waitpoints); n > 1 {
		return "", Refusal("it waits on " + plural(n, "waitpoint", "waitpoints") + ": name the one that is meant")
	}
	return d.Suspension.Waitpoints[0].ID, nil
}
