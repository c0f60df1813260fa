package valkey

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/engine/enginetest"
	"ffboard/valkey/embedded/clustertest"
)

// standalone is a server that can be killed and started again, for one test.
func standalone(t *testing.T) *clustertest.Standalone {
	t.Helper()
	s, err := clustertest.StartStandalone(t.Context())
	if errors.Is(err, clustertest.ErrNoServer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// killSaved kills a server that finds all it held when it is started again.
func killSaved(x bench, s *clustertest.Standalone) {
	x.Helper()
	x.must(x.rdb.Save(x.ctx).Err())
	x.must(s.Kill())
}

func (x bench) restart(s *clustertest.Standalone) {
	x.Helper()
	x.must(s.Restart(x.ctx))
	enginetest.Eventually(x.T, "the server answers again", func() bool { return x.Ping(x.ctx) == nil })
}

func TestWhileTheServerIsAwayCallsFailAtOnceAndWorkAgainAfterwards(t *testing.T) {
	t.Parallel()
	s := standalone(t)
	x := newBench(t, newDeployment(t, Target{Socket: s.Socket()}))
	flow := x.newFlow()
	h := x.working()
	killSaved(x, s)

	calls := reads(h.ExecutionID, flow)
	calls["CreateExecution"] = func(ctx context.Context, b *Backend) error {
		_, err := b.CreateExecution(ctx, engine.CreateExecution{ID: b.Partitions().NewSolo("default"), Lane: "default"})
		return err
	}
	calls["Claim"] = func(ctx context.Context, b *Backend) error {
		_, err := b.Claim(ctx, engine.ClaimRequest{Lane: "default", Worker: "w", WorkerInstance: "i", LeaseTTL: time.Minute})
		return err
	}
	calls["Renew"] = func(ctx context.Context, b *Backend) error {
		_, err := b.Renew(ctx, h)
		return err
	}
	began := time.Now()
	for range 2 {
		for name, call := range calls {
			if err := call(x.ctx, x.Backend); !errors.Is(err, engine.ClassTransport) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("failing took %v", took)
	}
	// By now every connection is known to be gone, so nothing was sent and the caller may try again.
	if err := calls["CreateExecution"](x.ctx, x.Backend); !engine.Retryable(err) {
		t.Errorf("not to be tried again: %v", err)
	}

	x.restart(s)
	for name, call := range calls {
		ctx, cancel := context.WithCancel(x.ctx)
		if err := call(ctx, x.Backend); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
	x.must(x.Complete(x.ctx, h, []byte("done")))
}

func TestASilentServerFailsACallWhenItsTimeIsUp(t *testing.T) {
	t.Parallel()
	s := standalone(t)
	x := newBench(t, newDeployment(t, Target{Socket: s.Socket()}))
	h := x.working()
	x.must(x.rdb.Do(x.ctx, "client", "pause", "60000", "all").Err())
	ctx, cancel := context.WithTimeout(x.ctx, 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	err := x.Complete(ctx, h, nil)
	if e := (*engine.Error)(nil); !errors.As(err, &e) || e.Class != engine.ClassTransport || e.Fault != engine.FaultUncertain {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestACompletionFeedOutlivesItsServer(t *testing.T) {
	t.Parallel()
	s := standalone(t)
	x := newBench(t, newDeployment(t, Target{Socket: s.Socket()}))
	flow := x.newFlow()
	member := func() engine.Handle {
		id := x.submit(inFlow(x, flow))
		x.join(flow, id)
		return x.claim(id)
	}
	before, during, after := member(), member(), member()
	ctx, cancel := context.WithCancel(x.ctx)
	defer cancel()
	completions, err := x.SubscribeCompletions(ctx)
	x.must(err)
	x.must(x.Complete(x.ctx, before, nil))
	if c := next(t, completions); c.Execution != before.ExecutionID {
		t.Errorf("got %+v", c)
	}
	killSaved(x, s)
	x.restart(s)
	// Whether the feed is listening again by now or not, it hears of this one: as it happens, or when it looks what it missed.
	x.must(x.Complete(x.ctx, during, nil))
	lost, heard := false, false
	for !lost || !heard {
		c := next(t, completions)
		lost = lost || c.Lost
		heard = heard || c.Execution == during.ExecutionID
	}
	x.must(x.Complete(x.ctx, after, nil))
	for next(t, completions).Execution != after.ExecutionID {
	}
	cancel()
	for range completions {
	}
}

func TestATailOutlivesItsServerWithoutAGap(t *testing.T) {
	t.Parallel()
	s := standalone(t)
	x := newBench(t, newDeployment(t, Target{Socket: s.Socket()}))
	h := x.working()
	say := func(text string) {
		_, err := x.AppendFrame(x.ctx, h, engine.Frame{Payload: []byte(text)})
		x.must(err)
	}
	ctx, cancel := context.WithCancel(x.ctx)
	defer cancel()
	heard, failed := make(chan string), make(chan error)
	go func() {
		q := engine.TailQuery{Execution: h.ExecutionID, Block: 20 * time.Second, Limit: 10}
		for ctx.Err() == nil {
			page, err := x.TailStream(ctx, q)
			if err != nil {
				select {
				case failed <- err:
				case <-ctx.Done():
				case <-time.After(10 * time.Millisecond):
				}
				continue
			}
			q.After = page.LastID
			for _, frame := range page.Frames {
				heard <- string(frame.Payload)
			}
		}
	}()
	wantHeard := func(want string) {
		t.Helper()
		select {
		case got := <-heard:
			if got != want {
				t.Errorf("heard %q, want %q", got, want)
			}
		case <-x.ctx.Done():
			t.Fatalf("%q was never heard", want)
		}
	}
	say("one")
	wantHeard("one")
	killSaved(x, s)
	if err := <-failed; !errors.Is(err, engine.ClassTransport) {
		t.Errorf("while it was away: %v", err)
	}
	x.restart(s)
	say("two")
	say("three")
	wantHeard("two")
	wantHeard("three")
}

func TestAClosedBackendLeavesNoGoroutineBehind(t *testing.T) {
	eachServer(t, func(t *testing.T, shared *Backend) {
		target := shared.target
		before := runtime.NumGoroutine()
		b, err := Connect(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		x := newBench(t, b)
		h := x.working()
		ctx, cancel := context.WithCancel(x.ctx)
		completions, err := b.SubscribeCompletions(ctx)
		x.must(err)
		signals, err := b.SubscribeSignals(ctx, engine.FromNow(h.ExecutionID.Partition()))
		x.must(err)
		_, err = b.TailStream(x.ctx, engine.TailQuery{Execution: h.ExecutionID, Block: 5 * time.Millisecond, Limit: 1})
		x.must(err)
		cancel()
		for range completions {
		}
		for range signals {
		}
		enginetest.Eventually(t, "the tails' shared wait is idle", func() bool { return waitsAreIdle(b) })
		x.must(b.Close())
		enginetest.Eventually(t, "as many goroutines as before", func() bool { return runtime.NumGoroutine() <= before })
	})
}

func waitsAreIdle(b *Backend) bool {
	b.frameWaits.mu.Lock()
	defer b.frameWaits.mu.Unlock()
	for _, wait := range b.frameWaits.waits {
		wait.mu.Lock()
		idle := wait.round > 0 && wait.connID == 0 // the tail may be over before its first round
		wait.mu.Unlock()
		if !idle {
			return false
		}
	}
	return true
}
