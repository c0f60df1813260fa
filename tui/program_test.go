package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/bubbles/key"
	tea "github.com/charmbracelet/bubbletea"

	"ffboard/views"
	"ffboard/views/viewstest"
)

func TestTheFirstFrameNeedsNoData(t *testing.T) {
	m := New(Options{Engine: viewstest.New(), Start: "lanes", bare: true, Now: viewstest.Clock})
	m.Init()
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	frame := m.View()
	viewstest.CheckFrame(t, frame, 80, 24)
	for _, text := range []string{"ffboard", "connecting", "lanes", "loading"} {
		if !strings.Contains(frame, text) {
			t.Errorf("no %q in the first frame:\n%s", text, frame)
		}
	}
}

func TestEverySizeIsFilledExactly(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	d.shows("default")
	d.m.say("something was done", false)
	for width := 1; width < 210; width += 19 {
		for height := 1; height < 64; height += 5 {
			d.send(tea.WindowSizeMsg{Width: width, Height: height})
			viewstest.CheckFrame(t, d.m.View(), width, height)
			d.press("?")
			viewstest.CheckFrame(t, d.m.View(), width, height)
			d.press("?", ":")
			viewstest.CheckFrame(t, d.m.View(), width, height)
			d.press("esc")
		}
	}
}

func TestTheWholeScreen(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		d := drive(t, options(viewstest.Canned()), size[0], size[1])
		d.shows("wire 34")
		d.shows("billing")
		d.m.status.roundTrip = 400_000 // nanoseconds; what was measured differs from run to run
		name := map[int]string{80: "screen-80x24", 120: "screen-120x36", 200: "screen-200x60"}[size[0]]
		viewstest.Golden(t, name, d.m.View())
	}
}

func TestKeysLeadThroughTheViews(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 100, 30)
	d.shows("default")
	for _, c := range []struct{ key, crumb string }{{"1", "overview"}, {"2", "flows"}, {"3", "lanes"}, {"5", "suspended"}, {"6", "streams"}} {
		d.press(c.key)
		d.shows("\n " + c.crumb)
	}
	d.press("3")
	d.shows("billing-nightly")
	d.press("enter")
	d.shows("lanes › lane agents")
	d.press("esc")
	d.hides("lane agents")
	d.press("esc")
	d.shows("lanes") // the last view stays
	d.press("q")
	d.quits()
}

func TestARootViewKeepsItsSelection(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 100, 30)
	d.shows("default")
	d.press("j", "j", "5")
	d.hides("lanes")
	d.press("3")
	d.shows("▌default")
}

func TestCtrlCQuitsWhateverIsOpen(t *testing.T) {
	for name, keys := range map[string][]string{"a view": nil, "help": {"?"}, "the palette": {":"}, "a filter": {"/"}} {
		t.Run(name, func(t *testing.T) {
			d := drive(t, options(viewstest.Canned()), 80, 24)
			d.shows("default")
			d.press(keys...)
			d.press("ctrl+c")
			d.quits()
		})
	}
}

func TestAViewThatTakesTextGetsTheGlobalKeys(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	p := &probe{name: "probe", capture: true}
	d.push(p)
	d.press("q", "?", ":", "1", "esc")
	if d.quit || d.m.help != nil || d.m.palette != nil || len(p.got) != 5 {
		t.Errorf("the view got %v", p.got)
	}
}

func TestAKeyThatReadOnlyForbidsSaysSo(t *testing.T) {
	c := &views.Common{ReadOnly: true}
	d := drive(t, options(viewstest.Canned()), 80, 24)
	p := &probe{name: "probe", bindings: []key.Binding{c.Write(views.Does(views.Keys.Cancel, "cancel the flow"))}}
	d.push(p)
	d.press("c")
	d.shows("read-only: cancel the flow is not offered")
	if len(p.got) != 0 {
		t.Errorf("the view got %v", p.got)
	}
	d.press("?")
	d.shows("cancel the flow (read-only)")
}

func TestTheMouseSpeaksTheViewsCoordinates(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	p := &probe{name: "probe"}
	d.push(p)
	d.send(viewstest.Click(7, 3))
	d.send(viewstest.Click(7, 0))  // the header
	d.send(viewstest.Click(7, 23)) // the footer
	d.send(viewstest.WheelDown())  // on the header
	if len(p.got) != 1 || p.got[0].(tea.MouseMsg).Y != 0 || p.got[0].(tea.MouseMsg).X != 7 {
		t.Errorf("the view got %v", p.got)
	}
}

type note struct{ text string }

func TestResultsFindBackToTheirView(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	release := make(chan struct{})
	below := &probe{name: "below"}
	below.update = func(msg tea.Msg) tea.Cmd {
		if views.Pressed(msg, views.Keys.Enter) {
			return tea.Batch(func() tea.Msg { <-release; return note{"late"} }, func() tea.Msg { return note{"soon"} })
		}
		return nil
	}
	d.push(below)
	d.press("enter")
	above := &probe{name: "above"}
	d.push(above)
	close(release)
	d.until("both results come", func() bool { return below.received(note{}) == 2 })
	if above.received(note{}) != 0 {
		t.Error("the view on top got another's result")
	}
	d.press("esc")
	if !above.closed || below.closed {
		t.Error("the view that left is closed, and no other")
	}
}

func TestHelpIsMadeOfTheBindings(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 100, 40)
	d.push(&probe{name: "probe", bindings: []key.Binding{views.Bind("x", "explode quietly", "x")}})
	d.press("?")
	for _, text := range []string{"explode quietly", "Everywhere", "command", "flows", "fetch now"} {
		d.shows(text)
	}
	d.press("x")
	d.hides("Everywhere")
}

func TestTheStartMayBeAnyCommand(t *testing.T) {
	o := options(viewstest.Canned())
	o.Start = "flow " + string(viewstest.FlowID(0))
	d := drive(t, o, 100, 30)
	d.shows("overview › flow 0f10a000")

	o.Start = "flow nonsense"
	d = drive(t, o, 100, 30)
	d.shows("a flow's id is a UUID")
}

func TestSaidGoesToTheFooterAndTheLog(t *testing.T) {
	d := drive(t, options(viewstest.Canned()), 80, 24)
	d.send(views.Said{Text: "cancelled 3 of 4", Error: false})
	d.send(views.Said{Text: "the fourth was faster", Error: true})
	d.shows("✗ the fourth was faster")
	d.hides("cancelled 3 of 4")
	d.typing(":log")
	d.press("enter")
	d.shows("cancelled 3 of 4")
	d.shows("› log")
}

func TestNothingHostileReachesTheScreen(t *testing.T) {
	e := viewstest.Canned()
	viewstest.Poison(&e.Deployed)
	viewstest.Poison(&e.Counted)
	d := drive(t, options(e), 120, 36)
	d.shows("wire")
	d.shows("91,204")
	viewstest.CheckFrame(t, d.m.View(), 120, 36)
	d.press("enter")
	d.shows("lane ")
	viewstest.CheckFrame(t, d.m.View(), 120, 36)
}
