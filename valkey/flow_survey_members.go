package valkey

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// flowSurvey is what is known of one flow. Rows, edges and groups are lent to whoever asked: they are copied before they change.
type flowSurvey struct {
	flow engine.FlowID
	used time.Time // guarded by flowSurveys

	mu       sync.Mutex
	now      time.Time // the server's clock at this step
	head     engine.Flow
	summary  *engine.FlowSummary
	pending  int
	size     int
	revision string

	cursor  uint64 // of the member set
	listed  bool   // to its end, since it last changed
	members map[engine.ExecutionID]*surveyed
	unread  []*surveyed
	moved   []*surveyed // read before, and to be read again
	watched []*surveyed

	ordered []*surveyed // those read, oldest first
	rows    []engine.ExecutionRow
	lent    bool
	fresh   []engine.ExecutionRow // read in this step for the first time

	openTurn, endedTurn int // where the confirming of places goes on
	words               map[string]string

	wiring
}

// surveyed is one member.
type surveyed struct {
	id      engine.ExecutionID
	at      int       // its row; -1 while it has none
	checked time.Time // when it was last known to be what its row says
	moved   bool      // in flowSurvey.moved
	placed  bool      // its place was looked at since its row was read
	absent  bool      // and it was not there
	score   float64   // of its place
	wires
}

func newFlowSurvey(flow engine.FlowID) *flowSurvey {
	return &flowSurvey{flow: flow, members: map[engine.ExecutionID]*surveyed{}, words: map[string]string{}, wiring: newWiring()}
}

// fit takes in the size of the member set and the graph's revision: where they are others than before, there is something to list.
func (s *flowSurvey) fit(size int, revision string) {
	if size != s.size {
		s.listed, s.cursor = false, 0
	}
	if revision != s.revision {
		s.rewire()
	}
	s.size, s.revision = size, revision
}

// add takes in a page of the member set.
func (s *flowSurvey) add(page []string) {
	for _, member := range page {
		id := engine.ExecutionID(member)
		if s.members[id] != nil || len(s.members) >= mostSurveyed {
			continue
		}
		m := &surveyed{id: id, at: -1}
		s.members[id] = m
		s.unread = append(s.unread, m)
	}
}

// find is the members among these that were read.
func (s *flowSurvey) find(ids []engine.ExecutionID) []*surveyed {
	var found []*surveyed
	for _, id := range ids {
		if m := s.members[id]; m != nil && m.at >= 0 {
			found = append(found, m)
		}
	}
	return found
}

func (s *flowSurvey) row(m *surveyed) *engine.ExecutionRow { return &s.rows[m.at] }

// dueRows are the members whose records this step reads.
func (s *flowSurvey) dueRows() []*surveyed {
	for _, m := range s.watched {
		if s.row(m).State == engine.StateActive { // its progress is told by nothing else
			s.reread(m)
		}
	}
	again, first := min(len(s.moved), surveyRereads), min(len(s.unread), surveyRows)
	due := slices.Concat(s.moved[:again], s.unread[:first])
	s.moved, s.unread = slices.Clone(s.moved[again:]), slices.Clone(s.unread[first:])
	return due
}

func (s *flowSurvey) reread(m *surveyed) {
	if !m.moved {
		m.moved = true
		s.moved = append(s.moved, m)
	}
}

// takeRow takes in what was read of a member.
func (s *flowSurvey) takeRow(m *surveyed, row engine.ExecutionRow) {
	m.moved, m.checked, m.placed = false, s.now, false
	s.intern(&row)
	if m.at < 0 {
		s.fresh = append(s.fresh, row)
		s.unwired = append(s.unwired, m)
		return
	}
	before := s.row(m)
	if reflect.DeepEqual(*before, row) {
		return
	}
	if before.State != row.State {
		s.changed(m)
	}
	if s.lent {
		s.rows, s.lent = slices.Clone(s.rows), false
	}
	s.rows[m.at] = row
}

// intern keeps one copy of words that come with every row.
func (s *flowSurvey) intern(row *engine.ExecutionRow) {
	row.Flow = engine.FlowID(s.word(string(row.Flow)))
	row.Lane = engine.LaneID(s.word(string(row.Lane)))
	row.Namespace = engine.Namespace(s.word(string(row.Namespace)))
	row.Kind = s.word(row.Kind)
	row.State = engine.PublicState(s.word(string(row.State)))
	row.Phase = engine.LifecyclePhase(s.word(string(row.Phase)))
	row.Ownership = engine.OwnershipState(s.word(string(row.Ownership)))
	row.Outcome = engine.TerminalOutcome(s.word(string(row.Outcome)))
	row.BlockingReason = engine.BlockingReason(s.word(string(row.BlockingReason)))
	row.Worker = engine.WorkerID(s.word(string(row.Worker)))
	row.WorkerInstance = engine.WorkerInstanceID(s.word(string(row.WorkerInstance)))
}

// mostInterned bounds the words that are remembered: a stranger's records may hold a new one each.
const mostInterned = 2000

func (s *flowSurvey) word(text string) string {
	if known, ok := s.words[text]; ok {
		return known
	}
	if len(s.words) < mostInterned {
		s.words[text] = text
	}
	return text
}

