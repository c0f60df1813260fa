package main

import (
	"strings"
	"testing"

	"ffboard/valkey/embedded"
)

func TestFillSaysWhatItWritesAndAsks(t *testing.T) {
	server, err := embedded.Start(t.Context(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	args := []string{"fill", "--url", "unix://" + server.Socket(), "--executions", "200", "--flows", "20", "--partitions", "4"}

	asked := runProgram(t, nil, args...) // nobody answers
	if asked.code == 0 || !strings.Contains(asked.stdout, "200 executions and 20 flows over 4 partitions") || !strings.Contains(asked.stderr, "nothing was written") {
		t.Fatalf("unanswered: %+v", asked)
	}
	written := runProgram(t, nil, append(args, "--yes")...)
	if written.code != 0 || !strings.Contains(written.stdout, "200 executions and 20 flows with ") {
		t.Fatalf("written: %+v", written)
	}
	again := runProgram(t, nil, append(args, "--yes")...)
	if again.code == 0 || !strings.Contains(again.stderr, "not empty") || !strings.Contains(again.stderr, "--add") {
		t.Fatalf("again: %+v", again)
	}
	if added := runProgram(t, nil, append(args, "--yes", "--add")...); added.code != 0 {
		t.Fatalf("added: %+v", added)
	}
}
