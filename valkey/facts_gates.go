package valkey

import (
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// askBudgets asks for the budgets that gate an execution: those in its record, or those that only its policy names, which our
// scheduler takes for them. While it is not held back by one, only those in the record matter, and whether they exist.
func (r *factsReader) askBudgets(heldBack bool) {
	ids, fromPolicy := r.x.BudgetIDs, false
	if len(ids) == 0 && heldBack {
		ids, fromPolicy = r.f.Policy.BudgetIDs, true
	}
	r.f.MoreBudgets = max(len(ids)-engine.MostBudgets, 0)
	ids = ids[:min(len(ids), engine.MostBudgets)]
	facts := make([]engine.BudgetFacts, len(ids))
	for i, id := range ids {
		facts[i] = engine.BudgetFacts{ID: id, FromPolicy: fromPolicy}
		r.askBudget(&facts[i])
	}
	r.f.Budgets = facts
}

func (r *factsReader) askBudget(facts *engine.BudgetFacts) {
	budget, err := engine.ParseBudgetID(facts.ID)
	if err != nil {
		facts.Unknown = true
		return
	}
	k := r.b.budgetKeys(budget)
	var def, usage, limits *redis.MapStringStringCmd
	r.ask("budget "+facts.ID, func(p redis.Pipeliner) {
		def, usage, limits = p.HGetAll(r.ctx, k.definition()), p.HGetAll(r.ctx, k.usage()), p.HGetAll(r.ctx, k.limits())
	}, func() {
		definition, limit := readWholeHash(def), readWholeHash(limits)
		// What FlowFabric's library makes of a report to an unknown budget has no limits.
		if limit.empty() && len(limit.bad) == 0 {
			facts.Unknown = definition.text("budget_id") == ""
			if facts.Unknown {
				return
			}
		}
		facts.Status = decodeBudget(budget, definition, readWholeHash(usage), limit)
	})
}

// askQuota asks for the quota policy, then for what its windows hold.
func (r *factsReader) askQuota() {
	if r.x.QuotaPolicyID == "" {
		return
	}
	facts := &engine.QuotaFacts{ID: r.x.QuotaPolicyID}
	policy, err := engine.ParseQuotaPolicyID(facts.ID)
	if err != nil {
		facts.Unknown = true
		r.f.Quota = facts
		return
	}
	k := r.b.quotaKeys(policy)
	var def *redis.SliceCmd
	var counter *redis.StringCmd
	r.ask("the quota", func(p redis.Pipeliner) {
		def = p.HMGet(r.ctx, k.definition(), quotaFields...)
		counter = p.Get(r.ctx, k.concurrency())
	}, func() {
		decoded, err := decodeQuotaPolicy(r.op, k, readHash(def, quotaFields), counter.Val())
		if err != nil {
			r.note("the quota", err)
			return
		}
		r.f.Quota = facts
		if facts.Policy = decoded; decoded == nil {
			facts.Unknown = true
			return
		}
		r.askWindows(facts, k)
	})
}

func (r *factsReader) askWindows(facts *engine.QuotaFacts, k quotaKeys) {
	window := windowOr(facts.Policy.Window)
	since := "(" + untilMillis(r.f.At.Add(-window))
	var counts [2]*redis.IntCmd
	var oldest [2]*redis.ZSliceCmd
	r.ask("the quota's windows", func(p redis.Pipeliner) {
		for i, dimension := range []string{admissionWindow, policyWindow} {
			counts[i] = p.ZCount(r.ctx, k.window(dimension), since, "+inf")
			oldest[i] = p.ZRangeByScoreWithScores(r.ctx, k.window(dimension), &redis.ZRangeBy{Min: since, Max: "+inf", Count: 1})
		}
	}, func() {
		facts.Admitted, facts.Other = uint64(counts[0].Val()), uint64(counts[1].Val())
		facts.Policy.InWindow = max(facts.Admitted, facts.Other)
		fuller := oldest[0]
		if facts.Other > facts.Admitted {
			fuller = oldest[1]
		}
		if entries := fuller.Val(); len(entries) == 1 {
			facts.FreeAt = time.UnixMilli(int64(entries[0].Score)).Add(window)
		}
	})
}

// askFlow asks how the flow stands towards the execution, and whether a group that was decided without it is to cancel it.
func (r *factsReader) askFlow() {
	k := r.b.flowKeys(r.x.FlowID)
	standing := &engine.FlowStanding{}
	var core *redis.MapStringStringCmd
	var owed *redis.BoolCmd
	var due *redis.FloatCmd
	r.ask("its flow", func(p redis.Pipeliner) {
		core = p.HGetAll(r.ctx, k.core())
		owed = p.SIsMember(r.ctx, k.pendingCancels(), string(r.f.ID))
		due = p.ZScore(r.ctx, k.partition().cancelBacklog(), string(r.x.FlowID))
	}, func() {
		if stored := readWholeHash(core); !stored.empty() || len(stored.bad) > 0 {
			flow := flowOrMarked(k.core(), r.x.FlowID, stored, newRecord(nil))
			standing.Flow = &flow
		}
		standing.CancelOwed, standing.CancelFrom = owed.Val(), scoreTime(due)
		r.f.Flow = standing
	})
	if r.x.State.Phase != engine.PhaseTerminal {
		r.askRaces(k, standing)
	}
}

// raceFields are the fields of a group that say whom it is to cancel.
var raceFields = []string{"cancel_siblings_pending_flag", "cancel_siblings_pending_members", "cancel_siblings_reason", "satisfied_at"}

// askRaces follows the edges out of the execution to the groups that they belong to.
func (r *factsReader) askRaces(k flowKeys, standing *engine.FlowStanding) {
	var out *redis.ScanCmd
	r.ask("the edges out of it", func(p redis.Pipeliner) {
		out = p.SScan(r.ctx, k.out(r.f.ID), 0, "", engine.MostUpstreams)
	}, func() {
		members, _ := out.Val()
		ids, _ := parseEdgeIDs(members)
		for _, edge := range ids[:min(len(ids), engine.MostUpstreams)] {
			r.askRace(k, edge, standing)
		}
	})
}

func (r *factsReader) askRace(k flowKeys, edge engine.EdgeID, standing *engine.FlowStanding) {
	var downstream *redis.StringCmd
	r.ask("the edges out of it", func(p redis.Pipeliner) {
		downstream = p.HGet(r.ctx, k.edge(edge), "downstream_execution_id")
	}, func() {
		id, err := engine.ParseExecutionID(downstream.Val())
		if err != nil {
			return
		}
		var group *redis.SliceCmd
		r.ask("the groups behind it", func(p redis.Pipeliner) {
			group = p.HMGet(r.ctx, k.edgeGroup(id), raceFields...)
		}, func() {
			race, open := decodeRace(id, readHash(group, raceFields))
			if open && slices.Contains(race.Losers, r.f.ID) {
				standing.Losses = append(standing.Losses, race.LostRace)
			}
		})
	})
}

// decodeRace reads a decided group that still has members to cancel; open is false for one that has none.
func decodeRace(downstream engine.ExecutionID, r *record) (race engine.RaceFacts, open bool) {
	if r.text("cancel_siblings_pending_flag") == "" {
		return race, false
	}
	race.Downstream, race.Reason, race.DecidedAt = downstream, r.text("cancel_siblings_reason"), r.time("satisfied_at")
	for member := range strings.SplitSeq(r.text("cancel_siblings_pending_members"), "|") {
		if id, err := engine.ParseExecutionID(member); err == nil {
			race.Losers = append(race.Losers, id)
		}
	}
	return race, true
}

// askDependencies asks for what an execution waits for, at most engine.MostUpstreams edges of it; for one that was skipped, for the
// edges that became impossible.
func (r *factsReader) askDependencies() {
	if r.x.FlowID == "" {
		return
	}
	k := r.b.flowKeys(r.x.FlowID)
	set := r.k.depsUnresolved()
	if r.x.State.Phase == engine.PhaseTerminal {
		set = r.k.depsAllEdges()
	}
	deps := &engine.DependencyFacts{}
	var unresolved, staged *redis.IntCmd
	var some *redis.ScanCmd
	var group groupReads
	r.ask("what it waits for", func(p redis.Pipeliner) {
		unresolved, staged = p.SCard(r.ctx, r.k.depsUnresolved()), p.SCard(r.ctx, k.in(r.f.ID))
		some = p.SScan(r.ctx, set, 0, "", engine.MostUpstreams)
		group = queueGroup(r.ctx, p, k, r.f.ID)
	}, func() {
		deps.Unresolved, deps.Staged = int(unresolved.Val()), int(staged.Val())
		if own, found := group.decode(r.f.ID); found {
			deps.Group = &own
		}
		members, _ := some.Val()
		ids := firstEdges(members)
		deps.Upstreams = make([]engine.UpstreamFacts, len(ids))
		for i, edge := range ids {
			r.askUpstream(edge, &deps.Upstreams[i])
		}
		r.f.Dependencies = deps
	})
}

// upstreamFields are the fields of a dependency that name what it waits for.
var upstreamFields = []string{"upstream_execution_id", "state"}

func (r *factsReader) askUpstream(edge engine.EdgeID, facts *engine.UpstreamFacts) {
	facts.Edge = edge
	var dep *redis.SliceCmd
	r.ask("the edges it waits for", func(p redis.Pipeliner) {
		dep = p.HMGet(r.ctx, r.k.dep(edge), upstreamFields...)
	}, func() {
		stored := readHash(dep, upstreamFields)
		facts.State = engine.EdgeState(stored.text("state"))
		upstream, err := engine.ParseExecutionID(stored.text("upstream_execution_id"))
		if err != nil {
			facts.Execution.Missing = true
			return
		}
		facts.Execution.ID = upstream
		var core *redis.SliceCmd
		r.ask("the upstreams", func(p redis.Pipeliner) {
			core = p.HMGet(r.ctx, keysOf(upstream).core(), rowFields...)
		}, func() { facts.Execution = decodeRow(upstream, readHash(core, rowFields)) })
	})
}

// firstEdges are the first ids of a set, the same ones each time as long as it does not change.
func firstEdges(members []string) []engine.EdgeID {
	ids, _ := parseEdgeIDs(members)
	slices.Sort(ids)
	return ids[:min(len(ids), engine.MostUpstreams)]
}
