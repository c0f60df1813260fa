package valkey

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"ffboard/engine"
)

// defaultDedupWindow is how long an idempotency key is remembered where the policy does not say (spec 04a §13.1).
const defaultDedupWindow = 24 * time.Hour

// CreateExecution brings an execution in (spec 03a §3.1, 04a §13.1). An id of a partition that the deployment has not is refused:
// nobody would ever look there.
func (b *Backend) CreateExecution(ctx context.Context, req engine.CreateExecution) (engine.Created, error) {
	const op = "create_execution"
	policy, err := b.checkCreate(op, req)
	if err != nil {
		return engine.Created{}, err
	}
	if err := b.registerLane(ctx, op, req.Lane); err != nil {
		return engine.Created{}, err
	}
	deadline, err := b.deadlineOf(ctx, req)
	if err != nil {
		return engine.Created{}, err
	}
	k, part := keysOf(req.ID), keysOf(req.ID).partition()
	queue := engine.IndexEligible
	if req.DelayUntil.After(time.Now()) { // of a past time FlowFabric's library would lose the execution
		queue = engine.IndexDelayed
	}
	idempotency, dedupTTL := part.noop(), ""
	if req.IdempotencyKey != "" {
		idempotency = k.idempotency(req.Namespace, req.IdempotencyKey)
		dedupTTL = millisOf(dedupWindow(req.Policy))
	}
	r, err := b.call(ctx, op, "ff_create_execution",
		[]string{
			k.core(),
			k.payload(),
			k.policy(),
			k.tags(),
			part.lane(req.Lane, queue),
			idempotency,
			part.executionDeadline(),
			part.allExecutions(),
		},
		string(req.ID),
		string(req.Namespace),
		string(req.Lane),
		req.Kind,
		req.Priority,
		req.CreatorIdentity,
		policy,
		req.Payload,
		millis(req.DelayUntil),
		dedupTTL,
		tagsJSON(req.Tags),
		millis(deadline),
		strconv.Itoa(int(req.ID.Partition().Index)),
	)
	if err != nil {
		return engine.Created{}, err
	}
	if r.status == "DUPLICATE" {
		first, err := engine.ParseExecutionID(r.field(0))
		if err != nil {
			return engine.Created{}, badField(op, "execution_id", r.field(0))
		}
		return engine.Created{ID: first, Duplicate: true}, nil
	}
	created := engine.Created{ID: req.ID, State: engine.PublicState(r.field(1))}
	if queue == engine.IndexDelayed && created.State == engine.StateWaiting && b.foreign(ctx) {
		// The time passed under way, and that library has queued the execution as delayed, from where it would vanish. Setting the
		// priority that it has puts it in line.
		if err := b.ChangePriority(ctx, req.ID, engine.ClampPriority(req.Priority)); err != nil {
			return created, err
		}
	}
	return created, nil
}

// checkCreate refuses what can be refused before anything is sent, and renders the policy.
func (b *Backend) checkCreate(op string, req engine.CreateExecution) (policy string, err error) {
	if err := checkExecutionID(op, req.ID); err != nil {
		return "", err
	}
	if problem := b.foreignPartition(req.ID); problem != "" {
		return "", engine.Invalid(op, problem)
	}
	if _, err := engine.ParseLaneID(string(req.Lane)); err != nil {
		return "", engine.Invalid(op, err.Error())
	}
	if req.Policy == nil {
		return "{}", nil
	}
	text, err := json.Marshal(req.Policy)
	if err != nil {
		return "", engine.Invalid(op, err.Error())
	}
	return string(text), nil
}

// registerLane makes a lane known to the scanners of every engine, once a process.
func (b *Backend) registerLane(ctx context.Context, op string, lane engine.LaneID) error {
	if _, met := b.lanesMet.Load(lane); met {
		return nil
	}
	if err := b.checkInitialised(ctx, op); err != nil {
		return err
	}
	if err := b.rdb.SAdd(ctx, keyLaneRegistry, string(lane)).Err(); err != nil {
		return engine.Transport(op, err)
	}
	b.lanesMet.Store(lane, true)
	return nil
}

// dedupWindow is the policy's own, where it names one: FlowFabric stores and ignores it.
func dedupWindow(p *engine.ExecutionPolicy) time.Duration {
	if p != nil && p.DedupWindow > 0 {
		return p.DedupWindow
	}
	return defaultDedupWindow
}

// deadlineOf is the deadline given, else the policy's: nobody else looks at that one.
func (b *Backend) deadlineOf(ctx context.Context, req engine.CreateExecution) (time.Time, error) {
	if req.Deadline.IsZero() && req.Policy != nil && req.Policy.Timeout != nil && req.Policy.Timeout.Execution > 0 {
		now, err := b.clock.Now(ctx)
		return now.Add(req.Policy.Timeout.Execution), err
	}
	return req.Deadline, nil
}

func tagsJSON(tags map[string]string) string {
	if len(tags) == 0 {
		return "{}"
	}
	text, _ := json.Marshal(tags) // a map of strings has a JSON form, whatever is in it
	return string(text)
}