// order puts rows read for the first time among the others.
func (s *flowSurvey) order() {
	if len(s.fresh) == 0 {
		return
	}
	s.rows, s.lent = slices.Concat(s.rows, s.fresh), false
	s.fresh = nil
	slices.SortFunc(s.rows, func(x, y engine.ExecutionRow) int {
		return cmp.Or(x.CreatedAt.Compare(y.CreatedAt), cmp.Compare(x.ID, y.ID))
	})
	s.ordered = make([]*surveyed, len(s.rows))
	for i := range s.rows {
		m := s.members[s.rows[i].ID]
		m.at, s.ordered[i] = i, m
	}
}

// told is what whoever asked gets.
func (s *flowSurvey) told() *engine.FlowSurvey {
	s.lent, s.wiring.lent = true, true
	told := &engine.FlowSurvey{
		FlowDetail: engine.FlowDetail{Flow: s.head, Summary: s.summary, Members: s.rows, Edges: s.edges, PendingCancels: s.pending,
			Truncated: max(0, s.size-len(s.rows))},
		Size: s.size, Beyond: max(0, s.size-mostSurveyed), Wired: s.wired(), At: s.now,
	}
	told.Flow.EdgeGroups = s.groups
	if len(s.unread) > 0 || !s.listed && len(s.members) < mostSurveyed {
		return told
	}
	told.Confirmed = s.now
	for _, m := range s.ordered {
		if m.checked.Before(told.Confirmed) {
			told.Confirmed = m.checked
		}
	}
	return told
}

// surveyPlaces asks the lanes' indexes whether members are still where their states put them.
func (b *Backend) surveyPlaces(ctx context.Context, op string, s *flowSurvey) error {
	places := s.duePlaces()
	if len(places) == 0 {
		return nil
	}
	reads := make(map[string]*redis.Cmd, len(places))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for key, members := range places {
			// ZMScore would tell a member that is not there from one at 0 by nothing.
			words := []any{"ZMSCORE", key}
			for _, m := range members {
				words = append(words, string(m.id))
			}
			reads[key] = p.Do(ctx, words...)
		}
	})
	if err != nil {
		return err
	}
	for key, members := range places {
		scores, err := reads[key].Slice()
		if err != nil || len(scores) != len(members) { // a key of another type: nobody is there
			scores = make([]any, len(members))
		}
		for i, m := range members {
			s.confirm(m, scores[i])
		}
	}
	return nil
}

// duePlaces are the members to confirm, by index: those watched, and those whose turn it is.
func (s *flowSurvey) duePlaces() map[string][]*surveyed {
	due, asked := map[string][]*surveyed{}, map[*surveyed]bool{}
	ask := func(m *surveyed) (room bool) {
		key := s.place(m)
		if key == "" {
			s.unplaced(m)
			return true
		}
		if due[key] == nil && len(due) == surveyIndexes {
			return false
		}
		if !asked[m] {
			asked[m] = true
			due[key] = append(due[key], m)
		}
		return true
	}
	for _, m := range s.watched {
		ask(m)
	}
	s.openTurn = s.takeTurn(s.openTurn, surveyOpen, false, ask)
	s.endedTurn = s.takeTurn(s.endedTurn, surveyEnded, true, ask)
	return due
}

// takeTurn goes on through the members that have ended, or that have not, and returns where the next turn begins.
func (s *flowSurvey) takeTurn(from, most int, ended bool, ask func(*surveyed) bool) int {
	n := len(s.ordered)
	for i := range n {
		at := (from + i) % n
		if m := s.ordered[at]; s.row(m).State.Terminal() == ended {
			if most == 0 || !ask(m) {
				return at
			}
			most--
		}
	}
	return from
}

// unplaced deals with a member that has a place in no index: there is nothing but its record to ask. One that was purged stays so.
func (s *flowSurvey) unplaced(m *surveyed) {
	if s.row(m).Missing {
		m.checked = s.now
		return
	}
	if len(s.moved) < surveyRereads/2 {
		s.reread(m)
	}
}

// confirm compares a member's place with where it was. The first look after its record was read can tell that it has moved since.
func (s *flowSurvey) confirm(m *surveyed, score any) {
	at, there := score.(float64)
	if text, ok := score.(string); ok {
		var err error
		at, err = strconv.ParseFloat(text, 64)
		there = err == nil
	}
	stays := m.absent == !there && m.score == at
	if !m.placed {
		stays = there || m.absent // what is never where it should be is not read over and over
	}
	m.placed, m.absent, m.score = true, !there, at
	if stays {
		m.checked = s.now
		return
	}
	s.reread(m)
}

// place is the key of the index that a member's state puts it into; "" for none.
func (s *flowSurvey) place(m *surveyed) string {
	row := s.row(m)
	index := indexOf(row)
	if index == "" || row.Lane == "" || row.Missing || !isExecutionID(string(m.id)) {
		return ""
	}
	return keysOf(m.id).partition().lane(row.Lane, index)
}

// indexOf is the lane index in which an execution of this state stands (spec 01 §3.5.1).
func indexOf(row *engine.ExecutionRow) engine.LaneIndex {
	switch row.State {
	case engine.StateWaiting, engine.StateResumable, engine.StateRateLimited:
		if index, blocked := blockedIndexes[row.BlockingReason]; blocked {
			return index
		}
		return engine.IndexEligible
	case engine.StateWaitingChildren:
		return engine.IndexBlockedDependencies
	case engine.StateDelayed:
		return engine.IndexDelayed
	case engine.StateActive:
		return engine.IndexActive
	case engine.StateSuspended:
		return engine.IndexSuspended
	default:
		if row.State.Terminal() {
			return engine.IndexTerminal
		}
		return ""
	}
}
