package valkey

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

func TestQ085TheBoardDerivesWhatTheRecordsNeverSay(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		failed, done := f.member(), f.member()
		edge := f.wire(done, failed)
		f.succeed(done, "out")
		f.cascade(done)
		f.fail(failed)
		f.wantField(f.k.core(), "public_flow_state", "open")
		f.wantField(f.k.edge(edge), "edge_state", "pending")

		rows, err := b.FlowRows(f.ctx, engine.FlowQuery{Limit: 10})
		f.must(err)
		if len(rows.Rows) != 1 || rows.Rows[0].Derived != engine.FlowFailed || rows.Rows[0].Members != 2 {
			t.Errorf("rows: %+v", rows)
		}
		if got := rows.Rows[0].ByState; !maps.Equal(got, map[engine.PublicState]int{engine.StateCompleted: 1, engine.StateFailed: 1}) {
			t.Errorf("members by state: %v", got)
		}
		around, err := b.ExecutionEdges(f.ctx, failed)
		f.must(err)
		if len(around.In) != 1 || around.In[0].Edge.State != engine.EdgeSatisfied || around.In[0].Other.State != engine.StateCompleted {
			t.Errorf("edges: %+v", around.In)
		}
		if around.Group == nil || around.Group.State != engine.GroupSatisfied || around.Group.Succeeded != 1 {
			t.Errorf("group: %+v", around.Group)
		}
		around, err = b.ExecutionEdges(f.ctx, done)
		f.must(err)
		if len(around.Out) != 1 || around.DownGroups[failed].State != engine.GroupSatisfied {
			t.Errorf("from upstream: %+v", around)
		}
	})
}

func TestDeriveFlowState(t *testing.T) {
	type counts = map[engine.PublicState]int
	tests := []struct {
		name   string
		stored engine.FlowState
		states counts
		want   engine.FlowState
	}{
		{"a flow without members is open", engine.FlowOpen, counts{}, engine.FlowOpen},
		{"a cancelled flow without members is cancelled", engine.FlowCancelled, counts{}, engine.FlowCancelled},
		{"all completed or skipped is completed", engine.FlowOpen, counts{engine.StateCompleted: 2, engine.StateSkipped: 1}, engine.FlowCompleted},
		{"one that expired fails it", engine.FlowOpen, counts{engine.StateCompleted: 2, engine.StateExpired: 1}, engine.FlowFailed},
		{"a cancelled flow whose members are over is cancelled", engine.FlowCancelled, counts{engine.StateCompleted: 1, engine.StateCancelled: 2}, engine.FlowCancelled},
		{"a cancelled flow still runs while a member does", engine.FlowCancelled, counts{engine.StateActive: 1, engine.StateCancelled: 2}, engine.FlowRunning},
		{"one that runs makes it run", engine.FlowOpen, counts{engine.StateActive: 1, engine.StateSuspended: 5}, engine.FlowRunning},
		{"held members block it", engine.FlowOpen, counts{engine.StateWaiting: 1, engine.StateWaitingChildren: 1}, engine.FlowBlocked},
		{"waiting members leave it open", engine.FlowOpen, counts{engine.StateWaiting: 1, engine.StateCompleted: 1}, engine.FlowOpen},
		{"a word that nobody knows leaves it open", engine.FlowOpen, counts{"zzz": 1}, engine.FlowOpen},
	}
	for _, test := range tests {
		if got := deriveFlowState(test.stored, test.states); got != test.want {
			t.Errorf("%s: got %s", test.name, got)
		}
	}
}

