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
