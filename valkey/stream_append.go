package valkey

import (
	"cmp"
	"context"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"ffboard/engine"
)

const (
	largestFrame     = 65536 // bytes
	defaultRetention = 10000 // frames
)

// AppendFrame adds a frame to the attempt's stream (spec 03e §6). Codes: stream_closed, stale_owner_cannot_append,
// retention_limit_exceeded, invalid_input for a summary patch that is none. The payload is stored byte for byte.
func (b *Backend) AppendFrame(ctx context.Context, h engine.Handle, f engine.Frame) (engine.Appended, error) {
	const op = "append_frame"
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return engine.Appended{}, err
	}
	if len(f.Payload) > largestFrame {
		return engine.Appended{}, engine.FromCode(op, string(engine.CodeRetentionLimitExceeded), nil)
	}
	maxLen, err := b.streamRetention(ctx, op, h.ExecutionID)
	if err != nil {
		return engine.Appended{}, err
	}
	k := keysOf(h.ExecutionID)
	args := []any{
		string(h.ExecutionID),
		h.AttemptIndex,
		string(h.LeaseID),
		h.LeaseEpoch,
		cmp.Or(f.Type, "stdout"),
		millis(time.Now()),
		f.Payload,
		frameEncoding(f.Payload),
		f.CorrelationID,
		"worker", // source
		maxLen,
		string(h.AttemptID),
		largestFrame,
	}
	r, err := b.call(ctx, op, "ff_append_frame",
		[]string{
			k.core(),
			k.stream(h.AttemptIndex),
			k.streamMeta(h.AttemptIndex),
			k.attemptSummary(h.AttemptIndex),
		},
		append(args, modeArgs(f)...)...,
	)
	if err != nil {
		return engine.Appended{}, err
	}
	return decodeAppended(op, r)
}

func frameEncoding(payload []byte) string {
	if utf8.Valid(payload) {
		return "utf8"
	}
	return "binary"
}

// modeArgs are stream_mode, patch_kind, ttl_ms, maxlen_floor, maxlen_ceiling and ema_alpha.
func modeArgs(f engine.Frame) []any {
	switch f.Mode {
	case engine.ModeSummary:
		return []any{string(f.Mode), "json-merge-patch", 0, 0, 0, 0}
	case engine.ModeBestEffort:
		return []any{
			string(f.Mode), "", millisOf(f.TTL),
			cmp.Or(f.MaxLenFloor, 64),
			cmp.Or(f.MaxLenCeiling, 16384),
			strconv.FormatFloat(cmp.Or(f.EMAAlpha, 0.2), 'f', 6, 64),
		}
	default:
		return []any{string(cmp.Or(f.Mode, engine.ModeDurable)), "", 0, 0, 0, 0}
	}
}

func decodeAppended(op string, r reply) (engine.Appended, error) {
	a := engine.Appended{ID: r.field(0)}
	var err error
	if a.FrameCount, err = parseAmount(r.field(1)); err != nil {
		return engine.Appended{}, badField(op, "frame_count", r.field(1))
	}
	if v := r.field(2); v != "" {
		if a.SummaryVersion, err = parseAmount(v); err != nil {
			return engine.Appended{}, badField(op, "summary_version", v)
		}
	}
	return a, nil
}

// streamRetentions remembers how many frames executions keep: their policies never change.
type streamRetentions struct {
	mu    sync.Mutex
	known map[engine.ExecutionID]uint64
}

// rememberedRetentions bounds the memory; a full one starts again.
const rememberedRetentions = 10_000

// streamRetention is the retention_maxlen of the execution's policy, else what FlowFabric always sends.
func (b *Backend) streamRetention(ctx context.Context, op string, execution engine.ExecutionID) (uint64, error) {
	s := &b.streamRetentions
	s.mu.Lock()
	maxLen, found := s.known[execution]
	s.mu.Unlock()
	if found {
		return maxLen, nil
	}
	policy, err := b.rdb.Get(ctx, keysOf(execution).policy()).Bytes()
	if err != nil && !ofKey(err) {
		return 0, engine.Transport(op, err)
	}
	maxLen = defaultRetention
	if set := parsePolicy(policy).Stream.RetentionMaxLen; set != nil && *set <= largestAmount {
		maxLen = *set
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= rememberedRetentions {
		s.known = map[engine.ExecutionID]uint64{}
	}
	s.known[execution] = maxLen
	return maxLen, nil
}
