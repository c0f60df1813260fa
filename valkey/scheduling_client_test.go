package valkey

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What our side does better than FlowFabric's with the same keys (spec 07, rows FIX-CLIENT): claims, admission, workers.

func (x bench) tryClaim(capabilities ...string) *engine.Claimed {
	x.Helper()
	claimed, err := x.Claim(x.ctx, engine.ClaimRequest{
		Lane: "default", Capabilities: capabilities, Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute,
	})
	x.must(err)
	return claimed
}

func TestQ125AClaimTakesStrayEntriesOutOfTheLine(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		var lines []string
		for p := range b.Partitions().FlowPartitions() {
			line := partitionKeys(p).lane("default", engine.IndexEligible)
			lines = append(lines, line)
			gone := engine.ExecutionID(p.Tag() + ":" + b.Partitions().NewSolo("default").UUID())
			x.must(b.rdb.ZAdd(x.ctx, line, redis.Z{Member: string(gone)}, redis.Z{Member: "no id"}).Err())
		}
		id := x.submit()
		if claimed := x.tryClaim(); claimed == nil || claimed.Handle.ExecutionID != id {
			t.Errorf("claimed %+v, want %s", claimed, id)
		}
		if claimed := x.tryClaim(); claimed != nil {
			t.Errorf("claimed %+v", claimed)
		}
		for _, line := range lines {
			if n := b.rdb.ZCard(x.ctx, line).Val(); n != 0 {
				t.Errorf("%s still holds %d", line, n)
			}
		}
	})
}

func TestQ125AClaimLooksPastAWholeRowOfHeads(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		for range headsPerPartition - 1 {
			x.submit(func(req *engine.CreateExecution) {
				req.Priority = 1
				req.Policy = &engine.ExecutionPolicy{Routing: &engine.RoutingRequirements{Capabilities: []string{"gpu"}}}
			})
		}
		id := x.submit()
		if claimed := x.tryClaim(); claimed == nil || claimed.Handle.ExecutionID != id {
			t.Errorf("claimed %+v, want %s", claimed, id)
		}
	})
}

func TestAClaimGoesOnPastARecordThatIsNone(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		broken, id := x.submit(func(req *engine.CreateExecution) { req.Priority = 1 }), x.submit()
		x.must(b.rdb.Del(x.ctx, keysOf(broken).core()).Err())
		x.must(b.rdb.Set(x.ctx, keysOf(broken).core(), "no hash", 0).Err())
		if claimed := x.tryClaim(); claimed == nil || claimed.Handle.ExecutionID != id {
			t.Errorf("claimed %+v, want %s", claimed, id)
		}
		if !x.in(broken, engine.IndexEligible) {
			t.Error("what cannot be read was thrown away")
		}
	})
}

func TestAnIdleClaimAsksTheServerLittle(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		withFlowPartitions(b, 256)
		count := &commandCount{}
		b.rdb.AddHook(count)
		if claimed := x.tryClaim(); claimed != nil {
			t.Fatalf("claimed %+v", claimed)
		}
		if count.n > firstProbe+1 {
			t.Errorf("%d commands", count.n)
		}
	})
}

// commandCount counts the commands that a client sends, and in how many round trips.
type commandCount struct{ n, trips int }

func (c *commandCount) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *commandCount) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.n++
		c.trips++
		return next(ctx, cmd)
	}
}

func (c *commandCount) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.n += len(cmds)
		c.trips++
		return next(ctx, cmds)
	}
}

func TestQ021AResumedClaimHasTheAttemptTimeoutAgain(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit(withPolicy(engine.ExecutionPolicy{Timeout: &engine.TimeoutPolicy{Attempt: 5 * time.Second}}))
		timeouts := keysOf(id).partition().attemptTimeout()
		claimed := x.tryClaim()
		if x.scored(timeouts, id) == "" {
			t.Error("no timeout after the first claim")
		}
		x.must(b.Delay(x.ctx, claimed.Handle, x.now().Add(time.Millisecond)))
		x.must(b.PromoteDelayed(x.ctx, "default", id, x.now().Add(time.Hour)))
		if claimed = x.tryClaim(); claimed == nil || claimed.Handle.Kind != engine.HandleResumed {
			t.Fatalf("claimed %+v", claimed)
		}
		if x.scored(timeouts, id) == "" {
			t.Error("no timeout after the resumed claim")
		}
	})
}

