package views

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"ffboard/engine"
	"ffboard/engine/enginetest/hostile"
	"ffboard/views/viewstest"
)

// settled has a frame come to rest after a command, and returns how many messages that took. No step lays out more than layStep lines.
func settled(t *testing.T, v *Frame, cmd tea.Cmd) (steps int) {
	t.Helper()
	laid := func() int {
		if v.fold != nil {
			return len(v.fold.rows)
		}
		return len(v.payload.lines)
	}
	v.View()
	for ; cmd != nil; steps++ {
		before := laid()
		cmd = v.Update(cmd())
		v.View()
		if n := laid() - before; n > max(layStep, 2*v.scroll.height) {
			t.Fatalf("%d lines were laid out at once", n)
		}
	}
	return steps
}

func hugeFrames() map[string]string {
	return map[string]string{
		"text":       strings.Repeat("e\u0301\u202e\x1b", hostile.Huge/8),
		"bytes":      strings.Repeat("\xff", hostile.Huge),
		"JSON":       `{"a":[` + strings.Repeat(`"\u001b",`, hostile.Huge/9) + `1]}`,
		"one string": `{"a":"` + strings.Repeat("\u202e ", hostile.Huge/4) + `","b":1}`,
	}
}

func TestAHugeFrameIsLaidOutAsItIsSeen(t *testing.T) {
	for name, payload := range hugeFrames() {
		t.Run(name, func(t *testing.T) {
			v := NewFrame(bareCommon(viewstest.Canned()), engine.StreamFrame{ID: "1-0", Payload: []byte(payload)})
			v.SetSize(100, 30)
			if v.payload.text != "" {
				t.Error("the payload is made ready while others wait")
			}
			settled(t, v, v.Init())
			if v.payload.kind == "reading" || !strings.Contains(v.View(), string(v.payload.kind)) {
				t.Fatalf("the frame shows\n%s", v.View())
			}
			if settled(t, v, v.Update(viewstest.Key("G"))) < 10 || v.fold == nil && !v.scroll.AtBottom() ||
				v.fold != nil && (!v.fold.whole() || v.fold.at != v.fold.rows[len(v.fold.rows)-1].line) {
				t.Errorf("at the end the frame shows\n%s", v.View())
			}
			end := v.View()
			settled(t, v, v.Update(viewstest.Key("g")))
			if v.scroll.Top() != 0 {
				t.Errorf("at the top the frame shows\n%s", v.View())
			}
			if settled(t, v, v.Update(viewstest.Key("G"))); v.View() != end {
				t.Errorf("at the end again the frame shows\n%s\nand did\n%s", v.View(), end)
			}
			viewstest.CheckFrame(t, end, 100, 30)
		})
	}
}

func TestAKeyGoesBeforeAMoveThatWaitsForLines(t *testing.T) {
	v := NewFrame(bareCommon(viewstest.Canned()), engine.StreamFrame{ID: "1-0", Payload: []byte(strings.Repeat("line\n", 4000))})
	v.SetSize(100, 30)
	v.View()
	toEnd := v.Update(viewstest.Key("G"))
	settled(t, v, v.Update(viewstest.Key("g")))
	if settled(t, v, toEnd) != 1 || v.scroll.Top() != 0 {
		t.Errorf("it is at line %d", v.scroll.Top())
	}
}

func TestTheLineBehindAHugeOneIsReached(t *testing.T) {
	v := NewFrame(bareCommon(viewstest.Canned()), engine.StreamFrame{ID: "1-0", Payload: []byte(`{"a":"` + strings.Repeat("word ", 12_000) + `","b":1}`)})
	v.SetSize(100, 30)
	settled(t, v, v.Init())
	for range 2 {
		settled(t, v, v.Update(viewstest.Key("j")))
	}
	if v.fold.at != 2 || !strings.Contains(v.View(), `"b": 1`) {
		t.Errorf("the cursor is on line %d:\n%s", v.fold.at, v.View())
	}
}
