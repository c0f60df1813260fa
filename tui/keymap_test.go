package tui

import (
	"strings"
	"testing"

	"ffboard/views/viewstest"
)

func TestAKeyOfOnesOwnStandsForTheProgramsAndIsShownInItsPlace(t *testing.T) {
	o := options(viewstest.Canned())
	o.Keys = map[string]string{"3": "f3", "ctrl+r": "f5", "q": "Q", "space": "ctrl+n"}
	d := drive(t, o, 120, 36)
	d.shows("default")
	d.press("f3")
	d.shows("\n lanes")
	d.shows("Q quit")
	d.press("2", "3")
	d.shows("\n flows") // 3 has moved to f3
	d.press("q")
	if d.quit {
		t.Error("q still quits")
	}
	d.press("?")
	d.shows("f5")
	d.press("esc", "Q")
	d.quits()
}

func TestAKeyOfOnesOwnIsNotMeantWhereTextIsTyped(t *testing.T) {
	o := options(viewstest.Canned())
	o.Keys = map[string]string{"j": "n", "k": "p"}
	d := drive(t, o, 120, 36)
	d.shows("default")
	d.press("/")
	d.typing("npj")
	d.shows("/ npj")
}

func TestABadChoiceOfKeysIsToldInASentence(t *testing.T) {
	for _, c := range []struct {
		own  map[string]string
		want string
	}{
		{map[string]string{"ctrl+y": "f1"}, `no key "ctrl+y"`},
		{map[string]string{"q": "quit"}, `"quit" is no key`},
		{map[string]string{"q": "f1", "2": "f1"}, `"f1" cannot stand for both`},
		{map[string]string{"q": "j"}, `"j" already means "down"`},
		{map[string]string{"ctrl+c": "f1"}, "ctrl+c always quits"},
		{map[string]string{"q": "j", "j": "f2"}, ""},
		{map[string]string{"ctrl+r": "f5", "esc": "alt+b", "2": "é"}, ""},
		{nil, ""},
	} {
		err := CheckKeys(c.own)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v gave %v, want %q", c.own, err, c.want)
		}
	}
}

func TestASavedFilterIsACommand(t *testing.T) {
	o := options(viewstest.Canned())
	o.Filters = map[string]string{"late": "lanes billing", "again": "late", "lanes": "flows"}
	d := drive(t, o, 120, 36)
	d.shows("default")
	d.press(":")
	d.typing("late")
	d.press("enter")
	d.shows("/ billing")
	d.press(":")
	d.typing("again")
	d.press("enter")
	d.shows("it must begin with a command of the program")
	d.press(":")
	d.typing("lanes")
	d.press("enter")
	d.shows("\n lanes")
}