func TestQ031OnAForeignLibraryAFreshLeaseIsNotTakenForARevokedOne(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.foreignLibrary()
		x.must(b.rdb.FunctionLoadReplace(x.ctx, strings.Replace(Library(), "'lease_revoked_at', '',", "", 1)).Err())
		for _, claim := range []func(id engine.ExecutionID){
			func(id engine.ExecutionID) { x.claim(id) },
			func(engine.ExecutionID) { x.tryClaim() },
		} {
			id := x.submit()
			x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "lease_revoked_at", "1").Err())
			claim(id)
			x.wantCore(id, map[string]string{"lifecycle_phase": "active", "lease_revoked_at": ""})
		}
	})
}

func TestQ048OnAForeignLibraryADelayGetsItsEndBeforeThePromotion(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.foreignLibrary()
		due := x.now().Add(time.Hour)
		id := x.submit(func(req *engine.CreateExecution) { req.DelayUntil = due })
		x.must(b.rdb.HSet(x.ctx, keysOf(id).core(), "delay_until", "").Err())
		x.must(b.PromoteDelayed(x.ctx, "default", id, due.Add(-time.Minute)))
		x.wantCore(id, map[string]string{"delay_until": millis(due)})
		x.must(b.PromoteDelayed(x.ctx, "default", id, due))
		x.onlyIn(id, engine.IndexEligible)
	})
}

func TestQ183ARefusedUnblockTakesTheStaleEntryAway(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		gone, active, elsewhere := b.Partitions().NewSolo("default"), x.submit(), x.submit()
		x.claim(active)
		rejected, err := b.Block(x.ctx, engine.BlockRequest{Execution: elsewhere, Lane: "default", Reason: engine.WaitingForQuota})
		x.must(err)
		if rejected != nil {
			t.Fatal(rejected)
		}
		for id, want := range map[engine.ExecutionID]engine.Code{
			gone:      engine.CodeExecutionNotFound,
			active:    engine.CodeExecutionNotEligible,
			elsewhere: engine.CodeExecutionNotEligible,
		} {
			blocked := keysOf(id).partition().lane("default", engine.IndexBlockedBudget)
			x.must(b.rdb.ZAdd(x.ctx, blocked, zOf(id)).Err())
			err := b.UnblockExecution(x.ctx, "default", id, engine.WaitingForBudget, time.Time{})
			if !errors.Is(err, want) {
				t.Errorf("error %v, want %s", err, want)
			}
			if x.scored(blocked, id) != "" {
				t.Errorf("%s: the entry is still there", want)
			}
		}
		x.onlyIn(elsewhere, engine.IndexBlockedQuota)
	})
}

func (x bench) newQuota(perWindow, concurrent uint64) (engine.QuotaPolicy, quotaKeys) {
	x.Helper()
	policy := engine.QuotaPolicy{ID: engine.NewQuotaPolicyID(), Window: time.Minute, MaxPerWindow: perWindow, MaxConcurrent: concurrent}
	_, err := x.CreateQuotaPolicy(x.ctx, policy)
	x.must(err)
	return policy, x.quotaKeys(policy.ID)
}

func (x bench) admit(policy engine.QuotaPolicy, ids ...engine.ExecutionID) {
	x.Helper()
	for _, id := range ids {
		result, err := x.CheckAdmission(x.ctx, engine.Admission{Policy: policy, Execution: id, Now: x.now()})
		x.must(err)
		if result.Status != engine.Admitted {
			x.Fatalf("%s: %s", id, result.Status)
		}
	}
}

func TestQ118TheFullerWindowOfAPolicyCounts(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		policy, k := x.newQuota(5, 0)
		x.admit(policy, x.submit(), x.submit())
		old := float64(x.now().Add(-2 * time.Minute).UnixMilli())
		for _, dimension := range []string{admissionWindow, policyWindow} {
			x.must(b.rdb.ZAdd(x.ctx, k.window(dimension), redis.Z{Member: "old", Score: old}).Err())
		}
		read, err := b.ReadQuotaPolicyLimits(x.ctx, policy.ID)
		x.must(err)
		if read.InWindow != 2 {
			t.Errorf("%d in the window, want 2", read.InWindow)
		}
		changed, err := b.ReconcileQuotas(x.ctx, b.Partitions().OfQuota(policy.ID), x.now())
		x.must(err)
		if changed != 1 || b.rdb.ZCard(x.ctx, k.window(admissionWindow)).Val() != 2 || x.exists(k.window(policyWindow)) {
			t.Errorf("changed %d", changed)
		}
		changed, err = b.ReconcileQuotas(x.ctx, b.Partitions().OfQuota(policy.ID), x.now())
		x.must(err)
		if changed != 0 {
			t.Errorf("changed %d with nothing to do", changed)
		}
	})
}

