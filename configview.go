package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ffboard/tui"
)

// viewCommands open the dashboard on a view: "ffboard lanes", "ffboard flow <id>".
func viewCommands() []*cobra.Command {
	var cmds []*cobra.Command
	for _, v := range tui.Starts() {
		cmds = append(cmds, viewCommand(v))
	}
	return cmds
}

func viewCommand(v tui.Start) *cobra.Command {
	var c connection
	var b board
	args := func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s needs %s", v.Name, v.Argument)
		}
		return nil
	}
	switch {
	case v.Argument == "":
		args = cobra.NoArgs
	case v.Optional:
		args = cobra.ArbitraryArgs
	}
	cmd := &cobra.Command{
		Use:     strings.TrimSpace(v.Name + " " + v.Argument),
		Short:   v.Does,
		Long:    "Opens the dashboard there: " + v.Does + ".",
		GroupID: viewGroup,
		Args:    args,
		RunE: func(cmd *cobra.Command, args []string) error {
			b.view = strings.Join(append([]string{v.Name}, args...), " ")
			return attach(cmd, c, b)
		},
	}
	c.flags(cmd)
	b.flags(cmd)
	b.record.flags(cmd)
	_ = cmd.Flags().MarkHidden("start")
	return cmd
}

const viewGroup = "views"
