package valkey

import (
	"strconv"
	"testing"
	"time"

	"ffboard/engine"
)

func TestFlowFabricsStreamsAreRead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		frames, summaries := 0, 0
		streams := x.storedStreams()
		for _, ref := range streams {
			meta, err := b.StreamMeta(x.ctx, ref.Execution, ref.Attempt)
			x.must(err)
			page, err := b.ReadStream(x.ctx, ref.Execution, ref.Attempt, "", "", 1000)
			x.must(err)
			summary, err := b.ReadSummary(x.ctx, ref.Execution, ref.Attempt)
			x.must(err)
			if summary != nil {
				summaries++
			}
			frames += len(page.Frames)
			if len(meta.Malformed) > 0 || meta.ClosedReason != page.ClosedReason || uint64(len(page.Frames)) > meta.FrameCount {
				t.Errorf("%v: meta %+v, page closed %q", ref, meta, page.ClosedReason)
			}
			for _, f := range page.Frames {
				if f.Type == "" || f.SentAt.IsZero() || len(f.Extra) > 0 {
					t.Errorf("%v: frame %+v", ref, f)
				}
			}
		}
		if len(streams) < 10 || frames < 20 || summaries < 3 {
			t.Errorf("only %d streams, %d frames, %d summaries", len(streams), frames, summaries)
		}
		rows, err := b.StreamRows(x.ctx, nil, 100)
		x.must(err)
		for _, row := range rows {
			if row.Row.Missing || row.FrameCount == 0 {
				t.Errorf("row %+v", row)
			}
		}
	})
}

// storedStreams lists every stream of a deployment that was ever opened.
func (x bench) storedStreams() []engine.StreamRef {
	x.Helper()
	keys, err := x.rdb.Keys(x.ctx, "ff:stream:*:meta").Result()
	x.must(err)
	var refs []engine.StreamRef
	for _, key := range keys {
		fields, err := x.rdb.HGetAll(x.ctx, key).Result()
		x.must(err)
		attempt, err := strconv.ParseUint(fields["attempt_index"], 10, 32)
		x.must(err)
		refs = append(refs, engine.StreamRef{Execution: engine.ExecutionID(fields["execution_id"]), Attempt: uint32(attempt)})
	}
	return refs
}

// allExecutions lists every execution of a deployment.
func (x bench) allExecutions() []engine.ExecutionID {
	x.Helper()
	var ids []engine.ExecutionID
	for p := range x.Partitions().FlowPartitions() {
		members, err := x.rdb.SMembers(x.ctx, partitionKeys(p).allExecutions()).Result()
		x.must(err)
		for _, member := range members {
			id, err := engine.ParseExecutionID(member)
			if err == nil {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func TestFlowFabricsBudgetsAndQuotasAreRead(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		budgets, quotas := 0, 0
		for p := range b.Partitions().BudgetPartitions() {
			for _, member := range b.rdb.SMembers(x.ctx, partitionKeys(p).budgetPolicies()).Val() {
				budget, err := engine.ParseBudgetID(member)
				if err != nil || b.Partitions().OfBudget(budget) != p {
					continue // some of FlowFabric's tests name budgets freely, or count partitions otherwise
				}
				status, err := b.BudgetStatus(x.ctx, budget)
				x.must(err)
				if len(status.Malformed) > 0 || status.CreatedAt.IsZero() || status.ScopeType == "" {
					t.Errorf("status %+v", status)
				}
				_, err = b.ReadBudgetLimits(x.ctx, budget)
				x.must(err)
				budgets++
			}
			_, err := b.ReconcileBudgets(x.ctx, p, x.now())
			x.must(err)
		}
		for p := range b.Partitions().QuotaPartitions() {
			for _, member := range b.rdb.SMembers(x.ctx, partitionKeys(p).quotaPolicies()).Val() {
				policy, err := engine.ParseQuotaPolicyID(member)
				if err != nil {
					continue
				}
				read, err := b.ReadQuotaPolicyLimits(x.ctx, policy)
				x.must(err)
				if read == nil || read.CreatedAt.IsZero() {
					t.Errorf("policy %+v", read)
				}
				quotas++
			}
			_, err := b.ReconcileQuotas(x.ctx, p, x.now())
			x.must(err)
		}
		if budgets < 5 || quotas < 1 {
			t.Errorf("only %d budgets, %d quotas", budgets, quotas)
		}
	})
}

func TestFlowFabricsLanesAreCountedAndListed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		counted := 0
		for _, id := range x.allExecutions() {
			b.sawLane(engine.LaneID(x.core(id, "lane_id")))
		}
		var d engine.Depths
		for d.Covered < d.Of || d.Of == 0 {
			var err error
			d, err = b.Depths(x.ctx)
			x.must(err)
		}
		for _, lane := range d.Lanes {
			for idx, n := range lane.ByIndex {
				rows, err := b.LaneExecutions(x.ctx, lane.Lane, idx, n+1)
				x.must(err)
				if len(rows) != n {
					t.Errorf("%s %s: %d rows, %d counted", lane.Lane, idx, len(rows), n)
				}
				counted += n
			}
		}
		if counted < 100 {
			t.Errorf("only %d counted", counted)
		}
	})
}

func TestOneOfFlowFabricsEligibleExecutionsIsClaimed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.loadFixture()
		x.must(b.rdb.FunctionLoadReplace(x.ctx, Library()).Err())
		for _, id := range x.allExecutions() {
			if x.core(id, "eligibility_state") != string(engine.EligibleNow) || x.core(id, "required_capabilities") != "" {
				continue
			}
			claimed, err := b.Claim(x.ctx, engine.ClaimRequest{
				Lane: engine.LaneID(x.core(id, "lane_id")), Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
			})
			x.must(err)
			if claimed == nil || x.core(claimed.Handle.ExecutionID, "current_worker_id") != string(testWorker) {
				t.Errorf("claimed %+v", claimed)
			}
			return
		}
		t.Error("none is eligible")
	})
}
