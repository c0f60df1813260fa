package valkey

import (
	"context"
	"flag"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
)

// The model check goes through modelSequences random sequences of some modelSteps operations; -rapid.checks and -rapid.steps say
// otherwise.
const (
	modelSequences = "300"
	modelSteps     = "25"
)

func TestModel(t *testing.T) {
	setUnlessGiven(t, "rapid.checks", modelSequences)
	setUnlessGiven(t, "rapid.steps", modelSteps)
	setUnlessGiven(t, "rapid.nofailfile", "true") // the seed that a failure tells is enough
	target := ownServer(t, embedded.Options{})
	enginetest.RunModel(t, func(t *testing.T) enginetest.ModelSubject {
		b := newDeployment(t, target)
		t.Cleanup(func() { sound(t, b) })
		return modelSubject{b}
	})
}

func setUnlessGiven(t *testing.T, name, value string) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if given {
		return
	}
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

// modelSubject shows what the keys hold, read as they are: by names and fields of the spec, not by the decoders under test.
type modelSubject struct{ *Backend }

// Look reads everything in one round trip.
func (s modelSubject) Look(ctx context.Context, at enginetest.Sight) (enginetest.Picture, error) {
	picture := enginetest.Picture{
		Executions: map[engine.ExecutionID]enginetest.ExecutionPicture{},
		Waitpoints: map[engine.WaitpointID]enginetest.WaitpointPicture{},
		Flows:      map[engine.FlowID]enginetest.FlowPicture{},
		Edges:      map[engine.EdgeID]enginetest.EdgePicture{},
		Groups:     map[enginetest.SeenGroup]enginetest.GroupPicture{},
		Lane:       map[engine.LaneIndex][]engine.ExecutionID{},
	}
	part := keysOf(at.Executions[0].ID).partition()
	var fill []func()
	err := s.pipelined(ctx, "look", func(p redis.Pipeliner) {
		look := looking{ctx, p}
		for _, x := range at.Executions {
			read := look.execution(x, at.Instances)
			fill = append(fill, func() { picture.Executions[x.ID] = read() })
		}
		for _, wp := range at.Waitpoints {
			read := look.waitpoint(part, wp)
			fill = append(fill, func() { picture.Waitpoints[wp] = read() })
		}
		for _, f := range at.Flows {
			read := look.flow(flowKeys{part.tag, f})
			fill = append(fill, func() { picture.Flows[f] = read() })
		}
		for _, e := range at.Edges {
			read := look.edge(flowKeys{part.tag, e.Flow}, e)
			fill = append(fill, func() { picture.Edges[e.ID] = read() })
		}
		for _, g := range at.Groups {
			read := look.group(flowKeys{part.tag, g.Flow}, g)
			fill = append(fill, func() { picture.Groups[g] = read() })
		}
		for _, index := range engine.LaneIndexes() {
			members := p.ZRange(ctx, part.lane(at.Lane, index), 0, -1)
			fill = append(fill, func() {
				if ids := sortedAs[engine.ExecutionID](members.Val()); ids != nil {
					picture.Lane[index] = ids
				}
			})
		}
	})
	for _, f := range fill {
		f()
	}
	return picture, err
}

// looking queues reads and returns what makes something of the replies.
type looking struct {
	ctx context.Context
	p   redis.Pipeliner
}

func sortedAs[T ~string](words []string) []T {
	var out []T
	for _, w := range words {
		out = append(out, T(w))
	}
	slices.Sort(out)
	return out
}

func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

