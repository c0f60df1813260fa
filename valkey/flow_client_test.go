package valkey

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// loadForeign replaces the library by one that is not ours: ours with a comment, or a handful of functions that answer as given.
func loadForeign(t *testing.T, f *flowBench, functions map[string]string) {
	t.Helper()
	source := Library() + "\n-- another build\n"
	if functions != nil {
		source = "#!lua name=" + LibraryName + "\n"
		for name, reply := range functions {
			source += fmt.Sprintf("redis.register_function('%s', function() return %s end)\n", name, reply)
		}
	}
	f.must(f.b.rdb.FunctionLoadReplace(f.ctx, source).Err())
	f.b.library.forget()
}

func TestQ087AForeignLibraryThatDropsAPolicyIsAConflict(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		child := f.member()
		f.policy(child, quorum(2, engine.LetRun))
		loadForeign(t, f, map[string]string{"ff_set_edge_group_policy": "{1, 'OK', 'already_set'}"})
		set, err := b.SetEdgeGroupPolicy(f.ctx, f.flow, child, quorum(2, engine.LetRun))
		if set || err != nil {
			t.Errorf("the stored policy: %v, %v", set, err)
		}
		_, err = b.SetEdgeGroupPolicy(f.ctx, f.flow, child, quorum(3, engine.LetRun))
		if !errors.Is(err, engine.ClassConflict) {
			t.Errorf("another policy: %v", err)
		}
	})
}

func TestQ094AForeignLibraryIsNotAskedToReplayAGroup(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		f.policy(child, anyOf(engine.LetRun))
		edge := f.wire(up, child)
		f.resolve(edge, up, child, engine.OutcomeFailed)
		loadForeign(t, f, nil)
		_, err := b.ReplayExecution(f.ctx, child)
		if !errors.Is(err, engine.ClassState) || !errors.Is(err, engine.CodeReplayNotAllowed) {
			t.Errorf("replay: %v", err)
		}
		f.wantCore(child, "public_state", "skipped")
	})
}

// A foreign replay of a skipped member without open edges leaves it waiting for nothing, and its flow in no index.
func TestQ095Q099AForeignReplayIsMended(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		child := f.member()
		k := keysOf(child)
		f.must(b.rdb.HSet(f.ctx, k.core(), "lifecycle_phase", "runnable", "eligibility_state", "blocked_by_dependencies",
			"public_state", "waiting_children", "terminal_outcome", "skipped").Err())
		f.must(b.rdb.SRem(f.ctx, f.k.partition().flowIndex(), string(f.flow)).Err())
		loadForeign(t, f, nil)
		target, err := b.readReplay(f.ctx, "replay", child)
		f.must(err)
		f.must(b.rdb.HSet(f.ctx, k.core(), "terminal_outcome", "none").Err())
		f.must(b.mendReplay(f.ctx, "replay", child, target, engine.StateWaiting))
		f.wantCore(child, "public_state", "waiting", "eligibility_state", "eligible_now")
		if !b.rdb.SIsMember(f.ctx, f.k.partition().flowIndex(), string(f.flow)).Val() {
			t.Error("the flow is in no index")
		}
	})
}

func TestQ096AParentWhoseDependenciesAreMetIsReleased(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		child, parent := f.member(), f.member()
		f.run(parent)
		edge := f.wire(child, parent)
		f.resolve(edge, child, parent, engine.OutcomeSuccess)
		f.waitChildren(parent)
		f.wantIndexes(parent, "lane:default:blocked:dependencies")

		blocked, err := b.BlockedByDependencies(f.ctx, parent.Partition(), engine.DefaultLane, 0, 10)
		f.must(err)
		if !slices.Equal(blocked, []engine.ExecutionID{parent}) {
			t.Fatalf("blocked: %v", blocked)
		}
		n, err := b.ReconcileDependencies(f.ctx, parent)
		f.must(err)
		if n != 1 {
			t.Errorf("%d reconciled", n)
		}
		f.wantIndexes(parent, "lane:default:eligible")
	})
}

func TestQ096AnExecutionWithoutEdgesIsLeftToItsOperator(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		id := f.member()
		f.run(id)
		f.waitChildren(id)
		n, err := b.ReconcileDependencies(f.ctx, id)
		f.must(err)
		if n != 0 {
			t.Errorf("%d reconciled", n)
		}
		f.wantIndexes(id, "lane:default:blocked:dependencies")
	})
}

