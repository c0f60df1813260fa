package valkey

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What our calls do whatever library is loaded (spec 07, rows FIX-CLIENT), on keys as FlowFabric writes them.

func TestQ048ADelayedResumeThroughAForeignLibraryKeepsItsDueTime(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, _ := x.asleep(waitFor("go"))
		due := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		k := keysOf(h.ExecutionID)
		x.must(x.rdb.HSet(x.ctx, k.core(), "eligibility_state", "not_eligible_until_time", "delay_until", "").Err())
		x.must(x.rdb.ZAdd(x.ctx, k.partition().lane("default", engine.IndexDelayed), zAt(due, h.ExecutionID)).Err())
		x.keepResumeDelay(x.ctx, h.ExecutionID, "default")
		x.wantCore(h.ExecutionID, map[string]string{"delay_until": millis(due)})
	})
}

func TestQ048AnExecutionThatMovedOnIsLeftAlone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, _ := x.asleep(waitFor("go"))
		k := keysOf(h.ExecutionID)
		x.must(x.rdb.ZAdd(x.ctx, k.partition().lane("default", engine.IndexDelayed), zAt(time.Now(), h.ExecutionID)).Err())
		x.keepResumeDelay(x.ctx, h.ExecutionID, "default")
		x.wantCore(h.ExecutionID, map[string]string{"delay_until": ""})
	})
}

func TestQ050ASignalForAnotherExecutionsWaitpointIsNotSent(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		_, waitpoint := x.asleep(waitFor("go"))
		other, _ := x.asleep(waitFor("go"))
		c := x.recordCalls()
		x.refused(signalTo(other.ExecutionID, waitpoint, "go"), engine.CodeInvalidToken)
		x.wantNone(c)
	})
}

func TestQ054Q055AForeignLibraryIsNotTrustedWithSuchTrees(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.foreignLibrary()
		h := x.working()
		c := x.recordCalls()
		for name, condition := range map[string]func(keys []string) engine.ResumeCondition{
			"a count two groups down": func(k []string) engine.ResumeCondition {
				return engine.AllOf(engine.AllOf(engine.Count(1, engine.DistinctSignals, engine.AnySignal(), k[0])))
			},
			"two counts of a kind": func(k []string) engine.ResumeCondition {
				return engine.AllOf(
					engine.Count(1, engine.DistinctSignals, engine.ByName("a"), k[0]),
					engine.Count(1, engine.DistinctSignals, engine.ByName("b"), k[0]))
			},
		} {
			if _, err := x.Suspend(x.ctx, h, waitOn(1, condition)); !errors.Is(err, engine.CodeInvalidInput) {
				t.Errorf("%s: %v", name, err)
			}
		}
		x.wantNone(c)
		x.suspended(h, bothOf("a", "b"))
	})
}

func TestQ056LeftOversAreClearedForAForeignLibraryByTheHolderAlone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		k := keysOf(h.ExecutionID)
		x.must(x.rdb.SAdd(x.ctx, k.satisfiedSet(), "leaf:members[0]").Err())
		stranger := h
		stranger.LeaseID = engine.NewLeaseID()
		condition := bothOf("a", "b").Condition
		x.must(x.prepareForeignComposite(x.ctx, "suspend", stranger, condition))
		if !x.exists(k.satisfiedSet()) {
			t.Error("somebody without the lease cleared the set")
		}
		x.must(x.prepareForeignComposite(x.ctx, "suspend", h, condition))
		if x.exists(k.satisfiedSet()) {
			t.Error("the set is still there")
		}
	})
}

func TestQ062ASignalToAPendingWaitpointIsKept(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		waitpoint := x.pending(h, "k")
		x.send(signalTo(h.ExecutionID, waitpoint, "go"), engine.EffectBuffered)
	})
}

func TestQ065PendingWaitpointsThatAForeignLibraryListsNowhereAreFound(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.foreignLibrary()
		h, other := x.working(), x.working()
		waitpoint := x.pending(h, "k")
		x.pending(other, "k")
		x.must(x.rdb.Del(x.ctx, keysOf(h.ExecutionID).waitpoints()).Err())
		page, err := x.ListPendingWaitpoints(x.ctx, h.ExecutionID, "", 10)
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != waitpoint.ID {
			t.Errorf("listed %+v, %v", page.Items, err)
		}
	})
}

// indexed puts a waitpoint into the expiry index as long overdue.
func (x bench) indexed(part partKeys, waitpoint engine.WaitpointID) {
	x.Helper()
	x.must(x.rdb.ZAdd(x.ctx, part.pendingWaitpointExpiry(), redis.Z{Score: 1, Member: string(waitpoint)}).Err())
}

