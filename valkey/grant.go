package valkey

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// longestGrant bounds how long a grant may keep an execution from other workers.
const longestGrant = time.Minute

// checkGrant finds what is wrong with a request for a grant before anything is sent, and gives the worker's capabilities
// as the wire has them.
func checkGrant(op string, req engine.IssueGrant) (capabilities string, err error) {
	if err := checkExecutionID(op, req.Execution); err != nil {
		return "", err
	}
	if req.TTL < time.Millisecond || req.TTL > longestGrant {
		return "", engine.Invalid(op, "grant TTL must be 1 ms to 1 min, got: "+req.TTL.String())
	}
	return capabilityCSV(op, req.Capabilities)
}

func capabilityCSV(op string, tokens []string) (string, error) {
	capabilities, err := engine.CapabilityCSV(tokens)
	if err != nil {
		return "", engine.Invalid(op, err.Error())
	}
	return capabilities, nil
}

// grantArgs are ARGV of ff_issue_claim_grant and ff_issue_reclaim_grant; capabilities comes from checkGrant.
func grantArgs(req engine.IssueGrant, capabilities string) []any {
	return []any{
		string(req.Execution),
		string(req.Worker),
		string(req.WorkerInstance),
		string(req.Lane),
		req.CapabilityHash,
		millisOf(req.TTL),
		req.RouteSnapshot,
		req.AdmissionSummary,
		capabilities,
	}
}

// claimGrantKeys are KEYS of ff_issue_claim_grant.
func claimGrantKeys(execution engine.ExecutionID, lane engine.LaneID) []string {
	k := keysOf(execution)
	return []string{
		k.core(),
		k.claimGrant(),
		k.partition().lane(lane, engine.IndexEligible),
	}
}

// grantedFields are the core fields that say how a grant is to be used.
var grantedFields = []string{"attempt_state", "total_attempt_count", "current_attempt_index"}

// IssueClaimGrant authorises a worker to claim one eligible execution (spec 03d §5.1). Codes: grant_already_exists,
// execution_not_in_eligible_set, execution_not_eligible, execution_not_found, capability_mismatch, invalid_capabilities.
func (b *Backend) IssueClaimGrant(ctx context.Context, req engine.IssueGrant) (engine.Grant, error) {
	const op, function = "issue_claim_grant", "ff_issue_claim_grant"
	capabilities, err := checkGrant(op, req)
	if err != nil {
		return engine.Grant{}, err
	}
	k := keysOf(req.Execution)
	// The reply does not say when the grant ends; the record does, by the server's clock, in the same round trip.
	var issued *redis.Cmd
	var expires *redis.StringCmd
	var core *redis.SliceCmd
	err = b.pipelinedCalls(ctx, op, func(p redis.Pipeliner) {
		issued = queueCall(ctx, p, function, claimGrantKeys(req.Execution, req.Lane), grantArgs(req, capabilities)...)
		expires = p.HGet(ctx, k.claimGrant(), "grant_expires_at")
		core = p.HMGet(ctx, k.core(), grantedFields...)
	})
	if err != nil {
		return engine.Grant{}, err
	}
	if _, err := resultOf(op, function, issued); err != nil {
		return engine.Grant{}, missingExecution(err, req.Execution)
	}
	expiresAt, err := parseMillis(expires.Val())
	if err != nil {
		return engine.Grant{}, badField(op, "grant_expires_at", expires.Val())
	}
	return b.grantOf(req, expiresAt, readHash(core, grantedFields)), nil
}

func (b *Backend) grantOf(req engine.IssueGrant, expiresAt time.Time, core *record) engine.Grant {
	g := engine.Grant{
		Execution:    req.Execution,
		Partition:    req.Execution.Partition(),
		Key:          keysOf(req.Execution).claimGrant(),
		Lane:         req.Lane,
		ExpiresAt:    expiresAt,
		Resumed:      core.text("attempt_state") == string(engine.AttemptInterrupted),
		AttemptIndex: core.index("total_attempt_count"),
	}
	if g.Resumed {
		g.AttemptIndex = core.index("current_attempt_index")
	}
	return g
}
