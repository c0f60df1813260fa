package valkey

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What one step of a survey does at most.
const (
	mostSurveyed      = 20_000 // members of one flow
	mostSurveyedEdges = 40_000
	surveyPages       = 2 // of the member set, and of what leads into one member
	surveyPage        = 500
	surveyRows        = 500  // members read that were never read
	surveyRereads     = 100  // members read again: those that moved, those at work on the screen
	surveyWires       = 500  // members whose adjacency is read
	surveyEdges       = 1000 // edges read that were never read
	surveyResolved    = 100  // edges looked at again whose upstream has ended
	surveyUnresolved  = 12   // edges looked at again whose upstream has not
	surveyGroups      = 12   // groups looked at again
	surveyOpen        = 500  // members confirmed that have not ended
	surveyEnded       = 250  // members confirmed that have
	surveyIndexes     = 8    // indexes asked for them
)

const (
	surveysKept   = 2
	surveyKeptFor = time.Minute
	// edgesUnasked is the size of a flow up to which edges are read, asked for or not.
	edgesUnasked = 1000
)

// flowSurveys are the surveys of the flows looked at last.
type flowSurveys struct {
	mu   sync.Mutex
	open []*flowSurvey // the one used last first
}

// of finds the survey of a flow, or begins one, and forgets those that nobody looks at.
func (s *flowSurveys) of(flow engine.FlowID, now time.Time) *flowSurvey {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found *flowSurvey
	s.open = slices.DeleteFunc(s.open, func(survey *flowSurvey) bool {
		if survey.flow == flow {
			found = survey
			return true
		}
		return now.Sub(survey.used) > surveyKeptFor
	})
	if found == nil {
		found = newFlowSurvey(flow)
	}
	found.used = now
	s.open = slices.Insert(s.open, 0, found)
	s.open = slices.Delete(s.open, min(len(s.open), surveysKept), len(s.open))
	return found
}

func (s *flowSurveys) forget(survey *flowSurvey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = slices.DeleteFunc(s.open, func(other *flowSurvey) bool { return other == survey })
}

// SurveyFlow takes a survey one step further: four round trips where nothing has changed, up to seven where something has. Whether a
// member is still where it was is asked of the lane's index, for hundreds of members in one command; the records of those that moved
// are read again, and then the edges and groups that this concerns.
func (b *Backend) SurveyFlow(ctx context.Context, q engine.FlowSurveyQuery) (*engine.FlowSurvey, error) {
	const op = "survey_flow"
	if err := checkFlowID(op, q.Flow); err != nil {
		return nil, err
	}
	s := b.surveys.of(q.Flow, time.Now())
	s.mu.Lock()
	defer s.mu.Unlock()
	there, err := b.surveyHead(ctx, op, s)
	if err != nil {
		return nil, err
	}
	if !there {
		b.surveys.forget(s)
		return nil, nil
	}
	if err := b.surveyMembers(ctx, op, s); err != nil {
		return nil, err
	}
	s.watched = s.find(q.Watch)
	if err := b.surveyPlaces(ctx, op, s); err != nil {
		return nil, err
	}
	if err := b.surveyRows(ctx, op, s); err != nil {
		return nil, err
	}
	if q.Edges || s.size <= edgesUnasked {
		if err := b.surveyWiring(ctx, op, s); err != nil {
			return nil, err
		}
	}
	return s.told(), nil
}

// surveyHead reads the flow's own records; there is false when it has none.
func (b *Backend) surveyHead(ctx context.Context, op string, s *flowSurvey) (there bool, err error) {
	k := b.flowKeys(s.flow)
	var clock *redis.TimeCmd
	var core, tags, summary *redis.MapStringStringCmd
	var size, pending *redis.IntCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		clock = p.Time(ctx)
		core = p.HGetAll(ctx, k.core())
		tags = p.HGetAll(ctx, k.tags())
		summary = p.HGetAll(ctx, k.summary())
		size = p.SCard(ctx, k.members())
		pending = p.SCard(ctx, k.pendingCancels())
	})
	if err != nil {
		return false, err
	}
	stored := readWholeHash(core)
	if stored.empty() && len(stored.bad) == 0 {
		return false, nil
	}
	s.now = clock.Val()
	s.head = flowOrMarked(k.core(), s.flow, stored, readWholeHash(tags))
	s.summary = decodeFlowSummary(readWholeHash(summary))
	s.pending = int(pending.Val())
	if err := size.Err(); err != nil { // the key is no set
		s.head.Malformed = append(s.head.Malformed, engine.FieldError{Field: "members", Problem: err.Error()})
	}
	s.fit(int(size.Val()), stored.text("graph_revision"))
	return true, nil
}

// surveyMembers lists members as far as the set was not listed since it changed.
func (b *Backend) surveyMembers(ctx context.Context, op string, s *flowSurvey) error {
	for range surveyPages {
		if s.listed || len(s.members) >= mostSurveyed {
			return nil
		}
		page, next, err := b.rdb.SScan(ctx, b.flowKeys(s.flow).members(), s.cursor, "", surveyPage).Result()
		if err != nil && !ofKey(err) {
			return engine.Transport(op, err)
		}
		s.add(page)
		s.cursor, s.listed = next, next == 0
	}
	return nil
}

// surveyRows reads the records of members that were never read, or that are not what they were.
func (b *Backend) surveyRows(ctx context.Context, op string, s *flowSurvey) error {
	due := s.dueRows()
	if len(due) == 0 {
		return nil
	}
	reads := make([]*redis.SliceCmd, len(due))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, m := range due {
			reads[i] = p.HMGet(ctx, keysOf(m.id).core(), rowFields...)
		}
	})
	if err != nil {
		return err
	}
	for i, m := range due {
		s.takeRow(m, decodeRow(m.id, readHash(reads[i], rowFields)))
	}
	s.order()
	return nil
}
