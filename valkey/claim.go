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
	// firstProbe is how many partitions a claim looks at first, or more when it wants much. latelyProbed is how many of these may be such
	// that had work lately, twice as many as are wanted if that is more; laterProbe bounds that, and the occupied others at a time.
	firstProbe   = 8
	latelyProbed = 4
	laterProbe   = 32
	// firstBatch is how many candidates a claim reads first, or as many as it wants; each further round trip covers twice as many.
	firstBatch = 2
	// equallyUrgent is less than what one step of priority makes in a score, and more than any time (spec 01 §3.5.2).
	equallyUrgent = 5e11
	// claimPasses bounds how often a claim begins again because others were faster at everything it saw.
	claimPasses = 4
)

// Claim takes one eligible execution of a lane that the capabilities cover, the most urgent one of those it sees first; nil when no
// partition has one (spec 04a §6.1).
func (b *Backend) Claim(ctx context.Context, req engine.ClaimRequest) (*engine.Claimed, error) {
	claimed, err := b.claimSome(ctx, "claim", req, 1)
	if len(claimed) == 0 {
		return nil, err
	}
	return claimed[0], nil
}

// ClaimSome takes up to so many at once: three round trips, however many they are.
func (b *Backend) ClaimSome(ctx context.Context, req engine.ClaimRequest, most int) ([]*engine.Claimed, error) {
	return b.claimSome(ctx, "claim_some", req, most)
}

// claimSome looks past executions that are granted to others, ask for more, or are gone from the record, visits all partitions
// from a place that rotates, and takes interrupted attempts up again. What was claimed before an error is given out
// without it.
func (b *Backend) claimSome(ctx context.Context, op string, req engine.ClaimRequest, most int) ([]*engine.Claimed, error) {
	if _, err := engine.ParseLaneID(string(req.Lane)); err != nil {
		return nil, engine.Invalid(op, err.Error())
	}
	if err := checkLeaseTTL(op, req.LeaseTTL); err != nil {
		return nil, err
	}
	capabilities, err := capabilityCSV(op, req.Capabilities)
	if err != nil {
		return nil, err
	}
	kind := claimKind{req.Lane, capabilities}
	place, err := b.underway.enter(ctx, kind)
	if err != nil {
		return nil, engine.Transport(op, err)
	}
	if place == nil {
		return nil, nil
	}
	search := claimSearch{b: b, op: op, req: req, capabilities: capabilities, most: most, aside: place.index * most}
	err = search.run(ctx)
	b.underway.leave(kind, place, err == nil && len(search.claimed) == 0 && !search.lost)
	if len(search.claimed) > 0 {
		err = nil
	}
	return search.claimed, err
}

// claimSearch is one claim under way.
type claimSearch struct {
	b            *Backend
	op           string
	req          engine.ClaimRequest
	capabilities string // of req, as one text
	most         int
	aside        int // so many of the first executions in line are left to other claims of this program, unless nothing else is there
	claimed      []*engine.Claimed
	// lost says that others took what this pass tried for: there may be more behind that.
	lost bool
	// away is why partitions could not be looked at, if any: while a node is away, what is on the others is claimed all the same.
	away error
}

// run looks until something is found, or nothing is there.
func (s *claimSearch) run(ctx context.Context) error {
	for range claimPasses {
		s.lost, s.away = false, nil
		if err := s.pass(ctx); len(s.claimed) > 0 || err != nil || !s.lost {
			return err
		}
	}
	return nil
}

// missing is how many are wanted still.
func (s *claimSearch) missing() int { return s.most - len(s.claimed) }

// pass looks through all partitions once, until something is found.
func (s *claimSearch) pass(ctx context.Context) error {
	first, others := s.b.claimOrder(s.req, s.missing())
	if err := s.claimFrom(ctx, first); len(s.claimed) > 0 || err != nil {
		return err
	}
	// Most partitions hold nothing of a lane at most times, and one command asks many.
	occupied, err := s.b.Occupied(ctx, eligibleRefs(s.req.Lane, others))
	s.away = cmp.Or(s.away, err)
	unlooked := s.b.lines.found(s.req.Lane, occupied)
	if len(occupied) > laterProbe {
		s.away = cmp.Or(s.away, s.lookAtHeads(ctx, unlooked))
		occupied = s.b.lines.inOrder(s.req.Lane, occupied)
	}
	for probe := range slices.Chunk(occupied, laterProbe) {
		if err := s.claimFrom(ctx, probe); len(s.claimed) > 0 || err != nil {
			return err
		}
	}
	return s.away
}

