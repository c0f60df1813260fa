package valkey

import (
	"strings"
	"testing"

	"ffboard/engine"
)

// appendCall are the keys and arguments of ff_append_frame as the oldest callers send it; more follows after max_payload_bytes.
func appendCall(h engine.Handle, payload string, more ...any) ([]string, []any) {
	k := keysOf(h.ExecutionID)
	keys := []string{k.core(), k.stream(0), k.streamMeta(0)}
	args := []any{string(h.ExecutionID), "0", string(h.LeaseID), "1", "delta", "", payload, "utf8", "", "worker", "7", string(h.AttemptID), "100"}
	return keys, append(args, more...)
}

func TestAFrameIsRefusedInTheOrderOfTheChecks(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		before := x.keysNow()
		refuse := func(change map[int]any, want ...any) {
			t.Helper()
			keys, args := appendCall(h, "p")
			for position, value := range change {
				args[position-1] = value
			}
			got, err := x.raw("ff_append_frame", keys, args...)
			x.wantExactly(got, err, append([]any{int64(0)}, want...)...)
		}
		refuse(map[int]any{7: strings.Repeat("x", 101), 2: "9"}, "retention_limit_exceeded")
		refuse(map[int]any{2: "00"}, "stale_owner_cannot_append")
		refuse(map[int]any{3: "other"}, "stale_owner_cannot_append")
		refuse(map[int]any{4: "2"}, "stale_owner_cannot_append")
		x.runOut(h.ExecutionID)
		refuse(nil, "stale_owner_cannot_append")
		x.wantCore(h.ExecutionID, map[string]string{"ownership_state": "leased"})
		x.must(x.rdb.HSet(x.ctx, keysOf(h.ExecutionID).core(), "lifecycle_phase", "suspended").Err())
		refuse(map[int]any{2: "9"}, "stream_closed")
		x.wantKeyChanges(before)
	})
}

func TestARefusedSummaryFrameHasOpenedTheStream(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		k := keysOf(h.ExecutionID)
		opened := map[string]string{
			"stream_id": string(h.ExecutionID) + ":0", "execution_id": string(h.ExecutionID), "attempt_id": string(h.AttemptID),
			"attempt_index": "0", "created_at": aTime, "closed_at": "", "closed_reason": "", "durability_mode": "durable_full",
			"retention_maxlen": "7", "last_sequence": "", "frame_count": "0", "total_bytes": "0", "last_frame_at": "",
			"has_durable_frame": "0",
		}
		before := x.keysNow()
		keys, args := appendCall(h, "{}", "summary", "odd")
		got, err := x.raw("ff_append_frame", keys, args...)
		x.wantExactly(got, err, int64(0), "invalid_input", "summary mode requires stream_summary key")
		keys = append(keys, k.attemptSummary(0))
		got, err = x.raw("ff_append_frame", keys, args...)
		x.wantExactly(got, err, int64(0), "invalid_input", "unsupported patch_kind")
		for payload, want := range map[string]string{
			"": "patch payload is not valid JSON", "{": "patch payload is not valid JSON", "null": "patch must be a JSON object",
			"[1]": "patch must be a JSON object", strings.Repeat(`{"a":`, 17) + `{"a":1}` + strings.Repeat("}", 17): "patch_depth_exceeded",
		} {
			_, args = appendCall(h, payload, "summary", "")
			args[12] = "1000"
			got, err = x.raw("ff_append_frame", keys, args...)
			x.wantExactly(got, err, int64(0), "invalid_input", want)
		}
		x.wantKeyChanges(before, "+"+k.streamMeta(0))
		x.wantRecord(k.streamMeta(0), opened)

		_, args = appendCall(h, `{"a":{"b":1}}`, "summary", "")
		got, err = x.raw("ff_append_frame", keys, args...)
		x.must(err)
		entry := text(got[2])
		x.wantExactly(got, err, int64(1), "OK", entry, "1", "1")
		x.wantRecord(k.streamMeta(0), union(opened, map[string]string{
			"frame_count": "1", "total_bytes": "13", "last_sequence": entry, "last_frame_at": aTime, "has_durable_frame": "1",
		}))
		x.wantRecord(k.attemptSummary(0), map[string]string{
			"document": `{"a":{"b":1}}`, "version": "1", "patch_kind": "json-merge-patch", "last_updated_ms": aTime, "first_applied_ms": aTime,
		})
		x.wantLastEntry(k.stream(0), "frame_type", "delta", "ts", aTime, "payload", `{"a":{"b":1}}`, "encoding", "utf8", "source", "worker",
			"mode", "summary", "summary_version", "1")
	})
}

