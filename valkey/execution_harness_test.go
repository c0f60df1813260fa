package valkey

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

const (
	testWorker   engine.WorkerID         = "w1"
	testInstance engine.WorkerInstanceID = "w1-i1"
)

// bench is a deployment with what tests of executions need at hand.
type bench struct {
	*testing.T
	*Backend
	ctx context.Context
}

func newBench(t *testing.T, b *Backend) bench {
	return bench{T: t, Backend: b, ctx: enginetest.Context(t)}
}

// submit creates an execution in lane default; options change the request.
func (x bench) submit(options ...func(*engine.CreateExecution)) engine.ExecutionID {
	x.Helper()
	req := engine.CreateExecution{ID: x.Partitions().NewSolo("default"), Namespace: "test", Lane: "default", Kind: "job"}
	for _, option := range options {
		option(&req)
	}
	created, err := x.CreateExecution(x.ctx, req)
	x.must(err)
	return created.ID
}

func withPolicy(p engine.ExecutionPolicy) func(*engine.CreateExecution) {
	return func(req *engine.CreateExecution) { req.Policy = &p }
}

// inFlow makes the execution's partition that of the flow; join adds it.
func inFlow(x bench, flow engine.FlowID) func(*engine.CreateExecution) {
	return func(req *engine.CreateExecution) { req.ID = x.Partitions().NewFlowMember(flow) }
}

func (x bench) newFlow() engine.FlowID {
	x.Helper()
	flow := engine.NewFlowID()
	_, err := x.CreateFlow(x.ctx, engine.CreateFlow{ID: flow, Kind: "test", Namespace: "test"})
	x.must(err)
	return flow
}

func (x bench) join(flow engine.FlowID, id engine.ExecutionID) {
	x.Helper()
	_, _, err := x.AddExecutionToFlow(x.ctx, flow, id)
	x.must(err)
}

// grant gives the execution to testWorker.
func (x bench) grant(id engine.ExecutionID) {
	x.Helper()
	_, err := x.IssueClaimGrant(x.ctx, engine.IssueGrant{
		Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: testInstance, TTL: 10 * time.Second,
	})
	x.must(err)
}

// claim grants and claims.
func (x bench) claim(id engine.ExecutionID) engine.Handle {
	x.Helper()
	x.grant(id)
	claimed, err := x.ClaimExecution(x.ctx, engine.ClaimExecution{
		Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
	})
	x.must(err)
	return claimed.Handle
}

// resume grants and claims an interrupted attempt.
func (x bench) resume(id engine.ExecutionID) engine.Handle {
	x.Helper()
	x.grant(id)
	index, err := x.ReadCurrentAttemptIndex(x.ctx, id)
	x.must(err)
	claimed, err := x.ClaimResumedExecution(x.ctx, engine.ClaimResumed{
		Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute, AttemptIndex: index,
	})
	x.must(err)
	return claimed.Handle
}

// reclaim takes an expired or revoked lease over for another instance of the same worker.
func (x bench) reclaim(id engine.ExecutionID, options ...func(*engine.Reclaim)) engine.ReclaimOutcome {
	x.Helper()
	grant, why, err := x.IssueReclaimGrant(x.ctx, engine.IssueGrant{
		Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: "w1-i2", TTL: 10 * time.Second,
	})
	x.must(err)
	if grant == nil {
		x.Fatalf("no reclaim grant: %s", why)
	}
	req := engine.Reclaim{
		Execution: id, Lane: "default", Worker: testWorker, WorkerInstance: "w1-i2", LeaseTTL: time.Minute, AttemptIndex: grant.AttemptIndex,
	}
	for _, option := range options {
		option(&req)
	}
	outcome, err := x.ReclaimExecution(x.ctx, req)
	x.must(err)
	return outcome
}

// runOut makes the lease of an execution have ended a second ago, as if nobody had renewed it.
func (x bench) runOut(id engine.ExecutionID) {
	x.Helper()
	x.must(x.rdb.HSet(x.ctx, keysOf(id).core(), "lease_expires_at", x.now().Add(-time.Second).UnixMilli()).Err())
}

