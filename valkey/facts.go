package valkey

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// factsReader reads the facts around one execution.
type factsReader struct {
	*rounds
	ctx context.Context
	b   *Backend
	k   execKeys
	f   *engine.ExecutionFacts
	x   *engine.Execution
}

// ExecutionFacts reads what spec 06 §12.3 names for the state of an execution: its record, then what that state calls for, then what
// is on the other ends; three or four round trips.
func (b *Backend) ExecutionFacts(ctx context.Context, execution engine.ExecutionID) (*engine.ExecutionFacts, error) {
	const op = "execution_facts"
	if err := checkExecutionID(op, execution); err != nil {
		return nil, err
	}
	r := &factsReader{rounds: b.newRounds(op), ctx: ctx, b: b, k: keysOf(execution), f: &engine.ExecutionFacts{ID: execution}}
	var core *redis.MapStringStringCmd
	var policy *redis.StringCmd
	var clock *redis.TimeCmd
	r.ask("", func(p redis.Pipeliner) {
		core = p.HGetAll(ctx, r.k.core())
		policy = p.GetRange(ctx, r.k.policy(), 0, maxShownBytes-1)
		clock = p.Time(ctx)
	}, func() {
		r.f.At = clock.Val()
		stored := readWholeHash(core)
		if stored.empty() && len(stored.bad) == 0 {
			r.f.Outside = b.foreignPartition(execution) != ""
			return
		}
		decoded := decodeExecution(execution, stored, newRecord(nil))
		r.x, r.f.Execution = &decoded, &decoded
		r.f.Policy = engine.ReadPolicyFacts(shownBytes(policy))
		r.f.TokenRefusedAt = stored.time("last_hmac_validation_failed_at")
		r.byState()
	})
	err := r.run(ctx)
	r.f.Unread = r.unread
	return r.f, err
}

// byState asks for what the state calls for.
func (r *factsReader) byState() {
	s := r.x.State
	r.askPlace()
	if s.Phase != engine.PhaseTerminal {
		r.askLimits()
	}
	if r.x.FlowID != "" {
		r.askFlow()
	}
	switch s.Phase {
	case engine.PhaseActive:
		r.askHolder()
		if s.Ownership != engine.OwnerLeased {
			r.askGrant()
			r.askWorkers()
		}
	case engine.PhaseSuspended:
		r.askSuspension()
	case engine.PhaseTerminal:
		if s.Outcome == engine.OutcomeSkipped && r.x.FlowID != "" {
			r.askDependencies()
		}
	default:
		r.byEligibility(s.Eligibility)
	}
}

func (r *factsReader) byEligibility(e engine.EligibilityState) {
	switch e {
	case engine.EligibleNow:
		r.askGrant()
		r.askWorkers()
	case engine.BlockedByDependencies:
		r.askDependencies()
	case engine.BlockedByQuota:
		r.askQuota()
	case engine.BlockedByRoute:
		r.askWorkers()
	}
	if e != engine.BlockedByDependencies {
		r.askBudgets(e == engine.BlockedByBudget)
	}
}

// askPlace asks where the execution stands in the index that its state names.
func (r *factsReader) askPlace() {
	at, _ := placeOf(newRecord(map[string]string{
		"lifecycle_phase": string(r.x.State.Phase), "eligibility_state": string(r.x.State.Eligibility),
		"ownership_state": string(r.x.State.Ownership), "lane_id": string(r.x.Lane),
	}))
	if at.index == "" {
		return
	}
	index, member := r.k.partition().lane(at.lane, at.index), string(r.f.ID)
	var score *redis.FloatCmd
	var rank, size *redis.IntCmd
	var head *redis.StringSliceCmd
	var known *redis.BoolCmd
	r.ask("its place in the index", func(p redis.Pipeliner) {
		score = p.ZScore(r.ctx, index, member)
		rank = p.ZRank(r.ctx, index, member)
		size = p.ZCard(r.ctx, index)
		if at.index == engine.IndexEligible {
			head = p.ZRange(r.ctx, index, 0, 0)
		}
		known = p.SIsMember(r.ctx, keyLaneRegistry, string(at.lane))
	}, func() {
		place := &engine.IndexPlace{
			Index: at.index, Present: score.Err() == nil || !at.sure, Score: score.Val(), Rank: int(rank.Val()), Size: int(size.Val()),
		}
		r.f.Place, r.f.LaneKnown = place, known.Val()
		if head != nil && len(head.Val()) == 1 && head.Val()[0] != member {
			r.askHead(place, head.Val()[0])
		}
	})
}

// askHead asks whether what stands first can be taken.
func (r *factsReader) askHead(place *engine.IndexPlace, member string) {
	h := &engine.HeadFacts{ID: engine.ExecutionID(member)}
	if !isExecutionID(member) {
		h.Missing = true
		place.Head = h
		return
	}
	var core *redis.SliceCmd
	var grant *redis.IntCmd
	fields := []string{"lifecycle_phase", "required_capabilities"}
	r.ask("what stands first in line", func(p redis.Pipeliner) {
		core = p.HMGet(r.ctx, keysOf(h.ID).core(), fields...)
		grant = p.Exists(r.ctx, keysOf(h.ID).claimGrant())
	}, func() {
		stored := readHash(core, fields)
		h.Missing = stored.empty() && len(stored.bad) == 0
		h.Requires = engine.ParseCapabilityCSV(stored.text("required_capabilities"))
		h.Granted = grant.Val() > 0
		place.Head = h
	})
}