func TestReconcileResolvesWhatALostCompletionLeft(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		done, running, child := f.member(), f.member(), f.member()
		f.wire(done, child)
		f.wire(running, child)
		f.succeed(done, "out")
		f.run(running)
		n, err := b.ReconcileDependencies(f.ctx, child)
		f.must(err)
		if n != 1 {
			t.Errorf("%d resolved", n)
		}
		f.wantField(keysOf(child).depsMeta(), "unsatisfied_required_count", "1")
	})
}

func TestReconcileCascadesWhenItSkips(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child, grandchild := f.member(), f.member(), f.member()
		f.wire(up, child)
		f.wire(child, grandchild)
		f.fail(up)
		n, err := b.ReconcileDependencies(f.ctx, child)
		f.must(err)
		if n != 2 {
			t.Errorf("%d resolved", n)
		}
		f.wantCore(grandchild, "public_state", "skipped")
	})
}

func TestTheCascadePassesOnResultsAndSkips(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, fed, staged := f.member(), f.member(), f.member()
		edge := f.stage(up, fed)
		_, _, err := b.ApplyDependencyToChild(f.ctx, engine.ApplyEdge{
			Flow: f.flow, Edge: edge, Upstream: up, Downstream: fed, DataPassingRef: "result",
		})
		f.must(err)
		f.stage(up, staged)
		f.succeed(up, "from upstream")
		if n := f.cascade(up); n != 1 {
			t.Errorf("%d edges resolved, the unapplied one wants none", n)
		}
		if got := b.rdb.Get(f.ctx, keysOf(fed).payload()).Val(); got != "from upstream" {
			t.Errorf("payload %q", got)
		}
		f.wantIndexes(fed, "lane:default:eligible")

		chain := f.members(60)
		for i := range chain[1:] {
			f.wire(chain[i], chain[i+1])
		}
		f.fail(chain[0])
		if n := f.cascade(chain[0]); n != maxCascadeDepth+1 {
			t.Errorf("%d edges of a chain of 59 resolved at once", n)
		}
	})
}

func TestQ098AForeignEdgeWithoutAKindIsListed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		edge := f.stage(up, child)
		f.must(b.rdb.HSet(f.ctx, f.k.edge(edge), "dependency_kind", "").Err())
		edges, err := b.ListEdges(f.ctx, f.flow, up, engine.EdgesOut)
		f.must(err)
		if len(edges) != 1 || edges[0].Kind != "success_only" || len(edges[0].Malformed) != 0 {
			t.Errorf("listed %+v", edges)
		}
	})
}

func TestQ104AWideGraphIsACycleToTheLibrary(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		chain := make([]string, 1001)
		for i := range chain {
			chain[i] = fmt.Sprintf("{fp:0}:node-%d", i)
		}
		err := b.pipelined(f.ctx, "seed", func(p redis.Pipeliner) {
			for i := range chain[1:] {
				edge := fmt.Sprint("e", i)
				p.SAdd(f.ctx, f.k.out(engine.ExecutionID(chain[i])), edge)
				p.HSet(f.ctx, f.k.edge(engine.EdgeID(edge)), "downstream_execution_id", chain[i+1])
			}
			p.SAdd(f.ctx, f.k.members(), "up", chain[0], chain[1])
		})
		f.must(err)
		stage := func(downstream string) error {
			edge := engine.NewEdgeID()
			_, err := b.call(f.ctx, "stage", "ff_stage_dependency_edge",
				[]string{f.k.core(), f.k.members(), f.k.edge(edge), f.k.out("up"), f.k.in("down"), f.k.edgeGrant(edge)},
				string(f.flow), string(edge), "up", downstream, "", "", "0", "1")
			return err
		}
		if err := stage(chain[0]); !errors.Is(err, engine.CodeCycleDetected) {
			t.Errorf("above 1001 nodes: %v", err)
		}
		if err := stage(chain[1]); err != nil {
			t.Errorf("above 1000 nodes: %v", err)
		}
	})
}