func (l looking) execution(x enginetest.SeenExecution, instances []engine.WorkerInstanceID) func() enginetest.ExecutionPicture {
	k, part := keysOf(x.ID), keysOf(x.ID).partition()
	core := l.p.HGetAll(l.ctx, k.core())
	attempts := make([]*redis.SliceCmd, x.Attempts)
	for i := range attempts {
		attempts[i] = l.p.HMGet(l.ctx, k.attempt(uint32(i)), "attempt_type", "attempt_state", "failure_reason")
	}
	known := l.p.ZCard(l.ctx, k.attempts())
	lease, grant := l.p.Exists(l.ctx, k.leaseCurrent()), l.p.Exists(l.ctx, k.claimGrant())
	payload, result := l.p.Get(l.ctx, k.payload()), l.p.Get(l.ctx, k.result())
	suspension := l.p.HGetAll(l.ctx, k.suspensionCurrent())
	tokens, unresolved := l.p.SMembers(l.ctx, k.satisfiedSet()), l.p.SMembers(l.ctx, k.depsUnresolved())
	deps := l.p.HMGet(l.ctx, k.depsMeta(), "unsatisfied_required_count", "impossible_required_count")
	held := make([]*redis.BoolCmd, len(instances))
	for i, instance := range instances {
		held[i] = l.p.SIsMember(l.ctx, part.workerLeases(instance), string(x.ID))
	}
	dueIndexes := []engine.DueIndex{engine.DueAttemptTimeout, engine.DueDeadline, engine.DueLeaseExpiry, engine.DueSuspensionTimeout}
	due := make([]*redis.FloatCmd, len(dueIndexes))
	for i, index := range dueIndexes {
		due[i] = l.p.ZScore(l.ctx, part.due(index), string(x.ID))
	}
	return func() enginetest.ExecutionPicture {
		c := core.Val()
		if len(c) == 0 {
			return enginetest.ExecutionPicture{}
		}
		picture := enginetest.ExecutionPicture{
			Exists: true,
			State: engine.StateVector{
				Phase:       engine.LifecyclePhase(c["lifecycle_phase"]),
				Ownership:   engine.OwnershipState(c["ownership_state"]),
				Eligibility: engine.EligibilityState(c["eligibility_state"]),
				Blocking:    engine.BlockingReason(c["blocking_reason"]),
				Outcome:     engine.TerminalOutcome(c["terminal_outcome"]),
				Attempt:     engine.AttemptState(c["attempt_state"]),
				Public:      engine.PublicState(c["public_state"]),
			},
			Priority:           number(c["priority"]),
			Flow:               engine.FlowID(c["flow_id"]),
			AttemptIndex:       -1,
			AttemptID:          engine.AttemptID(c["current_attempt_id"]),
			TotalAttempts:      number(c["total_attempt_count"]),
			Retries:            number(c["retry_count"]),
			Replays:            number(c["replay_count"]),
			Reclaims:           number(c["lease_reclaim_count"]),
			LeaseID:            engine.LeaseID(c["current_lease_id"]),
			Epoch:              uint64(number(c["current_lease_epoch"])),
			Holder:             engine.WorkerInstanceID(c["current_worker_instance_id"]),
			LeaseExpired:       c["lease_expired_at"] != "",
			LeaseRevoked:       c["lease_revoked_at"] != "",
			LeaseRecord:        lease.Val() > 0,
			Granted:            grant.Val() > 0,
			Delayed:            c["delay_until"] != "",
			FailureReason:      c["failure_reason"],
			CancellationReason: c["cancellation_reason"],
			CancelledBy:        c["cancelled_by"],
			Payload:            payload.Val(),
			Result:             result.Val(),
			Suspension:         suspensionPicture(suspension.Val()),
			Tokens:             sortedAs[string](tokens.Val()),
			Unsatisfied:        number(text(deps.Val()[0])),
			Impossible:         number(text(deps.Val()[1])),
			Unresolved:         sortedAs[engine.EdgeID](unresolved.Val()),
		}
		if c["current_attempt_index"] != "" {
			picture.AttemptIndex = number(c["current_attempt_index"])
		}
		for i := range max(len(attempts), int(known.Val())) {
			var a enginetest.AttemptPicture
			if i < len(attempts) && attempts[i].Err() == nil {
				v := attempts[i].Val()
				a = enginetest.AttemptPicture{Type: engine.AttemptType(text(v[0])), State: text(v[1]), FailureReason: text(v[2])}
			}
			picture.Attempts = append(picture.Attempts, a)
		}
		for i, instance := range instances {
			if held[i].Val() {
				picture.Leases = append(picture.Leases, instance)
			}
		}
		for i, index := range dueIndexes {
			if due[i].Err() == nil {
				picture.Due = append(picture.Due, index)
			}
		}
		return picture
	}
}

