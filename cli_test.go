package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ffboard/tui/terminal"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// said is how a run of the program ended.
type said struct {
	stdout, stderr string
	code           int
}

// runProgram runs the built program outside of a terminal. Its environment names no deployment unless env does.
func runProgram(t *testing.T, env []string, args ...string) said {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program(t), args...)
	cmd.Env = append(plainEnvironment(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return said{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// plainEnvironment is the tests' own without what would say which deployment is meant.
func plainEnvironment() []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "FF_") && !strings.HasPrefix(variable, "FFBOARD_") {
			env = append(env, variable)
		}
	}
	return env
}

func TestABadCommandLineIsRefusedWithOneSentence(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\nhunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"an unknown flag", nil, []string{"--nonsense"}, "unknown flag: --nonsense"},
		{"a flag for a secret", nil, []string{"--password", "hunter2"}, "unknown flag: --password"},
		{"an unknown command", nil, []string{"nonsense"}, `unknown command "nonsense"`},
		{"a view that is none", nil, []string{"get", "activity", "--url", "valkey://db"}, `ffboard: get knows no "activity"; it knows budgets, executions, `},
		{"a kind of thing that is none", nil, []string{"describe", "lane", "x"}, `ffboard: describe knows no "lane"; it knows `},
		{"an unknown flag of none of them", nil, []string{"get", "--nonsense"}, "unknown flag: --nonsense"},
		{"an unknown flag of a view", nil, []string{"get", "lanes", "--nonsense"}, "unknown flag: --nonsense"},
		{"an argument too many", nil, []string{"library", "nonsense"}, `unknown command "nonsense"`},
		{"an unknown theme", nil, []string{"--theme", "pink"}, `unknown theme "pink"`},
		{"an unknown theme of the demo", nil, []string{"demo", "--theme", "pink"}, `unknown theme "pink"`},
		{"no rate", nil, []string{"demo", "--rate", "0"}, "must be above 0"},
		{"a rate of words", nil, []string{"demo", "--rate", "much"}, `invalid argument "much"`},
		{"a bad address", nil, []string{"--url", "http://db"}, `unknown kind of address "http"`},
		{"a bad port", nil, []string{"--url", "valkey://db:70000"}, `"70000" is not a port`},
		{"a bad address from the environment", []string{"FFBOARD_URL=ftp://db"}, nil, `unknown kind of address "ftp"`},
		{"a bad port from the environment", []string{"FF_PORT=x"}, nil, "is not an address"},
		{"a password in an address", nil, []string{"--url", "valkey://ann:hunter2@db"}, "must not hold a user name or a password"},
		{"a password with a comma in an address", nil, []string{"--url", "valkey://ann:x,hunter2@db"}, "must not hold a user name or a password"},
		{"a password in an address from the environment", []string{"FFBOARD_URL=valkey://:hunter2@db"}, nil, "must not hold a user name or a password"},
		{"a socket of a cluster", nil, []string{"--url", "/run/s", "--cluster"}, "not by a unix socket"},
		{"a database of a cluster", []string{"FF_CLUSTER=true"}, []string{"--url", "valkey://db/3"}, "no numbered databases"},
		{"a password file that is not there", nil, []string{"--password-file", filepath.Join(t.TempDir(), "none")}, "cannot read the password file"},
		{"a password file with an empty first line", nil, []string{"--password-file", empty}, "the first line of " + empty + " is empty"},
		{"a password to be asked for without a terminal", nil, []string{"--ask-password"}, "--ask-password needs a terminal"},
		{"no terminal", nil, nil, "the dashboard needs a terminal"},
		{"no terminal for the demo", nil, []string{"demo"}, "the dashboard needs a terminal"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := runProgram(t, tc.env, tc.args...)
			if got.code != 1 || got.stdout != "" || !strings.HasPrefix(got.stderr, "ffboard: ") || !strings.Contains(got.stderr, tc.want) {
				t.Errorf("got %+v", got)
			}
			if strings.Count(got.stderr, "\n") != 1 || strings.Contains(got.stderr, "hunter2") {
				t.Errorf("it said %s", got.stderr)
			}
		})
	}
}

// In a terminal the dashboard goes as far as to connect; what stops it there is one sentence on the plain screen.
func TestWhatStopsTheDashboardIsToldOnThePlainScreen(t *testing.T) {
	server := startServer(t, embedded.Options{InProcess: true})
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("hunter2\r\nand more\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		env  []string
		args []string
		want string
		code int
	}{
		{"no server", nil, []string{"--url", "unix:///nowhere/s"}, "cannot reach Valkey at unix:///nowhere/s: start it, or give its address", exitUnreachable},
		{"no cluster", nil, []string{"--url", "valkey://127.0.0.1:1", "--cluster"}, "cannot reach Valkey at valkey://127.0.0.1:1", exitUnreachable},
		{"a password that nobody asked for", []string{"FF_USERNAME=ann", "FF_PASSWORD=hunter2"}, []string{"--url", server.Socket()},
			"refused the user name or the password", exitFailed},
		{"a password from a file", []string{"FF_USERNAME=ann"}, []string{"--url", server.Socket(), "--password-file", password},
			"refused the user name or the password", exitFailed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(program(t), tc.args...)
			cmd.Env = append(plainEnvironment(), tc.env...)
			term, err := terminal.Start(cmd, terminal.Options{Cols: 400, Rows: 10})
			if err != nil {
				t.Fatal(err)
			}
			defer term.Close()
			if err := term.WaitFor(soon, func(text string) bool { return strings.Contains(text, tc.want) }); err != nil {
				t.Fatalf("%v: %s", err, term.Text())
			}
			exit := (*exec.ExitError)(nil)
			if err := term.Wait(soon); !errors.As(err, &exit) || exit.ExitCode() != tc.code {
				t.Errorf("it ended with %v", err)
			}
			if text := strings.TrimSpace(term.Text()); !strings.HasPrefix(text, "ffboard: ") || strings.Contains(text, "hunter2") {
				t.Errorf("the screen shows %s", text)
			}
		})
	}
}

