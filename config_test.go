package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func writeConfig(t *testing.T, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// fields of the line of a setting: its name, its value, where that came from.
func shownSetting(t *testing.T, shown, name string) []string {
	t.Helper()
	for line := range strings.Lines(shown) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == name {
			return fields
		}
	}
	t.Fatalf("no %s in\n%s", name, shown)
	return nil
}

func TestFlagsAreAboveTheEnvironmentAboveTheFileAboveTheDefaults(t *testing.T) {
	path := writeConfig(t, `
url = "valkey://filed:1"
theme = "safe"
times = "absolute"
read_only = true
password_file = "/run/secrets/board"
[filters]
late = "lanes billing"
`)
	got := runProgram(t, []string{"FFBOARD_CONFIG=" + path, "FFBOARD_THEME=light", "FFBOARD_TIMES=absolute"}, "config", "--times", "relative")
	if got.code != 0 {
		t.Fatalf("got %+v", got)
	}
	for _, want := range [][]string{
		{"url", "valkey://filed:1", path},
		{"theme", "light", "FFBOARD_THEME"},
		{"times", "relative", "--times"},
		{"read_only", "true", path},
		{"cluster", "false", "default"},
		{"password", "(not", "shown)", "/run/secrets/board"},
		{"filters.late", "lanes", "billing", path},
	} {
		if fields := shownSetting(t, got.stdout, want[0]); strings.Join(fields, " ") != strings.Join(want, " ") {
			t.Errorf("got %q, want %q", fields, want)
		}
	}
}

func TestTheUsualPlaceOfTheConfigurationIsBelowXDGConfigHome(t *testing.T) {
	home := t.TempDir()
	if err := os.MkdirAll(filepath.Join(home, "ffboard"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "ffboard", "config.toml"), []byte(`theme = "contrast"`), 0o600); err != nil {
		t.Fatal(err)
	}
	got := runProgram(t, []string{"XDG_CONFIG_HOME=" + home}, "config")
	if got.code != 0 || shownSetting(t, got.stdout, "theme")[1] != "contrast" {
		t.Errorf("got %+v", got)
	}
	got = runProgram(t, []string{"XDG_CONFIG_HOME=" + t.TempDir()}, "config")
	if got.code != 0 || shownSetting(t, got.stdout, "theme")[1] != "auto" {
		t.Errorf("without a file: %+v", got)
	}
}

func TestABadConfigurationIsRefusedWithOneSentence(t *testing.T) {
	for name, c := range map[string]struct{ content, want string }{
		"no TOML":             {"theme = ", "line 1"},
		"an unknown setting":  {"colour = 1", `there is no setting "colour"`},
		"a password":          {`password = "hunter2"`, "a password does not belong in it"},
		"an unknown theme":    {`theme = "pink"`, `unknown theme "pink"`},
		"unknown times":       {`times = "soon"`, "times are relative or absolute"},
		"an unknown key":      {"[keys]\n\"ctrl+y\" = \"f1\"", `the program has no key "ctrl+y"`},
		"a setting of a kind": {"theme = 3", "theme"},
		"control characters":  {"theme = \"\\u001b]0;x\"", `unknown theme`},
	} {
		t.Run(name, func(t *testing.T) {
			got := runProgram(t, nil, "flows", "--config", writeConfig(t, c.content))
			if got.code != 1 || got.stdout != "" || !strings.Contains(got.stderr, c.want) || strings.Count(got.stderr, "\n") != 1 ||
				strings.Contains(got.stderr, "hunter2") || strings.Contains(got.stderr, "\x1b") {
				t.Errorf("got %+v", got)
			}
		})
	}
	got := runProgram(t, nil, "--config", filepath.Join(t.TempDir(), "none.toml"))
	if got.code != 1 || !strings.Contains(got.stderr, "cannot read the configuration") {
		t.Errorf("a file that is not there: %+v", got)
	}
}

func TestAViewIsACommandOfTheCommandLine(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"flow"}, "flow needs <id>"},
		{[]string{"lanes", "late"}, "the dashboard needs a terminal"},
		{[]string{"execution", "x"}, "the dashboard needs a terminal"},
	} {
		got := runProgram(t, nil, c.args...)
		if got.code != 1 || !strings.Contains(got.stderr, c.want) {
			t.Errorf("%v gave %+v", c.args, got)
		}
	}
}
