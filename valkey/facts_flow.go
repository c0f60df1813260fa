package valkey

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// memberFields are the core fields of a member that a flow's diagnosis looks at.
var memberFields = []string{
	"flow_id", "lane_id", "namespace", "execution_kind", "priority", "lifecycle_phase", "ownership_state", "eligibility_state",
	"blocking_reason", "blocking_detail", "terminal_outcome", "attempt_state", "public_state", "current_attempt_index",
	"total_attempt_count", "retry_count", "replay_count", "lease_reclaim_count", "current_lease_id", "current_worker_id",
	"current_worker_instance_id", "lease_acquired_at", "lease_expires_at", "lease_last_renewed_at", "lease_renewal_deadline",
	"lease_expired_at", "lease_revoked_at", "lease_revoke_reason", "created_at", "completed_at", "last_transition_at",
	"last_mutation_at", "delay_until", "failure_reason", "cancellation_reason", "cancelled_by", "progress_pct", "required_capabilities",
}

// flowFactsReader reads the facts around one flow.
type flowFactsReader struct {
	*rounds
	ctx context.Context
	b   *Backend
	k   flowKeys
	f   *engine.FlowFacts
}

// FlowFacts reads a flow, one record of each of its members (at most engine.MostFlowMembers, a thousand a round trip), and what those
// wait for that wait for others.
func (b *Backend) FlowFacts(ctx context.Context, flow engine.FlowID) (*engine.FlowFacts, error) {
	const op = "flow_facts"
	if err := checkFlowID(op, flow); err != nil {
		return nil, err
	}
	r := &flowFactsReader{rounds: b.newRounds(op), ctx: ctx, b: b, k: b.flowKeys(flow), f: &engine.FlowFacts{ID: flow}}
	r.askFlow()
	if err := r.run(ctx); err != nil || r.f.Flow == nil {
		return r.f, err
	}
	ids, err := b.someMembers(ctx, op, r.k, r.f.Members, engine.MostFlowMembers)
	if err != nil {
		return nil, err
	}
	if err := r.readMembers(ids); err != nil {
		return nil, err
	}
	err = r.readWaits()
	r.f.Unread = r.unread
	return r.f, err
}

func (r *flowFactsReader) askFlow() {
	var core *redis.MapStringStringCmd
	var size, owed *redis.IntCmd
	var due *redis.FloatCmd
	var clock *redis.TimeCmd
	r.ask("", func(p redis.Pipeliner) {
		core = p.HGetAll(r.ctx, r.k.core())
		size = p.SCard(r.ctx, r.k.members())
		owed = p.SCard(r.ctx, r.k.pendingCancels())
		due = p.ZScore(r.ctx, r.k.partition().cancelBacklog(), string(r.f.ID))
		clock = p.Time(r.ctx)
	}, func() {
		r.f.At, r.f.Members, r.f.CancelOwed, r.f.CancelFrom = clock.Val(), int(size.Val()), int(owed.Val()), scoreTime(due)
		if stored := readWholeHash(core); !stored.empty() || len(stored.bad) > 0 {
			flow := flowOrMarked(r.k.core(), r.f.ID, stored, newRecord(nil))
			r.f.Flow = &flow
		}
	})
	r.askRaces()
}

// mostRaces is how many of a partition's decided groups are looked through for those of the flow.
const mostRaces = 500

// askRaces asks for the decided groups of the flow that still have members to cancel.
func (r *flowFactsReader) askRaces() {
	const what = "the decided groups"
	var some *redis.ScanCmd
	r.ask(what, func(p redis.Pipeliner) {
		some = p.SScan(r.ctx, r.k.partition().pendingCancelGroups(), 0, "", mostRaces)
	}, func() {
		members, _ := some.Val()
		slices.Sort(members)
		for _, member := range members {
			flow, downstream, _ := strings.Cut(member, "|")
			id, err := engine.ParseExecutionID(downstream)
			if flow != string(r.f.ID) || err != nil {
				continue
			}
			var group *redis.SliceCmd
			r.ask(what, func(p redis.Pipeliner) { group = p.HMGet(r.ctx, r.k.edgeGroup(id), raceFields...) }, func() {
				if race, open := decodeRace(id, readHash(group, raceFields)); open {
					r.f.Races = append(r.f.Races, race)
				}
			})
		}
	})
}