// lookAtHeads learns how urgent the firsts of some lines are: what is begun out of turn waits for all that is older at each of its steps.
func (s *claimSearch) lookAtHeads(ctx context.Context, lines []engine.IndexRef) error {
	heads := make([]*redis.ZSliceCmd, len(lines))
	err := s.b.pipelined(ctx, s.op, func(p redis.Pipeliner) {
		for i, line := range lines {
			heads[i] = p.ZRangeWithScores(ctx, indexKey(line), 0, 0)
		}
	})
	for i, line := range lines {
		if head := heads[i].Val(); len(head) > 0 {
			s.b.lines.heads(line, head[0].Score)
		}
	}
	return err
}

// claimOrder is where a claim looks first and where after that: the partition in which the lane's flow-less work lies, some where there
// was work lately and a few others, then all, from a place that is another one for each instance and each call. Nothing comes first until
// it is known where there is work at all.
func (b *Backend) claimOrder(req engine.ClaimRequest, missing int) (first []engine.IndexRef, others []engine.Partition) {
	partitions := b.Partitions()
	n := uint32(partitions.Flow)
	var near []engine.Partition
	probes := 0
	if b.lines.surveyed(req.Lane) {
		near = b.lines.some(req.Lane, partitions.OfLane(req.Lane), min(max(latelyProbed, 2*missing), laterProbe))
		probes = firstProbe
	}
	start := uint32(engine.ScanStart(req.WorkerInstance, partitions.Flow)) + b.claims.Add(1)*(firstProbe-latelyProbed-1)
	for i := range n {
		p := engine.Partition{Family: engine.FamilyFlow, Index: uint16((start + i) % n)}
		switch {
		case slices.Contains(near, p):
		case len(near) < probes:
			near = append(near, p)
		default:
			others = append(others, p)
		}
	}
	return eligibleRefs(req.Lane, near), others
}

func eligibleRefs(lane engine.LaneID, partitions []engine.Partition) []engine.IndexRef {
	refs := make([]engine.IndexRef, len(partitions))
	for i, p := range partitions {
		refs[i] = engine.IndexRef{Partition: p, Lane: lane, Name: engine.IndexName(engine.IndexEligible)}
	}
	return refs
}

// claimFrom claims the most urgent executions of some indexes that can be claimed.
func (s *claimSearch) claimFrom(ctx context.Context, indexes []engine.IndexRef) error {
	heads, long, err := s.eligibleHeads(ctx, indexes)
	s.away = cmp.Or(s.away, err)
	err = s.claimInTurn(ctx, heads)
	s.noteLeft(indexes, heads, long)
	if err != nil {
		return err
	}
	for _, line := range long {
		if len(s.claimed) > 0 {
			break
		}
		if err := s.claimBehind(ctx, line.IndexRef, line.head); err != nil {
			return err
		}
	}
	return nil
}

// noteLeft remembers what the lines hold now that some of it was claimed.
func (s *claimSearch) noteLeft(indexes []engine.IndexRef, heads []eligibleHead, long []longLine) {
	if len(s.claimed) == 0 {
		return
	}
	claimed := map[string]bool{}
	for _, c := range s.claimed {
		claimed[string(c.Handle.ExecutionID)] = true
	}
	first, taken := map[string]float64{}, map[string]bool{} // of what is left, by line
	for _, head := range heads {
		if claimed[head.member] {
			taken[head.key] = true
		} else if before, known := first[head.key]; !known || head.score < before {
			first[head.key] = head.score
		}
	}
	for _, index := range indexes {
		key := indexKey(index)
		if score, left := first[key]; left {
			s.b.lines.heads(index, score)
		} else if !slices.ContainsFunc(long, func(l longLine) bool { return l.IndexRef == index }) {
			s.b.lines.emptied(index)
		}
		if taken[key] {
			s.b.lines.taken(index)
		}
	}
}

