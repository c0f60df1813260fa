package valkey

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
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
	// claimPasses bounds how often a claim begins again because others were faster at everything it saw.
	claimPasses = 4
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
	search := claimSearch{b: b, op: op, req: req}
	for range claimPasses {
		search.lost, search.away = false, nil
		if claimed, err := search.pass(ctx); claimed != nil || err != nil || !search.lost {
			return claimed, err
		}
	}
	return nil, nil
}

// claimSearch is one claim under way.
type claimSearch struct {
	b   *Backend
	op  string
	req engine.ClaimRequest
	// lost says that others took what this pass tried for: there may be more behind that.
	lost bool
	// away is why partitions could not be looked at, if any: while a node is away, what is on the others is claimed all the same.
	away error
}

// pass looks through all partitions once; nil when it got nothing.
func (s *claimSearch) pass(ctx context.Context) (*engine.Claimed, error) {
	first, others := s.b.claimOrder(s.req)
	if claimed, err := s.claimFrom(ctx, first); claimed != nil || err != nil {
		return claimed, err
	}
	// Most partitions hold nothing of a lane at most times, and one command asks many.
	occupied, err := s.b.Occupied(ctx, eligibleRefs(s.req.Lane, others))
	s.away = cmp.Or(s.away, err)
	for probe := range slices.Chunk(occupied, laterProbe) {
		if claimed, err := s.claimFrom(ctx, probe); claimed != nil || err != nil {
			return claimed, err
		}
	}
	return nil, s.away
}

