package valkey

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

const (
	// claimGrantTTL is how long the grant of a claim would keep others away if its second half got lost.
	claimGrantTTL = 5 * time.Second
	// headsPerPartition is how far a claim looks past executions that it cannot take.
	headsPerPartition = 16
	// firstProbe is how many partitions a claim looks at first, laterProbe how many of the occupied others at a time.
	firstProbe = 8
	laterProbe = 32
	// firstBatch is how many candidates a claim reads first; each further round trip covers twice as many.
	firstBatch = 2
)

// Claim takes one eligible execution of a lane that the capabilities cover, the most urgent one of those it sees first; nil when no
// partition has one (spec 04a §6.1). It looks past executions that are granted to others, ask for more, or are gone from the
// record, visits all partitions from a place that rotates, and takes interrupted attempts up again.
func (b *Backend) Claim(ctx context.Context, req engine.ClaimRequest) (*engine.Claimed, error) {
	const op = "claim"
	if _, err := engine.ParseLaneID(string(req.Lane)); err != nil {
		return nil, engine.Invalid(op, err.Error())
	}
	if err := checkLeaseTTL(op, req.LeaseTTL); err != nil {
		return nil, err
	}
	if _, err := capabilityCSV(op, req.Capabilities); err != nil {
		return nil, err
	}
	first, others := b.claimOrder(req)
	if claimed, err := b.claimFrom(ctx, op, req, first); claimed != nil || err != nil {
		return claimed, err
	}
	// Most partitions hold nothing of a lane at most times, and one command asks many.
	occupied, err := b.Occupied(ctx, eligibleRefs(req.Lane, others))
	if err != nil {
		return nil, err
	}
	for probe := range slices.Chunk(occupied, laterProbe) {
		if claimed, err := b.claimFrom(ctx, op, req, probe); claimed != nil || err != nil {
			return claimed, err
		}
	}
	return nil, nil
}

// claimOrder is where a claim looks first and where after that: the partition in which the lane's flow-less work lies and a few
// others, then all, from a place that is another one for each instance and each call.
func (b *Backend) claimOrder(req engine.ClaimRequest) (first []engine.IndexRef, others []engine.Partition) {
	n := uint32(b.partitions.Flow)
	home := b.partitions.OfLane(req.Lane)
	start := uint32(engine.ScanStart(req.WorkerInstance, b.partitions.Flow)) + b.claims.Add(1)*(firstProbe-1)
	for i := range n {
		p := engine.Partition{Family: engine.FamilyFlow, Index: uint16((start + i) % n)}
		if p != home {
			others = append(others, p)
		}
	}
	near := min(firstProbe-1, len(others))
	first = eligibleRefs(req.Lane, append([]engine.Partition{home}, others[:near]...))
	return first, others[near:]
}

func eligibleRefs(lane engine.LaneID, partitions []engine.Partition) []engine.IndexRef {
	refs := make([]engine.IndexRef, len(partitions))
	for i, p := range partitions {
		refs[i] = engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(engine.IndexEligible)}
	}
	return refs
}

// claimFrom claims the most urgent execution of some indexes that can be claimed; nil when there is none.
func (b *Backend) claimFrom(ctx context.Context, op string, req engine.ClaimRequest, indexes []engine.IndexRef) (*engine.Claimed, error) {
	heads, err := b.eligibleHeads(ctx, op, indexes)
	if err != nil {
		return nil, err
	}
	for size := firstBatch; len(heads) > 0; size *= 2 {
		batch := heads[:min(size, len(heads))]
		heads = heads[len(batch):]
		claimed, err := b.claimFirst(ctx, op, req, batch)
		if claimed != nil || err != nil {
			return claimed, err
		}
	}
	return nil, nil
}

// eligibleHead is one member of a lane's eligible zset.
type eligibleHead struct {
	member string
	key    string
	score  float64
}

// eligibleHeads reads the first executions of several indexes, most urgent first.
func (b *Backend) eligibleHeads(ctx context.Context, op string, indexes []engine.IndexRef) ([]eligibleHead, error) {
	reads := make([]*redis.ZSliceCmd, len(indexes))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, index := range indexes {
			reads[i] = p.ZRangeWithScores(ctx, indexKey(index), 0, headsPerPartition-1)
		}
	})
	if err != nil {
		return nil, err
	}
	var heads []eligibleHead
	for i, index := range indexes {
		for _, z := range reads[i].Val() {
			heads = append(heads, eligibleHead{text(z.Member), indexKey(index), z.Score})
		}
	}
	slices.SortStableFunc(heads, func(a, b eligibleHead) int { return cmp.Compare(a.score, b.score) })
	return heads, nil
}

