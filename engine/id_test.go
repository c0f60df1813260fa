package engine_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"ffboard/engine"
)

const sampleUUID = "550e8400-e29b-41d4-a716-446655440000"

func TestParseExecutionID(t *testing.T) {
	const noTag = "execution_id is missing the `{fp:N}:` hash-tag prefix: "
	const badIndex = "execution_id partition index is not a valid u16: "
	const badUUID = "execution_id UUID suffix is not a valid UUID: "
	for _, tc := range []struct {
		name, in string
		index    uint16
		problem  engine.ParseProblem
		message  string
	}{
		{name: "a minted id", in: "{fp:42}:" + sampleUUID, index: 42},
		{name: "a bare upper-case UUID is kept as given", in: "{fp:0}:550E8400E29B41D4A716446655440000"},
		{name: "the largest index", in: "{fp:65535}:" + sampleUUID, index: 65535},
		{name: "leading zeros are kept", in: "{fp:007}:" + sampleUUID, index: 7},
		{name: "one leading plus is taken", in: "{fp:+7}:" + sampleUUID, index: 7},
		{name: "a braced UUID", in: "{fp:1}:{" + sampleUUID + "}", index: 1},
		{name: "a URN", in: "{fp:1}:urn:uuid:" + sampleUUID, index: 1},
		{name: "a bare UUID has no tag", in: sampleUUID, problem: engine.ProblemMissingTag, message: noTag + sampleUUID},
		{name: "the colon after the tag is missing", in: "{fp:42}" + sampleUUID, problem: engine.ProblemMissingTag, message: noTag + "{fp:42}" + sampleUUID},
		{name: "another family's tag", in: "{b:0}:" + sampleUUID, problem: engine.ProblemMissingTag, message: noTag + "{b:0}:" + sampleUUID},
		{name: "nothing", in: "", problem: engine.ProblemMissingTag, message: noTag},
		{name: "no index", in: "{fp:}:" + sampleUUID, problem: engine.ProblemInvalidPartitionIndex, message: badIndex},
		{name: "a word for an index", in: "{fp:xx}:" + sampleUUID, problem: engine.ProblemInvalidPartitionIndex, message: badIndex + "xx"},
		{name: "an index beyond u16", in: "{fp:65536}:" + sampleUUID, problem: engine.ProblemInvalidPartitionIndex, message: badIndex + "65536"},
		{name: "a negative index", in: "{fp:-0}:" + sampleUUID, problem: engine.ProblemInvalidPartitionIndex, message: badIndex + "-0"},
		{name: "two signs", in: "{fp:++7}:" + sampleUUID, problem: engine.ProblemInvalidPartitionIndex, message: badIndex + "++7"},
		{name: "a blank in the index", in: "{fp: 7}:" + sampleUUID, problem: engine.ProblemInvalidPartitionIndex, message: badIndex + " 7"},
		{name: "the index is looked at before the UUID", in: "{fp:xx}:no", problem: engine.ProblemInvalidPartitionIndex, message: badIndex + "xx"},
		{name: "no UUID", in: "{fp:0}:not-a-uuid", problem: engine.ProblemInvalidUUID, message: badUUID + "not-a-uuid"},
		{name: "a wrong brace", in: "{fp:0}:(" + sampleUUID + ")", problem: engine.ProblemInvalidUUID, message: badUUID + "(" + sampleUUID + ")"},
		{name: "a URN in capitals", in: "{fp:0}:URN:UUID:" + sampleUUID, problem: engine.ProblemInvalidUUID, message: badUUID + "URN:UUID:" + sampleUUID},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id, err := engine.ParseExecutionID(tc.in)
			if tc.problem != "" {
				if !errors.Is(err, tc.problem) || err.Error() != tc.message {
					t.Fatalf("got %q, %v; want %s: %s", id, err, tc.problem, tc.message)
				}
				if !errors.Is(err, engine.ClassValidation) || !errors.Is(err, engine.CodeInvalidInput) {
					t.Error("not a validation error")
				}
				if p := engine.ExecutionID(tc.in).Partition(); !p.IsZero() {
					t.Errorf("partition of a bad id: %v", p)
				}
				return
			}
			if err != nil || string(id) != tc.in {
				t.Fatalf("got %q, %v; want it verbatim", id, err)
			}
			if want := (engine.Partition{Family: engine.FamilyFlow, Index: tc.index}); id.Partition() != want {
				t.Errorf("partition %v, want %v", id.Partition(), want)
			}
			if !strings.HasSuffix(tc.in, "}:"+id.UUID()) || id.UUID() == "" {
				t.Errorf("UUID %q", id.UUID())
			}
		})
	}
}

