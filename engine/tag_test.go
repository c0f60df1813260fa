package engine_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ffboard/engine"
)

func TestCheckTagKey(t *testing.T) {
	for _, key := range []string{"a.b", "x.y_z", "app.sub.field", "a_1.0", "a.b..c.", "cairn.a"} {
		if err := engine.CheckTagKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, key := range []string{
		"", "a", "a.", "a..b", "A.b", "1a.b", "a-b.c", ".a", "cairn.Foo", "cairn.foo bar", "cairn.foo-bar", "a. ", "a.B", "a_1.x-y", "a.b\n", "é.b",
	} {
		if err := engine.CheckTagKey(key); !errors.Is(err, engine.ProblemInvalidTagKey) || !errors.Is(err, engine.CodeInvalidInput) {
			t.Errorf("%q was taken: %v", key, err)
		}
	}
	const want = `invalid tag key: "A.b" (must match ^[a-z][a-z0-9_]*\.[a-z0-9_][a-z0-9_.]*$)`
	if err := engine.CheckTagKey("A.b"); err.Error() != want {
		t.Errorf("got %s", err)
	}
}

func TestCapabilityCSV(t *testing.T) {
	for want, tokens := range map[string][]string{
		"": nil, "gpu": {"gpu"}, "CUDA,gpu": {"gpu", "CUDA", "gpu"}, "torch>=2.3,é": {"é", "torch>=2.3"},
	} {
		before := slices.Clone(tokens)
		if got, err := engine.CapabilityCSV(tokens); err != nil || got != want || !slices.Equal(tokens, before) {
			t.Errorf("%q: got %q, %v", tokens, got, err)
		}
	}
	many := make([]string, 257)
	for i := range many {
		many[i] = strconv.Itoa(i)
	}
	if _, err := engine.CapabilityCSV(many[:256]); err != nil {
		t.Errorf("256 tokens: %v", err)
	}
	for _, bad := range [][]string{{""}, {"a,b"}, {"a b"}, {"a\x00"}, {"a\x7f"}, {"a\u2003b"}, {"\u0085"}, many, {strings.Repeat("x", 4097)}} {
		if _, err := engine.CapabilityCSV(bad); !errors.Is(err, engine.ProblemInvalidCapability) {
			t.Errorf("%.20q: got %v", bad, err)
		}
	}
}

func TestMissingCapabilities(t *testing.T) {
	for _, tc := range []struct {
		name                    string
		required, offered, want []string
	}{
		{"nothing is required", nil, []string{"gpu"}, nil},
		{"all is offered", []string{"gpu"}, []string{"cpu", "gpu"}, nil},
		{"case matters", []string{"GPU"}, []string{"gpu"}, []string{"GPU"}},
		{"missing ones come sorted and once", []string{"b", "a", "b"}, nil, []string{"a", "b"}},
	} {
		if got := engine.MissingCapabilities(tc.required, tc.offered); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q", tc.name, got)
		}
	}
	if got := engine.ParseCapabilityCSV(",a,,b,"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q", got)
	}
}
