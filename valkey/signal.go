package valkey

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// Defaults of a signal (spec 03b §6.4).
const (
	signalDedupTTL  = 24 * time.Hour
	signalMaxLen    = 1000
	signalMaxStored = 10000
)

// DeliverSignal sends a signal to a waitpoint (spec 03b §4.8, §6.4). One that is still pending keeps it. The repeat of an
// idempotency key is a duplicate also after the wait is over, when the library no longer looks at the key.
func (b *Backend) DeliverSignal(ctx context.Context, s engine.Signal) (engine.SignalOutcome, error) {
	const op = "deliver_signal"
	if err := checkSignal(op, s); err != nil {
		return engine.SignalOutcome{}, err
	}
	target, err := b.readTarget(ctx, op, s.Execution, s.Waitpoint)
	if err != nil {
		return engine.SignalOutcome{}, err
	}
	if target.ownedByAnother {
		return engine.SignalOutcome{}, engine.FromCode(op, string(engine.CodeInvalidToken), nil)
	}
	return b.routeSignal(ctx, op, withSignalDefaults(s), target.lane)
}

// BufferSignal leaves a signal on a pending waitpoint, to count when it is put to use (spec 03b §4.9).
func (b *Backend) BufferSignal(ctx context.Context, s engine.Signal) (engine.SignalOutcome, error) {
	const op = "buffer_signal"
	if err := checkSignal(op, s); err != nil {
		return engine.SignalOutcome{}, err
	}
	if b.foreign(ctx) { // ours compares the owner by itself
		target, err := b.readTarget(ctx, op, s.Execution, s.Waitpoint)
		if err != nil {
			return engine.SignalOutcome{}, err
		}
		if target.ownedByAnother {
			return engine.SignalOutcome{}, engine.FromCode(op, string(engine.CodeInvalidToken), nil)
		}
	}
	return b.bufferSignal(ctx, op, withSignalDefaults(s))
}

// DeliverApproval answers for an operator, with the stored token (spec 03b §6.5). The operator's name is the source, so that two
// people count as two.
func (b *Backend) DeliverApproval(ctx context.Context, a engine.Approval) (engine.SignalOutcome, error) {
	const op = "deliver_approval_signal"
	s := engine.Signal{
		Execution:      a.Execution,
		Waitpoint:      a.Waitpoint,
		Name:           a.Name,
		Category:       "approval",
		SourceType:     "operator",
		SourceIdentity: a.Operator,
		IdempotencyKey: "approval:" + a.Name + ":" + a.IdempotencySuffix,
		TargetScope:    "execution",
		CreatedAt:      time.Now(),
		DedupTTL:       a.DedupTTL,
		MaxSignals:     a.MaxSignals,
		MaxLen:         a.MaxLen,
	}
	if err := checkSignal(op, s); err != nil {
		return engine.SignalOutcome{}, err
	}
	target, err := b.readTarget(ctx, op, a.Execution, a.Waitpoint)
	if err != nil {
		return engine.SignalOutcome{}, err
	}
	if target.token == "" || target.ownedByAnother {
		return engine.SignalOutcome{}, engine.NotFound(op, "waitpoint", string(a.Waitpoint))
	}
	if a.Lane != "" && a.Lane != target.lane {
		return engine.SignalOutcome{}, engine.Invalid(op,
			"lane_mismatch: args.lane_id="+string(a.Lane)+" exec_core.lane_id="+string(target.lane))
	}
	s.Token = target.token
	return b.routeSignal(ctx, op, withSignalDefaults(s), target.lane)
}

func checkSignal(op string, s engine.Signal) error {
	if s.ResumeDelay < 0 {
		return engine.Invalid(op, "resume delay must not be negative, got: "+s.ResumeDelay.String())
	}
	return checkExecutionID(op, s.Execution)
}

func withSignalDefaults(s engine.Signal) engine.Signal {
	if s.ID == "" {
		s.ID = engine.NewSignalID()
	}
	s.Encoding = textOr(s.Encoding, "json")
	s.TargetScope = textOr(s.TargetScope, "waitpoint")
	if s.DedupTTL == 0 {
		s.DedupTTL = signalDedupTTL
	}
	if s.MaxLen == 0 {
		s.MaxLen = signalMaxLen
	}
	if s.MaxSignals == 0 {
		s.MaxSignals = signalMaxStored
	}
	return s
}

// signalTarget is what a delivery looks at before it is sent.
type signalTarget struct {
	lane           engine.LaneID
	token          engine.WaitpointToken // "" for an unknown waitpoint
	state          string
	ownedByAnother bool // the waitpoint is not this execution's
}

// readTarget reads an execution's lane and one waitpoint in one round trip.
func (b *Backend) readTarget(ctx context.Context, op string, execution engine.ExecutionID, waitpoint engine.WaitpointID,
) (signalTarget, error) {
	k := keysOf(execution)
	fields := []string{"execution_id", "waitpoint_token", "state"}
	var lane *redis.StringCmd
	var record *redis.SliceCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		lane = p.HGet(ctx, k.core(), "lane_id")
		record = p.HMGet(ctx, k.partition().waitpoint(waitpoint), fields...)
	})
	if err != nil {
		return signalTarget{}, err
	}
	wp := readHash(record, fields)
	return signalTarget{
		lane:           laneOr(lane.Val()),
		token:          engine.WaitpointToken(wp.text("waitpoint_token")),
		state:          wp.text("state"),
		ownedByAnother: !wp.empty() && wp.text("execution_id") != string(execution),
	}, nil
}

