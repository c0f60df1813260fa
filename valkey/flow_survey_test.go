package valkey

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded"
)

// surveyWhole surveys a flow until nothing is left to be read for the first time, and tells how many steps that took.
func surveyWhole(tb testing.TB, b *Backend, flow engine.FlowID) (*engine.FlowSurvey, int) {
	tb.Helper()
	for step := 1; step <= 100; step++ {
		survey, err := b.SurveyFlow(tb.Context(), engine.FlowSurveyQuery{Flow: flow, Edges: true})
		if err != nil {
			tb.Fatal(err)
		}
		if survey == nil || survey.Complete() {
			return survey, step
		}
	}
	tb.Fatal("the survey does not end")
	return nil, 0
}

func TestASurveySeesWhatADetailSees(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		keys, err := b.rdb.Keys(x.ctx, "ff:flow:*:core").Result()
		x.must(err)
		seen := 0
		for _, key := range keys {
			flow, err := engine.ParseFlowID(strings.Split(key, ":")[4])
			if err != nil {
				continue
			}
			want, err := b.FlowDetail(x.ctx, flow, 500)
			x.must(err)
			survey, _ := surveyWhole(t, b, flow)
			got := survey.FlowDetail
			for _, groups := range [][]engine.EdgeGroup{got.Flow.EdgeGroups, want.Flow.EdgeGroups} {
				slices.SortFunc(groups, func(a, b engine.EdgeGroup) int { return cmp.Compare(a.Downstream, b.Downstream) })
			}
			if !reflect.DeepEqual(got, *want) {
				t.Errorf("the survey of %s\n%+v\nthe detail\n%+v", flow, got, *want)
			}
			if survey.Confirmed.IsZero() || survey.Size != len(want.Members) {
				t.Errorf("%s: %d members, confirmed %s", flow, survey.Size, survey.Confirmed)
			}
			seen += len(got.Edges)
		}
		if seen == 0 {
			t.Error("no edges")
		}
	})
}

// wideFlow is a flow as the library would leave it: one root that has completed, then rows of members that each wait for one of the
// row before.
type wideFlow struct {
	*Backend
	flow    engine.FlowID
	members []engine.ExecutionID
	edges   []engine.EdgeID // the one that leads to member i is edges[i-1]
	created time.Time
}

const wideRow = 100

