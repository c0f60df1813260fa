package valkey

import (
	"flag"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/valkey/embedded"
)

// filledSize is how many executions the benchmarks of a filled deployment write first; a tenth as many flows.
var filledSize = flag.Int("filled", 20_000, "executions of a filled deployment")

// newFilled boots a deployment of 256 partitions and fills it.
func newFilled(b *testing.B) *measured {
	b.Helper()
	server, err := embedded.Start(b.Context(), embedded.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	backend, err := Connect(b.Context(), Target{Socket: server.Socket()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = backend.Close() })
	plan := Fill{Executions: *filledSize, Flows: *filledSize / 10, Partitions: boardPartitions, Lanes: boardLanes, Seed: 1}
	filled, err := backend.Fill(b.Context(), plan)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d executions with %d commands in %s", filled.Executions, filled.Commands, filled.Took)
	m := &measured{Backend: backend, ctx: b.Context(), count: &commandCount{}}
	backend.rdb.AddHook(m.count)
	return m
}

// BenchmarkSearch tells what one step of a search costs, whatever the deployment holds (-filled):
//
//	go test ./valkey -run XXX -bench 'Search|SignalGroups' -filled 1000000
func BenchmarkSearch(b *testing.B) {
	m := newFilled(b)
	for name, step := range map[string]struct {
		query string
		look  int
	}{
		"first page": {"", 200},
		"by state":   {"state:failed", 2000},
		"by record":  {"kind:resize ns:acme", 2000},
	} {
		q, err := engine.ParseExecutionQuery(step.query)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			m.measure(b, func() error {
				_, err := m.SearchExecutions(m.ctx, q, "", step.look)
				return err
			})
		})
	}
}

// BenchmarkSignalGroups is one look once everything that is suspended was read.
func BenchmarkSignalGroups(b *testing.B) {
	m := newFilled(b)
	m.measure(b, func() error {
		_, err := m.SignalGroups(m.ctx)
		return err
	})
}
