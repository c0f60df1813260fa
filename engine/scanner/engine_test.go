package scanner

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
)

func TestTheSecondEngineTakesOverWhenTheFirstIsGone(t *testing.T) {
	for name, c := range map[string]struct {
		clean bool
		most  time.Duration
	}{
		"it was stopped": {clean: true, most: shareKeep + time.Second},
		"it was killed":  {clean: false, most: shareTTL + shareKeep + time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				stop := start(t, f, quiet())
				synctest.Wait()
				other := scopeOf(t, f, quiet(func(c *Config) { c.Name = "two" }))
				if other.shares.holds(engine.Partition{Family: engine.FamilyFlow}) {
					t.Fatal("two engines hold one partition")
				}
				if c.clean {
					stop()
				} else {
					f.mu.Lock()
					clear(f.owners) // as when their time is over
					f.mu.Unlock()
				}
				other.shares.takeAll(t.Context())
				for p := range f.partitions.FlowPartitions() {
					if !other.shares.holds(p) {
						t.Errorf("nobody holds %s", p.Tag())
					}
				}
				stop()
			})
		})
	}
}

func TestAShareIsGivenUpWhenTheServerDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		s := scopeOf(t, f, quiet())
		s.shares.hold = func(context.Context, string, string, time.Duration) (bool, string, error) {
			return false, "", engine.Transport("hold_share", errors.New("connection refused"))
		}
		p := engine.Partition{Family: engine.FamilyFlow}
		time.Sleep(shareTTL - time.Second)
		s.shares.takeAll(t.Context())
		if !s.shares.holds(p) {
			t.Fatal("given up too early")
		}
		time.Sleep(2 * time.Second)
		if s.shares.holds(p) {
			t.Fatal("held for ever")
		}
	})
}

func TestACompletionIsCascadedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		defer start(t, f, quiet())()
		time.Sleep(time.Second)
		flow := engine.NewFlowID()
		f.feed <- engine.Completion{Execution: f.partitions.NewFlowMember(flow), Flow: flow, Outcome: "success"}
		synctest.Wait()
		if n := f.count("CascadeCompletion"); n != 1 {
			t.Fatalf("%d cascades", n)
		}
	})
}

func TestAfterALossEveryBlockedExecutionIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		flow := engine.NewFlowID()
		const blocked = dependenciesPerPass + 700
		for range blocked {
			id := f.partitions.NewFlowMember(flow)
			ref := engine.IndexRef{Partition: id.Partition(), Lane: "default", Name: engine.IndexName(engine.IndexBlockedDependencies)}
			f.put(ref, string(id), time.Now())
		}
		defer start(t, f, quiet())()
		time.Sleep(time.Minute)
		before := f.count("ReconcileDependencies")
		f.feed <- engine.Completion{Lost: true}
		synctest.Wait()
		if n := f.count("ReconcileDependencies") - before; n < blocked {
			t.Fatalf("%d of %d looked at", n, blocked)
		}
	})
}

func TestWhileNothingIsMissedTheSafetyNetIsThrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		flow := engine.NewFlowID()
		for range 3000 {
			id := f.partitions.NewFlowMember(flow)
			ref := engine.IndexRef{Partition: id.Partition(), Lane: "default", Name: engine.IndexName(engine.IndexBlockedDependencies)}
			f.put(ref, string(id), time.Now())
		}
		defer start(t, f, quiet())()
		time.Sleep(time.Minute)
		before := f.count("ReconcileDependencies")
		time.Sleep(15 * 6 * time.Second)
		n := f.count("ReconcileDependencies") - before
		if n > 7*dependenciesPerPass || n < 4*dependenciesPerPass {
			t.Fatalf("%d looked at in six passes", n)
		}
	})
}

func TestQ199APanicInACascadeDoesNotEndTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		defer start(t, f, quiet())()
		time.Sleep(time.Second)
		flow := engine.NewFlowID()
		bad := f.partitions.NewFlowMember(flow)
		f.failing[string(bad)] = errors.New("boom")
		f.feed <- engine.Completion{Execution: bad, Flow: flow}
		f.feed <- engine.Completion{Execution: f.partitions.NewFlowMember(flow), Flow: flow}
		synctest.Wait()
		if n := f.count("CascadeCompletion"); n != 2 {
			t.Fatalf("%d cascades", n)
		}
	})
}

func TestASubscriptionThatEndsIsMadeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		defer start(t, f, quiet())()
		time.Sleep(time.Second)
		close(f.feed)
		time.Sleep(10 * time.Second)
		if n := f.count("SubscribeCompletions"); n < 5 {
			t.Fatalf("%d subscriptions", n)
		}
	})
}

// scripted is a scanner whose passes do what they are told.
type scripted func(ctx context.Context) (Report, error)

func (s scripted) runOnce(ctx context.Context) (Report, error) { return s(ctx) }

func runLoop(t *testing.T, every time.Duration, s scanner) (passes *atomic.Int32) {
	t.Helper()
	passes = &atomic.Int32{}
	l := &loop{
		name: "scripted", every: every, scanner: s, wake: make(chan struct{}, 1), log: quiet().Logger,
		observe: func(Pass) { passes.Add(1) },
		now:     func(context.Context) (time.Time, error) { return time.Now(), nil },
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go l.run(ctx)
	return passes
}

// lasting is a pass that takes its time, unless it is told to end.
func lasting(d time.Duration) scripted {
	return func(ctx context.Context) (Report, error) {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
		return Report{}, nil
	}
}

func TestALoop(t *testing.T) {
	for name, c := range map[string]struct {
		pass scripted
		want int32 // passes in a minute at an interval of 10 s
	}{
		"runs at its interval":           {func(context.Context) (Report, error) { return Report{}, nil }, 6},
		"goes on after an error":         {func(context.Context) (Report, error) { return Report{}, errors.New("no") }, 6},
		"goes on after a panic":          {func(context.Context) (Report, error) { panic("boom") }, 6},
		"counts from the pass's start":   {lasting(4 * time.Second), 6},
		"never overlaps itself":          {lasting(15 * time.Second), 4},
		"wakes for what is known as due": {func(context.Context) (Report, error) { return Report{next: time.Now().Add(time.Second)}, nil }, 60},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				passes := runLoop(t, 10*time.Second, c.pass)
				time.Sleep(time.Minute)
				synctest.Wait()
				if n := passes.Load(); n < c.want-1 || n > c.want {
					t.Fatalf("%d passes, want %d", n, c.want)
				}
			})
		})
	}
}

func TestAConfigurationThatCannotWorkIsRefused(t *testing.T) {
	for name, cfg := range map[string]Config{
		"an interval of nobody":  {Intervals: map[string]time.Duration{"lease_expiri": time.Second}},
		"an interval of nothing": {Intervals: map[string]time.Duration{LeaseExpiry: time.Millisecond}},
		"a lane with a bad name": {Lanes: []engine.LaneID{"\n"}},
	} {
		if _, err := New(newFake(), cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