// claimFirst claims the first of a batch that can be claimed.
func (b *Backend) claimFirst(ctx context.Context, op string, req engine.ClaimRequest, batch []eligibleHead) (*engine.Claimed, error) {
	ids := make([]engine.ExecutionID, 0, len(batch))
	for _, head := range batch {
		execution, err := engine.ParseExecutionID(head.member)
		if err != nil {
			// What cannot be an id belongs to nothing.
			if err := b.rdb.ZRem(ctx, head.key, head.member).Err(); err != nil {
				return nil, engine.Transport(op, err)
			}
			continue
		}
		ids = append(ids, execution)
	}
	candidates, err := b.readCandidates(ctx, op, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range candidates {
		claimed, err := b.claimCandidate(ctx, op, req, c)
		if err == nil && claimed == nil {
			continue
		}
		if err != nil && concernsOne(err) {
			continue
		}
		return claimed, err
	}
	return nil, nil
}

// concernsOne tells an error that concerns one execution, which a search leaves aside, from one that would meet every other too.
func concernsOne(err error) bool {
	var e *engine.Error
	if !errors.As(err, &e) || e.Class != engine.ClassTransport {
		return true
	}
	var answered redis.Error
	return errors.As(err, &answered) && !functionMissing(err)
}

// claimCandidate is nil for an execution that is not for this worker, now.
func (b *Backend) claimCandidate(ctx context.Context, op string, req engine.ClaimRequest, c candidate) (*engine.Claimed, error) {
	switch {
	case !c.Exists:
		key := keysOf(c.Execution).partition().lane(req.Lane, engine.IndexEligible)
		return nil, transport(op, b.rdb.ZRem(ctx, key, string(c.Execution)).Err())
	case c.unreadable, c.Granted, len(engine.MissingCapabilities(c.RequiredCapabilities, req.Capabilities)) > 0:
		return nil, nil
	case c.AttemptState == engine.AttemptInterrupted:
		return b.claimInterrupted(ctx, req, c)
	}
	return b.grantAndClaim(ctx, op, req, c)
}

func grantRequest(req engine.ClaimRequest, execution engine.ExecutionID) engine.IssueGrant {
	return engine.IssueGrant{
		Execution:      execution,
		Lane:           req.Lane,
		Worker:         req.Worker,
		WorkerInstance: req.WorkerInstance,
		Capabilities:   req.Capabilities,
		TTL:            claimGrantTTL,
	}
}

// claimInterrupted takes an attempt up again.
func (b *Backend) claimInterrupted(ctx context.Context, req engine.ClaimRequest, c candidate) (*engine.Claimed, error) {
	if _, err := b.IssueClaimGrant(ctx, grantRequest(req, c.Execution)); err != nil {
		return nil, err
	}
	return b.ClaimResumedExecution(ctx, engine.ClaimResumed{
		Execution:      c.Execution,
		Worker:         req.Worker,
		WorkerInstance: req.WorkerInstance,
		Lane:           req.Lane,
		LeaseTTL:       req.LeaseTTL,
		AttemptIndex:   c.CurrentAttempt,
		Remaining:      c.AttemptTimeout,
	})
}

// grantAndClaim asks for the grant and consumes it in one round trip: without its grant the claim is refused and changes nothing.
func (b *Backend) grantAndClaim(ctx context.Context, op string, req engine.ClaimRequest, c candidate) (*engine.Claimed, error) {
	grant := grantRequest(req, c.Execution)
	capabilities, err := checkGrant(op, grant)
	if err != nil {
		return nil, err
	}
	claim := withIDs(engine.ClaimExecution{
		Execution:       c.Execution,
		Worker:          req.Worker,
		WorkerInstance:  req.WorkerInstance,
		Lane:            req.Lane,
		LeaseTTL:        req.LeaseTTL,
		ExpectedAttempt: c.TotalAttempts,
		AttemptTimeout:  c.AttemptTimeout,
	})
	keys, args := claimCall(claim)
	var granted, claimed *redis.Cmd
	err = b.pipelinedCalls(ctx, func(p redis.Pipeliner) {
		granted = queueCall(ctx, p, "ff_issue_claim_grant", claimGrantKeys(c.Execution, req.Lane), grantArgs(grant, capabilities)...)
		claimed = queueCall(ctx, p, "ff_claim_execution", keys, args...)
	})
	if err != nil {
		return nil, err
	}
	if _, err := resultOf(op, "ff_issue_claim_grant", granted); err != nil {
		return nil, err
	}
	r, err := resultOf(op, "ff_claim_execution", claimed)
	if errors.Is(err, engine.CodeUseClaimResumedExecution) {
		return b.claimInterrupted(ctx, req, c)
	}
	if err != nil {
		return nil, err
	}
	if c.revokedBefore {
		b.forgetRevocation(ctx, c.Execution)
	}
	return decodeClaimed(op, claim, r)
}
