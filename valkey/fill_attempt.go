package valkey

import (
	"strconv"
	"time"
)

// endedHistory: of what has ended one in so many keeps its lease history and stream. The server sets aside four kilobytes for every
// stream, which would be the larger half of the deployment.
const endedHistory = 10

func (w *fillWriter) writeAttempts(e *filledExecution) {
	keeps := !e.situation.over() || w.oneIn(endedHistory)
	span := e.changed.Sub(e.started) / time.Duration(max(e.attempts, 1))
	for i := range e.attempts {
		begun := e.started.Add(span * time.Duration(i))
		w.writeAttempt(e, uint32(i), begun, begun.Add(span), keeps)
	}
	if e.situation == atWork {
		w.hash(e.keys().leaseCurrent(), "lease_id", string(e.lease), "lease_epoch", strconv.Itoa(e.attempts),
			"execution_id", string(e.id), "attempt_id", string(e.attempt), "worker_id", string(e.worker.ID),
			"worker_instance_id", string(e.worker.Instance), "acquired_at", millis(e.changed), "expires_at", millis(e.leaseEnds()),
			"last_renewed_at", millis(e.changed), "renewal_deadline", millis(e.changed.Add(32*time.Hour)))
	}
	if e.attempts > 0 && keeps && w.oneIn(3) {
		w.writeFrames(e)
	}
}

// writeAttempt writes one attempt. All but the last have failed and were tried again.
func (w *fillWriter) writeAttempt(e *filledExecution, i uint32, begun, ended time.Time, keeps bool) {
	k, lease, attempt, number := e.keys(), w.id(), w.id(), strconv.Itoa(int(i))
	fields := []any{"execution_id", string(e.id), "attempt_index", number}
	kind, state, release := "initial", "ended_failure", "failed_retry_scheduled"
	var end []any
	if i > 0 {
		kind = "retry"
		end = append(end, "retry_reason", e.reason, "previous_attempt_index", strconv.Itoa(int(i)-1))
	}
	if i == e.last() {
		lease, attempt = string(e.lease), string(e.attempt)
		switch e.situation {
		case atWork:
			state, release = "started", ""
		case asleep:
			state, release = "suspended", "suspend"
			end = append(end, "suspended_at", millis(e.changed), "suspension_id", string(e.suspension))
		case wellDone:
			state, release = "ended_success", "completed"
			end = append(end, "ended_at", millis(e.changed))
		case gaveUp:
			release = "failed_terminal"
		}
	}
	if state == "ended_failure" {
		end = append(end, "ended_at", millis(ended), "failure_reason", e.reason, "failure_category", "transient")
	}
	fields = append(fields, "attempt_id", attempt, "attempt_type", kind, "attempt_state", state,
		"created_at", millis(begun), "started_at", millis(begun), "lease_id", lease, "lease_epoch", strconv.Itoa(int(i)+1),
		"worker_id", string(e.worker.ID), "worker_instance_id", string(e.worker.Instance))
	w.hash(k.attempt(i), append(fields, end...)...)
	w.hash(k.attemptUsage(i), "last_usage_report_seq", "0")
	w.sorted(k.attempts(), number, begun.UnixMilli())
	if !keeps {
		return
	}
	// Entries of one stream need ids that grow, however short the attempt was.
	begun = begun.Add(time.Duration(i) * 2 * time.Millisecond)
	w.entry(k.leaseHistory(), begun, "event", "acquired", "lease_id", lease, "lease_epoch", strconv.Itoa(int(i)+1),
		"attempt_id", attempt, "attempt_index", number, "worker_id", string(e.worker.ID), "ts", millis(begun))
	if release != "" {
		ended = ended.Add(time.Duration(i)*2*time.Millisecond + time.Millisecond)
		w.entry(k.leaseHistory(), ended, "event", "released", "lease_id", lease, "lease_epoch", strconv.Itoa(int(i)+1),
			"attempt_index", number, "reason", release, "ts", millis(ended))
	}
}

// writeFrames gives the current attempt a stream with a few frames.
func (w *fillWriter) writeFrames(e *filledExecution) {
	k, i := e.keys(), e.last()
	frames := 1 + w.rng.IntN(5)
	at, size, last := e.changed, 0, ""
	for n := range frames {
		payload := `{"step":` + strconv.Itoa(n) + `,"text":"` + pick(w, fillWords) + `"}`
		at = e.changed.Add(time.Duration(n) * time.Millisecond)
		size += len(payload)
		last = w.entry(k.stream(i), at, "frame_type", "progress", "ts", millis(at), "payload", payload, "encoding", "utf8",
			"source", "worker", "mode", "durable")
	}
	closed, reason := "", ""
	switch e.situation {
	case wellDone:
		closed, reason = millis(e.changed), "attempt_success"
	case gaveUp, betweenTries:
		closed, reason = millis(e.changed), "attempt_failure"
	}
	w.hash(k.streamMeta(i), "stream_id", string(e.id)+":"+strconv.Itoa(int(i)), "execution_id", string(e.id),
		"attempt_id", string(e.attempt), "attempt_index", strconv.Itoa(int(i)), "created_at", millis(e.changed),
		"closed_at", closed, "closed_reason", reason, "durability_mode", "durable_full", "retention_maxlen", "10000",
		"last_sequence", last, "frame_count", strconv.Itoa(frames), "total_bytes", strconv.Itoa(size),
		"last_frame_at", millis(at), "has_durable_frame", "1")
}