func TestQ066Q067WhatNeedsNoClosingLeavesAForeignIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		part := keysOf(h.ExecutionID).partition()
		later := x.pending(h, "later").ID
		closed := x.pending(h, "closed").ID
		_, err := x.closeByFunction(part, closed, "done")
		x.must(err)
		due, err := x.CreateWaitpoint(x.ctx, h, "due", -time.Second)
		x.must(err)
		active := x.suspended(h, waitFor("go")).Waitpoints[0].ID
		missing := engine.NewWaitpointID()
		x.foreignLibrary()
		for _, test := range []struct {
			name      string
			waitpoint engine.WaitpointID
			indexed   bool
			calls     []string
			state     string
		}{
			{"a closed one", closed, false, nil, "closed"},
			{"one without a record", missing, false, nil, ""},
			{"one in use", active, false, nil, "active"},
			{"one whose time is not up", later, true, nil, "pending"},
			{"one that is due", due.ID, false, []string{"ff_close_waitpoint"}, "closed"},
		} {
			t.Run(test.name, func(t *testing.T) {
				x.indexed(part, test.waitpoint)
				c := x.recordCalls()
				x.must(x.CloseWaitpoint(x.ctx, h.ExecutionID.Partition(), test.waitpoint))
				if names := c.take(); !slices.Equal(names, test.calls) {
					t.Errorf("called %v", names)
				}
				score := x.scored(part.pendingWaitpointExpiry(), engine.ExecutionID(test.waitpoint))
				if (score != "") != test.indexed || score == "1" {
					t.Errorf("indexed at %q", score)
				}
				x.wantHash(part.waitpoint(test.waitpoint), map[string]string{"state": test.state})
			})
		}
	})
}

func TestQ068WhatIsNotDueIsPutRightInAForeignIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.foreignLibrary()
		for _, timeout := range []time.Time{{}, time.Now().Add(time.Hour)} {
			args := waitFor("go")
			args.TimeoutAt = timeout
			h, _ := x.asleep(args)
			index := keysOf(h.ExecutionID).partition().suspensionTimeout()
			x.must(x.rdb.ZAdd(x.ctx, index, zAt(time.UnixMilli(1), h.ExecutionID)).Err())
			c := x.recordCalls()
			x.must(x.ExpireSuspension(x.ctx, h.ExecutionID))
			x.wantNone(c)
			if got := x.scored(index, h.ExecutionID); got != millis(timeout) {
				t.Errorf("scored %q, want %q", got, millis(timeout))
			}
		}
		args := waitFor("go")
		args.TimeoutAt = time.Now().Add(-time.Second)
		h, _ := x.asleep(args)
		x.must(x.ExpireSuspension(x.ctx, h.ExecutionID))
		x.wantPhase(h.ExecutionID, engine.PhaseTerminal)
	})
}

func TestQ069AForeignLibraryIsAskedToRotateToNoKidThatVerifies(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.foreignLibrary()
		_, err := x.RotateSecrets(x.ctx, "k2", "bb", time.Hour)
		x.must(err)
		c := x.recordCalls()
		if _, err := x.RotateSecrets(x.ctx, "k1", testSecret, time.Hour); !errors.Is(err, engine.CodeRotationConflict) {
			t.Fatalf("error %v", err)
		}
		x.wantNone(c)
		// Half done: one partition is behind. A repeat catches it up.
		behind := partitionKeys(engine.Partition{Family: engine.FamilyFlow, Index: 2}).hmacSecrets()
		x.must(x.rdb.Del(x.ctx, behind).Err())
		x.must(x.rdb.HSet(x.ctx, behind, "current_kid", "k1", "secret:k1", testSecret).Err())
		results, err := x.RotateSecrets(x.ctx, "k2", "bb", time.Hour)
		x.must(err)
		for i, result := range results {
			if result.Err != nil || result.Noop != (i != 2) {
				t.Errorf("partition %d: %+v", i, result)
			}
		}
	})
}

func TestQ070AnExponentIsADateFarAway(t *testing.T) {
	now := time.Now()
	kids := decodeSecretKids(newRecord(map[string]string{
		"current_kid": "k3", "expires_at:k1": "9.0089946268482e+15", "expires_at:k2": millisText(now.Add(-time.Second)),
		"expires_at:k3": "1", "expires_at:k4": "nan", "expires_at:k5": "1e400", "expires_at:k6": "x",
	}), now)
	if len(kids) != 2 || kids[0] != (engine.SecretKid{Kid: "k3", Current: true}) || kids[1].Kid != "k1" || kids[1].ExpiresAt.Year() < 200000 {
		t.Errorf("%+v", kids)
	}
}

