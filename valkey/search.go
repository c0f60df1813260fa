package valkey

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// mostLooked bounds one step of a search, whatever was asked for.
const mostLooked = 5000

// errBadSearchCursor refuses a place that no search of this query gave.
var errBadSearchCursor = errors.New("malformed cursor: begin the search anew")

// SearchExecutions looks a step further (spec 06 §12.2–§12.4).
func (b *Backend) SearchExecutions(ctx context.Context, q engine.ExecutionQuery, after engine.ExecutionCursor, look int) (engine.ExecutionsFound, error) {
	const op = "search_executions"
	at, err := parseSearchPlace(after)
	if err != nil {
		return engine.ExecutionsFound{}, engine.Invalid(op, err.Error())
	}
	s := &searchStep{b: b, q: q, op: op, at: at, look: min(max(look, 1), mostLooked)}
	switch {
	case q.ID != "":
		return s.one(ctx)
	case q.Flow != "":
		return s.sets(ctx, []string{b.flowKeys(q.Flow).members()})
	case q.Worker != "" && at.source != fromAll:
		found, err := s.sets(ctx, b.leaseSets(engine.WorkerInstanceID(q.Worker)))
		if err != nil || found.Of > 0 || after != "" {
			return found, err
		}
		s.at = searchPlace{source: fromAll} // the name of a pool, or of one that holds nothing: only records know
		return s.sets(ctx, b.executionSets())
	case q.ByIndex():
		return s.indexes(ctx)
	default:
		return s.sets(ctx, b.executionSets())
	}
}

// searchStep is one step of one search.
type searchStep struct {
	b    *Backend
	q    engine.ExecutionQuery
	op   string
	at   searchPlace
	look int
}

// one reads the execution that the query names.
func (s *searchStep) one(ctx context.Context) (engine.ExecutionsFound, error) {
	found := engine.ExecutionsFound{Looked: 1, Of: 1, Indexed: true}
	rows, err := s.matching(ctx, []indexedMember{{member: string(s.q.ID)}})
	if len(rows) == 1 && !rows[0].Missing {
		found.Rows = rows
	}
	return found, err
}

// matching reads members and keeps those that match: first only what tells, then all of those that are left.
func (s *searchStep) matching(ctx context.Context, members []indexedMember) ([]engine.ExecutionRow, error) {
	if s.q.Everything() || len(members) == 0 {
		return s.b.rowsOfMembers(ctx, members)
	}
	fields := s.tellingFields()
	var left []indexedMember
	for batch := range slices.Chunk(members, rowsPerRoundTrip) {
		reads, tags := make([]*redis.SliceCmd, len(batch)), make([]*redis.SliceCmd, len(batch))
		names := tagNames(s.q.Tags)
		err := s.b.pipelined(ctx, s.op, func(p redis.Pipeliner) {
			for i, m := range batch {
				k := keysOf(engine.ExecutionID(m.member))
				reads[i] = p.HMGet(ctx, k.core(), fields...)
				if len(names) > 0 {
					tags[i] = p.HMGet(ctx, k.tags(), names...)
				}
			}
		})
		if err != nil {
			return nil, err
		}
		for i, m := range batch {
			row := decodeRow(engine.ExecutionID(m.member), readHash(reads[i], fields))
			var has map[string]string
			if len(names) > 0 {
				has = readHash(tags[i], names).fields
			}
			if s.q.Match(&row, has) {
				left = append(left, m)
			}
		}
	}
	return s.b.rowsOfMembers(ctx, left)
}

// tellingFields are the core fields that decide whether a row matches.
func (s *searchStep) tellingFields() []string {
	fields := []string{"public_state", "lane_id", "flow_id"} // whether the record can be read, and what most queries ask
	if s.q.Namespace != "" || len(s.q.Words) > 0 {
		fields = append(fields, "namespace")
	}
	if s.q.Kind != "" || len(s.q.Words) > 0 {
		fields = append(fields, "execution_kind")
	}
	if s.q.Worker != "" || len(s.q.Words) > 0 {
		fields = append(fields, "current_worker_id", "current_worker_instance_id")
	}
	if s.q.Reason != "" || len(s.q.Words) > 0 {
		fields = append(fields, "failure_reason", "blocking_detail")
	}
	return fields
}

func tagNames(tags []engine.Tag) []string {
	var names []string
	for _, t := range tags {
		if !slices.Contains(names, t.Key) {
			names = append(names, t.Key)
		}
	}
	return names
}

// searchSource is where a search looks when the query leaves it open.
type searchSource string

const (
	fromQuery searchSource = ""
	fromAll   searchSource = "all"
)

// searchPlace is how far a search has come: in which of its indexes or sets, and there behind a member or at a scan's cursor.
type searchPlace struct {
	source searchSource
	part   int    // of the plan
	scan   uint64 // in a set
	behind *indexedMember
	looked int
	of     int
}

// cursor writes a place as text: source, looked, of, part, scan, and what it stands behind.
func (p searchPlace) cursor() engine.ExecutionCursor {
	words := []string{string(p.source), strconv.Itoa(p.looked), strconv.Itoa(p.of), strconv.Itoa(p.part), strconv.FormatUint(p.scan, 10)}
	if p.behind != nil {
		words = append(words, string(suspendedCursor(*p.behind)))
	}
	return engine.ExecutionCursor(strings.Join(words, "/"))
}

func parseSearchPlace(cursor engine.ExecutionCursor) (searchPlace, error) {
	var p searchPlace
	if cursor == "" {
		return p, nil
	}
	words := strings.SplitN(string(cursor), "/", 6)
	if len(words) < 5 {
		return p, errBadSearchCursor
	}
	p.source = searchSource(words[0])
	var problems [4]error
	p.looked, problems[0] = strconv.Atoi(words[1])
	p.of, problems[1] = strconv.Atoi(words[2])
	p.part, problems[2] = strconv.Atoi(words[3])
	p.scan, problems[3] = strconv.ParseUint(words[4], 10, 64)
	if errors.Join(problems[:]...) != nil || p.part < 0 {
		return p, errBadSearchCursor
	}
	if len(words) == 6 {
		behind, err := parseSuspendedCursor("search_executions", engine.SuspendedCursor(words[5]))
		if err != nil {
			return p, errBadSearchCursor
		}
		p.behind = behind
	}
	return p, nil
}
