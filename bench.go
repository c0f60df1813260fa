package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/engine/bench"
	"ffboard/theme"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// benching holds the flags of bench.
type benching struct {
	connection connection
	printing   printing
	server     valkey.BenchServer
	lane       string
	plan       bench.Plan
	inProcess  bool
	add, yes   bool
	cpuProfile string
}

func benchCommand() *cobra.Command {
	var b benching
	cmd := &cobra.Command{
		Use:   "bench SCENARIO…",
		Short: "Measure what a deployment takes: rates, latencies, and what they cost the server",
		Long: "bench measures kinds of work, several times each, on a private valkey-server of its own that ends with it. The floor beside a rate is\n" +
			"what the same writes take when they are sent by hand: what lies between the two is the engine. Figures hold for this machine and for\n" +
			"what else it does meanwhile, so compare within one run.\n\n" +
			"With --url it measures on that server, which must be empty: all keys are deleted between the runs and after them, the function library\n" +
			"stays. With --add it measures on a deployment that is in use, on a lane of its own, and leaves there what it wrote.\n\n" +
			"Scenarios:\n" + scenarioList(),
		Example:   "  ffboard bench submit-claim-complete\n  ffboard bench all -o json\n  ffboard bench submit-claim-complete --url valkey://sizing:6379 --executions 100000 --workers 64",
		Args:      cobra.MinimumNArgs(1),
		ValidArgs: append(scenarioNames(), everything),
		RunE:      func(cmd *cobra.Command, args []string) error { return b.run(cmd, args) },
	}
	b.flags(cmd)
	f := cmd.Flags()
	f.IntVar(&b.plan.Runs, "runs", 3, "how often each scenario is measured, `number`")
	size := &b.plan.Size
	f.IntVar(&size.Executions, "executions", 0, "how many executions, `number` (default the scenario's)")
	f.IntVar(&size.Workers, "workers", 0, "handlers at once, and connections that submit, `number` (default the scenario's)")
	f.IntVar(&size.Payload, "payload", 0, "`bytes` of each execution's input (default the scenario's)")
	f.IntVar(&size.Flows, "flows", 0, "how many flows, `number` (default the scenario's)")
	f.IntVar(&size.Nodes, "nodes", 0, "members of each flow, `number` (default the scenario's)")
	f.IntVar(&size.Frames, "frames", 0, "frames of each stream, `number` (default the scenario's)")
	f.IntVar(&size.Rounds, "rounds", 0, "how often a scenario does the same in a run, `number` (default the scenario's)")
	f.BoolVar(&b.plan.Scheduled, "scheduler", false, "workers claim through a scheduler, which asks budgets and quotas first")
	f.DurationVar(&size.For, "for", 0, "how long a scenario without an end goes on (default the scenario's)")
	f.BoolVar(&b.plan.NoFloor, "no-floor", false, "do not send the same writes by hand")
	cmd.AddCommand(growthCommand())
	return cmd
}

// flags are those that say where and how it is measured.
func (b *benching) flags(cmd *cobra.Command) {
	b.connection.flags(cmd)
	f := cmd.Flags()
	f.Lookup("url").Usage = "`address` of an empty server to measure on, instead of a private one"
	f.StringVarP(&b.printing.output, "output", "o", asTable, "`format`: "+strings.Join(outputs, ", "))
	f.Uint16Var(&b.server.Partitions.Flow, "partitions", engine.DefaultPartitionConfig.Flow, "`number` of flow partitions")
	f.StringVar(&b.lane, "lane", "bench", "`name` of the lane that is used")
	f.BoolVar(&b.inProcess, "in-process", false, "measure on the server inside of this process: not what a deployment runs on")
	f.BoolVar(&b.add, "add", false, "measure on a server that is not empty and leave what was written")
	f.BoolVar(&b.yes, "yes", false, "do not ask")
	f.StringVar(&b.cpuProfile, "cpuprofile", "", "write this program's CPU profile to a `file`, for go tool pprof")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(outputs, cobra.ShellCompDirectiveNoFileComp))
}

// everything stands for all scenarios.
const everything = "all"

func scenarioNames() []string {
	var names []string
	for _, s := range bench.Scenarios() {
		names = append(names, s.Name)
	}
	return names
}

func scenarioList() string {
	var out strings.Builder
	for _, s := range bench.Scenarios() {
		fmt.Fprintf(&out, "  %-22s %s\n", s.Name, s.About)
	}
	return out.String()
}

