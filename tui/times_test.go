package tui

import (
	"strings"
	"testing"

	"ffboard/views/viewstest"
)

func TestTimesInListsAreAgesOrTimes(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 120, 30)
	d.press("2")
	d.shows("AGE")
	d.until("the flows", func() bool { return strings.Contains(d.m.View(), "running") })
	ages := d.m.View()
	d.press("ctrl+t")
	if times := d.m.View(); times == ages || !strings.Contains(times, ":") {
		t.Errorf("nothing changed:\n%s", times)
	}
	d.press("ctrl+t")
	if d.m.View() != ages {
		t.Error("they did not change back")
	}
}
