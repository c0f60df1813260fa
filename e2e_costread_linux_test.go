package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// newCostTarget is the deployment that the environment names, or else a small one of its own.
func newCostTarget(b *testing.B) *costTarget {
	b.Helper()
	c := &costTarget{url: os.Getenv("FFBOARD_COST_URL"), flow: engine.FlowID(os.Getenv("FFBOARD_COST_FLOW")), idle: 2 * time.Second}
	if idle := os.Getenv("FFBOARD_COST_IDLE"); idle != "" {
		var err error
		if c.idle, err = time.ParseDuration(idle); err != nil {
			b.Fatal(err)
		}
	}
	if c.url == "" {
		server, err := embedded.Start(b.Context(), embedded.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = server.Close() })
		if server.InProcess() {
			b.Skip("the in-process server keeps no counters")
		}
		c.url = "unix://" + server.Socket()
	}
	target, err := valkey.ParseTarget(c.url)
	if err != nil {
		b.Fatal(err)
	}
	backend, err := valkey.Connect(b.Context(), target)
	if err != nil {
		b.Fatal(err)
	}
	defer backend.Close()
	if os.Getenv("FFBOARD_COST_URL") == "" {
		filled, err := backend.Fill(b.Context(), valkey.Fill{Executions: 5000, Flows: 500, Lanes: []engine.LaneID{"default", "gpu"},
			Partitions: engine.PartitionConfig{Flow: 16, Budget: 4, Quota: 4}, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		c.flow = filled.LargestFlow
	}
	flow, err := backend.FlowDetail(b.Context(), c.flow, 1)
	if err != nil || flow == nil || len(flow.Members) == 0 {
		b.Fatalf("flow %q, which FFBOARD_COST_FLOW is to name, has no members: %v", c.flow, err)
	}
	c.execution = flow.Members[0].ID
	c.server = redis.NewClient(&redis.Options{Network: "unix", Addr: target.Socket})
	if target.Socket == "" {
		c.server = redis.NewClient(&redis.Options{Addr: target.Addrs[0], Username: target.Username, Password: target.Password})
	}
	b.Cleanup(func() { _ = c.server.Close() })
	return c
}

// commands is how many the server has worked off, this one left out.
func (c *costTarget) commands(b *testing.B) int {
	b.Helper()
	info, err := c.server.Info(context.Background(), "stats").Result()
	if err != nil {
		b.Fatal(err)
	}
	c.asked++
	return number(b, info, "total_commands_processed:") - c.asked
}

// number is the one behind a word, at the beginning of a line.
func number(b *testing.B, text, word string) int {
	b.Helper()
	for line := range strings.Lines(text) {
		if rest, found := strings.CutPrefix(line, word); found {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				b.Fatal(err)
			}
			return n
		}
	}
	b.Fatalf("no %s in %s", word, text)
	return 0
}

// peakOf is the most memory that a process has had at once, in MiB.
func peakOf(b *testing.B, cmd *exec.Cmd) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	return float64(number(b, string(status), "VmHWM:")) / 1024
}

// cpuOf is how many milliseconds of the processor's time a process has had.
func cpuOf(b *testing.B, cmd *exec.Cmd) int {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, fields, _ := strings.Cut(string(stat), ") ")
	sum := 0
	for _, ticks := range strings.Fields(fields)[11:13] { // in the program, and in the kernel for it
		n, err := strconv.Atoi(ticks)
		if err != nil {
			b.Fatal(err)
		}
		sum += n * 10
	}
	return sum
}

// drawing tells when the first byte comes after a key.
type drawing struct {
	mu    sync.Mutex
	armed bool
	at    chan time.Time
}

func (d *drawing) arm() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.at:
	default:
	}
	d.armed = true
	return time.Now()
}

func (d *drawing) saw([]byte) {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.armed {
		d.armed = false
		d.at <- now
	}
}

func mean(numbers []int) float64 {
	sum := 0
	for _, n := range numbers {
		sum += n
	}
	return float64(sum) / float64(max(len(numbers), 1))
}
