package views

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views/viewstest"
)

// graphOf is a flow of n members with these edges; every downstream has an all_of group.
func graphOf(n int, edges ...[2]int) *engine.FlowDetail {
	d := &engine.FlowDetail{Flow: engine.Flow{ID: viewstest.FlowID(0), Kind: "graph"}}
	states := engine.PublicStates()
	for i := range n {
		d.Members = append(d.Members, engine.ExecutionRow{ID: viewstest.ExecutionID(i), Kind: fmt.Sprintf("step-%d", i), State: states[i%len(states)], Progress: -1})
	}
	in := map[int]int{}
	for i, e := range edges {
		d.Edges = append(d.Edges, engine.Edge{ID: engine.EdgeID(fmt.Sprint(i)), Upstream: viewstest.ExecutionID(e[0]),
			Downstream: viewstest.ExecutionID(e[1]), State: engine.EdgeUnsatisfied})
		in[e[1]]++
	}
	for downstream, total := range in {
		d.Flow.EdgeGroups = append(d.Flow.EdgeGroups, engine.EdgeGroup{Downstream: viewstest.ExecutionID(downstream), Total: total,
			Policy: engine.EdgePolicy{Kind: engine.PolicyAllOf}, Running: total, State: engine.GroupPending})
	}
	return d
}

func fanEdges(n int) [][2]int {
	var edges [][2]int
	for i := 1; i <= n; i++ {
		edges = append(edges, [2]int{0, i}, [2]int{i, n + 1})
	}
	return edges
}

func chainEdges(n int) [][2]int {
	var edges [][2]int
	for i := range n - 1 {
		edges = append(edges, [2]int{i, i + 1})
	}
	return edges
}

func randomEdges(seed int64, n, count int) [][2]int {
	r := rand.New(rand.NewSource(seed))
	var edges [][2]int
	for range count {
		edges = append(edges, [2]int{r.Intn(n), r.Intn(n)})
	}
	return edges
}

func graphPane(d *engine.FlowDetail, width, height int) *dagPane {
	p := newDagPane(bareCommon(viewstest.New()))
	p.setSize(width, height)
	drawAll(&p, p.set(d))
	return &p
}

// drawAll makes the drawings that a command, and those after it, are for.
func drawAll(p *dagPane, cmd tea.Cmd) {
	for cmd != nil {
		cmd = p.drawn(cmd().(dagDrawn))
	}
}

// surveyed is what a fetch gives of a flow.
func surveyed(d *engine.FlowDetail) *flowDigest { return digestSurvey(viewstest.Surveyed(d), nil) }

func TestGraphsAsTheyAreDrawn(t *testing.T) {
	for name, c := range map[string]struct {
		detail        *engine.FlowDetail
		width, height int
	}{
		"fan":                  {graphOf(14, fanEdges(12)...), 100, 20},
		"fan-too-high-for-box": {graphOf(8, fanEdges(6)...), 100, 12},
		"long-edges":           {graphOf(7, [2]int{0, 1}, [2]int{1, 2}, [2]int{2, 3}, [2]int{3, 4}, [2]int{0, 4}, [2]int{0, 5}, [2]int{5, 4}, [2]int{1, 6}), 100, 20},
		"chain-that-scrolls":   {graphOf(40, chainEdges(40)...), 80, 8},
		"loose-nodes":          {graphOf(5, [2]int{0, 1}), 60, 20},
		"no-edges":             {graphOf(3), 60, 12},
		"cycle-and-self-edge":  {graphOf(4, [2]int{0, 1}, [2]int{1, 2}, [2]int{2, 0}, [2]int{3, 3}), 80, 14},
		"dangling-ends":        {graphOf(2, [2]int{0, 1}, [2]int{1, 7}, [2]int{8, 1}), 80, 14},
		"two-in-three":         {viewstest.CannedFlow(), 80, 14},
		"two-in-three-narrow":  {viewstest.CannedFlow(), 40, 14},
		"random":               {graphOf(20, randomEdges(1, 20, 28)...), 120, 40},
	} {
		t.Run(name, func(t *testing.T) {
			frame := graphPane(c.detail, c.width, c.height).view()
			viewstest.CheckFrame(t, frame, c.width, c.height)
			viewstest.Golden(t, "graph-"+name, frame)
		})
	}
}

func TestEveryEdgeOfALayoutLeadsToTheRight(t *testing.T) {
	for seed := range int64(50) {
		n := 1 + int(seed)
		edges := dagEdgesOf(randomEdges(seed, n, 2*n))
		g := layOut(n, edges)
		drawn := map[int]bool{}
		for layer, links := range g.links {
			for _, l := range links {
				if g.vertices[l.from].layer != layer || g.vertices[l.to].layer != layer+1 {
					t.Fatalf("seed %d: a link of layer %d runs from %d to %d", seed, layer, g.vertices[l.from].layer, g.vertices[l.to].layer)
				}
				for _, e := range l.edges {
					drawn[e] = true
				}
			}
		}
		if len(drawn)+g.leftOut != len(edges) {
			t.Errorf("seed %d: %d of %d edges drawn, %d said to be left out", seed, len(drawn), len(edges), g.leftOut)
		}
	}
}

