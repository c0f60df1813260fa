package valkey

import (
	"strconv"
	"time"

	"ffboard/engine"
)

// filledFlow is a flow as it is to be written.
type filledFlow struct {
	id        engine.FlowID
	keys      flowKeys
	lane      engine.LaneID
	ns        engine.Namespace
	kind      string
	cancelled bool
	members   []*filledExecution
	edges     int
	created   time.Time
	changed   time.Time
}

// writeFlow writes the ith flow. Of ten four are under way and one of twenty was cancelled; half have no edges, a quarter are chains and
// a quarter end in one execution that waits for all others, or for enough of them.
func (w *fillWriter) writeFlow(i int) {
	f := &filledFlow{id: engine.FlowID(w.id()), lane: w.fill.Lanes[i%len(w.fill.Lanes)], ns: pick(w, fillNamespaces), kind: pick(w, fillFlows)}
	f.keys = flowKeys{tag: w.fill.Partitions.OfFlow(f.id).Tag(), id: f.id}
	over := i%10 >= 4
	f.created = w.now.Add(-w.within(time.Hour, 20*time.Hour))
	f.changed = f.created
	among := underway
	if over {
		among = finished
	}
	size := w.membersBefore(i+1) - w.membersBefore(i)
	for range size {
		f.members = append(f.members, w.newMember(f, w.situation(among)))
	}
	shape := i / 10 % 4
	switch {
	case i%20 == 19:
		w.cancelFlow(f)
	case size > 1 && shape == 2:
		w.chain(f, over)
	case size > 2 && shape == 3:
		w.join(f, over, i/40)
	}
	for _, member := range f.members {
		w.writeExecution(member)
		w.set(f.keys.members(), string(member.id))
		if member.changed.After(f.changed) {
			f.changed = member.changed
		}
		w.flushFull()
	}
	w.writeFlowRecords(f)
	w.flows++
	if size > w.largestSize {
		w.largest, w.largestSize = f.id, size
	}
}

func (w *fillWriter) newMember(f *filledFlow, s situation) *filledExecution {
	e := &filledExecution{flow: f.id, lane: f.lane, ns: f.ns, kind: pick(w, fillKinds), situation: s, created: f.created.Add(w.within(0, time.Second))}
	e.id, _ = w.fill.Partitions.FlowMember(f.id, w.id())
	return e
}

func (w *fillWriter) cancelFlow(f *filledFlow) {
	f.cancelled = true
	for _, member := range f.members {
		if !member.situation.over() {
			member.situation = calledOff
		}
	}
}

func (w *fillWriter) writeFlowRecords(f *filledFlow) {
	k := f.keys
	core := []any{"flow_id", string(f.id), "flow_kind", f.kind, "namespace", string(f.ns),
		"graph_revision", strconv.Itoa(len(f.members) + f.edges), "node_count", strconv.Itoa(len(f.members)),
		"edge_count", strconv.Itoa(f.edges), "created_at", millis(f.created), "last_mutation_at", millis(f.changed)}
	if f.cancelled {
		core = append(core, "public_flow_state", "cancelled", "cancelled_at", millis(f.changed), "cancel_reason", "customer left",
			"cancellation_policy", "cancel_all")
	} else {
		core = append(core, "public_flow_state", "open")
	}
	if w.oneIn(4) {
		core = append(core, "tags_migrated", "1")
		w.hash(k.tags(), "team.owner", pick(w, fillTeams))
	}
	w.hash(k.core(), core...)

	counted, over := map[engine.PublicState]int{}, true
	for _, member := range f.members {
		counted[member.standing().public]++
		over = over && member.situation.over()
	}
	state := engine.FlowOpen
	if f.cancelled {
		state = engine.FlowCancelled
	}
	summary := []any{"total_members", strconv.Itoa(len(f.members)), "sampled_members", strconv.Itoa(len(f.members)),
		"public_flow_state", string(deriveFlowState(state, counted)), "last_summary_update_at", millis(f.changed)}
	for _, state := range summaryStates {
		summary = append(summary, "members_"+string(state), strconv.Itoa(counted[state]))
	}
	w.hash(k.summary(), summary...)
	if over {
		w.sorted(k.partition().endedFlows(), string(f.id), f.changed.UnixMilli())
		return
	}
	w.set(k.partition().flowIndex(), string(f.id))
}
