package enginetest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

func init() {
	suites["edges"] = map[string]func(*testing.T, Subject){
		"an edge reads back as it was staged":                     stageAndRead,
		"an edge needs the current revision":                      stageStale,
		"an edge is staged once":                                  stageTwice,
		"an edge that cannot be is refused":                       stageRefused,
		"edges are listed on both of their sides":                 listEdges,
		"a child waits until all its upstreams succeeded":         allOf,
		"a child takes its upstream's result for its payload":     passResult,
		"a failure skips everything that follows":                 skipChain,
		"an edge is applied once":                                 applyTwice,
		"any of several lets the child go":                        anyOfFires,
		"a quorum lets the child go when it is met":               quorumFires,
		"a quorum that cannot be met skips the child":             quorumFails,
		"the rest of a decided group is cancelled":                cancelRemaining,
		"siblings of a group that lets them run are left alone":   letRun,
		"a policy holds once an edge is applied":                  policyFixed,
		"a policy that cannot be is refused":                      policyRefused,
		"an execution says why it may or may not run":             evaluate,
		"a lost completion is made up for":                        reconcile,
		"a parent whose children were faster is released":         promote,
		"what waits for something is not released":                promoteRefused,
		"resolving an edge that was never applied changes nobody": resolveUnapplied,
	}
}

func stageAndRead(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, down := f.member(), f.member()
	edge, err := f.stage(up, down)
	noError(t, err)
	got, err := s.DescribeEdge(Context(t), f.id, edge)
	noError(t, err)
	if got == nil || got.ID != edge || got.Flow != f.id || got.Upstream != up || got.Downstream != down || got.Kind != "success_only" ||
		got.Condition != "all_required" || got.DataPassingRef != "result" || got.CreatedBy != "engine" || got.CreatedAt.IsZero() ||
		got.State != "" || len(got.Malformed) != 0 {
		t.Errorf("read %+v", got)
	}
	if flow := f.read(); flow.Edges != 1 || flow.GraphRevision != 3 {
		t.Errorf("%d edges at revision %d", flow.Edges, flow.GraphRevision)
	}
	f.wantState(down, engine.StateWaiting)
	unknown, err := s.DescribeEdge(Context(t), f.id, engine.NewEdgeID())
	noError(t, err)
	if unknown != nil {
		t.Errorf("read an unknown edge: %+v", unknown)
	}
}

func stageStale(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, down := f.member(), f.member()
	_, err := s.StageDependencyEdge(Context(t), engine.StageEdge{
		Flow: f.id, Edge: engine.NewEdgeID(), Upstream: up, Downstream: down, ExpectedRevision: 1,
	})
	wantRefusal(t, "an old revision", err, engine.CodeStaleGraphRevision)
	wantRefusal(t, "an old revision", err, engine.ClassContention)
	revision, err := s.StageDependencyEdge(Context(t), engine.StageEdge{
		Flow: f.id, Edge: engine.NewEdgeID(), Upstream: up, Downstream: down, ExpectedRevision: 2,
	})
	noError(t, err)
	if revision != 3 {
		t.Errorf("the new revision is %d", revision)
	}
}

func stageTwice(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, down := f.member(), f.member()
	edge, err := f.stage(up, down)
	noError(t, err)
	_, err = s.StageDependencyEdge(Context(t), engine.StageEdge{
		Flow: f.id, Edge: edge, Upstream: up, Downstream: down, ExpectedRevision: f.read().GraphRevision,
	})
	wantRefusal(t, "the same id", err, engine.CodeDependencyAlreadyExists)
	wantRefusal(t, "the same id", err, engine.ClassConflict)
	_, err = f.stage(up, down)
	noError(t, err)
}

func stageRefused(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ids := f.members(3)
	_, err := f.stage(ids[0], ids[0])
	wantRefusal(t, "to itself", err, engine.CodeSelfReferencingEdge)
	stranger := s.Partitions().NewFlowMember(f.id)
	_, err = f.stage(ids[0], stranger)
	wantRefusal(t, "to a stranger", err, engine.CodeExecutionNotInFlow)
	_, err = f.stage(stranger, ids[0])
	wantRefusal(t, "from a stranger", err, engine.CodeExecutionNotInFlow)
	f.wire(ids[0], ids[1])
	f.wire(ids[1], ids[2])
	_, err = f.stage(ids[2], ids[0])
	wantRefusal(t, "in a circle", err, engine.CodeCycleDetected)
	_, err = s.StageDependencyEdge(Context(t), engine.StageEdge{Flow: f.id, Edge: "x", Upstream: ids[0], Downstream: ids[2]})
	wantRefusal(t, "without an id", err, engine.ClassValidation)
}

