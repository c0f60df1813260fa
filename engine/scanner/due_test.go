package scanner

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"ffboard/engine"
)

// delayed puts an execution into the delayed index of the default lane.
func delayed(f *fake, due time.Time) engine.ExecutionID {
	id := f.partitions.NewFlowMember(engine.NewFlowID())
	f.put(delayedRef(id, "default"), string(id), due)
	return id
}

func TestWhatEntersAnEmptyIndexIsHandledAtTheMomentItIsDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		defer start(t, f, quiet())()
		time.Sleep(10 * time.Second)
		began := time.Now()
		delayed(f, began.Add(5*time.Second))
		time.Sleep(5*time.Second + minGap)
		synctest.Wait()
		if len(f.actedOn()) != 1 {
			t.Fatalf("acted on %d things", len(f.actedOn()))
		}
	})
}

func TestAShortWaitInAnEmptyIndexIsLateByTheIntervalAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		defer start(t, f, quiet())()
		time.Sleep(10 * time.Second)
		delayed(f, time.Now().Add(100*time.Millisecond))
		time.Sleep(750*time.Millisecond + minGap)
		synctest.Wait()
		if len(f.actedOn()) != 1 {
			t.Fatalf("acted on %d things", len(f.actedOn()))
		}
	})
}

func TestAShortWaitBehindLongOnesIsLateByTheIntervalAtMostWhileTheyAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		for range 20 {
			delayed(f, time.Now().Add(24*time.Hour))
		}
		defer start(t, f, quiet())()
		time.Sleep(time.Minute)
		delayed(f, time.Now().Add(100*time.Millisecond))
		time.Sleep(750*time.Millisecond + minGap)
		synctest.Wait()
		if len(f.actedOn()) != 1 {
			t.Fatalf("acted on %d things", len(f.actedOn()))
		}
	})
}

func TestManyQuietIndexesCostNoMoreReadsThanAFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.partitions = engine.DefaultPartitionConfig
		for p := range f.partitions.FlowPartitions() {
			ref := engine.IndexRef{Partition: p, Name: engine.IndexName(engine.DueSuspensionTimeout)}
			f.put(ref, string(f.partitions.NewFlowMember(engine.NewFlowID())), time.Now().Add(24*time.Hour))
		}
		defer start(t, f, quiet())()
		time.Sleep(time.Minute)
		before := f.count("Earliest")
		time.Sleep(100 * time.Second)
		if reads := (f.count("Earliest") - before) / 100; reads > quietReads {
			t.Fatalf("%d reads a second of 256 quiet indexes", reads)
		}
	})
}

func TestAnIdleEngineAsksLittle(t *testing.T) {
	for name, clustered := range map[string]bool{"single server": false, "cluster": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.partitions = engine.DefaultPartitionConfig
				f.lanes = []engine.LaneID{"a", "b", "c", "default"}
				f.clustered = clustered
				defer start(t, f, quiet())()
				time.Sleep(time.Minute)
				asked := func() int {
					probe := 2 // up to a thousand indexes a command
					if clustered {
						probe = int(f.partitions.Flow) + int(f.partitions.Budget) + int(f.partitions.Quota)
					}
					return f.count("Occupied")*probe + f.count("Earliest") + f.count("ServerTime") + f.count("ListLanes") +
						3*f.count("HoldShare") + 4*f.count("BeatEngine") + f.count("Due")
				}
				before := asked()
				time.Sleep(100 * time.Second)
				if rate := (asked() - before) / 100; rate > 90 {
					t.Fatalf("about %d commands a second", rate)
				}
			})
		})
	}
}

func TestAllThatIsDueIsHandledInOnePass(t *testing.T) {
	for name, c := range map[string]struct{ stuck, due int }{
		"a few":                   {0, 3},
		"several batches":         {0, 130},
		"behind things that fail": {120, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				flow := engine.NewFlowID() // all on one partition
				for i := range c.stuck + c.due {
					id := f.partitions.NewFlowMember(flow)
					f.put(delayedRef(id, "default"), string(id), time.Now().Add(time.Duration(i)*time.Microsecond))
					if i < c.stuck {
						f.failing[string(id)] = errors.New("no")
					}
				}
				time.Sleep(time.Second)
				report, err := newDelayedPromoter(scopeOf(t, f, quiet())).runOnce(t.Context())
				if err != nil || report.Done != c.due || report.Failed != c.stuck {
					t.Fatalf("%+v, %v", report, err)
				}
			})
		})
	}
}

func TestQ202WhatKeepsFailingIsLeftAloneForLongerEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := delayed(f, time.Now())
		f.failing[string(id)] = errors.New("no")
		scope := scopeOf(t, f, quiet())
		promoter := newDelayedPromoter(scope)
		tries := ""
		for range 20 {
			scope.shares.takeAll(t.Context())
			before := f.count("PromoteDelayed")
			if _, err := promoter.runOnce(t.Context()); err != nil {
				t.Fatal(err)
			}
			tries += fmt.Sprint(f.count("PromoteDelayed") - before)
			time.Sleep(time.Second)
		}
		if tries != "11101000100000001000" {
			t.Fatalf("tries %s", tries)
		}
	})
}

func TestQ193WhatCanBeNoIDIsTakenOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		id := delayed(f, time.Now())
		for i := range 60 {
			f.put(delayedRef(id, "default"), fmt.Sprintf("junk \x1b[31m %d", i), time.UnixMilli(int64(i+1)))
		}
		report, err := newDelayedPromoter(scopeOf(t, f, quiet())).runOnce(t.Context())
		if err != nil || len(f.actedOn()) != 1 || f.count("DropDue") != 60 {
			t.Fatalf("%+v, %v, acted on %d, dropped %d", report, err, len(f.actedOn()), f.count("DropDue"))
		}
	})
}

func TestQ188EveryRegisteredLaneIsLookedAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		defer start(t, f, quiet(func(c *Config) { c.Lanes = []engine.LaneID{"configured"} }))()
		time.Sleep(time.Minute)
		f.register("registered later")
		for _, lane := range []engine.LaneID{"default", "configured", "registered later"} {
			id := f.partitions.NewSolo(lane)
			f.put(delayedRef(id, lane), string(id), time.Now())
		}
		time.Sleep(lanesValid + time.Second)
		synctest.Wait()
		if len(f.actedOn()) != 3 {
			t.Fatalf("acted on %d things", len(f.actedOn()))
		}
	})
}
