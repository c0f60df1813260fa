package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/engine/diagnose"
	"ffboard/theme"
)

// whyCommand tells why an execution or a flow is where it is.
func whyCommand() *cobra.Command {
	var in reader
	cmd := &cobra.Command{
		Use:   "why <execution id | flow id>",
		Short: "Tell why an execution or a flow is stuck",
		Long: "why tells in plain words why an execution or a flow is where it is: the cause, what that rests on, what happens next by itself and\n" +
			"what can be done about it. As JSON each cause has a code that stays the same.\n\n" + exitCodes,
		GroupID: readGroup,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			execution, errExecution := engine.ParseExecutionID(args[0])
			flow, errFlow := engine.ParseFlowID(args[0])
			if errExecution != nil && errFlow != nil {
				return fmt.Errorf("%q is neither an execution's id, {fp:N}: and a UUID, nor a flow's, a UUID", args[0])
			}
			e, done, err := in.open(cmd)
			if err != nil {
				return err
			}
			defer done()
			return in.again(cmd, func() error {
				var d diagnose.Diagnosis
				var err error
				if errExecution == nil {
					d, err = diagnose.ReadExecution(cmd.Context(), e, execution)
				} else {
					d, err = diagnose.ReadFlow(cmd.Context(), e, flow)
				}
				if err != nil {
					return err
				}
				return in.record(cmd.OutOrStdout(), d, func(w io.Writer) error {
					for _, line := range diagnose.Lines(&d) {
						if _, err := fmt.Fprintln(w, theme.Whole(line)); err != nil {
							return err
						}
					}
					return nil
				})
			})
		},
	}
	in.flags(cmd)
	return cmd
}
