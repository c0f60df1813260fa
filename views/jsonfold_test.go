package views

import (
	"slices"
	"strings"
	"testing"

	"ffboard/engine"
	"ffboard/views/viewstest"
)

func TestJSONOnOneLineNamesItsMembers(t *testing.T) {
	for in, want := range map[string]string{
		`{"step":"fetch","n":3}`:                        `{step: "fetch", n: 3}`,
		`{"args":{"a":1,"b":{"c":2}},"list":[[1,2],3]}`: `{args: {2}, list: [2]}`,
		`{"empty":{},"none":[ ],"null":null}`:           `{empty: {0}, none: [0], null: null}`,
		`{"s":{"k":"a,b\",{"},"t":["x"]}`:               `{s: {1}, t: [1]}`,
		`[1,{"a":2}]`:                                   `[1, {1}]`,
		`{}`:                                            `{}`,
		`{"a":`:                                         "",
		`"word"`:                                        "",
		"\x1b[31m{}":                                    "",
		strings.Repeat("[", 20_000):                     "",
	} {
		if got := newFrameJSON([]byte(in)).brief; got != want {
			t.Errorf("%.40q is %q, want %q", in, got, want)
		}
	}
}

// jsonTail has one frame whose payload is JSON.
func jsonTail(t *testing.T, payload string) *Tail {
	t.Helper()
	v := newNumberedTail(t, 0)
	f := numbered(0, 2)
	f[0].Payload = []byte(payload)
	feedFrames(v, f)
	return v
}

func TestAListIndentsJSONAndKeepsItShort(t *testing.T) {
	v := jsonTail(t, `{"a":{"b":1},"list":[1,2,3,4,5,6,7,8,9,10,11,12,13]}`)
	if view := v.View(); !strings.Contains(view, "{a: {1}, list: [13]}") {
		t.Errorf("the list shows\n%s", view)
	}
	presses(v, "p")
	view := v.View()
	if !strings.Contains(view, `    "b": 1`) || !strings.Contains(view, "… more, enter shows it whole") || v.list.lines(0) != mostWrapped || v.list.lines(1) != 1 {
		t.Errorf("the list shows\n%s", view)
	}
	viewstest.CheckFrame(t, view, 100, 20)
}

// frameLines are the lines of a frame's payload, without the marks.
func frameLines(v *Frame) []string {
	var lines []string
	for _, r := range v.fold.layout(76, mostPayloadLines) {
		lines = append(lines, string(r.text))
	}
	return lines
}

func newJSONFrame(payload string) *Frame {
	v := NewFrame(bareCommon(viewstest.Canned()), engine.StreamFrame{ID: "1-0", Payload: []byte(payload)})
	v.SetSize(78, 30)
	v.View()
	return v
}

func TestJSONFoldsAtTheCursorAndAsAWhole(t *testing.T) {
	v := newJSONFrame(`{"a":{"b":1,"c":[1,2]},"d":3}`)
	presses(v, "j", "j", "z")
	if got, want := frameLines(v), []string{"{", `  "a": {… 2 members …},`, `  "d": 3`, "}"}; !slices.Equal(got, want) {
		t.Errorf("folded where the cursor is: %q", got)
	}
	presses(v, "z")
	if len(frameLines(v)) != 10 {
		t.Errorf("unfolded it is %q", frameLines(v))
	}
	presses(v, "G", "Z")
	if got := frameLines(v); len(got) != 4 {
		t.Errorf("all folded it is %q", got)
	}
	presses(v, "Z")
	if got := frameLines(v); len(got) != 10 {
		t.Errorf("all unfolded it is %q", got)
	}
	presses(v, "g", "z")
	if got, want := frameLines(v), []string{"{… 2 members …}"}; !slices.Equal(got, want) {
		t.Errorf("folded at the first line: %q", got)
	}
}

func TestTheCursorPassesOverLongLinesAndStaysOnTheScreen(t *testing.T) {
	v := newJSONFrame(`{"long":"` + strings.Repeat("word ", 200) + `","next":[` + strings.Repeat("1,", 300) + `2]}`)
	presses(v, "j", "j")
	if v.fold.at != 2 {
		t.Errorf("the cursor is on line %d", v.fold.at)
	}
	for range 200 {
		presses(v, "j")
		view := v.View()
		viewstest.CheckFrame(t, view, 78, 30)
		if !strings.Contains(view, string(v.c.Theme.Glyphs.Selected)) {
			t.Fatalf("the cursor is not to be seen at line %d:\n%s", v.fold.at, view)
		}
	}
	presses(v, "k")
	if v.fold.at != 201 {
		t.Errorf("the cursor is on line %d", v.fold.at)
	}
}

func TestHostileJSONIsFoldedOrLeftAlone(t *testing.T) {
	for _, payload := range []string{
		`{"\u001b[31m{":["\u202e[","{\n"],"x":{}}`, strings.Repeat(`{"a":[`, 30) + strings.Repeat("]}", 30),
		strings.Repeat("[", 9000) + strings.Repeat("]", 9000), "[" + strings.Repeat(`"x",`, 16_000) + `"y"]`, "{}", "[1]", "\xff{}", "",
	} {
		v := NewFrame(bareCommon(viewstest.Canned()), engine.StreamFrame{ID: "1-0", Payload: []byte(payload)})
		for _, size := range viewstest.Sizes() {
			v.SetSize(size[0], size[1])
			for _, k := range []string{"", "j", "z", "Z", "G", "z", "Z", "g"} {
				if k != "" {
					presses(v, k)
				}
				viewstest.CheckFrame(t, v.View(), size[0], size[1])
			}
		}
	}
}
