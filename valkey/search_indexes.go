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
	depths, err := s.b.Depths(ctx)
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
	// Twice what each would give if all gave alike: most steps then need one round trip.
	return s.b.beyond(ctx, s.op, refs, s.at.behind, from, want, max(2*want/len(refs), firstHeads))
}

// beyond merges what comes after a place in sorted indexes, reading each members of every index: at most want of them, and never one
// before which an unread one might stand. over tells that all were read to their ends.
func (b *Backend) beyond(ctx context.Context, op string, refs []engine.IndexRef, place *indexedMember, from order, want, each int) (merged []indexedMember, over bool, err error) {
	reads := make([]*redis.ZSliceCmd, len(refs))
	pages := make([][]indexedMember, len(refs))
	ends := make([]bool, len(refs))
	open := make([]int, len(refs))
	for i := range open {
		open[i] = i
	}
	for offset := int64(0); len(open) > 0; offset += int64(each) {
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for _, i := range open {
				reads[i] = p.ZRangeArgsWithScores(ctx, rangeFrom(indexKey(refs[i]), place, from, offset, each))
			}
		})
		if err != nil {
			return nil, false, err
		}
		var again []int
		for _, i := range open {
			page := reads[i].Val()
			for _, z := range page {
				member, _ := z.Member.(string)
				if m := (indexedMember{member: member, score: z.Score}); place == nil || from.compare(m, *place) > 0 {
					pages[i] = append(pages[i], m)
				}
			}
			ends[i] = len(page) < each
			if len(pages[i]) == 0 && !ends[i] {
				again = append(again, i) // all of the page share the place's score and stand before it
			}
		}
		open = again
	}
	merged, over = mergePages(pages, ends, from, want)
	return merged, over, nil
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

// mergePages puts pages in order up to the first point where one of them may go on.
func mergePages(pages [][]indexedMember, ends []bool, from order, want int) (merged []indexedMember, over bool) {
	var limit *indexedMember
	for i, page := range pages {
		merged = append(merged, page...)
		if len(page) > 0 && !ends[i] {
			if last := page[len(page)-1]; limit == nil || from.compare(last, *limit) < 0 {
				limit = &last
			}
		}
	}
	slices.SortFunc(merged, from.compare)
	if limit != nil {
		merged = slices.DeleteFunc(merged, func(m indexedMember) bool { return from.compare(m, *limit) > 0 })
	}
	over = limit == nil && len(merged) <= want
	return merged[:min(len(merged), want)], over
}
