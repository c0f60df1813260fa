package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/worker"
	"ffboard/valkey"
)

// soakHandlers are what the soak asks of workers besides faultHandlers: waits that end by signals, and frames of every mode.
var soakHandlers = map[string]worker.Handler{
	"gate": soakGate(engine.Single("review", engine.ByName("approved"))),
	"two":  soakGate(engine.Count(2, engine.DistinctSources, engine.ByName("approved"), "review")),
	"both": soakGate(engine.AllOf(engine.Single("review", engine.ByName("approved")), engine.Single("legal", engine.ByName("approved")))),
	"pending": func(ctx context.Context, task *worker.Task) ([]byte, error) {
		if task.Resumed {
			return nil, nil
		}
		issued, err := task.CreateWaitpoint(ctx, "wpk:"+string(engine.NewEdgeID()), time.Second)
		if err != nil || task.Attempt == 0 {
			return nil, cmp.Or(err, worker.Transient(errors.New("the waitpoint is left to run out")))
		}
		return nil, task.Suspend(ctx, worker.Wait{
			Condition: engine.Single(issued.Key, engine.AnySignal()), Pending: issued.ID, Timeout: 200 * time.Millisecond, OnTimeout: engine.TimeoutExpire,
		})
	},
	"frames": func(ctx context.Context, task *worker.Task) ([]byte, error) {
		for n := range 10 {
			for _, frame := range []engine.Frame{
				{Payload: []byte("kept")},
				{Mode: engine.ModeSummary, Payload: fmt.Appendf(nil, `{"n":%d}`, n)},
				{Mode: engine.ModeBestEffort, Payload: []byte("perhaps"), TTL: time.Second},
			} {
				if _, err := task.Append(ctx, frame); err != nil {
					return nil, err
				}
			}
		}
		return []byte("framed"), nil
	},
}

// soakGate waits for signals, for no longer than it takes: for a minute more than the longest wait is remembered what a suspension was
// answered (spec 03b §6.1), and a soak is to see the end of that.
func soakGate(condition engine.ResumeCondition) worker.Handler {
	return func(ctx context.Context, task *worker.Task) ([]byte, error) {
		if task.Resumed {
			_, err := task.Signals(ctx)
			return nil, err
		}
		return nil, task.Suspend(ctx, worker.Wait{
			Condition: condition, Reason: engine.ReasonWaitingForApproval, Timeout: soon, OnTimeout: engine.TimeoutFail,
		})
	}
}

// soakKept is how long what ended is kept.
const soakKept = 2 * time.Second

// soakLoad keeps a deployment busy with everything that a deployment does, and remembers only what has not ended.
type soakLoad struct {
	b      *valkey.Backend
	budget engine.BudgetID
	quota  engine.QuotaPolicy

	open    map[engine.ExecutionID]bool
	ended   []engine.ExecutionID // the last ones, oldest first
	flows   []engine.FlowID      // the last ones, oldest first
	made    int
	refused map[string]int // what was refused, by its code

	stop   context.CancelFunc
	during sync.WaitGroup
}

