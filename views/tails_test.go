package views

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

// severalTails follows n streams of the canned engine, none of which has frames.
func severalTails(t testing.TB, n, width, height int) (*Tails, *viewstest.Engine) {
	t.Helper()
	e := viewstest.Canned()
	var refs []engine.StreamRef
	for i := range n {
		refs = append(refs, engine.StreamRef{Execution: viewstest.ExecutionID(400 + i)})
	}
	v := NewTails(bareCommon(e), refs)
	t.Cleanup(v.Close)
	v.SetSize(width, height)
	return v, e
}

// feedPane gives a pane frames as a read would.
func feedPane(v *Tails, pane int, frames ...engine.StreamFrame) {
	v.Update(paneRead{pane, tailRead{ref: v.panes[pane].ref, page: engine.StreamPage{Frames: frames, LastID: frames[len(frames)-1].ID}}})
}

// wordsFrom are frames of a stream, one a word, ms milliseconds apart from the first on.
func wordsFrom(first, ms int, words ...string) []engine.StreamFrame {
	var frames []engine.StreamFrame
	for i, word := range words {
		at := viewstest.Now.Add(time.Duration(first+i*ms) * time.Millisecond)
		frames = append(frames, engine.StreamFrame{ID: fmt.Sprintf("%d-0", at.UnixMilli()), Type: "token", At: at, Mode: engine.ModeDurable, Payload: []byte(word)})
	}
	return frames
}

func TestSeveralStreamsAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			width, height := body(size)
			e := viewstest.Canned()
			v := NewTails(bareCommon(e), []engine.StreamRef{activeRef(e, 0), activeRef(e, 1), {Execution: viewstest.ExecutionID(400)}})
			t.Cleanup(v.Close)
			v.SetSize(width, height)
			for i, p := range v.panes {
				v.Update(v.from(i, p.Init())())
			}
			fetch(t, v, e)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "tails-split-"+sizeName(size), v.View())
			presses(v, "M")
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "tails-merged-"+sizeName(size), v.View())
			presses(v, "x")
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "tails-merged-text-"+sizeName(size), v.View())
		})
	}
}

// mergedPayloads are the frames of the list in which all are together, each with its letter.
func mergedPayloads(v *Tails) []string {
	var all []string
	for _, f := range v.merged.list.rows {
		all = append(all, string(sourceLetter(f.source))+string(f.Payload))
	}
	return all
}

func TestFramesOfSeveralStreamsStandInTheOrderOfTime(t *testing.T) {
	v, _ := severalTails(t, 2, 100, 20)
	feedPane(v, 0, wordsFrom(0, 10, "1", "3", "5")...)
	feedPane(v, 1, wordsFrom(5, 10, "2", "4", "6")...)
	presses(v, "M")
	feedPane(v, 1, wordsFrom(40, 10, "8", "9")...)
	feedPane(v, 0, wordsFrom(35, 50, "7", "10")...)
	want := []string{"A1", "B2", "A3", "B4", "A5", "B6", "A7", "B8", "B9", "A10"}
	if got := mergedPayloads(v); !slices.Equal(got, want) {
		t.Errorf("they stand as %v", got)
	}
	for i, f := range v.merged.list.rows {
		if f.number != i+1 {
			t.Errorf("frame %d has the number %d", i+1, f.number)
		}
	}
	if got := v.merged.list.selected(); string(got.Payload) != "10" {
		t.Errorf("it does not follow: %s is selected", got.Payload)
	}
	if got := pushed(t, presses(v, "d")).(*Execution).id; got != v.panes[0].ref.Execution {
		t.Errorf("d opens %s", got)
	}
}

func TestTheSelectionStaysOnItsFrameWhenOlderOnesComeBeforeIt(t *testing.T) {
	v, _ := severalTails(t, 2, 100, 20)
	feedPane(v, 0, wordsFrom(0, 10, "1", "3", "5")...)
	presses(v, "M", "k")
	feedPane(v, 1, wordsFrom(5, 10, "2", "4")...)
	if got := v.merged.list.selected(); string(got.Payload) != "3" {
		t.Errorf("%s is selected, not 3", got.Payload)
	}
}

func TestWordsOfSeveralStreamsAreNotMixed(t *testing.T) {
	v, _ := severalTails(t, 2, 40, 20)
	presses(v, "M", "x")
	feedPane(v, 0, wordsFrom(0, 10, "The qui", "ck brown ", "fox.\n", "It r")...)
	feedPane(v, 1, wordsFrom(5, 10, "Lorem ", "ip", "sum\n", "dolor")...)
	feedPane(v, 0, wordsFrom(100, 10, "an.")...)
	var got []string
	for i := range v.merged.flow.count() {
		l := v.merged.flow.line(i)
		got = append(got, string(sourceLetter(l.source))+" "+string(l.text))
	}
	want := []string{"A The quick brown fox.", "B Lorem ipsum", "A It ran.", "B dolor"}
	if !slices.Equal(got, want) {
		t.Errorf("the texts are %q", got)
	}
	if view := v.View(); !strings.Contains(view, "A The quick brown fox.") {
		t.Errorf("the screen shows\n%s", view)
	}
}

