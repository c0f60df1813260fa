// Package impact says what a cancellation would do beyond the executions that it names, from what is stored, without asking anybody.
package impact

import (
	"ffboard/engine"
)

// Graph is a flow as far as it was read.
type Graph struct {
	Members []engine.ExecutionRow
	Edges   []engine.Edge
	Groups  []engine.EdgeGroup
	Unread  int // members that were left out
}

// Of is the graph of a flow.
func Of(d *engine.FlowDetail) Graph {
	return Graph{Members: d.Members, Edges: d.Edges, Groups: d.Flow.EdgeGroups, Unread: d.Truncated}
}

// Impact is what follows from a cancellation, the nearest first.
type Impact struct {
	Skipped  []engine.ExecutionRow // can no longer have what they wait for
	Reduced  []Group               // lose a dependency and go on waiting
	Siblings []engine.ExecutionRow // are cancelled as the rest of a group that was decided
	Leases   int                   // running among those cancelled and skipped, siblings among them
	Unread   int                   // members that were left out: what depends on them is not in this
}

// Group is how the dependencies of a downstream stand after the cancellation.
type Group struct {
	Downstream engine.ExecutionRow
	Policy     engine.EdgePolicy
	Needed     int
	Reachable  int // successes that there are, or may yet be
	Total      int
}

// Nothing tells whether nothing else is hit.
func (i *Impact) Nothing() bool { return len(i.Skipped)+len(i.Reduced)+len(i.Siblings) == 0 }

// And is both together.
func (i Impact) And(other Impact) Impact {
	return Impact{
		Skipped: append(i.Skipped, other.Skipped...), Reduced: append(i.Reduced, other.Reduced...),
		Siblings: append(i.Siblings, other.Siblings...), Leases: i.Leases + other.Leases, Unread: i.Unread + other.Unread,
	}
}

// Cancel follows the cancellation of members downstream (spec 03c §3.8): an edge whose upstream ends without success is impossible for
// all_of, and counts against an any_of or quorum, which is impossible once too few are left. What is impossible skips its downstream,
// and so on. A group that is decided with cancel_remaining has its other upstreams cancelled, which may hit other groups in turn.
func Cancel(g Graph, ids ...engine.ExecutionID) Impact {
	w := newWalk(g)
	for _, id := range ids {
		if r := w.rows[id]; r != nil && !over(r) {
			w.end(r, named)
		}
	}
	for len(w.queue) > 0 {
		id := w.queue[0]
		w.queue = w.queue[1:]
		for _, e := range w.out[id] {
			w.lose(e)
		}
	}
	return w.impact()
}

func over(r *engine.ExecutionRow) bool {
	return r.Missing || r.State.Terminal() || r.Phase == engine.PhaseTerminal
}

// cause is why a member ends.
type cause int

const (
	named cause = iota
	skipped
	sibling
)

// walk is a cancellation on its way downstream.
type walk struct {
	graph   Graph
	rows    map[engine.ExecutionID]*engine.ExecutionRow
	groups  map[engine.ExecutionID]*engine.EdgeGroup // copies, counted down
	in, out map[engine.ExecutionID][]*engine.Edge

	ended   map[engine.ExecutionID]cause
	order   []engine.ExecutionID // of those ended
	queue   []engine.ExecutionID
	reduced []engine.ExecutionID
}

func newWalk(g Graph) *walk {
	w := &walk{graph: g, rows: map[engine.ExecutionID]*engine.ExecutionRow{}, groups: map[engine.ExecutionID]*engine.EdgeGroup{},
		in: map[engine.ExecutionID][]*engine.Edge{}, out: map[engine.ExecutionID][]*engine.Edge{}, ended: map[engine.ExecutionID]cause{}}
	for i := range g.Members {
		w.rows[g.Members[i].ID] = &g.Members[i]
	}
	for _, group := range g.Groups {
		w.groups[group.Downstream] = &group
	}
	for i := range g.Edges {
		e := &g.Edges[i]
		w.in[e.Downstream] = append(w.in[e.Downstream], e)
		w.out[e.Upstream] = append(w.out[e.Upstream], e)
	}
	return w
}

func (w *walk) end(r *engine.ExecutionRow, why cause) {
	if _, already := w.ended[r.ID]; already {
		return
	}
	w.ended[r.ID] = why
	w.order = append(w.order, r.ID)
	w.queue = append(w.queue, r.ID)
}

// lose resolves an edge whose upstream has ended without success. One that was never applied, or is resolved, holds nobody back.
func (w *walk) lose(e *engine.Edge) {
	child := w.rows[e.Downstream]
	if e.State != engine.EdgeUnsatisfied || child == nil || over(child) {
		return
	}
	if _, gone := w.ended[child.ID]; gone {
		return
	}
	g := w.groups[child.ID]
	if g == nil || g.Policy.Kind != engine.PolicyAnyOf && g.Policy.Kind != engine.PolicyQuorum {
		w.end(child, skipped)
		return
	}
	if g.State != engine.GroupPending {
		return
	}
	g.Failed++
	if reachable(g) >= g.Policy.Needed(g.Total) {
		w.reduced = append(w.reduced, child.ID)
		return
	}
	g.State = engine.GroupImpossible
	if g.Policy.OnSatisfied == engine.CancelRemaining {
		w.endSiblings(child.ID)
	}
	w.end(child, skipped)
}

// reachable is how many successes a group has or may yet have.
func reachable(g *engine.EdgeGroup) int { return g.Total - g.Failed - g.Skipped }

func (w *walk) endSiblings(downstream engine.ExecutionID) {
	for _, e := range w.in[downstream] {
		if r := w.rows[e.Upstream]; r != nil && !over(r) {
			w.end(r, sibling)
		}
	}
}

func (w *walk) impact() Impact {
	i := Impact{Unread: w.graph.Unread}
	for _, id := range w.order {
		r := w.rows[id]
		if r.Ownership == engine.OwnerLeased {
			i.Leases++
		}
		switch w.ended[id] {
		case skipped:
			i.Skipped = append(i.Skipped, *r)
		case sibling:
			i.Siblings = append(i.Siblings, *r)
		}
	}
	told := map[engine.ExecutionID]bool{}
	for _, id := range w.reduced {
		if _, gone := w.ended[id]; gone || told[id] {
			continue
		}
		told[id] = true
		g := w.groups[id]
		i.Reduced = append(i.Reduced, Group{Downstream: *w.rows[id], Policy: g.Policy, Needed: g.Policy.Needed(g.Total),
			Reachable: reachable(g), Total: g.Total})
	}
	return i
}
