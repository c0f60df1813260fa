package tui

import "testing"

func TestBlanksAtTheEndsOfLinesAreNotSent(t *testing.T) {
	for frame, want := range map[string]string{
		"":                             "",
		" a  \n   \nb ":                " a\n\nb",
		"a\n \n":                       "a\n\n",
		"\x1b[7mbar  \x1b[0m\nx   \n ": "\x1b[7mbar  \x1b[0m\nx\n",
	} {
		if got := trimLines(frame); got != want {
			t.Errorf("%q became %q, want %q", frame, got, want)
		}
	}
}
