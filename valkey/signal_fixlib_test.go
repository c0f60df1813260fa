package valkey

import (
	"errors"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// What our library mends of FlowFabric's (spec 07, rows FIX-LIB), for waitpoints, signals and signing keys.

func TestQ015NumbersOfASignalAreCheckedBeforeAnythingIsWritten(t *testing.T) {
	for _, test := range []struct {
		name     string
		position int
		value    string
		want     string
	}{
		{"time to live", 14, "abc", "dedup_ttl_ms must be a number, got: abc"},
		{"a fraction of a time to live", 14, "1.5", "dedup_ttl_ms must be a number, got: 1.5"},
		{"delay", 15, "x", "resume_delay_ms must be a number, got: x"},
		{"stream limit", 16, "x", "signal_maxlen must be a number, got: x"},
		{"a stream limit below nothing", 16, "-1", "signal_maxlen must be a number, got: -1"},
		{"signal limit", 17, "x", "max_signals_per_execution must be a number, got: x"},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				x := newBench(t, b)
				h, waitpoint := x.asleep(waitFor("go"))
				signal := signalTo(h.ExecutionID, waitpoint, "go")
				signal.IdempotencyKey = "k"
				signal = withSignalDefaults(signal)
				reply, err := x.raw("ff_deliver_signal", deliverKeys(signal), changedArgs(signal, map[int]string{test.position: test.value})...)
				x.wantReply(reply, err, "invalid_input", test.want)
				part := keysOf(h.ExecutionID).partition()
				if x.exists(part.signal(signal.ID)) || x.exists(part.signalDedup(waitpoint.ID, "k")) {
					t.Error("something was written")
				}
				x.send(signal, engine.EffectResumed)
			})
		})
	}
}

// A repeat is a repeat whatever its numbers are: that is looked at first (spec 03b §4.8).
func TestARepeatWithABadNumberIsARepeat(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, waitpoint := x.asleep(twoOf())
		first := signalTo(h.ExecutionID, waitpoint, "approve")
		first.ID, first.IdempotencyKey = engine.NewSignalID(), "k"
		if _, err := x.DeliverSignal(x.ctx, first); err != nil {
			t.Fatal(err)
		}
		again := withSignalDefaults(first)
		again.ID = engine.NewSignalID()
		for _, position := range []int{15, 16} {
			reply, err := x.raw("ff_deliver_signal", deliverKeys(again), changedArgs(again, map[int]string{position: "x"})...)
			x.wantWords(reply, err, "1", "DUPLICATE", string(first.ID))
		}
	})
}

func TestQ015CreatePendingChecksTheExpiryBeforeAnythingIsWritten(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		k, part := keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		waitpoint := engine.NewWaitpointID()
		for _, bad := range []string{"", "soon", "nan"} {
			reply, err := x.raw("ff_create_pending_waitpoint",
				[]string{k.core(), part.waitpoint(waitpoint), part.pendingWaitpointExpiry(), part.hmacSecrets()},
				string(h.ExecutionID), "0", string(waitpoint), "k", bad)
			x.wantReply(reply, err, "invalid_input", "expires_at must be a number, got: "+bad)
		}
		if x.exists(part.waitpoint(waitpoint)) {
			t.Error("something was written")
		}
	})
}

func TestQ061ASignalThatWouldNeverCountIsNotBuffered(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, waitpoint := x.asleep(waitFor("go"))
		signal := signalTo(h.ExecutionID, waitpoint, "go")
		signal.ID, signal.IdempotencyKey = engine.NewSignalID(), "k"
		if _, err := x.BufferSignal(x.ctx, signal); !errors.Is(err, engine.CodeWaitpointNotPending) {
			t.Fatalf("on an active waitpoint: %v", err)
		}
		if x.exists(keysOf(h.ExecutionID).partition().signal(signal.ID)) {
			t.Error("it was recorded")
		}
		x.send(signal, engine.EffectResumed)

		h = x.resume(h.ExecutionID)
		ahead := x.pending(h, "k")
		x.must(x.Complete(x.ctx, h, nil))
		if _, err := x.BufferSignal(x.ctx, signalTo(h.ExecutionID, ahead, "go")); !errors.Is(err, engine.CodeTargetNotSignalable) {
			t.Fatalf("on a finished execution: %v", err)
		}
	})
}

