package valkey

import (
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

func TestQ194TheProjectorCountsEveryMember(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		p := b.Partitions().OfFlow(f.flow)
		ids := f.members(120)
		setState := func(state string) {
			f.must(b.pipelined(f.ctx, "seed", func(pipe redis.Pipeliner) {
				for _, id := range ids {
					pipe.HSet(f.ctx, keysOf(id).core(), "public_state", state)
				}
			}))
		}
		project := func() bool {
			wrote, err := b.ProjectFlowSummary(f.ctx, p, f.flow, time.Now())
			f.must(err)
			return wrote
		}
		listed := func() bool { return b.rdb.SIsMember(f.ctx, f.k.partition().flowIndex(), string(f.flow)).Val() }

		project()
		f.wantField(f.k.summary(), "total_members", "120")
		f.wantField(f.k.summary(), "sampled_members", "120")
		f.wantField(f.k.summary(), "members_waiting", "120")
		f.wantField(f.k.summary(), "public_flow_state", "open")
		if n := b.rdb.HLen(f.ctx, f.k.summary()).Val(); n != 15 {
			t.Errorf("%d fields", n)
		}
		setState("completed")
		if !project() || listed() {
			t.Error("the finished flow is still in the index")
		}
		f.wantField(f.k.summary(), "public_flow_state", "completed")
		ended, err := b.EndedFlows(f.ctx, p, time.Now().Add(time.Minute), 10)
		f.must(err)
		if !slices.Equal(ended, []engine.FlowID{f.flow}) {
			t.Errorf("ended flows: %v", ended)
		}

		f.must(b.rdb.SAdd(f.ctx, f.k.partition().flowIndex(), string(f.flow)).Err())
		f.must(b.pipelined(f.ctx, "seed", func(pipe redis.Pipeliner) {
			for _, id := range ids {
				pipe.Del(f.ctx, keysOf(id).core())
			}
		}))
		if project() || listed() {
			t.Error("a purged flow is written or listed")
		}
		f.wantField(f.k.summary(), "public_flow_state", "completed")
	})
}

func TestQ194TheProjectorSaysCancelled(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		p := b.Partitions().OfFlow(f.flow)
		id := f.member()
		empty := newFlowBench(t, b)
		for _, flow := range []engine.FlowID{f.flow, empty.flow} {
			_, err := b.CancelFlow(f.ctx, engine.CancelFlow{Flow: flow, Policy: engine.CancelFlowAll})
			f.must(err)
			_, err = b.ProjectFlowSummary(f.ctx, b.Partitions().OfFlow(flow), flow, time.Now())
			f.must(err)
		}
		f.wantField(f.k.summary(), "public_flow_state", "open")
		if b.rdb.SIsMember(f.ctx, empty.k.partition().flowIndex(), string(empty.flow)).Val() {
			t.Error("the cancelled flow without members is still listed")
		}
		_, err := b.CancelExecution(f.ctx, id, "", engine.CancelByOperator)
		f.must(err)
		_, err = b.ProjectFlowSummary(f.ctx, p, f.flow, time.Now())
		f.must(err)
		f.wantField(f.k.summary(), "public_flow_state", "cancelled")
	})
}

func TestQ198AFlowGoesWhenNothingOfItIsLeft(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		p := b.Partitions().OfFlow(f.flow)
		up, child := f.member(), f.member()
		f.policy(child, anyOf(engine.CancelRemaining))
		edge := f.wire(up, child)
		f.resolve(edge, up, child, engine.OutcomeFailed)
		f.must(b.SetFlowTag(f.ctx, f.flow, "team.name", "x"))
		_, err := b.CancelFlow(f.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowAll})
		f.must(err)
		trim := func(keep time.Duration, now time.Time) bool {
			gone, err := b.TrimFlow(f.ctx, p, f.flow, keep, now)
			f.must(err)
			return gone
		}
		later := time.Now().Add(time.Hour)
		if trim(time.Minute, later) {
			t.Fatal("trimmed while members are there")
		}
		f.must(b.rdb.Del(f.ctx, keysOf(up).core(), keysOf(child).core()).Err())
		if trim(2*time.Hour, later) || trim(0, later) {
			t.Fatal("trimmed before its time")
		}
		if !trim(time.Minute, later) {
			t.Fatal("not trimmed")
		}
		left, err := b.rdb.Keys(f.ctx, "ff:flow:*").Result()
		f.must(err)
		if len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		part := f.k.partition()
		for _, key := range []string{part.flowIndex(), part.cancelBacklog(), part.pendingCancelGroups(), part.endedFlows()} {
			if f.exists(key) {
				t.Errorf("%s is still there", key)
			}
		}
	})
}

func TestQ198AFlowThatNobodyCancelledWaitsForMembers(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		p := b.Partitions().OfFlow(f.flow)
		gone, err := b.TrimFlow(f.ctx, p, f.flow, time.Minute, time.Now().Add(time.Hour))
		f.must(err)
		if gone {
			t.Error("an open flow without members was deleted")
		}
		_, err = b.CancelFlow(f.ctx, engine.CancelFlow{Flow: f.flow, Policy: engine.CancelFlowOnly})
		f.must(err)
		gone, err = b.TrimFlow(f.ctx, p, f.flow, time.Minute, time.Now().Add(time.Hour))
		f.must(err)
		if !gone {
			t.Error("a cancelled flow without members stays")
		}
	})
}