func TestQ072SeedingReadsAllPartitionsBeforeItWritesAny(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		key := func(i uint16) string {
			return partitionKeys(engine.Partition{Family: engine.FamilyFlow, Index: i}).hmacSecrets()
		}
		for i := range b.Partitions().Flow {
			x.must(x.rdb.Del(x.ctx, key(i)).Err())
		}
		x.must(x.rdb.HSet(x.ctx, key(3), "current_kid", "k2", "secret:k2", "bb").Err())
		if _, err := x.SeedSecret(x.ctx, "k1", testSecret); !errors.Is(err, engine.CodeInvalidInput) || strings.Contains(err.Error(), testSecret) {
			t.Fatalf("error %v", err)
		}
		if x.exists(key(0)) {
			t.Error("a partition was written")
		}
		x.must(x.rdb.HSet(x.ctx, key(3), "current_kid", "k1").Err()) // torn: its secret is missing
		seeded, err := x.SeedSecret(x.ctx, "k1", testSecret)
		if err != nil || seeded.Installed != int(b.Partitions().Flow) || seeded.Differ != 0 {
			t.Fatalf("%+v, %v", seeded, err)
		}
		x.wantHash(key(3), map[string]string{"current_kid": "k1", "secret:k1": testSecret})
		again, err := x.SeedSecret(x.ctx, "k1", testSecret)
		if err != nil || again != (engine.SeededSecret{}) {
			t.Fatalf("again: %+v, %v", again, err)
		}
	})
}

func TestQ073AKeyWithATabIsRefused(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		args := waitFor("go")
		args.Waitpoints[0].Key = "a\tb"
		args.Condition = engine.Single("a\tb", engine.AnySignal())
		c := x.recordCalls()
		_, suspendErr := x.Suspend(x.ctx, h, args)
		_, createErr := x.CreateWaitpoint(x.ctx, h, "a\tb", time.Hour)
		if !errors.Is(suspendErr, engine.CodeInvalidInput) || !errors.Is(createErr, engine.CodeInvalidInput) {
			t.Errorf("suspend %v, create %v", suspendErr, createErr)
		}
		x.wantNone(c)
	})
}

func TestQ083AfterAnOperatorsResumeNothingSatisfied(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		args := waitFor("")
		args.Condition = engine.ResumeCondition{Kind: engine.ConditionSignalSet, Names: []string{"a", "b"}, Mode: "all", Minimum: 1}
		h, waitpoint := x.asleep(args)
		x.send(signalTo(h.ExecutionID, waitpoint, "a"), engine.EffectAppended)
		x.resumed(h.ExecutionID)
		observed, err := x.ObserveSignals(x.ctx, x.resume(h.ExecutionID))
		if err != nil || len(observed) != 0 {
			t.Errorf("observed %+v, %v", observed, err)
		}
	})
}

func TestQ217ASuspensionShowsWhenItBeganAndAStrayMemberIsMarked(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		args := waitFor("go")
		args.TimeoutAt = time.Now().Add(time.Hour).Truncate(time.Millisecond)
		before := x.now()
		h, _ := x.asleep(args)
		part := keysOf(h.ExecutionID).partition()
		for _, lane := range []engine.LaneID{"default", "gpu"} { // a duplicate in a second lane
			x.must(x.rdb.ZAdd(x.ctx, part.lane(lane, engine.IndexSuspended), zAt(args.TimeoutAt, h.ExecutionID)).Err())
		}
		x.must(x.rdb.ZAdd(x.ctx, part.lane("gpu", engine.IndexSuspended), redis.Z{Score: 1, Member: "junk\x1b[2J"}).Err())
		page, err := x.ListSuspended(x.ctx, h.ExecutionID.Partition(), "", 10)
		if err != nil || len(page.Items) != 2 {
			t.Fatalf("%+v, %v", page, err)
		}
		if junk := page.Items[0]; junk.Execution != "" || len(junk.Malformed) != 1 || junk.Malformed[0].Value != "junk\x1b[2J" {
			t.Errorf("the stray member is %+v", junk)
		}
		entry := page.Items[1]
		if entry.SuspendedAt.Before(before) || !entry.TimeoutAt.Equal(args.TimeoutAt) {
			t.Errorf("%+v", entry)
		}
		rows, err := x.SuspendedRows(x.ctx, 10)
		if err != nil || len(rows.Rows[0].Malformed) != 1 || rows.Rows[1].ID != h.ExecutionID {
			t.Errorf("%+v, %v", rows, err)
		}
	})
}

