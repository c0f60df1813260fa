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
	configFlag(cmd)
}

// target says which deployment is meant and how to reach it.
func (c *connection) target(ch *choices) (valkey.Target, error) {
	t, err := valkey.ParseTarget(c.addresses(ch)...)
	if err != nil {
		return t, err
	}
	t.Cluster = ch.on("cluster", "cluster", "FF_CLUSTER", ch.file.Cluster) || t.Cluster
	if err := t.Check(); err != nil {
		return t, err
	}
	t.Username = ch.text("username", "", "FF_USERNAME", ch.file.Username, "")
	t.Password, err = c.password(ch)
	return t, err
}

// addresses are those of the deployment. A file comes after FlowFabric's own variables: they say where this machine's deployment is.
func (c *connection) addresses(ch *choices) []string {
	const name = "url"
	given, _ := ch.lookup("FFBOARD_URL")
	switch {
	case len(c.urls) > 0:
		ch.choose(name, strings.Join(c.urls, ","), "--url")
		return c.urls
	case given != "":
		return []string{ch.choose(name, given, "FFBOARD_URL")}
	case ch.isSet("FF_HOST") || ch.isSet("FF_PORT"):
		return []string{ch.choose(name, environmentURL(ch.lookup), "FF_HOST and FF_PORT")}
	case ch.file.URL != nil:
		return []string{ch.choose(name, *ch.file.URL, ch.file.path)}
	default:
		return []string{ch.choose(name, environmentURL(ch.lookup), fromDefault)}
	}
}

// environmentURL is the address that FlowFabric's own variables give.
func environmentURL(lookup lookupEnv) string {
	scheme := "valkey"
	if tls, _ := lookup("FF_TLS"); isOn(tls) {
		scheme = "rediss"
	}
	host, _ := lookup("FF_HOST")
	port, _ := lookup("FF_PORT")
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

// password comes from the prompt that was asked for, a file, or the environment; never from a flag, and nothing shows it.
func (c *connection) password(ch *choices) (string, error) {
	if c.askPassword {
		return askPassword()
	}
	if c.passwordFile == "" && ch.isSet("FF_PASSWORD") {
		password, _ := ch.lookup("FF_PASSWORD")
		return password, nil
	}
	if file := ch.text("password_file", "password-file", "", ch.file.PasswordFile, ""); file != "" {
		return readPassword(file)
	}
	return "", nil
}

func readPassword(file string) (string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("cannot read the password file: %w", err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" {
		return "", fmt.Errorf("the first line of %s is empty: it should be the password", file)
	}
	return line, nil
}

func askPassword() (string, error) {
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", errors.New("--ask-password needs a terminal: set FF_PASSWORD or use --password-file instead")
	}
	fmt.Fprint(os.Stderr, "Password: ")
	typed, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(typed), err
}
