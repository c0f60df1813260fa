package valkey

import (
	"context"
	"strings"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	mostFrames = 10000
	// framesPerRoundTrip keeps one read from holding up everybody else on the shared connections.
	framesPerRoundTrip = 500
)

// ReadStream returns frames from…to, both inclusive, by plain reads (spec 03e §13). "" and the words start and end are the
// stream's ends. A stream that was never written reads as empty. Closed with fewer frames than limit: these are all.
func (b *Backend) ReadStream(ctx context.Context, execution engine.ExecutionID, attempt uint32, from, to string, limit int) (engine.StreamPage, error) {
	const op = "read_stream"
	if err := checkStreamRead(op, execution, limit); err != nil {
		return engine.StreamPage{}, err
	}
	start, err := streamBound(op, from, engine.StreamStart)
	if err != nil {
		return engine.StreamPage{}, err
	}
	end, err := streamBound(op, to, engine.StreamEnd)
	if err != nil {
		return engine.StreamPage{}, err
	}
	var page engine.StreamPage
	for {
		want := min(limit-len(page.Frames), framesPerRoundTrip)
		part, err := b.readFrames(ctx, op, execution, attempt, start, end, want)
		if err != nil {
			return engine.StreamPage{}, err
		}
		part.Frames = append(page.Frames, part.Frames...)
		if part.LastID == "" {
			part.LastID = page.LastID
		}
		complete := len(part.Frames)-len(page.Frames) < want || len(part.Frames) == limit
		page = part
		if complete {
			return page, nil
		}
		start = entryAfter(page.LastID)
	}
}

func checkStreamRead(op string, execution engine.ExecutionID, limit int) error {
	if limit < 1 {
		return engine.Invalid(op, "count_limit must be >= 1")
	}
	if limit > mostFrames {
		return engine.Invalid(op, "count_limit_exceeds_hard_cap")
	}
	return checkExecutionID(op, execution)
}

func streamBound(op, cursor string, absent engine.StreamCursor) (string, error) {
	if cursor == "" {
		return absent.Bound(), nil
	}
	c, err := engine.ParseStreamCursor(cursor)
	if err != nil {
		return "", engine.Invalid(op, err.Error())
	}
	return c.Bound(), nil
}

// readFrames is one round trip. Whether the stream is over is read before its frames: nothing is appended after the end, so an
// ended stream's frames are complete.
func (b *Backend) readFrames(ctx context.Context, op string, execution engine.ExecutionID, attempt uint32, start, end string, limit int) (engine.StreamPage, error) {
	k := keysOf(execution)
	var meta, core *redis.SliceCmd
	var entries *redis.XMessageSliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		meta = p.HMGet(ctx, k.streamMeta(attempt), streamEndFields...)
		core = p.HMGet(ctx, k.core(), streamOwnerFields...)
		entries = p.XRangeN(ctx, k.stream(attempt), start, end, int64(limit))
	})
	if err != nil {
		return engine.StreamPage{}, err
	}
	if err := entries.Err(); err != nil && !absent(err) {
		return engine.StreamPage{}, engine.Corrupt(k.stream(attempt), "", "no stream")
	}
	page := engine.StreamPage{Frames: decodeFrames(entries.Val())}
	page.ClosedAt, page.ClosedReason = streamEnd(readHash(meta, streamEndFields), readHash(core, streamOwnerFields), attempt)
	if n := len(page.Frames); n > 0 {
		page.LastID = page.Frames[n-1].ID
	}
	return page, nil
}

// entryAfter is the first id that can follow an entry's. A bare number of milliseconds stands for its first entry.
func entryAfter(entryID string) string {
	if !strings.Contains(entryID, "-") {
		entryID += "-0"
	}
	id, err := engine.ParseEntryID(entryID)
	if err != nil {
		return entryID
	}
	if id.Seq++; id.Seq == 0 {
		id.Millis++
	}
	return id.String()
}

// ReadSummary is nil before the first summary frame (spec 03e §15).
func (b *Backend) ReadSummary(ctx context.Context, execution engine.ExecutionID, attempt uint32) (*engine.SummaryDocument, error) {
	const op = "read_summary"
	if err := checkExecutionID(op, execution); err != nil {
		return nil, err
	}
	key := keysOf(execution).attemptSummary(attempt)
	stored := b.rdb.HGetAll(ctx, key)
	if err := stored.Err(); err != nil && !ofKey(err) {
		return nil, engine.Transport(op, err)
	}
	return decodeSummaryDocument(key, readWholeHash(stored))
}

func decodeSummaryDocument(key string, r *record) (*engine.SummaryDocument, error) {
	version := r.count("version")
	s := &engine.SummaryDocument{
		JSON:           []byte(r.text("document")),
		Version:        version,
		PatchKind:      r.text("patch_kind"),
		UpdatedAt:      r.time("last_updated_ms"),
		FirstAppliedAt: r.time("first_applied_ms"),
	}
	if len(r.bad) > 0 {
		return nil, engine.Corrupt(key, r.bad[0].Field, r.bad[0].Problem)
	}
	if version == 0 {
		return nil, nil
	}
	if len(s.JSON) == 0 {
		s.JSON = []byte("{}")
	}
	if s.FirstAppliedAt.IsZero() {
		s.FirstAppliedAt = s.UpdatedAt
	}
	return s, nil
}
