package tui

import (
	"context"
	"strings"
	"testing"
)

func TestAnotherProgramGetsATerminalThatWraps(t *testing.T) {
	var out strings.Builder
	f := newForeground(context.Background(), []string{"echo", "hello"})
	f.SetStdin(strings.NewReader(""))
	f.SetStdout(&out)
	f.SetStderr(&out)
	if err := f.Run(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != wrap+"hello\n"+noWrap {
		t.Errorf("%q", got)
	}
}

func TestTheLocaleTellsWhetherTheTerminalShowsUTF8(t *testing.T) {
	for name, c := range map[string]struct {
		env  map[string]string
		want bool
	}{
		"nothing set":          {nil, true},
		"a language":           {map[string]string{"LANG": "de_DE.UTF-8"}, true},
		"another spelling":     {map[string]string{"LANG": "C.utf8"}, true},
		"plain C":              {map[string]string{"LANG": "C"}, false},
		"LC_ALL wins":          {map[string]string{"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, false},
		"an empty LC_ALL lets": {map[string]string{"LC_ALL": "", "LC_CTYPE": "en_US.UTF-8", "LANG": "C"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := utf8Locale(func(k string) string { return c.env[k] }); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
