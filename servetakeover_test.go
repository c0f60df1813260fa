package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// takeover is how long after the loss of an engine its partitions are looked after by another one at the latest.
const takeover = 10 * time.Second

// TestWorkIsNotLateByMoreThanTenSecondsWhenAServeIsKilled has two of them on one server. What is due then lies in the partitions of
// either; the half of the killed one is the other's to handle.
func TestWorkIsNotLateByMoreThanTenSecondsWhenAServeIsKilled(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath(embedded.Program); err != nil {
		t.Skip("no valkey-server on the PATH")
	}
	server, err := embedded.Start(t.Context(), embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	url := "unix://" + server.Socket()
	first, second := startProcess(t, url), startProcess(t, url)
	until(t, "each looks after a share of the partitions", func() bool { return first.engine() != "" && second.engine() != "" })
	b := connectTo(t, url)
	until(t, "each holds one", func() bool {
		held := sharesHeld(t, b)
		return held[first.engine()] > 0 && held[second.engine()] > 0
	})

	var delayed, overdue []engine.ExecutionID
	due := time.Now().Add(2 * time.Second)
	for range 64 {
		delayed = append(delayed, submitDue(t, b, func(c *engine.CreateExecution) { c.DelayUntil = due }))
		overdue = append(overdue, submitDue(t, b, func(c *engine.CreateExecution) { c.Deadline = due }))
	}
	orphaned := 0
	for _, id := range slices.Concat(delayed, overdue) {
		if shareHolder(t, b, int(id.Partition().Index)%4) == first.engine() {
			orphaned++
		}
	}
	if orphaned == 0 || time.Now().After(due) {
		t.Fatalf("%d things lie in the partitions of the one that is killed, %v before they are due", orphaned, time.Until(due))
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	until(t, "all that was due is handled", func() bool {
		return allAre(t, b, delayed, engine.StateWaiting) && allAre(t, b, overdue, engine.StateExpired)
	})
	took := time.Since(killed)
	t.Logf("%d of %d things lay in the partitions of the killed one; all were handled %v after it was killed",
		orphaned, len(delayed)+len(overdue), took.Round(time.Millisecond))
	if took > takeover {
		t.Errorf("that took %v", took)
	}
}

// process is a serve, or a worker, in a process of its own.
type process struct {
	t   *testing.T
	as  string // a worker's instance
	cmd *exec.Cmd
	log *logBuffer
}

func startProcess(t *testing.T, url string, args ...string) *process {
	t.Helper()
	p := &process{t: t, log: &logBuffer{}, cmd: exec.CommandContext(t.Context(), program(t), append([]string{"serve", "--url", url,
		"--listen", "127.0.0.1:0", "--lanes", "a,b,c,default"}, args...)...)}
	p.cmd.Stderr = p.log
	p.cmd.Env = append(os.Environ(), "FF_API_TOKEN="+apiToken, "FF_WAITPOINT_HMAC_SECRET="+e2eSecret)
	p.start()
	return p
}

// start runs the command until the test ends.
func (p *process) start() {
	p.t.Helper()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
		if p.t.Failed() {
			p.t.Logf("%s", p.log)
		}
	})
}

var engineName = regexp.MustCompile(`looking after a share of the partitions" engine=(\S+)`)

// engine is the name of its background engine, "" while it looks after nothing.
func (p *process) engine() string {
	if m := engineName.FindStringSubmatch(p.log.String()); m != nil {
		return m[1]
	}
	return ""
}

// sharesHeld tells how many of the four shares of the partitions each engine holds.
func sharesHeld(t *testing.T, b *valkey.Backend) map[string]int {
	t.Helper()
	held := map[string]int{}
	for slice := range 4 {
		held[shareHolder(t, b, slice)]++
	}
	return held
}

// shareHolder asks for a share as a stranger would, for no time.
func shareHolder(t *testing.T, b *valkey.Backend, slice int) string {
	t.Helper()
	_, holder, err := b.HoldShare(t.Context(), fmt.Sprintf("partitions:%d/4", slice), "nobody", time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return holder
}

// submitDue creates an execution in some partition of the 256.
func submitDue(t *testing.T, b *valkey.Backend, change func(*engine.CreateExecution)) engine.ExecutionID {
	t.Helper()
	c := engine.CreateExecution{
		ID: b.Partitions().NewFlowMember(engine.NewFlowID()), Namespace: "takeover", Lane: e2eLane, Kind: "k", CreatorIdentity: "test",
	}
	change(&c)
	if _, err := b.CreateExecution(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func allAre(t *testing.T, b *valkey.Backend, ids []engine.ExecutionID, state engine.PublicState) bool {
	t.Helper()
	rows, err := b.ExecutionRows(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	return !slices.ContainsFunc(rows, func(r engine.ExecutionRow) bool { return r.State != state })
}

func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(soon); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not seen within %v: %s", soon, what)
		}
	}
}