func dagEdgesOf(pairs [][2]int) []dagEdge {
	seen := map[dagEdge]bool{}
	var edges []dagEdge
	for _, p := range pairs {
		if e := (dagEdge{p[0], p[1]}); !seen[e] {
			seen[e] = true
			edges = append(edges, e)
		}
	}
	return edges
}

func TestALayoutLeavesNoCycleOutThatIsNone(t *testing.T) {
	for seed := range int64(50) {
		var edges [][2]int
		for _, e := range randomEdges(seed, 30, 60) {
			if e[0] != e[1] {
				edges = append(edges, [2]int{min(e[0], e[1]), max(e[0], e[1])})
			}
		}
		if g := layOut(30, dagEdgesOf(edges)); g.leftOut != 0 {
			t.Errorf("seed %d: %d edges of a graph without cycles left out", seed, g.leftOut)
		}
	}
}

func TestUntanglingMakesFewerCrossings(t *testing.T) {
	// Two layers wired upside down: untangled, none crosses.
	var edges []dagEdge
	for i := range 10 {
		edges = append(edges, dagEdge{i, 19 - i})
	}
	if n := layOut(20, edges).crossings(); n != 0 {
		t.Errorf("%d crossings, want none", n)
	}
}

func TestCrossingsAreCounted(t *testing.T) {
	for seed := range int64(30) {
		g := layOut(12, dagEdgesOf(randomEdges(seed, 12, 25)))
		want := 0
		for _, links := range g.links {
			for i, a := range links {
				for _, b := range links[:i] {
					if (g.place[a.from]-g.place[b.from])*(g.place[a.to]-g.place[b.to]) < 0 {
						want++
					}
				}
			}
		}
		if got := g.crossings(); got != want {
			t.Errorf("seed %d: %d crossings, want %d", seed, got, want)
		}
	}
}

func TestNoTwoNodesStandInOnePlace(t *testing.T) {
	for seed := range int64(30) {
		p := graphPane(graphOf(25, randomEdges(seed, 25, 40)...), 120, 30)
		taken := map[[2]int]int{}
		for v, at := range p.layout.vertices {
			for line := range p.places.vertexHeight(v) {
				place := [2]int{at.layer, p.places.top[v] + line}
				if other, ok := taken[place]; ok {
					t.Fatalf("seed %d: %d and %d on line %d of layer %d", seed, v, other, place[1], place[0])
				}
				taken[place] = v
				if found := p.places.at(at.layer, place[1]); found != v {
					t.Fatalf("seed %d: at line %d stands %d, found %d", seed, place[1], v, found)
				}
			}
		}
	}
}

func TestHostileGraphsAreDrawnAllTheSame(t *testing.T) {
	t.Parallel() // it takes long
	var self, dense, ladder, ends [][2]int
	for i := range 500 {
		self = append(self, [2]int{i, i}, [2]int{i, (i + 1) % 500})
		ladder = append(ladder, [2]int{i, min(i+1, 499)}, [2]int{i, 499})
		ends = append(ends, [2]int{1000 + i, 2000 + i}, [2]int{i, 3000 + i})
	}
	for i := range 60 {
		for j := range 60 {
			dense = append(dense, [2]int{i, 60 + j})
		}
	}
	for name, d := range map[string]*engine.FlowDetail{
		"one great cycle and self edges": graphOf(500, self...),
		"everything to everything":       graphOf(500, randomEdges(7, 500, 60_000)...),
		"two full layers":                graphOf(120, dense...),
		"a chain with a long way out":    graphOf(500, ladder...),
		"ends that are nobody":           graphOf(500, ends...),
		"five hundred alone":             graphOf(500),
		"nothing":                        graphOf(0),
	} {
		t.Run(name, func(t *testing.T) {
			p := graphPane(d, 80, 20)
			for _, k := range []string{"right", "down", "right", "pgdown", "G", "left", "up", "g", "pgup", "right"} {
				p.update(viewstest.Key(k))
				viewstest.CheckFrame(t, p.view(), 80, 20)
			}
			if spans := spansOf(p.layout); spans > mostDagSpans {
				t.Errorf("%d spans", spans)
			}
		})
	}
}

func spansOf(g *dagLayout) int {
	n := 0
	for _, links := range g.links {
		for _, l := range links {
			n += len(l.edges)
		}
	}
	return n
}

