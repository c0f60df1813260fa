package valkey

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"ffboard/engine"
)

func TestKeptOfAdmissionBudgetsAndWorkers(t *testing.T) {
	showKept(t, []keptRow{
		{"Q-130", "whatever is blocked for admission is rate limited", func(x bench) {
			id := x.submit()
			_, err := x.Block(x.ctx, engine.BlockRequest{Execution: id, Lane: "default", Reason: engine.WaitingForCapableWorker})
			x.must(err)
			x.wantCore(id, map[string]string{"public_state": "rate_limited", "eligibility_state": "blocked_by_route"})
		}},
		{"Q-132", "what a lane's state blocks cannot be unblocked", func(x bench) {
			id := x.submit()
			x.must(x.rdb.HSet(x.ctx, keysOf(id).core(), "eligibility_state", "blocked_by_lane_state").Err())
			err := x.UnblockExecution(x.ctx, "default", id, engine.WaitingForBudget, time.Time{})
			if !errors.Is(err, engine.CodeExecutionNotEligible) {
				x.Errorf("error %v", err)
			}
		}},
		{"Q-137", "the budgets of a partition share the ids of reports", func(x bench) {
			k := x.newBudget()
			got, err := x.report(k, "1", "tokens", "1", "1000", k.usageDedup("r"))
			x.wantWords(got, err, "1", "OK")
			if stored := x.rdb.Get(x.ctx, "ff:usagededup:"+k.tag+":r").Val(); stored != "1" {
				x.Errorf("stored %q", stored)
			}
		}},
		{"Q-141", "usage at its limit is no breach to a report", func(x bench) {
			k := x.newBudget()
			x.must(x.rdb.HSet(x.ctx, k.usage(), "tokens", "10").Err())
			got, err := x.report(k, "1", "tokens", "0", "1000")
			x.wantWords(got, err, "1", "OK")
			limits, err := x.ReadBudgetLimits(x.ctx, k.id)
			x.must(err)
			if _, _, _, breached := limits.Breach(); !breached {
				x.Error("a claim is not held back by it")
			}
		}},
		{"Q-142", "the next reset counts from the last one", func(x bench) {
			k := x.newBudget(func(req *engine.CreateBudget) { req.ResetInterval = time.Hour })
			late := x.now().Add(3 * time.Second)
			got, err := x.raw("ff_reset_budget", []string{k.definition(), k.usage(), k.partition().budgetResets()}, string(k.id), millis(late))
			x.wantWords(got, err, "1", "OK", millis(late.Add(time.Hour)))
		}},
		{"Q-143", "how a budget is enforced is free text", func(x bench) {
			k := x.newBudget(func(req *engine.CreateBudget) { req.EnforcementMode = "whatever" })
			x.wantHash(k.definition(), map[string]string{"enforcement_mode": "whatever"})
		}},
		{"Q-146", "a report's id outlives what was released", func(x bench) {
			k := x.newBudget()
			spend := engine.Usage{Budget: k.id, Execution: x.Partitions().NewSolo("default"), Deltas: map[string]uint64{"tokens": 1}, DedupKey: "r"}
			for _, want := range []engine.UsageStatus{engine.UsageOK, engine.UsageAlreadyApplied} {
				got, err := x.RecordSpend(x.ctx, spend)
				x.must(err)
				if got.Status != want {
					x.Errorf("%s, want %s", got.Status, want)
				}
				x.must(x.ReleaseBudget(x.ctx, k.id, spend.Execution))
			}
		}},
		{"Q-151", "a worker marked dead keeps its leases", func(x bench) {
			_, err := x.RegisterWorker(x.ctx, engine.Worker{ID: testWorker, Instance: testInstance, Namespace: "ns", LivenessTTL: time.Minute})
			x.must(err)
			h := x.working()
			marked, err := x.MarkWorkerDead(x.ctx, "ns", testInstance, "gone")
			x.must(err)
			if !marked || !x.heldBy(h.ExecutionID, testInstance) {
				x.Errorf("marked %v", marked)
			}
			x.must(x.Complete(x.ctx, h, nil))
		}},
	})
}

func TestKeptOfStreams(t *testing.T) {
	showKept(t, []keptRow{
		{"Q-152", "a frame's fields are in their order", func(x bench) {
			h := x.working()
			for _, frame := range []struct {
				frame engine.Frame
				want  []string
			}{
				{engine.Frame{Type: "log", Payload: []byte("x"), CorrelationID: "c"}, []string{"frame_type", "ts", "payload", "encoding", "source", "mode", "correlation_id"}},
				{engine.Frame{Payload: []byte("{}"), Mode: engine.ModeSummary}, []string{"frame_type", "ts", "payload", "encoding", "source", "mode", "summary_version"}},
				{engine.Frame{Payload: []byte("x"), Mode: engine.ModeBestEffort, TTL: time.Minute, CorrelationID: "c"}, []string{"frame_type", "ts", "payload", "encoding", "source", "mode", "correlation_id", "ttl_ms"}},
			} {
				_, err := x.AppendFrame(x.ctx, h, frame.frame)
				x.must(err)
				entries, err := x.rdb.Do(x.ctx, "xrevrange", keysOf(h.ExecutionID).stream(0), "+", "-", "count", "1").Slice()
				x.must(err)
				var names []string
				for i, word := range entries[0].([]any)[1].([]any) {
					if i%2 == 0 {
						names = append(names, text(word))
					}
				}
				if !slices.Equal(names, frame.want) {
					x.Errorf("fields %v, want %v", names, frame.want)
				}
			}
		}},
		{"Q-156", "a summary frame trims the frames before it", func(x bench) {
			h := x.working()
			for i := range 200 {
				_, err := x.AppendFrame(x.ctx, h, engine.Frame{Payload: fmt.Append(nil, i)})
				x.must(err)
			}
			_, err := x.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte("{}"), Mode: engine.ModeSummary})
			x.must(err)
			if left := x.rdb.XLen(x.ctx, keysOf(h.ExecutionID).stream(0)).Val(); left >= 200 {
				x.Errorf("%d frames are left", left)
			}
			x.wantHash(keysOf(h.ExecutionID).streamMeta(0), map[string]string{"frame_count": "201"})
		}},
		{"Q-162", "the functions that only read are registered as writers", func(x bench) {
			k := keysOf(x.submit())
			if err := x.rdb.Do(x.ctx, "fcall_ro", "ff_read_summary", 1, k.attemptSummary(0)).Err(); err == nil {
				x.Error("a read-only call went through")
			}
			_, err := x.raw("ff_read_summary", []string{k.attemptSummary(0)})
			x.must(err)
		}},
		{"Q-163", "the summary lives beside its attempt", func(x bench) {
			h := x.working()
			_, err := x.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte(`{"a":1}`), Mode: engine.ModeSummary})
			x.must(err)
			if !x.exists("ff:attempt:" + h.ExecutionID.Partition().Tag() + ":" + string(h.ExecutionID) + ":0:summary") {
				x.Error("it does not")
			}
		}},
	})
}
