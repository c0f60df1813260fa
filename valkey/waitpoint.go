package valkey

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	waitpointPending = "pending"
	waitpointActive  = "active"
	waitpointClosed  = "closed"

	mostPendingWaitpoints  = 1000
	waitpointsPerRoundTrip = 200
)

// CreateWaitpoint makes a pending waitpoint (spec 03b §4.3, §6.3). Each call makes another one.
func (b *Backend) CreateWaitpoint(ctx context.Context, h engine.Handle, key string, expiresIn time.Duration,
) (engine.IssuedWaitpoint, error) {
	const op = "create_waitpoint"
	if err := checkExecutionID(op, h.ExecutionID); err != nil {
		return engine.IssuedWaitpoint{}, err
	}
	if strings.Contains(key, "\t") { // it would corrupt the reply of a repeated suspend
		return engine.IssuedWaitpoint{}, engine.Invalid(op, "waitpoint key contains a tab")
	}
	now, err := b.clock.Now(ctx)
	if err != nil {
		return engine.IssuedWaitpoint{}, err
	}
	k, part := keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
	waitpoint := engine.NewWaitpointID()
	r, err := b.call(ctx, op, "ff_create_pending_waitpoint",
		[]string{
			k.core(),
			part.waitpoint(waitpoint),
			part.pendingWaitpointExpiry(),
			part.hmacSecrets(),
		},
		string(h.ExecutionID),
		h.AttemptIndex,
		string(waitpoint),
		key,
		millis(now.Add(expiresIn)),
	)
	if err != nil {
		return engine.IssuedWaitpoint{}, missingExecution(err, h.ExecutionID)
	}
	token := engine.WaitpointToken(r.field(2))
	if token == "" {
		return engine.IssuedWaitpoint{}, badField(op, "waitpoint_token", "")
	}
	return engine.IssuedWaitpoint{ID: waitpoint, Key: key, Token: token}, nil
}

// ReadWaitpointToken is "" for a waitpoint that is unknown, closed or another execution's (Q-224) (spec 03b §6.6).
func (b *Backend) ReadWaitpointToken(ctx context.Context, execution engine.ExecutionID, waitpoint engine.WaitpointID,
) (engine.WaitpointToken, error) {
	const op = "read_waitpoint_token"
	if err := checkExecutionID(op, execution); err != nil {
		return "", err
	}
	target, err := b.readTarget(ctx, op, execution, waitpoint)
	if err != nil || target.state == waitpointClosed || target.ownedByAnother {
		return "", err
	}
	return target.token, nil
}

// CloseWaitpoint closes a pending waitpoint whose time is up. One that is gone, closed or in use only leaves the expiry index
// (spec 03b §4.5, §6.13; ).
func (b *Backend) CloseWaitpoint(ctx context.Context, p engine.Partition, waitpoint engine.WaitpointID) error {
	const op = "close_waitpoint"
	part := partitionKeys(p)
	if b.foreign(ctx) {
		due, err := b.reindexWaitpoint(ctx, op, part, waitpoint)
		if err != nil || !due {
			return err
		}
	}
	_, err := b.call(ctx, op, "ff_close_waitpoint",
		[]string{
			part.noop(), // core: not used by the function
			part.waitpoint(waitpoint),
			part.pendingWaitpointExpiry(),
		},
		string(waitpoint),
		"never_committed",
	)
	if errors.Is(err, engine.CodeWaitpointNotFound) || errors.Is(err, engine.CodeWaitpointNotPending) {
		return nil // somebody was faster; the function has taken it off the index
	}
	return err
}

// reindexWaitpoint tells whether the waitpoint is pending and its time is up. If not, the expiry index gets the record's time or
// loses the entry, which FlowFabric's library leaves there.
func (b *Backend) reindexWaitpoint(ctx context.Context, op string, part partKeys, waitpoint engine.WaitpointID) (due bool, err error) {
	key, index := part.waitpoint(waitpoint), part.pendingWaitpointExpiry()
	fields := []string{"state", "expires_at"}
	var expires time.Time
	pending := false
	_, err = b.guarded(ctx, op,
		func(tx *redis.Tx) (bool, error) {
			now, err := tx.Time(ctx).Result()
			if err != nil {
				return false, err
			}
			record := readHash(tx.HMGet(ctx, key, fields...), fields)
			pending, expires = record.text("state") == waitpointPending, record.time("expires_at")
			due = pending && !expires.After(now)
			return !due, nil
		},
		func(p redis.Pipeliner) {
			if !pending {
				p.ZRem(ctx, index, string(waitpoint))
				return
			}
			p.ZAddXX(ctx, index, redis.Z{Score: float64(expires.UnixMilli()), Member: string(waitpoint)})
		},
		key)
	return due, err
}

