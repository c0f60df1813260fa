// Command ffboard is a FlowFabric-compatible durable execution engine on Valkey and the terminal dashboard on top of it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"ffboard/theme"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if err := newRoot().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "ffboard: "+printable(err.Error()))
		os.Exit(exitCode(err))
	}
}

// newRoot is the command line: without a subcommand the dashboard attaches to a deployment.
func newRoot() *cobra.Command {
	root := attachCommand()
	root.AddGroup(&cobra.Group{ID: viewGroup, Title: "Open the dashboard on:"})
	root.AddCommand(serveCommand(), sshCommand(), demoCommand(), benchCommand(), fillCommand(), libraryCommand(), configCommand(), manCommand(), versionCommand())
	root.AddGroup(&cobra.Group{ID: readGroup, Title: "Print:"})
	root.AddCommand(getCommand(), describeCommand(), whyCommand(), tailCommand(), auditCommand())
	root.AddGroup(&cobra.Group{ID: actGroup, Title: "Act:"})
	root.AddCommand(verbCommands()...)
	root.AddCommand(viewCommands()...)
	return root
}

// printable keeps what others wrote (a server's error, a file's name) from acting on the terminal, also by turning what is beside it.
func printable(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == '\n' || !theme.Hidden(r):
			out.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&out, `\x%02x`, r)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}
