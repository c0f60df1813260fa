package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"ffboard/theme"
	"ffboard/tui"
)

// fileConfig is what the configuration file may say. A nil field says nothing.
type fileConfig struct {
	path string // "" when there is no file

	URL          *string `toml:"url"`
	Cluster      *bool   `toml:"cluster"`
	Username     *string `toml:"username"`
	PasswordFile *string `toml:"password_file"`
	Theme        *string `toml:"theme"`
	Start        *string `toml:"start"`
	Times        *string `toml:"times"`
	ReadOnly     *bool   `toml:"read_only"`

	Keys    map[string]string   `toml:"keys"`    // the key of the program, the key that does the same
	Filters map[string]string   `toml:"filters"` // a name, the line of the palette that it stands for
	Columns map[string][]string `toml:"columns"` // a view, its columns from left to right
}

// configPath is where the configuration is: the file that was named, else FFBOARD_CONFIG, else the usual place. named tells that
// somebody asked for this very file, so that its absence is an error.
func configPath(flagged string, lookup lookupEnv) (path string, named bool) {
	if flagged != "" {
		return flagged, true
	}
	if path, _ := lookup("FFBOARD_CONFIG"); path != "" {
		return path, true
	}
	dir := userFolder(lookup, "XDG_CONFIG_HOME", ".config")
	if dir == "" {
		return "", false
	}
	return filepath.Join(dir, "config.toml"), false
}

// userFolder is the program's folder below one of the user's (XDG base directories); "" when there is no home.
func userFolder(lookup lookupEnv, variable, belowHome string) string {
	if dir, _ := lookup(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, "ffboard")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, belowHome, "ffboard")
}

// readConfig reads the configuration file. Where none was asked for and none is there it is empty.
func readConfig(flagged string, lookup lookupEnv) (fileConfig, error) {
	path, named := configPath(flagged, lookup)
	if path == "" {
		return fileConfig{}, nil
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return fileConfig{}, nil
	}
	if err != nil {
		return fileConfig{}, fmt.Errorf("cannot read the configuration: %w", err)
	}
	cfg, err := parseConfig(string(content))
	if err != nil {
		return fileConfig{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	cfg.path = path
	return cfg, nil
}

func parseConfig(content string) (fileConfig, error) {
	var cfg fileConfig
	meta, err := toml.Decode(content, &cfg)
	if err != nil {
		return cfg, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		if strings.EqualFold(unknown[0].String(), "password") {
			return cfg, errors.New("a password does not belong in it: name a file that holds it with password_file, or set FF_PASSWORD")
		}
		return cfg, fmt.Errorf("there is no setting %q", unknown[0].String())
	}
	return cfg, cfg.check()
}

func (c *fileConfig) check() error {
	if c.Theme != nil {
		if err := checkTheme(*c.Theme); err != nil {
			return err
		}
	}
	if c.Times != nil {
		if err := checkTimes(*c.Times); err != nil {
			return err
		}
	}
	if err := tui.CheckKeys(c.Keys); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	return nil
}

// presets are the columns that the file gives to views, as what is kept calls them.
func (c *fileConfig) presets() map[string][]string {
	presets := map[string][]string{}
	for view, columns := range c.Columns {
		presets["columns."+view] = columns
	}
	return presets
}

func checkTheme(name string) error {
	if !slices.Contains(theme.Names(), name) {
		return fmt.Errorf("unknown theme %q: the themes are %s", name, strings.Join(theme.Names(), ", "))
	}
	return nil
}

func checkTimes(times string) error {
	if times != relativeTimes && times != absoluteTimes {
		return fmt.Errorf("times are %s or %s, not %q", relativeTimes, absoluteTimes, times)
	}
	return nil
}

const relativeTimes, absoluteTimes = "relative", "absolute"
