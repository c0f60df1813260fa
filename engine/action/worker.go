package action

import (
	"context"
	"strings"
	"unicode"
)

// longestDeathReason is how many bytes a reason may have (spec 04a §17.3).
const longestDeathReason = 256

var markWorkerDead = &Action{
	Name: "mark-dead", Key: "k", Does: "take it off the registry of live workers; its leases stay", Kind: Worker, Bulk: true,
	Arguments: []Argument{{Name: "reason", Does: "for this session's log: the deployment keeps none"}},
	Effect: func(possible []*State, _ Args) []string {
		lines := []string{
			"takes " + plural(len(possible), "worker", "workers") + " off the registry; leases that they hold stay until they run out or are revoked",
		}
		alive := 0
		for _, s := range possible {
			if s.Worker != nil && s.Worker.Alive {
				alive++
			}
		}
		if alive > 0 {
			lines = append(lines, plural(alive, "of them is", "of them are")+" alive as far as the registry knows: a live one registers again")
		}
		return lines
	},
	Confirm: func([]*State, Args) string { return "dead" },
	Validate: func(a Args) error {
		if len(a.Get("reason")) > longestDeathReason || strings.ContainsFunc(a.Get("reason"), unicode.IsControl) {
			return Refusal("the reason has at most 256 bytes and no control characters")
		}
		return nil
	},
	Run: func(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
		marked, err := b.MarkWorkerDead(ctx, s.Namespace, s.Instance, a.Get("reason"))
		switch {
		case err != nil:
			return Outcome{}, err
		case !marked:
			return Outcome{Words: "was not registered any more", Idle: true}, nil
		default:
			words := "marked dead"
			if reason := a.Get("reason"); reason != "" {
				words += ": " + reason
			}
			return Outcome{Words: words, Next: "Revoke its leases if they must not run out by themselves."}, nil
		}
	},
}
