package views

import (
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// at is a moment of the timelines drawn here: seconds after their beginning.
func at(seconds int) time.Time {
	return viewstest.Now.Add(-100*time.Second + time.Duration(seconds)*time.Second)
}

func life(created, started, completed int, state engine.PublicState) *engine.ExecutionRow {
	r := &engine.ExecutionRow{ID: viewstest.ExecutionID(0), State: state, CreatedAt: at(created), Kind: "step"}
	if started >= 0 {
		r.StartedAt = at(started)
	}
	if completed >= 0 {
		r.CompletedAt = at(completed)
	}
	return r
}

func TestAttemptsAndSuspensionsAreSegments(t *testing.T) {
	attempt := func(state string, from, to int) engine.Attempt {
		a := engine.Attempt{State: state, StartedAt: at(from)}
		if to >= 0 {
			a.EndedAt = at(to)
		}
		return a
	}
	suspended := attempt("suspended", 20, -1)
	suspended.SuspendedAt = at(60)
	resumed := attempt("started", 20, -1)
	resumed.ResumedAt = at(80)
	for name, c := range map[string]struct {
		row            *engine.ExecutionRow
		spans          *engine.ExecutionSpans
		want           string // a cell for ten seconds
		worked, waited int
	}{
		"waits":                      {life(10, -1, -1, "waiting"), nil, " .........", 0, 90},
		"runs":                       {life(10, 30, -1, "active"), nil, " ..#######", 70, 20},
		"ended":                      {life(0, 20, 60, "completed"), nil, "..####    ", 40, 20},
		"failed":                     {life(0, 20, 60, "failed"), nil, "..xxxx    ", 40, 20},
		"skipped and never begun":    {life(0, -1, 40, "skipped"), nil, "....      ", 0, 40},
		"shorter than a cell":        {life(50, 51, 52, "completed"), nil, "     #    ", 1, 1},
		"purged":                     {&engine.ExecutionRow{Missing: true}, nil, "          ", 0, 0},
		"without a time":             {&engine.ExecutionRow{State: "active", StartedAt: at(3)}, nil, "          ", 0, 0},
		"suspended, attempts unread": {life(0, 50, -1, "suspended"), nil, ".....=====", 0, 100},
		"two attempts": {life(0, 20, 90, "completed"), &engine.ExecutionSpans{Attempts: []engine.Attempt{
			attempt("ended_failure", 20, 40), attempt("ended_success", 60, 90)}}, "..xx..### ", 50, 40},
		"a second attempt runs": {life(0, 20, -1, "active"), &engine.ExecutionSpans{Attempts: []engine.Attempt{
			attempt("interrupted_reclaimed", 20, 40), attempt("started", 60, -1)}}, "..xx..####", 60, 40},
		"suspended":     {life(0, 20, -1, "suspended"), &engine.ExecutionSpans{Attempts: []engine.Attempt{suspended}}, "..####====", 40, 60},
		"resumed":       {life(0, 20, -1, "active"), &engine.ExecutionSpans{Attempts: []engine.Attempt{resumed}, SuspendedAt: at(40), SuspensionEnded: at(80)}, "..##====##", 40, 60},
		"clocks differ": {life(0, 120, 110, "completed"), nil, "..........", 0, 110},
	} {
		t.Run(name, func(t *testing.T) {
			spans := lifeSpans(c.row, c.spans, viewstest.Now)
			var got strings.Builder
			for _, k := range (timeWindow{at(0), 100 * time.Second}).paint(spans, 10) {
				got.WriteString(map[spanKind]string{spanNone: " ", spanWait: ".", spanHeld: "=", spanWork: "#", spanBroken: "x"}[k])
			}
			if got.String() != c.want {
				t.Errorf("%q, want %q", got.String(), c.want)
			}
			work, wait := worked(spans)
			if work != time.Duration(c.worked)*time.Second || wait != time.Duration(c.waited)*time.Second {
				t.Errorf("worked %s and waited %s, want %ds and %ds", work, wait, c.worked, c.waited)
			}
		})
	}
}

// timelineView is a flow of 500 with the focus on its timeline.
func timelineView(size [2]int) *Flow {
	v := wideView(500, size)
	v.Update(viewstest.Key("shift+tab"))
	v.Update(viewstest.Key("g"))
	return v
}

func TestATimelineZoomsAndScrolls(t *testing.T) {
	v := timelineView([2]int{120, 36})
	whole := v.time.window()
	if whole.width != 20*time.Minute {
		t.Errorf("all of it is %s", whole.width)
	}
	v.Update(viewstest.Key("+"))
	v.Update(viewstest.Key("+"))
	near := v.time.window()
	if near.width != whole.width/4 || !strings.Contains(v.View(), "shows 5m") {
		t.Errorf("after zooming in %s\n%s", near.width, v.View())
	}
	v.Update(viewstest.Key("right"))
	if later := v.time.window(); !later.from.After(near.from) || later.width != near.width {
		t.Error("right does not go on")
	}
	for range 100 {
		v.Update(viewstest.Key("right"))
	}
	if end := v.time.window(); end.from.Add(end.width).After(viewstest.Now) {
		t.Error("right goes beyond the end")
	}
	for range 100 {
		v.Update(viewstest.Key("left"))
	}
	if begin := v.time.window(); !begin.from.Equal(v.time.from) {
		t.Error("left goes not to the beginning")
	}
	for range 100 {
		v.Update(viewstest.Key("+"))
		viewstest.CheckFrame(t, v.View(), 120, 33)
	}
	v.Update(viewstest.Key("-"))
	v.Update(viewstest.Key("backspace"))
	if v.time.window() != whole {
		t.Error("backspace does not show all of it")
	}
	if got := pushed(t, v.Update(viewstest.Key("enter"))).Title(); got != "execution e0000000" {
		t.Errorf("enter opens %s", got)
	}
}

func TestATimelineReadsAttemptsOfWhatIsOnTheScreenOnce(t *testing.T) {
	e := viewstest.Canned()
	d := wideFlow(500)
	e.FlowsByID[d.Flow.ID] = d
	e.Spans = map[engine.ExecutionID]engine.ExecutionSpans{}
	for i := range d.Members {
		e.Spans[d.Members[i].ID] = engine.ExecutionSpans{Execution: d.Members[i].ID}
	}
	v := NewFlow(bareCommon(e), d.Flow.ID)
	v.SetSize(80, 21)
	fetch(t, v, e)
	if e.Called("ExecutionSpans") != 0 {
		t.Error("attempts are read for the table of members")
	}
	v.Update(viewstest.Key("shift+tab"))
	for range 3 {
		fetch(t, v, e)
	}
	if n := e.Called("ExecutionSpans"); n != 1 {
		t.Errorf("attempts were read %d times", n)
	}
	for range 3 {
		v.Update(viewstest.Key("pgdown"))
	}
	fetch(t, v, e)
	v.Update(viewstest.Key("g"))
	fetch(t, v, e)
	if n := e.Called("ExecutionSpans"); n != 2 {
		t.Errorf("attempts were read %d times after a look at others", n)
	}
}

func TestTimelinesOfEndedFlowsStandStill(t *testing.T) {
	d := timed([][2]int{{0, 60}, {60, 90}}, [2]int{0, 1})
	v := NewFlow(bareCommon(viewstest.New()), d.Flow.ID)
	v.SetSize(100, 21)
	showFlow(v, d)
	v.Update(viewstest.Key("shift+tab"))
	before := v.time.view()
	v.c.Skew = time.Hour
	if v.time.view() != before || strings.Contains(before, "now") || !strings.Contains(before, "span 1m30s") {
		t.Errorf("an ended flow\n%s\nan hour later\n%s", before, v.time.view())
	}
}
