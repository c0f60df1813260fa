package audit

import "ffboard/engine"

// Flow is a flow's record with its members and edges counted.
type Flow struct {
	ID      string
	Core    Hash
	Members Size
	Edges   int64 // in the lists of its members
	Counted bool  // all those lists could be read
	Owed    Size  // pending_cancels
	Backlog Mark  // in cancel_backlog
}

var FlowFields = []string{"flow_id", "graph_revision", "node_count", "edge_count", "public_flow_state", "cancellation_policy", "created_at", "last_mutation_at"}

// JudgeFlow compares a flow's counts with what it has. Members stay when they are purged, so the count does as well.
func JudgeFlow(w Flow) []Finding {
	var f findings
	if !w.Core.Found {
		return nil
	}
	core := w.Core
	f.addNamed(FieldInvalid, core, "flow_id", w.ID)
	for _, field := range []string{"graph_revision", "node_count", "edge_count"} {
		if n, ok := core.number(field); !ok || n < 0 {
			f.add(FieldInvalid, keys(core.Key), "%s is %s", field, word(core.get(field)))
			return f
		}
	}
	nodes, edges := core.int("node_count"), core.int("edge_count")
	if w.Members.asked() && nodes != w.Members.N {
		f.add(FlowCount, keys(core.Key, w.Members.Key), "node_count is %d, the flow has %d members", nodes, w.Members.N)
	}
	if w.Counted && edges != w.Edges {
		f.add(FlowCount, keys(core.Key), "edge_count is %d, the flow has %d edges", edges, w.Edges)
	}
	if revision := core.int("graph_revision"); revision != nodes+edges {
		f.add(FlowCount, keys(core.Key), "graph_revision is %d after %d members and %d edges", revision, nodes, edges)
	}
	state := core.get("public_flow_state")
	if !oneOf(state, "open", "cancelled", "completed", "failed") {
		f.add(FieldInvalid, keys(core.Key), "public_flow_state is %s", word(state))
	}
	f.judgeOwed(w, state)
	return f
}

// judgeOwed: the members that are owed a cancel and the backlog's entry come and go together.
func (f *findings) judgeOwed(w Flow, state string) {
	if !w.Owed.asked() || !w.Backlog.Asked() {
		return
	}
	switch owed := w.Owed.N > 0; {
	case owed && !w.Backlog.Set:
		f.add(FlowCancel, keys(w.Backlog.Key, w.Owed.Key), "%d members are owed a cancel and the backlog lacks the flow: nobody will give it", w.Owed.N)
	case !owed && w.Backlog.Set:
		f.add(FlowCancel, keys(w.Backlog.Key, w.Owed.Key), "the backlog holds the flow and no member is owed a cancel")
	case owed && state != string(engine.FlowCancelled):
		f.add(FlowCancel, keys(w.Core.Key, w.Owed.Key), "members are owed a cancel and the flow is %s", word(state))
	}
}

// Member is one entry of a flow's members.
type Member struct {
	Flow    string
	Member  string
	Entry   Mark
	Core    Hash
	Invalid bool
}

// JudgeMember tells whether an execution knows of its membership. One that was purged stays a member.
func JudgeMember(m Member) []Finding {
	var f findings
	switch {
	case !m.Entry.Set:
	case m.Invalid:
		f.add(FlowMember, keys(m.Entry.Key), "the members hold %s, which can be no execution of the flow's partition", word(m.Member))
	case m.Core.Found && m.Core.get("flow_id") != m.Flow:
		f.add(FlowMember, keys(m.Entry.Key, m.Core.Key), "the members hold an execution whose flow_id is %s", word(m.Core.get("flow_id")))
	}
	for i := range f {
		f[i].Member = m.Member
	}
	return f
}

// Adjacency is one entry of the edges that leave or reach an execution.
type Adjacency struct {
	Execution string
	Outgoing  bool
	Edge      string
	Entry     Mark
	Record    Hash
}

// JudgeAdjacency tells whether a listed edge exists and is where it is listed.
func JudgeAdjacency(a Adjacency) []Finding {
	var f findings
	field := "downstream_execution_id"
	if a.Outgoing {
		field = "upstream_execution_id"
	}
	switch {
	case !a.Entry.Set:
	case a.Record.Absent():
		f.add(EdgeMissing, keys(a.Entry.Key, a.Record.Key), "the list holds edge %s, which has no record", word(a.Edge))
	case a.Record.Found && a.Record.get(field) != a.Execution:
		f.add(EdgeConflict, keys(a.Entry.Key, a.Record.Key), "the list holds edge %s, whose %s is %s", word(a.Edge), field, word(a.Record.get(field)))
	}
	for i := range f {
		f[i].Member = a.Edge
	}
	return f
}