// chosenScenarios are those that were named, in the order of the list.
func chosenScenarios(names []string) ([]bench.Scenario, error) {
	known := scenarioNames()
	for _, name := range names {
		if name != everything && !slices.Contains(known, name) {
			return nil, fmt.Errorf("there is no scenario %q: use %s or %s", name, strings.Join(known, ", "), everything)
		}
	}
	chosen := bench.Scenarios()
	if !slices.Contains(names, everything) {
		chosen = slices.DeleteFunc(chosen, func(s bench.Scenario) bool { return !slices.Contains(names, s.Name) })
	}
	return chosen, nil
}

func (b *benching) run(cmd *cobra.Command, names []string) (err error) {
	scenarios, err := chosenScenarios(names)
	if err != nil {
		return err
	}
	if b.plan.Runs < 1 {
		return errors.New("--runs must be at least 1")
	}
	if err := b.check(); err != nil {
		return err
	}
	done, err := b.begin(cmd, "runs executions and flows")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	out := cmd.OutOrStdout()
	for _, scenario := range scenarios {
		b.plan.Scenario, b.plan.Lane = scenario, b.server.Lane
		b.plan.Progress = func(what string) { fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", scenario.Name, what) }
		result, err := bench.Measure(cmd.Context(), b.server.Open, b.plan)
		if err != nil {
			return err
		}
		if err := b.printing.record(out, result, func(w io.Writer) error { return bench.WriteTable(w, result) }); err != nil {
			return err
		}
	}
	return nil
}

func (b *benching) check() error {
	if err := b.printing.check(); err != nil {
		return err
	}
	lane, err := engine.ParseLaneID(b.lane)
	if err != nil {
		return fmt.Errorf("--lane: %w", err)
	}
	if b.server.Partitions.Flow == 0 {
		return errors.New("--partitions must be at least 1")
	}
	b.server.Lane = lane
	b.server.Partitions.Budget, b.server.Partitions.Quota = engine.DefaultPartitionConfig.Budget, engine.DefaultPartitionConfig.Quota
	return nil
}

// begin finds the server to measure on, asks before it writes to somebody's, and begins the profile.
func (b *benching) begin(cmd *cobra.Command, writes string) (done func() error, err error) {
	leave, err := b.find(cmd, writes)
	if err != nil {
		return nil, err
	}
	stopProfile, err := profile(b.cpuProfile)
	if err != nil {
		return nil, errors.Join(err, leave())
	}
	return func() error {
		stopProfile()
		return leave()
	}, nil
}

func (b *benching) find(cmd *cobra.Command, writes string) (leave func() error, err error) {
	ctx := cmd.Context()
	if !cmd.Flags().Changed("url") {
		if b.add || b.connection.cluster {
			return nil, errors.New("--add and --cluster are for a server of yours: say which with --url")
		}
		server, err := embedded.Start(ctx, embedded.Options{InProcess: b.inProcess})
		if err != nil {
			return nil, err
		}
		if server.InProcess() && !b.inProcess {
			fmt.Fprintf(cmd.ErrOrStderr(), "no %s on the PATH: measuring on the server inside of this process, which is no measure of a deployment\n", embedded.Program)
		}
		b.server.Target, b.server.Erase = valkey.Target{Socket: server.Socket()}, true
		return server.Close, nil
	}
	if b.inProcess {
		return nil, errors.New("--in-process and --url exclude each other")
	}
	ch, err := loadChoices(cmd.Flags(), lookupOS)
	if err != nil {
		return nil, err
	}
	if b.server.Target, err = b.connection.target(ch); err != nil {
		return nil, err
	}
	b.server.Erase = !b.add
	if err := b.agree(cmd, writes); err != nil {
		return nil, err
	}
	return func() error { return b.server.Close(ctx) }, nil
}

// agree says what will be written to a server that is somebody's, and asks.
func (b *benching) agree(cmd *cobra.Command, writes string) error {
	backend, err := valkey.Connect(cmd.Context(), b.server.Target)
	if err != nil {
		return err
	}
	defer backend.Close()
	keys, err := backend.Keys(cmd.Context())
	if err != nil {
		return err
	}
	address := theme.Whole(b.server.Target.String())
	if keys > 0 && !b.add {
		return fmt.Errorf("%s is not empty: it holds %d keys. An empty server is needed, which is emptied again; --add measures on this one all the same, and leaves what it wrote", address, keys)
	}
	out := cmd.ErrOrStderr()
	if b.add {
		fmt.Fprintf(out, "This %s on the lane %s and in the namespace %s of %s, beside what it does already, and leaves them there.\n", writes, b.server.Lane, bench.Namespace, address)
	} else {
		fmt.Fprintf(out, "This initialises %s, which is empty, %s there, and deletes all keys between the runs and at the end. The function library stays.\n", address, writes)
	}
	if !b.yes && !agreed(cmd.InOrStdin(), out) {
		return errors.New("nothing was written")
	}
	return nil
}

// profile writes a CPU profile until it is stopped; no file, no profile.
func profile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}
