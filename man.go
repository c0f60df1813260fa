package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand prints the manual page, or writes one for each command into a folder.
func manCommand() *cobra.Command {
	var folder string
	cmd := &cobra.Command{
		Use:     "man",
		Short:   "Print the manual page, or write one for each command",
		Example: "  ffboard man | man -l -\n  ffboard man --folder /usr/local/share/man/man1",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			header := &doc.GenManHeader{Title: "FFBOARD", Section: "1", Source: "ffboard " + programVersion(), Manual: "ffboard"}
			cmd.Root().DisableAutoGenTag = true
			if folder == "" {
				return doc.GenMan(cmd.Root(), header, cmd.OutOrStdout())
			}
			if err := doc.GenManTree(cmd.Root(), header, folder); err != nil {
				return fmt.Errorf("write the manual: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&folder, "folder", "", "`folder` that gets a page for each command")
	return cmd
}
