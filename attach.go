package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/tui"
	"ffboard/valkey"
)

// board holds the flags of the dashboard itself.
type board struct {
	readOnly bool
	theme    string
	start    string
}

func (b *board) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&b.readOnly, "read-only", false, "refuse every write, below the views")
	f.StringVar(&b.theme, "theme", "auto", "`name`: "+strings.Join(theme.Names(), ", ")+" (NO_COLOR counts as none)")
	f.StringVar(&b.start, "start", "", "`command` of the palette to begin with, such as lanes or \"flow <id>\"")
}

// attachCommand is the root: the dashboard on a deployment that somebody else runs.
func attachCommand() *cobra.Command {
	var c connection
	var b board
	cmd := &cobra.Command{
		Use:   "ffboard",
		Short: "Watch and steer durable executions on Valkey",
		Long: "ffboard attaches to a deployment and shows its flows, lanes, suspended executions and live streams.\n" +
			"It loads nothing and configures nothing there, and writes only what you ask for and confirm.\n\n" +
			"Environment: FFBOARD_URL, or FF_HOST, FF_PORT, FF_TLS and FF_CLUSTER; FF_USERNAME and FF_PASSWORD; NO_COLOR.",
		Example:       "  ffboard demo\n  ffboard --url valkey://localhost:6379\n  ffboard --url rediss://a:6379,b:6379 --read-only",
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return attach(cmd.Context(), c, b)
		},
	}
	c.flags(cmd)
	b.flags(cmd)
	return cmd
}

func attach(ctx context.Context, c connection, b board) error {
	if err := b.check(); err != nil {
		return err
	}
	target, err := c.target()
	if err != nil {
		return err
	}
	if err := needTerminal(); err != nil {
		return err
	}
	backend, err := valkey.Connect(ctx, target)
	if err != nil {
		return err
	}
	defer backend.Close()
	return b.run(ctx, backend, "attached")
}

// needTerminal refuses early where there is nothing to draw on.
func needTerminal() error {
	if !term.IsTerminal(int(os.Stdout.Fd())) || !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New("the dashboard needs a terminal: run it in one, not in a pipe")
	}
	return nil
}

// check finds what is wrong with the flags before anything is started or dialled.
func (b *board) check() error {
	if !slices.Contains(theme.Names(), b.theme) {
		return fmt.Errorf("unknown theme %q: the themes are %s", b.theme, strings.Join(theme.Names(), ", "))
	}
	return nil
}

// run shows the dashboard until the user leaves.
func (b *board) run(ctx context.Context, backend *valkey.Backend, role string) error {
	var seen engine.Attached = backend
	if b.readOnly {
		seen = engine.ReadOnlyGate(backend)
	}
	return tui.Run(ctx, tui.Options{
		Engine: seen, Clock: seen, Role: role, ReadOnly: b.readOnly, Start: b.start, Theme: b.theme,
	})
}
