package action

import (
	"context"

	"ffboard/engine"
)

var replay = &Action{
	Name: "replay", Key: "r", Does: "run it again, as a new attempt of the same execution", Kind: Execution, Bulk: true,
	Check: func(s *State) string {
		if !ended(s) {
			return "not ended: it is " + stands(s)
		}
		return ""
	},
	Effect: func(possible []*State, _ Args) []string {
		lines := []string{"puts " + plural(len(possible), "execution", "executions") + " back in line; handlers run again, with what they do outside"}
		skipped, completed := 0, 0
		for _, s := range possible {
			switch s.Row.State {
			case engine.StateSkipped:
				skipped++
			case engine.StateCompleted:
				completed++
			}
		}
		if skipped > 0 {
			lines = append(lines, plural(skipped, "was skipped and waits", "were skipped and wait")+" for upstreams again: replay those first")
		}
		if completed > 0 {
			lines = append(lines, plural(completed, "has completed: its result", "have completed: their results")+" will be replaced")
		}
		return append(lines, "downstream executions that were skipped for it stay so until they are replayed themselves")
	},
	Run: func(ctx context.Context, b Backend, s *State, _ Args) (Outcome, error) {
		state, err := b.ReplayExecution(ctx, s.Execution)
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{Words: "replayed, it is " + string(state)}
		if state == engine.StateWaitingChildren {
			out.Next = "It goes on when its upstreams have succeeded; replay those that have not."
		}
		return out, nil
	},
}
