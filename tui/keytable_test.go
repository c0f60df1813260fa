package tui

import (
	"strings"
	"testing"

	"ffboard/theme"
	"ffboard/views"
)

func TestTheKeyTableNamesEveryView(t *testing.T) {
	table := KeyTable()
	for _, row := range []string{"| everywhere | `1` overview, `2` flows,", "| lanes | `enter` executions", "| a flow |", "| a stream |", "| lists and texts | `k` up"} {
		if !strings.Contains(table, row) {
			t.Errorf("no %q in\n%s", row, table)
		}
	}
}

// Two bindings of one view on one key would let help lie about one of them.
func TestNoKeyMeansTwoThings(t *testing.T) {
	for _, s := range keySections(&views.Common{Theme: theme.Bare()}) {
		taken := map[string]string{}
		for _, b := range everywhere() {
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
