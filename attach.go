package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/tui"
	"ffboard/valkey"
)

// board holds what the dashboard itself is told, by flags and then by all that resolve knows.
type board struct {
	readOnly bool
	theme    string
	start    string
	view     string // that the command line names: above start
	times    string
	record   recordTo
	file     fileConfig
	kept     *keptFile
}

func (b *board) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&b.readOnly, "read-only", false, "refuse every write, below the views (FFBOARD_READ_ONLY)")
	b.appearance(cmd)
}

// appearance are the flags of what is shown and how, whatever it is shown of.
func (b *board) appearance(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.theme, "theme", "auto", "`name`: "+strings.Join(theme.Names(), ", ")+" (FFBOARD_THEME; NO_COLOR counts as none)")
	f.StringVar(&b.start, "start", "", "`command` of the palette to begin with, such as lanes or \"flow <id>\"")
	f.StringVar(&b.times, "times", relativeTimes, "how times are shown, `relative` or absolute (FFBOARD_TIMES)")
	configFlag(cmd)
}

// resolve puts flags over environment over file over defaults, and finds what is wrong before anything is started or dialled.
func (b *board) resolve(ch *choices) error {
	b.file = ch.file
	b.theme = ch.text("theme", "theme", "FFBOARD_THEME", ch.file.Theme, "auto")
	b.start = ch.text("start", "start", "FFBOARD_START", ch.file.Start, "")
	if b.view != "" {
		b.start = b.view
	}
	b.times = ch.text("times", "times", "FFBOARD_TIMES", ch.file.Times, relativeTimes)
	b.readOnly = ch.on("read_only", "read-only", "FFBOARD_READ_ONLY", ch.file.ReadOnly)
	if err := checkTheme(b.theme); err != nil {
		return err
	}
	if err := checkTimes(b.times); err != nil {
		return err
	}
	return b.record.check()
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
			return attach(cmd, c, b)
		},
	}
	c.flags(cmd)
	b.flags(cmd)
	b.record.flags(cmd)
	return cmd
}

func attach(cmd *cobra.Command, c connection, b board) error {
	ch, err := loadChoices(cmd.Flags(), lookupOS)
	if err != nil {
		return err
	}
	if err := b.resolve(ch); err != nil {
		return err
	}
	target, err := c.target(ch)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	if err := needTerminal(); err != nil {
		return err
	}
	backend, err := valkey.Connect(ctx, target)
	if err != nil {
		return err
	}
	defer backend.Close()
	b.kept = openKept(keptPath(ch.lookup), ch.file.presets())
	defer b.kept.Close()
	return b.run(ctx, backend, "attached")
}

// needTerminal refuses early where there is nothing to draw on.
func needTerminal() error {
	if !term.IsTerminal(int(os.Stdout.Fd())) || !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New("the dashboard needs a terminal: run it in one, not in a pipe")
	}
	return nil
}

// run shows the dashboard until the user leaves.
func (b *board) run(ctx context.Context, backend *valkey.Backend, role string) error {
	keepSmall()
	var seen engine.Attached = backend
	if b.readOnly {
		seen = engine.ReadOnlyGate(backend)
	}
	recorder, err := b.record.start(seen, b.start)
	if err != nil {
		return err
	}
	if recorder == nil {
		return tui.Run(ctx, b.options(seen, role))
	}
	o := b.options(recorder, role)
	o.Recording = recorder
	err = tui.Run(ctx, o)
	return errors.Join(err, b.record.finish(os.Stderr, recorder))
}

func (b *board) options(seen engine.Attached, role string) tui.Options {
	return tui.Options{
		Engine: seen, Clock: seen, Role: role, ReadOnly: b.readOnly, Start: b.start, Theme: b.theme,
		Keys: b.file.Keys, Filters: b.file.Filters, Kept: b.kept, Absolute: b.times == absoluteTimes,
	}
}
