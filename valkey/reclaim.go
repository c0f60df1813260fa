package valkey

import (
	"context"
	"errors"
	"strconv"
	"time"

	"ffboard/engine"
)

const (
	maxGrantTTL = time.Minute

	defaultMaxReclaims = 1000 // argument of ff_reclaim_execution; the stored policy wins (spec 04a §6.10)
)

// IssueReclaimGrant authorises a worker to take over an execution whose lease expired or was revoked. notReclaimable says why it
// cannot. The grant's AttemptIndex is that of the attempt to be abandoned, which Reclaim wants to know (spec 03d §5.7, 04a §6.9).
func (b *Backend) IssueReclaimGrant(ctx context.Context, req engine.IssueGrant) (*engine.Grant, string, error) {
	const op = "issue_reclaim_grant"
	if err := checkExecutionID(op, req.Execution); err != nil {
		return nil, "", err
	}
	if req.TTL < time.Millisecond || req.TTL > maxGrantTTL {
		return nil, "", engine.Invalid(op, "grant TTL must be 1 ms to 1 min, got: "+req.TTL.String())
	}
	capabilities, err := engine.CapabilityCSV(req.Capabilities)
	if err != nil {
		return nil, "", engine.Invalid(op, err.Error())
	}
	k := keysOf(req.Execution)
	r, err := b.call(ctx, op, "ff_issue_reclaim_grant",
		[]string{
			k.core(),
			k.claimGrant(),
			k.partition().leaseExpiry(),
		},
		string(req.Execution),
		string(req.Worker),
		string(req.WorkerInstance),
		string(req.Lane),
		req.CapabilityHash,
		millisOf(req.TTL),
		req.RouteSnapshot,
		req.AdmissionSummary,
		capabilities,
	)
	if reason := notReclaimable(err); reason != "" {
		return nil, reason, nil
	}
	if err != nil {
		return nil, "", missingExecution(err, req.Execution)
	}
	core, err := b.readCore(ctx, op, req.Execution, "current_attempt_index")
	if err != nil {
		return nil, "", err
	}
	expires, err := parseMillis(r.field(1))
	if err != nil {
		expires = time.Now().Add(req.TTL) // library 26 does not say
	}
	return &engine.Grant{
		Execution:    req.Execution,
		Partition:    req.Execution.Partition(),
		Key:          k.claimGrant(),
		Lane:         req.Lane,
		ExpiresAt:    expires,
		AttemptIndex: core.index("current_attempt_index"),
	}, "", nil
}

// notReclaimable is the reason of a rejection that is an answer and no failure; "" for all others.
func notReclaimable(err error) string {
	var e *engine.Error
	switch {
	case !errors.As(err, &e):
		return ""
	case e.Code == engine.CodeExecutionNotReclaimable:
		return string(e.Code)
	case e.Code == engine.CodeCapabilityMismatch:
		return string(e.Code) + ": " + e.Detail
	default:
		return ""
	}
}

// ReclaimExecution consumes such a grant: the old attempt ends, a new one begins (spec 03a §3.8, 04a §6.10). At the cap the
// execution fails instead.
func (b *Backend) ReclaimExecution(ctx context.Context, req engine.Reclaim) (engine.ReclaimOutcome, error) {
	const op = "reclaim_execution"
	if err := checkExecutionID(op, req.Execution); err != nil {
		return engine.ReclaimOutcome{}, err
	}
	if err := checkLeaseTTL(op, req.LeaseTTL); err != nil {
		return engine.ReclaimOutcome{}, err
	}
	if req.LeaseID == "" {
		req.LeaseID = engine.NewLeaseID()
	}
	if req.AttemptID == "" {
		req.AttemptID = engine.NewAttemptID()
	}
	if req.MaxReclaims == 0 {
		req.MaxReclaims = defaultMaxReclaims
	}
	k, part := keysOf(req.Execution), keysOf(req.Execution).partition()
	r, err := b.call(ctx, op, "ff_reclaim_execution",
		[]string{
			k.core(),
			k.claimGrant(),
			k.attempt(req.AttemptIndex),
			k.streamMeta(req.AttemptIndex),
			k.attempt(req.AttemptIndex + 1),      // placeholder
			k.attemptUsage(req.AttemptIndex + 1), // placeholder
			k.attempts(),
			k.leaseCurrent(),
			k.leaseHistory(),
			part.leaseExpiry(),
			part.workerLeases(req.WorkerInstance),
			part.lane(req.Lane, engine.IndexActive),
			part.attemptTimeout(),
			part.executionDeadline(),
		},
		string(req.Execution),
		string(req.Worker),
		string(req.WorkerInstance),
		string(req.Lane),
		string(req.LeaseID),
		millisOf(req.LeaseTTL),
		string(req.AttemptID),
		"{}", // attempt_policy_json, unused
		req.MaxReclaims,
	)
	if err != nil {
		return refusedReclaim(err, req)
	}
	claimed, err := reclaimed(op, req, r)
	return engine.ReclaimOutcome{Claimed: claimed}, err
}

func refusedReclaim(err error, req engine.Reclaim) (engine.ReclaimOutcome, error) {
	var e *engine.Error
	if !errors.As(err, &e) {
		return engine.ReclaimOutcome{}, err
	}
	switch e.Code {
	case engine.CodeInvalidClaimGrant:
		return engine.ReclaimOutcome{GrantNotFound: true}, nil
	case engine.CodeExecutionNotReclaimable:
		return engine.ReclaimOutcome{NotReclaimable: string(e.Code)}, nil
	case engine.CodeMaxRetriesExhausted:
		cap, parseErr := strconv.Atoi(e.Detail)
		if parseErr != nil {
			cap = req.MaxReclaims // library 26 does not say
		}
		return engine.ReclaimOutcome{CapExceeded: cap}, nil
	default:
		return engine.ReclaimOutcome{}, missingExecution(err, req.Execution)
	}
}

// reclaimed reads the reply: lease_id, epoch, expires_at, attempt_id, attempt_index, type.
func reclaimed(op string, req engine.Reclaim, r reply) (*engine.Claimed, error) {
	leaseID, err := engine.ParseLeaseID(r.field(0))
	if err != nil {
		return nil, badField(op, "lease_id", r.field(0))
	}
	epoch, err := strconv.ParseUint(r.field(1), 10, 64)
	if err != nil {
		return nil, badField(op, "lease_epoch", r.field(1))
	}
	expires, err := parseMillis(r.field(2))
	if err != nil {
		return nil, badField(op, "expires_at", r.field(2))
	}
	attemptID, err := engine.ParseAttemptID(r.field(3))
	if err != nil {
		return nil, badField(op, "attempt_id", r.field(3))
	}
	index, err := strconv.ParseUint(r.field(4), 10, 32)
	if err != nil {
		return nil, badField(op, "attempt_index", r.field(4))
	}
	return &engine.Claimed{
		Handle: engine.Handle{
			Kind:           engine.HandleReclaimed,
			ExecutionID:    req.Execution,
			AttemptIndex:   uint32(index),
			AttemptID:      attemptID,
			LeaseID:        leaseID,
			LeaseEpoch:     epoch,
			LeaseTTL:       req.LeaseTTL,
			Lane:           req.Lane,
			WorkerInstance: req.WorkerInstance,
		},
		AttemptType: engine.AttemptTypeReclaim,
		ExpiresAt:   expires,
	}, nil
}
