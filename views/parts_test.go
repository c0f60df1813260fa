package views

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"ffboard/theme"
	"ffboard/views/viewstest"
)

func TestAnInputEdits(t *testing.T) {
	for name, c := range map[string]struct {
		keys []string
		want string
	}{
		"types":               {[]string{"a", "b", " ", "c"}, "ab c"},
		"in the middle":       {[]string{"a", "c", "left", "b"}, "abc"},
		"backspace":           {[]string{"a", "b", "backspace"}, "a"},
		"backspace at start":  {[]string{"a", "home", "backspace"}, "a"},
		"delete":              {[]string{"a", "b", "home", "delete"}, "b"},
		"delete at the end":   {[]string{"a", "delete"}, "a"},
		"a word":              {[]string{"a", "b", " ", "c", "ctrl+w"}, "ab "},
		"all before":          {[]string{"a", "b", "left", "ctrl+u"}, "b"},
		"all after":           {[]string{"a", "b", "left", "ctrl+k"}, "a"},
		"enter is not for it": {[]string{"a", "enter"}, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			var in Input
			press(&in, c.keys...)
			if in.Value() != c.want {
				t.Errorf("%q, want %q", in.Value(), c.want)
			}
		})
	}
}

func TestAnInputIsExactlyAsWideAsItsField(t *testing.T) {
	th := theme.Bare()
	for _, text := range []string{"", "abc", strings.Repeat("wide 世界 ", 20), viewstest.Hostile()} {
		for _, back := range []int{0, 1, 7, 500} {
			var in Input
			in.SetValue(text)
			for range back {
				in.Update(viewstest.Key("left"))
			}
			for width := range 30 {
				for _, cursor := range []bool{true, false} {
					if got := ansi.StringWidth(in.View(th, width, cursor)); got != width {
						t.Fatalf("%d wide, want %d, of %.20q, %d back", got, width, text, back)
					}
				}
			}
		}
	}
}

func TestAnInputShowsItsCursor(t *testing.T) {
	th := theme.Bare()
	var in Input
	in.SetValue(strings.Repeat("x", 100) + "END")
	if got := in.View(th, 10, true); got != "xxxxxxEND█" {
		t.Errorf("%q", got)
	}
}

func TestAFilterWantsEveryWordInAnyCase(t *testing.T) {
	var f Filter
	for _, k := range append(viewstest.Type("/Foo b"), viewstest.Key("enter")) {
		f.Update(k)
	}
	for text, want := range map[string]bool{"a foo and a bar": true, "FOOB": true, "foo": false, "bar": false} {
		if f.Match(text) != want {
			t.Errorf("%q matches: %v", text, !want)
		}
	}
	if f.Capturing() || !f.Active() || !f.Unwind() || f.Active() || f.Unwind() {
		t.Error("a kept filter is undone once")
	}
}

func TestPanelsAndBoxesHaveOneWidth(t *testing.T) {
	t.Parallel() // it takes long
	th := theme.Bare()
	hostile := theme.Clean(viewstest.Hostile())
	facts := []Fact{F("state", "active"), F("a long name", hostile), F("left out", ""), FS("x", th.Bad, "y")}
	for width := range 90 {
		blocks := map[string][]string{
			"panel": Panel(th, hostile, facts, width),
			"text":  Text(th, th.Plain, viewstest.Hostile()+"\n\n\tx", width, 5),
		}
		for name, lines := range blocks {
			for _, line := range lines {
				if got := ansi.StringWidth(line); got != width {
					t.Fatalf("%s: %d wide, want %d: %q", name, got, width, line)
				}
			}
		}
		for _, line := range Box(th, hostile, Panel(th, "x", facts, width), width, "enter sends") {
			if got := ansi.StringWidth(line); got != width+4 {
				t.Fatalf("box: %d wide, want %d: %q", got, width+4, line)
			}
		}
		for _, line := range Beside(th, blocks["panel"], width, blocks["text"], width) {
			if got := ansi.StringWidth(line); got != 2*width+1 {
				t.Fatalf("beside: %d wide, want %d: %q", got, 2*width+1, line)
			}
		}
	}
	if got := len(Panel(th, "x", facts, 40)); got != 4 {
		t.Errorf("%d lines: a fact without anything to say is left out", got)
	}
}

func TestAViewportScrolls(t *testing.T) {
	th := theme.Bare()
	v := Viewport{Count: 100, Line: func(i, width int) string { return th.Line(width).Add(th.Plain, theme.Number(i)).String() }}
	v.SetSize(10, 5)
	for _, c := range []struct {
		key string
		top int
	}{{"j", 1}, {"pgdown", 5}, {"G", 95}, {"j", 95}, {"k", 94}, {"g", 0}, {"k", 0}} {
		press(&v, c.key)
		if v.Top() != c.top {
			t.Errorf("after %s the top is %d, want %d", c.key, v.Top(), c.top)
		}
	}
	v.Show(42)
	if v.Top() != 38 {
		t.Errorf("the top is %d", v.Top())
	}
	v.Count = 3
	viewstest.CheckFrame(t, v.View(th), 10, 5)
	if !v.AtBottom() || v.Position() != "all" {
		t.Errorf("position %q", v.Position())
	}
}
