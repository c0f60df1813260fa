package valkey

import (
	"slices"
	"strings"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// nameIndex tells what an index of a partition is, and how its entries are judged.
func (a *auditor) nameIndex(n *auditName, p engine.Partition, rest string) {
	switch p.Family {
	case engine.FamilyBudget:
		a.nameBudgetIndex(n, p, rest)
		return
	case engine.FamilyQuota:
		a.nameQuotaIndex(n, p, rest)
		return
	}
	switch name := engine.IndexName(rest); name {
	case engine.IndexName(engine.DueLeaseExpiry), engine.IndexName(engine.DueSuspensionTimeout),
		engine.IndexName(engine.DueAttemptTimeout), engine.IndexName(engine.DueDeadline):
		n.types = aSortedSet
		n.entries = a.executionEntries(n.key, p, audit.Entry{Index: rest})
	case engine.IndexAllExecutions:
		n.types = aSet
		n.entries = a.executionEntries(n.key, p, audit.Entry{Index: rest})
	case engine.IndexFlows:
		n.types = aSet
		n.entries = a.flowEntries(n.key, p, false, "the flow index holds")
	case engine.IndexCancelBacklog:
		n.types = aSortedSet
		n.entries = a.flowEntries(n.key, p, true, "the backlog of cancels holds")
	case engine.IndexPendingCancelGroups:
		n.types = aSet
		n.entries = a.groupEntries(n.key, p)
	case "pending_waitpoint_expiry":
		n.types = aSortedSet
		n.entries = func(member string) subject {
			return a.reference(reference{key: n.key, member: member, sorted: true, target: partitionKeys(p).waitpoint(engine.WaitpointID(member)),
				facts: audit.Reference{What: "pending_waitpoint_expiry holds", Code: audit.IndexGone, Quirk: "Q-066"}})
		}
	default:
		a.nameLaneIndex(n, p, rest)
	}
}

// nameLaneIndex is about the indexes with names of somebody's choice in them: lanes and workers may hold colons.
func (a *auditor) nameLaneIndex(n *auditName, p engine.Partition, rest string) {
	if lane, found := strings.CutPrefix(rest, "lane:"); found {
		for _, index := range laneIndexesLongestFirst {
			if lane, found := strings.CutSuffix(lane, ":"+string(index)); found {
				n.types = aSortedSet
				n.entries = a.executionEntries(n.key, p, audit.Entry{Index: string(index), Lane: lane})
				return
			}
		}
	}
	if worker, found := strings.CutPrefix(rest, "worker:"); found {
		if instance, found := strings.CutSuffix(worker, ":leases"); found {
			n.types = aSet
			n.entries = a.executionEntries(n.key, p, audit.Entry{Index: "leases", Worker: instance})
		}
	}
}

var laneIndexesLongestFirst = func() []engine.LaneIndex {
	all := engine.LaneIndexes()
	slices.SortFunc(all, func(a, b engine.LaneIndex) int { return len(b) - len(a) })
	return all
}()

// executionEntries judges the entries of an index of executions.
func (a *auditor) executionEntries(key string, p engine.Partition, of audit.Entry) func(member string) subject {
	sorted := of.Index != string(engine.IndexAllExecutions) && of.Index != "leases"
	return func(member string) subject {
		return func(r *reading) judgement {
			facts := of
			e := &facts
			e.Member = member
			if sorted {
				r.scored(key, member, &e.Entry)
			} else {
				r.member(key, member, &e.Entry)
			}
			if e.Invalid = !inPartition(member, p); !e.Invalid {
				k := keysOf(engine.ExecutionID(member))
				r.hash(k.core(), audit.EntryFields, &e.Core)
				if of.Index == string(engine.DueSuspensionTimeout) {
					r.hash(k.suspensionCurrent(), audit.SuspensionFields, &e.Suspension)
				}
			}
			r.take(func() {
				at, _ := placeOf(newRecord(e.Core.Fields))
				e.BelongsLane, e.BelongsIndex = string(at.lane), string(at.index)
			})
			return judgement{e, func() []audit.Finding { return audit.JudgeEntry(*e) }}
		}
	}
}

// flowEntries judges the entries of an index of flows.
func (a *auditor) flowEntries(key string, p engine.Partition, sorted bool, what string) func(member string) subject {
	return func(member string) subject {
		e := reference{key: key, member: member, sorted: sorted, facts: audit.Reference{What: what, Code: audit.IndexGone}}
		if why := a.flowProblem(member, p); why != "" {
			e.facts.Invalid = why
		} else {
			e.target = flowKeys{tag: p.Tag(), id: engine.FlowID(member)}.core()
		}
		return a.reference(e)
	}
}

// flowProblem is why a text can be no flow of a partition, "" when it can.
func (a *auditor) flowProblem(text string, p engine.Partition) string {
	id, err := engine.ParseFlowID(text)
	switch {
	case err != nil:
		return "no id of a flow"
	case string(id) != text:
		return "not written as ids of flows are"
	case a.partitions.OfFlow(id) != p:
		return "a flow of " + a.partitions.OfFlow(id).Tag()
	default:
		return ""
	}
}

// groupEntries judges the edge groups that owe their losers a cancel.
func (a *auditor) groupEntries(key string, p engine.Partition) func(member string) subject {
	return func(member string) subject {
		e := reference{key: key, member: member, facts: audit.Reference{What: "pending_cancel_groups holds", Code: audit.IndexGone}}
		flow, child, found := strings.Cut(member, "|")
		if why := a.flowProblem(flow, p); !found || why != "" || !inPartition(child, p) {
			e.facts.Invalid = "no edge group of its partition"
		} else {
			e.target = flowKeys{tag: p.Tag(), id: engine.FlowID(flow)}.edgeGroup(engine.ExecutionID(child))
		}
		return a.reference(e)
	}
}