func TestQ063EmptyNumbersAreTheDefaults(t *testing.T) {
	empty := map[int]string{11: "", 13: "", 14: "", 15: "", 16: "", 17: ""}
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		waitpoint := x.pending(h, "k")
		signal := withSignalDefaults(signalTo(h.ExecutionID, waitpoint, "other"))
		reply, err := x.raw("ff_buffer_signal_for_pending_waitpoint", bufferKeys(signal), changedArgs(signal, empty)...)
		x.wantReply(reply, err, "OK", string(signal.ID), engine.EffectBuffered)
		x.suspended(h, onPending(waitpoint, engine.Single("k", engine.ByName("go"))))
		signal.Name, signal.IdempotencyKey = "go", "key"
		reply, err = x.raw("ff_deliver_signal", deliverKeys(signal), changedArgs(signal, empty)...)
		x.wantReply(reply, err, "OK", string(signal.ID), engine.EffectResumed)
		part := keysOf(h.ExecutionID).partition()
		if x.exists(part.signalDedup(waitpoint.ID, "key")) {
			t.Error("an empty time to live did not switch deduplication off")
		}
		other := engine.NewWaitpointID()
		reply, err = x.raw("ff_create_pending_waitpoint",
			[]string{keysOf(x.working().ExecutionID).core(), part.waitpoint(other), part.pendingWaitpointExpiry()},
			string(h.ExecutionID), "0", string(other), "k", "1")
		x.wantReply(reply, err, "invalid_keys_missing_hmac")
	})
}

func TestQ065APendingWaitpointBelongsToItsExecution(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		waitpoint := x.pending(h, "k")
		page, err := x.ListPendingWaitpoints(x.ctx, h.ExecutionID, "", 10)
		if err != nil || len(page.Items) != 1 || page.Items[0].ID != waitpoint.ID || page.Items[0].State != "pending" {
			t.Fatalf("listed %+v, %v", page.Items, err)
		}
		x.send(signalTo(h.ExecutionID, waitpoint, "go"), engine.EffectBuffered)
		x.must(x.Complete(x.ctx, h, nil))
		trimmed, err := x.TrimRetention(x.ctx, h.ExecutionID.Partition(), "default", 0, x.now().Add(48*time.Hour), 10)
		if err != nil || trimmed != 1 {
			t.Fatalf("trimmed %d, %v", trimmed, err)
		}
		part := keysOf(h.ExecutionID).partition()
		if x.exists(part.waitpoint(waitpoint.ID)) || x.exists(part.waitpointSignals(waitpoint.ID)) {
			t.Error("keys of the waitpoint are left")
		}
	})
}

func (x bench) closeByFunction(part partKeys, waitpoint engine.WaitpointID, reason string) ([]any, error) {
	return x.raw("ff_close_waitpoint",
		[]string{part.noop(), part.waitpoint(waitpoint), part.pendingWaitpointExpiry()}, string(waitpoint), reason)
}

func TestQ066AClosedOrMissingWaitpointLeavesTheExpiryIndex(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		part := keysOf(h.ExecutionID).partition()
		closed, missing := x.pending(h, "k").ID, engine.NewWaitpointID()
		reply, err := x.closeByFunction(part, closed, "done")
		x.wantReply(reply, err, "OK")
		for waitpoint, want := range map[engine.WaitpointID][]string{closed: {"OK", "already_closed"}, missing: {"waitpoint_not_found"}} {
			entry := zAt(time.Now(), "")
			entry.Member = string(waitpoint)
			x.must(x.rdb.ZAdd(x.ctx, part.pendingWaitpointExpiry(), entry).Err())
			reply, err := x.closeByFunction(part, waitpoint, "never_committed")
			x.wantReply(reply, err, want...)
			if x.scored(part.pendingWaitpointExpiry(), engine.ExecutionID(waitpoint)) != "" {
				t.Errorf("%v: still in the index", want)
			}
		}
	})
}

func TestQ067AWaitpointInUseIsNotClosedAsNeverCommitted(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, waitpoint := x.asleep(waitFor("go"))
		reply, err := x.closeByFunction(keysOf(h.ExecutionID).partition(), waitpoint.ID, "never_committed")
		x.wantReply(reply, err, "waitpoint_not_pending")
		x.wantHash(x.waitpointKey(h.ExecutionID, waitpoint.ID), map[string]string{"state": "active"})
	})
}

// rotate calls the function on partition 0 and wants a reply.
func (x bench) rotate(kid, secret, grace string, want ...string) {
	x.Helper()
	part := partitionKeys(engine.Partition{Family: engine.FamilyFlow})
	reply, err := x.raw("ff_rotate_waitpoint_hmac_secret", []string{part.hmacSecrets()}, kid, secret, grace)
	x.wantReply(reply, err, want...)
}

