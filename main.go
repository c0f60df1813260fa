// Command ffboard is a FlowFabric-compatible durable execution engine on Valkey and the terminal dashboard on top of it.
package main

import (
	"context"
	"fmt"
	"io"
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
		complain(os.Stderr, err)
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

// complain says what went wrong: a line for each of the errors that come together, whatever strangers (a server, a file's name) wrote into them.
func complain(w io.Writer, err error) {
	for _, e := range together(err) {
		fmt.Fprintln(w, "ffboard: "+theme.Whole(e.Error()))
	}
}

// together are the errors that errors.Join made err of, in their order.
func together(err error) (errs []error) {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var texts []string
	for _, e := range joined.Unwrap() {
		errs, texts = append(errs, together(e)...), append(texts, e.Error())
	}
	if err.Error() != strings.Join(texts, "\n") { // a sentence that holds several
		return []error{err}
	}
	return errs
}