func fillWide(tb testing.TB, b *Backend, n int) *wideFlow {
	tb.Helper()
	ctx := context.Background()
	f := &wideFlow{Backend: b, flow: engine.NewFlowID(), created: time.Now().Add(-time.Hour).Truncate(time.Millisecond)}
	for batch := 0; batch < n; batch += 500 {
		_, err := b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
			for i := batch; i < min(batch+500, n); i++ {
				f.add(ctx, p)
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	return f
}

func (f *wideFlow) add(ctx context.Context, p redis.Pipeliner) {
	i, k := len(f.members), f.flowKeys(f.flow)
	id := f.Partitions().NewFlowMember(f.flow)
	f.members = append(f.members, id)
	created := f.created.Add(time.Duration(i) * time.Millisecond)
	p.HSet(ctx, k.core(), "flow_id", string(f.flow), "flow_kind", "pipeline", "namespace", "ns", "public_flow_state", "open",
		"node_count", strconv.Itoa(i+1), "graph_revision", strconv.Itoa(2*i+1), "created_at", millis(f.created))
	p.SAdd(ctx, k.members(), string(id))
	p.SAdd(ctx, k.partition().flowIndex(), string(f.flow))
	state, index := engine.StateWaitingChildren, engine.IndexBlockedDependencies
	if i == 0 {
		state, index = engine.StateCompleted, engine.IndexTerminal
	}
	p.HSet(ctx, keysOf(id).core(), "flow_id", string(f.flow), "lane_id", "default", "namespace", "ns", "execution_kind", "resize",
		"public_state", string(state), "created_at", millis(created))
	p.ZAdd(ctx, k.partition().lane("default", index), redis.Z{Score: float64(created.UnixMilli()), Member: string(id)})
	if i > 0 {
		f.link(ctx, p, f.members[(i-1)/wideRow*wideRow], id)
	}
}

func (f *wideFlow) link(ctx context.Context, p redis.Pipeliner, up, down engine.ExecutionID) {
	k, edge := f.flowKeys(f.flow), engine.NewEdgeID()
	f.edges = append(f.edges, edge)
	p.HSet(ctx, k.edge(edge), "edge_id", string(edge), "flow_id", string(f.flow), "upstream_execution_id", string(up),
		"downstream_execution_id", string(down), "dependency_kind", "success_only", "created_at", millis(f.created))
	p.SAdd(ctx, k.in(down), string(edge))
	p.SAdd(ctx, k.out(up), string(edge))
	p.HSet(ctx, k.edgeGroup(down), "policy_variant", "all_of", "n", "1", "group_state", "pending", "created_at", millis(f.created))
	state := engine.EdgeUnsatisfied
	if up == f.members[0] {
		state = engine.EdgeSatisfied
	}
	p.HSet(ctx, keysOf(down).dep(edge), "edge_id", string(edge), "state", string(state))
}

// end moves a member to where the library puts one that has ended.
func (f *wideFlow) end(tb testing.TB, nth int, state engine.PublicState) {
	tb.Helper()
	ctx, id := context.Background(), f.members[nth]
	part := keysOf(id).partition()
	_, err := f.rdb.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, keysOf(id).core(), "public_state", string(state))
		p.ZRem(ctx, part.lane("default", engine.IndexBlockedDependencies), string(id))
		p.ZAdd(ctx, part.lane("default", engine.IndexTerminal), redis.Z{Score: float64(time.Now().UnixMilli()), Member: string(id)})
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

func stateOf(s *engine.FlowSurvey, id engine.ExecutionID) engine.PublicState {
	for i := range s.Members {
		if s.Members[i].ID == id {
			return s.Members[i].State
		}
	}
	return ""
}

func TestASurveyFindsWhatChanged(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		f := fillWide(t, b, 40)
		surveyWhole(t, b, f.flow)
		before, _ := surveyWhole(t, b, f.flow)
		if len(before.Members) != 40 || len(before.Edges) != 39 || len(before.Flow.EdgeGroups) != 39 || before.Truncated != 0 {
			t.Fatalf("%d members, %d edges, %d groups", len(before.Members), len(before.Edges), len(before.Flow.EdgeGroups))
		}
		f.end(t, 7, engine.StateFailed)
		f.end(t, 0, engine.StateFailed) // it had completed: it was replayed meanwhile
		if before.Edges[0].State != engine.EdgeSatisfied {
			t.Errorf("an edge from what has completed is %s", before.Edges[0].State)
		}
		for _, e := range f.edges {
			down := f.members[slices.Index(f.edges, e)+1]
			if err := b.rdb.HSet(ctx, keysOf(down).dep(e), "state", string(engine.EdgeImpossible)).Err(); err != nil {
				t.Fatal(err)
			}
			if err := b.rdb.HSet(ctx, b.flowKeys(f.flow).edgeGroup(down), "group_state", string(engine.GroupImpossible)).Err(); err != nil {
				t.Fatal(err)
			}
		}
		after, _ := surveyWhole(t, b, f.flow)
		if got := stateOf(after, f.members[7]); got != engine.StateFailed {
			t.Errorf("a member that ended is %s", got)
		}
		if got := stateOf(after, f.members[0]); got != engine.StateFailed {
			t.Errorf("a member that ended once more is %s", got)
		}
		if stateOf(before, f.members[7]) != engine.StateWaitingChildren {
			t.Error("what was told before has changed")
		}
		for _, e := range after.Edges {
			if e.State != engine.EdgeImpossible {
				t.Fatalf("an edge is %s", e.State)
			}
		}
		for _, g := range after.Flow.EdgeGroups {
			if g.State != engine.GroupImpossible {
				t.Fatalf("a group is %s", g.State)
			}
		}
		if before.Edges[0].State != engine.EdgeSatisfied || before.Flow.EdgeGroups[0].State != engine.GroupPending {
			t.Error("what was told before has changed")
		}
		if _, err := b.rdb.Pipelined(ctx, func(p redis.Pipeliner) error { f.add(ctx, p); return nil }); err != nil {
			t.Fatal(err)
		}
		grown, _ := surveyWhole(t, b, f.flow)
		if len(grown.Members) != 41 || len(grown.Edges) != 40 || len(grown.Flow.EdgeGroups) != 40 {
			t.Errorf("%d members, %d edges and %d groups after one more", len(grown.Members), len(grown.Edges), len(grown.Flow.EdgeGroups))
		}
	})
}