func listEdges(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ids := f.members(4)
	first, second, third := f.wire(ids[0], ids[1]), f.wire(ids[0], ids[2]), f.wire(ids[1], ids[2])
	tests := []struct {
		node engine.ExecutionID
		side engine.EdgeDirection
		want []engine.EdgeID
	}{
		{ids[0], engine.EdgesOut, []engine.EdgeID{first, second}},
		{ids[0], engine.EdgesIn, nil},
		{ids[2], engine.EdgesIn, []engine.EdgeID{second, third}},
		{ids[3], engine.EdgesIn, nil},
		{ids[3], engine.EdgesOut, nil},
	}
	for _, test := range tests {
		edges, err := s.ListEdges(Context(t), f.id, test.node, test.side)
		noError(t, err)
		var got []engine.EdgeID
		for _, e := range edges {
			got = append(got, e.ID)
			if e.State != engine.EdgeUnsatisfied {
				t.Errorf("an applied edge is %q", e.State)
			}
		}
		slices.Sort(got)
		slices.Sort(test.want)
		if !slices.Equal(got, test.want) {
			t.Errorf("got %v, want %v", got, test.want)
		}
	}
}

func allOf(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ups, child := f.members(2), f.member()
	for _, up := range ups {
		f.wire(up, child)
	}
	f.wantState(child, engine.StateWaitingChildren)
	f.succeed(ups[0], "")
	f.wantState(child, engine.StateWaitingChildren)
	f.succeed(ups[1], "")
	f.wantState(child, engine.StateWaiting)
	group := f.read().EdgeGroups
	if len(group) != 1 || group[0].State != engine.GroupSatisfied || group[0].Explicit || group[0].Policy.Kind != engine.PolicyAllOf {
		t.Errorf("groups: %+v", group)
	}
	if n := f.cascade(ups[1]); n != 1 {
		t.Errorf("a second telling looked at %d edges", n)
	}
	f.wantState(child, engine.StateWaiting)
}

func passResult(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, child := f.member(), f.member()
	f.wire(up, child)
	f.succeed(up, "\xff\x00 from upstream")
	read, err := s.ReadExecutionContext(Context(t), child)
	noError(t, err)
	if string(read.Payload) != "\xff\x00 from upstream" {
		t.Errorf("payload %q", read.Payload)
	}
}

func skipChain(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ids := f.members(5)
	for i := range ids[1:] {
		f.wire(ids[i], ids[i+1])
	}
	f.fail(ids[0])
	for _, id := range ids[1:] {
		f.wantState(id, engine.StateSkipped)
	}
}

func applyTwice(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, child := f.member(), f.member()
	edge := f.wire(up, child)
	_, applied, err := s.ApplyDependencyToChild(Context(t), engine.ApplyEdge{Flow: f.id, Edge: edge, Upstream: up, Downstream: child})
	noError(t, err)
	if applied {
		t.Error("applied twice")
	}
	other := f.member()
	second, err := f.stage(other, child)
	noError(t, err)
	n, applied, err := s.ApplyDependencyToChild(Context(t), engine.ApplyEdge{Flow: f.id, Edge: second, Upstream: other, Downstream: child})
	noError(t, err)
	if n != 2 || !applied {
		t.Errorf("%d unsatisfied, applied %v", n, applied)
	}
	unknown := s.Partitions().NewFlowMember(f.id)
	_, _, err = s.ApplyDependencyToChild(Context(t), engine.ApplyEdge{Flow: f.id, Edge: edge, Upstream: up, Downstream: unknown})
	wantRefusal(t, "an unknown child", err, engine.ClassNotFound)
}

