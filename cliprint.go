package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ffboard/views"
	"ffboard/views/plain"
)

const (
	asTable = "table"
	asJSON  = "json"
	asYAML  = "yaml"
)

var outputs = []string{asTable, asJSON, asYAML}

// printing says how what was read is written.
type printing struct {
	output    string
	noHeaders bool
	watch     time.Duration
}

func (p *printing) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&p.output, "output", "o", asTable, "`format`: "+strings.Join(outputs, ", "))
	f.BoolVar(&p.noHeaders, "no-headers", false, "leave the titles of a table out")
	f.DurationVarP(&p.watch, "watch", "w", 0, "read and print again every so often, such as 2s; JSON is a line each time")
	f.Lookup("watch").NoOptDefVal = "2s"
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(outputs, cobra.ShellCompDirectiveNoFileComp))
}

func (p *printing) check() error {
	if !slices.Contains(outputs, p.output) {
		return fmt.Errorf("unknown output %q: use %s", p.output, strings.Join(outputs, ", "))
	}
	if p.watch < 0 || p.watch > 0 && p.watch < shortestWatch {
		return fmt.Errorf("--watch wants at least %s", shortestWatch)
	}
	return nil
}

const shortestWatch = 100 * time.Millisecond

// record writes a record as JSON or YAML, and otherwise as text.
func (p *printing) record(w io.Writer, record any, text func(io.Writer) error) error {
	switch {
	case p.output == asJSON && p.watch > 0:
		return plain.WriteJSONLine(w, record)
	case p.output == asJSON:
		return plain.WriteJSON(w, record)
	case p.output == asYAML && p.watch > 0:
		fmt.Fprintln(w, "---")
		return plain.WriteYAML(w, record)
	case p.output == asYAML:
		return plain.WriteYAML(w, record)
	default:
		return text(w)
	}
}

// again runs once, or every so often until the command is told to end.
func (p *printing) again(cmd *cobra.Command, once func() error) error {
	if err := once(); err != nil || p.watch == 0 {
		return err
	}
	tick := time.NewTicker(p.watch)
	defer tick.Stop()
	for {
		select {
		case <-cmd.Context().Done():
			return nil
		case <-tick.C:
			if p.output == asTable {
				fmt.Fprintln(cmd.OutOrStdout())
			}
			if err := once(); err != nil {
				return err
			}
		}
	}
}

// Where a view is drawn for a pipe, it gets this width and as many lines as it has.
const (
	drawnWidth = 120
	drawnLines = 10_000
)

// draw writes a view as it looks on the board, without a terminal.
func draw(w io.Writer, v views.View) error {
	v.SetSize(drawnWidth, drawnLines)
	lines := strings.Split(v.View(), "\n")
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}
