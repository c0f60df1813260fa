package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/views"
	"ffboard/views/plain"
)

// tailActivityCommand prints what happens in the deployment, as the activity view shows it.
func tailActivityCommand() *cobra.Command {
	var from connection
	var output string
	cmd := &cobra.Command{
		Use:   "activity [filter]",
		Short: "Print what happens, as it happens",
		Long: "tail activity prints completions of flow members, signals, and leases of some executions at work, a line each, until it is\n" +
			"stopped. Completions that happen while the connection is away are lost, and that is said.\n\n" + exitCodes,
		Example: "  ffboard tail activity\n  ffboard tail activity completion failed -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			if output != asTable && output != asJSON {
				return errors.New("--output is table or json")
			}
			backend, err := from.connect(cmd)
			if err != nil {
				return err
			}
			defer backend.Close()
			out := cmd.OutOrStdout()
			return views.FollowActivity(cmd.Context(), engine.ReadOnlyGate(backend), strings.Join(args, " "), func(e views.ActivityEvent) error {
				if output == asJSON {
					return plain.WriteJSONLine(out, e)
				}
				_, err := fmt.Fprintln(out, string(e.Words()))
				return err
			})
		},
	}
	from.flags(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", asTable, "`format`: table, or json with an event on each line")
	return cmd
}