func TestAFrameDrawsTheNodesOnTheScreenAlone(t *testing.T) {
	p := graphPane(graphOf(500, chainEdges(500)...), 80, 20)
	drawn := map[int]bool{}
	p.places.draw(theme.Bare(), p.first, p.top, 79, 19, dagPen{weigh: p.weigh, strike: p.strike,
		node: func(l *theme.Line, v, line, width int) { drawn[v] = true; p.drawNode(l, v, line, width) }})
	if len(drawn) == 0 || len(drawn) > 10 {
		t.Errorf("%d nodes drawn of a chain of which five or so are on the screen", len(drawn))
	}
}

func TestALayoutStandsStillWhileStatesChange(t *testing.T) {
	d := viewstest.CannedFlow()
	p := graphPane(d, 80, 14)
	layout, places := p.layout, p.places
	next := viewstest.CannedFlow()
	next.Members[2].State = engine.StateCompleted
	next.Edges[4].State = engine.EdgeSatisfied
	p.set(next)
	if p.layout != layout || p.places != places {
		t.Error("the graph was laid out anew")
	}
	if !strings.Contains(p.view(), "✓ embed") {
		t.Error("the new state is not drawn")
	}
	next = viewstest.CannedFlow()
	next.Edges = next.Edges[1:]
	if p.set(next); p.layout == layout {
		t.Error("an edge went and the layout stayed")
	}
}

func TestTheSelectionMovesOverAGraph(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"starts at the first":                    {nil, "fetch"},
		"right goes to the nearest":              {[]string{"right"}, "embed"},
		"down in the layer":                      {[]string{"right", "down"}, "ocr"},
		"up in the layer":                        {[]string{"right", "up"}, "parse"},
		"not past the end of the layer":          {[]string{"right", "down", "down", "down"}, "ocr"},
		"along the graph":                        {[]string{"l", "l", "l", "l"}, "publish"},
		"not past the last layer":                {[]string{"right", "right", "right", "right", "right"}, "publish"},
		"back":                                   {[]string{"right", "right", "left"}, "embed"},
		"back from where there is only one way":  {[]string{"right", "down", "left"}, "fetch"},
		"the last":                               {[]string{"G"}, "publish"},
		"the first":                              {[]string{"G", "g"}, "fetch"},
		"vim's letters":                          {[]string{"l", "j", "k", "k", "h"}, "fetch"},
		"pages stay in the layer":                {[]string{"right", "pgdown"}, "ocr"},
		"a key that is no movement does nothing": {[]string{"right", "z"}, "embed"},
	} {
		t.Run(name, func(t *testing.T) {
			p := graphPane(viewstest.CannedFlow(), 80, 14)
			for _, k := range c.keys {
				p.update(viewstest.Key(k))
			}
			if got := p.current().row.Kind; got != c.want {
				t.Errorf("selected %s, want %s", got, c.want)
			}
		})
	}
}

func TestAClickSelectsANode(t *testing.T) {
	p := graphPane(viewstest.CannedFlow(), 80, 14)
	lines := strings.Split(p.view(), "\n")
	for _, kind := range []string{"merge", "ocr", "publish", "fetch"} {
		for y, line := range lines {
			before, _, found := strings.Cut(line, kind)
			if !found || y == len(lines)-1 {
				continue
			}
			p.update(viewstest.Click(theme.Clean(before).Width(), y))
			if got := p.current().row.Kind; got != kind {
				t.Errorf("a click on %s selected %s", kind, got)
			}
		}
	}
}

func TestTheSelectionStaysOnTheScreen(t *testing.T) {
	p := graphPane(graphOf(100, randomEdges(3, 100, 120)...), 80, 12)
	r := rand.New(rand.NewSource(4))
	for range 300 {
		p.update(viewstest.Key([]string{"right", "left", "up", "down"}[r.Intn(4)]))
		id := string(ShortExecution(p.selected))
		drawing := p.view()[:strings.LastIndexByte(p.view(), '\n')]
		if !strings.Contains(drawing, id) {
			t.Fatalf("%s is selected and not on the screen\n%s", id, p.view())
		}
	}
}

func TestParallelEdgesAreOneLineInTheWorstState(t *testing.T) {
	d := graphOf(2, [2]int{0, 1}, [2]int{0, 1}, [2]int{0, 1})
	d.Edges[0].State, d.Edges[1].State, d.Edges[2].State = engine.EdgeSatisfied, engine.EdgeImpossible, engine.EdgeSatisfied
	p := graphPane(d, 80, 10)
	if len(p.edges) != 1 || p.states[0] != engine.EdgeImpossible {
		t.Errorf("edges %v in states %v", p.edges, p.states)
	}
}

func BenchmarkGraphFrame(b *testing.B) {
	p := graphPane(graphOf(500, randomEdges(7, 500, 5000)...), 200, 56)
	for b.Loop() {
		p.view()
	}
}

func BenchmarkGraphLayout(b *testing.B) {
	edges := dagEdgesOf(randomEdges(7, 500, 5000))
	for b.Loop() {
		layOut(500, edges)
	}
}
