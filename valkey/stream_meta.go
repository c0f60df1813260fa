package valkey

import (
	"context"
	"strconv"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// StreamMeta is nil for a stream that was never opened.
func (b *Backend) StreamMeta(ctx context.Context, execution engine.ExecutionID, attempt uint32) (*engine.StreamMeta, error) {
	const op = "stream_meta"
	if err := checkExecutionID(op, execution); err != nil {
		return nil, err
	}
	metas, err := b.readStreamMetas(ctx, op, []engine.StreamRef{{Execution: execution, Attempt: attempt}})
	if err != nil {
		return nil, err
	}
	return metas[0], nil
}

// streamsPerRoundTrip bounds what one pipeline holds in memory.
const streamsPerRoundTrip = 500

// readStreamMetas reads the bookkeeping of several streams in their order; nil for those never opened.
func (b *Backend) readStreamMetas(ctx context.Context, op string, refs []engine.StreamRef) ([]*engine.StreamMeta, error) {
	metas := make([]*engine.StreamMeta, 0, len(refs))
	for len(refs) > 0 {
		batch := refs[:min(len(refs), streamsPerRoundTrip)]
		refs = refs[len(batch):]
		records := make([]*redis.MapStringStringCmd, len(batch))
		owners := make([]*redis.SliceCmd, len(batch))
		err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, ref := range batch {
				k := keysOf(ref.Execution)
				records[i] = p.HGetAll(ctx, k.streamMeta(ref.Attempt))
				owners[i] = p.HMGet(ctx, k.core(), streamOwnerFields...)
			}
		})
		if err != nil {
			return nil, err
		}
		for i, ref := range batch {
			metas = append(metas, decodeStreamMeta(ref, readWholeHash(records[i]), readHash(owners[i], streamOwnerFields)))
		}
	}
	return metas, nil
}

// decodeStreamMeta is nil when there is no record (spec 03e §4).
func decodeStreamMeta(ref engine.StreamRef, r, core *record) *engine.StreamMeta {
	if r.empty() && len(r.bad) == 0 {
		return nil
	}
	m := &engine.StreamMeta{
		Execution:    ref.Execution,
		AttemptIndex: ref.Attempt,
		CreatedAt:    r.time("created_at"),
		LastID:       r.text("last_sequence"),
		FrameCount:   r.count("frame_count"),
		TotalBytes:   r.count("total_bytes"),
		LastFrameAt:  r.time("last_frame_at"),
		HasDurable:   r.text("has_durable_frame") == "1",
	}
	m.ClosedAt, m.ClosedReason = streamEnd(r, core, ref.Attempt)
	if rate := r.text("ema_rate_hz"); rate != "" {
		hz, err := strconv.ParseFloat(rate, 64)
		if err != nil {
			r.malformed("ema_rate_hz", "not a rate")
		}
		m.RateHz = hz
	}
	m.Malformed = r.bad
	return m
}
