package valkey

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// end creates an execution and completes it.
func (x bench) end(options ...func(*engine.CreateExecution)) engine.ExecutionID {
	x.Helper()
	id := x.submit(options...)
	x.must(x.Complete(x.ctx, x.claim(id), []byte("result")))
	return id
}

func keptFor(ttl time.Duration) func(*engine.CreateExecution) {
	return withPolicy(engine.ExecutionPolicy{Stream: &engine.StreamPolicy{RetentionTTL: &ttl}})
}

// trim trims lane default on the partition of an execution, as if it were later.
func (x bench) trim(id engine.ExecutionID, later time.Duration, batch int) int {
	x.Helper()
	n, err := x.TrimRetention(x.ctx, id.Partition(), "default", 24*time.Hour, x.now().Add(later), batch)
	x.must(err)
	return n
}

func TestQ195EachExecutionIsKeptAsLongAsItsPolicySays(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		plain, short, long := x.end(), x.end(keptFor(time.Minute)), x.end(keptFor(48*time.Hour))
		for _, step := range []struct {
			later time.Duration
			gone  engine.ExecutionID
		}{
			{time.Second, ""},
			{61 * time.Second, short},
			{25 * time.Hour, plain},
			{49 * time.Hour, long},
		} {
			want := 0
			if step.gone != "" {
				want = 1
			}
			if got := x.trim(plain, step.later, 10); got != want {
				t.Errorf("after %v: %d trimmed, want %d", step.later, got, want)
			}
			if step.gone != "" && x.exists(keysOf(step.gone).core()) {
				t.Errorf("after %v: %s is still there", step.later, step.gone)
			}
		}
	})
}

func TestQ195ALaterExecutionWithAShortRetentionIsSeen(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		first := x.end(keptFor(time.Minute))
		x.trim(first, 0, 10)
		x.end(keptFor(time.Minute))
		if got := x.trim(first, 2*time.Minute, 10); got != 2 {
			t.Errorf("%d trimmed, want 2", got)
		}
	})
}

func TestQ196WhatIsKeptDoesNotHideWhatIsDue(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		var last engine.ExecutionID
		for range 40 {
			last = x.end(keptFor(100 * time.Hour))
		}
		for range 60 {
			last = x.end()
		}
		trimmed := 0
		for n := -1; n != 0; trimmed += n {
			if n = x.trim(last, 25*time.Hour, 25); n > 25 {
				t.Fatalf("a batch of %d", n)
			}
		}
		if trimmed != 60 {
			t.Errorf("%d trimmed, want 60", trimmed)
		}
	})
}

func TestQ197NothingOfATrimmedExecutionIsLeft(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.end(func(req *engine.CreateExecution) {
			req.Payload, req.Tags = []byte("input"), map[string]string{"a.b": "c"}
			req.Deadline = x.now().Add(time.Hour)
		})
		k, part := keysOf(id), keysOf(id).partition()
		pending, attached, signal := engine.NewWaitpointID(), engine.NewWaitpointID(), engine.NewSignalID()
		p := b.rdb.Pipeline()
		for _, key := range []string{
			k.attemptSummary(0), k.streamMeta(0), k.suspensionCurrent(), k.memberMap(), k.depsMeta(), part.waitpoint(attached),
			part.waitpointCondition(attached), part.signal(signal), k.dep("e"),
		} {
			p.HSet(x.ctx, key, "f", "v")
		}
		for _, key := range []string{k.satisfiedSet(), k.depsAllEdges(), k.waitpoints()} {
			p.SAdd(x.ctx, key, map[string]string{k.depsAllEdges(): "e", k.waitpoints(): string(attached)}[key])
		}
		p.HSet(x.ctx, part.waitpoint(pending), "execution_id", string(id), "state", "pending")
		p.ZAdd(x.ctx, part.pendingWaitpointExpiry(), zAt(x.now(), engine.ExecutionID(pending)))
		p.ZAdd(x.ctx, k.signals(), zAt(x.now(), engine.ExecutionID(signal)))
		p.ZAdd(x.ctx, part.lane("default", engine.IndexActive), zAt(x.now(), id))
		p.SAdd(x.ctx, part.workerLeases(testInstance), string(id))
		_, err := p.Exec(x.ctx)
		x.must(err)

		if got := x.trim(id, 25*time.Hour, 10); got != 1 {
			t.Fatalf("%d trimmed", got)
		}
		keys, err := b.rdb.Keys(x.ctx, "*").Result()
		x.must(err)
		for _, key := range keys {
			owned := strings.Contains(key, string(id)) || strings.Contains(key, string(pending)) ||
				strings.Contains(key, string(attached)) || strings.Contains(key, string(signal))
			if owned || strings.Contains(x.members(key), string(id)) || strings.Contains(x.members(key), string(pending)) {
				t.Errorf("%s is left, or holds it", key)
			}
		}
	})
}

