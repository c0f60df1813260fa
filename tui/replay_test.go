package tui

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/recording"
	"ffboard/views"
	"ffboard/views/viewstest"
)

func init() { time.Local = time.UTC }

// recorderOn records what an engine tells, by a clock that the test moves.
func recorderOn(t *testing.T, e engine.Attached, now func() time.Time) (r *recording.Recorder, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test"+recording.Suffix)
	r, err := recording.Record(e, recording.Options{File: path, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r, path
}

// replayOf ends a recording and opens it.
func replayOf(t *testing.T, r *recording.Recorder, path string) Options {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := recording.Open(path, viewstest.Clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return Options{Engine: p, Replay: p, Role: "replay", ReadOnly: true, Start: "lanes"}
}

// settled fetches until nothing new comes.
func (d *driver) settled() {
	d.t.Helper()
	idle := func() bool {
		f := &d.m.top().feed
		return f.need.Key == "" || f.cancel == nil && !f.fetchedAt.IsZero() && f.err == nil
	}
	for range 9 { // the overview has so many parts
		d.until("the view has its answer", idle)
		d.press("ctrl+r")
	}
	d.until("the view has its answer", idle)
}

// visit goes to a screen and gives what is drawn on it. key leads from a root view to it: "" stays there, "tab" turns the root view.
func (d *driver) visit(root, key string) string {
	d.t.Helper()
	d.press(root)
	d.settled()
	opens := key != "" && (key != "tab" || root == "5")
	if key != "" {
		d.press(key)
	}
	if opens {
		d.until("another screen is open", func() bool { return len(d.m.stack) == 2 })
	}
	d.settled()
	drawn := d.m.top().draw()
	switch {
	case opens:
		d.press("esc")
	case key != "":
		d.press("shift+tab")
	}
	return drawn
}

var visited = [][2]string{
	{"1", ""}, {"1", "enter"}, {"2", ""}, {"2", "enter"}, {"2", "w"}, {"3", ""}, {"3", "enter"}, {"4", ""}, {"4", "enter"}, {"4", "e"}, {"5", ""}, {"5", "enter"},
	{"5", "tab"}, {"5", "w"}, {"6", ""}, {"7", ""}, {"7", "tab"}, {"7", "enter"}, {"8", ""}, {"8", "tab"}, {"8", "enter"}, {"9", ""}, {"9", "tab"},
}

func TestEachScreenIsInAReplayAsItWasWhenItWasRecorded(t *testing.T) {
	e := viewstest.Canned()
	e.Found = viewstest.CannedRows()
	r, path := recorderOn(t, e, viewstest.Clock)
	live := drive(t, Options{Engine: r, Recording: r, Start: "lanes"}, 120, 36) // no skew is measured: the clock stands
	live.shows("default")
	live.shows(" rec ")
	var seen []string
	for _, to := range visited {
		seen = append(seen, live.visit(to[0], to[1]))
	}
	again := drive(t, replayOf(t, r, path), 120, 37) // a line more, for the bar
	again.shows("replay")
	for i, to := range visited {
		if got := again.visit(to[0], to[1]); got != seen[i] {
			t.Errorf("behind %v\n--- recorded\n%s\n--- replayed\n%s", to, seen[i], got)
		}
	}
}

// steps is a recording of forty seconds: the lanes all the time, the flows from the twentieth second on.
func steps(t *testing.T) Options {
	t.Helper()
	e, now := viewstest.Canned(), viewstest.Now
	r, path := recorderOn(t, e, func() time.Time { return now })
	for second := range 41 {
		ctx := t.Context()
		e.Lock()
		e.Counted.Lanes[0].ByIndex[engine.IndexEligible] = 1000 + second
		e.Unlock()
		_, errs := r.Depths(ctx)
		_, err := r.Deployment(ctx)
		errs = errors.Join(errs, err)
		if second >= 20 {
			_, err = r.FlowRows(ctx, engine.FlowQuery{})
		}
		if errs = errors.Join(errs, err); errs != nil {
			t.Fatal(errs)
		}
		now = now.Add(time.Second)
	}
	return replayOf(t, r, path)
}

func TestTheTimeBar(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		d := drive(t, steps(t), size[0], size[1])
		d.shows("1,000")
		d.press(">", ">", ">")
		d.shows("1,015")
		d.until("the header has it all", func() bool {
			s := &d.m.status
			return s.deployment != nil && s.depths != nil && s.feed.cancel == nil && s.depths.Lanes[0].ByIndex[engine.IndexEligible] == 1015
		})
		viewstest.CheckFrame(t, d.m.View(), size[0], size[1])
		name := map[int]string{80: "replay-80x24", 120: "replay-120x36", 200: "replay-200x60"}[size[0]]
		viewstest.Golden(t, name, d.m.View())
	}
}

func TestKeysMoveThroughARecording(t *testing.T) {
	d := drive(t, steps(t), 120, 36)
	for _, step := range []struct{ keys, shows string }{
		{">", "1,005"}, {">", "1,010"}, {"<", "1,005"}, {"}", "1,040"}, {"<", "1,035"}, {"{", "1,000"},
	} {
		d.press(step.keys)
		d.shows(step.shows)
	}
	for _, line := range []struct{ words, shows string }{
		{"at end", "1,040"}, {"at start", "1,000"}, {"at +7s", "1,007"}, {"at -2s", "1,005"},
		{"at " + viewstest.Now.Add(31*time.Second).Local().Format("15:04:05"), "1,031"},
		{"at " + viewstest.Now.Add(12*time.Second).Local().Format("2006-01-02 15:04:05"), "1,012"},
		{"at noon", "a moment is a time such as"},
	} {
		d.press(":")
		d.typing(line.words)
		d.press("enter")
		d.shows(line.shows)
	}
	d.press(")", ")")
	d.shows("paused 5x")
	d.press("ctrl+p")
	d.shows("playing 5x")
	d.press("(", "(", "ctrl+p")
	d.shows("paused")
	d.press("?")
	d.shows("1 min back")
}

func TestAClickOnTheBarLeadsThere(t *testing.T) {
	d := drive(t, steps(t), 120, 36)
	d.shows("1,000")
	from, cells := d.m.track()
	at := func(x, y int, action tea.MouseAction) {
		d.send(tea.MouseMsg{X: x, Y: y, Button: tea.MouseButtonLeft, Action: action})
	}
	bar := headerHeight(36) + d.m.bodyHeight()
	at(from+cells-1, bar, tea.MouseActionPress)
	d.shows("1,039")
	at(from, bar, tea.MouseActionMotion)
	d.shows("1,000")
	at(from+cells-1, bar-1, tea.MouseActionPress)
	at(from+cells, bar, tea.MouseActionPress)
	at(from+cells-1, bar, tea.MouseActionRelease)
	if !d.m.replay.player.At().Equal(viewstest.Now) {
		t.Errorf("a click beside the bar leads to %v", d.m.replay.player.At())
	}
}

func TestWhatWasNotRecordedIsToldAsSuch(t *testing.T) {
	d := drive(t, steps(t), 120, 36)
	d.press("2")
	d.shows("This was not recorded at")
	d.shows("it was first asked at " + viewstest.Now.Add(20*time.Second).Local().Format("15:04:05"))
	d.hides("next try in")
	d.press("}")
	d.shows("document_pipeline")
	d.press("{")
	d.shows("This was not recorded at")
	d.hides("document_pipeline")
	d.press("9")
	d.shows("nobody asked this while it was recorded")
	d.press("3")
	d.shows("1,000")
}

func TestAnOldAnswerIsToldAsSuch(t *testing.T) {
	e, now := viewstest.Canned(), viewstest.Now
	r, path := recorderOn(t, e, func() time.Time { return now })
	_, _ = r.Deployment(t.Context())
	_, _ = r.Depths(t.Context())
	now = now.Add(5 * time.Minute)
	_, _ = r.Deployment(t.Context())
	d := drive(t, replayOf(t, r, path), 120, 36)
	d.shows("default")
	d.press("}", "}", "}")
	d.shows("recorded 3m before")
}

func TestNothingIsWrittenInAReplay(t *testing.T) {
	d := drive(t, steps(t), 120, 36)
	d.press("}", "2")
	d.shows("document_pipeline")
	d.press("c")
	d.shows("read-only: ")
	if len(d.m.dialogs) > 0 {
		t.Error("a dialog asks for what cannot be done")
	}
}

func TestARecordingThatStopsIsToldOnceAndStaysInTheHeader(t *testing.T) {
	e := viewstest.Canned()
	path := filepath.Join(t.TempDir(), "small"+recording.Suffix)
	r, err := recording.Record(e, recording.Options{File: path, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d := drive(t, Options{Engine: r, Clock: r, Recording: r, Start: "lanes"}, 120, 36)
	d.shows("recording stopped")
	d.until("the log says why", func() bool {
		d.send(tick{})
		return d.m.log.total == 1
	})
	d.send(tick{})
	d.shows("as large as it may become")
	d.shows("default")
	if d.m.log.total != 1 {
		t.Error("it is told again and again")
	}
}

func TestAReplayFillsEverySizeExactly(t *testing.T) {
	d := drive(t, steps(t), 80, 24)
	d.shows("1,000")
	for width := 1; width < 210; width += 13 {
		for height := 1; height < 40; height += 3 {
			d.send(tea.WindowSizeMsg{Width: width, Height: height})
			viewstest.CheckFrame(t, d.m.View(), width, height)
		}
	}
}

func TestWhatIsMissingInARecordingIsToldAtTheBeginning(t *testing.T) {
	e := viewstest.Canned()
	e.LaneRows[engine.IndexActive] = []engine.ExecutionRow{{Kind: strings.Repeat("x", 9<<20)}}
	r, path := recorderOn(t, e, viewstest.Clock)
	_, _ = r.LaneExecutions(t.Context(), "default", engine.IndexActive, 1)
	_, _ = r.Depths(t.Context())
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(whole, "\x1b[31mgarbage behind the last member"...), 0o600); err != nil {
		t.Fatal(err)
	}
	d := drive(t, replayOf(t, r, path), 120, 36)
	d.shows("the file is damaged at byte")
	d.press(":")
	d.typing("log")
	d.press("enter")
	d.shows("1 answer came faster than could be recorded")
}

// gathering is a view that remembers that it was told to forget.
type gathering struct {
	probe
	rewound int
}

func (g *gathering) Rewind() tea.Cmd {
	g.rewound++
	return nil
}

func TestALeapHasViewsForgetWhatTheyGathered(t *testing.T) {
	d := drive(t, steps(t), 80, 24)
	g := &gathering{probe: probe{name: "probe", need: func() views.Need { return views.Need{} }}}
	d.push(g)
	d.press(">", "ctrl+p", "ctrl+p", "<")
	if g.rewound != 2 {
		t.Errorf("told %d times", g.rewound)
	}
	if !strings.Contains(d.m.View(), "probe") {
		t.Error("it is not on the screen any more")
	}
}