func TestWhatIsWatchedIsNeverOutOfTurn(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		f := fillWide(t, b, 1200)
		surveyWhole(t, b, f.flow)
		last := f.members[1150]
		f.end(t, 1150, engine.StateSkipped)
		survey, err := b.SurveyFlow(ctx, engine.FlowSurveyQuery{Flow: f.flow, Watch: []engine.ExecutionID{last, "nobody"}})
		if err != nil || stateOf(survey, last) != engine.StateSkipped {
			t.Errorf("%s, %v", stateOf(survey, last), err)
		}
		id := f.members[3]
		part := keysOf(id).partition()
		b.rdb.HSet(ctx, keysOf(id).core(), "public_state", "active", "progress_pct", "10")
		b.rdb.ZRem(ctx, part.lane("default", engine.IndexBlockedDependencies), string(id))
		b.rdb.ZAdd(ctx, part.lane("default", engine.IndexActive), redis.Z{Score: 1, Member: string(id)})
		for _, want := range []int{10, 20, 30} {
			b.rdb.HSet(ctx, keysOf(id).core(), "progress_pct", strconv.Itoa(want))
			survey, err := b.SurveyFlow(ctx, engine.FlowSurveyQuery{Flow: f.flow, Watch: []engine.ExecutionID{id}})
			if err != nil {
				t.Fatal(err)
			}
			for _, row := range survey.Members {
				if row.ID == id && row.Progress != want {
					t.Errorf("progress %d, want %d", row.Progress, want)
				}
			}
		}
	})
}

func TestTheSurveyOfAFlowThatIsGone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := fillWide(t, b, 3)
		surveyWhole(t, b, f.flow)
		if err := b.rdb.Del(enginetest.Context(t), b.flowKeys(f.flow).core()).Err(); err != nil {
			t.Fatal(err)
		}
		if survey, _ := surveyWhole(t, b, f.flow); survey != nil {
			t.Errorf("%+v", survey)
		}
		if len(b.surveys.open) != 0 {
			t.Error("it is remembered")
		}
		if _, err := b.SurveyFlow(enginetest.Context(t), engine.FlowSurveyQuery{Flow: "no id"}); err == nil {
			t.Error("no id is surveyed")
		}
	})
}

func TestASurveyOfStrangeRecordsEnds(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		f := fillWide(t, b, 20)
		k := b.flowKeys(f.flow)
		b.rdb.SAdd(ctx, k.members(), "", "no id \x1b[1m", "{fp:9999}:0191")
		b.rdb.SAdd(ctx, k.in(f.members[2]), "no edge", string(engine.NewEdgeID()))
		b.rdb.Del(ctx, k.in(f.members[3]))
		b.rdb.Set(ctx, k.in(f.members[3]), "of another type", 0)
		b.rdb.Del(ctx, keysOf(f.members[4]).core())
		b.rdb.Set(ctx, keysOf(f.members[5]).core(), "of another type", 0)
		b.rdb.HSet(ctx, keysOf(f.members[6]).core(), "public_state", "dancing", "lane_id", "\x00", "created_at", "yesterday")
		for range 5 {
			survey, _ := surveyWhole(t, b, f.flow)
			if len(survey.Members) != 23 {
				t.Fatalf("%d members", len(survey.Members))
			}
			marked := 0
			for _, m := range survey.Members {
				if len(m.Malformed) > 0 {
					marked++
				}
			}
			if marked != 5 {
				t.Errorf("%d marked members", marked)
			}
		}
	})
}

