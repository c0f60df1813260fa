package valkey

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// readSuspension reads the latest suspension of an execution with its waitpoints; nil when it has had none.
func (b *Backend) readSuspension(ctx context.Context, execution engine.ExecutionID) (*engine.Suspension, error) {
	suspensions, err := b.readSuspensions(ctx, "read_suspension", []engine.ExecutionID{execution})
	if err != nil {
		return nil, err
	}
	return suspensions[0], nil
}

// readSuspensions reads the latest suspensions of executions, in their order and nil for those that have had none, in two round
// trips: the records, then their waitpoints.
func (b *Backend) readSuspensions(ctx context.Context, op string, executions []engine.ExecutionID) ([]*engine.Suspension, error) {
	if len(executions) == 0 {
		return nil, nil
	}
	records := make([]*redis.MapStringStringCmd, len(executions))
	tokens := make([]*redis.StringSliceCmd, len(executions))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, execution := range executions {
			k := keysOf(execution)
			records[i] = p.HGetAll(ctx, k.suspensionCurrent())
			tokens[i] = p.SMembers(ctx, k.satisfiedSet())
		}
	})
	if err != nil {
		return nil, err
	}
	suspensions := make([]*engine.Suspension, len(executions))
	var keys []waitpointKey
	var owner []*engine.Suspension
	for i, execution := range executions {
		r := readWholeHash(records[i])
		if r.empty() && len(r.bad) == 0 {
			continue
		}
		s := decodeSuspension(r, tokens[i].Val())
		suspensions[i] = s
		for _, waitpoint := range suspensionWaitpoints(r) {
			keys = append(keys, waitpointKey{keysOf(execution).partition(), waitpoint})
			owner = append(owner, s)
		}
	}
	waitpoints, err := b.readWaitpointKeys(ctx, op, keys)
	if err != nil {
		return nil, err
	}
	for i, waitpoint := range waitpoints {
		owner[i].Waitpoints = append(owner[i].Waitpoints, waitpoint.Waitpoint)
	}
	return suspensions, nil
}

// decodeSuspension makes a Suspension of its record and the tokens of its satisfied set. The waitpoints are read apart.
func decodeSuspension(r *record, tokens []string) *engine.Suspension {
	s := &engine.Suspension{
		ID:              id(r, "suspension_id", engine.ParseSuspensionID),
		Execution:       id(r, "execution_id", engine.ParseExecutionID),
		AttemptIndex:    r.index("attempt_index"),
		Reason:          r.text("reason_code"),
		RequestedBy:     r.text("requested_by"),
		CreatedAt:       r.time("created_at"),
		TimeoutAt:       r.time("timeout_at"),
		TimeoutBehavior: r.text("timeout_behavior"),
		ClosedAt:        r.time("closed_at"),
		CloseReason:     r.text("close_reason"),
		LastSignalAt:    r.time("last_signal_at"),
	}
	condition, err := engine.DecodeCondition([]byte(r.text("resume_condition_json")))
	if err != nil {
		r.malformed("resume_condition_json", "not a resume condition")
	}
	s.Condition = condition
	if condition.Composite() {
		s.Progress = engine.Evaluate(condition, tokens)
	}
	s.Malformed = r.bad
	return s
}

// suspensionWaitpoints are the ids of a suspension's waitpoints as stored, the primary one first.
func suspensionWaitpoints(r *record) []string {
	var ids []string
	if primary := r.text("waitpoint_id"); primary != "" {
		ids = append(ids, primary)
	}
	var additional []struct {
		ID string `json:"waitpoint_id"`
	}
	if text := r.text("additional_waitpoints_json"); text != "" && json.Unmarshal([]byte(text), &additional) != nil {
		r.malformed("additional_waitpoints_json", "not a list of waitpoints")
	}
	for _, waitpoint := range additional {
		if waitpoint.ID != "" {
			ids = append(ids, waitpoint.ID)
		}
	}
	return ids
}

