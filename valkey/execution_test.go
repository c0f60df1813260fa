package valkey

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// What our side mends (spec 07, rows FIX-CLIENT), for the execution and lease calls.

func TestQ002IdsOfPartitionsThatAreNotThere(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := engine.ExecutionID("{fp:4}:3b241101-e2bb-4255-8caf-4136c566a962") // of 4
		_, err := b.CreateExecution(x.ctx, engine.CreateExecution{ID: id, Lane: "default"})
		if !errors.Is(err, engine.CodeInvalidInput) || !strings.Contains(err.Error(), "{fp:4}") {
			t.Errorf("create: %v", err)
		}
		if x.exists(keysOf(id).core()) {
			t.Error("it was created")
		}
		_, err = b.DescribeExecution(x.ctx, id)
		if !errors.Is(err, engine.ClassNotFound) || !strings.Contains(err.Error(), "{fp:4}") {
			t.Errorf("describe: %v", err)
		}
	})
}

func TestQ001AnIdIsKeptVerbatim(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := engine.ExecutionID("{fp:003}:3b241101-e2bb-4255-8caf-4136c566a962")
		x.submit(func(req *engine.CreateExecution) { req.ID = id })
		if key := "ff:exec:{fp:3}:" + string(id) + ":core"; !x.exists(key) {
			t.Errorf("no key %s", key)
		}
	})
}

func TestQ007ThePolicysDedupWindowCounts(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			name   string
			policy *engine.ExecutionPolicy
			want   time.Duration
		}{
			{"named by the policy", &engine.ExecutionPolicy{DedupWindow: 7 * 24 * time.Hour}, 7 * 24 * time.Hour},
			{"the default", nil, 24 * time.Hour},
		} {
			t.Run(test.name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit(func(req *engine.CreateExecution) { req.Policy, req.IdempotencyKey = test.policy, test.name })
				left, err := b.rdb.PTTL(x.ctx, keysOf(id).idempotency("test", test.name)).Result()
				x.must(err)
				if left > test.want || left < test.want-time.Second {
					t.Errorf("remembered for %v, want %v", left, test.want)
				}
			})
		}
	})
}

func TestQ014AShortDelayIsNotLost(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit(func(req *engine.CreateExecution) { req.DelayUntil = x.now().Add(-time.Millisecond) })
		x.onlyIn(id, engine.IndexEligible)
	})
}

func TestQ021ThePolicysDeadlineCounts(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		before := x.now()
		id := x.submit(withPolicy(engine.ExecutionPolicy{Timeout: &engine.TimeoutPolicy{Execution: time.Hour}}))
		due, err := parseMillis(x.scored(keysOf(id).partition().executionDeadline(), id))
		x.must(err)
		if left := due.Sub(before); left < 59*time.Minute || left > 61*time.Minute {
			t.Errorf("deadline in %v, want one hour", left)
		}
	})
}

func TestQ033RevokedLeasesAreListed(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		held, taken := x.submit(), x.submit()
		x.claim(held)
		h := x.claim(taken)
		_, err := b.RevokeLease(x.ctx, taken, "", "maintenance")
		x.must(err)
		leases, err := b.ListRevokedLeases(x.ctx, "default", 10)
		x.must(err)
		if len(leases) != 1 || leases[0].Execution != taken || leases[0].LeaseID != h.LeaseID || leases[0].RevokeReason != "maintenance" || leases[0].RevokedAt.IsZero() {
			t.Errorf("got %+v", leases)
		}
	})
}

func TestQ187MarkedLeasesDoNotHideLaterOnes(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		p := engine.Partition{Family: engine.FamilyFlow, Index: 0}
		past := x.now().Add(-time.Minute)
		pipe := b.rdb.Pipeline()
		add := func(i int, ownership engine.OwnershipState) engine.ExecutionID {
			id := engine.ExecutionID(fmt.Sprintf("{fp:0}:3b241101-e2bb-4255-8caf-%012d", i))
			pipe.HSet(x.ctx, keysOf(id).core(), "lifecycle_phase", "active", "ownership_state", string(ownership), "lease_expires_at", past.UnixMilli())
			pipe.ZAdd(x.ctx, partitionKeys(p).leaseExpiry(), zAt(past.Add(time.Duration(i)*time.Millisecond), id))
			return id
		}
		for i := range markedPage + 200 {
			add(i, engine.OwnerExpired)
		}
		due := add(markedPage+200, engine.OwnerLeased)
		_, err := pipe.Exec(x.ctx)
		x.must(err)
		found, unread := b.Due(x.ctx, []engine.Partition{p}, engine.DueLeaseExpiry, "", x.now(), 50)
		if len(unread) > 0 {
			t.Fatal(unread)
		}
		if len(found) != 1 || found[0].Member != string(due) {
			t.Fatalf("found %v, want the one that is not marked", found)
		}
		x.must(b.MarkLeaseExpiredIfDue(x.ctx, due))
		x.wantCore(due, map[string]string{"ownership_state": "lease_expired_reclaimable"})
	})
}

