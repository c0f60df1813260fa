package valkey

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// ScanEligible lists the best eligible executions of a lane on one partition, best first (spec 04a §9.1). What cannot be an id can
// belong to nothing: it is taken out of the index, where it would hide what waits behind it.
func (b *Backend) ScanEligible(ctx context.Context, lane engine.LaneID, p engine.Partition, limit int) ([]engine.ExecutionID, error) {
	const op = "scan_eligible_executions"
	if limit <= 0 {
		return nil, nil
	}
	key := partitionKeys(p).lane(lane, engine.IndexEligible)
	members, err := b.rdb.ZRange(ctx, key, 0, int64(limit)-1).Result()
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	ids := make([]engine.ExecutionID, 0, len(members))
	var junk []any
	for _, member := range members {
		execution, err := engine.ParseExecutionID(member)
		if err != nil {
			junk = append(junk, member)
			continue
		}
		ids = append(ids, execution)
	}
	if len(junk) > 0 {
		return ids, transport(op, b.rdb.ZRem(ctx, key, junk...).Err())
	}
	return ids, nil
}

// candidate is what is known of an execution that somebody may claim.
type candidate struct {
	engine.AdmissionFacts
	unreadable bool // its record is no hash
	taken      bool // its record says that it is in line no more
	// revokedBefore says that an earlier lease was revoked. FlowFabric's library keeps that on the record of the next one and
	// takes it for a revocation of that.
	revokedBefore bool
}

// factFields are the core fields of a candidate.
var factFields = []string{
	"namespace", "required_capabilities", "budget_ids", "quota_policy_id", "attempt_state", "total_attempt_count",
	"current_attempt_index", "lease_revoked_at", "lifecycle_phase",
}

// ReadAdmission reads what admission needs of several executions in one round trip.
func (b *Backend) ReadAdmission(ctx context.Context, ids []engine.ExecutionID) ([]engine.AdmissionFacts, error) {
	candidates, err := b.readCandidates(ctx, "read_admission", ids)
	if err != nil {
		return nil, err
	}
	facts := make([]engine.AdmissionFacts, len(candidates))
	for i, c := range candidates {
		facts[i] = c.AdmissionFacts
	}
	return facts, nil
}

func (b *Backend) readCandidates(ctx context.Context, op string, ids []engine.ExecutionID) ([]candidate, error) {
	cores := make([]*redis.SliceCmd, len(ids))
	grants := make([]*redis.IntCmd, len(ids))
	policies := make([]*redis.StringCmd, len(ids))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, execution := range ids {
			k := keysOf(execution)
			cores[i] = p.HMGet(ctx, k.core(), factFields...)
			grants[i] = p.Exists(ctx, k.claimGrant())
			policies[i] = p.Get(ctx, k.policy())
		}
	})
	if err != nil {
		return nil, err
	}
	candidates := make([]candidate, len(ids))
	for i, execution := range ids {
		policy, _ := policies[i].Bytes() // an absent or unreadable policy is none
		candidates[i] = decodeCandidate(execution, readHash(cores[i], factFields), parsePolicy(policy))
		candidates[i].Granted = grants[i].Val() > 0
	}
	return candidates, nil
}

func decodeCandidate(execution engine.ExecutionID, core *record, policy admissionPolicy) candidate {
	c := candidate{unreadable: len(core.bad) > 0}
	c.AdmissionFacts = engine.AdmissionFacts{
		Execution:            execution,
		Exists:               !core.empty() || c.unreadable,
		Namespace:            engine.Namespace(core.text("namespace")),
		RequiredCapabilities: engine.ParseCapabilityCSV(core.text("required_capabilities")),
		BudgetIDs:            splitList(core.text("budget_ids")),
		QuotaPolicyID:        core.text("quota_policy_id"),
		AttemptState:         word[engine.AttemptState](core, "attempt_state"),
		TotalAttempts:        core.index("total_attempt_count"),
		CurrentAttempt:       core.index("current_attempt_index"),
		AttemptTimeout:       policy.attemptTimeout(),
	}
	// Nothing but the creator writes budgets into the record; most creators name them in the policy only.
	if len(c.BudgetIDs) == 0 {
		c.BudgetIDs = policy.BudgetIDs
	}
	phase := core.text("lifecycle_phase")
	c.taken = phase != "" && phase != string(engine.PhaseRunnable)
	c.revokedBefore = core.text("lease_revoked_at") != ""
	c.Malformed = core.bad
	return c
}

// admissionPolicy is the part of an execution's policy that decides how it is claimed.
type admissionPolicy struct {
	BudgetIDs []string `json:"budget_ids"`
	Timeout   struct {
		AttemptMS int64 `json:"attempt_timeout_ms"`
	} `json:"timeout_policy"`
	Stream struct {
		RetentionMaxLen *uint64 `json:"retention_maxlen"`
	} `json:"stream_policy"`
}

