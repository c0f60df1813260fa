package main

import (
	"encoding/json"
	"strings"
	"testing"

	"ffboard/engine/bench"
	"ffboard/valkey/embedded"
)

// tiny makes every scenario short.
var tiny = []string{"--executions", "8", "--workers", "2", "--payload", "16", "--flows", "2", "--nodes", "3", "--frames", "5", "--rounds", "1", "--for", "100ms", "--runs", "1", "--partitions", "4"}

func TestEveryScenarioRuns(t *testing.T) {
	for _, s := range bench.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			ran := runProgram(t, nil, append([]string{"bench", s.Name, "--in-process", "-o", "json"}, tiny...)...)
			var result struct {
				Scenario string
				Metrics  []struct{ Name string }
			}
			if err := json.Unmarshal([]byte(ran.stdout), &result); ran.code != 0 || err != nil || result.Scenario != s.Name || len(result.Metrics) == 0 {
				t.Errorf("%v %+v", err, ran)
			}
		})
	}
}

func TestBenchKeepsOffAServerThatIsNotEmpty(t *testing.T) {
	server, err := embedded.Start(t.Context(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	args := append([]string{"bench", "submit-claim-complete", "--url", "unix://" + server.Socket(), "--no-floor"}, tiny...)

	asked := runProgram(t, nil, args...) // nobody answers
	if asked.code == 0 || !strings.Contains(asked.stderr, "deletes all keys between the runs") || !strings.Contains(asked.stderr, "nothing was written") {
		t.Fatalf("unanswered: %+v", asked)
	}
	measured := runProgram(t, nil, append(args, "--yes")...)
	if measured.code != 0 || !strings.Contains(measured.stdout, "executions/s") {
		t.Fatalf("measured: %+v", measured)
	}
	added := runProgram(t, nil, append(args, "--yes", "--add")...) // the server was left without keys: this one leaves some
	if added.code != 0 || !strings.Contains(added.stderr, "leaves them there") {
		t.Fatalf("added: %+v", added)
	}
	refused := runProgram(t, nil, append(args, "--yes")...)
	if refused.code == 0 || !strings.Contains(refused.stderr, "is not empty") || !strings.Contains(refused.stderr, "--add") {
		t.Fatalf("refused: %+v", refused)
	}
}

func TestBenchNamesWhatItKnows(t *testing.T) {
	if ran := runProgram(t, nil, "bench", "nothing"); ran.code == 0 || !strings.Contains(ran.stderr, "submit-claim-complete") {
		t.Errorf("%+v", ran)
	}
	if ran := runProgram(t, nil, "bench", "all", "--runs", "0"); ran.code == 0 || !strings.Contains(ran.stderr, "--runs") {
		t.Errorf("%+v", ran)
	}
	if ran := runProgram(t, nil, "bench", "all", "--add"); ran.code == 0 || !strings.Contains(ran.stderr, "--url") {
		t.Errorf("%+v", ran)
	}
}
