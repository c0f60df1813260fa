package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ffboard/valkey"
)

// connection holds the flags that say which deployment is meant. Credentials come from the environment, a file or a prompt: a flag
// would show them to everybody who can list processes.
type connection struct {
	urls         []string
	cluster      bool
	passwordFile string
	askPassword  bool
}

func (c *connection) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&c.urls, "url", nil, "`address` of the deployment: valkey://host:port, rediss://host:port, unix:///path; several for a cluster (default FF_HOST and FF_PORT, or localhost:6379)")
	f.BoolVar(&c.cluster, "cluster", false, "the deployment is a cluster (FF_CLUSTER)")
	f.StringVar(&c.passwordFile, "password-file", "", "`file` whose first line is the password")
	f.BoolVar(&c.askPassword, "ask-password", false, "ask for the password on the terminal")
}

// target puts flags over environment over defaults.
func (c *connection) target() (valkey.Target, error) {
	urls := c.urls
	if len(urls) == 0 {
		if url := os.Getenv("FFBOARD_URL"); url != "" {
			urls = []string{url}
		}
	}
	if len(urls) == 0 {
		urls = []string{environmentURL()}
	}
	t, err := valkey.ParseTarget(urls...)
	if err != nil {
		return t, err
	}
	t.Cluster = t.Cluster || c.cluster || isOn(os.Getenv("FF_CLUSTER"))
	if err := t.Check(); err != nil {
		return t, err
	}
	t.Username = os.Getenv("FF_USERNAME")
	t.Password, err = c.password()
	return t, err
}

// environmentURL is the address that FlowFabric's own variables give.
func environmentURL() string {
	scheme, host, port := "valkey", os.Getenv("FF_HOST"), os.Getenv("FF_PORT")
	if isOn(os.Getenv("FF_TLS")) {
		scheme = "rediss"
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = "6379"
	}
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host + ":" + port
}

func isOn(v string) bool { return v == "1" || strings.EqualFold(v, "true") }

func (c *connection) password() (string, error) {
	switch {
	case c.passwordFile != "":
		content, err := os.ReadFile(c.passwordFile)
		if err != nil {
			return "", fmt.Errorf("cannot read the password file: %w", err)
		}
		line, _, _ := strings.Cut(string(content), "\n")
		if line = strings.TrimSuffix(line, "\r"); line == "" {
			return "", fmt.Errorf("the first line of %s is empty: it should be the password", c.passwordFile)
		}
		return line, nil
	case c.askPassword:
		if !term.IsTerminal(int(os.Stdin.Fd())) {
			return "", errors.New("--ask-password needs a terminal: set FF_PASSWORD or use --password-file instead")
		}
		fmt.Fprint(os.Stderr, "Password: ")
		typed, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(os.Stderr)
		return string(typed), err
	default:
		return os.Getenv("FF_PASSWORD"), nil
	}
}
