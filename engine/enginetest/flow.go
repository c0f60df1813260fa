package enginetest

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["flows"] = map[string]func(*testing.T, Subject){
		"a flow is created once":                              createFlowOnce,
		"an unknown flow is nothing":                          unknownFlow,
		"a member is added once":                              addMemberOnce,
		"what cannot be a member is refused":                  addMemberRefused,
		"an execution belongs to one flow":                    oneFlowEach,
		"flows are listed page by page":                       listFlowPages,
		"a listed flow says that it is cancelled":             listCancelledFlow,
		"flow tags are set, read and overwritten":             flowTags,
		"a flow's completions are published":                  flowCompletions,
		"a flow's summary counts its members":                 flowSummary,
		"a flow's board row counts its members by state":      flowRow,
		"a flow's detail shows members, edges and what waits": flowDetail,
	}
}

// testFlow is a flow with short words for what is done to it.
type testFlow struct {
	t  *testing.T
	s  Subject
	id engine.FlowID
}

func newFlow(t *testing.T, s Subject) *testFlow {
	t.Helper()
	f := &testFlow{t: t, s: s, id: engine.NewFlowID()}
	created, err := s.CreateFlow(Context(t), engine.CreateFlow{ID: f.id, Kind: "pipeline", Namespace: "ns"})
	noError(t, err)
	if !created {
		t.Fatal("not created")
	}
	return f
}

func (f *testFlow) member() engine.ExecutionID {
	f.t.Helper()
	id := f.s.Partitions().NewFlowMember(f.id)
	_, err := f.s.CreateExecution(Context(f.t), engine.CreateExecution{ID: id, Namespace: "ns", Lane: "default", Kind: "step", Payload: []byte("own")})
	noError(f.t, err)
	_, _, err = f.s.AddExecutionToFlow(Context(f.t), f.id, id)
	noError(f.t, err)
	return id
}

func (f *testFlow) members(n int) []engine.ExecutionID {
	ids := make([]engine.ExecutionID, n)
	for i := range ids {
		ids[i] = f.member()
	}
	return ids
}

func (f *testFlow) read() *engine.Flow {
	f.t.Helper()
	flow, err := f.s.DescribeFlow(Context(f.t), f.id)
	noError(f.t, err)
	if flow == nil {
		f.t.Fatal("no such flow")
	}
	return flow
}

// stage records an edge at the current revision.
func (f *testFlow) stage(upstream, downstream engine.ExecutionID) (engine.EdgeID, error) {
	edge := engine.NewEdgeID()
	_, err := f.s.StageDependencyEdge(Context(f.t), engine.StageEdge{
		Flow: f.id, Edge: edge, Upstream: upstream, Downstream: downstream, DataPassingRef: "result", ExpectedRevision: f.read().GraphRevision,
	})
	return edge, err
}

// wire stages an edge and makes the downstream wait.
func (f *testFlow) wire(upstream, downstream engine.ExecutionID) engine.EdgeID {
	f.t.Helper()
	edge, err := f.stage(upstream, downstream)
	noError(f.t, err)
	_, applied, err := f.s.ApplyDependencyToChild(Context(f.t), engine.ApplyEdge{
		Flow: f.id, Edge: edge, Upstream: upstream, Downstream: downstream, DataPassingRef: "result",
	})
	noError(f.t, err)
	if !applied {
		f.t.Fatal("not applied")
	}
	return edge
}

func (f *testFlow) policy(downstream engine.ExecutionID, p engine.EdgePolicy) {
	f.t.Helper()
	set, err := f.s.SetEdgeGroupPolicy(Context(f.t), f.id, downstream, p)
	noError(f.t, err)
	if !set {
		f.t.Fatal("not set")
	}
}

func (f *testFlow) start(id engine.ExecutionID) {
	f.t.Helper()
	_, err := f.s.IssueGrantAndClaim(Context(f.t), id, "default", time.Minute)
	noError(f.t, err)
}

// succeed and fail run a member to its end and tell its dependants.
func (f *testFlow) succeed(id engine.ExecutionID, result string) {
	f.t.Helper()
	f.start(id)
	noError(f.t, f.s.CompleteExecution(Context(f.t), id, nil, []byte(result), engine.CancelByOperator))
	f.cascade(id)
}

