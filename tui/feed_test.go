package tui

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/views"
	"ffboard/views/viewstest"
)

// counting is a need whose fetches are counted, and how many of them were under way at once.
type counting struct {
	begun, ended, most, under atomic.Int32
	fetch                     func(ctx context.Context) (any, error)
}

func (c *counting) need(key string, every time.Duration) views.Need {
	return views.Need{Key: key, Every: every, Fetch: func(ctx context.Context, _ views.Engine) (any, error) {
		c.begun.Add(1)
		defer c.ended.Add(1)
		c.most.Store(max(c.most.Load(), c.under.Add(1)))
		defer c.under.Add(-1)
		return c.fetch(ctx)
	}}
}

func TestAViewIsFetchedAsOftenAsItWants(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	c := &counting{fetch: func(context.Context) (any, error) { return 1, nil }}
	p := &probe{name: "probe", need: func() views.Need { return c.need("k", time.Millisecond) }}
	d.push(p)
	d.until("five answers come", func() bool { return p.received(views.Data{}) >= 5 })
	if c.most.Load() != 1 {
		t.Errorf("%d fetches were under way at once", c.most.Load())
	}
}

func TestAViewThatWantsNothingIsNotFetched(t *testing.T) {
	e := viewstest.Canned()
	d := drive(t, options(e), 80, 24)
	d.shows("default")
	d.shows("wire 34")
	p := &probe{name: "probe"}
	d.push(p)
	before := e.Called("Deployment")
	d.rounds(3)
	if p.received(views.Data{}) != 0 || e.Called("Deployment") != before {
		t.Error("something was fetched for a view that wants nothing, or for one below it")
	}
}

func TestLeavingAViewCancelsItsFetch(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	c := &counting{fetch: func(ctx context.Context) (any, error) { <-ctx.Done(); return nil, ctx.Err() }}
	p := &probe{name: "probe", need: func() views.Need { return c.need("k", time.Second) }}
	d.push(p)
	d.until("the fetch begins", func() bool { return c.begun.Load() == 1 })
	d.press("esc")
	d.until("the fetch ends", func() bool { return c.ended.Load() == 1 })
	d.shows("lanes")
	if p.received(views.Data{}) != 0 {
		t.Error("a view that was left got an answer")
	}
}

