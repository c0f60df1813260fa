package views

import (
	"context"
	"errors"
	"fmt"
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

func TestAClosedStreamSaysWhy(t *testing.T) {
	e := viewstest.Canned()
	v := NewTail(bareCommon(e), activeRef(e, 1))
	v.SetSize(100, 20)
	// A backend may name the position where it stands when there was nothing to read.
	e.OnTail = func(_ context.Context, q engine.TailQuery) (engine.StreamPage, error) {
		page := engine.StreamPage{LastID: "7-0", ClosedAt: viewstest.Now, ClosedReason: "attempt_success"}
		if q.After == "" {
			page.Frames = numbered(0, 3)
		}
		return page, nil
	}
	next := step(v, v.Init())
	if step(v, next) != nil {
		t.Error("a stream that is closed and drained is read on")
	}
	if frame := v.View(); !strings.Contains(frame, "attempt succeeded") {
		t.Errorf("no word of why it was closed:\n%s", frame)
	}
}

// numbered is n frames from the first on, a millisecond apart.
func numbered(first, n int) []engine.StreamFrame {
	var frames []engine.StreamFrame
	for i := first; i < first+n; i++ {
		at := viewstest.Now.Add(time.Duration(i) * time.Millisecond)
		frames = append(frames, engine.StreamFrame{
			ID: fmt.Sprintf("%d-0", at.UnixMilli()), Type: "token", At: at, Mode: engine.ModeDurable, Payload: fmt.Appendf(nil, "frame %d", i),
		})
	}
	return frames
}

// stored answers tails as a server would that holds frames: those after the position.
func stored(frames *[]engine.StreamFrame) func(context.Context, engine.TailQuery) (engine.StreamPage, error) {
	return func(_ context.Context, q engine.TailQuery) (engine.StreamPage, error) {
		start := slices.IndexFunc(*frames, func(f engine.StreamFrame) bool { return f.ID == q.After }) + 1
		rest := (*frames)[start:]
		rest = rest[:min(len(rest), q.Limit)]
		page := engine.StreamPage{Frames: rest}
		if len(rest) > 0 {
			page.LastID = rest[len(rest)-1].ID
		}
		return page, nil
	}
}

func TestABrokenConnectionLeavesNeitherGapNorRepeat(t *testing.T) {
	e := viewstest.Canned()
	frames := numbered(0, 30)
	answer, calls := stored(&frames), 0
	e.OnTail = func(ctx context.Context, q engine.TailQuery) (engine.StreamPage, error) {
		calls++
		switch calls % 3 {
		case 2:
			frames = append(frames, numbered(len(frames), 7)...)
			return engine.StreamPage{}, engine.Transport("tail_stream", errors.New("connection reset"))
		case 0:
			q.Limit = 5 // a page that ends in the middle
		}
		return answer(ctx, q)
	}
	v := NewTail(bareCommon(e), activeRef(e, 0))
	v.SetSize(100, 20)
	cmd := v.Init()
	sawError := false
	for v.buffer.read < len(frames) || calls < 12 {
		cmd = step(v, cmd)
		v.reader.failures = min(v.reader.failures, 1) // else the waits grow
		sawError = sawError || strings.Contains(v.View(), "no answer")
	}
	if !sawError {
		t.Error("the head did not say that there was no answer")
	}
	for i, f := range v.buffer.frames {
		if want := fmt.Sprintf("frame %d", i); string(f.Payload) != want {
			t.Fatalf("place %d holds %q, want %q", i, f.Payload, want)
		}
	}
	if strings.Contains(v.View(), "no answer") {
		t.Error("the head still says that there is no answer")
	}
}

func TestFramesStayWhenTheConnectionIsGone(t *testing.T) {
	e := viewstest.Canned()
	v := tailed(t, e, activeRef(e, 0), 100, 20)
	before := len(v.list.rows)
	v.Update(tailRead{ref: v.ref, err: engine.Transport("tail_stream", errors.New("refused"))})
	if frame := v.View(); len(v.list.rows) != before || !strings.Contains(frame, "cannot be reached") {
		t.Errorf("%d of %d frames are left:\n%s", len(v.list.rows), before, frame)
	}
}

func TestClosingTheViewEndsTheReading(t *testing.T) {
	e := viewstest.Canned()
	entered := make(chan struct{})
	e.OnTail = func(ctx context.Context, _ engine.TailQuery) (engine.StreamPage, error) {
		close(entered)
		<-ctx.Done()
		return engine.StreamPage{}, ctx.Err()
	}
	v := NewTail(bareCommon(e), activeRef(e, 0))
	done := make(chan tea.Msg)
	go func() { done <- v.Init()() }()
	<-entered
	v.Close()
	if msg := <-done; msg != nil {
		t.Errorf("the read that was cut short gave %T", msg)
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

func TestATailKeepsNoMoreBytesThanItMay(t *testing.T) {
	var b tailBuffer
	for i := range 300 {
		f := numbered(i, 1)
		f[0].Payload = make([]byte, 64<<10)
		b.add(f)
	}
	if b.bytes > mostTailBytes || b.read != 300 || b.frames[len(b.frames)-1].number != 300 {
		t.Errorf("%d bytes in %d frames of %d", b.bytes, len(b.frames), b.read)
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

func TestTokensMakeAText(t *testing.T) {
	v := newNumberedTail(t, 0)
	v.SetSize(40, 12)
	var frames []engine.StreamFrame
	for i, piece := range []string{"The quick brown f", "ox jumps over the lazy d", "og. It ran.\n\nAfter", "wards ", "\xe4\xb8", "\x96 slept"} {
		f := numbered(i, 1)[0]
		f.Payload = []byte(piece)
		frames = append(frames, f)
	}
	event := numbered(9, 1)[0]
	event.Type, event.Payload = "event", []byte("done")
	feedFrames(v, append(frames, event))
	presses(v, "x")
	var got []string
	for i := range v.flow.count() {
		got = append(got, strings.TrimRight(string(v.flow.line(i).text), " "))
	}
	want := []string{"The quick brown fox jumps over the lazy", "dog. It ran.", "", "Afterwards 世 slept", "event: done"}
	if !slices.Equal(got, want) {
		t.Errorf("the text is\n%q, want\n%q", got, want)
	}
	v.SetSize(24, 12)
	if v.flow.width != 23 || v.flow.count() != 6 {
		t.Errorf("a narrower screen gives %d lines of %d", v.flow.count(), v.flow.width)
	}
}

func TestALongTextWithoutLineEndsStaysCheap(t *testing.T) {
	f := &textFlow{width: 60}
	for range 40_000 {
		f.write("lorem ipsum ")
	}
	if dropped := f.settle(); len(f.open) > longestOpen || f.count() > mostFlowLines || dropped != 0 {
		t.Errorf("%d bytes open, %d lines, %d dropped", len(f.open), f.count(), dropped)
	}
	f.write(strings.Repeat("x\n", mostFlowLines))
	if dropped := f.settle(); dropped == 0 || f.count() > mostFlowLines {
		t.Errorf("%d lines, %d dropped", f.count(), dropped)
	}
}

func TestWordsAreWrapped(t *testing.T) {
	for name, c := range map[string]struct {
		in    string
		width int
		want  string
	}{
		"between words":                   {"aa bb cc", 5, "aa bb|cc"},
		"a word wider than a line":        {"a bcdefgh i", 4, "a |bcde|fgh |i"},
		"blanks that do not fit":          {"abcd    ef", 5, "abcd|ef"},
		"an empty line":                   {"", 5, ""},
		"a tab is four blanks":            {"a\tb", 9, "a    b"},
		"wide runes":                      {"世界 世界", 5, "世界 |世界"},
		"an escape counts as it is drawn": {"a \x1b[0m", 6, `a |\x1b[0|m`},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, l := range wrapWords(c.in, c.width) {
				got = append(got, string(l))
			}
			if strings.Join(got, "|") != c.want {
				t.Errorf("%q, want %q", strings.Join(got, "|"), c.want)
			}
		})
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

func TestAnotherAttemptBeginsAnew(t *testing.T) {
	e := viewstest.Canned()
	for i := range e.LaneRows[engine.IndexActive] {
		e.LaneRows[engine.IndexActive][i].AttemptIndex = 1
	}
	v := tailed(t, e, activeRef(e, 0), 100, 20)
	old := v.ref
	if !strings.Contains(v.View(), "attempt 2 is the current one") {
		t.Errorf("nothing says that there is a later attempt:\n%s", v.View())
	}
	if presses(v, "]") == nil || v.ref.Attempt != 1 || len(v.list.rows) != 0 {
		t.Errorf("attempt %d with %d frames", v.ref.Attempt, len(v.list.rows))
	}
	v.Update(tailRead{ref: old, page: engine.StreamPage{Frames: numbered(0, 3), LastID: "1-0"}})
	if len(v.list.rows) != 0 {
		t.Error("frames of the other attempt were taken in")
	}
	presses(v, "[")
	if v.ref.Attempt != 0 {
		t.Errorf("[ leads to attempt %d", v.ref.Attempt)
	}
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

func BenchmarkTailTake(b *testing.B) {
	e := viewstest.Canned()
	v := NewTail(bareCommon(e), activeRef(e, 0))
	defer v.Close()
	v.SetSize(200, 60)
	feedFrames(v, numbered(0, mostTailFrames))
	page := numbered(mostTailFrames, 100)
	for b.Loop() {
		feedFrames(v, page)
	}
}
