package main

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"ffboard/tui"
	"ffboard/views"
	"ffboard/views/plain"
)

const readGroup = "read"

// getCommand prints what a view of the board lists.
func getCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get",
		Short: "Print what a view of the board shows",
		Long: "get prints what a view of the dashboard shows, as a table, JSON or YAML. Words after its name narrow a list as `/` does there.\n" +
			"What happens, as it happens, is what `ffboard tail activity` prints.\n\n" + exitCodes,
		Example: "  ffboard get flows\n  ffboard get suspended approve -o json\n  ffboard get lanes --watch=5s",
		GroupID: readGroup,
	}
	for _, r := range append(tui.Roots(), others...) {
		if r.Name != "activity" { // what happens is not something that stands
			cmd.AddCommand(getViewCommand(r))
		}
	}
	return oneOf(cmd)
}

// others are lists that a view of the board holds besides its first.
var others = []tui.Root{
	{Name: "signals", Shows: "what suspended executions wait for", Make: func(c *views.Common) views.View { return views.NewSignals(c) }},
	{Name: "leases", Shows: "leases that are held, soonest to run out first", Make: func(c *views.Common) views.View { return views.NewLeases(c) }},
	{Name: "expired-leases", Shows: "leases that ran out and wait to be reclaimed", Make: func(c *views.Common) views.View { return views.NewExpiredLeases(c) }},
	{Name: "quotas", Shows: "quota policies", Make: func(c *views.Common) views.View { return views.NewQuotas(c) }},
}

func getViewCommand(r tui.Root) *cobra.Command {
	var in reader
	cmd := &cobra.Command{
		Use:   r.Name + " [filter]",
		Short: r.Shows,
		RunE: func(cmd *cobra.Command, args []string) error {
			return in.show(cmd, func(c *views.Common) (views.View, error) {
				view := r.Make(c)
				view.SetSize(drawnWidth, drawnLines)
				if f, ok := view.(views.Filtering); ok {
					return view, narrow(f, strings.Join(args, " "))
				}
				return view, cobra.NoArgs(cmd, args)
			}, func(view views.View, value any) error { return in.view(cmd.OutOrStdout(), view, value) })
		},
	}
	in.flags(cmd)
	return cmd
}

// narrow sets a filter. One that the view does not understand is an error: a script must not go on with everything.
func narrow(f views.Filtering, query string) error {
	cmd := f.SetFilter(query)
	if cmd == nil {
		return nil
	}
	if said, ok := cmd().(views.Said); ok && said.Error {
		return errors.New(string(said.Text))
	}
	return nil
}

// listed is the document of a list.
type listed struct{ Items any }

// view prints a list as its rows, and any other view as it looks. value is its record.
func (p *printing) view(w io.Writer, v views.View, value any) error {
	list, ok := v.(views.Listing)
	if !ok {
		return p.record(w, value, func(w io.Writer) error { return draw(w, v) })
	}
	return p.record(w, listed{list.Items()}, func(w io.Writer) error { return plain.WriteTable(w, list.Plain(), !p.noHeaders) })
}