func suspensionPicture(s map[string]string) enginetest.SuspensionPicture {
	return enginetest.SuspensionPicture{
		ID:          engine.SuspensionID(s["suspension_id"]),
		Reason:      s["reason_code"],
		Timeout:     s["timeout_at"] != "",
		Behavior:    s["timeout_behavior"],
		CloseReason: s["close_reason"],
	}
}

func (l looking) waitpoint(part partKeys, id engine.WaitpointID) func() enginetest.WaitpointPicture {
	record, condition := l.p.HGetAll(l.ctx, part.waitpoint(id)), l.p.HGetAll(l.ctx, part.waitpointCondition(id))
	expiring := l.p.ZScore(l.ctx, part.pendingWaitpointExpiry(), string(id))
	return func() enginetest.WaitpointPicture {
		r, c := record.Val(), condition.Val()
		picture := enginetest.WaitpointPicture{
			State:       r["state"],
			CloseReason: r["close_reason"],
			Signals:     number(r["signal_count"]),
			Matched:     number(r["matched_signal_count"]),
			Satisfied:   number(c["satisfied_count"]),
			Expiring:    expiring.Err() == nil,
		}
		switch c["closed"] {
		case "0":
			picture.Condition = "open"
		case "1":
			picture.Condition = c["closed_reason"]
		}
		return picture
	}
}

func (l looking) flow(k flowKeys) func() enginetest.FlowPicture {
	core, members, owed := l.p.HGetAll(l.ctx, k.core()), l.p.SMembers(l.ctx, k.members()), l.p.SMembers(l.ctx, k.pendingCancels())
	backlog := l.p.ZScore(l.ctx, k.partition().cancelBacklog(), string(k.id))
	indexed := l.p.SIsMember(l.ctx, k.partition().flowIndex(), string(k.id))
	return func() enginetest.FlowPicture {
		c := core.Val()
		return enginetest.FlowPicture{
			Exists:       len(c) > 0,
			State:        engine.FlowState(c["public_flow_state"]),
			Revision:     uint64(number(c["graph_revision"])),
			Nodes:        number(c["node_count"]),
			Edges:        number(c["edge_count"]),
			CancelPolicy: c["cancellation_policy"],
			Reason:       c["cancel_reason"],
			Members:      sortedAs[engine.ExecutionID](members.Val()),
			Owed:         sortedAs[engine.ExecutionID](owed.Val()),
			Backlog:      backlog.Err() == nil,
			Indexed:      indexed.Val(),
		}
	}
}

func (l looking) edge(k flowKeys, e enginetest.SeenEdge) func() enginetest.EdgePicture {
	staged := l.p.Exists(l.ctx, k.edge(e.ID))
	state := l.p.HGet(l.ctx, keysOf(e.Downstream).dep(e.ID), "state")
	return func() enginetest.EdgePicture {
		return enginetest.EdgePicture{Staged: staged.Val() > 0, State: engine.EdgeState(state.Val())}
	}
}

func (l looking) group(k flowKeys, g enginetest.SeenGroup) func() enginetest.GroupPicture {
	record := l.p.HGetAll(l.ctx, k.edgeGroup(g.Downstream))
	listed := l.p.SIsMember(l.ctx, k.partition().pendingCancelGroups(), string(g.Flow)+"|"+string(g.Downstream))
	return func() enginetest.GroupPicture {
		r := record.Val()
		picture := enginetest.GroupPicture{
			Policy:        engine.EdgePolicyKind(r["policy_variant"]),
			OnSatisfied:   engine.OnSatisfied(r["on_satisfied"]),
			K:             number(r["k"]),
			N:             number(r["n"]),
			Succeeded:     number(r["succeeded"]),
			Failed:        number(r["failed"]),
			Skipped:       number(r["skipped"]),
			State:         engine.GroupState(r["group_state"]),
			CancelPending: r["cancel_siblings_pending_flag"] != "",
			CancelReason:  r["cancel_siblings_reason"],
			Listed:        listed.Val(),
		}
		if losers := r["cancel_siblings_pending_members"]; losers != "" {
			picture.Losers = slices.Compact(sortedAs[engine.ExecutionID](strings.Split(losers, "|")))
		}
		return picture
	}
}