// members renders an index for a look at what is in it.
func (x bench) members(key string) string {
	switch kind, _ := x.rdb.Type(x.ctx, key).Result(); kind {
	case "set":
		return fmt.Sprint(x.rdb.SMembers(x.ctx, key).Val())
	case "zset":
		return fmt.Sprint(x.rdb.ZRange(x.ctx, key, 0, -1).Val())
	default:
		return ""
	}
}

func TestARecordWithoutAnEndIsTrimmedByItsPlaceInTheIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.end()
		x.must(b.rdb.HDel(x.ctx, keysOf(id).core(), "completed_at").Err())
		if got := x.trim(id, 25*time.Hour, 10); got != 1 || x.exists(keysOf(id).payload()) {
			t.Errorf("%d trimmed", got)
		}
	})
}

func TestAReplayedExecutionIsNotTrimmed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.end(keptFor(time.Minute))
		x.trim(id, 0, 10)
		_, err := b.ReplayExecution(x.ctx, id)
		x.must(err)
		// An index that still names it, as after a crash half-way.
		x.must(b.rdb.ZAdd(x.ctx, keysOf(id).partition().lane("default", engine.IndexTerminal), zAt(x.now(), id)).Err())
		if got := x.trim(id, 48*time.Hour, 10); got != 0 || !x.exists(keysOf(id).core()) {
			t.Errorf("%d trimmed", got)
		}
	})
}

func TestQ193JunkLeavesTheTerminalIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.end()
		key := keysOf(id).partition().lane("default", engine.IndexTerminal)
		x.must(b.rdb.ZAdd(x.ctx, key, zAt(x.now(), "junk")).Err())
		if got := x.trim(id, 25*time.Hour, 10); got != 1 || x.exists(key) {
			t.Errorf("%d trimmed", got)
		}
	})
}

func TestQ101AnUpstreamTellsItsDependantsBeforeItGoes(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		flow := x.newFlow()
		up, down := x.submit(inFlow(x, flow)), x.submit(inFlow(x, flow))
		x.join(flow, up)
		x.join(flow, down)
		edge := engine.NewEdgeID()
		_, err := b.StageDependencyEdge(x.ctx, engine.StageEdge{Flow: flow, Edge: edge, Upstream: up, Downstream: down, ExpectedRevision: 2})
		x.must(err)
		_, _, err = b.ApplyDependencyToChild(x.ctx, engine.ApplyEdge{Flow: flow, Edge: edge, Upstream: up, Downstream: down, GraphRevision: 3})
		x.must(err)
		x.onlyIn(down, engine.IndexBlockedDependencies)
		x.must(b.Complete(x.ctx, x.claim(up), nil)) // nobody listens
		if got := x.trim(up, 25*time.Hour, 10); got != 1 {
			t.Fatalf("%d trimmed", got)
		}
		x.onlyIn(down, engine.IndexEligible)
	})
}

func TestOwnRetentionReadsWhatAPolicySays(t *testing.T) {
	for _, test := range []struct {
		policy string
		want   time.Duration
		found  bool
	}{
		{``, 0, false},
		{`{}`, 0, false},
		{`{"stream_policy":{"retention_ttl_ms":60000}}`, time.Minute, true},
		{`{"stream_policy":{"retention_ttl_ms":0}}`, 0, true},
		{`{"stream_policy":{"retention_ttl_ms":-1}}`, 0, false},
		{`{"stream_policy":{"retention_ttl_ms":"60000"}}`, 0, false},
		{`{"stream_policy":7}`, 0, false},
		{`nonsense`, 0, false},
		{`{"stream_policy":{"retention_ttl_ms":18446744073709551615}}`, 9223372036854 * time.Millisecond, true},
	} {
		if got, found := ownRetention(test.policy); got != test.want || found != test.found {
			t.Errorf("%s: %v, %v, want %v, %v", test.policy, got, found, test.want, test.found)
		}
	}
}

func FuzzOwnRetention(f *testing.F) {
	f.Add(`{"stream_policy":{"retention_ttl_ms":60000}}`)
	f.Fuzz(func(t *testing.T, policy string) {
		if ttl, _ := ownRetention(policy); ttl < 0 {
			t.Errorf("negative: %v", ttl)
		}
	})
}
