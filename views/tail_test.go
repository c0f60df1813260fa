package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// Frames show the local time of day.
func init() { time.Local = time.UTC }

// step runs a command and gives the view its message; it returns what the view asks for next.
func step(v View, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return v.Update(cmd())
}

// activeRef is the canned stream of the n-th active execution: the second one is closed.
func activeRef(e *viewstest.Engine, n int) engine.StreamRef {
	return engine.StreamRef{Execution: e.LaneRows[engine.IndexActive][n].ID}
}

// tailed is a view that has read the first page.
func tailed(t *testing.T, e *viewstest.Engine, ref engine.StreamRef, width, height int) *Tail {
	t.Helper()
	v := NewTail(bareCommon(e), ref)
	t.Cleanup(v.Close)
	v.SetSize(width, height)
	step(v, v.Init())
	fetch(t, v, e)
	return v
}

func presses(v View, keys ...string) (last tea.Cmd) {
	for _, k := range keys {
		last = v.Update(viewstest.Key(k))
	}
	return last
}

func types(v View, text string) {
	for _, k := range viewstest.Type(text) {
		v.Update(k)
	}
}

func TestATailAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		name := sizeName(size)
		t.Run(name, func(t *testing.T) {
			e := viewstest.Canned()
			width, height := body(size)
			v := tailed(t, e, activeRef(e, 0), width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "tail-"+name, v.View())
			presses(v, "x")
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "tail-text-"+name, v.View())
			presses(v, "x", "tab")
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "tail-summary-"+name, v.View())
		})
	}
}

// feedFrames gives the view frames as a read would.
func feedFrames(v *Tail, frames []engine.StreamFrame) {
	v.Update(tailRead{ref: v.ref, page: engine.StreamPage{Frames: frames, LastID: frames[len(frames)-1].ID}})
}

func newNumberedTail(t *testing.T, n int) *Tail {
	t.Helper()
	e := viewstest.Canned()
	v := NewTail(bareCommon(e), activeRef(e, 0))
	t.Cleanup(v.Close)
	v.SetSize(100, 20)
	if n > 0 {
		feedFrames(v, numbered(0, n))
	}
	return v
}

func TestAPausedScreenStandsWhileFramesAreCounted(t *testing.T) {
	v := newNumberedTail(t, 50)
	presses(v, " ")
	shown := rowsOfTail(v)
	feedFrames(v, numbered(50, mostTailFrames+10))
	if got := rowsOfTail(v); !slices.Equal(got, shown) {
		t.Errorf("the paused screen moved from %v to %v", shown, got)
	}
	if !strings.Contains(v.View(), "10,010 new") {
		t.Errorf("the frames that came were not counted:\n%s", v.View())
	}
	presses(v, " ")
	if got := v.list.selected(); got.number != 50+mostTailFrames+10 {
		t.Errorf("after the pause frame %d is selected, not the last one", got.number)
	}
}

// rowsOfTail are the payloads on the screen.
func rowsOfTail(v *Tail) []string {
	var shown []string
	for row := v.list.top; row < min(len(v.list.rows), v.list.top+v.list.height); row++ {
		shown = append(shown, string(v.list.rows[row].Payload))
	}
	return shown
}

func TestWhoeverMovesAwayFromTheEndDoesNotFollow(t *testing.T) {
	v := newNumberedTail(t, 50)
	presses(v, "k", "k")
	feedFrames(v, numbered(50, 5))
	if got := v.list.selected().number; got != 48 {
		t.Errorf("the selection moved to frame %d", got)
	}
	presses(v, "G")
	feedFrames(v, numbered(55, 5))
	if got := v.list.selected().number; got != 60 {
		t.Errorf("at the end frame %d is selected, not the last one", got)
	}
	presses(v, "g", "f")
	if got := v.list.selected().number; got != 60 {
		t.Errorf("f leads to frame %d, not to the last one", got)
	}
}

func TestTheScreenStaysWhereItIsWhenOldFramesAreDropped(t *testing.T) {
	v := newNumberedTail(t, 0)
	feedFrames(v, numbered(0, mostTailFrames))
	presses(v, "g")
	for range 3000 {
		v.list.at++
	}
	v.layout()
	shown := rowsOfTail(v)
	feedFrames(v, numbered(mostTailFrames, 1000))
	if got := rowsOfTail(v); !slices.Equal(got, shown) {
		t.Errorf("the screen moved from %v to %v", shown, got)
	}
	if len(v.list.rows) != mostTailFrames || v.buffer.dropped() != 1000 {
		t.Errorf("%d frames are kept and %d dropped", len(v.list.rows), v.buffer.dropped())
	}
}