// ListPendingWaitpoints lists the open waitpoints of an execution by id, limit 1…1000 of them (spec 03b §6.7). Closed ones are
// passed over before anything is counted, so that they hide nothing.
func (b *Backend) ListPendingWaitpoints(ctx context.Context, execution engine.ExecutionID, after engine.WaitpointID, limit int,
) (engine.Page[engine.Waitpoint, engine.WaitpointID], error) {
	const op = "list_pending_waitpoints"
	var page engine.Page[engine.Waitpoint, engine.WaitpointID]
	if err := checkExecutionID(op, execution); err != nil {
		return page, err
	}
	limit = max(1, min(limit, mostPendingWaitpoints))
	ids, found, err := b.waitpointIDs(ctx, op, execution)
	if err != nil {
		return page, err
	}
	if !found {
		return page, b.noExecution(op, execution)
	}
	if b.foreign(ctx) {
		unlisted, err := b.unlistedWaitpoints(ctx, op, execution)
		if err != nil {
			return page, err
		}
		ids = append(ids, unlisted...)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	first, _ := slices.BinarySearch(ids, string(after)+"\x00") // the first that is greater
	ids = ids[first:]
	for len(ids) > 0 {
		batch := ids[:min(len(ids), max(limit, waitpointsPerRoundTrip))]
		waitpoints, err := b.readWaitpoints(ctx, op, keysOf(execution).partition(), batch)
		if err != nil {
			return page, err
		}
		for i, waitpoint := range waitpoints {
			if !waitpoint.listed() {
				continue
			}
			page.Items = append(page.Items, waitpoint.Waitpoint)
			if len(page.Items) == limit {
				if i+1 < len(ids) {
					page.Next = engine.WaitpointID(ids[i])
				}
				return page, nil
			}
		}
		ids = ids[len(batch):]
	}
	return page, nil
}

// waitpointIDs reads the ids of all waitpoints that an execution has had, as stored; found is false when there is no such execution.
func (b *Backend) waitpointIDs(ctx context.Context, op string, execution engine.ExecutionID) (ids []string, found bool, err error) {
	k := keysOf(execution)
	var core *redis.IntCmd
	var scan *redis.ScanCmd
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		core = p.Exists(ctx, k.core())
		scan = p.SScan(ctx, k.waitpoints(), 0, "", scanBatch)
	})
	if err != nil || core.Val() == 0 {
		return nil, false, err
	}
	for {
		members, cursor := scan.Val()
		ids = append(ids, members...)
		if cursor == 0 {
			return ids, true, nil
		}
		scan = b.rdb.SScan(ctx, k.waitpoints(), cursor, "", scanBatch)
		if err := scan.Err(); err != nil {
			return nil, false, engine.Transport(op, err)
		}
	}
}

const scanBatch = 1000

// unlistedWaitpoints finds the pending waitpoints of an execution in the partition's expiry index: FlowFabric's library enters them
// in no list of the execution.
func (b *Backend) unlistedWaitpoints(ctx context.Context, op string, execution engine.ExecutionID) ([]string, error) {
	part := keysOf(execution).partition()
	var own []string
	for start := int64(0); ; start += scanBatch {
		ids, err := b.rdb.ZRange(ctx, part.pendingWaitpointExpiry(), start, start+scanBatch-1).Result()
		if err != nil {
			return nil, engine.Transport(op, err)
		}
		owners := make([]*redis.StringCmd, len(ids))
		err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
			for i, id := range ids {
				owners[i] = p.HGet(ctx, part.waitpoint(engine.WaitpointID(id)), "execution_id")
			}
		})
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			if owners[i].Val() == string(execution) {
				own = append(own, id)
			}
		}
		if len(ids) < scanBatch {
			return own, nil
		}
	}
}

// storedWaitpoint is a waitpoint record with what only its readers need.
type storedWaitpoint struct {
	engine.Waitpoint
	hasToken bool
	// satisfied tells that its condition was closed because it held.
	satisfied bool
}

