package action

import (
	"context"
	"time"
)

var resetBudget = &Action{
	Name: "reset", Key: "r", Does: "set what it has counted to zero now", Kind: Budget, Bulk: true,
	Effect: func(possible []*State, _ Args) []string {
		return []string{
			"sets the usage of " + plural(len(possible), "budget", "budgets") + " to zero in every dimension; how often it was breached stays",
			"executions that it blocks go on with the engine's next pass; where it resets by itself, its interval starts over",
		}
	},
	Run: func(ctx context.Context, b Backend, s *State, _ Args) (Outcome, error) {
		// An unknown budget would be made by its reset (spec 03d §6.5).
		if _, err := b.BudgetStatus(ctx, s.Budget); err != nil {
			return Outcome{}, err
		}
		next, err := b.ResetBudget(ctx, s.Budget)
		if err != nil {
			return Outcome{}, err
		}
		out := Outcome{Words: "reset"}
		if !next.IsZero() {
			out.Words += ", by itself again at " + next.Local().Format(time.DateTime)
		}
		return out, nil
	},
}