func TestQ093TheGroupAloneTellsHowAQuorumStands(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ups, child := f.members(3), f.member()
		f.policy(child, anyOf(engine.LetRun))
		first := f.wire(ups[0], child)
		f.wire(ups[1], child)
		f.wire(ups[2], child)
		f.resolve(first, ups[0], child, engine.OutcomeSuccess)
		// As FlowFabric's library leaves it.
		f.must(b.rdb.HSet(f.ctx, keysOf(child).depsMeta(), "unsatisfied_required_count", "3").Err())
		flow, err := b.DescribeFlow(f.ctx, f.flow)
		f.must(err)
		want := engine.EdgeGroup{
			Downstream: child, Policy: anyOf(engine.LetRun), Explicit: true, Total: 3, Succeeded: 1, Running: 2, State: engine.GroupSatisfied,
		}
		if len(flow.EdgeGroups) != 1 {
			t.Fatalf("groups: %+v", flow.EdgeGroups)
		}
		got := flow.EdgeGroups[0]
		got.SatisfiedAt = time.Time{}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	})
}

func TestAGroupWithoutARecordIsCountedByItsChild(t *testing.T) {
	tests := []struct {
		name   string
		counts map[string]string
		want   engine.EdgeGroup
	}{
		{"no edge applied yet", nil, engine.EdgeGroup{Total: 3, State: engine.GroupPending}},
		{"some unsatisfied", map[string]string{"unsatisfied_required_count": "2"}, engine.EdgeGroup{Total: 3, Succeeded: 1, Running: 2, State: engine.GroupPending}},
		{"all satisfied", map[string]string{"unsatisfied_required_count": "0"}, engine.EdgeGroup{Total: 3, Succeeded: 3, State: engine.GroupSatisfied}},
		{"one impossible", map[string]string{"unsatisfied_required_count": "1", "impossible_required_count": "1"}, engine.EdgeGroup{Total: 3, Succeeded: 1, Failed: 1, Running: 1, State: engine.GroupImpossible}},
	}
	for _, test := range tests {
		test.want.Downstream, test.want.Policy.Kind = "child", engine.PolicyAllOf
		if got := groupOfCounts("child", newRecord(test.counts), 3); fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", test.want) {
			t.Errorf("%s: got %+v", test.name, got)
		}
	}
}

func TestQ100APurgedMemberIsShownAsPurged(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ids := f.members(3)
		f.must(b.rdb.Del(f.ctx, keysOf(ids[1]).core()).Err())
		detail, err := b.FlowDetail(f.ctx, f.flow, 10)
		f.must(err)
		missing := 0
		for _, row := range detail.Members {
			if row.Missing {
				missing++
			}
			if len(row.Malformed) > 0 {
				t.Errorf("marked: %+v", row)
			}
		}
		if len(detail.Members) != 3 || missing != 1 {
			t.Errorf("%d members, %d purged", len(detail.Members), missing)
		}
	})
}

func TestQ214ATaggedFlowIsReadWithAllItsTags(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		f.must(b.rdb.HSet(f.ctx, f.k.core(), "old.inline", "1", "both.places", "core").Err())
		value, found, err := b.FlowTag(f.ctx, f.flow, "old.inline")
		f.must(err)
		if value != "1" || !found {
			t.Errorf("an inline tag reads as %q", value)
		}
		f.must(b.SetFlowTag(f.ctx, f.flow, "both.places", "tags"))
		f.must(b.rdb.HSet(f.ctx, f.k.core(), "rogue.later", "2").Err())
		f.wantField(f.k.core(), "tags_migrated", "1")
		f.wantField(f.k.core(), "old.inline", "")

		flow, err := b.DescribeFlow(f.ctx, f.flow)
		f.must(err)
		want := map[string]string{"old.inline": "1", "both.places": "tags", "rogue.later": "2"}
		if !maps.Equal(flow.Tags, want) || len(flow.Malformed) != 0 {
			t.Errorf("tags %v, marked %v", flow.Tags, flow.Malformed)
		}
		page, err := b.ListFlows(f.ctx, b.Partitions().OfFlow(f.flow), "", 10)
		f.must(err)
		if len(page.Items) != 1 || !maps.Equal(page.Items[0].Tags, want) {
			t.Errorf("listed %+v", page.Items)
		}
	})
}

