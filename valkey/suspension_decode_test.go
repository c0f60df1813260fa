package valkey

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

func TestASuspensionDecodesFieldByField(t *testing.T) {
	s := decodeSuspension(newRecord(map[string]string{
		"suspension_id": "b7b1c6a2-11d4-4f0e-8a53-6f2d9c0e4b10", "execution_id": "junk", "attempt_index": "-1", "created_at": "1700000000000",
		"timeout_at": "soon", "reason_code": "made_up", "resume_condition_json": "{", "close_reason": "",
	}), nil)
	var fields []string
	for _, bad := range s.Malformed {
		fields = append(fields, bad.Field)
	}
	if got := strings.Join(fields, " "); got != "execution_id attempt_index timeout_at resume_condition_json" {
		t.Errorf("malformed: %s", got)
	}
	if s.ID == "" || !s.CreatedAt.Equal(time.UnixMilli(1700000000000)) || s.Reason != "made_up" || !s.Open() {
		t.Errorf("%+v", s)
	}
}

func TestAReplyOfSuspendListsAsManyWaitpointsAsItSays(t *testing.T) {
	const id = "b7b1c6a2-11d4-4f0e-8a53-6f2d9c0e4b10"
	for _, test := range []struct {
		name       string
		fields     []string
		waitpoints int
		refused    bool
	}{
		{"one", []string{id, id, "k", "t", "0"}, 1, false},
		{"two", []string{id, id, "k", "t", "1", id, "k2", "t2"}, 2, false},
		{"no count", []string{id, id, "k", "t", ""}, 1, false},
		{"a count beyond what is there", []string{id, id, "k", "t", "9", id, "k2", "t2"}, 0, true},
		{"no suspension", []string{"x", id, "k", "t", "0"}, 0, true},
		{"no waitpoint", []string{id, "x", "k", "t", "0"}, 0, true},
		{"nothing", nil, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			outcome, err := decodeSuspended("suspend", engine.Handle{}, reply{status: "OK", fields: test.fields})
			if (err != nil) != test.refused || len(outcome.Waitpoints) != test.waitpoints {
				t.Errorf("%+v, %v", outcome, err)
			}
		})
	}
}

func TestACursorOfTheSuspendedListingRoundTrips(t *testing.T) {
	want := indexedMember{member: "{fp:3}:x|y", score: 9999999999999}
	got, err := parseSuspendedCursor("list", suspendedCursor(want))
	if err != nil || *got != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzDecodeWaitpoint(f *testing.F) {
	f.Add("3f2b8c1e-5a7d-4e90-9c11-0a1b2c3d4e5f", "active", "1700000000000", "k1:15ee50d4b338cbf43e6c940b3c495c549117a43c", "2", "go")
	f.Add("", "", "9e99", ":", "-1", "\x00")
	f.Fuzz(func(t *testing.T, id, state, at, token, total, name string) {
		w := decodeWaitpoint(id,
			newRecord(map[string]string{"state": state, "created_at": at, "waitpoint_token": token, "signal_count": total}),
			newRecord(map[string]string{"total_matchers": total, "matcher:0:name": name, "matcher:0:signal_id": id, "minimum_signal_count": at}))
		if len(w.Matchers) > 1 {
			t.Errorf("%d matchers of one", len(w.Matchers))
		}
		if len(token) > 20 && w.TokenFingerprint == token {
			t.Error("the fingerprint is the token")
		}
	})
}

func FuzzDecodeSuspension(f *testing.F) {
	f.Add(`{"composite":true,"tree":{"kind":"AllOf","members":[{"kind":"Single"}]},"v":1}`, `[{"waitpoint_id":"a"}]`, `["x"]`, "leaf:members[0]")
	f.Add("null", "{}", "5", "cnt::")
	f.Fuzz(func(t *testing.T, condition, additional, satisfiers, token string) {
		r := newRecord(map[string]string{
			"resume_condition_json": condition, "additional_waitpoints_json": additional, "all_satisfier_signals": satisfiers, "waitpoint_id": token,
		})
		_ = decodeSuspension(r, []string{token}).Condition.SignalNames()
		_ = suspensionWaitpoints(r)
		_ = satisfierIDs(r)
	})
}

func FuzzDecodeSignalEvent(f *testing.F) {
	f.Add("1700000000000-0", "{fp:3}:00000000-0000-4000-8000-000000000001", "1700000000000")
	f.Add("x", "", "-")
	f.Fuzz(func(t *testing.T, entry, execution, at string) {
		event := decodeSignalEvent(redis.XMessage{ID: entry, Values: map[string]any{"execution_id": execution, "delivered_at_ms": at}})
		if event.Execution == "" && len(event.Malformed) == 0 {
			t.Error("an event of nothing that is not marked")
		}
	})
}

func FuzzParseSuspendedCursor(f *testing.F) {
	f.Add("9999999999999|{fp:3}:x")
	f.Add("|")
	f.Fuzz(func(t *testing.T, cursor string) {
		m, err := parseSuspendedCursor("list", engine.SuspendedCursor(cursor))
		if err != nil || m == nil {
			return
		}
		again, err := parseSuspendedCursor("list", suspendedCursor(*m))
		if err != nil || again.member != m.member {
			t.Errorf("%q: %+v, then %+v, %v", cursor, m, again, err)
		}
	})
}
