package action

import (
	"context"

	"ffboard/engine"
)

// liftable are the blocks that an unblock lifts.
var liftable = map[engine.BlockingReason]bool{
	engine.WaitingForBudget: true, engine.WaitingForQuota: true, engine.WaitingForCapableWorker: true, engine.PausedByOperator: true,
}

var unblock = &Action{
	Name: "unblock", Key: "b", Does: "lift what keeps it out of line: a limit or a pause", Kind: Execution, Bulk: true,
	Check: func(s *State) string {
		if s.Row.Phase != engine.PhaseRunnable || !liftable[s.Row.BlockingReason] {
			return "no block to lift: it is " + stands(s)
		}
		return ""
	},
	Effect: func(possible []*State, _ Args) []string {
		return []string{
			"puts " + plural(len(possible), "execution", "executions") + " back in line",
			"where the budget or quota is still full, or no worker can run it, whoever claims next blocks it again",
		}
	},
	Run: func(ctx context.Context, b Backend, s *State, _ Args) (Outcome, error) {
		now, err := b.ServerTime(ctx)
		switch {
		case err != nil:
		case s.Row.BlockingReason == engine.PausedByOperator:
			err = b.LiftPause(ctx, s.Row.Lane, s.Execution, now)
		default:
			err = b.UnblockExecution(ctx, s.Row.Lane, s.Execution, s.Row.BlockingReason, now)
		}
		if err != nil {
			return Outcome{}, err
		}
		return Outcome{Words: "in line again"}, nil
	},
}

var promote = &Action{
	Name: "promote", Key: "d", Does: "put it in line: its delay is over, no engine did", Kind: Execution, Bulk: true,
	Check: func(s *State) string {
		if s.Row.State != engine.StateDelayed {
			return "not delayed: it is " + stands(s)
		}
		return ""
	},
	Effect: func(possible []*State, _ Args) []string {
		return []string{"puts " + plural(len(possible), "execution", "executions") + " in line; one whose delay is not over stays delayed"}
	},
	Run: func(ctx context.Context, b Backend, s *State, _ Args) (Outcome, error) {
		now, err := b.ServerTime(ctx)
		if err != nil {
			return Outcome{}, err
		}
		if s.Row.DelayUntil.After(now) {
			return Outcome{Words: "its delay is not over", Idle: true, Next: "It stands in line when that is over and an engine runs."}, nil
		}
		if err := b.PromoteDelayed(ctx, s.Row.Lane, s.Execution, now); err != nil {
			return Outcome{}, err
		}
		return Outcome{Words: "in line"}, nil
	},
}

var resolve = &Action{
	Name: "resolve", Key: "o", Does: "pass on how its upstreams ended, release it if free", Kind: Execution, Bulk: true,
	Check: func(s *State) string {
		if s.Row.State != engine.StateWaitingChildren {
			return "waits for no upstream: it is " + stands(s)
		}
		return ""
	},
	Effect: func(possible []*State, _ Args) []string {
		return []string{
			"resolves the edges into " + plural(len(possible), "execution", "executions") + " whose upstreams have ended",
			"one with nothing left to wait for stands in line then, or is skipped, as its policy says",
		}
	},
	Run: runResolve,
}

// runResolve also releases what waits for nothing at all: no completion will ever look at that.
func runResolve(ctx context.Context, b Backend, s *State, _ Args) (Outcome, error) {
	resolved, err := b.ReconcileDependencies(ctx, s.Execution)
	if err != nil {
		return Outcome{}, err
	}
	state, err := b.ReadExecutionState(ctx, s.Execution)
	if err != nil {
		return Outcome{}, err
	}
	if resolved == 0 && state == engine.StateWaitingChildren && s.Around != nil && len(s.Around.In) == 0 {
		if err := b.PromoteBlocked(ctx, s.Execution); err != nil {
			return Outcome{}, err
		}
		return Outcome{Words: "waited for nothing, in line now"}, nil
	}
	return Outcome{Words: plural(resolved, "edge", "edges") + " resolved, it is " + string(state), Idle: resolved == 0}, nil
}

var reindex = &Action{
	Name: "reindex", Key: "i", Does: "put it back into the index that has lost it", Kind: Execution, Bulk: true,
	Effect: func(possible []*State, _ Args) []string {
		return []string{"puts " + plural(len(possible), "execution", "executions") + " back where the index lacks it; changes no record"}
	},
	Run: func(ctx context.Context, b Backend, s *State, _ Args) (Outcome, error) {
		facts, err := b.ExecutionFacts(ctx, s.Execution)
		if err != nil {
			return Outcome{}, err
		}
		if facts.Place == nil || facts.Place.Present {
			return Outcome{Words: "its index holds it", Idle: true}, nil
		}
		repaired, err := b.RepairIndex(ctx, engine.IndexMismatch{
			Partition: s.Execution.Partition(), Execution: s.Execution, Lane: s.Row.Lane, Index: facts.Place.Index, Problem: engine.IndexLacks,
		})
		if err != nil {
			return Outcome{}, err
		}
		if !repaired {
			return Outcome{Words: "it has moved on", Idle: true}, nil
		}
		return Outcome{Words: "back in the index " + string(facts.Place.Index)}, nil
	},
}

var cancelLosers = &Action{
	Name: "cancel-losers", Key: "l", Does: "cancel members that a decided group has given up", Kind: Flow, Bulk: true,
	Effect: func(possible []*State, _ Args) []string {
		return []string{
			"looks for decided groups of " + plural(len(possible), "flow", "flows") + " that owe cancels, and cancels those members; this cannot be undone",
			"members that no decided group has given up run on",
		}
	},
	Run: runCancelLosers,
}

func runCancelLosers(ctx context.Context, b Backend, s *State, _ Args) (Outcome, error) {
	facts, err := b.FlowFacts(ctx, s.Flow)
	if err != nil {
		return Outcome{}, err
	}
	cancelled := 0
	for _, race := range facts.Races {
		n, err := engine.CancelSiblings(ctx, b, engine.SiblingGroup{
			Partition: b.Partitions().OfFlow(s.Flow), Flow: s.Flow, Downstream: race.Downstream, Members: race.Losers, Reason: race.Reason,
		})
		cancelled += n
		if err != nil {
			return Outcome{}, err
		}
	}
	return Outcome{Words: plural(cancelled, "loser", "losers") + " of " + plural(len(facts.Races), "group", "groups") + " cancelled", Idle: cancelled == 0}, nil
}