func TestQ069RotatingBackClearsTheOldExpiry(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		key := partitionKeys(engine.Partition{Family: engine.FamilyFlow}).hmacSecrets()
		x.rotate("k2", "bb", "3600000", "OK", "rotated", "k1", "k2", "0")
		x.rotate("k1", "cc", "3600000", "rotation_conflict", "k1")
		x.rotate("k1", testSecret, "3600000", "OK", "rotated", "k2", "k1", "0")
		if x.hash(key, "expires_at:k1") != "" {
			t.Error("the key in use has an end")
		}
		// A kid whose grace is over may come back with another secret.
		x.must(x.rdb.HSet(x.ctx, key, "expires_at:k2", "1").Err())
		x.rotate("k2", "dd", "0", "OK", "rotated", "k1", "k2", "1")
		x.wantHash(key, map[string]string{"secret:k2": "dd", "current_kid": "k2", "previous_kid": "k1"})
	})
}

func TestQ069ACurrentKeyWithAnEndIsNotCollected(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		key := partitionKeys(engine.Partition{Family: engine.FamilyFlow}).hmacSecrets()
		x.must(x.rdb.HSet(x.ctx, key, "expires_at:k1", "1").Err()) // as FlowFabric's library leaves it
		x.rotate("k2", "bb", "3600000", "OK", "rotated", "k1", "k2", "0")
		x.wantHash(key, map[string]string{"secret:k1": testSecret})
	})
}

func TestQ070AFarExpiryIsWrittenInDigits(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		key := partitionKeys(engine.Partition{Family: engine.FamilyFlow}).hmacSecrets()
		x.rotate("k2", "bb", "9007199254740991", "OK", "rotated", "k1", "k2", "0")
		expires := x.hash(key, "expires_at:k1")
		if expires == "" || strings.Trim(expires, "0123456789") != "" {
			t.Errorf("expires at %q", expires)
		}
		for _, grace := range []string{"-1", "1.5", "nan", "9007199254740992", "abc", ""} {
			x.rotate("k3", "bb", grace, "invalid_grace_ms")
		}
	})
}

func TestQ075ADeliveryWithoutTheFeedKeyFeedsItAllTheSame(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, waitpoint := x.asleep(waitFor("go"))
		signal := withSignalDefaults(signalTo(h.ExecutionID, waitpoint, "go"))
		reply, err := x.raw("ff_deliver_signal", deliverKeys(signal)[:14], changedArgs(signal, nil)...)
		x.wantReply(reply, err, "OK", string(signal.ID), engine.EffectResumed)
		entries, err := x.rdb.XLen(x.ctx, keysOf(h.ExecutionID).partition().signalDelivery()).Result()
		if err != nil || entries != 1 {
			t.Errorf("%d entries, %v", entries, err)
		}
	})
}

// KEEP rows of the same functions.

func TestQ074TheLibraryLooksAtTheWaitBeforeTheKey(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, waitpoint := x.asleep(waitFor("go"))
		signal := signalTo(h.ExecutionID, waitpoint, "go")
		signal.IdempotencyKey = "k"
		signal = withSignalDefaults(signal)
		x.send(signal, engine.EffectResumed)
		reply, err := x.raw("ff_deliver_signal", deliverKeys(signal), changedArgs(signal, nil)...)
		x.wantReply(reply, err, "target_not_signalable")
	})
}

func TestQ078EscalationKeepsTheLanesScore(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		args := waitFor("go")
		args.TimeoutAt, args.TimeoutBehavior = time.Now().Add(-time.Second), engine.TimeoutEscalate
		h, _ := x.asleep(args)
		x.must(x.ExpireSuspension(x.ctx, h.ExecutionID))
		k, part := keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		x.wantHash(k.suspensionCurrent(), map[string]string{"timeout_at": "", "reason_code": "waiting_for_operator_review"})
		if got := x.scored(part.lane("default", engine.IndexSuspended), h.ExecutionID); got != millis(args.TimeoutAt) {
			t.Errorf("score %s", got)
		}
		if x.scored(part.suspensionTimeout(), h.ExecutionID) != "" {
			t.Error("still in the timeout index")
		}
	})
}

func TestQ080CreatePendingAsksForNoFence(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		x.runOut(h.ExecutionID)
		x.pending(engine.Handle{ExecutionID: h.ExecutionID, AttemptIndex: h.AttemptIndex}, "k")
	})
}