func TestQ119AUnitIsHeldByWhatRunsOrIsGranted(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		policy, k := x.newQuota(0, 10)
		running, granted, done, waiting := x.submit(), x.submit(), x.submit(), x.submit()
		gone := b.Partitions().NewSolo("default")
		x.admit(policy, running, granted, done, waiting, gone)
		x.must(b.Complete(x.ctx, x.claim(done), nil))
		x.claim(running)
		x.grant(granted)
		x.must(b.rdb.Del(x.ctx, k.admitted(running)).Err()) // its window is over, it runs on

		changed, err := b.ReconcileQuotas(x.ctx, b.Partitions().OfQuota(policy.ID), x.now())
		x.must(err)
		if got := b.rdb.Get(x.ctx, k.concurrency()).Val(); changed != 1 || got != "2" {
			t.Errorf("changed %d, counter %s, want 2", changed, got)
		}
		for id, want := range map[engine.ExecutionID]bool{running: true, granted: true, waiting: true, done: false, gone: false} {
			if got := b.rdb.SIsMember(x.ctx, k.admittedSet(), string(id)).Val(); got != want {
				t.Errorf("%s in the set: %v, want %v", id, got, want)
			}
		}
		changed, err = b.ReconcileQuotas(x.ctx, b.Partitions().OfQuota(policy.ID), x.now())
		x.must(err)
		if changed != 0 {
			t.Errorf("changed %d with nothing to do", changed)
		}
	})
}

func TestQ148APolicyWithoutAWindowGetsAMinute(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		policy, k := x.newQuota(0, 1)
		policy.Window = 0
		id := x.submit()
		x.admit(policy, id)
		if ttl := b.rdb.PTTL(x.ctx, k.admitted(id)).Val(); ttl <= 0 || ttl > time.Minute {
			t.Errorf("the guard lives %s", ttl)
		}
	})
}

func TestQ129AQuotaThatDoesNotDecodeIsCorruption(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		policy, k := x.newQuota(1, 1)
		for field, value := range map[string]string{"max_requests_per_window": "-1", "active_concurrency_cap": "abc", "jitter_ms": "1.5"} {
			before := x.hash(k.definition(), field)
			x.must(b.rdb.HSet(x.ctx, k.definition(), field, value).Err())
			_, err := b.ReadQuotaPolicyLimits(x.ctx, policy.ID)
			if !errors.Is(err, engine.ClassCorruption) {
				t.Errorf("%s: error %v", field, err)
			}
			x.must(b.rdb.HSet(x.ctx, k.definition(), field, before).Err())
		}
		x.must(b.rdb.Del(x.ctx, k.definition()).Err())
		x.must(b.rdb.Set(x.ctx, k.definition(), "no hash", 0).Err())
		if _, err := b.ReadQuotaPolicyLimits(x.ctx, policy.ID); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("error %v", err)
		}
	})
}

func TestQ193JunkInTheLineIsNeitherListedNorKept(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		line := keysOf(id).partition().lane("default", engine.IndexEligible)
		x.must(b.rdb.ZAdd(x.ctx, line, redis.Z{Member: "\x1b[31mjunk"}).Err())
		ids, err := b.ScanEligible(x.ctx, "default", id.Partition(), 10)
		x.must(err)
		if len(ids) != 1 || ids[0] != id || b.rdb.ZCard(x.ctx, line).Val() != 1 {
			t.Errorf("ids %v", ids)
		}
	})
}

func TestAClaimLooksBehindThoseThatAreForOthers(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		const others = 5 * behindFirst
		for range others {
			x.submit(needing("gpu"))
		}
		want := map[engine.ExecutionID]bool{x.submit(): true, x.submit(): true}
		for range len(want) {
			claimed := x.tryClaim()
			if claimed == nil || !want[claimed.Handle.ExecutionID] {
				t.Fatalf("claimed %+v, want one of %v", claimed, want)
			}
			delete(want, claimed.Handle.ExecutionID)
		}
		count := &commandCount{}
		b.rdb.AddHook(count)
		if claimed := x.tryClaim(); claimed != nil {
			t.Errorf("claimed %+v", claimed)
		}
		if heads := 3 * headsPerPartition; count.n > heads+firstProbe+8 {
			t.Errorf("who has looked there before asks %d commands", count.n)
		}
		claimed, err := b.ClaimSome(x.ctx, engine.ClaimRequest{
			Lane: engine.DefaultLane, Worker: "able", WorkerInstance: "able-1", LeaseTTL: time.Minute, Capabilities: []string{"gpu"},
		}, others)
		if err != nil || len(claimed) != others {
			t.Errorf("who can do it gets %d of %d: %v", len(claimed), others, err)
		}
	})
}

