package valkey

import (
	"context"
	"slices"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What a look at a list reads again of what it has read before, besides rows.
const (
	headsAgain       = 12 // indexes: where one changed, the next change is most likely
	suspensionsAgain = 8
)

// listed is what was read for lists that are looked at again and again.
type listed struct {
	heads       remembered[headKey, indexHead]
	pages       remembered[pageKey, []redis.Z]
	rows        remembered[engine.ExecutionID, engine.ExecutionRow]
	suspensions remembered[engine.ExecutionID, *engine.Suspension]
	streams     remembered[engine.StreamRef, *engine.StreamMeta]
	flows       remembered[engine.FlowID, listedFlow]
	flowSizes   remembered[engine.Partition, int]
	flowParts   remembered[engine.Partition, flowPart]
}

// indexPart is which members of an index a list wants, and from which end.
type indexPart string

const (
	wholeIndex     indexPart = "whole"
	wholeBackwards indexPart = "backwards"
	leasesHeld     indexPart = "held"
	leasesExpired  indexPart = "expired"
)

// headKey is a head of so many members.
type headKey struct {
	ref  engine.IndexRef
	part indexPart
	want int
}

// pageKey is a page of an index from one end.
type pageKey struct {
	ref    engine.IndexRef
	from   order
	offset int64
	each   int
}

// headsInTurn fills in the heads, of which read is asked for those whose turn it is.
func (b *Backend) headsInTurn(ctx context.Context, heads []*indexHead, part indexPart, want int, read func(due []*indexHead) error) error {
	keys := make([]headKey, len(heads))
	for i, head := range heads {
		keys[i] = headKey{head.ref, part, want}
	}
	known, _, err := b.listed.heads.read(ctx, keys, recall[headKey, indexHead]{
		again: headsAgain,
		same:  func(x, y indexHead) bool { return x.total == y.total && slices.Equal(x.read, y.read) },
		fetch: func(due []headKey) ([]indexHead, error) {
			asked, answers := make([]*indexHead, len(due)), make([]indexHead, len(due))
			for i, key := range due {
				answers[i].ref = key.ref
				asked[i] = &answers[i]
			}
			return answers, read(asked)
		},
	})
	if err != nil {
		return err
	}
	for i, head := range heads {
		*head = known[i]
	}
	return nil
}

func samePage(x, y []redis.Z) bool {
	return slices.EqualFunc(x, y, func(a, b redis.Z) bool { return a.Score == b.Score && a.Member == b.Member })
}

// stillIn leaves out executions whose record, read after their index, says that they have gone elsewhere. Without turns both are read at
// the same time, and a contradiction between them is worth being seen.
func (b *Backend) stillIn(ctx context.Context, rows []engine.ExecutionRow, idx engine.LaneIndex) []engine.ExecutionRow {
	if engine.TurnsOf(ctx) == nil {
		return rows
	}
	return slices.DeleteFunc(rows, func(r engine.ExecutionRow) bool {
		return r.State.Valid() && !slices.Contains(indexesOf(r.State), idx)
	})
}

// knownDepths are the depths as they were counted the last time, where a list takes turns and somebody has counted them.
func (b *Backend) knownDepths(ctx context.Context) (engine.Depths, error) {
	t := &b.depths
	t.mu.Lock()
	counted, depths := len(t.looked) > 0, engine.Depths{}
	if counted {
		depths = t.sum()
	}
	t.mu.Unlock()
	if counted && engine.TurnsOf(ctx) != nil {
		return depths, nil
	}
	return b.Depths(ctx)
}