func (x bench) expireLease(id engine.ExecutionID) {
	x.Helper()
	x.runOut(id)
	x.must(x.MarkLeaseExpiredIfDue(x.ctx, id))
}

// now is the server's clock as the functions read it: in whole milliseconds.
func (x bench) now() time.Time {
	x.Helper()
	now, err := x.ServerTime(x.ctx)
	x.must(err)
	return now.Truncate(time.Millisecond)
}

func (x bench) must(err error) {
	x.Helper()
	if err != nil {
		x.Fatal(err)
	}
}

// core is one field of an execution's record, "" when absent.
func (x bench) core(id engine.ExecutionID, field string) string {
	return x.hash(keysOf(id).core(), field)
}

func (x bench) hash(key, field string) string {
	x.Helper()
	value, _, err := x.readField(x.ctx, "test", key, field)
	x.must(err)
	return value
}

func (x bench) wantCore(id engine.ExecutionID, fields map[string]string) {
	x.Helper()
	for field, want := range fields {
		if got := x.core(id, field); got != want {
			x.Errorf("core %s = %q, want %q", field, got, want)
		}
	}
}

func (x bench) wantHash(key string, fields map[string]string) {
	x.Helper()
	for field, want := range fields {
		if got := x.hash(key, field); got != want {
			x.Errorf("%s %s = %q, want %q", key, field, got, want)
		}
	}
}

// in tells whether a lane's index holds an execution.
func (x bench) in(id engine.ExecutionID, idx engine.LaneIndex) bool {
	return x.scored(keysOf(id).partition().lane("default", idx), id) != ""
}

// scored is the score of an execution in an index, "" when it is not there.
func (x bench) scored(key string, id engine.ExecutionID) string {
	x.Helper()
	score, err := x.rdb.ZScore(x.ctx, key, string(id)).Result()
	if absent(err) {
		return ""
	}
	x.must(err)
	return strconv.FormatFloat(score, 'f', -1, 64)
}

// onlyIn fails unless the execution is in one index of its lane.
func (x bench) onlyIn(id engine.ExecutionID, want engine.LaneIndex) {
	x.Helper()
	for _, idx := range engine.LaneIndexes() {
		if got := x.in(id, idx); got != (idx == want) {
			x.Errorf("in %s: %v, want it in %s alone", idx, got, want)
		}
	}
}

func (x bench) heldBy(id engine.ExecutionID, instance engine.WorkerInstanceID) bool {
	x.Helper()
	held, err := x.rdb.SIsMember(x.ctx, keysOf(id).partition().workerLeases(instance), string(id)).Result()
	x.must(err)
	return held
}

func (x bench) exists(key string) bool {
	x.Helper()
	n, err := x.rdb.Exists(x.ctx, key).Result()
	x.must(err)
	return n == 1
}

// events are the names of an execution's lease events, oldest first, each with its reason if it has one.
func (x bench) events(id engine.ExecutionID) []string {
	x.Helper()
	detail, err := x.ExecutionDetail(x.ctx, id)
	x.must(err)
	var events []string
	for _, e := range detail.Leases {
		if reason := e.Fields["reason"]; reason != "" {
			e.Event += " " + reason
		}
		events = append(events, e.Event)
	}
	return events
}

// fcall makes a plain function call and gives the raw reply.
func (x bench) raw(function string, keys []string, args ...any) ([]any, error) {
	return x.fcall(x.ctx, function, keys, args...).Slice()
}

// openStream writes the record that a first frame leaves.
func (x bench) openStream(id engine.ExecutionID, attempt uint32) {
	x.Helper()
	x.must(x.rdb.HSet(x.ctx, keysOf(id).streamMeta(attempt), "stream_id", "s", "closed_at", "", "closed_reason", "").Err())
}

// zAt is a member of an index of times.
func zAt(at time.Time, id engine.ExecutionID) redis.Z {
	return redis.Z{Score: float64(at.UnixMilli()), Member: string(id)}
}
