package views

import (
	"encoding/binary"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"

	"ffboard/engine"
	"ffboard/theme"
)

// folding says which members are drawn as one: those of one kind in one state that stand in the same layer and lead from and to the
// like. Where there are few members, none.
type folding struct {
	mode   foldMode
	turned map[string]bool // folds that are the other way than the mode has them
}

type foldMode int

const (
	foldMany foldMode = iota // where there are many members
	foldAll
	foldNone
)

const (
	// foldAbove is the number of members above which they are folded unasked.
	foldAbove = 40
	// foldLeast is how many make a fold.
	foldLeast = 4
	// foldRounds is how far from a member its neighbours tell it from others.
	foldRounds = 3
)

func (f folding) clone() folding { return folding{f.mode, maps.Clone(f.turned)} }

// folds tells whether the members of a class are drawn as one.
func (f folding) folds(class string, members int) bool {
	folded := f.mode == foldAll || f.mode == foldMany && members > foldAbove
	return folded != f.turned[class]
}

// fold replaces nodes that look alike by one.
func (f folding) fold(g *dagDrawing, edges []engine.Edge) {
	if f.mode == foldMany && len(g.nodes) <= foldAbove && len(f.turned) == 0 {
		return
	}
	all := len(g.nodes)
	places := classify(g, edges)
	type class struct {
		place uint64
		state engine.PublicState
	}
	size, at := map[class]int{}, map[class]int{}
	for v := range g.nodes {
		size[class{places[v], g.nodes[v].row.State}]++
	}
	nodes := g.nodes
	g.nodes = nil
	renumbered := make([]int, all)
	for v, n := range nodes {
		c := class{places[v], n.row.State}
		if size[c] >= foldLeast && n.row.Kind != "" {
			n.fold = strconv.FormatUint(c.place, 36)
			if f.folds(n.fold, all) {
				if first, made := at[c]; made {
					renumbered[v] = first
					continue
				}
				n.many = size[c]
				at[c] = len(g.nodes)
			}
		}
		renumbered[v] = len(g.nodes)
		g.nodes = append(g.nodes, n)
	}
	for id, v := range g.number {
		g.number[id] = renumbered[v]
	}
}

// classify gives nodes of one kind and layer, whose neighbours are of the same classes, the same number. States tell nothing apart
// here, so that what was unfolded stays so while they change.
func classify(g *dagDrawing, edges []engine.Edge) []uint64 {
	var pairs []dagEdge
	seen := map[dagEdge]bool{}
	for i := range edges {
		from, okFrom := g.number[edges[i].Upstream]
		to, okTo := g.number[edges[i].Downstream]
		if pair := (dagEdge{from, to}); okFrom && okTo && !seen[pair] {
			seen[pair] = true
			pairs = append(pairs, pair)
		}
	}
	layers := longestPaths(len(g.nodes), pairs, breakCycles(len(g.nodes), pairs))
	classes := make([]uint64, len(g.nodes))
	for v := range g.nodes {
		classes[v] = hashOf(g.nodes[v].row.Kind, uint64(layers[v]))
	}
	for range foldRounds {
		in, out := make([][]uint64, len(classes)), make([][]uint64, len(classes))
		for _, e := range pairs {
			in[e.to], out[e.from] = append(in[e.to], classes[e.from]), append(out[e.from], classes[e.to])
		}
		next := make([]uint64, len(classes))
		for v := range classes {
			words := append([]uint64{classes[v]}, distinct(in[v])...)
			next[v] = hashOf("", append(append(words, 0), distinct(out[v])...)...)
		}
		classes = next
	}
	return classes
}

func distinct(classes []uint64) []uint64 {
	slices.Sort(classes)
	return slices.Compact(classes)
}

func hashOf(text string, words ...uint64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	var b [8]byte
	for _, w := range words {
		binary.LittleEndian.PutUint64(b[:], w)
		_, _ = h.Write(b[:])
	}
	return h.Sum64()
}

// foldWords say what a fold holds, without the sign of its state.
func foldWords(n *dagNode) theme.Text {
	return theme.CleanTo(string(n.row.State), mostLabel) + " " + theme.CleanTo(n.row.Kind, mostLabel)
}

// foldLabel is a fold in full: 37 × ● completed resize.
func foldLabel(th *theme.Theme, n *dagNode) theme.Text {
	return foldCount(n) + " " + th.Glyphs.Times + " " + th.StateGlyph(StateLook(n.row.State)) + " " + foldWords(n)
}

func foldCount(n *dagNode) theme.Text { return Count(n.many) }