// routeSignal delivers, or buffers when the waitpoint is still pending; when it was put to use just then, it delivers after all.
func (b *Backend) routeSignal(ctx context.Context, op string, s engine.Signal, lane engine.LaneID) (engine.SignalOutcome, error) {
	outcome, err := b.deliverSignal(ctx, op, s, lane)
	if errors.Is(err, engine.CodeWaitpointPendingUseBufferScript) {
		outcome, err = b.bufferSignal(ctx, op, s)
		if errors.Is(err, engine.CodeWaitpointNotPending) {
			outcome, err = b.deliverSignal(ctx, op, s, lane)
		}
	}
	over := errors.Is(err, engine.CodeTargetNotSignalable) || errors.Is(err, engine.CodeWaitpointClosed)
	if over && s.IdempotencyKey != "" {
		return b.earlierSignal(ctx, op, s, err)
	}
	return outcome, err
}

// earlierSignal is the signal that took the idempotency key, or refusal when none did.
func (b *Backend) earlierSignal(ctx context.Context, op string, s engine.Signal, refusal error) (engine.SignalOutcome, error) {
	first, err := b.rdb.Get(ctx, keysOf(s.Execution).partition().signalDedup(s.Waitpoint, s.IdempotencyKey)).Result()
	if absent(err) {
		return engine.SignalOutcome{}, refusal
	}
	if err != nil {
		return engine.SignalOutcome{}, engine.Transport(op, err)
	}
	return engine.SignalOutcome{ID: engine.SignalID(first), Duplicate: true}, nil
}

// deliverSignal is ff_deliver_signal.
func (b *Backend) deliverSignal(ctx context.Context, op string, s engine.Signal, lane engine.LaneID) (engine.SignalOutcome, error) {
	k, part := keysOf(s.Execution), keysOf(s.Execution).partition()
	r, err := b.call(ctx, op, "ff_deliver_signal",
		[]string{
			k.core(),
			part.waitpointCondition(s.Waitpoint),
			part.waitpointSignals(s.Waitpoint),
			k.signals(),
			part.signal(s.ID),
			part.signalPayload(s.ID),
			signalDedupKey(part, s),
			part.waitpoint(s.Waitpoint),
			k.suspensionCurrent(),
			part.lane(lane, engine.IndexEligible),
			part.lane(lane, engine.IndexSuspended),
			part.lane(lane, engine.IndexDelayed),
			part.suspensionTimeout(),
			part.hmacSecrets(),
			part.signalDelivery(),
		},
		signalArgs(s)...,
	)
	if err != nil {
		return engine.SignalOutcome{}, missingExecution(err, s.Execution)
	}
	outcome := decodeSignalOutcome(r)
	if outcome.Resumed() && s.ResumeDelay > 0 && b.foreign(ctx) {
		b.keepResumeDelay(ctx, s.Execution, lane)
	}
	return outcome, nil
}

// bufferSignal is ff_buffer_signal_for_pending_waitpoint.
func (b *Backend) bufferSignal(ctx context.Context, op string, s engine.Signal) (engine.SignalOutcome, error) {
	k, part := keysOf(s.Execution), keysOf(s.Execution).partition()
	r, err := b.call(ctx, op, "ff_buffer_signal_for_pending_waitpoint",
		[]string{
			k.core(),
			part.waitpointCondition(s.Waitpoint),
			part.waitpointSignals(s.Waitpoint),
			k.signals(),
			part.signal(s.ID),
			part.signalPayload(s.ID),
			signalDedupKey(part, s),
			part.waitpoint(s.Waitpoint),
			part.hmacSecrets(),
		},
		signalArgs(s)...,
	)
	if err != nil {
		return engine.SignalOutcome{}, missingExecution(err, s.Execution)
	}
	return decodeSignalOutcome(r), nil
}

func signalDedupKey(part partKeys, s engine.Signal) string {
	if s.IdempotencyKey == "" {
		return part.noop()
	}
	return part.signalDedup(s.Waitpoint, s.IdempotencyKey)
}

// signalArgs is the ARGV that both functions take.
func signalArgs(s engine.Signal) []any {
	return []any{
		string(s.ID),
		string(s.Execution),
		string(s.Waitpoint),
		s.Name,
		s.Category,
		s.SourceType,
		s.SourceIdentity,
		s.Payload,
		s.Encoding,
		s.IdempotencyKey,
		s.CorrelationID,
		s.TargetScope,
		millis(s.CreatedAt),
		millisOf(s.DedupTTL),
		millisOf(s.ResumeDelay),
		strconv.Itoa(s.MaxLen),
		strconv.Itoa(s.MaxSignals),
		s.Token.Reveal(),
	}
}

// decodeSignalOutcome reads signal id and effect; of a duplicate, the id of the signal that came first.
func decodeSignalOutcome(r reply) engine.SignalOutcome {
	if r.status == "DUPLICATE" {
		return engine.SignalOutcome{ID: engine.SignalID(r.field(0)), Duplicate: true}
	}
	return engine.SignalOutcome{ID: engine.SignalID(r.field(0)), Effect: r.field(1)}
}