// parsePolicy takes what decodes: nobody checks a policy when it is stored.
func parsePolicy(text []byte) admissionPolicy {
	var p admissionPolicy
	_ = json.Unmarshal(text, &p)
	return p
}

func (p admissionPolicy) attemptTimeout() time.Duration {
	const most = int64(1<<63-1) / int64(time.Millisecond)
	return time.Duration(min(max(p.Timeout.AttemptMS, 0), most)) * time.Millisecond
}

// blockedIndexes are the zsets in which an execution waits for admission, by the reason.
var blockedIndexes = map[engine.BlockingReason]engine.LaneIndex{
	engine.WaitingForBudget:        engine.IndexBlockedBudget,
	engine.WaitingForQuota:         engine.IndexBlockedQuota,
	engine.WaitingForCapableWorker: engine.IndexBlockedRoute,
}

// blockedIndex answers CodeInvalidBlockingReason for a reason that is none of admission's.
func blockedIndex(op string, reason engine.BlockingReason) (engine.LaneIndex, error) {
	idx, found := blockedIndexes[reason]
	if !found {
		return "", engine.FromCode(op, string(engine.CodeInvalidBlockingReason), []string{string(reason)})
	}
	return idx, nil
}

// Block parks a runnable execution until its reason is gone (spec 03d §6.7).
func (b *Backend) Block(ctx context.Context, req engine.BlockRequest) (rejected *engine.Error, err error) {
	const op = "block_execution_for_admission"
	if err := checkExecutionID(op, req.Execution); err != nil {
		return nil, err
	}
	idx, err := blockedIndex(op, req.Reason)
	if err != nil {
		return nil, err
	}
	k := keysOf(req.Execution)
	_, err = b.call(ctx, op, "ff_block_execution_for_admission",
		[]string{
			k.core(),
			k.partition().lane(req.Lane, engine.IndexEligible),
			k.partition().lane(req.Lane, idx),
		},
		string(req.Execution),
		string(req.Reason),
		req.Detail,
		millis(orNow(req.Now)),
	)
	if errors.As(err, &rejected) && rejected.Class != engine.ClassTransport {
		_ = missingExecution(rejected, req.Execution)
		return rejected, nil
	}
	return nil, err
}

// UnblockExecution makes a parked execution eligible again (spec 03d §6.6). A reject is an error, and the entry that led here is
// taken away, unless the execution has been parked again meanwhile.
func (b *Backend) UnblockExecution(ctx context.Context, lane engine.LaneID, execution engine.ExecutionID, expected engine.BlockingReason, now time.Time) error {
	const op = "unblock_execution"
	idx, err := blockedIndex(op, expected)
	if err != nil {
		return err
	}
	return b.unblock(ctx, op, lane, execution, idx, expected, now)
}

// LiftPause makes an execution eligible again that an operator has paused: UnblockExecution refuses that reason, the function does not.
func (b *Backend) LiftPause(ctx context.Context, lane engine.LaneID, execution engine.ExecutionID, now time.Time) error {
	return b.unblock(ctx, "lift_pause", lane, execution, engine.IndexBlockedOperator, engine.PausedByOperator, now)
}

func (b *Backend) unblock(ctx context.Context, op string, lane engine.LaneID, execution engine.ExecutionID, idx engine.LaneIndex,
	expected engine.BlockingReason, now time.Time) error {

	if err := checkExecutionID(op, execution); err != nil {
		return err
	}
	k := keysOf(execution)
	blocked := k.partition().lane(lane, idx)
	_, err := b.call(ctx, op, "ff_unblock_execution",
		[]string{
			k.core(),
			blocked,
			k.partition().lane(lane, engine.IndexEligible),
		},
		string(execution),
		millis(orNow(now)),
		string(expected),
	)
	if errors.Is(err, engine.CodeExecutionNotFound) || errors.Is(err, engine.CodeExecutionNotEligible) {
		if dropped := b.dropStaleBlock(ctx, op, execution, blocked, expected); dropped != nil {
			return dropped
		}
	}
	return missingExecution(err, execution)
}

// dropStaleBlock removes an entry of a blocked zset whose execution is not parked there.
func (b *Backend) dropStaleBlock(ctx context.Context, op string, execution engine.ExecutionID, blocked string, reason engine.BlockingReason) error {
	core := keysOf(execution).core()
	_, err := b.guarded(ctx, op,
		func(tx *redis.Tx) (bool, error) {
			stored, err := tx.HMGet(ctx, core, "lifecycle_phase", "blocking_reason").Result()
			if err != nil {
				return false, err
			}
			parked := text(stored[0]) == string(engine.PhaseRunnable) && text(stored[1]) == string(reason)
			return !parked, nil
		},
		func(p redis.Pipeliner) { p.ZRem(ctx, blocked, string(execution)) },
		core)
	return err
}
