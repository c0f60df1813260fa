package valkey

import (
	"strconv"

	"ffboard/engine"
)

// chain makes each member wait for the one before it.
func (w *fillWriter) chain(f *filledFlow, over bool) {
	reached := len(f.members)
	if !over {
		reached = w.rng.IntN(len(f.members))
		f.members[reached].situation = w.situation(unfinished)
	}
	for i, member := range f.members {
		switch {
		case i < reached && over && i > 0 && f.members[i-1].situation != wellDone:
			member.situation = passedOver
		case i < reached && !over:
			member.situation = wellDone
		case i > reached:
			member.situation = behindOthers
		}
		if i > 0 {
			w.writeGroup(f, member, f.members[i-1:i], engine.EdgePolicy{Kind: engine.PolicyAllOf})
		}
	}
}

// join makes the last member wait for all others, under one policy or another.
func (w *fillWriter) join(f *filledFlow, over bool, nth int) {
	last := f.members[len(f.members)-1]
	before := f.members[:len(f.members)-1]
	policy := engine.EdgePolicy{Kind: engine.PolicyAllOf}
	switch nth % 3 {
	case 1:
		policy = engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining}
	case 2:
		policy = engine.EdgePolicy{Kind: engine.PolicyQuorum, K: (len(before) + 1) / 2, OnSatisfied: engine.CancelRemaining}
	}
	verdict := judge(before, policy)
	if verdict != "pending" && policy.Kind != engine.PolicyAllOf {
		for _, sibling := range before { // those that were left have been cancelled
			if !sibling.situation.over() {
				sibling.situation = calledOff
			}
		}
	}
	switch {
	case verdict == "impossible":
		last.situation = passedOver
	case verdict == "pending":
		last.situation = behindOthers
	case over:
		last.situation = wellDone
	default:
		last.situation = w.situation(unfinished)
	}
	w.writeGroup(f, last, before, policy)
}

// tally counts upstreams by how they ended.
func tally(upstream []*filledExecution) (succeeded, failed, skipped int) {
	for _, up := range upstream {
		switch {
		case up.situation == wellDone:
			succeeded++
		case up.situation == passedOver:
			skipped++
		case up.situation.over():
			failed++
		}
	}
	return succeeded, failed, skipped
}

// judge is the state of a group whose upstreams are in these situations.
func judge(upstream []*filledExecution, policy engine.EdgePolicy) string {
	succeeded, failed, skipped := tally(upstream)
	needs := len(upstream)
	switch policy.Kind {
	case engine.PolicyAnyOf:
		needs = 1
	case engine.PolicyQuorum:
		needs = policy.K
	}
	switch {
	case succeeded >= needs:
		return "satisfied"
	case failed+skipped > len(upstream)-needs:
		return "impossible"
	default:
		return "pending"
	}
}

// writeGroup writes the edges from upstream to a child, their group and what the child knows of them (spec 01 §3.4, §3.6.4–§3.6.6).
func (w *fillWriter) writeGroup(f *filledFlow, child *filledExecution, upstream []*filledExecution, policy engine.EdgePolicy) {
	k, c, created := f.keys, child.keys(), millis(f.created)
	unresolved, lastEdge := 0, engine.EdgeID("")
	for _, up := range upstream {
		edge := engine.EdgeID(w.id())
		lastEdge = edge
		f.edges++
		w.hash(k.edge(edge), "edge_id", string(edge), "flow_id", string(f.id), "upstream_execution_id", string(up.id),
			"downstream_execution_id", string(child.id), "dependency_kind", "success_only", "satisfaction_condition", "all_required",
			"data_passing_ref", "", "edge_state", "pending", "created_at", created, "created_by", "engine")
		w.set(k.out(up.id), string(edge))
		w.set(k.in(child.id), string(edge))
		state, resolved := "unsatisfied", ""
		switch {
		case up.situation == wellDone:
			state, resolved = "satisfied", millis(f.created.Add(w.now.Sub(f.created)/2))
		case up.situation.over():
			state, resolved = "impossible", millis(f.created.Add(w.now.Sub(f.created)/2))
		default:
			unresolved++
			w.set(c.depsUnresolved(), string(edge))
		}
		w.set(c.depsAllEdges(), string(edge))
		w.hash(c.dep(edge), "edge_id", string(edge), "flow_id", string(f.id), "upstream_execution_id", string(up.id),
			"downstream_execution_id", string(child.id), "dependency_kind", "success_only", "state", state, "data_passing_ref", "",
			"last_resolved_at", resolved)
	}
	if child.situation == behindOthers {
		child.detail = strconv.Itoa(len(upstream)) + " dep(s) unresolved incl " + string(lastEdge)
	}
	w.writeGroupRecords(f, child, upstream, policy, unresolved)
}

func (w *fillWriter) writeGroupRecords(f *filledFlow, child *filledExecution, upstream []*filledExecution, policy engine.EdgePolicy, unresolved int) {
	c, created := child.keys(), millis(f.created)
	succeeded, failed, skipped := tally(upstream)
	state := judge(upstream, policy)
	group := []any{"policy_variant", string(policy.Kind), "n", strconv.Itoa(len(upstream)), "succeeded", strconv.Itoa(succeeded), "group_state", state}
	meta := []any{"flow_id", string(f.id), "last_flow_graph_revision", strconv.Itoa(len(f.members) + f.edges), "last_dependency_update_at", created}
	if policy.Kind == engine.PolicyAllOf {
		if lost := failed + skipped; lost > 0 {
			group = append(group, "failed", strconv.Itoa(lost))
			meta = append(meta, "impossible_required_count", strconv.Itoa(lost))
		}
	} else {
		group = append(group, "on_satisfied", string(policy.OnSatisfied), "k", strconv.Itoa(policy.K), "failed", strconv.Itoa(failed),
			"skipped", strconv.Itoa(skipped), "created_at", created)
		if state == "satisfied" {
			group = append(group, "satisfied_at", millis(f.created.Add(w.now.Sub(f.created)/2)))
		}
		if state != "pending" {
			group = append(group, "cancel_siblings_reason", "sibling_quorum_"+state)
		}
	}
	w.hash(f.keys.edgeGroup(child.id), group...)
	w.hash(c.depsMeta(), append(meta, "unsatisfied_required_count", strconv.Itoa(unresolved))...)
}