func TestWhatWasPassedByIsLookedAtAgain(t *testing.T) {
	at := func(n int) *indexedMember { return &indexedMember{member: strconv.Itoa(n), score: float64(n)} }
	now := time.UnixMilli(1_000_000)
	var line passedLine
	if line.from(now) != nil {
		t.Error("something was passed by before anybody looked")
	}
	line.passed(*at(40), now)
	line.passed(*at(20), now) // somebody slower
	if got := line.from(now.Add(behindAgain / 2)); got == nil || *got != *at(40) {
		t.Errorf("from %v", got)
	}
	line.passed(*at(2040), now.Add(behindAgain/2))
	if line.from(now.Add(behindAgain)) == nil || line.from(now.Add(behindAgain+1)) != nil || line.from(now) != nil {
		t.Error("it is looked through again too often, or never")
	}
}

func TestClaimsOfOneProgramBeginApart(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		urgent := x.submit(func(req *engine.CreateExecution) { req.Priority = 9 })
		for range 6 {
			x.submit()
		}
		line, err := b.rdb.ZRange(x.ctx, keysOf(urgent).partition().lane("default", engine.IndexEligible), 1, -1).Result()
		x.must(err)
		var order []engine.ExecutionID
		for _, member := range line {
			order = append(order, engine.ExecutionID(member))
		}
		other, err := b.underway.enter(x.ctx, claimKind{lane: "default"})
		x.must(err)
		for _, want := range []engine.ExecutionID{urgent, order[1], order[2]} { // the other one begins with the first
			if claimed := x.tryClaim(); claimed == nil || claimed.Handle.ExecutionID != want {
				t.Errorf("claimed %+v, want %s", claimed, want)
			}
		}
		b.underway.leave(claimKind{lane: "default"}, other, false)
		if claimed := x.tryClaim(); claimed == nil || claimed.Handle.ExecutionID != order[0] {
			t.Errorf("claimed %+v, want %s", claimed, order[0])
		}
	})
}

func TestAClaimWaitsForItsPlaceNoLongerThanItMay(t *testing.T) {
	b := newDeployment(t, inProcessServer(t))
	x := newBench(t, b)
	for range claimsAtOnce {
		_, err := b.underway.enter(x.ctx, claimKind{lane: "default"})
		x.must(err)
	}
	ctx, cancel := context.WithCancel(x.ctx)
	cancel()
	_, err := b.Claim(ctx, engine.ClaimRequest{Lane: "default", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if _, err := b.Claim(x.ctx, engine.ClaimRequest{Lane: "other", Worker: testWorker, WorkerInstance: testInstance, LeaseTTL: time.Minute}); err != nil {
		t.Errorf("in another lane: %v", err)
	}
}

// Who waits for his place takes the answer of who began after him, if that is that there is nothing, and of nobody else.
func TestAClaimThatFindsNothingAnswersThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var u claimsUnderway
		kind := claimKind{lane: "default"}
		var early []*claimPlace
		for range claimsAtOnce {
			place, err := u.enter(t.Context(), kind)
			if place == nil || err != nil {
				t.Fatalf("no place: %v", err)
			}
			early = append(early, place)
		}
		got := make(chan *claimPlace)
		for range 3 {
			go func() {
				place, _ := u.enter(t.Context(), kind)
				got <- place
			}()
		}
		synctest.Wait()
		u.leave(kind, early[0], true) // it may have looked before the others asked
		second := <-got
		if second == nil {
			t.Fatal("somebody takes the answer of who began before him")
		}
		u.leave(kind, early[1], false)
		third := <-got
		if third == nil {
			t.Fatal("somebody takes an answer that was none")
		}
		u.leave(kind, second, true)
		if place := <-got; place != nil {
			t.Error("somebody looks although another one found nothing meanwhile")
		}
		u.leave(kind, third, false)
		for _, place := range early[2:] {
			u.leave(kind, place, false)
		}
		if len(u.places) > 0 {
			t.Errorf("%d kinds are left", len(u.places))
		}
	})
}

func TestWhatStandsInLineAgainstItsRecordIsTakenOff(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		line := keysOf(h.ExecutionID).partition().lane("default", engine.IndexEligible)
		x.must(b.rdb.ZAdd(x.ctx, line, redis.Z{Score: -1e15, Member: string(h.ExecutionID)}).Err())
		id := x.submit()
		if claimed := x.tryClaim(); claimed == nil || claimed.Handle.ExecutionID != id {
			t.Errorf("claimed %+v, want %s", claimed, id)
		}
		if claimed := x.tryClaim(); claimed != nil {
			t.Errorf("claimed %+v", claimed)
		}
		if n := b.rdb.ZCard(x.ctx, line).Val(); n != 0 {
			t.Errorf("the line holds %d", n)
		}
	})
}
