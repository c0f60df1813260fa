package views

import "ffboard/engine"

// dagPath is a part of a graph: the way to a failure.
type dagPath struct {
	nodes, edges map[int]bool
	up, skipped  int // nodes that it depended on, and those that were skipped for it
}

// pathTo is what led to the failure of a node, all that it depended on, and what was skipped for it; nil for a node that did not fail.
func (g *dagDrawing) pathTo(v int) *dagPath {
	if !broke(g.nodes[v].row.State) {
		return nil
	}
	p := &dagPath{nodes: map[int]bool{v: true}, edges: map[int]bool{}}
	p.up = p.walk(v, g.in, func(i int) int { return g.edges[i].from }, func(int) bool { return true })
	p.skipped = p.walk(v, g.out, func(i int) int { return g.edges[i].to }, func(n int) bool { return g.nodes[n].row.State == engine.StateSkipped })
	return p
}

// walk follows edges from a node as long as on holds, and counts the nodes that it meets.
func (p *dagPath) walk(from int, edges [][]int, end func(edge int) int, on func(node int) bool) int {
	met := 0
	for open := []int{from}; len(open) > 0; {
		v := open[len(open)-1]
		open = open[:len(open)-1]
		for _, i := range edges[v] {
			n := end(i)
			if !on(n) {
				continue
			}
			p.edges[i] = true
			if !p.nodes[n] {
				p.nodes[n] = true
				met++
				open = append(open, n)
			}
		}
	}
	return met
}

// broke tells the states of what did not succeed by itself.
func broke(s engine.PublicState) bool {
	return s == engine.StateFailed || s == engine.StateExpired || s == engine.StateCancelled
}
