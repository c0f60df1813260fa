package valkey

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/engine/enginetest"
)

// next waits for one completion, and takes away when it was heard of.
func next(t *testing.T, completions <-chan engine.Completion) engine.Completion {
	t.Helper()
	select {
	case c, open := <-completions:
		if !open {
			t.Fatal("the stream ended")
		}
		if !c.Lost && time.Since(c.At).Abs() > time.Minute {
			t.Errorf("heard of at %v", c.At)
		}
		c.At = time.Time{}
		return c
	case <-time.After(20 * time.Second):
		t.Fatal("no completion came")
		return engine.Completion{}
	}
}

func TestQ168AllOutcomesAreKnown(t *testing.T) {
	const id, flow = "{fp:1}:6f0c1d52-0c1e-4a53-9a55-0d7a2f7b9c11", "b7a1e0c4-3f0d-4d0e-8a7b-1f5f2c9f4e21"
	for word, want := range map[string]string{
		"success": "success", "failed": "failed", "failure": "failed", "cancelled": "cancelled", "expired": "expired", "skipped": "skipped",
		"": "", "new word": "new word",
	} {
		c, ok := parseCompletion(`{"flow_id":"` + flow + `","outcome":"` + word + `","execution_id":"` + id + `","more":1}`)
		if !ok || c.Outcome != want || c.Execution != id || c.Flow != flow || time.Since(c.At) > time.Second {
			t.Errorf("%q became %+v", word, c)
		}
	}
	for _, junk := range []string{"", "x", "null", "[]", `{"execution_id":"` + id + `"}`, `{"execution_id":"x","flow_id":"` + flow + `"}`} {
		if c, ok := parseCompletion(junk); ok {
			t.Errorf("%q became %+v", junk, c)
		}
	}
}

func TestCompletionsReachEverySubscriber(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		first, err := b.SubscribeCompletions(f.ctx)
		f.must(err)
		second, err := b.SubscribeCompletions(f.ctx)
		f.must(err)
		f.must(b.rdb.Publish(f.ctx, channelCompletions, "junk").Err())
		id := f.member()
		f.succeed(id, "out")
		for _, completions := range []<-chan engine.Completion{first, second} {
			want := engine.Completion{Execution: id, Flow: f.flow, Outcome: "success"}
			if got := next(t, completions); got != want {
				t.Errorf("got %+v", got)
			}
		}
	})
}

func TestQ169WhatWasMissedWhileTheConnectionWasLostIsReported(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		id := f.member()
		conns := &recordedConns{}
		b.rdb.AddHook(conns)
		completions, err := b.SubscribeCompletions(f.ctx)
		f.must(err)
		conns.closeAll()
		f.succeed(id, "out")
		lost, found := false, false
		for !lost || !found {
			c := next(t, completions)
			lost = lost || c.Lost
			found = found || c == engine.Completion{Execution: id, Flow: f.flow, Outcome: "success"}
		}
	})
}

// recordedConns are the connections that a client makes.
type recordedConns struct {
	mu    sync.Mutex
	conns []net.Conn
}

func (r *recordedConns) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.conns = append(r.conns, conn)
		return conn, err
	}
}

func (r *recordedConns) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

func (r *recordedConns) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

func (r *recordedConns) closeAll() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range r.conns {
		_ = conn.Close()
	}
}

func TestEndedSinceFindsMembersThatEndedOnAnyLane(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		f := newFlowBench(t, b)
		before := time.Now().Add(-time.Minute)
		gpu := f.member(func(req *engine.CreateExecution) { req.Lane = "gpu" })
		plain := f.member()
		_, err := b.CancelExecution(f.ctx, gpu, "", engine.CancelByOperator)
		f.must(err)
		f.fail(plain)
		solo := engine.CreateExecution{ID: b.Partitions().NewSolo(engine.DefaultLane), Lane: engine.DefaultLane}
		_, err = b.CreateExecution(f.ctx, solo)
		f.must(err)
		f.succeed(solo.ID, "out")

		ended, err := b.endedSince(f.ctx, before)
		f.must(err)
		outcomes := map[engine.ExecutionID]string{}
		for _, c := range ended {
			outcomes[c.Execution] = c.Outcome
		}
		if len(ended) != 2 || outcomes[gpu] != "cancelled" || outcomes[plain] != "failed" {
			t.Errorf("ended: %+v", ended)
		}
		ended, err = b.endedSince(f.ctx, time.Now().Add(time.Minute))
		f.must(err)
		if len(ended) != 0 {
			t.Errorf("ended in the future: %+v", ended)
		}
	})
}

func TestQ170ACompletionFeedEndsWithItsContext(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		ctx, cancel := context.WithCancel(enginetest.Context(t))
		completions, err := b.SubscribeCompletions(ctx)
		if err != nil {
			t.Fatal(err)
		}
		ended := time.Now()
		cancel()
		for range completions {
		}
		if took := time.Since(ended); took > 100*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		enginetest.Eventually(t, "the connection is closed", func() bool {
			n := b.rdb.PubSubNumSub(t.Context(), channelCompletions).Val()[channelCompletions]
			return n == 0
		})
	})
}
