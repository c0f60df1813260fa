package main

import (
	"encoding/json"
	"strings"
	"testing"

	"ffboard/valkey/embedded"
)

// growsLittle makes the measuring of growth short.
var growsLittle = []string{"bench", "growth", "--operations", "2", "--runs", "1", "--partitions", "4", "--sizes"}

func TestHowCostsGrowIsMeasuredAtEachSize(t *testing.T) {
	t.Parallel()
	ran := runProgram(t, nil, append(growsLittle, "20,60,100", "--in-process", "-o", "json")...)
	var growth struct {
		Sizes []int
		Costs []struct {
			Operation, Cost string
			At              []float64
		}
	}
	if err := json.Unmarshal([]byte(ran.stdout), &growth); ran.code != 0 || err != nil || len(growth.Sizes) != 3 {
		t.Fatalf("%v %+v", err, ran)
	}
	measured := map[string]bool{}
	for _, c := range growth.Costs {
		measured[c.Operation] = true
		if len(c.At) != 3 {
			t.Errorf("%s, %s: %v", c.Operation, c.Cost, c.At)
		}
		if c.Operation == "resolve an edge" && c.Cost == "commands" && (c.At[0] != 1 || c.At[2] != 1) {
			t.Errorf("an edge is resolved by %v commands", c.At)
		}
	}
	for _, operation := range []string{"submit", "claim", "complete", "resolve an edge", "describe an execution", "list a page of a lane"} {
		if !measured[operation] {
			t.Errorf("%s was not measured", operation)
		}
	}
}

func TestGrowthIsMeasuredOnAServerOfSomebodysOnlyWhenHeAgrees(t *testing.T) {
	t.Parallel()
	server, err := embedded.Start(t.Context(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	grow := func(sizes string, more ...string) said {
		return runProgram(t, nil, append(append(growsLittle, sizes, "--url", "unix://"+server.Socket()), more...)...)
	}
	for _, c := range []struct {
		name string
		ran  said
		fine bool
		says []string
	}{
		{"unanswered", grow("20,40"), false, []string{"up to 40 made-up executions", "deletes all keys", "nothing was written"}},
		{"on an empty server", grow("20,40", "--yes"), true, []string{"EXPONENT"}},
		{"added", grow("20,40", "--yes", "--add"), true, []string{"up to 40 made-up executions", "leaves them there", "EXPONENT"}},
		{"on what is there", grow("60,80", "--yes"), false, []string{"is not empty", "--add"}},
		{"added to more than the first size", grow("40,80", "--yes", "--add"), false, []string{"holds 40 executions already"}},
		{"added to less", grow("60,80", "--yes", "--add"), true, []string{"EXPONENT"}},
		{"too small", grow("5,80", "--yes", "--add"), false, []string{"--sizes", "too small"}},
	} {
		if (c.ran.code == 0) != c.fine {
			t.Errorf("%s: %+v", c.name, c.ran)
		}
		for _, text := range c.says {
			if !strings.Contains(c.ran.stdout+c.ran.stderr, text) {
				t.Errorf("%s says no %q: %+v", c.name, text, c.ran)
			}
		}
	}
}
