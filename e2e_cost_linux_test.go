package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
	"ffboard/tui"
	"ffboard/tui/terminal"
)

// What the board costs, view by view, measured from outside in a pseudo terminal: until the first screen that says something
// (first-ms), from a key to the first byte of its effect (key-p50-ms, key-p99-ms), bytes on the line for a cursor key (B/key) and while
// nobody presses any (idle-B/s), commands to the server (cmds/s) and processor time (cpu-ms/s) meanwhile, and the most memory that it
// ever had (peak-MiB). An iteration is a key:
//
//	go test -run XXX -bench BoardCost -benchtime 200x .
//
// On its own it fills a small server. A filled one, of any size, is named by FFBOARD_COST_URL; on it nothing else may be at work.
// FFBOARD_COST_FLOW is the flow whose screen is measured ("ffboard fill" names the largest), FFBOARD_COST_IDLE for how long nobody
// presses a key, after three times as long in which what comes once at the beginning may end. So a million executions are measured by
//
//	ffboard fill --url unix:///tmp/empty.sock --executions 1000000 --flows 100000 --yes
//	ffboard fill --url unix:///tmp/empty.sock --executions 11112 --flows 1 --add --yes
//	FFBOARD_COST_URL=unix:///tmp/empty.sock FFBOARD_COST_FLOW=… FFBOARD_COST_IDLE=10s go test -run XXX -bench BoardCost -benchtime 200x .

const (
	costCols, costRows = 120, 36
	keyIsIdle          = 250 * time.Millisecond
)

// costTarget is the deployment that is looked at.
type costTarget struct {
	url       string
	flow      engine.FlowID
	execution engine.ExecutionID
	idle      time.Duration
	server    *redis.Client // for its counters
	asked     int           // how often
}

// costScreen is a screen by the command that opens it, and what it shows as soon as it says something.
type costScreen struct{ name, start, shows string }

func (c *costTarget) screens() []costScreen {
	useful := map[string]string{
		"overview": "▌", "flows": "▌", "lanes": "▌", "executions": "▌", "suspended": "▌", "streams": "▌", "workers": "▌",
		"budgets": "▌", "health": "wire", "activity": "activity",
	}
	var screens []costScreen
	for _, root := range tui.Roots() {
		screens = append(screens, costScreen{root.Name, root.Name, useful[root.Name]})
	}
	return append(screens,
		costScreen{"flow", "flow " + string(c.flow), string(c.flow)},
		costScreen{"execution", "execution " + string(c.execution), c.execution.UUID()})
}

// selected is where the selection is and how its line begins: the rest may change by itself. Where nothing is selected it is all that
// scrolls.
func selected(text string) string {
	row := selectedRow(text)
	if row < 0 {
		return strings.Join(strings.Split(text, "\n")[3:costRows-2], "\n")
	}
	words := strings.Fields(strings.Split(text, "\n")[row])
	return strconv.Itoa(row) + " " + strings.Join(words[:min(2, len(words))], " ")
}

func BenchmarkBoardCost(b *testing.B) {
	c := newCostTarget(b)
	for _, screen := range c.screens() {
		b.Run(screen.name, func(b *testing.B) { c.measure(b, screen) })
	}
}

func (c *costTarget) measure(b *testing.B, screen costScreen) {
	drawn := &drawing{at: make(chan time.Time, 1)}
	cmd := exec.Command(program(b), "--url", c.url, "--start", screen.start)
	cmd.Env = append(os.Environ(), "NO_COLOR=", "XDG_STATE_HOME="+b.TempDir(), "XDG_CONFIG_HOME="+b.TempDir())
	begun := time.Now()
	t, err := terminal.Start(cmd, terminal.Options{Cols: costCols, Rows: costRows, Raw: drawn.saw})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	if err := t.WaitFor(soon, contains(screen.shows)); err != nil {
		b.Fatalf("%s never shows %q: %v\n%s", screen.name, screen.shows, err, t.Text())
	}
	first := time.Since(begun)
	time.Sleep(3 * c.idle) // what comes once at the beginning is over

	bytes, cpu, commands, since := t.Output(), cpuOf(b, cmd), c.commands(b), time.Now()
	time.Sleep(c.idle)
	idle := time.Since(since).Seconds()
	perSecond := func(n int) float64 { return float64(n) / idle }
	idleBytes, idleCPU, idleCommands := perSecond(t.Output()-bytes), perSecond(cpuOf(b, cmd)-cpu), perSecond(c.commands(b)-commands)

	var took []time.Duration
	var keys []int
	down := true
	for i := 1; b.Loop(); i++ {
		shown, before := selected(t.Text()), t.Output()
		pressed := drawn.arm()
		if err := t.Type(map[bool]string{true: "j", false: "k"}[down]); err != nil {
			b.Fatal(err)
		}
		var at time.Time
		select {
		case at = <-drawn.at:
		case <-time.After(keyIsIdle):
		}
		_ = t.WaitForFrame(soon, func(string) bool { return true })
		moved := selected(t.Text()) != shown
		if moved { // otherwise nothing lies further in this direction, and something else was drawn
			took, keys = append(took, at.Sub(pressed)), append(keys, t.Output()-before)
		}
		if !moved || i%(2*costRows) == 0 {
			down = !down
		}
	}
	report(b, took)
	b.ReportMetric(float64(first.Microseconds())/1000, "first-ms")
	b.ReportMetric(mean(keys), "B/key")
	b.ReportMetric(idleBytes, "idle-B/s")
	b.ReportMetric(idleCommands, "cmds/s")
	b.ReportMetric(idleCPU, "cpu-ms/s")
	b.ReportMetric(peakOf(b, cmd), "peak-MiB")
	b.ReportMetric(0, "ns/op") // of the waiting in between
}
