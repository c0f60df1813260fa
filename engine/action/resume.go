package action

import (
	"context"
	"time"

	"ffboard/engine"
)

// operatorTrigger is who a resume says it comes from (spec 03b §4.2).
const operatorTrigger = "operator"

var resume = &Action{
	Name: "resume", Key: "u", Does: "end its wait without a signal; its handler goes on with none", Kind: Execution, Bulk: true,
	Arguments: []Argument{{Name: "delay", Does: "how long it stays out of the line: 0s, 30s, 5m", Default: "0s"}},
	Check: func(s *State) string {
		if !suspended(s) {
			return "not suspended: it is " + stands(s)
		}
		return ""
	},
	Effect: func(possible []*State, _ Args) []string {
		return []string{
			"ends the wait of " + plural(len(possible), "execution", "executions") + " by an operator's word",
			"their waitpoints close, and signals that came are not handed on; a handler that expects one finds none",
		}
	},
	Validate: func(a Args) error {
		_, err := resumeDelay(a)
		return err
	},
	Run: func(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
		delay, err := resumeDelay(a)
		if err != nil {
			return Outcome{}, err
		}
		state, err := b.ResumeExecution(ctx, s.Execution, operatorTrigger, delay)
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{Words: "resumed, it is " + string(state)}
		if state == engine.StateDelayed {
			out.Next = "The engine's promoter puts it in line when the delay is over."
		}
		return out, nil
	},
}

func resumeDelay(a Args) (time.Duration, error) {
	if a.Get("delay") == "" {
		return 0, nil
	}
	delay, err := time.ParseDuration(a.Get("delay"))
	if err != nil || delay < 0 {
		return 0, Refusal("the delay is a duration such as 0s, 30s or 5m")
	}
	return delay, nil
}
