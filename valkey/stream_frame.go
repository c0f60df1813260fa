package valkey

import (
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// decodeFrames reads stream entries (spec 03e §3).
func decodeFrames(entries []redis.XMessage) []engine.StreamFrame {
	frames := make([]engine.StreamFrame, len(entries))
	for i, entry := range entries {
		frames[i] = decodeFrame(entry)
	}
	return frames
}

// decodeFrame keeps what does not decode as it is, among the extra fields.
func decodeFrame(entry redis.XMessage) engine.StreamFrame {
	f := engine.StreamFrame{ID: entry.ID, At: entryTime(entry.ID), Mode: engine.ModeDurable}
	for name, value := range entry.Values {
		v := text(value)
		if !decodeFrameField(&f, name, v) {
			if f.Extra == nil {
				f.Extra = map[string]string{}
			}
			f.Extra[name] = v
		}
	}
	return f
}

func decodeFrameField(f *engine.StreamFrame, name, v string) (decoded bool) {
	switch name {
	case "frame_type":
		f.Type = v
	case "payload":
		f.Payload = []byte(v)
	case "encoding":
		f.Encoding = v
	case "source":
		f.Source = v
	case "mode":
		f.Mode = engine.StreamMode(v)
	case "correlation_id":
		f.CorrelationID = v
	case "ts":
		t, err := parseMillis(v)
		if err != nil {
			return false
		}
		f.SentAt = t
	case "summary_version":
		n, err := parseAmount(v)
		if err != nil {
			return false
		}
		f.SummaryVersion = n
	case "ttl_ms":
		ms, err := parseWhole(v)
		if err != nil {
			return false
		}
		f.TTL = time.Duration(ms) * time.Millisecond
	default:
		return false
	}
	return true
}

// entryTime is the server's clock in an entry id; zero for an id that is none.
func entryTime(entryID string) time.Time {
	ms, _, _ := strings.Cut(entryID, "-")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(n)
}

// streamMetaFields and streamOwnerFields are what the end of a stream is told by: its own record and the execution's.
var (
	streamEndFields   = []string{"closed_at", "closed_reason"}
	streamOwnerFields = []string{"lifecycle_phase", "terminal_outcome", "completed_at", "last_mutation_at", "total_attempt_count"}
)

// laterAttempt is the closing reason of a stream that nobody closed though another attempt has begun.
const laterAttempt = "later_attempt"

// streamEnd tells when and why a stream ended; both zero while it is open. An attempt that never appended has no record to close,
// and some ends forget to close: a stream is over, too, when its execution is or when a later attempt exists.
func streamEnd(meta, core *record, attempt uint32) (at time.Time, reason string) {
	if meta.text("closed_at") != "" {
		at, reason = meta.time("closed_at"), meta.text("closed_reason")
		if at.IsZero() && reason == "" {
			reason = "closed"
		}
		return at, reason
	}
	if core.text("lifecycle_phase") == string(engine.PhaseTerminal) {
		at = core.time("completed_at")
		if at.IsZero() {
			at = core.time("last_mutation_at")
		}
		return at, core.text("terminal_outcome")
	}
	if core.index("total_attempt_count") > attempt+1 {
		return time.Time{}, laterAttempt
	}
	return time.Time{}, ""
}
