package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// wideFlow is a flow of n members: one splits, many resize in parallel and are checked one by one, one merges, one publishes. Of those
// in parallel every fiftieth has failed, and what it leads to was skipped.
func wideFlow(n int) *engine.FlowDetail {
	d := &engine.FlowDetail{Flow: engine.Flow{ID: viewstest.FlowID(0), Kind: "video", Namespace: "prod", State: engine.FlowOpen,
		GraphRevision: uint64(2 * n), Nodes: n, CreatedAt: viewstest.Now.Add(-20 * time.Minute)}}
	add := func(kind string, state engine.PublicState, after, took time.Duration) int {
		i := len(d.Members)
		r := engine.ExecutionRow{ID: viewstest.ExecutionID(i), Flow: d.Flow.ID, Lane: "media", Kind: kind, State: state, TotalAttempts: 1,
			CreatedAt: viewstest.Now.Add(-20 * time.Minute), Progress: -1, LastMutationAt: viewstest.Now.Add(-time.Minute)}
		if state == engine.StateActive || state.Terminal() && state != engine.StateSkipped {
			r.StartedAt = r.CreatedAt.Add(after)
		}
		if state.Terminal() {
			r.CompletedAt = r.CreatedAt.Add(after + took)
		}
		if state == engine.StateFailed {
			r.FailureReason = "no such codec"
		}
		d.Members = append(d.Members, r)
		return i
	}
	link := func(from, to int) {
		d.Edges = append(d.Edges, engine.Edge{ID: engine.EdgeID(fmt.Sprint(len(d.Edges))), Upstream: viewstest.ExecutionID(from),
			Downstream: viewstest.ExecutionID(to), State: edgeStateOf(d.Members[from].State)})
	}
	split := add("split", engine.StateCompleted, time.Second, 30*time.Second)
	var checks []int
	for i := range (n - 3) / 2 {
		state, next := engine.StateCompleted, engine.StateCompleted
		switch {
		case i%50 == 7:
			state, next = engine.StateFailed, engine.StateSkipped
		case i%10 == 3:
			state, next = engine.StateActive, engine.StateWaitingChildren
		}
		begin := time.Minute + time.Duration(i%60)*8*time.Second
		resize := add("resize", state, begin, time.Duration(20+i%17)*time.Second)
		check := add("check", next, begin+time.Minute, time.Duration(5+i%7)*time.Second)
		link(split, resize)
		link(resize, check)
		checks = append(checks, check)
	}
	merge := add("merge", engine.StateWaitingChildren, 0, 0)
	for _, check := range checks {
		link(check, merge)
	}
	for len(d.Members) < n {
		link(merge, add("publish", engine.StateWaitingChildren, 0, 0))
	}
	d.Flow.Edges = len(d.Edges)
	return d
}

func edgeStateOf(upstream engine.PublicState) engine.EdgeState {
	switch {
	case upstream == engine.StateCompleted:
		return engine.EdgeSatisfied
	case upstream.Terminal():
		return engine.EdgeImpossible
	default:
		return engine.EdgeUnsatisfied
	}
}

// showFlow gives a view a flow and makes the drawings that this is for.
func showFlow(v *Flow, d *engine.FlowDetail) {
	for cmd := v.Update(Data{Value: surveyed(d)}); cmd != nil; {
		cmd = v.Update(cmd())
	}
}

func wideView(n int, size [2]int) *Flow {
	v := NewFlow(bareCommon(viewstest.New()), viewstest.FlowID(0))
	v.SetSize(body(size))
	showFlow(v, wideFlow(n))
	return v
}

func TestFlowsOfAnySizeAtEverySize(t *testing.T) {
	for _, n := range []int{5, 500, 10_000} {
		for _, size := range viewstest.Sizes() {
			v := wideView(n, size)
			width, height := body(size)
			for _, pane := range []string{"members", "graph", "edges", "timeline"} {
				viewstest.CheckFrame(t, v.View(), width, height)
				if pane != "edges" {
					viewstest.Golden(t, fmt.Sprintf("wide-%d-%s-%s", n, pane, sizeName(size)), v.View())
				}
				v.Update(viewstest.Key("tab"))
			}
		}
	}
}

func TestALargeGraphIsDrawnBesideTheProgram(t *testing.T) {
	v := NewFlow(bareCommon(viewstest.New()), viewstest.FlowID(0))
	v.SetSize(200, 57)
	cmd := v.Update(Data{Value: surveyed(wideFlow(500))})
	if cmd == nil || v.graph.layout != nil || !strings.Contains(v.View(), "drawing 500 members") {
		t.Fatal("it was drawn in Update")
	}
	if v.Update(Data{Value: surveyed(wideFlow(502))}) != nil {
		t.Error("two drawings are made at a time")
	}
	again := v.Update(cmd())
	if again == nil || len(v.graph.number) != 500 {
		t.Fatalf("%d members are drawn", len(v.graph.number))
	}
	if v.Update(again()) != nil || len(v.graph.number) != 502 {
		t.Errorf("%d members are drawn in the end", len(v.graph.number))
	}
	places := v.graph.places
	v.SetSize(160, 50)
	if v.graph.places != places {
		t.Error("a new size draws in SetSize")
	}
	resized := v.Update(viewstest.Key("tab"))
	if resized == nil {
		t.Fatal("a new size is not drawn for")
	}
	if v.Update(resized()); v.graph.places == places {
		t.Error("the drawing is for the old size")
	}
}

