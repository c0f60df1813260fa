package valkey

import (
	"context"
	"slices"

	"ffboard/engine"
)

const (
	// mostStreamsConsidered bounds what a look at the streams reads of a deployment with many active executions.
	mostStreamsConsidered = 2000
	// firstStreamsConsidered bounds the first look of a list that takes turns: there is something to see while the others are read.
	firstStreamsConsidered = 400
)

// StreamRows lists the streams of executions under a lease and of those in watch, most recent frame first, at most limit. Streams
// that were never opened are left out.
func (b *Backend) StreamRows(ctx context.Context, watch []engine.StreamRef, limit int) ([]engine.StreamRow, error) {
	const op = "stream_rows"
	if limit <= 0 {
		return nil, nil
	}
	// Leases are indexed by partition, not by lane too: a fraction of the reads that the lanes' active indexes would take.
	refs := make([]engine.IndexRef, 0, b.Partitions().Flow)
	for p := range b.Partitions().FlowPartitions() {
		refs = append(refs, engine.IndexRef{Partition: p, Name: engine.IndexName(engine.DueLeaseExpiry)})
	}
	considered := mostStreamsConsidered
	if engine.TurnsOf(ctx) != nil && b.listed.streams.empty() {
		considered = firstStreamsConsidered
	}
	members, _, err := b.lastOf(ctx, op, refs, considered)
	if err != nil {
		return nil, err
	}
	for _, ref := range watch {
		members = append(members, indexedMember{member: string(ref.Execution)})
	}
	rows, err := b.rowsOfMembers(ctx, members)
	if err != nil {
		return nil, err
	}

	streamsOf := make([]engine.StreamRef, len(rows))
	for i, row := range rows {
		streamsOf[i] = engine.StreamRef{Execution: row.ID, Attempt: row.AttemptIndex}
		if watched := i - (len(rows) - len(watch)); watched >= 0 {
			streamsOf[i].Attempt = watch[watched].Attempt
		}
		b.sawLane(row.Lane)
	}
	metas, _, err := b.listed.streams.read(ctx, streamsOf, recall[engine.StreamRef, *engine.StreamMeta]{
		again: rowsAgain, beside: true,
		shown: func(ref engine.StreamRef) string { return string(ref.Execution) },
		same:  sameStream,
		fetch: func(due []engine.StreamRef) ([]*engine.StreamMeta, error) { return b.readStreamMetas(ctx, op, due) },
	})
	if err != nil {
		return nil, err
	}
	listed := map[engine.StreamRef]bool{}
	var streams []engine.StreamRow
	for i, meta := range metas {
		if meta == nil || listed[streamsOf[i]] {
			continue
		}
		listed[streamsOf[i]] = true
		streams = append(streams, engine.StreamRow{StreamMeta: *meta, Row: rows[i]})
	}
	slices.SortStableFunc(streams, func(a, b engine.StreamRow) int { return b.LastFrameAt.Compare(a.LastFrameAt) })
	return streams[:min(limit, len(streams))], nil
}

// sameStream tells that nothing was written between two looks.
func sameStream(x, y *engine.StreamMeta) bool {
	if x == nil || y == nil {
		return x == y
	}
	return x.LastID == y.LastID && x.ClosedAt.Equal(y.ClosedAt)
}
