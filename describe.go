package main

import (
	"context"
	"io"
	"reflect"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/views"
)

// described is a thing that describe knows: how its id is read and which view of the board shows it.
type described struct {
	name, argument, does string
	// check tells what can be no id, before anything is asked.
	check func(id string) error
	// view is nil for what is not there, where that is known without the view.
	view func(ctx context.Context, c *views.Common, id string) (views.View, error)
}

var describable = []described{
	parsed("flow", "a flow with its members and edges", engine.ParseFlowID, views.NewFlow),
	parsed("execution", "an execution with everything around it", engine.ParseExecutionID, views.NewExecution),
	parsed("edges", "the edges of an execution, with what they wait for", engine.ParseExecutionID,
		func(c *views.Common, id engine.ExecutionID) *views.Edges { return views.NewEdges(c, "", id) }),
	{"budget", "id", "a budget with the executions that it has counted", anyID, budgetNamed},
	{"quota", "id", "a quota policy with the executions that it has admitted", anyID, quotaNamed},
	{"worker", "instance | namespace/instance", "a worker with the executions that it holds", anyID, workerNamed},
	parsed("partition", "the figures of a partition, and what is wrong with some of its executions", parsePartition, views.NewPartition).by("tag"),
}

// parsed is a thing the view of which is made of its id alone.
func parsed[ID any, V views.View](name, does string, parse func(string) (ID, error), view func(*views.Common, ID) V) described {
	return described{name, "id", does, func(id string) error {
		_, err := parse(id)
		return err
	}, func(_ context.Context, c *views.Common, id string) (views.View, error) {
		read, err := parse(id)
		return view(c, read), err
	}}
}

func (d described) by(argument string) described {
	d.argument = argument
	return d
}

// anyID is the check of things that are looked for in a list: strangers' ids need be of no form.
func anyID(string) error { return nil }

// describeCommand prints one thing with everything about it.
func describeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "describe",
		Short: "Print one thing with everything about it",
		Long:  "describe prints one thing as the dashboard shows it, or as JSON or YAML with every field.\n\n" + exitCodes,
		Example: "  ffboard describe flow 0f10a000-…\n  ffboard describe execution '{fp:86}:9b1c0d2e-…' -o yaml\n" +
			"  ffboard describe worker gpu-7 --watch\n  ffboard describe partition fp:86",
		GroupID: readGroup,
	}
	for _, d := range describable {
		cmd.AddCommand(describeOneCommand(d))
	}
	return oneOf(cmd)
}

func describeOneCommand(d described) *cobra.Command {
	var in reader
	cmd := &cobra.Command{
		Use:               d.name + " <" + d.argument + ">",
		Short:             d.does,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := d.check(args[0]); err != nil {
				return err
			}
			notFound := &engine.Error{Class: engine.ClassNotFound, Entity: d.name, Key: args[0]}
			return in.show(cmd, func(c *views.Common) (views.View, error) {
				view, err := d.view(cmd.Context(), c, args[0])
				if err == nil && isNothing(view) {
					err = notFound
				}
				return view, err
			}, func(view views.View, value any) error {
				if isNothing(value) {
					return notFound
				}
				return in.record(cmd.OutOrStdout(), value, func(w io.Writer) error { return draw(w, view) })
			})
		},
	}
	in.flags(cmd)
	return cmd
}

// isNothing tells the nil of any type that stands for what is not there.
func isNothing(value any) bool {
	v := reflect.ValueOf(value)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}
