package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ffboard/engine"
	"ffboard/engine/action"
	"ffboard/theme"
)

// mostIDs is how many ids are read from standard input.
const mostIDs = 100_000

// idsOf are the ids that were given, those of standard input in place of "-".
func idsOf(in io.Reader, args []string) ([]string, error) {
	var ids []string
	for _, arg := range args {
		if arg != "-" {
			ids = append(ids, arg)
			continue
		}
		lines := bufio.NewScanner(in)
		for lines.Scan() {
			if id := strings.TrimSpace(lines.Text()); id != "" {
				ids = append(ids, id)
			}
			if len(ids) > mostIDs {
				return nil, fmt.Errorf("more than %d ids", mostIDs)
			}
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("read ids from standard input: %w", err)
		}
	}
	return ids, nil
}

func (v *verb) run(cmd *cobra.Command, _ []string) error {
	a := v.action()
	if err := v.output.check(); err != nil {
		return err
	}
	ch, err := loadChoices(cmd.Flags(), lookupOS)
	if err != nil {
		return err
	}
	backend, err := v.connect(cmd)
	if err != nil {
		return err
	}
	defer backend.Close()
	var b engine.Attached = backend
	if ch.on("read_only", "", "FFBOARD_READ_ONLY", ch.file.ReadOnly) {
		b = engine.ReadOnlyGate(backend)
	}
	states, err := action.Read(cmd.Context(), b, v.targets)
	if err != nil {
		return err
	}
	args, err := v.arguments(a, states)
	if err != nil {
		return err
	}
	possible := slices.DeleteFunc(slices.Clone(states), func(s *action.State) bool { return a.Possible(s) != "" })
	v.preview(cmd.ErrOrStderr(), a, states, possible, args)
	if v.dryRun {
		return nil
	}
	if len(possible) > 0 {
		if err := v.confirm(cmd, a, possible, args); err != nil {
			return err
		}
	}
	if args, err = args.WithSecret(); err != nil {
		return err
	}
	return v.carryOut(cmd, b, a, states, args)
}

// arguments are the values of the flags, and a secret that is typed.
func (v *verb) arguments(a *action.Action, states []*action.State) (action.Args, error) {
	args := action.Args{Values: map[string]string{}}
	for _, arg := range a.Arguments {
		if arg.Secret {
			continue
		}
		value := *v.values[arg.Name]
		if value == "" && arg.Suggest != nil {
			value = arg.Suggest(states)
		}
		if len(arg.Choices) > 0 && !slices.Contains(choiceValues(arg), value) {
			return args, fmt.Errorf("--%s is one of %s", arg.Name, strings.Join(choiceValues(arg), ", "))
		}
		args.Values[arg.Name] = value
	}
	for _, arg := range a.Arguments {
		asked := arg.When == nil || arg.When(args)
		if arg.Secret && asked {
			secret, err := askSecret(arg)
			if err != nil {
				return args, err
			}
			args.Secret = secret
		}
		if arg.Needed && asked && !arg.Secret && args.Values[arg.Name] == "" {
			return args, fmt.Errorf("%s needs --%s: %s", v.name, arg.Name, arg.Does)
		}
	}
	if a.Validate != nil {
		return args, a.Validate(args)
	}
	return args, nil
}

func askSecret(arg action.Argument) (action.Secret, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return action.Secret{}, errors.New("typing the secret needs a terminal: use a file instead")
	}
	fmt.Fprintf(os.Stderr, "%s (not shown): ", arg.Name)
	typed, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return action.Secret{}, err
	}
	return action.ParseSecret(string(typed))
}

// mostNamed is how many targets a preview names one by one.
const mostNamed = 10

// preview says what is hit, what is left out, and what will happen.
func (v *verb) preview(w io.Writer, a *action.Action, states, possible []*action.State, args action.Args) {
	say := func(format string, words ...any) { fmt.Fprintln(w, theme.Whole(fmt.Sprintf(format, words...))) }
	say("%s: %d of %d", v.name, len(possible), len(states))
	for _, s := range states[:min(len(states), mostNamed)] {
		line := "  " + s.ID()
		if s.Kind == action.Execution && !s.Gone {
			line += "  " + string(s.Row.State) + "  " + s.Row.Kind + "  lane " + string(s.Row.Lane)
		}
		if why := a.Possible(s); why != "" {
			line += "  left out: " + why
		}
		say("%s", line)
	}
	if more := len(states) - mostNamed; more > 0 {
		say("  and %d more", more)
	}
	if len(possible) == 0 {
		return
	}
	if a.Effect != nil {
		for _, effect := range a.Effect(possible, args) {
			say("  %s", effect)
		}
	}
}