func TestQ217AListingPagesThroughTiesAcrossBatches(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		part := partitionKeys(engine.Partition{Family: engine.FamilyFlow})
		const many = 2*suspendedBatch + 7
		members := make([]redis.Z, many)
		for i := range members {
			id := "{fp:0}:00000000-0000-4000-8000-" + strings.Repeat("0", 8) + strconv.Itoa(10000 + i)[1:]
			members[i] = redis.Z{Score: 9999999999999, Member: id}
		}
		x.must(x.rdb.ZAdd(x.ctx, part.lane("default", engine.IndexSuspended), members...).Err())
		seen := map[engine.ExecutionID]bool{}
		for after, pages := engine.SuspendedCursor(""), 0; ; pages++ {
			page, err := x.ListSuspended(x.ctx, engine.Partition{Family: engine.FamilyFlow}, after, 300)
			x.must(err)
			for _, entry := range page.Items {
				if seen[entry.Execution] {
					t.Fatalf("%s twice", entry.Execution)
				}
				seen[entry.Execution] = true
			}
			if page.Next == "" {
				break
			}
			after = page.Next
		}
		if len(seen) != many {
			t.Errorf("%d of %d", len(seen), many)
		}
		rows, err := x.SuspendedRows(x.ctx, 50)
		if err != nil || len(rows.Rows) != 50 || rows.Total != many {
			t.Errorf("%d rows of %d, %v", len(rows.Rows), rows.Total, err)
		}
	})
}

func TestQ218ClosedWaitpointsDoNotEmptyAPage(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		k, part := keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		_, err := x.rdb.Pipelined(x.ctx, func(p redis.Pipeliner) error {
			for i := range 250 {
				id := engine.WaitpointID("00000000-0000-4000-8000-" + strings.Repeat("0", 8) + strconv.Itoa(10000 + i)[1:])
				p.HSet(x.ctx, part.waitpoint(id), "state", "closed", "waitpoint_token", "k1:x")
				p.SAdd(x.ctx, k.waitpoints(), string(id))
			}
			p.SAdd(x.ctx, k.waitpoints(), "zz junk")
			return nil
		})
		x.must(err)
		open := x.pending(h, "k")
		page, err := x.ListPendingWaitpoints(x.ctx, h.ExecutionID, "", 100)
		if err != nil || len(page.Items) != 2 || page.Items[0].ID != open.ID || page.Next != "" {
			t.Fatalf("%+v, %v", page, err)
		}
		if junk := page.Items[1]; junk.ID != "" || len(junk.Malformed) == 0 {
			t.Errorf("the stray member is %+v", junk)
		}
	})
}

func TestQ021AResumedClaimHasThePolicysAttemptTimeout(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit(withPolicy(engine.ExecutionPolicy{Timeout: &engine.TimeoutPolicy{Attempt: 5 * time.Second}}))
		h := x.claim(id)
		waitpoint := x.suspended(h, waitFor("go")).Waitpoints[0]
		x.send(signalTo(id, waitpoint, "go"), engine.EffectResumed)
		x.grant(id)
		before := x.now()
		_, err := x.ClaimFromResumeGrant(x.ctx, engine.Grant{Execution: id, Lane: "default"}, testWorker, testInstance, time.Minute)
		x.must(err)
		due, err := parseMillis(x.scored(keysOf(id).partition().attemptTimeout(), id))
		if err != nil || due.Before(before.Add(5*time.Second)) || due.After(x.now().Add(5*time.Second)) {
			t.Errorf("attempt timeout at %v, %v", due, err)
		}
	})
}

func TestQ212APartitionThatFailsIsListedAndTheOthersRotate(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		broken := partitionKeys(engine.Partition{Family: engine.FamilyFlow, Index: 1}).hmacSecrets()
		x.must(x.rdb.Del(x.ctx, broken).Err())
		x.must(x.rdb.Set(x.ctx, broken, "no hash", 0).Err())
		secret := strings.Repeat("cd", 32)
		results, err := x.RotateSecrets(x.ctx, "k2", secret, time.Hour)
		x.must(err)
		for i, result := range results {
			if (result.Err != nil) != (i == 1) {
				t.Errorf("partition %d: %+v", i, result)
			}
		}
		if err := results[1].Err; !errors.Is(err, engine.ClassTransport) || strings.Contains(err.Error(), secret) {
			t.Errorf("error %v", err)
		}
	})
}
