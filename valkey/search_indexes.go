package valkey

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// searchOrder is in which order indexes are walked: what is under way before what waits, what has ended last.
var searchOrder = []engine.LaneIndex{
	engine.IndexActive, engine.IndexSuspended, engine.IndexEligible, engine.IndexDelayed, engine.IndexBlockedDependencies,
	engine.IndexBlockedBudget, engine.IndexBlockedQuota, engine.IndexBlockedRoute, engine.IndexBlockedOperator, engine.IndexTerminal,
}

// indexesOf are where executions of a state stand (spec 01 §4.7).
func indexesOf(state engine.PublicState) []engine.LaneIndex {
	switch state {
	case engine.StateWaiting:
		return []engine.LaneIndex{engine.IndexEligible}
	case engine.StateDelayed:
		return []engine.LaneIndex{engine.IndexDelayed}
	case engine.StateRateLimited:
		return []engine.LaneIndex{engine.IndexBlockedBudget, engine.IndexBlockedQuota, engine.IndexBlockedRoute, engine.IndexBlockedOperator}
	case engine.StateWaitingChildren:
		return []engine.LaneIndex{engine.IndexBlockedDependencies}
	case engine.StateActive:
		return []engine.LaneIndex{engine.IndexActive}
	case engine.StateSuspended, engine.StateResumable:
		return []engine.LaneIndex{engine.IndexSuspended}
	default:
		return []engine.LaneIndex{engine.IndexTerminal}
	}
}

// planned are the indexes that the query's states stand in.
func (s *searchStep) planned() []engine.LaneIndex {
	if len(s.q.States) == 0 {
		return searchOrder
	}
	var wanted []engine.LaneIndex
	for _, state := range s.q.States {
		wanted = append(wanted, indexesOf(state)...)
	}
	return slices.DeleteFunc(slices.Clone(searchOrder), func(i engine.LaneIndex) bool { return !slices.Contains(wanted, i) })
}

// indexes walks one index after the other, each over all partitions and lanes in its own order, what ended last first.
func (s *searchStep) indexes(ctx context.Context) (engine.ExecutionsFound, error) {
	lanes := s.q.Lanes
	if len(lanes) == 0 {
		var err error
		if lanes, err = s.b.servedLanes(ctx, s.op); err != nil {
			return engine.ExecutionsFound{}, err
		}
	}
	plan := s.planned()
	if s.at.of == 0 {
		if err := s.estimate(ctx, plan, lanes); err != nil {
			return engine.ExecutionsFound{}, err
		}
	}
	var members []indexedMember
	for s.at.part < len(plan) && len(members) < s.look {
		read, over, err := s.readIndex(ctx, plan[s.at.part], lanes, s.look-len(members))
		if err != nil {
			return engine.ExecutionsFound{}, err
		}
		members = append(members, read...)
		switch {
		case over:
			s.at.part, s.at.behind = s.at.part+1, nil
		case len(read) > 0:
			s.at.behind = &read[len(read)-1]
		}
	}
	rows, err := s.matching(ctx, members)
	s.at.looked += len(members)
	found := engine.ExecutionsFound{Rows: rows, Looked: s.at.looked, Of: max(s.at.of, s.at.looked), Indexed: true}
	if s.at.part < len(plan) {
		found.Next = s.at.cursor()
	}
	return found, err
}

// estimate takes how many there are to look at from the depths, which are counted by turns.
func (s *searchStep) estimate(ctx context.Context, plan []engine.LaneIndex, lanes []engine.LaneID) error {
	depths, err := s.b.knownDepths(ctx)
	for _, lane := range depths.Lanes {
		for _, index := range plan {
			if slices.Contains(lanes, lane.Lane) {
				s.at.of += lane.ByIndex[index]
			}
		}
	}
	return err
}

