package action

import (
	"context"
	"errors"
	"strconv"

	"ffboard/engine"
)

// ManyCancels is how many executions may be cancelled without typing their number.
const ManyCancels = 20

var reasonArgument = Argument{Name: "reason", Does: "kept with what was done"}

var cancelExecution = &Action{
	Name: NameCancel, Key: "c", Does: "end it now, whatever it is doing; it cannot be undone", Kind: Execution, Bulk: true,
	Arguments: []Argument{reasonArgument},
	Check: func(s *State) string {
		if ended(s) {
			return "it has ended"
		}
		return ""
	},
	Effect: func(possible []*State, _ Args) []string {
		lines := []string{"cancels " + plural(len(possible), "execution", "executions") + "; this cannot be undone"}
		held, waits := 0, 0
		for _, s := range possible {
			switch {
			case s.Row.Ownership == engine.OwnerLeased:
				held++
			case s.Row.State == engine.StateSuspended:
				waits++
			}
		}
		if held > 0 {
			lines = append(lines, plural(held, "running lease loses its work", "running leases lose their work"))
		}
		if waits > 0 {
			lines = append(lines, "the waitpoints of "+plural(waits, "one close", "of them close")+": a signal that comes later is refused")
		}
		return lines
	},
	Confirm: func(possible []*State, _ Args) string { return ConfirmCancels(len(possible)) },
	Run: func(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
		before, err := b.CancelExecution(ctx, s.Execution, a.Get("reason"), engine.CancelByOperator)
		switch {
		case errors.Is(err, engine.CodeExecutionNotActive):
			return Outcome{Words: "had ended", Idle: true}, nil
		case err != nil:
			return Outcome{}, err
		default:
			return Outcome{Words: "cancelled, was " + string(before)}, nil
		}
	},
}

// ConfirmCancels is what has to be typed before so many executions are cancelled.
func ConfirmCancels(n int) string {
	if n > ManyCancels {
		return strconv.Itoa(n)
	}
	return ""
}

var cancelFlow = &Action{
	Name: NameCancel, Key: "c", Does: "close it to new members and cancel those that it has", Kind: Flow, Bulk: true,
	Arguments: []Argument{
		{Name: "policy", Default: string(engine.CancelFlowAll), Choices: []Choice{
			{string(engine.CancelFlowAll), "every member that has not ended is cancelled"},
			{string(engine.CancelFlowPending), "members in line are cancelled; those at work or suspended run on"},
			{string(engine.CancelFlowOnly), "the flow alone: members run on, and those in line still start"},
		}},
		reasonArgument,
	},
	Effect: func(possible []*State, a Args) []string {
		members := 0
		for _, s := range possible {
			members += s.Record.Nodes
		}
		lines := []string{"cancels " + plural(len(possible), "flow", "flows") + "; this cannot be undone"}
		again := 0
		for _, s := range possible {
			if s.Record.State == engine.FlowCancelled {
				again++
			}
		}
		if again > 0 {
			lines = append(lines, plural(again, "is cancelled already: what that left undone is done, under the policy that it has",
				"are cancelled already: what that left undone is done, under the policies that they have"))
		}
		if a.Get("policy") == string(engine.CancelFlowOnly) {
			return append(lines, "no member is cancelled")
		}
		return append(lines, "their "+plural(members, "member", "members")+" are looked at, and cancelled as the policy says")
	},
	Confirm: func(possible []*State, a Args) string {
		if a.Get("policy") == string(engine.CancelFlowOnly) {
			return ""
		}
		members := 0
		for _, s := range possible {
			members += s.Record.Nodes
		}
		return ConfirmCancels(members)
	},
	Run: runCancelFlow,
}

func runCancelFlow(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
	now, err := b.ServerTime(ctx)
	if err != nil {
		return Outcome{}, err
	}
	flow, err := b.CancelFlow(ctx, engine.CancelFlow{
		Flow: s.Flow, Policy: engine.FlowCancelPolicy(a.Get("policy")), Reason: a.Get("reason"), Now: now,
	})
	if err != nil {
		return Outcome{}, err
	}
	words := "cancelled"
	if flow.AlreadyTerminal {
		words = "had been cancelled"
	}
	cancelled, failed := 0, 0
	var first error
	err = engine.CancelFlowMembers(ctx, b, flow, func(o engine.MemberOutcome) {
		switch {
		case o.Err != nil:
			failed++
			if first == nil {
				first = o.Err
			}
		case o.Cancelled && !o.Already:
			cancelled++
		}
	})
	if err == nil {
		err = first
	}
	out := Outcome{Words: words + ", " + plural(cancelled, "member", "members") + " with it", Idle: flow.AlreadyTerminal && cancelled == 0}
	if failed > 0 {
		out.Words += "; " + strconv.Itoa(failed) + " failed"
		out.Next = "The engine's cancel reconciler tries those again, where one runs."
	}
	return out, err
}