func TestUUIDIDsTakeEverySpellingAndGiveOne(t *testing.T) {
	for _, in := range []string{
		sampleUUID,
		"550e8400e29b41d4a716446655440000",
		"{550E8400-E29B-41D4-A716-446655440000}",
		"urn:uuid:550e8400-e29b-41d4-a716-446655440000",
		"550E8400-e29b-41D4-a716-446655440000",
	} {
		if id, err := engine.ParseFlowID(in); err != nil || id != sampleUUID {
			t.Errorf("%s: got %q, %v", in, id, err)
		}
	}
	for _, in := range []string{"", "x", "[550e8400-e29b-41d4-a716-446655440000]", "{550e8400e29b41d4a716446655440000}", sampleUUID + " ", "550e8400-e29b-41d4-a716-44665544000g"} {
		_, err := engine.ParseBudgetID(in)
		if !errors.Is(err, engine.ProblemInvalidUUID) || !strings.HasPrefix(err.Error(), "invalid budget_id: ") {
			t.Errorf("%q: got %v", in, err)
		}
	}
	if a, b := engine.NewFlowID(), engine.NewFlowID(); a == b {
		t.Error("two new ids are equal")
	} else if parsed, err := engine.ParseFlowID(string(a)); err != nil || parsed != a {
		t.Errorf("a new id is not canonical: %q, %v", a, err)
	}
}

func TestIDsInJSONAreChecked(t *testing.T) {
	var record struct {
		Execution engine.ExecutionID
		Flow      engine.FlowID
		Lane      engine.LaneID
	}
	good := `{"Execution":"{fp:1}:` + sampleUUID + `","Flow":"550E8400E29B41D4A716446655440000","Lane":"gpu"}`
	if err := json.Unmarshal([]byte(good), &record); err != nil || record.Flow != sampleUUID {
		t.Fatalf("got %+v, %v", record, err)
	}
	for _, bad := range []string{`{"Execution":"` + sampleUUID + `"}`, `{"Flow":"x"}`, `{"Lane":""}`} {
		if err := json.Unmarshal([]byte(bad), &record); !errors.Is(err, engine.ClassValidation) {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestParseLaneID(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		problem  engine.ParseProblem
		message  string
	}{
		{name: "a name", in: "default"},
		{name: "blanks, colons, braces and stars are legal", in: "a b:{c}*"},
		{name: "64 bytes", in: strings.Repeat("x", 64)},
		{name: "nothing", in: "", problem: engine.ProblemEmpty, message: "lane_id is empty"},
		{name: "65 bytes", in: strings.Repeat("x", 65), problem: engine.ProblemTooLong, message: "lane_id exceeds 64 bytes (got 65)"},
		{name: "a control byte", in: "ab\x1bc", problem: engine.ProblemNonPrintable, message: "lane_id contains non-ASCII-printable byte at index 2"},
		{name: "a letter that is not ASCII", in: "é", problem: engine.ProblemNonPrintable, message: "lane_id contains non-ASCII-printable byte at index 0"},
		{name: "delete", in: "a\x7f", problem: engine.ProblemNonPrintable, message: "lane_id contains non-ASCII-printable byte at index 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			lane, err := engine.ParseLaneID(tc.in)
			if tc.problem == "" {
				if err != nil || string(lane) != tc.in {
					t.Fatalf("got %q, %v", lane, err)
				}
				return
			}
			if !errors.Is(err, tc.problem) || err.Error() != tc.message {
				t.Fatalf("got %v, want %s", err, tc.message)
			}
		})
	}
}

func FuzzParseExecutionID(f *testing.F) {
	for _, seed := range []string{"{fp:42}:" + sampleUUID, "{fp:+007}:urn:uuid:" + sampleUUID, "{fp:}:", "}:", "{fp:1}:{" + sampleUUID + "}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := engine.ParseExecutionID(s)
		if (err == nil) == id.Partition().IsZero() {
			t.Fatalf("%q: error %v, partition %v", s, err, id.Partition())
		}
		if err == nil && string(id) != s {
			t.Fatalf("%q became %q", s, id)
		}
	})
}
