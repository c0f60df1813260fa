package views

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/enginetest/hostile"
	"ffboard/theme"
	"ffboard/views/viewstest"
)

// hugeViews are views on records every text of which is a mebibyte.
func hugeViews(e *viewstest.HostileEngine) map[string]View {
	c := &Common{Engine: e, Theme: theme.New("dark", theme.Terminal{Dark: true}), Clock: viewstest.Clock}
	var partition engine.Partition
	var worker engine.WorkerRow
	var frame engine.StreamFrame
	var group engine.SignalGroup
	for _, v := range []any{&worker, &frame, &group} {
		e.Fill(v)
	}
	return map[string]View{
		"overview": NewOverview(c), "flows": NewFlows(c), "lanes": NewLanes(c), "executions": NewExecutions(c), "suspended": NewSuspended(c),
		"streams": NewStreams(c), "workers": NewWorkers(c), "budgets": NewBudgets(c), "health": NewHealth(c), "signals": NewSignals(c),
		"leases": NewLeases(c), "quotas": NewQuotas(c), "flow": NewFlow(c, "f"), "execution": NewExecution(c, "x"), "edges": NewEdges(c, "", "x"),
		"flow edges": NewEdges(c, "f", ""), "why": NewWhy(c, "x"), "why flow": NewFlowWhy(c, "f"), "worker": NewWorker(c, worker),
		"budget": NewBudget(c, partition, "b", 0), "partition": NewPartition(c, partition), "frame": NewFrame(c, frame),
		"group": NewSuspendedGroup(c, &group), "lane": NewLaneExecutions(c, "default", engine.IndexActive),
	}
}

// newHuge answers with the same few strings of a mebibyte everywhere, one of each kind.
func newHuge() *viewstest.HostileEngine {
	e := viewstest.NewHostile(1)
	e.Plain = true
	texts := []string{
		strings.Repeat("a", hostile.Huge), strings.Repeat("\x1b[31m", hostile.Huge/5), strings.Repeat("e\u0301\u0301\u0301\u0301", hostile.Huge/9),
		strings.Repeat("世", hostile.Huge/3), strings.Repeat("\xff", hostile.Huge), strings.Repeat("\u202e ", hostile.Huge/4), strings.Repeat("a b\n", hostile.Huge/4),
		strings.Repeat("\u1100", hostile.Huge/3), strings.Repeat(`{"a":`, hostile.Deep) + "1" + strings.Repeat("}", hostile.Deep),
		"[" + strings.Repeat(`"\u001b",`, hostile.Huge/9) + "1]", strings.Repeat(" ", hostile.Huge), strings.Repeat("👨\u200d👩\u200d👧", hostile.Huge/18),
	}
	n := 0
	e.Text = func() string { n++; return texts[n%len(texts)] }
	return e
}

// BenchmarkHostileFrame draws views of records every text of which is a mebibyte, after a key each time: ns/op is a key and its frame, max-ms
// and p99-ms are of those, and data-ms is the longest that taking data costs together with the frame that shows it. The goal is 16 ms.
func BenchmarkHostileFrame(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(hugeViews(newHuge()))) {
		b.Run(name, func(b *testing.B) {
			e := newHuge()
			v := hugeViews(e)[name]
			v.SetSize(200, 57)
			var read tea.Msg // what is made ready aside, whatever that takes
			if cmd := v.Init(); cmd != nil {
				read = cmd()
			}
			var taken time.Duration // the longest of them
			take := func(msg tea.Msg) {
				began := time.Now()
				v.Update(msg)
				v.View()
				taken = max(taken, time.Since(began))
			}
			if read != nil {
				take(read)
			}
			for range 3 {
				if need := v.Need(); need.Fetch != nil {
					value, err := need.Fetch(context.Background(), e)
					take(Data{Key: need.Key, Value: value, Err: err, At: viewstest.Now})
				}
			}
			keys := []string{"j", "j", "right", "k", "tab", "G", "g", "pgdown"}
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				cmd := v.Update(viewstest.Key(keys[i%len(keys)]))
				v.View()
				took = append(took, time.Since(began))
				for cmd != nil && name == "frame" { // goes on where lines are laid out on the way
					began = time.Now()
					cmd = v.Update(cmd())
					v.View()
					took = append(took, time.Since(began))
				}
			}
			slices.Sort(took)
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			b.ReportMetric(ms(took[len(took)*99/100]), "p99-ms")
			b.ReportMetric(ms(took[len(took)-1]), "max-ms")
			b.ReportMetric(ms(taken), "data-ms")
		})
	}
}