func TestAnUnknownModeIsWrittenAndTrimmedLikeDurable(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		k := keysOf(h.ExecutionID)
		keys, args := appendCall(h, "p", "odd")
		args[8] = "c-1"
		for range 9 {
			got, err := x.raw("ff_append_frame", keys, args...)
			x.must(err)
			x.wantExactly(got, err, int64(1), "OK", text(got[2]), text(got[3]), "")
		}
		x.wantLastEntry(k.stream(0), "frame_type", "delta", "ts", aTime, "payload", "p", "encoding", "utf8", "source", "worker",
			"mode", "odd", "correlation_id", "c-1")
		x.wantHash(k.streamMeta(0), map[string]string{"has_durable_frame": "0", "frame_count": "9", "total_bytes": "9"})
		if n, err := x.rdb.XLen(x.ctx, k.stream(0)).Result(); err != nil || n != 7 {
			t.Errorf("%d entries, error %v, want 7", n, err)
		}
	})
}

func TestADeliveredSignalIsKeptWhateverItDoes(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h, wp := x.asleep(waitFor("go"))
		id, k, part := h.ExecutionID, keysOf(h.ExecutionID), keysOf(h.ExecutionID).partition()
		s := signalTo(id, wp, "other")
		s.ID = engine.NewSignalID()
		core, suspension, condition := x.record(k.core()), x.record(k.suspensionCurrent()), x.record(part.waitpointCondition(wp.ID))
		record, before := x.record(x.waitpointKey(id, wp.ID)), x.keysNow()

		args := changedArgs(s, map[int]string{8: "data", 9: "text", 10: "", 11: "c", 12: "execution", 13: "1700000000000", 14: "", 16: "1000"})
		got, err := x.raw("ff_deliver_signal", deliverKeys(s), args...)
		x.wantExactly(got, err, int64(1), "OK", string(s.ID), "no_op")
		x.wantRecord(part.signal(s.ID), map[string]string{
			"signal_id": string(s.ID), "target_execution_id": string(id), "target_waitpoint_id": string(wp.ID), "target_scope": "execution",
			"signal_name": "other", "signal_category": "test", "source_type": "person", "source_identity": "ann", "correlation_id": "c",
			"idempotency_key": "", "created_at": "1700000000000", "accepted_at": aTime, "matched_waitpoint_id": string(wp.ID),
			"payload_encoding": "text", "observed_effect": "no_op",
		})
		x.wantChanges(k.core(), core, nil)
		x.wantChanges(part.waitpointCondition(wp.ID), condition, nil)
		x.wantChanges(k.suspensionCurrent(), suspension, map[string]string{"last_signal_at": aTime})
		x.wantChanges(x.waitpointKey(id, wp.ID), record, map[string]string{"signal_count": "1", "last_signal_at": aTime})
		x.wantLastEntry(part.waitpointSignals(wp.ID), "signal_id", string(s.ID), "signal_name", "other", "signal_category", "test",
			"source_type", "person", "source_identity", "ann", "matched", "0", "accepted_at", aTime)
		x.wantLastEntry(part.signalDelivery(), "signal_id", string(s.ID), "execution_id", string(id), "waitpoint_id", string(wp.ID),
			"source_identity", "ann", "effect", "no_op", "delivered_at_ms", aTime)
		x.wantKeyChanges(before, "+"+part.signal(s.ID), "+"+part.signalPayload(s.ID), "+"+part.waitpointSignals(wp.ID), "+"+k.signals(),
			"+"+part.signalDelivery())

		got, err = x.raw("ff_deliver_signal", deliverKeys(s), changedArgs(s, map[int]string{17: "1"})...)
		x.wantExactly(got, err, int64(0), "signal_limit_exceeded")
		x.must(x.rdb.HSet(x.ctx, part.waitpointCondition(wp.ID), "closed", "1").Err())
		got, err = x.raw("ff_deliver_signal", deliverKeys(s), changedArgs(s, nil)...)
		x.wantExactly(got, err, int64(0), "waitpoint_closed")
		x.must(x.rdb.Del(x.ctx, part.waitpointCondition(wp.ID)).Err())
		got, err = x.raw("ff_deliver_signal", deliverKeys(s), changedArgs(s, nil)...)
		x.wantExactly(got, err, int64(0), "waitpoint_not_found")
		x.must(x.rdb.HSet(x.ctx, k.core(), "lifecycle_phase", "runnable").Err())
		for state, want := range map[string]string{"pending": "waitpoint_pending_use_buffer_script", "closed": "target_not_signalable"} {
			x.must(x.rdb.HSet(x.ctx, x.waitpointKey(id, wp.ID), "state", state).Err())
			got, err = x.raw("ff_deliver_signal", deliverKeys(s), changedArgs(s, nil)...)
			x.wantExactly(got, err, int64(0), want)
		}
		if x.core(id, "last_hmac_validation_failed_at") != "" {
			t.Error("a refusal that is none of the token's is noted as one")
		}
	})
}
