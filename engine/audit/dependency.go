package audit

// Dependency is an edge as its child keeps it.
type Dependency struct {
	Execution, Edge string
	Dep             Hash
	Owner           Hash // the child's record
	Unresolved, All Mark // in the child's lists
	FlowEdge        Hash // as the flow keeps it
}

var (
	DependencyFields = []string{"edge_id", "flow_id", "upstream_execution_id", "downstream_execution_id", "state"}
	EdgeFields       = []string{"edge_id", "flow_id", "upstream_execution_id", "downstream_execution_id"}
)

// JudgeDependency holds a dependency against its child's lists and the flow's edge. Applying one asks for no edge.
func JudgeDependency(d Dependency) []Finding {
	var f findings
	if !d.Dep.Found || d.Owner.Unreadable {
		return nil
	}
	if d.Owner.Absent() {
		f.add(KeyOrphan, keys(d.Dep.Key, d.Owner.Key), "a dependency of an execution that does not exist")
		return f
	}
	f.addNamed(EdgeConflict, d.Dep, "edge_id", d.Edge)
	f.addNamed(EdgeConflict, d.Dep, "downstream_execution_id", d.Execution)
	switch state := d.Dep.get("state"); {
	case !oneOf(state, "unsatisfied", "satisfied", "impossible"):
		f.add(FieldInvalid, keys(d.Dep.Key), "state is %s", word(state))
	case state == "unsatisfied" && d.Unresolved.Lacks():
		f.add(EdgeUnlisted, keys(d.Unresolved.Key, d.Dep.Key), "the edge is unsatisfied and the unresolved ones lack it")
	case state != "unsatisfied" && d.Unresolved.Has():
		f.add(EdgeConflict, keys(d.Unresolved.Key, d.Dep.Key), "the edge is %s and among the unresolved ones", state)
	}
	if d.All.Lacks() {
		f.add(EdgeUnlisted, keys(d.All.Key, d.Dep.Key), "the list of all edges of the execution lacks it")
	}
	switch {
	case d.FlowEdge.Key == "":
	case d.FlowEdge.Absent():
		f.addQuirk("Q-102", EdgeMissing, keys(d.FlowEdge.Key, d.Dep.Key), "the dependency's edge was never staged")
	case d.FlowEdge.Found && (d.FlowEdge.get("upstream_execution_id") != d.Dep.get("upstream_execution_id") || d.FlowEdge.get("downstream_execution_id") != d.Execution):
		f.add(EdgeConflict, keys(d.Dep.Key, d.FlowEdge.Key), "the child's edge and the flow's lead from or to different executions")
	}
	if flow := d.Owner.get("flow_id"); flow != "" && flow != d.Dep.get("flow_id") {
		f.add(EdgeConflict, keys(d.Dep.Key, d.Owner.Key), "flow_id is %s, the execution is in %s", word(d.Dep.get("flow_id")), word(flow))
	}
	return f
}

// Edge is an edge as its flow keeps it.
type Edge struct {
	Flow, Edge             string
	Record                 Hash
	FlowCore               Mark
	Out, In                Mark // in the lists of its ends
	MemberUp, MemberDown   Mark
	UpInvalid, DownInvalid bool
}

// JudgeEdge holds an edge against the lists of its ends.
func JudgeEdge(e Edge) []Finding {
	var f findings
	if !e.Record.Found {
		return nil
	}
	if e.FlowCore.Lacks() {
		f.add(KeyOrphan, keys(e.Record.Key, e.FlowCore.Key), "an edge of a flow that does not exist")
		return f
	}
	f.addNamed(EdgeConflict, e.Record, "edge_id", e.Edge)
	f.addNamed(EdgeConflict, e.Record, "flow_id", e.Flow)
	for _, end := range []struct {
		invalid      bool
		field, what  string
		list, member Mark
	}{
		{e.UpInvalid, "upstream_execution_id", "outgoing edges of its upstream", e.Out, e.MemberUp},
		{e.DownInvalid, "downstream_execution_id", "incoming edges of its downstream", e.In, e.MemberDown},
	} {
		switch {
		case end.invalid:
			f.add(EdgeConflict, keys(e.Record.Key), "%s is %s, which can be no member of the flow", end.field, word(e.Record.get(end.field)))
		case end.list.Lacks():
			f.add(EdgeUnlisted, keys(end.list.Key, e.Record.Key), "the %s lack it", end.what)
		case end.member.Lacks():
			f.add(FlowMember, keys(end.member.Key, e.Record.Key), "%s is no member of the flow", word(e.Record.get(end.field)))
		}
	}
	return f
}

