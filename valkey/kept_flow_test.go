package valkey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// flow is a flow on the deployment of a bench.
func (x bench) flow() *flowBench {
	x.Helper()
	return newFlowBench(x.T, x.Backend)
}

func TestKeptOfFlowsAndCancels(t *testing.T) {
	showKept(t, []keptRow{
		{"Q-086", "a flow created again changes nothing and is listed again", func(x bench) {
			f := x.flow()
			before := x.rdb.HGetAll(x.ctx, f.k.core()).Val()
			x.must(x.rdb.SRem(x.ctx, f.k.partition().flowIndex(), string(f.flow)).Err())
			created, err := x.CreateFlow(x.ctx, engine.CreateFlow{ID: f.flow, Kind: "another", Namespace: "another"})
			x.must(err)
			if after := x.rdb.HGetAll(x.ctx, f.k.core()).Val(); created || fmt.Sprint(after) != fmt.Sprint(before) {
				x.Errorf("created %v, %v", created, after)
			}
			if !x.rdb.SIsMember(x.ctx, f.k.partition().flowIndex(), string(f.flow)).Val() {
				x.Error("it is not listed")
			}
		}},
		{"Q-010", "an edge's condition is the one there is", func(x bench) {
			f := x.flow()
			edge := f.stage(f.member(), f.member())
			f.wantField(f.k.edge(edge), "satisfaction_condition", "all_required")
		}},
		{"Q-102", "an edge that is only staged holds nobody back", func(x bench) {
			f := x.flow()
			up, child := f.member(), f.member()
			f.stage(up, child)
			f.wantIndexes(child, "lane:default:eligible")
			f.succeed(up, "out")
			// One that ended may still be added, and one of a cancelled flow applied to.
			done := x.submit(func(req *engine.CreateExecution) { req.ID = x.Partitions().NewFlowMember(f.flow) })
			x.must(x.Complete(x.ctx, x.claim(done), nil))
			x.join(f.flow, done)
		}},
		{"Q-103", "of two results the later becomes the payload", func(x bench) {
			f := x.flow()
			ups, child := f.members(2), f.member()
			var edges []engine.EdgeID
			for _, up := range ups {
				edge := f.stage(up, child)
				_, _, err := x.ApplyDependencyToChild(x.ctx, engine.ApplyEdge{
					Flow: f.flow, Edge: edge, Upstream: up, Downstream: child, DataPassingRef: "result",
				})
				x.must(err)
				f.succeed(up, "of "+string(up))
				edges = append(edges, edge)
			}
			f.resolve(edges[1], ups[1], child, engine.OutcomeSuccess)
			f.resolve(edges[0], ups[0], child, engine.OutcomeSuccess)
			if got := x.rdb.Get(x.ctx, keysOf(child).payload()).Val(); got != "of "+string(ups[0]) {
				x.Errorf("payload %q", got)
			}
		}},
		{"Q-116", "a member of a cancelled flow can still be claimed", func(x bench) {
			f := x.flow()
			id := f.member()
			_, err := x.CancelFlow(x.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowOnly})
			x.must(err)
			f.succeed(id, "out")
			f.wantCore(id, "public_state", "completed")
		}},
		{"Q-117", "a flow's cancel names all five keys", func(x bench) {
			f := x.flow()
			sent := &sentKeys{}
			x.rdb.AddHook(sent)
			_, err := x.CancelFlow(x.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowAll})
			x.must(err)
			if n := sent.of("ff_cancel_flow"); n != 5 {
				x.Errorf("%d keys", n)
			}
		}},
		{"Q-169", "a completion has three members, and a solo execution none", func(x bench) {
			f := x.flow()
			id, solo := f.member(), x.submit()
			next := x.listen()
			x.must(x.Complete(x.ctx, x.claim(solo), nil))
			f.succeed(id, "out")
			want := map[string]any{"execution_id": string(id), "flow_id": string(f.flow), "outcome": "success"}
			if got := decoded(x.T, []byte(next())); fmt.Sprint(got) != fmt.Sprint(want) {
				x.Errorf("heard %v, want %v", got, want)
			}
		}},
		{"Q-194", "a flow's summary has fifteen fields", func(x bench) {
			f := x.flow()
			f.member()
			_, err := x.ProjectFlowSummary(x.ctx, x.Partitions().OfFlow(f.flow), f.flow, x.now())
			x.must(err)
			var names []string
			for name := range x.rdb.HGetAll(x.ctx, f.k.summary()).Val() {
				names = append(names, name)
			}
			slices.Sort(names)
			want := "last_summary_update_at members_active members_cancelled members_completed members_delayed members_expired members_failed " +
				"members_rate_limited members_skipped members_suspended members_waiting members_waiting_children public_flow_state " +
				"sampled_members total_members"
			if got := strings.Join(names, " "); got != want {
				x.Errorf("fields %s", got)
			}
		}},
	})
}

