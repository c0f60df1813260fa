package impact

import (
	"slices"
	"strings"
	"testing"

	"ffboard/engine"
)

// sketch makes a graph of words: members by state, edges as "a>b", groups by downstream. Members that are active hold a lease.
type sketch struct {
	members string // "a:active b:waiting_children"
	edges   string // "a>b"; "a-b" is staged and never applied, "a=b" is satisfied
	groups  map[string]engine.EdgePolicy
	decided map[string]engine.GroupState
	unread  int
}

func (s sketch) graph() Graph {
	g := Graph{Unread: s.unread}
	state := map[string]engine.PublicState{}
	for _, word := range strings.Fields(s.members) {
		id, in, _ := strings.Cut(word, ":")
		state[id] = engine.PublicState(in)
		r := engine.ExecutionRow{ID: engine.ExecutionID(id), State: state[id]}
		if state[id] == engine.StateActive {
			r.Ownership = engine.OwnerLeased
		}
		g.Members = append(g.Members, r)
	}
	total, won, lost := map[string]int{}, map[string]int{}, map[string]int{}
	for _, word := range strings.Fields(s.edges) {
		at := strings.IndexAny(word, ">-=")
		from, to := word[:at], word[at+1:]
		e := engine.Edge{Upstream: engine.ExecutionID(from), Downstream: engine.ExecutionID(to), State: engine.EdgeUnsatisfied}
		switch {
		case word[at] == '-':
			e.State = ""
		case word[at] == '=':
			e.State = engine.EdgeSatisfied
			won[to]++
		case state[from].Terminal():
			e.State = engine.EdgeImpossible
			lost[to]++
		}
		if e.State != "" {
			total[to]++
		}
		g.Edges = append(g.Edges, e)
	}
	for to, policy := range s.groups {
		group := engine.EdgeGroup{Downstream: engine.ExecutionID(to), Policy: policy, Total: total[to], Succeeded: won[to], Failed: lost[to],
			State: engine.GroupPending}
		if decided := s.decided[to]; decided != "" {
			group.State = decided
		}
		g.Groups = append(g.Groups, group)
	}
	return g
}