func anyOfFires(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ups, child := f.members(3), f.member()
	f.policy(child, engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.LetRun})
	for _, up := range ups {
		f.wire(up, child)
	}
	f.fail(ups[0])
	f.wantState(child, engine.StateWaitingChildren)
	f.succeed(ups[1], "")
	f.wantState(child, engine.StateWaiting)
	f.fail(ups[2])
	f.wantState(child, engine.StateWaiting)
	group := f.read().EdgeGroups[0]
	if group.State != engine.GroupSatisfied || group.Succeeded != 1 || group.Failed != 2 || group.SatisfiedAt.IsZero() {
		t.Errorf("group: %+v", group)
	}
}

func quorumFires(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ups, child := f.members(3), f.member()
	f.policy(child, engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun})
	for _, up := range ups {
		f.wire(up, child)
	}
	f.succeed(ups[0], "")
	f.wantState(child, engine.StateWaitingChildren)
	f.succeed(ups[2], "")
	f.wantState(child, engine.StateWaiting)
}

func quorumFails(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ups, child, after := f.members(3), f.member(), f.member()
	f.policy(child, engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun})
	for _, up := range ups {
		f.wire(up, child)
	}
	f.wire(child, after)
	f.fail(ups[0])
	f.wantState(child, engine.StateWaitingChildren)
	f.fail(ups[1])
	f.wantState(child, engine.StateSkipped)
	f.wantState(after, engine.StateSkipped)
}

func siblingGroups(t *testing.T, s Subject, f *testFlow) []engine.SiblingGroup {
	t.Helper()
	groups, err := s.PendingSiblingCancels(Context(t), f.partition(), 10)
	noError(t, err)
	return groups
}

func cancelRemaining(t *testing.T, s Subject) {
	ctx, f := Context(t), newFlow(t, s)
	ups, child := f.members(3), f.member()
	f.policy(child, engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.CancelRemaining})
	for _, up := range ups {
		f.wire(up, child)
	}
	f.start(ups[1])
	f.succeed(ups[0], "")
	groups := siblingGroups(t, s, f)
	if len(groups) != 1 || groups[0].Flow != f.id || groups[0].Downstream != child || !groups[0].Flagged ||
		groups[0].Reason != "sibling_quorum_satisfied" || len(groups[0].Members) != 2 || slices.Contains(groups[0].Members, ups[0]) {
		t.Fatalf("groups: %+v", groups)
	}
	if !f.read().EdgeGroups[0].CancelPending {
		t.Error("the group owes no cancels")
	}
	action, err := s.ReconcileSiblingCancelGroup(ctx, groups[0])
	noError(t, err)
	if action != "no_op" {
		t.Errorf("while they run: %s", action)
	}
	for _, id := range groups[0].Members {
		_, err := s.CancelExecution(ctx, id, groups[0].Reason, engine.CancelByOperator)
		noError(t, err)
	}
	action, err = s.ReconcileSiblingCancelGroup(ctx, groups[0])
	noError(t, err)
	if action != "completed_drain" {
		t.Errorf("when they are over: %s", action)
	}
	noError(t, s.DrainSiblingCancelGroup(ctx, groups[0]))
	if left := siblingGroups(t, s, f); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func letRun(t *testing.T, s Subject) {
	f := newFlow(t, s)
	ups, child := f.members(2), f.member()
	f.policy(child, engine.EdgePolicy{Kind: engine.PolicyAnyOf, OnSatisfied: engine.LetRun})
	for _, up := range ups {
		f.wire(up, child)
	}
	f.succeed(ups[0], "")
	if groups := siblingGroups(t, s, f); len(groups) != 0 {
		t.Errorf("owed: %+v", groups)
	}
}

func policyFixed(t *testing.T, s Subject) {
	f := newFlow(t, s)
	child := f.member()
	two := engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 2, OnSatisfied: engine.LetRun}
	three := engine.EdgePolicy{Kind: engine.PolicyQuorum, K: 3, OnSatisfied: engine.LetRun}
	f.policy(child, two)
	f.policy(child, three)
	set, err := s.SetEdgeGroupPolicy(Context(t), f.id, child, three)
	noError(t, err)
	if set {
		t.Error("the same policy is set twice")
	}
	f.wire(f.member(), child)
	_, err = s.SetEdgeGroupPolicy(Context(t), f.id, child, two)
	wantRefusal(t, "after an edge is applied", err, engine.ClassValidation)
}