func TestQ188CreateRegistersItsLane(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		x.submit(func(req *engine.CreateExecution) { req.Lane = "new" })
		known, err := b.rdb.SIsMember(x.ctx, keyLaneRegistry, "new").Result()
		x.must(err)
		if !known {
			t.Error("the lane is not registered")
		}
	})
}

func TestQ193JunkCanBeTakenOutOfADueIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		p := engine.Partition{Family: engine.FamilyFlow, Index: 1}
		key := partitionKeys(p).attemptTimeout()
		x.must(b.rdb.ZAdd(x.ctx, key, zAt(time.UnixMilli(1), "junk")).Err())
		found, unread := b.Due(x.ctx, []engine.Partition{p}, engine.DueAttemptTimeout, "", x.now(), 10)
		if len(unread) > 0 {
			t.Fatal(unread)
		}
		if len(found) != 1 {
			t.Fatalf("found %v", found)
		}
		x.must(b.DropDue(x.ctx, found[0], engine.DueAttemptTimeout, ""))
		if x.exists(key) {
			t.Error("the junk is still there")
		}
		id := b.Partitions().NewSolo("default")
		if err := b.DropDue(x.ctx, engine.DueMember{Partition: p, Member: string(id)}, engine.DueAttemptTimeout, ""); err == nil {
			t.Error("an execution id was taken out")
		}
	})
}

func TestQ215MalformedRecordsBecomeMarkedRows(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		good, bad, wrong := x.submit(), x.submit(), engine.ExecutionID("{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962")
		x.must(b.rdb.HSet(x.ctx, keysOf(bad).core(), "public_state", "xyz", "priority", "high", "created_at", "1795371984174.2").Err())
		x.must(b.rdb.Set(x.ctx, keysOf(wrong).core(), "text", 0).Err())
		gone := b.Partitions().NewSolo("default")
		rows, err := b.ExecutionRows(x.ctx, []engine.ExecutionID{good, bad, wrong, gone, "junk"})
		x.must(err)
		if len(rows) != 5 {
			t.Fatalf("%d rows", len(rows))
		}
		if len(rows[0].Malformed) != 0 || rows[0].State != engine.StateWaiting {
			t.Errorf("good row: %+v", rows[0])
		}
		if len(rows[1].Malformed) != 2 || rows[1].State != "xyz" || rows[1].CreatedAt.UnixMilli() != 1795371984174 {
			t.Errorf("bad row: %+v", rows[1])
		}
		if rows[2].Missing || len(rows[2].Malformed) != 1 {
			t.Errorf("row of a string: %+v", rows[2])
		}
		if !rows[3].Missing {
			t.Errorf("row of a missing one: %+v", rows[3])
		}
		if rows[4].Missing || len(rows[4].Malformed) != 1 {
			t.Errorf("row of junk: %+v", rows[4])
		}

		described, err := b.DescribeExecution(x.ctx, bad)
		x.must(err)
		if described == nil || len(described.Malformed) != 2 || described.Lane != "default" {
			t.Errorf("described %+v", described)
		}
		if _, err := b.ReadTotalAttemptCount(x.ctx, bad); err != nil {
			t.Error(err)
		}
		x.must(b.rdb.HSet(x.ctx, keysOf(bad).core(), "total_attempt_count", "abc").Err())
		if _, err := b.ReadTotalAttemptCount(x.ctx, bad); !errors.Is(err, engine.ClassCorruption) {
			t.Errorf("a count that is no number: %v", err)
		}
	})
}

func TestQ219ExpiredLeasesArePagedOverAllPartitions(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		past := x.now().Add(-time.Minute)
		pipe := b.rdb.Pipeline()
		want := map[engine.ExecutionID]bool{}
		for i := range 150 { // many with one score, of two partitions, every third a stray
			id := engine.ExecutionID(fmt.Sprintf("{fp:%d}:3b241101-e2bb-4255-8caf-%012d", i%2, i))
			pipe.ZAdd(x.ctx, keysOf(id).partition().leaseExpiry(), zAt(past, id))
			if i%3 == 0 {
				continue
			}
			want[id] = true
			pipe.HSet(x.ctx, keysOf(id).core(), "current_lease_id", string(engine.NewLeaseID()), "current_lease_epoch", "3",
				"current_worker_instance_id", "i", "current_attempt_index", "2")
		}
		_, err := pipe.Exec(x.ctx)
		x.must(err)
		var after *engine.ExpiredLease
		pages := 0
		for {
			page, err := b.ListExpiredLeases(x.ctx, x.now(), after, 30)
			x.must(err)
			pages++
			for _, lease := range page.Items {
				if !want[lease.Execution] {
					t.Fatalf("%s listed twice or wrongly", lease.Execution)
				}
				delete(want, lease.Execution)
				if lease.LeaseEpoch != 3 || lease.AttemptIndex != 2 || lease.ExpiresAt.UnixMilli() != past.UnixMilli() {
					t.Fatalf("lease %+v", lease)
				}
			}
			if page.Next == "" {
				break
			}
			after = &page.Items[len(page.Items)-1]
		}
		if len(want) > 0 || pages != 4 {
			t.Errorf("%d not listed, %d pages", len(want), pages)
		}
	})
}

