package main

import (
	"os"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// choice is a setting with its value and where that came from.
type choice struct{ name, value, from string }

func lookupOS(variable string) (value string, set bool) { return os.LookupEnv(variable) }

// choices resolve settings one by one, flags over environment over file over defaults, and keep what became of each.
type choices struct {
	flags  *pflag.FlagSet
	lookup lookupEnv
	file   fileConfig
	made   []choice
}

const fromDefault = "default"

// loadChoices reads the configuration file that the flags or the environment name.
func loadChoices(flags *pflag.FlagSet, lookup lookupEnv) (*choices, error) {
	path, _ := flags.GetString("config")
	file, err := readConfig(path, lookup)
	return &choices{flags: flags, lookup: lookup, file: file}, err
}

// configFlag is the flag by which another configuration file is named.
func configFlag(cmd *cobra.Command) {
	if cmd.Flags().Lookup("config") == nil {
		cmd.Flags().String("config", "", "`file` of settings (FFBOARD_CONFIG; default ffboard/config.toml below XDG_CONFIG_HOME or ~/.config)")
	}
}

func (c *choices) isSet(variable string) bool {
	value, _ := c.lookup(variable)
	return value != ""
}

func (c *choices) choose(name, value, from string) string {
	c.made = append(c.made, choice{name, value, from})
	return value
}

// text resolves a setting of words. Empty flags and variables are as good as none.
func (c *choices) text(name, flag, variable string, filed *string, byDefault string) string {
	if f := c.flags.Lookup(flag); f != nil && f.Changed {
		return c.choose(name, f.Value.String(), "--"+flag)
	}
	if value, _ := c.lookup(variable); value != "" {
		return c.choose(name, value, variable)
	}
	if filed != nil {
		return c.choose(name, *filed, c.file.path)
	}
	return c.choose(name, byDefault, fromDefault)
}

// on resolves a switch.
func (c *choices) on(name, flag, variable string, filed *bool) bool {
	var word *string
	if filed != nil {
		w := strconv.FormatBool(*filed)
		word = &w
	}
	return isOn(c.text(name, flag, variable, word, "false"))
}
