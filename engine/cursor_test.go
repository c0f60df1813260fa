package engine_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"testing"

	"ffboard/engine"
)

func TestParseStreamCursor(t *testing.T) {
	for in, bound := range map[string]string{
		"start": "-", "end": "+", "0-0": "0-0", "1700000000123": "1700000000123", "1700000000123-0": "1700000000123-0",
		"18446744073709551615-18446744073709551615": "18446744073709551615-18446744073709551615",
	} {
		if c, err := engine.ParseStreamCursor(in); err != nil || string(c) != in || c.Bound() != bound {
			t.Errorf("%s: got %q, %v", in, c.Bound(), err)
		}
	}
	for in, problem := range map[string]engine.ParseProblem{
		"": engine.ProblemEmpty, "-": engine.ProblemBareMarker, "+": engine.ProblemBareMarker,
		"abc": engine.ProblemMalformed, "-1": engine.ProblemMalformed, "1-": engine.ProblemMalformed, "-1-2": engine.ProblemMalformed,
		"1-2-3": engine.ProblemMalformed, "1.2": engine.ProblemMalformed, "Start": engine.ProblemMalformed, "END": engine.ProblemMalformed,
		"$": engine.ProblemMalformed, "(1-2": engine.ProblemMalformed, "1 ": engine.ProblemMalformed, "１": engine.ProblemMalformed,
		"18446744073709551616": engine.ProblemOutOfRange, "1-18446744073709551616": engine.ProblemOutOfRange,
	} {
		_, err := engine.ParseStreamCursor(in)
		if !errors.Is(err, problem) || !errors.Is(err, engine.CodeInvalidInput) {
			t.Errorf("%q: got %v, want %s", in, err, problem)
		}
	}
	for in, want := range map[string]string{
		"":    "stream cursor must not be empty",
		"-":   "bare marker '-' is not a valid stream cursor; use 'start' or 'end'",
		"abc": "invalid stream cursor 'abc' (expected 'start', 'end', '<ms>', or '<ms>-<seq>')",
	} {
		if _, err := engine.ParseStreamCursor(in); err.Error() != want {
			t.Errorf("got %s", err)
		}
	}
	var c engine.StreamCursor
	if err := json.Unmarshal([]byte(`"end"`), &c); err != nil || c != engine.StreamEnd {
		t.Errorf("got %q, %v", c, err)
	}
	if err := json.Unmarshal([]byte(`"-"`), &c); !errors.Is(err, engine.ProblemBareMarker) {
		t.Errorf("got %v", err)
	}
}

func TestSubscriptionCursors(t *testing.T) {
	id, err := engine.ParseEntryID("1700000000000-42")
	if err != nil || id.String() != "1700000000000-42" {
		t.Fatalf("got %v, %v", id, err)
	}
	cursor := id.SubscriptionCursor()
	if got := hex.EncodeToString(cursor); got != "010000018bcfe56800000000000000002a" {
		t.Errorf("got %s", got)
	}
	if again, fromNow, err := engine.DecodeSubscriptionCursor(cursor); err != nil || fromNow || again != id {
		t.Errorf("got %v, %t, %v", again, fromNow, err)
	}
	if _, fromNow, err := engine.DecodeSubscriptionCursor(nil); err != nil || !fromNow {
		t.Errorf("the empty cursor: %t, %v", fromNow, err)
	}
	postgres, _ := hex.DecodeString("020000000000003039")
	for _, bad := range [][]byte{postgres, {1}, cursor[:16], append([]byte{2}, cursor[1:]...), append(cursor[:17:17], 0)} {
		if _, _, err := engine.DecodeSubscriptionCursor(bad); !errors.Is(err, engine.CodeInvalidInput) {
			t.Errorf("% x: got %v", bad, err)
		}
	}
	for _, bad := range []string{"", "1", "1-", "-1", "a-b", "+1-2", "18446744073709551616-0"} {
		if _, err := engine.ParseEntryID(bad); !errors.Is(err, engine.ProblemMalformed) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func FuzzParseStreamCursor(f *testing.F) {
	for _, seed := range []string{"start", "1-2", "99999999999999999999", "-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := engine.ParseStreamCursor(s); err == nil && string(c) != s {
			t.Fatalf("%q became %q", s, c)
		}
	})
}

func FuzzDecodeSubscriptionCursor(f *testing.F) {
	f.Add(engine.EntryID{Millis: 1, Seq: 2}.SubscriptionCursor())
	f.Add([]byte{2, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		id, fromNow, err := engine.DecodeSubscriptionCursor(b)
		if err == nil && !fromNow && string(id.SubscriptionCursor()) != string(b) {
			t.Fatalf("% x became %v", b, id)
		}
	})
}