var errNotConfirmed = errors.New("nothing was done")

// confirm asks the person at the terminal. A script has to say --yes.
func (v *verb) confirm(cmd *cobra.Command, a *action.Action, possible []*action.State, args action.Args) error {
	if v.yes {
		return nil
	}
	if in, ok := cmd.InOrStdin().(*os.File); !ok || !term.IsTerminal(int(in.Fd())) {
		return fmt.Errorf("%w: add --yes where nobody can be asked", errNotConfirmed)
	}
	want := "yes"
	if a.Confirm != nil {
		if word := a.Confirm(possible, args); word != "" {
			want = word
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Type %s to go on: ", theme.Whole(want))
	typed, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if strings.TrimSpace(typed) != want {
		return errNotConfirmed
	}
	return nil
}

// outcome is what became of one target, as it is printed.
type outcome struct {
	ID      string
	Done    bool
	Outcome string
	Next    string
	Error   string
	Parts   []partOutcome
}

type partOutcome struct{ Name, Outcome, Error string }

// carryOut does it to all, and prints what became of each as it comes. An interrupt begins no more of them.
func (v *verb) carryOut(cmd *cobra.Command, b action.Backend, a *action.Action, states []*action.State, args action.Args) error {
	// The command's own context ends with the first signal: what was begun would be cut off in the middle.
	ctx, stop := context.WithoutCancel(cmd.Context()), make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-signals:
			close(stop)
		case <-ended:
		}
	}()
	var failed error
	var outcomes []outcome
	refused := 0
	notBegun := action.RunAll(ctx, b, a, states, args, stop, func(d action.Done) {
		o := outcomeOf(d)
		switch {
		case d.Skipped != "":
			refused++
		case d.Err != nil && failed == nil:
			failed = d.Err
		}
		outcomes = append(outcomes, o)
		if v.output.output == asTable {
			o.print(cmd.OutOrStdout())
		}
	})
	if v.output.output != asTable {
		if err := v.output.record(cmd.OutOrStdout(), listed{outcomes}, nil); err != nil {
			return err
		}
	}
	return v.verdict(outcomes, failed, refused, notBegun)
}

func outcomeOf(d action.Done) outcome {
	o := outcome{ID: d.State.ID(), Done: d.Err == nil && d.Skipped == "" && !d.Outcome.Open, Outcome: d.Outcome.Words, Next: d.Outcome.Next}
	switch {
	case d.Skipped != "":
		o.Outcome = "left out: " + d.Skipped
	case d.Err != nil:
		o.Error = action.Explain(d.Err)
	}
	for _, p := range d.Outcome.Parts {
		part := partOutcome{Name: p.Name, Outcome: p.Words}
		if p.Err != nil {
			part.Error = action.Explain(p.Err)
		}
		o.Parts = append(o.Parts, part)
	}
	return o
}

func (o outcome) print(w io.Writer) {
	words := o.Outcome
	if o.Error != "" {
		words = "failed: " + o.Error
	}
	if o.Next != "" {
		words += ". " + o.Next
	}
	fmt.Fprintln(w, theme.Whole(o.ID+"  "+words))
	for _, p := range o.Parts {
		if p.Error != "" {
			fmt.Fprintln(w, theme.Whole("  "+p.Name+"  failed: "+p.Error))
		}
	}
}

// verdict is the error of the command: the first one that was met, so that the exit code tells its class.
func (v *verb) verdict(outcomes []outcome, failed error, refused, notBegun int) error {
	open := 0
	for _, o := range outcomes {
		if !o.Done {
			open++
		}
	}
	switch {
	case failed != nil:
		return fmt.Errorf("%s: %d of %d done: %w", v.name, len(outcomes)-open, len(outcomes)+notBegun, failed)
	case notBegun > 0:
		return fmt.Errorf("%s: stopped, %d were not begun", v.name, notBegun)
	case refused > 0 && refused == len(outcomes):
		return &engine.Error{Class: engine.ClassState, Op: v.name, Detail: outcomes[0].Outcome}
	case open > refused:
		return fmt.Errorf("%s: some partitions failed: the same again does what is missing", v.name)
	default:
		return nil
	}
}
