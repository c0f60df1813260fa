package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ffboard/theme"
	"ffboard/valkey"
)

func configCommand() *cobra.Command {
	var c connection
	var b board
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show the settings, and where each comes from",
		Long: "config shows what the dashboard would run with: flags are above the environment, that is above the configuration file, that is\n" +
			"above the defaults. A password is never shown.\n\n" + configExample,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ch, err := loadChoices(cmd.Flags(), lookupOS)
			if err != nil {
				return err
			}
			if err := b.resolve(ch); err != nil {
				return err
			}
			if _, err := valkey.ParseTarget(c.addresses(ch)...); err != nil {
				return err
			}
			ch.on("cluster", "cluster", "FF_CLUSTER", ch.file.Cluster)
			ch.text("username", "", "FF_USERNAME", ch.file.Username, "")
			ch.choose("password", "(not shown)", c.passwordFrom(ch))
			return ch.show(cmd.OutOrStdout())
		},
	}
	c.flags(cmd)
	b.flags(cmd)
	return cmd
}

const configExample = `The file is TOML:

  url = "valkey://db:6379"             # several with commas make a cluster
  cluster = false
  username = "board"
  password_file = "/run/secrets/board" # its first line; FF_PASSWORD is above it
  theme = "dark"
  start = "lanes"                      # a command of the palette
  times = "relative"                   # or absolute
  read_only = false

  [keys]                               # a key of the program, and the one that you press for it
  "ctrl+r" = "f5"

  [filters]                            # names for lines of the palette
  late = "lanes billing"

  [columns]                            # of a view, from left to right
  executions = ["state", "kind", "lane", "age"]
`

// passwordFrom tells where the password would come from, without reading it.
func (c *connection) passwordFrom(ch *choices) string {
	switch {
	case c.askPassword:
		return "--ask-password"
	case c.passwordFile != "":
		return c.passwordFile
	case ch.isSet("FF_PASSWORD"):
		return "FF_PASSWORD"
	case ch.file.PasswordFile != nil:
		return *ch.file.PasswordFile
	default:
		return "nowhere: there is none"
	}
}

// show writes a line for each setting.
func (c *choices) show(out io.Writer) error {
	made := c.made
	for _, of := range slices.Sorted(maps.Keys(c.file.Keys)) {
		made = append(made, choice{"keys." + of, c.file.Keys[of], c.file.path})
	}
	for _, name := range slices.Sorted(maps.Keys(c.file.Filters)) {
		made = append(made, choice{"filters." + name, c.file.Filters[name], c.file.path})
	}
	for _, view := range slices.Sorted(maps.Keys(c.file.Columns)) {
		made = append(made, choice{"columns." + view, strings.Join(c.file.Columns[view], " "), c.file.path})
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SETTING\tVALUE\tFROM")
	for _, m := range made {
		fmt.Fprintf(table, "%s\t%s\t%s\n", theme.Whole(m.name), theme.Whole(m.value), theme.Whole(m.from))
	}
	return table.Flush()
}
