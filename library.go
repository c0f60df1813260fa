package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ffboard/valkey"
)

func libraryCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "library",
		Short:   "Print the function library, ready for FUNCTION LOAD",
		Example: "  ffboard library | valkey-cli -x FUNCTION LOAD REPLACE",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(cmd.OutOrStdout(), valkey.Library())
			return err
		},
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program and of the wire it speaks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "ffboard %s, wire version %s\n", programVersion(), valkey.WireVersion)
			return err
		},
	}
}
