package valkey

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// wiring is the part of a survey about edges and their groups. An edge's record never changes, what became of it does: that is looked
// at again once its upstream has ended.
type wiring struct {
	unwired []*surveyed // members whose adjacency is to be read
	unknown []foundEdge // edges whose records are to be read
	known   map[engine.EdgeID]bool

	edges   []engine.Edge
	out     map[engine.ExecutionID][]int // edges by their upstream
	lent    bool
	added   bool // edges that are not in their order yet
	revived map[int]bool

	groups    []engine.EdgeGroup
	groupOf   map[engine.ExecutionID]int
	groupsDue map[engine.ExecutionID]bool
	groupTurn int
	edgeTurn  int
}

// wires is the part of a member about the edges that lead into it.
type wires struct {
	cursor uint64 // of its adjacency
	wired  bool
	degree int
}

// foundEdge is an edge found in the adjacency of its downstream.
type foundEdge = inboundEdge

func newWiring() wiring {
	return wiring{known: map[engine.EdgeID]bool{}, out: map[engine.ExecutionID][]int{}, revived: map[int]bool{},
		groupOf: map[engine.ExecutionID]int{}, groupsDue: map[engine.ExecutionID]bool{}}
}

// rewire looks at all adjacencies again, first of those members that may still get edges.
func (s *flowSurvey) rewire() {
	s.unwired = slices.Clone(s.ordered)
	slices.SortStableFunc(s.unwired, func(a, b *surveyed) int {
		return cmp.Compare(endedLast(s.row(a)), endedLast(s.row(b)))
	})
	for _, m := range s.ordered {
		m.wires = wires{wired: m.wired}
	}
}

func endedLast(row *engine.ExecutionRow) int {
	if row.State.Terminal() {
		return 1
	}
	return 0
}

// changed notes that a member's state has changed: its own group may have, and what becomes of the edges that leave it.
func (s *flowSurvey) changed(m *surveyed) {
	if _, grouped := s.groupOf[m.id]; grouped {
		s.groupsDue[m.id] = true
	}
	for _, i := range s.out[m.id] {
		s.revived[i] = true
	}
}

// wired counts the members whose edges are all known.
func (s *flowSurvey) wired() int {
	n := 0
	for _, m := range s.ordered {
		if m.wired {
			n++
		}
	}
	if len(s.unknown) > 0 {
		n = min(n, max(len(s.ordered)-1, 0))
	}
	return n
}

// surveyWiring reads adjacencies, then edges, then groups.
func (b *Backend) surveyWiring(ctx context.Context, op string, s *flowSurvey) error {
	if err := b.surveyAdjacency(ctx, op, s); err != nil {
		return err
	}
	if err := b.surveyEdges(ctx, op, s); err != nil {
		return err
	}
	return b.surveyGroups(ctx, op, s)
}

func (b *Backend) surveyAdjacency(ctx context.Context, op string, s *flowSurvey) error {
	k := b.flowKeys(s.flow)
	for range surveyPages {
		due := s.unwired[:min(len(s.unwired), surveyWires)]
		if len(due) == 0 || len(s.known) >= mostSurveyedEdges {
			return nil
		}
		reads := make([]*redis.ScanCmd, len(due))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, m := range due {
				reads[i] = p.SScan(ctx, k.in(m.id), m.cursor, "", surveyPage)
			}
		})
		if err != nil {
			return err
		}
		var more []*surveyed
		for i, m := range due {
			page, next, _ := reads[i].Result() // a key of another type lists nothing
			s.found(m, page)
			if m.cursor, m.wired = next, next == 0; !m.wired {
				more = append(more, m)
			}
		}
		s.unwired = slices.Concat(more, s.unwired[len(due):])
	}
	return nil
}

// found takes in edges that lead into a member.
func (s *flowSurvey) found(m *surveyed, page []string) {
	if len(page) == 0 {
		return
	}
	m.degree += len(page)
	s.groupsDue[m.id] = true
	for _, raw := range page {
		id, err := engine.ParseEdgeID(raw)
		if s.known[engine.EdgeID(raw)] {
			continue
		}
		s.known[engine.EdgeID(raw)] = true
		if err != nil {
			s.addEdge(markedEdge("", s.flow, raw, "the adjacency lists what is no edge id"))
			continue
		}
		s.unknown = append(s.unknown, foundEdge{id: id, downstream: m.id})
	}
}

func (s *flowSurvey) addEdge(e engine.Edge) {
	s.own()
	s.edges, s.added = append(s.edges, e), true
}

// own makes edges and groups the survey's alone, to be changed.
func (s *flowSurvey) own() {
	if s.wiring.lent {
		s.edges, s.groups = slices.Clone(s.edges), slices.Clone(s.groups)
		s.wiring.lent = false
	}
}

// surveyEdges reads edges found, and what became of others.
func (b *Backend) surveyEdges(ctx context.Context, op string, s *flowSurvey) error {
	first := s.unknown[:min(len(s.unknown), surveyEdges)]
	read, err := b.readInbound(ctx, op, b.flowKeys(s.flow), first)
	if err != nil {
		return err
	}
	s.unknown = slices.Clone(s.unknown[len(first):])
	for i := range read {
		s.takeEdge(read[i], first[i].downstream)
	}
	s.orderEdges()
	return b.surveyResolutions(ctx, op, s)
}

// takeEdge takes in an edge that was read. Its ends share the ids of the members.
func (s *flowSurvey) takeEdge(e engine.Edge, downstream engine.ExecutionID) {
	if up := s.members[e.Upstream]; up != nil {
		e.Upstream = up.id
	}
	if e.Downstream == downstream {
		e.Downstream = downstream
	}
	e.Flow = engine.FlowID(s.word(string(e.Flow)))
	e.Kind, e.Condition, e.CreatedBy = s.word(e.Kind), s.word(e.Condition), s.word(e.CreatedBy)
	e.State = engine.EdgeState(s.word(string(e.State)))
	s.addEdge(e)
}

