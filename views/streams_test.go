package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

func streamsView(t *testing.T, e *viewstest.Engine, width, height int) *Streams {
	t.Helper()
	v := NewStreams(bareCommon(e))
	v.SetSize(width, height)
	fetch(t, v, e)
	return v
}

// cannedStreams has, besides the canned ones, one of a later attempt that nobody reads and a malformed one.
func cannedStreams() *viewstest.Engine {
	e := viewstest.Canned()
	busy, bad := e.Streaming[0], e.Streaming[0]
	busy.Execution, busy.AttemptIndex, busy.FrameCount, busy.TotalBytes, busy.HasDurable = viewstest.ExecutionID(300), 2, 1_234_567, 987_654_321, false
	bad.Execution, bad.RateHz = viewstest.ExecutionID(301), 0
	bad.Malformed = []engine.FieldError{{Field: "frame_count", Value: "many", Problem: "not a number"}}
	e.Streaming = append(e.Streaming, busy, bad)
	return e
}

func TestStreamsAtEverySize(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		t.Run(sizeName(size), func(t *testing.T) {
			e := cannedStreams()
			width, height := body(size)
			v := streamsView(t, e, width, height)
			viewstest.CheckFrame(t, v.View(), width, height)
			viewstest.Golden(t, "streams-"+sizeName(size), v.View())
		})
	}
}

func TestAPausedListStandsStill(t *testing.T) {
	e := cannedStreams()
	v := streamsView(t, e, 100, 20)
	need := v.Need()
	presses(v, " ")
	if v.Need().Key != "" {
		t.Error("a paused list is fetched")
	}
	v.Update(Data{Key: need.Key, Value: []engine.StreamRow{}})
	if len(v.table.Rows()) != 4 || !strings.Contains(v.View(), "paused") {
		t.Errorf("an answer that came late changed it:\n%s", v.View())
	}
	presses(v, " ")
	if v.Need().Key == "" {
		t.Error("it does not go on")
	}
}

func TestStreamsAskAgainForThoseListedBefore(t *testing.T) {
	e := cannedStreams()
	v := streamsView(t, e, 100, 20)
	fetch(t, v, e)
	calls := e.Calls()
	want := fmt.Sprintf("{%s 2}", viewstest.ExecutionID(300))
	if !slices.ContainsFunc(calls, func(c string) bool { return strings.Contains(c, want) }) {
		t.Errorf("not asked for again: %v", calls)
	}
}

func TestAStreamOpensItsScreens(t *testing.T) {
	e := cannedStreams()
	v := streamsView(t, e, 100, 20)
	ref := refOf(&v.table.Selected().StreamMeta)
	for _, key := range []string{"enter", "t"} {
		if got := pushed(t, presses(v, key)).(*Tail).ref; got != ref {
			t.Errorf("%s tails %v", key, got)
		}
	}
	if got := pushed(t, presses(v, "d")).(*Execution).id; got != ref.Execution {
		t.Errorf("d opens %s", got)
	}
}

func TestHostileStreams(t *testing.T) {
	for _, size := range viewstest.Sizes() {
		e := cannedStreams()
		viewstest.Poison(&e.Streaming)
		v := streamsView(t, e, size[0], size[1])
		viewstest.CheckFrame(t, v.View(), size[0], size[1])
	}
}