// claimInTurn claims those that can be claimed, in ever larger batches.
func (s *claimSearch) claimInTurn(ctx context.Context, heads []eligibleHead) error {
	for size := max(firstBatch, s.missing()); len(heads) > 0 && s.missing() > 0; size *= 2 {
		batch := heads[:min(size, len(heads))]
		heads = heads[len(batch):]
		if err := s.claimOf(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// eligibleHead is one member of a lane's eligible zset.
type eligibleHead struct {
	member string
	key    string
	score  float64
}

// longLine is a line with more in it than its first executions, of which head is the last.
type longLine struct {
	engine.IndexRef
	head indexedMember
}

// eligibleHeads reads the first executions of several indexes, most urgent first, and tells which have more than those. With an error
// come those that could be read.
func (s *claimSearch) eligibleHeads(ctx context.Context, indexes []engine.IndexRef) ([]eligibleHead, []longLine, error) {
	reads := make([]*redis.ZSliceCmd, len(indexes))
	last := int64(max(headsPerPartition, 2*s.missing())+s.aside) - 1
	err := s.b.pipelined(ctx, s.op, func(p redis.Pipeliner) {
		for i, index := range indexes {
			reads[i] = p.ZRangeWithScores(ctx, indexKey(index), 0, last)
		}
	})
	var heads []eligibleHead
	var long []longLine
	for i, index := range indexes {
		found := reads[i].Val()
		if len(found) > 0 {
			s.b.lines.heads(index, found[0].Score)
		} else if reads[i].Err() == nil {
			s.b.lines.emptied(index)
		}
		for _, z := range found {
			heads = append(heads, eligibleHead{text(z.Member), indexKey(index), z.Score})
		}
		if n := len(found); int64(n) > last {
			long = append(long, longLine{index, indexedMember{text(found[n-1].Member), found[n-1].Score}})
		}
	}
	slices.SortStableFunc(heads, func(a, b eligibleHead) int { return cmp.Compare(a.score, b.score) })
	return s.stepAside(heads), long, err
}

// stepAside puts those first that no other claim of this program begins with: of the most urgent ones, which differ in their age only.
func (s *claimSearch) stepAside(heads []eligibleHead) []eligibleHead {
	equals := 0
	for equals < len(heads) && heads[equals].score-heads[0].score < equallyUrgent {
		equals++
	}
	if equals == 0 {
		return heads
	}
	at := s.aside % equals
	return slices.Concat(heads[at:equals], heads[:at], heads[equals:])
}

// claimOf claims those of a batch that can be claimed, as many as are missing.
func (s *claimSearch) claimOf(ctx context.Context, batch []eligibleHead) error {
	ids := make([]engine.ExecutionID, 0, len(batch))
	for _, head := range batch {
		execution, err := engine.ParseExecutionID(head.member)
		if err != nil {
			// What cannot be an id belongs to nothing.
			if err := s.b.rdb.ZRem(ctx, head.key, head.member).Err(); err != nil {
				return engine.Transport(s.op, err)
			}
			continue
		}
		if !s.b.unfit.has(s.capabilities, execution) {
			ids = append(ids, execution)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	candidates, err := s.b.readCandidates(ctx, s.op, ids)
	if err != nil {
		return err
	}
	var fit, taken []candidate
	for _, c := range candidates {
		if c.taken {
			taken = append(taken, c)
			continue
		}
		may, err := s.mayClaim(ctx, c)
		if err != nil {
			return err
		}
		if may {
			fit = append(fit, c)
		}
	}
	for len(fit) > 0 && s.missing() > 0 {
		var some []candidate
		if some, fit = s.b.underway.begin(fit, s.missing()); len(some) == 0 {
			s.lost = true
			return nil
		}
		lostBefore := s.lost
		err := s.claimTogether(ctx, some)
		s.b.underway.end(some)
		if err != nil {
			return err
		}
		if s.lost && !lostBefore {
			// Those who were faster go on to the next one, too: not all in the same order.
			rand.Shuffle(len(fit), func(i, j int) { fit[i], fit[j] = fit[j], fit[i] })
		}
	}
	if len(taken) == 0 || s.missing() == 0 {
		return nil
	}
	s.lost = true
	strays, err := s.strays(ctx, taken)
	if err != nil || len(strays) == 0 {
		return err
	}
	return s.claimTogether(ctx, strays) // which takes them off the line
}

// strays are those that are in line although their record says otherwise. The others were just taken by somebody else.
func (s *claimSearch) strays(ctx context.Context, taken []candidate) ([]candidate, error) {
	scores := make([]*redis.FloatCmd, len(taken))
	err := s.b.pipelined(ctx, s.op, func(p redis.Pipeliner) {
		for i, c := range taken {
			scores[i] = p.ZScore(ctx, keysOf(c.Execution).partition().lane(s.req.Lane, engine.IndexEligible), string(c.Execution))
		}
	})
	if err != nil {
		return nil, err
	}
	var strays []candidate
	for i, c := range taken {
		if scores[i].Err() == nil {
			strays = append(strays, c)
		}
	}
	return strays, nil
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

// mayClaim tells whether an execution is for this worker, now. A stray entry is taken off the line.
func (s *claimSearch) mayClaim(ctx context.Context, c candidate) (bool, error) {
	if !c.Exists {
		key := keysOf(c.Execution).partition().lane(s.req.Lane, engine.IndexEligible)
		return false, transport(s.op, s.b.rdb.ZRem(ctx, key, string(c.Execution)).Err())
	}
	return s.covers(c.Execution, c.RequiredCapabilities) && !c.unreadable && !c.Granted, nil
}

// covers tells whether the worker can do what an execution asks for, and remembers if not.
func (s *claimSearch) covers(execution engine.ExecutionID, required []string) bool {
	if len(engine.MissingCapabilities(required, s.req.Capabilities)) == 0 {
		return true
	}
	s.b.unfit.note(s.capabilities, execution)
	return false
}