// orderEdges puts edges that were added among the others.
func (s *flowSurvey) orderEdges() {
	if !s.added {
		return
	}
	revived := map[engine.EdgeID]bool{}
	for i := range s.revived {
		revived[s.edges[i].ID] = true
	}
	sortEdges(s.edges)
	clear(s.out)
	clear(s.revived)
	for i := range s.edges {
		s.out[s.edges[i].Upstream] = append(s.out[s.edges[i].Upstream], i)
		if revived[s.edges[i].ID] {
			s.revived[i] = true
		}
	}
	s.added = false
}

// surveyResolutions looks at what became of edges whose upstream has changed or ended, and by turns at some of the others.
func (b *Backend) surveyResolutions(ctx context.Context, op string, s *flowSurvey) error {
	due := s.dueEdges()
	if len(due) == 0 {
		return nil
	}
	reads := make([]*redis.SliceCmd, len(due))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, at := range due {
			e := &s.edges[at]
			reads[i] = p.HMGet(ctx, keysOf(e.Downstream).dep(e.ID), dependencyFields...)
		}
	})
	if err != nil {
		return err
	}
	for i, at := range due {
		read := engine.Edge{}
		addEdgeState(&read, readHash(reads[i], dependencyFields))
		delete(s.revived, at)
		if e := &s.edges[at]; read.State != e.State || !read.ResolvedAt.Equal(e.ResolvedAt) {
			s.own()
			e = &s.edges[at]
			e.State, e.ResolvedAt = engine.EdgeState(s.word(string(read.State))), read.ResolvedAt
			s.groupsDue[e.Downstream] = true
		}
	}
	return nil
}

// dueEdges are the edges to look at again.
func (s *flowSurvey) dueEdges() []int {
	due := slices.Collect(maps.Keys(s.revived))
	slices.Sort(due)
	due = due[:min(len(due), surveyResolved)]
	ended, others := surveyResolved-len(due), surveyUnresolved
	n := len(s.edges)
	from := s.edgeTurn
	for i := range n {
		at := (from + i) % n
		e := &s.edges[at]
		if e.Downstream == "" || e.State == engine.EdgeSatisfied || e.State == engine.EdgeImpossible || s.revived[at] {
			continue
		}
		left := &others
		if up := s.members[e.Upstream]; up != nil && up.at >= 0 && (s.row(up).State.Terminal() || s.row(up).Missing) {
			left = &ended
		}
		if *left == 0 {
			continue
		}
		*left--
		due = append(due, at)
		s.edgeTurn = at + 1
	}
	return due
}

// surveyGroups reads groups that may have changed, and some others by turns.
func (b *Backend) surveyGroups(ctx context.Context, op string, s *flowSurvey) error {
	k := b.flowKeys(s.flow)
	due := s.dueGroups()
	for batch := range slices.Chunk(due, edgesPerRoundTrip) {
		groups := make([]*redis.MapStringStringCmd, len(batch))
		counts := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, m := range batch {
				groups[i] = p.HGetAll(ctx, k.edgeGroup(m.id))
				if !s.grouped(m) { // one that nobody ever made
					counts[i] = p.HMGet(ctx, keysOf(m.id).depsMeta(), dependencyCounts...)
				}
			}
		})
		if err != nil {
			return err
		}
		for i, m := range batch {
			delete(s.groupsDue, m.id)
			record := readWholeHash(groups[i])
			switch {
			case !record.empty() || len(record.bad) > 0:
				s.takeGroup(decodeEdgeGroup(m.id, record, m.degree))
			case m.degree > 0 && counts[i] != nil:
				s.takeGroup(groupOfCounts(m.id, readHash(counts[i], dependencyCounts), m.degree))
			}
		}
	}
	return nil
}

// grouped tells a member whose group has a record of its own, as far as is known.
func (s *flowSurvey) grouped(m *surveyed) bool {
	at, known := s.groupOf[m.id]
	return known && s.groups[at].Explicit
}

// dueGroups are the members whose groups to read.
func (s *flowSurvey) dueGroups() []*surveyed {
	var due []*surveyed
	for id := range s.groupsDue {
		m := s.members[id]
		switch {
		case m == nil:
			delete(s.groupsDue, id)
		case len(due) < surveyEdges:
			due = append(due, m)
		}
	}
	for range min(surveyGroups, len(s.groups)) {
		s.groupTurn = (s.groupTurn + 1) % len(s.groups)
		g := &s.groups[s.groupTurn]
		if m := s.members[g.Downstream]; m != nil && m.at >= 0 && !s.groupsDue[m.id] && !s.row(m).State.Terminal() {
			due = append(due, m)
		}
	}
	return due
}

func (s *flowSurvey) takeGroup(g engine.EdgeGroup) {
	at, known := s.groupOf[g.Downstream]
	switch {
	case !known:
		s.own()
		s.groupOf[g.Downstream] = len(s.groups)
		s.groups = append(s.groups, g)
	case !sameGroup(&s.groups[at], &g):
		s.own()
		s.groups[at] = g
	}
}

func sameGroup(a, b *engine.EdgeGroup) bool {
	return a.Policy == b.Policy && a.Explicit == b.Explicit && a.Total == b.Total && a.Succeeded == b.Succeeded && a.Failed == b.Failed &&
		a.Skipped == b.Skipped && a.State == b.State && a.CancelPending == b.CancelPending && a.SatisfiedAt.Equal(b.SatisfiedAt) &&
		slices.Equal(a.Malformed, b.Malformed)
}