func TestSearchGoesToWhatMatchesAndBack(t *testing.T) {
	v := newNumberedTail(t, 50)
	presses(v, "g", "/")
	types(v, "FRAME 33")
	if got := v.list.selected().number; got != 34 {
		t.Errorf("typing led to frame %d, want 34", got)
	}
	presses(v, "esc")
	if got := v.list.selected().number; got != 1 || v.Capturing() {
		t.Errorf("esc led to frame %d, want 1", got)
	}
	presses(v, "/")
	types(v, "frame 4")
	presses(v, "enter", "n", "n")
	if got := string(v.list.selected().Payload); got != "frame 41" {
		t.Errorf("n led to %q", got)
	}
	presses(v, "N", "N", "N")
	if got := string(v.list.selected().Payload); got != "frame 49" {
		t.Errorf("N led to %q", got)
	}
	if !v.Unwind() || v.Unwind() {
		t.Error("the search is not what esc undoes once")
	}
	presses(v, "/")
	types(v, "no such thing")
	if !strings.Contains(v.View(), "nothing matches") {
		t.Error("nothing says that nothing matches")
	}
}

func TestSearchInATextGoesFromMatchToMatch(t *testing.T) {
	v := newNumberedTail(t, 0)
	var frames []engine.StreamFrame
	for i, word := range strings.Fields("one\n two\n one\n three\n one\n") {
		f := numbered(i, 1)[0]
		f.Payload = []byte(word + "\n")
		frames = append(frames, f)
	}
	feedFrames(v, frames)
	presses(v, "x", "/")
	types(v, "one")
	presses(v, "enter")
	at := []int{v.search.at}
	for range 3 {
		presses(v, "n")
		at = append(at, v.search.at)
	}
	first := at[0]
	if !slices.Equal(at, []int{first, (first + 2) % 6, (first + 4) % 6, first}) {
		t.Errorf("n led to the lines %v", at)
	}
}

func TestFramesWithoutBestEffort(t *testing.T) {
	v := newNumberedTail(t, 10)
	frames := numbered(10, 10)
	for i := range frames {
		frames[i].Mode = engine.ModeBestEffort
	}
	feedFrames(v, frames)
	presses(v, "v")
	if len(v.list.rows) != 10 || v.list.selected().number != 10 {
		t.Errorf("%d frames without best effort, frame %d selected", len(v.list.rows), v.list.selected().number)
	}
	presses(v, "v")
	if len(v.list.rows) != 20 {
		t.Errorf("%d frames with best effort", len(v.list.rows))
	}
}

func TestEnterShowsAFrameWhole(t *testing.T) {
	e := viewstest.Canned()
	v := tailed(t, e, activeRef(e, 0), 80, 20)
	frame := pushed(t, presses(v, "enter")).(*Frame)
	frame.SetSize(80, 20)
	viewstest.CheckFrame(t, frame.View(), 80, 20)
	viewstest.Golden(t, "frame", frame.View())
}

func TestTrimmedFramesAreTold(t *testing.T) {
	e := viewstest.Canned()
	e.Streaming[0].FrameCount = 201
	v := tailed(t, e, activeRef(e, 0), 100, 20)
	if !strings.Contains(v.View(), "showing 12 of 201 frames, rest trimmed") {
		t.Errorf("nothing says that frames were trimmed:\n%s", v.View())
	}
}

func TestAHostileStream(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		e := viewstest.Canned()
		ref := activeRef(e, 1)
		page, row := e.Frames[ref], e.LaneRows[engine.IndexActive][1]
		facts := tailFacts{meta: &e.Streaming[1].StreamMeta, row: &row}
		document := e.Summaries[ref]
		viewstest.Poison(&page)
		viewstest.Poison(facts.meta)
		viewstest.Poison(facts.row)
		viewstest.Poison(document)
		facts.summary = newTailSummary(document)
		v := NewTail(bareCommon(e), ref)
		v.SetSize(size[0], size[1])
		v.Update(tailRead{ref: ref, page: page})
		v.Update(Data{Key: v.Need().Key, Value: facts})
		for _, keys := range []string{"", "w", "x", "v", "v", "\t", "/red", "n", " "} {
			if keys == "\t" {
				presses(v, "tab")
			} else {
				types(v, keys)
			}
			viewstest.CheckFrame(t, v.View(), size[0], size[1])
			if v.search.typing {
				presses(v, "enter")
			}
		}
		frame := NewFrame(bareCommon(e), page.Frames[0])
		frame.SetSize(size[0], size[1])
		viewstest.CheckFrame(t, frame.View(), size[0], size[1])
		viewstest.CheckFrame(t, string(frame.Title()), 80, 1)
	}
}

func TestATailFitsAnySize(t *testing.T) {
	e := viewstest.Canned()
	v := tailed(t, e, activeRef(e, 1), 80, 20)
	for _, keys := range []string{"", "x", "w", "x"} {
		types(v, keys)
		for width := 1; width < 130; width += 7 {
			for height := 1; height < 12; height++ {
				v.SetSize(width, height)
				viewstest.CheckFrame(t, v.View(), width, height)
			}
		}
	}
}

func BenchmarkTailView(b *testing.B) {
	for _, keys := range []string{"", "w", "x"} {
		b.Run("keys "+keys, func(b *testing.B) {
			e := viewstest.Canned()
			v := NewTail(bareCommon(e), activeRef(e, 0))
			defer v.Close()
			v.SetSize(200, 60)
			feedFrames(v, numbered(0, mostTailFrames))
			types(v, keys)
			for b.Loop() {
				v.View()
			}
		})
	}
}