func startSoakLoad(t testing.TB, b *valkey.Backend) *soakLoad {
	l := &soakLoad{
		b: b, budget: engine.NewBudgetID(), open: map[engine.ExecutionID]bool{}, refused: map[string]int{},
		quota: engine.QuotaPolicy{ID: engine.NewQuotaPolicyID(), Window: time.Second, MaxPerWindow: 20, MaxConcurrent: 5},
	}
	_, err := b.CreateBudget(t.Context(), engine.CreateBudget{
		ID: l.budget, ScopeType: "lane", ScopeID: string(e2eLane), EnforcementMode: "strict", ResetInterval: time.Second,
		Dimensions: []engine.BudgetDimension{{Name: "tokens", Hard: 40, Soft: 30}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.CreateQuotaPolicy(t.Context(), l.quota); err != nil {
		t.Fatal(err)
	}
	var ctx context.Context
	ctx, l.stop = context.WithCancel(t.Context())
	l.during.Go(func() { stepByStep(ctx, l.step) })
	t.Cleanup(func() { l.stop(); l.during.Wait() })
	return l
}

var soakKinds = slices.Sorted(maps.Keys(workerHandlers()))

// every is what is done each so many steps, in turn with creating.
var soakEvery = []struct {
	steps int
	do    func(*soakLoad, context.Context) error
}{
	{5, (*soakLoad).look}, {3, (*soakLoad).signal}, {7, (*soakLoad).spend}, {9, (*soakLoad).admit}, {16, (*soakLoad).cancel}, {40, (*soakLoad).cancelFlow},
	{25, (*soakLoad).replay}, {11, (*soakLoad).revoke}, {13, (*soakLoad).tag}, {6, (*soakLoad).tail},
}

// step does what the time has come for. That something cannot be done, since it has ended or was never so, is a part of the load.
func (l *soakLoad) step(ctx context.Context, n int) {
	for _, e := range soakEvery {
		if n%e.steps == 0 {
			l.note(e.do(l, ctx))
		}
	}
	switch {
	case len(l.open) >= loadOpen:
	case n%6 == 0:
		l.note(l.flow(ctx))
	default:
		_, err := l.create(ctx, l.b.Partitions().NewFlowMember(engine.NewFlowID()), soakKinds[n%len(soakKinds)])
		l.note(err)
	}
}

func (l *soakLoad) note(err error) {
	if e := (*engine.Error)(nil); errors.As(err, &e) {
		l.refused[string(e.Code)]++
	} else if err != nil {
		l.refused[err.Error()]++
	}
}

func (l *soakLoad) create(ctx context.Context, id engine.ExecutionID, kind string) (engine.ExecutionID, error) {
	kept := soakKept
	c := engine.CreateExecution{
		ID: id, Namespace: "soak", Lane: e2eLane, Kind: kind, Payload: []byte(`{"n":1}`), CreatorIdentity: "test", Tags: map[string]string{"kind": kind},
		IdempotencyKey: string(id), Policy: &engine.ExecutionPolicy{
			Retry:       &engine.RetryPolicy{MaxRetries: 3, Backoff: engine.Backoff{Kind: engine.BackoffFixed, Fixed: 10 * time.Millisecond}},
			Timeout:     &engine.TimeoutPolicy{Attempt: 5 * time.Second},
			DedupWindow: time.Second,
		},
	}
	switch l.made % 4 {
	case 0:
		c.Policy.Stream = &engine.StreamPolicy{RetentionTTL: &kept}
	case 1:
		c.Policy.BudgetIDs = []engine.BudgetID{l.budget}
	case 2:
		c.Deadline = time.Now().Add(time.Minute)
	}
	l.made++
	_, err := l.b.CreateExecution(ctx, c)
	if err == nil {
		l.open[id] = true
	}
	return id, err
}

// flow makes one of three that a fourth waits for, with each of the policies in turn.
func (l *soakLoad) flow(ctx context.Context) error {
	flow := engine.NewFlowID()
	if _, err := l.b.CreateFlow(ctx, engine.CreateFlow{ID: flow, Kind: "soak", Namespace: "soak"}); err != nil {
		return err
	}
	l.flows = last(append(l.flows, flow))
	policies := []engine.EdgePolicy{
		{Kind: engine.PolicyAllOf}, {Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining}, {Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun},
	}
	kinds := []string{"stream", "flaky", soakKinds[rand.IntN(len(soakKinds))], "long"}
	var members []engine.ExecutionID
	for _, kind := range kinds {
		id, err := l.create(ctx, l.b.Partitions().NewFlowMember(flow), kind)
		if err != nil {
			return err
		}
		if _, _, err := l.b.AddExecutionToFlow(ctx, flow, id); err != nil {
			return err
		}
		members = append(members, id)
	}
	down := members[len(members)-1]
	if _, err := l.b.SetEdgeGroupPolicy(ctx, flow, down, policies[rand.IntN(len(policies))]); err != nil {
		return err
	}
	revision := uint64(len(members))
	for _, up := range members[:len(members)-1] {
		edge := engine.NewEdgeID()
		var err error
		revision, err = l.b.StageDependencyEdge(ctx, engine.StageEdge{Flow: flow, Edge: edge, Upstream: up, Downstream: down, ExpectedRevision: revision})
		if err != nil {
			return err
		}
		_, _, err = l.b.ApplyDependencyToChild(ctx, engine.ApplyEdge{Flow: flow, Edge: edge, Upstream: up, Downstream: down, GraphRevision: revision})
		if err != nil {
			return err
		}
	}
	return nil
}

// last keeps the last few.
func last[T any](all []T) []T { return slices.Clone(all[max(0, len(all)-20):]) }

// any is one that is open.
func (l *soakLoad) any() (engine.ExecutionID, bool) {
	for id := range l.open {
		return id, true
	}
	return "", false
}

// look forgets those that have ended.
func (l *soakLoad) look(ctx context.Context) error {
	rows, err := l.b.ExecutionRows(ctx, slices.Collect(maps.Keys(l.open)))
	for _, row := range rows {
		if row.Missing || row.State.Terminal() {
			delete(l.open, row.ID)
			l.ended = last(append(l.ended, row.ID))
		}
	}
	return err
}

// signal tells those that wait what they wait for, some of it twice.
func (l *soakLoad) signal(ctx context.Context) error {
	rows, err := l.b.SuspendedRows(ctx, 10)
	if err != nil {
		return err
	}
	for _, row := range rows.Rows {
		if row.Suspension == nil {
			continue
		}
		for _, wp := range row.Suspension.Waitpoints {
			token, err := l.b.ReadWaitpointToken(ctx, row.ID, wp.ID)
			if err != nil {
				l.note(err)
				continue
			}
			_, err = l.b.DeliverSignal(ctx, engine.Signal{
				Execution: row.ID, Waitpoint: wp.ID, Token: token, Name: "approved", Category: "decision", SourceType: "test",
				SourceIdentity: fmt.Sprint("test-", rand.IntN(3)), Payload: []byte("{}"), IdempotencyKey: fmt.Sprint(rand.IntN(5)), DedupTTL: time.Second,
			})
			l.note(err)
		}
	}
	return nil
}

// spend reports usage, a part of it for the second time, and gives back what one execution spent.
func (l *soakLoad) spend(ctx context.Context) error {
	use := engine.Usage{Budget: l.budget, Deltas: map[string]uint64{"tokens": 3}, DedupKey: fmt.Sprint("report-", rand.IntN(50))}
	if _, err := l.b.ReportUsage(ctx, use); err != nil {
		return err
	}
	if len(l.ended) == 0 {
		return nil
	}
	use.Execution, use.DedupKey = l.ended[0], ""
	if _, err := l.b.RecordSpend(ctx, use); err != nil {
		return err
	}
	return l.b.ReleaseBudget(ctx, l.budget, use.Execution)
}

func (l *soakLoad) admit(ctx context.Context) error {
	id, found := l.any()
	if !found {
		return nil
	}
	if _, err := l.b.CheckAdmission(ctx, engine.Admission{Policy: l.quota, Execution: id}); err != nil {
		return err
	}
	return l.b.ReleaseAdmission(ctx, l.quota.ID, id)
}

func (l *soakLoad) cancel(ctx context.Context) error {
	id, found := l.any()
	if !found {
		return nil
	}
	_, err := l.b.CancelExecution(ctx, id, "soaked", engine.CancelByOperator)
	return err
}

func (l *soakLoad) cancelFlow(ctx context.Context) error {
	if len(l.flows) == 0 {
		return nil
	}
	_, err := l.b.CancelFlow(ctx, engine.CancelFlow{Flow: l.flows[len(l.flows)-1], Policy: engine.CancelFlowAll, Reason: "soaked", Grace: time.Second})
	return err
}

func (l *soakLoad) replay(ctx context.Context) error {
	if len(l.ended) == 0 {
		return nil
	}
	id := l.ended[len(l.ended)-1]
	if _, err := l.b.ReplayExecution(ctx, id); err != nil {
		return err
	}
	l.open[id] = true
	return nil
}

// revoke takes the lease from somebody at work.
func (l *soakLoad) revoke(ctx context.Context) error {
	id, found := l.any()
	if !found {
		return nil
	}
	_, err := l.b.RevokeLease(ctx, id, "", "soaked")
	return err
}

func (l *soakLoad) tag(ctx context.Context) error {
	id, found := l.any()
	if !found {
		return nil
	}
	return cmp.Or(l.b.ChangePriority(ctx, id, rand.IntN(100)), l.b.SetExecutionTag(ctx, id, "soak.seen", "yes"))
}

func (l *soakLoad) tail(ctx context.Context) error {
	id, found := l.any()
	if !found {
		return nil
	}
	_, err := l.b.TailStream(ctx, engine.TailQuery{Execution: id, Block: 10 * time.Millisecond, Limit: 100})
	return err
}

// drain ends the load and waits until all has ended.
func (l *soakLoad) drain(t testing.TB) {
	t.Helper()
	l.stop()
	l.during.Wait()
	for deadline := time.Now().Add(2 * time.Minute); len(l.open) > 0; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d never ended: %v", len(l.open), slices.Collect(maps.Keys(l.open)))
		}
		l.note(l.signal(t.Context()))
		l.note(l.look(t.Context()))
	}
}
