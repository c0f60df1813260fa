package httpapi

import (
	"context"
	"maps"
	"strconv"
	"time"

	"ffboard/engine"
)

const (
	defaultReadLimit = 100
	defaultTailLimit = 50
	mostFrames       = 1000
	longestBlockMS   = 30_000
)

type frameBody struct {
	ID     string            `json:"id"`
	Fields map[string]string `json:"fields"`
}

type framesBody struct {
	Frames       []frameBody `json:"frames"`
	Count        int         `json:"count"`
	ClosedAt     *int64      `json:"closed_at,omitempty"`
	ClosedReason string      `json:"closed_reason,omitempty"`
}

// readStream is GET /v1/executions/{id}/attempts/{idx}/stream (spec 06 §6.17, 03e §16).
func (a *API) readStream(c *call) (answer, error) {
	attempt, err := c.attempt()
	if err != nil {
		return answer{}, err
	}
	q := c.query()
	from, to := q.cursor("from", engine.StreamStart), q.cursor("to", engine.StreamEnd)
	limit := q.number("limit", 64, defaultReadLimit)
	if q.err != nil {
		return answer{}, q.err
	}
	if err := checkFrameLimit(limit, "from/to"); err != nil {
		return answer{}, err
	}
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	release, err := a.streams.take()
	if err != nil {
		return answer{}, err
	}
	defer release()
	page, err := a.Backend.ReadStream(c.Context(), id, attempt, string(from), string(to), int(limit))
	if err != nil {
		return answer{}, err
	}
	return ok(framesOf(page))
}

func checkFrameLimit(limit uint64, paginateBy string) error {
	switch {
	case limit == 0:
		return badRequest("limit must be >= 1")
	case limit > mostFrames:
		return badRequest("limit exceeds REST ceiling 1000; paginate via " + paginateBy + " for larger spans")
	default:
		return nil
	}
}

// tailStream is GET /v1/executions/{id}/attempts/{idx}/stream/tail (spec 06 §6.18, 03e §16).
func (a *API) tailStream(c *call) (answer, error) {
	attempt, err := c.attempt()
	if err != nil {
		return answer{}, err
	}
	q := c.query()
	after := q.cursor("after", "0-0")
	blockMS := q.number("block_ms", 64, 0)
	limit := q.number("limit", 64, defaultTailLimit)
	if q.err != nil {
		return answer{}, q.err
	}
	if blockMS > longestBlockMS {
		return answer{}, badRequest("block_ms exceeds 30000ms ceiling")
	}
	if err := checkFrameLimit(limit, "after"); err != nil {
		return answer{}, err
	}
	if after == engine.StreamStart || after == engine.StreamEnd {
		return answer{}, badRequest("after: XREAD cursor must be a concrete entry id; pass '0-0' to start from the beginning")
	}
	id, err := c.execution()
	if err != nil {
		return answer{}, err
	}
	release, err := a.streams.take()
	if err != nil {
		return answer{}, err
	}
	defer release()
	page, err := a.tail(c.Context(), engine.TailQuery{
		Execution: id, AttemptIndex: attempt, After: string(after), Block: duration(blockMS), Limit: int(limit),
	})
	if err != nil {
		return answer{}, err
	}
	return ok(framesOf(page))
}

// tail waits until something comes, the time is up, or the server stops. In the last case it answers with what there is, as if the
// time were up: the client asks again, and another server answers.
func (a *API) tail(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(a.streams.closing, stop)()
	page, err := a.Backend.TailStream(waiting, q)
	if err != nil && a.streams.closing.Err() != nil && ctx.Err() == nil {
		q.Block = 0
		return a.Backend.TailStream(ctx, q)
	}
	return page, err
}

func framesOf(page engine.StreamPage) framesBody {
	body := framesBody{
		Frames:       make([]frameBody, len(page.Frames)),
		Count:        len(page.Frames),
		ClosedAt:     optionalMillis(page.ClosedAt),
		ClosedReason: page.ClosedReason,
	}
	for i, frame := range page.Frames {
		body.Frames[i] = frameBody{frame.ID, fieldsOf(frame)}
	}
	if page.Closed() && body.ClosedAt == nil {
		// It is over and nobody wrote down since when. Clients read the end of a stream from this member.
		body.ClosedAt = optionalMillis(time.Now())
	}
	return body
}

// fieldsOf is a frame as it stands in the stream (spec 03e §3).
func fieldsOf(f engine.StreamFrame) map[string]string {
	fields := maps.Clone(f.Extra)
	if fields == nil {
		fields = map[string]string{}
	}
	set := func(name, value string) {
		if value != "" {
			fields[name] = value
		}
	}
	set("frame_type", f.Type)
	set("encoding", f.Encoding)
	set("source", f.Source)
	set("mode", string(f.Mode))
	set("correlation_id", f.CorrelationID)
	set("ts", stamp(f.SentAt))
	if f.Payload != nil {
		fields["payload"] = string(f.Payload)
	}
	if f.SummaryVersion > 0 {
		fields["summary_version"] = strconv.FormatUint(f.SummaryVersion, 10)
	}
	if f.TTL > 0 {
		fields["ttl_ms"] = strconv.FormatInt(f.TTL.Milliseconds(), 10)
	}
	return fields
}