func TestQ215OneBadRecordHidesNoOther(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		part := f.k.partition()
		orphan := engine.FlowID("00000000-0000-4000-8000-000000000001")
		other := engine.FlowID("00000000-0000-4000-8000-000000000002")
		k := flowKeys{tag: f.k.tag, id: other}
		f.must(b.rdb.HSet(f.ctx, k.core(), "flow_id", "someone else").Err())
		f.must(b.rdb.HSet(f.ctx, f.k.core(), "node_count", "many", "strange", "field", "public_flow_state", "dancing").Err())
		f.must(b.rdb.SAdd(f.ctx, part.flowIndex(), string(orphan), string(other), "\x1b[31mjunk").Err())
		for home := range b.Partitions().FlowPartitions() {
			if home.Tag() != f.k.tag {
				continue
			}
			page, err := b.ListFlows(f.ctx, home, "", 10)
			f.must(err)
			marks := map[string]string{}
			for _, flow := range page.Items {
				for _, m := range flow.Malformed {
					marks[string(flow.ID)+" "+m.Field] = m.Problem
				}
			}
			for mark, problem := range map[string]string{
				" flow_index":                         "not a flow id",
				string(f.flow) + " node_count":        "not a number",
				string(f.flow) + " strange":           "unknown field",
				string(f.flow) + " public_flow_state": "unknown word",
			} {
				if marks[mark] != problem {
					t.Errorf("%q is marked %q, want %q", mark, marks[mark], problem)
				}
			}
			if len(page.Items) != 4 {
				t.Errorf("%d rows", len(page.Items))
			}
		}
		_, err := b.DescribeFlow(f.ctx, f.flow)
		f.must(err)
	})
}

func TestQ215AdjacencyThatNothingBearsOutIsMarked(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		up, down, stranger := f.member(), f.member(), f.member()
		f.stage(up, down)
		elsewhere := f.stage(stranger, down)
		f.must(b.rdb.SAdd(f.ctx, f.k.out(up), string(engine.NewEdgeID()), "junk", string(elsewhere)).Err())
		edges, err := b.ListEdges(f.ctx, f.flow, up, engine.EdgesOut)
		f.must(err)
		marked := 0
		for _, e := range edges {
			marked += min(1, len(e.Malformed))
		}
		if len(edges) != 4 || marked != 3 {
			t.Errorf("%d edges, %d marked", len(edges), marked)
		}
	})
}

func TestAFlowThatNamesAnotherIsCorrupt(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		f.must(b.rdb.HSet(f.ctx, f.k.core(), "flow_id", "x").Err())
		if _, err := b.DescribeFlow(f.ctx, f.flow); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("described: %v", err)
		}
	})
}

func TestQ216AFlowOnceSeenIsStillShown(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		f.fail(f.member())
		_, err := b.ProjectFlowSummary(f.ctx, b.Partitions().OfFlow(f.flow), f.flow, time.Now())
		f.must(err)
		rows, err := b.FlowRows(f.ctx, engine.FlowQuery{Limit: 10, Watch: []engine.FlowID{f.flow}})
		f.must(err)
		if rows.Total != 0 || len(rows.Rows) != 1 || rows.Rows[0].Derived != engine.FlowFailed {
			t.Errorf("rows: %+v", rows)
		}
	})
}

func TestFlowRowsAreTheNewestFirst(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		var flows []engine.FlowID
		var f *flowBench
		for i := range 9 {
			f = newFlowBench(t, b)
			f.must(b.rdb.HSet(f.ctx, f.k.core(), "created_at", fmt.Sprint(1700000000000+i)).Err())
			flows = append(flows, f.flow)
		}
		slices.Reverse(flows)
		for range 2 {
			rows, err := b.FlowRows(f.ctx, engine.FlowQuery{Limit: 4, Watch: flows[3:5]})
			f.must(err)
			var got []engine.FlowID
			for _, row := range rows.Rows {
				got = append(got, row.ID)
			}
			if !slices.Equal(got, flows[:5]) || rows.Total != 9 {
				t.Errorf("%d of %d: %v, want %v", len(got), rows.Total, got, flows[:5])
			}
		}
	})
}