// readMembers reads one record of each member, oldest first.
func (r *flowFactsReader) readMembers(ids []engine.ExecutionID) error {
	r.f.List = make([]engine.MemberFacts, 0, len(ids))
	for batch := range slices.Chunk(ids, rowsPerRoundTrip) {
		reads := make([]*redis.SliceCmd, len(batch))
		err := r.b.pipelined(r.ctx, r.op, func(p redis.Pipeliner) {
			for i, id := range batch {
				reads[i] = p.HMGet(r.ctx, keysOf(id).core(), memberFields...)
			}
		})
		if err != nil {
			return err
		}
		for i, id := range batch {
			member := engine.MemberFacts{ID: id}
			if stored := readHash(reads[i], memberFields); !stored.empty() || len(stored.bad) > 0 {
				x := decodeExecution(id, stored, newRecord(nil))
				member.Execution = &x
			}
			r.f.List = append(r.f.List, member)
		}
	}
	slices.SortStableFunc(r.f.List, func(a, b engine.MemberFacts) int {
		return createdAt(a).Compare(createdAt(b))
	})
	return nil
}

// createdAt is the zero time for a purged member: those come first.
func createdAt(m engine.MemberFacts) time.Time {
	if m.Execution == nil {
		return time.Time{}
	}
	return m.Execution.CreatedAt
}

// waitsPerRoundTrip bounds one pipeline: each member takes a few commands and as many again as it has edges.
const waitsPerRoundTrip = 250

// readWaits reads what the first members wait for that wait for others.
func (r *flowFactsReader) readWaits() error {
	var waiting []engine.ExecutionID
	for _, m := range r.f.List {
		if x := m.Execution; x != nil && x.State.Phase == engine.PhaseRunnable && x.State.Eligibility == engine.BlockedByDependencies {
			waiting = append(waiting, m.ID)
		}
	}
	r.f.Untraced = max(len(waiting)-engine.MostTraced, 0)
	waiting = waiting[:len(waiting)-r.f.Untraced]
	r.f.Waits = make([]engine.WaitFacts, 0, len(waiting))
	for batch := range slices.Chunk(waiting, waitsPerRoundTrip) {
		for _, id := range batch {
			r.askWait(id)
		}
		if err := r.run(r.ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *flowFactsReader) askWait(id engine.ExecutionID) {
	const what = "what members wait for"
	k := keysOf(id)
	var unresolved *redis.IntCmd
	var some *redis.ScanCmd
	var group groupReads
	r.ask(what, func(p redis.Pipeliner) {
		unresolved = p.SCard(r.ctx, k.depsUnresolved())
		some = p.SScan(r.ctx, k.depsUnresolved(), 0, "", engine.MostUpstreams)
		group = queueGroup(r.ctx, p, r.k, id)
	}, func() {
		members, _ := some.Val()
		edges := firstEdges(members)
		wait := engine.WaitFacts{Member: id, Unresolved: int(unresolved.Val())}
		if own, found := group.decode(id); found {
			wait.Group = &own
		}
		ups := make([]*redis.StringCmd, len(edges))
		r.ask(what, func(p redis.Pipeliner) {
			for i, edge := range edges {
				ups[i] = p.HGet(r.ctx, k.dep(edge), "upstream_execution_id")
			}
		}, func() {
			for _, up := range ups {
				if upstream, err := engine.ParseExecutionID(up.Val()); err == nil {
					wait.Upstreams = append(wait.Upstreams, upstream)
				}
			}
			r.f.Waits = append(r.f.Waits, wait)
		})
	})
}
