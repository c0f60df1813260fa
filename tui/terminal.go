package tui

import (
	"io"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"

	"ffboard/theme"
)

// DetectTerminal finds out what the terminal can show. NO_COLOR, CLICOLOR and TERM are honoured; the background was asked for when the
// program started.
func DetectTerminal(getenv func(string) string) theme.Terminal {
	t := theme.Terminal{Profile: termenv.EnvColorProfile(), Dark: lipgloss.HasDarkBackground(), ASCII: !utf8Locale(getenv)}
	if getenv("NO_COLOR") != "" {
		t.Profile = termenv.Ascii
	}
	return t
}

// DetectRemote does so for a terminal of which nothing but its environment is known. It is not asked for its background: the answer would
// come among the keys. Most are dark.
func DetectRemote(getenv func(string) string) theme.Terminal {
	out := termenv.NewOutput(io.Discard, termenv.WithEnvironment(environment(getenv)), termenv.WithTTY(true))
	return theme.Terminal{Profile: out.EnvColorProfile(), Dark: true, ASCII: !utf8Locale(getenv)}
}

// environment looks up variables one by one.
type environment func(string) string

func (e environment) Getenv(name string) string { return e(name) }
func (e environment) Environ() []string         { return nil }

// utf8Locale follows the order of the C library. Nothing set at all is taken for UTF-8: so it is in containers and many a remote shell,
// whose terminals are.
func utf8Locale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}
