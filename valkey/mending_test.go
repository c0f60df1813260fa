package valkey

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/action"
)

// does carries an action out as a dashboard does, and returns what became of its target.
func (x bench) does(kind action.Kind, name string, target action.Target) action.Outcome {
	x.Helper()
	target.Kind = kind
	states, err := action.Read(x.ctx, x.Backend, []action.Target{target})
	x.must(err)
	a := action.Named(kind, name)
	if why := a.Possible(states[0]); why != "" {
		x.Fatalf("%s: %s", name, why)
	}
	outcome, err := a.Run(x.ctx, x.Backend, states[0], action.Args{})
	x.must(err)
	return outcome
}

func (x bench) mends(name string, id engine.ExecutionID, want engine.LaneIndex) {
	x.Helper()
	if outcome := x.does(action.Execution, name, action.Target{Execution: id}); outcome.Idle {
		x.Errorf("%s: %+v", name, outcome)
	}
	x.onlyIn(id, want)
}

func TestAnOperatorDoesByHandWhatNoEngineDoes(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)

		blocked := x.submit()
		x.parked(blocked)
		x.mends("unblock", blocked, engine.IndexEligible)

		paused := x.submit()
		k := keysOf(paused)
		_, err := x.raw("ff_block_execution_for_admission", []string{
			k.core(), k.partition().lane("default", engine.IndexEligible), k.partition().lane("default", engine.IndexBlockedOperator),
		}, string(paused), string(engine.PausedByOperator), "", "1")
		x.must(err)
		x.mends("unblock", paused, engine.IndexEligible)

		delayed := x.submit(func(req *engine.CreateExecution) { req.DelayUntil = x.now().Add(time.Hour) })
		if outcome := x.does(action.Execution, "promote", action.Target{Execution: delayed}); !outcome.Idle {
			t.Errorf("a delay that is not over: %+v", outcome)
		}
		x.longAgo(delayed, "delay_until")
		x.mends("promote", delayed, engine.IndexEligible)

		lost := x.submit()
		x.must(b.rdb.ZRem(x.ctx, keysOf(lost).partition().lane("default", engine.IndexEligible), string(lost)).Err())
		x.mends("reindex", lost, engine.IndexEligible)
		if outcome := x.does(action.Execution, "reindex", action.Target{Execution: lost}); !outcome.Idle {
			t.Errorf("what is in its index: %+v", outcome)
		}

		f := newFlowBench(t, b)
		child, up := f.member(), f.member()
		f.wire(up, child)
		f.succeed(up, "out")
		x.mends("resolve", child, engine.IndexEligible)

		// An execution that waits for nothing is left by a graph that lost its edges.
		alone := f.member()
		part := keysOf(alone).partition()
		x.must(b.rdb.HSet(x.ctx, keysOf(alone).core(), "eligibility_state", string(engine.BlockedByDependencies),
			"blocking_reason", string(engine.WaitingForChildren), "public_state", string(engine.StateWaitingChildren)).Err())
		x.must(b.rdb.ZRem(x.ctx, part.lane("default", engine.IndexEligible), string(alone)).Err())
		x.must(b.rdb.ZAdd(x.ctx, part.lane("default", engine.IndexBlockedDependencies), redis.Z{Score: 1, Member: string(alone)}).Err())
		x.mends("resolve", alone, engine.IndexEligible)

		group := x.siblings()
		outcome := x.does(action.Flow, "cancel-losers", action.Target{Flow: group.Flow})
		if outcome.Words != "2 losers of 1 group cancelled" {
			t.Errorf("%+v", outcome)
		}
		owed, err := b.PendingSiblingCancels(x.ctx, group.Partition, 10)
		if err != nil || len(owed) > 0 {
			t.Errorf("still owed: %v, %v", owed, err)
		}
		for _, id := range group.Members {
			x.onlyIn(id, engine.IndexTerminal)
		}
	})
}
