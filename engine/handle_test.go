package engine_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

var sampleHandle = engine.Handle{
	ExecutionID:    "{fp:7}:11111111-2222-4333-8444-555555555555",
	AttemptIndex:   3,
	AttemptID:      "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
	LeaseID:        "01234567-89ab-4cde-8f01-23456789abcd",
	LeaseEpoch:     7,
	LeaseTTL:       30 * time.Second,
	Lane:           "default",
	WorkerInstance: "worker-1",
}

// sampleBytes are the worked example of spec 03e §20.3.
var sampleBytes = func() []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(`
		02 01 01 2b 00 00 00 7b 66 70 3a 37 7d 3a 31 31
		31 31 31 31 31 31 2d 32 32 32 32 2d 34 33 33 33
		2d 38 34 34 34 2d 35 35 35 35 35 35 35 35 35 35
		35 35 03 00 00 00 24 00 00 00 61 61 61 61 61 61
		61 61 2d 62 62 62 62 2d 34 63 63 63 2d 38 64 64
		64 2d 65 65 65 65 65 65 65 65 65 65 65 65 24 00
		00 00 30 31 32 33 34 35 36 37 2d 38 39 61 62 2d
		34 63 64 65 2d 38 66 30 31 2d 32 33 34 35 36 37
		38 39 61 62 63 64 07 00 00 00 00 00 00 00 30 75
		00 00 00 00 00 00 07 00 00 00 64 65 66 61 75 6c
		74 08 00 00 00 77 6f 72 6b 65 72 2d 31`), ""))
	if err != nil {
		panic(err)
	}
	return b
}()

func TestAHandleEncodesAsTheWorkedExample(t *testing.T) {
	if got := sampleHandle.Encode(); !bytes.Equal(got, sampleBytes) {
		t.Fatalf("got % x", got)
	}
	if got, err := engine.DecodeHandle(sampleBytes); err != nil || got != sampleHandle {
		t.Fatalf("got %+v, %v", got, err)
	}
	v1 := append([]byte{1}, sampleBytes[3:]...)
	if got, err := engine.DecodeHandle(v1); err != nil || got != sampleHandle || len(v1) != 171 {
		t.Fatalf("version 1: got %+v, %v", got, err)
	}
	if want := (engine.LeaseFence{LeaseID: sampleHandle.LeaseID, LeaseEpoch: 7, AttemptID: sampleHandle.AttemptID}); sampleHandle.Fence() != want {
		t.Errorf("fence %+v", sampleHandle.Fence())
	}
}

func TestDecodeHandleRefuses(t *testing.T) {
	at := func(offset int, b ...byte) []byte {
		changed := bytes.Clone(sampleBytes)
		copy(changed[offset:], b)
		return changed
	}
	for _, tc := range []struct {
		name   string
		opaque []byte
		want   string
	}{
		{"nothing", nil, "Truncated"},
		{"one byte", sampleBytes[:1], "Truncated"},
		{"no fields", sampleBytes[:3], "Truncated"},
		{"half a field", sampleBytes[:60], "Truncated"},
		{"all but the last byte", sampleBytes[:172], "Truncated"},
		{"a length beyond the end", at(3, 0xff, 0xff, 0xff, 0xff), "Truncated"},
		{"an unknown version", at(0, 3), "BadV1Version"},
		{"an unknown wire version", at(1, 2), "BadWireVersion"},
		{"an unknown backend", at(2, 4), "BadBackendTag"},
		{"bytes that are no text", at(154, 0xff), "InvalidUtf8: lane_id"},
		{"no execution id", at(7, 'x'), "ParseField: execution_id"},
		{"no attempt id", at(58, 'x'), "ParseField: attempt_id"},
		{"no lease id", at(98, 'x'), "ParseField: lease_id"},
		{"a byte too many", append(bytes.Clone(sampleBytes), 0), "TrailingBytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := engine.DecodeHandle(tc.opaque)
			var e *engine.Error
			if !errors.As(err, &e) || !errors.Is(err, engine.ClassCorruption) || !strings.HasPrefix(e.Detail, "handle_codec: "+tc.want) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

func TestAHandleOfAnotherBackendIsRefused(t *testing.T) {
	foreign := bytes.Clone(sampleBytes)
	foreign[2] = 2
	_, err := engine.DecodeHandle(foreign)
	var e *engine.Error
	if !errors.Is(err, engine.CodeHandleFromOtherBackend) || !errors.As(err, &e) || e.Detail != "expected=Valkey actual=Postgres (embedded tag)" {
		t.Errorf("embedded tag: %v", err)
	}
	var h engine.Handle
	err = json.Unmarshal([]byte(`{"backend":"Sqlite","kind":"Fresh","opaque":[]}`), &h)
	if !errors.Is(err, engine.CodeHandleFromOtherBackend) || !errors.As(err, &e) || e.Detail != "expected=Valkey actual=Sqlite" {
		t.Errorf("wrapper: %v", err)
	}
}

func TestAHandleInJSON(t *testing.T) {
	h := sampleHandle
	h.Kind = engine.HandleReclaimed
	text, err := json.Marshal(h)
	if err != nil || !strings.HasPrefix(string(text), `{"backend":"Valkey","kind":"Reclaimed","opaque":[2,1,1,43,0,`) {
		t.Fatalf("got %s, %v", text, err)
	}
	var again engine.Handle
	if err := json.Unmarshal(text, &again); err != nil || again != h {
		t.Fatalf("got %+v, %v", again, err)
	}
	for _, bad := range []string{
		`[]`, `{"backend":"Valkey","kind":"Odd","opaque":[1]}`, `{"backend":"Valkey","kind":"Fresh","opaque":[256]}`,
		`{"backend":"Valkey","kind":"Fresh","opaque":[-1]}`, `{"backend":"Valkey","kind":"Fresh","opaque":[]}`,
	} {
		if err := json.Unmarshal([]byte(bad), &again); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestALeaseTTLBeyondADurationIsTheLongestOne(t *testing.T) {
	huge := bytes.Clone(sampleBytes)
	for i := 142; i < 150; i++ {
		huge[i] = 0xff
	}
	h, err := engine.DecodeHandle(huge)
	if err != nil || h.LeaseTTL <= 0 {
		t.Fatalf("got %v, %v", h.LeaseTTL, err)
	}
}

func FuzzDecodeHandle(f *testing.F) {
	f.Add(sampleBytes)
	f.Add(append([]byte{1}, sampleBytes[3:]...))
	f.Add(sampleBytes[:60])
	f.Add([]byte{2, 1, 3})
	f.Fuzz(func(t *testing.T, opaque []byte) {
		h, err := engine.DecodeHandle(opaque)
		if err != nil {
			return
		}
		if again, err := engine.DecodeHandle(h.Encode()); err != nil || again != h {
			t.Fatalf("%+v became %+v, %v", h, again, err)
		}
	})
}
