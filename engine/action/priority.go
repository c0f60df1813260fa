package action

import (
	"context"
	"strconv"
	"strings"

	"ffboard/engine"
)

var changePriority = &Action{
	Name: "priority", Key: "p", Does: "move it forward or back in its lane", Kind: Execution, Bulk: true,
	Arguments: []Argument{{
		Name: "priority", Does: "0 to " + strconv.Itoa(engine.MaxPriority) + ", the larger goes first", Needed: true,
		Suggest: func(s []*State) string {
			if len(s) == 1 {
				return strconv.Itoa(s[0].Row.Priority)
			}
			return ""
		},
	}},
	Check: func(s *State) string {
		switch {
		case s.Row.Phase != engine.PhaseRunnable:
			return "not in line: it is " + stands(s)
		case s.Detail != nil && s.Detail.State.Eligibility != engine.EligibleNow, s.Row.State != engine.StateWaiting:
			return "not eligible now: " + stands(s)
		default:
			return ""
		}
	},
	Effect: func(possible []*State, a Args) []string {
		return []string{"gives " + plural(len(possible), "execution", "executions") + " the priority " + wanted(a) + "; among equals the older goes first"}
	},
	Validate: func(a Args) error {
		_, err := priorityOf(a)
		return err
	},
	Run: func(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
		priority, err := priorityOf(a)
		if err != nil {
			return Outcome{}, err
		}
		if err := b.ChangePriority(ctx, s.Execution, priority); err != nil {
			return Outcome{}, err
		}
		return Outcome{Words: "priority " + strconv.Itoa(priority) + ", was " + strconv.Itoa(s.Row.Priority), Idle: priority == s.Row.Priority}, nil
	},
}

func wanted(a Args) string {
	if p, err := priorityOf(a); err == nil {
		return strconv.Itoa(p)
	}
	return "that is yet to be given"
}

func priorityOf(a Args) (int, error) {
	p, err := strconv.Atoi(strings.TrimSpace(a.Get("priority")))
	if err != nil || engine.ClampPriority(p) != p {
		return 0, Refusal("the priority is a whole number from 0 to " + strconv.Itoa(engine.MaxPriority))
	}
	return p, nil
}
