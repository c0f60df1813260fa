package valkey

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// claimCall is KEYS and ARGV of ff_claim_execution. req holds a lease and an attempt id.
func claimCall(req engine.ClaimExecution) (keys []string, args []any) {
	k, part := keysOf(req.Execution), keysOf(req.Execution).partition()
	keys = []string{
		k.core(),
		k.claimGrant(),
		part.lane(req.Lane, engine.IndexEligible),
		part.leaseExpiry(),
		part.workerLeases(req.WorkerInstance),
		k.attempt(req.ExpectedAttempt),
		k.attemptUsage(req.ExpectedAttempt),
		k.attemptPolicy(req.ExpectedAttempt),
		k.attempts(),
		k.leaseCurrent(),
		k.leaseHistory(),
		part.lane(req.Lane, engine.IndexActive),
		part.attemptTimeout(),
		part.executionDeadline(),
	}
	args = []any{
		string(req.Execution),
		string(req.Worker),
		string(req.WorkerInstance),
		string(req.Lane),
		"", // capability_snapshot_hash
		string(req.LeaseID),
		millisOf(req.LeaseTTL),
		millisOf(req.LeaseTTL * 2 / 3), // renew_before_ms
		string(req.AttemptID),
		attemptPolicyOr(req.PolicyJSON),
		optionalMillisOf(req.AttemptTimeout),
		millis(req.Deadline),
	}
	return keys, args
}

func attemptPolicyOr(json string) string {
	if json == "" {
		return "{}"
	}
	return json
}

// optionalMillisOf is "" for 0: none.
func optionalMillisOf(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return millisOf(d)
}

// withIDs mints the ids that the caller left to us.
func withIDs(req engine.ClaimExecution) engine.ClaimExecution {
	if req.LeaseID == "" {
		req.LeaseID = engine.NewLeaseID()
	}
	if req.AttemptID == "" {
		req.AttemptID = engine.NewAttemptID()
	}
	return req
}

// decodeClaimed reads the reply of ff_claim_execution.
func decodeClaimed(op string, req engine.ClaimExecution, r reply) (*engine.Claimed, error) {
	epoch, err := strconv.ParseUint(r.field(1), 10, 64)
	if err != nil {
		return nil, badField(op, "lease_epoch", r.field(1))
	}
	expiresAt, err := parseMillis(r.field(2))
	if err != nil {
		return nil, badField(op, "expires_at", r.field(2))
	}
	attempt, err := strconv.ParseUint(r.field(4), 10, 32)
	if err != nil {
		return nil, badField(op, "attempt_index", r.field(4))
	}
	return &engine.Claimed{
		Handle: engine.Handle{
			Kind:           engine.HandleFresh,
			ExecutionID:    req.Execution,
			AttemptIndex:   uint32(attempt),
			AttemptID:      engine.AttemptID(r.field(3)),
			LeaseID:        engine.LeaseID(r.field(0)),
			LeaseEpoch:     epoch,
			LeaseTTL:       req.LeaseTTL,
			Lane:           req.Lane,
			WorkerInstance: req.WorkerInstance,
		},
		AttemptType: engine.AttemptType(r.field(5)),
		ExpiresAt:   expiresAt,
	}, nil
}

// ClaimExecution consumes a grant for a new attempt (spec 03a §3.2). CodeUseClaimResumedExecution: the grant stands, and belongs
// to ClaimResumedExecution. Without an AttemptTimeout the one of the stored policy holds.
func (b *Backend) ClaimExecution(ctx context.Context, req engine.ClaimExecution) (*engine.Claimed, error) {
	const op = "claim_execution"
	if err := checkExecutionID(op, req.Execution); err != nil {
		return nil, err
	}
	if err := checkLeaseTTL(op, req.LeaseTTL); err != nil {
		return nil, err
	}
	var policy, revoked *redis.StringCmd
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		policy = p.Get(ctx, keysOf(req.Execution).policy())
		revoked = p.HGet(ctx, keysOf(req.Execution).core(), "lease_revoked_at")
	})
	if err != nil {
		return nil, err
	}
	if req.AttemptTimeout == 0 {
		text, _ := policy.Bytes()
		req.AttemptTimeout = parsePolicy(text).attemptTimeout()
	}
	req = withIDs(req)
	keys, args := claimCall(req)
	r, err := b.call(ctx, op, "ff_claim_execution", keys, args...)
	if err != nil {
		return nil, missingExecution(err, req.Execution)
	}
	claimed, err := decodeClaimed(op, req, r)
	if err != nil {
		return nil, err
	}
	if revoked.Val() != "" {
		b.forgetRevocation(ctx, req.Execution)
	}
	return claimed, nil
}

// forgetRevocation clears what an earlier lease left, where FlowFabric's library claims: it does not, and its renewal would take it
// for a revocation of this lease. A real one still shows in ownership_state. The claim stands even when this fails.
func (b *Backend) forgetRevocation(ctx context.Context, execution engine.ExecutionID) {
	if b.foreign(ctx) {
		b.rdb.HSet(ctx, keysOf(execution).core(), "lease_revoked_at", "")
	}
}

// operatorName is the worker, and its instance, under which an operator takes an execution.
const operatorName = "operator"

// IssueGrantAndClaim takes a lease on one named execution in one atomic call, for an operator: capabilities, budgets and quotas are
// not asked (spec 03d §5.8).
func (b *Backend) IssueGrantAndClaim(ctx context.Context, execution engine.ExecutionID, lane engine.LaneID, lease time.Duration) (engine.GrantedLease, error) {
	const op = "issue_grant_and_claim"
	if err := checkExecutionID(op, execution); err != nil {
		return engine.GrantedLease{}, err
	}
	if err := checkLeaseTTL(op, lease); err != nil {
		return engine.GrantedLease{}, err
	}
	k, part := keysOf(execution), keysOf(execution).partition()
	r, err := b.call(ctx, op, "ff_issue_grant_and_claim",
		[]string{
			k.core(),
			k.claimGrant(),
			part.lane(lane, engine.IndexEligible),
			part.leaseExpiry(),
			part.workerLeases(operatorName),
			k.attempts(),
			k.leaseCurrent(),
			k.leaseHistory(),
			part.lane(lane, engine.IndexActive),
			part.attemptTimeout(),
			part.executionDeadline(),
		},
		string(execution),
		operatorName,
		operatorName,
		string(lane),
		"", // capability_hash
		string(engine.NewLeaseID()),
		millisOf(lease),
		string(engine.NewAttemptID()),
		"{}",
		"", // attempt_timeout_ms
		"", // execution_deadline_at
	)
	if err != nil {
		return engine.GrantedLease{}, missingExecution(err, execution)
	}
	epoch, err := strconv.ParseUint(r.field(1), 10, 64)
	if err != nil {
		return engine.GrantedLease{}, badField(op, "lease_epoch", r.field(1))
	}
	attempt, err := strconv.ParseUint(r.field(2), 10, 32)
	if err != nil {
		return engine.GrantedLease{}, badField(op, "attempt_index", r.field(2))
	}
	return engine.GrantedLease{LeaseID: engine.LeaseID(r.field(0)), LeaseEpoch: epoch, AttemptIndex: uint32(attempt)}, nil
}
