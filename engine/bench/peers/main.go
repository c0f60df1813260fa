// Command peers measures ffboard and other Go systems for background work on one valkey-server, by turns, on the same work: so many
// tasks are brought in from so many connections, then as many handlers as that work them off. It is a module of its own, so that the program
// depends on none of them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"text/tabwriter"
)

// work is what each of them does.
type work struct {
	tasks, workers, payload int
}

// rates are what one of them did in a second.
type rates struct {
	Whole, Submitted, Worked float64
}

// peer is one system. It leaves the server as it likes: that is emptied before each turn.
type peer struct {
	name string
	run  func(ctx context.Context, socket string, w work) (rates, error)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := compare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "peers: "+err.Error())
		os.Exit(1)
	}
}

func compare(ctx context.Context) error {
	var w work
	flag.IntVar(&w.tasks, "tasks", 10_000, "how many tasks")
	flag.IntVar(&w.workers, "workers", 16, "handlers at once, and connections that submit")
	flag.IntVar(&w.payload, "payload", 4096, "bytes of each task's input")
	rounds := flag.Int("rounds", 5, "turns of each")
	program := flag.String("ffboard", "", "the ffboard program; without it, it is built from ../../..")
	flag.Parse()
	if w.tasks < 1 || w.workers < 1 || w.payload < 1 || *rounds < 1 {
		return fmt.Errorf("all numbers must be at least 1")
	}
	server, err := startServer(ctx)
	if err != nil {
		return err
	}
	defer server.close()
	ours, err := findProgram(ctx, *program, server.folder)
	if err != nil {
		return err
	}
	peers := []peer{{"ffboard", ours.run}, {"asynq", runAsynq}}
	measured := make([][]rates, len(peers))
	for round := range *rounds {
		for i, p := range peers {
			if err := server.erase(ctx); err != nil {
				return err
			}
			r, err := p.run(ctx, server.socket, w)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			fmt.Fprintf(os.Stderr, "round %d: %-8s %6.0f tasks/s\n", round+1, p.name, r.Whole)
			measured[i] = append(measured[i], r)
		}
	}
	return print(w, peers, measured)
}

// print shows the medians, and how many times as fast ffboard is as each of the others, turn by turn.
func print(w work, peers []peer, measured [][]rates) error {
	fmt.Printf("%d tasks of %d bytes, %d workers\n\n", w.tasks, w.payload, w.workers)
	t := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "SYSTEM\tTASKS/S\tSUBMITTED/S\tWORKED/S\tFFBOARD IS (MIN, MEDIAN, MAX)\t")
	for i, p := range peers {
		var whole, submitted, worked, ratios []float64
		for round, r := range measured[i] {
			whole, submitted, worked = append(whole, r.Whole), append(submitted, r.Submitted), append(worked, r.Worked)
			ratios = append(ratios, measured[0][round].Whole/r.Whole)
		}
		slices.Sort(ratios)
		fmt.Fprintf(t, "%s\t%.0f\t%.0f\t%.0f\t%.2f, %.2f, %.2f times as fast\t\n", p.name, median(whole), median(submitted), median(worked),
			ratios[0], median(ratios), ratios[len(ratios)-1])
	}
	return t.Flush()
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