func (f *testFlow) fail(id engine.ExecutionID) {
	f.t.Helper()
	f.start(id)
	_, err := f.s.FailExecution(Context(f.t), id, nil, engine.Failure{Message: "no", Class: engine.FailurePermanent}, engine.CancelByOperator)
	noError(f.t, err)
	f.cascade(id)
}

func (f *testFlow) cascade(id engine.ExecutionID) int {
	f.t.Helper()
	done, err := f.s.CascadeCompletion(Context(f.t), id, f.id)
	noError(f.t, err)
	return done.Resolved
}

func (f *testFlow) wantState(id engine.ExecutionID, want engine.PublicState) {
	f.t.Helper()
	state, err := f.s.ReadExecutionState(Context(f.t), id)
	noError(f.t, err)
	if state != want {
		f.t.Errorf("it is %s, want %s", state, want)
	}
}

// partition is the flow's own.
func (f *testFlow) partition() engine.Partition { return f.s.Partitions().OfFlow(f.id) }

func wantRefusal(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func createFlowOnce(t *testing.T, s Subject) {
	f := newFlow(t, s)
	again, err := s.CreateFlow(Context(t), engine.CreateFlow{ID: f.id, Kind: "another", Namespace: "another"})
	noError(t, err)
	if again {
		t.Error("created twice")
	}
	flow := f.read()
	if flow.Kind != "pipeline" || flow.Namespace != "ns" || flow.State != engine.FlowOpen || flow.GraphRevision != 0 || flow.Nodes != 0 ||
		flow.Edges != 0 || flow.CreatedAt.IsZero() || !flow.LastMutationAt.Equal(flow.CreatedAt) || !flow.CancelledAt.IsZero() ||
		len(flow.Tags) != 0 || len(flow.EdgeGroups) != 0 || len(flow.Malformed) != 0 {
		t.Errorf("a fresh flow is %+v", flow)
	}
}

func unknownFlow(t *testing.T, s Subject) {
	ctx, unknown := Context(t), engine.NewFlowID()
	flow, err := s.DescribeFlow(ctx, unknown)
	noError(t, err)
	edge, err := s.DescribeEdge(ctx, unknown, engine.NewEdgeID())
	noError(t, err)
	edges, err := s.ListEdges(ctx, unknown, s.Partitions().NewFlowMember(unknown), engine.EdgesIn)
	noError(t, err)
	detail, err := s.FlowDetail(ctx, unknown, 10)
	noError(t, err)
	if flow != nil || edge != nil || len(edges) != 0 || detail != nil {
		t.Errorf("read %v %v %v %v", flow, edge, edges, detail)
	}
	_, err = s.CancelFlow(ctx, engine.CancelFlow{Flow: unknown, Policy: engine.CancelFlowAll})
	wantRefusal(t, "cancel", err, engine.ClassNotFound)
	wantRefusal(t, "tag", s.SetFlowTag(ctx, unknown, "a.b", "c"), engine.ClassNotFound)
	_, err = s.SetEdgeGroupPolicy(ctx, unknown, s.Partitions().NewFlowMember(unknown), engine.EdgePolicy{Kind: engine.PolicyAllOf})
	wantRefusal(t, "policy", err, engine.ClassNotFound)
	done, err := s.CascadeCompletion(ctx, s.Partitions().NewFlowMember(unknown), unknown)
	noError(t, err)
	if done != (engine.Cascaded{}) {
		t.Errorf("of an unknown flow %+v", done)
	}
}

func addMemberOnce(t *testing.T, s Subject) {
	f := newFlow(t, s)
	id := f.member()
	nodes, added, err := s.AddExecutionToFlow(Context(t), f.id, id)
	noError(t, err)
	if nodes != 1 || added {
		t.Errorf("added twice: %d nodes, added %v", nodes, added)
	}
	if flow := f.read(); flow.Nodes != 1 || flow.GraphRevision != 1 {
		t.Errorf("%d nodes at revision %d", flow.Nodes, flow.GraphRevision)
	}
	flow, err := s.ResolveExecutionFlowID(Context(t), id)
	noError(t, err)
	if flow != f.id {
		t.Errorf("it belongs to %q", flow)
	}
	solo := submit(t, s, "default")
	flow, err = s.ResolveExecutionFlowID(Context(t), solo)
	noError(t, err)
	if flow != "" {
		t.Errorf("a solo execution belongs to %q", flow)
	}
}

func addMemberRefused(t *testing.T, s Subject) {
	ctx, f := Context(t), newFlow(t, s)
	home := f.partition()
	elsewhere := engine.Partition{Family: home.Family, Index: (home.Index + 1) % s.Partitions().Flow}
	_, _, err := s.AddExecutionToFlow(ctx, f.id, engine.ExecutionID(elsewhere.Tag()+":"+string(engine.NewFlowID())))
	wantRefusal(t, "another partition", err, engine.ClassValidation)
	_, _, err = s.AddExecutionToFlow(ctx, f.id, s.Partitions().NewFlowMember(f.id))
	wantRefusal(t, "an unknown execution", err, engine.ClassNotFound)
	if flow := f.read(); flow.Nodes != 0 || flow.GraphRevision != 0 {
		t.Errorf("it left %d nodes at revision %d", flow.Nodes, flow.GraphRevision)
	}
	unknown := engine.NewFlowID()
	id := s.Partitions().NewFlowMember(unknown)
	_, err = s.CreateExecution(ctx, engine.CreateExecution{ID: id, Namespace: "ns", Lane: "default", Kind: "step"})
	noError(t, err)
	_, _, err = s.AddExecutionToFlow(ctx, unknown, id)
	wantRefusal(t, "an unknown flow", err, engine.ClassNotFound)
	flow, err := s.ResolveExecutionFlowID(ctx, id)
	noError(t, err)
	if flow != "" {
		t.Errorf("it left a membership of %q", flow)
	}
}

func oneFlowEach(t *testing.T, s Subject) {
	f := newFlow(t, s)
	id := f.member()
	other := newFlow(t, s)
	for other.partition() != f.partition() {
		other = newFlow(t, s)
	}
	_, _, err := s.AddExecutionToFlow(Context(t), other.id, id)
	wantRefusal(t, "a second flow", err, engine.CodeExecutionAlreadyInFlow)
	var reject *engine.Error
	if errors.As(err, &reject) {
		if named, ok := reject.OtherFlow(); !ok || named != f.id {
			t.Errorf("it names flow %q", named)
		}
	}
}

func listFlowPages(t *testing.T, s Subject) {
	ctx := Context(t)
	want := map[engine.Partition][]engine.FlowID{}
	for range 20 {
		f := newFlow(t, s)
		want[f.partition()] = append(want[f.partition()], f.id)
	}
	for p := range s.Partitions().FlowPartitions() {
		slices.Sort(want[p])
		var got []engine.FlowID
		for after := engine.FlowID(""); ; {
			page, err := s.ListFlows(ctx, p, after, 3)
			noError(t, err)
			if len(page.Items) > 3 {
				t.Fatalf("%d items on a page of 3", len(page.Items))
			}
			for _, flow := range page.Items {
				got = append(got, flow.ID)
				if flow.State != engine.FlowOpen || flow.CreatedAt.IsZero() {
					t.Errorf("listed %+v", flow)
				}
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if !slices.Equal(got, want[p]) {
			t.Errorf("partition %s: got %v, want %v", p, got, want[p])
		}
		empty, err := s.ListFlows(ctx, p, "", 0)
		noError(t, err)
		if len(empty.Items) != 0 || empty.Next != "" {
			t.Errorf("a page of none: %+v", empty)
		}
	}
}

func listCancelledFlow(t *testing.T, s Subject) {
	f := newFlow(t, s)
	_, err := s.CancelFlow(Context(t), engine.CancelFlow{Flow: f.id, Policy: engine.CancelFlowOnly})
	noError(t, err)
	page, err := s.ListFlows(Context(t), f.partition(), "", 10)
	noError(t, err)
	if len(page.Items) != 1 || page.Items[0].State != engine.FlowCancelled {
		t.Errorf("listed %+v", page.Items)
	}
}

func flowTags(t *testing.T, s Subject) {
	ctx, f := Context(t), newFlow(t, s)
	for _, bad := range []string{"", "nodot", "Upper.case", "a.", "a..b", "a.B", ".a"} {
		wantRefusal(t, "setting "+bad, s.SetFlowTag(ctx, f.id, bad, "x"), engine.ClassValidation)
		_, _, err := s.FlowTag(ctx, f.id, bad)
		wantRefusal(t, "getting "+bad, err, engine.ClassValidation)
	}
	_, found, err := s.FlowTag(ctx, f.id, "team.name")
	noError(t, err)
	if found {
		t.Error("a tag that nobody set is there")
	}
	for _, value := range []string{"first", "", "second"} {
		noError(t, s.SetFlowTag(ctx, f.id, "team.name", value))
		noError(t, s.SetFlowTag(ctx, f.id, "team.other", "kept"))
		got, found, err := s.FlowTag(ctx, f.id, "team.name")
		noError(t, err)
		if got != value || !found {
			t.Errorf("read %q, found %v, want %q", got, found, value)
		}
	}
	if tags := f.read().Tags; tags["team.name"] != "second" || tags["team.other"] != "kept" || len(tags) != 2 {
		t.Errorf("described with %v", tags)
	}
}

func flowCompletions(t *testing.T, s Subject) {
	completions, err := s.SubscribeCompletions(Context(t))
	noError(t, err)
	f := newFlow(t, s)
	up, child := f.member(), f.member()
	f.wire(up, child)
	solo := submit(t, s, "default")
	f.start(solo)
	noError(t, s.CompleteExecution(Context(t), solo, nil, nil, engine.CancelByOperator))
	f.fail(up)
	for _, want := range []engine.Completion{
		{Execution: up, Flow: f.id, Outcome: "failed"},
		{Execution: child, Flow: f.id, Outcome: "skipped"},
	} {
		select {
		case got := <-completions:
			if want.At = got.At; got != want || time.Since(got.At).Abs() > time.Minute {
				t.Errorf("got %+v, want %+v", got, want)
			}
		case <-Context(t).Done():
			t.Fatalf("%+v never came", want)
		}
	}
}

func flowSummary(t *testing.T, s Subject) {
	ctx, f := Context(t), newFlow(t, s)
	ids := f.members(3)
	f.succeed(ids[0], "")
	f.fail(ids[1])
	wrote, err := s.ProjectFlowSummary(ctx, f.partition(), f.id, time.Now())
	noError(t, err)
	detail, err := s.FlowDetail(ctx, f.id, 10)
	noError(t, err)
	if !wrote || detail.Summary == nil || detail.Summary.Total != 3 || detail.Summary.State != engine.FlowOpen ||
		detail.Summary.ByState[engine.StateFailed] != 1 || detail.Summary.UpdatedAt.IsZero() {
		t.Errorf("wrote %v: %+v", wrote, detail.Summary)
	}
	f.succeed(ids[2], "")
	_, err = s.ProjectFlowSummary(ctx, f.partition(), f.id, time.Now())
	noError(t, err)
	active, _, err := s.ActiveFlows(ctx, f.partition(), 0, 100)
	noError(t, err)
	if slices.Contains(active, f.id) {
		t.Error("a finished flow is still watched")
	}
}

func flowRow(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ids := f.members(3)
	f.start(ids[0])
	f.succeed(ids[1], "")
	rows, err := s.FlowRows(Context(t), engine.FlowQuery{Limit: 5})
	noError(t, err)
	if rows.Total != 1 || len(rows.Rows) != 1 {
		t.Fatalf("rows: %+v", rows)
	}
	row := rows.Rows[0]
	if row.ID != f.id || row.Members != 3 || row.Derived != engine.FlowRunning || row.State != engine.FlowOpen ||
		row.ByState[engine.StateActive] != 1 || row.ByState[engine.StateCompleted] != 1 || row.ByState[engine.StateWaiting] != 1 {
		t.Errorf("row: %+v", row)
	}
}

func flowDetail(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ids := f.members(3)
	slices.SortFunc(ids, cmp.Compare)
	f.policy(ids[2], engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun})
	f.wire(ids[0], ids[2])
	f.wire(ids[1], ids[2])
	f.succeed(ids[0], "")
	detail, err := s.FlowDetail(Context(t), f.id, 10)
	noError(t, err)
	states := map[engine.EdgeState]int{}
	for _, e := range detail.Edges {
		states[e.State]++
	}
	if len(detail.Members) != 3 || len(detail.Edges) != 2 || states[engine.EdgeSatisfied] != 1 || states[engine.EdgeUnsatisfied] != 1 {
		t.Errorf("%d members, edges %v", len(detail.Members), states)
	}
	groups := detail.Flow.EdgeGroups
	if len(groups) != 1 || groups[0].Downstream != ids[2] || groups[0].Total != 2 || groups[0].Succeeded != 1 || groups[0].Running != 1 ||
		groups[0].State != engine.GroupPending || groups[0].Policy.K != 2 || !groups[0].Explicit {
		t.Errorf("groups: %+v", groups)
	}
}