func startServer(t *testing.T, o embedded.Options) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// What the program prints is what FUNCTION LOAD takes; an engine that finds it there takes it for its own.
func TestThePrintedLibraryLoads(t *testing.T) {
	printed := runProgram(t, nil, "library")
	if printed.code != 0 || printed.stderr != "" || printed.stdout != valkey.Library() {
		t.Fatalf("code %d, %d bytes, %s", printed.code, len(printed.stdout), printed.stderr)
	}
	if _, err := exec.LookPath("valkey-cli"); err != nil {
		t.Skip("no valkey-cli on the PATH")
	}
	server := startServer(t, embedded.Options{})
	load := exec.Command("valkey-cli", "-s", server.Socket(), "-x", "FUNCTION", "LOAD", "REPLACE")
	load.Stdin = strings.NewReader(printed.stdout)
	if out, err := load.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != valkey.LibraryName {
		t.Fatalf("%s, %v", out, err)
	}
	b, err := valkey.Connect(t.Context(), valkey.Target{Socket: server.Socket()})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if d, err := b.Deployment(t.Context()); err != nil || !d.Ours || d.LibraryVersion != valkey.WireVersion {
		t.Errorf("got %+v, %v", d, err)
	}
}

func TestTheProgramTellsItsVersionAndItsUse(t *testing.T) {
	version := runProgram(t, nil, "version")
	if version.code != 0 || version.stderr != "" || !strings.HasPrefix(version.stdout, "ffboard ") ||
		!strings.HasSuffix(version.stdout, ", wire version "+valkey.WireVersion+"\n") || strings.Count(version.stdout, "\n") != 1 {
		t.Errorf("version: %+v", version)
	}
	for _, args := range [][]string{{"--help"}, {"help"}, {"-h"}} {
		help := runProgram(t, nil, args...)
		for _, want := range []string{"ffboard --url", "demo", "library", "version", "--read-only", "--password-file", "FF_PASSWORD", "NO_COLOR"} {
			if help.code != 0 || help.stderr != "" || !strings.Contains(help.stdout, want) {
				t.Errorf("%v does not tell %s: %+v", args, want, help)
			}
		}
	}
	for _, command := range []string{"demo", "library", "version"} {
		if help := runProgram(t, nil, command, "--help"); help.code != 0 || !strings.Contains(help.stdout, "ffboard "+command) {
			t.Errorf("%s --help: %+v", command, help)
		}
	}
}

func TestTheEnvironmentNamesTheDeployment(t *testing.T) {
	for _, tc := range []struct {
		name string
		env  map[string]string
		args []string
		want string
		also func(valkey.Target) bool
	}{
		{"nothing", nil, nil, "valkey://localhost:6379", func(t valkey.Target) bool { return t.Username == "" && t.Password == "" && !t.Cluster }},
		{"FlowFabric's variables", map[string]string{"FF_HOST": "db", "FF_PORT": "6380", "FF_TLS": "1", "FF_CLUSTER": "TRUE"}, nil, "rediss://db:6380",
			func(t valkey.Target) bool { return t.Cluster }},
		{"an IPv6 host", map[string]string{"FF_HOST": "::1"}, nil, "valkey://[::1]:6379", nil},
		{"FFBOARD_URL is above them", map[string]string{"FF_HOST": "db", "FFBOARD_URL": "unix:///run/s"}, nil, "unix:///run/s", nil},
		{"a flag is above all", map[string]string{"FF_HOST": "db", "FFBOARD_URL": "unix:///run/s"}, []string{"--url", "valkey://a,b"}, "valkey://a:6379,b:6379",
			func(t valkey.Target) bool { return t.Cluster }},
		{"flags add up", nil, []string{"--url", "a", "--url", "b"}, "valkey://a:6379,b:6379", nil},
		{"credentials", map[string]string{"FF_USERNAME": "ann", "FF_PASSWORD": "hunter2"}, nil, "valkey://localhost:6379",
			func(t valkey.Target) bool { return t.Username == "ann" && t.Password == "hunter2" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, name := range []string{"FF_HOST", "FF_PORT", "FF_TLS", "FF_CLUSTER", "FF_USERNAME", "FF_PASSWORD", "FFBOARD_URL"} {
				t.Setenv(name, tc.env[name])
			}
			var c connection
			cmd := attachCommand()
			cmd.ResetFlags()
			c.flags(cmd)
			if err := cmd.ParseFlags(tc.args); err != nil {
				t.Fatal(err)
			}
			ch, err := loadChoices(cmd.Flags(), os.LookupEnv)
			if err != nil {
				t.Fatal(err)
			}
			target, err := c.target(ch)
			if err != nil || target.String() != tc.want || tc.also != nil && !tc.also(target) {
				t.Errorf("got %+v, %v", target, err)
			}
		})
	}
}
