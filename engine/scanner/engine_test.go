package scanner

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
)

func TestTheSecondEngineTakesOverWhenTheFirstIsGone(t *testing.T) {
	for name, clean := range map[string]bool{"it was stopped": true, "it was killed": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				first := scopeOf(t, f, quiet())
				defer start(t, f, quiet(named("two")))()
				time.Sleep(shareTTL - time.Millisecond)
				if n := f.divided()["one"]; n != sliceCount {
					t.Fatalf("the first holds %d of %d", n, sliceCount)
				}
				most := shareKeep + startJitter + minGap
				if clean {
					for slice := range sliceCount {
						first.shares.letGo(t.Context(), slice)
					}
				}
				for range 20 {
					delayed(f, time.Now())
				}
				time.Sleep(most)
				synctest.Wait()
				if n := len(f.actedOn()); n != 20 {
					t.Fatalf("after %v acted on %d of 20 things", most, n)
				}
			})
		})
	}
}

func TestWhatIsDueIsNotLateByMoreThanTenSecondsWhenAnEngineIsKilled(t *testing.T) {
	for name, clustered := range map[string]bool{"single server": false, "cluster": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.clustered = clustered
				defer start(t, f, quiet(named("two")))()
				time.Sleep(time.Minute)
				f.mu.Lock()
				for slice := range sliceCount { // as when the other had renewed them a moment before it was killed
					f.owners[shareName(slice)] = owner{"one", time.Now().Add(shareTTL)}
				}
				f.mu.Unlock()
				due := map[engine.DueIndex]string{}
				for _, index := range []engine.DueIndex{engine.DueLeaseExpiry, engine.DueAttemptTimeout, engine.DueDeadline,
					engine.DueSuspensionTimeout, engine.DuePendingWaitpoint} {

					id := f.partitions.NewFlowMember(engine.NewFlowID())
					due[index] = string(id)
					if index == engine.DuePendingWaitpoint {
						due[index] = string(engine.NewWaitpointID())
					}
					f.put(engine.IndexRef{Partition: id.Partition(), Name: engine.IndexName(index)}, due[index], time.Now().Add(2*time.Second))
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
				for index, member := range due {
					if !slices.Contains(f.actedOn(), member) {
						t.Errorf("nobody handled what was due in %s", index)
					}
				}
			})
		})
	}
}

func TestEnginesDivideThePartitions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		settled := func(want map[string]int) {
			t.Helper()
			time.Sleep(time.Minute)
			began := f.divided()
			sizes := slices.Sorted(maps.Values(began))
			if !slices.Equal(sizes, slices.Sorted(maps.Values(want))) {
				t.Errorf("divided as %v, want such as %v", began, want)
			}
			for range 60 {
				time.Sleep(time.Second)
				if now := f.divided(); !maps.Equal(now, began) {
					t.Fatalf("it went from %v to %v", began, now)
				}
			}
		}
		stop := start(t, f, quiet())
		settled(map[string]int{"one": 4})
		defer start(t, f, quiet(named("two")))()
		settled(map[string]int{"one": 2, "two": 2})
		defer start(t, f, quiet(named("three")))()
		settled(map[string]int{"one": 2, "two": 1, "three": 1})
		stop()
		settled(map[string]int{"two": 2, "three": 2})
	})
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

func TestTheLosersThatACascadeLeavesAreCancelledAtOnce(t *testing.T) {
	for _, losers := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.losers = losers
			defer start(t, f, quiet())()
			time.Sleep(time.Second)
			before := f.count("PendingSiblingCancels")
			flow := engine.NewFlowID()
			f.feed <- engine.Completion{Execution: f.partitions.NewFlowMember(flow), Flow: flow, Outcome: "success"}
			synctest.Wait()
			if looked := f.count("PendingSiblingCancels") > before; looked != losers {
				t.Errorf("losers: %t, looked for: %t", losers, looked)
			}
		})
	}
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