// askLimits asks when the execution expires wherever it is.
func (r *factsReader) askLimits() {
	var deadline, attempt *redis.FloatCmd
	r.ask("its deadline", func(p redis.Pipeliner) {
		deadline = p.ZScore(r.ctx, r.k.partition().executionDeadline(), string(r.f.ID))
		attempt = p.ZScore(r.ctx, r.k.partition().attemptTimeout(), string(r.f.ID))
	}, func() {
		r.f.DeadlineAt, r.f.AttemptTimeoutAt = scoreTime(deadline), scoreTime(attempt)
	})
}

// scoreTime is the zero time for an absent member.
func scoreTime(score *redis.FloatCmd) time.Time {
	if score.Err() != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(score.Val()))
}

func (r *factsReader) askGrant() {
	var grant *redis.MapStringStringCmd
	r.ask("its claim grant", func(p redis.Pipeliner) { grant = p.HGetAll(r.ctx, r.k.claimGrant()) }, func() {
		stored := readWholeHash(grant)
		if stored.empty() {
			return
		}
		r.f.Grant = &engine.GrantFacts{
			Worker: engine.WorkerID(stored.text("worker_id")), Instance: engine.WorkerInstanceID(stored.text("worker_instance_id")),
			CreatedAt: stored.time("created_at"), ExpiresAt: stored.time("grant_expires_at"),
		}
	})
}

// askHolder asks what the registry says of the holder of the lease.
func (r *factsReader) askHolder() {
	if r.x.Lease == nil {
		return
	}
	instance := r.x.Lease.WorkerInstance
	var alive, known *redis.IntCmd
	r.ask("the holder's sign of life", func(p redis.Pipeliner) {
		alive = p.Exists(r.ctx, keyWorkerAlive(r.x.Namespace, instance))
		known = p.Exists(r.ctx, keyWorkerCaps(r.x.Namespace, instance))
	}, func() {
		r.f.Holder = &engine.HolderFacts{Instance: instance, Alive: alive.Val() > 0, Known: known.Val() > 0 || alive.Val() > 0}
	})
}

// askWorkers asks for the registered workers of the namespace, at most engine.MostWorkers of them. Those of library version 26 stand
// in an index of their own that knows no namespace.
func (r *factsReader) askWorkers() {
	ns := r.x.Namespace
	var index, old *redis.ScanCmd
	r.ask("the workers", func(p redis.Pipeliner) {
		index = p.SScan(r.ctx, keyWorkerIndex(ns), 0, "", engine.MostWorkers)
		old = p.SScan(r.ctx, keyOldWorkerIndex, 0, "", engine.MostWorkers)
	}, func() {
		facts := &engine.WorkerFacts{Namespace: ns}
		var refs []workerRef
		add := func(scan *redis.ScanCmd, isOld bool) {
			members, next := scan.Val()
			facts.More = facts.More || next != 0
			for _, member := range members {
				refs = append(refs, workerRef{engine.WorkerInstanceID(member), isOld})
			}
		}
		add(index, false)
		add(old, true)
		facts.More = facts.More || len(refs) > engine.MostWorkers
		r.readWorkers(facts, refs[:min(len(refs), engine.MostWorkers)])
	})
}

func (r *factsReader) readWorkers(facts *engine.WorkerFacts, refs []workerRef) {
	reads := make([]workerReads, len(refs))
	r.ask("the workers", func(p redis.Pipeliner) {
		for i, ref := range refs {
			reads[i] = queueWorker(r.ctx, p, facts.Namespace, ref)
		}
	}, func() {
		for i, ref := range refs {
			if w, found := reads[i].decode(facts.Namespace, ref); found {
				facts.List = append(facts.List, w)
			}
		}
		slices.SortFunc(facts.List, func(a, b engine.Worker) int { return cmp.Compare(a.Instance, b.Instance) })
		r.f.Workers = facts
	})
}

// askSuspension asks for the open wait with its waitpoints.
func (r *factsReader) askSuspension() {
	var stored *redis.MapStringStringCmd
	var tokens *redis.StringSliceCmd
	var due *redis.FloatCmd
	r.ask("what it waits for", func(p redis.Pipeliner) {
		stored = p.HGetAll(r.ctx, r.k.suspensionCurrent())
		tokens = p.SMembers(r.ctx, r.k.satisfiedSet())
		due = p.ZScore(r.ctx, r.k.partition().suspensionTimeout(), string(r.f.ID))
	}, func() {
		r.f.SuspensionChecked = true
		record := readWholeHash(stored)
		if record.empty() && len(record.bad) == 0 {
			return
		}
		s := decodeSuspension(record, tokens.Val())
		r.f.Suspension = s
		r.f.TimeoutUnindexed = s.Open() && !s.TimeoutAt.IsZero() && due.Err() != nil
		ids := suspensionWaitpoints(record)
		r.askWaitpoints(s, ids[:min(len(ids), maxFactWaitpoints)])
	})
}

// maxFactWaitpoints is how many waitpoints of a suspension are looked at.
const maxFactWaitpoints = 20

func (r *factsReader) askWaitpoints(s *engine.Suspension, ids []string) {
	records := make([]*redis.SliceCmd, len(ids))
	conditions := make([]*redis.MapStringStringCmd, len(ids))
	part := r.k.partition()
	r.ask("its waitpoints", func(p redis.Pipeliner) {
		for i, id := range ids {
			records[i] = p.HMGet(r.ctx, part.waitpoint(engine.WaitpointID(id)), waitpointFields...)
			conditions[i] = p.HGetAll(r.ctx, part.waitpointCondition(engine.WaitpointID(id)))
		}
	}, func() {
		for i, id := range ids {
			w := decodeWaitpoint(id, readHash(records[i], waitpointFields), readWholeHash(conditions[i]))
			s.Waitpoints = append(s.Waitpoints, w.Waitpoint)
		}
	})
}

// untilMillis is the score of a time.
func untilMillis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