func policyRefused(t *testing.T, s Subject) {
	f := newFlow(t, s)
	child := f.member()
	for want, policy := range map[string]engine.EdgePolicy{
		"quorum k must be >= 1":              {Kind: engine.PolicyQuorum, OnSatisfied: engine.LetRun},
		"quorum k exceeds supported maximum": {Kind: engine.PolicyQuorum, K: 1 << 31, OnSatisfied: engine.LetRun},
		"on_satisfied required":              {Kind: engine.PolicyAnyOf},
		"unsupported_policy_variant: most":   {Kind: "most"},
	} {
		_, err := s.SetEdgeGroupPolicy(Context(t), f.id, child, policy)
		wantRefusal(t, want, err, engine.ClassValidation)
		if err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}

func evaluate(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, child, failed := f.member(), f.member(), f.member()
	want := func(id engine.ExecutionID, status string) {
		t.Helper()
		got, err := s.EvaluateFlowEligibility(Context(t), id)
		noError(t, err)
		if got != status {
			t.Errorf("it is %s, want %s", got, status)
		}
	}
	want(s.Partitions().NewFlowMember(f.id), "not_found")
	want(up, "eligible")
	f.wire(up, child)
	want(child, "blocked_by_dependencies")
	f.start(failed)
	want(failed, "not_runnable")
	f.succeed(up, "")
	want(child, "eligible")
	want(up, "not_runnable")
}

func reconcile(t *testing.T, s Subject) {
	ctx, f := Context(t), newFlow(t, s)
	up, child, after := f.member(), f.member(), f.member()
	f.wire(up, child)
	f.wire(child, after)
	f.start(up)
	noError(t, s.CompleteExecution(ctx, up, nil, nil, engine.CancelByOperator))
	blocked, err := s.BlockedByDependencies(ctx, f.partition(), "default", 0, 10)
	noError(t, err)
	if len(blocked) != 2 {
		t.Errorf("blocked: %v", blocked)
	}
	for _, want := range []int{1, 0} {
		n, err := s.ReconcileDependencies(ctx, child)
		noError(t, err)
		if n != want {
			t.Errorf("%d resolved, want %d", n, want)
		}
	}
	f.wantState(child, engine.StateWaiting)
	f.wantState(after, engine.StateWaitingChildren)
}

func promote(t *testing.T, s Subject) {
	ctx, f := Context(t), newFlow(t, s)
	child, parent := f.member(), f.member()
	f.wire(child, parent)
	f.succeed(child, "")
	claimed := tryClaim(t, s, "default")
	wantClaimed(t, claimed, parent)
	noError(t, s.WaitChildren(ctx, claimed.Handle))
	f.wantState(parent, engine.StateWaitingChildren)
	n, err := s.ReconcileDependencies(ctx, parent)
	noError(t, err)
	if n != 1 {
		t.Errorf("%d released", n)
	}
	f.wantState(parent, engine.StateWaiting)
	wantRefusal(t, "releasing it twice", s.PromoteBlocked(ctx, parent), engine.CodeNotBlockedByDeps)
}

func promoteRefused(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, child := f.member(), f.member()
	f.wire(up, child)
	wantRefusal(t, "what waits", s.PromoteBlocked(Context(t), child), engine.CodeDepsNotSatisfied)
	wantRefusal(t, "an unknown one", s.PromoteBlocked(Context(t), s.Partitions().NewFlowMember(f.id)), engine.ClassNotFound)
	f.start(up)
	wantRefusal(t, "what runs", s.PromoteBlocked(Context(t), up), engine.CodeNotRunnable)
}

func resolveUnapplied(t *testing.T, s Subject) {
	f := newFlow(t, s)
	up, child := f.member(), f.member()
	edge, err := f.stage(up, child)
	noError(t, err)
	_, err = s.ResolveDependency(Context(t), engine.ResolveEdge{
		Flow: f.id, Edge: edge, Upstream: up, Downstream: child, Outcome: engine.OutcomeFailed, Now: time.Now(),
	})
	wantRefusal(t, "it", err, engine.CodeInvalidDependency)
	f.wantState(child, engine.StateWaiting)
}
