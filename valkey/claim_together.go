package valkey

import (
	"context"
	"errors"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// claiming is the claim of one candidate within a round trip of several.
type claiming struct {
	c        candidate
	function string
	granted  *redis.Cmd
	claimed  *redis.Cmd
	decode   func(r reply) (*engine.Claimed, error)
	context  contextRead
}

// claimTogether asks for the grants of several candidates and consumes them in one round trip, and reads what a handler begins with
// along. Refused its grant, a claim is refused, too, and changes nothing; unless another instance of the same worker was just granted
// the execution: grants are the worker's, so the claim wins it.
func (s *claimSearch) claimTogether(ctx context.Context, candidates []candidate) error {
	claims := make([]claiming, len(candidates))
	err := s.b.pipelinedCalls(ctx, s.op, func(p redis.Pipeliner) {
		for i, c := range candidates {
			claims[i] = s.queueClaim(ctx, p, c)
		}
	})
	if err != nil {
		return err
	}
	var failed error // the others of the round trip have been claimed all the same
	for _, claim := range claims {
		claimed, err := s.finish(ctx, claim)
		switch {
		case claimed != nil:
			s.claimed = append(s.claimed, claimed)
		case errors.Is(err, engine.ClassContention), errors.Is(err, engine.CodeGrantAlreadyExists):
			s.lost = true
		case err != nil && !concernsOne(err):
			failed = err
		}
	}
	return failed
}

// queueClaim adds one candidate's grant, claim and context to a pipeline. An interrupted attempt is taken up again.
func (s *claimSearch) queueClaim(ctx context.Context, p redis.Pipeliner, c candidate) claiming {
	grant := engine.IssueGrant{
		Execution:      c.Execution,
		Lane:           s.req.Lane,
		Worker:         s.req.Worker,
		WorkerInstance: s.req.WorkerInstance,
		Capabilities:   s.req.Capabilities,
		TTL:            claimGrantTTL,
	}
	claim := claiming{c: c}
	claim.granted = queueCall(ctx, p, "ff_issue_claim_grant", claimGrantKeys(c.Execution, s.req.Lane), grantArgs(grant, s.capabilities)...)
	if c.AttemptState == engine.AttemptInterrupted {
		s.queueResumed(ctx, p, &claim)
	} else {
		s.queueFresh(ctx, p, &claim)
	}
	claim.context = queueContext(ctx, p, c.Execution)
	return claim
}

func (s *claimSearch) queueFresh(ctx context.Context, p redis.Pipeliner, claim *claiming) {
	req := withIDs(engine.ClaimExecution{
		Execution:       claim.c.Execution,
		Worker:          s.req.Worker,
		WorkerInstance:  s.req.WorkerInstance,
		Lane:            s.req.Lane,
		LeaseTTL:        s.req.LeaseTTL,
		ExpectedAttempt: claim.c.TotalAttempts,
		AttemptTimeout:  claim.c.AttemptTimeout,
	})
	keys, args := claimCall(req)
	claim.function = "ff_claim_execution"
	claim.claimed = queueCall(ctx, p, claim.function, keys, args...)
	claim.decode = func(r reply) (*engine.Claimed, error) { return decodeClaimed(s.op, req, r) }
}

func (s *claimSearch) queueResumed(ctx context.Context, p redis.Pipeliner, claim *claiming) {
	req := s.resumed(claim.c)
	keys, args := resumedCall(req)
	claim.function = "ff_claim_resumed_execution"
	claim.claimed = queueCall(ctx, p, claim.function, keys, args...)
	claim.decode = func(r reply) (*engine.Claimed, error) { return decodeResumed(s.op, req, r) }
}

func (s *claimSearch) resumed(c candidate) engine.ClaimResumed {
	return engine.ClaimResumed{
		Execution:      c.Execution,
		Worker:         s.req.Worker,
		WorkerInstance: s.req.WorkerInstance,
		Lane:           s.req.Lane,
		LeaseTTL:       s.req.LeaseTTL,
		LeaseID:        engine.NewLeaseID(),
		AttemptIndex:   c.CurrentAttempt,
		Remaining:      c.AttemptTimeout,
	}
}

// finish reads what became of a claim.
func (s *claimSearch) finish(ctx context.Context, claim claiming) (*engine.Claimed, error) {
	r, err := resultOf(s.op, claim.function, claim.claimed)
	if err == nil {
		claimed, err := claim.decode(r)
		if err != nil {
			return nil, err
		}
		if claim.c.revokedBefore && claim.c.AttemptState != engine.AttemptInterrupted {
			s.b.forgetRevocation(ctx, claim.c.Execution)
		}
		if about, err := s.b.decodeContext(s.op, claim.c.Execution, claim.context); err == nil {
			claimed.Context = &about // otherwise the worker asks, and is told what is wrong
		}
		return claimed, nil
	}
	if _, refused := resultOf(s.op, "ff_issue_claim_grant", claim.granted); refused != nil {
		return nil, refused
	}
	if errors.Is(err, engine.CodeUseClaimResumedExecution) { // it was interrupted after it was looked at: the grant stands
		return s.b.claimResumed(ctx, s.op, s.resumed(claim.c))
	}
	return nil, err
}