func TestTabTurnsToTheNextStreamAndKeysAreForItAlone(t *testing.T) {
	v, _ := severalTails(t, 3, 100, 30)
	presses(v, "tab", "x")
	if v.focus != 1 || v.panes[0].flow != nil || v.panes[1].flow == nil {
		t.Errorf("pane %d has the focus", v.focus)
	}
	presses(v, "shift+tab", "shift+tab")
	if v.focus != 2 {
		t.Errorf("pane %d has the focus", v.focus)
	}
}

func TestPanesFillTheScreen(t *testing.T) {
	t.Parallel() // it takes long
	for n := 0; n <= MostTails; n++ {
		v, _ := severalTails(t, n, 100, 20)
		for i := range v.panes {
			feedPane(v, i, wordsFrom(i, 3, "\x1b[31mred", "\x1b]0;ti", "tle\x07", string(make([]byte, 4<<10)), "{\"a\":[", "\xff\xfe", strings.Repeat("[", 3000))...)
		}
		for _, keys := range []string{"", "x", "M", "w", "x", "/red"} {
			types(v, keys)
			for _, size := range [][2]int{{1, 1}, {1, 30}, {40, 8}, {80, 22}, {161, 36}} {
				v.SetSize(size[0], size[1])
				viewstest.CheckFrame(t, v.View(), size[0], size[1])
			}
		}
	}
}

func TestSeveralStreamsKeepNoMoreThanOneAndAHalf(t *testing.T) {
	v, _ := severalTails(t, MostTails, 100, 20)
	presses(v, "M")
	for round := range 40 {
		for i := range v.panes {
			frames := numbered(round*20, 20)
			for j := range frames {
				frames[j].Payload = make([]byte, 64<<10)
			}
			feedPane(v, i, frames...)
		}
	}
	kept := v.merged.buffer.bytes
	for _, p := range v.panes {
		kept += p.buffer.bytes
	}
	if kept > 2*mostTailBytes {
		t.Errorf("%d bytes are kept", kept)
	}
}

func TestAnExecutionsCurrentAttemptIsFollowed(t *testing.T) {
	e := viewstest.Canned()
	id := e.LaneRows[engine.IndexActive][0].ID
	e.LaneRows[engine.IndexActive][0].AttemptIndex = 2
	v := NewTailOf(bareCommon(e), []engine.ExecutionID{id, viewstest.ExecutionID(400)}).(*Tails)
	t.Cleanup(v.Close)
	v.SetSize(100, 20)
	need := v.Need()
	value, err := need.Fetch(t.Context(), e)
	if cmd := v.Update(Data{Key: need.Key, Value: value, Err: err}); cmd == nil || v.panes[0].ref.Attempt != 2 {
		t.Errorf("attempt %d is followed", v.panes[0].ref.Attempt)
	}
}

func TestMarkedStreamsAreFollowedTogether(t *testing.T) {
	e := cannedStreams()
	v := streamsView(t, e, 100, 20)
	presses(v, "m", "m")
	if !strings.Contains(v.View(), "2 marked") {
		t.Errorf("nothing says that two are marked:\n%s", v.View())
	}
	if got := pushed(t, presses(v, "enter")).(*Tails); len(got.panes) != 2 {
		t.Errorf("%d streams are followed", len(got.panes))
	}
	if !v.Unwind() || len(v.table.Marked()) != 0 {
		t.Error("esc does not take the marks off")
	}
}

func TestStreamsInOneListTellTheirPaceAndAreSaved(t *testing.T) {
	v, _ := severalTails(t, 2, 100, 20)
	for i, p := range v.panes {
		feedPane(v, i, wordsFrom(i, 3, "one", "two")...)
		p.reader.pace.rate, p.reader.pace.lag, p.reader.pace.since = 20, time.Duration(i)*time.Second, v.c.Now()
	}
	presses(v, "M")
	if frame := v.View(); !strings.Contains(frame, "40/s") || !strings.Contains(frame, "lag 1s") {
		t.Errorf("no pace:\n%s", frame)
	}
	source := v.merged.list.selected().source
	ask, ok := v.Update(viewstest.Key("W"))().(Ask)
	if !ok {
		t.Fatal("W asks for no file")
	}
	save, err := newTailSave(v.c.Engine, v.panes[source-1].ref, engine.StreamStart, filepath.Join(t.TempDir(), "frames"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = save.file.Close() })
	ask.Dialog.(*saveDialog).begun(save)
	if !v.panes[source-1].saving() || v.panes[2-source].saving() || !strings.Contains(v.View(), "saving") {
		t.Errorf("the stream of the frame under the cursor is not saved:\n%s", v.View())
	}
}