// readIndex reads the next want members of one index over all partitions. over tells that nothing is left.
func (s *searchStep) readIndex(ctx context.Context, index engine.LaneIndex, lanes []engine.LaneID, want int) (members []indexedMember, over bool, err error) {
	var refs []engine.IndexRef
	for p := range s.b.Partitions().FlowPartitions() {
		for _, lane := range lanes {
			refs = append(refs, engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(index)})
		}
	}
	refs, err = s.b.Occupied(ctx, refs)
	if err != nil || len(refs) == 0 {
		return nil, err == nil, err
	}
	from := lowestFirst
	if index == engine.IndexTerminal {
		from = highestFirst
	}
	return s.b.beyond(ctx, s.op, refs, s.at.behind, from, want)
}

// pageHead is how far a merge from a place has read one index.
type pageHead struct {
	ref    engine.IndexRef
	read   []indexedMember // beyond the place
	offset int64
	ended  bool
}

// beyond merges what comes after a place in sorted indexes, at most want members. Of each index only as much is read as the result may
// need. over tells that nothing is left behind them.
func (b *Backend) beyond(ctx context.Context, op string, refs []engine.IndexRef, place *indexedMember, from order, want int) (merged []indexedMember, over bool, err error) {
	heads := make([]*pageHead, len(refs))
	for i, ref := range refs {
		heads[i] = &pageHead{ref: ref}
	}
	for each, open := firstHeads, heads; len(open) > 0; each *= 2 {
		if err := b.readPages(ctx, op, open, place, from, each); err != nil {
			return nil, false, err
		}
		merged = merged[:0]
		for _, head := range heads {
			merged = append(merged, head.read...)
		}
		slices.SortFunc(merged, from.compare)
		open = slices.DeleteFunc(slices.Clone(heads), func(h *pageHead) bool { return !h.mayComeBefore(merged, want, from) })
	}
	over = len(merged) <= want && !slices.ContainsFunc(heads, func(h *pageHead) bool { return !h.ended })
	return merged[:min(len(merged), want)], over, nil
}

// mayComeBefore tells whether a member that was not read yet could belong among the first.
func (h *pageHead) mayComeBefore(merged []indexedMember, want int, from order) bool {
	if h.ended {
		return false
	}
	return len(merged) < want || len(h.read) == 0 || from.compare(h.read[len(h.read)-1], merged[want-1]) < 0
}

func (b *Backend) readPages(ctx context.Context, op string, heads []*pageHead, place *indexedMember, from order, each int) error {
	var keys []pageKey
	for _, head := range heads {
		keys = append(keys, pageKey{head.ref, from, head.offset, each})
	}
	fetch := func(due []pageKey) ([][]redis.Z, error) {
		reads, pages := make([]*redis.ZSliceCmd, len(due)), make([][]redis.Z, len(due))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, key := range due {
				reads[i] = p.ZRangeArgsWithScores(ctx, rangeFrom(indexKey(key.ref), place, from, key.offset, each))
			}
		})
		for i, read := range reads {
			pages[i] = read.Val()
		}
		return pages, err
	}
	var pages [][]redis.Z
	var err error
	if place == nil { // the beginning is looked at again and again, any other place once
		pages, _, err = b.listed.pages.read(ctx, keys, recall[pageKey, []redis.Z]{again: headsAgain, same: samePage, fetch: fetch})
	} else {
		pages, err = fetch(keys)
	}
	if err != nil {
		return err
	}
	for i, head := range heads {
		page := pages[i]
		head.offset += int64(len(page))
		head.ended = len(page) < each
		for _, z := range page {
			member, _ := z.Member.(string)
			if m := (indexedMember{member: member, score: z.Score}); place == nil || from.compare(m, *place) > 0 {
				head.read = append(head.read, m)
			}
		}
	}
	return nil
}

// rangeFrom is a page of a sorted set by score, from a place's score on.
func rangeFrom(key string, place *indexedMember, from order, offset int64, count int) redis.ZRangeArgs {
	args := redis.ZRangeArgs{Key: key, Start: "-inf", Stop: "+inf", ByScore: true, Offset: offset, Count: int64(count)}
	if from == highestFirst {
		args.Start, args.Stop, args.Rev = "+inf", "-inf", true
	}
	if place != nil {
		args.Start = place.score
	}
	return args
}