// Group is an edge group with its edges counted.
type Group struct {
	Execution string
	Group     Hash
	FlowCore  Mark
	Member    Mark
	Listed    Mark // in pending_cancel_groups
	Child     Hash // the child's record
	Counted   bool // the edges were counted; some could not be read otherwise

	Staged, Applied, Satisfied, Impossible int64
	Impossibles                            int64 // of the child's deps:meta
}

var (
	GroupFields      = []string{"policy_variant", "on_satisfied", "k", "n", "succeeded", "failed", "skipped", "group_state", "cancel_siblings_pending_flag"}
	GroupChildFields = []string{"replay_count", "terminal_outcome", "lifecycle_phase"}
)

// JudgeGroup compares an edge group's counters with its edges, and its state with its counters. A replayed child's all_of group keeps
// what it was told before, and only the child's own counts decide.
func JudgeGroup(g Group) []Finding {
	var f findings
	if !g.Group.Found {
		return nil
	}
	if g.FlowCore.Lacks() {
		f.add(KeyOrphan, keys(g.Group.Key, g.FlowCore.Key), "an edge group of a flow that does not exist")
		return f
	}
	for _, field := range []string{"k", "n", "succeeded", "failed", "skipped"} {
		if n, ok := g.Group.number(field); !ok || n < 0 {
			f.add(FieldInvalid, keys(g.Group.Key), "%s is %s", field, word(g.Group.get(field)))
			return f
		}
	}
	policy, state := g.Group.get("policy_variant"), g.Group.get("group_state")
	if !oneOf(policy, "all_of", "any_of", "quorum") {
		f.add(FieldInvalid, keys(g.Group.Key), "policy_variant is %s", word(policy))
		return f
	}
	if !oneOf(state, "pending", "satisfied", "impossible", "cancelled") {
		f.add(FieldInvalid, keys(g.Group.Key), "group_state is %s", word(state))
	}
	replayed := g.Child.set("replay_count") && g.Child.get("replay_count") != "0"
	if g.Counted && !g.Child.Absent() {
		f.judgeGroupCounts(g, replayed && policy == "all_of")
	}
	if !replayed {
		f.judgeGroupState(g, policy, state)
	}
	pending := g.Group.set("cancel_siblings_pending_flag")
	switch {
	case pending && g.Listed.Lacks():
		f.add(IndexLacks, keys(g.Listed.Key, g.Group.Key), "pending_cancel_groups lacks the group: nobody will cancel its losers")
	case !pending && g.Listed.Has():
		f.addQuirk("Q-094", IndexStray, keys(g.Listed.Key, g.Group.Key), "pending_cancel_groups holds a group that owes no cancel")
	}
	return f
}

func (f *findings) judgeGroupCounts(g Group, stale bool) {
	n, succeeded := g.Group.int("n"), g.Group.int("succeeded")
	lost := g.Group.int("failed") + g.Group.int("skipped")
	if n != g.Applied {
		f.add(GroupCount, keys(g.Group.Key), "n is %d, %d edges were applied", n, g.Applied)
	}
	if stale {
		return
	}
	if succeeded != g.Satisfied {
		f.add(GroupCount, keys(g.Group.Key), "succeeded is %d, %d edges are satisfied", succeeded, g.Satisfied)
	}
	if lost != g.Impossible {
		f.add(GroupCount, keys(g.Group.Key), "failed and skipped are %d together, %d edges are impossible", lost, g.Impossible)
	}
}

func (f *findings) judgeGroupState(g Group, policy, state string) {
	n, succeeded := g.Group.int("n"), g.Group.int("succeeded")
	lost, k := g.Group.int("failed")+g.Group.int("skipped"), int64(1)
	if policy == "quorum" {
		k = max(g.Group.int("k"), 1)
	}
	contradicts := false
	switch {
	case policy == "all_of":
		contradicts = state == "impossible" && lost == 0 || state == "pending" && lost > 0
	case state == "satisfied":
		contradicts = succeeded < k
	case state == "pending":
		contradicts = succeeded >= k
	case state == "impossible" && policy == "any_of": // a quorum of more than there are edges is lost with its first one
		contradicts = lost == 0
	}
	if contradicts {
		f.add(GroupState, keys(g.Group.Key), "the %s group is %q with %d of %d succeeded and %d lost", policy, state, succeeded, n, lost)
	}
	if policy == "all_of" && state == "satisfied" && lost > 0 {
		f.addQuirk("Q-091", GroupState, keys(g.Group.Key), "the all_of group is \"satisfied\" with %d lost", lost)
	}
}
