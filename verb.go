package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/engine/action"
)

const actGroup = "act"

// verb is an action of the command line: the actions of one name, each on another kind of thing.
type verb struct {
	connection
	name    string
	actions []*action.Action

	output  printing
	yes     bool
	dryRun  bool
	values  map[string]*string
	targets []action.Target
}

// verbCommands are the actions of the dashboard as commands.
func verbCommands() []*cobra.Command {
	var names []string
	byName := map[string][]*action.Action{}
	for _, kind := range action.Kinds() {
		for _, a := range action.For(kind) {
			if byName[a.Name] == nil {
				names = append(names, a.Name)
			}
			byName[a.Name] = append(byName[a.Name], a)
		}
	}
	cmds := make([]*cobra.Command, len(names))
	for i, name := range names {
		cmds[i] = verbCommand(&verb{name: name, actions: byName[name], values: map[string]*string{}})
		if name == replayName {
			cmds[i] = withReplay(cmds[i])
		}
	}
	return cmds
}

func verbCommand(v *verb) *cobra.Command {
	cmd := &cobra.Command{
		Use:     strings.TrimSpace(v.name + " " + v.targetWords()),
		Short:   v.about(),
		Long:    v.long(),
		GroupID: actGroup,
		Args:    v.checkArgs,
		RunE:    v.run,
	}
	v.flags(cmd)
	return cmd
}

// about is what the verb does, to each kind of thing.
func (v *verb) about() string {
	if len(v.actions) == 1 {
		return v.actions[0].Does
	}
	var parts []string
	for _, a := range v.actions {
		parts = append(parts, "a"+article(a.Kind)+" "+string(a.Kind)+": "+a.Does)
	}
	return strings.Join(parts, "; ")
}

func article(k action.Kind) string {
	if strings.ContainsRune("aeiou", rune(k[0])) {
		return "n"
	}
	return ""
}

func (v *verb) long() string {
	return v.about() + ".\n\nIt says what it will hit and asks first; --yes answers for scripts, --dry-run only says it. It takes ids as arguments, or \"-\" for\n" +
		"ids on standard input, one a line.\n\n" + exitCodes
}

// targetWords are how the usage line calls what the verb is done to.
func (v *verb) targetWords() string {
	switch v.actions[0].Kind {
	case action.Deployment:
		return ""
	case action.Worker:
		return "<namespace>/<instance>..."
	}
	var kinds []string
	for _, a := range v.actions {
		kinds = append(kinds, string(a.Kind)+" id")
	}
	return "<" + strings.Join(kinds, " | ") + ">..."
}

func (v *verb) flags(cmd *cobra.Command) {
	v.connection.flags(cmd)
	f := cmd.Flags()
	f.StringVarP(&v.output.output, "output", "o", asTable, "`format` of the outcome: "+strings.Join(outputs, ", "))
	f.BoolVarP(&v.yes, "yes", "y", false, "do it without asking")
	f.BoolVar(&v.dryRun, "dry-run", false, "say what it would hit and do, and stop")
	for _, a := range v.actions {
		for _, arg := range a.Arguments {
			if arg.Secret || v.values[arg.Name] != nil {
				continue // a secret never comes from a flag
			}
			v.values[arg.Name] = f.String(arg.Name, arg.Default, argumentHelp(arg))
			if len(arg.Choices) > 0 {
				_ = cmd.RegisterFlagCompletionFunc(arg.Name, cobra.FixedCompletions(choiceValues(arg), cobra.ShellCompDirectiveNoFileComp))
			}
		}
	}
}

func argumentHelp(arg action.Argument) string {
	var choices []string
	for _, c := range arg.Choices {
		choices = append(choices, c.Value+" ("+c.Does+")")
	}
	if len(choices) > 0 {
		return strings.TrimPrefix(arg.Does+": ", ": ") + strings.Join(choices, ", ")
	}
	return arg.Does
}

func choiceValues(arg action.Argument) []string {
	var values []string
	for _, c := range arg.Choices {
		values = append(values, c.Value)
	}
	return values
}

// checkArgs finds out what the ids name. It reads standard input where one of them is "-".
func (v *verb) checkArgs(cmd *cobra.Command, args []string) error {
	if v.actions[0].Kind == action.Deployment {
		v.targets = []action.Target{{Kind: action.Deployment}}
		return cobra.NoArgs(cmd, args)
	}
	ids, err := idsOf(cmd.InOrStdin(), args)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return fmt.Errorf("%s needs %s", v.name, v.targetWords())
	}
	v.targets = nil
	for _, id := range ids {
		t, err := v.target(id)
		if err != nil {
			return err
		}
		if !slices.Contains(v.targets, t) {
			v.targets = append(v.targets, t)
		}
	}
	if v.action() == nil {
		return errors.New("the ids are of several kinds of things: name one kind at a time")
	}
	if len(v.targets) > 1 && !v.action().Bulk {
		return fmt.Errorf("%s is done to one at a time", v.name)
	}
	return nil
}

// target is what an id names, among the kinds that the verb is for.
func (v *verb) target(id string) (action.Target, error) {
	var first error
	for _, a := range v.actions {
		t, err := targetOf(a.Kind, id)
		if err == nil {
			return t, nil
		}
		if first == nil {
			first = err
		}
	}
	return action.Target{}, fmt.Errorf("%q: %w", id, first)
}

func targetOf(kind action.Kind, id string) (t action.Target, err error) {
	t.Kind = kind
	switch kind {
	case action.Execution:
		t.Execution, err = engine.ParseExecutionID(id)
	case action.Flow:
		t.Flow, err = engine.ParseFlowID(id)
	case action.Budget:
		t.Budget = engine.BudgetID(id)
	case action.Worker:
		ns, instance, ok := strings.Cut(id, "/")
		if !ok || ns == "" || instance == "" {
			return t, errors.New("a worker is named by its namespace, a slash, and its instance")
		}
		t.Namespace, t.Instance = engine.Namespace(ns), engine.WorkerInstanceID(instance)
	}
	return t, err
}

// action is the one for the targets; nil when they are of several kinds.
func (v *verb) action() *action.Action {
	for _, t := range v.targets {
		if t.Kind != v.targets[0].Kind {
			return nil
		}
	}
	return action.Named(v.targets[0].Kind, v.name)
}