func TestAFlowIsReadFasterUntilAllOfItIsThere(t *testing.T) {
	v := NewFlow(bareCommon(viewstest.New()), viewstest.FlowID(0))
	v.SetSize(80, 21)
	if v.Need().Every != flowReading {
		t.Error("the first step waits")
	}
	s := viewstest.Surveyed(wideFlow(50))
	s.Size = 9000
	v.Update(Data{Value: digestSurvey(s, nil)})
	if v.Need().Every != flowReading || !strings.Contains(v.View(), "reading: 50 of 9,000 members") {
		t.Errorf("unfinished\n%s", v.View())
	}
	s.Size, s.Wired = 50, 10
	v.Update(Data{Value: digestSurvey(s, nil)})
	if v.Need().Every != flowEvery {
		t.Error("edges are waited for that nobody looks at")
	}
	if strings.Contains(v.View(), "waits for nothing") {
		t.Error("a member is said to wait for nothing while its edges are not read")
	}
	v.Update(viewstest.Key("tab"))
	if v.Need().Every != flowReading {
		t.Error("the graph waits for its edges")
	}
	s.Wired, s.Confirmed = 50, viewstest.Now.Add(-40*time.Second)
	v.Update(Data{Value: digestSurvey(s, nil)})
	if v.Need().Every != flowEvery || !strings.Contains(v.View(), "up to 40s old") {
		t.Errorf("finished\n%s", v.View())
	}
}

func TestOnlyWhatIsOnTheScreenIsWatched(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		v := wideView(2000, size)
		for range paneCount {
			if n := len(v.watch()); n > 200 {
				t.Errorf("%d members are watched", n)
			}
			if n := len(v.time.unknown()); n > size[1] {
				t.Errorf("attempts of %d members are read", n)
			}
			v.Update(viewstest.Key("tab"))
		}
	}
}

func kinds(p *dagPane, state engine.PublicState) map[string]int {
	found := map[string]int{}
	for i := range p.nodes {
		if n := &p.nodes[i]; n.row.State == state {
			found[n.row.Kind] = max(n.many, 1)
		}
	}
	return found
}

func TestMembersThatLookAlikeAreFolded(t *testing.T) {
	p := graphPane(wideFlow(503), 120, 30)
	if len(p.nodes) > 9 {
		t.Errorf("%d nodes", len(p.nodes))
	}
	if got := kinds(p, engine.StateFailed); got["resize"] != 5 {
		t.Errorf("failed %v", got)
	}
	if got := kinds(p, engine.StateCompleted); got["resize"]+got["check"] != 440 || got["split"] != 1 {
		t.Errorf("completed %v", got)
	}
	p.update(viewstest.Key("f"))
	if p.current().many != 5 || p.row() != nil {
		t.Fatal("the failed ones are not one fold")
	}
	drawAll(p, p.update(viewstest.Key("z")))
	if got := kinds(p, engine.StateFailed); got["resize"] != 1 || p.current().many > 0 || p.row() == nil {
		t.Errorf("unfolded %v", got)
	}
	drawAll(p, p.update(viewstest.Key("z")))
	if p.current().many != 5 {
		t.Error("they are not folded again")
	}
	drawAll(p, p.update(viewstest.Key("Z")))
	if len(p.nodes) != 503 {
		t.Errorf("%d nodes with everything unfolded", len(p.nodes))
	}
	drawAll(p, p.update(viewstest.Key("Z")))
	if len(p.nodes) > 9 {
		t.Errorf("%d nodes with everything folded", len(p.nodes))
	}
	for _, m := range p.detail.Members {
		if v, ok := p.number[m.ID]; !ok || p.nodes[v].row.Kind != m.Kind || p.nodes[v].row.State != m.State {
			t.Fatalf("%s is in another's fold", m.ID)
		}
	}
}

func TestAFoldIsNoExecution(t *testing.T) {
	v := wideView(500, [2]int{120, 36})
	v.Update(viewstest.Key("tab"))
	v.Update(viewstest.Key("f"))
	for _, k := range []string{"e", "t", "x", "s"} {
		if v.Update(viewstest.Key(k)) != nil {
			t.Errorf("%s does something to a fold", k)
		}
	}
	cmd := v.Update(viewstest.Key("enter"))
	if cmd == nil {
		t.Fatal("enter does not unfold")
	}
	v.Update(cmd())
	if v.graph.current().many != 0 {
		t.Error("it is still folded")
	}
	pushed(t, v.Update(viewstest.Key("enter")))
}

