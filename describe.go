package main

import (
	"io"
	"reflect"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/views"
)

// described is a thing that describe knows: how its id is read and which view of the board shows it.
type described struct {
	name, does string
	view       func(c *views.Common, id string) (views.View, error)
}

var describable = []described{
	{"flow", "a flow with its members and edges", func(c *views.Common, id string) (views.View, error) {
		flow, err := engine.ParseFlowID(id)
		return views.NewFlow(c, flow), err
	}},
	{"execution", "an execution with everything around it", func(c *views.Common, id string) (views.View, error) {
		execution, err := engine.ParseExecutionID(id)
		return views.NewExecution(c, execution), err
	}},
	{"edges", "the edges of an execution, with what they wait for", func(c *views.Common, id string) (views.View, error) {
		execution, err := engine.ParseExecutionID(id)
		return views.NewEdges(c, "", execution), err
	}},
}

// describeCommand prints one thing with everything about it.
func describeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "describe",
		Short:   "Print one thing with everything about it",
		Long:    "describe prints one thing as the dashboard shows it, or as JSON or YAML with every field.\n\n" + exitCodes,
		Example: "  ffboard describe flow 0f10a000-…\n  ffboard describe execution '{fp:86}:9b1c0d2e-…' -o yaml",
		GroupID: readGroup,
	}
	for _, d := range describable {
		cmd.AddCommand(describeOneCommand(d))
	}
	return cmd
}

func describeOneCommand(d described) *cobra.Command {
	var in reader
	cmd := &cobra.Command{
		Use:   d.name + " <id>",
		Short: d.does,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := d.view(&views.Common{}, args[0]); err != nil {
				return err
			}
			return in.show(cmd, func(c *views.Common) (views.View, error) { return d.view(c, args[0]) }, func(view views.View, value any) error {
				if isNothing(value) {
					return &engine.Error{Class: engine.ClassNotFound, Entity: d.name, Key: args[0]}
				}
				return in.record(cmd.OutOrStdout(), value, func(w io.Writer) error { return draw(w, view) })
			})
		},
	}
	in.flags(cmd)
	return cmd
}

// isNothing tells the nil of any type that a view's fetch answers for what is not there.
func isNothing(value any) bool {
	v := reflect.ValueOf(value)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}