// sentKeys counts the keys of function calls.
type sentKeys struct{ counts map[string]any }

func (s *sentKeys) of(function string) any { return s.counts[function] }

func (s *sentKeys) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *sentKeys) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if args := cmd.Args(); cmd.Name() == "fcall" {
			if s.counts == nil {
				s.counts = map[string]any{}
			}
			s.counts[args[1].(string)] = args[2]
		}
		return next(ctx, cmd)
	}
}

func (s *sentKeys) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func TestKeptOfSuspensions(t *testing.T) {
	showKept(t, []keptRow{
		{"Q-076", "the limit of signals counts records, a used id overwrites and counts again", func(x bench) {
			h, waitpoint := x.asleep(waitFor("go"))
			signal := signalTo(h.ExecutionID, waitpoint, "noise")
			signal.MaxSignals, signal.ID = 2, engine.NewSignalID()
			x.send(signal, engine.EffectNone)
			x.send(signal, engine.EffectNone)
			signal.ID = engine.NewSignalID()
			x.send(signal, engine.EffectNone)
			signal.ID = engine.NewSignalID()
			x.refused(signal, engine.CodeSignalLimitExceeded)
			x.wantHash(x.waitpointKey(h.ExecutionID, waitpoint.ID), map[string]string{"signal_count": "3"})
		}},
		{"Q-077", "a resume policy is stored and not obeyed", func(x bench) {
			args := waitFor("go")
			args.Policy.ResumeDelay = 5 * time.Second
			h, waitpoint := x.asleep(args)
			if stored := x.hash(keysOf(h.ExecutionID).suspensionCurrent(), "resume_policy_json"); !strings.Contains(stored, "5000") {
				x.Errorf("stored %s", stored)
			}
			x.send(signalTo(h.ExecutionID, waitpoint, "go"), engine.EffectResumed)
			x.onlyIn(h.ExecutionID, engine.IndexEligible)
		}},
	})
}

// neverReplied are codes that clients know and no function answers (spec 04b §3.2).
var neverReplied = []string{
	"no_eligible_execution", "budget_exceeded", "budget_soft_exceeded", "duplicate_signal", "payload_too_large", "invalid_waitpoint_key",
	"resume_condition_not_met", "ok_already_applied", "attempt_not_found", "attempt_not_in_created_state", "attempt_not_started",
	"attempt_already_terminal", "execution_not_eligible_for_attempt", "replay_not_allowed", "stream_not_found", "stream_already_closed",
	"invalid_frame_type", "invalid_offset", "unauthorized", "budget_not_found", "invalid_budget_scope", "budget_attach_conflict",
	"budget_override_not_allowed", "quota_policy_not_found", "rate_limit_exceeded", "concurrency_limit_exceeded", "quota_attach_conflict",
	"invalid_quota_spec",
}

func TestQ178KnownCodesThatNobodyRepliesAreKnown(t *testing.T) {
	for _, code := range neverReplied {
		if strings.Contains(Library(), "'"+code+"'") {
			t.Errorf("the library replies %s", code)
		}
		if err := engine.FromCode("op", code, nil); !errors.Is(err, engine.Code(code)) || !engine.Code(code).Known() {
			t.Errorf("%s is read as %v", code, err)
		}
	}
}
