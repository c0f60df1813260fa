package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/valkey"
)

// fillOptions holds the flags of fill.
type fillOptions struct {
	connection connection
	plan       valkey.Fill
	lanes      []string
	yes        bool
}

// fillCommand makes up a deployment to measure on. Operators have no use for it, so the main list of commands leaves it out.
func fillCommand() *cobra.Command {
	var o fillOptions
	cmd := &cobra.Command{
		Use:    "fill",
		Hidden: true,
		Short:  "Write a made-up deployment of any size, for measuring",
		Long: "fill writes the keys of a deployment in which nothing ever ran: executions in every state, flows with edges, suspensions,\n" +
			"leases, streams, budgets, quotas and workers, with all indexes consistent. It takes an empty server only, unless --add says\n" +
			"otherwise, and says what it will write before it does.",
		Example: "  ffboard fill --url unix:///tmp/empty.sock --executions 1000000 --flows 100000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd)
		},
	}
	o.connection.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&o.plan.Executions, "executions", 10_000, "how many executions, `number`")
	f.IntVar(&o.plan.Flows, "flows", 1_000, "how many flows, `number`")
	f.Uint16Var(&o.plan.Partitions.Flow, "partitions", 256, "`number` of flow partitions")
	f.Uint16Var(&o.plan.Partitions.Budget, "budget-partitions", 32, "`number` of budget partitions")
	f.Uint16Var(&o.plan.Partitions.Quota, "quota-partitions", 32, "`number` of quota partitions")
	f.StringSliceVar(&o.lanes, "lanes", []string{"default", "gpu", "llm", "mail"}, "`names` of the lanes, by commas")
	f.Uint64Var(&o.plan.Seed, "seed", 1, "`number` that makes what is written repeat")
	f.BoolVar(&o.plan.AddTo, "add", false, "add to what the server holds already")
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

func (o *fillOptions) run(cmd *cobra.Command) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	for _, lane := range o.lanes {
		o.plan.Lanes = append(o.plan.Lanes, engine.LaneID(lane))
	}
	if err := o.plan.Check(); err != nil {
		return err
	}
	ch, err := loadChoices(cmd.Flags(), lookupOS)
	if err != nil {
		return err
	}
	target, err := o.connection.target(ch)
	if err != nil {
		return err
	}
	backend, err := valkey.Connect(ctx, target)
	if err != nil {
		return err
	}
	defer backend.Close()
	deployment, err := backend.Deployment(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "This writes %d executions and %d flows over %d partitions and the lanes %s to %s.\n", o.plan.Executions, o.plan.Flows,
		o.plan.Partitions.Flow, theme.Whole(strings.Join(o.lanes, ", ")), theme.Whole(deployment.Address))
	if !o.yes && !agreed(cmd.InOrStdin(), out) {
		return errors.New("nothing was written")
	}
	shown := 0
	o.plan.Progress = func(n int) {
		if tenth := n * 10 / o.plan.Executions; tenth > shown {
			shown = tenth
			fmt.Fprintf(out, "%d executions\n", n)
		}
	}
	filled, err := backend.Fill(ctx, o.plan)
	if errors.Is(err, valkey.ErrOccupied) {
		return fmt.Errorf("%w; --add writes to it all the same", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d executions and %d flows with %d commands in %.1f s\n", filled.Executions, filled.Flows, filled.Commands, filled.Took.Seconds())
	if filled.LargestFlow != "" {
		fmt.Fprintf(out, "largest flow: %s with %d executions\n", filled.LargestFlow, filled.LargestSize)
	}
	for _, state := range engine.PublicStates() {
		if n := filled.ByState[state]; n > 0 {
			fmt.Fprintf(out, "%9d %s\n", n, state)
		}
	}
	return nil
}

// agreed asks and takes nothing but a yes for one.
func agreed(in io.Reader, out io.Writer) bool {
	fmt.Fprint(out, "Go on? [y/N] ")
	line, _ := bufio.NewReader(in).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}
