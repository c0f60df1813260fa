package tui

import (
	"os"
	"strings"
	"testing"

	"ffboard/theme"
	"ffboard/views"
	"ffboard/views/viewstest"
)

func TestTheKeyTableNamesEveryView(t *testing.T) {
	table := KeyTable()
	for _, row := range []string{"| everywhere | `1` overview, `2` flows,", "| lanes | `enter` executions", "| a flow |", "| a stream |", "| lists and texts | `k` up"} {
		if !strings.Contains(table, row) {
			t.Errorf("no %q in\n%s", row, table)
		}
	}
}

// The README's table is this one; -update writes it there.
func TestTheReadmeHasTheKeyTable(t *testing.T) {
	const file = "../README.md"
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, table := string(readme), KeyTable()
	if strings.Contains(text, "\n"+table+"\n") {
		return
	}
	begin, end := strings.Index(text, "| where | keys |"), strings.Index(text, "\n\n## For developers")
	if !viewstest.Updating() || begin < 0 || end < begin {
		t.Fatal("the table of keys in README.md is not that of the program: run with -update")
	}
	if err := os.WriteFile(file, []byte(text[:begin]+table+text[end+1:]), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Two bindings of one view on one key would let help lie about one of them.
func TestNoKeyMeansTwoThings(t *testing.T) {
	for _, s := range keySections(&views.Common{Theme: theme.Bare()}) {
		taken := map[string]string{}
		for _, b := range append(everywhere(), replayBindings()...) {
			for _, k := range b.Keys() {
				taken[k] = b.Help().Desc
			}
		}
		delete(taken, "esc")
		for _, b := range offered(s.view, false) {
			for _, k := range b.Keys() {
				if other, dup := taken[k]; dup {
					t.Errorf("%s: %s is both %q and %q", s.name, k, other, b.Help().Desc)
				}
				taken[k] = b.Help().Desc
			}
		}
	}
}