// countTrips counts round trips from now on.
func countTrips(b *Backend) *int {
	trips := new(int)
	b.rdb.AddHook(tripCounter{trips})
	return trips
}

type tripCounter struct{ trips *int }

func (c tripCounter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c tripCounter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		*c.trips++
		return next(ctx, cmd)
	}
}

func (c tripCounter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		*c.trips++
		return next(ctx, cmds)
	}
}

func TestQ221AFlowIsReadInFourRoundTrips(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		ids := f.members(200)
		f.must(b.pipelined(f.ctx, "seed", func(p redis.Pipeliner) {
			for i, id := range ids[1:] {
				edge := engine.NewEdgeID()
				p.HSet(f.ctx, f.k.edge(edge), "edge_id", string(edge), "flow_id", string(f.flow), "upstream_execution_id", string(ids[i]),
					"downstream_execution_id", string(id), "created_at", "1700000000000")
				p.SAdd(f.ctx, f.k.in(id), string(edge))
			}
		}))
		trips := countTrips(b)
		detail, err := b.FlowDetail(f.ctx, f.flow, 500)
		f.must(err)
		if len(detail.Members) != 200 || len(detail.Edges) != 199 || *trips > 4 {
			t.Errorf("%d members and %d edges in %d round trips", len(detail.Members), len(detail.Edges), *trips)
		}
		if !slices.IsSortedFunc(detail.Members, func(x, y engine.ExecutionRow) int { return x.CreatedAt.Compare(y.CreatedAt) }) ||
			!slices.IsSortedFunc(detail.Edges, func(x, y engine.Edge) int { return cmp.Compare(x.ID, y.ID) }) {
			t.Error("not in order")
		}
		*trips = 0
		_, err = b.DescribeFlow(f.ctx, f.flow)
		f.must(err)
		if *trips > 4 {
			t.Errorf("described in %d round trips", *trips)
		}
		*trips = 0
		page, err := b.ListFlows(f.ctx, b.Partitions().OfFlow(f.flow), "", 50)
		f.must(err)
		if len(page.Items) != 1 || *trips > 3 {
			t.Errorf("listed in %d round trips", *trips)
		}
		detail, err = b.FlowDetail(f.ctx, f.flow, 20)
		f.must(err)
		if len(detail.Members) != 20 || detail.Truncated != 180 {
			t.Errorf("%d members, %d beyond", len(detail.Members), detail.Truncated)
		}
	})
}

func FuzzFlowRecords(f *testing.F) {
	f.Add("flow_id", "x", "created_at", "1e99")
	f.Add("team.name", "\x1b[2J", "node_count", "-1")
	f.Add("policy_variant", "quorum", "k", "99999999999999999999")
	f.Add("n", "NaN", "succeeded", "1.5")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		fields := map[string]string{name1: value1, name2: value2}
		flow := engine.FlowID("00000000-0000-4000-8000-000000000001")
		flowOrMarked("key", flow, newRecord(fields), newRecord(map[string]string{name1: value1}))
		decodeFlowSummary(newRecord(fields))
		decodeEdge(newRecord(fields))
		group := decodeEdgeGroup("child", newRecord(fields), 2)
		if group.State == "" || group.Policy.Kind == "" || group.Running < 0 {
			t.Errorf("group %+v", group)
		}
		groupOfCounts("child", newRecord(fields), 2)
	})
}

func FuzzParseCompletion(f *testing.F) {
	f.Add(`{"execution_id":"{fp:1}:6f0c1d52-0c1e-4a53-9a55-0d7a2f7b9c11","flow_id":"b7a1e0c4-3f0d-4d0e-8a7b-1f5f2c9f4e21","outcome":"success"}`)
	f.Add(`{"execution_id":null,"flow_id":1}`)
	f.Add(`[]`)
	f.Fuzz(func(t *testing.T, payload string) {
		c, ok := parseCompletion(payload)
		if ok && (c.Execution.Partition().IsZero() || c.Flow == "") {
			t.Errorf("%q became %+v", payload, c)
		}
	})
}