func TestQ105AMemberOfAnotherFlowIsAConflictThatNamesIt(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		id := f.member()
		other := engine.NewFlowID()
		for b.Partitions().OfFlow(other) != id.Partition() {
			other = engine.NewFlowID()
		}
		_, err := b.CreateFlow(f.ctx, engine.CreateFlow{ID: other})
		f.must(err)
		_, _, err = b.AddExecutionToFlow(f.ctx, other, id)
		var reject *engine.Error
		if !errors.As(err, &reject) || reject.Class != engine.ClassConflict {
			t.Fatalf("adding it to a second flow: %v", err)
		}
		if flow, ok := reject.OtherFlow(); !ok || flow != f.flow {
			t.Errorf("it names %q", flow)
		}
	})
}

func TestQ106AnEdgeIDThatIsNoUUIDDoesNotStopAReplay(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		edge := f.wire(up, child)
		f.resolve(edge, up, child, engine.OutcomeFailed)
		f.must(b.rdb.SAdd(f.ctx, f.k.in(child), "x").Err())
		state, err := b.ReplayExecution(f.ctx, child)
		f.must(err)
		if state != engine.StateWaitingChildren {
			t.Errorf("replayed into %s", state)
		}
		f.wantCore(child, "blocking_detail", "1 dep(s) unsatisfied after replay")
	})
}

func TestQ175AnEdgeStagedTwiceComesBackWithTheConflict(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		edge := f.stage(up, child)
		_, err := b.StageDependencyEdge(f.ctx, engine.StageEdge{
			Flow: f.flow, Edge: edge, Upstream: up, Downstream: child, ExpectedRevision: f.revision(),
		})
		var reject *engine.Error
		if !errors.As(err, &reject) || reject.Class != engine.ClassConflict || reject.Edge == nil || reject.Edge.Upstream != up {
			t.Errorf("staged twice: %+v", err)
		}
	})
}

func TestQ184AnUndecidedGroupIsNoError(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ups, child := f.members(2), f.member()
		f.policy(child, quorum(2, engine.LetRun))
		first := f.wire(ups[0], child)
		f.wire(ups[1], child)
		for _, want := range []engine.DependencyOutcome{engine.DependencyPending, engine.DependencyAlreadyResolved} {
			if got := f.resolve(first, ups[0], child, engine.OutcomeSuccess); got.Result != want {
				t.Errorf("resolved as %+v, want %s", got, want)
			}
		}
	})
}

func TestQ193JunkLeavesTheDependencyIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		p := b.Partitions().OfFlow(f.flow)
		key := partitionKeys(p).lane(engine.DefaultLane, engine.IndexBlockedDependencies)
		for i := range 50 {
			f.must(b.rdb.ZAdd(f.ctx, key, redis.Z{Score: 0, Member: fmt.Sprint("junk ", i)}).Err())
		}
		child := f.member()
		f.wire(f.member(), child)
		var seen []engine.ExecutionID
		for range 2 {
			ids, err := b.BlockedByDependencies(f.ctx, p, engine.DefaultLane, 0, 50)
			f.must(err)
			seen = append(seen, ids...)
		}
		if !slices.Contains(seen, child) || b.rdb.ZCard(f.ctx, key).Val() != 1 {
			t.Errorf("saw %v, %d left", seen, b.rdb.ZCard(f.ctx, key).Val())
		}
	})
}

func TestQ191AChildAtWorkIsReconciledToo(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, child := f.member(), f.member()
		f.run(child)
		edge := f.wire(up, child)
		f.succeed(up, "out")
		n, err := b.ReconcileDependencies(f.ctx, child)
		f.must(err)
		if n != 1 {
			t.Errorf("%d resolved", n)
		}
		f.wantField(keysOf(child).dep(edge), "state", "satisfied")
		f.wantCore(child, "public_state", "active")
	})
}

func TestQ198APurgedMemberNotesItsFlow(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		p := b.Partitions().OfFlow(f.flow)
		id := f.member()
		f.succeed(id, "out")
		later := time.Now().Add(time.Hour)
		n, err := b.TrimRetention(f.ctx, p, engine.DefaultLane, time.Minute, later, 10)
		f.must(err)
		ended, err := b.EndedFlows(f.ctx, p, later, 10)
		f.must(err)
		if n != 1 || !slices.Equal(ended, []engine.FlowID{f.flow}) {
			t.Fatalf("%d purged, ended flows %v", n, ended)
		}
		gone, err := b.TrimFlow(f.ctx, p, f.flow, time.Minute, later)
		f.must(err)
		if !gone || f.exists(f.k.core()) {
			t.Error("the flow is still there")
		}
	})
}
