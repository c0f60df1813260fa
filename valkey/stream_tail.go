package valkey

import (
	"context"
	"strings"
	"time"

	"ffboard/engine"
)

// tailRound is how long a tail waits at most before it looks whether the stream has ended: ending wakes nobody.
const tailRound = time.Second

// TailStream returns the frames after a position, and waits up to Block for the first (spec 03e §14). It returns without frames when
// the time is up or the stream has ended. With TailExcludeBestEffort it reads on past what it leaves out; LastID is past it, too
// . After takes the words start and end: end means what comes after the call.
func (b *Backend) TailStream(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
	const op = "tail_stream"
	if err := checkStreamRead(op, q.Execution, q.Limit); err != nil {
		return engine.StreamPage{}, err
	}
	after, err := b.tailStart(ctx, op, q)
	if err != nil {
		return engine.StreamPage{}, err
	}
	until := time.Now().Add(q.Block)
	var page engine.StreamPage
	for {
		want := min(q.Limit-len(page.Frames), framesPerRoundTrip)
		part, err := b.readFrames(ctx, op, q.Execution, q.AttemptIndex, entryAfter(after), engine.StreamEnd.Bound(), want)
		if err != nil {
			return engine.StreamPage{}, err
		}
		drained := len(part.Frames) < want
		if part.LastID != "" {
			after = part.LastID
		}
		page = engine.StreamPage{
			Frames:       append(page.Frames, visibleFrames(part.Frames, q.Visibility)...),
			ClosedAt:     part.ClosedAt,
			ClosedReason: part.ClosedReason,
			LastID:       after,
		}
		if len(page.Frames) == q.Limit || drained && (len(page.Frames) > 0 || page.Closed()) {
			return page, nil
		}
		if !drained {
			continue
		}
		left := time.Until(until)
		if left <= 0 {
			return page, nil
		}
		if err := b.awaitFrame(ctx, q, after, min(left, tailRound)); err != nil {
			return engine.StreamPage{}, engine.Transport(op, err)
		}
	}
}

// tailStart is the position after which a tail begins.
func (b *Backend) tailStart(ctx context.Context, op string, q engine.TailQuery) (string, error) {
	if q.After == "" || q.After == string(engine.StreamStart) {
		return "0-0", nil
	}
	cursor, err := engine.ParseStreamCursor(q.After)
	if err != nil {
		return "", engine.Invalid(op, err.Error())
	}
	if cursor != engine.StreamEnd {
		if !strings.Contains(q.After, "-") {
			return q.After + "-0", nil
		}
		return q.After, nil
	}
	last, err := b.rdb.XRevRangeN(ctx, keysOf(q.Execution).stream(q.AttemptIndex), "+", "-", 1).Result()
	if err != nil {
		return "", engine.Transport(op, err)
	}
	if len(last) == 0 {
		return "0-0", nil
	}
	return last[0].ID, nil
}

func visibleFrames(frames []engine.StreamFrame, v engine.TailVisibility) []engine.StreamFrame {
	if v == engine.TailAll {
		return frames
	}
	var visible []engine.StreamFrame
	for _, f := range frames {
		if f.Mode != engine.ModeBestEffort {
			visible = append(visible, f)
		}
	}
	return visible
}