func TestAFewMembersAreNotFolded(t *testing.T) {
	if p := graphPane(wideFlow(33), 120, 30); len(p.nodes) != 33 {
		t.Errorf("%d nodes of 33 members", len(p.nodes))
	}
}

func TestTheWayToAFailureIsMarked(t *testing.T) {
	d := graphOf(8, [2]int{0, 1}, [2]int{1, 2}, [2]int{2, 3}, [2]int{3, 4}, [2]int{2, 5}, [2]int{6, 1}, [2]int{0, 7})
	for i, s := range []engine.PublicState{"completed", "completed", "failed", "skipped", "skipped", "completed", "completed", "active"} {
		d.Members[i].State = s
	}
	p := graphPane(d, 120, 30)
	p.selectID(viewstest.ExecutionID(2))
	var nodes []int
	for v := range p.nodes {
		if p.path.nodes[v] {
			nodes = append(nodes, v)
		}
	}
	if !slices.Equal(nodes, []int{0, 1, 2, 3, 4, 6}) || p.path.up != 3 || p.path.skipped != 2 || len(p.path.edges) != 5 {
		t.Errorf("marked %v, %+v", nodes, p.path)
	}
	if !strings.Contains(p.view(), "after 3, skipped 2") {
		t.Errorf("the foot does not say so\n%s", p.view())
	}
	p.selectID(viewstest.ExecutionID(5))
	if p.path != nil {
		t.Error("the way to a success is marked")
	}
	cycle := graphOf(3, [2]int{0, 1}, [2]int{1, 2}, [2]int{2, 0}, [2]int{1, 1})
	for i := range cycle.Members {
		cycle.Members[i].State = engine.StateFailed
	}
	if p = graphPane(cycle, 80, 20); len(p.path.nodes) != 3 {
		t.Errorf("in a cycle %v", p.path.nodes)
	}
}

func TestFailuresAreJumpedTo(t *testing.T) {
	v := wideView(500, [2]int{80, 24})
	for range paneCount {
		if v.focus == paneEdges {
			v.Update(viewstest.Key("f"))
			if e := v.edges.Selected(); e.edge.State != engine.EdgeImpossible {
				t.Errorf("an edge that is %s", e.edge.State)
			}
		} else {
			v.Update(viewstest.Key("g"))
			v.Update(viewstest.Key("f"))
			first := v.failing()
			v.Update(viewstest.Key("f"))
			second := v.failing()
			v.Update(viewstest.Key("F"))
			if back := v.failing(); first == "" || second == "" || back != first {
				t.Errorf("pane %d: %q, then %q, back at %q", v.focus, first, second, back)
			}
		}
		v.Update(viewstest.Key("tab"))
	}
	none := wideView(5, [2]int{80, 24})
	before := none.selected().ID
	if none.Update(viewstest.Key("f")); none.selected().ID != before {
		t.Error("without a failure the selection moves")
	}
}

// failing is the selected member, if it has failed; of a fold its oldest.
func (v *Flow) failing() engine.ExecutionID {
	r := v.selected()
	if v.focus == paneGraph {
		r = v.graph.current().row
	}
	if r == nil || !broke(r.State) {
		return ""
	}
	return r.ID
}

func TestNodesAreFound(t *testing.T) {
	v := wideView(33, [2]int{120, 36})
	v.Update(viewstest.Key("tab"))
	for _, k := range viewstest.Type("/check") {
		v.Update(k)
	}
	if !v.Capturing() || v.selected().Kind != "check" {
		t.Errorf("typing selects %s", v.selected().Kind)
	}
	if !strings.Contains(v.View(), "1 of 15") {
		t.Errorf("it does not say how many\n%s", v.View())
	}
	v.Update(viewstest.Key("enter"))
	first := v.selected().ID
	v.Update(viewstest.Key("n"))
	if v.Capturing() || v.selected().ID == first || v.selected().Kind != "check" {
		t.Error("n does not go to the next")
	}
	if v.Update(viewstest.Key("N")); v.selected().ID != first {
		t.Error("N does not go back")
	}
	if !v.Unwind() || v.Unwind() {
		t.Error("a search is undone once")
	}
}

func TestTheWheelPansAGraph(t *testing.T) {
	p := graphPane(graphOf(100, randomEdges(3, 100, 120)...), 80, 12)
	p.update(viewstest.Key("g"))
	first := p.first
	p.update(tea.MouseMsg{Button: tea.MouseButtonWheelRight})
	if p.first != first+1 {
		t.Errorf("layer %d after a turn to the right", p.first)
	}
	p.update(tea.MouseMsg{Button: tea.MouseButtonWheelUp, Shift: true})
	if p.first != first {
		t.Errorf("layer %d after one back", p.first)
	}
	for range 500 {
		p.update(tea.MouseMsg{Button: tea.MouseButtonWheelRight})
		viewstest.CheckFrame(t, p.view(), 80, 12)
	}
}
