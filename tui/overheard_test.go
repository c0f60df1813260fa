package tui

import (
	"testing"

	"ffboard/views"
	"ffboard/views/viewstest"
)

func TestTheHeaderTakesTheDepthsThatAViewHasRead(t *testing.T) {
	e := viewstest.Canned()
	m := New(Options{Engine: e, Clock: e, Now: viewstest.Clock})
	read := func(need views.Need, from views.Engine) any {
		t.Helper()
		value, err := need.Fetch(t.Context(), from)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	for i, step := range []struct {
		lanes bool // the lanes view reads them first
		calls int  // so far
	}{{false, 1}, {true, 2}, {false, 3}, {true, 4}, {true, 5}} {
		if step.lanes {
			read(views.NewLanes(m.common).Need(), m.newFeed(1).engine)
		}
		got := read(m.status.need(), m.status.feed.engine).(reading)
		if got.depths == nil || len(got.depths.Lanes) != 3 || e.Called("Depths") != step.calls {
			t.Errorf("step %d: read %+v in %d calls", i, got.depths, e.Called("Depths"))
		}
	}
}
