package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"ffboard/engine"
)

func TestPartitionsOfUUIDs(t *testing.T) {
	for _, tc := range []struct {
		uuid                         string
		mod256, mod4, mod32, mod1024 uint16
	}{
		{"00000000-0000-0000-0000-000000000000", 0, 0, 0, 0},
		{"550e8400-e29b-41d4-a716-446655440000", 24, 0, 24, 24},
		{"11111111-1111-4111-8111-111111111111", 191, 3, 31, 703},
		{"6ba7b810-9dad-11d1-80b4-00c04fd430c8", 77, 1, 13, 845},
		{"f47ac10b-58cc-4372-a567-0e02b2c3d479", 204, 0, 12, 460},
		{"00112233-4455-6677-8899-aabbccddeeff", 72, 0, 8, 584},
		{"ffffffff-ffff-ffff-ffff-ffffffffffff", 65, 1, 1, 65},
		{"0191e4c2-7b3a-7c11-9a5e-2f3d4c5b6a79", 133, 1, 5, 645},
	} {
		for n, want := range map[uint16]uint16{256: tc.mod256, 4: tc.mod4, 32: tc.mod32, 1024: tc.mod1024} {
			c := engine.PartitionConfig{Flow: n, Budget: n, Quota: n}
			for family, got := range map[engine.Family]engine.Partition{
				engine.FamilyFlow:   c.OfFlow(engine.FlowID(tc.uuid)),
				engine.FamilyBudget: c.OfBudget(engine.BudgetID(strings.ToUpper(tc.uuid))),
				engine.FamilyQuota:  c.OfQuota(engine.QuotaPolicyID(tc.uuid)),
			} {
				if got != (engine.Partition{Family: family, Index: want}) {
					t.Errorf("%s of %d %ss: got %v, want %d", tc.uuid, n, family, got, want)
				}
			}
		}
	}
	c := engine.DefaultPartitionConfig
	if !c.OfFlow("x").IsZero() || !(engine.PartitionConfig{}).OfLane("default").IsZero() {
		t.Error("a bad id or an empty configuration has a partition")
	}
}

func TestPartitionsOfLanes(t *testing.T) {
	for lane, want := range map[engine.LaneID][2]uint16{
		"default": {86, 2}, "main": {213, 1}, "workers-a": {193, 1}, "workers-b": {162, 2},
		"gpu": {144, 0}, "lane-0": {140, 0}, "worker-pool-1": {77, 1}, "a": {135, 3},
	} {
		if got := engine.DefaultPartitionConfig.OfLane(lane).Index; got != want[0] {
			t.Errorf("%s of 256: got %d, want %d", lane, got, want[0])
		}
		if got := (engine.PartitionConfig{Flow: 4}).OfLane(lane).Index; got != want[1] {
			t.Errorf("%s of 4: got %d, want %d", lane, got, want[1])
		}
	}
}

func TestSlot(t *testing.T) {
	for key, want := range map[string]int{
		"123456789":                    0x31c3,
		"ff:exec:{fp:0}:{fp:0}:x:core": 14926,
		"ff:exec:{fp:7}:{fp:7}:550e8400-e29b-41d4-a716-446655440000:core": 2729,
		"{fp:42}": 2824, "{fp:255}": 15470, "{b:0}": 10502, "{b:31}": 106, "{q:0}": 13109, "{q:31}": 17,
		"ff:config:partitions": 6415, "ff:idx:lanes": 8033, "ff:idx:prod:workers": 2524,
		"ff:worker:prod:i-1:alive": 2077, "ff:worker:prod:i-1:caps": 5624,
	} {
		if got := engine.Slot(key); got != want {
			t.Errorf("%s: got %d, want %d", key, got, want)
		}
	}
	if engine.Slot("a{}b") == engine.Slot("") || engine.Slot("{a") == engine.Slot("a") {
		t.Error("empty or open braces are no tag: the whole key counts")
	}
}

