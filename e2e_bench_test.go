package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/tui/terminal"
)

// What a person waits for, measured from outside in a pseudo terminal:
//
//	go test -run XXX -bench . -benchtime 50x .

// BenchmarkFirstFrame is from the start of the program to its first frame with data, attached to a server on this machine.
func BenchmarkFirstFrame(b *testing.B) {
	d, url := benchDeployment(b)
	path := program(b)
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		cmd := exec.Command(path, "--url", url)
		cmd.Env = os.Environ()
		begin := time.Now()
		t, err := terminal.Start(cmd, terminal.Options{Cols: 120, Rows: 36})
		if err != nil {
			b.Fatal(err)
		}
		if err := t.WaitFor(soon, contains("keeps up", "default", "120 ")); err != nil {
			b.Fatal(err, t.Text())
		}
		took = append(took, time.Since(begin))
		_ = t.Close()
	}
	report(b, took)
	_ = d
}

// BenchmarkKeyToScreen is from a key to the last byte of the frame that shows its effect: the selection moves.
func BenchmarkKeyToScreen(b *testing.B) {
	_, url := benchDeployment(b)
	t, err := terminal.Start(exec.Command(program(b), "--url", url, "--start", "flows"), terminal.Options{Cols: 120, Rows: 36})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	if err := t.WaitFor(soon, contains("bench")); err != nil {
		b.Fatal(err, t.Text())
	}
	took := make([]time.Duration, 0, b.N)
	keys := [...]string{"j", "k"}
	row := selectedRow(t.Text())
	for i := 0; b.Loop(); i++ {
		begin := time.Now()
		if err := t.Type(keys[i%2]); err != nil {
			b.Fatal(err)
		}
		if err := t.WaitFor(soon, func(text string) bool { return selectedRow(text) != row }); err != nil {
			b.Fatal(err, t.Text())
		}
		took = append(took, time.Since(begin))
		row = selectedRow(t.Text())
	}
	report(b, took)
}

func contains(wants ...string) func(string) bool {
	return func(text string) bool {
		return !slices.ContainsFunc(wants, func(want string) bool { return !strings.Contains(text, want) })
	}
}

// selectedRow is the number of the line that carries the selection's mark.
func selectedRow(text string) int {
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "▌") {
			return i
		}
	}
	return -1
}

// report gives the percentiles that the goals are stated in.
func report(b *testing.B, took []time.Duration) {
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(took[len(took)/2]), "p50-ms")
	b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
}

// benchDeployment holds a page of flows.
func benchDeployment(b *testing.B) (*deployment, string) {
	b.Helper()
	d := newDeployment(b)
	for range 40 {
		d.fan("bench", 3, engine.EdgePolicy{Kind: engine.PolicyAllOf})
	}
	return d, "unix://" + d.server.Socket()
}