func TestSpansOfExecutions(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx := enginetest.Context(t)
		f := fillWide(t, b, 3)
		id := f.members[1]
		k := keysOf(id)
		for i := range 12 {
			b.rdb.ZAdd(ctx, k.attempts(), redis.Z{Score: float64(i), Member: strconv.Itoa(i)})
			b.rdb.HSet(ctx, k.attempt(uint32(i)), "attempt_state", "ended_failure", "started_at", strconv.Itoa(1000+i*10), "ended_at", strconv.Itoa(1005+i*10))
		}
		b.rdb.HSet(ctx, k.suspensionCurrent(), "created_at", "2000", "closed_at", "")
		spans, err := b.ExecutionSpans(ctx, []engine.ExecutionID{f.members[0], id})
		if err != nil || len(spans) != 2 || len(spans[0].Attempts) != 0 || len(spans[1].Attempts) != 10 {
			t.Fatalf("%+v %v", spans, err)
		}
		if got := spans[1]; got.SuspendedAt.UnixMilli() != 2000 || !got.SuspensionEnded.IsZero() || got.Attempts[9].Index != 11 ||
			got.Attempts[9].StartedAt.UnixMilli() != 1110 || got.Attempts[0].EndedAt.UnixMilli() != 1025 {
			t.Errorf("%+v", got)
		}
	})
}

// wideDeployment is a real server with one flow of so many members.
func wideDeployment(tb testing.TB, members int) (*wideFlow, *commandCount) {
	tb.Helper()
	server, err := embedded.Start(tb.Context(), embedded.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = server.Close() })
	b, err := Connect(tb.Context(), Target{Socket: server.Socket()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = b.Close() })
	if err := b.Serve(tb.Context(), Boot{Partitions: boardPartitions, Lanes: boardLanes, SecretHex: testSecret}); err != nil {
		tb.Fatal(err)
	}
	f := fillWide(tb, b, members)
	count := &commandCount{}
	b.rdb.AddHook(count)
	return f, count
}

func TestARefreshOfAWideFlowCostsNoMoreThanOneOfASmall(t *testing.T) {
	needServer(t)
	f, count := wideDeployment(t, 10_000)
	survey, steps := surveyWhole(t, f.Backend, f.flow)
	if len(survey.Members) != 10_000 || len(survey.Edges) != 9_999 || steps > 40 {
		t.Errorf("%d members and %d edges after %d steps", len(survey.Members), len(survey.Edges), steps)
	}
	watch := f.members[5000:5050]
	*count = commandCount{}
	const refreshes = 40
	for range refreshes {
		if _, err := f.SurveyFlow(t.Context(), engine.FlowSurveyQuery{Flow: f.flow, Watch: watch, Edges: true}); err != nil {
			t.Fatal(err)
		}
	}
	if commands, trips := count.n/refreshes, count.trips/refreshes; commands > 40 || trips > 4 {
		t.Errorf("a refresh takes %d commands in %d round trips", commands, trips)
	}
	f.end(t, 4321, engine.StateFailed)
	for range 25 {
		if survey, _ = surveyWhole(t, f.Backend, f.flow); stateOf(survey, f.members[4321]) == engine.StateFailed {
			return
		}
	}
	t.Error("a change is not found in a whole turn")
}

// BenchmarkSurvey tells what a refresh of a flow costs once all of it is known.
func BenchmarkSurvey(b *testing.B) {
	for _, members := range []int{500, 10_000} {
		b.Run(strconv.Itoa(members), func(b *testing.B) {
			f, count := wideDeployment(b, members)
			begun := time.Now()
			_, steps := surveyWhole(b, f.Backend, f.flow)
			whole, first := time.Since(begun), count.n
			*count = commandCount{}
			for b.Loop() {
				if _, err := f.SurveyFlow(b.Context(), engine.FlowSurveyQuery{Flow: f.flow, Watch: f.members[100:150], Edges: true}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(count.n)/float64(b.N), "commands/op")
			b.ReportMetric(float64(count.trips)/float64(b.N), "trips/op")
			b.ReportMetric(float64(first), "commands-first")
			b.ReportMetric(float64(steps), "steps-first")
			b.ReportMetric(float64(whole.Milliseconds()), "ms-first")
		})
	}
}