func TestParsePartitionKey(t *testing.T) {
	for in, want := range map[string]engine.Partition{
		"{fp:7}":     {Family: engine.FamilyFlow, Index: 7},
		"{b:0}":      {Family: engine.FamilyBudget},
		"{q:3}":      {Family: engine.FamilyQuota, Index: 3},
		"{fp:65535}": {Family: engine.FamilyFlow, Index: 65535},
	} {
		if got, err := engine.ParsePartitionKey(in); err != nil || got != want || got.Tag() != in {
			t.Errorf("%s: got %v, %v", in, got, err)
		}
	}
	for in, want := range map[string]engine.ParseError{
		"":           {Problem: engine.ProblemMissingBraces, Message: "partition key must be wrapped in '{...}'"},
		"fp:0":       {Problem: engine.ProblemMissingBraces, Message: "partition key must be wrapped in '{...}'"},
		"{":          {Problem: engine.ProblemMissingBraces, Message: "partition key must be wrapped in '{...}'"},
		"{fp0}":      {Problem: engine.ProblemMalformedBody, Message: "partition key body must be '<prefix>:<index>'"},
		"{zz:0}":     {Problem: engine.ProblemUnknownFamilyPrefix, Message: "unknown partition family prefix 'zz' (expected 'fp', 'b', 'q')"},
		"{:0}":       {Problem: engine.ProblemUnknownFamilyPrefix, Message: "unknown partition family prefix '' (expected 'fp', 'b', 'q')"},
		"{fp:xx}":    {Problem: engine.ProblemInvalidIndex, Message: "partition index 'xx' is not a valid u16"},
		"{fp:65536}": {Problem: engine.ProblemInvalidIndex, Message: "partition index '65536' is not a valid u16"},
		"{fp:1:2}":   {Problem: engine.ProblemInvalidIndex, Message: "partition index '1:2' is not a valid u16"},
	} {
		_, err := engine.ParsePartitionKey(in)
		if !errors.Is(err, want.Problem) || err.Error() != want.Message {
			t.Errorf("%q: got %v", in, err)
		}
	}
}

func TestMinting(t *testing.T) {
	c := engine.DefaultPartitionConfig
	flow := engine.FlowID("f47ac10b-58cc-4372-a567-0e02b2c3d479")
	if got, err := c.FlowMember(flow, "00000000000000000000000000000000"); err != nil || got != "{fp:204}:00000000-0000-0000-0000-000000000000" {
		t.Errorf("flow member: %q, %v", got, err)
	}
	if got, err := c.Solo("default", sampleUUID); err != nil || got != "{fp:86}:"+sampleUUID {
		t.Errorf("solo: %q, %v", got, err)
	}
	if got := c.NewFlowMember(flow); got.Partition().Index != 204 || c.NewFlowMember(flow) == got {
		t.Errorf("new flow member: %q", got)
	}
	if got := c.NewSolo("gpu"); got.Partition().Index != 144 {
		t.Errorf("new solo: %q", got)
	}
	if _, err := c.FlowMember(flow, "x"); !errors.Is(err, engine.ProblemInvalidUUID) {
		t.Errorf("bad UUID: %v", err)
	}
	if id, err := c.FlowMember("x", sampleUUID); !errors.Is(err, engine.ProblemInvalidUUID) || id != "" || c.NewFlowMember("x") != "" {
		t.Errorf("bad flow: %q, %v", id, err)
	}
}

func TestAConfigurationKnowsItsPartitions(t *testing.T) {
	c := engine.PartitionConfig{Flow: 2, Budget: 1, Quota: 3}
	var tags []string
	for _, all := range [][]engine.Partition{slices.Collect(c.FlowPartitions()), slices.Collect(c.BudgetPartitions()), slices.Collect(c.QuotaPartitions())} {
		for _, p := range all {
			tags = append(tags, p.Tag())
			if !c.Contains(p) {
				t.Errorf("does not contain %v", p)
			}
		}
	}
	if got := strings.Join(tags, " "); got != "{fp:0} {fp:1} {b:0} {q:0} {q:1} {q:2}" {
		t.Errorf("got %s", got)
	}
	if c.Contains(engine.Partition{Family: engine.FamilyFlow, Index: 2}) || c.Contains(engine.Partition{}) {
		t.Error("contains a partition that it has not")
	}
	for p := range c.FlowPartitions() {
		if p.Index > 0 {
			t.Error("went on after a break")
		}
		break
	}
}

func TestWorkerDigests(t *testing.T) {
	for in, want := range map[string]string{"": "4fd0bfc1", "gpu": "2fc2accd", "gpu,cuda": "b21a6dfa"} {
		if got := engine.CapabilityDigest(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got := engine.ScanStart("worker-a", 256); got != 253 {
		t.Errorf("worker-a starts at %d", got)
	}
	if got := engine.ScanStart("worker-b", 256); got != 228 {
		t.Errorf("worker-b starts at %d", got)
	}
	if engine.ScanStart("worker-a", 0) != 0 {
		t.Error("no partitions, no start")
	}
}

func FuzzParsePartitionKey(f *testing.F) {
	for _, seed := range []string{"{fp:7}", "{b:+007}", "{", "{q:}", "{zz:1}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := engine.ParsePartitionKey(s)
		if err != nil {
			return
		}
		if again, err := engine.ParsePartitionKey(p.Tag()); err != nil || again != p {
			t.Fatalf("%q became %v, then %v, %v", s, p, again, err)
		}
	})
}

func BenchmarkExecutionPartition(b *testing.B) {
	id := engine.ExecutionID("{fp:42}:" + sampleUUID)
	for b.Loop() {
		_ = id.Partition()
	}
}
