package valkey

import (
	"context"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What a person can look at of one execution; the rest is counted or cut.
const (
	maxShownBytes    = 64 << 10
	maxShownAttempts = 100
	maxShownSignals  = 100
	maxShownLeases   = 50
)

// ExecutionDetail reads one execution with everything around it in four round trips; nil when there is none. Attempts and streams
// are the latest hundred.
func (b *Backend) ExecutionDetail(ctx context.Context, execution engine.ExecutionID) (*engine.ExecutionDetail, error) {
	const op = "execution_detail"
	if err := checkExecutionID(op, execution); err != nil {
		return nil, err
	}
	parts, err := b.readDetail(ctx, op, execution)
	if err != nil {
		return nil, err
	}
	record := readWholeHash(parts.core)
	if record.empty() && len(record.bad) == 0 {
		return nil, b.absentExecution(op, execution)
	}
	detail := &engine.ExecutionDetail{
		Execution:   decodeExecution(execution, record, readWholeHash(parts.tags)),
		PolicyJSON:  shownBytes(parts.policy),
		Payload:     shownBytes(parts.payload),
		PayloadSize: parts.payloadSize.Val(),
		Result:      shownBytes(parts.result),
		ResultSize:  parts.resultSize.Val(),
		Leases:      decodeLeaseEvents(parts.leases.Val()),
	}
	indexes := attemptIndexes(parts.attempts.Val())
	if detail.Attempts, detail.Streams, err = b.readAttempts(ctx, op, execution, indexes); err != nil {
		return nil, err
	}
	if detail.Suspension, err = b.readSuspension(ctx, execution); err != nil {
		return nil, err
	}
	detail.Signals, err = b.readDelivered(ctx, op, keysOf(execution).partition(), signalIDs(parts.signals.Val()), maxShownBytes)
	return detail, err
}

// detailReads are the replies of the first round trip.
type detailReads struct {
	core, tags              *redis.MapStringStringCmd
	policy, payload, result *redis.StringCmd
	payloadSize, resultSize *redis.IntCmd
	attempts, signals       *redis.StringSliceCmd // newest first
	leases                  *redis.XMessageSliceCmd
}

func (b *Backend) readDetail(ctx context.Context, op string, execution engine.ExecutionID) (detailReads, error) {
	k := keysOf(execution)
	var r detailReads
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		r.core = p.HGetAll(ctx, k.core())
		r.tags = p.HGetAll(ctx, k.tags())
		r.policy = p.GetRange(ctx, k.policy(), 0, maxShownBytes-1)
		r.payload = p.GetRange(ctx, k.payload(), 0, maxShownBytes-1)
		r.payloadSize = p.StrLen(ctx, k.payload())
		r.result = p.GetRange(ctx, k.result(), 0, maxShownBytes-1)
		r.resultSize = p.StrLen(ctx, k.result())
		r.attempts = p.ZRevRange(ctx, k.attempts(), 0, maxShownAttempts-1)
		r.signals = p.ZRevRange(ctx, k.signals(), 0, maxShownSignals-1)
		r.leases = p.XRevRangeN(ctx, k.leaseHistory(), "+", "-", maxShownLeases)
	})
	return r, err
}

// shownBytes is nil for a key that is absent or no string.
func shownBytes(read *redis.StringCmd) []byte {
	bytes, err := read.Bytes()
	if err != nil || len(bytes) == 0 {
		return nil
	}
	return bytes
}

// attemptIndexes reads an attempts set, newest first, into rising order. A member that is no index names nothing that could be read.
func attemptIndexes(members []string) []uint32 {
	indexes := make([]uint32, 0, len(members))
	for _, member := range members {
		if n, err := strconv.ParseUint(member, 10, 32); err == nil {
			indexes = append(indexes, uint32(n))
		}
	}
	slices.Sort(indexes)
	return indexes
}

func signalIDs(newestFirst []string) []engine.SignalID {
	ids := make([]engine.SignalID, 0, len(newestFirst))
	for _, member := range slices.Backward(newestFirst) {
		ids = append(ids, engine.SignalID(member))
	}
	return ids
}

// readAttempts reads attempt records and the streams that were opened.
func (b *Backend) readAttempts(ctx context.Context, op string, execution engine.ExecutionID, indexes []uint32) ([]engine.Attempt, []engine.StreamMeta, error) {
	k := keysOf(execution)
	records := make([]*redis.MapStringStringCmd, len(indexes))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, index := range indexes {
			records[i] = p.HGetAll(ctx, k.attempt(index))
		}
	})
	if err != nil {
		return nil, nil, err
	}
	attempts := make([]engine.Attempt, len(indexes))
	refs := make([]engine.StreamRef, len(indexes))
	for i, index := range indexes {
		attempts[i] = decodeAttempt(index, readWholeHash(records[i]))
		refs[i] = engine.StreamRef{Execution: execution, Attempt: index}
	}
	metas, err := b.readStreamMetas(ctx, op, refs)
	if err != nil {
		return nil, nil, err
	}
	var streams []engine.StreamMeta
	for _, meta := range metas {
		if meta != nil {
			streams = append(streams, *meta)
		}
	}
	return attempts, streams, nil
}

func decodeAttempt(index uint32, r *record) engine.Attempt {
	a := engine.Attempt{
		ID:              id(r, "attempt_id", engine.ParseAttemptID),
		Index:           index,
		Type:            word[engine.AttemptType](r, "attempt_type"),
		State:           r.text("attempt_state"),
		Worker:          engine.WorkerID(r.text("worker_id")),
		WorkerInstance:  engine.WorkerInstanceID(r.text("worker_instance_id")),
		LeaseEpoch:      r.count("lease_epoch"),
		CreatedAt:       r.time("created_at"),
		StartedAt:       r.time("started_at"),
		EndedAt:         r.time("ended_at"),
		SuspendedAt:     r.time("suspended_at"),
		ResumedAt:       r.time("resumed_at"),
		FailureReason:   r.text("failure_reason"),
		FailureCategory: r.text("failure_category"),
		RetryReason:     r.text("retry_reason"),
		ReclaimReason:   r.text("reclaim_reason"),
	}
	a.Malformed = r.bad
	return a
}

// decodeLeaseEvents turns a history, newest first, around.
func decodeLeaseEvents(newestFirst []redis.XMessage) []engine.LeaseEvent {
	events := make([]engine.LeaseEvent, 0, len(newestFirst))
	for _, entry := range slices.Backward(newestFirst) {
		events = append(events, decodeLeaseEvent(entry))
	}
	return events
}

// decodeLeaseEvent reads one entry. Its time is its own stamp, else the entry's.
func decodeLeaseEvent(entry redis.XMessage) engine.LeaseEvent {
	e := engine.LeaseEvent{ID: entry.ID, At: entryTime(entry.ID), Fields: map[string]string{}}
	for name, value := range entry.Values {
		text, _ := value.(string)
		switch name {
		case "event":
			e.Event = text
		case "ts":
			if at, err := parseMillis(text); err == nil {
				e.At = at
			}
		default:
			e.Fields[name] = text
		}
	}
	return e
}