func TestAnotherQueryIsFetchedAtOnceAndTheOldAnswerDropped(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	c := &counting{fetch: func(ctx context.Context) (any, error) { <-ctx.Done(); return "old", nil }}
	fresh := &counting{fetch: func(context.Context) (any, error) { return "new", nil }}
	which := c.need("a", time.Hour)
	p := &probe{name: "probe", need: func() views.Need { return which }}
	d.push(p)
	d.until("the fetch begins", func() bool { return c.begun.Load() == 1 })
	which = fresh.need("b", time.Hour)
	d.press("x")
	d.until("the new answer comes", func() bool { return p.received(views.Data{}) == 1 })
	if got := p.got[len(p.got)-1].(views.Data); got.Key != "b" || got.Value != "new" || c.ended.Load() != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestAFailureKeepsTheDataAndIsTriedAgain(t *testing.T) {
	e := viewstest.Canned()
	d := drive(t, options(e), 120, 30)
	d.shows("default")
	d.shows("wire")
	e.Lock()
	e.Err = engine.Transport("depths", errors.New("connection refused \x1b[31m"))
	e.Unlock()
	d.press("ctrl+r")
	d.shows(`data is 0s old, next try in`)
	d.shows("offline for 0s")
	if frame := d.m.View(); !strings.Contains(frame, "default") || !strings.Contains(frame, "connection refused \\x1b") {
		t.Errorf("the data went, or the reason is not said:\n%s", frame)
	}
	viewstest.CheckFrame(t, d.m.View(), 120, 30)
	e.Lock()
	e.Err = nil
	e.Unlock()
	d.hides("offline")
	d.hides("data is")
}

// On a slow line what the header asks may take too long while the view is answered: that is no server that is away.
func TestAServerThatAnswersTheViewIsNotOffline(t *testing.T) {
	e := viewstest.Canned()
	d := drive(t, options(e), 120, 30)
	d.shows("wire")
	var cut atomic.Bool
	c := &counting{fetch: func(context.Context) (any, error) {
		if cut.Load() {
			return nil, engine.Transport("probe", errors.New("connection refused"))
		}
		return "answered", nil
	}}
	d.push(&probe{name: "probe", need: func() views.Need { return c.need("a", 20*time.Millisecond) }})
	e.Lock()
	e.Err = engine.Transport("depths", errors.New("i/o timeout"))
	e.Unlock()
	d.press("ctrl+r")
	d.shows("answers come late")
	d.hides("offline")
	cut.Store(true)
	d.shows("offline for")
}

func TestWithoutAnyDataTheScreenSaysSo(t *testing.T) {
	e := viewstest.New()
	e.Err = engine.Transport("ping", errors.New("no route to host"))
	d := drive(t, options(e), 120, 30)
	d.shows("no connection")
	d.shows("no data")
}

func TestRetriesComeLessAndLessOften(t *testing.T) {
	last := time.Duration(0)
	for failures := range 70 {
		wait := backoff(failures)
		if wait < last || wait > longestRetry {
			t.Errorf("after %d failures the wait is %v", failures, wait)
		}
		last = wait
	}
	if backoff(0) != firstRetry || last != longestRetry {
		t.Errorf("from %v to %v", backoff(0), last)
	}
}

func TestTheHeaderCostsFewRoundTrips(t *testing.T) {
	e := viewstest.Canned()
	o := options(e)
	o.Start = "flows"
	d := drive(t, o, 80, 24)
	d.push(&probe{name: "probe"})
	d.rounds(3)
	if n := e.Called("Deployment"); n != 1 {
		t.Errorf("the deployment was read %d times", n)
	}
}

func TestAgesAreByTheServersClock(t *testing.T) {
	e := viewstest.Canned()
	o := options(e)
	o.Now = func() time.Time { return viewstest.Now.Add(-time.Hour) }
	d := drive(t, o, 80, 24)
	d.until("the skew is known", func() bool { return d.m.common.Skew != 0 })
	if got := d.m.common.Now().Sub(viewstest.Now); got.Abs() > time.Second {
		t.Errorf("the clocks are %v apart", got)
	}
}

func TestAServerThatDoesNotAnswerIsSaidToBeSilent(t *testing.T) {
	e := viewstest.Canned()
	o := options(e)
	var later atomic.Int64
	o.Now = func() time.Time { return viewstest.Now.Add(time.Duration(later.Load())) }
	d := drive(t, o, 120, 30)
	d.shows("billing-nightly")
	d.rounds(1)
	e.Lock() // whoever asks now waits
	d.press("ctrl+r")
	later.Store(int64(7 * time.Second))
	frame := d.m.View()
	e.Unlock()
	for _, text := range []string{"no answer for 7s", "data is 7s old", "billing-nightly"} {
		if !strings.Contains(frame, text) {
			t.Errorf("no %q:\n%s", text, frame)
		}
	}
}

func TestTheAgeOfAPartStaysWhileOthersAreFetched(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	at := map[string]time.Time{"a": viewstest.Now.Add(-time.Minute), "b": {}}
	part := "a"
	p := &probe{name: "probe", need: func() views.Need {
		asked := part
		return views.Need{Key: "k", Part: asked, Every: time.Hour, Fetch: func(ctx context.Context, _ views.Engine) (any, error) {
			if oldest := at[asked]; !oldest.IsZero() {
				engine.TurnsOf(ctx).Used(oldest)
			}
			return 1, nil
		}}
	}}
	d.push(p)
	d.shows("by turns, the oldest part 1m")
	for i, step := range []struct {
		part  string
		aged  time.Time
		shown bool
	}{{"b", time.Time{}, true}, {"a", time.Time{}, false}} {
		part, at[step.part] = step.part, step.aged
		d.send(tea.FocusMsg{}) // after any message the view is asked what it needs
		d.press("ctrl+r")
		d.until("an answer comes", func() bool { return p.received(views.Data{}) == i+2 })
		if got := strings.Contains(d.m.View(), "by turns"); got != step.shown {
			t.Errorf("after part %s came, the age is shown: %v", step.part, got)
		}
	}
}

func TestAFetchKnowsWhatIsShownAndWhetherSomebodyAskedForIt(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	asked := make(chan *engine.Turns, 100)
	p := &probe{name: "probe", need: func() views.Need {
		return views.Need{Key: "k", Every: time.Hour, Shown: []string{"this"}, Fetch: func(ctx context.Context, _ views.Engine) (any, error) {
			turns := engine.TurnsOf(ctx)
			turns.Used(viewstest.Now.Add(-time.Minute))
			asked <- turns
			return 1, nil
		}}
	}}
	d.push(p)
	d.until("an answer comes", func() bool { return p.received(views.Data{}) == 1 })
	if turns := <-asked; turns.Anew || !turns.Shown["this"] || len(turns.Shown) != 1 {
		t.Errorf("at first %+v", turns)
	}
	d.shows("by turns, the oldest part 1m")
	d.press("ctrl+r")
	d.until("another answer comes", func() bool { return p.received(views.Data{}) == 2 })
	if turns := <-asked; !turns.Anew {
		t.Error("who asks for it gets it by turns")
	}
}
