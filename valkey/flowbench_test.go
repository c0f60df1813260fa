package valkey

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

// flowBench is a flow under test, with short words for what happens to its members.
type flowBench struct {
	t    *testing.T
	ctx  context.Context
	b    *Backend
	flow engine.FlowID
	k    flowKeys
}

func newFlowBench(t *testing.T, b *Backend) *flowBench {
	t.Helper()
	f := &flowBench{t: t, ctx: enginetest.Context(t), b: b, flow: engine.NewFlowID()}
	f.k = b.flowKeys(f.flow)
	_, err := b.CreateFlow(f.ctx, engine.CreateFlow{ID: f.flow, Kind: "pipeline", Namespace: "ns"})
	f.must(err)
	return f
}

func (f *flowBench) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// member creates an execution and adds it to the flow.
func (f *flowBench) member(change ...func(*engine.CreateExecution)) engine.ExecutionID {
	f.t.Helper()
	req := engine.CreateExecution{
		ID: f.b.Partitions().NewFlowMember(f.flow), Namespace: "ns", Lane: engine.DefaultLane, Kind: "step", Payload: []byte("in"),
	}
	for _, c := range change {
		c(&req)
	}
	_, err := f.b.CreateExecution(f.ctx, req)
	f.must(err)
	_, _, err = f.b.AddExecutionToFlow(f.ctx, f.flow, req.ID)
	f.must(err)
	return req.ID
}

func (f *flowBench) members(n int) []engine.ExecutionID {
	f.t.Helper()
	ids := make([]engine.ExecutionID, n)
	for i := range ids {
		ids[i] = f.member()
	}
	return ids
}

func (f *flowBench) revision() uint64 {
	f.t.Helper()
	flow, err := f.b.DescribeFlow(f.ctx, f.flow)
	f.must(err)
	return flow.GraphRevision
}

func (f *flowBench) stage(upstream, downstream engine.ExecutionID) engine.EdgeID {
	f.t.Helper()
	edge := engine.NewEdgeID()
	_, err := f.b.StageDependencyEdge(f.ctx, engine.StageEdge{
		Flow: f.flow, Edge: edge, Upstream: upstream, Downstream: downstream, ExpectedRevision: f.revision(),
	})
	f.must(err)
	return edge
}

func (f *flowBench) apply(edge engine.EdgeID, upstream, downstream engine.ExecutionID) {
	f.t.Helper()
	_, applied, err := f.b.ApplyDependencyToChild(f.ctx, engine.ApplyEdge{
		Flow: f.flow, Edge: edge, Upstream: upstream, Downstream: downstream,
	})
	f.must(err)
	if !applied {
		f.t.Fatal("the edge was applied before")
	}
}

// wire stages and applies.
func (f *flowBench) wire(upstream, downstream engine.ExecutionID) engine.EdgeID {
	f.t.Helper()
	edge := f.stage(upstream, downstream)
	f.apply(edge, upstream, downstream)
	return edge
}

func (f *flowBench) policy(downstream engine.ExecutionID, p engine.EdgePolicy) {
	f.t.Helper()
	_, err := f.b.SetEdgeGroupPolicy(f.ctx, f.flow, downstream, p)
	f.must(err)
}

func anyOf(on engine.OnSatisfied) engine.EdgePolicy {
	return engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: on}
}

func quorum(k int, on engine.OnSatisfied) engine.EdgePolicy {
	return engine.EdgePolicy{Kind: engine.PolicyQuorum, K: k, OnSatisfied: on}
}

// run claims an eligible execution.
func (f *flowBench) run(id engine.ExecutionID) {
	f.t.Helper()
	_, err := f.b.IssueGrantAndClaim(f.ctx, id, engine.DefaultLane, time.Minute)
	f.must(err)
}

// succeed and fail run an execution to its end; its dependants are not told.
func (f *flowBench) succeed(id engine.ExecutionID, result string) {
	f.t.Helper()
	f.run(id)
	f.must(f.b.CompleteExecution(f.ctx, id, nil, []byte(result), engine.CancelByOperator))
}

func (f *flowBench) fail(id engine.ExecutionID) {
	f.t.Helper()
	f.run(id)
	result, err := f.b.FailExecution(f.ctx, id, nil, engine.Failure{Message: "no", Class: engine.FailurePermanent}, engine.CancelByOperator)
	f.must(err)
	if result.Retry {
		f.t.Fatal("the failure scheduled a retry")
	}
}

