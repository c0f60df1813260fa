package valkey

import (
	"strings"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// nameFlow tells what a key of a flow is.
func (a *auditor) nameFlow(n *auditName, p engine.Partition, rest string) {
	id, suffix, _ := strings.Cut(rest, ":")
	k := flowKeys{tag: p.Tag(), id: engine.FlowID(id)}
	if why := a.flowProblem(id, p); why != "" {
		n.misplaced(why)
		return
	}
	n.subjects = []subject{a.piece("a flow", n.key, k.core(), "")}
	what, of, _ := strings.Cut(suffix, ":")
	member := engine.ExecutionID(of)
	switch {
	case suffix == "core":
		n.types, n.count, n.subjects = aHash, &a.summary.Flows, []subject{a.flow(k)}
	case suffix == "tags" || suffix == "summary":
		n.types = aHash
	case suffix == "members":
		n.types = aSet
		n.entries = func(member string) subject { return a.member(k, p, member) }
	case suffix == "pending_cancels":
		n.types = aSet
		n.entries = func(member string) subject { return a.owed(k, member) }
	case what == "edge" && of != "":
		n.types, n.count, n.subjects = aHash, &a.summary.Edges, []subject{a.edge(k, p, engine.EdgeID(of))}
	case (what == "out" || what == "in") && of != "":
		n.types = aSet
		n.entries = func(edge string) subject { return a.adjacency(k, n.key, member, what == "out", engine.EdgeID(edge)) }
	case what == "edgegroup" && of != "":
		n.types, n.subjects = aHash, []subject{a.group(k, p, member)}
	default:
		n.subjects = nil
	}
}

// flow judges a flow with its members and edges counted.
func (a *auditor) flow(k flowKeys) subject {
	return func(r *reading) judgement {
		f := &audit.Flow{ID: string(k.id), Counted: true}
		r.hash(k.core(), audit.FlowFields, &f.Core)
		r.setSize(k.members(), &f.Members)
		r.setSize(k.pendingCancels(), &f.Owed)
		r.scored(k.partition().cancelBacklog(), string(k.id), &f.Backlog)
		uncounted := func() { f.Counted = false }
		r.members(k.members(), func(members []string) {
			r.then(func() {
				for _, member := range members {
					var out audit.Size
					r.setSize(k.out(engine.ExecutionID(member)), &out)
					r.take(func() {
						f.Edges += out.N
						f.Counted = f.Counted && !out.Unreadable
					})
				}
			})
		}, uncounted)
		return judgement{f, func() []audit.Finding { return audit.JudgeFlow(*f) }}
	}
}

func (a *auditor) member(k flowKeys, p engine.Partition, member string) subject {
	return func(r *reading) judgement {
		m := &audit.Member{Flow: string(k.id), Member: member}
		r.member(k.members(), member, &m.Entry)
		if m.Invalid = !inPartition(member, p); !m.Invalid {
			r.hash(keysOf(engine.ExecutionID(member)).core(), []string{"flow_id", "last_mutation_at"}, &m.Core)
		}
		return judgement{m, func() []audit.Finding { return audit.JudgeMember(*m) }}
	}
}

// owed judges a member that is owed a cancel.
func (a *auditor) owed(k flowKeys, member string) subject {
	return func(r *reading) judgement {
		facts := &audit.Reference{What: "a cancel is owed to", Code: audit.FlowCancel, Member: member, Lacking: "is no member of the flow"}
		r.member(k.pendingCancels(), member, &facts.Entry)
		r.member(k.members(), member, &facts.Target)
		return judgement{facts, func() []audit.Finding { return audit.JudgeReference(*facts) }}
	}
}

// edge judges an edge as its flow keeps it.
func (a *auditor) edge(k flowKeys, p engine.Partition, id engine.EdgeID) subject {
	return func(r *reading) judgement {
		e := &audit.Edge{Flow: string(k.id), Edge: string(id)}
		r.hash(k.edge(id), audit.EdgeFields, &e.Record)
		r.exists(k.core(), &e.FlowCore)
		r.then(func() {
			up, down := e.Record.Fields["upstream_execution_id"], e.Record.Fields["downstream_execution_id"]
			e.UpInvalid, e.DownInvalid = !inPartition(up, p), !inPartition(down, p)
			if !e.UpInvalid {
				r.member(k.out(engine.ExecutionID(up)), string(id), &e.Out)
				r.member(k.members(), up, &e.MemberUp)
			}
			if !e.DownInvalid {
				r.member(k.in(engine.ExecutionID(down)), string(id), &e.In)
				r.member(k.members(), down, &e.MemberDown)
			}
		})
		return judgement{e, func() []audit.Finding { return audit.JudgeEdge(*e) }}
	}
}

// adjacency judges an entry of the edges that leave or reach an execution.
func (a *auditor) adjacency(k flowKeys, key string, of engine.ExecutionID, outgoing bool, edge engine.EdgeID) subject {
	return func(r *reading) judgement {
		facts := &audit.Adjacency{Execution: string(of), Outgoing: outgoing, Edge: string(edge)}
		r.member(key, string(edge), &facts.Entry)
		r.hash(k.edge(edge), audit.EdgeFields, &facts.Record)
		return judgement{facts, func() []audit.Finding { return audit.JudgeAdjacency(*facts) }}
	}
}

// group judges an edge group with its edges counted, as its child keeps them.
func (a *auditor) group(k flowKeys, p engine.Partition, child engine.ExecutionID) subject {
	return func(r *reading) judgement {
		g := &audit.Group{Execution: string(child), Counted: inPartition(string(child), p)}
		r.hash(k.edgeGroup(child), audit.GroupFields, &g.Group)
		r.exists(k.core(), &g.FlowCore)
		r.member(k.partition().pendingCancelGroups(), string(k.id)+"|"+string(child), &g.Listed)
		if !g.Counted {
			return judgement{g, func() []audit.Finding { return audit.JudgeGroup(*g) }}
		}
		of := keysOf(child)
		r.hash(of.core(), audit.GroupChildFields, &g.Child)
		r.members(of.depsAllEdges(), func(edges []string) {
			r.then(func() {
				for _, edge := range edges {
					read := r.pipe.HMGet(r.ctx, of.dep(engine.EdgeID(edge)), "state", "flow_id")
					r.take(func() {
						dep := readHash(read, []string{"state", "flow_id"})
						g.Counted = g.Counted && !unreadableKey(read.Err())
						if dep.empty() || dep.text("flow_id") != string(k.id) {
							return
						}
						g.Applied++
						switch engine.EdgeState(dep.text("state")) {
						case engine.EdgeSatisfied:
							g.Satisfied++
						case engine.EdgeImpossible:
							g.Impossible++
						}
					})
				}
			})
		}, func() { g.Counted = false })
		return judgement{g, func() []audit.Finding { return audit.JudgeGroup(*g) }}
	}
}

// dependency judges an edge as its child keeps it.
func (a *auditor) dependency(k execKeys, edge engine.EdgeID) subject {
	return func(r *reading) judgement {
		d := &audit.Dependency{Execution: string(k.id), Edge: string(edge)}
		r.hash(k.dep(edge), audit.DependencyFields, &d.Dep)
		r.hash(k.core(), []string{"flow_id", "last_mutation_at"}, &d.Owner)
		r.member(k.depsUnresolved(), string(edge), &d.Unresolved)
		r.member(k.depsAllEdges(), string(edge), &d.All)
		r.then(func() {
			if flow := d.Dep.Fields["flow_id"]; flow != "" {
				r.hash(flowKeys{tag: k.tag, id: engine.FlowID(flow)}.edge(edge), audit.EdgeFields, &d.FlowEdge)
			}
		})
		return judgement{d, func() []audit.Finding { return audit.JudgeDependency(*d) }}
	}
}
