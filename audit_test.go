package main

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/valkey"
	"ffboard/valkey/audittest"
	"ffboard/valkey/embedded"
)

// filled is a made-up deployment, and a plain client of its server.
func filled(t *testing.T) (url string, rdb *redis.Client) {
	t.Helper()
	server, err := embedded.Start(t.Context(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	url = "unix://" + server.Socket()
	made := runProgram(t, nil, "fill", "--url", url, "--executions", "500", "--flows", "50", "--partitions", "4", "--yes")
	if made.code != 0 {
		t.Fatalf("fill: %+v", made)
	}
	rdb = redis.NewClient(&redis.Options{Network: "unix", Addr: server.Socket()})
	t.Cleanup(func() { _ = rdb.Close() })
	b, err := valkey.Connect(t.Context(), valkey.Target{Socket: server.Socket()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	audittest.Clean(t, b)
	return url, rdb
}

func TestAuditTellsASoundDeploymentFromABrokenOneByItsCode(t *testing.T) {
	url, rdb := filled(t)
	well := runProgram(t, nil, "audit", "--url", url)
	if well.code != 0 || !strings.HasPrefix(well.stdout, "0 broken invariants, 0 known quirks; read ") || !strings.Contains(well.stdout, " 500 executions,") {
		t.Fatalf("a sound deployment: %+v", well)
	}

	const odd = "ff:\x1b]0;owned\x07"
	if err := rdb.Set(context.Background(), odd, "x", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := rdb.Set(context.Background(), "session:1", "somebody else's", 0).Err(); err != nil {
		t.Fatal(err)
	}
	broken := runProgram(t, nil, "audit", "--url", url)
	if broken.code != exitBroken || !strings.Contains(broken.stdout, "key_unknown") || !strings.Contains(broken.stdout, "1 broken invariant,") ||
		!strings.Contains(broken.stdout, "1 key of others") || strings.ContainsAny(broken.stdout+broken.stderr, "\x1b\x07") {
		t.Errorf("a key of nobody: %+v", broken)
	}

	lines := strings.Split(strings.TrimSpace(runProgram(t, nil, "audit", "--url", url, "-o", "json").stdout), "\n")
	var first struct {
		Finding struct {
			Code, Text string
			Keys       []string
		}
	}
	var last struct {
		Summary struct{ Executions, Broken, Quirks int }
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 || first.Finding.Code != "key_unknown" || first.Finding.Keys[0] != odd || last.Summary.Broken != 1 || last.Summary.Executions != 500 {
		t.Errorf("as JSON: %q", lines)
	}
}

func TestAuditOfWhatCannotBeReadIsNoAudit(t *testing.T) {
	url, _ := filled(t)
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"no server", []string{"audit", "--url", "unix:///nowhere/valkey.sock"}, exitUnreachable},
		{"no such partition", []string{"audit", "--url", url, "--partition", "4"}, exitFailed},
		{"no such output", []string{"audit", "--url", url, "-o", "xml"}, exitFailed},
		{"one partition", []string{"audit", "--url", url, "--partition", "3", "--rate", "100000"}, 0},
	} {
		if got := runProgram(t, nil, c.args...); got.code != c.code {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

func TestAuditOfOneFlowTellsOfThatFlowAlone(t *testing.T) {
	url, rdb := filled(t)
	cores, err := rdb.Keys(t.Context(), "ff:flow:*:core").Result()
	if err != nil || len(cores) < 2 {
		t.Fatalf("%v %v", cores, err)
	}
	id := func(core string) string { return strings.Split(core, ":")[4] } // ff:flow:{fp:3}:id:core
	if err := rdb.HIncrBy(t.Context(), cores[0], "node_count", 1).Err(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"the broken one", []string{"--flow", id(cores[0])}, exitBroken, "flow_count"},
		{"the broken one as JSON", []string{"--flow", id(cores[0]), "-o", "json"}, exitBroken, `"code":"flow_count"`},
		{"another", []string{"--flow", id(cores[1])}, 0, "0 broken invariants, 0 known quirks; read "},
		{"another as JSON", []string{"--flow", id(cores[1]), "-o", "json", "--rate", "100000"}, 0, `{"summary":`},
		{"one that does not exist", []string{"--flow", "0f10a000-0000-4000-8000-000000000000"}, exitNotFound, "0f10a000-0000-4000-8000-000000000000"},
		{"what is no flow", []string{"--flow", "x"}, exitFailed, "--flow"},
		{"a flow and a partition", []string{"--flow", id(cores[0]), "--partition", "1"}, exitFailed, "partition"},
	} {
		got := runProgram(t, nil, append([]string{"audit", "--url", url}, c.args...)...)
		if got.code != c.code || !strings.Contains(got.stdout+got.stderr, c.says) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
