package valkey

import (
	"slices"
	"strconv"
	"time"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// trail leads from keys to those that their entries name. An audit of everything needs none: it comes to every key by itself.
type trail struct {
	leads map[string]func(member string) []string // by the key of a set or sorted set
	found []string                                // not looked at yet
	edges map[string]bool                         // that were: both ends of an edge lead to it
}

// entry notes where an entry leads.
func (t *trail) entry(key, member string) {
	if leads := t.leads[key]; leads != nil {
		t.found = append(t.found, leads(member)...)
	}
}

// oneFlow judges a flow, its members, and what belongs to these. It asks by names alone, so that it costs what the flow has and not what
// the deployment holds; and what names the flow without being named by it, it does not see.
func (a *auditor) oneFlow(id engine.FlowID) error {
	k := a.b.flowKeys(id)
	p := a.partitions.OfFlow(id)
	own := []string{k.core(), k.members(), k.tags(), k.summary(), k.pendingCancels()}
	exists := false
	err := a.patiently(func() error {
		n, err := a.b.rdb.Exists(a.ctx, own...).Result()
		exists = n > 0
		return err
	})
	switch {
	case err != nil:
		return err
	case !exists:
		return engine.NotFound("audit", "flow", string(id))
	}
	if err := a.atPace(own, time.Now()); err != nil {
		return err
	}
	part := k.partition()
	err = a.look([]subject{
		a.flowEntries(part.flowIndex(), p, false, "the flow index holds")(string(id)),
		a.flowEntries(part.cancelBacklog(), p, true, "the backlog of cancels holds")(string(id)),
	})
	if err != nil {
		return err
	}
	members, err := a.membersIn(k, p)
	if err != nil {
		return err
	}
	a.trail.edges = map[string]bool{}
	for some := range slices.Chunk(members, membersFollowed) {
		if err := a.followMembers(k, some); err != nil {
			return err
		}
		if err := a.entriesOfMembers(k, p, some); err != nil {
			return err
		}
	}
	return nil
}

// membersFollowed is how many members of a flow are followed at a time to all that belongs to them.
const membersFollowed = 50

// membersIn lists the members that can be executions of the flow's partition.
func (a *auditor) membersIn(k flowKeys, p engine.Partition) (members []string, err error) {
	err = a.patiently(func() error {
		members = nil
		return readAll(a.ctx, a.b.rdb, func(r *reading) {
			r.members(k.members(), func(some []string) { members = append(members, some...) }, func() {})
		})
	})
	slices.Sort(members) // a scan may give one twice
	return slices.DeleteFunc(slices.Compact(members), func(m string) bool { return !inPartition(m, p) }), err
}

// followMembers judges the keys of some members, and those that their lists lead to.
func (a *auditor) followMembers(k flowKeys, members []string) error {
	a.trail.leads = map[string]func(string) []string{}
	for _, member := range members {
		a.trail.member(k, engine.ExecutionID(member))
	}
	for len(a.trail.found) > 0 {
		began, found := time.Now(), a.trail.found
		a.trail.found = nil
		slices.Sort(found) // two lists may lead to one key
		if err := a.atPace(slices.Compact(found), began); err != nil {
			return err
		}
	}
	return nil
}

// member begins at an execution.
func (t *trail) member(of flowKeys, id engine.ExecutionID) {
	k := keysOf(id)
	part := k.partition()
	t.found = append(t.found, k.core(), k.payload(), k.result(), k.policy(), k.tags(), k.leaseCurrent(), k.leaseHistory(), k.claimGrant(),
		k.attempts(), k.suspensionCurrent(), k.satisfiedSet(), k.satisfiedSignals(), k.memberMap(), k.waitpoints(), k.signals(),
		k.depsMeta(), k.depsUnresolved(), k.depsAllEdges(), of.out(id), of.in(id), of.edgeGroup(id))
	t.leads[k.attempts()] = func(member string) []string {
		n, err := strconv.ParseUint(member, 10, 32)
		if err != nil {
			return nil
		}
		i := uint32(n)
		return []string{k.attempt(i), k.attemptUsage(i), k.attemptPolicy(i), k.attemptSummary(i), k.stream(i), k.streamMeta(i)}
	}
	t.leads[k.waitpoints()] = func(member string) []string {
		wp := engine.WaitpointID(member)
		return []string{part.waitpoint(wp), part.waitpointCondition(wp), part.waitpointSignals(wp)}
	}
	t.leads[k.signals()] = func(member string) []string {
		return []string{part.signal(engine.SignalID(member)), part.signalPayload(engine.SignalID(member))}
	}
	dependency := func(member string) []string { return []string{k.dep(engine.EdgeID(member))} }
	t.leads[k.depsUnresolved()], t.leads[k.depsAllEdges()] = dependency, dependency
	edge := func(member string) []string {
		if t.edges[member] {
			return nil
		}
		t.edges[member] = true
		return []string{of.edge(engine.EdgeID(member))}
	}
	t.leads[of.out(id)], t.leads[of.in(id)] = edge, edge
}

// entriesOfMembers judges the entries that indexes hold of some members: those of their lanes, and those by times.
func (a *auditor) entriesOfMembers(k flowKeys, p engine.Partition, members []string) error {
	cores := make([]audit.Hash, len(members))
	err := a.patiently(func() error {
		return readAll(a.ctx, a.b.rdb, func(r *reading) {
			for i, member := range members {
				r.hash(keysOf(engine.ExecutionID(member)).core(), []string{"lane_id", "current_worker_instance_id"}, &cores[i])
			}
		})
	})
	if err != nil {
		return err
	}
	part := partitionKeys(p)
	var subjects []subject
	for i, member := range members {
		core := newRecord(cores[i].Fields)
		indexes := []string{part.allExecutions(), part.leaseExpiry(), part.suspensionTimeout(), part.attemptTimeout(), part.executionDeadline()}
		for _, index := range engine.LaneIndexes() {
			indexes = append(indexes, part.lane(laneOr(core.text("lane_id")), index))
		}
		if holder := core.text("current_worker_instance_id"); holder != "" {
			indexes = append(indexes, part.workerLeases(engine.WorkerInstanceID(holder)))
		}
		for _, key := range indexes {
			if n, _ := a.named(key); n.entries != nil {
				subjects = append(subjects, n.entries(member))
			}
		}
		subjects = append(subjects, a.groupEntries(part.pendingCancelGroups(), p)(string(k.id)+"|"+member))
	}
	return a.look(subjects)
}