// resolve tells the downstream of an edge how its upstream ended.
func (f *flowBench) resolve(edge engine.EdgeID, upstream, downstream engine.ExecutionID, outcome engine.TerminalOutcome) engine.Resolution {
	f.t.Helper()
	resolution, err := f.b.ResolveDependency(f.ctx, engine.ResolveEdge{
		Flow: f.flow, Edge: edge, Upstream: upstream, Downstream: downstream, Lane: engine.DefaultLane, Outcome: outcome,
	})
	f.must(err)
	return resolution
}

// cascade tells all dependants of an execution that ended.
func (f *flowBench) cascade(id engine.ExecutionID) int {
	f.t.Helper()
	done, err := f.b.CascadeCompletion(f.ctx, id, f.flow)
	f.must(err)
	return done.Resolved
}

// field reads one field of a hash, "" when it is absent.
func (f *flowBench) field(key, field string) string {
	f.t.Helper()
	values, err := f.b.rdb.HMGet(f.ctx, key, field).Result()
	f.must(err)
	text, _ := values[0].(string)
	return text
}

func (f *flowBench) core(id engine.ExecutionID, field string) string {
	f.t.Helper()
	return f.field(keysOf(id).core(), field)
}

// wantCore compares fields of an execution's core, given as name and value in turn.
func (f *flowBench) wantCore(id engine.ExecutionID, pairs ...string) {
	f.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := f.core(id, pairs[i]); got != pairs[i+1] {
			f.t.Errorf("%s is %q, want %q", pairs[i], got, pairs[i+1])
		}
	}
}

// wantField compares one field of a hash.
func (f *flowBench) wantField(key, field, want string) {
	f.t.Helper()
	if got := f.field(key, field); got != want {
		f.t.Errorf("%s of %s is %q, want %q", field, key, got, want)
	}
}

// indexes are the zsets of a partition that hold the execution, by the last part of their names.
func (f *flowBench) indexes(id engine.ExecutionID) string {
	f.t.Helper()
	part := keysOf(id).partition()
	keys := []string{part.leaseExpiry(), part.suspensionTimeout(), part.attemptTimeout(), part.executionDeadline()}
	for _, idx := range engine.LaneIndexes() {
		keys = append(keys, part.lane(engine.DefaultLane, idx))
	}
	var found []string
	for _, key := range keys {
		if err := f.b.rdb.ZScore(f.ctx, key, string(id)).Err(); err == nil {
			found = append(found, strings.TrimPrefix(key, "ff:idx:"+part.tag+":"))
		}
	}
	return strings.Join(found, " ")
}

func (f *flowBench) wantIndexes(id engine.ExecutionID, want string) {
	f.t.Helper()
	if got := f.indexes(id); got != want {
		f.t.Errorf("it is in %q, want %q", got, want)
	}
}

func (f *flowBench) exists(key string) bool {
	f.t.Helper()
	n, err := f.b.rdb.Exists(f.ctx, key).Result()
	f.must(err)
	return n == 1
}

// handle is the holder's handle of an active execution.
func (f *flowBench) handle(id engine.ExecutionID) engine.Handle {
	f.t.Helper()
	e, err := f.b.DescribeExecution(f.ctx, id)
	f.must(err)
	return engine.Handle{
		ExecutionID: id, AttemptIndex: e.Attempt.Index, AttemptID: e.Attempt.ID, LeaseID: e.Lease.ID, LeaseEpoch: e.Lease.Epoch,
		LeaseTTL: time.Minute, Lane: e.Lane, WorkerInstance: e.Lease.WorkerInstance,
	}
}

// waitChildren parks an active execution until its dependencies are met.
func (f *flowBench) waitChildren(id engine.ExecutionID) {
	f.t.Helper()
	f.must(f.b.WaitChildren(f.ctx, f.handle(id)))
}

// suspendOnTwo suspends an active execution until two signals have come, and returns its waitpoints.
func (f *flowBench) suspendOnTwo(id engine.ExecutionID) []engine.WaitpointID {
	f.t.Helper()
	first, second := engine.NewWaitpointID(), engine.NewWaitpointID()
	_, err := f.b.Suspend(f.ctx, f.handle(id), engine.SuspendArgs{
		SuspensionID: engine.NewSuspensionID(),
		Waitpoints:   []engine.WaitpointBinding{{ID: first, Key: "wpk:a"}, {ID: second, Key: "wpk:b"}},
		Condition:    engine.AllOf(engine.Single("wpk:a", engine.AnySignal()), engine.Single("wpk:b", engine.AnySignal())),
		Reason:       "waiting_for_signal",
		TimeoutAt:    time.Now().Add(time.Hour),
	})
	f.must(err)
	return []engine.WaitpointID{first, second}
}

func zOf(id engine.ExecutionID) redis.Z { return redis.Z{Score: 1, Member: string(id)} }
