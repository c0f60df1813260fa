package engine

// Unreachable tells a quorum that asks for more successes than it has edges: its first resolution makes it impossible.
func (g *EdgeGroup) Unreachable() bool {
	return g.Policy.Kind == PolicyQuorum && g.Policy.K > g.Total && g.State == GroupPending
}

// Fired tells an any_of or quorum group that is satisfied: no later edge unblocks its child.
func (g *EdgeGroup) Fired() bool { return g.State == GroupSatisfied && g.Policy.Kind != PolicyAllOf }
