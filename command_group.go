package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// oneOf has a command that only holds others refuse a name that none of them has, which by itself it answers with its help, as if all were
// well.
func oneOf(group *cobra.Command) *cobra.Command {
	group.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		var names []string
		for _, c := range cmd.Commands() {
			names = append(names, c.Name())
		}
		return fmt.Errorf("%s knows no %q; it knows %s", cmd.Name(), args[0], strings.Join(names, ", "))
	}
	// The flags of a command that is not there are not known either; the name is what is wrong.
	group.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if args := cmd.Flags().Args(); cmd == group && len(args) > 0 {
			return group.RunE(cmd, args)
		}
		return err
	})
	return group
}