func TestACancellationIsFollowedDownstream(t *testing.T) {
	all := engine.EdgePolicy{Kind: engine.PolicyAllOf}
	any1 := engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining}
	two := engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.CancelRemaining}
	twoLet := engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun}
	for name, c := range map[string]struct {
		sketch
		cancel                     string
		skipped, reduced, siblings string
		leases                     int
	}{
		"nothing waits for it": {sketch{members: "a:active"}, "a", "", "", "", 1},
		"a chain is skipped to its end": {sketch{members: "a:waiting b:waiting_children c:waiting_children", edges: "a>b b>c"},
			"a", "b c", "", "", 0},
		"from the middle": {sketch{members: "a:completed b:active c:waiting_children", edges: "a=b b>c"}, "b", "c", "", "", 1},
		"a diamond of all_of": {sketch{members: "a:active b:waiting_children c:waiting_children d:waiting_children", edges: "a>b a>c b>d c>d",
			groups: map[string]engine.EdgePolicy{"d": all}}, "a", "b c d", "", "", 1},
		"any_of goes on with the other": {sketch{members: "a:active b:active c:waiting_children", edges: "a>c b>c",
			groups: map[string]engine.EdgePolicy{"c": any1}}, "a", "", "c 1 of 1/2", "", 1},
		"any_of without another": {sketch{members: "a:active b:failed c:waiting_children", edges: "a>c b>c",
			groups: map[string]engine.EdgePolicy{"c": any1}}, "a", "c", "", "", 1},
		"a quorum still reached": {sketch{members: "a:active b:active c:active d:waiting_children", edges: "a>d b>d c>d",
			groups: map[string]engine.EdgePolicy{"d": two}}, "a", "", "d 2 of 2/3", "", 1},
		"a quorum lost cancels the rest": {sketch{members: "a:active b:active c:failed d:waiting_children", edges: "a>d b>d c>d",
			groups: map[string]engine.EdgePolicy{"d": two}}, "a", "d", "", "b", 2},
		"a quorum lost lets the rest run": {sketch{members: "a:active b:active c:failed d:waiting_children", edges: "a>d b>d c>d",
			groups: map[string]engine.EdgePolicy{"d": twoLet}}, "a", "d", "", "", 1},
		"a sibling takes others with it": {sketch{members: "a:active b:active c:failed d:waiting_children e:waiting_children",
			edges: "a>d b>d c>d b>e", groups: map[string]engine.EdgePolicy{"d": two}}, "a", "d e", "", "b", 2},
		"two of a quorum at once": {sketch{members: "a:active b:active c:active d:waiting_children", edges: "a>d b>d c>d",
			groups: map[string]engine.EdgePolicy{"d": two}}, "a b", "d", "", "c", 3},
		"a decided group is left alone": {sketch{members: "a:active b:completed c:active", edges: "a>c b=c",
			groups: map[string]engine.EdgePolicy{"c": any1}, decided: map[string]engine.GroupState{"c": engine.GroupSatisfied}}, "a", "", "", "", 1},
		"an edge that was never applied": {sketch{members: "a:active b:waiting", edges: "a-b"}, "a", "", "", "", 1},
		"what has ended stays":           {sketch{members: "a:active b:failed c:waiting_children", edges: "a>b b>c"}, "a", "", "", "", 1},
		"what had ended is not cancelled": {sketch{members: "a:completed b:waiting_children", edges: "a>b"},
			"a", "", "", "", 0},
		"a circle ends":     {sketch{members: "a:waiting_children b:waiting_children", edges: "a>b b>a"}, "a", "b", "", "", 0},
		"an edge to nobody": {sketch{members: "a:active", edges: "a>z"}, "a", "", "", "", 1},
		"somebody unknown":  {sketch{members: "a:active"}, "z", "", "", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			var ids []engine.ExecutionID
			for _, id := range strings.Fields(c.cancel) {
				ids = append(ids, engine.ExecutionID(id))
			}
			got := Cancel(c.graph(), ids...)
			var reduced []string
			for _, g := range got.Reduced {
				reduced = append(reduced, string(g.Downstream.ID)+" "+string(rune('0'+g.Needed))+" of "+string(rune('0'+g.Reachable))+"/"+string(rune('0'+g.Total)))
			}
			if s := idsOf(got.Skipped); s != c.skipped {
				t.Errorf("skips %q, want %q", s, c.skipped)
			}
			if s := strings.Join(reduced, ", "); s != c.reduced {
				t.Errorf("reduces %q, want %q", s, c.reduced)
			}
			if s := idsOf(got.Siblings); s != c.siblings {
				t.Errorf("cancels the siblings %q, want %q", s, c.siblings)
			}
			if got.Leases != c.leases {
				t.Errorf("%d leases, want %d", got.Leases, c.leases)
			}
		})
	}
}

func idsOf(rows []engine.ExecutionRow) string {
	var ids []string
	for _, r := range rows {
		ids = append(ids, string(r.ID))
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func TestWhatIsAskedIsNotChanged(t *testing.T) {
	g := sketch{members: "a:active b:active c:waiting_children", edges: "a>c b>c",
		groups: map[string]engine.EdgePolicy{"c": {Kind: engine.PolicyAnyOf, OnSatisfied: engine.LetRun}}, unread: 7}.graph()
	first := Cancel(g, "a")
	if second := Cancel(g, "a"); len(second.Reduced) != 1 || second.Reduced[0].Reachable != first.Reduced[0].Reachable || g.Groups[0].Failed != 0 || second.Unread != 7 {
		t.Errorf("first %+v, then %+v", first, second)
	}
}