// ObserveSignals returns the signals that satisfied the last wait of the handle's attempt (spec 03b §6.9). After a resume by
// somebody it is empty, whatever had been matched until then.
func (b *Backend) ObserveSignals(ctx context.Context, h engine.Handle) ([]engine.Delivered, error) {
	const op = "observe_signals"
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return nil, err
	}
	k := keysOf(h.ExecutionID)
	read := b.rdb.HGetAll(ctx, k.suspensionCurrent())
	if err := read.Err(); err != nil {
		return nil, engine.Transport(op, err)
	}
	r := readWholeHash(read)
	attempt, err := strconv.ParseUint(r.text("attempt_index"), 10, 32)
	if err != nil || uint32(attempt) != h.AttemptIndex || r.text("close_reason") != "resumed" || r.text("waitpoint_id") == "" {
		return nil, nil
	}
	signals := satisfierIDs(r)
	if len(signals) == 0 {
		if signals, err = b.matchedSignals(ctx, op, k.partition(), suspensionWaitpoints(r)); err != nil {
			return nil, err
		}
	}
	return b.readDelivered(ctx, op, k.partition(), signals, wholePayload)
}

// satisfierIDs are the signals that made a composite condition hold.
func satisfierIDs(r *record) []engine.SignalID {
	var stored []string
	if json.Unmarshal([]byte(r.text("all_satisfier_signals")), &stored) != nil {
		return nil
	}
	var ids []engine.SignalID
	for _, text := range stored {
		if signal, err := engine.ParseSignalID(text); err == nil {
			ids = append(ids, signal)
		}
	}
	return ids
}

// matchedSignals are the signals that made a simple condition hold, in the order of its matchers.
func (b *Backend) matchedSignals(ctx context.Context, op string, part partKeys, waitpoints []string) ([]engine.SignalID, error) {
	stored, err := b.readWaitpoints(ctx, op, part, waitpoints)
	if err != nil {
		return nil, err
	}
	var ids []engine.SignalID
	for _, waitpoint := range stored {
		if !waitpoint.satisfied {
			continue
		}
		for _, matcher := range waitpoint.Matchers {
			if matcher.Satisfied && matcher.Signal != "" {
				ids = append(ids, matcher.Signal)
			}
		}
	}
	return ids, nil
}

// wholePayload is no limit for readDelivered.
const wholePayload = 0

// readDelivered reads signal records with their payloads, cut at so many bytes, in one round trip. Signals whose record is gone are
// left out.
func (b *Backend) readDelivered(ctx context.Context, op string, part partKeys, signals []engine.SignalID, payloadMost int64,
) ([]engine.Delivered, error) {
	if len(signals) == 0 {
		return nil, nil
	}
	records := make([]*redis.MapStringStringCmd, len(signals))
	payloads := make([]*redis.StringCmd, len(signals))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, signal := range signals {
			records[i] = p.HGetAll(ctx, part.signal(signal))
			payloads[i] = p.GetRange(ctx, part.signalPayload(signal), 0, payloadMost-1) // to -1: the end
		}
	})
	if err != nil {
		return nil, err
	}
	var delivered []engine.Delivered
	for i, signal := range signals {
		r := readWholeHash(records[i])
		if r.empty() && len(r.bad) == 0 {
			continue
		}
		delivered = append(delivered, decodeDelivered(signal, r, payloads[i]))
	}
	return delivered, nil
}

func decodeDelivered(signal engine.SignalID, r *record, payload *redis.StringCmd) engine.Delivered {
	d := engine.Delivered{
		ID:             signal,
		Waitpoint:      id(r, "target_waitpoint_id", engine.ParseWaitpointID),
		Name:           r.text("signal_name"),
		Category:       r.text("signal_category"),
		SourceType:     r.text("source_type"),
		SourceIdentity: r.text("source_identity"),
		CorrelationID:  r.text("correlation_id"),
		IdempotencyKey: r.text("idempotency_key"),
		AcceptedAt:     r.time("accepted_at"),
		Effect:         r.text("observed_effect"),
		Encoding:       r.text("payload_encoding"),
	}
	if bytes, err := payload.Bytes(); err == nil && len(bytes) > 0 {
		d.Payload = bytes
	}
	d.Malformed = r.bad
	return d
}