func TestExecutionDetailHoldsWhatIsAroundAnExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		big := strings.Repeat("x", maxShownBytes+10)
		id := x.submit(func(req *engine.CreateExecution) {
			req.Payload, req.Tags = []byte(big), map[string]string{"app.team": "a"}
		}, withPolicy(engine.ExecutionPolicy{Retry: &engine.RetryPolicy{MaxRetries: 1, Backoff: engine.Backoff{Kind: engine.BackoffFixed}}}))
		_, err := b.Fail(x.ctx, x.claim(id), engine.Failure{Message: "boom", Class: engine.FailureTransient})
		x.must(err)
		x.must(b.PromoteDelayed(x.ctx, "default", id, x.now().Add(time.Second)))
		h := x.claim(id)
		x.openStream(id, 1)
		x.must(b.Complete(x.ctx, h, []byte("done")))
		d, err := b.ExecutionDetail(x.ctx, id)
		x.must(err)
		if d.PayloadSize != int64(len(big)) || len(d.Payload) != maxShownBytes || string(d.Result) != "done" {
			t.Errorf("payload %d of %d bytes, result %q", len(d.Payload), d.PayloadSize, d.Result)
		}
		if len(d.Attempts) != 2 || d.Attempts[0].State != "ended_failure" || d.Attempts[0].FailureReason != "boom" || d.Attempts[1].Type != engine.AttemptTypeRetry || d.Attempts[1].RetryReason != "boom" {
			t.Errorf("attempts %+v", d.Attempts)
		}
		if len(d.Streams) != 1 || d.Streams[0].AttemptIndex != 1 || d.Streams[0].ClosedReason != "attempt_success" {
			t.Errorf("streams %+v", d.Streams)
		}
		if got := fmt.Sprint(x.events(id)); got != "[acquired released failed_retry_scheduled acquired released completed]" {
			t.Errorf("events %s", got)
		}
		if d.Execution.Tags["app.team"] != "a" || d.Execution.State.Public != engine.StateCompleted || len(d.Execution.Malformed) > 0 {
			t.Errorf("execution %+v", d.Execution)
		}
		if gone, err := b.ExecutionDetail(x.ctx, b.Partitions().NewSolo("default")); gone != nil || err != nil {
			t.Errorf("unknown execution: %v, %v", gone, err)
		}
	})
}

func TestQ039Q223ARenewedLeaseIsDescribedAsItsRecordSays(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		id := x.submit()
		h := x.claim(id)
		h.LeaseTTL = time.Hour
		expires, err := b.Renew(x.ctx, h)
		x.must(err)
		e, err := b.DescribeExecution(x.ctx, id)
		x.must(err)
		if e.Lease == nil || !e.Lease.ExpiresAt.Equal(expires) || e.Lease.ID != h.LeaseID || e.Lease.Epoch != 1 || e.Lease.WorkerInstance != testInstance {
			t.Errorf("lease %+v, want expiry %v", e.Lease, expires)
		}
		left, err := b.rdb.PTTL(x.ctx, keysOf(id).leaseCurrent()).Result()
		x.must(err)
		if left <= 0 {
			t.Errorf("lease:current lives for %v", left)
		}
	})
}

func TestVersionIsTheWires(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		version, err := b.fcall(x.ctx, "ff_version", nil).Text()
		x.must(err)
		if _, err := strconv.Atoi(version); err != nil || version != "34" {
			t.Errorf("version %q", version)
		}
	})
}

func FuzzDecodeExecution(f *testing.F) {
	for _, value := range []string{"", "x", "1795371984174.2", "-1", "9e99", "nan", "\xff\x1b[2J", "3b241101-e2bb-4255-8caf-4136c566a962"} {
		f.Add(value)
	}
	fields := append([]string{
		"current_attempt_id", "current_lease_id", "current_lease_epoch", "lease_acquired_at", "lease_last_renewed_at",
		"lease_renewal_deadline", "lease_revoked_at", "required_capabilities", "budget_ids", "replay_count", "attempt_type", "ended_at",
	}, rowFields...)
	f.Fuzz(func(t *testing.T, value string) {
		hash := map[string]string{}
		for _, field := range fields {
			hash[field] = value
		}
		e := decodeExecution("{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962", newRecord(hash), newRecord(hash))
		if value != "" && e.Lease == nil {
			t.Error("a held execution without a lease")
		}
		marked := map[string]bool{}
		for _, m := range e.Malformed {
			if marked[m.Field] {
				t.Errorf("%s is marked twice", m.Field)
			}
			marked[m.Field] = true
		}
		decodeRow("{fp:1}:3b241101-e2bb-4255-8caf-4136c566a962", newRecord(hash))
		decodeAttempt(0, newRecord(hash))
		decodeExpiredLease("x", newRecord(hash))
		decodeLeaseEvents([]redis.XMessage{{ID: value, Values: map[string]any{"event": value, "ts": value, "x": value}}})
		placeOf(newRecord(hash))
	})
}
