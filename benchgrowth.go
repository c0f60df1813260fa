package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ffboard/engine/bench"
)

// benchingGrowth holds the flags of bench growth.
type benchingGrowth struct {
	benching
	plan bench.GrowthPlan
}

// growthCommand measures what operations cost on a deployment that grows.
func growthCommand() *cobra.Command {
	var b benchingGrowth
	cmd := &cobra.Command{
		Use:   "growth",
		Short: "Measure how costs grow with what a deployment holds",
		Long: "growth fills a private valkey-server of its own to one size after the other, by adding made-up executions, and measures at each what\n" +
			"operations cost while nothing else happens: the server's time and the commands of one, and how long it takes. The exponent is that of\n" +
			"the curve cost = c·size^k which fits best: 0 is no growth, 1 is growth in proportion. What is filled in has every state; nine of ten\n" +
			"executions belong to a flow. What the measuring makes counts for the size.\n\n" +
			"A million executions take about two minutes to fill in and 5 GB of memory, a hundred thousand a tenth of that.\n\n" +
			"With --url it measures on that server, which must be empty and is emptied again. With --add it adds to what a server holds, which must\n" +
			"be less than the first size, and leaves there what it wrote.",
		Example: "  ffboard bench growth\n  ffboard bench growth --sizes 1000,10000,100000,1000000 -o json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return b.run(cmd) },
	}
	b.flags(cmd)
	f := cmd.Flags()
	f.IntSliceVar(&b.plan.Sizes, "sizes", []int{1000, 10_000, 100_000}, "`numbers` of executions to measure at, by commas")
	f.IntVar(&b.plan.Operations, "operations", 100, "how often each operation is done in a run, `number`")
	f.IntVar(&b.plan.Runs, "runs", 3, "how often all is measured at each size, `number`")
	return cmd
}

func (b *benchingGrowth) run(cmd *cobra.Command) (err error) {
	if err := b.check(); err != nil {
		return err
	}
	if err := b.plan.Check(); err != nil {
		return fmt.Errorf("--sizes, --operations, --runs: %w", err)
	}
	largest := b.plan.Sizes[len(b.plan.Sizes)-1]
	done, err := b.begin(cmd, fmt.Sprintf("writes up to %d made-up executions and works on some", largest))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	b.plan.Lane = b.server.Lane
	b.plan.Progress = func(what string) { fmt.Fprintf(cmd.ErrOrStderr(), "growth: %s\n", what) }
	growth, err := bench.MeasureGrowth(cmd.Context(), b.server.Open, b.plan)
	if err != nil {
		return err
	}
	return b.printing.record(cmd.OutOrStdout(), growth, func(w io.Writer) error { return bench.WriteGrowthTable(w, growth) })
}