// listed tells whether somebody may still signal it. A record that does not decode is listed too, marked.
func (w storedWaitpoint) listed() bool {
	if w.ID == "" {
		return true
	}
	return (w.State == waitpointPending || w.State == waitpointActive) && w.hasToken
}

// waitpointFields are the record's fields that a Waitpoint is made of.
var waitpointFields = []string{
	"waitpoint_key", "execution_id", "state", "created_at", "activated_at", "expires_at", "closed_at", "close_reason", "signal_count",
	"matched_signal_count", "waitpoint_token",
}

// readWaitpoints reads records and conditions of one partition in one round trip. An id that is none gives a marked row; an id
// without a record gives a Waitpoint without a state.
func (b *Backend) readWaitpoints(ctx context.Context, op string, part partKeys, ids []string) ([]storedWaitpoint, error) {
	keys := make([]waitpointKey, len(ids))
	for i, id := range ids {
		keys[i] = waitpointKey{part, id}
	}
	return b.readWaitpointKeys(ctx, op, keys)
}

// waitpointKey names a waitpoint anywhere.
type waitpointKey struct {
	part partKeys
	id   string // as stored
}

func (b *Backend) readWaitpointKeys(ctx context.Context, op string, keys []waitpointKey) ([]storedWaitpoint, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	records := make([]*redis.SliceCmd, len(keys))
	conditions := make([]*redis.MapStringStringCmd, len(keys))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, key := range keys {
			id := engine.WaitpointID(key.id)
			records[i] = p.HMGet(ctx, key.part.waitpoint(id), waitpointFields...)
			conditions[i] = p.HGetAll(ctx, key.part.waitpointCondition(id))
		}
	})
	if err != nil {
		return nil, err
	}
	waitpoints := make([]storedWaitpoint, len(keys))
	for i, key := range keys {
		waitpoints[i] = decodeWaitpoint(key.id, readHash(records[i], waitpointFields), readWholeHash(conditions[i]))
	}
	return waitpoints, nil
}

// decodeWaitpoint makes a Waitpoint of its record and its condition's.
func decodeWaitpoint(stored string, r, condition *record) storedWaitpoint {
	waitpoint, err := engine.ParseWaitpointID(stored)
	if err != nil {
		r.bad = append(r.bad, engine.FieldError{Field: "waitpoint_id", Value: stored, Problem: "not a valid id"})
	}
	token := engine.WaitpointToken(r.text("waitpoint_token"))
	w := storedWaitpoint{
		Waitpoint: engine.Waitpoint{
			ID:               waitpoint,
			Key:              r.text("waitpoint_key"),
			Execution:        id(r, "execution_id", engine.ParseExecutionID),
			State:            r.text("state"),
			CreatedAt:        r.time("created_at"),
			ActivatedAt:      r.time("activated_at"),
			ExpiresAt:        r.time("expires_at"),
			ClosedAt:         r.time("closed_at"),
			CloseReason:      r.text("close_reason"),
			SignalCount:      r.integer("signal_count", 0),
			MatchedCount:     r.integer("matched_signal_count", 0),
			ConditionOpen:    condition.text("closed") == "0",
			MatchMode:        condition.text("match_mode"),
			MinimumSignals:   condition.integer("minimum_signal_count", 0),
			Matchers:         decodeMatchers(condition),
			TokenKid:         token.Kid(),
			TokenFingerprint: token.Fingerprint(),
		},
		hasToken:  token != "",
		satisfied: condition.text("closed") == "1" && condition.text("closed_reason") == "satisfied",
	}
	w.Malformed = append(r.bad, condition.bad...)
	return w
}

// decodeMatchers reads the matcher slots of a simple condition; a slot that is not there is left out.
func decodeMatchers(condition *record) []engine.WaitpointMatcher {
	var matchers []engine.WaitpointMatcher
	for i := range min(condition.integer("total_matchers", 0), len(condition.fields)) {
		prefix := "matcher:" + strconv.Itoa(i)
		name, found := condition.fields[prefix+":name"]
		if !found {
			continue
		}
		matchers = append(matchers, engine.WaitpointMatcher{
			Name:      name,
			Satisfied: condition.text(prefix+":satisfied") == "1",
			Signal:    id(condition, prefix+":signal_id", engine.ParseSignalID),
		})
	}
	return matchers
}
