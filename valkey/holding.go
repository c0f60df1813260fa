package valkey

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// holding is where an execution stands: what the functions that end a lease need to name their keys.
type holding struct {
	execution engine.ExecutionID
	lane      engine.LaneID
	attempt   uint32
	instance  engine.WorkerInstanceID // "" when nobody holds it
}

func (h holding) keys() execKeys { return keysOf(h.execution) }

func holdingOf(h engine.Handle) holding {
	return holding{execution: h.ExecutionID, lane: h.Lane, attempt: h.AttemptIndex, instance: h.WorkerInstance}
}

// holdingFields are the core fields of a holding.
var holdingFields = []string{"lane_id", "current_attempt_index", "current_worker_instance_id"}

// storedHolding is a holding as the record tells it. What is missing or malformed gets a default: the function that is called next
// sees the record itself.
func storedHolding(execution engine.ExecutionID, core *record) holding {
	return holding{
		execution: execution,
		lane:      laneOr(core.text("lane_id")),
		attempt:   core.index("current_attempt_index"),
		instance:  engine.WorkerInstanceID(core.text("current_worker_instance_id")),
	}
}

// readCore reads named fields of an execution's core; empty when there is no such execution.
func (b *Backend) readCore(ctx context.Context, op string, execution engine.ExecutionID, fields ...string) (*record, error) {
	read := b.rdb.HMGet(ctx, keysOf(execution).core(), fields...)
	if err := read.Err(); err != nil {
		return nil, engine.Transport(op, err)
	}
	return readHash(read, fields), nil
}

// failureFacts is what a failure looks at before it is sent.
type failureFacts struct {
	policy   []byte // the stored execution policy; nil when there is none
	retries  int    // scheduled so far
	attempts uint32 // begun so far: the index of the next
}

// readForFailure reads where an execution stands and what its failure looks at, in one round trip.
func (b *Backend) readForFailure(ctx context.Context, op string, execution engine.ExecutionID) (holding, failureFacts, error) {
	fields := append([]string{"retry_count", "total_attempt_count"}, holdingFields...)
	k := keysOf(execution)
	var core *redis.SliceCmd
	var policy *redis.StringCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		core = p.HMGet(ctx, k.core(), fields...)
		policy = p.Get(ctx, k.policy())
	})
	if err != nil {
		return holding{}, failureFacts{}, err
	}
	record := readHash(core, fields)
	text, _ := policy.Bytes() // an absent or unreadable policy is none
	return storedHolding(execution, record), failureFacts{
		policy:   text,
		retries:  record.integer("retry_count", 0),
		attempts: record.index("total_attempt_count"),
	}, nil
}

// fenceWords are a fence's three arguments; a nil fence is three empty ones.
func fenceWords(fence *engine.LeaseFence) (leaseID, epoch, attemptID string) {
	if fence == nil {
		return "", "", ""
	}
	return string(fence.LeaseID), strconv.FormatUint(fence.LeaseEpoch, 10), string(fence.AttemptID)
}

// endedAs tells whether a rejection says that the execution ended with this outcome under this very fence: the caller's own call
// won and its reply was lost (spec 03a §5.4).
func endedAs(err error, outcome engine.TerminalOutcome, fence engine.LeaseFence) bool {
	ended, epoch, phase, attempt, ok := notActive(err)
	return ok && phase == string(engine.PhaseTerminal) && ended == string(outcome) &&
		epoch == strconv.FormatUint(fence.LeaseEpoch, 10) && attempt == string(fence.AttemptID)
}

// requeued tells whether a rejection says that the attempt of this fence failed and another is scheduled: its id is cleared then,
// the epoch stays.
func requeued(err error, fence engine.LeaseFence) bool {
	_, epoch, phase, attempt, ok := notActive(err)
	return ok && phase == string(engine.PhaseRunnable) && attempt == "" && epoch == strconv.FormatUint(fence.LeaseEpoch, 10)
}

// waitpointOr is the stored waitpoint id, or one that exists nowhere: the functions take its keys whether there is one or not.
func waitpointOr(stored string) engine.WaitpointID {
	if id, err := engine.ParseWaitpointID(stored); err == nil {
		return id
	}
	return engine.NewWaitpointID()
}

// checkLeaseTTL refuses a lease that would be over before it began.
func checkLeaseTTL(op string, ttl time.Duration) error {
	if ttl < time.Millisecond {
		return engine.Invalid(op, "lease TTL must be at least 1 ms, got: "+ttl.String())
	}
	return nil
}