// claimOrder is where a claim looks first and where after that: the partition in which the lane's flow-less work lies and a few
// others, then all, from a place that is another one for each instance and each call.
func (b *Backend) claimOrder(req engine.ClaimRequest) (first []engine.IndexRef, others []engine.Partition) {
	partitions := b.Partitions()
	n := uint32(partitions.Flow)
	home := partitions.OfLane(req.Lane)
	start := uint32(engine.ScanStart(req.WorkerInstance, partitions.Flow)) + b.claims.Add(1)*(firstProbe-1)
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
func (s *claimSearch) claimFrom(ctx context.Context, indexes []engine.IndexRef) (*engine.Claimed, error) {
	heads, err := s.b.eligibleHeads(ctx, s.op, indexes)
	s.away = cmp.Or(s.away, err)
	for size := firstBatch; len(heads) > 0; size *= 2 {
		batch := heads[:min(size, len(heads))]
		heads = heads[len(batch):]
		claimed, err := s.claimFirst(ctx, batch)
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

// eligibleHeads reads the first executions of several indexes, most urgent first. With an error come those that could be read.
func (b *Backend) eligibleHeads(ctx context.Context, op string, indexes []engine.IndexRef) ([]eligibleHead, error) {
	reads := make([]*redis.ZSliceCmd, len(indexes))
	err := b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, index := range indexes {
			reads[i] = p.ZRangeWithScores(ctx, indexKey(index), 0, headsPerPartition-1)
		}
	})
	var heads []eligibleHead
	for i, index := range indexes {
		for _, z := range reads[i].Val() {
			heads = append(heads, eligibleHead{text(z.Member), indexKey(index), z.Score})
		}
	}
	slices.SortStableFunc(heads, func(a, b eligibleHead) int { return cmp.Compare(a.score, b.score) })
	return heads, err
}

// claimFirst claims the first of a batch that can be claimed.
func (s *claimSearch) claimFirst(ctx context.Context, batch []eligibleHead) (*engine.Claimed, error) {
	ids := make([]engine.ExecutionID, 0, len(batch))
	for _, head := range batch {
		execution, err := engine.ParseExecutionID(head.member)
		if err != nil {
			// What cannot be an id belongs to nothing.
			if err := s.b.rdb.ZRem(ctx, head.key, head.member).Err(); err != nil {
				return nil, engine.Transport(s.op, err)
			}
			continue
		}
		ids = append(ids, execution)
	}
	candidates, err := s.b.readCandidates(ctx, s.op, ids)
	if err != nil {
		return nil, err
	}
	for i, c := range candidates {
		claimed, err := s.claimCandidate(ctx, c)
		switch {
		case claimed != nil:
			return claimed, nil
		case err == nil:
		case errors.Is(err, engine.ClassContention), errors.Is(err, engine.CodeGrantAlreadyExists):
			s.lost = true
			// Those who were faster go on to the next one, too: not all in the same order.
			rest := candidates[i+1:]
			rand.Shuffle(len(rest), func(i, j int) { rest[i], rest[j] = rest[j], rest[i] })
		case !concernsOne(err):
			return nil, err
		}
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
func (s *claimSearch) claimCandidate(ctx context.Context, c candidate) (*engine.Claimed, error) {
	switch {
	case !c.Exists:
		key := keysOf(c.Execution).partition().lane(s.req.Lane, engine.IndexEligible)
		return nil, transport(s.op, s.b.rdb.ZRem(ctx, key, string(c.Execution)).Err())
	case c.unreadable, c.Granted, len(engine.MissingCapabilities(c.RequiredCapabilities, s.req.Capabilities)) > 0:
		return nil, nil
	case c.AttemptState == engine.AttemptInterrupted:
		return s.claimInterrupted(ctx, c)
	}
	return s.grantAndClaim(ctx, c)
}

func (s *claimSearch) grantRequest(execution engine.ExecutionID) engine.IssueGrant {
	return engine.IssueGrant{
		Execution:      execution,
		Lane:           s.req.Lane,
		Worker:         s.req.Worker,
		WorkerInstance: s.req.WorkerInstance,
		Capabilities:   s.req.Capabilities,
		TTL:            claimGrantTTL,
	}
}

// claimInterrupted takes an attempt up again.
func (s *claimSearch) claimInterrupted(ctx context.Context, c candidate) (*engine.Claimed, error) {
	if _, err := s.b.IssueClaimGrant(ctx, s.grantRequest(c.Execution)); err != nil {
		return nil, err
	}
	return s.b.ClaimResumedExecution(ctx, engine.ClaimResumed{
		Execution:      c.Execution,
		Worker:         s.req.Worker,
		WorkerInstance: s.req.WorkerInstance,
		Lane:           s.req.Lane,
		LeaseTTL:       s.req.LeaseTTL,
		AttemptIndex:   c.CurrentAttempt,
		Remaining:      c.AttemptTimeout,
	})
}

// grantAndClaim asks for the grant and consumes it in one round trip. Refused its grant, the claim is refused, too, and changes
// nothing; unless another instance of the same worker was just granted the execution: grants are the worker's, so the claim wins it.
func (s *claimSearch) grantAndClaim(ctx context.Context, c candidate) (*engine.Claimed, error) {
	grant := s.grantRequest(c.Execution)
	capabilities, err := checkGrant(s.op, grant)
	if err != nil {
		return nil, err
	}
	claim := withIDs(engine.ClaimExecution{
		Execution:       c.Execution,
		Worker:          s.req.Worker,
		WorkerInstance:  s.req.WorkerInstance,
		Lane:            s.req.Lane,
		LeaseTTL:        s.req.LeaseTTL,
		ExpectedAttempt: c.TotalAttempts,
		AttemptTimeout:  c.AttemptTimeout,
	})
	keys, args := claimCall(claim)
	var granted, claimed *redis.Cmd
	err = s.b.pipelinedCalls(ctx, s.op, func(p redis.Pipeliner) {
		granted = queueCall(ctx, p, "ff_issue_claim_grant", claimGrantKeys(c.Execution, s.req.Lane), grantArgs(grant, capabilities)...)
		claimed = queueCall(ctx, p, "ff_claim_execution", keys, args...)
	})
	if err != nil {
		return nil, err
	}
	r, err := resultOf(s.op, "ff_claim_execution", claimed)
	if err == nil {
		if c.revokedBefore {
			s.b.forgetRevocation(ctx, c.Execution)
		}
		return decodeClaimed(s.op, claim, r)
	}
	if _, refused := resultOf(s.op, "ff_issue_claim_grant", granted); refused != nil {
		return nil, refused
	}
	if errors.Is(err, engine.CodeUseClaimResumedExecution) {
		return s.claimInterrupted(ctx, c)
	}
	return nil, err
}
